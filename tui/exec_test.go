package tui

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
)

// answer is what one command did.
type answer struct {
	out, errs, log string
	exit           int
}

// run executes a command line like ssh does.
func run(f *fixture, who ledger.Caller, line, in string) answer {
	var out, errw, log strings.Builder
	ids := 0
	o := Options{
		Log: slog.New(slog.NewTextHandler(&log, nil)), Width: 100, Version: "1.2.3",
		Now:   func() time.Time { return fixtureNow },
		NewID: func() string { ids++; return fmt.Sprintf("id-%d", ids) },
	}
	exit := Exec(context.Background(), f, who, words(line), strings.NewReader(in), &out, &errw, o)
	return answer{out.String(), errw.String(), log.String(), exit}
}

// words splits a line of a test; one that Words refuses still reaches Exec, which does not rely on it.
func words(line string) []string {
	all, err := Words(line)
	if err != nil {
		return strings.Fields(line)
	}
	return all
}

// lines are command lines of every command, each on a fresh fixture; golden files hold text and JSON.
var lines = []struct {
	who  ledger.Caller
	line string
}{
	{ada, "help"},
	{stranger, "help"},
	{rita, "help"},
	{otto, "help"},
	{ada, "help limits set"},
	{ada, "help history"},
	{ada, "help transfer"},
	{ada, "help limits"},
	{stranger, "join"},
	{stranger, "join --accept --zone Europe/Berlin"},
	{ada, "join --accept"},
	{stranger, "recover 4TQM-8WZX-K2HR-7NVP-C3DJ"},
	{stranger, "recover"},
	{stranger, "recover WRONG"},
	{ada, "whoami"},
	{stranger, "whoami"},
	{otto, "whoami"},
	{ada, "settings"},
	{ada, "settings --zone America/New_York --theme mono"},
	{ada, "settings --zone Moon/Crater"},
	{ada, "window"},
	{ada, "lock"},
	{stranger, "version"},
	{ada, "balance"},
	{ada, "accounts"},
	{ada, "methods"},
	{ada, "fund 5 EUR --method card"},
	{ada, "fund 25 usd --method check --key k-7"},
	{ada, "fund 5 EUR --method barter"},
	{ada, "deposits"},
	{ada, "deposits --limit 1"},
	{ada, "history"},
	{ada, "history --limit 2 --cursor chg_8f2xw"},
	{ada, "history --vendor acme-news --since 2d --currency eur --text river --kind purchase"},
	{ada, "history --since 2026-11-24"},
	{ada, "history --vendor nobody"},
	{ada, "show chg_8f3ka"},
	{ada, "show chg_7yk9h"},
	{ada, "show dep_7w8bb"},
	{ada, "show nothing"},
	{ada, "limits"},
	{ada, "limits set day 7.50 EUR"},
	{ada, "limits set month none EUR"},
	{ada, "limits set purchase 1 EUR --vendor acme-news"},
	{ada, "limits set day 5"},
	{ada, "vendors"},
	{ada, "link acme-video --per-charge 0.50 --budget 5 --currency EUR"},
	{ada, "link acme-video --budget 1.5 --period week --total 20 --currency EUR"},
	{ada, "unlink acme-news"},
	{ada, "unlink acme-news --block"},
	{ada, "dispute chg_8f3ka --reason not-delivered --text 'It never opened.'"},
	{ada, "dispute chg_7yk9h --reason duplicate"},
	{ada, "disputes"},
	{ada, "pending"},
	{ada, "pending wdjbmjht"},
	{ada, "pending KXPR-9QTC"},
	{ada, "pending --wait 1m"},
	{ada, "approve WDJB-MJHT"},
	{ada, "approve wdjb-mjht --link 5 --period day --per-charge 0.5"},
	{ada, "approve KXPR-9QTC --link proposed"},
	{ada, "approve XXXX-XXXX"},
	{ada, "deny WDJB-MJHT"},
	{ada, "deny WDJB-MJHT --block"},
	{ada, "transfer 2 EUR"},
	{ada, "transfer 2 EUR --key t-1 --yes"},
	{ada, "transfer 200 EUR"},
	{ada, "transfer 200 EUR --yes"},
	{ada, "claim qk7m3tvx"},
	{ada, "transfer list"},
	{ada, "transfer recall trf_8b4nc"},
	{otto, "vendor create acme-books --origin https://books.example --title 'Acme Books'"},
	{otto, "vendor key acme-news"},
	{otto, "staff add ssh-ed25519 AAAAmia mia --role rep"},
	{otto, "staff add ssh-ed25519 AAAAmia mia --role none"},
	{otto, "policy show"},
	{otto, "policy set window 10m"},
	{otto, "policy set wages 1"},
	{rita, "desk disputes"},
	{rita, "desk deposits"},
	{rita, "decide dsp_5t2rr --user --reason 'Archive was down.'"},
	{rita, "decide dsp_5t2rr --user --reason 'Archive was down.' --yes"},
	{rita, "decide dsp_5t2rr --vendor --reason 'It was opened.' --yes"},
	{rita, "deposit received TP118033427 25 USD"},
	{rita, "deposit cleared TP118033427 25 USD"},
	{rita, "deposit bounced TP118033427 25 USD"},
	{rita, "deposit cleared TP118033427 26 USD"},
}

