package ssh

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/vt"
	"go.uber.org/goleak"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui"
)

// desk is a front whose screens and commands do what a test needs.
type desk struct {
	mu    sync.Mutex
	calls []view.Caller
	model func(ctx context.Context, who view.Caller, t Terminal) tea.Model
	exec  func(ctx context.Context, who view.Caller, args []string, in io.Reader, out, errw io.Writer) int
	files func(ctx context.Context, rw io.ReadWriteCloser, tell func(string)) error // nil: there are none
	role  func(fingerprint string) ledger.Role                                      // nil: every key has a wallet
}

func (d *desk) Role(_ context.Context, who view.Caller) (ledger.Role, error) {
	if d.role != nil {
		return d.role(who.Fingerprint), nil
	}
	return ledger.RoleUser, nil
}

func (d *desk) note(who view.Caller) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, who)
}

func (d *desk) callers() []view.Caller {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]view.Caller(nil), d.calls...)
}

func (d *desk) Screen(ctx context.Context, who view.Caller, t Terminal) tea.Model {
	d.note(who)
	if d.model != nil {
		return d.model(ctx, who, t)
	}
	return &board{who: who, t: t}
}

func (d *desk) Exec(
	ctx context.Context, who view.Caller, width func() int, args []string, in io.Reader, out, errw io.Writer,
) int {
	d.note(who)
	if d.exec != nil {
		return d.exec(ctx, who, args, in, out, errw)
	}
	switch args[0] {
	case "whoami":
		fmt.Fprintln(out, who.Fingerprint)
	case "width":
		fmt.Fprintln(out, "before", width())
		_, _ = io.ReadFull(in, make([]byte, 1))
		fmt.Fprintln(out, "after", width())
	case "args":
		for _, a := range args[1:] {
			fmt.Fprintf(out, "[%s]\n", a)
		}
	case "cat":
		if _, err := io.Copy(out, in); err != nil {
			fmt.Fprintln(errw, err)
			return 1
		}
	case "wait":
		fmt.Fprintln(out, "waiting")
		<-ctx.Done()
		return 1
	case "panic":
		panic("command of a test")
	}
	return 0
}

func (d *desk) Plain(_ context.Context, who view.Caller, t PlainTalk, in io.Reader, out io.Writer) error {
	d.note(who)
	fmt.Fprintf(out, "plain terminal=%v start=%v\n", t.Terminal, t.Start)
	_, err := io.Copy(out, in)
	return err
}

func (d *desk) HasFiles() bool { return d.files != nil }

func (d *desk) Files(ctx context.Context, who view.Caller, rw io.ReadWriteCloser, tell func(string)) error {
	d.note(who)
	return d.files(ctx, rw, tell)
}

func (d *desk) SpeaksPlain(_ context.Context, _ view.Caller, t Terminal) bool {
	return t.Term == "dumb"
}

func (d *desk) Opens(args []string) bool { return args[0] == "history" }

// board is a screen with a table of 20 rows; the selected one is marked.
type board struct {
	who    view.Caller
	t      Terminal
	row    int
	typed  string
	pasted int
}

type boardMsg string

func (b *board) Init() tea.Cmd { return nil }

func (b *board) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch m := msg.(type) {
	case tea.WindowSizeMsg:
		b.t.Width, b.t.Height = m.Width, m.Height
	case tui.Ending:
		b.typed = fmt.Sprintf("ends for reason %d in %v", m.Why, m.Left)
	case boardMsg:
		b.typed = string(m)
	case tui.Key:
		if m.Paste {
			b.pasted += len(m.Runes)
			return b, nil
		}
		switch m.String() {
		case "j", "down":
			b.row = (b.row + 1) % 20
		case "q":
			return b, tea.Quit
		case "!":
			panic("screen of a test")
		case "@":
			return b, tea.Sequence(func() tea.Msg { return boardMsg("first") }, func() tea.Msg { panic("command of a screen") })
		case "z":
			return b, tea.Suspend
		default:
			b.typed += m.String()
		}
	}
	return b, nil
}

