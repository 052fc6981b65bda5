package ssh

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui"
	"tuppence/tui/command"
)

// A screen is told five minutes before it ends, for want of keys and with its connection; a key begins to count anew.
func TestScreenIsWarnedBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{limits: Limits{}.withDefaults(), now: time.Now}
		told := make(chan tui.Ending, 10)
		v := newSession(s, &conn{since: s.now()})
		begun := time.Now()
		w := s.warnings(v, func(msg tea.Msg) { told <- msg.(tui.Ending) })
		expect := func(want tui.Ending, at time.Duration) {
			t.Helper()
			if got := <-told; got != want || time.Since(begun) != at {
				t.Errorf("told %+v after %v, want %+v after %v", got, time.Since(begun), want, at)
			}
		}
		idle := tui.Ending{Why: tui.EndsIdle, Left: 5 * time.Minute}
		expect(idle, 25*time.Minute)
		w.key()
		expect(idle, 50*time.Minute)
		expect(tui.Ending{Why: tui.EndsLife, Left: 5 * time.Minute}, 11*time.Hour+55*time.Minute)
		w.key()
		w.stop()
		synctest.Wait()
		if v.warnOf() != nil || len(told) > 0 {
			t.Error("a screen that is gone is told")
		}
		v.end(endQuit)
	})
}

// A screen says that the service goes down before it ends, and who leaves then is not waited for.
func TestScreensSayThatTheServiceGoesDown(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Notice = time.Minute })
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	go func() { done <- s.Shutdown(ctx) }()
	r.see("ends for reason 3 in 1m0s")
	r.press("j")
	r.see("> 11-23 14:01") // it is used until its end
	r.press("q")
	if code := r.end(); code != command.ExitOK || strings.Contains(r.text(), endRestart.text) {
		t.Errorf("exit %d, %q", code, tail(r.text()))
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}
