package books

import (
	"bytes"
	"fmt"

	"tuppence/server/ledger"
)

// planKey: the versions of a plan follow each other, and the plans of a vendor.
func planKey(v ledger.VendorID, number uint64, version uint32) []byte {
	return key(tPlan, v, number, version)
}

// Plan reads one version of a royalty plan; version 0 is the newest.
func (r Reader) Plan(v ledger.VendorID, number uint64, version uint32) (ledger.RoyaltyPlan, bool, error) {
	k := planKey(v, number, version)
	if version == 0 {
		target, found, err := r.get(pairKey(tNewestPlan, v, number))
		if err != nil || !found {
			return ledger.RoyaltyPlan{}, false, err
		}
		k = target
	}
	return loadDecoded(r, k, &plans)
}

// Plans reads the newest version of each plan of a vendor, oldest plan first. A vendor has few.
func (r Reader) Plans(v ledger.VendorID) ([]ledger.RoyaltyPlan, error) {
	return scan(r, key(tNewestPlan, v), after(key(tNewestPlan, v)), false, 0, deref(r, plans))
}

// PutPlan writes a version of a plan and makes it the newest. A version never changes: another text under its number is
// ErrTaken.
func (t Tx) PutPlan(p ledger.RoyaltyPlan) error {
	k, b := planKey(p.Vendor, p.Number, p.Version), plans.encode(p)
	switch had, found, err := t.get(k); {
	case err != nil:
		return err
	case found && !bytes.Equal(had, b):
		return fmt.Errorf("%w: plan %d/%d has a version %d", ErrTaken, p.Vendor, p.Number, p.Version)
	}
	if err := t.tx.Set(pairKey(tNewestPlan, p.Vendor, p.Number), k); err != nil {
		return err
	}
	return t.tx.Set(k, b)
}
