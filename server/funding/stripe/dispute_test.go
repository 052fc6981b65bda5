package stripe

import (
	"maps"
	"strings"
	"testing"

	"tuppence/server/funding/stripe/stripetest"
	"tuppence/server/ledger"
)

// withdrawal and reinstatement are the balance transactions of a dispute over 5.00 EUR with a fee of 15.00 EUR.
var (
	withdrawal    = object{"id": "txn_w", "type": "adjustment", "amount": -500, "fee": 1500, "net": -2000}
	reinstatement = object{"id": "txn_r", "type": "adjustment", "amount": 500, "fee": 0, "net": 500}
)

// A dispute takes the payment back when it has moved money, and its end is won or lost; each is one step.
func TestDisputes(t *testing.T) {
	const (
		credited, settled, back       = ledger.DepositSucceeded, ledger.DepositSettled, ledger.DepositChargedBack
		represented, won, lost        = ledger.DepositRepresented, ledger.DepositWon, ledger.DepositLost
		fee                     int64 = 15_000_000
		cost                    int64 = 320_000 // of the charge itself, of which no payout tells any more
	)
	taken, given := []object{withdrawal}, []object{withdrawal, reinstatement}
	for _, tt := range []struct {
		name   string
		from   ledger.DepositState
		status string
		moved  []object
		want   ledger.DepositState
		fee    int64
	}{
		{"an inquiry", credited, "warning_needs_response", nil, credited, 0},
		{"an inquiry that is answered", credited, "warning_under_review", nil, credited, 0},
		{"an inquiry that is closed", settled, "warning_closed", nil, settled, 0},
		{"prevented", credited, "prevented", nil, credited, 0},
		{"announced, nothing taken", credited, "needs_response", nil, credited, 0},
		{"taken before the payout", credited, "needs_response", taken, back, fee + cost},
		{"taken after settlement", settled, "needs_response", taken, back, fee},
		{"seen late, under review", settled, "under_review", taken, back, fee},
		{"seen late, lost", settled, "lost", taken, back, fee},
		{"seen late, won", settled, "won", given, settled, 0},
		{"still open", back, "needs_response", taken, back, 0},
		{"answered", back, "under_review", taken, represented, 0},
		{"won", represented, "won", given, won, 0},
		{"won at once", back, "won", given, won, 0},
		{"lost", represented, "lost", taken, lost, 0},
		{"lost without an answer", back, "lost", taken, lost, 0},
		{"answered, still under review", represented, "under_review", taken, represented, 0},
		{"over", won, "won", given, won, 0},
		{"over, lost", lost, "lost", taken, lost, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDouble(t)
			c := d.card(testKey)
			o, out := d.begin(c, d.deposit(5_000_000, "EUR"))
			d.Pay(out.External)
			d.Lists["/v1/disputes"] = []object{stripetest.Published(t, "dispute", object{
				"payment_intent": "pi_1", "amount": 500, "currency": "eur", "status": tt.status, "balance_transactions": tt.moved,
			})}
			o.Deposit.State = tt.from
			got, err := c.Lookup(t.Context(), o)
			if err != nil || got.State != tt.want || got.Fee != tt.fee {
				t.Fatalf("Lookup = %+v, %v, want %s with a fee of %d", got, err, tt.want, tt.fee)
			}
			if credited := tt.from == credited || tt.from == settled; got.State == back && credited && got.Taken != 5_000_000 {
				t.Errorf("taken are %d micros", got.Taken)
			}
			allowed(t, tt.from, got)
			if strings.Contains(d.log.String(), "level=ERROR") {
				t.Errorf("a person is called for nothing:\n%s", &d.log)
			}
		})
	}
}

