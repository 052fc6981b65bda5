package webhook

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Trigger tells those who listen with a key a sample of an event, and returns its id and how many they are.
func (o *Outbox) Trigger(v ledger.VendorID, key, name string) (id string, told int, err error) {
	w, id, err := o.sample(name)
	if err != nil {
		return "", 0, err
	}
	o.listening.mu.Lock()
	defer o.listening.mu.Unlock()
	for _, one := range o.listening.all {
		if one.Vendor == v && one.Key == key && one.put(heard{sample: &w, id: id}) {
			told++
		}
	}
	return id, told, nil
}

// Try sends a sample of an event to an endpoint, once and at once, signed with its own secrets. It writes nothing: how
// the endpoint does is judged by real events alone. It refuses with ErrNotFound, and with ErrState an endpoint that is
// disabled.
func (o *Outbox) Try(ctx context.Context, by Owner, number uint64, name string) (id string, status int, err error) {
	w, id, err := o.sample(name)
	if err != nil {
		return "", 0, err
	}
	d := Delivery{ID: id, At: o.Now()}
	if d.Body, err = json.Marshal(w); err != nil {
		return "", 0, err
	}
	err = o.View(ctx, func(r books.Reader) (err error) {
		v, i, err := endpointOf(r, by, number)
		if err != nil {
			return err
		}
		if !v.Hooks[i].Disabled.IsZero() || o.Send == nil {
			return ledger.Refuse(ledger.ErrState, "Set the endpoint to live first.", "The endpoint is disabled.")
		}
		d.URL = v.Hooks[i].URL
		d.Secrets, err = o.secretsOf(v.Hooks[i], d.At)
		return err
	})
	if err != nil {
		return "", 0, err
	}
	status, _, sendErr := o.Send(ctx, d)
	if status == 0 {
		return "", 0, ledger.Refuse(ledger.ErrUnavailable, "See whether the address is right, and its server runs.",
			"The endpoint did not answer: %s.", reason(sendErr))
	}
	return id, status, nil
}

// sample makes a sample of an event that looks like a real one, says that it is a test, and names nothing that exists.
func (o *Outbox) sample(name string) (w view.Webhook, id string, err error) {
	if err := checkTypes([]string{name}); err != nil {
		return w, "", err
	}
	raw, err := o.Seal.Random(12)
	if err != nil {
		return w, "", err
	}
	return view.Webhook{Type: name, At: view.At(o.Now()), Test: true, Data: sampleData(name)},
		"evt_test_" + hex.EncodeToString(raw), nil
}

// nothing is the rest of a name that names nothing.
const nothing = "00000000000000000000000000"

// sampleData are the fields that a real event of a type has.
func sampleData(name string) view.WebhookData {
	d := view.WebhookData{
		Wallet: "w_" + nothing, Amount: &ledger.Amount{Micros: 250_000, Currency: "EUR"}, ClientRef: "order-1001",
	}
	thing, step, _ := strings.Cut(name, ".")
	sale := "chg_" + nothing
	switch thing {
	case "charge":
		if d.ID = sale; step == "refunded" {
			d.RefundID, d.ClientRef = "rfd_"+nothing, ""
		}
		return d
	case "checkout":
		d.ID, d.ChargeID = "chk_"+nothing, sale
	case "dispute":
		d.ID, d.ChargeID, d.Stage, d.Reason = "dsp_"+nothing, sale, sampleStages[step], ledger.DisputeReasons[0]
	case "grant":
		d.ID, d.ChargeID, d.Amount = "grt_"+nothing, sale, nil
	case "link":
		d.ID, d.Currency, d.Amount = "lnk_"+nothing, "EUR", nil
	case "settlement":
		d.ID, d.Stage, d.Wallet = "stl_"+nothing, step, ""
	case "campaign":
		d.ID = "cmp_" + nothing
	case "token_issue":
		d.ID, d.Voucher = "tki_"+nothing, 1
	case "payout_account":
		d.Stage, d.Reason, d.Wallet, d.Amount = "approved", "DE•• … 3000", "", nil
	case "webhook_endpoint":
		d.ID, d.Reason, d.Wallet, d.Amount = "whe_"+nothing, "it did not answer for five days", "", nil
	}
	d.ClientRef = ""
	return d
}

// sampleStages are the stages of a dispute, by the event that tells them.
var sampleStages = map[string]string{
	"opened": string(ledger.DisputeNeedsResponse), "asked": string(ledger.DisputeNeedsResponse),
	"offered": string(ledger.DisputeOffered), "under_review": string(ledger.DisputeUnderReview),
	"decided": string(ledger.DisputeForBuyer), "appealed": string(ledger.DisputeAppealed),
	"closed": string(ledger.DisputeLost),
}
