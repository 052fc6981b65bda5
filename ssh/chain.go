package ssh

import (
	"fmt"
	"io"
	"runtime/debug"
	"time"

	cssh "github.com/charmbracelet/ssh"
	"github.com/charmbracelet/wish"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/tui"
)

// The chain of a session: contain → account → route. Each is a wish.Middleware.
var _ = []wish.Middleware{(*Server)(nil).contain, (*Server)(nil).account, (*Server)(nil).route}

func gateOf(sess cssh.Session) *gate {
	g, _ := sess.Context().Value(gateKey{}).(*gate)
	return g
}

// contain keeps a panic inside its session: it is logged once, the person is told, the others go on.
func (s *Server) contain(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		g := gateOf(sess)
		if g == nil { // cannot be: every session comes through the gate
			_ = sess.Exit(tui.ExitInternal)
			return
		}
		// A client that does not answer the close of its channel would keep its place; then the connection ends.
		defer func() {
			g.linger = time.AfterFunc(s.limits.Grace, func() { _ = g.conn.Close() })
			close(g.done)
		}()
		defer func() {
			if r := recover(); r != nil {
				s.reportPanic("session", r)
				fmt.Fprintf(sess.Stderr(), "%s\n", endPanic.text)
				_ = sess.Exit(tui.ExitInternal)
			}
		}()
		next(sess)
	}
}

func (s *Server) reportPanic(where string, r any) {
	s.observe(Event{Kind: EventPanic})
	s.log.Error("ssh: panic", "where", where, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
}

// account makes sure who is calling.
func (s *Server) account(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		g := gateOf(sess)
		key := sess.PublicKey()
		if key == nil || gossh.FingerprintSHA256(key) != g.who.Fingerprint {
			// Two independent ways must give the same key. If they do not, nobody is served.
			s.log.Error("ssh: the session's key is not the verified one", "verified", g.who.Fingerprint)
			_ = sess.Exit(tui.ExitInternal)
			return
		}
		next(sess)
	}
}

// route sends a session to a screen or a command.
func (s *Server) route(cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		g := gateOf(sess)
		begun := s.now()
		event, code, how := s.serve(sess, g)
		_ = sess.Exit(code)
		took := s.now().Sub(begun)
		s.observe(Event{Kind: event, Reason: how, Took: took})
		s.log.Info("ssh: session", "kind", string(event), "end", how, "code", code, "took", took,
			"key", g.who.Fingerprint) // and not from where: that is nobody's business who behaves
	}
}

// serve runs what was asked for and answers how it ended.
func (s *Server) serve(sess cssh.Session, g *gate) (event EventKind, code int, how string) {
	line := sess.RawCommand()
	t, pty := g.terminal()
	if len(line) > s.limits.Command {
		return s.say(sess, "The command line has %d bytes; at most %d are read.", len(line), s.limits.Command)
	}
	args, err := tui.Words(line)
	if err != nil {
		return s.say(sess, "Not understood: %v.", err)
	}
	if len(args) > 0 {
		if o, ok := s.front.(Opener); !pty || !ok || t.Term == "dumb" || !o.Opens(args) {
			return s.exec(sess, g, args, pty)
		}
		t.Start = args
	}
	switch {
	case !pty:
		return s.say(sess, "A screen needs a terminal: ssh -t %s\nWithout one, give a command: ssh %s help", s.hostWords(), s.hostWords())
	case t.Term == "dumb":
		return s.say(sess, "This terminal (TERM=%s) has no screen to draw on. Everything is a command too: ssh %s help", t.Term, s.hostWords())
	}
	return s.screen(g, t)
}

// say answers a session that asked for nothing that can be run.
func (s *Server) say(sess cssh.Session, format string, args ...any) (EventKind, int, string) {
	_, _ = io.WriteString(sess.Stderr(), fmt.Sprintf(format, args...)+"\n")
	return EventExec, tui.ExitUsage, "usage"
}
