package books

import (
	"maps"
	"slices"

	"tuppence/server/ledger"
)

type vendorRow struct {
	_           struct{} `cbor:",toarray"`
	ID          ledger.VendorID
	Name, Title string
	Status      ledger.VendorStatus
	Created     instant
	Origins     []originRow
	Keys        []apiKeyRow
	Offers      uint64
	Hooks       []endpointRow
	HookNext    uint64
}

type originRow struct {
	_        struct{} `cbor:",toarray"`
	URL      string
	Verified instant
}

type apiKeyRow struct {
	_              struct{} `cbor:",toarray"`
	Hash           [32]byte
	Hint           string
	Created, Ended instant
}

type endpointRow struct {
	_                 struct{} `cbor:",toarray"`
	Number            uint64
	URL               string
	Events            []string
	Secrets           [][]byte
	Disabled, Created instant
}

var vendors = form[ledger.Vendor, vendorRow]{packVendor, vendorRow.unpack}

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
			return endpointRow{Number: h.Number, URL: h.URL, Events: slices.Clone(h.Events), Secrets: each(h.Secrets, slices.Clone[[]byte]), Disabled: pack(h.Disabled), Created: pack(h.Created)}
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
			return ledger.Endpoint{Number: h.Number, URL: h.URL, Events: slices.Clone(h.Events), Secrets: each(h.Secrets, slices.Clone[[]byte]), Disabled: h.Disabled.time(), Created: h.Created.time()}
		}),
		HookNext: r.HookNext,
	}
}

type tillRow struct {
	_                           struct{} `cbor:",toarray"`
	Vendor                      ledger.VendorID
	Currency                    ledger.Currency
	Pending, Available, Reserve int64
	Last                        ledger.EntryNo
	Count                       uint64
}

var tills = form[ledger.Till, tillRow]{
	func(t ledger.Till) tillRow {
		return tillRow{Vendor: t.Vendor, Currency: t.Currency, Pending: t.Pending, Available: t.Available, Reserve: t.Reserve, Last: t.Last, Count: t.Count}
	},
	func(r tillRow) ledger.Till {
		return ledger.Till{Vendor: r.Vendor, Currency: r.Currency, Pending: r.Pending, Available: r.Available, Reserve: r.Reserve, Last: r.Last, Count: r.Count}
	},
}

type offerRow struct {
	_                       struct{} `cbor:",toarray"`
	Vendor                  ledger.VendorID
	Number                  uint64
	Version                 uint32
	Status                  ledger.OfferStatus
	Title, Description      string
	Price                   money
	Kind                    ledger.OfferKind
	ContentURL              string
	Bounds                  boundsRow
	Incentives              []string
	Royalties               []royaltyRow
	MIME, SampleURL, SHA256 string
	Metadata                map[string]string
	Created                 instant
}

type boundsRow struct {
	_                  struct{} `cbor:",toarray"`
	Views, Hours, Days uint32
	Expires            instant
}

func packBounds(b ledger.Bounds) boundsRow {
	return boundsRow{Views: b.Views, Hours: b.Hours, Days: b.Days, Expires: pack(b.Expires)}
}

func (r boundsRow) unpack() ledger.Bounds {
	return ledger.Bounds{Views: r.Views, Hours: r.Hours, Days: r.Days, Expires: r.Expires.time()}
}

type royaltyRow struct {
	_           struct{} `cbor:",toarray"`
	Payee       ledger.PayeeID
	Name, Role  string
	BasisPoints uint32
	Fixed       int64
}

var offers = form[ledger.Offer, offerRow]{packOffer, offerRow.unpack}

func packOffer(o ledger.Offer) offerRow {
	return offerRow{
		Vendor: o.ID.Vendor, Number: o.ID.Number, Version: o.Version, Status: o.Status, Title: o.Title, Description: o.Description,
		Price: packMoney(o.Price), Kind: o.Kind, ContentURL: o.ContentURL, Bounds: packBounds(o.Bounds), Incentives: slices.Clone(o.Incentives),
		Royalties: each(o.Royalties, func(p ledger.Royalty) royaltyRow {
			return royaltyRow{Payee: p.Payee, Name: p.Name, Role: p.Role, BasisPoints: p.BasisPoints, Fixed: p.Fixed}
		}),
		MIME: o.MIME, SampleURL: o.SampleURL, SHA256: o.SHA256, Metadata: maps.Clone(o.Metadata), Created: pack(o.Created),
	}
}

func (r offerRow) unpack() ledger.Offer {
	return ledger.Offer{
		ID: ledger.OfferID{Vendor: r.Vendor, Number: r.Number}, Version: r.Version, Status: r.Status, Title: r.Title, Description: r.Description,
		Price: r.Price.unpack(), Kind: r.Kind, ContentURL: r.ContentURL, Bounds: r.Bounds.unpack(), Incentives: slices.Clone(r.Incentives),
		Royalties: each(r.Royalties, func(p royaltyRow) ledger.Royalty {
			return ledger.Royalty{Payee: p.Payee, Name: p.Name, Role: p.Role, BasisPoints: p.BasisPoints, Fixed: p.Fixed}
		}),
		MIME: r.MIME, SampleURL: r.SampleURL, SHA256: r.SHA256, Metadata: maps.Clone(r.Metadata), Created: r.Created.time(),
	}
}

type checkoutRow struct {
	_                     struct{} `cbor:",toarray"`
	Vendor                ledger.VendorID
	Number                uint64
	Mode                  ledger.CheckoutMode
	Offer                 offerRow
	Quantity              uint32
	Price                 money
	Ask                   limitsRow
	SuccessURL, CancelURL string
	ClientRef             string
	Metadata              map[string]string
	UserCode, TxnID       string
	Status                ledger.CheckoutStatus
	Created, Expires      instant
	User                  ledger.UserID
	Purchase              ledger.EntryNo
	Link                  linkIDRow
}

var checkouts = form[ledger.Checkout, checkoutRow]{
	func(c ledger.Checkout) checkoutRow {
		return checkoutRow{
			Vendor: c.ID.Vendor, Number: c.ID.Number, Mode: c.Mode, Offer: packOffer(c.Offer), Quantity: c.Quantity, Price: packMoney(c.Price),
			Ask: packLimits(c.Ask), SuccessURL: c.SuccessURL, CancelURL: c.CancelURL, ClientRef: c.ClientRef, Metadata: c.Metadata,
			UserCode: c.UserCode, TxnID: c.TxnID, Status: c.Status, Created: pack(c.Created), Expires: pack(c.Expires), User: c.User,
			Purchase: c.Purchase, Link: packLinkID(c.Link),
		}
	},
	func(r checkoutRow) ledger.Checkout {
		return ledger.Checkout{
			ID: ledger.CheckoutID{Vendor: r.Vendor, Number: r.Number}, Mode: r.Mode, Offer: r.Offer.unpack(), Quantity: r.Quantity,
			Price: r.Price.unpack(), Ask: r.Ask.unpack(), SuccessURL: r.SuccessURL, CancelURL: r.CancelURL, ClientRef: r.ClientRef,
			Metadata: r.Metadata, UserCode: r.UserCode, TxnID: r.TxnID, Status: r.Status, Created: r.Created.time(), Expires: r.Expires.time(),
			User: r.User, Purchase: r.Purchase, Link: r.Link.unpack(),
		}
	},
}
