package server

import (
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// stays is a store that another fixture closes.
type stays struct{ store.Store }

// An account is removed for good, but not while a debit is under way; its mandate can be revoked at any time.
func TestRemoveBankAccount(t *testing.T) {
	kv := store.NewMemory()
	f := newBankFixture(t, kv)
	ann, bob := f.join("ann"), f.join("bob")
	b := f.adds(ann, "EUR")
	f.pays(ann, "autodebit", 2500, "EUR")
	f.sends("autodebit")
	f.refused(ledger.ErrState, func() error { _, err := f.BankRemove(f.ctx, ann, b.ID); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.BankRemove(f.ctx, bob, b.ID); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.RevokeMandate(f.ctx, bob, b.Mandate); return err })
	if _, err := f.RevokeMandate(f.ctx, ann, b.Mandate); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: "autodebit", Amount: eur(500)})
		return err
	})
	f.days(12)
	is(t, "what the bank had is carried out", f.states(ann), "cleared")
	if _, err := f.BankRemove(f.ctx, ann, b.ID); err != nil {
		t.Fatal(err)
	}
	all, err := f.BankAccounts(f.ctx, ann)
	if err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	notInStore(t, kv, annsIBAN, annsName)
}

func (stays) Close() error { return nil }

// The id of a file leads to it also after restores, when its number has the generation in it.
func TestBankFileIDs(t *testing.T) {
	first, last := ledger.Generation{No: 1}, ledger.Generation{No: ledger.MaxGenerations}
	for _, no := range []uint64{1, 999_999_999_999, first.Owned(3), last.Owned(1)} {
		got, err := openBankFileID(bankFileID(no))
		if err != nil || got != no || len(bankFileID(no)) > 30 {
			t.Errorf("%d: %s, %d, %v", no, bankFileID(no), got, err)
		}
	}
	for _, id := range []string{
		"", "TPC", "TPC1", "TPC00000000000x", "tpc000000000001", "XXX000000000001", "TPC0000000000001",
	} {
		if _, err := openBankFileID(id); err == nil {
			t.Errorf("%q is read", id)
		}
	}
}
