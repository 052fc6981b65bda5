package books

import "tuppence/server/ledger"

// limitsRow is the bound per purchase, day, week and month, in micros. An array: it never gains a field.
type limitsRow [4]int64

func packLimits(l ledger.Limits) limitsRow {
	return limitsRow{l.PerPurchase, l.PerDay, l.PerWeek, l.PerMonth}
}

func (r limitsRow) unpack() ledger.Limits {
	return ledger.Limits{PerPurchase: r[0], PerDay: r[1], PerWeek: r[2], PerMonth: r[3]}
}

// countersRow is start (Unix seconds) and sum (micros) of the day, the week and the month. An array, as limitsRow.
type countersRow [6]int64

func packCounters(c ledger.Counters) countersRow {
	return countersRow{c.Day.Start, c.Day.Spent, c.Week.Start, c.Week.Spent, c.Month.Start, c.Month.Spent}
}

// endsRow is the end of the day, the week and the month of a countersRow, in Unix seconds; 0: as the calendar has it.
type endsRow [3]int64

func packEnds(c ledger.Counters) endsRow { return endsRow{c.Day.End, c.Week.End, c.Month.End} }

func (r countersRow) unpack(ends endsRow) ledger.Counters {
	return ledger.Counters{
		Day:   ledger.Counter{Start: r[0], Spent: r[1], End: ends[0]},
		Week:  ledger.Counter{Start: r[2], Spent: r[3], End: ends[1]},
		Month: ledger.Counter{Start: r[4], Spent: r[5], End: ends[2]},
	}
}

// linkIDRow names a link: a generation is one permission, from when it was given to when it ended.
type linkIDRow struct {
	User       ledger.UserID   `cbor:"1,keyasint,omitempty"`
	Vendor     ledger.VendorID `cbor:"2,keyasint,omitempty"`
	Currency   ledger.Currency `cbor:"3,keyasint,omitempty"`
	Generation uint32          `cbor:"4,keyasint,omitempty"`
}

func packLinkID(l ledger.LinkID) linkIDRow {
	return linkIDRow{User: l.User, Vendor: l.Vendor, Currency: l.Currency, Generation: l.Generation}
}

func (r linkIDRow) unpack() ledger.LinkID {
	return ledger.LinkID{User: r.User, Vendor: r.Vendor, Currency: r.Currency, Generation: r.Generation}
}

// linkRow is the newest generation of a link; earlier ones are in the journal.
type linkRow struct {
	ID      linkIDRow         `cbor:"1,keyasint,omitzero"`
	Status  ledger.LinkStatus `cbor:"2,keyasint,omitempty"`
	Limits  limitsRow         `cbor:"3,keyasint,omitzero"`
	Total   int64             `cbor:"4,keyasint,omitempty"`
	Spent   countersRow       `cbor:"5,keyasint,omitzero"`
	Sum     int64             `cbor:"6,keyasint,omitempty"`
	Created instant           `cbor:"7,keyasint,omitempty"`
	Expires instant           `cbor:"8,keyasint,omitempty"`
	Count   uint64            `cbor:"9,keyasint,omitempty"`
	Ends    endsRow           `cbor:"10,keyasint,omitzero" since:"2"`
	Since   ledger.EntryNo    `cbor:"11,keyasint,omitempty" since:"2"`
	Before  ledger.LinkStatus `cbor:"12,keyasint,omitempty" since:"2"`
	Paid    int64             `cbor:"13,keyasint,omitempty" since:"2"`
}

var links = codec[ledger.Link, linkRow]{
	pack: func(l ledger.Link) linkRow {
		return linkRow{
			ID: packLinkID(l.ID), Status: l.Status, Limits: packLimits(l.Limits), Total: l.Total,
			Spent: packCounters(l.Spent), Sum: l.Sum, Created: pack(l.Created), Expires: pack(l.Expires), Count: l.Count,
			Ends: packEnds(l.Spent), Since: l.Since, Before: l.Before, Paid: l.Paid,
		}
	},
	unpack: func(r linkRow) ledger.Link {
		return ledger.Link{
			ID: r.ID.unpack(), Status: r.Status, Limits: r.Limits.unpack(), Total: r.Total, Spent: r.Spent.unpack(r.Ends),
			Sum: r.Sum, Created: r.Created.time(), Expires: r.Expires.time(), Count: r.Count, Since: r.Since,
			Before: r.Before, Paid: r.Paid,
		}
	},
}
