package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tuppence/tui/command/commandtest"
)

// endings are what a session is told before it ends.
var endings = []struct {
	name string
	Ending
	see string
}{
	{"idle", Ending{EndsIdle, 5 * time.Minute}, "nds in 5 min, "},
	{"life", Ending{EndsLife, 5 * time.Minute}, "nds in 5 min"},
	{"restart", Ending{EndsRestart, 3 * time.Second}, "! Restarting, back in a"},
}

func TestEndingsGolden(t *testing.T) {
	for _, e := range endings {
		for _, size := range sizes[:2] {
			s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: size[0], Height: size[1]})
			s.update(e.Ending)
			s.see(e.see)
			commandtest.Golden(t, fmt.Sprintf("screens/ending_%s_%dx%d", e.name, size[0], size[1]), s.view())
		}
	}
}

// The news that a session ends moves nothing: but for the foot, the screen is the same.
func TestEndingMovesNothing(t *testing.T) {
	for _, e := range endings {
		s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("4", "j", "enter", "3")
		before := strings.Split(s.view(), "\n")
		s.update(e.Ending)
		after := strings.Split(s.view(), "\n")
		for i := range before {
			if status := len(before) - 3; i != status && before[i] != after[i] {
				t.Errorf("%s: line %d is %q, was %q", e.name, i, after[i], before[i])
			}
		}
		s.press("enter").see("undoes it.") // what was typed is sent as ever
	}
}

// A key says that the person is here: only what a key cannot change is still told.
func TestKeyKeepsAnIdleSession(t *testing.T) {
	s, _ := ada(t)
	s.update(Ending{EndsIdle, 5 * time.Minute})
	s.late += 4*time.Minute + 30*time.Second
	s.see("ends in 30 s").press("j").unseen("ends in")
	s.update(Ending{EndsLife, time.Minute})
	s.press("j").see("ends in 60 s")
}