// Money of another currency, two disputes, and a part: the fee is counted in the deposit's currency, rounded up.
func TestDisputeFees(t *testing.T) {
	dollars := maps.Clone(withdrawal)
	maps.Copy(dollars, object{"amount": -550, "fee": 1650, "currency": "usd"}) // at 1.1 dollars for a euro
	for _, tt := range []struct {
		name     string
		disputes []object
		want     int64
	}{
		{"an account in dollars", []object{{"amount": 500, "balance_transactions": []object{dollars}}}, 15_000_000},
		{"two", []object{
			{"id": "dp_1", "amount": 500, "status": "lost", "balance_transactions": []object{withdrawal}},
			{"id": "dp_2", "amount": 500, "balance_transactions": []object{withdrawal}},
		}, 30_000_000},
		{"a part", []object{{"amount": 200, "balance_transactions": []object{{"amount": -200, "fee": 1500}}}}, 15_000_000},
	} {
		d := newDouble(t)
		c := d.card(testKey)
		o, out := d.begin(c, d.deposit(5_000_000, "EUR"))
		d.Pay(out.External)
		for _, changes := range tt.disputes {
			d.Lists["/v1/disputes"] = append(d.Lists["/v1/disputes"], stripetest.Published(t, "dispute",
				object{"payment_intent": "pi_1", "status": "needs_response", "currency": "eur"}, changes))
		}
		o.Deposit.State = ledger.DepositSettled
		got, err := c.Lookup(t.Context(), o)
		if err != nil || got.State != ledger.DepositChargedBack || got.Fee != tt.want || got.Reason == "" {
			t.Errorf("%s: Lookup = %+v, %v, want a fee of %d", tt.name, got, err, tt.want)
		}
		if strings.Contains(d.log.String(), "level=ERROR") != (tt.name == "a part") {
			t.Errorf("%s: logged is:\n%s", tt.name, &d.log)
		}
	}
}

// The service refunds nothing at Stripe, so a refund there is money that is gone. A part of it is for a person.
func TestRefundedAtStripe(t *testing.T) {
	refunded := object{"refunded": true, "amount_refunded": 500}
	for _, tt := range []struct {
		name    string
		from    ledger.DepositState
		changes object
		want    ledger.DepositState
		fee     int64 // what the charge has cost, where no payout told it
	}{
		{"all", ledger.DepositSucceeded, refunded, ledger.DepositChargedBack, 320_000},
		{"all, settled", ledger.DepositSettled, refunded, ledger.DepositChargedBack, 0},
		{"known", ledger.DepositChargedBack, refunded, ledger.DepositChargedBack, 0},
		{"a part", ledger.DepositSettled, object{"refunded": false, "amount_refunded": 100}, ledger.DepositSettled, 0},
	} {
		d := newDouble(t)
		c := d.card(testKey)
		o, out := d.begin(c, d.deposit(5_000_000, "EUR"))
		d.Pay(out.External)
		maps.Copy(d.Objects["/v1/payment_intents/pi_1"]["latest_charge"].(object), tt.changes)
		o.Deposit.State = tt.from
		if got, err := c.Lookup(t.Context(), o); err != nil || got.State != tt.want || got.Fee != tt.fee {
			t.Errorf("%s: Lookup = %+v, %v, want %s and a fee of %d", tt.name, got, err, tt.want, tt.fee)
		}
		if strings.Contains(d.log.String(), "level=ERROR") == (tt.name == "known") {
			t.Errorf("%s: logged is:\n%s", tt.name, &d.log)
		}
	}
}

func TestShare(t *testing.T) {
	for _, tt := range []struct {
		part, of, amount, want int64
		ok                     bool
	}{
		{45, 500, 5_000_000, 450_000, true},
		{0, 500, 5_000_000, 0, true},
		{1, 3, 10, 4, true}, // rounded up
		{1500, 500, 5_000_000, 15_000_000, true},
		{1 << 40, 1 << 40, ledger.MaxMicros, ledger.MaxMicros, true}, // more than 64 bits on the way
		{1 << 62, 1, ledger.MaxMicros, 0, false},
		{2, 1, ledger.MaxMicros, 2 * ledger.MaxMicros, false},
		{-1, 500, 5_000_000, 0, false},
		{1, 0, 5_000_000, 0, false},
		{1, 500, 0, 0, false},
	} {
		if got, ok := share(tt.part, tt.of, tt.amount); got != tt.want || ok != tt.ok {
			t.Errorf("share(%d, %d, %d) = %d, %v", tt.part, tt.of, tt.amount, got, ok)
		}
	}
}
