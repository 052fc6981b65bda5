package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// The callers of the service in memory, by their short names.
var ada, rita, newKey = commandtest.Ada, commandtest.Rita, commandtest.NewKey

// pause is that of tests which are not about it.
const pause = time.Nanosecond

// paper is what a talk writes on. It tells when the talk waits for a line.
type paper struct {
	mu    sync.Mutex
	text  strings.Builder
	ready chan struct{} // a prompt was written
}

func newPaper() *paper { return &paper{ready: make(chan struct{}, 1000)} }

// Write implements io.Writer.
func (p *paper) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text.Write(b)
	if strings.HasSuffix(string(b), prompt) {
		p.ready <- struct{}{}
	}
	return len(b), nil
}

// String is all that was written.
func (p *paper) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// meanwhile is a change from elsewhere while the prompt waits; silently is one that must not be told before a question
// has its answer.
type (
	meanwhile func(*commandtest.Data)
	silently  func(*commandtest.Data)
)

// options are those of a talk of a test.
func options(terminal bool) Options {
	ids := 0
	return Options{
		Terminal: terminal, Now: func() time.Time { return commandtest.Now }, Pause: pause, Version: "1.2.3",
		NewID: func() string { ids++; return fmt.Sprintf("id-%d", ids) },
	}
}

// talkOf runs a talk with these steps: lines are typed when a prompt waits for them, and then the input ends.
func talkOf(t *testing.T, f *commandtest.Service, who view.Caller, o Options, steps ...any) (string, error) {
	t.Helper()
	in, keys := io.Pipe()
	out := newPaper()
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), f, who, in, out, o) }()
	end := "\n"
	if o.Terminal {
		end = "\r"
	}
	for _, s := range steps {
		select {
		case <-out.ready:
		case err := <-ended:
			t.Fatalf("ended before %q: %v\n%s", s, err, out)
		}
		switch s := s.(type) {
		case string:
			_, _ = io.WriteString(keys, s+end)
		case meanwhile:
			f.Change(s)
		case silently:
			f.Change(s)
			out.ready <- struct{}{} // the prompt still waits
		}
	}
	select {
	case <-out.ready:
	case err := <-ended:
		return out.String(), err
	}
	keys.Close()
	return out.String(), <-ended
}

