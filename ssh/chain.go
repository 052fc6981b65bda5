package ssh

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	cssh "github.com/charmbracelet/ssh"
	"github.com/charmbracelet/wish"
)

// chain returns the middlewares of a session in the order in which they run. doc.go says why in this order. A screen
// has all of them on its stack for as long as it is open, so what needs much of it is done in functions that have
// returned.
func (s *Server) chain() []wish.Middleware {
	return []wish.Middleware{s.finish, s.contain, s.identify, s.admit, s.serveFiles, s.runCommand, s.runScreen}
}

// withChain sets the chain up for shells, commands and subsystems alike. wish composes from the last to the first.
func (s *Server) withChain() cssh.Option {
	chain := s.chain()
	slices.Reverse(chain)
	return func(l *cssh.Server) error {
		if err := wish.WithMiddleware(chain...)(l); err != nil {
			return err
		}
		return wish.WithSubsystem("default", cssh.SubsystemHandler(l.Handler))(l) // "default" takes any name
	}
}

// finish counts the session, writes its line into the log and sends the exit code.
func (s *Server) finish(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		v := sessionOf(sess)
		defer v.returned()
		defer s.recovered("end of a session")
		begun := s.now()
		next(sess)
		s.finished(sess, v, s.now().Sub(begun))
	}
}

func (s *Server) finished(sess cssh.Session, v *session, took time.Duration) {
	defer func() { _ = sess.Exit(v.outcome.code) }() // last: whoever has seen the exit code finds the event and the line
	s.observe(Event{Kind: v.outcome.kind, Reason: v.outcome.reason, Took: took})
	if v.who.Fingerprint == "" {
		return // without a key: counted, but a flood of them does not fill the log
	}
	// The address is left out: where members are is not kept.
	s.log.Info("ssh: session", "kind", string(v.outcome.kind), "end", v.outcome.reason, "code", v.outcome.code,
		"took", took, "key", v.who.Fingerprint)
}

// contain keeps a panic inside its session: it is logged once, the client is told, the others go on.
func (s *Server) contain(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		defer func() {
			if r := recover(); r != nil {
				s.reportPanic("session", r)
				v := sessionOf(sess)
				v.outcome = outcome{EventExec, endPanic.code, endPanic.reason}
				v.say(sess, "%s", endPanic.text)
			}
		}()
		next(sess)
	}
}

// recovered ends a panic of one goroutine: in the log once, and no further.
func (s *Server) recovered(where string) {
	if r := recover(); r != nil {
		s.reportPanic(where, r)
	}
}

func (s *Server) reportPanic(where string, r any) {
	s.observe(Event{Kind: EventPanic})
	s.log.Error("ssh: panic", "where", where, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
}

// admit makes the session known to Shutdown and End, and to those who take its place.
func (s *Server) admit(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		v := sessionOf(sess)
		if !s.enrol(v) {
			v.say(sess, "%s", endRestart.text)
			v.outcome = outcome{EventRefused, endRestart.code, endRestart.reason}
			return
		}
		next(sess)
	}
}
