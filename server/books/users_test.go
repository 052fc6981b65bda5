package books

import (
	"testing"

	"tuppence/server/ledger"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever wallet a caller puts, limits and counters are what stays of it: balances, and the place in the journal, are
// as Append has left them, and zero in a wallet that is new.
func TestPutWalletMovesNoMoney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		u := ledger.UserID(99)
		if rapid.Bool().Draw(t, "funded") {
			u = w.funded()
		}
		var had ledger.Wallet
		w.see(func(r Reader) (err error) {
			had, _, err = r.Wallet(u, "EUR")
			return err
		})
		want := anyOf[ledger.Wallet](t, source{})
		want.User, want.Currency = u, "EUR"
		w.do(func(tx Tx) error { return tx.PutWallet(want) })
		want.Paid, want.Uncollected, want.Held, want.Owed = had.Paid, had.Uncollected, had.Held, had.Owed
		want.Last, want.Count, want.Hidden, want.Lots, want.Past = had.Last, had.Count, had.Hidden, had.Lots, had.Past
		want.Credit, want.Incentives = had.Credit, had.Incentives
		w.see(func(r Reader) error {
			got, found, err := r.Wallet(u, "EUR")
			if diff := cmp.Diff(want, got); diff != "" || !found || err != nil {
				t.Fatalf("%v, %v (-want +got):\n%s", found, err, diff)
			}
			return nil
		})
	})
}

// Counting a sale on a link changes its row and nothing else: its place among the vendor's links stays.
func TestRecountLinkChangesOneRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		l := anyOf[ledger.Link](t, source{})
		l.ID.User, l.ID.Vendor = l.ID.User|1, l.ID.Vendor|1
		w.do(func(tx Tx) error { return tx.PutLink(l) })
		before := w.dump()
		l.Count, l.Sum = rapid.Uint64().Draw(t, "count"), rapid.Int64().Draw(t, "sum")
		l.Spent = anyOf[ledger.Counters](t, source{})
		w.do(func(tx Tx) error { return tx.RecountLink(l) })
		before[string(linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency))] = string(links.encode(l))
		if diff := cmp.Diff(before, w.dump()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		w.see(func(r Reader) error {
			all, err := r.UserLinks(l.ID.User)
			if diff := cmp.Diff([]ledger.Link{l}, all); diff != "" || err != nil {
				t.Fatalf("links of the user: %v (-want +got):\n%s", err, diff)
			}
			return nil
		})
	})
}

// Named values, staff, payees and the policy come back as they were put, and none is there before.
func TestPlainRowsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		name := rapid.StringN(1, 10, -1).Draw(t, "name")
		value, id := rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "value"), ledger.PayeeID(rapid.Uint64().Draw(t, "payee"))
		staff, policy := anyOf[ledger.Staff](t, source{}), anyOf[ledger.Policy](t, source{})
		staff.Fingerprint = name
		w.see(func(r Reader) error {
			_, a, err := r.Meta(name)
			_, b, err2 := r.Staff(name)
			_, c, err3 := r.Payee(9, name)
			if a || b || c {
				t.Fatalf("there before: %v, %v, %v", a, b, c)
			}
			return first(err, err2, err3)
		})
		w.do(func(tx Tx) error {
			return first(tx.PutMeta(name, value), tx.PutStaff(staff), tx.PutPayee(9, name, id), tx.PutPolicy(policy))
		})
		w.see(func(r Reader) error {
			a, _, err := r.Meta(name)
			b, _, err2 := r.Staff(name)
			c, _, err3 := r.Payee(9, name)
			d, _, err4 := r.Policy()
			if diff := cmp.Diff([]any{value, staff, id, policy}, []any{a, b, c, d}); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			return first(err, err2, err3, err4)
		})
		w.do(func(tx Tx) error { return first(tx.DropMeta(name), tx.DropMeta(name)) })
		w.see(func(r Reader) error {
			if _, found, err := r.Meta(name); found || err != nil {
				t.Fatalf("dropped, but found: %v, %v", found, err)
			}
			return nil
		})
	})
}
