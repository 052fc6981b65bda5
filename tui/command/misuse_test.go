package command

import (
	"io"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestMisuse(t *testing.T) {
	for _, test := range []struct {
		who        view.Caller
		line, want string
	}{
		{ada, "balnce", `There is no command "balnce".`},
		{ada, "balnce", "Did you mean: balance?"},
		{ada, "limit set day 5", "Did you mean: limits set"},
		{ada, "transfr 2 EUR", "Did you mean: transfer?"},
		{ada, "zzzz", "Type: help, for the list."},
		{ada, "fund", "AMOUNT and CURRENCY are missing."},
		{ada, "fund 5 --method card", "CURRENCY is missing."},
		{ada, "fund 5 EUR", "--method METHOD is missing: a name of the list that methods prints."},
		{ada, "fund 5 EUR now --method card", `"now" is more than fund takes.`},
		{ada, "fund 5 EUR --method", "--method needs a value: METHOD."},
		{ada, "fund 5 EUR --metod card", "fund has no flag --metod. Did you mean --method?"},
		{ada, "fund 5 EUR -x", "fund has no flag -x."},
		{ada, "fund 5,00 EUR --method card", "AMOUNT: "},
		{ada, "fund 0 EUR --method card", "AMOUNT is 0."},
		{ada, "fund 0.0000001 EUR --method card", "at most six decimals"},
		{ada, "fund 5 E --method card", `CURRENCY is "E"`},
		{ada, "fund 5 EURO --method card", `CURRENCY is "EURO"`},
		{ada, "history --limit ten", `--limit is "ten"; it is a number such as 20.`},
		{ada, "history --json=perhaps", `--json is on by itself; it takes no "perhaps".`},
		{ada, "settings zone Mars", `settings takes no word "zone"; it has a flag --zone.`},
		{ada, "history --limit 101", "--limit is 101, it goes from 1 to 100."},
		{ada, "history --since yesterday", `--since is "yesterday"`},
		{ada, "limits set year 5 EUR", `PERIOD is "year"; it is one of purchase`},
		{ada, "history --kind depost", `--kind is "depost"; it is one of purchase, refund`},
		{ada, "settings --theme blue", `--theme is "blue"; it is one of auto, dark, light`},
		{ada, "completion powershell", `SHELL is "powershell"; it is one of bash`},
		{ada, "limits set total 5 EUR", "add --vendor VENDOR"},
		{ada, "limits set day much EUR", "AMOUNT: "},
		{ada, "limits set day -5 EUR", "-5 is no amount here: "},
		{ada, "transfer -.5 EUR --yes", "-.5 is no amount here: "},
		{ada, "dispute chg_8f3ka --reason duplicate --text never came", "Words that belong together stand in quotes"},
		{ada, "limits set day 5", "there is more than one: EUR, USD."},
		{ada, "link acme-news", "How much may it charge?"},
		{ada, "link acme-news --currency EUR --per-charge 1 --period day", "there is no budget"},
		{ada, "link acme-news --currency EUR --per-charge 0", "A bound of 0 would allow nothing."},
		{ada, "link acme-news --currency EUR --total 0", "A bound of 0 would allow nothing."},
		{ada, "link acme-news --budget 1 --period year", `--period is "year"`},
		{ada, "approve X --per-charge 1", "belong to --link BUDGET"},
		{ada, "dispute chg_8f3ka --reason ugly", `--reason is "ugly"; it is one of unauthorized`},
		{ada, "pending --wait 48h", "--wait goes up to 24h."},
		{newKey, "recover", "CODE is missing"},
		{ada, "bank add EUR --holder Ann --most 5", "ACCOUNT is missing"},
		{otto, "bank file", "Give either --method METHOD or the ID"},
		{otto, "bank read", "The input is empty."},
		{rita, "decide dsp_5t2rr --reason x --yes", "either --user or --vendor"},
		{rita, "decide", "ID is missing.\nMore: help decide\nusage: decide ID --user|--vendor --reason WORDS " +
			"[--why CODE] [--words WORDS] --yes [--json]"},
		{rita, "decide dsp_5t2rr --user --vendor --reason x --yes", "either --user or --vendor"},
		{otto, "staff add k --role king", `--role is "king"`},
		{ada, "--yes transfer 2 EUR", "A command comes first"},
	} {
		got := run(commandtest.New(), test.who, test.line, "")
		if got.exit != ExitUsage || got.out != "" || !strings.Contains(got.errs, test.want) {
			t.Errorf("%s: exit %d, want 2 and %q\n%s%s", test.line, got.exit, test.want, got.out, got.errs)
		}
		if c, _ := Find(words(test.line)); c != nil && !strings.Contains(got.errs, "usage: "+c.Path) {
			t.Errorf("%s: no usage line:\n%s", test.line, got.errs)
		}
	}
}

func TestSpellings(t *testing.T) {
	for line, want := range map[string]string{
		"": "COMMAND; without", "--help": "COMMAND; without", "-? ": "COMMAND; without", "--json": `"command": "fund"`,
		"-h balance": "balance: show", "balance --help": "balance: show", "--version": "1.2.3",
		"policy --json": `"exit": 3`, "--json balance": `"handle": "w_7g2v"`,
		"help desk": "There is no command", "help transfer": "transfer list", "recall trf_8b4nc": "transfer recall?",
		"dask": "Type: help", "deposit 5": "mean: deposits?",
	} {
		got := run(commandtest.New(), ada, line, "")
		if !strings.Contains(got.out+got.errs, want) {
			t.Errorf("%q: want %q in\n%s%s", line, want, got.out, got.errs)
		}
	}
	if got := run(commandtest.New(), ada, "help limits set", ""); !strings.HasPrefix(got.out, "limits set: set one") {
		t.Errorf("help limits set: %v", got)
	}
	for line, exit := range map[string]int{"help desk": 0, "desk --help": 0, "desk": ExitUsage, "desk x": ExitUsage} {
		got := run(commandtest.New(), rita, line, "")
		if got.exit != exit || !strings.Contains(got.out+got.errs, "desk approve") {
			t.Errorf("%s: %v", line, got)
		}
	}
}

// A program that was not told its version does not guess one.
func TestVersionIsWhatItWasTold(t *testing.T) {
	for told, want := range map[string]string{"": "unknown", "v3": "v3"} {
		var out strings.Builder
		o := Options{Version: told}
		exit := Exec(t.Context(), commandtest.New(), ada, []string{"version"}, nil, &out, io.Discard, o)
		if exit != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("told %q: exit %d, want %q in\n%s", told, exit, want, out.String())
		}
	}
}

