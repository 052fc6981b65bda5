package view_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shown has one value of every type that has a form in JSON.
var shown = []any{
	view.PayLink{},
	view.LibraryItem{},
	view.Opened{},
	view.Voice{},
	view.Invite{},
	view.TeamMember{},
	view.APIKey{},
	view.Agent{},
	view.TeamCode{},
	view.TeamAct{},
	view.VendorTeam{},
	view.ShopToday{},
	view.Heard{},
	view.Trigger{},
	view.ImportDiff{},
	view.ImportLine{},
	view.Catalogue{},
	view.RoyaltyPlan{},
	view.OrderText{},
	view.OrderCredit{},
	view.Address{},
	view.Mailing{},
	view.Month{},
	view.Unclaimed{},
	view.ClosedMethod{},
	view.Sheet{},
	view.Biller{},
	view.BillerFile{},
	view.BillerRead{},
	view.Identity{},
	view.Settings{},
	view.Key{},
	view.KeyRing{},
	view.KeyCode{},
	view.Renewed{},
	view.Closing{},
	view.ClosedClaim{},
	view.House{},
	view.Joined{},
	view.Staff{},
	view.StaffAct{},
	view.Look{},
	view.Found{},
	view.Mirror{},
	view.Task{},
	view.CaseFile{},
	view.Deed{},
	view.VendorState{},
	view.WriteMode{},
	view.TrialLine{},
	view.CoverageLine{},
	view.LedgerLine{},
	view.VendorKey{},
	view.Setting{},
	view.Wallet{},
	view.Overview{},
	view.Limits{},
	view.Limit{},
	view.Spending{},
	view.DaySpent{},
	view.LimitSet{},
	view.WhatIf{},
	view.Link{},
	view.Row{},
	view.Detail{},
	view.Line{},
	view.Event{},
	view.Grant{},
	view.Dispute{},
	view.Method{},
	view.MethodRange{},
	view.Deposit{},
	view.Transfer{},
	view.Approval{},
	view.Bounds{},
	view.Receipt{},
	view.Page[view.Row]{},
}

var update = flag.Bool("update", false, "write the golden file of the names in JSON anew")

// The names in JSON are a contract: testdata/fields.golden may only grow. Run with -update after a field was added.
func TestNamesInJSONAreStable(t *testing.T) {
	var b strings.Builder
	for _, v := range shown {
		raw, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", strings.TrimPrefix(reflect.TypeOf(v).Name(), "view."), raw)
	}
	path := filepath.Join("testdata", "fields.golden")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("the JSON has changed (-was +is):\n%s", diff)
	}
}

// A list is never null, a time that is not there is null and not a year 1, and every field has a name of its own in
// lower case.
func TestRulesOfJSON(t *testing.T) {
	for _, v := range shown {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "0001-01-01") {
			t.Errorf("%T shows a time that is not there: %s", v, raw)
		}
		for f := range reflect.TypeOf(v).Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" && !f.Anonymous || name != strings.ToLower(name) {
				t.Errorf("%T.%s is %q in JSON", v, f.Name, name)
			}
			if f.Type.Kind() == reflect.Slice && strings.Contains(string(raw), `"`+name+`":null`) {
				t.Errorf("%T.%s is a list and null", v, f.Name)
			}
			if f.Type == reflect.TypeFor[time.Time]() {
				t.Errorf("%T.%s is a time.Time: use view.Time, whose zero value is null", v, f.Name)
			}
		}
	}
}

func TestTimeReadsWhatItWrites(t *testing.T) {
	for _, want := range []view.Time{{}, view.At(time.Date(2026, 11, 27, 18, 4, 5, 6000, time.FixedZone("", 3600)))} {
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got view.Time
		if err := json.Unmarshal(raw, &got); err != nil || !got.Equal(want.Time) {
			t.Errorf("%s read as %v, %v", raw, got, err)
		}
	}
}

func TestCursorReadsWhatItWrites(t *testing.T) {
	for want, text := range map[view.Cursor]string{"": "null", "c_1": `"c_1"`} {
		raw, err := json.Marshal(want)
		if err != nil || string(raw) != text {
			t.Errorf("%q is %s, %v", want, raw, err)
		}
		var got view.Cursor
		if err := json.Unmarshal(raw, &got); err != nil || got != want {
			t.Errorf("%s read as %q, %v", raw, got, err)
		}
	}
}

func Example_amount() {
	raw, _ := json.Marshal(ledger.Amount{Micros: 250_001, Currency: "EUR"})
	fmt.Println(string(raw))
	// Output: {"amount":"0.250001","currency":"EUR"}
}

func ExampleLimits() {
	l := view.LimitsOf(
		ledger.Limits{PerPurchase: ledger.Unit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit},
		"EUR",
	)
	raw, _ := json.Marshal(l)
	fmt.Println(string(raw))
	fmt.Println(l.Words())
	// Output:
	// {"per_purchase":{"amount":"1.00","currency":"EUR"},"per_day":null,"per_week":null,"per_month":null}
	// 1.00 per purchase, any amount a day, any amount a week, any amount a month
}

