package books

import "tuppence/server/ledger"

type purchaseRow struct {
	No        ledger.EntryNo       `cbor:"1,keyasint,omitempty"`
	State     ledger.PurchaseState `cbor:"2,keyasint,omitempty"`
	Held      int64                `cbor:"3,keyasint,omitempty"`
	Captured  int64                `cbor:"4,keyasint,omitempty"`
	Returned  int64                `cbor:"5,keyasint,omitempty"`
	Disputed  int64                `cbor:"6,keyasint,omitempty"`
	Dispute   ledger.EntryNo       `cbor:"7,keyasint,omitempty"`
	Sources   []leg                `cbor:"8,keyasint,omitempty"`
	Receivers []leg                `cbor:"9,keyasint,omitempty"`
	Used      uint32               `cbor:"10,keyasint,omitempty"`
	First     instant              `cbor:"11,keyasint,omitempty"`
	Revoked   instant              `cbor:"12,keyasint,omitempty"`
	Seen      []string             `cbor:"13,keyasint,omitempty"`
	HoldUntil instant              `cbor:"14,keyasint,omitempty"`
}

var purchases = form[ledger.Purchase, purchaseRow]{
	pack: func(p ledger.Purchase) purchaseRow {
		return purchaseRow{
			No: p.No, State: p.State, Held: p.Held, Captured: p.Captured, Returned: p.Returned, Disputed: p.Disputed,
			Dispute: p.Dispute,
			Sources: each(p.Sources, packLeg), Receivers: each(p.Receivers, packLeg),
			Used: p.Grant.Used, First: pack(p.Grant.First), Revoked: pack(p.Grant.Revoked), Seen: p.Grant.Seen,
			HoldUntil: pack(p.HoldUntil),
		}
	},
	unpack: func(r purchaseRow) ledger.Purchase {
		return ledger.Purchase{
			No: r.No, State: r.State, Held: r.Held, Captured: r.Captured, Returned: r.Returned, Disputed: r.Disputed,
			Dispute: r.Dispute,
			Sources: each(r.Sources, leg.unpack), Receivers: each(r.Receivers, leg.unpack),
			Grant:     ledger.Grant{Used: r.Used, First: r.First.time(), Revoked: r.Revoked.time(), Seen: r.Seen},
			HoldUntil: r.HoldUntil.time(),
		}
	},
}

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
}

var deposits = form[ledger.Deposit, depositRow]{pack: packDeposit, unpack: depositRow.unpack}

func packDeposit(d ledger.Deposit) depositRow {
	return depositRow{
		No: d.No, User: d.ID.User, Number: d.ID.Number, Method: d.Method, Amount: packMoney(d.Amount), Fee: d.Fee,
		State:     d.State,
		Reference: d.Reference, External: d.External, Created: pack(d.Created), Updated: pack(d.Updated),
		Expires: pack(d.Expires), Reason: d.Reason,
	}
}

func (r depositRow) unpack() ledger.Deposit {
	return ledger.Deposit{
		No: r.No, ID: ledger.DepositID{User: r.User, Number: r.Number}, Method: r.Method, Amount: r.Amount.unpack(),
		Fee: r.Fee, State: r.State,
		Reference: r.Reference, External: r.External, Created: r.Created.time(), Updated: r.Updated.time(),
		Expires: r.Expires.time(), Reason: r.Reason,
	}
}

type disputeRow struct {
	No        ledger.EntryNo      `cbor:"1,keyasint,omitempty"`
	Purchase  ledger.EntryNo      `cbor:"2,keyasint,omitempty"`
	User      ledger.UserID       `cbor:"3,keyasint,omitempty"`
	Vendor    ledger.VendorID     `cbor:"4,keyasint,omitempty"`
	Amount    money               `cbor:"5,keyasint,omitzero"`
	Reason    string              `cbor:"6,keyasint,omitempty"`
	Text      string              `cbor:"7,keyasint,omitempty"`
	State     ledger.DisputeState `cbor:"8,keyasint,omitempty"`
	Opened    instant             `cbor:"9,keyasint,omitempty"`
	DueBy     instant             `cbor:"10,keyasint,omitempty"`
	Decided   instant             `cbor:"11,keyasint,omitempty"`
	Note      string              `cbor:"12,keyasint,omitempty"`
	Receivers []leg               `cbor:"13,keyasint,omitempty"`
	Sources   []leg               `cbor:"14,keyasint,omitempty"`
}

var disputes = form[ledger.Dispute, disputeRow]{pack: packDispute, unpack: disputeRow.unpack}

func packDispute(d ledger.Dispute) disputeRow {
	return disputeRow{
		No: d.No, Purchase: d.Purchase, User: d.User, Vendor: d.Vendor, Amount: packMoney(d.Amount), Reason: d.Reason,
		Text:  d.Text,
		State: d.State, Opened: pack(d.Opened), DueBy: pack(d.DueBy), Decided: pack(d.Decided), Note: d.Note,
		Receivers: each(d.Receivers, packLeg), Sources: each(d.Sources, packLeg),
	}
}

func (r disputeRow) unpack() ledger.Dispute {
	return ledger.Dispute{
		No: r.No, Purchase: r.Purchase, User: r.User, Vendor: r.Vendor, Amount: r.Amount.unpack(), Reason: r.Reason,
		Text:  r.Text,
		State: r.State, Opened: r.Opened.time(), DueBy: r.DueBy.time(), Decided: r.Decided.time(), Note: r.Note,
		Receivers: each(r.Receivers, leg.unpack), Sources: each(r.Sources, leg.unpack),
	}
}

type transferRow struct {
	No      ledger.EntryNo `cbor:"1,keyasint,omitempty"`
	From    ledger.UserID  `cbor:"2,keyasint,omitempty"`
	To      ledger.UserID  `cbor:"3,keyasint,omitempty"`
	Amount  money          `cbor:"4,keyasint,omitzero"`
	Code    [32]byte       `cbor:"5,keyasint,omitzero"`
	Created instant        `cbor:"6,keyasint,omitempty"`
	Expires instant        `cbor:"7,keyasint,omitempty"`
	State   string         `cbor:"8,keyasint,omitempty"`
}

var transfers = form[ledger.Transfer, transferRow]{
	pack: func(t ledger.Transfer) transferRow {
		return transferRow{
			No: t.No, From: t.From, To: t.To, Amount: packMoney(t.Amount), Code: t.Code, Created: pack(t.Created),
			Expires: pack(t.Expires), State: t.State,
		}
	},
	unpack: func(r transferRow) ledger.Transfer {
		return ledger.Transfer{
			No: r.No, From: r.From, To: r.To, Amount: r.Amount.unpack(), Code: r.Code, Created: r.Created.time(),
			Expires: r.Expires.time(), State: r.State,
		}
	},
}
