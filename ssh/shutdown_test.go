package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// Screens end with a last line, a command that runs may finish, no new one is accepted.
func TestShutdownInOrder(t *testing.T) {
	finish := make(chan struct{})
	d := &desk{exec: func(_ context.Context, _ view.Caller, _ []string, _ io.Reader, out, _ io.Writer) int {
		_, _ = io.WriteString(out, "begun\n")
		<-finish
		_, _ = io.WriteString(out, "finished\n")
		return 0
	}}
	s := serve(t, d, nil)
	c := dial(t, s, newKey(t))
	dial(t, s, newKey(t)) // a connection without a session must not hold it up
	screen, work := sit(t, c, ""), sit(t, c, "work")
	screen.see("> 11-23 14:00")
	work.see("begun")

	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	go func() { done <- s.Shutdown(ctx) }()
	if code := screen.end(); code != command.ExitLater ||
		!strings.HasSuffix(screen.text(), leaveScreen+endRestart.text+"\r\n") {
		t.Errorf("exit %d, %q", code, tail(screen.text()))
	}
	if _, err := c.NewSession(); err == nil {
		t.Error("a new session was opened")
	}
	if nc, err := net.Dial("tcp", s.Addr().String()); err == nil {
		nc.Close()
		t.Error("a new connection was accepted")
	}
	close(finish)
	if code := work.end(); code != 0 || !strings.Contains(work.text(), "finished") {
		t.Errorf("the command: exit %d, %q", code, work.text())
	}
	if err := <-done; err != nil {
		t.Errorf("Shutdown: %v", err)
	}
}

// A command that does not finish in time is cancelled and told so.
func TestShutdownCutsOffAtItsDeadline(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sit(t, dial(t, s, newKey(t)), "wait")
	r.see("waiting")
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown: %v, want the deadline", err)
	}
	if code := r.end(); code != command.ExitLater || !strings.Contains(r.text(), endRestart.text) {
		t.Errorf("exit %d, %q", code, r.text())
	}
}

// Trap 7 (doc.go): SIGTERM belongs to main; sessions take no signals.
func TestSIGTERMIsNotSwallowedBySessions(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	got := make(chan os.Signal, 1)
	notify(t, got)
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-got
	r.press("j")
	r.see("> 11-23 14:01") // the session did not take it for itself
}

func TestEndClosesTheSessionsOfAKey(t *testing.T) {
	s := serve(t, &desk{}, nil)
	key := newKey(t)
	a, b := sit(t, dial(t, s, key), ""), sit(t, dial(t, s, newKey(t)), "")
	a.see("> 11-23 14:00")
	b.see("> 11-23 14:00")
	if n := s.End(fingerprint(key), 0); n != 1 {
		t.Errorf("ended %d sessions, want 1", n)
	}
	if code := a.end(); code != command.ExitNotAllowed || !strings.Contains(a.text(), endRevoked.text) {
		t.Errorf("exit %d, %q", code, tail(a.text()))
	}
	b.press("j")
	b.see("> 11-23 14:01")
}

// The session that is about to show a code stays; the others of its key end, on the same connection too.
func TestEndSparesASeat(t *testing.T) {
	s := serve(t, &desk{}, nil)
	key := newKey(t)
	c := dial(t, s, key)
	a, b := sit(t, c, ""), sit(t, c, "")
	a.see("> 11-23 14:00")
	b.see("> 11-23 14:00")
	seats := map[uint64]bool{}
	s.mu.Lock()
	for v := range s.live {
		seats[v.who.Seat] = true
	}
	s.mu.Unlock()
	if len(seats) != 2 || seats[0] {
		t.Fatalf("seats are %v", seats)
	}
	for seat := range seats {
		if n := s.End(fingerprint(key), seat); n != 1 {
			t.Errorf("ended %d sessions, want 1", n)
		}
		break
	}
}
