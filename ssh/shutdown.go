package ssh

import (
	"context"
	"time"
)

// last is how long a command that was cut off may take to notice it.
const last = 2 * time.Second

// Shutdown ends the service in order: nobody new comes in; screens end with a last line; commands that run may finish
// until ctx ends and are cancelled then; connections are closed. The error is that of ctx if commands had to be cut
// off. A second call waits for the first.
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
	s.endSessions(endRestart, func(g *gate) bool { return g.kind() != kindExec })

	var err error
	if !s.waitSessions(ctx) {
		err = ctx.Err()
		s.endSessions(endRestart, func(*gate) bool { return true })
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), last)
		s.waitSessions(grace)
		cancel()
	}
	s.closeConns()
	s.waitRunning()
	return err
}

// End closes all sessions of a key, for example because it was removed from its wallet. It answers how many.
func (s *Server) End(fingerprint string) int {
	return s.endSessions(endRevoked, func(g *gate) bool { return g.who.Fingerprint == fingerprint })
}

func (s *Server) endSessions(why *ending, which func(*gate) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for g := range s.live {
		if which(g) {
			g.end(why)
			n++
		}
	}
	return n
}

// waitSessions waits until no session lives; false if ctx ended before.
func (s *Server) waitSessions(ctx context.Context) bool {
	for {
		s.mu.Lock()
		n := len(s.live)
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
	case <-time.After(last):
		s.log.Warn("ssh: a session did not end with its context")
	}
}
