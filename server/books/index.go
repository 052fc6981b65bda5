package books

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"tuppence/server/ledger"
)

// ErrTaken says that a name, key or code that must be unique belongs to another record, or that a version is there with
// another text. It is a caller's bug: use cases look first.
var ErrTaken = errors.New("books: taken")

// The index rows of each kind of record: where they stand follows from the record alone, so that Put can move them and
// the audit can check them. The value of each is the key of the record.

// userIndexes: keys that have ended lead nowhere, so the same key may join anew.
func userIndexes(u ledger.User) (all [][]byte) {
	for _, m := range u.Keys {
		if m.Ended.IsZero() {
			all = append(all, key(tUserKey, m.Fingerprint))
		}
	}
	if u.Handle != "" {
		all = append(all, key(tHandle, u.Handle))
	}
	for _, hash := range [][32]byte{u.Recovery, u.OldRecovery} {
		if hash != ([32]byte{}) && !has(all, key(tRecovery, hash)) {
			all = append(all, key(tRecovery, hash))
		}
	}
	return append(all, voiceIndexes(u.Voice)...)
}

// vendorIndexes: a key that was revoked must find no vendor.
func vendorIndexes(v ledger.Vendor) (all [][]byte) {
	if v.Name != "" {
		all = append(all, key(tVendorName, v.Name))
	}
	for _, k := range v.Keys {
		if k.Ended.IsZero() {
			all = append(all, key(tAPIKey, k.Hash))
		}
	}
	return all
}

// linkIndexes: by age, because a vendor reads its newest buyers first.
func linkIndexes(l ledger.Link) [][]byte {
	if l.ID == (ledger.LinkID{}) {
		return nil
	}
	return [][]byte{key(tVendorLink, l.ID.Vendor, l.Created, l.ID.User, l.ID.Currency)}
}

// checkoutIndexes: a checkout that is closed waits for no user any more.
func checkoutIndexes(c ledger.Checkout) (all [][]byte) {
	if c.TxnID != "" {
		all = append(all, key(tTxn, c.TxnID))
	}
	if c.UserCode != "" {
		all = append(all, key(tCode, c.UserCode))
	}
	if c.User != 0 && c.Status == ledger.CheckoutOpen {
		all = append(all, key(tWaiting, c.User, c.ID.Vendor, c.ID.Number))
	}
	return all
}

// depositIndexes: the reference is what a payer writes on a check, the external id what a processor calls the payment.
func depositIndexes(d ledger.Deposit) (all [][]byte) {
	if d.Reference != "" {
		all = append(all, key(tReference, d.Reference))
	}
	if d.External != "" {
		all = append(all, externalKey(d.Method, d.External))
	}
	if d.State.Moves() {
		all = append(all, openDepositKey(d))
	}
	return append(all, openDepositIndexes(d)...)
}

func openDepositKey(d ledger.Deposit) []byte {
	return key(tOpenDeposit, d.Created, d.ID.User, d.ID.Number)
}

// receiptIndexes: an instrument that is presented twice is found by what identifies it.
func receiptIndexes(r ledger.Receipt) (all [][]byte) {
	if r.Open() {
		all = append(all, key(tOpenReceipt, r.No))
	}
	if r.External != "" {
		all = append(all, key(tExternalReceipt, r.Source, "\x00", r.External))
	}
	return all
}

// disputeIndexes: an open dispute stands in the order of its deadline.
func disputeIndexes(d ledger.Dispute) (all [][]byte) {
	if d.No == 0 {
		return nil
	}
	all = [][]byte{key(tUserDispute, d.User, d.No), key(tVendorDispute, d.Vendor, d.No)}
	if d.State.Open() {
		all = append(all, key(tOpenDispute, d.DueBy, d.No))
	}
	return append(all, openDisputeIndexes(d)...)
}

