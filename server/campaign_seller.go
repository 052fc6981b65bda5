package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// CampaignOrder is a campaign as its vendor sends it.
type CampaignOrder struct {
	Name      string
	Code      string
	Audience  ledger.Audience
	Each      ledger.Amount
	Budget    ledger.Amount
	PerWallet uint32
	Offer     ledger.OfferID // the one that it buys; zero: all of the vendor
	Days      uint32         // that a gift can be spent
	Ends      time.Time
}

// OpenCampaign sets aside what the vendor has earned to be given away (claims 6, 7). A repetition with the same key
// returns the first answer. It refuses with ErrNotFound an offer of another vendor, and else as [ledger.OpenCampaign].
func (v *Seller) OpenCampaign(ctx context.Context, q Request, o CampaignOrder) (view.Campaign, bool, error) {
	if q.Key == "" {
		return view.Campaign{}, false, ledger.RefuseKeyMissing()
	}
	if o.Each.Currency != o.Budget.Currency {
		return view.Campaign{}, false, ledger.Invalid("each", "Name one currency.",
			"A gift is in the currency of the budget.")
	}
	at := v.s.clock()
	if o.Ends.IsZero() {
		o.Ends = at.Add(days(30))
	}
	return once(ctx, v, q, "campaign", func(tx books.Tx) (shown view.Campaign, err error) {
		c := ledger.Campaign{
			Vendor: v.ID, ByVendor: true, Name: o.Name, Code: o.Code, Audience: o.Audience, Each: o.Each.Micros,
			Budget: o.Budget, PerWallet: o.PerWallet, Life: days(o.Days), Ends: o.Ends,
		}
		if o.Offer != (ledger.OfferID{}) {
			if _, err := v.offer(tx.Reader, o.Offer); err != nil {
				return shown, err
			}
			c.Offer = o.Offer.Number
		}
		f, err := campaignFacts(tx, 0, v.ID, v.actor())
		if err != nil {
			return shown, err
		}
		out, err := openCampaign(tx, c, f, at)
		if err != nil {
			return shown, err
		}
		return v.s.campaignView(tx.Reader, out.Campaign)
	})
}

// campaign reads one of the vendor's own campaigns. It refuses with ErrNotFound.
func (v *Seller) campaign(r books.Reader, no ledger.EntryNo) (ledger.Campaign, error) {
	c, err := campaignAt(r, no)
	if err == nil && (!c.ByVendor || c.Vendor != v.ID) {
		return ledger.Campaign{}, ledger.RefuseNotFound("campaign")
	}
	return c, err
}

// CloseCampaign ends a campaign of the vendor before its time: what nobody got goes back to what it has earned. It
// refuses as [ledger.EndCampaign] does.
func (v *Seller) CloseCampaign(ctx context.Context, q Request, no ledger.EntryNo) (view.Campaign, bool, error) {
	if q.Key == "" {
		return view.Campaign{}, false, ledger.RefuseKeyMissing()
	}
	at := v.s.clock()
	return once(ctx, v, q, "campaign close", func(tx books.Tx) (shown view.Campaign, err error) {
		if _, err := v.campaign(tx.Reader, no); err != nil {
			return shown, err
		}
		f, err := campaignFacts(tx, no, v.ID, v.actor())
		if err != nil {
			return shown, err
		}
		out, err := ledger.EndCampaign(f, at)
		if err != nil {
			return shown, err
		}
		if err := putCampaign(tx, out); err != nil {
			return shown, err
		}
		return v.s.campaignView(tx.Reader, out.Campaign)
	})
}

// GiveGift gives one gift of a campaign to a buyer who has a link with the vendor. A repetition with the same key
// returns the first. It refuses with ErrNotFound a link or a campaign that is not of this vendor, and else as
// [ledger.TakeGift] does.
func (v *Seller) GiveGift(
	ctx context.Context, q Request, no ledger.EntryNo, link ledger.LinkID, reason string,
) (shown view.VendorIncentive, replayed bool, err error) {
	at := v.s.clock()
	var user ledger.UserID
	ref, replayed, err := v.idempotent(ctx, q, at, func(tx books.Tx) (string, []byte, error) {
		c, err := v.campaign(tx.Reader, no)
		if err != nil {
			return "", nil, err
		}
		l, err := v.link(tx.Reader, link)
		if err != nil {
			return "", nil, err
		}
		if !l.Active(at) {
			return "", nil, ledger.RefuseNotFound("link")
		}
		out, err := takeGift(tx, c, l.ID.User, reason, v.actor(), at)
		if err != nil {
			return "", nil, err
		}
		user, shown = l.ID.User, v.incentiveView(out.Entry)
		return "incentive", entryRef(out.Entry.No), nil
	})
	switch {
	case err != nil:
		return view.VendorIncentive{}, false, err
	case replayed:
		shown, err = v.IncentiveGiven(ctx, refEntry(ref))
		return shown, true, err
	}
	v.s.notifier.wake(topicUser(user))
	v.s.webhooks.Wake()
	return shown, false, nil
}

// Campaigns lists the campaigns of the vendor, newest first. It refuses with ErrInvalid an unknown cursor.
func (v *Seller) Campaigns(ctx context.Context, q view.Paging) (page view.Page[view.Campaign], err error) {
	err = v.view(ctx, func(r books.Reader) error {
		page, err = v.s.campaignsOf(r, v.ID, q)
		return err
	})
	return page, err
}

// Campaign reads a campaign of the vendor. It refuses with ErrNotFound.
func (v *Seller) Campaign(ctx context.Context, no ledger.EntryNo) (shown view.Campaign, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		c, err := v.campaign(r, no)
		if err != nil {
			return err
		}
		shown, err = v.s.campaignView(r, c)
		return err
	})
	return shown, err
}

// campaignsNamed reads the campaigns that an offer names among its incentives (claim 44): they alone buy it of what the
// vendor gives. Other ids stay what they are, the vendor's own. It refuses with ErrInvalid a campaign of another.
func (v *Seller) campaignsNamed(r books.Reader, ids []string) (all []ledger.EntryNo, err error) {
	for _, id := range ids {
		if !v.s.seal.IsCampaign(id) {
			continue
		}
		no, err := v.s.seal.OpenCampaign(id)
		if err == nil {
			_, err = v.campaign(r, no)
		}
		if err != nil {
			return nil, ledger.Invalid("incentive_ids", "Name campaigns of your own: GET /v1/campaigns.",
				"There is no campaign %q.", ledger.CleanLine(id, 60))
		}
		all = append(all, no)
	}
	return all, nil
}
