package ssh

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/view"
	"tuppence/tui"
	"tuppence/tui/command"
)

func TestScreenShowsMovesAndGivesTheTerminalBack(t *testing.T) {
	s := serve(t, &desk{}, nil)
	key := newKey(t)
	r := sit(t, dial(t, s, key), "")
	r.see(gossh.FingerprintSHA256(key.PublicKey()))
	r.see("> 11-23 14:00")
	before := r.written()
	r.press("j")
	r.see("> 11-23 14:01")
	t.Logf("first frame %d bytes, one key %d bytes", before, r.written()-before)
	if r.written()-before > 300 {
		t.Errorf("a key moved %d bytes, want at most two lines", r.written()-before)
	}
	r.press("q")
	if code := r.end(); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
	if !strings.HasPrefix(r.text(), enterScreen) && !strings.Contains(r.text(), enterScreen) {
		t.Error("the alternate screen was not entered")
	}
	if !strings.HasSuffix(r.text(), leaveScreen) {
		t.Errorf("the terminal was not given back: %q", tail(r.text()))
	}
}

// Trap 4 (doc.go): several keys in one packet are several keys.
func TestJJJInOnePacketMovesThreeRows(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	r.press("jjj")
	r.see("> 11-23 14:03")
}

// Trap 5 (doc.go): a terminal that never replies gets its first screen at once, and its first key counts.
func TestSilentTerminalIsNotAsked(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	r.press("j")
	r.see("> 11-23 14:01")
	for _, query := range []string{"\x1b[c", "\x1b[>c", "\x1b]11;?", "\x1b[6n"} {
		if strings.Contains(r.text(), query) {
			t.Errorf("the terminal was asked %q", query)
		}
	}
}

func TestResizeReachesTheScreen(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("80x24")
	if err := r.sess.WindowChange(30, 100); err != nil {
		t.Fatal(err)
	}
	r.see("100x30")
}

// Attack: floods of sizes, and sizes that would cost memory.
func TestResizeFloodAndHugeSizes(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sitAt(t, dial(t, s, newKey(t)), "", "xterm", 4_000_000_000, 4_000_000_000)
	r.see("400x200")
	for k := range 5000 {
		if err := r.sess.WindowChange(1+k%50, 40+k%50); err != nil {
			t.Fatal(err)
		}
	}
	_ = r.sess.WindowChange(0, 0)
	r.see("80x24")
	r.press("j")
	r.see("> 11-23 14:01")
}

// Attack: escape sequences in the name of the terminal.
func TestTerminalNameIsCleaned(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sitAt(t, dial(t, s, newKey(t)), "", "xterm\x1b]0;owned\a", 80, 24)
	r.see("unknown 80x24")
}

func TestOnlyHarmlessEnvironmentPasses(t *testing.T) {
	got := make(chan Terminal, 1)
	d := &desk{model: func(_ context.Context, who view.Caller, tm Terminal) tea.Model {
		got <- tm
		return &board{who: who, t: tm}
	}}
	s := serve(t, d, nil)
	sess, err := dial(t, s, newKey(t)).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"COLORTERM": true, "LANG": true, "LD_PRELOAD": false, "PATH": false, "LC_ALL": true, "LC_TIME": false,
	} {
		if err := sess.Setenv(name, "truecolor"); (err == nil) != want {
			t.Errorf("%s accepted: %v, want %v", name, err == nil, want)
		}
	}
	if sess.Setenv("LANG", "\x1b[2J") == nil || sess.Setenv("LANG", strings.Repeat("a", 65)) == nil {
		t.Error("a hostile value was accepted")
	}
	_ = sess.RequestPty("xterm-256color", 24, 80, nil)
	_ = sess.Shell()
	tm := <-got
	if len(tm.Env) != 3 || tm.Env["LANG"] != "truecolor" || tm.Profile.String() != "TrueColor" {
		t.Errorf("terminal %+v, profile %v", tm, tm.Profile)
	}
}

