package ledger

import (
	"cmp"
	"slices"
	"time"
)

// Lot is money of a wallet that was paid in and can be taken back by its payer, up to a day.
type Lot struct {
	Micros int64
	Day    int64 // the first day, in UTC and days since 1970, on which it cannot be taken back any more
}

// maxLots bounds the lots of a wallet. Beyond it the two that end first become one with the later day.
const maxLots = 16

// freeDay is the first whole day that begins at an instant or after it.
func freeDay(t time.Time) int64 {
	s, length := t.Unix(), int64(day/time.Second)
	return (s + length - 1) / length
}

// free is when the lot cannot be taken back any more.
func (l Lot) free() time.Time { return time.Unix(l.Day*int64(day/time.Second), 0).UTC() }

// afterDeposit returns the wallet with the lots that it has after an entry about a deposit: money that was credited can
// be taken back until [Deposit].Free, money that was taken back cannot be taken twice.
func (w Wallet) afterDeposit(e Entry) Wallet {
	d := e.Deposit
	if d == nil {
		return w
	}
	l := Lot{d.net(), freeDay(d.Free)}
	atRisk := !d.Free.IsZero() && e.At.Before(l.free())
	switch d.State {
	case DepositAccepted:
		w.Lots = addLot(w.Lots, l, e.At) // lent: nothing is paid in yet
	case DepositPaid:
		w.Past.PaidIn += d.net()
		w.Lots = takeLot(w.Lots, l)
	case DepositSucceeded, DepositCleared, DepositBillerAccepted:
		w.Past.PaidIn += d.net()
		if atRisk {
			w.Lots = addLot(w.Lots, l, e.At)
		}
	case DepositWon:
		w.Past.PaidIn += min(d.net(), d.taken())
	case DepositChargedBack, DepositReturned, DepositBillerReversed:
		if d.Is(DepositDebit) && d.Free.IsZero() { // it came back before it was credited
			return w
		}
		// It may have been credited before the past was kept, and what was sent back was taken off then.
		w.Past.PaidIn = max(w.Past.PaidIn-min(d.net(), d.taken()), 0)
		if atRisk {
			w.Lots = takeLot(w.Lots, l)
		}
	}
	return w
}

// addLot adds a lot, merged by day, and drops those that have ended.
func addLot(had []Lot, l Lot, now time.Time) []Lot {
	lots := make([]Lot, 0, len(had)+1)
	for _, o := range had {
		if now.Before(o.free()) {
			lots = append(lots, o)
		}
	}
	if i := slices.IndexFunc(lots, func(o Lot) bool { return o.Day == l.Day }); i >= 0 {
		lots[i].Micros += l.Micros
		return lots
	}
	lots = append(lots, l)
	slices.SortFunc(lots, func(a, b Lot) int { return cmp.Compare(a.Day, b.Day) })
	if len(lots) > maxLots {
		lots[1].Micros += lots[0].Micros // it stays a little longer: never shorter than its own day
		lots = lots[1:]
	}
	return lots
}

// takeLot takes a lot out that was charged back. It may have been merged into a later one.
func takeLot(had []Lot, l Lot) []Lot {
	lots := slices.Clone(had)
	for i := range lots {
		if lots[i].Day >= l.Day {
			part := min(lots[i].Micros, l.Micros)
			lots[i].Micros, l.Micros = lots[i].Micros-part, l.Micros-part
		}
	}
	lots = slices.DeleteFunc(lots, func(o Lot) bool { return o.Micros == 0 })
	if len(lots) == 0 {
		return nil
	}
	return lots
}

// AtRisk returns how many micros of what was paid in can be taken back now, spent or not.
func (w Wallet) AtRisk(now time.Time) (micros int64) {
	for _, l := range w.Lots {
		if now.Before(l.free()) {
			micros += l.Micros
		}
	}
	return micros
}

// Transferable returns how many micros may leave the wallet now: what it has above all that can be taken back from it.
//
// So money that is free pays for content first, and money at risk stays as long as there is any other: a charge-back
// finds what was not used for content. A sale reads and writes no lot for this.
func (w Wallet) Transferable(now time.Time) int64 { return max(w.Paid-w.AtRisk(now), 0) }

// TransferableFrom returns when so many of the paid tokens may leave, as things stand; zero: now.
func (w Wallet) TransferableFrom(micros int64, now time.Time) (from time.Time) {
	risk := w.AtRisk(now)
	for _, l := range w.Lots { // the earliest day first
		if max(w.Paid-risk, 0) >= min(micros, w.Paid) {
			return from
		}
		if free := l.free(); now.Before(free) {
			risk, from = risk-l.Micros, free
		}
	}
	return from
}
