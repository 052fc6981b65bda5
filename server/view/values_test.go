package view_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// eur is an amount in euros.
func eur(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: "EUR"} }

// purchase is a request for a price of 0.25 EUR from a wallet that has 12.40.
func purchase() view.Approval {
	most := eur(5_000_000)
	return view.Approval{
		Terms: view.Terms{
			Code: "WDJB-MJHT", Mode: ledger.ModeCharge, Vendor: "news", Site: "https://news.example", Title: "Rivers",
			Status: view.State(ledger.CheckoutOpen), Price: eur(250_000), Bounds: view.Bounds{Views: 5, Days: 30},
		},
		From: "EUR", Before: eur(12_400_000), After: eur(12_150_000), DaySpent: eur(1_800_000), DayMax: &most,
		Purchases: 1, Expires: view.At(noon),
	}
}

func ExampleApproval_Facts() {
	for _, f := range purchase().Facts(view.Format{}) {
		if f.Value != "" {
			fmt.Println(f.Label+":", f.Value)
		}
	}
	// Output:
	// Code: WDJB-MJHT
	// For: Rivers
	// Gives: 5 views, 30 days
	// Who: news (https://news.example, verified)
	// Before: 1 earlier purchase
	// You pay: 0.25 EUR
	// Account: 12.40 → 12.15 EUR after
	// Today: 1.80 → 2.05 of 5.00 EUR
	// State: open
	// Expires: 2026-11-24 12:00
}

// A request for a permission takes nothing: it has no price, no change of the account, and says what it asks for.
func TestRequestForALinkCostsNothing(t *testing.T) {
	a := purchase()
	a.Mode, a.Price, a.Title, a.Site, a.Purchases, a.DayMax = ledger.ModeLink, eur(0), "Charge us", "", 0, nil
	a.Ask = &view.Limits{PerPurchase: 500_000, PerDay: -1, PerWeek: -1, PerMonth: -1}
	got := map[string]string{}
	for _, f := range a.Facts(view.Format{}) {
		got[f.Label] = f.Value
	}
	want := map[string]string{
		"Code": "WDJB-MJHT", "Who": "news (no verified site)", "Before": "your first purchase there",
		"For": "to charge without asking", "About": "", "Disputes": "", "Gives": "5 views, 30 days",
		"Held": "", "Asks": "0.50 per purchase, any amount a day, any amount a week, any amount a month",
		"You pay": "", "Account": "", "Today": "1.80", "State": "open", "Expires": "2026-11-24 12:00", "Note": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the request (-want +got):\n%s", diff)
	}
	if got := a.Wanted(); got != "a link" {
		t.Errorf("wanted is %q", got)
	}
	a.Ask = &view.Limits{}
	if got := a.Proposal(); got != "" {
		t.Errorf("a vendor that proposes nothing proposes %q", got)
	}
}

func ExampleReceipt_Facts() {
	r := view.Receipt{
		ID: "chg_8fk2v", Status: "approved", Vendor: "news", Title: "Rivers", Amount: eur(250_000), After: eur(12_150_000),
		At: view.At(noon),
	}
	for _, f := range r.Facts(view.Format{Zone: zone(60)}) {
		if f.Value != "" {
			fmt.Println(f.Label+":", f.Value)
		}
	}
	// Output:
	// State: approved
	// To: news
	// For: Rivers
	// Paid: 0.25 EUR
	// Left: 12.15 EUR available
	// At: 2026-11-24 13:00
	// Receipt: chg_8fk2v
}

func ExampleDetail_Facts() {
	d := view.Detail{
		Row: view.Row{
			Title: "Rivers", Vendor: "news", State: "partly_refunded", Amount: eur(-250_000), At: view.At(noon),
		},
		Returned:   eur(100_000),
		CanDispute: true, DisputeBy: view.At(noon.Add(48 * time.Hour)),
	}
	for _, f := range d.Facts(view.Format{}) {
		fmt.Println(f.Label+":", f.Value)
	}
	// Output:
	// Title: Rivers
	// State: partly refunded
	// Amount: -0.25 EUR
	// When: 2026-11-24 12:00
	// Vendor: news
	// Returned: 0.10 EUR
	// Dispute until: 2026-11-26 12:00
}

func ExampleBounds_Words() {
	fmt.Println(view.Bounds{Views: 1, Hours: 48}.Words(view.Format{}))
	fmt.Println(view.Bounds{Days: 30, Expires: view.At(noon)}.Words(view.Format{}))
	fmt.Printf("%q\n", view.Bounds{}.Words(view.Format{}))
	// Output:
	// 1 view, 48 hours after the first use
	// 30 days, until 2026-11-24 12:00
	// ""
}

