package commandtest

import (
	"context"
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// TeamCode is the code for a place in the team of acme-news.
const TeamCode = "M-7KQ2M-9XW4C-3HJRT"

// team are the members of acme-news, and a code that waits.
func team() []view.TeamMember {
	began := view.At(Now.AddDate(0, -1, 0))
	return []view.TeamMember{
		{
			ID: "mbr_2kq8x", Fingerprint: Vera.Fingerprint, Name: "vera", Role: "owner", Added: began, LastUsed: "2026-11-24",
			Here: true,
		},
		{
			ID: "mbr_5tz3m", Fingerprint: "SHA256:finn3xKq9", Name: "finn", Role: "finance", Added: began,
			LastUsed: "2026-11-20",
		},
		{ID: "mbr_9wd4r", Role: "read", Added: after(0), Expires: after(24 * time.Hour)},
	}
}

// VendorTeam returns the team of acme-news, and nobody for another vendor.
func (s *Service) VendorTeam(_ context.Context, _ view.Caller, vendor string) (view.Page[view.TeamMember], error) {
	return call(s, "VendorTeam", func() (p view.Page[view.TeamMember], err error) {
		if vendor != "acme-news" {
			return p, nil
		}
		return view.All(s.Data.Team), nil
	})
}

// VendorTeamCode returns a code for an owner.
func (s *Service) VendorTeamCode(_ context.Context, _ view.Caller, vendor string) (view.TeamCode, error) {
	return call(s, "VendorTeamCode", func() (view.TeamCode, error) { return teamCode(vendor, "owner"), nil })
}

func teamCode(vendor, role string) view.TeamCode {
	return view.TeamCode{
		Vendor: vendor, Role: role, Code: TeamCode, Type: "ssh tuppence.example team join " + TeamCode,
		Expires: after(24 * time.Hour),
	}
}

// TeamJoin knows one code.
func (s *Service) TeamJoin(_ context.Context, who view.Caller, code, name string) (view.Identity, error) {
	return call(s, "TeamJoin", func() (id view.Identity, err error) {
		if code != TeamCode {
			return id, ledger.RefuseTeamCode()
		}
		id = s.Data.People[who.Fingerprint]
		id.Shop, id.ShopRole = "acme-news", "read"
		if id.Role == ledger.RoleNone {
			id.Role, id.Name = ledger.RoleVendor, name
		}
		s.Data.People[who.Fingerprint] = id
		return id, nil
	})
}

// Team returns the places.
func (s *Service) Team(context.Context, view.Caller) (view.Page[view.TeamMember], error) {
	return call(s, "Team", func() (view.Page[view.TeamMember], error) {
		return view.All(slices.Clone(s.Data.Team)), nil
	})
}

// TeamInvite returns a code.
func (s *Service) TeamInvite(_ context.Context, _ view.Caller, role string) (view.TeamCode, error) {
	return call(s, "TeamInvite", func() (view.TeamCode, error) {
		s.Data.Got = role
		return teamCode("acme-news", role), nil
	})
}

// TeamRole gives a member another role; who is the last owner is known to the rules only.
func (s *Service) TeamRole(_ context.Context, _ view.Caller, member, role string) (view.TeamMember, error) {
	return call(s, "TeamRole", func() (view.TeamMember, error) {
		m, err := s.member(member)
		if err != nil {
			return view.TeamMember{}, err
		}
		m.Role, s.Data.Got = role, role
		s.wake()
		return *m, nil
	})
}

// TeamRemove ends a place.
func (s *Service) TeamRemove(_ context.Context, _ view.Caller, member string) (view.TeamMember, error) {
	return call(s, "TeamRemove", func() (view.TeamMember, error) {
		m, err := s.member(member)
		if err != nil {
			return view.TeamMember{}, err
		}
		gone := *m
		s.Data.Got = gone.ID
		s.Data.Team = slices.DeleteFunc(s.Data.Team, func(o view.TeamMember) bool { return o.ID == gone.ID })
		s.wake()
		return gone, nil
	})
}

func (s *Service) member(typed string) (*view.TeamMember, error) {
	for i, m := range s.Data.Team {
		if typed == m.ID || typed == m.Name || typed == m.Fingerprint {
			return &s.Data.Team[i], nil
		}
	}
	return nil, noSuch("member", typed)
}

// TeamLog returns two lines.
func (s *Service) TeamLog(context.Context, view.Caller, view.Paging) (view.Page[view.TeamAct], error) {
	return call(s, "TeamLog", func() (view.Page[view.TeamAct], error) {
		return view.All([]view.TeamAct{
			{At: after(0), Key: "SHA256:finn3xKq9", Name: "finn", Act: "shop refund", Note: "0.40 EUR"},
			{At: view.At(Now.AddDate(0, -1, 0)), Key: Vera.Fingerprint, Name: "vera", Act: "team join", Note: "team: owner"},
		}), nil
	})
}

// ShopToday returns a day with sales, a refund, a dispute that waits and a hook that fails.
func (s *Service) ShopToday(_ context.Context, who view.Caller) (view.ShopToday, error) {
	return call(s, "ShopToday", func() (view.ShopToday, error) {
		t := s.Data.Shop.Today
		t.Role = s.Data.People[who.Fingerprint].ShopRole
		return t, nil
	})
}

// shopPage is the page of a list that a person asks for; the cursor is the id of the last row.
func shopPage[T any](all []T, q view.Paging, id func(T) string) view.Page[T] {
	return deskPage(slices.Clone(all), view.DeskQuery{Paging: q}, id)
}

// shopOne finds a thing by its id.
func shopOne[T any](all []T, what, id string, of func(T) string) (one T, err error) {
	for _, v := range all {
		if of(v) == id {
			return v, nil
		}
	}
	return one, noSuch(what, id)
}

// ShopOffers returns the catalogue.
func (s *Service) ShopOffers(_ context.Context, _ view.Caller, q view.Paging) (view.Page[view.Offer], error) {
	return call(s, "ShopOffers", func() (view.Page[view.Offer], error) {
		return shopPage(s.Data.Shop.Offers, q, func(o view.Offer) string { return o.ID }), nil
	})
}

// ShopOffer returns one offer.
func (s *Service) ShopOffer(_ context.Context, _ view.Caller, id string) (view.Offer, error) {
	return call(s, "ShopOffer", func() (view.Offer, error) {
		return shopOne(s.Data.Shop.Offers, "offer", id, func(o view.Offer) string { return o.ID })
	})
}

// ShopSales returns the sales in a state.
func (s *Service) ShopSales(
	_ context.Context, _ view.Caller, q view.ShopSalesQuery,
) (view.Page[view.Charge], error) {
	return call(s, "ShopSales", func() (view.Page[view.Charge], error) {
		all := slices.DeleteFunc(slices.Clone(s.Data.Shop.Sales), func(c view.Charge) bool {
			return q.Status != "" && c.Status != q.Status
		})
		return shopPage(all, q.Paging, func(c view.Charge) string { return c.ID }), nil
	})
}

// ShopSale returns one sale.
func (s *Service) ShopSale(_ context.Context, _ view.Caller, id string) (view.Charge, error) {
	return call(s, "ShopSale", func() (view.Charge, error) {
		return shopOne(s.Data.Shop.Sales, "sale", id, func(c view.Charge) string { return c.ID })
	})
}

// ShopDisputes returns the disputes in a state.
func (s *Service) ShopDisputes(
	_ context.Context, _ view.Caller, state string, q view.Paging,
) (view.Page[view.VendorDispute], error) {
	return call(s, "ShopDisputes", func() (view.Page[view.VendorDispute], error) {
		all := slices.DeleteFunc(slices.Clone(s.Data.Shop.Disputes), func(d view.VendorDispute) bool {
			return state != "" && d.Stage != state
		})
		return shopPage(all, q, func(d view.VendorDispute) string { return d.ID }), nil
	})
}

// ShopDispute returns one dispute.
func (s *Service) ShopDispute(_ context.Context, _ view.Caller, id string) (view.VendorDispute, error) {
	return call(s, "ShopDispute", func() (view.VendorDispute, error) {
		return shopOne(s.Data.Shop.Disputes, "dispute", id, func(d view.VendorDispute) string { return d.ID })
	})
}

// ShopSettlements returns the one settlement.
func (s *Service) ShopSettlements(
	context.Context, view.Caller, view.Paging,
) (view.Page[view.Settlement], error) {
	return call(s, "ShopSettlements", func() (view.Page[view.Settlement], error) {
		return view.All([]view.Settlement{settlement()}), nil
	})
}

// ShopSettlement returns it.
func (s *Service) ShopSettlement(_ context.Context, _ view.Caller, id string) (view.Settlement, error) {
	return call(s, "ShopSettlement", func() (view.Settlement, error) {
		return shopOne([]view.Settlement{settlement()}, "settlement", id, func(v view.Settlement) string { return v.ID })
	})
}

// ShopStatement returns the statement that staff read, too.
func (s *Service) ShopStatement(ctx context.Context, who view.Caller, id string) (view.Statement, error) {
	_, _ = call(s, "ShopStatement", func() (struct{}, error) { return struct{}{}, nil })
	return s.Statement(ctx, who, id)
}

// ShopSheet returns it on paper.
func (s *Service) ShopSheet(ctx context.Context, who view.Caller, id string) (view.Sheet, error) {
	_, _ = call(s, "ShopSheet", func() (struct{}, error) { return struct{}{}, nil })
	return s.StatementSheet(ctx, who, id)
}

// ShopHooks returns the endpoints.
func (s *Service) ShopHooks(context.Context, view.Caller) ([]view.Endpoint, error) {
	return list(s, "ShopHooks", &s.Data.Shop.Hooks)
}

// ShopEvents returns the events of a type.
func (s *Service) ShopEvents(
	_ context.Context, _ view.Caller, kind string, q view.Paging,
) (view.Page[view.VendorEvent], error) {
	return call(s, "ShopEvents", func() (view.Page[view.VendorEvent], error) {
		all := slices.DeleteFunc(slices.Clone(s.Data.Shop.Events), func(e view.VendorEvent) bool {
			return kind != "" && e.Type != kind
		})
		return shopPage(all, q, func(e view.VendorEvent) string { return e.ID }), nil
	})
}

// ShopPlans returns the plans that the operator sees.
func (s *Service) ShopPlans(ctx context.Context, who view.Caller) ([]view.RoyaltyPlan, error) {
	_, _ = call(s, "ShopPlans", func() (struct{}, error) { return struct{}{}, nil })
	return s.RoyaltyPlans(ctx, who, "acme-news")
}

// ShopCampaigns returns the campaigns that the operator sees.
func (s *Service) ShopCampaigns(
	ctx context.Context, who view.Caller, q view.Paging,
) (view.Page[view.Campaign], error) {
	_, _ = call(s, "ShopCampaigns", func() (struct{}, error) { return struct{}{}, nil })
	return s.Campaigns(ctx, who, "", q)
}
