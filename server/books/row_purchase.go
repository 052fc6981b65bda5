package books

import "tuppence/server/ledger"

// purchaseRow is what has become of a sale since its entry: what was sold stays in the journal.
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
	RevokedBy ledger.EntryNo       `cbor:"15,keyasint,omitempty" since:"2"`
	Vendor    ledger.VendorID      `cbor:"16,keyasint,omitempty" since:"2"` // of a grant that is revoked
}

var purchases = codec[ledger.Purchase, purchaseRow]{
	pack: func(p ledger.Purchase) purchaseRow {
		return purchaseRow{
			No: p.No, State: p.State, Held: p.Held, Captured: p.Captured, Returned: p.Returned, Disputed: p.Disputed,
			Dispute: p.Dispute, Sources: each(p.Sources, packLeg), Receivers: each(p.Receivers, packLeg), Used: p.Grant.Used,
			First: pack(p.Grant.First), Revoked: pack(p.Grant.Revoked), Seen: p.Grant.Seen, HoldUntil: pack(p.HoldUntil),
			RevokedBy: p.Grant.By, Vendor: p.Grant.Vendor,
		}
	},
	unpack: func(r purchaseRow) ledger.Purchase {
		return ledger.Purchase{
			No: r.No, State: r.State, Held: r.Held, Captured: r.Captured, Returned: r.Returned, Disputed: r.Disputed,
			Dispute: r.Dispute, Sources: each(r.Sources, leg.unpack), Receivers: each(r.Receivers, leg.unpack),
			Grant: ledger.Grant{
				Used: r.Used, First: r.First.time(), Revoked: r.Revoked.time(), By: r.RevokedBy, Vendor: r.Vendor, Seen: r.Seen,
			},
			HoldUntil: r.HoldUntil.time(),
		}
	},
}