func ExampleHouse_Terms() {
	h := view.House{
		Currencies: []ledger.Currency{"EUR", "USD"}, Commission: "5 %", Window: view.Seconds(15 * time.Minute),
		Limits: view.Limits{PerPurchase: 2_000_000, PerDay: 5_000_000, PerWeek: 20_000_000, PerMonth: -1},
	}
	for _, f := range h.Terms() {
		if f.Value != "" {
			fmt.Println(f.Label+":", f.Value)
		}
	}
	// Output:
	// Currencies: EUR, USD
	// Vendors pay: 5 % of each sale; you pay the price and nothing more
	// Limits: 2.00 per purchase, 5.00 a day, 20.00 a week, any amount a month, until you change them
	// Buying: works while you are here and 15 minutes after your last key
}

// A deposit can expire while its instrument is awaited, and a dispute is due while it is open. After that no date is
// shown: it would be a promise that is over.
func TestDatesThatAreOverAreNotShown(t *testing.T) {
	at := view.At(noon)
	for state, want := range map[ledger.DepositState]view.Time{
		ledger.DepositAwaiting: at, ledger.DepositUncollected: {}, ledger.DepositCleared: {}, ledger.DepositExpired: {},
	} {
		d := view.Deposit{State: view.State(state), Expires: at}
		if got := d.Expiry(); got != want {
			t.Errorf("a deposit that is %s expires %v, want %v", state, got, want)
		}
		if !d.Is(ledger.DepositFailed, state) || d.Is(ledger.DepositFailed) || d.Is() {
			t.Errorf("a deposit that is %s is in another state", state)
		}
	}
	if got := (view.Dispute{DueBy: at}).Due(); got != at {
		t.Errorf("an open dispute is due %v", got)
	}
	if got := (view.Dispute{DueBy: at, Decided: at}).Due(); !got.IsZero() {
		t.Errorf("a decided dispute is due %v", got)
	}
}

// The decimal points of the lines stand under each other, and no digit of an amount is lost or made up.
func TestLinesAreAligned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) view.Line {
			micros := rapid.Int64Range(-ledger.MaxMicros, ledger.MaxMicros).Draw(t, "micros")
			return view.Line{Who: "news", Amount: eur(micros)}
		}), 1, 6).Draw(t, "lines")
		places := -1
		for i, row := range view.LineTable(all).Rows {
			number, currency, _ := strings.Cut(row[1].Text, " ")
			_, fraction, _ := strings.Cut(number, ".")
			if places >= 0 && len(fraction) != places || currency != "EUR" {
				t.Fatalf("%q does not stand under the others", row[1].Text)
			}
			places = len(fraction)
			digits, came := strings.CutPrefix(number, "+")
			digits, went := strings.CutPrefix(digits, "-")
			read, err := ledger.ParseAmount(digits, "EUR")
			micros := read.Micros
			if went {
				micros = -micros
			}
			if err != nil || micros != all[i].Amount.Micros || came != (micros > 0) {
				t.Fatalf("%d is drawn as %q: %v", all[i].Amount.Micros, row[1].Text, err)
			}
		}
	})
}

// What came stands out, what moved nothing has no amount, and a row without a vendor or a title is called by its kind.
func TestRowsOfTheHistory(t *testing.T) {
	for _, tc := range []struct {
		row    view.Row
		amount view.Cell
		vendor string
		name   string
	}{
		{
			view.Row{Vendor: "news", Title: "Rivers", Kind: "purchase", Amount: eur(-250_000)},
			view.Cell{Text: "-0.25 EUR"},
			"news", "Rivers",
		},
		{
			view.Row{Kind: "transfer_in", Amount: eur(1_000_000)},
			view.Cell{Text: "+1.00 EUR", Tone: view.Good},
			"transfer in", "transfer in",
		},
		{view.Row{Kind: "dispute_decided", Amount: eur(0)}, view.Cell{}, "dispute decided", "dispute decided"},
	} {
		cells := view.RowTable([]view.Row{tc.row}, view.Format{}).Rows[0]
		if cells[5] != tc.amount || cells[2].Text != tc.vendor || tc.row.Name() != tc.name {
			t.Errorf("%+v is drawn as %v and called %q", tc.row, cells, tc.row.Name())
		}
	}
}

