package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/view"
	"tuppence/tui/command"
	"tuppence/tui/command/commandtest"
)

func TestExecSplitsLikeAShell(t *testing.T) {
	s := serve(t, &desk{}, nil)
	c := dial(t, s, newKey(t))
	out, _, code := run(t, c, `args 'a b' "c \"d\"" e\ f ''  $HOME;rm`)
	want := "[a b]\n[c \"d\"]\n[e f]\n[]\n[$HOME;rm]\n"
	if out != want || code != 0 {
		t.Errorf("exit %d\n got %q\nwant %q", code, out, want)
	}
}

func TestExecUsage(t *testing.T) {
	d := &desk{}
	s := serve(t, d, nil)
	c := dial(t, s, newKey(t))
	for line, want := range map[string]string{
		`args "open`:              "the quote \" at place 6 is not closed",
		"args a\x00b":             "control character",
		"args \xff":               "not UTF-8",
		strings.Repeat("a", 9000): "at most 8192",
		"   ":                     "A screen needs a terminal: ssh -t pay.example",
	} {
		_, errs, code := run(t, c, line)
		if code != command.ExitUsage || !strings.Contains(errs, want) {
			t.Errorf("%.20q: exit %d, %q; want 2 and %q", line, code, errs, want)
		}
	}
	if n := len(d.callers()); n != 0 {
		t.Errorf("%d bad lines reached the front", n)
	}
}

func TestShellWithoutTerminalIsToldToBringOne(t *testing.T) {
	s := serve(t, &desk{}, nil)
	sess, err := dial(t, s, newKey(t)).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	sess.Stderr = &errs
	if err := sess.Shell(); err != nil {
		t.Fatal(err)
	}
	err = sess.Wait()
	var x *gossh.ExitError
	if !errors.As(err, &x) || x.ExitStatus() != command.ExitUsage ||
		!strings.Contains(errs.String(), "ssh -t pay.example") {
		t.Errorf("%v, %q", err, errs.String())
	}
}

func TestExecInputAndOutput(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Input = 300_000 })
	c := dial(t, s, newKey(t))
	for _, n := range []int{0, 1, 200_000, 300_001} {
		sess, err := c.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		sess.Stdin, sess.Stdout, sess.Stderr = strings.NewReader(strings.Repeat("x", n)), &out, &errs
		err = sess.Run("cat")
		if n <= 300_000 && (err != nil || out.Len() != n) {
			t.Errorf("%d bytes: %d came back, %v", n, out.Len(), err)
		}
		if n > 300_000 && (err == nil || !strings.Contains(errs.String(), errTooMuchInput.Error())) {
			t.Errorf("too much input: %v, %q", err, errs.String())
		}
	}
}

func TestExecPanicIsContained(t *testing.T) {
	var log journal
	s := serve(t, &desk{}, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	c := dial(t, s, newKey(t))
	out, errs, code := run(t, c, "panic")
	if code != command.ExitInternal || out != "" || errs != endPanic.text+"\n" {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	if n := strings.Count(log.String(), "command of a test"); n < 1 || strings.Count(log.String(), "ssh: panic") != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
	if _, _, code := run(t, c, "whoami"); code != 0 {
		t.Errorf("the next command: exit %d", code)
	}
}

func TestExecTakesNoLongerThanItMay(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Exec = 200 * time.Millisecond })
	out, errs, code := run(t, dial(t, s, newKey(t)), "wait")
	if code != command.ExitLater || out != "waiting\n" || !strings.Contains(errs, "took longer than") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
}

// ctrl+c from a terminal, a signal, and a client that goes away end a command.
func TestExecEndsWithItsPerson(t *testing.T) {
	for name, leave := range map[string]func(*robot){
		"ctrl+c":  func(r *robot) { r.press("\x03") },
		"signal":  func(r *robot) { _ = r.sess.Signal(gossh.SIGINT) },
		"channel": func(r *robot) { r.sess.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan struct{})
			d := &desk{exec: func(ctx context.Context, _ view.Caller, _ []string, in io.Reader, out, _ io.Writer) int {
				go func() { _, _ = io.Copy(io.Discard, in) }()
				_, _ = io.WriteString(out, "waiting\n")
				<-ctx.Done()
				close(ended)
				return 1
			}}
			s := serve(t, d, nil)
			r := sit(t, dial(t, s, newKey(t)), "wait")
			r.see("waiting")
			leave(r)
			<-ended
		})
	}
}

// A command that waits for input is woken when its time is over.
func TestExecThatReadsIsWoken(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.Exec = 100 * time.Millisecond })
	sess, err := dial(t, s, newKey(t)).NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sess.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := sess.Start("cat"); err != nil {
		t.Fatal(err)
	}
	_ = sess.Wait()
	eventually(t, "the session is gone", func() bool { return s.Load().Sessions == 0 })
}

// A command at a terminal knows its width, also the one that it got while the command ran; without one it is told so.
func TestCommandKnowsTheWidth(t *testing.T) {
	s := serve(t, &desk{}, nil)
	c := dial(t, s, newKey(t))
	r := sitAt(t, c, "width", "xterm", 100, 30)
	r.see("before 100")
	size := gossh.Marshal(struct{ Columns, Rows, Width, Height uint32 }{60, 20, 0, 0})
	if ok, err := r.sess.SendRequest("window-change", true, size); !ok || err != nil {
		t.Fatalf("window-change: %v, %v", ok, err)
	}
	r.press("x")
	r.end()
	if !strings.Contains(r.text(), "after 60") {
		t.Errorf("%q, want the new width", r.text())
	}
	if out, _, _ := run(t, c, "width"); !strings.HasPrefix(out, "before 0\n") {
		t.Errorf("without a terminal: %q", out)
	}
}

// What a command prints fits the terminal, and uses its width.
func TestAnswersFitTheTerminal(t *testing.T) {
	longest := func(width int) (n int) {
		svc := commandtest.New()
		for i := range svc.Data.Rows {
			svc.Data.Rows[i].Title = strings.Repeat("Rivers and ice ", 20)
		}
		var out, errw bytes.Buffer
		f := NewFront(svc, FrontOptions{Now: func() time.Time { return commandtest.Now }})
		if code := f.Exec(t.Context(), commandtest.Ada, func() int { return width }, []string{"history"}, nil, &out,
			&errw); code != 0 {
			t.Fatalf("exit %d, %s", code, errw.String())
		}
		for l := range strings.Lines(out.String()) {
			n = max(n, ansi.StringWidth(strings.TrimRight(l, "\n")))
		}
		return n
	}
	for width, want := range map[int]int{90: 90, 120: 120, 0: 160} {
		if got := longest(width); got != want {
			t.Errorf("at %d columns the longest line has %d cells, want %d", width, got, want)
		}
	}
}
