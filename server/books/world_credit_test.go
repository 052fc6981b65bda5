package books

import (
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"pgregory.net/rapid"
)

// creditFacts are what a decision about the credit of a wallet needs.
func (w *world) creditFacts(tx Tx, u ledger.UserID) (f ledger.CreditFacts, err error) {
	f = ledger.CreditFacts{Policy: w.policy, Staff: ledger.Staff{Fingerprint: "SHA256:rep"}}
	if f.No, err = tx.Next(); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return f, err
	}
	if f.Terms, _, err = tx.Postpaid(u, "EUR"); err != nil {
		return f, err
	}
	if f.Generation, err = tx.Generation(); err != nil {
		return f, err
	}
	f.Wallet, _, err = tx.Wallet(u, "EUR")
	return f, err
}

// lends gives a wallet a credit line.
func (w *world) lends(u ledger.UserID, a ledger.Amount) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.creditFacts(tx, u)
		if err != nil {
			return err
		}
		out, err := ledger.DecideCredit(ledger.CreditRequest{Line: a.Micros, Reason: "known for years"}, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutPostpaid(out.Terms))
	})
}

// bills bills a wallet whose month is over.
func (w *world) bills(u ledger.UserID) (d ledger.Deposit, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f, err := w.creditFacts(tx, u)
		if err != nil {
			return err
		}
		out, err := ledger.NewBill(false, ledger.Actor{Role: ledger.RoleSystem}, f, w.now)
		if err != nil {
			return err
		}
		if err := tx.PutPostpaid(out.Terms); err != nil || out.Entry.No == 0 {
			return err
		}
		d = out.Deposit
		return first(appended(tx, out.Entry), tx.PutBill(out.Bill), tx.PutDeposit(d), tx.PutUser(out.User))
	})
	return d, err
}

// givesUp asks for the end of a debt, or agrees to it as another person.
func (w *world) givesUp(u ledger.UserID, second bool) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.creditFacts(tx, u)
		if err != nil {
			return err
		}
		if f.Asked.Fingerprint = f.Terms.GivenUp; second {
			f.Staff.Fingerprint = "SHA256:second"
		}
		out, err := ledger.DecideWriteOff(ledger.WriteOffRequest{
			Owed: f.Wallet.Owed, Reason: "gone",
			Actor: ledger.Actor{Role: ledger.RoleOperator, Key: f.Staff.Fingerprint},
		}, f, w.now)
		if err != nil {
			return err
		}
		if err := tx.PutPostpaid(out.Terms); err != nil || out.Entry.No == 0 {
			return err
		}
		for _, open := range f.Wallet.Credit.Bills {
			b, _, err := tx.Bill(u, "EUR", open.No)
			if err != nil {
				return err
			}
			b.GivenUp = out.Entry.At
			if err := tx.PutBill(b); err != nil {
				return err
			}
		}
		return first(appended(tx, out.Entry), tx.PutUser(out.User))
	})
}

// credit lends to somebody, bills somebody, or gives a debt up.
func (m *model) credit(t *rapid.T) {
	u := m.person(t)
	switch rapid.SampledFrom([]string{"lend", "bill", "bill later", "give up"}).Draw(t, "credit") {
	case "lend":
		m.refused(m.w.lends(u, eur(rapid.SampledFrom([]int64{0, 50, 500, 20_001}).Draw(t, "line"))))
	case "bill later":
		m.w.now = m.w.now.Add(32 * 24 * time.Hour)
		fallthrough
	case "bill":
		if d, err := m.w.bills(u); err == nil && d.No != 0 {
			m.deposits = append(m.deposits, d)
		}
	case "give up":
		m.refused(m.w.givesUp(u, rapid.Bool().Draw(t, "second")))
	}
}

func lending(l *busyWorld) ledger.EntryNo { return l.lent }
func billing(l *busyWorld) ledger.EntryNo { return l.bill.No }
func owesWallet(l *busyWorld) []byte      { return walletKey(l.owes, "EUR") }
func billsRow(l *busyWorld) []byte        { return billKey(l.owes, "EUR", l.bill.No) }

// creditFaults are those of accounts that pay later.
func creditFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	return []fault{
		{"sale above the credit line", i11, "its line is", inEntry(lending, func(_ *world, e *entry) {
			e.Amount.Micros = 10
		})},
		{"sale while a bill is overdue", i11, "is overdue: true", inEntry(billing, func(_ *world, e *entry) {
			e.Bill.Due = e.At
		})},
		{"bill over less than is owed", i11, "is not over the", inEntry(billing, func(_ *world, e *entry) {
			e.Amount.Micros--
			e.Bill.Amount.Micros--
		})},
		{"bill of nobody", i11, "is not over the", inEntry(billing, func(_ *world, e *entry) { e.Bill = nil })},
		{"credit line of a row", i11, "credit is", inRow(owesWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Credit.Line++
		})},
		{"open bill of a row", i11, "credit is", inRow(owesWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Credit.Bills[0].Left--
		})},
		{"debt given up by one person", rowsEqual, "write-off, takes two persons", func(l *world, tx store.Tx) error {
			return appended(Write(tx), entry{
				At: l.now, Kind: ledger.KindWriteOff, Actor: ledger.Actor{Role: ledger.RoleOperator, Key: "SHA256:rep"},
				User: l.owes, Amount: eur(1), Postings: []ledger.Posting{
					{Account: ledger.Account{Class: ledger.BadDebt, Currency: "EUR"}, Micros: 10_000},
					{Account: ledger.Account{Class: ledger.Receivable, Currency: "EUR", Owner: uint64(l.owes)}, Micros: -10_000},
				},
			})
		}},
		{"bill's row", rowsEqual, "is not what its entry says", inRow(billsRow, bills, func(_ *world, b *ledger.Bill) {
			b.Due = b.Due.Add(time.Hour)
		})},
		{"bill missing", rowsEqual, "has no row", without(billsRow)},
	}
}