// A limit says what is left, and never less than nothing: it may have been lowered under what is spent already.
func TestLimitsSayWhatIsLeft(t *testing.T) {
	most := eur(1_000_000)
	for _, tc := range []struct {
		limit view.Limit
		want  string
	}{
		{view.Limit{Period: "day", Currency: "EUR", Max: &most, Used: eur(250_000)}, "day all EUR 1.00 0.25 0.75"},
		{view.Limit{Period: "day", Currency: "EUR", Max: &most, Used: eur(3_000_000)}, "day all EUR 1.00 3.00 0.00"},
		{view.Limit{Period: "week", Vendor: "news", Currency: "EUR", Used: eur(3)}, "week news EUR none 0.000003 "},
		{view.Limit{Period: "purchase", Currency: "EUR", Max: &most}, "purchase all EUR 1.00  "},
	} {
		row := view.LimitTable([]view.Limit{tc.limit}, view.Format{}).Rows[0]
		got := strings.Join(view.Map(row[:6], func(c view.Cell) string { return c.Text }), " ")
		if got != tc.want {
			t.Errorf("%+v is %q, want %q", tc.limit, got, tc.want)
		}
		if none := tc.limit.Max == nil; tc.limit.None() != none || none != (tc.limit.MaxMicros() == 0) {
			t.Errorf("%+v: none %v, at most %d", tc.limit, tc.limit.None(), tc.limit.MaxMicros())
		}
	}
}

// A wallet shows what the rules count, and its limits in the order of the periods (claims 9, 23, 24).
func TestWalletShowsWhatTheRulesCount(t *testing.T) {
	rules := ledger.Limits{PerPurchase: 1, PerDay: 2, PerWeek: ledger.NoLimit, PerMonth: 4}
	w := ledger.Wallet{Currency: "EUR", Paid: 7, Held: 5, Uncollected: 3, Limits: rules}
	got := view.WalletOf(w, ledger.Days{}, noon, time.UTC)
	if got.Available != eur(7) || got.Held != eur(5) || got.Uncollected != eur(3) {
		t.Errorf("the balances are %v, %v, %v", got.Available, got.Held, got.Uncollected)
	}
	periods := view.Map(got.Limits, func(l view.Limit) string { return fmt.Sprint(l.Period, " ", l.MaxMicros()) })
	if diff := cmp.Diff(view.List[string]{"purchase 1", "day 2", "week 0", "month 4"}, periods); diff != "" {
		t.Errorf("the limits (-want +got):\n%s", diff)
	}
	link := ledger.Link{ID: ledger.LinkID{Currency: "EUR"}, Limits: rules, Total: 9, Sum: 8}
	at := view.LimitsOfLink(link, "news", noon, time.UTC)
	last := at[len(at)-1]
	if len(at) != 5 || last.Period != "total" || last.Vendor != "news" || last.Used != eur(8) || last.MaxMicros() != 9 {
		t.Errorf("the limits at a vendor end with %+v of %d", last, len(at))
	}
	if back := view.LimitsOf(rules, "EUR").Rules(); back != rules {
		t.Errorf("the rules are %+v, want %+v", back, rules)
	}
}

// A method takes the currencies that it names and no other, each within its own bounds.
func TestMethodKnowsItsCurrencies(t *testing.T) {
	least := eur(5_000_000)
	m := view.Method{Currencies: []view.MethodRange{{Currency: "USD"}, {Currency: "EUR", Min: &least}}}
	if r, known := m.In("EUR"); !known || r.Min != &least || r.Max != nil {
		t.Errorf("euros: %+v, %v", r, known)
	}
	if r, known := m.In("CHF"); known {
		t.Errorf("francs: %+v", r)
	}
}

// A list is never null, and a time that is not there is left out of what a vendor reads.
func TestEmptyValuesInJSON(t *testing.T) {
	for want, v := range map[string]any{
		`{"data":[],"next":null}`:      view.All[int](nil),
		`{"data":["<a>"],"next":null}`: view.All([]string{"<a>"}),
		`[]`:                           view.List[view.Row](nil),
		`900`:                          view.Seconds(15*time.Minute + 999*time.Millisecond),
		`"2026-11-24T12:00:00Z"`:       view.Maybe(noon.In(zone(60))),
	} {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil || strings.TrimSpace(b.String()) != want {
			t.Errorf("%T is %s, %v; want %s", v, b.String(), err, want)
		}
	}
	if got := view.Maybe(time.Time{}); got != nil {
		t.Errorf("a time that is not there is %v, and omitempty would keep it", got)
	}
	if got := view.Seconds(time.Hour).Duration(); got != time.Hour {
		t.Errorf("an hour is %v", got)
	}
}

// A key of staff is shown with its whole life: an ended one says when.
func TestStaffIsShownWithItsLife(t *testing.T) {
	s := ledger.Staff{Fingerprint: "SHA256:x", Name: "mia", Role: ledger.RoleRep, Added: noon, Ended: noon.Add(time.Hour)}
	want := view.Staff{
		Fingerprint: "SHA256:x", Name: "mia", Role: ledger.RoleRep, Added: view.At(noon), Ended: view.At(s.Ended),
	}
	if diff := cmp.Diff(want, view.StaffOf(s)); diff != "" {
		t.Errorf("staff (-want +got):\n%s", diff)
	}
}
