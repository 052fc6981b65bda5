package stripe

import (
	"testing"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// refundOrder sends 5.00 EUR of a deposit back.
func refundOrder(o funding.Order, name string) funding.RefundOrder {
	return funding.RefundOrder{Name: name, Amount: ledger.Amount{Micros: 5_000_000, Currency: "EUR"}, Order: o}
}

// A refund is ordered once, whatever is lost on the way, and tells what became of it; our own refunds are no
// charge-back, and those of others are.
func TestRefund(t *testing.T) {
	for _, status := range []struct {
		at   string
		want ledger.RedemptionState
	}{
		{"succeeded", ledger.RedemptionPaid},
		{"pending", ledger.RedemptionSubmitted},
		{"failed", ledger.RedemptionFailed},
		{"canceled", ledger.RedemptionFailed},
		{"requires_action", ledger.RedemptionSubmitted},
	} {
		d := newDouble(t)
		d.Refunds = status.at
		o, card := d.deposit(20_000_000, "EUR"), d.card(testKey)
		out, err := card.Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		o.Deposit.External, o.Deposit.State = out.External, ledger.DepositSucceeded
		d.Pay(out.External)
		q := refundOrder(o, "red_1")
		d.Lose("", "POST /v1/refunds")
		if got, err := card.Refund(t.Context(), q); err == nil {
			t.Errorf("%s: the answer was lost, and it is %+v", status.at, got)
		}
		d.Lose("", "")
		for range 2 {
			got, err := card.Refund(t.Context(), q)
			if err != nil || got.State != status.want || got.External == "" {
				t.Errorf("%s: %+v, %v", status.at, got, err)
			}
			q.External = got.External
		}
		if n := len(d.Lists["/v1/refunds"]); n != 1 {
			t.Errorf("%s: %d refunds", status.at, n)
		}
		o.Deposit.Refunded = 5_000_000
		if got, err := card.Lookup(t.Context(), o); err != nil || got.State != ledger.DepositSucceeded {
			t.Errorf("%s: our own refund makes the deposit %+v, %v", status.at, got, err)
		}
	}
}

// What Stripe refuses, and what is not the refund that was ordered, is no money.
func TestRefundRefused(t *testing.T) {
	d := newDouble(t)
	o, card := d.deposit(4_000_000, "EUR"), d.card(testKey)
	out, err := card.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Deposit.External, o.Deposit.State = out.External, ledger.DepositSucceeded
	d.Pay(out.External)
	got, err := card.Refund(t.Context(), refundOrder(o, "red_1"))
	if err != nil || got.State != ledger.RedemptionFailed || got.Reason == "" {
		t.Errorf("more than was paid: %+v, %v", got, err)
	}
	q := refundOrder(o, "red_2")
	q.Amount.Micros = 1_000_000
	if got, err = card.Refund(t.Context(), q); err != nil || got.State != ledger.RedemptionPaid {
		t.Fatalf("%+v, %v", got, err)
	}
	q.External, q.Name = got.External, "red_3"
	if got, err = card.Refund(t.Context(), q); err == nil {
		t.Errorf("the refund of another redemption: %+v", got)
	}
}
