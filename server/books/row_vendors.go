package books

import (
	"maps"
	"slices"

	"tuppence/server/ledger"
)

type vendorRow struct {
	ID       ledger.VendorID     `cbor:"1,keyasint,omitempty"`
	Name     string              `cbor:"2,keyasint,omitempty"`
	Title    string              `cbor:"3,keyasint,omitempty"`
	Status   ledger.VendorStatus `cbor:"4,keyasint,omitempty"`
	Created  instant             `cbor:"5,keyasint,omitempty"`
	Origins  []originRow         `cbor:"6,keyasint,omitempty"`
	Keys     []apiKeyRow         `cbor:"7,keyasint,omitempty"`
	Offers   uint64              `cbor:"8,keyasint,omitempty"`
	Hooks    []endpointRow       `cbor:"9,keyasint,omitempty"`
	HookNext uint64              `cbor:"10,keyasint,omitempty"`
}

type originRow struct {
	URL      string  `cbor:"1,keyasint,omitempty"`
	Verified instant `cbor:"2,keyasint,omitempty"`
}

type apiKeyRow struct {
	Hash    [32]byte `cbor:"1,keyasint,omitzero"`
	Hint    string   `cbor:"2,keyasint,omitempty"`
	Created instant  `cbor:"3,keyasint,omitempty"`
	Ended   instant  `cbor:"4,keyasint,omitempty"`
}

type endpointRow struct {
	Number   uint64   `cbor:"1,keyasint,omitempty"`
	URL      string   `cbor:"2,keyasint,omitempty"`
	Events   []string `cbor:"3,keyasint,omitempty"`
	Secrets  [][]byte `cbor:"4,keyasint,omitempty"`
	Disabled instant  `cbor:"5,keyasint,omitempty"`
	Created  instant  `cbor:"6,keyasint,omitempty"`
}

var vendors = form[ledger.Vendor, vendorRow]{pack: packVendor, unpack: vendorRow.unpack}

func packVendor(v ledger.Vendor) vendorRow {
	return vendorRow{
		ID: v.ID, Name: v.Name, Title: v.Title, Status: v.Status, Created: pack(v.Created),
		Origins: each(v.Origins, func(o ledger.Origin) originRow {
			return originRow{URL: o.URL, Verified: pack(o.Verified)}
		}),
		Keys: each(v.Keys, func(k ledger.APIKey) apiKeyRow {
			return apiKeyRow{Hash: k.Hash, Hint: k.Hint, Created: pack(k.Created), Ended: pack(k.Ended)}
		}),
		Offers: v.Offers,
		Hooks: each(v.Hooks, func(h ledger.Endpoint) endpointRow {
			return endpointRow{
				Number:   h.Number,
				URL:      h.URL,
				Events:   slices.Clone(h.Events),
				Secrets:  each(h.Secrets, slices.Clone[[]byte]),
				Disabled: pack(h.Disabled),
				Created:  pack(h.Created),
			}
		}),
		HookNext: v.HookNext,
	}
}

func (r vendorRow) unpack() ledger.Vendor {
	return ledger.Vendor{
		ID: r.ID, Name: r.Name, Title: r.Title, Status: r.Status, Created: r.Created.time(),
		Origins: each(r.Origins, func(o originRow) ledger.Origin {
			return ledger.Origin{URL: o.URL, Verified: o.Verified.time()}
		}),
		Keys: each(r.Keys, func(k apiKeyRow) ledger.APIKey {
			return ledger.APIKey{Hash: k.Hash, Hint: k.Hint, Created: k.Created.time(), Ended: k.Ended.time()}
		}),
		Offers: r.Offers,
		Hooks: each(r.Hooks, func(h endpointRow) ledger.Endpoint {
			return ledger.Endpoint{
				Number:   h.Number,
				URL:      h.URL,
				Events:   slices.Clone(h.Events),
				Secrets:  each(h.Secrets, slices.Clone[[]byte]),
				Disabled: h.Disabled.time(),
				Created:  h.Created.time(),
			}
		}),
		HookNext: r.HookNext,
	}
}

type tillRow struct {
	Vendor    ledger.VendorID `cbor:"1,keyasint,omitempty"`
	Currency  ledger.Currency `cbor:"2,keyasint,omitempty"`
	Pending   int64           `cbor:"3,keyasint,omitempty"`
	Available int64           `cbor:"4,keyasint,omitempty"`
	Reserve   int64           `cbor:"5,keyasint,omitempty"`
	Last      ledger.EntryNo  `cbor:"6,keyasint,omitempty"`
	Count     uint64          `cbor:"7,keyasint,omitempty"`
}