func TestCommandsGolden(t *testing.T) {
	files := map[string]*strings.Builder{}
	var names []string
	seen := map[string]bool{}
	for _, l := range lines {
		c, _, _ := Find(words(l.line))
		if c == nil {
			t.Fatalf("%q is no command", l.line)
		}
		seen[c.Path] = true
		name := strings.ReplaceAll(c.Path, " ", "_")
		if files[name] == nil {
			files[name] = &strings.Builder{}
			names = append(names, name)
		}
		for _, line := range []string{l.line, l.line + " --json"} {
			got := run(newFixture(), l.who, line, "")
			role := roleWord(newFixture().people[l.who.Fingerprint].Role)
			fmt.Fprintf(files[name], "%s$ %s\n%s", role, line, got.out)
			if got.errs != "" {
				fmt.Fprintf(files[name], "--- stderr\n%s", got.errs)
			}
			fmt.Fprintf(files[name], "--- exit %d\n\n", got.exit)
			if strings.HasSuffix(line, "--json") && !json.Valid([]byte(got.out)) {
				t.Errorf("%s: not JSON: %s", line, got.out)
			}
			if got.exit == ExitInternal || got.log != "" {
				t.Errorf("%s: exit %d, log %s", line, got.exit, got.log)
			}
		}
	}
	for _, name := range names {
		golden(t, "exec/"+name, files[name].String())
	}
	for _, c := range Commands() {
		if !seen[c.Path] {
			t.Errorf("no golden of %s", c.Path)
		}
	}
}

// What a person may ask of the service, some command asks.
func TestEveryServiceMethodHasACommand(t *testing.T) {
	f := newFixture()
	for _, l := range lines {
		run(f, l.who, l.line, "")
	}
	// Waiting needs a wallet in which nothing waits.
	f.approvals = nil
	run(f, ada, "pending --wait 1ns", "")
	service := reflect.TypeFor[Service]()
	for m := range service.Methods() {
		if f.calls[m.Name] == 0 {
			t.Errorf("no command calls %s", m.Name)
		}
	}
}

