package stripetest

import (
	"fmt"
	"slices"
)

// What Stripe takes, in minor units: for a dispute, and of each charge one and a half percent and a quarter.
const disputeFee = 1500

func chargeFee(amount int64) int64 { return amount*15/1000 + 25 }

// Disputed has the bank of the card's holder dispute the payment of a page, or go on with that: status is Stripe's. The
// money goes at once, and comes back when the dispute is won. The service is told.
func (d *Double) Disputed(page, status string) (answered string) {
	kind := "charge.dispute.created"
	switch status {
	case "under_review":
		kind = "charge.dispute.updated"
	case "won", "lost":
		kind = "charge.dispute.closed"
	}
	return d.Tell(kind, d.dispute(page, status))
}

func (d *Double) dispute(page, status string) Object {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, s := number(page), d.Objects[pages+"/"+page]
	amount := s["amount_total"].(int64)
	moved := []Object{{"id": fmt.Sprintf("txn_w%d", n), "type": "adjustment", "amount": -amount, "fee": disputeFee}}
	if status == "won" {
		moved = append(moved, Object{"id": fmt.Sprintf("txn_r%d", n), "type": "adjustment", "amount": amount, "fee": 0})
	}
	o := Published(d.t, "dispute", Object{
		"id": fmt.Sprintf("dp_%d", n), "payment_intent": fmt.Sprintf("pi_%d", n), "amount": amount, "status": status,
		"currency": s["currency"], "balance_transactions": moved, "livemode": s["livemode"],
	})
	const list = "/v1/disputes"
	d.Lists[list] = slices.DeleteFunc(d.Lists[list], func(old Object) bool { return old["id"] == o["id"] })
	d.Lists[list] = append(d.Lists[list], o)
	return o
}

// booked is a charge in Stripe's own books.
func (d *Double) booked(n int, amount int64, changes Object) Object {
	fee := chargeFee(amount)
	return Published(d.t, "balance_transaction", Object{
		"id": fmt.Sprintf("txn_%d", n), "type": "charge", "amount": amount, "fee": fee, "net": amount - fee, "source": nil,
	}, changes)
}

// PaidOut has Stripe pay the charges of pages out to the bank, each less its fee. The service is told.
func (d *Double) PaidOut(of ...string) (answered string) { return d.Tell("payout.paid", d.payout(of)) }

func (d *Double) payout(of []string) Object {
	d.mu.Lock()
	defer d.mu.Unlock()
	all, sum := []Object{}, int64(0)
	for _, page := range of {
		s, n := d.Objects[pages+"/"+page], number(page)
		amount := s["amount_total"].(int64)
		sum += amount - chargeFee(amount)
		all = append(all, d.booked(n, amount, Object{
			"currency": s["currency"], "source": d.Objects[fmt.Sprintf("/v1/payment_intents/pi_%d", n)]["latest_charge"],
		}))
	}
	d.Lists["/v1/balance_transactions"] = all
	o := Published(d.t, "payout", Object{
		"id": fmt.Sprintf("po_%d", d.hook.sent), "status": "paid", "amount": sum, "livemode": true,
	})
	d.Objects["/v1/payouts/"+o["id"].(string)] = o
	return o
}
