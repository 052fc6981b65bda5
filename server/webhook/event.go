package webhook

import (
	"fmt"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// event is one type of event: which entries of the journal mean it for their vendor, and what it says of them beside
// the buyer's pseudonym and the amount.
type event struct {
	name string
	of   func(ledger.Entry) bool
	data func(*view.WebhookData, *seal.Sealer, books.Reader, ledger.Entry) error
}

// events is the table of all types. The events of one entry are numbered in this order, and their ids have the numbers:
// a new type goes to the end.
var events = []event{
	{"charge.succeeded", isSale, chargeData},
	{"checkout.completed", func(e ledger.Entry) bool {
		sold := e.Kind == ledger.KindPurchase || e.Kind == ledger.KindHold
		return sold && e.Sale != nil && e.Sale.Checkout != (ledger.CheckoutID{})
	}, checkoutData},
	{"dispute.opened", func(e ledger.Entry) bool { return e.Kind == ledger.KindDispute }, disputeData},
	{"dispute.closed", func(e ledger.Entry) bool {
		return e.Kind == ledger.KindDisputeDecided || inState(e, ledger.KindDispute, ledger.DisputeAutoResolved)
	}, disputeData},
	{"charge.refunded", func(e ledger.Entry) bool {
		return e.Kind == ledger.KindRefund || e.Dispute != nil && e.Dispute.GivenBack() > 0
	}, refundData},
	{"grant.exhausted", func(e ledger.Entry) bool {
		return e.Kind == ledger.KindConsumed && e.Change != nil && e.Change.New == string(ledger.GrantExhausted)
	}, grantData},
	{"link.created", func(e ledger.Entry) bool { return e.Kind == ledger.KindLink }, linkData},
	{"link.revoked", func(e ledger.Entry) bool {
		// To block a vendor without a permission ends none: that it is blocked is no business of the vendor.
		blocked := e.Change != nil && e.Change.New == ledger.LinkWord(ledger.LinkBlocked)
		return e.Kind == ledger.KindUnlink && (!blocked || e.Change.Old == ledger.LinkWord(ledger.LinkActive))
	}, linkData},
	{"webhook_endpoint.disabled", func(e ledger.Entry) bool {
		return e.Kind == ledger.KindHook && e.Actor.Role == ledger.RoleSystem && e.Change.Number != 0
	}, endpointData},
	{"dispute.offered", func(e ledger.Entry) bool {
		return inState(e, ledger.KindDisputeStep, ledger.DisputeOffered)
	}, disputeData},
	{"dispute.asked", func(e ledger.Entry) bool {
		return inState(e, ledger.KindDisputeStep, ledger.DisputeNeedsResponse)
	}, disputeData},
	// The vendor has answered, the buyer has declined an offer, or it was silent.
	{"dispute.under_review", func(e ledger.Entry) bool {
		return inState(e, ledger.KindDisputeStep, ledger.DisputeUnderReview)
	}, disputeData},
	{"dispute.decided", func(e ledger.Entry) bool {
		return inState(e, ledger.KindDisputeStep, ledger.DisputeForBuyer) ||
			inState(e, ledger.KindDisputeStep, ledger.DisputeForVendor)
	}, disputeData},
	{"dispute.appealed", func(e ledger.Entry) bool {
		return inState(e, ledger.KindDisputeStep, ledger.DisputeAppealed)
	}, disputeData},
	{"settlement.created", func(e ledger.Entry) bool {
		return e.Kind == ledger.KindSettlement && e.Settlement != nil && e.Settlement.Payee == 0
	}, settlementData},
	{"settlement.paid", paidOut(ledger.SettlementPaid), settlementData},
	{"settlement.failed", paidOut(ledger.SettlementFailed), settlementData},
	{"settlement.returned", paidOut(ledger.SettlementReturned), settlementData},
	{"payout_account.changed", func(e ledger.Entry) bool { return e.Kind == ledger.KindPayAccount }, accountData},
	{"campaign.exhausted", func(e ledger.Entry) bool {
		return e.Kind == ledger.KindIncentive && e.Change != nil && e.Change.New == ledger.CampaignExhausted
	}, campaignData},
	{"token_issue.redeemed", func(e ledger.Entry) bool { return e.Kind == ledger.KindVoucher }, issueData},
	{"token_issue.expired", func(e ledger.Entry) bool {
		return e.Kind == ledger.KindTokenIssue && e.Issue != nil && e.Issue.State == ledger.IssueExpired
	}, issueData},
	{"charge.held", func(e ledger.Entry) bool { return e.Kind == ledger.KindHold }, chargeData},
	// The vendor gave it up, or its time was over.
	{"charge.voided", func(e ledger.Entry) bool { return e.Kind == ledger.KindVoid }, chargeData},
	{"grant.revoked", ledger.Entry.Revokes, revokedData},
}

// paidOut tells whether an entry brought a settlement of the vendor itself into a state: its payees are paid by the
// service.
func paidOut(s ledger.SettlementState) func(ledger.Entry) bool {
	return func(e ledger.Entry) bool {
		return e.Kind == ledger.KindPayout && e.Settlement != nil && e.Settlement.Payee == 0 && e.Settlement.State == s
	}
}

// EventTypes returns the types of events that an endpoint may ask for.
func EventTypes() (all []string) {
	for _, e := range events {
		all = append(all, e.name)
	}
	return all
}

// eventsOf returns the events that an entry is for its vendor.
func eventsOf(e ledger.Entry) (all []event) {
	for _, t := range events {
		if t.of(e) {
			all = append(all, t)
		}
	}
	return all
}

// isSale tells whether an entry took money for a vendor: at once, or out of a hold.
func isSale(e ledger.Entry) bool {
	return e.Kind == ledger.KindPurchase || e.Kind == ledger.KindCapture
}

// inState tells whether an entry brought a dispute into a state.
func inState(e ledger.Entry, k ledger.Kind, s ledger.DisputeState) bool {
	return e.Kind == k && e.Dispute != nil && e.Dispute.State == s
}

// body is an event as it is sent.
func body(names *seal.Sealer, r books.Reader, name string, e ledger.Entry) (view.Webhook, error) {
	w := view.Webhook{Type: name, At: view.At(e.At), Data: view.WebhookData{}}
	if e.User != 0 {
		w.Data.Wallet = names.Pseudonym(e.User, e.Vendor)
	}
	if e.Amount.Currency != "" {
		w.Data.Amount = &e.Amount
	}
	for _, t := range events {
		if t.name == name {
			return w, t.data(&w.Data, names, r, e)
		}
	}
	return w, fmt.Errorf("webhook: entry %d has a delivery of the unknown type %q", e.No, name)
}

// refundData names the sale and the refund, also one that came of a dispute, and how much of it went back.
func refundData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	back := e.GivenBack()
	d.ID, d.RefundID, d.Amount = names.Charge(e.Cause), names.Refund(e.No), &back
	return nil
}

