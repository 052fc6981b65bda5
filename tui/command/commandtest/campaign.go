package commandtest

import (
	"context"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// campaign is the one campaign of the double.
func campaign() view.Campaign {
	return view.Campaign{
		ID: "cmp_4q8pv", Name: "Welcome to spring", Code: "SPRING26", State: "open", Each: EUR(500_000),
		Budget: EUR(50_000_000), Left: EUR(48_500_000), Given: 3, Audience: ledger.AudienceNew, PerWallet: 1,
		Vendor: "acme-news", By: "tuppence", Days: 90, Created: after(0), Ends: view.At(Now.Add(30 * 24 * time.Hour)),
	}
}

// Campaigns returns the campaign.
func (s *Service) Campaigns(
	_ context.Context, _ view.Caller, vendor string, _ view.Paging,
) (view.Page[view.Campaign], error) {
	return call(s, "Campaigns", func() (view.Page[view.Campaign], error) {
		if vendor != "" {
			return view.Page[view.Campaign]{}, nil
		}
		return view.Page[view.Campaign]{Data: []view.Campaign{campaign()}}, nil
	})
}

// OpenCampaign returns it as it was asked for.
func (s *Service) OpenCampaign(
	_ context.Context, _ view.Caller, q view.CampaignRequest,
) (view.Campaign, error) {
	return call(s, "OpenCampaign", func() (view.Campaign, error) {
		c := campaign()
		c.Name, c.Code, c.Each, c.Budget, c.Left, c.Given = q.Name, q.Code, q.Each, q.Budget, q.Budget, 0
		c.Vendor, c.Audience, c.PerWallet, c.Days = q.Vendor, ledger.Audience(q.Audience), q.PerWallet, q.Days
		return c, nil
	})
}

// ApproveCampaign finds the one campaign open already.
func (s *Service) ApproveCampaign(_ context.Context, _ view.Caller, id string) (view.Campaign, error) {
	return call(s, "ApproveCampaign", func() (view.Campaign, error) {
		if id != campaign().ID {
			return view.Campaign{}, ledger.RefuseNotFound("campaign")
		}
		return view.Campaign{}, ledger.RefuseState("campaign", "open")
	})
}

// CloseCampaign ends it.
func (s *Service) CloseCampaign(_ context.Context, _ view.Caller, id string) (view.Campaign, error) {
	return call(s, "CloseCampaign", func() (view.Campaign, error) {
		c := campaign()
		if id != c.ID {
			return view.Campaign{}, ledger.RefuseNotFound("campaign")
		}
		c.State, c.Left = "ended", EUR(0)
		return c, nil
	})
}

// TakeIncentive gives a gift under the code of the campaign.
func (s *Service) TakeIncentive(_ context.Context, _ view.Caller, code string) (view.Incentive, error) {
	return call(s, "TakeIncentive", func() (view.Incentive, error) {
		c := campaign()
		if ledger.CampaignCode(code) != c.Code {
			return view.Incentive{}, ledger.Refuse(ledger.ErrNotFound, "Compare it with what you were told. It may be over.",
				"Nothing is given under this code.")
		}
		return view.Incentive{
			ID: "inc_sprng", Amount: c.Each, Left: c.Each, Vendor: c.Vendor, By: c.By, Reason: c.Name, State: "usable",
			Expires: view.At(Now.Add(90 * 24 * time.Hour)),
		}, nil
	})
}
