package books

import (
	"slices"

	"tuppence/server/ledger"
)

type userRow struct {
	ID          ledger.UserID     `cbor:"1,keyasint,omitempty"`
	Status      ledger.UserStatus `cbor:"2,keyasint,omitempty"`
	Created     instant           `cbor:"3,keyasint,omitempty"`
	Handle      string            `cbor:"4,keyasint,omitempty"`
	Keys        []memberRow       `cbor:"5,keyasint,omitempty"`
	Recovery    [32]byte          `cbor:"6,keyasint,omitzero"`
	Zone        string            `cbor:"7,keyasint,omitempty"`
	Theme       string            `cbor:"8,keyasint,omitempty"`
	WindowUntil instant           `cbor:"9,keyasint,omitempty"`
	LockedUntil instant           `cbor:"10,keyasint,omitempty"`
	Wallets     []ledger.Currency `cbor:"11,keyasint,omitempty"`
	Deposits    uint64            `cbor:"12,keyasint,omitempty"`
}

type memberRow struct {
	Fingerprint string  `cbor:"1,keyasint,omitempty"`
	Name        string  `cbor:"2,keyasint,omitempty"`
	Added       instant `cbor:"3,keyasint,omitempty"`
	Ended       instant `cbor:"4,keyasint,omitempty"`
}

var users = form[ledger.User, userRow]{
	pack: func(u ledger.User) userRow {
		return userRow{
			ID: u.ID, Status: u.Status, Created: pack(u.Created), Handle: u.Handle, Keys: each(u.Keys, packMember),
			Recovery: u.Recovery,
			Zone:     u.Zone, Theme: u.Theme, WindowUntil: pack(u.WindowUntil), LockedUntil: pack(u.LockedUntil),
			Wallets: slices.Clone(u.Wallets), Deposits: u.Deposits,
		}
	},
	unpack: func(r userRow) ledger.User {
		return ledger.User{
			ID: r.ID, Status: r.Status, Created: r.Created.time(), Handle: r.Handle, Keys: each(r.Keys, memberRow.unpack),
			Recovery: r.Recovery,
			Zone:     r.Zone, Theme: r.Theme, WindowUntil: r.WindowUntil.time(), LockedUntil: r.LockedUntil.time(),
			Wallets: slices.Clone(r.Wallets), Deposits: r.Deposits,
		}
	},
}

func packMember(m ledger.Member) memberRow {
	return memberRow{Fingerprint: m.Fingerprint, Name: m.Name, Added: pack(m.Added), Ended: pack(m.Ended)}
}

func (r memberRow) unpack() ledger.Member {
	return ledger.Member{Fingerprint: r.Fingerprint, Name: r.Name, Added: r.Added.time(), Ended: r.Ended.time()}
}

type staffRow struct {
	Fingerprint string      `cbor:"1,keyasint,omitempty"`
	Name        string      `cbor:"2,keyasint,omitempty"`
	Role        ledger.Role `cbor:"3,keyasint,omitempty"`
	Added       instant     `cbor:"4,keyasint,omitempty"`
	Ended       instant     `cbor:"5,keyasint,omitempty"`
}

var staffs = form[ledger.Staff, staffRow]{
	pack: func(s ledger.Staff) staffRow {
		return staffRow{Fingerprint: s.Fingerprint, Name: s.Name, Role: s.Role, Added: pack(s.Added), Ended: pack(s.Ended)}
	},
	unpack: func(r staffRow) ledger.Staff {
		return ledger.Staff{
			Fingerprint: r.Fingerprint,
			Name:        r.Name,
			Role:        r.Role,
			Added:       r.Added.time(),
			Ended:       r.Ended.time(),
		}
	},
}

// limitsRow is the bound per purchase, day, week and month.
type limitsRow [4]int64

func packLimits(l ledger.Limits) limitsRow {
	return limitsRow{l.PerPurchase, l.PerDay, l.PerWeek, l.PerMonth}
}

func (r limitsRow) unpack() ledger.Limits {
	return ledger.Limits{PerPurchase: r[0], PerDay: r[1], PerWeek: r[2], PerMonth: r[3]}
}

// countersRow is start and sum of the day, the week and the month.
type countersRow [6]int64

func packCounters(c ledger.Counters) countersRow {
	return countersRow{c.Day.Start, c.Day.Spent, c.Week.Start, c.Week.Spent, c.Month.Start, c.Month.Spent}
}

func (r countersRow) unpack() ledger.Counters {
	return ledger.Counters{
		Day: ledger.Counter{
			Start: r[0],
			Spent: r[1],
		}, Week: ledger.Counter{Start: r[2], Spent: r[3]}, Month: ledger.Counter{Start: r[4], Spent: r[5]},
	}
}

type walletRow struct {
	User        ledger.UserID   `cbor:"1,keyasint,omitempty"`
	Currency    ledger.Currency `cbor:"2,keyasint,omitempty"`
	Paid        int64           `cbor:"3,keyasint,omitempty"`
	Uncollected int64           `cbor:"4,keyasint,omitempty"`
	Held        int64           `cbor:"5,keyasint,omitempty"`
	Owed        int64           `cbor:"6,keyasint,omitempty"`
	Limits      limitsRow       `cbor:"7,keyasint,omitzero"`
	Spent       countersRow     `cbor:"8,keyasint,omitzero"`
	Last        ledger.EntryNo  `cbor:"9,keyasint,omitempty"`
	Count       uint64          `cbor:"10,keyasint,omitempty"`
}

var wallets = form[ledger.Wallet, walletRow]{
	pack: func(w ledger.Wallet) walletRow {
		return walletRow{
			User: w.User, Currency: w.Currency, Paid: w.Paid, Uncollected: w.Uncollected, Held: w.Held, Owed: w.Owed,
			Limits: packLimits(w.Limits), Spent: packCounters(w.Spent), Last: w.Last, Count: w.Count,
		}
	},
	unpack: func(r walletRow) ledger.Wallet {
		return ledger.Wallet{
			User: r.User, Currency: r.Currency, Paid: r.Paid, Uncollected: r.Uncollected, Held: r.Held, Owed: r.Owed,
			Limits: r.Limits.unpack(), Spent: r.Spent.unpack(), Last: r.Last, Count: r.Count,
		}
	},
}

// linkIDRow names a link.
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
}

var links = form[ledger.Link, linkRow]{
	pack: func(l ledger.Link) linkRow {
		return linkRow{
			ID: packLinkID(
				l.ID,
			), Status: l.Status, Limits: packLimits(l.Limits), Total: l.Total, Spent: packCounters(l.Spent), Sum: l.Sum,
			Created: pack(l.Created), Expires: pack(l.Expires), Count: l.Count,
		}
	},
	unpack: func(r linkRow) ledger.Link {
		return ledger.Link{
			ID: r.ID.unpack(), Status: r.Status, Limits: r.Limits.unpack(), Total: r.Total, Spent: r.Spent.unpack(), Sum: r.Sum,
			Created: r.Created.time(), Expires: r.Expires.time(), Count: r.Count,
		}
	},
}
