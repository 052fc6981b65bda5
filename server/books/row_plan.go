package books

import "tuppence/server/ledger"

// planRow is one version of a royalty plan. It is never written again: sales pin it.
type planRow struct {
	Vendor   ledger.VendorID `cbor:"1,keyasint,omitempty" since:"2"`
	Number   uint64          `cbor:"2,keyasint,omitempty" since:"2"`
	Version  uint32          `cbor:"3,keyasint,omitempty" since:"2"`
	Name     string          `cbor:"4,keyasint,omitempty" since:"2"`
	Currency ledger.Currency `cbor:"5,keyasint,omitempty" since:"2"`
	Lines    []royaltyRow    `cbor:"6,keyasint,omitempty" since:"2"`
	Created  instant         `cbor:"7,keyasint,omitempty" since:"2"`
}

var plans = codec[ledger.RoyaltyPlan, planRow]{writtenOnce: true, pack: packPlan, unpack: planRow.unpack}

func packPlan(p ledger.RoyaltyPlan) planRow {
	return planRow{
		Vendor: p.Vendor, Number: p.Number, Version: p.Version, Name: p.Name, Currency: p.Currency,
		Lines: each(p.Lines, packRoyalty), Created: pack(p.Created),
	}
}

func (r planRow) unpack() ledger.RoyaltyPlan {
	return ledger.RoyaltyPlan{
		Vendor: r.Vendor, Number: r.Number, Version: r.Version, Name: r.Name, Currency: r.Currency,
		Lines: each(r.Lines, royaltyRow.unpack), Created: r.Created.time(),
	}
}

func packRoyalty(p ledger.Royalty) royaltyRow {
	return royaltyRow{Payee: p.Payee, Name: p.Name, Role: p.Role, BasisPoints: p.BasisPoints, Fixed: p.Fixed}
}

func (r royaltyRow) unpack() ledger.Royalty {
	return ledger.Royalty{Payee: r.Payee, Name: r.Name, Role: r.Role, BasisPoints: r.BasisPoints, Fixed: r.Fixed}
}
