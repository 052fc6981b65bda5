package books

import (
	"crypto/sha256"

	"tuppence/server/ledger"
)

// changes does something to a sale.
func (w *world) changes(no ledger.EntryNo, decide func(ledger.SaleFacts) (ledger.SaleOutcome, error)) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.saleFacts(tx, no)
		if err != nil {
			return err
		}
		out, err := decide(f)
		if err != nil {
			return err
		}
		if out.Brought != nil {
			f.User.Brought = *out.Brought
		}
		if err := first(
			appended(tx, out.Entry), tx.PutPurchase(out.Purchase), tx.PutWallet(out.Wallet), tx.PutUser(f.User),
			putCounted(tx, out.Agent),
		); err != nil || out.Link == nil {
			return err
		}
		return tx.PutLink(*out.Link)
	})
}

func (w *world) captures(no ledger.EntryNo, micros int64) error {
	return w.changes(no, func(f ledger.SaleFacts) (ledger.SaleOutcome, error) {
		return ledger.DecideCapture(ledger.CaptureRequest{Amount: micros}, f, w.now)
	})
}

func (w *world) voids(no ledger.EntryNo) error {
	return w.changes(no, func(f ledger.SaleFacts) (ledger.SaleOutcome, error) {
		return ledger.DecideVoid(ledger.VoidRequest{}, f, w.now)
	})
}

func (w *world) refunds(no ledger.EntryNo, micros int64) error {
	return w.changes(no, func(f ledger.SaleFacts) (ledger.SaleOutcome, error) {
		return ledger.DecideRefund(ledger.RefundRequest{Amount: micros}, f, w.now)
	})
}

func (w *world) revokes(no ledger.EntryNo) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.saleFacts(tx, no)
		if err != nil {
			return err
		}
		out, err := ledger.DecideRevoke(ledger.RevokeRequest{Reason: "shared"}, f, w.now)
		if err != nil || out.Again {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutPurchase(out.Purchase))
	})
}

func (w *world) opensIt(no ledger.EntryNo, id string) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f, err := w.saleFacts(tx, no)
		if err != nil {
			return err
		}
		out, err := ledger.Consume(ledger.ConsumeRequest{N: 1, RequestID: id}, f, w.now)
		if err != nil || out.Again {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutPurchase(out.Purchase))
	})
}

// sends places a transfer.
func (w *world) sends(u ledger.UserID, a ledger.Amount) (no ledger.EntryNo, err error) {
	w.t.Helper()
	code := sha256.Sum256([]byte(w.name("code")))
	err = w.try(func(tx Tx) error {
		f := ledger.TransferFacts{Policy: w.policy}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		f.User, _ = f.User.Touch(w.now, w.policy)
		if f.Wallet, _, err = tx.Wallet(u, "EUR"); err != nil {
			return err
		}
		no = f.No
		return transferred(tx)(ledger.DecideTransfer(ledger.TransferOrder{Amount: a, Code: code}, f, w.now))
	})
	return no, err
}

func transferred(tx Tx) func(ledger.TransferOutcome, error) error {
	return func(out ledger.TransferOutcome, err error) error {
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutTransfer(out.Transfer))
	}
}

// ends claims a transfer for u, or recalls it if u has sent it.
func (w *world) ends(no ledger.EntryNo, u ledger.UserID) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.TransferFacts{Policy: w.policy}
		var err error
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		if f.Wallet, _, err = tx.Wallet(u, "EUR"); err != nil {
			return err
		}
		if f.Transfer, _, err = tx.Transfer(no); err != nil {
			return err
		}
		if f.Transfer.From == u {
			return transferred(tx)(ledger.DecideRecall(ledger.Actor{Role: ledger.RoleUser}, f, w.now))
		}
		return transferred(tx)(ledger.DecideClaim(ledger.Actor{Role: ledger.RoleUser}, f, w.now))
	})
}

// links gives the vendor of the offer a standing permission, or ends it.
func (w *world) links(u ledger.UserID, give bool) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.LinkFacts{}
		var err error
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		if f.Vendor, _, err = tx.Vendor(w.vendor); err != nil {
			return err
		}
		if l, found, err := tx.Link(u, w.vendor, "EUR"); err != nil {
			return err
		} else if found {
			f.Link = &l
		}
		var out ledger.LinkOutcome
		if give {
			out, err = ledger.DecideLink(ledger.LinkOrder{Currency: "EUR", Total: ledger.NoLimit}, f, w.now)
		} else {
			out, err = ledger.DecideUnlink(ledger.UnlinkOrder{Currency: "EUR"}, f, w.now)
		}
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutLink(out.Link))
	})
}

// rules changes a setting.
func (w *world) rules(name, value string) {
	w.t.Helper()
	w.do(func(tx Tx) error {
		no, err := tx.Next()
		if err != nil {
			return err
		}
		out, err := ledger.DecidePolicy(name, value, ledger.Actor{Role: ledger.RoleOperator},
			ledger.SecondFacts{No: no, Began: w.now}, w.policy, w.now)
		if err != nil {
			return err
		}
		w.policy = out.Policy
		return first(appended(tx, out.Entry), tx.PutPolicy(w.policy))
	})
}
