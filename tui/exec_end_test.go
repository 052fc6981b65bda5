package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

func TestInternalErrorStaysInside(t *testing.T) {
	for _, line := range []string{"balance", "balance --json"} {
		f := newFixture()
		f.fail = errors.New("disk sda1 is on fire")
		got := run(f, ada, line, "")
		if got.exit != ExitInternal || !strings.Contains(got.out+got.errs, "internal error, quote id-1") || strings.Contains(got.out+got.errs, "sda1") {
			t.Errorf("%s: got %+v", line, got)
		}
		if strings.Count(got.log, "sda1") != 1 || !strings.Contains(got.log, "id=id-1") || !strings.Contains(got.log, "command=balance") {
			t.Errorf("%s: log %s", line, got.log)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestReaderWhoLeft(t *testing.T) {
	if got := Exec(context.Background(), newFixture(), ada, []string{"balance"}, nil, brokenPipe{}, brokenPipe{}, Options{}); got != ExitInternal {
		t.Errorf("exit %d, want 1", got)
	}
}

// A panic in one command is an internal error of that command.
func TestPanicIsContained(t *testing.T) {
	f := newFixture()
	f.overview.Wallets = nil // the fixture's transfer needs an account and panics without one
	got := run(f, ada, "transfer 1 EUR --yes", "")
	if got.exit != ExitInternal || !strings.Contains(got.log, "panic") || strings.Contains(got.errs, "panic") {
		t.Errorf("got %+v", got)
	}
}

// Waiting ends as soon as a request comes.
func TestPendingWaits(t *testing.T) {
	f := newFixture()
	waiting := f.approvals
	f.approvals = nil
	done := make(chan answer)
	go func() { done <- run(f, ada, "pending --wait 10m", "") }()
	for asked := 0; asked < 2; { // once before Watch, once after it
		f.mu.Lock()
		asked = f.calls["Pending"]
		f.mu.Unlock()
	}
	f.mu.Lock()
	f.approvals = waiting
	f.wake()
	f.mu.Unlock()
	if got := <-done; got.exit != 0 || !strings.Contains(got.out, "WDJB-MJHT") {
		t.Errorf("got %+v", got)
	}
}

func ExampleExec() {
	var out, errw strings.Builder
	exit := Exec(context.Background(), newFixture(), ada, []string{"balance"}, nil, &out, &errw, Options{})
	fmt.Print(out.String(), errw.String())
	fmt.Println("exit", exit)
	// Output:
	// Account  Available  Held  Uncollected
	// EUR          12.40  0.50         0.00  simulated
	// USD       3.000001  0.00        25.00  simulated
	//
	// 2 requests for your answer: pending
	// 1 open dispute: disputes
	// exit 0
}

// A command whose session has ended says nothing more, and nothing of it is an internal error.
func TestEndedSessionIsNoError(t *testing.T) {
	f := newFixture()
	f.fail = context.Canceled
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs, log strings.Builder
	code := Exec(ctx, f, ada, []string{"balance"}, strings.NewReader(""), &out, &errs, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if code != ExitLater || out.Len()+errs.Len()+log.Len() != 0 {
		t.Errorf("exit %d, %q, %q, log %q", code, out.String(), errs.String(), log.String())
	}
}
