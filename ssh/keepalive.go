package ssh

import (
	"time"

	gossh "golang.org/x/crypto/ssh"
)

// keepAlive begins to ask a connection that has a session whether its client is still there. A machine that is gone is
// found by TCP, if the listener was told to ask (tuppence does), which costs this program nothing; the question here
// finds a client that stands still on a machine that answers, or behind a balancer.
func (c *conn) keepAlive(sc *gossh.ServerConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.beat != nil {
		return
	}
	c.heardAny.Store(true) // it has just opened a session
	c.beat = time.AfterFunc(c.nextBeat(), func() { c.ask(sc) })
}

// beatStep is the part of an interval to which beats are rounded.
const beatStep = 300

// nextBeat returns how long it is to the next beat. Beats of all connections come at the same moments, two or
// three times a second if they are two minutes apart: to wake the machine once for ten questions costs less than ten
// times. More at once would hold up keys.
func (c *conn) nextBeat() time.Duration {
	every := c.s.limits.KeepAlive
	return every - time.Duration(c.s.now().UnixNano())%max(every/beatStep, 1)
}

// ask sends keepalive@openssh.com, which every client answers, if only by a refusal (RFC 4254 section 4).
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
	quiet, dead := c.judge()
	c.beat.Reset(c.nextBeat())
	c.mu.Unlock()
	switch {
	case dead:
		c.s.log.Info("ssh: a client that does not answer was cut off", "key", c.key)
		c.s.endSessions(endSilent, func(v *session) bool { return v.conn == c })
		_ = c.Close()
	case quiet:
		_, _, _ = sc.SendRequest("keepalive@openssh.com", true, nil) // an error is the end of the connection
		c.mu.Lock()
		c.asking = false
		c.mu.Unlock()
	}
}

// judge says at a beat whether to ask, and whether the client is gone. One from which something has come since the last
// beat is not asked; an answer too is something. One question is on its way at a time, since TCP repeats it by itself;
// each interval without an answer counts as one that was not answered. The lock is held.
func (c *conn) judge() (ask, dead bool) {
	switch {
	case c.heardAny.Swap(false):
		c.unanswered = 0
	case c.asking:
		c.unanswered++
	default:
		ask, c.asking = true, true
	}
	return ask, c.unanswered >= c.s.limits.KeepAliveMax
}
