package stripe

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// The answer to an order is lost, each time that the library tries: the same key finds the same page.
func TestAnswerLost(t *testing.T) {
	d := newDouble(t)
	d.Lose("", "POST")
	c, o := d.card(testKey), d.deposit(5_000_000, "EUR")
	if out, err := c.Start(t.Context(), o); err == nil {
		t.Fatalf("Start = %+v without an answer", out)
	}
	d.Lose("", "")
	o.Deposit.State = ledger.DepositErrored
	out, err := c.Lookup(t.Context(), o)
	if err != nil || out.State != ledger.DepositRequiresAction || out.External != "cs_test_1" || out.Link == "" ||
		len(d.Ordered) != 1 {
		t.Errorf("Lookup = %+v, %v after %d orders", out, err, len(d.Ordered))
	}
	d.now = d.now.Add(3 * time.Hour) // the answer under the key is an old one: the page itself is asked
	d.Objects["/v1/checkout/sessions/cs_test_1"]["status"] = "expired"
	if out, err = c.Lookup(t.Context(), o); err != nil || out.State != ledger.DepositExpired || len(d.Ordered) != 1 {
		t.Errorf("Lookup of the old answer = %+v, %v after %d orders", out, err, len(d.Ordered))
	}
}

// An order that never arrived is ordered as long as it can be paid, and then never again.
func TestNeverArrived(t *testing.T) {
	for _, tt := range []struct {
		after  time.Duration
		want   ledger.DepositState
		orders int
	}{
		{time.Minute, ledger.DepositRequiresAction, 1},
		{100 * time.Minute, ledger.DepositFailed, 1}, // Stripe refuses: less than 30 minutes are left
		{22 * time.Hour, ledger.DepositFailed, 1},
		{23 * time.Hour, ledger.DepositFailed, 0}, // Stripe may have forgotten the key
		{30 * 24 * time.Hour, ledger.DepositFailed, 0},
	} {
		d := newDouble(t)
		d.Lose("POST", "")
		c, o := d.card(testKey), d.deposit(5_000_000, "EUR")
		if out, err := c.Start(t.Context(), o); err == nil {
			t.Fatalf("Start = %+v without a connection", out)
		}
		d.Lose("", "")
		o.Deposit.State = ledger.DepositErrored
		d.now = d.now.Add(tt.after)
		out, err := c.Lookup(t.Context(), o)
		if err != nil || out.State != tt.want || d.Asked("POST /v1/checkout/sessions") != tt.orders {
			t.Errorf("after %v: Lookup = %+v, %v, %q", tt.after, out, err, d.Requests)
		}
	}
}

// A deposit that is over or paid is not ordered, even if its page is not known.
func TestNothingIsOrderedLate(t *testing.T) {
	for _, state := range []ledger.DepositState{ledger.DepositSucceeded, ledger.DepositFailed, ledger.DepositCanceled} {
		d := newDouble(t)
		o := d.deposit(5_000_000, "EUR")
		o.Deposit.State = state
		if out, err := d.card(testKey).Lookup(t.Context(), o); err != nil || out.State != state || len(d.Requests) > 0 {
			t.Errorf("%s: Lookup = %+v, %v, %q", state, out, err, d.Requests)
		}
	}
}

