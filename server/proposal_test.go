package server

import (
	"errors"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Goodwill within the bound is given at once, and its owner reads why; above it another person approves.
func TestGoodwillAndItsSecondPerson(t *testing.T) {
	d := newDesk(t, 2000)
	ann, before := d.user(d.ann).Handle, d.balance(d.ann)
	done, err := d.DeskCredit(d.ctx, d.mia, ann, eur(2000), "for the trouble")
	must(t, err)
	is(t, "state", done.State, "done")
	is(t, "balance", d.balance(d.ann), before+eur(2000).Micros)
	rows, err := d.History(d.ctx, d.ann, view.HistoryQuery{Kind: "goodwill"})
	must(t, err)
	is(t, "row", rows.Data[0].Title, "Goodwill: for the trouble")

	asked, err := d.DeskCredit(d.ctx, d.mia, ann, eur(2001), "for more trouble")
	must(t, err)
	is(t, "state", asked.State, "proposed")
	is(t, "balance", d.balance(d.ann), before+eur(2000).Micros)
	for name, who := range map[string]view.Caller{"who proposed it": d.mia, "the other key of that person": d.both} {
		if _, err := d.DeskApprove(d.ctx, who, asked.Proposal); !errors.Is(err, ledger.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	approved, err := d.DeskApprove(d.ctx, d.max, asked.Proposal)
	must(t, err)
	is(t, "state", approved.State, "approved")
	is(t, "balance", d.balance(d.ann), before+eur(4001).Micros)
	for name, do := range map[string]func() error{
		"approved twice": func() error { _, err := d.DeskApprove(d.ctx, d.other, asked.Proposal); return err },
		"denied after":   func() error { _, err := d.DeskDeny(d.ctx, d.other, asked.Proposal, "no"); return err },
	} {
		if err := do(); !errors.Is(err, ledger.ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	is(t, "balance", d.balance(d.ann), before+eur(4001).Micros)
	// Once paid goodwill is money of the wallet like any other: it can be sent on.
	_, err = d.Transfer(d.ctx, d.ann, view.TransferRequest{Amount: eur(500)})
	must(t, err)
}

// Every way around the two persons, the own wallet and the sum of a day.
func TestDeedsAreBounded(t *testing.T) {
	d := newDesk(t, 2000)
	ann, mias := d.user(d.ann).Handle, d.user(caller("mia's wallet")).Handle
	must(t, second(d.DeskCredit(d.ctx, d.max, mias, eur(2500), "sorry")))
	hers, err := d.DeskProposals(d.ctx, d.max, false, view.Paging{})
	must(t, err)
	credit := func(who view.Caller, to string, cents int64) func() error {
		return func() error { return second(d.DeskCredit(d.ctx, who, to, eur(cents), "sorry")) }
	}
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"own wallet":            {credit(d.mia, mias, 1), ledger.ErrNotAllowed},
		"own wallet, other key": {credit(d.both, mias, 1), ledger.ErrNotAllowed},
		"own wallet, proposed":  {credit(d.mia, mias, 2500), ledger.ErrNotAllowed},
		"approving for oneself": {func() error {
			return second(d.DeskApprove(d.ctx, d.mia, hers.Data[0].Proposal))
		}, ledger.ErrNotAllowed},
		"denying for oneself": {func() error {
			return second(d.DeskDeny(d.ctx, d.mia, hers.Data[0].Proposal, "x"))
		}, ledger.ErrNotAllowed},
		"more than a day":   {credit(d.max, ann, 50_001), ledger.ErrLimit},
		"nothing":           {credit(d.max, ann, 0), ledger.ErrInvalid},
		"less than nothing": {credit(d.max, ann, -5), ledger.ErrInvalid},
		"unknown wallet":    {credit(d.max, "w_nobody", 5), ledger.ErrNotFound},
		"no staff":          {credit(d.ann, ann, 5), ledger.ErrNotAllowed},
		"no reason": {func() error {
			return second(d.DeskCredit(d.ctx, d.max, ann, eur(5), " "))
		}, ledger.ErrInvalid},
		"no reason, proposed": {func() error {
			return second(d.DeskCredit(d.ctx, d.max, ann, eur(2500), " "))
		}, ledger.ErrInvalid},
		"a currency that is none": {func() error {
			return second(d.DeskCredit(d.ctx, d.max, ann, ledger.Amount{Micros: 1e6, Currency: "XXX"}, "x"))
		}, ledger.ErrInvalid},
		"an unknown proposal": {func() error {
			return second(d.DeskApprove(d.ctx, d.max, "prp_x"))
		}, ledger.ErrNotFound},
		"a denial without words": {func() error {
			return second(d.DeskDeny(d.ctx, d.other, hers.Data[0].Proposal, ""))
		}, ledger.ErrInvalid},
		"proposals read by no staff": {func() error {
			return second(d.DeskProposals(d.ctx, d.ann, true, view.Paging{}))
		}, ledger.ErrNotAllowed},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// A day's sum counts what is proposed, whatever becomes of it.
	for range 19 {
		must(t, credit(d.max, ann, 2500)())
	}
	if err := credit(d.max, ann, 2500)(); !errors.Is(err, ledger.ErrLimit) {
		t.Errorf("the day is used up: %v", err)
	}
	d.time.Pass(24 * time.Hour)
	if err := credit(d.max, ann, 2500)(); !errors.Is(err, ledger.ErrLimit) {
		t.Errorf("%d of one person wait: %v", ledger.MaxProposals, err)
	}
	must(t, credit(d.max, ann, 5)())
}

func second[T any](_ T, err error) error { return err }

// A proposal ends by the clock, by another person, or by who made it; and one that cannot be done any more waits on.
func TestEndsOfAProposal(t *testing.T) {
	d := newDesk(t, 2000)
	ann := d.user(d.ann).Handle
	propose := func() string {
		p, err := d.DeskCredit(d.ctx, d.mia, ann, eur(2500), "sorry")
		must(t, err)
		return p.Proposal
	}
	late, denied, withdrawn, waits := propose(), propose(), propose(), propose()
	v, err := d.DeskDeny(d.ctx, d.max, denied, "too much")
	must(t, err)
	is(t, "denied", v.State, "denied")
	v, err = d.DeskDeny(d.ctx, d.both, withdrawn, "a slip")
	must(t, err)
	is(t, "withdrawn by the other key", v.State, "withdrawn")
	d.decides(func(p *ledger.Policy) { p.Risk.StaffDay = eur(100).Micros })
	if _, err := d.DeskApprove(d.ctx, d.max, waits); !errors.Is(err, ledger.ErrLimit) {
		t.Errorf("approved above the day: %v", err)
	}
	d.decides(func(p *ledger.Policy) { p.Risk.StaffDay = eur(50_000).Micros })
	must(t, second(d.DeskApprove(d.ctx, d.max, waits)))
	d.time.Pass(ledger.ProposalLife)
	if _, err := d.DeskApprove(d.ctx, d.max, late); !errors.Is(err, ledger.ErrState) {
		t.Errorf("approved too late: %v", err)
	}
	open, err := d.DeskProposals(d.ctx, d.max, false, view.Paging{})
	must(t, err)
	is(t, "open", len(open.Data), 0)
	all, err := d.DeskProposals(d.ctx, d.max, true, view.Paging{})
	must(t, err)
	is(t, "all", len(all.Data), 4)
	is(t, "the oldest", all.Data[3].State, "expired")
}

// Staff give a sale back for its vendor, whole or in part, never more than is left, never to themselves, and above the
// bound with a second person. A sale that was returned meanwhile is refused when it is approved.
func TestRefundByStaff(t *testing.T) {
	d := newDesk(t, 2000)
	v, key := d.vendor("shop")
	small, large := d.buys(d.ann, v, "Small", eur(100)), d.buys(d.ann, v, "Large", eur(2500))
	before := d.balance(d.ann)
	done, err := d.DeskRefund(d.ctx, d.max, small.ID, eur(40), "duplicate")
	must(t, err)
	is(t, "state", done.State, "done")
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"more than is left": {func() error {
			return second(d.DeskRefund(d.ctx, d.max, small.ID, eur(61), "duplicate"))
		}, ledger.ErrInvalid},
		"no such reason": {func() error {
			return second(d.DeskRefund(d.ctx, d.max, small.ID, eur(1), "because"))
		}, ledger.ErrInvalid},
		"another currency": {func() error {
			return second(d.DeskRefund(d.ctx, d.max, small.ID, ledger.Amount{Micros: 1, Currency: "USD"}, "duplicate"))
		}, ledger.ErrInvalid},
		"unknown": {func() error {
			return second(d.DeskRefund(d.ctx, d.max, "chg_x", eur(1), "duplicate"))
		}, ledger.ErrNotFound},
		"no staff": {func() error {
			return second(d.DeskRefund(d.ctx, d.ann, small.ID, eur(1), "duplicate"))
		}, ledger.ErrNotAllowed},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	must(t, second(d.DeskRefund(d.ctx, d.max, small.ID, ledger.Amount{}, "duplicate")))
	is(t, "all of it is back", d.balance(d.ann), before+eur(100).Micros)
	err = second(d.DeskRefund(d.ctx, d.max, small.ID, ledger.Amount{}, "duplicate"))
	if !errors.Is(err, ledger.ErrState) {
		t.Errorf("again: %v", err)
	}
	asked, err := d.DeskRefund(d.ctx, d.max, large.ID, ledger.Amount{}, "not_delivered")
	must(t, err)
	is(t, "state", asked.State, "proposed")
	is(t, "amount", asked.Amount, eur(2500))
	seller, err := d.Authenticate(d.ctx, key)
	must(t, err)
	_, _, err = seller.Refund(d.ctx, asking("r", "r"), RefundOrder{
		Charge: opened(t, d.seal.OpenCharge, large.ID), Amount: eur(1), Reason: "duplicate",
	})
	must(t, err)
	if err := second(d.DeskApprove(d.ctx, d.mia, asked.Proposal)); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("more than is left by now: %v", err)
	}
	own := d.buys(d.ann, v, "Own", eur(100))
	d.role(d.max, ledger.RoleRep, d.user(d.ann).Handle)
	if err := second(d.DeskRefund(d.ctx, d.max, own.ID, eur(1), "duplicate")); !errors.Is(err, ledger.ErrNotAllowed) {
		t.Errorf("to oneself: %v", err)
	}
}

// A suspended vendor sells nothing until it is let go on; twice is refused, and what it sold stays.
func TestVendorIsSuspended(t *testing.T) {
	d := newDesk(t, 2000)
	v, _ := d.vendor("shop")
	sold := d.buys(d.ann, v, "Before", eur(100))
	c := d.asks(v, "Meanwhile", eur(100))
	state, err := d.VendorSuspend(d.ctx, d.max, "shop", "it sells what is not there")
	must(t, err)
	is(t, "state", state.State, "suspended")
	yes := view.Answer{Code: c.UserCode, Yes: true}
	d.refused(ledger.ErrNotAllowed, func() error { return second(d.Answer(d.ctx, d.ann, yes)) })
	d.refused(ledger.ErrState, func() error { return second(d.VendorSuspend(d.ctx, d.max, "shop", "again")) })
	d.refused(ledger.ErrInvalid, func() error { return second(d.VendorResume(d.ctx, d.max, "shop", "")) })
	d.refused(ledger.ErrNotFound, func() error { return second(d.VendorResume(d.ctx, d.max, "nobody", "x")) })
	d.refused(ledger.ErrNotAllowed, func() error { return second(d.VendorResume(d.ctx, d.ann, "shop", "x")) })
	must(t, second(d.Show(d.ctx, d.ann, sold.ID)))
	must(t, second(d.VendorResume(d.ctx, d.max, "shop", "it has answered")))
	must(t, second(d.Answer(d.ctx, d.ann, yes)))
}
