package books

import "tuppence/server/ledger"

type purchaseRow struct {
	_                                  struct{} `cbor:",toarray"`
	No                                 ledger.EntryNo
	State                              ledger.PurchaseState
	Held, Captured, Returned, Disputed int64
	Dispute                            ledger.EntryNo
	Sources, Receivers                 []leg
	Used                               uint32
	First, Revoked                     instant
	Seen                               []string
	HoldUntil                          instant
}

var purchases = form[ledger.Purchase, purchaseRow]{
	func(p ledger.Purchase) purchaseRow {
		return purchaseRow{
			No: p.No, State: p.State, Held: p.Held, Captured: p.Captured, Returned: p.Returned, Disputed: p.Disputed, Dispute: p.Dispute,
			Sources: each(p.Sources, packLeg), Receivers: each(p.Receivers, packLeg),
			Used: p.Grant.Used, First: pack(p.Grant.First), Revoked: pack(p.Grant.Revoked), Seen: p.Grant.Seen, HoldUntil: pack(p.HoldUntil),
		}
	},
	func(r purchaseRow) ledger.Purchase {
		return ledger.Purchase{
			No: r.No, State: r.State, Held: r.Held, Captured: r.Captured, Returned: r.Returned, Disputed: r.Disputed, Dispute: r.Dispute,
			Sources: each(r.Sources, leg.unpack), Receivers: each(r.Receivers, leg.unpack),
			Grant:     ledger.Grant{Used: r.Used, First: r.First.time(), Revoked: r.Revoked.time(), Seen: r.Seen},
			HoldUntil: r.HoldUntil.time(),
		}
	},
}

type depositRow struct {
	_                         struct{} `cbor:",toarray"`
	No                        ledger.EntryNo
	User                      ledger.UserID
	Number                    uint64
	Method                    string
	Amount                    money
	Fee                       int64
	State                     ledger.DepositState
	Reference, External       string
	Created, Updated, Expires instant
	Reason                    string
}

var deposits = form[ledger.Deposit, depositRow]{packDeposit, depositRow.unpack}

func packDeposit(d ledger.Deposit) depositRow {
	return depositRow{
		No: d.No, User: d.ID.User, Number: d.ID.Number, Method: d.Method, Amount: packMoney(d.Amount), Fee: d.Fee, State: d.State,
		Reference: d.Reference, External: d.External, Created: pack(d.Created), Updated: pack(d.Updated), Expires: pack(d.Expires), Reason: d.Reason,
	}
}

func (r depositRow) unpack() ledger.Deposit {
	return ledger.Deposit{
		No: r.No, ID: ledger.DepositID{User: r.User, Number: r.Number}, Method: r.Method, Amount: r.Amount.unpack(), Fee: r.Fee, State: r.State,
		Reference: r.Reference, External: r.External, Created: r.Created.time(), Updated: r.Updated.time(), Expires: r.Expires.time(), Reason: r.Reason,
	}
}

type disputeRow struct {
	_                      struct{} `cbor:",toarray"`
	No, Purchase           ledger.EntryNo
	User                   ledger.UserID
	Vendor                 ledger.VendorID
	Amount                 money
	Reason, Text           string
	State                  ledger.DisputeState
	Opened, DueBy, Decided instant
	Note                   string
	Receivers, Sources     []leg
}

var disputes = form[ledger.Dispute, disputeRow]{packDispute, disputeRow.unpack}

func packDispute(d ledger.Dispute) disputeRow {
	return disputeRow{
		No: d.No, Purchase: d.Purchase, User: d.User, Vendor: d.Vendor, Amount: packMoney(d.Amount), Reason: d.Reason, Text: d.Text,
		State: d.State, Opened: pack(d.Opened), DueBy: pack(d.DueBy), Decided: pack(d.Decided), Note: d.Note,
		Receivers: each(d.Receivers, packLeg), Sources: each(d.Sources, packLeg),
	}
}

func (r disputeRow) unpack() ledger.Dispute {
	return ledger.Dispute{
		No: r.No, Purchase: r.Purchase, User: r.User, Vendor: r.Vendor, Amount: r.Amount.unpack(), Reason: r.Reason, Text: r.Text,
		State: r.State, Opened: r.Opened.time(), DueBy: r.DueBy.time(), Decided: r.Decided.time(), Note: r.Note,
		Receivers: each(r.Receivers, leg.unpack), Sources: each(r.Sources, leg.unpack),
	}
}

type transferRow struct {
	_                struct{} `cbor:",toarray"`
	No               ledger.EntryNo
	From, To         ledger.UserID
	Amount           money
	Code             [32]byte
	Created, Expires instant
	State            string
}

var transfers = form[ledger.Transfer, transferRow]{
	func(t ledger.Transfer) transferRow {
		return transferRow{
			No: t.No, From: t.From, To: t.To, Amount: packMoney(t.Amount), Code: t.Code, Created: pack(t.Created), Expires: pack(t.Expires), State: t.State,
		}
	},
	func(r transferRow) ledger.Transfer {
		return ledger.Transfer{
			No: r.No, From: r.From, To: r.To, Amount: r.Amount.unpack(), Code: r.Code, Created: r.Created.time(), Expires: r.Expires.time(), State: r.State,
		}
	},
}
