package ssh

import (
	"context"
	"io"
	"sync"
	"time"

	"tuppence/server/ledger"
	"tuppence/tui"

	tea "github.com/charmbracelet/bubbletea"
	cssh "github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// gate stands between the wire and the library for one session. It decides which requests pass, keeps what they say in
// bounded form, and owns the session's context: that of the library belongs to the connection, and lives on when a
// client closes one channel of many.
type gate struct {
	s    *Server
	conn *conn
	who  ledger.Caller
	ch   gossh.Channel

	ctx    context.Context
	end    context.CancelCauseFunc
	resize chan tea.WindowSizeMsg // capacity 1, the newest size
	left   chan struct{}          // closed when the program has quit by itself
	done   chan struct{}          // closed when the handler has returned

	mu      sync.Mutex
	term    Terminal
	pty     bool
	started bool
	refused bool // a subsystem was asked for: nothing starts any more
	what    kind
	linger  *time.Timer // runs when the handler has returned and the client has not closed the channel
}

// kind is what a session turned out to be.
type kind uint8

const (
	kindNone kind = iota // nothing asked for yet
	kindScreen
	kindExec
)

type gateKey struct{} // *gate in the context of a session

// session handles a channel of type "session"; no other type has a handler. It takes the place of the library's, and
// calls it with a channel whose requests were filtered.
func (s *Server) session(library *cssh.Server, sc *gossh.ServerConn, nc gossh.NewChannel, ctx cssh.Context) {
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
	if why := c.begin(); why != "" {
		s.refuse(nc, why)
		return
	}
	defer c.finish()
	who, ok := callerOf(sc, c.RemoteAddr().String())
	if !ok {
		s.visitor(c, nc)
		return
	}
	if why := s.admit.open(who.Fingerprint); why != "" {
		s.refuse(nc, why)
		return
	}
	defer s.admit.shut(who.Fingerprint)
	g := &gate{
		s: s, conn: c, who: who, resize: make(chan tea.WindowSizeMsg, 1),
		left: make(chan struct{}), done: make(chan struct{}),
		term: Terminal{Term: "unknown", Width: 80, Height: 24, Env: map[string]string{}},
	}
	g.ctx, g.end = context.WithCancelCause(context.Background()) // nothing of the library inside
	defer g.end(endHangup)
	if !s.enrol(g) {
		_ = nc.Reject(gossh.ResourceShortage, endRestart.text)
		return
	}
	defer s.leave(g)
	cssh.DefaultSessionHandler(library, sc, &gatedChannel{nc, g}, sessionContext{ctx, g})
	g.end(endHangup) // the client closed the channel, or is gone
	if g.hasStarted() {
		<-g.done
		g.linger.Stop()
	}
}

func (s *Server) refuse(nc gossh.NewChannel, why string) {
	s.observe(Event{Kind: EventRefused, Reason: why})
	_ = nc.Reject(gossh.ResourceShortage, "too many at once ("+why+"): close one, or try again in a minute")
}

// enrol makes the session known to Shutdown and End; false if it is too late.
func (s *Server) enrol(g *gate) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.live[g] = struct{}{}
	return true
}

func (s *Server) leave(g *gate) {
	s.mu.Lock()
	delete(s.live, g)
	s.mu.Unlock()
	select {
	case s.ended <- struct{}{}:
	default:
	}
}

// gatedChannel hands the library a channel whose requests went through the gate.
type gatedChannel struct {
	gossh.NewChannel
	g *gate
}

// Accept implements gossh.NewChannel.
func (n *gatedChannel) Accept() (gossh.Channel, <-chan *gossh.Request, error) {
	ch, in, err := n.NewChannel.Accept()
	if err != nil {
		return nil, nil, err
	}
	n.g.ch = ch
	out := make(chan *gossh.Request)
	go func() {
		defer close(out)
		defer n.g.s.recovered("requests")
		n.g.filter(in, out)
	}()
	return ch, out, nil
}

// sessionContext is the library's context of the connection with the life of one session.
type sessionContext struct {
	cssh.Context
	g *gate
}

func (c sessionContext) Deadline() (time.Time, bool) { return c.g.ctx.Deadline() }
func (c sessionContext) Done() <-chan struct{}       { return c.g.ctx.Done() }
func (c sessionContext) Err() error                  { return c.g.ctx.Err() }
func (c sessionContext) Value(key any) any {
	if key == (gateKey{}) {
		return c.g
	}
	return c.Context.Value(key)
}

// filter passes on what may pass, answers the rest, and ends the session with the channel. It never waits for the
// session: what comes often (sizes) goes into a mailbox.
func (g *gate) filter(in <-chan *gossh.Request, out chan<- *gossh.Request) {
	idle := time.AfterFunc(g.s.limits.Grace, func() { g.ch.Close() })
	defer idle.Stop()
	defer g.end(endHangup)
	envs := 0
	for req := range in {
		switch req.Type {
		case "pty-req":
			g.pass(out, req, g.openTerminal(req))
		case "shell", "exec":
			ok := g.start(req)
			if ok {
				idle.Stop()
			}
			g.pass(out, req, ok)
		case "window-change":
			_ = req.Reply(g.changeSize(req), nil)
		case "env":
			if envs++; envs > g.s.limits.Env {
				g.ch.Close()
				continue
			}
			_ = req.Reply(g.setEnv(req), nil)
		case "signal":
			g.signal(req)
		case "subsystem":
			g.refuseSubsystem(req)
		default: // agents, X11, breaks and what is to come
			_ = req.Reply(false, nil)
		}
	}
}

func (g *gate) pass(out chan<- *gossh.Request, req *gossh.Request, ok bool) {
	if !ok {
		_ = req.Reply(false, nil)
		return
	}
	out <- req
}

// start lets the one shell or command of a session through.
func (g *gate) start(req *gossh.Request) bool {
	if req.Type == "exec" {
		var line struct{ Line string }
		if gossh.Unmarshal(req.Payload, &line) != nil {
			return false
		}
	} else {
		req.Payload = gossh.Marshal(struct{ Line string }{})
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.started || g.refused {
		return false
	}
	g.started = true
	return true
}

func (g *gate) hasStarted() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.started
}

func (g *gate) kind() kind {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.what
}

func (g *gate) become(k kind) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.what = k
}

// signal ends the session for the signals that ask for it; the others are nothing to a program without a process.
func (g *gate) signal(req *gossh.Request) {
	var sig struct{ Name string }
	if gossh.Unmarshal(req.Payload, &sig) != nil {
		return
	}
	switch sig.Name {
	case "INT", "TERM", "HUP", "QUIT", "KILL":
		g.end(endSignal)
	}
}

// refuseSubsystem starts nothing and says why. The request is answered with yes, because clients of sftp drop what is
// on the error stream when it is answered with no; then the channel ends like that of a command that was not allowed.
func (g *gate) refuseSubsystem(req *gossh.Request) {
	g.mu.Lock()
	late := g.started || g.refused
	g.refused = true
	g.mu.Unlock()
	_ = req.Reply(!late, nil)
	if late {
		return
	}
	_, _ = io.WriteString(g.ch.Stderr(), "There are no files here. Everything is a command: ssh "+g.s.hostWords()+" help\r\n")
	_, _ = g.ch.SendRequest("exit-status", false, gossh.Marshal(struct{ Code uint32 }{tui.ExitNotAllowed}))
	_ = g.ch.Close()
}
