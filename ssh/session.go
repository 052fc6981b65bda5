package ssh

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	cssh "github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/view"
	"tuppence/tui"
)

// session is what this package knows of one session beside the library's cssh.Session. It owns the session's context:
// that of the library belongs to the connection, and lives on when a client closes one channel of many.
type session struct {
	s    *Server
	conn *conn
	ch   gossh.Channel // without the library's translation of line ends; set when the channel is accepted

	ctx   context.Context
	end   context.CancelCauseFunc
	done  chan struct{} // closed when the chain has returned
	key   string        // fingerprint that its place is counted under, "" without one
	heard atomic.Int64  // of the last that the person sent, see tenant

	// Of the goroutine that filters requests: at first one beside the library, then that of openSession.
	requests <-chan *gossh.Request // nil if the channel was not accepted
	envs     int                   // variables so far

	// Owned by the goroutine of the chain.
	who     view.Caller // set by identify
	outcome outcome
	start   []string // words of a command that opens a screen
	plain   bool     // the command line asks for a talk in lines

	mu      sync.Mutex
	paint   *painter // is told sizes; nil without a screen
	term    Terminal
	pty     bool
	warn    func(tui.Ending) // of the screen that is open; nil without one
	asked   bool             // a shell, a command or a subsystem was asked for: there is one per session
	files   bool             // it was a subsystem, such as sftp
	command bool             // it runs a command, which Shutdown lets finish
	linger  *time.Timer      // runs when the chain has returned and the client has not closed the channel
}

// outcome is how a session ended, for its exit code, its event and its line in the log.
type outcome struct {
	kind   EventKind
	code   int // of package tui
	reason string
}

type sessionKey struct{} // *session in the context of a session

// sessionOf returns what openSession has put into the context; the chain runs for no other sessions.
func sessionOf(sess cssh.Session) *session { return sess.Context().Value(sessionKey{}).(*session) }

// openSession handles a channel of type "session"; no other type has a handler. What a client may open without
// asking for anything is bounded here; all else is decided by the chain, which the library starts with the request
// for a shell, a command or a subsystem.
func (s *Server) openSession(library *cssh.Server, sc *gossh.ServerConn, nc gossh.NewChannel, ctx cssh.Context) {
	if !s.enter() {
		_ = nc.Reject(gossh.ResourceShortage, endRestart.text)
		return
	}
	defer s.running.Done()
	defer s.recovered("channel")
	c, ok := ctx.Value(connKey{}).(*conn)
	if !ok {
		_ = nc.Reject(gossh.Prohibited, "not here")
		return
	}
	v := newSession(s, c)
	if why := c.beginSession(v); why != "" {
		s.observe(Event{Kind: EventRefused, Reason: why})
		_ = nc.Reject(gossh.ResourceShortage, tooMany(why))
		return
	}
	defer c.endSession(v)
	defer s.leave(v)
	c.keepAlive(sc)
	cssh.DefaultSessionHandler(library, sc, filteredChannel{nc, v}, sessionContext{ctx, v}) // until it has what to run
	if v.requests != nil {
		v.filter(nil)
	}
	v.end(endHangup) // the client closed the channel, or is gone
	if v.hasStarted() {
		<-v.done
		v.linger.Stop()
	}
	if !c.isAuthenticated() {
		c.Close() // it has been told how to come back
	}
}

// tooMany is what a client reads that reached a bound on sessions.
func tooMany(limit string) string {
	return "Too many at once (" + limit + "): close one, or try again in a minute"
}

func newSession(s *Server, c *conn) *session {
	v := &session{
		s: s, conn: c, done: make(chan struct{}),
		term: Terminal{Term: unknownTerm, Width: 80, Height: 24, Env: map[string]string{}},
	}
	// Nothing of the library inside: the front sees a context that carries a life and no values.
	v.ctx, v.end = context.WithCancelCause(context.Background())
	return v
}

// address implements tenant.
func (v *session) address() netip.Addr { return v.conn.addr }

// lastHeard implements tenant.
func (v *session) lastHeard() int64 { return v.heard.Load() }

// hear notes that the person sent something: a key, or input of a command. Answers of the client alone do not count.
func (v *session) hear() {
	now := v.s.now().UnixNano()
	v.heard.Store(now)
	v.conn.heard.Store(now)
}

// evict ends a session that lost its place to a newcomer; its screen or command says why.
func (v *session) evict(why *ending) { v.end(why) }

// heardChannel notes what the person sends.
type heardChannel struct {
	gossh.Channel
	v *session
}

// Read implements gossh.Channel.
func (h heardChannel) Read(p []byte) (int, error) {
	n, err := h.Channel.Read(p)
	if n > 0 {
		h.v.hear()
	}
	return n, err
}

// say writes a line to the error stream, where it disturbs neither JSON nor a pipe.
func (v *session) say(sess cssh.Session, format string, args ...any) {
	_, _ = fmt.Fprintf(stallWriter{sess.Stderr(), v.conn}, format+"\n", args...)
}

// returned is called when the chain has returned. A client that does not close its side of the channel would keep its
// place; after the grace its connection is closed.
func (v *session) returned() {
	v.linger = time.AfterFunc(v.s.limits.Grace, func() { _ = v.conn.Close() })
	close(v.done)
}

func (v *session) hasStarted() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked
}

func (v *session) wantsFiles() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.files
}

func (v *session) isCommand() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.command
}

func (v *session) becomeCommand() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.command = true
}

// enrol makes a session known to Shutdown and End; false if the service is closing.
func (s *Server) enrol(v *session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.live[v] = struct{}{}
	return true
}

// leave takes a session out when its channel is closed, so that Shutdown does not cut off last lines on their way.
func (s *Server) leave(v *session) {
	s.mu.Lock()
	delete(s.live, v)
	s.mu.Unlock()
	select {
	case s.ended <- struct{}{}:
	default:
	}
}

// sessionContext is the library's context of the connection with the life of one session.
type sessionContext struct {
	cssh.Context
	v *session
}

func (c sessionContext) Deadline() (time.Time, bool) { return c.v.ctx.Deadline() }
func (c sessionContext) Done() <-chan struct{}       { return c.v.ctx.Done() }
func (c sessionContext) Err() error                  { return c.v.ctx.Err() }
func (c sessionContext) Value(key any) any {
	if key == (sessionKey{}) {
		return c.v
	}
	return c.Context.Value(key)
}