// Every input of every command that has a few values takes no other word: exit code 2, and the list of what may stand
// there. Nothing reaches the service but the question who is calling.
func TestFixedValuesTakeNoOtherWord(t *testing.T) {
	tried := 0
	for _, c := range Commands() {
		for n, i := range c.Inputs {
			if i.Kind.Values() == nil || kinds[i.Kind].open {
				continue
			}
			for _, word := range []string{"nope", "''", "' '", i.Kind.Values()[0] + "x"} {
				line, f := lineWith(&c, n, word), commandtest.New()
				got := run(f, callerOf(c.Role), line, "")
				if got.exit != ExitUsage || !strings.Contains(got.errs, strings.Join(i.Kind.Values(), ", ")) {
					t.Errorf("%s: exit %d, want 2 and the values\n%s%s", line, got.exit, got.out, got.errs)
				}
				if calls := f.Calls() - f.Calls("WhoAmI"); calls != 0 {
					t.Errorf("%s: %d calls of the service", line, calls)
				}
				tried++
			}
		}
	}
	if tried < 30 {
		t.Errorf("%d lines were tried", tried)
	}
}

// lineWith is a line of the command with all that it needs, and a word at one of its inputs.
func lineWith(c *Command, at int, word string) string {
	args, flags := c.Path, ""
	for n, i := range c.Inputs {
		value := append(i.Kind.Values(), "1")[0]
		if n == at {
			value = word
		}
		switch {
		case i.Flag == "":
			args += " " + value
		case n == at || !i.Optional:
			flags += " --" + i.Flag + " " + value
		}
	}
	if len(c.OneOf) > 0 {
		flags += " --" + c.OneOf[0]
	}
	return args + flags
}