func (b *board) View() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s\n", b.who.Fingerprint)
	fmt.Fprintf(&s, "%s %dx%d start=%v typed=%s pasted=%d\n", b.t.Term, b.t.Width, b.t.Height, b.t.Start, b.typed,
		b.pasted)
	for k := range 20 {
		mark, style := "  ", ""
		if k == b.row {
			mark, style = "> ", "\x1b[7m"
		}
		fmt.Fprintf(&s, "%s%s11-23 14:%02d  acme-news         How rivers freeze         paid          -0.25 T\x1b[m\n",
			style, mark, k)
	}
	return s.String()
}

// journal collects log lines.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// All that an Event may say: what labels of a metric can be. Every test of a server holds it.
var (
	kinds = []EventKind{
		EventConnected, EventRefused, EventNoKey, EventLogin, EventScreen, EventExec, EventFiles, EventPanic,
		EventStalled, EventEvicted,
	}
	reasons = []string{
		"", "done", "quit", "usage",
		"hangup", "signal", "stuck", "restart", "revoked", "life", "panic", "idle", "time", "silent",
		"connections", "rate of an address", "unauthenticated", "unauthenticated of an address",
		"sessions of a key", "places of an address", "places of all", "sessions of a connection", "rate of a connection",
		"key", "subsystem", "garbled",
	}
)

// serve starts a server on a free port; at the end of the test it is shut down, and no goroutine may be left.
func serve(t *testing.T, front Front, change func(*Options)) *Server {
	t.Helper()
	before := goleak.IgnoreCurrent()
	o := Options{HostKey: newKey(t), Front: front, Now: time.Now, Host: "pay.example"}
	o.Limits.ConnRate = 1000
	o.Limits.SessionRate = 1000
	o.Limits.Notice = time.Millisecond // nobody reads it
	if change != nil {
		change(&o)
	}
	observe := o.Observe
	o.Observe = func(e Event) {
		if !slices.Contains(kinds, e.Kind) || !slices.Contains(reasons, e.Reason) {
			t.Errorf("%q because of %q cannot be a label: it is not in the list", e.Kind, e.Reason)
		}
		if observe != nil {
			observe(e)
		}
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	eventually(t, "the server listens", func() bool { return s.Addr() != nil })
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // a test may have left a command running
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if got := s.Load(); got != (Load{}) {
			t.Errorf("after the end: %+v, want nothing", got)
		}
		goleak.VerifyNone(t, before)
	})
	return s
}

func newKey(tb testing.TB) gossh.Signer {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		tb.Fatal(err)
	}
	signer, err := gossh.NewSignerFromKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	return signer
}

func clientConfig(s *Server, methods ...gossh.AuthMethod) *gossh.ClientConfig {
	return &gossh.ClientConfig{User: "any", Auth: methods, HostKeyCallback: gossh.FixedHostKey(s.HostKey())}
}

