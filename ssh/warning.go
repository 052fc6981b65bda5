package ssh

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui"
)

// warnAhead is how long before its end a screen is told, where its bound is long: a short one is told in its last
// sixth.
const warnAhead = 5 * time.Minute

// ahead is how long before the end of a bound a screen is told.
func ahead(bound time.Duration) time.Duration { return min(warnAhead, bound/6) }

// warnings tell a screen that it ends soon, for want of keys or with its connection.
type warnings struct {
	v          *session
	idle, life *time.Timer
	wait       time.Duration // from a key to the warning
}

// warnings begins to count. Timers send from goroutines of their own: the program may be busy.
func (s *Server) warnings(v *session, send func(tea.Msg)) *warnings {
	say := func(e tui.Ending) {
		if v.ctx.Err() == nil {
			send(e)
		}
	}
	v.setWarn(say)
	w := &warnings{v: v, wait: s.limits.Idle - ahead(s.limits.Idle)}
	w.idle = time.AfterFunc(w.wait, func() { say(tui.Ending{Why: tui.EndsIdle, Left: ahead(s.limits.Idle)}) })
	left := s.limits.Life - s.now().Sub(v.conn.since)
	soon := min(left, ahead(s.limits.Life))
	w.life = time.AfterFunc(left-soon, func() { say(tui.Ending{Why: tui.EndsLife, Left: soon}) })
	return w
}

// key begins anew to count the time without a key.
func (w *warnings) key() { w.idle.Reset(w.wait) }

// stop ends both, and takes the screen from those that a shutdown tells.
func (w *warnings) stop() {
	w.idle.Stop()
	w.life.Stop()
	w.v.setWarn(nil)
}

// setWarn sets how the screen of the session is told that it ends.
func (v *session) setWarn(say func(tui.Ending)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.warn = say
}

// warnOf returns how the screen of the session is told that it ends, nil if it has none.
func (v *session) warnOf() func(tui.Ending) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.warn
}

// announce tells every screen that the service goes down, and leaves them the time of the notice to read it. It waits
// for nobody where there is no screen.
func (s *Server) announce(ctx context.Context) {
	told := 0
	s.mu.Lock()
	for v := range s.live {
		if say := v.warnOf(); say != nil {
			told++
			go say(tui.Ending{Why: tui.EndsRestart, Left: s.limits.Notice})
		}
	}
	s.mu.Unlock()
	if told == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, s.limits.Notice)
	defer cancel()
	s.waitUntil(ctx, func(v *session) bool { return v.warnOf() == nil })
}
