package books

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// lively is a house in which everything has happened once, and the names of it.
type lively struct {
	*world
	ann, bob                                  ledger.UserID
	check                                     ledger.Deposit
	plain, partly, wholly, held, part, opened ledger.EntryNo
	open, won                                 ledger.Dispute
	sent, claimed                             ledger.EntryNo
	head                                      ledger.EntryNo
}

func newLively(t tester) *lively {
	t.Helper()
	l := &lively{world: newWorld(t)}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sale := func(hold, checkout bool) ledger.EntryNo {
		t.Helper()
		no, err := l.buys(l.ann, hold, checkout)
		ok(err)
		return no
	}
	l.ann, l.bob = l.funded(), l.funded()
	var err error
	l.check, err = l.pays(l.ann, "check", eur(5_000))
	ok(err)
	l.check, err = l.moves(l.check, ledger.DepositUncollected)
	ok(err)
	l.plain, l.partly, l.wholly, l.opened = sale(false, true), sale(false, false), sale(false, false), sale(false, false)
	l.held, l.part = sale(true, false), sale(true, false)
	ok(l.refunds(l.partly, 70_001))
	ok(l.refunds(l.wholly, 0))
	ok(l.captures(l.part, 90_000))
	ok(l.opensIt(l.opened, "r1"))
	a, b := sale(false, false), sale(false, false)
	l.open, err = l.disputes(a, 99)
	ok(err)
	l.won, err = l.disputes(b, 99)
	ok(err)
	ok(l.decides(l.won.No, ledger.DisputeWon))
	l.sent, err = l.sends(l.ann, eur(300))
	ok(err)
	l.claimed, err = l.sends(l.ann, eur(200))
	ok(err)
	ok(l.ends(l.claimed, l.bob))
	_, err = l.buys(l.bob, false, false)
	ok(err)
	ok(l.links(l.bob, true))
	_, err = l.buys(l.bob, false, false)
	ok(err)
	l.do(func(tx Tx) error {
		d := Delivery{Event: l.plain, Endpoint: 1, Vendor: l.vendor, Type: "charge.succeeded", Created: l.now, Due: l.now}
		return first(tx.PutStaff(ledger.Staff{Fingerprint: "SHA256:rep", Role: ledger.RoleRep}), tx.PutDelivery(d))
	})
	l.see(func(r Reader) (err error) {
		l.head, _, err = r.Head()
		return err
	})
	return l
}

// edit changes a record behind the back of Put.
func edit[T, R any](tx store.Tx, k []byte, f form[T, R], change func(*T)) error {
	v, found, err := load(Read(tx), k, f)
	if err != nil || !found {
		return errors.Join(err, errors.New("nothing to edit under "+keyName(k)))
	}
	change(&v)
	return tx.Set(k, f.encode(v))
}

// forge changes an entry and hashes the journal anew from there, as somebody with access to the store could.
func forge(tx store.Tx, no ledger.EntryNo, change func(*stored)) error {
	r := Read(tx)
	last, _, err := r.Head()
	if err != nil {
		return err
	}
	before, _, err := r.Entry(no - 1) // no hash before entry 1
	if err != nil {
		return err
	}
	prev := before.Hash
	for n := no; n <= last; n++ {
		body, _, err := split(key(tEntry, n), mustGet(r, key(tEntry, n)))
		if err != nil {
			return err
		}
		s, err := entries.decode(nil, body)
		if err != nil {
			return err
		}
		if n == no {
			change(&s)
		}
		b := entries.encode(s)
		prev = chain(prev, b)
		if err := tx.Set(key(tEntry, n), append(b, prev[:]...)); err != nil {
			return err
		}
	}
	return tx.Set(key(tHead), heads.encode(head{No: last, Hash: prev}))
}

func mustGet(r Reader, k []byte) []byte {
	b, found, err := r.get(k)
	if err != nil || !found {
		panic("nothing under " + keyName(k))
	}
	return b
}

