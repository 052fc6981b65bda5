package books

import (
	"time"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

// referralFacts are what a step of a referral needs.
func (w *world) referralFacts(tx Tx, v ledger.VendorID, u ledger.UserID) (f ledger.ReferralFacts, err error) {
	f.Policy, f.Actor = w.policy, ritas
	if f.Vendor, _, err = tx.Vendor(v); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return f, err
	}
	if f.Till, _, err = tx.Till(v, "EUR"); err != nil {
		return f, err
	}
	f.Till.Vendor, f.Till.Currency = v, "EUR"
	f.No, err = tx.Next()
	return f, err
}

// agrees makes a vendor one that brings users; a rate of 0 ends that.
func (w *world) agrees(v ledger.VendorID, rate uint32, most int64) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.referralFacts(tx, v, 0)
		if err != nil {
			return err
		}
		life := 30 * 24 * time.Hour
		q := ledger.ReferralOrder{Off: rate == 0, Rate: &rate, Cap: &most, Life: &life}
		out, err := ledger.DecideReferral(q, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutVendor(out.Vendor))
	})
}

// broughtBy opens a wallet that a vendor has brought, with 100 EUR.
func (w *world) broughtBy(v ledger.VendorID) (u ledger.UserID, err error) {
	w.t.Helper()
	u = w.joins()
	w.now = w.now.Add(-time.Second) // of one instant with the wallet
	err = w.try(func(tx Tx) error {
		f, err := w.referralFacts(tx, v, u)
		if err != nil {
			return err
		}
		out, err := ledger.DecideBrought(f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutVendor(out.Vendor), tx.PutUser(out.User))
	})
	d, no := w.pays(u, "card", eur(10_000))
	for _, to := range []ledger.DepositState{ledger.DepositProcessing, ledger.DepositSucceeded} {
		if no == nil {
			d, no = w.moves(d, to)
		}
	}
	if no != nil {
		w.t.Fatal(no)
	}
	return u, err
}

// forgetsReferral ends what counts for who has brought a user.
func (w *world) forgetsReferral(u ledger.UserID) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.referralFacts(tx, 0, u)
		if err != nil {
			return err
		}
		out, err := ledger.DecideReferralEnd(f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutUser(out.User))
	})
}

// books what a vendor has earned; it returns how much that was.
func (w *world) booksRewards(v ledger.VendorID) (earned int64) {
	w.t.Helper()
	w.do(func(tx Tx) error {
		f, err := w.referralFacts(tx, v, 0)
		if err != nil {
			return err
		}
		if earned, err = tx.Rewards(v, "EUR"); err != nil || earned == 0 {
			return err
		}
		out := ledger.BookRewards(f, earned, w.now)
		return first(appended(tx, out.Entry), tx.PutVendor(out.Vendor))
	})
	return earned
}

// referral agrees on terms with one of two vendors, brings users, ends what counts for them, and books.
func (m *model) referral(t *rapid.T) {
	w := m.w
	if m.guide == 0 {
		m.guide = w.opens("guide")
	}
	v := rapid.SampledFrom([]ledger.VendorID{m.guide, m.guide, w.vendor}).Draw(t, "vendor")
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		m.refused(w.agrees(v, rapid.SampledFrom([]uint32{0, 1, 2_000, 5_000, 5_001}).Draw(t, "rate"),
			rapid.SampledFrom([]int64{0, 0, 7, 20_000}).Draw(t, "cap")))
	case 1, 2:
		if u, err := w.broughtBy(v); err == nil {
			m.people = append(m.people, u)
		}
	case 3:
		m.refused(w.forgetsReferral(m.person(t)))
	case 4:
		w.booksRewards(v)
	}
}

// refers has a vendor bring two people, of whom one buys and is given back a part, and one holds; what they have earned
// it is booked in between.
func (l *busyWorld) refers() {
	l.t.Helper()
	l.guide = l.opens("guide")
	l.ok(l.agrees(l.guide, 2_000, 1_000_000))
	var err error
	l.guest, err = l.broughtBy(l.guide)
	l.ok(err)
	l.see(func(r Reader) (err error) {
		w, _, err := r.Wallet(l.guest, "EUR")
		rec, _, err2 := r.Entry(w.Last)
		for err == nil && err2 == nil && rec.PrevUser != 0 {
			rec, _, err2 = r.Entry(rec.PrevUser)
		}
		l.brought = rec.No
		return first(err, err2)
	})
	l.rewarded, err = l.buys(l.guest, false, false)
	l.ok(err)
	l.ok(l.refunds(l.rewarded, 100_000))
	held, err := l.buys(l.guest, true, false)
	l.ok(err)
	l.ok(l.captures(held, 150_000))
	l.booksRewards(l.guide)
	l.see(func(r Reader) (err error) {
		l.bookedAt, _, err = r.Head()
		return err
	})
	other, err := l.broughtBy(l.guide)
	l.ok(err)
	l.ok(l.forgetsReferral(other))
	l.see(func(r Reader) (err error) {
		l.ended, _, err = r.Head()
		return err
	})
}

