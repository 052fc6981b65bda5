package books

import (
	"context"
	"crypto/sha256"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"pgregory.net/rapid"
)

// closes closes the months that are over, as a sweep does.
func (w *world) closes() {
	w.t.Helper()
	for {
		var c ledger.Close
		w.see(func(r Reader) error {
			newest, err := r.Closes(time.Time{}, 1)
			if err != nil {
				return err
			}
			if c.From, c.Until = ledger.MonthOf(morning); len(newest) > 0 {
				c.From, c.Until = ledger.MonthOf(newest[0].Until)
			}
			end, err := r.MonthEnd(context.Background(), c.Until)
			c.Last, c.Head, c.Totals = end.Last, end.Head, end.Totals
			return err
		})
		if !c.Due(w.now) {
			return
		}
		w.do(func(tx Tx) error {
			no, err := tx.Next()
			by := ledger.Actor{Role: ledger.RoleSystem}
			return first(err, tx.StillEnds(c, c.Last), appended(tx, ledger.CloseMonth(c, by, no, w.now)), tx.PutClose(c))
		})
	}
}

// mails freezes a batch with the letter that a wallet's oldest open bill waits for.
func (w *world) mails(u ledger.UserID) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		wallet, _, err := tx.Wallet(u, "EUR")
		if err != nil {
			return err
		}
		m := ledger.Mailing{Sealed: sha256.Sum256([]byte("sealed"))}
		var bill ledger.Bill
		if len(wallet.Credit.Bills) > 0 {
			if bill, _, err = tx.Bill(u, "EUR", wallet.Credit.Bills[0].No); err != nil {
				return err
			}
			if l, due := bill.NextLetter(wallet, w.policy.Billing.Reminder, w.now); due {
				m.Letters = append(m.Letters, l)
			}
		}
		if m.Number, err = tx.NextMailing(); err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, m, err := ledger.FreezeMailing(m, ledger.Actor{Role: ledger.RoleOperator}, no, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, e), tx.PutBill(bill.After(m.Letters[0], e.At)),
			tx.PutMailing(FrozenMailing{Mailing: m, Bytes: []byte("sealed")}))
	})
}

// dormantFacts are what a decision about an unused balance needs: its owner was never seen.
func (w *world) dormantFacts(tx Tx, u ledger.UserID) (f ledger.DormantFacts, err error) {
	f = ledger.DormantFacts{Policy: w.policy, Staff: ledger.Staff{Fingerprint: "SHA256:rep"}}
	if f.No, err = tx.Next(); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return f, err
	}
	if f.Wallet, _, err = tx.Wallet(u, "EUR"); err != nil {
		return f, err
	}
	if f.Refill, _, err = tx.Refill(u, "EUR"); err != nil {
		return f, err
	}
	f.Had, _, err = tx.Unclaimed(u, "EUR")
	return f, err
}

// dormant does what follows for a balance that nobody uses.
func (w *world) sleeps(u ledger.UserID) {
	w.t.Helper()
	w.do(func(tx Tx) error {
		f, err := w.dormantFacts(tx, u)
		if err != nil {
			return err
		}
		out, changed := ledger.DecideDormant(f, w.now)
		if !changed {
			return nil
		}
		if out.Entry.No != 0 {
			err = appended(tx, out.Entry)
		}
		if err = first(err, tx.PutUnclaimed(out.Now)); err != nil || !out.EndRefill {
			return err
		}
		r := ledger.RefillFacts{User: f.User, Wallet: f.Wallet, Policy: f.Policy, Refill: f.Refill}
		if r.No, err = tx.Next(); err != nil {
			return err
		}
		ended, err := ledger.EndRefill(ledger.Actor{Role: ledger.RoleSystem}, "unclaimed", r, w.now)
		return first(err, appended(tx, ended.Entry), tx.PutRefill(ended.Refill))
	})
}

