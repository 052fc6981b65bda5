package books

import (
	"tuppence/server/ledger"
)

// userRow is stored whole at every change: people have few keys.
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
	OldRecovery [32]byte          `cbor:"13,keyasint,omitzero" since:"2"`
	OldUntil    instant           `cbor:"14,keyasint,omitempty" since:"2"`
	Renewed     instant           `cbor:"15,keyasint,omitempty" since:"2"`
	Notices     string            `cbor:"16,keyasint,omitempty" since:"2"`
	Plain       bool              `cbor:"17,keyasint,omitempty" since:"2"`
	Mouse       bool              `cbor:"18,keyasint,omitempty" since:"2"`
	ASCII       bool              `cbor:"19,keyasint,omitempty" since:"2"`
	Views       []savedViewRow    `cbor:"20,keyasint,omitempty" since:"2"`
	Credit      []orderCreditRow  `cbor:"25,keyasint,omitempty" since:"2"`
	Voice       *voiceRow         `cbor:"28,keyasint,omitempty" since:"2"`
	Paused      ledger.EntryNo    `cbor:"29,keyasint,omitempty" since:"2"`
	Browsers    []browserRow      `cbor:"30,keyasint,omitempty" since:"2"`
	Closed      instant           `cbor:"31,keyasint,omitempty" since:"2"`
	LinksEnd    instant           `cbor:"35,keyasint,omitempty" since:"2"`
	Brought     *referredRow      `cbor:"32,keyasint,omitempty" since:"2"`
	Agents      uint32            `cbor:"36,keyasint,omitempty" since:"2"`
}

// savedViewRow is how a person wants to see a list again.
type savedViewRow struct {
	Name    string `cbor:"1,keyasint,omitempty" since:"2"`
	Place   string `cbor:"2,keyasint,omitempty" since:"2"`
	Filter  string `cbor:"3,keyasint,omitempty" since:"2"`
	Sort    string `cbor:"4,keyasint,omitempty" since:"2"`
	Columns string `cbor:"5,keyasint,omitempty" since:"2"`
}

// memberRow stays when the key has ended: statements name it.
type memberRow struct {
	Fingerprint string  `cbor:"1,keyasint,omitempty"`
	Name        string  `cbor:"2,keyasint,omitempty"`
	Added       instant `cbor:"3,keyasint,omitempty"`
	Ended       instant `cbor:"4,keyasint,omitempty"`
	Young       instant `cbor:"5,keyasint,omitempty" since:"2"`
	Used        int64   `cbor:"6,keyasint,omitempty" since:"2"`
}

var users = codec[ledger.User, userRow]{
	pack: func(u ledger.User) userRow {
		return userRow{
			ID: u.ID, Status: u.Status, Created: pack(u.Created), Handle: u.Handle, Keys: each(u.Keys, packMember),
			Recovery: u.Recovery, Zone: u.Zone, Theme: u.Theme, WindowUntil: pack(u.WindowUntil),
			LockedUntil: pack(u.LockedUntil), Wallets: u.Wallets, Deposits: u.Deposits, OldRecovery: u.OldRecovery,
			OldUntil: pack(u.OldUntil), Renewed: pack(u.Renewed), Notices: u.Screen.Notices, Plain: u.Screen.Plain,
			Mouse: u.Screen.Mouse, ASCII: u.Screen.ASCII,
			Views:  each(u.Views, func(v ledger.SavedView) savedViewRow { return savedViewRow(v) }),
			Credit: each(u.Credit, func(c ledger.OrderCredit) orderCreditRow { return orderCreditRow(c) }),
			Voice:  packVoice(u.Voice), Paused: u.Paused,

			Browsers: each(u.Browsers, packBrowser), Closed: pack(u.Closed), LinksEnd: pack(u.LinksEnd),
			Brought: packReferred(u.Brought), Agents: u.Agents,
		}
	},
	unpack: func(r userRow) ledger.User {
		return ledger.User{
			ID: r.ID, Status: r.Status, Created: r.Created.time(), Handle: r.Handle, Keys: each(r.Keys, memberRow.unpack),
			Recovery: r.Recovery, Zone: r.Zone, Theme: r.Theme, WindowUntil: r.WindowUntil.time(),
			LockedUntil: r.LockedUntil.time(), Wallets: r.Wallets, Deposits: r.Deposits, OldRecovery: r.OldRecovery,
			OldUntil: r.OldUntil.time(), Renewed: r.Renewed.time(),
			Screen: ledger.Screen{Notices: r.Notices, Plain: r.Plain, Mouse: r.Mouse, ASCII: r.ASCII},
			Views:  each(r.Views, func(v savedViewRow) ledger.SavedView { return ledger.SavedView(v) }),
			Credit: each(r.Credit, func(c orderCreditRow) ledger.OrderCredit { return ledger.OrderCredit(c) }),
			Voice:  r.Voice.unpack(), Paused: r.Paused,

			Browsers: each(r.Browsers, browserRow.unpack), Closed: r.Closed.time(), LinksEnd: r.LinksEnd.time(),
			Brought: r.Brought.unpack(), Agents: r.Agents,
		}
	},
}