// referralFaults are those of vendors that bring users.
func referralFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	sale := func(l *world) ledger.EntryNo { return l.rewarded }
	back := func(l *world) ledger.EntryNo { return l.after(ledger.KindRefund, l.rewarded) }
	booked := func(l *world) ledger.EntryNo { return l.bookedAt }
	joined := func(l *world) ledger.EntryNo { return l.brought }
	forgotten := func(l *world) ledger.EntryNo { return l.ended }
	agreed := func(l *world) ledger.EntryNo { return l.terms() }
	more := func(e *entry, by int64) { // a reward of so much more, balanced
		for i, g := range e.Postings {
			switch g.Account.Class {
			case ledger.ReferralCost:
				e.Postings[i].Micros += by
			case ledger.ReferralReward:
				e.Postings[i].Micros -= by
			}
		}
	}
	return []fault{
		{"reward above its pin", i21, "are pinned", inEntry(sale, func(_ *world, e *entry) { more(e, 1) })},
		{"reward above the commission", i21, "its commission of", inEntry(sale, func(_ *world, e *entry) {
			e.Sale.Reward.Micros += 20_000
			more(e, 20_000)
		})},
		{"reward at another rate", i21, "agreed are 2000", inEntry(sale, func(_ *world, e *entry) {
			e.Sale.Reward.Rate++
		})},
		{"reward of who brought nobody", i21, "for user", inEntry(sale, func(l *world, e *entry) {
			e.Sale.Reward.Vendor = l.vendor
		})},
		{"reward that is not given back", i21, "that is left makes", inEntry(back, func(_ *world, e *entry) {
			e.Postings = e.Postings[:len(e.Postings)-2]
		})},
		{"reward out of nothing", i21, "of rewards, and moves", inEntry(booked, func(_ *world, e *entry) {
			e.Postings = append(e.Postings, ledger.Posting{
				Account: ledger.Account{Class: ledger.ReferralCost, Currency: "EUR"}, Micros: 1,
			})
		})},
		{"booked too little", i21, "and leaves", inEntry(booked, func(_ *world, e *entry) {
			for i := range e.Postings {
				e.Postings[i].Micros /= 2
			}
		})},
		{"referral that says nothing", i21, "says nothing of a referral", inEntry(booked, func(_ *world, e *entry) {
			e.Referral = nil
		})},
		{"terms behind no others", i21, "agrees on version", inEntry(agreed, func(_ *world, e *entry) {
			e.Referral.Terms.Version = 7
		})},
		{"user for longer than agreed", i21, "which cannot be", inEntry(joined, func(_ *world, e *entry) {
			e.Referral.Until = e.Referral.Until.Add(time.Hour)
		})},
		{"end of another's referral", i21, "which does not stand", inEntry(forgotten, func(l *world, e *entry) {
			e.Referral.Vendor = l.vendor
		})},
		{"user brought by another", i21, "was brought as", inRow(
			func(l *world) []byte { return key(tUser, l.guest) }, users,
			func(l *world, u *ledger.User) { u.Brought.Vendor = l.vendor },
		)},
		{"vendor with another rate", i21, "booked", inRow(
			func(l *world) []byte { return key(tVendor, l.guide) }, vendors,
			func(_ *world, v *ledger.Vendor) { v.Referral.Rate++ },
		)},
	}
}

// terms is the entry that agreed on the referral.
func (l *busyWorld) terms() (no ledger.EntryNo) {
	l.see(func(r Reader) error {
		for rec, err := range r.JournalDown(0, 10_000) {
			if err != nil {
				return err
			}
			if rec.Referral != nil && rec.Referral.Act == ledger.ReferralAgreed {
				no = rec.No
			}
		}
		return nil
	})
	return no
}
