package history

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/store"
)

const (
	ann  ledger.UserID   = 1
	news ledger.VendorID = 1
)

// journal is a store with one user, who has a wallet in two currencies and buys at one vendor.
type journal struct {
	t     *testing.T
	store store.Store
	at    time.Time
}

func newJournal(t *testing.T) *journal {
	j := &journal{t: t, store: store.NewMemory(), at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	t.Cleanup(func() {
		if err := j.store.Close(); err != nil {
			t.Error(err)
		}
	})
	j.write(func(tx books.Tx) error {
		for _, c := range []ledger.Currency{"EUR", "USD"} {
			if err := tx.PutWallet(ledger.Wallet{User: ann, Currency: c}); err != nil {
				return err
			}
		}
		return nil
	})
	return j
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
	j.write(func(tx books.Tx) error {
		_, err := tx.Append(ledger.Entry{
			At: j.at, Kind: k, User: ann, Vendor: v, Amount: ledger.Amount{Micros: micros, Currency: c},
			Postings: []ledger.Posting{
				{Account: ledger.Account{Class: ledger.Paid, Currency: c, Owner: uint64(ann)}, Micros: wallet},
				{Account: other, Micros: -wallet},
			},
		})
		return err
	})
}

// A walk over two wallets has every entry once, newest first, wherever it begins.
func TestWalkGoesOnWhereItEnded(t *testing.T) {
	j := newJournal(t)
	var all []ledger.EntryNo
	for i := range 2*stride + 7 {
		c := ledger.Currency("EUR")
		if i%3 == 0 {
			c = "USD"
		}
		j.pays(ledger.KindDeposit, c, 0)
		all = append(all, ledger.EntryNo(i+1))
	}
	slices.Reverse(all)
	// The places of a walk that has taken so many entries are where another one begins.
	j.read(func(r books.Reader) error {
		for taken := range all {
			first := walk{books: r, user: ann, chains: []chain{{currency: "EUR"}, {currency: "USD"}}}
			for range taken {
				if _, _, found, err := first.next(); err != nil || !found {
					t.Fatal(found, err)
				}
			}
			if _, _, err := first.peek(); err != nil {
				return err
			}
			w := walk{books: r, user: ann, chains: []chain{{currency: "EUR"}, {currency: "USD"}}}
			for i, no := range first.places() {
				w.chains[i].from, w.chains[i].over = no, no == 0
			}
			var got []ledger.EntryNo
			for {
				rec, c, found, err := w.next()
				if err != nil {
					return err
				}
				if !found {
					break
				}
				if rec.Amount.Currency != c {
					t.Errorf("entry %d of %s is in the wallet of %s", rec.No, rec.Amount.Currency, c)
				}
				got = append(got, rec.No)
			}
			if diff := cmp.Diff(all[taken:], got); diff != "" {
				t.Fatalf("after %d entries: %s", taken, diff)
			}
		}
		return nil
	})
}
