package books

import "tuppence/server/ledger"

// billRow is a bill as it was issued; what is left of it is in the row of its wallet.
type billRow struct {
	No        ledger.EntryNo `cbor:"1,keyasint,omitempty" since:"2"`
	User      ledger.UserID  `cbor:"2,keyasint,omitempty" since:"2"`
	Number    uint32         `cbor:"3,keyasint,omitempty" since:"2"`
	Amount    money          `cbor:"4,keyasint,omitzero" since:"2"`
	From      instant        `cbor:"5,keyasint,omitempty" since:"2"`
	Till      instant        `cbor:"6,keyasint,omitempty" since:"2"`
	Issued    instant        `cbor:"7,keyasint,omitempty" since:"2"`
	Due       instant        `cbor:"8,keyasint,omitempty" since:"2"`
	Carried   int64          `cbor:"9,keyasint,omitempty" since:"2"`
	Payer     ledger.UserID  `cbor:"10,keyasint,omitempty" since:"2"`
	Payment   uint64         `cbor:"11,keyasint,omitempty" since:"2"`
	Reference string         `cbor:"12,keyasint,omitempty" since:"2"`
	GivenUp   instant        `cbor:"13,keyasint,omitempty" since:"2"`
	Mailed    instant        `cbor:"14,keyasint,omitempty" since:"2"`
	Last      instant        `cbor:"15,keyasint,omitempty" since:"2"`
	Reminded  uint32         `cbor:"16,keyasint,omitempty" since:"2"`
}

func packBill(b ledger.Bill) billRow {
	return billRow{
		No: b.No, User: b.User, Number: b.Number, Amount: packMoney(b.Amount), From: pack(b.From), Till: pack(b.Till),
		Issued: pack(b.Issued), Due: pack(b.Due), Carried: b.Carried, Payer: b.Deposit.User, Payment: b.Deposit.Number,
		Reference: b.Reference, GivenUp: pack(b.GivenUp), Mailed: pack(b.Mailed), Last: pack(b.LastLetter),
		Reminded: b.Reminded,
	}
}

func (r billRow) unpack() ledger.Bill {
	return ledger.Bill{
		No: r.No, User: r.User, Number: r.Number, Amount: r.Amount.unpack(), From: r.From.time(), Till: r.Till.time(),
		Issued: r.Issued.time(), Due: r.Due.time(), Carried: r.Carried,
		Deposit:   ledger.DepositID{User: r.Payer, Number: r.Payment},
		Reference: r.Reference, GivenUp: r.GivenUp.time(), Mailed: r.Mailed.time(), LastLetter: r.Last.time(),
		Reminded: r.Reminded,
	}
}

var bills = codec[ledger.Bill, billRow]{pack: packBill, unpack: billRow.unpack}

// postpaidRow is when an account is billed next.
type postpaidRow struct {
	User      ledger.UserID   `cbor:"1,keyasint,omitempty" since:"2"`
	Currency  ledger.Currency `cbor:"2,keyasint,omitempty" since:"2"`
	From      instant         `cbor:"3,keyasint,omitempty" since:"2"`
	Until     instant         `cbor:"4,keyasint,omitempty" since:"2"`
	Bills     uint32          `cbor:"5,keyasint,omitempty" since:"2"`
	GivenUp   string          `cbor:"6,keyasint,omitempty" since:"2"`
	GivenUpAt instant         `cbor:"7,keyasint,omitempty" since:"2"`
}

var postpaids = codec[ledger.Postpaid, postpaidRow]{
	pack: func(p ledger.Postpaid) postpaidRow {
		return postpaidRow{
			User: p.User, Currency: p.Currency, From: pack(p.From), Until: pack(p.Until), Bills: p.Bills, GivenUp: p.GivenUp,
			GivenUpAt: pack(p.GivenUpAt),
		}
	},
	unpack: func(r postpaidRow) ledger.Postpaid {
		return ledger.Postpaid{
			User: r.User, Currency: r.Currency, From: r.From.time(), Until: r.Until.time(), Bills: r.Bills, GivenUp: r.GivenUp,
			GivenUpAt: r.GivenUpAt.time(),
		}
	},
}
