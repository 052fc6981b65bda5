package server

import (
	"errors"
	"slices"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// follows reports whether an entry about a vendor follows from the rules, whoever has begun it: rewards that are
// booked, and a payout that was approved and goes into a file. Everything else that staff write about a vendor is a
// decision. What a run of settlements books is no act of staff either: see [Server.settle].
func follows(e ledger.Entry) bool {
	if s := e.Settlement; e.Kind == ledger.KindPayout && s != nil && s.State == ledger.SettlementSubmitted {
		return true
	}
	return e.Referral != nil && e.Referral.Act == ledger.ReferralBooked
}

// decidesAbout is the vendor that an entry is about: its own, or that of the thing which it has moved on. Not every
// step of a payout is told to its vendor, and tokens that the service gives may be spent at one vendor only.
func decidesAbout(e ledger.Entry) ledger.VendorID {
	switch {
	case e.Vendor != 0:
		return e.Vendor
	case e.Settlement != nil:
		return e.Settlement.Vendor
	case e.Incentive != nil:
		return e.Incentive.Vendor
	case e.Campaign != nil:
		return e.Campaign.Vendor
	}
	return 0
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
		case e.Actor.Key == st.Fingerprint && slices.Contains(own, decidesAbout(e.Entry)) && !follows(e.Entry):
			return ledger.RefuseOwnVendor()
		}
	}
	return nil
}

// refuseOwnSale refuses with ErrNotAllowed staff who decide about a proposal to give back a sale of a vendor in whose
// team they are: the entry of a denial names no vendor. Their own proposal they may withdraw.
func refuseOwnSale(r books.Reader, f ledger.ProposalFacts) error {
	if f.Proposal.Sale == 0 || ledger.SamePerson(f.Proposer, f.Staff) {
		return nil
	}
	sold, _, err := r.Entry(f.Proposal.Sale)
	if err != nil {
		return err
	}
	own, err := ownVendors(r, f.Staff)
	if err == nil && slices.Contains(own, sold.Vendor) {
		err = ledger.RefuseOwnVendor()
	}
	return err
}

// ownVendors are the vendors in whose teams a member of staff is known to be: by any key of staff that is the same
// person's, or by one of the wallet.
func ownVendors(r books.Reader, st ledger.Staff) (own []ledger.VendorID, err error) {
	keys, err := staffKeys(r, st)
	if err != nil {
		return nil, err
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

// staffKeys are all keys that are known to be of one member of staff.
func staffKeys(r books.Reader, st ledger.Staff) (keys []string, err error) {
	all, err := r.AllStaff()
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if ledger.SamePerson(o, st) {
			keys = append(keys, o.Fingerprint)
		}
	}
	if st.Wallet == 0 {
		return keys, nil
	}
	u, _, err := r.User(st.Wallet)
	for _, k := range u.Keys {
		keys = append(keys, k.Fingerprint)
	}
	return keys, err
}
