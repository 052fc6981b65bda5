package ledger

import "time"

// VendorStatus is the state of a vendor.
type VendorStatus uint8

// States of a vendor.
const (
	VendorActive VendorStatus = iota + 1
	VendorSuspended
)

// Vendor sells content, goods or services.
type Vendor struct {
	ID       VendorID
	Name     string // unique, lower case, 2–40 of a–z 0–9 and -
	Title    string // for people
	Status   VendorStatus
	Created  time.Time
	Origins  []Origin
	Keys     []APIKey
	Offers   uint64 // number of the last offer
	Hooks    []Endpoint
	HookNext uint64
}

// Origin is a site of a vendor, for example https://news.example. It counts only once verified.
type Origin struct {
	URL      string
	Verified time.Time
}

// APIKey is a vendor's key, kept as a hash.
type APIKey struct {
	Hash    [32]byte
	Hint    string // first characters, to tell keys apart
	Created time.Time
	Ended   time.Time
}

// Endpoint receives webhooks.
type Endpoint struct {
	Number   uint64
	URL      string
	Events   []string // empty: all
	Secrets  [][]byte // sealed; newest first, two while rotating
	Disabled time.Time
	Created  time.Time
}

// Till is what a vendor has earned in one currency, kept equal to 2100, 2110 and 2120 by package books.
type Till struct {
	Vendor                      VendorID
	Currency                    Currency
	Pending, Available, Reserve int64
	Last                        EntryNo // newest entry of this vendor in this currency
	Count                       uint64
}

// OfferKind is what is sold.
type OfferKind string

// Kinds of offers.
const (
	Content OfferKind = "content"
	Service OfferKind = "service"
	Goods   OfferKind = "goods"
)

// OfferStatus is the state of an offer.
type OfferStatus string

// States of an offer.
const (
	OfferActive  OfferStatus = "active"
	OfferRetired OfferStatus = "retired"
)

// Offer is one version of what a vendor sells, with the nine fields of claim 44. A version never changes.
type Offer struct {
	ID          OfferID
	Version     uint32
	Status      OfferStatus
	Title       string
	Description string
	Price       Amount
	Kind        OfferKind
	ContentURL  string
	Bounds      Bounds
	Incentives  []string
	Royalties   []Royalty
	MIME        string
	SampleURL   string
	SHA256      string
	Metadata    map[string]string
	Created     time.Time
}

// Bounds end a grant at whichever comes first; zero means no bound.
type Bounds struct {
	Views   uint32
	Hours   uint32 // after first use
	Days    uint32 // after purchase
	Expires time.Time
}

// Royalty is one line of an offer's royalty plan (claim 20): a share of the net in basis points, or a fixed amount.
// What is left is the vendor's.
type Royalty struct {
	Payee       PayeeID
	Name        string
	Role        string // author, publisher, owner
	BasisPoints uint32
	Fixed       int64
}
