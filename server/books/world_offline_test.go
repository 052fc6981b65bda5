package books

import (
	"crypto/sha256"

	"tuppence/server/ledger"
	"tuppence/store"
)

// offline fills in what an order or a charge on a bill needs.
func (w *world) offline(tx Tx, o *ledger.DepositOrder, f *ledger.DepositFacts) error {
	switch o.Kind {
	case ledger.DepositOnOrder:
		o.Fee, o.Order = 0, ledger.PurchaseOrder{Number: w.name("PO-"), Until: w.now.AddDate(0, 0, 30), Signer: "SHA256:ann"}
	case ledger.DepositOnBill:
		if err := w.atBiller(tx, "northnet", f); err != nil {
			return err
		}
		o.Bill = ledger.OnBill{
			Biller: "northnet", Mark: f.Account.Mark, Last4: "0731", First: f.Account.State == ledger.BillerAsked,
		}
	}
	return nil
}

// atBiller loads a biller and the user's account there, if there is a name.
func (w *world) atBiller(tx Tx, name string, f *ledger.DepositFacts) (err error) {
	if name == "" {
		return nil
	}
	if f.Biller, _, err = tx.Biller(name); err != nil {
		return err
	}
	a, _, err := tx.BillerAccount(f.User.ID, name)
	f.Account = a.BillerAccount
	return err
}

// putAccount writes an account at a biller, if there is one; its number stays.
func putAccount(tx Tx, a ledger.BillerAccount) error {
	if a.Biller == "" {
		return nil
	}
	had, _, err := tx.BillerAccount(a.User, a.Biller)
	had.BillerAccount = a
	return first(err, tx.PutBillerAccount(had))
}

// lendsOrders sets what a wallet may owe.
func (w *world) lendsOrders(u ledger.UserID, limit ledger.Amount) error {
	w.t.Helper()
	return w.try(func(tx Tx) (err error) {
		f := ledger.OrderLimitFacts{Policy: w.policy}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		r := ledger.OrderLimitRequest{Limit: limit, Actor: ledger.Actor{Key: "SHA256:otto"}}
		out, err := ledger.DecideOrderLimit(r, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutUser(out.User))
	})
}

// atTheBiller decides something about the one biller and what it has of a user, and writes it.
func (w *world) atTheBiller(
	u ledger.UserID, decide func(f ledger.BillerFacts) (ledger.BillerOutcome, error), sealed []byte,
) error {
	w.t.Helper()
	return w.try(func(tx Tx) (err error) {
		f := ledger.BillerFacts{Policy: w.policy}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.Biller, _, err = tx.Biller("northnet"); err != nil {
			return err
		}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		had, _, err := tx.BillerAccount(u, "northnet")
		if err != nil {
			return err
		}
		f.Account = had.BillerAccount
		out, err := decide(f)
		if err != nil {
			return err
		}
		b := out.Entry.Biller
		if b.Biller != nil {
			err = tx.PutBiller(*b.Biller)
		}
		if b.Account != nil {
			if had.BillerAccount = *b.Account; sealed != nil {
				had.Sealed = sealed
			}
			err = tx.PutBillerAccount(had)
		}
		if b.File != nil {
			err = tx.PutFrozenFile(FrozenFile{*b.File, []byte("sealed")})
		}
		return first(err, appended(tx, out.Entry))
	})
}

// opensBiller opens the biller, or changes its cap.
func (w *world) opensBiller(monthly ledger.Amount) error {
	w.t.Helper()
	return w.atTheBiller(0, func(f ledger.BillerFacts) (ledger.BillerOutcome, error) {
		return ledger.SetBiller(ledger.Biller{
			Name: "northnet", Method: "isp", Currency: "EUR", Cap: monthly.Micros,
		}, ledger.Actor{}, f, w.now)
	}, nil)
}

// joinsBiller asks for an account, if nobody else has it.
func (w *world) joinsBiller(u ledger.UserID, number byte) (err error) {
	w.t.Helper()
	mark := [32]byte{number}
	var taken SealedAccount
	w.see(func(r Reader) (err error) {
		taken, _, err = r.BillerAccountByMark(mark)
		return err
	})
	if taken.User != 0 && taken.User != u {
		return ledger.RefuseState("account", "another wallet's")
	}
	return w.atTheBiller(u, func(f ledger.BillerFacts) (ledger.BillerOutcome, error) {
		return ledger.JoinBiller(ledger.BillerAccount{Mark: mark, Last4: "0731", Code: mark}, ledger.Actor{}, f, w.now)
	}, []byte("sealed"))
}

// confirms types the code of the bill.
func (w *world) confirms(u ledger.UserID) error {
	w.t.Helper()
	return w.atTheBiller(u, func(f ledger.BillerFacts) (ledger.BillerOutcome, error) {
		return ledger.ConfirmBiller(f.Account.Code, ledger.Actor{}, f, w.now)
	}, nil)
}

// freezes makes a file of the charges until an entry.
func (w *world) freezes(upto ledger.EntryNo) error {
	w.t.Helper()
	return w.atTheBiller(0, func(f ledger.BillerFacts) (ledger.BillerOutcome, error) {
		if f.Biller.Name == "" || upto <= f.Biller.Upto {
			return ledger.BillerOutcome{}, ledger.RefuseState("biller", "without charges")
		}
		return ledger.FreezeFile(ledger.BillerFile{
			Lines: 1, Sum: eur(100), Upto: upto, Sealed: sha256.Sum256([]byte("sealed")),
		}, ledger.Actor{}, f, w.now), nil
	}, nil)
}