// wakes brings back what is unclaimed, or pays it to the state: asked for, and done by another person.
func (w *world) wakes(u ledger.UserID, remit, second bool) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.dormantFacts(tx, u)
		if err != nil {
			return err
		}
		var out ledger.DormantOutcome
		if remit {
			if f.Asked.Fingerprint = f.Had.Asked; second {
				f.Staff.Fingerprint = "SHA256:second"
			}
			out, err = ledger.DecideRemit(ledger.RemitRequest{
				Micros: f.Had.Micros, Reason: "the law",
				Actor: ledger.Actor{Role: ledger.RoleOperator, Key: f.Staff.Fingerprint},
			}, f, w.now)
		} else {
			out, err = ledger.ReclaimUnclaimed(ledger.Actor{Role: ledger.RoleUser, Key: "SHA256:ann"}, f, w.now)
		}
		if err != nil {
			return err
		}
		if out.Entry.No == 0 {
			return tx.PutUnclaimed(out.Now)
		}
		return first(appended(tx, out.Entry), tx.PutUnclaimed(out.Now))
	})
}

// office mails a bill, closes months, or looks after a balance that nobody uses.
func (m *model) office(t *rapid.T) {
	u := m.person(t)
	m.w.rules("dormant_after", "30d")
	m.w.rules("dormant_notice", "1d")
	switch rapid.IntRange(0, 5).Draw(t, "office") {
	case 0:
		m.refused(m.w.mails(u))
	case 1:
		m.w.closes()
	case 2, 3:
		m.w.sleeps(u)
	case 4:
		m.refused(m.w.wakes(u, false, false))
	case 5:
		m.refused(m.w.wakes(u, true, rapid.Bool().Draw(t, "second")))
	}
}

// offices mails a bill, closes a month, and lets two balances become unclaimed, one of which is announced again.
func (l *busyWorld) offices() {
	l.t.Helper()
	l.ok(l.mails(l.owes))
	l.see(func(r Reader) (err error) {
		l.mailed, _, err = r.Head()
		return err
	})
	l.closes()
	l.see(func(r Reader) (err error) {
		l.closed, _, err = r.Head()
		return err
	})
	l.rules("risk_online", "0m")
	l.rules("dormant_after", "1d")
	l.rules("dormant_notice", "0s")
	l.sleeper = l.funded()
	l.sleeps(l.sleeper)
	l.sleeps(l.sleeper)
	l.see(func(r Reader) (err error) {
		l.slept, _, err = r.Head()
		return err
	})
	gone := l.funded()
	l.sleeps(gone)
	l.sleeps(gone)
	l.ok(l.wakes(gone, true, false))
	l.ok(l.wakes(gone, true, true))
	l.see(func(r Reader) (err error) {
		l.remitted, _, err = r.Head()
		return err
	})
	l.rules("dormant_after", "0s")
}