// The JSON of each command is what its help says.
func TestJSONIsWhatTheTableSays(t *testing.T) {
	for _, l := range lines {
		c, _, _ := Find(words(l.line))
		if l.line == "join" {
			continue // the terms, not the wallet
		}
		f := newFixture()
		r := &Run{Ctx: context.Background(), Service: f, Who: l.who, In: strings.NewReader(""), Options: Options{
			NewID: func() string { return "id" }, Now: func() time.Time { return fixtureNow }, Width: 80,
		}}
		if _, err := r.do(words(l.line)); err != nil {
			continue
		}
		got, want := reflect.TypeOf(r.result), reflect.TypeOf(c.JSON)
		if c.Path == "help" && got == reflect.TypeFor[helpJSON]() {
			continue // help COMMAND prints one
		}
		if got != want {
			t.Errorf("%s: prints %v, the table says %v", l.line, got, want)
		}
	}
}

func TestMisuse(t *testing.T) {
	for _, test := range []struct {
		who        ledger.Caller
		line, want string
	}{
		{ada, "balnce", `There is no command "balnce".`},
		{ada, "balnce", "Did you mean: balance?"},
		{ada, "limit set day 5", "Did you mean: limits set"},
		{ada, "transfr 2 EUR", "Did you mean: transfer?"},
		{ada, "zzzz", "Type: help, for the list."},
		{ada, "fund", "AMOUNT and CURRENCY are missing."},
		{ada, "fund 5 --method card", "CURRENCY is missing."},
		{ada, "fund 5 EUR", "--method METHOD is missing: a METHOD of the list that methods prints."},
		{ada, "fund 5 EUR now --method card", `"now" is more than fund takes.`},
		{ada, "fund 5 EUR --method", "--method needs a value: METHOD."},
		{ada, "fund 5 EUR --metod card", "fund has no flag --metod. Did you mean --method?"},
		{ada, "fund 5 EUR -x", "fund has no flag -x."},
		{ada, "fund 5,00 EUR --method card", "AMOUNT: "},
		{ada, "fund 0 EUR --method card", "AMOUNT is 0."},
		{ada, "fund 0.0000001 EUR --method card", "at most six decimals"},
		{ada, "fund 5 E --method card", `CURRENCY is "E"`},
		{ada, "fund 5 EURO --method card", `CURRENCY is "EURO"`},
		{ada, "history --limit ten", `"ten" is no good value for --limit N.`},
		{ada, "history --limit 101", "--limit is 101, it goes from 1 to 100."},
		{ada, "history --since yesterday", `--since is "yesterday"`},
		{ada, "limits set year 5 EUR", `PERIOD is "year"; it is one of purchase`},
		{ada, "limits set total 5 EUR", "add --vendor VENDOR"},
		{ada, "limits set day much EUR", "AMOUNT: "},
		{ada, "limits set day -5 EUR", "-5 is no amount here: "},
		{ada, "transfer -.5 EUR --yes", "-.5 is no amount here: "},
		{ada, "dispute chg_8f3ka --reason duplicate --text never came", "Words that belong together stand in quotes"},
		{ada, "limits set day 5", "there is more than one: EUR, USD."},
		{ada, "link acme-news", "How much may it charge?"},
		{ada, "link acme-news --per-charge 1 --period day", "there is no budget"},
		{ada, "link acme-news --per-charge 0", "A bound of 0 would allow nothing."},
		{ada, "link acme-news --total 0", "A bound of 0 would allow nothing."},
		{ada, "link acme-news --budget 1 --period year", `--period is "year"`},
		{ada, "approve X --per-charge 1", "belong to --link BUDGET"},
		{ada, "dispute chg_8f3ka --reason ugly", `--reason is "ugly"; it is one of unauthorized`},
		{ada, "pending --wait 48h", "--wait goes up to 24h."},
		{stranger, "recover", "CODE is missing"},
		{rita, "decide dsp_5t2rr --reason x --yes", "either --user or --vendor"},
		{rita, "decide", "ID is missing.\nMore: help decide\nusage: decide ID --user|--vendor --reason WORDS --yes [--json]"},
		{rita, "decide dsp_5t2rr --user --vendor --reason x --yes", "either --user or --vendor"},
		{otto, "staff add k --role king", `--role is "king"`},
		{ada, "--yes transfer 2 EUR", "A command comes first"},
	} {
		got := run(newFixture(), test.who, test.line, "")
		if got.exit != ExitUsage || got.out != "" || !strings.Contains(got.errs, test.want) {
			t.Errorf("%s: exit %d, want 2 and %q\n%s%s", test.line, got.exit, test.want, got.out, got.errs)
		}
		if c, _, _ := Find(words(test.line)); c != nil && !strings.Contains(got.errs, "usage: "+c.Path) {
			t.Errorf("%s: no usage line:\n%s", test.line, got.errs)
		}
	}
}

