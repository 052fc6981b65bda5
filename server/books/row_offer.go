package books

import (
	"tuppence/server/ledger"
)

// offerRow is one version of an offer. It is never written again: buyers keep what they bought.
type offerRow struct {
	Vendor      ledger.VendorID    `cbor:"1,keyasint,omitempty"`
	Number      uint64             `cbor:"2,keyasint,omitempty"`
	Version     uint32             `cbor:"3,keyasint,omitempty"`
	Status      ledger.OfferStatus `cbor:"4,keyasint,omitempty"`
	Title       string             `cbor:"5,keyasint,omitempty"`
	Description string             `cbor:"6,keyasint,omitempty"`
	Price       money              `cbor:"7,keyasint,omitzero"`
	Kind        ledger.OfferKind   `cbor:"8,keyasint,omitempty"`
	ContentURL  string             `cbor:"9,keyasint,omitempty"`
	Bounds      boundsRow          `cbor:"10,keyasint,omitzero"`
	Incentives  []string           `cbor:"11,keyasint,omitempty"`
	Royalties   []royaltyRow       `cbor:"12,keyasint,omitempty"`
	MIME        string             `cbor:"13,keyasint,omitempty"`
	SampleURL   string             `cbor:"14,keyasint,omitempty"`
	SHA256      string             `cbor:"15,keyasint,omitempty"`
	Metadata    map[string]string  `cbor:"16,keyasint,omitempty"`
	Created     instant            `cbor:"17,keyasint,omitempty"`
	Plan        uint64             `cbor:"18,keyasint,omitempty" since:"2"`
	Campaigns   []ledger.EntryNo   `cbor:"19,keyasint,omitempty" since:"2"`
}

// boundsRow is how long and how often a buyer may open content.
type boundsRow struct {
	Views   uint32  `cbor:"1,keyasint,omitempty"`
	Hours   uint32  `cbor:"2,keyasint,omitempty"`
	Days    uint32  `cbor:"3,keyasint,omitempty"`
	Expires instant `cbor:"4,keyasint,omitempty"`
}

func packBounds(b ledger.Bounds) boundsRow {
	return boundsRow{Views: b.Views, Hours: b.Hours, Days: b.Days, Expires: pack(b.Expires)}
}

func (r boundsRow) unpack() ledger.Bounds {
	return ledger.Bounds{Views: r.Views, Hours: r.Hours, Days: r.Days, Expires: r.Expires.time()}
}

// royaltyRow is a share of each sale, in basis points of the price or as a fixed amount.
type royaltyRow struct {
	Payee       ledger.PayeeID `cbor:"1,keyasint,omitempty"`
	Name        string         `cbor:"2,keyasint,omitempty"`
	Role        string         `cbor:"3,keyasint,omitempty"`
	BasisPoints uint32         `cbor:"4,keyasint,omitempty"`
	Fixed       int64          `cbor:"5,keyasint,omitempty"`
}

var offers = codec[ledger.Offer, offerRow]{writtenOnce: true, pack: packOffer, unpack: offerRow.unpack}

func packOffer(o ledger.Offer) offerRow {
	return offerRow{
		Vendor: o.ID.Vendor, Number: o.ID.Number, Version: o.Version, Status: o.Status, Title: o.Title,
		Description: o.Description, Price: packMoney(o.Price), Kind: o.Kind, ContentURL: o.ContentURL,
		Bounds: packBounds(o.Bounds), Incentives: o.Incentives,
		Royalties: each(o.Royalties, packRoyalty),
		MIME:      o.MIME, SampleURL: o.SampleURL, SHA256: o.SHA256, Metadata: o.Metadata,
		Created: pack(o.Created), Plan: o.Plan, Campaigns: o.Campaigns,
	}
}

