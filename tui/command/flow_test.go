package command

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A code that is read from the input stays out of the shell's history.
func TestRecoverReadsTheInput(t *testing.T) {
	got := run(commandtest.New(), newKey, "recover", "4TQM-8WZX-K2HR-7NVP-C3DJ\r\nrest")
	if got.exit != 0 || !strings.Contains(got.out, "9HJ2-XW4C-M7TK-5PZR-V8DQ") {
		t.Errorf("got %+v", got)
	}
}

// A person who types the code has no end of input: the first line is enough.
func TestRecoverWaitsForOneLine(t *testing.T) {
	typed, keys := io.Pipe()
	defer keys.Close()
	go func() { _, _ = io.WriteString(keys, "4TQM-8WZX-K2HR-7NVP-C3DJ\n") }()
	var out, errw strings.Builder
	f := commandtest.New()
	if exit := Exec(t.Context(), f, newKey, []string{"recover"}, typed, &out, &errw, Options{}); exit != 0 {
		t.Errorf("exit %d: %s", exit, errw.String())
	}
}

// What was answered before cannot be answered the other way, and a script is told so by the exit code.
func TestAnsweredOtherwiseIsAConflict(t *testing.T) {
	for first, second := range map[string]string{"approve": "deny", "deny": "approve"} {
		f := commandtest.New()
		if first == "approve" {
			run(f, ada, "approve WDJB-MJHT --expect 0.25 --match 47", "")
		}
		run(f, ada, first+" WDJB-MJHT", "")
		if got := run(f, ada, first+" WDJB-MJHT", ""); got.exit != ExitOK {
			t.Errorf("%s twice: exit %d, want 0", first, got.exit)
		}
		got := run(f, ada, second+" WDJB-MJHT", "")
		if got.exit != ExitConflict || !strings.Contains(got.errs, "nothing new happened") {
			t.Errorf("%s after %s: exit %d %s, want 6", second, first, got.exit, got.errs)
		}
	}
}

// A reference is typed as it is shown, in groups.
func TestReferenceInGroups(t *testing.T) {
	got := run(commandtest.New(), rita, "deposit cleared TP 1180 3342 7 25 USD", "")
	if got.exit != 0 {
		t.Errorf("got %+v", got)
	}
}

// Without --yes no call that moves money reaches the service, and what is printed to be typed does it, once.
func TestMoneyLeavesOnlyWithYes(t *testing.T) {
	for _, c := range Commands() {
		if c.Moves != strings.Contains(c.Usage(), " --yes") {
			t.Errorf("%s: Moves is %v, usage %s", c.Path, c.Moves, c.Usage())
		}
	}
	f := commandtest.New()
	dry := run(f, ada, "transfer 2 EUR", "")
	available := func() ledger.Amount { return f.Data.Overview.Wallets[0].Available }
	if dry.exit != ExitUsage || f.Calls("Transfer") != 0 || available() != commandtest.EUR(12_400_000) {
		t.Fatalf("got %+v and %d transfers", dry, f.Calls("Transfer"))
	}
	_, again, _ := strings.Cut(strings.TrimSpace(dry.errs), "type: ")
	if wet := run(f, ada, again, ""); wet.exit != 0 || available() != commandtest.EUR(10_400_000) {
		t.Errorf("%s: got %+v", again, wet)
	}
	if got, want := f.Data.Got, (view.TransferRequest{Amount: commandtest.EUR(2_000_000), Key: "id-1"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	f = commandtest.New()
	dry = run(f, rita, "decide dsp_5t2rr --user --reason 'It was down.' --json", "")
	var p Problem
	if err := json.Unmarshal([]byte(dry.out), &p); err != nil {
		t.Fatal(err)
	}
	if dry.exit != ExitUsage || f.Calls("Decide") != 0 || p.Code != "confirmation_required" {
		t.Errorf("got %+v", dry)
	}
	wet, d := run(f, rita, p.Again, ""), &f.Data.Disputes[1]
	if wet.exit != 0 || d.State != view.State(ledger.DisputeForBuyer) || d.Note != "It was down." {
		t.Errorf("%s: got %+v", p.Again, wet)
	}
	for text, want := range map[string]string{"k-7": "k-7", "": "''", "It's": `'It'\''s'`, "$(x)": "'$(x)'"} {
		if got := quote(text); got != want {
			t.Errorf("quote(%q) = %s, want %s", text, got, want)
		}
	}
}

// onOneLine is a text without its breaks.
func onOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestRolesSeeTheirCommandsOnly(t *testing.T) {
	for _, who := range []view.Caller{newKey, ada, rita, otto, vera} {
		f := commandtest.New()
		role := f.Data.People[who.Fingerprint].Role
		text, list := run(f, who, "help", ""), run(f, who, "help --json", "")
		var table struct{ Data []struct{ Command string } }
		if err := json.Unmarshal([]byte(list.out), &table); err != nil {
			t.Fatal(err)
		}
		for _, c := range Commands() {
			may := c.Role == ledger.RoleNone || role >= c.Role && (c.Role != ledger.RoleUser || role == ledger.RoleUser)
			if c.Role == ledger.RoleVendor || role == ledger.RoleVendor { // no step of the others
				may = c.Role == ledger.RoleNone || c.Role == role
			}
			shown := slices.ContainsFunc(table.Data, func(row struct{ Command string }) bool { return row.Command == c.Path })
			if shown != may || strings.Contains(onOneLine(text.out), c.Help) != may {
				t.Errorf("%s sees %q: %v, want %v", role.String(), c.Path, shown, may)
			}
			if may {
				continue
			}
			if got := run(f, who, "help "+c.Path, ""); got.exit == 0 && strings.Contains(got.out, c.Help) {
				t.Errorf("%s is helped on %s", role.String(), c.Path)
			}
			got := run(f, who, c.Path, "")
			if got.exit != ExitNotAllowed {
				t.Errorf("%s may %s: %+v", role.String(), c.Path, got)
			}
		}
	}
	if got := len(CommandsFor(view.Identity{Role: ledger.RoleVendor})); got != len(CommandsFor(view.Identity{})) {
		t.Errorf("a vendor's key may %d commands", got)
	}
	// Staff with a wallet and a place in a team under the same key may use all.
	both := view.Identity{Role: ledger.RoleOperator, Handle: "w_7g2v", Shop: "acme-news"}
	if len(CommandsFor(both)) != len(Commands()) {
		t.Errorf("an operator with a wallet may %d of %d commands", len(CommandsFor(both)), len(Commands()))
	}
	// A closed wallet leaves its handle, and no rights.
	if May(view.Identity{Handle: "w_7g2v"}, ledger.RoleUser) {
		t.Error("a closed wallet may buy")
	}
}
