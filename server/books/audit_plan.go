package books

import (
	"bytes"
	"context"
	"slices"

	"tuppence/server/ledger"
)

// planID names a version of a royalty plan; version 0 stands for the newest.
type planID struct {
	vendor  ledger.VendorID
	number  uint64
	version uint32
}

// plan notes a version of a royalty plan. The versions of a plan follow each other; an entry without a new one makes a
// plan the default of its vendor.
func (a *auditor) plan(rec Record) error {
	p := rec.Plan
	if p == nil || p.Vendor != rec.Vendor {
		a.find(rowsEqual, "entry %d does not say which royalty plan it makes", rec.No)
		return nil
	}
	newest := planID{p.Vendor, p.Number, 0}
	had, known := a.plans[newest]
	last := uint32(0)
	if known {
		e, _, err := a.entryAt(had)
		if err != nil {
			return err
		}
		last = e.Plan.Version
	}
	switch p.Version {
	case last + 1:
		a.plans[newest], a.plans[planID{p.Vendor, p.Number, p.Version}] = rec.No, rec.No
	case last:
	default:
		a.find(rowsEqual, "entry %d makes version %d of royalty plan %d/%d, which is at %d",
			rec.No, p.Version, p.Vendor, p.Number, last)
	}
	return nil
}

// planned checks that a sale by a plan pins the newest version of its time, and that its shares are what that version
// gives (I5), fixed amounts in the currency of the price.
func (a *auditor) planned(rec Record) error {
	s := rec.Sale
	if s.Plan == 0 {
		return nil
	}
	no, known := a.plans[planID{rec.Vendor, s.Plan, 0}]
	var p ledger.RoyaltyPlan
	if known {
		e, _, err := a.entryAt(no)
		if err != nil {
			return err
		}
		p = *e.Plan
	}
	if !known || p.Version != s.PlanVersion {
		a.find(i5, "sale %d pins version %d of royalty plan %d, which was not the newest", rec.No, s.PlanVersion, s.Plan)
		return nil
	}
	net := ledger.Amount{Micros: s.Price.Micros - s.Commission, Currency: s.Price.Currency}
	_, due, err := ledger.PlanShares(p, net, s.Quantity)
	if err != nil || !slices.Equal(due, s.Royalties) {
		a.find(i5, "sale %d does not share as version %d of royalty plan %d says", rec.No, s.PlanVersion, s.Plan)
	}
	return nil
}

// planRows compares each version of a plan with the copy in its entry, and checks that none is newer than the newest.
func (a *auditor) planRows(ctx context.Context) error {
	missing := map[planID]bool{}
	for id := range a.plans {
		if id.version != 0 {
			missing[id] = true
		}
	}
	at := func(p ledger.RoyaltyPlan) []byte { return planKey(p.Vendor, p.Number, p.Version) }
	err := rows(ctx, a, tPlan, plans, at, func(k []byte, p ledger.RoyaltyPlan) error {
		id := planID{p.Vendor, p.Number, p.Version}
		delete(missing, id)
		e, found, err := a.entryAt(a.plans[id])
		if err != nil {
			return err
		}
		if !found || e.Plan == nil || !bytes.Equal(plans.encode(*e.Plan), plans.encode(p)) {
			a.find(rowsEqual, "version %d of royalty plan %d/%d is not what its entry says", p.Version, p.Vendor, p.Number)
		}
		newest, _, err := a.r.get(pairKey(tNewestPlan, p.Vendor, p.Number))
		if err == nil && bytes.Compare(newest, k) < 0 {
			a.find(indexesFit, "version %d of royalty plan %d/%d is newer than the newest", p.Version, p.Vendor, p.Number)
		}
		return err
	})
	for id := range missing {
		a.find(rowsEqual, "version %d of royalty plan %d/%d has no row", id.version, id.vendor, id.number)
	}
	return err
}
