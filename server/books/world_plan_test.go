package books

import (
	"slices"

	"tuppence/server/ledger"
	"tuppence/store"

	"pgregory.net/rapid"
)

// plans makes the royalty plan of the vendor, or its next version, and sells by it from then on.
func (w *world) plans(points uint32, fixed int64) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.PlanFacts{Policy: w.policy}
		var err error
		if f.Vendor, _, err = tx.Vendor(w.vendor); err != nil {
			return err
		}
		if f.Vendor.Plans > 0 {
			if f.Plan, _, err = tx.Plan(w.vendor, f.Vendor.Plans, 0); err != nil {
				return err
			}
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		c := ledger.PlanChange{Name: "standard", Currency: "EUR", Actor: ledger.Actor{Role: ledger.RoleVendor}}
		c.Lines = []ledger.Royalty{{Name: "Ada", Role: "author", BasisPoints: points}}
		if fixed > 0 {
			c.Lines = append(c.Lines, ledger.Royalty{Name: "Press", Role: "publisher", Fixed: fixed})
		}
		out, err := ledger.DecidePlan(c, f, w.now)
		if err != nil {
			return err
		}
		out.Plan.Lines = slices.Clone(out.Plan.Lines) // they may be those of the version before
		for i, l := range out.Plan.Lines {
			id, found, err := tx.Payee(w.vendor, l.Name)
			if err == nil && !found {
				id, err = tx.NextPayee()
				err = first(err, tx.PutPayee(w.vendor, l.Name, id))
			}
			if err != nil {
				return err
			}
			out.Plan.Lines[i].Payee = id
		}
		p := out.Plan
		out.Entry.Plan = &p
		w.offer.Plan, w.offer.Royalties = p.Number, nil
		o := w.offer
		if out.Vendor.Offers == 0 || o.ID.Vendor != w.vendor {
			return appended(tx, out.Entry)
		}
		newest, _, err := tx.Offer(o.ID, 0)
		if err != nil {
			return err
		}
		w.offer.Version, w.offer.Created = newest.Version+1, w.now
		return first(tx.PutPlan(p), tx.PutVendor(out.Vendor), tx.PutOffer(w.offer), appended(tx, out.Entry),
			appended(tx, ledger.Entry{At: w.now, Kind: ledger.KindOffer, Vendor: w.vendor}))
	})
}

// sellsByPlan makes two versions of a plan and sells by the second; it returns the entry of that.
func (l *busyWorld) sellsByPlan() (no ledger.EntryNo) {
	l.t.Helper()
	l.ok(l.plans(1250, 0))
	l.ok(l.plans(1500, 1_000))
	l.see(func(r Reader) (err error) {
		no, _, err = r.Head()
		return err
	})
	var err error
	l.byPlan, err = l.buys(l.funded(), false, false)
	l.ok(err)
	return no - 1 // the version of the offer follows it
}

// planOf is the plan by which the offer is sold.
func (w *world) planOf(tx Tx) (*ledger.RoyaltyPlan, error) {
	if w.offer.Plan == 0 {
		return nil, nil
	}
	p, _, err := tx.Plan(w.offer.ID.Vendor, w.offer.Plan, 0)
	return &p, err
}

// plan makes a version of the plan.
func (m *model) plan(t *rapid.T) {
	m.refused(m.w.plans(rapid.Uint32Range(0, 11_000).Draw(t, "points"), rapid.Int64Range(0, 20_000).Draw(t, "fixed")))
}

func planVersion(n uint32) func(*busyWorld) []byte {
	return func(l *busyWorld) []byte { return planKey(l.vendor, l.offer.Plan, n) }
}

// planFaults are those of royalty plans.
func planFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	made := func(l *world) ledger.EntryNo { return l.planned }
	sold := func(l *world) ledger.EntryNo { return l.byPlan }
	return []fault{
		{"plan without a plan", rowsEqual, "does not say which royalty plan", inEntry(made, func(_ *world, e *entry) {
			e.Plan = nil
		})},
		{"plan that skips a version", rowsEqual, "which is at", inEntry(made, func(_ *world, e *entry) {
			e.Plan.Version += 2
		})},
		{"sale by an old version", i5, "was not the newest", inEntry(sold, func(_ *world, e *entry) {
			e.Sale.PlanVersion--
		})},
		{"sale that shares otherwise", i5, "does not share as version", inEntry(sold, func(_ *world, e *entry) {
			e.Sale.Royalties[0].Role = "owner"
		})},
		{"fixed amounts of another currency", i5, "does not share as version", inEntry(made, func(_ *world, e *entry) {
			e.Plan.Currency = "USD"
		})},
		{"plan's row", rowsEqual, "is not what its entry says", inRow(planVersion(2), plans,
			func(_ *world, p *ledger.RoyaltyPlan) { p.Lines[0].BasisPoints++ })},
		{"plan missing", rowsEqual, "has no row", without(planVersion(1))},
		{"old version of a plan in use", indexesFit, "newer than the newest", func(l *world, tx store.Tx) error {
			return tx.Set(pairKey(tNewestPlan, l.vendor, l.offer.Plan), planKey(l.vendor, l.offer.Plan, 1))
		}},
	}
}