// chargeData names the sale, whichever entry it is told by: its own, or the one that ended its hold.
func chargeData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	no := e.No
	if e.Kind == ledger.KindCapture || e.Kind == ledger.KindVoid {
		no = e.Cause
	}
	d.ID = names.Charge(no)
	if e.Sale != nil {
		d.ClientRef = e.Sale.ClientRef
	}
	return nil
}

// checkoutData names the request that was answered, and the sale that it led to.
func checkoutData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.ID, d.ChargeID = names.Checkout(e.Sale.Checkout), names.Charge(e.No)
	return nil
}

// disputeData tells how far the dispute has come by this entry, not how far it is now.
func disputeData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.ID, d.ChargeID = names.Dispute(e.Dispute.No), names.Charge(e.Dispute.Purchase)
	d.Stage, d.Reason = string(e.Dispute.State), e.Dispute.Reason
	return nil
}

// grantData names the grant by the sale that gave it.
func grantData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.ID, d.ChargeID = names.Grant(e.Cause), names.Charge(e.Cause)
	return nil
}

// revokedData names the grant, and why it was revoked: in the words of its vendor, or by what gave the money back.
func revokedData(d *view.WebhookData, names *seal.Sealer, r books.Reader, e ledger.Entry) error {
	d.Reason = e.Reason
	return grantData(d, names, r, e)
}

// settlementData names the settlement, and how far it has come by this entry.
func settlementData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.ID, d.Stage, d.Reason = names.Settlement(e.Settlement.No), string(e.Settlement.State), e.Settlement.Reason
	return nil
}

// campaignData names the campaign of which nothing is left.
func campaignData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.ID = names.Campaign(e.Cause)
	return nil
}

// issueData names the issue, and which voucher of it was redeemed: nothing of by whom.
func issueData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.ID = names.Issue(e.Cause)
	if e.Change != nil {
		d.Voucher = e.Change.Number
	}
	return nil
}

// accountData tells how an account that payouts go to stands, masked.
func accountData(d *view.WebhookData, _ *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.Stage, d.Reason = e.Change.Name, e.Change.New
	return nil
}

// endpointData names the endpoint that takes no events any more, and why.
func endpointData(d *view.WebhookData, names *seal.Sealer, _ books.Reader, e ledger.Entry) error {
	d.ID, d.Reason = names.Endpoint(e.Vendor, e.Change.Number), e.Change.New
	return nil
}

// linkData names the link as it is now: its entry does not say of which generation it was.
func linkData(d *view.WebhookData, names *seal.Sealer, r books.Reader, e ledger.Entry) error {
	d.Currency = e.Change.Currency
	l, found, err := r.Link(e.User, e.Vendor, e.Change.Currency)
	if found {
		d.ID = names.Link(l.ID)
	}
	return err
}
