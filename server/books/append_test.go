package books

import (
	"context"
	"errors"
	"maps"
	"math"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sums is the simplest books there can be: a sum for each account.
type sums struct {
	balances map[ledger.Account]int64
	wallets  map[walletID]bool
	holders  map[uint64]walletID
}

// wants returns why an entry must be refused, or the sums after it. no is the number that it will get.
func (s sums) wants(e ledger.Entry, no ledger.EntryNo) (map[ledger.Account]int64, error) {
	after := maps.Clone(s.balances)
	switch c := e.Amount.Currency; {
	case e.Balanced() != nil:
		return nil, ErrUnbalanced
	case c == "" && len(e.Postings) > 0:
		return nil, ErrParty
	case c == "":
		return after, nil
	case e.User != 0 && !s.wallets[walletID{e.User, c}],
		e.Counterparty != 0 && (e.Counterparty == e.User || !s.wallets[walletID{e.Counterparty, c}]):
		return nil, ErrParty
	}
	for _, p := range e.Postings {
		if err := s.mayMove(e, p.Account, no); err != nil {
			return nil, err
		}
		after[p.Account] += p.Micros
	}
	for _, p := range e.Postings {
		if !p.Account.Class.Allows(after[p.Account]) {
			return nil, ErrSign
		}
	}
	return after, nil
}

// mayMove returns whether an entry names the owner of an account.
func (s sums) mayMove(e ledger.Entry, a ledger.Account, no ledger.EntryNo) error {
	named := func(w walletID) bool {
		return w.User != 0 && w.Currency == e.Amount.Currency && (w.User == e.User || w.User == e.Counterparty)
	}
	switch a.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		if !named(walletID{ledger.UserID(a.Owner), a.Currency}) {
			return ErrParty
		}
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		if a.Owner == 0 || ledger.VendorID(a.Owner) != e.Vendor || a.Currency != e.Amount.Currency {
			return ErrParty
		}
	case ledger.Held:
		holder, placed := s.holders[a.Owner]
		if a.Owner == uint64(no) {
			holder, placed = walletID{e.User, a.Currency}, true
		}
		switch {
		case !placed:
			return ErrSign
		case !named(walletID{holder.User, a.Currency}):
			return ErrParty
		}
	}
	return nil
}

// randomEntry draws an entry on a few accounts: mostly one that balances, about users and vendors that mostly are its
// parties.
func randomEntry(t *rapid.T, no ledger.EntryNo) ledger.Entry {
	currency := rapid.SampledFrom([]ledger.Currency{"EUR", "EUR", "EUR", "USD", ""})
	few := func(most uint64, what string) uint64 { return rapid.Uint64Range(0, most).Draw(t, what) }
	e := ledger.Entry{
		At: morning, Kind: ledger.KindStaff, User: ledger.UserID(few(3, "user")), Vendor: ledger.VendorID(few(2, "vendor")),
		Amount: ledger.Amount{Micros: 1, Currency: currency.Draw(t, "currency")},
	}
	if rapid.IntRange(0, 2).Draw(t, "two") == 0 {
		e.Counterparty = ledger.UserID(few(3, "counterparty"))
	}
	account := func(c ledger.Currency) ledger.Account {
		a := ledger.Account{Currency: c}
		switch rapid.IntRange(0, 5).Draw(t, "class") {
		case 0:
			a.Class = rapid.SampledFrom([]ledger.Class{ledger.Paid, ledger.Uncollected, ledger.Receivable}).Draw(t, "of a user")
			a.Owner = rapid.SampledFrom([]uint64{uint64(e.User), uint64(e.Counterparty), few(3, "owner")}).Draw(t, "owner")
		case 1:
			a.Class = rapid.SampledFrom([]ledger.Class{ledger.VendorPending, ledger.VendorAvailable}).Draw(t, "of a vendor")
			a.Owner = uint64(e.Vendor)
		case 2:
			a.Class, a.Owner = ledger.Held, rapid.SampledFrom([]uint64{uint64(no), few(uint64(no), "hold")}).Draw(t, "hold")
		default:
			a.Class = rapid.SampledFrom([]ledger.Class{ledger.Bank, ledger.Commission, ledger.DisputeHold}).Draw(t, "other")
		}
		return a
	}
	for range rapid.IntRange(0, 3).Draw(t, "pairs") {
		n, c := rapid.Int64Range(1, 100).Draw(t, "micros"), e.Amount.Currency
		if rapid.IntRange(0, 7).Draw(t, "another currency") == 0 {
			c = "USD"
		}
		e.Postings = append(e.Postings,
			ledger.Posting{Account: account(c), Micros: n}, ledger.Posting{Account: account(c), Micros: -n})
	}
	if len(e.Postings) > 0 && rapid.IntRange(0, 9).Draw(t, "broken") == 0 {
		e.Postings[0].Micros++
	}
	return e
}

