package books

import (
	"time"

	"tuppence/server/ledger"
)

// campaignRow is stored as a row and in each entry about the campaign. What is left of its money is in its account.
type campaignRow struct {
	No        ledger.EntryNo       `cbor:"1,keyasint,omitempty" since:"2"`
	Vendor    ledger.VendorID      `cbor:"2,keyasint,omitempty" since:"2"`
	ByVendor  bool                 `cbor:"3,keyasint,omitempty" since:"2"`
	Name      string               `cbor:"4,keyasint,omitempty" since:"2"`
	Code      string               `cbor:"5,keyasint,omitempty" since:"2"`
	Audience  ledger.Audience      `cbor:"6,keyasint,omitempty" since:"2"`
	Each      int64                `cbor:"7,keyasint,omitempty" since:"2"`
	Budget    money                `cbor:"8,keyasint,omitzero" since:"2"`
	PerWallet uint32               `cbor:"9,keyasint,omitempty" since:"2"`
	Offer     uint64               `cbor:"10,keyasint,omitempty" since:"2"`
	Life      time.Duration        `cbor:"11,keyasint,omitempty" since:"2"`
	State     ledger.CampaignState `cbor:"12,keyasint,omitempty" since:"2"`
	By        string               `cbor:"13,keyasint,omitempty" since:"2"`
	Created   instant              `cbor:"14,keyasint,omitempty" since:"2"`
	Ends      instant              `cbor:"15,keyasint,omitempty" since:"2"`
	Returned  int64                `cbor:"16,keyasint,omitempty" since:"2"`
}

var campaigns = codec[ledger.Campaign, campaignRow]{pack: packCampaign, unpack: campaignRow.unpack}

func packCampaign(c ledger.Campaign) campaignRow {
	return campaignRow{
		No: c.No, Vendor: c.Vendor, ByVendor: c.ByVendor, Name: c.Name, Code: c.Code, Audience: c.Audience, Each: c.Each,
		Budget: packMoney(c.Budget), PerWallet: c.PerWallet, Offer: c.Offer, Life: c.Life, State: c.State, By: c.By,
		Created: pack(c.Created), Ends: pack(c.Ends), Returned: c.Returned,
	}
}

func (r campaignRow) unpack() ledger.Campaign {
	return ledger.Campaign{
		No: r.No, Vendor: r.Vendor, ByVendor: r.ByVendor, Name: r.Name, Code: r.Code, Audience: r.Audience, Each: r.Each,
		Budget: r.Budget.unpack(), PerWallet: r.PerWallet, Offer: r.Offer, Life: r.Life, State: r.State, By: r.By,
		Created: r.Created.time(), Ends: r.Ends.time(), Returned: r.Returned,
	}
}
