package books

import (
	"time"

	"tuppence/server/ledger"
)

// settleRow is always written, because a delay of nothing is a delay; a policy without it has the defaults.
type settleRow struct {
	Delay      time.Duration `cbor:"1,keyasint,omitempty" since:"2"`
	Reserve    uint32        `cbor:"2,keyasint,omitempty" since:"2"`
	ReserveFor time.Duration `cbor:"3,keyasint,omitempty" since:"2"`
	Minimum    int64         `cbor:"4,keyasint,omitempty" since:"2"`
	Fee        int64         `cbor:"5,keyasint,omitempty" since:"2"`
	Approve    int64         `cbor:"6,keyasint,omitempty" since:"2"`
	Auto       bool          `cbor:"7,keyasint,omitempty" since:"2"`
}

func packSettle(s ledger.SettleRules) *settleRow {
	r := settleRow(s)
	return &r
}

func (r *settleRow) unpack() ledger.SettleRules {
	if r == nil {
		return ledger.DefaultSettle()
	}
	return ledger.SettleRules(*r)
}

// settlementRow is stored as a row and in each entry about the settlement, as depositRow is.
type settlementRow struct {
	No        ledger.EntryNo         `cbor:"1,keyasint,omitempty" since:"2"`
	Run       uint64                 `cbor:"2,keyasint,omitempty" since:"2"`
	Vendor    ledger.VendorID        `cbor:"3,keyasint,omitempty" since:"2"`
	Payee     ledger.PayeeID         `cbor:"4,keyasint,omitempty" since:"2"`
	State     ledger.SettlementState `cbor:"5,keyasint,omitempty" since:"2"`
	Amount    money                  `cbor:"6,keyasint,omitzero" since:"2"`
	Fee       int64                  `cbor:"7,keyasint,omitempty" since:"2"`
	From      ledger.EntryNo         `cbor:"8,keyasint,omitempty" since:"2"`
	To        ledger.EntryNo         `cbor:"9,keyasint,omitempty" since:"2"`
	At        instant                `cbor:"10,keyasint,omitempty" since:"2"`
	Opening   int64                  `cbor:"11,keyasint,omitempty" since:"2"`
	Closing   int64                  `cbor:"12,keyasint,omitempty" since:"2"`
	Sum       tallyRow               `cbor:"13,keyasint,omitzero" since:"2"`
	Digest    [32]byte               `cbor:"14,keyasint,omitzero" since:"2"`
	Released  int64                  `cbor:"15,keyasint,omitempty" since:"2"`
	Withheld  int64                  `cbor:"16,keyasint,omitempty" since:"2"`
	Freed     int64                  `cbor:"17,keyasint,omitempty" since:"2"`
	Recovered int64                  `cbor:"18,keyasint,omitempty" since:"2"`
	Kept      []keptRow              `cbor:"19,keyasint,omitempty" since:"2"`
	Delay     time.Duration          `cbor:"20,keyasint,omitempty" since:"2"`
	Way       string                 `cbor:"21,keyasint,omitempty" since:"2"`
	PayTo     string                 `cbor:"22,keyasint,omitempty" since:"2"`
	Created   instant                `cbor:"23,keyasint,omitempty" since:"2"`
	Updated   instant                `cbor:"24,keyasint,omitempty" since:"2"`
	Runner    string                 `cbor:"25,keyasint,omitempty" since:"2"`
	File      ledger.EntryNo         `cbor:"26,keyasint,omitempty" since:"2"`
	Before    ledger.EntryNo         `cbor:"27,keyasint,omitempty" since:"2"`
	After     ledger.EntryNo         `cbor:"28,keyasint,omitempty" since:"2"`
	Reason    string                 `cbor:"29,keyasint,omitempty" since:"2"`
	Account   uint64                 `cbor:"30,keyasint,omitempty" since:"2"`
	Bank      uint64                 `cbor:"31,keyasint,omitempty" since:"2"`
}

// keptRow is a part of a reserve.
type keptRow struct {
	Until  instant `cbor:"1,keyasint,omitempty" since:"2"`
	Micros int64   `cbor:"2,keyasint,omitempty" since:"2"`
}

// tallyRow is the sum of a statement: a tuple, so it never gains a field.
type tallyRow struct {
	_                                     struct{} `cbor:",toarray"`
	Lines                                 uint64
	Sold, Refunded, Disputed, Back, Other int64
	Commission, Royalties, Net            int64
}

var settlements = codec[ledger.Settlement, settlementRow]{pack: packSettlement, unpack: settlementRow.unpack}