// callerOf is a key that may use what a role may.
func callerOf(role ledger.Role) view.Caller {
	return map[ledger.Role]view.Caller{
		ledger.RoleUser: ada, ledger.RoleRep: rita, ledger.RoleOperator: otto, ledger.RoleNone: newKey,
		ledger.RoleVendor: vera,
	}[role]
}

// What a command wants to be confirmed reaches the service only with --yes, and the line that it prints does it.
func TestAskedLinesDoWhatTheySay(t *testing.T) {
	for line, call := range map[string]string{
		"block acme-news": "Block", "limits set week none EUR": "", "limits set day 9 --vendor acme-news EUR": "",
		"deny WDJB-MJHT --block": "Answer", "link acme-news --per-charge 5 --currency EUR": "",
		"limits set purchase 9 eur --vendor acme-news": "",
	} {
		f := commandtest.New()
		dry := run(f, ada, line, "")
		_, again, found := strings.Cut(strings.TrimSpace(dry.errs), "type: ")
		if line == "limits set day 9 --vendor acme-news EUR" { // there was no bound: this one is tighter
			if dry.exit != ExitOK {
				t.Errorf("%s: %+v", line, dry)
			}
			continue
		}
		if dry.exit != ExitUsage || !found || f.Data.Got != nil || call != "" && f.Calls(call) != 0 {
			t.Errorf("%s: %+v, the service got %+v", line, dry, f.Data.Got)
			continue
		}
		if wet := run(f, ada, again, ""); wet.exit != ExitOK {
			t.Errorf("%s: exit %d\n%s", again, wet.exit, wet.errs)
		}
	}
}

// A card that is declined is told as such, with what to do, and a script learns it by the exit code.
func TestDeclinedCardIsTold(t *testing.T) {
	got := run(commandtest.New(), ada, "fund 5.13 EUR --method card", "")
	for _, want := range []string{"Declined.", "The card was declined.", "Try another card"} {
		if !strings.Contains(got.out, want) || got.exit != ExitConflict {
			t.Errorf("exit %d, want 6 and %q in\n%s", got.exit, want, got.out)
		}
	}
	got = run(commandtest.New(), ada, "fund 5.13 EUR --method card --json", "")
	for _, want := range []string{`"state": "failed"`, `"outcome": "Declined.`, `"reason": "The card`, `"remedy": "Try`} {
		if !strings.Contains(got.out, want) || got.exit != ExitConflict {
			t.Errorf("exit %d, want 6 and %q in\n%s", got.exit, want, got.out)
		}
	}
}