// onPaper is the text of a terminal without its carriage returns, all of which stand before a line feed.
func onPaper(t *testing.T, text string) string {
	t.Helper()
	both := strings.Count(text, "\r\n")
	if strings.Count(text, "\r") != both || strings.Count(text, "\n") != both {
		t.Errorf("a line does not end with CR LF: %q", text)
	}
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// dialogues are talks at a terminal; golden files hold what was typed and the whole output.
var dialogues = []struct {
	name  string
	who   view.Caller
	data  func(*commandtest.Data)
	steps []any
}{
	{"pay", ada, one, []any{"1", "47", "2", "", "leave"}},
	{"pay-and-stop-asking", ada, one, []any{"answer", "47", "3", "3", "0.50", "none", "0", "", "5", "2", "leave"}},
	{"refuse", ada, one, []any{"approve wdjb mjht", "approve WDJB-MJHT", "47", "1", "approve WDJB-MJHT", "leave"}},
	{"refuse-and-block", ada, one, []any{"1", "47", "4", "1", "1", "47", "4", "2", "leave"}},
	{"another-number", ada, one, []any{"1", "1", "2", "1", "", "leave"}},
	{"no-page", ada, one, []any{"1", "4", "1", "leave"}},
	{"two-requests", ada, nil, []any{"1", "2", "2", "2", "1", "47", "", "leave"}},
	{"over", ada, over, []any{"1", "", "answer", "wdjb mjht", "leave"}},
	{"sign-up", newKey, nil, []any{"2", "WRONG", "c3dj", "2", "2", "1", "5 eur", "2", "balance", "leave"}},
	{"recover", newKey, nil, []any{"3", "1111-1111", "recover", "3", "4TQM-8WZX-K2HR-7NVP-C3DJ", "V8DQ", "1", "leave"}},
	{"stay-out", newKey, nil, []any{"7", "", "balance", "1", "1"}},
	{"funds", ada, nil, []any{"2", "3", "25", "1", "fund", "2", "1", "0.5x", "2", "2", "1", "5.13", "2", "leave"}},
	{"limits", ada, nil, []any{
		"5", "2", "7.50", "1", "limits set", "2", "1", "1", "limits set week none EUR", "2", "5", "99", "leave",
	}},
	{"disputes", ada, nil, []any{
		"7", "2", "1", "2", "It never opened.", "1", "dispute", "1", "2", "disputes", "leave",
	}},
	{"lists", ada, nil, []any{
		"history --limit 3", "show 1", "more", "show 1", "more", "more", "show chg 8f2x w", "show nothing", "accounts",
		"methods", "vendors", "pending", "transfer list", "deposits", "leave",
	}},
	{"arguments", ada, nil, []any{
		"transfer", "2", "1", "2", "claim", "QK7M-3TVX", "unlink", "1", "link", "2", "1", "5", "settings --zone Moon/Crater",
		"histroy", "'open", "fund -5 EUR --method card", "history --follow", "pending --wait 1m",
		"approve WDJB-MJHT --link 5", "47", "2", "plain", "leave",
	}},
	{"desk", rita, nil, []any{
		"1", "decide 1", "Archive was down.", "1", "1", "decide 1 --vendor --reason 'It was opened.'", "2", "desk audit",
		"deposit cleared", "1", "25", "2", "leave",
	}},
	{"help", ada, one, []any{"help", "menu", "help limits set", "nothing like this", "leave"}},
	{"events", ada, nil, []any{
		meanwhile(come), "show 1", "show chg_8f3ka", meanwhile(refund), "5", silently(clear), "1", "1.50",
		meanwhile(flood), "dispute chg_9kq4m --reason duplicate", "leave",
	}},
	{"spending", ada, nil, []any{"spending", "keys", "keys end", "1", "1", "leave"}},
	{"window", ada, nil, []any{"lock", "balance", "window", "leave"}},
}

// one leaves one request.
func one(d *commandtest.Data) { d.Approvals = d.Approvals[:1] }

// over is a wallet whose only request is answered.
func over(d *commandtest.Data) { d.Approvals = d.Approvals[:1]; d.Approvals[0].Status = "expired" }

// come brings a request, and a charge of a linked vendor.
func come(d *commandtest.Data) {
	next := d.Approvals[0]
	next.Code, next.Title = "BCDF-GHJK", "Crossword 413"
	d.Approvals = append(d.Approvals, next)
	row := d.Rows[0]
	row.ID, row.Title, row.At = "chg_9kq4m", "Crossword 411", view.At(commandtest.Now)
	d.Rows = append([]view.Row{row}, d.Rows...)
}

// refund refunds a row that was just looked at.
func refund(d *commandtest.Data) { d.Rows[1].State = "refunded" }

// flood brings more than a look shows.
func flood(d *commandtest.Data) {
	for n := range newsRows + 5 {
		row := d.Rows[0]
		row.ID, row.Title = fmt.Sprintf("chg_5d9w%d", n), fmt.Sprintf("Crossword %d", n)
		d.Rows = append([]view.Row{row}, d.Rows...)
	}
}

// clear clears the check.
func clear(d *commandtest.Data) {
	for i := range d.Rows {
		if d.Rows[i].ID == "dep_7w8bb" {
			d.Rows[i].State = "cleared"
		}
	}
}

func TestDialogues(t *testing.T) {
	for _, d := range dialogues {
		t.Run(d.name, func(t *testing.T) {
			f := commandtest.New()
			if d.data != nil {
				d.data(&f.Data)
			}
			got, err := talkOf(t, f, d.who, options(true), d.steps...)
			if err != nil {
				t.Error(err)
			}
			wantPlain(t, got)
			commandtest.Golden(t, d.name, onPaper(t, got))
		})
	}
}

// Without a terminal nothing is echoed, lines end with LF, and the talk is the same.
func TestWithoutTerminal(t *testing.T) {
	got, err := talkOf(t, commandtest.New(), ada, options(false), "balance", "leave")
	if err != nil || strings.Contains(got, "\r") || !strings.Contains(got, "> 1 of 2. EUR, available 12.40 EUR") {
		t.Errorf("%v, %q", err, got)
	}
	wantPlain(t, got)
	o := options(false)
	o.Start = []string{"whoami"} // it came with the command line
	got, err = talkOf(t, commandtest.New(), ada, o, "leave")
	if err != nil || !strings.Contains(got, "leave.\nRole: user.") {
		t.Errorf("%v, %q", err, got)
	}
}

// What is not complete when the client hangs up does nothing, and neither does a line that is longer than it may be.
func TestHalfALineDoesNothing(t *testing.T) {
	for _, typed := range []string{
		"lock", "\x1b[Alock", "balance\rlock", strings.Repeat("x", maxInput) + "lock\r",
		"lock" + strings.Repeat(" ", maxInput) + "x\r",
	} {
		f := commandtest.New()
		out := newPaper()
		if err := Run(t.Context(), f, ada, strings.NewReader(typed), out, options(true)); err != nil {
			t.Error(err)
		}
		if f.Calls("Lock") != 0 || !strings.HasSuffix(out.String(), "Goodbye.\r\n") {
			t.Errorf("%.20q: locked, or did not end: %q", typed, out)
		}
	}
}

// A yes that was typed before the question could be read is no answer: nothing is paid, however the packets are cut.
func TestTypedAheadDecidesNothing(t *testing.T) {
	f := commandtest.New()
	f.Data.Approvals = f.Data.Approvals[:1]
	out := newPaper()
	err := Run(t.Context(), f, ada, strings.NewReader("1\r2\r2\r2\r2\r"), out, options(true))
	if err != nil || f.Calls("Answer") != 0 || !strings.Contains(out.String(), "Which number") {
		t.Errorf("%v, %d answers\n%s", err, f.Calls("Answer"), out)
	}
}

// For 300 ms before a question that decides nothing is heard; what is typed behind it is an answer.
func TestPauseBeforeWhatDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := commandtest.New()
		f.Data.Approvals = f.Data.Approvals[:1]
		o := options(true)
		o.Pause = 0
		in, keys := io.Pipe()
		out := newPaper()
		ended := make(chan error, 1)
		go func() { ended <- Run(t.Context(), f, ada, in, out, o) }()
		<-out.ready
		begun := time.Now()
		_, _ = io.WriteString(keys, "1\r")
		synctest.Wait()
		_, _ = io.WriteString(keys, "1\r2\r2\r")
		<-out.ready
		if took := time.Since(begun); took != 300*time.Millisecond || !strings.HasSuffix(out.String(), "these.\r\n> ") {
			t.Errorf("the question came after %v: %q", took, out)
		}
		for _, line := range []string{"47\r", "2\r"} {
			_, _ = io.WriteString(keys, line)
			<-out.ready
		}
		keys.Close()
		if err := <-ended; err != nil || f.Calls("Answer") != 1 || !strings.Contains(out.String(), "Paid 0.25 EUR") {
			t.Errorf("%v, %d answers\n%s", err, f.Calls("Answer"), out)
		}
	})
}

