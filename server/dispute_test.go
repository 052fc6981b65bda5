package server

import (
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

func TestSmallDisputeIsRefundedByRule(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	p := ledger.DefaultPolicy()
	price := ledger.Amount{Micros: min(p.DisputeAuto, eur(25).Micros), Currency: "EUR"}
	bought := f.buys(ann, v, "How rivers freeze", price)
	d, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "not_delivered", Text: "empty\x1b[2Jpage"})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "state", d.State, view.State(ledger.DisputeAutoResolved))
	is(t, "text", d.Text, ledger.CleanText("empty\x1b[2Jpage", 1000))
	is(t, "balance", f.balance(ann), eur(1000).Micros)
	f.refused(ledger.ErrState, func() error {
		_, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "not_delivered"})
		return err
	})
}

// A larger one waits for staff with its money set aside.
func TestDisputeIsDecided(t *testing.T) {
	for _, c := range []struct {
		name     string
		userWins bool
		state    ledger.DisputeState
		balance  int64
	}{{"for the buyer", true, ledger.DisputeWon, 5000}, {"for the vendor", false, ledger.DisputeLost, 4000}} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t)
			v, _ := f.vendor("news")
			ann := f.funded("ann", eur(5000))
			f.unlimited(ann)
			bought := f.buys(ann, v, "Archive of a week", eur(1000))
			d, err := f.Dispute(
				f.ctx,
				ann,
				view.DisputeRequest{ID: bought.ID, Reason: "not_as_described", Text: "half of it is missing"},
			)
			if err != nil {
				t.Fatal(err)
			}
			is(t, "state", d.State, view.State(ledger.DisputeNeedsResponse))
			is(t, "balance while it waits", f.balance(ann), eur(4000).Micros)
			f.refused(ledger.ErrNotAllowed, func() error {
				_, err := f.Decide(f.ctx, ann, d.ID, true, "I say so")
				return err
			})
			f.refused(ledger.ErrNotFound, func() error {
				_, err := f.Decide(f.ctx, f.operator, bought.ID, true, "not the name of a dispute")
				return err
			})
			waiting, err := f.DeskDisputes(f.ctx, f.operator, view.DeskQuery{})
			if err != nil || len(waiting.Data) != 1 || len(waiting.Data[0].Notes) == 0 ||
				waiting.Data[0].Handle == "" {
				t.Fatalf("desk: %+v, %v", waiting, err)
			}
			got, err := f.Decide(f.ctx, f.operator, d.ID, c.userWins, "The vendor sent a list of what is in it.")
			if err != nil {
				t.Fatal(err)
			}
			is(t, "decided", got.State, map[bool]view.State{true: "for_buyer", false: "for_vendor"}[c.userWins])
			is(t, "balance while it can be appealed", f.balance(ann), eur(4000).Micros)
			f.time.Pass(got.DueBy.Sub(f.clock()) - time.Second)
			f.Sweep(f.ctx)
			is(t, "balance a second before", f.balance(ann), eur(4000).Micros)
			f.time.Pass(time.Second)
			f.Sweep(f.ctx)
			is(t, "balance at the end", f.balance(ann), eur(c.balance).Micros)
			f.refused(ledger.ErrState, func() error {
				_, err := f.Decide(f.ctx, f.operator, d.ID, !c.userWins, "another mind")
				return err
			})
			mine, err := f.Disputes(f.ctx, ann)
			if err != nil || len(mine) != 1 || mine[0].State != view.State(c.state) || mine[0].Note == "" ||
				mine[0].Handle != "" {
				t.Errorf("disputes: %+v, %v", mine, err)
			}
			if waiting, err = f.DeskDisputes(f.ctx, f.operator, view.DeskQuery{}); err != nil ||
				len(waiting.Data) != 0 {
				t.Errorf("desk at the end: %+v, %v", waiting, err)
			}
		})
	}
}

func TestSilenceMeansThatTheBuyerIsRight(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	bought := f.buys(ann, v, "Archive of a week", eur(1000))
	d, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "unauthorized"})
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(d.DueBy.Sub(f.clock()) - time.Second)
	f.Sweep(f.ctx)
	is(t, "a second before", f.balance(ann), eur(4000).Micros)
	f.time.Pass(time.Second)
	f.Sweep(f.ctx)
	f.Sweep(f.ctx)
	is(t, "at the end", f.balance(ann), eur(5000).Micros)
	mine, _ := f.Disputes(f.ctx, ann)
	is(t, "state", mine[0].State, view.State(ledger.DisputeWon))
	is(t, "note", mine[0].Note, "The vendor did not answer in time, so the buyer is right.")
}

func TestForeignPurchasesCannotBeDisputed(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann, bob := f.funded("ann", eur(1000)), f.funded("bob", eur(1000))
	bought := f.buys(ann, v, "How rivers freeze", eur(25))
	dispute := func(id string) *ledger.Refusal {
		return f.refused(ledger.ErrNotFound, func() error {
			_, err := f.Dispute(f.ctx, bob, view.DisputeRequest{ID: id, Reason: "not_delivered"})
			return err
		})
	}
	foreign, unknown := dispute(bought.ID), dispute(f.seal.Charge(99999))
	is(t, "words for foreign and unknown", foreign.Error(), unknown.Error())
	dispute("chg_0123")
	dispute("")
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "because"})
		return err
	})
}

// Staff do not decide about their own purchases.
func TestStaffDoNotDecideTheirOwnDispute(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	own := f.funded("operator", eur(5000))
	f.unlimited(own)
	bought := f.buys(own, v, "Archive of a week", eur(1000))
	d, err := f.Dispute(f.ctx, own, view.DisputeRequest{ID: bought.ID, Reason: "not_as_described"})
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Decide(f.ctx, f.operator, d.ID, true, "I like it")
		return err
	})
}

// unlimited lifts every limit of a wallet in euro.
func (f *fixture) unlimited(who view.Caller) {
	f.t.Helper()
	for _, period := range []string{"purchase", "day", "week", "month"} {
		f.setLimit(who, period, ledger.NoLimit)
	}
	f.read(func(r books.Reader) error {
		w, _, err := r.Wallet(f.user(who).ID, "EUR")
		is(f.t, "limit", w.Limits.PerPurchase, ledger.NoLimit)
		return err
	})
}