// offlines lends bob money for one order, which is invoiced, charges him on a bill, and begins a deposit by phone.
func (l *busyWorld) offlines() {
	l.t.Helper()
	var err error
	l.ok(l.lendsOrders(l.bob, eur(10_000)))
	l.order, err = l.pays(l.bob, "order", eur(500))
	l.ok(err)
	for _, to := range []ledger.DepositState{ledger.DepositAccepted, ledger.DepositIssued, ledger.DepositInvoiced} {
		l.order, err = l.moves(l.order, to)
		l.ok(err)
	}
	l.ok(l.opensBiller(eur(5_000)))
	l.ok(l.joinsBiller(l.bob, 1))
	l.charge, err = l.pays(l.bob, "isp", eur(100))
	l.ok(err)
	l.ok(l.freezes(l.charge.No))
	for _, to := range []ledger.DepositState{ledger.DepositBillerAccepted, ledger.DepositIssued} {
		l.charge, err = l.moves(l.charge, to)
		l.ok(err)
	}
	l.do(func(tx Tx) error {
		f, err := l.depositFacts(tx, l.bob)
		if err != nil {
			return err
		}
		out, err := ledger.NewDeposit(ledger.DepositOrder{
			Method: "card", Kind: ledger.DepositOnline, Amount: eur(500), Channel: ledger.ByPhone, Code: [32]byte{5},
		}, f, l.now)
		l.phoned = out.Deposit
		return first(err, appended(tx, out.Entry), tx.PutUser(out.User), tx.PutDeposit(out.Deposit),
			tx.PutPhoneCode(PhoneCode{Hash: [32]byte{5}, Deposit: out.Deposit.ID, Expires: l.now.AddDate(0, 0, 1)}))
	})
	l.calls()
}

// offlineFaults are those of orders, bills and codes by phone.
func offlineFaults() []fault {
	type world = busyWorld
	bob := func(l *world) []byte { return key(tUser, l.bob) }
	biller := fixed(key(tBiller, "northnet"))
	account := func(l *world) []byte { return accountKey(l.bob, "northnet") }
	file := fixed(frozenKey("northnet", 1))
	code := fixed(key(tPhoneCode, [32]byte{5}))
	last := func(l *world) ledger.EntryNo { return l.phoned.No }
	return []fault{
		{"credit that is used", rowsEqual, "journal says otherwise", inRow(bob, users, func(_ *world, u *ledger.User) {
			u.Credit[0].Used--
		})},
		{"credit that nobody gave", rowsEqual, "journal says otherwise", inRow(bob, users, func(_ *world, u *ledger.User) {
			u.Credit[0].Limit++
		})},
		{"credit missing", rowsEqual, "has no credit of", inRow(bob, users, func(_ *world, u *ledger.User) {
			u.Credit = nil
		})},
		{"more paid than lent", rowsEqual, "more for purchase orders than were lent", inEntry(last,
			func(l *world, e *ledger.Entry) {
				d := l.order
				d.State, d.Amount = ledger.DepositPaid, eur(9_000)
				e.Deposit = &d
			})},
		{"lent money in no deposit", i6, "EUR/1210 stands at", inEntry(last, func(l *world, e *ledger.Entry) {
			d := l.order
			d.State = ledger.DepositWrittenOff
			e.Deposit = &d
		})},
		{"money at a biller in no deposit", i6, "EUR/1120 stands at", inEntry(last, func(l *world, e *ledger.Entry) {
			d := l.charge
			d.State = ledger.DepositRemitted
			e.Deposit = &d
		})},
		{"biller's cap", rowsEqual, "another one than the journal says", inRow(biller, billers,
			func(_ *world, b *ledger.Biller) { b.Cap++ })},
		{"biller missing", rowsEqual, "biller \"northnet\" has no row", without(biller)},
		{"charged in a month", rowsEqual, "the account of user", inRow(account, billerAccounts,
			func(_ *world, a *SealedAccount) { a.Charged = 0 })},
		{"number of an account lost", rowsEqual, "has no number", inRow(account, billerAccounts,
			func(_ *world, a *SealedAccount) { a.Sealed = nil })},
		{"account missing", rowsEqual, "account & ", func(l *world, tx store.Tx) error { return tx.Delete(account(l)) }},
		{"index of an account missing", indexesFit, "is not found by", without(fixed(key(tBillerMark, [32]byte{1})))},
		{"file with other bytes", rowsEqual, "is not what was frozen", inRow(file, frozenFiles,
			func(_ *world, f *FrozenFile) { f.Bytes = []byte("other") })},
		{"file missing", rowsEqual, "file ) ", without(file)},
		{"file made twice", rowsEqual, "again, or out of its order", func(l *world, tx store.Tx) error {
			b, _, err := Read(tx).Biller("northnet")
			f := ledger.BillerFile{Biller: "northnet", Number: 1}
			return first(err, appended(Write(tx), ledger.Entry{
				At: l.now, Kind: ledger.KindBiller, Biller: &ledger.AtBiller{Biller: &b, File: &f},
			}))
		}},
		{"code of another deposit", rowsEqual, "was not made with it", inRow(code, phoneCodes,
			func(l *world, c *PhoneCode) { c.Deposit = l.order.ID })},
	}
}
