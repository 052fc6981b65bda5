package books

import "tuppence/server/ledger"

// incentiveRow is an incentive as it was given; what is left of it is in the row of its wallet.
type incentiveRow struct {
	No       ledger.EntryNo  `cbor:"1,keyasint,omitempty" since:"2"`
	User     ledger.UserID   `cbor:"2,keyasint,omitempty" since:"2"`
	Amount   money           `cbor:"3,keyasint,omitzero" since:"2"`
	Vendor   ledger.VendorID `cbor:"4,keyasint,omitempty" since:"2"`
	ByVendor bool            `cbor:"5,keyasint,omitempty" since:"2"`
	Created  instant         `cbor:"6,keyasint,omitempty" since:"2"`
	Expires  instant         `cbor:"7,keyasint,omitempty" since:"2"`
	Ended    instant         `cbor:"8,keyasint,omitempty" since:"2"`
	Campaign ledger.EntryNo  `cbor:"9,keyasint,omitempty" since:"2"`
	Offer    uint64          `cbor:"10,keyasint,omitempty" since:"2"`
	Issue    ledger.EntryNo  `cbor:"11,keyasint,omitempty" since:"2"`
}

func packIncentive(i ledger.Incentive) incentiveRow {
	return incentiveRow{
		No: i.No, User: i.User, Amount: packMoney(i.Amount), Vendor: i.Vendor, ByVendor: i.ByVendor,
		Created: pack(i.Created), Expires: pack(i.Expires), Ended: pack(i.Ended), Campaign: i.Campaign, Offer: i.Offer,
		Issue: i.Issue,
	}
}

func (r incentiveRow) unpack() ledger.Incentive {
	return ledger.Incentive{
		No: r.No, User: r.User, Amount: r.Amount.unpack(), Vendor: r.Vendor, ByVendor: r.ByVendor,
		Created: r.Created.time(), Expires: r.Expires.time(), Ended: r.Ended.time(), Campaign: r.Campaign, Offer: r.Offer,
		Issue: r.Issue,
	}
}

var incentives = codec[ledger.Incentive, incentiveRow]{pack: packIncentive, unpack: incentiveRow.unpack}

// lotRow is what is left of an incentive in a wallet.
type lotRow struct {
	No       ledger.EntryNo  `cbor:"1,keyasint,omitempty" since:"2"`
	Vendor   ledger.VendorID `cbor:"2,keyasint,omitempty" since:"2"`
	ByVendor bool            `cbor:"3,keyasint,omitempty" since:"2"`
	Left     int64           `cbor:"4,keyasint,omitempty" since:"2"`
	Expires  instant         `cbor:"5,keyasint,omitempty" since:"2"`
	Campaign ledger.EntryNo  `cbor:"6,keyasint,omitempty" since:"2"`
	Offer    uint64          `cbor:"7,keyasint,omitempty" since:"2"`
	Issue    ledger.EntryNo  `cbor:"8,keyasint,omitempty" since:"2"`
}

func packIncentiveLot(l ledger.IncentiveLot) lotRow {
	return lotRow{
		No: l.No, Vendor: l.Vendor, ByVendor: l.ByVendor, Left: l.Left, Expires: pack(l.Expires), Campaign: l.Campaign,
		Offer: l.Offer, Issue: l.Issue,
	}
}

func (r lotRow) unpack() ledger.IncentiveLot {
	return ledger.IncentiveLot{
		No: r.No, Vendor: r.Vendor, ByVendor: r.ByVendor, Left: r.Left, Expires: r.Expires.time(), Campaign: r.Campaign,
		Offer: r.Offer, Issue: r.Issue,
	}
}