// Whatever entries come, Append takes exactly those that balance, name the owners of what they move and leave every
// account on its side; the rows are then the sums of the postings, and a refused entry changes no byte.
func TestAppendAgainstSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, kv: store.NewMemory(), now: morning}
		model := sums{map[ledger.Account]int64{}, map[walletID]bool{}, map[uint64]walletID{}}
		for _, id := range []walletID{{1, "EUR"}, {2, "EUR"}, {2, "USD"}} {
			model.wallets[id] = true
			w.do(func(tx Tx) error { return tx.PutWallet(ledger.Wallet{User: id.User, Currency: id.Currency}) })
		}
		no := ledger.EntryNo(1)
		for range rapid.IntRange(1, 25).Draw(t, "entries") {
			e := randomEntry(t, no)
			after, want := model.wants(e, no)
			before := w.dump()
			err := w.kv.Update(context.Background(), func(tx store.Tx) error { return appended(Write(tx), e) })
			if !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Fatalf("%+v: got %v, want %v", e, err, want)
			}
			if err != nil {
				if diff := cmp.Diff(before, w.dump()); diff != "" {
					t.Fatalf("refused, but (-was +is):\n%s", diff)
				}
				continue
			}
			model.balances = after
			model.holders[uint64(no)] = walletID{e.User, e.Amount.Currency}
			for a, n := range after {
				if n == 0 {
					delete(after, a)
				}
			}
			if diff := cmp.Diff(after, w.balances()); diff != "" {
				t.Fatalf("after entry %d (-want +got):\n%s", no, diff)
			}
			no++
		}
		checkChains(t, w)
	})
}

// balances reads all balances that are not zero, from wherever they are stored.
func (w *world) balances() map[ledger.Account]int64 {
	w.t.Helper()
	all := map[ledger.Account]int64{}
	set := func(c ledger.Class, cur ledger.Currency, owner uint64, n int64) {
		if n != 0 {
			all[ledger.Account{Class: c, Currency: cur, Owner: owner}] = n
		}
	}
	w.see(func(r Reader) error {
		held := map[walletID]int64{}
		for kv, err := range r.kv.Scan(key(tBalance), after(key(tBalance)), false, 0) {
			if err != nil {
				return err
			}
			n, err := amounts.decode(kv.Key, kv.Value)
			if err != nil {
				return err
			}
			k := kv.Key
			set(classOf(k), ledger.Currency(k[3:len(k)-8]), last(k), n)
		}
		for kv := range r.kv.Scan(key(tWallet), after(key(tWallet)), false, 0) {
			v, err := wallets.decode(kv.Key, kv.Value)
			if err != nil {
				return err
			}
			set(ledger.Paid, v.Currency, uint64(v.User), -v.Paid)
			set(ledger.Uncollected, v.Currency, uint64(v.User), -v.Uncollected)
			set(ledger.Receivable, v.Currency, uint64(v.User), v.Owed)
			held[walletID{v.User, v.Currency}] = v.Held
		}
		for kv := range r.kv.Scan(key(tTill), after(key(tTill)), false, 0) {
			v, err := tills.decode(kv.Key, kv.Value)
			if err != nil {
				return err
			}
			set(ledger.VendorPending, v.Currency, uint64(v.Vendor), -v.Pending)
			set(ledger.VendorAvailable, v.Currency, uint64(v.Vendor), -v.Available)
		}
		return nil
	})
	return all
}