// ssh -t HOST history opens the screen, ssh -t HOST whoami runs the command.
func TestDeepLink(t *testing.T) {
	s := serve(t, &desk{}, nil)
	c := dial(t, s, newKey(t))
	r := sit(t, c, "history 'a b'")
	r.see("start=[history a b]")
	r = sit(t, c, "whoami")
	if code := r.end(); code != 0 || !strings.HasSuffix(r.text(), "\r\n") || strings.Contains(r.text(), "\x1b") {
		t.Errorf("exit %d, %q", code, r.text())
	}
}

func TestCtrlCLeaves(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	r.press("\x03")
	if code := r.end(); code != 0 {
		t.Errorf("exit %d, want 0", code)
	}
}

// stuck is a model that never returns from an update until its session ends.
type stuck struct{ ctx context.Context }

func (m stuck) Init() tea.Cmd { return nil }
func (m stuck) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tui.Key); ok {
		<-m.ctx.Done()
	}
	return m, nil
}
func (m stuck) View() string { return "stuck" }

func TestCtrlCLeavesAStuckScreen(t *testing.T) {
	d := &desk{model: func(ctx context.Context, _ view.Caller, _ Terminal) tea.Model { return stuck{ctx} }}
	s := serve(t, d, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("stuck")
	r.press("x")
	r.press("\x03")
	r.end()
	if !strings.Contains(r.text(), endStuck.text) || !strings.Contains(r.text(), leaveScreen) {
		t.Errorf("left with %q", tail(r.text()))
	}
}

// A panic ends its session with a word and a terminal in order; it is logged once; the others do not notice.
func TestPanicIsContained(t *testing.T) {
	for _, how := range []string{"!", "@"} {
		t.Run(how, func(t *testing.T) {
			var log journal
			s := serve(t, &desk{}, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			c := dial(t, s, newKey(t))
			other, r := sit(t, c, ""), sit(t, c, "")
			other.see("> 11-23 14:00")
			r.see("> 11-23 14:00")
			r.press(how)
			if code := r.end(); code != command.ExitInternal {
				t.Errorf("exit %d, want 1", code)
			}
			if !strings.HasSuffix(r.text(), leaveScreen+endPanic.text+"\r\n") {
				t.Errorf("left with %q", tail(r.text()))
			}
			other.press("j")
			other.see("> 11-23 14:01")
			if n := strings.Count(log.String(), "ssh: panic"); n != 1 {
				t.Errorf("logged %d times, want once:\n%s", n, log.String())
			}
		})
	}
}

func TestPanicWhenTheScreenIsMade(t *testing.T) {
	d := &desk{model: func(context.Context, view.Caller, Terminal) tea.Model { panic("no screen") }}
	s := serve(t, d, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	if code := r.end(); code != command.ExitInternal || !strings.Contains(r.text(), endPanic.text) {
		t.Errorf("exit %d, %q", code, r.text())
	}
}

func TestIdleScreenIsClosedWithAWord(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Idle = 300 * time.Millisecond })
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	if code := r.end(); code != command.ExitLater ||
		!strings.Contains(r.text(), leaveScreen+"Closed after 0 seconds without a key") {
		t.Errorf("exit %d, %q", code, tail(r.text()))
	}
}

// Writes must not keep a session alive: a clock on the screen is not a key.
func TestIdleCountsKeysNotFrames(t *testing.T) {
	d := &desk{model: func(context.Context, view.Caller, Terminal) tea.Model { return clock(0) }}
	s := serve(t, d, func(o *Options) { o.Limits.Idle = 300 * time.Millisecond })
	r := sit(t, dial(t, s, newKey(t)), "")
	if code := r.end(); code != command.ExitLater {
		t.Errorf("exit %d, want 7", code)
	}
}

type clock int

func (c clock) Init() tea.Cmd {
	return tea.Tick(20*time.Millisecond, func(time.Time) tea.Msg { return c })
}

func (c clock) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(clock); ok {
		return c + 1, c.Init()
	}
	return c, nil
}
func (c clock) View() string { return fmt.Sprint("tick ", int(c)) }

