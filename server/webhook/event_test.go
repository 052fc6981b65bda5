package webhook

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// Every event that an endpoint may ask for is made by some entry. The events of one entry have their numbers for ever,
// because ids of events have them.
func TestEventsOfAnEntry(t *testing.T) {
	price := ledger.Amount{Micros: 250_000, Currency: "EUR"}
	auto := &ledger.Dispute{State: ledger.DisputeAutoResolved, Amount: price}
	won := &ledger.Dispute{State: ledger.DisputeWon, Amount: price}
	step := func(s ledger.DisputeState) ledger.Entry {
		return ledger.Entry{Kind: ledger.KindDisputeStep, Dispute: &ledger.Dispute{State: s, Amount: price}}
	}
	ended := &ledger.Change{Name: "grant", New: string(ledger.GrantRevoked)}
	made := map[string]bool{}
	for _, tt := range []struct {
		name  string
		entry ledger.Entry
		want  []string
	}{
		{"policy", ledger.Entry{Kind: ledger.KindPolicy}, nil},
		{"charge", ledger.Entry{Kind: ledger.KindPurchase, Sale: &ledger.Sale{}}, []string{"charge.succeeded"}},
		{"hold", ledger.Entry{Kind: ledger.KindHold, Sale: &ledger.Sale{}}, []string{"charge.held"}},
		{"capture", ledger.Entry{Kind: ledger.KindCapture}, []string{"charge.succeeded"}},
		{"void", ledger.Entry{Kind: ledger.KindVoid}, []string{"charge.voided"}},
		{
			"checkout",
			ledger.Entry{
				Kind: ledger.KindPurchase, Sale: &ledger.Sale{Checkout: ledger.CheckoutID{Vendor: 1, Number: 1}},
			},
			[]string{"charge.succeeded", "checkout.completed"},
		},
		{"refund", ledger.Entry{Kind: ledger.KindRefund}, []string{"charge.refunded"}},
		{"dispute", ledger.Entry{Kind: ledger.KindDispute, Dispute: &ledger.Dispute{}}, []string{"dispute.opened"}},
		{
			"small dispute",
			ledger.Entry{Kind: ledger.KindDispute, Dispute: auto},
			[]string{"dispute.opened", "dispute.closed", "charge.refunded"},
		},
		{
			"dispute won",
			ledger.Entry{Kind: ledger.KindDisputeDecided, Dispute: won},
			[]string{"dispute.closed", "charge.refunded"},
		},
		{
			"dispute lost",
			ledger.Entry{Kind: ledger.KindDisputeDecided, Dispute: &ledger.Dispute{State: ledger.DisputeLost}},
			[]string{"dispute.closed"},
		},
		{
			"offer taken",
			ledger.Entry{
				Kind:    ledger.KindDisputeDecided,
				Dispute: &ledger.Dispute{State: ledger.DisputeAccepted, Amount: price, Offer: 9},
			},
			[]string{"dispute.closed", "charge.refunded"},
		},
		{"offer", step(ledger.DisputeOffered), []string{"dispute.offered"}},
		{"question", step(ledger.DisputeNeedsResponse), []string{"dispute.asked"}},
		{"answer", step(ledger.DisputeUnderReview), []string{"dispute.under_review"}},
		{"verdict for the buyer", step(ledger.DisputeForBuyer), []string{"dispute.decided"}},
		{"verdict for the vendor", step(ledger.DisputeForVendor), []string{"dispute.decided"}},
		{"appeal", step(ledger.DisputeAppealed), []string{"dispute.appealed"}},
		{"view", ledger.Entry{Kind: ledger.KindConsumed, Change: &ledger.Change{New: "active"}}, nil},
		{
			"last view",
			ledger.Entry{Kind: ledger.KindConsumed, Change: &ledger.Change{New: string(ledger.GrantExhausted)}},
			[]string{"grant.exhausted"},
		},
		{"grant ended", ledger.Entry{Kind: ledger.KindRevoked, Change: ended}, []string{"grant.revoked"}},
		{"full refund", ledger.Entry{Kind: ledger.KindRefund, Change: ended}, []string{"charge.refunded", "grant.revoked"}},
		{"link", ledger.Entry{Kind: ledger.KindLink}, []string{"link.created"}},
		{"unlink", ledger.Entry{Kind: ledger.KindUnlink}, []string{"link.revoked"}},
		{
			"block of a link",
			ledger.Entry{Kind: ledger.KindUnlink, Change: &ledger.Change{Old: "active", New: "blocked"}},
			[]string{"link.revoked"},
		},
		// What a buyer thinks of a vendor is no business of the vendor.
		{"block", ledger.Entry{Kind: ledger.KindUnlink, Change: &ledger.Change{Old: "known", New: "blocked"}}, nil},
		{"unblock", ledger.Entry{Kind: ledger.KindUnblock, Change: &ledger.Change{Old: "blocked", New: "known"}}, nil},
		{
			"endpoint disabled",
			ledger.Entry{
				Kind: ledger.KindHook, Actor: ledger.Actor{Role: ledger.RoleSystem}, Change: &ledger.Change{Number: 1},
			},
			[]string{"webhook_endpoint.disabled"},
		},
		{
			"settlement",
			ledger.Entry{Kind: ledger.KindSettlement, Settlement: &ledger.Settlement{}},
			[]string{"settlement.created"},
		},
		{"payee settled", ledger.Entry{Kind: ledger.KindSettlement, Settlement: &ledger.Settlement{Payee: 1}}, nil},
		{"payout approved", payout(ledger.SettlementApproved), nil},
		{"payout paid", payout(ledger.SettlementPaid), []string{"settlement.paid"}},
		{"payout failed", payout(ledger.SettlementFailed), []string{"settlement.failed"}},
		{"payout returned", payout(ledger.SettlementReturned), []string{"settlement.returned"}},
		{"account of payouts", ledger.Entry{Kind: ledger.KindPayAccount}, []string{"payout_account.changed"}},
		{
			"last gift of a campaign",
			ledger.Entry{Kind: ledger.KindIncentive, Change: &ledger.Change{New: ledger.CampaignExhausted}},
			[]string{"campaign.exhausted"},
		},
		{"voucher redeemed", ledger.Entry{Kind: ledger.KindVoucher}, []string{"token_issue.redeemed"}},
		{
			"issue over",
			ledger.Entry{Kind: ledger.KindTokenIssue, Issue: &ledger.TokenIssue{State: ledger.IssueExpired}},
			[]string{"token_issue.expired"},
		},
		{
			"issue voided",
			ledger.Entry{Kind: ledger.KindTokenIssue, Issue: &ledger.TokenIssue{State: ledger.IssueVoided}},
			nil,
		},
		{"endpoint made", ledger.Entry{Kind: ledger.KindHook, Change: &ledger.Change{Number: 1}}, nil},
	} {
		var got []string
		for _, e := range eventsOf(tt.entry) {
			got, made[e.name] = append(got, e.name), true
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	for _, name := range EventTypes() {
		if !made[name] {
			t.Errorf("%s is offered, and no entry makes it", name)
		}
	}
}

// However many endpoints want however many events, the outbox takes them in pieces that a transaction can hold.
func TestOutboxTakesManyEventsForManyEndpoints(t *testing.T) {
	kv, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, kv)
	var urls []string
	for range maxEndpoints {
		urls = append(urls, live)
	}
	news := f.vendor("news", urls...)
	const events = outboxStride + 1
	for range 10 { // in commits that a transaction can hold as well
		f.happens(news, events/10)
	}
	f.happens(news, events%10)
	want := events * maxEndpoints
	f.Deliver(f.ctx)
	is(t, "deliveries", f.waiting(books.Delivery{}), want)
	f.Deliver(f.ctx)
	is(t, "deliveries after another look", f.waiting(books.Delivery{}), want)
	f.time.Pass(deliveryLog + lookEvery)
	for range want/outboxWrites + 1 {
		if err := f.Forget(f.ctx, f.time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "deliveries after a month", f.waiting(books.Delivery{}), 0)
}

// An event names what it is about, by its sealed name, and nothing of the person but the pseudonym.
func TestEventData(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	price := ledger.Amount{Micros: 250_000, Currency: "EUR"}
	entry := func(k ledger.Kind) ledger.Entry {
		return ledger.Entry{No: 9, At: f.time.Now(), Kind: k, User: 1, Vendor: 1, Cause: 5, Amount: price}
	}
	link := ledger.Link{
		ID: ledger.LinkID{User: 1, Vendor: 1, Currency: "EUR", Generation: 2}, Status: ledger.LinkActive,
		Created: f.time.Now(),
	}
	f.write(func(tx books.Tx) error { return tx.PutLink(link) })
	sale := entry(ledger.KindPurchase)
	sale.Sale = &ledger.Sale{ClientRef: "order-1", Checkout: ledger.CheckoutID{Vendor: 1, Number: 7}}
	disputed := entry(ledger.KindDispute)
	disputed.Dispute = &ledger.Dispute{
		No: 9, Purchase: 5, State: ledger.DisputeAutoResolved, Reason: "duplicate", Amount: price,
	}
	revoked := entry(ledger.KindRevoked)
	revoked.Amount, revoked.Reason = ledger.Amount{}, "shared"
	linked := entry(ledger.KindLink)
	linked.Amount, linked.Change = ledger.Amount{}, &ledger.Change{Currency: "EUR"}
	names := f.Seal
	for _, tt := range []struct {
		event string
		entry ledger.Entry
		want  view.WebhookData
	}{
		{"charge.succeeded", sale, view.WebhookData{ID: names.Charge(9), ClientRef: "order-1"}},
		{"charge.succeeded", entry(ledger.KindCapture), view.WebhookData{ID: names.Charge(5)}},
		{
			"checkout.completed", sale,
			view.WebhookData{ID: names.Checkout(ledger.CheckoutID{Vendor: 1, Number: 7}), ChargeID: names.Charge(9)},
		},
		{"charge.refunded", entry(ledger.KindRefund), view.WebhookData{ID: names.Charge(5), RefundID: names.Refund(9)}},
		{"charge.refunded", disputed, view.WebhookData{ID: names.Charge(5), RefundID: names.Refund(9)}},
		{
			"dispute.opened", disputed,
			view.WebhookData{
				ID: names.Dispute(9), ChargeID: names.Charge(5), Stage: "auto_resolved", Reason: "duplicate",
			},
		},
		{"grant.exhausted", entry(ledger.KindConsumed), view.WebhookData{ID: names.Grant(5), ChargeID: names.Charge(5)}},
		{"grant.revoked", revoked, view.WebhookData{ID: names.Grant(5), ChargeID: names.Charge(5), Reason: "shared"}},
		{"link.created", linked, view.WebhookData{ID: names.Link(link.ID), Currency: "EUR"}},
	} {
		tt.want.Wallet = names.Pseudonym(1, 1)
		if tt.entry.Amount.Currency != "" {
			tt.want.Amount = &price
		}
		var got view.Webhook
		err := f.View(f.ctx, func(r books.Reader) (err error) {
			got, err = body(names, r, tt.event, tt.entry)
			return err
		})
		want := view.Webhook{Type: tt.event, At: view.At(f.time.Now()), Data: tt.want}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s of kind %d: %v %s", tt.event, tt.entry.Kind, err, diff)
		}
	}
	if _, err := body(names, books.Reader{}, "nothing.happened", sale); err == nil {
		t.Error("an event of an unknown type has a body")
	}
}

func payout(s ledger.SettlementState) ledger.Entry {
	return ledger.Entry{Kind: ledger.KindPayout, Settlement: &ledger.Settlement{State: s}}
}