// No yes is asked for in vain: what is not there, or is so already, is refused at once. Each command that asks is here.
func TestNothingIsAskedInVain(t *testing.T) {
	vain := map[string]map[string]string{
		"agent limit":      {"agent limit nothing --day 5": "No program pays with a key of that name"},
		"approve":          {"approve ZZZZ-ZZZZ": "no request"},
		"bank add":         {"bank add USD 021000021 123456789 --holder Ann --most 5": "No bank accounts are debited in USD"},
		"bank read":        {}, // without --yes it tells what would follow
		"bank remove":      {"bank remove bnk_none": "no bank account bnk_none"},
		"redeem":           {"redeem 11 EUR": "1.00 EUR"},
		"refill set":       {"refill set 101 EUR": "up to 100.00 EUR"},
		"mandate revoke":   {"mandate revoke mnd_none": "No mandate mnd_none"},
		"block":            {"block nobody": "no vendor nobody"},
		"credit write-off": {"credit write-off w_7g2v USD --reason x": "No account of w_7g2v in USD"},
		"decide":           {"decide dsp_none --user --reason x": "No dispute dsp_none"},
		"desk approve":     {"desk approve prp_none": "No proposal prp_none"},
		"desk credit":      {"desk credit nothing 1 EUR --reason x": "no wallet nothing"},
		"desk refund":      {"desk refund nothing --reason duplicate": "no purchase nothing"},
		"deny":             {"deny ZZZZ-ZZZZ --block": "no request"},
		"dispute accept":   {"dispute accept dsp_none": "no dispute", "dispute accept dsp_5t2rr": "nobody can accept"},
		"dispute withdraw": {"dispute withdraw dsp_none": "no dispute", "dispute withdraw dsp_4k8pb": "nobody can withdraw"},
		"exchange":         {"exchange 500 EUR USD": "", "exchange 5 EUR GBP": "GBP"},
		"keys end": {
			"keys end nothing": "no such key", "keys end SHA256:zzzzzz": "no such key",
		},
		"keys forget":    {"keys forget brw_none": "no such browser"},
		"limits set":     {}, // the service refuses before it asks, as for link
		"link":           {"link nobody --per-charge 5 --currency EUR": "no vendor nobody"},
		"po write-off":   {"po write-off dep_none --reason x": "No order dep_none"},
		"receipt return": {"receipt return rcp_none --reason x": "No receipt rcp_none"},
		"recovery renew": {}, // a wallet has a code
		"referral end":   {}, // a wallet that nobody has brought is told so, below
		"wallet close":   {}, // what is in the way is its answer
		"vendor account remove": {
			"vendor account remove nobody EUR":              "no vendor nobody",
			"vendor account remove acme-news USD":           "no bank account in USD",
			"vendor account remove acme-news EUR --payee B": "no bank account in EUR",
		},
		"vendor key":     {"vendor key nobody": "no vendor nobody"},
		"shop offer end": {"shop offer end ofr_none": "no offer ofr_none"},
		"shop refund": {
			"shop refund chg_none --reason goodwill":  "no sale chg_none",
			"shop refund chg_8kx3r --reason goodwill": "went back already",
		},
		"shop dispute accept": {"shop dispute accept dsp_none": "no dispute dsp_none"},
		"shop rotate":         {"shop rotate whe_none": "no hook whe_none"},
		"shop key end":        {"shop key end nothing": "no key nothing", "shop key end full": "no key full"},
		"shop key roll":       {"shop key roll nothing": "no key nothing"},
		"team remove":         {"team remove nobody": "called nobody"},
		"transfer":            {"transfer 5000 EUR": "not enough", "transfer 1 GBP": "GBP"},

		"bill address remove": {}, // it names the address that is there
		"unclaimed remit":     {"unclaimed remit w_7g2v USD --reason x": "Nothing of w_7g2v in USD"},
	}
	for _, c := range Commands() {
		lines, listed := vain[c.Path]
		if asks := c.confirmed() || c.Path == "approve"; asks != listed {
			t.Errorf("%s asks: %v, in this table: %v", c.Path, asks, listed)
		}
		for line, want := range lines {
			f := commandtest.New()
			got := run(f, callerOf(c.Role), line, "")
			if got.exit == ExitOK || strings.Contains(got.errs, "Nothing has happened yet") ||
				!strings.Contains(got.errs, want) || f.Data.Got != nil {
				t.Errorf("%s: exit %d, want %q\n%s", line, got.exit, want, got.errs)
			}
		}
	}
	for line, test := range map[string]struct {
		change func(*commandtest.Data)
		want   string
	}{
		"keys end " + commandtest.New().Data.Keys.Keys[0].Fingerprint: {
			func(d *commandtest.Data) { d.Keys.Keys = d.Keys.Keys[:1] }, "The last key",
		},
		"referral end": {func(d *commandtest.Data) {
			d.People[commandtest.Ada.Fingerprint] = view.Identity{Role: ledger.RoleUser, Handle: "w_7g2v"}
		}, "No vendor has brought"},
		"block acme-news":        {func(d *commandtest.Data) { d.Links[0].Status = "blocked" }, "blocked already"},
		"deny WDJB-MJHT --block": {func(d *commandtest.Data) { d.Approvals[0].Status = "approved" }, "is approved"},
	} {
		f := commandtest.New()
		f.Change(test.change)
		if got := run(f, ada, line, ""); !strings.Contains(got.errs, test.want) {
			t.Errorf("%s: want %q in %s", line, test.want, got.errs)
		}
	}
}

