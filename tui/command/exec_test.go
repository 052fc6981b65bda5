package command

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// The callers of the service in memory, by their short names.
var ada, rita, otto, newKey = commandtest.Ada, commandtest.Rita, commandtest.Otto, commandtest.NewKey

// answer is what one command did.
type answer struct {
	out, errs, log string
	exit           int
}

// run executes a command line like ssh does.
func run(f *commandtest.Service, who view.Caller, line, in string) answer {
	var out, errw, log strings.Builder
	ids := 0
	o := Options{
		Log: slog.New(slog.NewTextHandler(&log, nil)), Width: func() int { return 100 }, Version: "1.2.3",
		Now:   func() time.Time { return commandtest.Now },
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
	who  view.Caller
	line string
}{
	{ada, "help"},
	{newKey, "help"},
	{rita, "help"},
	{otto, "help"},
	{ada, "help limits set"},
	{ada, "help history"},
	{ada, "help transfer"},
	{ada, "help limits"},
	{newKey, "join"},
	{newKey, "join --accept --zone Europe/Berlin"},
	{ada, "join --accept"},
	{newKey, "recover 4TQM-8WZX-K2HR-7NVP-C3DJ"},
	{newKey, "recover"},
	{newKey, "recover WRONG"},
	{ada, "whoami"},
	{newKey, "whoami"},
	{otto, "whoami"},
	{ada, "settings"},
	{ada, "settings --zone America/New_York --theme mono"},
	{ada, "settings --zone Moon/Crater"},
	{ada, "settings --notices bell --plain on --mouse on --ascii off"},
	{ada, "settings --notices siren"},
	{ada, "keys"},
	{ada, "keys name phone 'old phone'"},
	{ada, "keys add"},
	{newKey, "keys join " + commandtest.KeyCode + " --name tablet"},
	{newKey, "keys join K-WRONG"},
	{ada, "keys join " + commandtest.KeyCode},
	{ada, "keys end phone"},
	{ada, "keys end phone --yes"},
	{ada, "keys end nothing --yes"},
	{ada, "keys forget brw_3k9x2m7qhc5v0tz8wj4pn6rdsy"},
	{ada, "keys forget brw_3k9x2m7qhc5v0tz8wj4pn6rdsy --yes"},
	{ada, "keys forget brw_none --yes"},
	{ada, "recovery renew"},
	{ada, "recovery renew --yes"},
	{ada, "window"},
	{ada, "lock"},
	{newKey, "version"},
	{newKey, "completion bash"},
	{newKey, "completion zsh --name pay"},
	{newKey, "completion fish"},
	{newKey, "completion tcsh"},
	{ada, "manual limits set"},
	{newKey, "manual"},
	{newKey, "manual limits"},
	{ada, "plain"},
	{ada, "balance"},
	{ada, "spending"},
	{ada, "accounts"},
	{ada, "methods"},
	{ada, "fund 5 EUR --method card"},
	{ada, "fund 25 usd --method check --key k-7"},
	{ada, "fund 5 EUR --method barter"},
	{ada, "fund 5.13 EUR --method card"},
	{ada, "bank accounts"},
	{ada, "redeem 10 EUR --key k"},
	{ada, "redeem 10 EUR --to check --payee 'Ann Example, 1 High Street' --key k --yes"},
	{ada, "redeem 11 EUR --key k"},
	{ada, "redemptions"},
	{ada, "redemptions show red_6k2wm"},
	{ada, "redemptions cancel red_6k2wm"},
	{ada, "redemptions cancel red_none"},
	{ada, "refill"},
	{ada, "refill set 20 EUR --day friday --return-surplus"},
	{ada, "refill set 20 EUR --day friday --yes"},
	{ada, "refill skip EUR"},
	{ada, "refill now EUR"},
	{ada, "refill off EUR"},
	{rita, "redemptions list"},
	{rita, "redemption approve red_6k2wm"},
	{rita, "redemption deny red_6k2wm --reason 'call us first'"},
	{otto, "redemptions submit EUR"},
	{otto, "redemption paid TPC000000000002"},
	{otto, "redemption failed red_6k2wm --reason 'no such account'"},
	{otto, "redemption returned red_6k2wm --reason 'account closed'"},
	{ada, "bank add EUR DE89370400440532013000 --holder 'Erika Mustermann' --most 100.00"},
	{ada, "bank add EUR DE89370400440532013000 --holder 'Erika Mustermann' --most 100.00 --yes"},
	{ada, "bank add USD 021000021 123456789 --holder 'Erika Mustermann' --most 100.00"},
	{ada, "bank remove bnk_4rt8c"},
	{ada, "bank remove bnk_4rt8c --yes"},
	{ada, "bank remove bnk_none"},
	{ada, "mandates"},
	{ada, "mandate revoke mnd_9wq2x"},
	{ada, "mandate revoke mnd_9wq2x --yes"},
	{otto, "bank file --method autodebit"},
	{otto, "bank file --method echeck"},
	{otto, "bank file --method card"},
	{otto, "bank file TPC000000000001"},
	{otto, "bank file TPC000000000009"},
	{otto, "bank files"},
	{otto, "bank sent TPC000000000001"},
	{otto, "bank sent TPC000000000009"},
	{otto, "bank read"},
	{otto, "bank read --yes"},
	{ada, "deposits"},
	{ada, "deposits --limit 1"},
	{ada, "history"},
	{ada, "history --limit 2 --cursor chg_8f2xw"},
	{ada, "history --vendor acme-news --since 2d --currency eur --text river --kind purchase"},
	{ada, "history --since 2026-11-24"},
	{ada, "history --vendor nobody"},
	{ada, "history 'river|cross vendor:acme-news -state:refunded' 'amount>0.2'"},
	{ada, "history 'lecture vendr:acme since:soon'"},
	{ada, "history --oldest --limit 2"},
	{ada, "history --sort -amount --columns title,amount --limit 3"},
	{ada, "history --view 'big ones'"},
	{ada, "history --view nothing"},
	{ada, "views"},
	{ada, "views save rivers 'river vendor:acme-news' --sort -amount"},
	{ada, "views save x --place vendors --sort spent"},
	{ada, "views save x y --place vendors"},
	{ada, "views drop 'big ones'"},
	{ada, "views drop nothing"},
	{ada, "history --newer trf_7xa3e --limit 2"},
	{ada, "show chg_8f3ka"},
	{ada, "show chg_7yk9h"},
	{ada, "show dep_7w8bb"},
	{ada, "show nothing"},
	{ada, "limits"},
	{ada, "limits set day 7.50 EUR"},
	{ada, "limits set month none EUR"},
	{ada, "limits set week none EUR"},
	{ada, "limits set week none EUR --yes"},
	{ada, "limits set day 1 EUR"},
	{ada, "limits set purchase 1 EUR --vendor acme-news"},
	{ada, "limits set day 5"},
	{ada, "limits try day 4 EUR"},
	{ada, "limits try month none EUR"},
	{ada, "limits try total 4 EUR"},
	{ada, "vendors"},
	{ada, "vendors try acme-news --per-charge 0.50 --budget 5 --currency EUR"},
	{ada, "vendors try acme-news"},
	{ada, "link acme-video --per-charge 0.50 --budget 5 --currency EUR"},
	{ada, "link acme-video --budget 1.5 --period week --total 20 --currency EUR"},
	{ada, "unlink acme-news"},
	{ada, "link acme-news --per-charge 5 --currency EUR"},
	{ada, "link acme-news --per-charge 5 --currency EUR --yes"},
	{ada, "block acme-news"},
	{ada, "block acme-news --yes"},
	{ada, "block pushy-shop --yes"},
	{ada, "block nobody --yes"},
	{ada, "unblock pushy-shop"},
	{ada, "unblock acme-news"},
	{ada, "dispute chg_8f3ka --reason not-delivered --text 'It never opened.'"},
	{ada, "dispute chg_7yk9h --reason duplicate"},
	{ada, "disputes"},
	{ada, "disputes dsp_7v3xc"},
	{ada, "disputes dsp_none"},
	{ada, "dispute accept dsp_7v3xc"},
	{ada, "dispute accept dsp_7v3xc --yes"},
	{ada, "dispute accept dsp_5t2rr"},
	{ada, "dispute decline dsp_7v3xc"},
	{ada, "dispute appeal dsp_5t2rr --text 'It answers 404.'"},
	{ada, "dispute withdraw dsp_5t2rr"},
	{ada, "dispute withdraw dsp_5t2rr --yes"},
	{ada, "pending"},
	{ada, "pending wdjbmjht"},
	{ada, "pending KXPR-9QTC"},
	{ada, "pending --wait 1m"},
	{ada, "approve WDJB-MJHT"},
	{ada, "approve WDJB-MJHT --json"},
	{ada, "approve WDJB-MJHT --expect 0.25"},
	{ada, "approve WDJB-MJHT --expect 0.25 --match 47"},
	{ada, "approve WDJB-MJHT --expect 0.25 --yes --match 47 --json"},
	{ada, "approve wdjb-mjht --link 5 --period day --per-charge 0.5"},
	{ada, "approve wdjb-mjht --expect 0.25EUR --match 47 --link 5 --period day --per-charge 0.5"},
	{ada, "approve KXPR-9QTC --link proposed"},
	{ada, "approve KXPR-9QTC --link proposed --yes"},
	{ada, "approve XXXX-XXXX"},
	{ada, "deny WDJB-MJHT"},
	{ada, "deny WDJB-MJHT --block"},
	{ada, "deny WDJB-MJHT --block --yes"},
	{ada, "exchange 5 EUR USD"},
	{ada, "exchange 5 EUR USD --yes --quote qte_5f8k2"},
	{ada, "exchange 5 EUR USD --yes --quote qte_over"},
	{ada, "exchange 1 USD EUR --get --expect 0.93"},
	{ada, "exchange 500 EUR USD"},
	{ada, "exchange 5 EUR EUR"},
	{ada, "exchange 5 EUR GBP"},
	{ada, "exchange 5 EUR USD --key k --quote q"},
	{newKey, "rates"},
	{ada, "rates --sort -currency"},
	{otto, "rates load"},
	{ada, "rates load"},
	{ada, "transfer 2 EUR"},
	{ada, "transfer 2 EUR --key t-1 --yes"},
	{ada, "transfer 200 EUR"},
	{ada, "transfer 200 EUR --yes"},
	{ada, "claim qk7m3tvx"},
	{ada, "transfer list"},
	{ada, "transfer recall trf_8b4nc"},
	{ada, "deposits cancel dep_7w8bb"},
	{otto, "vendor create acme-books --origin https://books.example --title 'Acme Books'"},
	{otto, "vendor key acme-news"},
	{otto, "staff add ssh-ed25519 AAAAmia mia --role rep"},
	{otto, "staff add ssh-ed25519 AAAAmia mia --role none"},
	{otto, "desk audit"},
	{otto, "desk audit --staff mia --wallet w_7g2v --act deposit --since 7d --until 1d"},
	{ada, "me log"},
	{rita, "desk find RF48"},
	{rita, "desk find nothing"},
	{rita, "desk wallet w_7g2v --reason call --words 'she asked for the balance'"},
	{rita, "desk wallet w_7g2v --reason curiosity"},
	{rita, "desk write on --reason dispute --words 'the morning queue'"},
	{rita, "desk write off"},
	{rita, "desk write on"},
	{rita, "desk queue"},
	{rita, "desk queue --mine --kind dispute"},
	{rita, "desk note dsp_5t2rr asked the vendor --why dispute"},
	{rita, "desk claim dsp_5t2rr"},
	{rita, "desk release dsp_5t2rr"},
	{rita, "desk hand dsp_5t2rr mia --text 'it is her language'"},
	{rita, "desk credit w_7g2v 0.40 EUR --reason 'for the trouble'"},
	{rita, "desk credit w_7g2v 0.40 EUR --reason 'for the trouble' --why goodwill --words 'third time'"},
	{rita, "desk credit w_7g2v 0.40 EUR --reason 'for the trouble' --yes"},
	{rita, "desk credit w_7g2v 25 EUR --reason 'for the trouble' --yes"},
	{rita, "desk refund chg_8f3ka --reason duplicate"},
	{rita, "desk refund chg_8f3ka 0.20 EUR --reason duplicate --yes"},
	{rita, "vendor suspend acme-news --reason 'it sells what is not there'"},
	{rita, "vendor resume acme-news --reason 'it has answered'"},
	{rita, "desk proposals"},
	{rita, "desk approve prp_7c3kd"},
	{rita, "desk approve prp_7c3kd --yes"},
	{rita, "desk deny prp_7c3kd --reason 'too much'"},
	{otto, "report trial"},
	{otto, "report coverage"},
	{otto, "report ledger 2000"},
	{otto, "report ledger 2000 --since 2026-11-01 --until 1d --limit 1"},
	{otto, "report ledger 2001"},
	{otto, "report ledger paid"},
	{rita, "report trial"},
	{otto, "policy show"},
	{otto, "policy set window 10m"},
	{otto, "policy set wages 1"},
	{rita, "desk disputes"},
	{rita, "desk ask dsp_5t2rr --text 'Since when?'"},
	{rita, "desk deposits"},
	{rita, "decide dsp_5t2rr --user --reason 'Archive was down.'"},
	{rita, "decide dsp_5t2rr --user --reason 'Archive was down.' --yes"},
	{rita, "decide dsp_5t2rr --vendor --reason 'It was opened.' --yes"},
	{rita, "deposit received TP118033427 25 USD"},
	{rita, "deposit cleared TP118033427 25 USD"},
	{rita, "deposit bounced TP118033427 25 USD"},
	{rita, "deposit returned TP118033427 25 USD"},
	{rita, "deposit cleared TP118033427 26 USD"},
	{rita, "freeze w_7g2v --reason 'its owner called'"},
	{rita, "thaw w_7g2v --reason 'its owner called again'"},
	{ada, "credit"},
	{ada, "bills"},
	{ada, "bill address"},
	{ada, "bill address set --name Ann --street 'Road 1' --postcode 50667 --town Town --country de"},
	{ada, "bill address set"},
	{ada, "bill address remove"},
	{ada, "bill address remove --yes"},
	{otto, "bills print"},
	{otto, "bills printed"},
	{otto, "bills printed --number 3"},
	{otto, "report close"},
	{otto, "report close 2026-10"},
	{otto, "report unclaimed"},
	{otto, "unclaimed remit w_7g2v EUR --reason 'the law'"},
	{otto, "unclaimed remit w_7g2v EUR --reason 'the law' --yes"},
	{otto, "unclaimed remit w_7g2v USD --reason 'the law'"},
	{otto, "method freeze card 'The processor is down.'"},
	{otto, "method thaw card"},
	{ada, "incentives"},
	{otto, "vendor plans acme-news"},
	{otto, "vendor plan show acme-news standard"},
	{otto, "vendor plan show acme-news standard --version 1 --json"},
	{otto, "vendor plan set acme-news standard --lines 'Ada Byron:author:12.5%, Press:publisher:0.01' --currency EUR"},
	{otto, "vendor plan set acme-news standard --default on"},
	{otto, "vendor plan set acme-news standard"},
	{otto, "vendor terms acme-news --payee 'Ada Byron' --wallet w_7g2v"},
	{otto, "vendor terms acme-news --wallet w_7g2v"},
	{rita, "incentive give w_7g2v 0.50 EUR --reason 'welcome'"},
	{rita, "incentive give w_7g2v 0.50 EUR --vendor acme-news --days 7 --reason 'sorry'"},
	{rita, "incentive give w_7g2v 0 EUR --reason x"},
	{rita, "credit list"},
	{otto, "credit set w_7g2v 20 EUR --reason 'known for years'"},
	{otto, "credit set w_7g2v none EUR --reason 'asked for it'"},
	{rita, "credit set w_7g2v 20 EUR --reason 'not hers to say'"},
	{otto, "credit bill w_7g2v EUR"},
	{otto, "credit write-off w_7g2v EUR --reason 'moved away'"},
	{otto, "credit write-off w_7g2v EUR --reason 'moved away' --yes"},
	{otto, "credit write-off w_7g2v USD --reason 'moved away'"},
	{rita, "desk receipts"},
	{rita, "receipt add 19 EUR --source check --text 'RF18 0000 9999' --mark 0815 --note 'another amount'"},
	{rita, "receipt match rcp_8c4tw --wallet w_7g2v --reason 'the letter says so'"},
	{rita, "receipt return rcp_8c4tw --reason 'nobody knows it'"},
	{rita, "receipt return rcp_8c4tw --reason 'nobody knows it' --yes"},
	{rita, "settle run"},
	{otto, "settle run"},
	{otto, "settle run --vendor acme-news --at 2026-11-20"},
	{otto, "settle runs"},
	{otto, "settlements"},
	{otto, "settlements --state paid"},
	{otto, "settlement show stl_4q8pv"},
	{otto, "settlement show stl_none"},
	{otto, "settlement statement stl_4q8pv"},
	{otto, "settlement approve stl_4q8pv"},
	{otto, "settlement hold stl_4q8pv --reason 'the vendor asked'"},
	{otto, "payouts submit EUR"},
	{otto, "payouts file pof_2k9fd"},
	{otto, "payout paid pof_2k9fd"},
	{otto, "payout failed stl_4q8pv --reason 'no such account'"},
	{otto, "payout returned stl_4q8pv --reason 'account closed'"},
	{otto, "payout reissue stl_4q8pv --reason 'another account' --to 'supplier 7'"},
	{otto, "settlement paper stl_4q8pv"},
	{otto, "payouts submit EUR --way sepa"},
	{otto, "vendor accounts acme-news"},
	{otto, "vendor account set acme-news EUR DE89 3704 0044 0532 0130 00 --holder 'Acme Ltd'"},
	{otto, "vendor account set acme-news EUR DE89370400440532013000 --payee Ada --holder 'Ada L' --company off"},
	{otto, "vendor account approve acme-news EUR"},
	{otto, "vendor account remove acme-news EUR"},
	{otto, "vendor account remove acme-news EUR --payee Ada --yes"},
	{otto, "vendor terms acme-news --currency EUR --way sepa"},
	{otto, "vendor terms acme-news --payee Ada --way csv"},
	{otto, "vendor terms acme-news"},
	{otto, "vendor terms acme-news --currency EUR --reserve '5 %' --delay 24h"},
	{otto, "vendor terms acme-news --payee Ada --to 'supplier 8'"},
	{rita, "desk paylink w_7g2v 20 EUR"},
	{ada, "voice"},
	{ada, "voice pin"},
	{ada, "voice pin 730194"},
	{ada, "voice pin 123456"},
	{ada, "voice off"},
	{ada, "voice thaw"},
	{rita, "desk answered vcs_7q2mk --reason 'Type history.'"},
	{rita, "desk invite"},
	{rita, "desk invites"},
	{ada, "po template PO-17 120 EUR"},
	{ada, "po template PO-17 120 EUR --until 2026-12-31"},
	{ada, "po template PO-17 120 EUR --until tomorrow"},
	{ada, "po submit"},
	{rita, "po enter w_7g2v PO-18 120 EUR --until 2026-12-31 --scan 0f0f"},
	{rita, "po accept dep_7q2mk"},
	{rita, "po accept dep_none"},
	{rita, "po invoice dep_7q2mk"},
	{ada, "deposits slip dep_7q2mk"},
	{ada, "deposits slip dep_none"},
	{rita, "po deny dep_7q2mk --reason 'nobody knows you'"},
	{rita, "po paid RF18 0000 1234 120 EUR"},
	{rita, "po write-off dep_7q2mk --reason 'bankrupt'"},
	{rita, "po write-off dep_7q2mk --reason 'bankrupt' --yes"},
	{otto, "po credit w_7g2v 500 EUR"},
	{otto, "po credit w_7g2v none EUR"},
	{rita, "po credit w_7g2v 500 EUR"},
	{ada, "biller list"},
	{ada, "biller join northnet ISP-00731"},
	{ada, "biller join nobody ISP-00731"},
	{ada, "biller confirm northnet WDJB-MJHT"},
	{ada, "biller confirm northnet XXXX-XXXX"},
	{otto, "biller set northnet 50 EUR --kind isp --title Northnet --keeps '8 %'"},
	{otto, "biller set northnet 50 EUR --kind bank"},
	{otto, "biller file northnet"},
	{otto, "biller file northnet --number 2"},
	{otto, "biller file northnet --number -2"},
	{otto, "biller read northnet"},
	{otto, "biller play northnet"},
	{otto, "biller play northnet --later"},
	{ada, "dispute chg_8f3ka --reason duplicate --text 'paid with 4111 1111 1111 1111'"},
}

// inputOf is what a command line of the tests reads.
func inputOf(line string) string {
	if strings.HasPrefix(line, "bank read") {
		return "a file"
	}
	switch {
	case strings.HasPrefix(line, "po submit"):
		return "PURCHASE-ORDER 1\n"
	case strings.HasPrefix(line, "biller read"):
		return "profile,line\r\n"
	case !strings.HasPrefix(line, "rates load"):
		return ""
	}
	return `<Envelope><Cube><Cube time="2026-11-24"><Cube currency="USD" rate="1.0834"/><Cube currency="XQZ" rate="2"/>` +
		`</Cube></Cube></Envelope>`
}

func TestCommandsGolden(t *testing.T) {
	files := map[string]*strings.Builder{}
	var names []string
	seen := map[string]bool{}
	for _, l := range lines {
		c, _ := Find(words(l.line))
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
			got := run(commandtest.New(), l.who, line, inputOf(line))
			role := commandtest.New().Data.People[l.who.Fingerprint].Role.String()
			fmt.Fprintf(files[name], "%s$ %s\n%s", role, line, ours(c, got.out))
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
		commandtest.Golden(t, "exec/"+name, files[name].String())
	}
	for _, c := range Commands() {
		if !seen[c.Path] {
			t.Errorf("no golden of %s", c.Path)
		}
	}
}

// ours is the part of an answer that we wrote: cobra's part of a script changes with its version.
func ours(c *Command, out string) string {
	if c.Path != "completion" {
		return out
	}
	for _, begins := range []string{"# bash completion", "#compdef", "# fish completion"} {
		before, _, found := strings.Cut(out, begins)
		if found {
			return before + begins + " …\n"
		}
	}
	return out
}

// What a person may ask of the service, some command asks.
func TestEveryServiceMethodHasACommand(t *testing.T) {
	f := commandtest.New()
	for _, l := range lines {
		run(f, l.who, l.line, inputOf(l.line))
	}
	// Waiting needs a wallet in which nothing waits.
	f.Data.Approvals = nil
	run(f, ada, "pending --wait 1ns", "")
	service := reflect.TypeFor[Service]()
	for m := range service.Methods() {
		if f.Calls(m.Name) == 0 {
			t.Errorf("no command calls %s", m.Name)
		}
	}
}

// The JSON of each command is what its help says.
func TestJSONIsWhatTheTableSays(t *testing.T) {
	for _, l := range lines {
		c, _ := Find(words(l.line))
		if l.line == "join" {
			continue // the terms, not the wallet
		}
		f := commandtest.New()
		r := &Run{Ctx: context.Background(), Service: f, Who: l.who, In: strings.NewReader(inputOf(l.line)), Options: Options{
			NewID: func() string { return "id" }, Now: func() time.Time { return commandtest.Now },
			Width: func() int { return 80 },
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
