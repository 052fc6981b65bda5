package commandtest

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// plan is the one royalty plan of the double.
func plan() view.RoyaltyPlan {
	fixed := EUR(10_000)
	return view.RoyaltyPlan{
		ID: "rpl_4q8pv", Version: 2, Name: "standard", Currency: "EUR", Default: true, Created: after(0),
		Lines: []view.Royalty{
			{Payee: "Ada Byron", Role: "author", Share: 1250}, {Payee: "Press", Role: "publisher", Fixed: &fixed},
		},
	}
}

// RoyaltyPlans returns the plan.
func (s *Service) RoyaltyPlans(context.Context, view.Caller, string) ([]view.RoyaltyPlan, error) {
	return call(s, "RoyaltyPlans", func() ([]view.RoyaltyPlan, error) { return []view.RoyaltyPlan{plan()}, nil })
}

// RoyaltyPlan returns the plan, in the version that is asked for.
func (s *Service) RoyaltyPlan(
	_ context.Context, _ view.Caller, _, name string, version uint32,
) (view.RoyaltyPlan, error) {
	return call(s, "RoyaltyPlan", func() (view.RoyaltyPlan, error) {
		p := plan()
		if name != p.Name {
			return p, ledger.RefuseNotFound("royalty plan")
		}
		if version != 0 {
			p.Version = version
		}
		return p, nil
	})
}

// SetRoyaltyPlan makes the next version.
func (s *Service) SetRoyaltyPlan(
	_ context.Context, _ view.Caller, q view.RoyaltyPlanOrder,
) (view.RoyaltyPlan, error) {
	return call(s, "SetRoyaltyPlan", func() (view.RoyaltyPlan, error) {
		p := plan()
		p.Name = q.Plan
		if q.Lines != "" {
			p.Version++
			_, err := ledger.ParsePlanLines(q.Lines)
			return p, err
		}
		return p, nil
	})
}