// dial connects with keys; the connection is closed at the end of the test.
func dial(t *testing.T, s *Server, keys ...gossh.Signer) *gossh.Client {
	t.Helper()
	c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, gossh.PublicKeys(keys...)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// run runs a command and returns what it wrote and its exit code.
func run(t *testing.T, c *gossh.Client, line string) (out, errs string, code int) {
	t.Helper()
	sess, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close()
	var o, e bytes.Buffer
	sess.Stdout, sess.Stderr = &o, &e
	err = sess.Run(line)
	if x := (*gossh.ExitError)(nil); errors.As(err, &x) {
		code = x.ExitStatus()
	} else if err != nil {
		t.Fatalf("the command ended with %v, want an exit code", err)
	}
	return o.String(), e.String(), code
}

// robot is a person at a terminal of 80x24.
type robot struct {
	t    *testing.T
	sess *gossh.Session
	keys io.WriteCloser
	done chan error

	mu    sync.Mutex
	cond  *sync.Cond
	raw   bytes.Buffer
	count int
	glass *vt.Emulator
	ended bool
}

// sit opens a screen.
func sit(t *testing.T, c *gossh.Client, line string) *robot {
	t.Helper()
	return sitAt(t, c, line, "xterm-256color", 80, 24)
}

func sitAt(t *testing.T, c *gossh.Client, line, term string, w, h int) *robot {
	t.Helper()
	sess, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	r := &robot{t: t, sess: sess, done: make(chan error, 1), glass: vt.NewEmulator(min(w, 400), min(h, 200))}
	r.cond = sync.NewCond(&r.mu)
	if err := sess.RequestPty(term, h, w, gossh.TerminalModes{gossh.ECHO: 1}); err != nil {
		t.Fatal(err)
	}
	if r.keys, err = sess.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	sess.Stdout, sess.Stderr = r, r
	if line == "" {
		err = sess.Shell()
	} else {
		err = sess.Start(line)
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		err := sess.Wait()
		r.mu.Lock()
		r.ended = true
		r.mu.Unlock()
		r.cond.Broadcast()
		r.done <- err
	}()
	return r
}

func (r *robot) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count += len(p)
	r.raw.Write(p)
	_, _ = r.glass.Write(p)
	r.cond.Broadcast()
	return len(p), nil
}

func (r *robot) press(keys string) {
	r.t.Helper()
	if _, err := io.WriteString(r.keys, keys); err != nil {
		r.t.Fatal(err)
	}
}

// written is how many bytes came.
func (r *robot) written() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// see waits until a text is on the screen.
func (r *robot) see(text string) {
	r.t.Helper()
	r.wait("the screen to show "+text, func() bool { return strings.Contains(r.glass.String(), text) })
}

// wait waits until a condition holds, which is asked after all that arrives, but not within a synchronized frame: a
// frame comes in pieces, and a terminal does not show half of one.
func (r *robot) wait(what string, ok func() bool) {
	r.t.Helper()
	late := false
	timer := time.AfterFunc(10*time.Second, func() { r.mu.Lock(); late = true; r.mu.Unlock(); r.cond.Broadcast() })
	defer timer.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.midFrame() || !ok() {
		if late || r.ended {
			r.t.Fatalf("waited in vain (ended: %v) for %s; screen:\n%s\nraw: %q", r.ended, what, r.glass.String(),
				tail(r.raw.String()))
		}
		r.cond.Wait()
	}
}

// midFrame reports whether the end of a synchronized frame is still to come.
func (r *robot) midFrame() bool {
	raw := r.raw.Bytes()
	return bytes.LastIndex(raw, []byte(beginSync)) > bytes.LastIndex(raw, []byte(endSync))
}

func tail(s string) string { return s[max(0, len(s)-400):] }

func (r *robot) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw.String()
}

// end waits for the end of the session and returns its exit code, -1 if there was none.
func (r *robot) end() int {
	r.t.Helper()
	select {
	case err := <-r.done:
		r.done <- err
		if x := (*gossh.ExitError)(nil); errors.As(err, &x) {
			return x.ExitStatus()
		} else if err != nil {
			return -1
		}
		return 0
	case <-time.After(30 * time.Second):
		r.t.Fatalf("the session did not end; raw: %q", tail(r.text()))
		return -1
	}
}

// eventually waits for a condition that no channel tells about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(30 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// plug is a TCP connection to the server that says nothing by itself.
func plug(t *testing.T, s *Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func fingerprint(key gossh.Signer) string { return gossh.FingerprintSHA256(key.PublicKey()) }

// notify catches SIGTERM for the length of a test.
func notify(t *testing.T, got chan<- os.Signal) {
	t.Helper()
	signal.Notify(got, syscall.SIGTERM)
	t.Cleanup(func() { signal.Stop(got) })
}
