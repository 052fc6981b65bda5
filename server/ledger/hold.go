package ledger

import (
	"cmp"
	"time"
)

// holdMax bounds how long money can be held, and is how long it is held if nothing is said.
const holdMax = 7 * day

// CaptureRequest takes held money. It is given when the vendor has delivered.
type CaptureRequest struct {
	Amount int64 // micros, at most what is held; 0: all of it
	Actor  Actor
	Reason string // shown to the buyer; may be empty
}

// VoidRequest releases a hold.
type VoidRequest struct {
	Expired bool // because its time is over, not because a side wants it
	Actor   Actor
	Reason  string // shown to the buyer; may be empty
}

// DecideCapture gives at most the held money to the receivers and the rest back to the buyer, in one entry. A part is
// split in the proportions of the whole (DESIGN.md, Rounding 3). It refuses with ErrState what is not held any more,
// and with ErrInvalid an amount out of bounds.
func DecideCapture(r CaptureRequest, f SaleFacts, now time.Time) (SaleOutcome, error) {
	p, err := f.endHold(eventCapture)
	if err != nil {
		return SaleOutcome{}, err
	}
	s, held := f.Sold.Sale, f.Purchase.Held
	if until := f.Purchase.HoldUntil; !until.IsZero() && !now.Before(until) {
		return SaleOutcome{}, RefuseState("hold", "over since "+stamp(until.UTC()))
	}
	x := cmp.Or(r.Amount, held)
	if x < 0 || x > held {
		return SaleOutcome{}, Invalid("amount", "Capture at most what is held.",
			"Only %s are held.", Amount{held, s.Price.Currency})
	}
	if s.Resource != nil && !s.Resource.UpTo && x != held {
		return SaleOutcome{}, Invalid("amount", "Capture all of it, or void the charge.",
			"The buyer has agreed to this price and to no part of it.")
	}
	commission, net, shares, err := captured(s, x)
	if err != nil {
		return SaleOutcome{}, err
	}
	e := f.step(now, KindCapture, r.Actor, x)
	if e.Reason, err = reasonBy(r.Actor, r.Reason); err != nil {
		return SaleOutcome{}, err
	}
	back, kept, err := takeOfSources(f.heldFrom(), held-x)
	if err != nil {
		return SaleOutcome{}, err
	}
	e.Postings = legs([]Posting{{f.heldAt(), held}}, f.Sold.Vendor, commission, net, shares)
	for _, g := range e.Postings[1:] {
		p.Receivers = append(p.Receivers, Posting{g.Account, -g.Micros})
	}
	e.Postings = append(e.Postings, giveBack(back, f.Wallet, now)...)
	p.Captured, p.Sources = x, nonzero(kept)
	e.Postings = f.rewarded(e.Postings, &p)
	return f.released(e, p, held-x), nil
}

// captured splits a part of a held sale by the proportions that are pinned in it.
func captured(s *Sale, x int64) (commission, net int64, shares []Share, err error) {
	price := s.Price.Micros
	if commission, err = mulDiv(x, s.Commission, price); err != nil {
		return 0, 0, nil, err
	}
	if back, err := mulDiv(commission, price, x); err != nil || back < s.Commission {
		commission++ // rounded up, as for the whole
	}
	commission = min(commission, x)
	weights := []int64{price - s.Commission}
	for _, r := range s.Royalties {
		weights = append(weights, r.Micros)
		weights[0] -= r.Micros
	}
	if price == s.Commission {
		weights[0] = 1
	}
	parts, err := largestRemainder(x-commission, append(weights[1:], weights[0])) // the vendor last, as in splitRoyalties
	if err != nil {
		return 0, 0, nil, err
	}
	for i, r := range s.Royalties {
		r.Micros = parts[i]
		shares = append(shares, r)
	}
	return commission, parts[len(parts)-1], shares, nil
}

// Part returns how a part of a held sale is split between the service and the payees, as [DecideCapture] does. The rest
// is the vendor's.
func (s *Sale) Part(micros int64) (commission int64, shares []Share, err error) {
	if micros == 0 {
		return 0, nil, nil
	}
	commission, _, shares, err = captured(s, micros)
	return commission, shares, err
}

// DecideVoid gives all of the held money back to the buyer. It refuses with ErrState what is not held any more, and an
// expiry before its time.
func DecideVoid(r VoidRequest, f SaleFacts, now time.Time) (SaleOutcome, error) {
	event := eventVoid
	if r.Expired {
		event = eventExpire
	}
	p, err := f.endHold(event)
	if err != nil {
		return SaleOutcome{}, err
	}
	if until := f.Purchase.HoldUntil; r.Expired && now.Before(until) {
		return SaleOutcome{}, RefuseState("hold", "not over before "+stamp(until.UTC()))
	}
	held := f.Purchase.Held
	e := f.step(now, KindVoid, r.Actor, held)
	if e.Reason, err = reasonBy(r.Actor, r.Reason); err != nil {
		return SaleOutcome{}, err
	}
	e.Postings = append([]Posting{{f.heldAt(), held}}, giveBack(f.heldFrom(), f.Wallet, now)...)
	return f.released(e, p, held), nil
}

// endHold returns the purchase without its hold and what was held, in the state that the event leads to. It refuses
// what is not a hold any more.
func (f SaleFacts) endHold(event string) (Purchase, error) {
	p := f.Purchase
	to, can := purchaseStates.next(p.State, event)
	if !can || f.Sold.Sale == nil {
		return Purchase{}, RefuseState("charge", StateWord(p.State))
	}
	p.State, p.Held, p.HoldUntil, p.Sources, p.Receivers = to, 0, time.Time{}, nil, nil
	return p, nil
}

// heldAt is where the money of the hold waits.
func (f SaleFacts) heldAt() Account { return Account{Held, f.Sold.Amount.Currency, uint64(f.Sold.No)} }

// heldFrom is where the money of the hold came from, as positive micros.
func (f SaleFacts) heldFrom() (sources []Posting) {
	for _, g := range f.Sold.Postings {
		if g.Micros > 0 {
			sources = append(sources, g)
		}
	}
	return sources
}

// released takes the unused part of a hold out of the counters, and of the cap of its reward.
func (f SaleFacts) released(e Entry, p Purchase, rest int64) SaleOutcome {
	out := SaleOutcome{Entry: e, Purchase: p, Wallet: f.Wallet}
	out.Wallet.Spent = Uncount(out.Wallet.Spent, rest, f.Sold.Sale)
	if f.Link != nil {
		l := *f.Link
		l.Spent = Uncount(l.Spent, rest, f.Sold.Sale)
		l.Paid = max(l.Paid-rest, 0)
		if l.counts(f.Sold) { // an older hold was not counted in the sum of this permission
			l.Sum = max(l.Sum-rest, 0)
		}
		out.Link = &l
	}
	if f.Agent != nil {
		out.Agent = f.Agent.released(&f.Sold, rest)
	}
	s := f.Sold.Sale
	if lost := s.Reward.Micros - s.Reward.On(p.commission(), s.Commission); lost > 0 {
		counted := f.User.Brought.Returning(s.Reward, Amount{lost, s.Price.Currency})
		out.Brought = &counted
	}
	return out
}
