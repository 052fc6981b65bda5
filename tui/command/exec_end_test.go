package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// An internal error is logged once with the id that is printed, and its text stays inside.
func TestInternalErrorStaysInside(t *testing.T) {
	for _, line := range []string{"balance", "balance --json"} {
		f := commandtest.New()
		f.Data.Fail = errors.New("disk sda1 is on fire")
		got := run(f, ada, line, "")
		said := got.out + got.errs
		if got.exit != ExitInternal || !strings.Contains(said, "error, quote id-1") || strings.Contains(said, "sda1") {
			t.Errorf("%s: got %+v", line, got)
		}
		if strings.Count(got.log, "sda1") != 1 || !strings.Contains(got.log, "id=id-1 command=balance") {
			t.Errorf("%s: log %s", line, got.log)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestReaderWhoLeft(t *testing.T) {
	f, out := commandtest.New(), brokenPipe{}
	if got := Exec(t.Context(), f, ada, []string{"balance"}, nil, out, out, Options{}); got != ExitInternal {
		t.Errorf("exit %d, want 1", got)
	}
}

// A panic in one command is an internal error of that command.
func TestPanicIsContained(t *testing.T) {
	f := commandtest.New()
	f.Data.Overview.Wallets = nil // the fixture's transfer needs an account and panics without one
	got := run(f, ada, "transfer 1 EUR --yes", "")
	if got.exit != ExitInternal || !strings.Contains(got.log, "panic") || strings.Contains(got.errs, "panic") {
		t.Errorf("got %+v", got)
	}
}

// Waiting ends as soon as a request comes.
func TestPendingWaits(t *testing.T) {
	f := commandtest.New()
	waiting := f.Data.Approvals
	f.Data.Approvals = nil
	done := make(chan answer)
	go func() { done <- run(f, ada, "pending --wait 10m", "") }()
	for f.Calls("Pending") < 2 { // once before Watch, once after it
		runtime.Gosched()
	}
	f.Change(func(d *commandtest.Data) { d.Approvals = waiting })
	if got := <-done; got.exit != 0 || !strings.Contains(got.out, "WDJB-MJHT") {
		t.Errorf("got %+v", got)
	}
}

// No command line makes a command panic, and each ends with an exit code of the contract.
func FuzzExec(f *testing.F) {
	for _, l := range lines {
		f.Add(l.line)
	}
	for _, line := range []string{
		"", "--", "-", "--json", "fund -5 EUR", "__complete fund ''", "help --help", "limits set --vendor", "-h -h",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, who := range []view.Caller{newKey, ada, rita, otto} {
			got := run(commandtest.New(), who, line, "")
			if got.exit < ExitOK || got.exit > ExitNotFound || got.exit == ExitInternal {
				t.Errorf("%q: exit %d, log %s", line, got.exit, got.log)
			}
			if got.exit != ExitOK && got.out == got.errs {
				t.Errorf("%q: exit %d says nothing", line, got.exit)
			}
		}
	})
}

func ExampleExec() {
	var out, errw strings.Builder
	exit := Exec(context.Background(), commandtest.New(), ada, []string{"balance"}, nil, &out, &errw, Options{})
	fmt.Print(out.String(), errw.String())
	fmt.Println("exit", exit)
	// Output:
	// Account  Available  Held  Uncollected
	// EUR          12.40  0.50         0.00  simulated
	// USD       3.000001  0.00        25.00  simulated
	//
	// Of 3.000001 USD, 1.00 USD can be transferred now; the rest from 2027-03-25 00:00.
	// 2 requests for your answer: pending
	// 1 open dispute: disputes
	// A key was added 2026-11-24 09:00: phone. If it is not yours: keys end phone
	// exit 0
}

// A command whose session has ended says nothing more, and nothing of it is an internal error.
func TestEndedSessionIsNoError(t *testing.T) {
	f := commandtest.New()
	f.Data.Fail = context.Canceled
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs, log strings.Builder
	o := Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	code := Exec(ctx, f, ada, []string{"balance"}, strings.NewReader(""), &out, &errs, o)
	if code != ExitLater || out.Len()+errs.Len()+log.Len() != 0 {
		t.Errorf("exit %d, %q, %q, log %q", code, out.String(), errs.String(), log.String())
	}
}

// The same fact as text for a person and as JSON for a program.
func ExampleExec_json() {
	svc := commandtest.New()
	for _, line := range []string{"window", "window --json"} {
		Exec(context.Background(), svc, commandtest.Ada, strings.Fields(line), nil, os.Stdout, os.Stderr, Options{})
	}
	// Output:
	// Purchase window open until 2026-11-24 15:22. To close it, type: lock
	// {
	//   "open": true,
	//   "window_until": "2026-11-24T14:22:00Z"
	// }
}
