package books

import "tuppence/server/ledger"

// depositRow is stored as a row and in each entry about the deposit: the audit compares both.
type depositRow struct {
	No        ledger.EntryNo      `cbor:"1,keyasint,omitempty"`
	User      ledger.UserID       `cbor:"2,keyasint,omitempty"`
	Number    uint64              `cbor:"3,keyasint,omitempty"`
	Method    string              `cbor:"4,keyasint,omitempty"`
	Amount    money               `cbor:"5,keyasint,omitzero"`
	Fee       int64               `cbor:"6,keyasint,omitempty"`
	State     ledger.DepositState `cbor:"7,keyasint,omitempty"`
	Reference string              `cbor:"8,keyasint,omitempty"`
	External  string              `cbor:"9,keyasint,omitempty"`
	Created   instant             `cbor:"10,keyasint,omitempty"`
	Updated   instant             `cbor:"11,keyasint,omitempty"`
	Expires   instant             `cbor:"12,keyasint,omitempty"`
	Reason    string              `cbor:"13,keyasint,omitempty"`
	Free      instant             `cbor:"14,keyasint,omitempty" since:"2"`
	Receiver  string              `cbor:"15,keyasint,omitempty" since:"2"`
	Kind      ledger.DepositKind  `cbor:"16,keyasint,omitempty" since:"2"`
	Link      []byte              `cbor:"17,keyasint,omitempty" since:"2"`
	Beside    int64               `cbor:"18,keyasint,omitempty" since:"2"`
	Mandate   uint64              `cbor:"19,keyasint,omitempty" since:"2"`
	Due       instant             `cbor:"20,keyasint,omitempty" since:"2"`
	Clears    instant             `cbor:"21,keyasint,omitempty" since:"2"`
	Try       uint32              `cbor:"22,keyasint,omitempty" since:"2"`
	Channel   ledger.Channel      `cbor:"23,keyasint,omitempty" since:"2"`
	Code      [32]byte            `cbor:"24,keyasint,omitzero" since:"2"`
	Order     *orderRow           `cbor:"25,keyasint,omitempty" since:"2"`
	Bill      *onBillRow          `cbor:"26,keyasint,omitempty" since:"2"`
	Refunded  int64               `cbor:"29,keyasint,omitempty" since:"2"`
	Refill    uint32              `cbor:"30,keyasint,omitempty" since:"2"`
	Kept      int64               `cbor:"31,keyasint,omitempty" since:"2"`
	Exact     bool                `cbor:"32,keyasint,omitempty" since:"2"`
}

var deposits = codec[ledger.Deposit, depositRow]{pack: packDeposit, unpack: depositRow.unpack}

func packDeposit(d ledger.Deposit) depositRow {
	return depositRow{
		No: d.No, User: d.ID.User, Number: d.ID.Number, Method: d.Method, Amount: packMoney(d.Amount), Fee: d.Fee,
		State: d.State, Reference: d.Reference, External: d.External, Created: pack(d.Created), Updated: pack(d.Updated),
		Expires: pack(d.Expires), Reason: d.Reason, Free: pack(d.Free), Receiver: d.Receiver, Kind: d.Kind,
		Link: d.Link, Beside: d.Beside, Mandate: d.Mandate, Due: pack(d.Due), Clears: pack(d.Clears), Try: d.Try,
		Channel: d.Channel, Code: d.Code, Order: packOrder(d.Order), Bill: packOnBill(d.Bill),
		Refunded: d.Refunded, Refill: d.Refill, Kept: d.Kept, Exact: d.Exact,
	}
}

func (r depositRow) unpack() ledger.Deposit {
	return ledger.Deposit{
		No: r.No, ID: ledger.DepositID{User: r.User, Number: r.Number}, Method: r.Method, Amount: r.Amount.unpack(),
		Fee: r.Fee, State: r.State, Reference: r.Reference, External: r.External, Created: r.Created.time(),
		Updated: r.Updated.time(), Expires: r.Expires.time(), Reason: r.Reason, Free: r.Free.time(), Receiver: r.Receiver,
		Kind: r.Kind, Link: r.Link, Beside: r.Beside, Mandate: r.Mandate, Due: r.Due.time(), Clears: r.Clears.time(),
		Try: r.Try, Channel: r.Channel, Code: r.Code, Order: r.Order.unpack(), Bill: r.Bill.unpack(),
		Refunded: r.Refunded, Refill: r.Refill, Kept: r.Kept, Exact: r.Exact,
	}
}

