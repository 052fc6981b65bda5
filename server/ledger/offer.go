package ledger

import (
	"encoding/hex"
	"mime"
	"slices"
	"strings"
	"time"
)

// OfferKind is what is sold. The words are stored, and shown to people and programs.
type OfferKind string

// Kinds of offers.
const (
	Content OfferKind = "content"
	Service OfferKind = "service"
	Goods   OfferKind = "goods"
)

// OfferStatus is the state of an offer. The words are stored, and shown to people and programs.
type OfferStatus string

// States of an offer.
const (
	OfferActive  OfferStatus = "active"
	OfferRetired OfferStatus = "retired"
)

// What an offer can hold at most.
const (
	maxTitle       = 120              // characters
	maxDescription = 2_000            // characters
	maxPrice       = 1_000_000 * Unit // for one piece
	maxQuantity    = 10_000           // pieces of one purchase
	maxDays        = 3_660            // ten years
)

// Offer is one version of what a vendor sells, with the nine fields of claim 44. A version never changes: what is sold
// is what was seen.
type Offer struct {
	ID          OfferID
	Version     uint32 // from 1; 0 for an inline offer
	Status      OfferStatus
	Title       string
	Description string
	Price       Amount // of one piece
	Kind        OfferKind
	ContentURL  string // where the content opens, on a verified origin; "": from a copy that is kept here alone
	Bounds      Bounds
	Incentives  []string
	Campaigns   []EntryNo // those of Incentives that are campaigns of the vendor: of its tokens, theirs alone buy it
	Royalties   []Royalty // claim 20; what is left is the vendor's
	Plan        uint64    // the vendor's royalty plan that is used instead; 0: none
	MIME        string
	SampleURL   string // free to look at, on a verified origin
	SHA256      string // of the content, 64 hexadecimal digits
	Metadata    map[string]string
	Created     time.Time
}

// Bounds end a grant at whichever comes first (claim 44); zero means no bound.
type Bounds struct {
	Views   uint32
	Hours   uint32 // after the first use
	Days    uint32 // of 24 hours, after the purchase
	Expires time.Time
}

// Over reports whether an offer is not sold any more.
func (o *Offer) Over(now time.Time) bool {
	return o.Status == OfferRetired || !o.Bounds.Expires.IsZero() && !now.Before(o.Bounds.Expires)
}

// CheckRepriced refuses with ErrInvalid a version in another currency than the one before it, if the offer has fixed
// royalties of its own: they are amounts of the first.
func CheckRepriced(had, next Offer) error {
	fixed := RoyaltyPlan{Lines: next.Royalties}.HasFixed()
	if had.Price.Currency == next.Price.Currency || !fixed || !slices.Equal(had.Royalties, next.Royalties) {
		return nil
	}
	return Invalid("price", "Ask for an amount in that currency, or post another offer.",
		"The royalties of this offer are fixed amounts in %s.", had.Price.Currency)
}

// CheckOffer returns the offer with its texts cleaned (claim 44), or refuses what cannot be sold: ErrInvalid with the
// field at fault, ErrOrigin if a URL is not the vendor's (claim 28). It works the same for an inline offer.
func CheckOffer(o Offer, v Vendor, p Policy) (Offer, error) { return checkOffer(o, v, p, false) }

// CheckKeptOffer is [CheckOffer] for content that is kept here: it opens from the wallet, and needs no URL.
func CheckKeptOffer(o Offer, v Vendor, p Policy) (Offer, error) { return checkOffer(o, v, p, true) }

func checkOffer(o Offer, v Vendor, p Policy, kept bool) (Offer, error) {
	var err error
	if o.Title, err = typedLine("title", o.Title, maxTitle); err != nil {
		return Offer{}, err
	}
	if o.Description, err = typedText("description", o.Description, maxDescription); err != nil {
		return Offer{}, err
	}
	if o.Kind == "" {
		o.Kind = Content
	}
	if o.Title == "" {
		return Offer{}, Invalid("title", "Give it a title of at most 120 characters.", "The title is missing.")
	}
	if err := checkPrice(o.Price, p); err != nil {
		return Offer{}, err
	}
	switch o.Kind {
	case Content, Service, Goods:
	default:
		return Offer{}, Invalid("kind", "Say content, service or goods.",
			"There is no kind of offer %q.", CleanLine(string(o.Kind), 20))
	}
	if err := checkURLs(o, v, kept); err != nil {
		return Offer{}, err
	}
	if err := checkBounds(o); err != nil {
		return Offer{}, err
	}
	if err := checkDetails(&o); err != nil {
		return Offer{}, err
	}
	o.Royalties, err = checkRoyalties(o.Royalties, o.Price.Micros, p)
	return o, err
}

// CheckUncut refuses with ErrInvalid an offer of whose texts [CheckOffer] would cut the end off.
func CheckUncut(o Offer) error {
	for _, text := range []struct {
		name, is string
		max      int
		clean    func(string, int) string
	}{{"title", o.Title, maxTitle, CleanLine}, {"description", o.Description, maxDescription, CleanText}} {
		if text.clean(text.is, len(text.is)) != text.clean(text.is, text.max) {
			return Invalid(text.name, "Shorten it.", "The %s is longer than %d characters.", text.name, text.max)
		}
	}
	return nil
}

func checkPrice(price Amount, p Policy) error {
	if err := checkHeld(price.Currency, p.Currencies); err != nil {
		return named(err, "price")
	}
	if price.Micros < 1 || price.Micros > maxPrice {
		return Invalid("price", "Ask for 0.000001 to 1000000.00.", "The price is out of bounds.")
	}
	return nil
}

func checkURLs(o Offer, v Vendor, kept bool) error {
	if o.ContentURL == "" && o.Kind == Content && !kept {
		return Invalid(
			"content_url",
			"Tell where the content opens after the purchase.",
			"The URL of the content is missing.",
		)
	}
	for _, u := range []struct{ param, url string }{{"content_url", o.ContentURL}, {"sample_url", o.SampleURL}} {
		if u.url == "" {
			continue
		}
		if _, err := OriginOf(u.url); err != nil {
			return named(err, u.param)
		}
		if !v.Owns(u.url) {
			return RefuseOrigin(u.param)
		}
	}
	return nil
}

func checkBounds(o Offer) error {
	b := o.Bounds
	switch {
	case b.Hours > maxDays*24:
		return Invalid("hours", "Say at most 87840, or 0 for no bound.", "The hours are out of bounds.")
	case b.Days > maxDays:
		return Invalid("days", "Say at most 3660, or 0 for no bound.", "The days are out of bounds.")
	case !b.Expires.IsZero() && !b.Expires.After(o.Created):
		return Invalid("expires_at", "Name a time to come.", "The content would have expired already.")
	}
	return nil
}

func checkDetails(o *Offer) error {
	if o.MIME != "" {
		if t, _, err := mime.ParseMediaType(o.MIME); err != nil || !strings.Contains(t, "/") || len(o.MIME) > 100 {
			return Invalid("mime_type", "Write it like text/html.", "This is not a media type.")
		}
	}
	if o.SHA256 != "" {
		if b, err := hex.DecodeString(o.SHA256); err != nil || len(b) != 32 {
			return Invalid("content_sha256", "Write the 64 hexadecimal digits.", "This is not a SHA-256 hash.")
		}
	}
	if len(o.Incentives) > 20 {
		return Invalid("incentive_ids", "Name at most 20.", "These are too many incentives.")
	}
	for _, id := range o.Incentives {
		if err := checkExact("incentive_ids", id, MaxIncentive); err != nil {
			return err
		}
	}
	return CheckMetadata(o.Metadata)
}
