package server

import (
	"errors"
	"slices"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// decisions are the entries by which staff decide about a vendor.
var decisions = []ledger.Kind{
	ledger.KindDisputeStep, ledger.KindDisputeDecided, ledger.KindRefund, ledger.KindPayout, ledger.KindPayAccount,
	ledger.KindVendor, ledger.KindCampaign,
}

// decides reports whether an entry decides about its vendor. Terms of a referral do; what a run of settlements books of
// it follows from them.
func decides(e ledger.Entry) bool {
	return slices.Contains(decisions, e.Kind) || e.Referral != nil && e.Referral.Act == ledger.ReferralAgreed
}

// refuseOwnVendor refuses with ErrNotAllowed staff who have just decided about a vendor in whose team they are: by this
// key, or by another one of the wallet that is known to be theirs. It looks at what was written behind an entry.
func refuseOwnVendor(tx books.Tx, st ledger.Staff, before ledger.EntryNo) error {
	own, err := ownVendors(tx.Reader, st)
	if err != nil || len(own) == 0 {
		return err
	}
	head, _, err := tx.Head()
	if err != nil {
		return err
	}
	for no := before + 1; no <= head; no++ {
		e, found, err := tx.Entry(no)
		switch {
		case err != nil:
			return err
		case !found:
			return errors.New("server: an entry of this transaction is not there")
		case slices.Contains(own, e.Vendor) && decides(e.Entry) && e.Actor.Key == st.Fingerprint:
			return ledger.RefuseOwnVendor()
		}
	}
	return nil
}

// ownVendors are the vendors in whose teams a member of staff is known to be.
func ownVendors(r books.Reader, st ledger.Staff) (own []ledger.VendorID, err error) {
	keys := []string{st.Fingerprint}
	if st.Wallet != 0 {
		u, _, err := r.User(st.Wallet)
		if err != nil {
			return nil, err
		}
		for _, k := range u.Keys {
			keys = append(keys, k.Fingerprint)
		}
	}
	for _, k := range keys {
		m, found, err := r.TeamByKey(k)
		if err != nil {
			return nil, err
		}
		if found {
			own = append(own, m.Vendor)
		}
	}
	return own, nil
}
