package books

import (
	"bytes"
	"time"

	"tuppence/server/ledger"
)

// What is open stands in lists of its own, so that a decision about a person, or a sweep, reads all of it at the cost
// of what there is, however much came since. The rows of a list go when the last of it ends.

// Lists under tOpen.
const (
	openRedemption = "1" // redemptions of a person that are on their way
	openRefundable = "2" // deposits of a person that a processor may send back
	openTakenBack  = "3" // deposits of a person that are being taken back
	openContest    = "4" // disputes of a person that are open
	openHold       = "5" // sales whose money waits for the vendor, in the order in which that ends
	teamActs       = "6" // lines of the staff log by the team of a vendor, as long as they are kept
	revokedGrants  = "7" // sales of a vendor whose grant was revoked, in the order in which that was
)

func openRedemptionIndexes(d ledger.Redemption) [][]byte {
	if !d.State.InTransit() {
		return nil
	}
	return [][]byte{key(tOpen, openRedemption, d.User, d.No)}
}

func openDepositIndexes(d ledger.Deposit) (all [][]byte) {
	if d.MayGoBack() {
		all = append(all, append(refundableKey(d.ID.User, d.Amount.Currency), numberKey(0, d.ID.Number)[1:]...))
	}
	if d.State.TakingBack() {
		all = append(all, key(tOpen, openTakenBack, d.ID.User, d.ID.Number))
	}
	return all
}

func openHoldIndexes(p ledger.Purchase) [][]byte {
	if p.State != ledger.PurchaseHeld {
		return nil
	}
	return [][]byte{openHoldKey(p)}
}

// purchaseIndexes: a sale whose grant was revoked is found by when that was. Earlier programs did not say whose it is.
func purchaseIndexes(p ledger.Purchase) [][]byte {
	all := openHoldIndexes(p)
	if !p.Grant.Revoked.IsZero() && p.Grant.Vendor != 0 {
		all = append(all, revokedKey(p))
	}
	return all
}

func revokedKey(p ledger.Purchase) []byte {
	return key(tOpen, revokedGrants, p.Grant.Vendor, p.Grant.Revoked, p.No)
}

// Revoked reads the sales of a vendor whose grants were revoked at an instant or later (zero: all), the oldest first,
// those behind one (zero: from the first), at most limit of them.
func (r Reader) Revoked(
	v ledger.VendorID, since time.Time, behind ledger.Purchase, limit int,
) ([]ledger.Purchase, error) {
	from, end := key(tOpen, revokedGrants, v), after(key(tOpen, revokedGrants, v))
	if !since.IsZero() {
		from = key(tOpen, revokedGrants, v, since)
	}
	if behind.No != 0 {
		if next := append(revokedKey(behind), 0); bytes.Compare(next, from) > 0 {
			from = next
		}
	}
	return scan(r, from, end, false, limit, deref(r, purchases))
}

func openHoldKey(p ledger.Purchase) []byte { return key(tOpen, openHold, p.HoldUntil, p.No) }

func openDisputeIndexes(d ledger.Dispute) [][]byte {
	if !d.State.Open() {
		return nil
	}
	return [][]byte{key(tOpen, openContest, d.User, d.No)}
}

// refundableKey is under which the deposits of an account stand that may be sent back.
func refundableKey(u ledger.UserID, c ledger.Currency) []byte {
	return key(tOpen, openRefundable, u, c, "\x00")
}

// OpenRedemptions reads all redemptions of a person that are on their way, the oldest first: no more than
// [ledger.RedemptionsOpen].
func (r Reader) OpenRedemptions(u ledger.UserID) ([]ledger.Redemption, error) {
	prefix := key(tOpen, openRedemption, u)
	return scan(r, prefix, after(prefix), false, 0, deref(r, redemptions))
}

// EachRefundable visits the deposits of an account that a processor may send back, the newest first, until visit wants
// no more.
func (r Reader) EachRefundable(u ledger.UserID, c ledger.Currency, visit func(ledger.Deposit) (more bool)) error {
	prefix := refundableKey(u, c)
	for kv, err := range r.kv.Scan(prefix, after(prefix), true, 0) {
		if err != nil {
			return err
		}
		d, err := deref(r, deposits)(kv.Key, kv.Value)
		if err != nil || !visit(d) {
			return err
		}
	}
	return nil
}

// TakingBack returns whether a deposit of a person is being taken back.
func (r Reader) TakingBack(u ledger.UserID) (bool, error) {
	return r.some(key(tOpen, openTakenBack, u))
}

// Contests returns whether a dispute of a person is open.
func (r Reader) Contests(u ledger.UserID) (bool, error) { return r.some(key(tOpen, openContest, u)) }

// OpenContests reads the disputes of a person that are open, the newest first.
func (r Reader) OpenContests(u ledger.UserID) ([]ledger.Dispute, error) {
	prefix := key(tOpen, openContest, u)
	return scan(r, prefix, after(prefix), true, 0, deref(r, disputes))
}

// some returns whether there is a row under a prefix.
func (r Reader) some(prefix []byte) (found bool, err error) {
	for _, err := range r.kv.Scan(prefix, after(prefix), false, 1) {
		return err == nil, err
	}
	return false, nil
}