var tills = form[ledger.Till, tillRow]{
	pack: func(t ledger.Till) tillRow {
		return tillRow{
			Vendor:    t.Vendor,
			Currency:  t.Currency,
			Pending:   t.Pending,
			Available: t.Available,
			Reserve:   t.Reserve,
			Last:      t.Last,
			Count:     t.Count,
		}
	},
	unpack: func(r tillRow) ledger.Till {
		return ledger.Till{
			Vendor:    r.Vendor,
			Currency:  r.Currency,
			Pending:   r.Pending,
			Available: r.Available,
			Reserve:   r.Reserve,
			Last:      r.Last,
			Count:     r.Count,
		}
	},
}

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
}

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

type royaltyRow struct {
	Payee       ledger.PayeeID `cbor:"1,keyasint,omitempty"`
	Name        string         `cbor:"2,keyasint,omitempty"`
	Role        string         `cbor:"3,keyasint,omitempty"`
	BasisPoints uint32         `cbor:"4,keyasint,omitempty"`
	Fixed       int64          `cbor:"5,keyasint,omitempty"`
}

var offers = form[ledger.Offer, offerRow]{once: true, pack: packOffer, unpack: offerRow.unpack}

func packOffer(o ledger.Offer) offerRow {
	return offerRow{
		Vendor: o.ID.Vendor, Number: o.ID.Number, Version: o.Version, Status: o.Status, Title: o.Title,
		Description: o.Description,
		Price: packMoney(
			o.Price,
		), Kind: o.Kind, ContentURL: o.ContentURL, Bounds: packBounds(o.Bounds), Incentives: slices.Clone(o.Incentives),
		Royalties: each(o.Royalties, func(p ledger.Royalty) royaltyRow {
			return royaltyRow{Payee: p.Payee, Name: p.Name, Role: p.Role, BasisPoints: p.BasisPoints, Fixed: p.Fixed}
		}),
		MIME: o.MIME, SampleURL: o.SampleURL, SHA256: o.SHA256, Metadata: maps.Clone(o.Metadata), Created: pack(o.Created),
	}
}

func (r offerRow) unpack() ledger.Offer {
	return ledger.Offer{
		ID: ledger.OfferID{
			Vendor: r.Vendor,
			Number: r.Number,
		}, Version: r.Version, Status: r.Status, Title: r.Title, Description: r.Description,
		Price: r.Price.unpack(), Kind: r.Kind, ContentURL: r.ContentURL, Bounds: r.Bounds.unpack(),
		Incentives: slices.Clone(r.Incentives),
		Royalties: each(r.Royalties, func(p royaltyRow) ledger.Royalty {
			return ledger.Royalty{Payee: p.Payee, Name: p.Name, Role: p.Role, BasisPoints: p.BasisPoints, Fixed: p.Fixed}
		}),
		MIME: r.MIME, SampleURL: r.SampleURL, SHA256: r.SHA256, Metadata: maps.Clone(r.Metadata), Created: r.Created.time(),
	}
}

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
}

var checkouts = form[ledger.Checkout, checkoutRow]{
	pack: func(c ledger.Checkout) checkoutRow {
		return checkoutRow{
			Vendor: c.ID.Vendor, Number: c.ID.Number, Mode: c.Mode, Offer: packOffer(c.Offer), Quantity: c.Quantity,
			Price: packMoney(c.Price),
			Ask: packLimits(
				c.Ask,
			), SuccessURL: c.SuccessURL, CancelURL: c.CancelURL, ClientRef: c.ClientRef, Metadata: c.Metadata,
			UserCode: c.UserCode, TxnID: c.TxnID, Status: c.Status, Created: pack(c.Created), Expires: pack(c.Expires),
			User:     c.User,
			Purchase: c.Purchase, Link: packLinkID(c.Link),
		}
	},
	unpack: func(r checkoutRow) ledger.Checkout {
		return ledger.Checkout{
			ID: ledger.CheckoutID{
				Vendor: r.Vendor,
				Number: r.Number,
			}, Mode: r.Mode, Offer: r.Offer.unpack(), Quantity: r.Quantity,
			Price: r.Price.unpack(), Ask: r.Ask.unpack(), SuccessURL: r.SuccessURL, CancelURL: r.CancelURL,
			ClientRef: r.ClientRef,
			Metadata:  r.Metadata, UserCode: r.UserCode, TxnID: r.TxnID, Status: r.Status, Created: r.Created.time(),
			Expires: r.Expires.time(),
			User:    r.User, Purchase: r.Purchase, Link: r.Link.unpack(),
		}
	},
}
