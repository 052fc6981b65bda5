package ledger

import (
	"fmt"
	"maps"
	"testing"
	"time"
)

// sendingBack is a deposit by a processor with its redemptions, at some point of their lives, and what has happened so
// far in numbers of its own.
type sendingBack struct {
	deposit Deposit
	all     []Redemption
	sums    map[Class]int64

	taken, cost, fees, spent int64 // by the payer; of payouts, of charge-backs; for content
	how                      backHow
	past                     Wallet // nothing but its past
}

// backHow is how a deposit is sent back.
type backHow struct {
	early bool // redemptions that wait end before a charge-back, as the service does it
	exact bool // the processor says what was taken
	aside bool // redemptions are those of an earlier program
}

const (
	backFunding, backPayout, backTaken = 30_000, 50_000, 70_000 // micros: the fees
	backSpent                          = 40 * Unit
)

// newSendingBack is a deposit that has arrived.
func newSendingBack(a Amount, how backHow) *sendingBack {
	h := &sendingBack{sums: map[Class]int64{}, how: how, past: Wallet{User: 7}, deposit: Deposit{
		No: 1, ID: DepositID{7, 1}, Kind: DepositOnline, Method: "card", Amount: a, Fee: backFunding,
		State: DepositProcessing, External: "x",
	}}
	if err := h.deposits(DepositSucceeded); err != nil {
		panic(err)
	}
	return h
}

func (h *sendingBack) clone() *sendingBack {
	c := *h
	c.all, c.sums = append([]Redemption(nil), h.all...), maps.Clone(h.sums)
	return &c
}

func (h *sendingBack) wallet() Wallet {
	return Wallet{User: 7, Currency: h.deposit.Amount.Currency, Paid: -h.sums[Paid], Owed: h.sums[Receivable]}
}

func (h *sendingBack) facts() RedeemFacts {
	s := h.deposit.State
	f := RedeemFacts{
		No: EntryNo(10 + len(h.all)), User: User{ID: 7, Status: UserActive, WindowUntil: start.Add(time.Minute)},
		Policy: DefaultPolicy(), Wallet: h.wallet(), Taken: s == DepositChargedBack || s == DepositRepresented,
		Deposit: h.deposit,
	}
	f.Policy.Redeem = RedeemRules{Fee: Unit, Approve: 50 * Unit}
	return f
}

func (h *sendingBack) add(e Entry) error {
	for _, g := range e.Postings {
		h.sums[g.Account.Class] += g.Micros
	}
	h.past = h.past.After(e)
	return e.Balanced()
}

// opens begins a redemption to the deposit.
func (h *sendingBack) opens(micros int64) error {
	o := RedeemOrder{Amount: Amount{micros, h.deposit.Amount.Currency}, Deposit: h.deposit}
	out, err := DecideRedeem(o, h.facts(), start)
	if err != nil {
		return err
	}
	out.Redemption.Clearing = h.how.aside && h.deposit.State == DepositSucceeded
	h.deposit, h.all = out.Deposit, append(h.all, out.Redemption)
	return h.add(out.Entry)
}

// moves takes a redemption one step on.
func (h *sendingBack) moves(i int, event string) error {
	f := h.facts()
	f.Redemption = h.all[i]
	out, err := StepRedemption(RedemptionEvent{Event: event, Reason: "so"}, f, start)
	if err != nil {
		return err
	}
	if out.Redemption.State.back() && h.all[i].State != RedemptionPaid && h.deposit.State.gone() && !h.how.exact {
		h.taken += out.Redemption.Pays().Micros // the payer has taken it, as it had not left
	}
	h.deposit, h.all[i] = out.Deposit, out.Redemption
	return h.add(out.Entry)
}

// deposits takes the deposit one step on.
func (h *sendingBack) deposits(to DepositState) error {
	before, ev := h.deposit.State, DepositEvent{To: to}
	if to == DepositChargedBack && h.how.early {
		for i, r := range h.all {
			if r.Waits(h.deposit) {
				if err := h.moves(i, RedeemDeny); err != nil {
					return err
				}
			}
		}
	}
	switch to {
	case DepositSettled:
		ev.Fee = backPayout
	case DepositChargedBack:
		left, open := h.sent()
		if ev.Fee = backTaken; h.how.exact {
			ev.Taken = h.deposit.Amount.Micros - left - open
		}
	}
	f := DepositFacts{
		No: 20, User: User{ID: 7, Status: UserActive}, Wallet: h.wallet(), Policy: DefaultPolicy(), Deposit: h.deposit,
		Redemptions: h.all,
	}
	out, err := DecideDeposit(ev, f, start)
	if err != nil {
		return err
	}
	switch to {
	case DepositSettled:
		h.cost += backPayout
	case DepositChargedBack:
		h.fees += backTaken
		left, open := h.sent()
		h.taken = h.deposit.Amount.Micros - left - open
	case DepositWon:
		h.taken = 0
	}
	if h.deposit = out.Deposit; before == DepositProcessing {
		h.deposit.Free = time.Time{}
	}
	return h.add(out.Entry)
}

// sent is what was sent back, and what is on its way.
func (h *sendingBack) sent() (left, open int64) {
	for _, r := range h.all {
		switch {
		case r.State == RedemptionPaid:
			left += r.Pays().Micros
		case r.State.InTransit():
			open += r.Pays().Micros
		}
	}
	return left, open
}