// browserRow is one in which a person has bought.
type browserRow struct {
	Number uint64          `cbor:"1,keyasint,omitempty" since:"2"`
	Secret [32]byte        `cbor:"2,keyasint,omitzero" since:"2"`
	Vendor ledger.VendorID `cbor:"3,keyasint,omitempty" since:"2"`
	Key    string          `cbor:"4,keyasint,omitempty" since:"2"`
	Added  instant         `cbor:"5,keyasint,omitempty" since:"2"`
}

func packBrowser(b ledger.Browser) browserRow {
	return browserRow{Number: b.Number, Secret: b.Secret, Vendor: b.Vendor, Key: b.Key, Added: pack(b.Added)}
}

func (r browserRow) unpack() ledger.Browser {
	return ledger.Browser{Number: r.Number, Secret: r.Secret, Vendor: r.Vendor, Key: r.Key, Added: r.Added.time()}
}

func packMember(m ledger.Member) memberRow {
	return memberRow{
		Fingerprint: m.Fingerprint, Name: m.Name, Added: pack(m.Added), Ended: pack(m.Ended), Young: pack(m.Young),
		Used: m.Used,
	}
}

func (r memberRow) unpack() ledger.Member {
	return ledger.Member{
		Fingerprint: r.Fingerprint, Name: r.Name, Added: r.Added.time(), Ended: r.Ended.time(), Young: r.Young.time(),
		Used: r.Used,
	}
}

// staffRow stays when the member has left: the journal names the key.
type staffRow struct {
	Fingerprint string      `cbor:"1,keyasint,omitempty"`
	Name        string      `cbor:"2,keyasint,omitempty"`
	Role        ledger.Role `cbor:"3,keyasint,omitempty"`
	Added       instant     `cbor:"4,keyasint,omitempty"`
	Ended       instant     `cbor:"5,keyasint,omitempty"`

	Wallet ledger.UserID `cbor:"6,keyasint,omitempty" since:"2"`
	Moved  []money       `cbor:"7,keyasint,omitempty" since:"2"`
	Day    int64         `cbor:"8,keyasint,omitempty" since:"2"`
}

var staffs = codec[ledger.Staff, staffRow]{
	pack: func(s ledger.Staff) staffRow {
		return staffRow{
			Fingerprint: s.Fingerprint, Name: s.Name, Role: s.Role, Added: pack(s.Added), Ended: pack(s.Ended),
			Wallet: s.Wallet, Moved: each(s.Moved, packMoney), Day: s.Day,
		}
	},
	unpack: func(r staffRow) ledger.Staff {
		return ledger.Staff{
			Fingerprint: r.Fingerprint, Name: r.Name, Role: r.Role, Added: r.Added.time(), Ended: r.Ended.time(),
			Wallet: r.Wallet, Moved: each(r.Moved, money.unpack), Day: r.Day,
		}
	},
}

// walletRow has balances, limits and counters together: a sale changes all of them.
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
	Ends        endsRow         `cbor:"11,keyasint,omitzero" since:"2"`
	Lots        []lot           `cbor:"12,keyasint,omitempty" since:"2"`
	Past        pastRow         `cbor:"13,keyasint,omitzero" since:"2"`
	Hidden      uint64          `cbor:"14,keyasint,omitempty" since:"2"`
	Line        int64           `cbor:"15,keyasint,omitempty" since:"2"`
	Bills       []openBillRow   `cbor:"16,keyasint,omitempty" since:"2"`
	Incentives  []lotRow        `cbor:"17,keyasint,omitempty" since:"2"`
	Closed      bool            `cbor:"18,keyasint,omitempty" since:"2"`
}

