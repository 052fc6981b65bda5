package books

import (
	"time"

	"tuppence/server/ledger"
)

// redeemRow is always written, because a hold of nothing is a hold; a policy without it has the defaults.
type redeemRow struct {
	Minimum int64         `cbor:"1,keyasint,omitempty" since:"2"`
	Fee     int64         `cbor:"2,keyasint,omitempty" since:"2"`
	Approve int64         `cbor:"3,keyasint,omitempty" since:"2"`
	Hold    time.Duration `cbor:"4,keyasint,omitempty" since:"2"`
}

func packRedeem(r ledger.RedeemRules) *redeemRow {
	row := redeemRow(r)
	return &row
}

func (r *redeemRow) unpack() ledger.RedeemRules {
	if r == nil {
		return ledger.DefaultRedeem()
	}
	return ledger.RedeemRules(*r)
}

// redemptionRow is stored as a row and in each entry about the redemption, as depositRow is.
type redemptionRow struct {
	No       ledger.EntryNo         `cbor:"1,keyasint,omitempty" since:"2"`
	User     ledger.UserID          `cbor:"2,keyasint,omitempty" since:"2"`
	Amount   money                  `cbor:"3,keyasint,omitzero" since:"2"`
	Fee      int64                  `cbor:"4,keyasint,omitempty" since:"2"`
	State    ledger.RedemptionState `cbor:"5,keyasint,omitempty" since:"2"`
	To       string                 `cbor:"6,keyasint,omitempty" since:"2"`
	Deposit  uint64                 `cbor:"7,keyasint,omitempty" since:"2"`
	Mandate  uint64                 `cbor:"8,keyasint,omitempty" since:"2"`
	Vault    uint64                 `cbor:"9,keyasint,omitempty" since:"2"`
	Mask     string                 `cbor:"10,keyasint,omitempty" since:"2"`
	Why      string                 `cbor:"11,keyasint,omitempty" since:"2"`
	File     uint64                 `cbor:"12,keyasint,omitempty" since:"2"`
	External string                 `cbor:"13,keyasint,omitempty" since:"2"`
	Link     []byte                 `cbor:"14,keyasint,omitempty" since:"2"`
	Clearing bool                   `cbor:"15,keyasint,omitempty" since:"2"`
	Key      string                 `cbor:"16,keyasint,omitempty" since:"2"`
	Created  instant                `cbor:"17,keyasint,omitempty" since:"2"`
	Updated  instant                `cbor:"18,keyasint,omitempty" since:"2"`
	Reason   string                 `cbor:"19,keyasint,omitempty" since:"2"`
}

var redemptions = codec[ledger.Redemption, redemptionRow]{pack: packRedemption, unpack: redemptionRow.unpack}

func packRedemption(d ledger.Redemption) redemptionRow {
	return redemptionRow{
		No: d.No, User: d.User, Amount: packMoney(d.Amount), Fee: d.Fee, State: d.State, To: d.To, Deposit: d.Deposit,
		Mandate: d.Mandate, Vault: d.Vault, Mask: d.Mask, Why: d.Why, File: d.File, External: d.External, Link: d.Link,
		Clearing: d.Clearing, Key: d.Key, Created: pack(d.Created), Updated: pack(d.Updated), Reason: d.Reason,
	}
}

func (r redemptionRow) unpack() ledger.Redemption {
	return ledger.Redemption{
		No: r.No, User: r.User, Amount: r.Amount.unpack(), Fee: r.Fee, State: r.State, To: r.To, Deposit: r.Deposit,
		Mandate: r.Mandate, Vault: r.Vault, Mask: r.Mask, Why: r.Why, File: r.File, External: r.External, Link: r.Link,
		Clearing: r.Clearing, Key: r.Key, Created: r.Created.time(), Updated: r.Updated.time(), Reason: r.Reason,
	}
}

// refillRow is stored as a row and in each entry about the weekly budget.
type refillRow struct {
	No        ledger.EntryNo     `cbor:"1,keyasint,omitempty" since:"2"`
	User      ledger.UserID      `cbor:"2,keyasint,omitempty" since:"2"`
	Currency  ledger.Currency    `cbor:"3,keyasint,omitempty" since:"2"`
	Budget    int64              `cbor:"4,keyasint,omitempty" since:"2"`
	Weekday   uint8              `cbor:"5,keyasint,omitempty" since:"2"`
	Mandate   uint64             `cbor:"6,keyasint,omitempty" since:"2"`
	Surplus   bool               `cbor:"7,keyasint,omitempty" since:"2"`
	State     ledger.RefillState `cbor:"8,keyasint,omitempty" since:"2"`
	Due       instant            `cbor:"9,keyasint,omitempty" since:"2"`
	Week      uint32             `cbor:"10,keyasint,omitempty" since:"2"`
	Announced uint32             `cbor:"11,keyasint,omitempty" since:"2"`
	Skip      uint32             `cbor:"12,keyasint,omitempty" since:"2"`
	Done      uint32             `cbor:"13,keyasint,omitempty" since:"2"`
	Returns   uint32             `cbor:"14,keyasint,omitempty" since:"2"`
	Updated   instant            `cbor:"15,keyasint,omitempty" since:"2"`
	Reason    string             `cbor:"16,keyasint,omitempty" since:"2"`
	Notice    noticeRow          `cbor:"17,keyasint,omitzero" since:"2"`
}

// noticeRow is part of a refillRow.
type noticeRow struct {
	At      instant `cbor:"1,keyasint,omitempty" since:"2"`
	Due     instant `cbor:"2,keyasint,omitempty" since:"2"`
	Budget  int64   `cbor:"3,keyasint,omitempty" since:"2"`
	Mandate uint64  `cbor:"4,keyasint,omitempty" since:"2"`
	Bank    uint64  `cbor:"5,keyasint,omitempty" since:"2"`
}

var refills = codec[ledger.Refill, refillRow]{pack: packRefill, unpack: refillRow.unpack}

func packRefill(f ledger.Refill) refillRow {
	return refillRow{
		No: f.No, User: f.User, Currency: f.Currency, Budget: f.Budget, Weekday: f.Weekday, Mandate: f.Mandate,
		Surplus: f.Surplus, State: f.State, Due: pack(f.Due), Week: f.Week, Announced: f.Announced, Skip: f.Skip,
		Done: f.Done, Returns: f.Returns, Updated: pack(f.Updated), Reason: f.Reason,
		Notice: noticeRow{pack(f.Notice.At), pack(f.Notice.Due), f.Notice.Budget, f.Notice.Mandate, f.Notice.Bank},
	}
}

func (r refillRow) unpack() ledger.Refill {
	return ledger.Refill{
		No: r.No, User: r.User, Currency: r.Currency, Budget: r.Budget, Weekday: r.Weekday,
		Mandate: r.Mandate, Surplus: r.Surplus, State: r.State, Due: r.Due.time(), Week: r.Week, Announced: r.Announced,
		Skip: r.Skip, Done: r.Done, Returns: r.Returns, Updated: r.Updated.time(), Reason: r.Reason,
		Notice: ledger.Notice{
			At: r.Notice.At.time(), Due: r.Notice.Due.time(), Budget: r.Notice.Budget, Mandate: r.Notice.Mandate,
			Bank: r.Notice.Bank,
		},
	}
}