func TestSpellings(t *testing.T) {
	for line, want := range map[string]string{
		"": "COMMAND; without", "--help": "COMMAND; without", "-h balance": "balance: show", "balance --help": "balance: show",
		"--version": "1.2.3", "policy --json": `"exit": 3`, "--json balance": `"handle": "w_7g2v"`, "help desk": "There is no command", "help transfer": "transfer list",
	} {
		got := run(newFixture(), ada, line, "")
		if !strings.Contains(got.out+got.errs, want) {
			t.Errorf("%q: want %q in\n%s%s", line, want, got.out, got.errs)
		}
	}
	if got := run(newFixture(), ada, "help limits set", ""); got.exit != 0 || !strings.HasPrefix(got.out, "limits set: set one limit") {
		t.Errorf("help limits set: %v", got)
	}
	if got := run(newFixture(), rita, "help desk", ""); got.exit != 0 || !strings.Contains(got.out, "desk deposits") {
		t.Errorf("help desk: %v", got)
	}
}

// A program that was not told its version does not guess one.
func TestVersionIsWhatItWasTold(t *testing.T) {
	for told, want := range map[string]string{"": "unknown", "v3": "v3"} {
		var out strings.Builder
		if exit := Exec(t.Context(), newFixture(), ada, []string{"version"}, nil, &out, io.Discard, Options{Version: told}); exit != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("told %q: exit %d, want %q in\n%s", told, exit, want, out.String())
		}
	}
}

// A code that is read from the input stays out of the shell's history.
func TestRecoverReadsTheInput(t *testing.T) {
	got := run(newFixture(), stranger, "recover", "4TQM-8WZX-K2HR-7NVP-C3DJ\r\nrest")
	if got.exit != 0 || !strings.Contains(got.out, "9HJ2-XW4C-M7TK-5PZR-V8DQ") {
		t.Errorf("got %+v", got)
	}
}

// Somebody who types the code has no end of input: the first line is enough.
func TestRecoverWaitsForOneLine(t *testing.T) {
	typed, keys := io.Pipe()
	defer keys.Close()
	go func() { _, _ = io.WriteString(keys, "4TQM-8WZX-K2HR-7NVP-C3DJ\n") }()
	var out, errw strings.Builder
	if exit := Exec(t.Context(), newFixture(), stranger, []string{"recover"}, typed, &out, &errw, Options{}); exit != 0 {
		t.Errorf("exit %d: %s", exit, errw.String())
	}
}

// What was answered before cannot be answered the other way, and a script is told so by the exit code.
func TestAnsweredOtherwiseIsAConflict(t *testing.T) {
	for first, second := range map[string]string{"approve": "deny", "deny": "approve"} {
		f := newFixture()
		run(f, ada, first+" WDJB-MJHT", "")
		if got := run(f, ada, first+" WDJB-MJHT", ""); got.exit != ExitOK {
			t.Errorf("%s twice: exit %d, want 0", first, got.exit)
		}
		if got := run(f, ada, second+" WDJB-MJHT", ""); got.exit != ExitConflict || !strings.Contains(got.errs, "nothing new happened") {
			t.Errorf("%s after %s: exit %d %s, want 6", second, first, got.exit, got.errs)
		}
	}
}