func packSettlement(s ledger.Settlement) settlementRow {
	t := s.Sum
	return settlementRow{
		No: s.No, Run: s.Run, Vendor: s.Vendor, Payee: s.Payee, State: s.State, Amount: packMoney(s.Amount), Fee: s.Fee,
		From: s.From, To: s.To, At: pack(s.At), Opening: s.Opening, Closing: s.Closing,
		Sum: tallyRow{
			Lines: t.Lines, Sold: t.Sold, Refunded: t.Refunded, Disputed: t.Disputed, Back: t.Back, Other: t.Other,
			Commission: t.Commission, Royalties: t.Royalties, Net: t.Net,
		},
		Digest: s.Digest, Released: s.Released, Withheld: s.Withheld, Freed: s.Freed, Recovered: s.Recovered,
		Kept:  each(s.Kept, func(k ledger.Kept) keptRow { return keptRow{Until: pack(k.Until), Micros: k.Micros} }),
		Delay: s.Delay, Way: s.Way, PayTo: s.PayTo, Created: pack(s.Created), Updated: pack(s.Updated), Runner: s.Runner,
		File: s.File, Before: s.Before, After: s.After, Reason: s.Reason, Account: s.Account,
		Bank: s.Bank,
	}
}

func (r settlementRow) unpack() ledger.Settlement {
	t := r.Sum
	return ledger.Settlement{
		No: r.No, Run: r.Run, Vendor: r.Vendor, Payee: r.Payee, State: r.State, Amount: r.Amount.unpack(), Fee: r.Fee,
		From: r.From, To: r.To, At: r.At.time(), Opening: r.Opening, Closing: r.Closing,
		Sum: ledger.Tally{
			Lines: t.Lines, Sold: t.Sold, Refunded: t.Refunded, Disputed: t.Disputed, Back: t.Back, Other: t.Other,
			Commission: t.Commission, Royalties: t.Royalties, Net: t.Net,
		},
		Digest: r.Digest, Released: r.Released, Withheld: r.Withheld, Freed: r.Freed, Recovered: r.Recovered,
		Kept:  each(r.Kept, func(k keptRow) ledger.Kept { return ledger.Kept{Until: k.Until.time(), Micros: k.Micros} }),
		Delay: r.Delay, Way: r.Way, PayTo: r.PayTo, Created: r.Created.time(), Updated: r.Updated.time(), Runner: r.Runner,
		File: r.File, Before: r.Before, After: r.After, Reason: r.Reason, Account: r.Account,
		Bank: r.Bank,
	}
}

// runRow is how far a run of settlements has come.
type runRow struct {
	Number  uint64          `cbor:"1,keyasint,omitempty" since:"2"`
	At      instant         `cbor:"2,keyasint,omitempty" since:"2"`
	Vendor  ledger.VendorID `cbor:"3,keyasint,omitempty" since:"2"`
	Runner  string          `cbor:"4,keyasint,omitempty" since:"2"`
	Began   instant         `cbor:"5,keyasint,omitempty" since:"2"`
	Ended   instant         `cbor:"6,keyasint,omitempty" since:"2"`
	Last    ledger.VendorID `cbor:"7,keyasint,omitempty" since:"2"`
	LastIn  ledger.Currency `cbor:"8,keyasint,omitempty" since:"2"`
	Tills   uint64          `cbor:"9,keyasint,omitempty" since:"2"`
	Settled uint64          `cbor:"10,keyasint,omitempty" since:"2"`
	Payouts []money         `cbor:"11,keyasint,omitempty" since:"2"`
	Fees    []money         `cbor:"12,keyasint,omitempty" since:"2"`
}

var runs = codec[ledger.SettleRun, runRow]{
	pack: func(n ledger.SettleRun) runRow {
		return runRow{
			Number: n.Number, At: pack(n.At), Vendor: n.Vendor, Runner: n.Runner, Began: pack(n.Began), Ended: pack(n.Ended),
			Last: n.Last, LastIn: n.LastIn, Tills: n.Tills, Settled: n.Settled, Payouts: each(n.Payouts, packMoney),
			Fees: each(n.Fees, packMoney),
		}
	},
	unpack: func(r runRow) ledger.SettleRun {
		return ledger.SettleRun{
			Number: r.Number, At: r.At.time(), Vendor: r.Vendor, Runner: r.Runner, Began: r.Began.time(),
			Ended: r.Ended.time(), Last: r.Last, LastIn: r.LastIn, Tills: r.Tills, Settled: r.Settled,
			Payouts: each(r.Payouts, money.unpack), Fees: each(r.Fees, money.unpack),
		}
	},
}
