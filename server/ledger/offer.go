package ledger

import (
	"encoding/hex"
	"mime"
	"strings"
)

// Bounds of an offer.
const (
	maxTitle       = 120
	maxDescription = 2_000
	maxPrice       = 1_000_000 * Unit // for one piece
	maxRoyalties   = 20
	maxQuantity    = 10_000
	maxDays        = 3_660
)

// CheckOffer answers the offer with its texts cleaned, or refuses what cannot be sold: ErrInvalid with the field at
// fault, ErrOrigin if a URL is not the vendor's (claim 28). It works the same for an inline offer.
func CheckOffer(o Offer, v Vendor, p Policy) (Offer, error) {
	o.Title = CleanLine(o.Title, maxTitle)
	o.Description = CleanText(o.Description, maxDescription)
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
		return Offer{}, Invalid("kind", "Say content, service or goods.", "There is no kind of offer %q.", CleanLine(string(o.Kind), 20))
	}
	if err := checkURLs(o, v); err != nil {
		return Offer{}, err
	}
	if err := checkBounds(o); err != nil {
		return Offer{}, err
	}
	if err := checkDetails(&o); err != nil {
		return Offer{}, err
	}
	var err error
	o.Royalties, err = checkRoyalties(o.Royalties, o.Price.Micros, p)
	return o, err
}

func checkPrice(price Amount, p Policy) error {
	if err := heldHere(price.Currency, p.Currencies); err != nil {
		return named(err, "price")
	}
	if price.Micros < 1 || price.Micros > maxPrice {
		return Invalid("price", "Ask for 0.000001 to 1000000.00.", "The price is out of bounds.")
	}
	return nil
}

func checkURLs(o Offer, v Vendor) error {
	if o.ContentURL == "" && o.Kind == Content {
		return Invalid("content_url", "Tell where the content opens after the purchase.", "The URL of the content is missing.")
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
	return CheckMetadata(o.Metadata)
}

// CheckMetadata bounds what a vendor attaches: 20 entries, names up to 40 and values up to 500 bytes of clean text.
func CheckMetadata(m map[string]string) error {
	if len(m) > 20 {
		return Invalid("metadata", "Attach at most 20 entries.", "This is too much metadata.")
	}
	for k, v := range m {
		if k == "" || len(k) > 40 || len(v) > 500 || CleanLine(k, 40) != k || CleanText(v, 500) != v {
			return Invalid("metadata", "Use names up to 40 and values up to 500 bytes, without control characters or space around them.", "The metadata is not clean text.")
		}
	}
	return nil
}

// checkRoyalties cleans a royalty plan (claim 20) and refuses one that gives away more than the net of a sale.
func checkRoyalties(plan []Royalty, price int64, p Policy) ([]Royalty, error) {
	no := func(detail string) ([]Royalty, error) {
		return nil, Invalid("royalties", "Give each payee basis points or a fixed amount, together at most the price less the commission.", "%s", detail)
	}
	if len(plan) > maxRoyalties {
		return no("These are more than 20 payees.")
	}
	net := price - CommissionOf(price, p.Commission)
	clean := make([]Royalty, 0, len(plan))
	var points, fixed int64
	for _, r := range plan {
		r.Name = CleanLine(r.Name, 60)
		switch {
		case r.Name == "":
			return no("A payee has no name.")
		case r.Role != "author" && r.Role != "publisher" && r.Role != "owner":
			return no("The role of a payee is author, publisher or owner.")
		case (r.BasisPoints == 0) == (r.Fixed == 0):
			return no("A payee gets either basis points or a fixed amount.")
		case r.BasisPoints > whole || r.Fixed < 0 || r.Fixed > net:
			return no("The share of a payee is out of bounds.")
		}
		points += int64(r.BasisPoints)
		fixed += r.Fixed
		clean = append(clean, r)
	}
	if points > whole {
		return no("The shares are more than 10000 basis points.")
	}
	// What the plan asks for, rounded up, has to fit the net; then largest remainder can never ask the vendor for a micro.
	shared, err := MulDiv(net, points, whole, Floor)
	if err != nil || shared+min(1, points%whole)+fixed > net && fixed > 0 {
		return no("The payees get more than the price less the commission.")
	}
	if len(clean) == 0 {
		return nil, nil
	}
	return clean, nil
}
