package ssh

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNewRefusesWhatIsMissing(t *testing.T) {
	good := Options{HostKey: newKey(t), Front: &desk{}, Now: time.Now}
	for name, spoil := range map[string]func(*Options){
		"front": func(o *Options) { o.Front = nil },
		"clock": func(o *Options) { o.Now = nil },
		"key":   func(o *Options) { o.HostKey = nil },
		"size":  func(o *Options) { o.Limits.Width = 1001 },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("started without %s", name)
		}
	}
}

func TestLimitsTakeDefaultsWhereTheyAreNotSet(t *testing.T) {
	want := DefaultLimits()
	want.Grace, want.SessionRate, want.Width = time.Hour, 0.5, 132
	some := Limits{Grace: time.Hour, SessionRate: 0.5, Width: 132, Members: -1, Idle: -time.Second, ConnRate: -1}
	got := some.withDefaults()
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("limits (-got +want):\n%s", diff)
	}
}
