package ledger

import "time"

// SaleFacts is what every decision about an existing sale needs to know.
type SaleFacts struct {
	No       EntryNo // the number that the entry will get
	Sold     Entry   // the entry of KindPurchase or KindHold
	Purchase Purchase
	User     User
	Wallet   Wallet
	Link     *Link
	Till     Till
	Policy   Policy
}

// SaleOutcome is what becomes of a sale. Wallet and Link carry the new counters (capture, void); balances are those of
// before.
type SaleOutcome struct {
	Entry    Entry
	Purchase Purchase
	Wallet   Wallet
	Link     *Link
}

// step begins an entry that continues the sale.
func (f SaleFacts) step(now time.Time, k Kind, a Actor, micros int64) Entry {
	e := entry(f.No, now, k, a)
	e.User, e.Vendor, e.Cause = f.Sold.User, f.Sold.Vendor, f.Sold.No
	e.Amount = Amount{micros, f.Sold.Amount.Currency}
	return e
}

// NewPurchase is the purchase as its entry made it, before anything else happened.
func NewPurchase(e Entry) Purchase {
	p := Purchase{No: e.No}
	for _, g := range e.Postings {
		switch {
		case g.Micros > 0:
			p.Sources = append(p.Sources, g)
		case e.Kind == KindPurchase:
			p.Receivers = append(p.Receivers, Posting{g.Account, -g.Micros})
		}
	}
	switch e.Kind {
	case KindPurchase:
		p.State, p.Captured = PurchaseCaptured, e.Amount.Micros
	case KindHold:
		p.State, p.Held = PurchaseHeld, e.Amount.Micros
		if e.Sale != nil {
			p.HoldUntil = e.Sale.HoldUntil
		}
	}
	return p
}

// Left is what can still be given back: captured, not returned, not in dispute.
func (p Purchase) Left() int64 { return p.Captured - p.Returned - p.Disputed }

// legs are the credits of a sale: the vendor, the payees, the house. Nobody is posted zero.
func legs(s *Sale, vendor VendorID, commission, net int64, shares []Share) []Posting {
	c := s.Price.Currency
	all := []Posting{{Account{VendorPending, c, uint64(vendor)}, -net}}
	for _, r := range shares {
		all = append(all, Posting{Account{RoyaltyPayable, c, uint64(r.Payee)}, -r.Micros})
	}
	all = append(all, Posting{Account{Commission, c, 0}, -commission})
	return nonzero(all)
}

func nonzero(all []Posting) []Posting {
	kept := all[:0]
	for _, p := range all {
		if p.Micros != 0 {
			kept = append(kept, p)
		}
	}
	return kept
}

// taken is what a return takes from the receivers, and what is left of the sale afterwards.
type taken struct {
	debits    []Posting // positive: from the accounts where the money is now
	sources   []Posting // positive: what of each source goes back
	receivers []Posting // left at each receiver
	left      []Posting // left of each source
}

// take returns x of a sale by largest remainder over what is left at each receiver (DESIGN.md, Rounding 4): never over the
// original shares, because then a leg can become negative. The vendor's part comes from pending as far as that goes, the
// rest from available, which may become negative (DESIGN.md, Returns 1).
func take(p Purchase, t Till, x int64) (taken, error) {
	weights := make([]int64, len(p.Receivers))
	for i, r := range p.Receivers {
		weights[i] = r.Micros
	}
	parts, err := LargestRemainder(x, weights)
	if err != nil {
		return taken{}, err
	}
	var out taken
	pending := max(t.Pending, 0)
	for i, r := range p.Receivers {
		part := parts[i]
		out.receivers = append(out.receivers, Posting{r.Account, r.Micros - part})
		if r.Account.Class == VendorPending {
			now := min(part, pending)
			pending -= now
			available := r.Account
			available.Class = VendorAvailable
			out.debits = append(out.debits, Posting{r.Account, now}, Posting{available, part - now})
			continue
		}
		out.debits = append(out.debits, Posting{r.Account, part})
	}
	out.debits = nonzero(out.debits)
	// Sources give back in the order of DESIGN.md, Returns 2: what was owed, then paid tokens, then incentive tokens.
	out.left = append([]Posting(nil), p.Sources...)
	for _, class := range []Class{Receivable, Paid, Promo} {
		for i, s := range out.left {
			if s.Account.Class == class && x > 0 {
				part := min(x, s.Micros)
				out.left[i].Micros -= part
				out.sources = append(out.sources, Posting{s.Account, part})
				x -= part
			}
		}
	}
	if x != 0 {
		return taken{}, errOverflow
	}
	out.sources = nonzero(out.sources)
	return out, nil
}

// giveBack credits the sources; what the wallet owes is paid first, and only as far as it is owed (DESIGN.md,
// Returns 3).
func giveBack(sources []Posting, w Wallet) []Posting {
	var all []Posting
	owed := max(w.Owed, 0)
	for _, s := range sources {
		if s.Account.Class == Paid || s.Account.Class == Receivable {
			debt, paid := s.Account, s.Account
			debt.Class, paid.Class = Receivable, Paid
			part := min(s.Micros, owed)
			owed -= part
			all = append(all, Posting{debt, -part}, Posting{paid, part - s.Micros})
			continue
		}
		all = append(all, Posting{s.Account, -s.Micros})
	}
	return nonzero(all)
}

// restore puts back at the receivers what a dispute had taken from them.
func restore(left, taken []Posting) []Posting {
	all := append([]Posting(nil), left...)
	for _, t := range taken {
		a := t.Account
		if a.Class == VendorAvailable {
			a.Class = VendorPending
		}
		all = addTo(all, Posting{a, t.Micros})
	}
	return all
}

func addTo(all []Posting, p Posting) []Posting {
	for i := range all {
		if all[i].Account == p.Account {
			all[i].Micros += p.Micros
			return all
		}
	}
	return append(all, p)
}

// settleState is the state of a captured purchase by what was returned; a full return revokes the grant (DESIGN.md, I9).
func (p Purchase) settleState(now time.Time) Purchase {
	switch {
	case p.Returned >= p.Captured:
		p.State = PurchaseRefunded
		if p.Grant.Revoked.IsZero() {
			p.Grant.Revoked = now.UTC().Truncate(time.Microsecond)
		}
	case p.Returned > 0:
		p.State = PurchasePartlyRefunded
	default:
		p.State = PurchaseCaptured
	}
	return p
}
