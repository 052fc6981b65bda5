package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/tui/command/commandtest"
)

// The help names every exit code of the contract once, and no other.
func TestHelpNamesTheExitCodes(t *testing.T) {
	var got, want []int
	for _, part := range strings.Split(strings.TrimSuffix(exitWords, "."), ", ") {
		var code int
		if _, err := fmt.Sscanf(part, "%d ", &code); err != nil {
			t.Fatalf("%q: %v", part, err)
		}
		got = append(got, code)
	}
	for _, e := range exits {
		want = append(want, e.exit)
	}
	want = append(want, ExitOK, ExitInternal)
	slices.Sort(want)
	if want = slices.Compact(want); !slices.Equal(got, want) {
		t.Errorf("the help names %v, the contract has %v", got, want)
	}
}

// Every sentinel has an exit code; each is part of the contract.
func TestExitCodeOfEverySentinel(t *testing.T) {
	for _, test := range []struct {
		is   error
		want int
	}{
		{ledger.ErrInvalid, 2},
		{ledger.ErrKeyMissing, 2},
		{ledger.ErrNotFound, 8},
		{ledger.ErrConfirm, 2},
		{ledger.ErrUnauthenticated, 3},
		{ledger.ErrNotJoined, 3},
		{ledger.ErrNotAllowed, 3},
		{ledger.ErrWindow, 3},
		{ledger.ErrApproval, 3},
		{ledger.ErrNotLinked, 3},
		{ledger.ErrOrigin, 3},
		{ledger.ErrFrozen, 3},
		{ledger.ErrLimit, 4},
		{ledger.ErrFunds, 5},
		{ledger.ErrGrantOver, 6},
		{ledger.ErrTermsChanged, 6},
		{ledger.ErrState, 6},
		{ledger.ErrOfferExpired, 6},
		{ledger.ErrCheckoutExpired, 6},
		{ledger.ErrKeyReused, 6},
		{ledger.ErrRate, 7},
		{ledger.ErrUnavailable, 7},
	} {
		f := commandtest.New()
		f.Data.Fail = fmt.Errorf("wrapped: %w", ledger.Refuse(test.is, "Do that.", "This is %s.", "so"))
		text, object := run(f, ada, "balance", ""), run(f, ada, "balance --json", "")
		if text.exit != test.want || object.exit != test.want {
			t.Errorf("%v: exits %d and %d, want %d", test.is, text.exit, object.exit, test.want)
		}
		if text.errs != "This is so.\nDo that.\n" || text.out != "" {
			t.Errorf("%v: prints %q and %q", test.is, text.errs, text.out)
		}
		var p Problem
		if err := json.Unmarshal([]byte(object.out), &p); err != nil || object.errs != "" {
			t.Fatalf("%v: %v, %q", test.is, err, object.errs)
		}
		if want := (Problem{Code: test.is.Error(), Detail: "This is so.", Remedy: "Do that.", Exit: test.want}); p != want {
			t.Errorf("got %+v, want %+v", p, want)
		}
	}
}

// No sentinel of the ledger is without an exit code. Its source is read, so a new one cannot be forgotten.
func TestNoSentinelIsForgotten(t *testing.T) {
	for name, text := range sentinels(t) {
		found := false
		for _, e := range exits {
			found = found || e.is.Error() == text
		}
		if !found {
			t.Errorf("%s has no exit code", name)
		}
	}
}

// sentinels are the exported errors of the ledger: name → code.
func sentinels(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../server/ledger/refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 || !strings.HasPrefix(v.Names[0].Name, "Err") {
			return true
		}
		if call, ok := v.Values[0].(*ast.CallExpr); ok {
			if text, ok := call.Args[0].(*ast.BasicLit); ok {
				found[v.Names[0].Name] = strings.Trim(text.Value, `"`)
			}
		}
		return true
	})
	if len(found) < 20 {
		t.Fatalf("found %d sentinels only", len(found))
	}
	return found
}

// A refusal tells a script all that it knows.
func TestProblemHasEverything(t *testing.T) {
	resets := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	p, ok := ProblemOf(&ledger.Refusal{
		Is: ledger.ErrLimit, Detail: "d", Remedy: "r", Param: "amount", Limit: "per_day", ResetsAt: resets,
		Shortfall: commandtest.EUR(250_000), Approve: "WDJB-MJHT", Txn: "txn_1", Retry: 1500 * time.Millisecond,
	})
	if !ok {
		t.Fatal("not a problem")
	}
	got, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"code":"limit_exceeded","detail":"d","remedy":"r","exit":4,"param":"amount","limit":"per_day",` +
		`"resets_at":"2026-11-25T00:00:00Z","shortfall":{"amount":"0.25","currency":"EUR"},"approve":"WDJB-MJHT",` +
		`"txn_id":"txn_1","retry_after":2}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, ok := ProblemOf(errors.New("x")); ok {
		t.Error("an internal error became a problem of the person")
	}
	if _, ok := ProblemOf(ledger.Refuse(errors.New("unheard_of"), "", "x")); ok {
		t.Error("an unknown sentinel became a problem of the person")
	}
}
