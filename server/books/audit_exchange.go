package books

import (
	"context"
	"slices"

	"tuppence/server/ledger"
)

// exchanges is what the audit follows of exchanges and their rates.
type exchanges struct {
	rates   ledger.Rates  // the newest that were loaded
	leaving *ledger.Entry // tokens have left an account, and the next entry must say where they arrived
}

// exchange checks exchanges (I15). Each is two entries, one behind the other, that tell the same; what was paid and got
// follows from the rates that an earlier entry loaded, and the FX position and the spread move by nothing else.
func (a *auditor) exchange(rec Record) error {
	for _, g := range rec.Postings {
		fx := g.Account.Class == ledger.FXPosition || g.Account.Class == ledger.FXSpread
		if fx && rec.Kind != ledger.KindExchange && rec.Kind != ledger.KindExchanged {
			a.find(i15, "entry %d moves %s and is no exchange", rec.No, g.Account)
		}
	}
	left := a.fx.leaving
	a.fx.leaving = nil
	if left != nil && (rec.Kind != ledger.KindExchanged || rec.Cause != left.No || rec.User != left.User ||
		rec.Exchange == nil || *rec.Exchange != *left.Exchange) {
		a.find(i15, "entry %d does not say where the tokens of exchange %d arrived", rec.No, left.No)
	}
	switch {
	case rec.Kind == ledger.KindRates:
		a.loaded(rec)
	case rec.Kind != ledger.KindExchange && rec.Kind != ledger.KindExchanged:
	case rec.Exchange == nil:
		a.find(i15, "entry %d does not say what was exchanged", rec.No)
	case rec.Kind == ledger.KindExchange:
		a.fx.leaving = &rec.Entry
		a.keyed.set(rec.No)
		return a.left(rec)
	case left == nil:
		a.find(i15, "entry %d says where the tokens of an exchange arrived that it does not follow", rec.No)
	default:
		a.arrived(rec)
	}
	return nil
}

// loaded follows the rates: they are of the entry that loaded them, and not of a day before the last.
func (a *auditor) loaded(rec Record) {
	if rec.Rates == nil || rec.Rates.No != rec.No || rec.Rates.Day.Before(a.fx.rates.Day) {
		a.find(i15, "entry %d loads no rates, or older ones", rec.No)
		return
	}
	a.fx.rates = *rec.Rates
}

// left checks the side that pays: the amount is what the rates make of it, and all but the spread is the position's.
func (a *auditor) left(rec Record) error {
	x := *rec.Exchange
	from, found, err := a.entryAt(x.Rates)
	if err != nil {
		return err
	}
	if !found || from.Rates == nil || x.Rates >= rec.No {
		a.find(i15, "exchange %d is at the rates of entry %d, which loads none", rec.No, x.Rates)
		return nil
	}
	value, bad := x.Middle(*from.Rates)
	if bad != nil || !x.Fair(*from.Rates) {
		a.find(i15, "exchange %d: %s for %s is not what the rates of entry %d make of it", rec.No, x.Pay, x.Get, x.Rates)
		return nil
	}
	a.postings(rec, x.Pay, map[ledger.Class]int64{
		ledger.Paid: x.Pay.Micros, ledger.FXPosition: -value.Micros, ledger.FXSpread: value.Micros - x.Pay.Micros,
	})
	return nil
}

// arrived checks the other side.
func (a *auditor) arrived(rec Record) {
	get := rec.Exchange.Get
	a.postings(rec, get, map[ledger.Class]int64{ledger.FXPosition: get.Micros, ledger.Paid: -get.Micros})
}

// postings compares an entry of an exchange with what it should move, by class.
func (a *auditor) postings(rec Record, amount ledger.Amount, want map[ledger.Class]int64) {
	bad := slices.ContainsFunc(rec.Postings, func(g ledger.Posting) bool {
		n := want[g.Account.Class]
		want[g.Account.Class] -= g.Micros
		return n != g.Micros || g.Account.Currency != amount.Currency
	})
	for _, n := range want {
		bad = bad || n != 0
	}
	if bad || rec.Amount != amount {
		a.find(i15, "entry %d does not post %s as the exchange has it", rec.No, amount)
	}
}

// ratesRow checks that no exchange has stopped halfway, and that the newest rates are those of the journal.
func (a *auditor) ratesRow(context.Context) error {
	if left := a.fx.leaving; left != nil {
		a.find(i15, "exchange %d has left an account and arrived nowhere", left.No)
	}
	row, _, err := a.r.Rates()
	if err != nil {
		return a.damage(rowsEqual, err)
	}
	if had := a.fx.rates; row.No != had.No || !row.Day.Equal(had.Day) || !slices.Equal(row.List, had.List) {
		a.find(rowsEqual, "the newest rates are not those of entry %d", had.No)
	}
	return nil
}