// wrong compares every account with what has happened, and says which of them reads something else.
func (h *sendingBack) wrong() string {
	left, open := h.sent()
	g, want := h.deposit.Amount.Micros, map[Class]int64{}
	wallet, aside := g-backFunding-h.taken-h.spent, int64(0)
	for _, r := range h.all {
		if r.State == RedemptionPaid {
			want[PayoutFee] -= r.Fee
		}
		if r.State.InTransit() {
			want[RedeemTransit] -= r.Amount.Micros
			if r.Clearing && h.deposit.State != DepositSucceeded {
				aside += r.Pays().Micros
			}
		}
		if r.State.InTransit() || r.State == RedemptionPaid {
			wallet -= r.Amount.Micros
		}
	}
	if want[PSPClearing] = aside; h.deposit.State == DepositSucceeded {
		want[PSPClearing] = g - left
	}
	want[Bank] = g - left - h.taken - want[PSPClearing] - h.cost - h.fees
	want[Processing], want[ChargebackFee], want[FundingFee] = h.cost, h.fees, -backFunding
	want[VendorPending] = -h.spent
	for c := range h.sums {
		if c != Paid && c != Receivable && h.sums[c] != want[c] {
			return fmt.Sprintf("%s reads %d, want %d", c, h.sums[c], want[c])
		}
	}
	switch {
	case -h.sums[Paid]-h.sums[Receivable] != wallet:
		return fmt.Sprintf("the wallet has %d and owes %d, want %d", -h.sums[Paid], h.sums[Receivable], wallet)
	case h.deposit.Refunded != left+open:
		return fmt.Sprintf("the deposit says %d, sent back were %d and %d", h.deposit.Refunded, left, open)
	case h.past.Past.PaidIn > g-left-h.taken:
		return fmt.Sprintf("paid in were %d, of which %d were sent back and %d taken", h.past.Past.PaidIn, left, h.taken)
	case left+h.taken > g:
		return fmt.Sprintf("%d were sent back and %d taken", left, h.taken)
	}
	return ""
}

// key tells points apart from which all that follows is the same.
func (h *sendingBack) key() string {
	d := h.deposit
	s := fmt.Sprint(d.State, d.Refunded, d.Kept, d.Exact, h.past.Past.PaidIn, h.taken, h.spent, h.sums)
	for _, r := range h.all {
		s += fmt.Sprint(" ", r.State, r.Amount.Micros)
	}
	return s
}

// events are all that may happen next, done or refused.
func (h *sendingBack) events(parts []int64) map[string]func(*sendingBack) error {
	all := map[string]func(*sendingBack) error{}
	if n := len(h.all); n < len(parts) {
		all["open "+fmt.Sprint(n)] = func(h *sendingBack) error { return h.opens(parts[n]) }
	}
	for i := range h.all {
		for _, event := range []string{
			RedeemApprove, RedeemDeny, RedeemCancel, RedeemSubmit, RedeemPaid, RedeemFail, RedeemReturn,
		} {
			all[fmt.Sprint(event, " ", i)] = func(h *sendingBack) error { return h.moves(i, event) }
		}
	}
	for _, s := range h.deposit.Next() {
		all[string(s)] = func(h *sendingBack) error { return h.deposits(s) }
	}
	if h.spent == 0 && -h.sums[Paid] >= backSpent {
		all["spend"] = func(h *sendingBack) error {
			h.spent = backSpent
			h.sums[Paid], h.sums[VendorPending] = h.sums[Paid]+backSpent, -backSpent
			return nil
		}
	}
	return all
}

// In every order of redemptions that are opened, sent, paid, that fail, come back or are canceled, of the processor's
// payout, of a charge-back and how it ends, and of purchases in between, each account reads what has happened so far,
// and what the payer has taken back never comes back to the wallet.
func TestEveryOrderOfSendingBack(t *testing.T) {
	service := backHow{early: true}
	yen := func(units int64) int64 { return units * Unit }
	for name, tt := range map[string]struct {
		amount Amount
		parts  []int64
		how    backHow
	}{
		"as the service does it": {eur(10_000), []int64{eur(6_000).Micros, eur(2_500).Micros}, service},
		"all of it":              {eur(10_000), []int64{eur(10_000).Micros - backFunding}, service},
		"three parts":            {eur(9_000), []int64{eur(3_000).Micros, eur(2_000).Micros, eur(1_000).Micros}, service},
		"without cents":          {Amount{yen(9_000), "JPY"}, []int64{yen(2_000), yen(6_998)}, service},
		"it is known what was taken": {
			eur(10_000), []int64{eur(6_000).Micros, eur(2_500).Micros}, backHow{early: true, exact: true},
		},
		"what waits stays": {eur(10_000), []int64{eur(6_000).Micros, eur(2_500).Micros}, backHow{}},
		"of an earlier program": {
			eur(10_000), []int64{eur(6_000).Micros, eur(2_500).Micros}, backHow{early: true, aside: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen, taken := map[string]bool{}, 0
			var walk func(h *sendingBack, road string)
			walk = func(h *sendingBack, road string) {
				if wrong := h.wrong(); wrong != "" {
					t.Fatalf("%s: %s", road, wrong)
				}
				if seen[h.key()] {
					return
				}
				seen[h.key()] = true
				if h.taken > 0 {
					taken++
				}
				for event, do := range h.events(tt.parts) {
					next := h.clone()
					if do(next) == nil {
						walk(next, road+", "+event)
					}
				}
			}
			walk(newSendingBack(tt.amount, tt.how), "succeeded")
			if len(seen) < 60 || taken < 20 {
				t.Errorf("%d points, at %d of them was something taken back", len(seen), taken)
			}
			t.Logf("%d points", len(seen))
		})
	}
}
