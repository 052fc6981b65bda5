package ssh

import (
	"net"
	"sync"
	"time"

	cssh "github.com/charmbracelet/ssh"
	"golang.org/x/time/rate"
)

// conn is a connection with its bounds. It owns all deadlines: those that the library sets are ignored, because it
// renews them with every read and write.
type conn struct {
	net.Conn
	s      *Server
	addr   string        // for counting
	starts *rate.Limiter // sessions
	since  time.Time

	grace *time.Timer // until authenticated
	life  *time.Timer
	idle  *time.Timer // runs while there is no session
	stall *time.Timer // runs during a write

	mu       sync.Mutex
	known    bool
	closed   bool
	sessions int
	refusal  string // why the last offered key was refused
}

// wrap lets a connection in or not; it is the library's ConnCallback.
func (s *Server) wrap(ctx cssh.Context, nc net.Conn) net.Conn {
	c := &conn{Conn: nc, s: s, addr: addressOf(nc.RemoteAddr()), since: s.now(), starts: burstOfTenSeconds(s.limits.SessionRate)}
	if why := s.letIn(c); why != "" {
		s.observe(Event{Kind: EventRefused, Reason: why})
		s.log.Debug("ssh: connection refused", "limit", why, "remote", c.addr)
		return nil
	}
	c.mu.Lock()
	c.grace = time.AfterFunc(s.limits.Grace, func() { _ = c.Close() })
	c.life = time.AfterFunc(s.limits.Life, c.outlived)
	c.idle = time.AfterFunc(s.limits.Idle, func() { _ = c.Close() })
	c.stall = time.AfterFunc(s.limits.Stall, c.stalled)
	c.stall.Stop()
	c.mu.Unlock()

	s.mu.Lock()
	s.conns[c] = struct{}{}
	late := s.closing
	s.mu.Unlock()
	if late { // Shutdown may have passed this connection already
		c.Close()
		return nil
	}
	s.observe(Event{Kind: EventConnected})
	ctx.SetValue(connKey{}, c)
	return c
}

// patient is how long a stranger keeps its place although others wait for it. A log-in takes less.
const patient = time.Second

// letIn counts a new connection, or names the bound that refuses it. Where strangers are too many, the one that has been
// silent for longest makes room: connections that say nothing keep no person out, not even one at the same address.
func (s *Server) letIn(c *conn) (refused string) {
	if why := s.admit.tooFast(c.addr); why != "" {
		return why
	}
	why := s.admit.connect(c.addr)
	if why != fullOfStrangers && why != fullOfAddress {
		return why
	}
	if old := s.oldestStranger(c.addr, why == fullOfStrangers); old == nil || c.since.Sub(old.since) < patient || !old.giveWay() {
		return why
	}
	s.observe(Event{Kind: EventRefused, Reason: why})
	return s.admit.connect(c.addr)
}

// oldestStranger is the connection that has waited longest for its log-in, of one address or of all.
func (s *Server) oldestStranger(addr string, all bool) (oldest *conn) {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		if all || c.addr == addr {
			conns = append(conns, c)
		}
	}
	s.mu.Unlock()
	for _, c := range conns {
		if (oldest == nil || c.since.Before(oldest.since)) && !c.authentic() {
			oldest = c
		}
	}
	return oldest
}

func (c *conn) authentic() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.known
}

// giveWay closes a connection that has not authenticated; false if it has, or is closed.
func (c *conn) giveWay() bool {
	if c.authentic() || !c.takeOut() {
		return false
	}
	_ = c.Conn.Close()
	return true
}

// SetDeadline and its two brothers are ignored, see conn.
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// Write gives up, and the connection with it, when the other end does not take the bytes.
func (c *conn) Write(p []byte) (int, error) {
	c.stall.Reset(c.s.limits.Stall)
	defer c.stall.Stop()
	return c.Conn.Write(p)
}

// Close may be called again and again. Whoever returns from it finds the connection out of all counts.
func (c *conn) Close() error {
	if !c.takeOut() {
		return nil
	}
	return c.Conn.Close()
}

// takeOut is false if somebody else did it.
func (c *conn) takeOut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.closed = true
	for _, t := range []*time.Timer{c.grace, c.life, c.idle, c.stall} {
		t.Stop()
	}
	c.s.mu.Lock()
	delete(c.s.conns, c)
	c.s.mu.Unlock()
	c.s.admit.disconnect(c.addr, !c.known)
	return true
}

// authenticated ends the time of grace.
func (c *conn) authenticated() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known || c.closed {
		return
	}
	c.known = true
	c.grace.Stop()
	c.s.admit.known(c.addr)
}

// stalled cuts off a client that does not read. Closing the connection is the only thing that ends a write that waits
// for the window of a channel.
func (c *conn) stalled() {
	c.s.observe(Event{Kind: EventStalled})
	c.s.log.Info("ssh: a client that does not read was cut off", "remote", c.addr)
	c.Close()
}

// outlived ends the sessions with a word, then the connection.
func (c *conn) outlived() {
	c.s.endSessions(endLife, func(g *gate) bool { return g.conn == c })
	time.AfterFunc(last, func() { _ = c.Close() })
}

// begin counts a session of this connection, or names the bound that refuses it.
func (c *conn) begin() (refused string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions >= c.s.limits.SessionsPerConn {
		return "sessions of a connection"
	}
	if !c.starts.Allow() {
		return "rate of a connection"
	}
	c.sessions++
	c.idle.Stop()
	return ""
}

func (c *conn) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions--; c.sessions == 0 && !c.closed {
		c.idle.Reset(c.s.limits.Idle)
	}
}

func (c *conn) keyRefused(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusal = why
}

func (c *conn) refusedKey() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusal
}