// Ctrl+c leaves, also while something runs; ctrl+d at an empty line only.
func TestLeaving(t *testing.T) {
	for typed, goes := range map[string]bool{"\x03": true, "lo\x03": true, "\x04": true, "lo\x04": false} {
		in, keys := io.Pipe()
		out := newPaper()
		ended := make(chan error, 1)
		go func() { ended <- Run(t.Context(), commandtest.New(), ada, in, out, options(true)) }()
		<-out.ready
		_, _ = io.WriteString(keys, typed)
		if !goes {
			_, _ = io.WriteString(keys, "\x15\x04")
		}
		if err := <-ended; err != nil || !strings.HasSuffix(out.String(), "Goodbye.\r\n") {
			t.Errorf("%q: %v, %q", typed, err, out)
		}
	}
	f := commandtest.New()
	f.Data.Approvals = nil
	in, keys := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), f, ada, in, io.Discard, options(true)) }()
	_, _ = io.WriteString(keys, "pending --wait 24h\r\x03")
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A session that is ended from outside ends the talk with that cause, at the prompt and inside a question.
func TestEndedFromOutside(t *testing.T) {
	for _, typed := range []string{"", "2\r"} {
		ctx, end := context.WithCancelCause(t.Context())
		in, keys := io.Pipe()
		out := newPaper()
		ended := make(chan error, 1)
		go func() { ended <- Run(ctx, commandtest.New(), ada, in, out, options(true)) }()
		<-out.ready
		if typed != "" {
			_, _ = io.WriteString(keys, typed)
			<-out.ready
		}
		cause := errors.New("restart")
		end(cause)
		if err := <-ended; !errors.Is(err, cause) || !strings.HasSuffix(out.String(), "\r\n") {
			t.Errorf("%v, %q", err, out)
		}
		keys.Close()
	}
}

// What comes while a line is half typed is told behind its answer.
func TestNewsWaitForTheLine(t *testing.T) {
	f := commandtest.New()
	in, keys := io.Pipe()
	out := newPaper()
	ended := make(chan error, 1)
	go func() { ended <- Run(t.Context(), f, ada, in, out, options(true)) }()
	<-out.ready
	_, _ = io.WriteString(keys, "whoam")
	f.Change(come)
	_, _ = io.WriteString(keys, "i\r")
	<-out.ready
	keys.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := out.String(); !strings.Contains(got, "> whoami\r\nRole: user.") || strings.Count(got, "EVENT: ") != 2 {
		t.Errorf("%s", got)
	}
}

// Each line touches the purchase window, one in answer to a question too, but not after a lock: then a window does, and
// a yes that pays.
func TestLinesTouchTheWindow(t *testing.T) {
	for _, test := range []struct {
		steps []any
		want  int
	}{
		{[]any{"balance", "", "limits"}, 3},
		{[]any{"2", "1"}, 2},
		{[]any{"lock", "balance", "balance"}, 1},
		{[]any{"lock", "window", "balance"}, 3}, // that of the command is one of them
	} {
		f := commandtest.New()
		if _, err := talkOf(t, f, ada, options(true), test.steps...); err != nil || f.Calls("Touch") != test.want {
			t.Errorf("%v: %v, %d touches, want %d", test.steps, err, f.Calls("Touch"), test.want)
		}
	}
}

// A fault inside is told by its id, and its text stays inside.
func TestInternalFaultStaysInside(t *testing.T) {
	f := commandtest.New()
	got, err := talkOf(t, f, ada, options(true), silently(func(d *commandtest.Data) {
		d.Fail = errors.New("disk sda1 is on fire")
	}), "", "balance", "2", "leave")
	if err != nil || strings.Contains(got, "sda1") || strings.Count(got, "quote id-") != 3 {
		t.Errorf("%v\n%s", err, got)
	}
}
