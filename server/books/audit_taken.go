package books

import "tuppence/server/ledger"

// takenSum is what the payer of a deposit has taken back of it.
type takenSum struct {
	micros int64
	state  ledger.DepositState
	exact  bool // it is known what was taken
}

// grows is whether the payer has what has not left by now, too.
func (s takenSum) grows() bool {
	return !s.exact && (s.state.TakingBack() || s.state == ledger.DepositLost)
}

// walletGets is what an entry brings into its wallet: tokens, and what is owed no more.
func walletGets(rec Record) (micros int64) {
	for _, g := range rec.Postings {
		switch g.Account.Class {
		case ledger.Paid, ledger.Receivable:
			if g.Account.Owner == uint64(rec.User) {
				micros -= g.Micros
			}
		}
	}
	return micros
}

// takenBack follows what entries about a deposit say of what was sent back of it, and of what its payer took back: a
// charge-back that is won gives back what was taken, and no more.
func (a *auditor) takenBack(rec Record) {
	d := rec.Deposit
	if d == nil {
		return
	}
	if _, known := a.redeemed.refunds[d.ID]; known || d.Refunded != 0 {
		a.redeemed.refunds[d.ID] = d.Refunded
	}
	if rec.Kind != ledger.KindDeposit || !d.Is(ledger.DepositOnline) {
		return
	}
	was, known := a.redeemed.taken[d.ID]
	if !known && !d.State.TakenBack() {
		return
	}
	now := takenSum{was.micros, d.State, d.Exact}
	switch gets := walletGets(rec); {
	case d.State == ledger.DepositChargedBack:
		now.micros = -gets
	case d.State == ledger.DepositWon:
		if now.micros = 0; gets != was.micros {
			a.find(i17, "entry %d gives %d micros of deposit %d/%d back, of which %d were taken",
				rec.No, gets, d.ID.User, d.ID.Number, was.micros)
		}
	}
	a.redeemed.taken[d.ID] = now
}

// redeemedBack checks what a step of a redemption returns to its wallet: nothing while it goes on, all of it when it
// has ended without being paid or came back, and of one that had not left when the payer of its deposit took that back
// only the fee.
func (a *auditor) redeemedBack(rec Record, was, now redeemSum) {
	id := ledger.DepositID{User: now.user, Number: now.deposit}
	var want int64
	switch t := a.redeemed.taken[id]; {
	case now.state.InTransit() || now.state == ledger.RedemptionPaid:
	case was.state != ledger.RedemptionPaid && now.deposit != 0 && t.grows():
		want = now.fee
		t.micros += now.pays()
		a.redeemed.taken[id] = t
	default:
		want = now.amount.Micros
	}
	if gets := walletGets(rec); gets != want {
		a.find(i17, "entry %d returns %d micros of redemption %d to its wallet, want %d",
			rec.No, gets, rec.Redemption.No, want)
	}
}

// redemptionsDue adds what is on its way to the accounts that must stand so: 2210 of each redemption, and 1100 with
// what is still there of it.
func (a *auditor) redemptionsDue(due map[ledger.Account]int64) {
	for no, r := range a.redeemed.of {
		if !r.state.InTransit() {
			continue
		}
		due[ledger.Account{Class: ledger.RedeemTransit, Currency: r.amount.Currency, Owner: uint64(no)}] = -r.amount.Micros
		if r.aside || a.redeemed.clears[ledger.DepositID{User: r.user, Number: r.deposit}] {
			due[ledger.Account{Class: ledger.PSPClearing, Currency: r.amount.Currency}] += r.pays()
		}
	}
}

// receiptsDue adds what came beside deposits and is still with a processor.
func (a *auditor) receiptsDue(due map[ledger.Account]int64) error {
	for _, at := range a.receipts {
		e, found, err := a.entryAt(at)
		if err != nil {
			return err
		}
		if found && e.Receipt.Clearing && e.Receipt.State != ledger.ReceiptReturned {
			due[ledger.Account{Class: ledger.PSPClearing, Currency: e.Receipt.Amount.Currency}] += e.Receipt.Amount.Micros
		}
	}
	return nil
}
