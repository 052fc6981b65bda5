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

func userIndexes(u ledger.User) (all [][]byte) {
	for _, m := range u.Keys {
		if m.Ended.IsZero() {
			all = append(all, key(tUserKey, m.Fingerprint))
		}
	}
	if u.Handle != "" {
		all = append(all, key(tHandle, u.Handle))
	}
	if u.Recovery != ([32]byte{}) {
		all = append(all, key(tRecovery, u.Recovery))
	}
	return all
}

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

func linkIndexes(l ledger.Link) [][]byte {
	if l.ID == (ledger.LinkID{}) {
		return nil
	}
	return [][]byte{key(tVendorLink, l.ID.Vendor, l.Created, l.ID.User, l.ID.Currency)}
}

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

// depositMoves tells whether the house has something to do about a deposit or waits for something.
func depositMoves(d ledger.Deposit) bool {
	switch d.State {
	case ledger.DepositCreated, ledger.DepositRequiresAction, ledger.DepositProcessing, ledger.DepositErrored,
		ledger.DepositSucceeded, ledger.DepositAwaiting, ledger.DepositUncollected:
		return true
	}
	return false
}

func depositIndexes(d ledger.Deposit) (all [][]byte) {
	if d.Reference != "" {
		all = append(all, key(tReference, d.Reference))
	}
	if d.External != "" {
		all = append(all, externalKey(d.Method, d.External))
	}
	if depositMoves(d) {
		all = append(all, key(tOpenDeposit, d.Created, d.ID.User, d.ID.Number))
	}
	return all
}

func disputeIndexes(d ledger.Dispute) (all [][]byte) {
	if d.No == 0 {
		return nil
	}
	all = [][]byte{key(tUserDispute, d.User, d.No), key(tVendorDispute, d.Vendor, d.No)}
	if d.State.Open() {
		all = append(all, key(tOpenDispute, d.DueBy, d.No))
	}
	return all
}

func transferIndexes(f ledger.Transfer) (all [][]byte) {
	if f.No == 0 {
		return nil
	}
	all = [][]byte{key(tUserTransfer, f.From, f.No), key(tClaim, f.Code)}
	if f.To != 0 && f.To != f.From {
		all = append(all, key(tUserTransfer, f.To, f.No))
	}
	if f.State == ledger.TransferSent {
		all = append(all, key(tOpenTransfer, f.Expires, f.No))
	}
	return all
}

func deliveryIndexes(d Delivery) (all [][]byte) {
	if d.Event == 0 {
		return nil
	}
	all = [][]byte{key(tVendorDelivery, d.Vendor, d.Event, d.Seq, d.Endpoint)}
	if d.Done.IsZero() && !d.Failed {
		all = append(all, key(tDueDelivery, d.Due, d.Event, d.Seq, d.Vendor, d.Endpoint))
	}
	return all
}

// putIndexed writes a record and moves its index rows.
func putIndexed[T, R any](t Tx, k []byte, f form[T, R], v T, indexes func(T) [][]byte) error {
	old, _, err := load(t.Reader, k, f)
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
		if found && bytes.Equal(at, k) { // a used-up code may be somebody else's by now
			if err := t.tx.Delete(i); err != nil {
				return err
			}
		}
	}
	return put(t, k, f, v)
}

// claim makes an index row lead to a record. Codes that people type are used again; everything else is unique for ever.
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

func has(all [][]byte, k []byte) bool {
	return slices.ContainsFunc(all, func(o []byte) bool { return bytes.Equal(o, k) })
}