func ExampleGrant_Facts() {
	g := view.Grant{
		ID: "grt_1", Status: "active", ViewsTotal: 5, ViewsUsed: 2, Hours: 36, URL: "https://news.example/rivers",
		Until: view.At(time.Date(2026, 12, 27, 18, 0, 0, 0, time.UTC)),
	}
	for _, f := range g.Facts(view.Format{}) {
		if f.Value != "" {
			fmt.Println(f.Label+":", f.Value)
		}
	}
	// Output:
	// Opens: https://news.example/rivers
	// State: active
	// Views: 2 of 5 used
	// Until: 2026-12-27 18:00
	// Ends: 1 day 12 hours after the first use
	// Grant: grt_1
}

func ExampleLineTable() {
	for _, row := range view.LineTable([]view.Line{
		{Who: "you", Amount: ledger.Amount{Micros: -250_000, Currency: "EUR"}},
		{Who: "news", Amount: ledger.Amount{Micros: 237_500, Currency: "EUR"}},
		{Who: "tuppence (commission)", Amount: ledger.Amount{Micros: 12_500, Currency: "EUR"}},
	}).Rows {
		fmt.Printf("%-22s %s\n", row[0].Text, row[1].Text)
	}
	// Output:
	// you                    -0.2500 EUR
	// news                   +0.2375 EUR
	// tuppence (commission)  +0.0125 EUR
}

// Tables are as wide as their columns say, and at most one column gives way.
func TestTablesFitTheirColumns(t *testing.T) {
	f := view.Format{}
	for name, table := range map[string]view.Table{
		"wallets":   view.Wallets([]view.Wallet{{}}),
		"limits":    view.LimitTable([]view.Limit{{}, {Max: &ledger.Amount{}}}, f),
		"links":     view.LinkTable([]view.Link{{}}),
		"rows":      view.RowTable([]view.Row{{}}, f),
		"lines":     view.LineTable([]view.Line{{}}),
		"disputes":  view.DisputeTable([]view.Dispute{{}}, f, false),
		"queue":     view.DisputeTable([]view.Dispute{{}}, f, true),
		"deposits":  view.DepositTable([]view.Deposit{{}}, f, false),
		"offline":   view.DepositTable([]view.Deposit{{}}, f, true),
		"methods":   view.MethodTable([]view.Method{{Currencies: []view.MethodRange{{}}}}),
		"transfers": view.TransferTable([]view.Transfer{{}}, f),
		"requests":  view.ApprovalTable([]view.Approval{{}}, f),
		"settings":  view.SettingTable([]view.Setting{{}}),
	} {
		elastic := 0
		for _, c := range table.Columns {
			if c.Elastic {
				elastic++
			}
		}
		if elastic > 1 {
			t.Errorf("%s: %d columns give way", name, elastic)
		}
		if len(table.Rows) == 0 {
			t.Errorf("%s: no row", name)
		}
		for _, r := range table.Rows {
			if len(r) != len(table.Columns) {
				t.Errorf("%s: a row of %d cells under %d columns", name, len(r), len(table.Columns))
			}
		}
	}
}

// Foreign text keeps its letters and loses what a terminal could obey.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;title\a", "a\u202eb", "\x9b31m", "tab\tnew\nline", "日本語", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := view.Clean(s)
		if strings.ContainsFunc(got, obeyed) {
			t.Errorf("%q became %q", s, got)
		}
		if again := view.Clean(got); again != got {
			t.Errorf("%q became %q and then %q", s, got, again)
		}
	})
}

// Every state that the rules know has its tone on purpose: what went wrong does not look like what went well, and what
// needs a person does not look finished.
func TestTonesOfStates(t *testing.T) {
	for tone, states := range map[view.Tone][]view.State{
		view.Good: {
			"refunded", view.State(ledger.DisputeWon), view.State(ledger.DisputeAutoResolved),
			view.State(ledger.DisputeAccepted),
		},
		view.Warn: {
			"held", "disputed", view.State(ledger.DepositRequiresAction), view.State(ledger.DepositProcessing),
			view.State(ledger.DepositAwaiting), view.State(ledger.DepositUncollected), view.State(ledger.DisputeOpened),
			view.State(ledger.DisputeNeedsResponse), view.State(ledger.DisputeUnderReview),
			view.State(ledger.BillOpen),
			view.State(ledger.DisputeOffered), view.State(ledger.DisputeForBuyer), view.State(ledger.DisputeForVendor),
			view.State(ledger.DisputeAppealed),
		},
		view.Bad: {
			"blocked", view.State(ledger.DepositErrored), view.State(ledger.DepositFailed),
			view.State(ledger.DepositBounced), view.State(ledger.DepositExpired), view.State(ledger.DepositChargedBack),
			view.State(ledger.BillOverdue), view.State(ledger.BillWrittenOff),
			view.State(ledger.DisputeLost), view.State(ledger.CheckoutDenied), view.State(ledger.CheckoutExpired),
		},
		view.Faint: {
			"paid", "active", "claimed", view.State(ledger.CheckoutApproved), view.State(ledger.DepositSucceeded),
			view.State(ledger.DepositSettled), view.State(ledger.DepositCleared), "partly_refunded", "voided",
			"revoked", "known", "sent", "recalled", "exhausted", "done",
			view.State(ledger.DepositCreated), view.State(ledger.DepositCanceled),
			view.State(ledger.DisputeWithdrawn),
		},
	} {
		for _, s := range states {
			if got := s.Tone(); got != tone {
				t.Errorf("%s has the tone %d, want %d", s, got, tone)
			}
		}
	}
}

func ExampleState_Words() {
	fmt.Println(view.State(ledger.DepositAwaiting).Words())
	// Output: awaits the letter
}