// checkChains wants the histories of wallets and tills to be what a filter over the journal gives, from the newest
// back, and in pages of any size; a cursor from elsewhere finds nothing.
func checkChains(t *rapid.T, w *world) {
	t.Helper()
	size := rapid.IntRange(1, 5).Draw(t, "size")
	w.see(func(r Reader) error {
		var journal []Record
		for rec, err := range r.Journal(0, 0) {
			if err != nil {
				return err
			}
			journal = append(journal, rec)
		}
		newestFirst := func(mine func(Record) bool) (all []Record) {
			for i := len(journal) - 1; i >= 0; i-- {
				if mine(journal[i]) {
					all = append(all, journal[i])
				}
			}
			return all
		}
		for _, c := range []ledger.Currency{"EUR", "USD"} {
			for u := ledger.UserID(1); u <= 3; u++ {
				mine := func(rec Record) bool { return rec.Amount.Currency == c && (rec.User == u || rec.Counterparty == u) }
				checkChain(t, size, newestFirst(mine), journal, mine, func(before ledger.EntryNo, limit int) ([]Record, error) {
					return r.UserEntries(u, c, before, limit)
				})
			}
			for v := ledger.VendorID(1); v <= 2; v++ {
				mine := func(rec Record) bool { return rec.Amount.Currency == c && rec.Vendor == v }
				checkChain(t, size, newestFirst(mine), journal, mine, func(before ledger.EntryNo, limit int) ([]Record, error) {
					return r.VendorEntries(v, c, before, limit)
				})
			}
		}
		return nil
	})
}

func checkChain(
	t *rapid.T, size int, want, journal []Record, mine func(Record) bool,
	read func(before ledger.EntryNo, limit int) ([]Record, error),
) {
	t.Helper()
	got, err := read(0, 0)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Fatalf("%v (-filtered +chain):\n%s", err, diff)
	}
	checkPages(t, "chain", size, func(last *Record, limit int) ([]Record, error) {
		if last == nil {
			return read(0, limit)
		}
		return read(last.No, limit)
	})
	for _, rec := range journal {
		if mine(rec) {
			continue
		}
		if got, err := read(rec.No, 0); len(got) != 0 || err != nil {
			t.Fatalf("from entry %d, which is not in this history: %d entries, %v", rec.No, len(got), err)
		}
	}
}

// A balance never wraps around: what does not fit 64 bits is refused.
func TestBalancesNeverWrap(t *testing.T) {
	for name, c := range map[string]struct {
		balance, micros, want int64
		err                   error
	}{
		"most":          {math.MaxInt64 - 1, 1, math.MaxInt64, nil},
		"above most":    {math.MaxInt64, 1, math.MaxInt64, ErrSign},
		"least":         {math.MinInt64 + 1, -1, math.MinInt64, nil},
		"below least":   {math.MinInt64, -1, math.MinInt64, ErrSign},
		"from end to 0": {math.MaxInt64, -math.MaxInt64, 0, nil},
	} {
		n := c.balance
		if err := move(&n, c.micros); !errors.Is(err, c.err) || n != c.want {
			t.Errorf("%s: got %d, %v, want %d, %v", name, n, err, c.want, c.err)
		}
	}
}

// A chain that leads to an entry that is missing or not its own is damage, and not a shorter history.
func TestBrokenChainsAreDamage(t *testing.T) {
	for name, plant := range map[string]func(l *busyWorld, tx store.Tx) error{
		"missing": func(l *busyWorld, tx store.Tx) error { return tx.Delete(key(tEntry, l.plain)) },
		"of another user": func(l *busyWorld, tx store.Tx) error {
			return edit(tx, annsWallet(l), wallets, func(w *ledger.Wallet) { w.Last = 1 })
		},
		"forward": func(l *busyWorld, tx store.Tx) error {
			return forge(tx, l.plain, func(s *stored) { s.PrevUser = l.plain })
		},
		"damaged": func(l *busyWorld, tx store.Tx) error { return tx.Set(key(tEntry, l.plain), []byte{1}) },
	} {
		l := newBusyWorld(t)
		l.plant(func(tx store.Tx) error { return plant(l, tx) })
		l.see(func(r Reader) error {
			all, err := r.UserEntries(l.ann, "EUR", 0, 1000) // a limit, because a circle has no end
			if !errors.Is(err, store.ErrDamaged) {
				t.Errorf("%s: %d entries, %v, want %v", name, len(all), err, store.ErrDamaged)
			}
			return nil
		})
	}
}
