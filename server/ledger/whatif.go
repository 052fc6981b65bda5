package ledger

import "time"

// Bought is a purchase that was made, as a what-if counts it: with the periods that are pinned in its sale.
type Bought struct {
	At               time.Time
	Micros           int64 // the price
	Day, Week, Month int64
	// Before says that it is older than what the what-if tells of: it uses up the period that it is in, and is not counted
	// itself.
	Before bool
}

// BoughtBy returns the purchase of an entry; ok is false if the entry is none.
func BoughtBy(e Entry) (b Bought, ok bool) {
	if e.Kind != KindPurchase && e.Kind != KindHold || e.Sale == nil {
		return b, false
	}
	return Bought{At: e.At, Micros: e.Amount.Micros, Day: e.Sale.Day, Week: e.Sale.Week, Month: e.Sale.Month}, true
}

// Tried is what bounds would have made of purchases that were made.
type Tried struct {
	Purchases, Refused int
	Micros             int64     // of those that would have been refused
	First              time.Time // of them; zero: there is none
}

// Try returns what bounds would have made of purchases, from the oldest to the newest, if they had held then: a
// purchase that would have been refused uses up nothing. total bounds all of them together, NoLimit for none. The rule
// is that of a purchase, see checkLimits; a hold counts with its price, because that is what it was compared with.
func Try(l Limits, total int64, all []Bought) (t Tried) {
	var c Counters
	sum := int64(0)
	for _, b := range all {
		in := Counters{Counter{Start: b.Day}, Counter{Start: b.Week}, Counter{Start: b.Month}}
		c = c.follow(in, 0)
		refused := false
		for _, v := range []bound{
			{max: l.PerPurchase},
			{max: l.PerDay, used: c.Day.Spent},
			{max: l.PerWeek, used: c.Week.Spent},
			{max: l.PerMonth, used: c.Month.Spent},
			{max: total, used: sum},
		} {
			refused = refused || v.stops(b.Micros)
		}
		if !refused {
			c, sum = c.follow(in, b.Micros), sum+b.Micros
		}
		if b.Before {
			continue
		}
		if t.Purchases++; !refused {
			continue
		}
		if t.Refused++; t.First.IsZero() {
			t.First = b.At
		}
		t.Micros += b.Micros
	}
	return t
}

// OnlyLimit returns limits of which one binds, and the total that does. ok is false if there is no such period.
func OnlyLimit(period string, most int64) (l Limits, total int64, ok bool) {
	l, total = noLimits(), NoLimit
	if period == "total" {
		return l, most, true
	}
	if of := l.of(period); of != nil {
		*of = most
		return l, total, true
	}
	return l, total, false
}