// officeFaults are those of letters, closed months and unclaimed property.
func officeFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	mailed := func(l *world) ledger.EntryNo { return l.mailed }
	closed := func(l *world) ledger.EntryNo { return l.closed }
	slept := func(l *world) ledger.EntryNo { return l.slept }
	remitted := func(l *world) ledger.EntryNo { return l.remitted }
	batch := fixed(mailingKey(1))
	from, _ := ledger.MonthOf(morning)
	month := fixed(key(tClose, from))
	sleeper := func(l *world) []byte { return unclaimedKey(l.sleeper, "EUR") }
	return []fault{
		{"wallet closed by nobody", rowsEqual, "closed is true, the journal says false", inRow(
			func(l *world) []byte { return walletKey(l.sleeper, "EUR") }, wallets,
			func(_ *world, w *ledger.Wallet) { w.Closed = true })},
		{"closed wallet with its keys", rowsEqual, "is closed and has", func(l *world, tx store.Tx) error {
			t := Write(tx)
			u, _, err := t.User(l.sleeper)
			u.Status, u.Closed = ledger.UserClosed, l.now
			return first(err, appended(t, entry{At: l.now, Kind: ledger.KindWalletClosed, User: l.sleeper}), t.PutUser(u))
		}},
		{"closed wallets with what they had", rowsEqual, "may charge wallet", func(l *world, tx store.Tx) error {
			return closeAll(Write(tx), l.now)
		}},
		{
			"closed wallet without its rows", rowsEqual, "closed is false, the journal says true",
			func(l *world, tx store.Tx) error {
				return appended(Write(tx), entry{At: l.now, Kind: ledger.KindWalletClosed, User: l.sleeper})
			},
		},
		{
			"wallet opened again that was not closed", rowsEqual, "it opens it again is true, it was closed is false",
			func(l *world, tx store.Tx) error {
				return appended(Write(tx), entry{
					At: l.now, Kind: ledger.KindRecovered, User: l.sleeper,
					Change: &ledger.Change{Name: "wallet", Old: "closed", New: "active"},
				})
			},
		},
		{"control weakened by one person", rowsEqual, "by the word of one person", func(l *world, tx store.Tx) error {
			return appended(Write(tx), entry{
				At: l.now, Kind: ledger.KindPolicy, Cause: l.slept,
				Change: &ledger.Change{Name: "two_persons", Old: "20.00", New: "700.00"},
			})
		}},
		{"late money of a wallet that is open", rowsEqual, `"late", does not follow`, inEntry(
			func(l *world) ledger.EntryNo { return l.slept }, func(_ *world, e *entry) { e.Change.Name = "late" })},
		{"bill mailed otherwise", rowsEqual, "was mailed otherwise", inRow(billsRow, bills,
			func(_ *world, b *ledger.Bill) { b.Reminded++ })},
		{"reminder before its bill", rowsEqual, "does not follow from those before it", inEntry(mailed,
			func(_ *world, e *entry) { e.Mailing.Letters[0].Reminder = 2 })},
		{"batch frozen twice", rowsEqual, "of letters again", func(l *world, tx store.Tx) error {
			return appended(Write(tx), entry{At: l.now, Kind: ledger.KindMailing, Mailing: &ledger.Mailing{Number: 1}})
		}},
		{"batch with other bytes", rowsEqual, "of letters is not what was frozen", inRow(batch, mailings,
			func(_ *world, f *FrozenMailing) { f.Bytes = []byte("other") })},
		{"batch missing", rowsEqual, "of letters has no row", without(batch)},
		{"booked into a closed month", i18, "which is closed", inEntry(slept,
			func(_ *world, e *entry) { e.At = morning })},
		{"month closed again", i18, "which does not follow on", inEntry(closed,
			func(_ *world, e *entry) { e.Close.From = e.Close.From.Add(time.Hour) })},
		{"entry left out of its month", i18, "closes without it", inEntry(closed,
			func(_ *world, e *entry) { e.Close.Last -= 9; e.Close.Until = e.Close.Until.AddDate(0, 1, 0) })},
		{"month with another total", i18, "micros, the journal says", inEntry(closed,
			func(_ *world, e *entry) { e.Close.Totals[0].Micros++ })},
		{"month without a total", i18, "closes without EUR", inEntry(closed,
			func(_ *world, e *entry) { e.Close.Totals = e.Close.Totals[1:] })},
		{"month with another head", i18, "which is another one by now", inEntry(closed,
			func(_ *world, e *entry) { e.Close.Head[0]++ })},
		{"close's row", rowsEqual, "is another one than the journal says", inRow(month, closes,
			func(_ *world, c *ledger.Close) { c.Last++ })},
		{"close missing", rowsEqual, "closes has no row", without(month)},
		{"head that is open", i18, "the head is open from", func(_ *world, tx store.Tx) error {
			return edit(tx, headKey, heads, func(h *head) { h.Closed = 0 })
		}},
		{"moved without a word", rowsEqual, "does not follow on what was unclaimed", inEntry(
			func(l *world) ledger.EntryNo { return l.slept - 1 }, func(_ *world, e *entry) { e.Unclaimed = nil })},
		{"unclaimed of a row", rowsEqual, "is not what the journal says", inRow(sleeper, unclaimed,
			func(_ *world, u *ledger.Unclaimed) { u.Micros-- })},
		{"paid to the state by nobody who has asked", rowsEqual, "remitted, takes two persons", inEntry(remitted,
			func(_ *world, e *entry) { e.Unclaimed.Asked = "" })},
		{"paid to the state by one person", rowsEqual, "remitted, takes two persons", inEntry(remitted,
			func(_ *world, e *entry) { e.Unclaimed.Asked = e.Actor.Key })},
		{"weekly budget beside it", rowsEqual, "a weekly budget fills up wallet", func(l *world, tx store.Tx) error {
			f := ledger.Refill{No: 1, User: l.sleeper, Currency: "EUR", State: ledger.RefillActive}
			e := entry{At: l.now, Kind: ledger.KindRefill, User: l.sleeper, Wallet: "EUR", Refill: &f}
			return first(appended(Write(tx), e), Write(tx).PutRefill(f))
		}},
		{"unclaimed missing", rowsEqual, "EUR has no row", without(sleeper)},
	}
}
