package btcpaytest

import (
	"strconv"

	"github.com/shopspring/decimal"
)

// Statuses of an invoice and of a payment.
const (
	statusNew        = "New"
	statusProcessing = "Processing"
	statusSettled    = "Settled"
	statusExpired    = "Expired"
	statusInvalid    = "Invalid"
)

// Address is where a payer's coins go. Nothing of ours needs it.
const Address = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"

// Payment is what came for an invoice, in a coin. The fee is the one that the shop asks for on top.
type Payment struct{ Value, Fee, Status string }

// Invoice is one as the server keeps it.
type Invoice struct {
	ID, Order, Store   string
	Amount, Currency   string
	Status, Additional string
	Created            int64
	Rates              map[string]string    // of each payment method
	Payments           map[string][]Payment // by payment method
	Link               string
}

// Shown is an invoice as the API shows it.
func (v *Invoice) Shown(methods bool) map[string]any {
	m := map[string]any{
		"id": v.ID, "storeId": v.Store, "amount": v.Amount, "currency": v.Currency, "type": "Standard",
		"checkoutLink": v.Link, "createdTime": v.Created, "status": v.Status, "additionalStatus": v.Additional,
		"archived": false, "metadata": map[string]any{"orderId": v.Order, "buyerName": "Ann Payer"},
		"checkout": map[string]any{"speedPolicy": "MediumSpeed"}, "receipt": nil,
	}
	if methods {
		m["paymentMethods"] = v.methods()
	}
	return m
}

// came is the value of what has come and was not replaced, in the currency of the invoice: with the fee that the shop
// asks for, and without.
func (v *Invoice) came() (gross, net decimal.Decimal) {
	dec := decimal.RequireFromString
	for id, all := range v.Payments {
		for _, p := range all {
			if p.Status != statusInvalid {
				gross = gross.Add(dec(p.Value).Mul(dec(v.Rates[id])))
				net = net.Add(dec(p.Value).Sub(dec("0" + p.Fee)).Mul(dec(v.Rates[id])))
			}
		}
	}
	return gross, net
}

// methods are the payment methods with what is due, as BTCPay counts: what came is not too much if it is what some
// method asks for, which is rounded up to its smallest part.
func (v *Invoice) methods() []any {
	dec := decimal.RequireFromString
	price := dec(v.Amount)
	gross, net := v.came()
	due := func(id string) decimal.Decimal {
		return price.Add(gross).Sub(net).Sub(gross).DivRound(dec(v.Rates[id]), 20).RoundCeil(8)
	}
	dust := false
	for id := range v.Rates {
		dust = dust || net.GreaterThan(price) && due(id).IsZero()
	}
	var list []any
	for id, rate := range v.Rates {
		payments := []any{}
		for i, p := range v.Payments[id] {
			payments = append(payments, map[string]any{
				"id": id + strconv.Itoa(i), "receivedDate": v.Created, "value": p.Value, "fee": "0" + p.Fee,
				"status": p.Status, "destination": Address,
			})
		}
		left := due(id).String()
		if dust {
			left = "0"
		}
		list = append(list, map[string]any{
			"paymentMethodId": id, "currency": id[:3], "rate": rate, "due": left, "payments": payments,
			"destination": Address, "activated": true,
		})
	}
	return list
}

// Come adds a payment in bitcoin that is seen and not confirmed. It returns the kind of event that follows.
func (v *Invoice) Come(value string) (event string) {
	if v.Payments == nil {
		v.Payments = map[string][]Payment{}
	}
	v.Payments["BTC-CHAIN"] = append(v.Payments["BTC-CHAIN"], Payment{Value: value, Status: statusProcessing})
	price := decimal.RequireFromString(v.Amount)
	_, net := v.came()
	enough := net.GreaterThanOrEqual(price)
	switch {
	case v.Status == statusNew && enough:
		v.Status, event = statusProcessing, "InvoiceProcessing"
		if net.GreaterThan(price) {
			v.Additional = "PaidOver"
		}
	case v.Status == statusExpired && enough:
		v.Additional, event = "PaidLate", "InvoiceReceivedPayment"
	default:
		v.Additional, event = "PaidPartial", "InvoiceReceivedPayment"
	}
	return event
}

// Confirm has the network confirm what has come.
func (v *Invoice) Confirm() (event string) {
	for i := range v.Payments["BTC-CHAIN"] {
		v.Payments["BTC-CHAIN"][i].Status = statusSettled
	}
	if v.Status == statusProcessing {
		v.Status = statusSettled
		return "InvoiceSettled"
	}
	return "InvoicePaymentSettled"
}

// Expire ends the time in which an invoice can be paid.
func (v *Invoice) Expire() (event string) {
	v.Status = statusExpired
	return "InvoiceExpired"
}
