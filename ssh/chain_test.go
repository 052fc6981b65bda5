package ssh

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// However a session ends, it is counted once, as what it was, and logged once if it has a key.
func TestSessionIsCountedAndLoggedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(t *testing.T, c *gossh.Client)
		noKey  bool
		kind   EventKind
		reason string
		line   string // in the log
	}{
		"command": {
			do:   func(t *testing.T, c *gossh.Client) { run(t, c, "whoami") },
			kind: EventExec, reason: "done", line: "kind=exec end=done code=0",
		},
		"usage": {
			do:   func(t *testing.T, c *gossh.Client) { run(t, c, "a 'b") },
			kind: EventExec, reason: "usage", line: "kind=exec end=usage code=2",
		},
		"panic": {
			do:   func(t *testing.T, c *gossh.Client) { run(t, c, "panic") },
			kind: EventExec, reason: "panic", line: "kind=exec end=panic code=1",
		},
		"screen": {
			do: func(t *testing.T, c *gossh.Client) {
				r := sit(t, c, "")
				r.see("> 11-23 14:00")
				r.press("q")
				r.end()
			},
			kind: EventScreen, reason: "quit", line: "kind=screen end=quit code=0",
		},
		"files": {
			do:   func(t *testing.T, c *gossh.Client) { subsystem(t, c) },
			kind: EventRefused, reason: "subsystem", line: "kind=refused end=subsystem code=3",
		},
		"no key": {
			do:    func(t *testing.T, c *gossh.Client) { run(t, c, "whoami") },
			noKey: true, kind: EventNoKey,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var log journal
			var mu sync.Mutex
			var events []Event
			s := serve(t, &desk{}, func(o *Options) {
				o.Log = slog.New(slog.NewTextHandler(&log, nil))
				o.Observe = func(e Event) {
					if !slices.Contains([]EventKind{EventConnected, EventLogin, EventPanic}, e.Kind) {
						mu.Lock()
						defer mu.Unlock()
						events = append(events, e)
					}
				}
			})
			auth := gossh.PublicKeys(newKey(t))
			if c.noKey {
				auth = gossh.KeyboardInteractive(noAnswers)
			}
			client, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, auth))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			c.do(t, client)
			eventually(t, "the session is over", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return s.Load().Sessions == 0 && len(events) > 0
			})
			mu.Lock()
			defer mu.Unlock()
			if len(events) != 1 || events[0].Kind != c.kind || events[0].Reason != c.reason {
				t.Errorf("counted as %+v, want once as %s because of %q", events, c.kind, c.reason)
			}
			want := 1
			if c.noKey {
				want = 0
			}
			text := log.String()
			if n := strings.Count(text, "ssh: session"); n != want || !strings.Contains(text, c.line) {
				t.Errorf("logged %d times, want %d with %q:\n%s", n, want, c.line, text)
			}
		})
	}
}
