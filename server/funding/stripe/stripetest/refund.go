package stripetest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// refunds is the path of all refunds.
const refunds = "/v1/refunds"

// refund sends a part of a payment back, once for each idempotency key and never more than is left of it.
func (d *Double) refund(r *http.Request, refuse func(int, string, string) (int, Object)) (int, Object) {
	key, form := r.Header.Get("Idempotency-Key"), r.PostForm.Encode()
	if first, seen := d.answers[key]; seen && d.forms[key] == form {
		return 200, first
	} else if seen {
		return 400, Failure("", "idempotency_error", "", "Keys can only be used with the same parameters.")
	}
	intent := d.Objects["/v1/payment_intents/"+r.PostForm.Get("payment_intent")]
	amount, err := strconv.ParseInt(r.PostForm.Get("amount"), 10, 64)
	if intent == nil || err != nil {
		return refuse(400, "parameter_invalid_integer", "Invalid payment or amount.")
	}
	charge := intent["latest_charge"].(Object)
	back, _ := charge["amount_refunded"].(int64)
	if all := charge["amount"].(int64); amount > all-back {
		return refuse(400, "charge_already_refunded", "Refund amount is greater than unrefunded amount on charge.")
	} else if back += amount; back == all {
		charge["refunded"] = true
	}
	charge["amount_refunded"] = back
	id := fmt.Sprintf("re_%d", len(d.Lists[refunds])+1)
	o := Published(d.t, "refund", Object{
		"id": id, "amount": amount, "currency": intent["currency"], "payment_intent": intent["id"], "charge": charge["id"],
		"metadata": Object{"redemption": r.PostForm.Get("metadata[redemption]")}, "status": d.Refunds,
		"balance_transaction": nil, "transfer_reversal": nil,
	})
	d.Objects[refunds+"/"+id], d.forms[key], d.answers[key] = o, form, maps.Clone(o)
	d.Lists[refunds] = append(d.Lists[refunds], o)
	return 200, o
}

// Refunded says what became of the newest refund, and tells the service. A failed one is the service's again.
func (d *Double) Refunded(status string) (answered string) {
	d.mu.Lock()
	all := d.Lists[refunds]
	o := all[len(all)-1]
	o["status"] = status
	if status == "failed" {
		charge := d.Objects["/v1/payment_intents/"+o["payment_intent"].(string)]["latest_charge"].(Object)
		charge["amount_refunded"], charge["refunded"] = charge["amount_refunded"].(int64)-o["amount"].(int64), false
	}
	o = maps.Clone(o)
	o["livemode"] = true
	d.mu.Unlock()
	kind := map[string]string{"failed": "refund.failed"}[status]
	if kind == "" {
		kind = "refund.updated"
	}
	return d.Tell(kind, o)
}

// Back is how much was sent back of all payments, in minor units.
func (d *Double) Back() (sum int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range slices.All(d.Lists[refunds]) {
		if o["status"] != "failed" {
			sum += o["amount"].(int64)
		}
	}
	return sum
}
