package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
)

// OfferIn is what a vendor posts to sell something (claim 44).
type OfferIn struct {
	Title       string            `json:"title" maxLength:"120" example:"How rivers freeze"`
	Description string            `json:"description,omitempty" maxLength:"2000"`
	Price       Money             `json:"price"`
	Kind        string            `json:"kind,omitempty" enum:"content,service,goods" default:"content"`
	ContentURL  string            `json:"content_url,omitempty" maxLength:"2000" doc:"What opens after the purchase; on a verified origin."`
	Views       uint32            `json:"views,omitempty" doc:"How often it may be opened; 0: no bound."`
	Hours       uint32            `json:"hours,omitempty" doc:"Hours after the first use; 0: no bound."`
	Days        uint32            `json:"days,omitempty" doc:"Days after the purchase; 0: no bound."`
	ExpiresAt   *time.Time        `json:"expires_at,omitempty" doc:"Absolute end."`
	Incentives  []string          `json:"incentive_ids,omitempty" maxItems:"20" doc:"Kept with the offer; nothing is given for them yet."`
	Royalties   []RoyaltyIn       `json:"royalties,omitempty" maxItems:"20" doc:"Shares of the price less commission; the rest is the vendor's."`
	MIME        string            `json:"mime_type,omitempty" maxLength:"200"`
	SampleURL   string            `json:"sample_url,omitempty" maxLength:"2000"`
	SHA256      string            `json:"content_sha256,omitempty" maxLength:"64"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// RoyaltyIn is one payee of an offer: a share in basis points, or a fixed amount per piece.
type RoyaltyIn struct {
	Payee string `json:"payee" maxLength:"200"`
	Role  string `json:"role" enum:"author,publisher,owner"`
	Share uint32 `json:"percent_bp,omitempty" maximum:"10000" doc:"Basis points of the net."`
	Fixed *Money `json:"fixed,omitempty"`
}

// Offer is one version of what is sold.
type Offer struct {
	ID      string `json:"id"`
	Version uint32 `json:"version"`
	Status  string `json:"status" enum:"active,retired"`
	OfferIn
	Created time.Time `json:"created"`
}

// OfferChange is what a new version changes; what it leaves out stays.
type OfferChange struct {
	Title       *string            `json:"title,omitempty" maxLength:"120"`
	Description *string            `json:"description,omitempty" maxLength:"2000"`
	Price       *Money             `json:"price,omitempty"`
	ContentURL  *string            `json:"content_url,omitempty" maxLength:"2000"`
	Views       *uint32            `json:"views,omitempty"`
	Hours       *uint32            `json:"hours,omitempty"`
	Days        *uint32            `json:"days,omitempty"`
	ExpiresAt   *time.Time         `json:"expires_at,omitempty"`
	Metadata    *map[string]string `json:"metadata,omitempty"`
	Status      *string            `json:"status,omitempty" enum:"active,retired"`
}

func (a *api) offerRoutes() {
	register(a, made(op(http.MethodPost, "/offers", "create-offer", "Post an offer")),
		func(ctx context.Context, v *server.Seller, in *struct{ Body OfferIn }) (*Body[Offer], error) {
			o, err := in.Body.offer()
			if err != nil {
				return nil, err
			}
			out, err := v.CreateOffer(ctx, o)
			if err != nil {
				return nil, err
			}
			return body(a.offer(out)), nil
		})
	register(a, op(http.MethodGet, "/offers", "list-offers", "The offers of the vendor, newest version of each"),
		func(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[Offer]], error) {
			before, err := in.before(a.names)
			if err != nil {
				return nil, err
			}
			list, err := v.Offers(ctx, before, in.Limit+1)
			if err != nil {
				return nil, err
			}
			next := ""
			if len(list) > in.Limit {
				list = list[:in.Limit]
				next = a.names.Cursor(list[in.Limit-1].ID.Number)
			}
			var data []Offer
			for _, o := range list {
				data = append(data, a.offer(o))
			}
			return page(data, next), nil
		})
	register(a, op(http.MethodGet, "/offers/{id}", "get-offer", "The newest version of an offer"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Offer], error) {
			id, err := a.names.OpenOffer(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("offer")
			}
			o, err := v.Offer(ctx, id)
			if err != nil {
				return nil, err
			}
			return body(a.offer(o)), nil
		})
	register(a, op(http.MethodPatch, "/offers/{id}", "change-offer", "Make a new version; sales keep theirs"),
		func(ctx context.Context, v *server.Seller, in *struct {
			ID
			Body OfferChange
		},
		) (*Body[Offer], error) {
			id, err := a.names.OpenOffer(in.ID.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("offer")
			}
			change, err := in.Body.change()
			if err != nil {
				return nil, err
			}
			o, err := v.ChangeOffer(ctx, id, change)
			if err != nil {
				return nil, err
			}
			return body(a.offer(o)), nil
		})
}

// offer reads what was posted; whether it can be sold is decided later.
func (in OfferIn) offer() (ledger.Offer, error) {
	price, err := in.Price.amount("price")
	if err != nil {
		return ledger.Offer{}, err
	}
	o := ledger.Offer{
		Title: in.Title, Description: in.Description, Price: price, Kind: ledger.OfferKind(in.Kind), ContentURL: in.ContentURL,
		Bounds: ledger.Bounds{Views: in.Views, Hours: in.Hours, Days: in.Days}, Incentives: in.Incentives,
		MIME: in.MIME, SampleURL: in.SampleURL, SHA256: in.SHA256, Metadata: in.Metadata,
	}
	if in.ExpiresAt != nil {
		o.Bounds.Expires = in.ExpiresAt.UTC().Truncate(time.Microsecond)
	}
	for _, r := range in.Royalties {
		share := ledger.Royalty{Name: r.Payee, Role: r.Role, BasisPoints: r.Share}
		if r.Fixed != nil {
			fixed, err := r.Fixed.amount("royalties")
			if err != nil {
				return o, err
			}
			if fixed.Currency != price.Currency {
				return o, ledger.Invalid("royalties", "Name it in the currency of the price.", "A royalty is in another currency than the price.")
			}
			share.Fixed = fixed.Micros
		}
		o.Royalties = append(o.Royalties, share)
	}
	return o, nil
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
			o.Bounds.Expires = in.ExpiresAt.UTC().Truncate(time.Microsecond)
		}
	}, nil
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (a *api) offer(o ledger.Offer) Offer {
	out := Offer{
		ID: a.names.Offer(o.ID), Version: o.Version, Status: string(o.Status), Created: o.Created,
		OfferIn: OfferIn{
			Title: o.Title, Description: o.Description, Price: money(o.Price), Kind: string(o.Kind), ContentURL: o.ContentURL,
			Views: o.Bounds.Views, Hours: o.Bounds.Hours, Days: o.Bounds.Days, ExpiresAt: later(o.Bounds.Expires), Incentives: o.Incentives,
			MIME: o.MIME, SampleURL: o.SampleURL, SHA256: o.SHA256, Metadata: o.Metadata,
		},
	}
	for _, r := range o.Royalties {
		share := RoyaltyIn{Payee: r.Name, Role: r.Role, Share: r.BasisPoints}
		if r.Fixed > 0 {
			m := money(amountOf(r.Fixed, o.Price.Currency))
			share.Fixed = &m
		}
		out.Royalties = append(out.Royalties, share)
	}
	return out
}

func amountOf(micros int64, c ledger.Currency) ledger.Amount {
	return ledger.Amount{Micros: micros, Currency: c}
}