// openBillRow is what is left of a bill.
type openBillRow struct {
	No   ledger.EntryNo `cbor:"1,keyasint,omitempty" since:"2"`
	Left int64          `cbor:"2,keyasint,omitempty" since:"2"`
	Due  instant        `cbor:"3,keyasint,omitempty" since:"2"`
}

func packOpenBill(b ledger.OpenBill) openBillRow {
	return openBillRow{No: b.No, Left: b.Left, Due: pack(b.Due)}
}

func (r openBillRow) unpack() ledger.OpenBill {
	return ledger.OpenBill{No: r.No, Left: r.Left, Due: r.Due.time()}
}

// pastRow is what a wallet has done so far.
type pastRow struct {
	From     ledger.EntryNo `cbor:"1,keyasint,omitempty" since:"2"`
	PaidIn   int64          `cbor:"2,keyasint,omitempty" since:"2"`
	Returned int64          `cbor:"3,keyasint,omitempty" since:"2"`
	Waited   int64          `cbor:"4,keyasint,omitempty" since:"2"`
	Sales    uint64         `cbor:"5,keyasint,omitempty" since:"2"`
	Disputes uint64         `cbor:"6,keyasint,omitempty" since:"2"`
}

// lot is money at risk in a record: a tuple, so it never gains a field.
type lot struct {
	_      struct{} `cbor:",toarray"`
	Micros int64
	Day    int64
}

func packLot(l ledger.Lot) lot { return lot{Micros: l.Micros, Day: l.Day} }

func (l lot) unpack() ledger.Lot { return ledger.Lot{Micros: l.Micros, Day: l.Day} }

// daysRow is what was spent on the days of a wallet that are over: a row of its own, which a sale writes only when a
// day begins.
type daysRow struct {
	User     ledger.UserID   `cbor:"1,keyasint,omitempty" since:"2"`
	Currency ledger.Currency `cbor:"2,keyasint,omitempty" since:"2"`
	Closed   uint64          `cbor:"3,keyasint,omitempty" since:"2"`
	Last     []dayRow        `cbor:"4,keyasint,omitempty" since:"2"`
}

// dayRow is a day in a record: a tuple, so it never gains a field.
type dayRow struct {
	_     struct{} `cbor:",toarray"`
	Start int64
	Spent int64
}

var daysOver = codec[ledger.Days, daysRow]{
	pack: func(d ledger.Days) daysRow {
		return daysRow{
			User: d.User, Currency: d.Currency, Closed: d.Closed,
			Last: each(d.Last, func(v ledger.Day) dayRow { return dayRow{Start: v.Start, Spent: v.Spent} }),
		}
	},
	unpack: func(r daysRow) ledger.Days {
		return ledger.Days{
			User: r.User, Currency: r.Currency, Closed: r.Closed,
			Last: each(r.Last, func(v dayRow) ledger.Day { return ledger.Day{Start: v.Start, Spent: v.Spent} }),
		}
	},
}

var wallets = codec[ledger.Wallet, walletRow]{
	pack: func(w ledger.Wallet) walletRow {
		return walletRow{
			User: w.User, Currency: w.Currency, Paid: w.Paid, Uncollected: w.Uncollected, Held: w.Held, Owed: w.Owed,
			Limits: packLimits(w.Limits), Spent: packCounters(w.Spent), Last: w.Last, Count: w.Count,
			Ends: packEnds(w.Spent),
			Lots: each(w.Lots, packLot), Past: pastRow(w.Past), Hidden: w.Hidden,
			Line: w.Credit.Line, Bills: each(w.Credit.Bills, packOpenBill),
			Incentives: each(w.Incentives, packIncentiveLot), Closed: w.Closed,
		}
	},
	unpack: func(r walletRow) ledger.Wallet {
		return ledger.Wallet{
			User: r.User, Currency: r.Currency, Paid: r.Paid, Uncollected: r.Uncollected, Held: r.Held, Owed: r.Owed,
			Limits: r.Limits.unpack(), Spent: r.Spent.unpack(r.Ends), Last: r.Last, Count: r.Count,
			Lots: each(r.Lots, lot.unpack), Past: ledger.Past(r.Past), Hidden: r.Hidden,
			Credit:     ledger.Credit{Line: r.Line, Bills: each(r.Bills, openBillRow.unpack)},
			Incentives: each(r.Incentives, lotRow.unpack), Closed: r.Closed,
		}
	},
}