// Trap 2 (doc.go): channels that are closed while the connection stays leave nothing behind, and cost nothing.
func TestMuxChannelCloseLeavesNothing(t *testing.T) {
	var woken atomic.Int64
	d := &desk{model: func(_ context.Context, who view.Caller, tm Terminal) tea.Model {
		return counted{&board{who: who, t: tm}, &woken}
	}}
	s := serve(t, d, nil)
	c := dial(t, s, newKey(t))
	r := sit(t, c, "")
	r.see("> 11-23 14:00")
	base := runtime.NumGoroutine()
	for range 20 {
		x := sit(t, c, "")
		x.see("> 11-23 14:00")
		x.sess.Close()
		x.end()
	}
	eventually(t, "sessions are closed", func() bool { return s.Load().Sessions == 1 })
	eventually(t, "goroutines are back", func() bool { return runtime.NumGoroutine() <= base+1 })
	rest := woken.Load()
	r.press("j")
	r.see("> 11-23 14:01")
	t.Logf("21 sessions woke their screens %d times, one key %d times", rest, woken.Load()-rest)
	if rest > 21*3 || woken.Load()-rest > 3 {
		t.Errorf("21 sessions woke their screens %d times and one key %d times, want at most 3 each", rest, woken.Load()-rest)
	}
}

// counted counts how often a screen is woken: by a message, and to draw.
type counted struct {
	tea.Model
	n *atomic.Int64
}

func (c counted) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	c.n.Add(1)
	m, cmd := c.Model.Update(msg)
	return counted{m, c.n}, cmd
}

func (c counted) View() string {
	c.n.Add(1)
	return c.Model.View()
}

func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A connection that dies ends its programs; goleak at the end of the test sees the rest.
func TestConnectionDeathEndsThePrograms(t *testing.T) {
	ended := make(chan struct{}, 5)
	d := &desk{model: func(ctx context.Context, who view.Caller, tm Terminal) tea.Model {
		context.AfterFunc(ctx, func() { ended <- struct{}{} })
		return &board{who: who, t: tm}
	}}
	s := serve(t, d, nil)
	c := dial(t, s, newKey(t))
	for range 5 {
		sit(t, c, "").see("> 11-23 14:00")
	}
	c.Close()
	for range 5 {
		<-ended
	}
	eventually(t, "all is closed", func() bool { return s.Load() == Load{} })
}

// feed is a model that a test sends messages to.
type feed struct {
	ch   <-chan string
	line string
}

func (f feed) next() tea.Msg { return boardMsg(<-f.ch) }
func (f feed) Init() tea.Cmd { return f.next }
func (f feed) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if m, ok := msg.(boardMsg); ok {
		f.line = string(m)
		return f, f.next
	}
	return f, nil
}

func (f feed) View() string {
	return f.line + "\n" + strings.Repeat(f.line+strings.Repeat("x", 90)+"\n", 30)
}

