package ssh

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	cssh "github.com/charmbracelet/ssh"
	"golang.org/x/time/rate"
)

// conn is a connection with its bounds. It owns all deadlines: those that the library sets are ignored, because it
// renews them with every read and write, so that a clock on a screen would keep a dead client alive.
type conn struct {
	net.Conn
	s      *Server
	addr   netip.Addr    // what it is counted under
	starts *rate.Limiter // of sessions
	since  time.Time

	grace *time.Timer // until authenticated
	life  *time.Timer
	idle  *time.Timer // runs while there is no session
	stall *time.Timer // runs during a write
	beat  *time.Timer // of questions whether the client is there; nil before the first session

	heard    atomic.Int64 // of the last that the person sent on any session, see tenant
	heardAny atomic.Bool  // bytes of any kind have come since the last question

	mu            sync.Mutex
	authenticated bool
	key           string // fingerprint of the key that authenticated
	closed        bool
	evicted       bool // it lost its place: no new sessions
	asking        bool // a question is on its way
	unanswered    int  // questions in a row
	sessions      int
	refusal       string // why the last offered key was refused
}

type connKey struct{} // *conn in the context of a connection

// accept admits a connection or returns nil, and then the library closes it. It is the library's ConnCallback and runs
// before the handshake.
func (s *Server) accept(ctx cssh.Context, nc net.Conn) net.Conn {
	c := &conn{
		Conn: nc, s: s, addr: addressOf(nc.RemoteAddr()), since: s.now(),
		starts: burstOfTenSeconds(s.limits.SessionRate),
	}
	c.heard.Store(c.since.UnixNano())
	if why := s.admitConn(c); why != "" {
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

// SetDeadline, SetReadDeadline and SetWriteDeadline do nothing, see conn.
func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// Write gives up, and the connection with it, when the other end does not take the bytes within Limits.Stall.
func (c *conn) Write(p []byte) (int, error) {
	c.stall.Reset(c.s.limits.Stall)
	defer c.stall.Stop()
	return c.Conn.Write(p)
}

// Close may be called repeatedly. When it returns, the connection is out of all counts.
func (c *conn) Close() error {
	if !c.takeOut() {
		return nil
	}
	return c.Conn.Close()
}

// takeOut removes the connection from all counts; false if that was done before.
func (c *conn) takeOut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.closed = true
	for _, t := range []*time.Timer{c.grace, c.life, c.idle, c.stall, c.beat} {
		if t != nil {
			t.Stop()
		}
	}
	c.s.mu.Lock()
	delete(c.s.conns, c)
	c.s.mu.Unlock()
	c.s.admission.disconnect(c, c.authenticated)
	return true
}

// address implements tenant.
func (c *conn) address() netip.Addr { return c.addr }

// lastHeard implements tenant.
func (c *conn) lastHeard() int64 { return c.heard.Load() }

// Read notes that something came, whatever it is.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heardAny.Store(true)
	}
	return n, err
}

// authenticate ends the time of grace and gives the connection a place among those of its class.
func (c *conn) authenticate(fingerprint string) {
	as := c.s.classOf(fingerprint)
	c.mu.Lock()
	if c.authenticated || c.closed {
		c.mu.Unlock()
		return
	}
	c.authenticated, c.key = true, fingerprint
	c.grace.Stop()
	gone, why := c.s.admission.authenticate(c, as)
	c.mu.Unlock()
	if why != nil {
		c.s.evict(eviction{gone, why})
	}
}

// evict ends a connection that lost its place to a newcomer: its sessions say why.
func (c *conn) evict(why *ending) {
	c.mu.Lock()
	c.evicted = true
	c.mu.Unlock()
	if c.s.endSessions(why, func(v *session) bool { return v.conn == c }) == 0 {
		_ = c.Close()
		return
	}
	time.AfterFunc(endGrace, func() { _ = c.Close() })
}

func (c *conn) isAuthenticated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.authenticated
}

// closeUnauthenticated closes a connection that has not authenticated; false if it has, or is closed.
func (c *conn) closeUnauthenticated() bool {
	if c.isAuthenticated() || !c.takeOut() {
		return false
	}
	_ = c.Conn.Close()
	return true
}

// stalled cuts off a client that does not read. Closing the connection is the only thing that ends a write that waits
// for the window of a channel.
func (c *conn) stalled() {
	c.s.observe(Event{Kind: EventStalled})
	c.s.log.Info("ssh: a client that does not read was cut off", "remote", c.addr)
	c.Close()
}

// outlived ends the sessions with a last line, then the connection.
func (c *conn) outlived() {
	c.s.endSessions(endLife, func(v *session) bool { return v.conn == c })
	time.AfterFunc(endGrace, func() { _ = c.Close() })
}

// beginSession counts a session of this connection, or names the bound that refuses it. Without a key a connection
// takes no place from the sessions of all: it gets an explanation and is closed.
func (c *conn) beginSession(v *session) (refused string) {
	c.mu.Lock()
	switch {
	case c.evicted:
		refused = "connections"
	case c.sessions >= c.s.limits.SessionsPerConn:
		refused = "sessions of a connection"
	case !c.starts.Allow():
		refused = "rate of a connection"
	}
	if refused != "" {
		c.mu.Unlock()
		return refused
	}
	c.sessions++
	c.idle.Stop()
	known := c.authenticated
	v.key = c.key
	c.mu.Unlock()
	if known {
		v.hear()
		c.s.evict(c.s.admission.openSession(v, c.s.classOf(v.key))...)
	}
	return ""
}

// endSession gives back what beginSession took.
func (c *conn) endSession(v *session) {
	c.s.admission.closeSession(v)
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

// stallWriter writes to a channel of a connection and cuts the client off if it does not read.
type stallWriter struct {
	io.Writer
	c *conn
}

// stallChunk is how many bytes a client has Limits.Stall to take.
const stallChunk = 16 << 10

// Write implements io.Writer.
func (w stallWriter) Write(p []byte) (n int, err error) {
	t := time.AfterFunc(w.c.s.limits.Stall, w.c.stalled)
	defer t.Stop()
	for len(p) > 0 && err == nil {
		t.Reset(w.c.s.limits.Stall)
		var k int
		k, err = w.Writer.Write(p[:min(len(p), stallChunk)])
		n, p = n+k, p[k:]
	}
	return n, err
}