func (r offerRow) unpack() ledger.Offer {
	return ledger.Offer{
		ID: ledger.OfferID{Vendor: r.Vendor, Number: r.Number}, Version: r.Version, Status: r.Status, Title: r.Title,
		Description: r.Description, Price: r.Price.unpack(), Kind: r.Kind, ContentURL: r.ContentURL,
		Bounds: r.Bounds.unpack(), Incentives: r.Incentives,
		Royalties: each(r.Royalties, royaltyRow.unpack),
		MIME:      r.MIME, SampleURL: r.SampleURL, SHA256: r.SHA256, Metadata: r.Metadata,
		Created: r.Created.time(), Plan: r.Plan, Campaigns: r.Campaigns,
	}
}

// checkoutRow holds the offer as it was when the vendor asked: later versions do not change what the buyer approves.
type checkoutRow struct {
	Vendor     ledger.VendorID       `cbor:"1,keyasint,omitempty"`
	Number     uint64                `cbor:"2,keyasint,omitempty"`
	Mode       ledger.CheckoutMode   `cbor:"3,keyasint,omitempty"`
	Offer      offerRow              `cbor:"4,keyasint,omitzero"`
	Quantity   uint32                `cbor:"5,keyasint,omitempty"`
	Price      money                 `cbor:"6,keyasint,omitzero"`
	Ask        limitsRow             `cbor:"7,keyasint,omitzero"`
	SuccessURL string                `cbor:"8,keyasint,omitempty"`
	CancelURL  string                `cbor:"9,keyasint,omitempty"`
	ClientRef  string                `cbor:"10,keyasint,omitempty"`
	Metadata   map[string]string     `cbor:"11,keyasint,omitempty"`
	UserCode   string                `cbor:"12,keyasint,omitempty"`
	TxnID      string                `cbor:"13,keyasint,omitempty"`
	Status     ledger.CheckoutStatus `cbor:"14,keyasint,omitempty"`
	Created    instant               `cbor:"15,keyasint,omitempty"`
	Expires    instant               `cbor:"16,keyasint,omitempty"`
	User       ledger.UserID         `cbor:"17,keyasint,omitempty"`
	Purchase   ledger.EntryNo        `cbor:"18,keyasint,omitempty"`
	Link       linkIDRow             `cbor:"19,keyasint,omitzero"`
	Browser    [32]byte              `cbor:"20,keyasint,omitzero" since:"2"`
	Known      uint64                `cbor:"21,keyasint,omitempty" since:"2"`
	Static     bool                  `cbor:"22,keyasint,omitempty" since:"2"`
}

var checkouts = codec[ledger.Checkout, checkoutRow]{
	pack: func(c ledger.Checkout) checkoutRow {
		return checkoutRow{
			Vendor: c.ID.Vendor, Number: c.ID.Number, Mode: c.Mode, Offer: packOffer(c.Offer), Quantity: c.Quantity,
			Price: packMoney(c.Price), Ask: packLimits(c.Ask), SuccessURL: c.SuccessURL, CancelURL: c.CancelURL,
			ClientRef: c.ClientRef, Metadata: c.Metadata, UserCode: c.UserCode, TxnID: c.TxnID, Status: c.Status,
			Created: pack(c.Created), Expires: pack(c.Expires), User: c.User, Purchase: c.Purchase, Link: packLinkID(c.Link),
			Browser: c.Browser, Known: c.Known, Static: c.Static,
		}
	},
	unpack: func(r checkoutRow) ledger.Checkout {
		return ledger.Checkout{
			ID: ledger.CheckoutID{Vendor: r.Vendor, Number: r.Number}, Mode: r.Mode, Offer: r.Offer.unpack(),
			Quantity: r.Quantity, Price: r.Price.unpack(), Ask: r.Ask.unpack(), SuccessURL: r.SuccessURL,
			CancelURL: r.CancelURL, ClientRef: r.ClientRef, Metadata: r.Metadata, UserCode: r.UserCode, TxnID: r.TxnID,
			Status: r.Status, Created: r.Created.time(), Expires: r.Expires.time(), User: r.User, Purchase: r.Purchase,
			Link: r.Link.unpack(), Browser: r.Browser, Known: r.Known, Static: r.Static,
		}
	},
}
