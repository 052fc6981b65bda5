package ledger

import (
	"slices"
	"time"
)

// taken is what a return takes from the receivers of a sale, and what is left of the sale afterwards. All micros are
// positive.
type taken struct {
	debits    []Posting // from the accounts where the money is now
	sources   []Posting // what of each source goes back
	receivers []Posting // left at each receiver
	left      []Posting // left of each source
}

// take takes x micros of a sale back: by largest remainder over what is left at each receiver, never over the original
// shares, because then a leg can become negative (DESIGN.md, Rounding 4). It fails if the purchase has less than that,
// which is damaged data.
func take(p Purchase, t Till, x int64) (taken, error) {
	debits, receivers, err := takeFromReceivers(p.Receivers, t, x)
	if err != nil {
		return taken{}, err
	}
	sources, left, err := takeOfSources(p.Sources, x)
	return taken{debits: debits, sources: sources, receivers: receivers, left: left}, err
}

// takeFromReceivers takes the vendor's part from pending as far as that goes and the rest from available, which may
// become negative (DESIGN.md, Returns 1).
func takeFromReceivers(receivers []Posting, t Till, x int64) (debits, left []Posting, err error) {
	weights := make([]int64, len(receivers))
	for i, r := range receivers {
		weights[i] = r.Micros
	}
	parts, err := largestRemainder(x, weights)
	if err != nil {
		return nil, nil, err
	}
	for i, r := range receivers {
		part := parts[i]
		left = append(left, Posting{r.Account, r.Micros - part})
		if r.Account.Class == VendorPending {
			now := min(part, max(t.Pending, 0)) // a sale has one vendor, so this is asked once
			debits = append(debits, Posting{r.Account, now})
			part -= now
			r.Account.Class = VendorAvailable
		}
		debits = append(debits, Posting{r.Account, part})
	}
	return nonzero(debits), left, nil
}

// takeOfSources gives back in the order of DESIGN.md, Returns 2: what was owed, then paid tokens, then incentive
// tokens.
func takeOfSources(all []Posting, x int64) (sources, left []Posting, err error) {
	left = slices.Clone(all)
	for _, class := range [...]Class{Receivable, Paid, Promo} {
		for i, s := range left {
			if s.Account.Class == class && x > 0 {
				part := min(x, s.Micros)
				left[i].Micros -= part
				sources = append(sources, Posting{s.Account, part})
				x -= part
			}
		}
	}
	if x != 0 {
		return nil, nil, errOverflow
	}
	return nonzero(sources), left, nil
}

// giveBack credits the sources; what the wallet owes is paid first, and only as far as it is owed (DESIGN.md,
// Returns 3), and incentives go back as incentives (DESIGN.md, Returns 2).
func giveBack(sources []Posting, w Wallet, now time.Time) []Posting {
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
		all = append(all, w.incentiveBack(s, now))
	}
	return nonzero(all)
}

// restore puts back at the receivers what a dispute had taken from them.
func restore(left, taken []Posting) []Posting {
	all := slices.Clone(left)
	for _, t := range taken {
		a := t.Account
		if a.Class == VendorAvailable {
			a.Class = VendorPending
		}
		all = addTo(all, Posting{a, t.Micros})
	}
	return all
}
