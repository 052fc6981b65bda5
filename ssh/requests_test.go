package ssh

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/tui/command"
)

// Attack: use the service as a tunnel, or its clients' agents and displays.
func TestForwardingIsRefused(t *testing.T) {
	s := serve(t, &desk{}, nil)
	c := dial(t, s, newKey(t))
	if conn, err := c.Dial("tcp", "127.0.0.1:1"); err == nil {
		conn.Close()
		t.Error("a tunnel to a port was opened")
	} else if !strings.Contains(err.Error(), "unsupported channel type") {
		t.Errorf("refused by %v, want the type to be unknown", err)
	}
	if l, err := c.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
		t.Error("a port was opened for a client")
	}
	for _, kind := range []string{
		"direct-streamlocal@openssh.com", "forwarded-tcpip", "x11", "auth-agent@openssh.com",
		"tun@openssh.com",
	} {
		if ch, _, err := c.OpenChannel(kind, nil); err == nil {
			ch.Close()
			t.Errorf("a channel of type %s was opened", kind)
		}
	}
	sess, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close()
	for _, kind := range []string{"auth-agent-req@openssh.com", "x11-req", "break", "unheard-of"} {
		if ok, err := sess.SendRequest(kind, true, nil); ok || err != nil {
			t.Errorf("%s: accepted %v, %v", kind, ok, err)
		}
	}
	if ok, _, err := c.SendRequest("keepalive@openssh.com", true, nil); ok || err != nil {
		t.Errorf("a keepalive was answered %v, %v; want a plain no", ok, err)
	}
}

// subsystem asks for one that is not there and returns what the client reads on its error stream, and the exit code.
func subsystem(t *testing.T, c *gossh.Client) (text string, code int) {
	t.Helper()
	ch, in, err := c.OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ch.Close()
	if ok, err := ch.SendRequest("subsystem", true, gossh.Marshal(struct{ Name string }{"netconf"})); !ok || err != nil {
		t.Fatalf("the subsystem was refused without a word: %v, %v", ok, err)
	}
	if ok, err := ch.SendRequest("exec", true, gossh.Marshal(struct{ Line string }{"whoami"})); ok && err == nil {
		t.Error("a command was started after a subsystem")
	}
	raw, err := io.ReadAll(ch.Stderr())
	if err != nil {
		t.Error(err)
	}
	if out, _ := io.ReadAll(ch); len(out) != 0 {
		t.Errorf("a subsystem wrote %q", out)
	}
	code = -1
	for req := range in {
		var status struct{ Code uint32 }
		if req.Type == "exit-status" && gossh.Unmarshal(req.Payload, &status) == nil {
			code = int(status.Code)
		}
	}
	return string(raw), code
}

func TestSubsystemIsRefusedWithTheWay(t *testing.T) {
	d := &desk{}
	s := serve(t, d, nil)
	text, code := subsystem(t, dial(t, s, newKey(t)))
	if code != command.ExitNotAllowed || !strings.Contains(text, "ssh pay.example help") {
		t.Errorf("exit %d, %q", code, text)
	}
	if n := len(d.callers()); n != 0 {
		t.Errorf("%d calls reached the front, want 0", n)
	}
}

// Attack: broken and repeated requests.
func TestBrokenRequestsAreRefused(t *testing.T) {
	s := serve(t, &desk{}, nil)
	c := dial(t, s, newKey(t))
	sess, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close()
	for _, kind := range []string{"exec", "pty-req", "env", "window-change"} {
		if ok, _ := sess.SendRequest(kind, true, []byte{0xff, 0xff, 0xff, 0xff, 1}); ok {
			t.Errorf("a broken %s was accepted", kind)
		}
	}
	line := gossh.Marshal(struct{ Line string }{"wait"})
	if ok, err := sess.SendRequest("exec", true, line); !ok || err != nil {
		t.Fatalf("exec: %v %v", ok, err)
	}
	for _, kind := range []string{"exec", "shell", "pty-req"} {
		if ok, _ := sess.SendRequest(kind, true, line); ok {
			t.Errorf("a second %s was accepted", kind)
		}
	}
}

// Attack: variables without end.
func TestEnvFloodClosesTheChannel(t *testing.T) {
	s := serve(t, &desk{}, nil)
	sess, err := dial(t, s, newKey(t)).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for range 40 {
		_ = sess.Setenv("A", strings.Repeat("b", 30000))
	}
	if err := sess.Start("whoami"); err == nil {
		t.Error("a session with 40 variables was served")
	}
}

// Attack: hold connections that never say anything, or never finish. People still get in.
func TestSilentConnectionsAreClosedAfterTheGrace(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) {
		o.Limits.Grace = 400 * time.Millisecond
		o.Limits.UnauthenticatedPerAddr = 100
	})
	var all []net.Conn
	for k := range 60 {
		c := plug(t, s)
		if k%2 == 0 {
			_, _ = io.WriteString(c, "SSH-2.0-slow\r\n")
		}
		all = append(all, c)
	}
	eventually(t, "they are counted", func() bool { return s.Load().Unauthenticated == 60 })
	begun := time.Now()
	run(t, dial(t, s, newKey(t)), "whoami")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a client got in after %v", took)
	}
	for _, c := range all {
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Fatalf("still open: %v", err)
		}
	}
	eventually(t, "none is counted", func() bool { return s.Load().Unauthenticated == 0 })
}

