package books

import "tuppence/server/ledger"

// receives books money that nobody has announced so.
func (w *world) receives(a ledger.Amount) (no ledger.EntryNo, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f := ledger.ReceiptFacts{Policy: w.policy}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		no = f.No
		r := ledger.Receipt{Source: "check", Amount: a, External: w.name("serial "), Text: "RF00"}
		out, err := ledger.NewReceipt(r, f, ledger.Actor{}, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutReceipt(out.Receipt))
	})
	return no, err
}

// beside books what came beside a deposit, all of it so far.
func (w *world) beside(d ledger.Deposit, all ledger.Amount) (_ ledger.Deposit, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f := ledger.ReceiptFacts{Policy: w.policy}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, fresh, err := ledger.NewBeside(d, all, f, w.now)
		if err != nil || !fresh {
			return first(err, ledger.RefuseState("deposit", "told already"))
		}
		d = out.Deposit
		return first(appended(tx, out.Entry), tx.PutReceipt(out.Receipt), tx.PutDeposit(d))
	})
	return d, err
}

// allocates matches a receipt with a wallet; with none it is sent back.
func (w *world) allocates(no ledger.EntryNo, u ledger.UserID) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.ReceiptFacts{Policy: w.policy}
		var err error
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.Receipt, _, err = tx.Receipt(no); err != nil {
			return err
		}
		if u == 0 {
			out, err := ledger.ReturnReceipt(f, ledger.Actor{}, "nobody's", w.now)
			if err != nil {
				return err
			}
			return first(appended(tx, out.Entry), tx.PutReceipt(out.Receipt))
		}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		if f.Wallet, _, err = tx.Wallet(u, "EUR"); err != nil {
			return err
		}
		out, err := ledger.MatchReceipt(f, ledger.Actor{}, "seen", w.now)
		if err != nil {
			return err
		}
		return first(
			appended(tx, out.Entry), tx.PutReceipt(out.Receipt), tx.PutUser(out.User), tx.PutDeposit(out.Deposit),
		)
	})
}