// A reference is typed as it is shown, in groups.
func TestReferenceInGroups(t *testing.T) {
	got := run(newFixture(), rita, "deposit cleared TP 1180 3342 7 25 USD", "")
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
	f := newFixture()
	dry := run(f, ada, "transfer 2 EUR", "")
	if dry.exit != ExitUsage || f.calls["Transfer"] != 0 || f.overview.Wallets[0].Available != eur(12_400_000) {
		t.Fatalf("got %+v and %d transfers", dry, f.calls["Transfer"])
	}
	_, again, _ := strings.Cut(strings.TrimSpace(dry.errs), "type: ")
	if wet := run(f, ada, again, ""); wet.exit != 0 || f.overview.Wallets[0].Available != eur(10_400_000) {
		t.Errorf("%s: got %+v", again, wet)
	}
	if got, want := f.got, (ledger.TransferRequest{Amount: eur(2_000_000), Key: "id-1"}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	f = newFixture()
	dry = run(f, rita, "decide dsp_5t2rr --user --reason 'It was down.' --json", "")
	var p Problem
	if err := json.Unmarshal([]byte(dry.out), &p); err != nil {
		t.Fatal(err)
	}
	if dry.exit != ExitUsage || f.calls["Decide"] != 0 || p.Code != "confirmation_required" {
		t.Errorf("got %+v", dry)
	}
	if wet := run(f, rita, p.Again, ""); wet.exit != 0 || f.disputes[0].State != ledger.DisputeWon || f.disputes[0].Note != "It was down." {
		t.Errorf("%s: got %+v", p.Again, wet)
	}
	for text, want := range map[string]string{"k-7": "k-7", "": "''", "It's": `'It'\''s'`, "$(x)": "'$(x)'"} {
		if got := quote(text); got != want {
			t.Errorf("quote(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestRolesSeeTheirCommandsOnly(t *testing.T) {
	for _, who := range []ledger.Caller{stranger, ada, rita, otto} {
		f := newFixture()
		role := f.people[who.Fingerprint].Role
		text, list := run(f, who, "help", ""), run(f, who, "help --json", "")
		var table []struct{ Command string }
		if err := json.Unmarshal([]byte(list.out), &table); err != nil {
			t.Fatal(err)
		}
		for _, c := range Commands() {
			may := c.Role == ledger.RoleNone || role >= c.Role && (c.Role != ledger.RoleUser || role == ledger.RoleUser)
			shown := slices.ContainsFunc(table, func(row struct{ Command string }) bool { return row.Command == c.Path })
			if shown != may || strings.Contains(text.out, c.Help) != may {
				t.Errorf("%s sees %q: %v, want %v", roleWord(role), c.Path, shown, may)
			}
			if may {
				continue
			}
			if got := run(f, who, "help "+c.Path, ""); got.exit == 0 && strings.Contains(got.out, c.Help) {
				t.Errorf("%s is helped on %s", roleWord(role), c.Path)
			}
			got := run(f, who, c.Path, "")
			if got.exit != ExitNotAllowed {
				t.Errorf("%s may %s: %+v", roleWord(role), c.Path, got)
			}
		}
	}
	if got := len(CommandsFor(ledger.Identity{Role: ledger.RoleVendor})); got != len(CommandsFor(ledger.Identity{})) {
		t.Errorf("a vendor's key may %d commands", got)
	}
	// Staff with a wallet under the same key may use both.
	if both := (ledger.Identity{Role: ledger.RoleOperator, Handle: "w_7g2v"}); len(CommandsFor(both)) != len(Commands()) {
		t.Errorf("an operator with a wallet may %d of %d commands", len(CommandsFor(both)), len(Commands()))
	}
	// A closed wallet leaves its handle, and no rights.
	if May(ledger.Identity{Handle: "w_7g2v"}, ledger.RoleUser) {
		t.Error("a closed wallet may buy")
	}
}

// An internal error is logged once with the id that is printed, and its text stays inside.