// settlementIndexes: the newest that closes a period of a party is where its next one begins.
func settlementIndexes(s ledger.Settlement) (all [][]byte) {
	if s.No == 0 {
		return nil
	}
	all = [][]byte{
		key(tSettled, "2", s.Vendor, s.No), key(tSettled, "3", s.No), key(tSettled, "4", string(s.State), "\x00", s.No),
		key(tSettled, "6", s.Run, s.No),
	}
	if s.Closes() {
		all = append(all, append(closedKey(s.Party()), numberKey(0, s.No)[1:]...))
	}
	if s.File != 0 {
		all = append(all, key(tSettled, "5", s.File, s.No))
	}
	if s.Payee == 0 {
		all = append(all, key(tSettled, "7", s.Vendor, s.No))
	}
	if s.Payee == 0 && s.State.InTransit() {
		all = append(all, key(tSettled, "8", s.Vendor, s.No))
	}
	return all
}

// closedKey is under which the settlements stand that closed a period of a party.
func closedKey(p ledger.Party) []byte {
	return key(tSettled, "1", p.Vendor, p.Payee, p.Currency, "\x00")
}

// transferIndexes: sender and receiver see it in their lists; the claim code leads to it for ever, so none is given
// twice.
func transferIndexes(f ledger.Transfer) (all [][]byte) {
	if f.No == 0 {
		return nil
	}
	all = [][]byte{key(tUserTransfer, f.From, f.No), key(tClaim, f.Code)}
	if f.Hint != "" { // hashes have 32 bytes, so they are told apart
		all = append(all, key(tClaim, f.Hint, f.No))
	}
	if f.To != 0 && f.To != f.From {
		all = append(all, key(tUserTransfer, f.To, f.No))
	}
	if f.State == ledger.TransferSent {
		all = append(all, key(tOpenTransfer, f.Expires, f.No))
	}
	return all
}

// staffActIndexes: a look at a wallet is found by its owner, what a member of a team did by its vendor.
func staffActIndexes(a StaffAct) (all [][]byte) {
	if a.No != 0 && a.User != 0 && a.Entry == 0 {
		all = append(all, key(tLook, a.User, a.No))
	}
	if a.No != 0 && a.Vendor != 0 {
		all = append(all, key(tOpen, teamActs, a.Vendor, a.No))
	}
	return all
}

// deliveryIndexes: what is done or parked leaves the queue and stays in the list of its vendor. What waits for an
// earlier event of its buyer is not in the queue.
func deliveryIndexes(d Delivery) (all [][]byte) {
	if d.Event == 0 {
		return nil
	}
	all = [][]byte{key(tVendorDelivery, d.Vendor, d.Event, d.Seq, d.Endpoint)}
	if d.Waits() && !d.Held {
		all = append(all, key(tDueDelivery, d.Due, d.Event, d.Seq, d.Vendor, d.Endpoint))
	}
	if d.Waits() && d.Ordered() {
		all = append(all, key(tBuyerDelivery, d.Vendor, d.Endpoint, d.Buyer, d.Event, d.Seq))
	}
	return all
}

// putIndexed writes a record and moves its index rows: it claims those that are new, before it deletes those that the
// old record had and the new one has not.
func putIndexed[T, R any](t Tx, k []byte, c codec[T, R], v T, indexes func(T) [][]byte) error {
	old, _, err := load(t.Reader, k, c)
	if err != nil {
		return err
	}
	had, want := indexes(old), indexes(v)
	for _, i := range want {
		if !has(had, i) {
			if err := t.claim(i, k); err != nil {
				return err
			}
		}
	}
	for _, i := range had {
		if has(want, i) {
			continue
		}
		at, found, err := t.get(i)
		if err != nil {
			return err
		}
		if found && bytes.Equal(at, k) { // a used-up code may lead to another checkout by now
			if err := t.tx.Delete(i); err != nil {
				return err
			}
		}
	}
	return put(t, k, c, v)
}

// claim makes an index row lead to a record, or returns ErrTaken. Codes that people type are used again; everything
// else is unique for ever.
func (t Tx) claim(index, target []byte) error {
	at, found, err := t.get(index)
	if err != nil {
		return err
	}
	if found && !bytes.Equal(at, target) && index[0] != tCode {
		return fmt.Errorf("%w: index %s leads to %s, not to %s", ErrTaken, keyName(index), keyName(at), keyName(target))
	}
	return t.tx.Set(index, target)
}

// has returns whether a key is in a list of a few.
func has(all [][]byte, k []byte) bool {
	return slices.ContainsFunc(all, func(o []byte) bool { return bytes.Equal(o, k) })
}