// Attack: fill all places of unauthenticated connections at an address, and keep them. A client at the same
// address gets in all the same.
func TestSilentConnectionMakesRoom(t *testing.T) {
	clock := &atomic.Int64{}
	s := serve(t, &desk{}, func(o *Options) {
		o.Limits.UnauthenticatedPerAddr = 5
		o.Now = func() time.Time { return time.Unix(1_700_000_000+clock.Load(), 0) }
	})
	all := make([]net.Conn, 5)
	for k := range all {
		all[k] = plug(t, s)
		eventually(t, "it is counted", func() bool { return s.Load().Unauthenticated == k+1 })
		clock.Add(1)
	}
	begun := time.Now()
	run(t, dial(t, s, newKey(t)), "whoami")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a client got in after %v", took)
	}
	_ = all[0].SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.Copy(io.Discard, all[0]); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the oldest silent connection is still open")
	}
	if got := s.Load().Unauthenticated; got != 4 {
		t.Errorf("%d unauthenticated, want 4", got)
	}
}

// A client without a key that stays has still not authenticated, and is closed after the grace.
func TestNoKeyIsClosedAfterTheGrace(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Grace = 300 * time.Millisecond })
	c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, gossh.KeyboardInteractive(noAnswers)))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Load(); got.Unauthenticated != 1 {
		t.Errorf("%+v, want one that has not authenticated", got)
	}
	_ = c.Wait()
	eventually(t, "it is gone", func() bool { return s.Load() == Load{} })
}

// A channel that never says what it wants is closed after the grace.
func TestIdleChannelIsClosedAfterTheGrace(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Grace = 200 * time.Millisecond })
	_, reqs, err := dial(t, s, newKey(t)).OpenChannel("session", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range reqs {
	}
	eventually(t, "its place is free", func() bool { return s.Load().Sessions == 0 })
}

// A connection without sessions does not stay for ever.
func TestIdleConnectionIsClosed(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Idle = time.Second })
	c := dial(t, s, newKey(t))
	run(t, c, "whoami")
	_ = c.Wait()
}

func TestLifeOfAConnectionIsBounded(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Life = 2 * time.Second })
	r := sit(t, dial(t, s, newKey(t)), "")
	if code := r.end(); code != command.ExitLater || !strings.Contains(r.text(), endLife.text) {
		t.Errorf("exit %d, %q", code, tail(r.text()))
	}
}

// refusals counts what was refused, by limit.
type refusals struct {
	mu sync.Mutex
	n  map[string]int
}

func (r *refusals) see(e Event) {
	if e.Kind == EventRefused {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.n == nil {
			r.n = map[string]int{}
		}
		r.n[e.Reason]++
	}
}

func (r *refusals) of(limit string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n[limit]
}

// Attack: more connections than one may have.
func TestConnectionCaps(t *testing.T) {
	for limit, change := range map[string]func(*Limits){
		"unauthenticated":               func(l *Limits) { l.Unauthenticated = 3 },
		"unauthenticated of an address": func(l *Limits) { l.UnauthenticatedPerAddr = 3 },
		"rate of an address":            func(l *Limits) { l.ConnRate = 0.3 },
	} {
		t.Run(limit, func(t *testing.T) {
			var seen refusals
			s := serve(t, &desk{}, func(o *Options) { change(&o.Limits); o.Observe = seen.see })
			for range 3 {
				plug(t, s)
			}
			eventually(t, "three are in", func() bool { return s.Load().Conns == 3 })
			c := plug(t, s)
			if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the fourth: %v", err)
			}
			if got := seen.of(limit); got != 1 {
				t.Errorf("refused %d times by %q, want once", got, limit)
			}
		})
	}
}

// Attack: thousands of sessions on one connection.
func TestSessionCaps(t *testing.T) {
	for limit, change := range map[string]func(*Limits){
		"sessions of a connection": func(l *Limits) { l.SessionsPerConn = 3 },
		"rate of a connection":     func(l *Limits) { l.SessionRate = 0.3 },
	} {
		t.Run(limit, func(t *testing.T) {
			var seen refusals
			s := serve(t, &desk{}, func(o *Options) { change(&o.Limits); o.Observe = seen.see })
			c := dial(t, s, newKey(t))
			for range 3 {
				sit(t, c, "wait").see("waiting")
			}
			for range 200 {
				if _, err := c.NewSession(); err == nil {
					t.Fatal("a fourth session was opened")
				} else if !strings.Contains(err.Error(), limit) {
					t.Fatalf("refused with %v, want the limit %q", err, limit)
				}
			}
			if got := seen.of(limit); got != 200 {
				t.Errorf("refused %d times by %q, want 200", got, limit)
			}
		})
	}
}

// Places are given back: one after the other far more sessions than at once.
func TestPlacesAreGivenBack(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) {
		o.Limits.SessionsPerConn, o.Limits.SessionsPerKey, o.Limits.Members = 2, 2, 2
	})
	c := dial(t, s, newKey(t))
	for range 50 {
		if _, errs, code := run(t, c, "whoami"); code != 0 {
			t.Fatalf("exit %d %s", code, errs)
		}
		eventually(t, "the place is free", func() bool { return s.Load().Sessions == 0 })
	}
}

// Attack: garbage instead of the protocol.
func TestGarbageIsHungUpOn(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Grace = 300 * time.Millisecond })
	for _, text := range []string{
		"GET / HTTP/1.1\r\n\r\n", strings.Repeat("A", 100_000),
		"SSH-2.0-x\r\n" + strings.Repeat("\xff", 5000), "SSH-1.5-old\r\n",
	} {
		c := plug(t, s)
		_, _ = io.WriteString(c, text)
		_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
		var got bytes.Buffer
		if _, err := io.Copy(&got, c); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	run(t, dial(t, s, newKey(t)), "whoami")
}