// Trap 3 (doc.go): a client that does not read stops no other client, and is cut off.
func TestStalledReaderStopsNoOtherAndIsCutOff(t *testing.T) {
	slow, fast := make(chan string), make(chan string)
	stop := make(chan struct{})
	var n atomic.Int32
	d := &desk{model: func(context.Context, view.Caller, Terminal) tea.Model {
		if n.Add(1) == 1 {
			return feed{ch: slow}
		}
		return feed{ch: fast}
	}}
	var stalled atomic.Int32
	s := serve(t, d, func(o *Options) {
		o.Limits.Stall = 500 * time.Millisecond
		o.Observe = func(e Event) {
			if e.Kind == EventStalled {
				stalled.Add(1)
			}
		}
	})
	sent := make(chan struct{})
	t.Cleanup(func() { close(stop); <-sent; close(slow); close(fast) })

	stalledClient := dial(t, s, newKey(t))
	sess, err := stalledClient.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	pipe, writes := io.Pipe() // it is not read: the window of the channel is never opened again
	t.Cleanup(func() { pipe.Close() })
	sess.Stdout = writes
	if _, err := sess.StdinPipe(); err != nil { // without one the client sends the end of its input at once
		t.Fatal(err)
	}
	_ = sess.RequestPty("xterm", 150, 300, nil)
	if err := sess.Shell(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the slow screen is open", func() bool { return n.Load() == 1 })
	healthy := sit(t, dial(t, s, newKey(t)), "")
	eventually(t, "the fast screen is open", func() bool { return n.Load() == 2 })

	go func() {
		defer close(sent)
		for k := 0; ; k++ {
			select {
			case slow <- strings.Repeat(fmt.Sprintf("%05d", k), 50)[k%5:]:
			case <-stop:
				return
			}
		}
	}()
	for k := 0; stalled.Load() == 0 && k < 3000; k++ {
		text := fmt.Sprintf("line %d.", k)
		begun := time.Now()
		fast <- text
		healthy.see(text)
		if took := time.Since(begun); took > 2*time.Second {
			t.Fatalf("a healthy client waited %v", took)
		}
	}
	if stalled.Load() == 0 {
		t.Fatal("the client that does not read was not cut off")
	}
	eventually(t, "its session is gone", func() bool { return s.Load().Sessions == 1 })
}

// A model may not stop or run anything in the process of the server (tea.Suspend, tea.Exec).
func TestScreenCannotSuspendTheServer(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r := sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	r.press("z")
	r.press("j")
	r.see("> 11-23 14:01")
}

// Attack: a paste of megabytes with escape sequences inside. It costs little and is dropped whole.
func TestHugePasteIsDropped(t *testing.T) {
	s := serve(t, &desk{}, nil)
	c := dial(t, s, newKey(t))
	r, other := sit(t, c, ""), sit(t, dial(t, s, newKey(t)), "")
	r.see("> 11-23 14:00")
	other.see("> 11-23 14:00")
	begun := cpu(t)
	r.press(pasteStart + strings.Repeat("\x1b]52;c;aGk=\a\u200d!", 400_000) + pasteEnd)
	r.press("j")
	r.see("> 11-23 14:01")
	t.Logf("a paste of 6 MB took %v of a processor, client and server", cpu(t)-begun)
	r.see("pasted=0")
	other.press("j")
	other.see("> 11-23 14:01")
	r.press(pasteStart + strings.Repeat("b", 4096) + pasteEnd)
	r.see("pasted=4096")
}

// Attack: a flood of keys. Others are served meanwhile, and ctrl+c still leaves.
func TestKeyFloodDoesNotHoldOthers(t *testing.T) {
	s := serve(t, &desk{}, nil)
	r, other := sit(t, dial(t, s, newKey(t)), ""), sit(t, dial(t, s, newKey(t)), "")
	other.see("> 11-23 14:00")
	go func() { _, _ = io.WriteString(r.keys, strings.Repeat("\x1b[B", 200_000)) }()
	for k := 1; k <= 5; k++ {
		begun := time.Now()
		other.press("j")
		other.see(fmt.Sprintf("> 11-23 14:%02d", k))
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("another client's key took %v", took)
		}
	}
	r.sess.Close()
}

// Fifty clients at once, each on a connection of its own; then the memory of an idle session.
func TestFiftySessions(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.UnauthenticatedPerAddr = 60 })
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	all := make([]*robot, 50)
	for k := range all {
		all[k] = sit(t, dial(t, s, newKey(t)), "")
	}
	for _, r := range all {
		r.see("> 11-23 14:00")
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d kB per session with client and emulator, %d goroutines",
		(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/50/1024, runtime.NumGoroutine())
	for _, r := range all {
		r.press("jj")
	}
	for _, r := range all {
		r.see("> 11-23 14:02")
		r.press("q")
	}
	for _, r := range all {
		if code := r.end(); code != 0 {
			t.Errorf("exit %d, want 0", code)
		}
	}
}

// A command of Bubble Tea may bring no message at all.
func TestNoMessageIsHarmless(t *testing.T) {
	if got := dropProcessMsgs(nil, nil); got != nil {
		t.Errorf("nothing became %v", got)
	}
}
