package history

import (
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/store"
)

const (
	ann  ledger.UserID   = 1
	news ledger.VendorID = 1
)

var currencies = []ledger.Currency{"EUR", "USD"}

// journal is a store with one user, who has a wallet in two currencies and buys at one vendor.
type journal struct {
	t     testing.TB
	store store.Store
	at    time.Time
	svc   Service
}

func newJournal(t testing.TB) *journal {
	j := &journal{t: t, store: store.NewMemory(), at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	t.Cleanup(func() {
		if err := j.store.Close(); err != nil {
			t.Error(err)
		}
	})
	j.opens()
	return j
}

// opens opens the wallets.
func (j *journal) opens() {
	j.t.Helper()
	j.write(func(tx books.Tx) error {
		for _, c := range currencies {
			if err := tx.PutWallet(ledger.Wallet{User: ann, Currency: c}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (j *journal) write(fn func(books.Tx) error) {
	j.t.Helper()
	err := j.store.Update(j.t.Context(), func(kv store.Tx) error { return fn(books.Write(kv)) })
	if err != nil {
		j.t.Fatal(err)
	}
}

func (j *journal) read(fn func(books.Reader) error) {
	j.t.Helper()
	if err := j.store.View(j.t.Context(), func(kv store.Reader) error { return fn(books.Read(kv)) }); err != nil {
		j.t.Fatal(err)
	}
}

// pays puts money into a wallet, or takes it out for the vendor.
func (j *journal) pays(k ledger.Kind, c ledger.Currency, v ledger.VendorID) {
	j.t.Helper()
	const micros = 1000
	wallet, other := int64(-micros), ledger.Account{Class: ledger.Bank, Currency: c}
	if v != 0 {
		wallet, other = micros, ledger.Account{Class: ledger.VendorPending, Currency: c, Owner: uint64(v)}
	}
	j.appends(ledger.Entry{
		At: j.at, Kind: k, User: ann, Vendor: v, Amount: ledger.Amount{Micros: micros, Currency: c},
		Postings: []ledger.Posting{
			{Account: ledger.Account{Class: ledger.Paid, Currency: c, Owner: uint64(ann)}, Micros: wallet},
			{Account: other, Micros: -wallet},
		},
	})
}

// appends writes entries in one commit.
func (j *journal) appends(all ...ledger.Entry) {
	j.t.Helper()
	j.write(func(tx books.Tx) error {
		for _, e := range all {
			if _, err := tx.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
}
