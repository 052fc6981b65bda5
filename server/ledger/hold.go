package ledger

import "time"

// CaptureRequest takes the held money, or a part of it: zero micros take all.
type CaptureRequest struct {
	Amount int64
	Actor  Actor
	Reason string
}

// VoidRequest releases a hold; Expired says that its time was over.
type VoidRequest struct {
	Expired bool
	Actor   Actor
	Reason  string
}

const maxReason = 500

// DecideCapture gives at most the held money to the receivers and the rest back to the buyer, in one entry. A part is
// split in the proportions of the whole. It refuses with ErrState what is not held any more.
func DecideCapture(r CaptureRequest, f SaleFacts, now time.Time) (SaleOutcome, error) {
	if err := f.held(); err != nil {
		return SaleOutcome{}, err
	}
	p, s := f.Purchase, f.Sold.Sale
	if !p.HoldUntil.IsZero() && !now.Before(p.HoldUntil) {
		return SaleOutcome{}, RefuseState("hold", "over since "+stamp(p.HoldUntil.UTC()))
	}
	x := r.Amount
	if x == 0 {
		x = p.Held
	}
	if x < 0 || x > p.Held {
		return SaleOutcome{}, Invalid("amount", "Capture at most what is held.", "Only %s are held.", Amount{p.Held, s.Price.Currency})
	}
	commission, net, shares, err := captured(s, x)
	if err != nil {
		return SaleOutcome{}, err
	}
	rest := p.Held - x
	e := f.step(now, KindCapture, r.Actor, x)
	e.Reason = CleanText(r.Reason, maxReason)
	paid := Account{Paid, s.Price.Currency, uint64(f.Sold.User)}
	e.Postings = append([]Posting{{Account{Held, s.Price.Currency, uint64(f.Sold.No)}, p.Held}}, legs(s, f.Sold.Vendor, commission, net, shares)...)
	e.Postings = nonzero(append(e.Postings, Posting{paid, -rest}))

	p.State, p.Held, p.Captured, p.HoldUntil = PurchaseCaptured, 0, x, time.Time{}
	p.Sources, p.Receivers = []Posting{{paid, x}}, nil
	for _, g := range legs(s, f.Sold.Vendor, commission, net, shares) {
		p.Receivers = append(p.Receivers, Posting{g.Account, -g.Micros})
	}
	return f.released(e, p, rest), nil
}

// captured splits a part of a held sale by the proportions that are pinned in it.
func captured(s *Sale, x int64) (commission, net int64, shares []Share, err error) {
	price := s.Price.Micros
	if commission, err = MulDiv(x, s.Commission, price, Floor); err != nil {
		return 0, 0, nil, err
	}
	if back, err := MulDiv(commission, price, x, Floor); err != nil || back < s.Commission {
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
	parts, err := LargestRemainder(x-commission, append(weights[1:], weights[0])) // the vendor last, as in SplitRoyalties
	if err != nil {
		return 0, 0, nil, err
	}
	for i, r := range s.Royalties {
		r.Micros = parts[i]
		shares = append(shares, r)
	}
	return commission, parts[len(parts)-1], shares, nil
}

// DecideVoid gives all of the held money back to the buyer.
func DecideVoid(r VoidRequest, f SaleFacts, now time.Time) (SaleOutcome, error) {
	if err := f.held(); err != nil {
		return SaleOutcome{}, err
	}
	p, c := f.Purchase, f.Sold.Amount.Currency
	if r.Expired && now.Before(p.HoldUntil) {
		return SaleOutcome{}, RefuseState("hold", "not over before "+stamp(p.HoldUntil.UTC()))
	}
	e := f.step(now, KindVoid, r.Actor, p.Held)
	e.Reason = CleanText(r.Reason, maxReason)
	rest := p.Held
	e.Postings = []Posting{{Account{Held, c, uint64(f.Sold.No)}, rest}, {Account{Paid, c, uint64(f.Sold.User)}, -rest}}
	p.State, p.Held, p.Sources, p.HoldUntil = PurchaseVoided, 0, nil, time.Time{}
	if r.Expired {
		p.State = PurchaseExpired
	}
	return f.released(e, p, rest), nil
}

// held refuses what is not a hold any more.
func (f SaleFacts) held() error {
	if f.Purchase.State != PurchaseHeld || f.Sold.Sale == nil {
		return RefuseState("charge", StateWord(f.Purchase.State))
	}
	return nil
}

// released takes the unused part of a hold out of the counters.
func (f SaleFacts) released(e Entry, p Purchase, rest int64) SaleOutcome {
	out := SaleOutcome{Entry: e, Purchase: p, Wallet: f.Wallet}
	out.Wallet.Spent = Uncount(out.Wallet.Spent, rest, f.Sold.Sale)
	if f.Link != nil {
		l := *f.Link
		l.Spent = Uncount(l.Spent, rest, f.Sold.Sale)
		if !f.Sold.At.Before(l.Created) { // an older hold was not counted in the sum of this permission
			l.Sum = max(l.Sum-rest, 0)
		}
		out.Link = &l
	}
	return out
}

// StateWord is the state of a purchase as the wire names it.
func StateWord(s PurchaseState) string {
	switch s {
	case PurchaseHeld:
		return "held"
	case PurchaseCaptured:
		return "captured"
	case PurchaseVoided:
		return "voided"
	case PurchaseExpired:
		return "expired"
	case PurchasePartlyRefunded:
		return "partially_refunded"
	case PurchaseRefunded:
		return "refunded"
	}
	return "unknown"
}