// flip changes one bit of a record.
func flip(tx store.Tx, k []byte, at int) error {
	b := slices.Clone(mustGet(Read(tx), k))
	b[(at+len(b))%len(b)] ^= 1
	return tx.Set(k, b)
}

func TestAuditFindsWhatIsPlanted(t *testing.T) {
	commission := ledger.Account{Class: ledger.Commission, Currency: "EUR"}
	for name, c := range map[string]struct {
		invariant string
		plant     func(l *lively, tx store.Tx) error
	}{
		"posting out of balance": {i1, func(l *lively, tx store.Tx) error {
			return forge(tx, l.plain, func(s *stored) { s.Entry.Postings[0].Micros++ })
		}},
		"trial balance": {i2, func(l *lively, tx store.Tx) error {
			return edit(tx, totalKey(commission), amounts, func(n *int64) { *n -= 5 })
		}},
		"control total": {i3, func(l *lively, tx store.Tx) error {
			return edit(tx, totalKey(commission), amounts, func(n *int64) { *n-- })
		}},
		"control total missing": {i3, func(l *lively, tx store.Tx) error { return tx.Delete(totalKey(commission)) }},
		"more spent than there was": {i4, func(l *lively, tx store.Tx) error {
			return forge(tx, l.partly, func(s *stored) {
				s.Entry.Postings[0].Micros += ledger.MaxMicros
				s.Entry.Postings[1].Micros -= ledger.MaxMicros
			})
		}},
		"commission other than pinned": {i5, func(l *lively, tx store.Tx) error {
			return forge(tx, l.plain, func(s *stored) { s.Entry.Sale.Commission++ })
		}},
		"royalty kept by the vendor": {i5, func(l *lively, tx store.Tx) error {
			return forge(tx, l.plain, func(s *stored) {
				s.Entry.Postings[1].Micros += s.Entry.Postings[2].Micros
				s.Entry.Postings = slices.Delete(s.Entry.Postings, 2, 3)
			})
		}},
		"price other than paid": {i5, func(l *lively, tx store.Tx) error {
			return forge(tx, l.plain, func(s *stored) { s.Entry.Sale.Price.Micros-- })
		}},
		"refund not in the row": {i6, func(l *lively, tx store.Tx) error {
			return edit(tx, key(tPurchase, l.partly), purchases, func(p *ledger.Purchase) { p.Returned-- })
		}},
		"refund above the price": {i6, func(l *lively, tx store.Tx) error {
			return forge(tx, l.wholly+4, func(s *stored) { s.Entry.Amount.Micros *= 9 })
		}},
		"too much left at a receiver": {i6, func(l *lively, tx store.Tx) error {
			return edit(tx, key(tPurchase, l.partly), purchases, func(p *ledger.Purchase) { p.Receivers[0].Micros++ })
		}},
		"dispute over another amount": {i6, func(l *lively, tx store.Tx) error {
			return forge(tx, l.open.No, func(s *stored) { s.Entry.Dispute.Amount.Micros-- })
		}},
		"hold that nobody placed": {i6, func(l *lively, tx store.Tx) error {
			return forge(tx, l.sent, func(s *stored) { s.Entry.Kind = ledger.KindStaff })
		}},
		"vendor's pending": {i7, func(l *lively, tx store.Tx) error {
			return edit(tx, tillKey(l.vendor, "EUR"), tills, func(t *ledger.Till) { t.Pending++ })
		}},
		"vendor's available": {i7, func(l *lively, tx store.Tx) error {
			return edit(tx, tillKey(l.vendor, "EUR"), tills, func(t *ledger.Till) { t.Available = 7 })
		}},
		"day's counter": {i8, func(l *lively, tx store.Tx) error {
			return edit(tx, walletKey(l.ann, "EUR"), wallets, func(w *ledger.Wallet) { w.Spent.Day.Spent-- })
		}},
		"link's count": {i8, func(l *lively, tx store.Tx) error {
			return edit(tx, linkKey(l.ann, l.vendor, "EUR"), links, func(k *ledger.Link) { k.Count++ })
		}},
		"link's month": {i8, func(l *lively, tx store.Tx) error {
			return edit(tx, linkKey(l.ann, l.vendor, "EUR"), links, func(k *ledger.Link) { k.Spent.Month.Spent-- })
		}},
		"link's sum": {i8, func(l *lively, tx store.Tx) error {
			return edit(tx, linkKey(l.ann, l.vendor, "EUR"), links, func(k *ledger.Link) { k.Sum *= 99 })
		}},
		"link's sum since it was given": {i8, func(l *lively, tx store.Tx) error {
			return edit(tx, linkKey(l.bob, l.vendor, "EUR"), links, func(k *ledger.Link) { k.Sum-- })
		}},
		"link's beginning": {i8, func(l *lively, tx store.Tx) error {
			return edit(tx, linkKey(l.bob, l.vendor, "EUR"), links, func(k *ledger.Link) { k.Created = k.Created.Add(time.Second) })
		}},
		"idempotency keys of two for one sale": {i10, func(l *lively, tx store.Tx) error {
			return Write(tx).PutIdempotency("v/1", "another", IdempotencyRecord{Kind: "charge", Ref: keyNumber(l.plain), At: l.now})
		}},
		"grant alive after a full refund": {i9, func(l *lively, tx store.Tx) error {
			return edit(tx, key(tPurchase, l.wholly), purchases, func(p *ledger.Purchase) { p.Grant.Revoked = time.Time{} })
		}},
		"use of a grant forgotten": {i9, func(l *lively, tx store.Tx) error {
			return edit(tx, key(tPurchase, l.opened), purchases, func(p *ledger.Purchase) { p.Grant.Used = 0 })
		}},
		"checkout paid twice": {i10, func(l *lively, tx store.Tx) error {
			return forge(tx, l.partly, func(s *stored) { s.Entry.Sale.Checkout = ledger.CheckoutID{Vendor: l.vendor, Number: uint64(l.plain)} })
		}},
		"checkout names a foreign sale": {i10, func(l *lively, tx store.Tx) error {
			return edit(tx, checkoutKey(ledger.CheckoutID{Vendor: l.vendor, Number: uint64(l.plain)}), checkouts, func(c *ledger.Checkout) { c.Purchase = l.wholly })
		}},
		"idempotency key of the future": {i10, func(l *lively, tx store.Tx) error {
			return Write(tx).PutIdempotency("v/1", "x", IdempotencyRecord{Kind: "charge", Ref: keyNumber(l.head + 1), At: l.now})
		}},
		"idempotency key under no key": {i10, func(_ *lively, tx store.Tx) error {
			return tx.Set(key(tIdempotency, "x"), remembereds.encode(IdempotencyRecord{Kind: "checkout", Ref: keyNumber(1)}))
		}},
		"debt without a cause": {i11, func(l *lively, tx store.Tx) error {
			return forge(tx, l.partly, func(s *stored) { s.Entry.Postings[0].Account.Class = ledger.Receivable })
		}},
		"bit in the journal": {i12, func(l *lively, tx store.Tx) error { return flip(tx, key(tEntry, l.plain), -50) }},
		"bit in a hash":      {i12, func(l *lively, tx store.Tx) error { return flip(tx, key(tEntry, l.plain), -1) }},
		"entry removed":      {i12, func(l *lively, tx store.Tx) error { return tx.Delete(key(tEntry, l.plain)) }},
		"last entry removed": {i12, func(l *lively, tx store.Tx) error { return tx.Delete(key(tEntry, l.head)) }},
		"entry too short":    {i12, func(l *lively, tx store.Tx) error { return tx.Set(key(tEntry, l.plain), []byte{1}) }},
		"entry under no key": {i12, func(l *lively, tx store.Tx) error { return tx.Set([]byte("jx"), []byte{1}) }},
		"head moved back":    {i12, func(l *lively, tx store.Tx) error { return edit(tx, key(tHead), heads, func(h *head) { h.No-- }) }},
		"head damaged":       {i12, func(l *lively, tx store.Tx) error { return tx.Set(key(tHead), []byte{1, 0xff}) }},
		"chain of a wallet": {i12, func(l *lively, tx store.Tx) error {
			return forge(tx, l.plain, func(s *stored) { s.PrevUser-- })
		}},
		"end of a wallet's history": {i12, func(l *lively, tx store.Tx) error {
			return edit(tx, walletKey(l.ann, "EUR"), wallets, func(w *ledger.Wallet) { w.Last-- })
		}},
		"chain of a till": {i12, func(l *lively, tx store.Tx) error {
			return forge(tx, l.partly, func(s *stored) { s.PrevVendor = 0 })
		}},
		"money of somebody unnamed": {i12, func(l *lively, tx store.Tx) error {
			return forge(tx, l.plain, func(s *stored) { s.Entry.Postings[0].Account.Owner = uint64(l.bob) })
		}},
		"money out of nowhere": {rowsEqual, func(l *lively, tx store.Tx) error {
			return edit(tx, walletKey(l.ann, "EUR"), wallets, func(w *ledger.Wallet) { w.Paid += 1_000_000 })
		}},
		"holds of a wallet": {rowsEqual, func(l *lively, tx store.Tx) error {
			return edit(tx, walletKey(l.ann, "EUR"), wallets, func(w *ledger.Wallet) { w.Held = 0 })
		}},
		"balance row": {rowsEqual, func(l *lively, tx store.Tx) error {
			return edit(tx, balanceKey(commission), amounts, func(n *int64) { *n++ })
		}},
		"balance row missing": {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(balanceKey(commission)) }},
		"wallet missing":      {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(walletKey(l.bob, "EUR")) }},
		"till missing":        {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(tillKey(l.vendor, "EUR")) }},
		"link missing":        {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(linkKey(l.ann, l.vendor, "EUR")) }},
		"user missing":        {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(key(tUser, l.bob)) }},
		"offer missing":       {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(offerKey(l.offer.ID, 1)) }},
		"sale's row missing":  {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(key(tPurchase, l.partly)) }},
		"deposit's state": {rowsEqual, func(l *lively, tx store.Tx) error {
			return edit(tx, depositKey(l.check.ID), deposits, func(d *ledger.Deposit) { d.State = ledger.DepositCleared })
		}},
		"deposit missing": {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(depositKey(l.check.ID)) }},
		"dispute's amount": {rowsEqual, func(l *lively, tx store.Tx) error {
			return edit(tx, key(tDispute, l.open.No), disputes, func(d *ledger.Dispute) { d.Amount.Micros++ })
		}},
		"dispute missing": {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(key(tDispute, l.open.No)) }},
		"transfer's receiver": {rowsEqual, func(l *lively, tx store.Tx) error {
			return edit(tx, key(tTransfer, l.claimed), transfers, func(f *ledger.Transfer) { f.To = l.ann })
		}},
		"transfer missing":  {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Delete(key(tTransfer, l.sent)) }},
		"number of vendors": {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Set(key(tCounter, "vendor"), counts.encode(0)) }},
		"damaged user":      {rowsEqual, func(l *lively, tx store.Tx) error { return tx.Set(key(tUser, l.ann), []byte{1, 0x80}) }},
		"user under a foreign key": {rowsEqual, func(l *lively, tx store.Tx) error {
			return tx.Set(key(tUser, l.ann), slices.Clone(mustGet(Read(tx), key(tUser, l.bob))))
		}},
		"index of a key missing": {indexesFit, func(l *lively, tx store.Tx) error { return tx.Delete(key(tUserKey, "SHA256:ann1")) }},
		"index to nowhere":       {indexesFit, func(l *lively, tx store.Tx) error { return tx.Set(key(tHandle, "w_x"), key(tUser, ledger.UserID(99))) }},
		"index to a stranger": {indexesFit, func(l *lively, tx store.Tx) error {
			return tx.Set(key(tReference, l.check.Reference), depositKey(ledger.DepositID{User: l.bob, Number: 1}))
		}},
		"delivery never due": {indexesFit, func(l *lively, tx store.Tx) error {
			return tx.Delete(key(tDueDelivery, l.now, l.plain, uint16(0), l.vendor, uint64(1)))
		}},
		"offer without a newest version": {indexesFit, func(l *lively, tx store.Tx) error { return tx.Delete(key(tNewest, l.vendor, l.offer.ID.Number)) }},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLively(t)
			l.clean()
			if err := l.kv.Update(context.Background(), func(tx store.Tx) error { return c.plant(l, tx) }); err != nil {
				t.Fatal(err)
			}
			found := l.audit().Findings
			if !slices.ContainsFunc(found, func(f Finding) bool { return f.Invariant == c.invariant }) {
				t.Errorf("not found as %q; findings: %q", c.invariant, found)
			}
		})
	}
}