// What Stripe says of a page is the state; what does not agree with the order is an error, and never money.
func TestLookup(t *testing.T) {
	const open, done, over = "open", "complete", "expired"
	intent := func(status string) object { return object{"id": "pi_1", "object": "payment_intent", "status": status} }
	for _, tt := range []struct {
		name    string
		from    ledger.DepositState
		changes object
		want    ledger.DepositState // "" for an error
	}{
		{"not paid yet", ledger.DepositRequiresAction, object{"status": open}, ledger.DepositRequiresAction},
		{"not paid yet, in doubt", ledger.DepositErrored, object{"status": open}, ledger.DepositRequiresAction},
		{"a page without an address", ledger.DepositErrored, object{"status": open, "url": nil}, ""},
		{"an address in the open", ledger.DepositErrored, object{"status": open, "url": "http://stripe.test/"}, ""},
		{"expired", ledger.DepositRequiresAction, object{"status": over}, ledger.DepositExpired},
		{"paid", ledger.DepositRequiresAction, nil, ledger.DepositSucceeded},
		{"paid, in doubt", ledger.DepositErrored, nil, ledger.DepositSucceeded},
		{"paid, not begun", ledger.DepositCreated, nil, ledger.DepositProcessing}, // one step at a time
		{"paid, credited", ledger.DepositSucceeded, nil, ledger.DepositSucceeded},
		{"paid, settled", ledger.DepositSettled, nil, ledger.DepositSettled},
		{"paid after its end", ledger.DepositCanceled, nil, ""},
		{"paid after it failed", ledger.DepositFailed, nil, ""},
		{"completed, not paid", ledger.DepositRequiresAction, object{
			"payment_status": "unpaid", "payment_intent": intent("processing"),
		}, ledger.DepositProcessing},
		{"completed, declined later", ledger.DepositProcessing, object{
			"payment_status": "unpaid", "payment_intent": intent("requires_payment_method"),
		}, ledger.DepositFailed},
		{"completed, withdrawn later", ledger.DepositProcessing, object{
			"payment_status": "unpaid", "payment_intent": intent("canceled"),
		}, ledger.DepositFailed},
		{"for nothing", ledger.DepositRequiresAction, object{"payment_status": "no_payment_required"}, ""},
		{"a new state", ledger.DepositRequiresAction, object{"status": "limbo"}, ""},
		{"less", ledger.DepositRequiresAction, object{"amount_total": 499}, ""},
		{"more", ledger.DepositRequiresAction, object{"amount_total": 501}, ""},
		{"another currency", ledger.DepositRequiresAction, object{"currency": "usd"}, ""},
		{"another's", ledger.DepositRequiresAction, object{"client_reference_id": "dep_other"}, ""},
		{"nobody's", ledger.DepositRequiresAction, object{"client_reference_id": nil}, ""},
		{"live, with a test key", ledger.DepositRequiresAction, object{"livemode": true}, ""},
		{
			"another's that expired", ledger.DepositRequiresAction,
			object{"status": over, "client_reference_id": "dep_other"},
			"",
		},
		{"nothing new after its end", ledger.DepositCanceled, object{"status": over}, ledger.DepositCanceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDouble(t)
			c := d.card(testKey)
			o, out := d.begin(c, d.deposit(5_000_000, "EUR"))
			d.Pay(out.External, tt.changes)
			o.Deposit.State = tt.from
			got, err := c.Lookup(t.Context(), o)
			if (err != nil) != (tt.want == "") || got.State != tt.want {
				t.Fatalf("Lookup = %+v, %v, want %q", got, err, tt.want)
			}
			if (err != nil) != strings.Contains(d.log.String(), "level=ERROR") {
				t.Errorf("%v is returned, and logged is:\n%s", err, &d.log)
			}
			if err != nil {
				quiet(t, err.Error())
				return
			}
			if (got.Link != "") != (got.State == ledger.DepositRequiresAction) || got.External != "cs_test_1" || got.Fee != 0 {
				t.Errorf("Lookup = %+v", got)
			}
			allowed(t, tt.from, got)
		})
	}
}

// allowed fails if an outcome cannot be written down at once.
func allowed(t *testing.T, from ledger.DepositState, out funding.Outcome) {
	t.Helper()
	if out.State == from {
		return
	}
	for _, s := range ledger.NextDepositStates(ledger.DepositOnline, from) {
		if s == out.State {
			return
		}
	}
	t.Errorf("%s may not follow %s", out.State, from)
}

// A live page at a live key, in a currency without decimals and in one with three.
func TestLookupUnits(t *testing.T) {
	for _, a := range []ledger.Amount{{Micros: 500_000_000, Currency: "JPY"}, {Micros: 1_230_000, Currency: "KWD"}} {
		d := newDouble(t)
		c := d.card(liveKey)
		o, out := d.begin(c, d.deposit(a.Micros, a.Currency))
		d.Pay(out.External)
		if got, err := c.Lookup(t.Context(), o); err != nil || got.State != ledger.DepositSucceeded {
			t.Errorf("%s: Lookup = %+v, %v", a, got, err)
		}
		d.Pay(out.External, object{"livemode": false})
		if got, err := c.Lookup(t.Context(), o); err == nil {
			t.Errorf("%s: Lookup of test money at a live key = %+v", a, got)
		}
	}
}
