package books

import (
	"time"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

// redeemFacts are what a decision about a redemption needs.
func (w *world) redeemFacts(tx Tx, u ledger.UserID) (f ledger.RedeemFacts, err error) {
	f = ledger.RedeemFacts{Policy: w.policy, Staff: ledger.Staff{Fingerprint: "SHA256:op", Role: ledger.RoleOperator}}
	f.Policy.Redeem.Hold = 0
	if f.No, err = tx.Next(); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return f, err
	}
	f.User, _ = f.User.Touch(w.now, w.policy)
	f.Wallet, _, err = tx.Wallet(u, "EUR")
	return f, err
}

// redeems turns tokens back into money: to the newest deposit by card that takes it, or to a bank account.
func (w *world) redeems(u ledger.UserID, a ledger.Amount, card bool) (no ledger.EntryNo, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f, err := w.redeemFacts(tx, u)
		if err != nil {
			return err
		}
		o := ledger.RedeemOrder{Amount: a}
		if card {
			all, err := tx.Deposits(u, 20)
			if err != nil {
				return err
			}
			for _, d := range all {
				if d.Refundable(w.now) >= a.Micros {
					o.Deposit = d
				}
			}
		} else {
			o.Mandate = ledger.Mandate{
				ID: ledger.MandateID{User: u, Number: 1}, Currency: "EUR", State: ledger.MandateActive, Country: "DE",
				Last4: "3000",
			}
		}
		out, err := ledger.DecideRedeem(o, f, w.now)
		if err != nil {
			return err
		}
		no = out.Redemption.No
		return w.putRedemption(tx, out)
	})
	return no, err
}

func (w *world) putRedemption(tx Tx, out ledger.RedemptionOutcome) error {
	if out.Entry.Deposit != nil {
		if err := tx.PutDeposit(out.Deposit); err != nil {
			return err
		}
	}
	return first(appended(tx, out.Entry), tx.PutRedemption(out.Redemption))
}

// redeemStep moves a redemption on.
func (w *world) redeemStep(no ledger.EntryNo, event string) error {
	w.t.Helper()
	return w.try(func(tx Tx) error { return w.redeemStepIn(tx, no, event) })
}

func (w *world) redeemStepIn(tx Tx, no ledger.EntryNo, event string) error {
	d, _, err := tx.Redemption(no)
	if err != nil {
		return err
	}
	f, err := w.redeemFacts(tx, d.User)
	if err != nil {
		return err
	}
	f.Redemption = d
	if d.Deposit != 0 {
		if f.Deposit, _, err = tx.Deposit(ledger.DepositID{User: d.User, Number: d.Deposit}); err != nil {
			return err
		}
	}
	out, err := ledger.StepRedemption(ledger.RedemptionEvent{Event: event, Reason: "so"}, f, w.now)
	if err != nil {
		return err
	}
	return w.putRedemption(tx, out)
}

// refundsOf reads what goes back of a deposit, and ends what waits before its payer takes it back.
func (w *world) refundsOf(tx Tx, d ledger.Deposit, to ledger.DepositState) (
	_ ledger.Deposit, open []ledger.Redemption, err error,
) {
	if open, err = tx.OpenRedemptions(d.ID.User); err != nil {
		return d, nil, err
	}
	for _, r := range open {
		if to.TakenBack() && r.Waits(d) {
			if err := w.redeemStepIn(tx, r.No, ledger.RedeemDeny); err != nil {
				return d, nil, err
			}
		}
	}
	now, found, err := tx.Deposit(d.ID)
	if err == nil && found {
		d.Refunded, d.Kept = now.Refunded, now.Kept // redemptions change it meanwhile
		open, err = tx.OpenRedemptions(d.ID.User)
	}
	return d, open, err
}

// fills sets a weekly budget, or does what it asks for.
func (w *world) fills(u ledger.UserID, budget ledger.Amount) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.RefillFacts{Policy: w.policy}
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
		if f.Refill, _, err = tx.Refill(u, "EUR"); err != nil {
			return err
		}
		f.Mandate = ledger.Mandate{
			ID: ledger.MandateID{User: u, Number: 1}, Currency: "EUR", State: ledger.MandateActive, Most: ledger.MaxMicros,
		}
		out, err := ledger.DueRefill(f, w.now)
		if err != nil {
			out, err = ledger.SetRefill(ledger.RefillOrder{Budget: budget, Weekday: time.Monday, Mandate: f.Mandate}, f, w.now)
		}
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutRefill(out.Refill))
	})
}

// redemption redeems, or moves a redemption on, if it can be.
func (m *model) redemption(t *rapid.T) {
	w := m.w
	var all []ledger.Redemption
	w.see(func(r Reader) (err error) {
		all, err = r.Redemptions(RedemptionQuery{}, 20)
		return err
	})
	if len(all) == 0 || rapid.Bool().Draw(t, "another") {
		a := eur(rapid.Int64Range(1, 3_000).Draw(t, "cents"))
		_, err := w.redeems(m.person(t), a, rapid.Bool().Draw(t, "to the card"))
		m.refused(err)
		return
	}
	event := rapid.SampledFrom([]string{
		ledger.RedeemApprove, ledger.RedeemDeny, ledger.RedeemCancel, ledger.RedeemSubmit, ledger.RedeemSubmit,
		ledger.RedeemPaid, ledger.RedeemPaid, ledger.RedeemFail, ledger.RedeemReturn,
	}).Draw(t, "event")
	m.refused(w.redeemStep(rapid.SampledFrom(all).Draw(t, "redemption").No, event))
}

// refill sets a weekly budget, or does what it asks for.
func (m *model) refill(t *rapid.T) {
	m.refused(m.w.fills(m.person(t), eur(rapid.Int64Range(100, 5_000).Draw(t, "budget"))))
}

// sendsBack puts a redemption into a file.
func (w *world) sendsBack(no ledger.EntryNo) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		d, _, err := tx.Redemption(no)
		if err != nil {
			return err
		}
		f, err := w.redeemFacts(tx, d.User)
		if err != nil {
			return err
		}
		n, err := tx.NextBankFile()
		if err != nil {
			return err
		}
		f.Redemption = d
		out, err := ledger.StepRedemption(ledger.RedemptionEvent{Event: ledger.RedeemSubmit, File: n}, f, w.now)
		if err != nil {
			return err
		}
		a := d.Pays()
		return first(w.putRedemption(tx, out), tx.PutBankItem(BankItem{
			Source: "list/out", ID: "red_1", File: n, User: d.User, Amount: a, At: w.now, Redemption: no,
		}), tx.PutBankFile(BankFile{
			No: n, Network: "list", Method: "redemptions", Currency: "EUR", Created: w.now, Count: 1, Micros: a.Micros,
		}))
	})
}