// Whatever is typed, a fault repeats a short part of it. A line that does what was only tried has all of it.
func TestFaultsRepeatLittle(t *testing.T) {
	long := strings.Repeat("x", 300)
	lines := map[string]ledger.Role{
		long: ledger.RoleUser, "help " + long: ledger.RoleUser, "fund --" + long: ledger.RoleUser,
	}
	for _, c := range Commands() {
		lines[c.Path+" 1 1 1 1 1 1 "+long] = c.Role
		for n, i := range c.Inputs {
			if i.Kind != KindSwitch {
				lines[lineWith(&c, n, long)] = c.Role
			}
		}
	}
	for line, role := range lines {
		got := run(commandtest.New(), callerOf(role), line, "")
		for l := range strings.Lines(got.errs) {
			if strings.Contains(l, long[:100]) && !strings.HasPrefix(l, "Nothing has happened yet.") {
				t.Errorf("%.60s: %s", line, l)
			}
		}
	}
}

// Each command that takes a currency refuses one that the service does not hold, in the same words.
func TestCurrenciesAreThoseOfTheService(t *testing.T) {
	tried := 0
	for _, c := range Commands() {
		for n, i := range c.Inputs {
			if i.Kind != KindCurrency && i.Kind != KindOther {
				continue
			}
			line := lineWith(&c, n, "XXX")
			if other := i.Kind == KindOther; other {
				line = strings.Replace(line, "1 1 XXX", "1 EUR XXX", 1)
			}
			got := run(commandtest.New(), callerOf(c.Role), line, "")
			if got.exit != ExitUsage || !strings.Contains(got.errs, `This service holds no tokens of "XXX".`) {
				t.Errorf("%s: exit %d\n%s%s", line, got.exit, got.out, got.errs)
			}
			tried++
		}
	}
	if tried < 30 {
		t.Errorf("only %d inputs were tried", tried)
	}
	for line, held := range map[string]bool{
		"deposit cleared RF48 1234 5678 25.00 EUR": true, "deposit cleared RF48 1234 5678 25.00 XXX": false,
	} {
		got := run(commandtest.New(), rita, line, "")
		if strings.Contains(got.errs, "holds no tokens") == held {
			t.Errorf("%s: exit %d\n%s%s", line, got.exit, got.out, got.errs)
		}
	}
}

// What is there already, or is over, is refused before anybody is asked for a yes to it.
func TestWhatIsOverIsNotAsked(t *testing.T) {
	f := commandtest.New()
	f.Data.Unallocated[0].State = "matched"
	for line, test := range map[string]struct {
		who  view.Caller
		want string
	}{
		"receipt return " + f.Data.Unallocated[0].ID + " --reason x": {rita, "The receipt is matched already."},
		"join":                 {ada, "This key already has the wallet w_7g2v."},
		"views save x vendor:": {ada, "vendor: is not understood"},
	} {
		got := run(f, test.who, line, "")
		if got.exit == 0 || got.out != "" || !strings.Contains(got.errs, test.want) {
			t.Errorf("%s: exit %d, want %q\n%s%s", line, got.exit, test.want, got.out, got.errs)
		}
	}
}
