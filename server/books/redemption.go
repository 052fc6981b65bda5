package books

import (
	"encoding/binary"
	"time"

	"tuppence/server/ledger"
)

// Redemption reads a redemption by the entry that opened it.
func (r Reader) Redemption(no ledger.EntryNo) (ledger.Redemption, bool, error) {
	return load(r, key(tRedemption, no), redemptions)
}

// PutRedemption writes a redemption and its places in the lists.
func (t Tx) PutRedemption(d ledger.Redemption) error {
	return putIndexed(t, key(tRedemption, d.No), redemptions, d, redemptionIndexes)
}

// redemptionIndexes: by wallet, by how far they are, by file, and while they are on their way.
func redemptionIndexes(d ledger.Redemption) (all [][]byte) {
	if d.No == 0 {
		return nil
	}
	all = [][]byte{key(tRedeemed, "1", d.User, d.No), key(tRedeemed, "2", string(d.State), "\x00", d.No)}
	if d.File != 0 {
		all = append(all, key(tRedeemed, "3", d.File, d.No))
	}
	if d.Deposit != 0 && (d.State == ledger.RedemptionApproved || d.State == ledger.RedemptionSubmitted) {
		all = append(all, key(tRedeemed, "5", d.No))
	}
	return append(all, openRedemptionIndexes(d)...)
}

// RedemptionQuery asks for redemptions, the newest first. The first of its fields that is set chooses the list; a zero
// query is all.
type RedemptionQuery struct {
	User   ledger.UserID
	State  ledger.RedemptionState
	File   uint64
	Before ledger.EntryNo // 0: from the newest
}

// Redemptions reads redemptions, the newest first, at most limit of them (0: all).
func (r Reader) Redemptions(q RedemptionQuery, limit int) ([]ledger.Redemption, error) {
	prefix := key(tRedemption)
	switch {
	case q.User != 0:
		prefix = key(tRedeemed, "1", q.User)
	case q.State != "":
		prefix = key(tRedeemed, "2", string(q.State), "\x00")
	case q.File != 0:
		prefix = key(tRedeemed, "3", q.File)
	}
	to := after(prefix)
	if q.Before != 0 {
		to = binary.BigEndian.AppendUint64(prefix[:len(prefix):len(prefix)], uint64(q.Before))
	}
	if prefix[0] == tRedemption {
		return scan(r, prefix, to, true, limit, redemptions.decode)
	}
	return scan(r, prefix, to, true, limit, deref(r, redemptions))
}

// RedemptionsUp reads redemptions in a state with the oldest first, behind an entry.
func (r Reader) RedemptionsUp(
	s ledger.RedemptionState, behind ledger.EntryNo, limit int,
) ([]ledger.Redemption, error) {
	prefix := key(tRedeemed, "2", string(s), "\x00")
	from := binary.BigEndian.AppendUint64(prefix[:len(prefix):len(prefix)], uint64(behind)+1)
	return scan(r, from, after(prefix), false, limit, deref(r, redemptions))
}

// OpenRefunds reads the redemptions that a processor has, or is to have, the oldest first, behind an entry.
func (r Reader) OpenRefunds(behind ledger.EntryNo, limit int) ([]ledger.Redemption, error) {
	prefix := key(tRedeemed, "5")
	return scan(r, key(tRedeemed, "5", behind+1), after(prefix), false, limit, deref(r, redemptions))
}

func refillKey(u ledger.UserID, c ledger.Currency) []byte { return key(tRefill, u, c) }

// Refill reads the weekly budget of an account; false for one that never had any.
func (r Reader) Refill(u ledger.UserID, c ledger.Currency) (ledger.Refill, bool, error) {
	return load(r, refillKey(u, c), refills)
}

// DueRefills reads the weekly budgets about which something is to be done at an instant, the earliest first, behind one
// of them.
func (r Reader) DueRefills(until time.Time, behind ledger.Refill, limit int) ([]ledger.Refill, error) {
	from := key(tRedeemed, "4")
	if behind.User != 0 {
		from = append(dueRefillKey(behind), 0)
	}
	return scan(r, from, key(tRedeemed, "4", until.Add(time.Microsecond)), false, limit, deref(r, refills))
}

func dueRefillKey(f ledger.Refill) []byte { return key(tRedeemed, "4", f.Next(), f.User, f.Currency) }

// PutRefill writes the weekly budget of an account.
func (t Tx) PutRefill(f ledger.Refill) error {
	return putIndexed(t, refillKey(f.User, f.Currency), refills, f, refillIndexes)
}

// refillIndexes: in the order of time, while there is something to do.
func refillIndexes(f ledger.Refill) [][]byte {
	if f.User == 0 || f.Next().IsZero() {
		return nil
	}
	return [][]byte{dueRefillKey(f)}
}
