package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// CampaignIn sets money aside to be given away.
type CampaignIn struct {
	Name      string     `json:"name" maxLength:"60" doc:"Who gets something reads it."`
	Budget    Money      `json:"budget" doc:"What is set aside, out of what the vendor has earned."`
	Each      Money      `json:"each" doc:"What one gift is."`
	Audience  string     `json:"audience,omitempty" enum:"funded,new,chosen" default:"chosen"`
	Code      string     `json:"code,omitempty" maxLength:"24" doc:"By which a wallet takes a gift."`
	PerWallet uint32     `json:"per_wallet,omitempty" default:"1" minimum:"1" maximum:"10" doc:"Gifts to one wallet."`
	OfferID   string     `json:"offer_id,omitempty" maxLength:"64" doc:"The one offer that the tokens buy."`
	Days      uint32     `json:"days" minimum:"1" maximum:"732" doc:"How long a gift can be spent."`
	EndsAt    *time.Time `json:"ends_at,omitempty" doc:"Nothing is given from then on; left out: in 30 days."`
}

// GiftIn gives one gift of a campaign to a buyer.
type GiftIn struct {
	LinkID string `json:"link_id" maxLength:"64"`
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"The buyer reads it; left out: the campaign's name."`
}

// campaignRequest is a campaign with its idempotency key.
type campaignRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    CampaignIn
}

// giftRequest is a gift of the campaign in the path.
type giftRequest struct {
	ID
	Keyed
	RawBody []byte // for the fingerprint
	Body    GiftIn
}

// What is promised is there: a campaign is paid in before anything of it is given (claims 6, 7).
func (a *api) campaignRoutes() {
	register(a, needsKey(made(op(http.MethodPost, "/campaigns", "incentives:write", "open-campaign",
		"Set money aside to be given away"))),
		a.openCampaign)
	register(a, op(http.MethodGet, "/campaigns", "incentives:read", "list-campaigns",
		"The campaigns of the vendor, newest first"),
		func(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[view.Campaign]], error) {
			return list(v.Campaigns(ctx, in.paging()))
		})
	one(a, op(http.MethodGet, "/campaigns/{id}", "incentives:read", "get-campaign", "A campaign as it stands"),
		"campaign", a.names.OpenCampaign, (*server.Seller).Campaign)
	register(a, needsKey(made(op(http.MethodPost, "/campaigns/{id}/grants", "incentives:write", "give-of-campaign",
		"Give one gift of a campaign to a buyer"))), a.giveOfCampaign)
	step(a, needsKey(op(http.MethodPost, "/campaigns/{id}/close", "incentives:write", "close-campaign",
		"End a campaign; what nobody got comes back")), "campaign", a.names.OpenCampaign, (*server.Seller).CloseCampaign)
}

// openCampaign reads and opens one.
func (a *api) openCampaign(
	ctx context.Context, v *server.Seller, in *campaignRequest,
) (*IdempotentBody[view.Campaign], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	b := in.Body
	o := server.CampaignOrder{
		Name: b.Name, Code: b.Code, Audience: ledger.Audience(b.Audience), PerWallet: b.PerWallet, Days: b.Days,
	}
	if b.EndsAt != nil {
		o.Ends = stored(*b.EndsAt)
	}
	if o.Budget, err = b.Budget.amount("budget"); err != nil {
		return nil, err
	}
	if o.Each, err = b.Each.amount("each"); err != nil {
		return nil, err
	}
	if b.OfferID != "" {
		if o.Offer, err = a.names.OpenOffer(b.OfferID); err != nil {
			return nil, named(ledger.RefuseNotFound("offer"), "offer_id")
		}
	}
	return idempotent(v.OpenCampaign(ctx, q, o))
}

// giveOfCampaign gives to the buyer of a link.
func (a *api) giveOfCampaign(
	ctx context.Context, v *server.Seller, in *giftRequest,
) (*IdempotentBody[view.VendorIncentive], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	no, err := a.names.OpenCampaign(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("campaign")
	}
	link, err := a.names.OpenLink(in.Body.LinkID)
	if err != nil {
		return nil, named(ledger.RefuseNotFound("link"), "link_id")
	}
	return idempotent(v.GiveGift(ctx, q, no, link, in.Body.Reason))
}