// A report does not grow without end, and what it leaves out it counts.
func TestAuditReport(t *testing.T) {
	l := newLively(t)
	r := l.audit()
	if !r.Clean() || r.Entries != uint64(l.head) || r.Postings == 0 || len(r.Coverage) != 1 ||
		!strings.HasPrefix(r.Coverage[0], "I13 covered: ") {
		t.Errorf("report of clean books: %+v", r)
	}
	if err := l.kv.Update(context.Background(), func(tx store.Tx) error {
		for i := range uint64(maxFindings + 7) {
			if err := tx.Set(key(tHandle, i), key(tUser, i+1000)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if r := l.audit(); len(r.Findings) != maxFindings || r.More != 7 {
		t.Errorf("%d findings and %d more", len(r.Findings), r.More)
	}
}

// Money that is not covered is reported, not judged.
func TestAuditReportsCoverage(t *testing.T) {
	w := newWorld(t)
	u := w.joins()
	w.do(func(tx Tx) error {
		return appended(
			tx,
			ledger.Entry{At: w.now, Kind: ledger.KindStaff, User: u, Amount: eur(100), Postings: []ledger.Posting{
				{Account: ledger.Account{Class: ledger.Goodwill, Currency: "EUR"}, Micros: 1_000_000},
				{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: uint64(u)}, Micros: -1_000_000},
			}},
		)
	})
	if r := w.audit(); !r.Clean() || len(r.Coverage) != 1 ||
		r.Coverage[0] != "I13 NOT COVERED: assets 0.00 EUR, owed 1.00 EUR" {
		t.Errorf("%+v", r)
	}
}

// An audit ends with its context, tells how far it is, and does not judge what it cannot read.
func TestAuditEnds(t *testing.T) {
	l := newLively(t)
	l.see(func(r Reader) error {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Audit(ctx, r.kv, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		var done, all uint64
		if _, err := Audit(context.Background(), r.kv, func(d, a uint64) { done, all = d, a }); err != nil ||
			done != uint64(l.head) ||
			all != done {
			t.Errorf("progress %d of %d, %v", done, all, err)
		}
		return nil
	})
	if err := l.kv.Update(context.Background(), func(tx store.Tx) error { return tx.Set(key(tUser, l.ann), []byte{version + 1, 0}) }); err != nil {
		t.Fatal(err)
	}
	l.see(func(r Reader) error {
		if _, err := Audit(context.Background(), r.kv, nil); !errors.Is(err, store.ErrNewer) {
			t.Errorf("newer record: %v", err)
		}
		return nil
	})
}
