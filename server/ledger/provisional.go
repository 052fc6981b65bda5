package ledger

import (
	"slices"
	"time"
)

// Provisional is what the policy says of money that the service lends to a buyer while a dispute is open: the buyer has
// it at once, and it is taken back if the vendor is right.
type Provisional struct {
	Most  int64         // of one dispute, in micros; 0: none is lent
	After time.Duration // the wallet is so old
}

// DefaultProvisional returns what books without these settings have: nothing is lent.
func DefaultProvisional() Provisional { return Provisional{After: 30 * day} }

// provisionalSettings are its lines of the policy.
func (p *Policy) provisionalSettings() []setting {
	return []setting{
		p.moneySetting("provisional_credit", "up to where a disputed amount is lent until it is decided; 0: never",
			&p.Provisional.Most),
		timeSetting("provisional_after", "how old a wallet is before anything is lent to it", &p.Provisional.After,
			0, 366*day),
	}
}

// provisionalLife is for how long at most what was lent cannot leave the wallet. A dispute that lasts longer is one
// that staff have forgotten.
const provisionalLife = 400 * day

// provisional is how much of a new dispute is lent at once: all that was paid with tokens, or nothing. It is for whom
// the rules trust: the wallet is old enough and owes nothing, no rule wants a person because of its past or because the
// content was opened, and nothing else is lent to it.
func (f DisputeFacts) provisional(rule disputeRule, sources []Posting, now time.Time) (micros int64) {
	most := f.Policy.In(f.Sold.Amount.Currency).Provisional.Most
	for _, s := range sources {
		if s.Account.Class == Paid {
			micros += s.Micros
		}
	}
	old := !now.Before(f.User.Created.Add(f.Policy.Provisional.After))
	if micros > most || rule.refer || !old || f.Wallet.Owed > 0 || f.Lent || f.User.Status != UserActive {
		return 0
	}
	return micros
}

// lent is where what was lent is written down.
func (d Dispute) lent() Account { return Account{ProvisionalCredit, d.Amount.Currency, uint64(d.No)} }

// lend are the postings by which a dispute lends.
func (d Dispute) lend() []Posting {
	return nonzero([]Posting{
		{d.lent(), d.Provisional}, {Account{Paid, d.Amount.Currency, uint64(d.User)}, -d.Provisional},
	})
}

// reclaim settles what was lent in the entry that ends the dispute: first out of what goes back to the buyer, then out
// of the tokens that are there; what is missing is owed, even above a credit line. It returns what the buyer has lost.
func (d Dispute) reclaim(postings []Posting, w Wallet) (all []Posting, taken int64) {
	rest, paid := d.Provisional, max(w.Paid, 0)
	if rest == 0 {
		return postings, 0
	}
	all = slices.Clone(postings)
	tokens := Account{Paid, d.Amount.Currency, uint64(d.User)}
	for i, g := range all {
		own := g.Account.Class == Paid || g.Account.Class == Receivable
		if own && g.Account.Owner == tokens.Owner && g.Micros < 0 {
			part := min(rest, -g.Micros)
			all[i].Micros += part
			rest -= part
		}
	}
	there := min(rest, paid)
	all = addTo(all, Posting{tokens, there})
	debt := tokens
	debt.Class = Receivable
	all = addTo(all, Posting{debt, rest - there})
	return nonzero(append(all, Posting{d.lent(), -d.Provisional})), rest
}

// afterDispute returns the wallet with the lots that it has after a step of a dispute: what was lent can be taken back,
// so it buys and does not leave.
func (w Wallet) afterDispute(e Entry) Wallet {
	d := e.Dispute
	if d == nil || d.Provisional == 0 {
		return w
	}
	l := Lot{d.Provisional, freeDay(d.Opened.Add(provisionalLife))}
	if e.Kind == KindDispute {
		w.Lots = addLot(w.Lots, l, e.At)
	} else if e.Kind == KindDisputeDecided {
		w.Lots = takeLot(w.Lots, l)
	}
	return w
}
