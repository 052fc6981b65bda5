package ledger

import "time"

// What of a deposit goes back: what its redemptions send to where it came from, and what its payer takes back. The
// accounts follow what has happened and not what is planned. While the processor has a deposit, 1100 has all of it that
// has not left; from then on 1100 has nothing of it, and what moves is taken from the next payout, so it moves 1000.

// gone returns whether the money of a deposit in this state is with its payer again.
func (s DepositState) gone() bool {
	return s.TakingBack() || s == DepositLost
}

// TakingBack returns whether it is not decided yet if the payer of a deposit has it for good.
func (s DepositState) TakingBack() bool { return s == DepositChargedBack || s == DepositRepresented }

// mayCostMore returns whether what a processor takes for this step may be more than the deposit: a dispute, and a
// payment that was small.
func (s DepositState) mayCostMore() bool { return s.TakenBack() || s == DepositSettled }

// sentBack is how much of a deposit was sent back, in micros. The two make [Deposit].Refunded.
type sentBack struct {
	left, open int64 // has left; is promised and has not
	aside      int64 // of open, what stays in 1100 since an earlier program left it there: see [Redemption].Clearing
}

// sentBack splits what of the deposit is sent back.
func (f DepositFacts) sentBack() (b sentBack) {
	for _, r := range f.Redemptions {
		if !r.Refunds(f.Deposit) || !r.State.InTransit() {
			continue
		}
		b.open += r.Pays().Micros
		if r.Clearing {
			b.aside += r.Pays().Micros
		}
	}
	b.left = f.Deposit.Refunded - b.open
	return b
}

// Refunds returns whether a redemption sends this deposit back.
func (r Redemption) Refunds(d Deposit) bool {
	return r.Deposit != 0 && r.Deposit == d.ID.Number && r.User == d.ID.User
}

// Waits returns whether a redemption sends this deposit back and its processor has not heard of it. It ends before the
// payer takes the deposit back: its tokens are taken from the wallet with the others.
func (r Redemption) Waits(d Deposit) bool {
	return r.Refunds(d) && (r.State == RedemptionOpened || r.State == RedemptionApproved)
}

// MayGoBack returns whether a part of a deposit may be sent back to where it came from, once its payer cannot take it
// back any more.
func (d Deposit) MayGoBack() bool {
	return d.Is(DepositOnline) && (d.State == DepositSucceeded || d.State == DepositSettled) && d.External != "" &&
		d.Refunded < d.Amount.Micros
}

// Refundable is how much of a deposit can still be sent back to where it came from, now.
func (d Deposit) Refundable(now time.Time) int64 {
	if !d.MayGoBack() || now.Before(d.Free) {
		return 0
	}
	return d.Amount.Micros - d.Refunded
}

// settled are the postings of a payout of the processor: all that has not left is at the bank, less its cost.
func (f DepositFacts) settled(fee int64) []Posting {
	d, b := f.Deposit, f.sentBack()
	g := d.Amount.Micros - b.left - b.aside
	at := d.posting
	return []Posting{at(Bank, 0, g-fee), at(Processing, 0, fee), at(PSPClearing, 0, -g)}
}

// takenBack are the postings of money that was credited and is taken back: from the wallet what was not sent back and
// is not with the processor to be sent, and from where the money is. A redemption that the processor has may still be
// paid: what is there for it leaves 1100, too, since no payout follows.
func (f DepositFacts) takenBack(fee int64) []Posting {
	d, b, user := f.Deposit, f.sentBack(), uint64(f.Deposit.ID.User)
	at, g := d.posting, d.taken()
	there := min(max(f.Wallet.Paid, 0), g)
	all := []Posting{at(Paid, user, there), at(Receivable, user, g-there)}
	switch d.State {
	case DepositSucceeded:
		all = append(all, at(PSPClearing, 0, b.aside-g-b.open), at(Bank, 0, b.open-b.aside))
	case DepositIssued:
		all = append(all, at(BillerClearing, 0, -g))
	default:
		all = append(all, at(Bank, 0, -g))
	}
	return append(all, at(ChargebackFee, 0, fee), at(Bank, 0, -fee))
}

// taken is how much of a deposit its payer takes back, or has taken: what was not sent back by then.
func (d Deposit) taken() int64 { return d.Amount.Micros - d.Kept - d.Refunded }

// cameBack returns the deposit after a redemption of it has ended without sending anything back, or after what it had
// sent came back.
func (d Deposit) cameBack(r Redemption) Deposit {
	x := r.Pays().Micros
	if d.State.gone() && !r.goneWith(d) {
		d.Kept += x
	}
	d.Refunded -= x
	return d
}

// goneWith returns whether the payer of a deposit has what a redemption of it was to send back: it had not left when
// the rest was taken, and was taken with it.
func (r Redemption) goneWith(d Deposit) bool {
	return d.State.gone() && !d.Exact && r.State != RedemptionPaid
}

// posting is one in the currency of the deposit.
func (d Deposit) posting(c Class, owner uint64, micros int64) Posting {
	return Posting{Account{c, d.Amount.Currency, owner}, micros}
}

// clearing is whether the processor still has a deposit: what is sent back then leaves 1100.
func (d Deposit) clearing() bool { return d.State == DepositSucceeded }

// from is where the money of a redemption leaves; d is the deposit that it sends back, if it is one.
func (r Redemption) from(d Deposit) Account {
	if d.clearing() || r.Clearing {
		return Account{PSPClearing, r.Amount.Currency, 0}
	}
	return Account{Bank, r.Amount.Currency, 0}
}

// step are the postings of a step to a state. What had not left when the payer of its deposit took that back is not
// returned to the wallet: the payer has it.
func (r Redemption) step(to RedemptionState, w Wallet, d Deposit) []Posting {
	c, x, pays := r.Amount.Currency, r.Amount.Micros, r.Pays().Micros
	fee, bank, clearing := Account{PayoutFee, c, 0}, Account{Bank, c, 0}, Account{PSPClearing, c, 0}
	var all []Posting
	switch back := to.back(); {
	case to == RedemptionPaid:
		all = []Posting{{r.transit(), x}, {r.from(d), -pays}, {fee, -r.Fee}}
	case back && r.State == RedemptionPaid && d.clearing():
		all = append([]Posting{{clearing, pays}, {fee, r.Fee}}, w.credited(x)...)
	case back && r.State == RedemptionPaid:
		all = append([]Posting{{bank, pays}, {fee, r.Fee}}, w.credited(x)...)
	case back && r.goneWith(d):
		all = append([]Posting{{r.transit(), x}, {r.from(d), -pays}}, w.credited(r.Fee)...)
	case back && r.Clearing && !d.clearing():
		all = append([]Posting{{r.transit(), x}, {bank, pays}, {clearing, -pays}}, w.credited(x)...)
	case back:
		all = append([]Posting{{r.transit(), x}}, w.credited(x)...)
	}
	return nonzero(all)
}
