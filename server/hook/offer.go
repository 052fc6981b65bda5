package hook

import (
	"time"

	"tuppence/server/ledger"
)

// OfferIn is what a vendor posts to sell something (claim 44). Of views, hours, days and expiry, what comes first ends
// what was bought; 0 is no bound.
type OfferIn struct {
	Title       string            `json:"title" maxLength:"120" example:"How rivers freeze"`
	Description string            `json:"description,omitempty" maxLength:"2000"`
	Price       Money             `json:"price"`
	Kind        string            `json:"kind,omitempty" enum:"content,service,goods" default:"content"`
	ContentURL  string            `json:"content_url,omitempty" maxLength:"2000"`
	Views       uint32            `json:"views,omitempty" doc:"How often it may be opened; 0: no bound."`
	Hours       uint32            `json:"hours,omitempty" maximum:"87840" doc:"Hours after the first use; 0: no bound."`
	Days        uint32            `json:"days,omitempty" maximum:"3660" doc:"Days after the purchase; 0: no bound."`
	ExpiresAt   *time.Time        `json:"expires_at,omitempty" doc:"Absolute end."`
	Incentives  []string          `json:"incentive_ids,omitempty" maxItems:"20"`
	Royalties   []RoyaltyIn       `json:"royalties,omitempty" maxItems:"20"`
	Plan        string            `json:"royalty_plan,omitempty" maxLength:"64" doc:"A plan, or none; else the default."`
	MIME        string            `json:"mime_type,omitempty" maxLength:"200"`
	SampleURL   string            `json:"sample_url,omitempty" maxLength:"2000"`
	SHA256      string            `json:"content_sha256,omitempty" maxLength:"64"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// RoyaltyIn is one payee of an offer (claim 20): a share in basis points, or a fixed amount per piece.
type RoyaltyIn struct {
	Payee string `json:"payee" maxLength:"200"`
	Role  string `json:"role" enum:"author,publisher,owner,performer,agent,other"`
	Share uint32 `json:"percent_bp,omitempty" maximum:"10000" doc:"Basis points of the net."`
	Fixed *Money `json:"fixed,omitempty"`
}

// OfferChange is what a new version changes; what it leaves out stays. Pointers tell a field that is left out from one
// that is set to nothing: 0 views take a bound away. Kind and payees stay what they were: another kind is another
// offer.
type OfferChange struct {
	Title       *string            `json:"title,omitempty" maxLength:"120"`
	Description *string            `json:"description,omitempty" maxLength:"2000"`
	Price       *Money             `json:"price,omitempty"`
	ContentURL  *string            `json:"content_url,omitempty" maxLength:"2000"`
	Views       *uint32            `json:"views,omitempty"`
	Hours       *uint32            `json:"hours,omitempty" maximum:"87840"`
	Days        *uint32            `json:"days,omitempty" maximum:"3660"`
	ExpiresAt   *time.Time         `json:"expires_at,omitempty"`
	Metadata    *map[string]string `json:"metadata,omitempty"`
	Plan        *string            `json:"royalty_plan,omitempty" maxLength:"64" doc:"A plan, or none."`
	Status      *string            `json:"status,omitempty" enum:"active,retired"`
}

// offer reads what was posted; whether it can be sold is decided later.
func (in OfferIn) offer() (ledger.Offer, error) {
	price, err := in.Price.amount("price")
	if err != nil {
		return ledger.Offer{}, err
	}
	o := ledger.Offer{
		Title: in.Title, Description: in.Description, Price: price, Kind: ledger.OfferKind(in.Kind),
		ContentURL: in.ContentURL, Bounds: ledger.Bounds{Views: in.Views, Hours: in.Hours, Days: in.Days},
		Incentives: in.Incentives, MIME: in.MIME, SampleURL: in.SampleURL, SHA256: in.SHA256, Metadata: in.Metadata,
	}
	if in.ExpiresAt != nil {
		o.Bounds.Expires = stored(*in.ExpiresAt)
	}
	for _, r := range in.Royalties {
		share, err := r.royalty(price.Currency)
		if err != nil {
			return o, err
		}
		o.Royalties = append(o.Royalties, share)
	}
	return o, nil
}

// royalty reads one share; c is the currency of the price, the only one in which it can be paid.
func (in RoyaltyIn) royalty(c ledger.Currency) (ledger.Royalty, error) {
	share := ledger.Royalty{Name: in.Payee, Role: in.Role, BasisPoints: in.Share}
	if in.Fixed == nil {
		return share, nil
	}
	fixed, err := in.Fixed.amount("royalties")
	if err != nil {
		return share, err
	}
	if fixed.Currency != c {
		return share, ledger.Invalid("royalties", "Name it in the currency of the price.",
			"A royalty is in another currency than the price.")
	}
	share.Fixed = fixed.Micros
	return share, nil
}

// change makes the function that turns the old version into the new one.
func (in OfferChange) change() (func(*ledger.Offer), error) {
	var price *ledger.Amount
	if in.Price != nil {
		p, err := in.Price.amount("price")
		if err != nil {
			return nil, err
		}
		price = &p
	}
	return func(o *ledger.Offer) {
		set(&o.Title, in.Title)
		set(&o.Description, in.Description)
		set(&o.Price, price)
		set(&o.ContentURL, in.ContentURL)
		set(&o.Bounds.Views, in.Views)
		set(&o.Bounds.Hours, in.Hours)
		set(&o.Bounds.Days, in.Days)
		set(&o.Metadata, in.Metadata)
		set(&o.Status, (*ledger.OfferStatus)(in.Status))
		if in.ExpiresAt != nil {
			o.Bounds.Expires = stored(*in.ExpiresAt)
		}
	}, nil
}

// set changes a field if there is something to change it to.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// stored is a time as the books keep it, so that an answer says at once what a later one will say.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
