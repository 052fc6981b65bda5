package ssh

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tuppence/tui/command"
)

// endGrace is how long a command or a screen that was ended may take to notice it.
const endGrace = 2 * time.Second

// ending is why a session was ended from outside; it is the cause of the session's context.
type ending struct {
	reason string // for events and the log
	text   string // the last line that the client sees, "" for none
	code   int    // of package tui, as a command's
}

// Error implements error.
func (e *ending) Error() string { return "session ended: " + e.reason }

// Endings without a text say nothing to the client: it left by itself, or is gone.
var (
	endQuit   = &ending{reason: "quit", code: command.ExitOK}
	endHangup = &ending{reason: "hangup", code: command.ExitInternal}
	endSignal = &ending{reason: "signal", code: command.ExitInternal}
	endStuck  = &ending{
		reason: "stuck", code: command.ExitInternal,
		text: "Left. The screen did not answer; what you confirmed before is in the history.",
	}
	endRestart = &ending{
		reason: "restart", code: command.ExitLater,
		text: "The service restarts. Come back in a minute; nothing is lost.",
	}
	endRevoked = &ending{
		reason: "revoked", code: command.ExitNotAllowed,
		text: "This key was ended; its sessions are closed.",
	}
	endLife = &ending{
		reason: "life", code: command.ExitLater,
		text: "This connection has lasted as long as one may. Come back at any time.",
	}
	endSilent  = &ending{reason: "silent", code: command.ExitInternal}
	endKeyFull = &ending{
		reason: "sessions of a key", code: command.ExitLater,
		text: "This key has opened as many sessions as it may have. This one was silent for longest, so the newest has " +
			"its place. Come back at any time.",
	}
	endAddressFull = &ending{
		reason: "places of an address", code: command.ExitLater,
		text: "Your network has as many sessions here as it may have. This one was silent for longest, so the newest has " +
			"its place. Come back at any time.",
	}
	endFull = &ending{
		reason: "places of all", code: command.ExitLater,
		text: "Every place is taken. This session was silent for longest in its network, so a newcomer has its place. " +
			"Come back in a minute.",
	}
	endPanic = &ending{
		reason: "panic", code: command.ExitInternal,
		text: "Something went wrong here, and it was logged. " +
			"The history shows what was done; come back at any time.",
	}
)

// endIdle is the ending of a screen that got no key for so long.
func endIdle(after time.Duration) *ending {
	text := fmt.Sprintf("Closed after %s without a key. Come back at any time.", spoken(after))
	return &ending{reason: "idle", text: text, code: command.ExitLater}
}

// endQuiet is the ending of a session of files in which nothing was asked for so long.
func endQuiet(after time.Duration) *ending {
	text := fmt.Sprintf("Closed after %s of silence. Come back at any time.", spoken(after))
	return &ending{reason: "idle", text: text, code: command.ExitLater}
}

// endGarbled is the reason of a session of files that sent what is none of the protocol.
const endGarbled = "garbled"

// endExec is the ending of a command that ran for so long.
func endExec(after time.Duration) *ending {
	text := fmt.Sprintf("The command took longer than %s and was stopped.", spoken(after))
	return &ending{reason: "time", text: text, code: command.ExitLater}
}

// endOf returns the ending of a session whose context ended, nil if it still lives.
func endOf(ctx context.Context) *ending {
	if ctx.Err() == nil {
		return nil
	}
	var e *ending
	if errors.As(context.Cause(ctx), &e) {
		return e
	}
	return endHangup
}

// spoken writes a limit in words: 10 minutes.
func spoken(d time.Duration) string {
	n, unit := int(d/time.Minute), "minute"
	if d < time.Minute {
		n, unit = int(d/time.Second), "second"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// Shutdown ends the service in order: no new connection and no new session is accepted; screens say so for
// Limits.Notice and end with a last line;
// commands that run may finish until ctx ends and are cancelled then; connections are closed. The error is that of ctx
// if commands had to be cut off. A second call waits for the first.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closing
	s.closing = true
	if first && s.listener != nil {
		s.listener.Close()
	}
	s.mu.Unlock()
	if !first {
		select {
		case <-s.stopped:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer close(s.stopped)
	s.announce(ctx)
	s.endSessions(endRestart, func(v *session) bool { return !v.isCommand() })

	var err error
	if !s.waitSessions(ctx) {
		err = ctx.Err()
		s.endSessions(endRestart, func(*session) bool { return true })
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), endGrace)
		s.waitSessions(grace)
		cancel()
	}
	s.closeConns()
	s.waitRunning()
	return err
}

// End closes all sessions of a key, for example because it was removed from its wallet, but for the one in a seat, 0:
// none. It returns how many.
func (s *Server) End(fingerprint string, but uint64) int {
	return s.endSessions(endRevoked, func(v *session) bool {
		return v.who.Fingerprint == fingerprint && (but == 0 || v.who.Seat != but)
	})
}

// endSessions ends the sessions that which chooses; each says why to its client by itself.
func (s *Server) endSessions(why *ending, which func(*session) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for v := range s.live {
		if which(v) {
			v.end(why)
			n++
		}
	}
	return n
}

// waitSessions waits until no session lives; false if ctx ended before.
func (s *Server) waitSessions(ctx context.Context) bool {
	return s.waitUntil(ctx, func(*session) bool { return false })
}

// waitUntil waits until every session that lives is done with what is waited for; false if ctx ended before.
func (s *Server) waitUntil(ctx context.Context, done func(*session) bool) bool {
	for {
		n := 0
		s.mu.Lock()
		for v := range s.live {
			if !done(v) {
				n++
			}
		}
		s.mu.Unlock()
		if n == 0 {
			return true
		}
		select {
		case <-s.ended:
		case <-ctx.Done():
			return false
		}
	}
}

// closeConns closes what is still connected, outside of the lock, which Close takes.
func (s *Server) closeConns() {
	s.mu.Lock()
	all := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.Close()
	}
}

// waitRunning waits for the goroutines of closed connections. They end by themselves; a front that ignores its context
// is not waited for longer than a moment.
func (s *Server) waitRunning() {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(endGrace):
		s.log.Warn("ssh: a session did not end with its context")
	}
}
