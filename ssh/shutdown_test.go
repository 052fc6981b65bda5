package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/tui"
)

// Screens end with a last line, a command that runs may finish, nobody new comes in.
func TestShutdownInOrder(t *testing.T) {
	finish := make(chan struct{})
	d := &desk{exec: func(_ context.Context, _ ledger.Caller, _ []string, _ io.Reader, out, _ io.Writer) int {
		_, _ = io.WriteString(out, "begun\n")
		<-finish
		_, _ = io.WriteString(out, "finished\n")
		return 0
	}}
	s := serve(t, d, nil)
	c := dial(t, s, newKey(t))
	dial(t, s, newKey(t)) // a connection without a session must not hold it up
	screen, command := sit(t, c, ""), sit(t, c, "work")
	screen.see("> 11-23 14:00")
	command.see("begun")

	done := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	go func() { done <- s.Shutdown(ctx) }()
	if code := screen.end(); code != tui.ExitLater || !strings.HasSuffix(screen.text(), leaveScreen+endRestart.text+"\r\n") {
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
	if code := command.end(); code != 0 || !strings.Contains(command.text(), "finished") {
		t.Errorf("the command: exit %d, %q", code, command.text())
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
	if code := r.end(); code != tui.ExitLater || !strings.Contains(r.text(), endRestart.text) {
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
	if n := s.End(fingerprint(key)); n != 1 {
		t.Errorf("ended %d sessions, want 1", n)
	}
	if code := a.end(); code != tui.ExitNotAllowed || !strings.Contains(a.text(), endRevoked.text) {
		t.Errorf("exit %d, %q", code, tail(a.text()))
	}
	b.press("j")
	b.see("> 11-23 14:01")
}

func TestHostKeyIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host_key")
	first, err := loadHostKey(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	second, err := loadHostKey(path)
	if err != nil || fingerprint(first) != fingerprint(second) {
		t.Errorf("another key at the second start: %v", err)
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

// Attack: a host key that others can read lets them stand in for the service.
func TestReadableHostKeyIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host_key")
	if _, err := loadHostKey(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := loadHostKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("%v, want a refusal with the remedy", err)
	}
	if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Chmod(path, 0o600)
	if _, err := loadHostKey(path); err == nil {
		t.Error("a broken key was replaced in silence")
	}
}

func TestNewRefusesWhatIsMissing(t *testing.T) {
	good := Options{HostKey: newKey(t), Front: &desk{}, Now: time.Now}
	for name, spoil := range map[string]func(*Options){
		"front": func(o *Options) { o.Front = nil },
		"clock": func(o *Options) { o.Now = nil },
		"key":   func(o *Options) { o.HostKey = nil },
		"size":  func(o *Options) { o.Limits.Width = 1001 },
		"path":  func(o *Options) { o.HostKey, o.HostKeyPath = nil, "/nowhere/at/all" },
	} {
		o := good
		spoil(&o)
		if _, err := New(o); err == nil {
			t.Errorf("started without %s", name)
		}
	}
}
