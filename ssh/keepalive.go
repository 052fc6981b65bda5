package ssh

import (
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// keepAlive begins to ask a connection that has a session whether its client is still there: a phone that lost its
// network says nothing, and TCP alone notices after a quarter of an hour.
func (c *conn) keepAlive(sc *gossh.ServerConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.beat != nil {
		return
	}
	c.heardAny.Store(true) // it has just opened a session
	c.beat = time.AfterFunc(c.s.limits.KeepAlive, func() { c.ask(sc) })
}

// ask sends keepalive@openssh.com, which every client answers, if only by a refusal (RFC 4254 section 4). Whatever came
// since the last question is an answer too. One question is on its way at a time, since TCP repeats it by itself; each
// interval without an answer counts as one that was not answered.
func (c *conn) ask(sc *gossh.ServerConn) {
	if !c.s.enter() {
		return
	}
	defer c.s.running.Done()
	defer c.s.recovered("keepalive")
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return
	}
	if c.unanswered++; c.heardAny.Swap(false) {
		c.unanswered = 0
	}
	dead, pending := c.unanswered >= c.s.limits.KeepAliveMax, c.asking
	c.asking = true
	c.beat.Reset(c.s.limits.KeepAlive)
	c.mu.Unlock()
	if dead {
		c.s.log.Info("ssh: a client that does not answer was cut off", "key", c.key)
		c.s.endSessions(endSilent, func(v *session) bool { return v.conn == c })
		_ = c.Close()
	}
	if dead || pending {
		return
	}
	_, _, _ = sc.SendRequest("keepalive@openssh.com", true, nil) // an error is the end of the connection
	c.mu.Lock()
	c.asking = false
	c.mu.Unlock()
}