// receiptRow is stored as a row and in each entry about the receipt, as depositRow is.
type receiptRow struct {
	No           ledger.EntryNo      `cbor:"1,keyasint,omitempty"`
	Source       string              `cbor:"2,keyasint,omitempty"`
	Amount       money               `cbor:"3,keyasint,omitzero"`
	Clearing     bool                `cbor:"4,keyasint,omitempty"`
	External     string              `cbor:"5,keyasint,omitempty"`
	Text         string              `cbor:"6,keyasint,omitempty"`
	AboutUser    ledger.UserID       `cbor:"7,keyasint,omitempty"`
	AboutNumber  uint64              `cbor:"8,keyasint,omitempty"`
	State        ledger.ReceiptState `cbor:"9,keyasint,omitempty"`
	Created      instant             `cbor:"10,keyasint,omitempty"`
	Updated      instant             `cbor:"11,keyasint,omitempty"`
	Receiver     string              `cbor:"12,keyasint,omitempty"`
	BecameUser   ledger.UserID       `cbor:"13,keyasint,omitempty"`
	BecameNumber uint64              `cbor:"14,keyasint,omitempty"`
	Reason       string              `cbor:"15,keyasint,omitempty"`
}

var receipts = codec[ledger.Receipt, receiptRow]{pack: packReceipt, unpack: receiptRow.unpack}

func packReceipt(r ledger.Receipt) receiptRow {
	return receiptRow{
		No: r.No, Source: r.Source, Amount: packMoney(r.Amount), Clearing: r.Clearing, External: r.External, Text: r.Text,
		AboutUser: r.About.User, AboutNumber: r.About.Number, State: r.State, Created: pack(r.Created),
		Updated: pack(r.Updated), Receiver: r.Receiver, BecameUser: r.Became.User, BecameNumber: r.Became.Number,
		Reason: r.Reason,
	}
}

func (r receiptRow) unpack() ledger.Receipt {
	return ledger.Receipt{
		No: r.No, Source: r.Source, Amount: r.Amount.unpack(), Clearing: r.Clearing, External: r.External, Text: r.Text,
		About: ledger.DepositID{User: r.AboutUser, Number: r.AboutNumber}, State: r.State, Created: r.Created.time(),
		Updated: r.Updated.time(), Receiver: r.Receiver,
		Became: ledger.DepositID{User: r.BecameUser, Number: r.BecameNumber}, Reason: r.Reason,
	}
}

// transferRow names its claim code by a hash only.
type transferRow struct {
	No      ledger.EntryNo `cbor:"1,keyasint,omitempty"`
	From    ledger.UserID  `cbor:"2,keyasint,omitempty"`
	To      ledger.UserID  `cbor:"3,keyasint,omitempty"`
	Amount  money          `cbor:"4,keyasint,omitzero"`
	Code    [32]byte       `cbor:"5,keyasint,omitzero"`
	Created instant        `cbor:"6,keyasint,omitempty"`
	Expires instant        `cbor:"7,keyasint,omitempty"`
	State   string         `cbor:"8,keyasint,omitempty"`
	Hint    string         `cbor:"9,keyasint,omitempty" since:"2"`
}

var transfers = codec[ledger.Transfer, transferRow]{
	pack: func(t ledger.Transfer) transferRow {
		return transferRow{
			No: t.No, From: t.From, To: t.To, Amount: packMoney(t.Amount), Code: t.Code, Created: pack(t.Created),
			Expires: pack(t.Expires), State: t.State, Hint: t.Hint,
		}
	},
	unpack: func(r transferRow) ledger.Transfer {
		return ledger.Transfer{
			No: r.No, From: r.From, To: r.To, Amount: r.Amount.unpack(), Code: r.Code, Created: r.Created.time(),
			Expires: r.Expires.time(), State: r.State, Hint: r.Hint,
		}
	},
}
