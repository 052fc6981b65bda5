package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// RoyaltyPlanIn makes a royalty plan.
type RoyaltyPlanIn struct {
	Name    string      `json:"name" maxLength:"60"`
	Lines   []RoyaltyIn `json:"lines" minItems:"1" maxItems:"20"`
	Default *bool       `json:"default,omitempty" doc:"For offers that name no royalties."`
}

// RoyaltyPlanChange makes the next version of a plan; what is left out stays.
type RoyaltyPlanChange struct {
	Name    *string      `json:"name,omitempty" maxLength:"60"`
	Lines   *[]RoyaltyIn `json:"lines,omitempty" minItems:"1" maxItems:"20"`
	Default *bool        `json:"default,omitempty" doc:"For offers that name no royalties."`
}

// planRequest posts a plan.
type planRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    RoyaltyPlanIn
}

// planChangeRequest makes a new version of the plan in the path.
type planChangeRequest struct {
	ID
	Keyed
	RawBody []byte // for the fingerprint
	Body    RoyaltyPlanChange
}

// A plan is never changed in place: a sale pins the version that it was split by (claims 19, 20).
func (a *api) planRoutes() {
	register(a, needsKey(made(op(http.MethodPost, "/royalty_plans", "royalties:write", "create-royalty-plan",
		"Make a royalty plan"))),
		a.createPlan)
	register(a, op(http.MethodGet, "/royalty_plans", "royalties:read", "list-royalty-plans",
		"The royalty plans of the vendor"), a.plans)
	register(a, op(http.MethodGet, "/royalty_plans/{id}", "royalties:read", "get-royalty-plan",
		"The newest version of a royalty plan"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[view.RoyaltyPlan], error) {
			return body(v.RoyaltyPlan(ctx, in.ID))
		})
	register(a,
		op(http.MethodPatch, "/royalty_plans/{id}", "royalties:write", "change-royalty-plan",
			"Make a new version; sales keep theirs"),
		a.changePlan)
}

// createPlan makes a plan.
func (a *api) createPlan(
	ctx context.Context, v *server.Seller, in *planRequest,
) (*IdempotentBody[view.RoyaltyPlan], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o := server.RoyaltyPlanOrder{Name: in.Body.Name, Default: in.Body.Default}
	if o.Lines, o.Currency, err = planLines(in.Body.Lines); err != nil {
		return nil, err
	}
	return idempotent(v.CreateRoyaltyPlan(ctx, q, o))
}

// plans lists them all.
func (a *api) plans(ctx context.Context, v *server.Seller, _ *struct{}) (*Body[List[view.RoyaltyPlan]], error) {
	all, err := v.RoyaltyPlans(ctx)
	return list(view.Page[view.RoyaltyPlan]{Data: all}, err)
}

// changePlan makes the next version.
func (a *api) changePlan(
	ctx context.Context, v *server.Seller, in *planChangeRequest,
) (*IdempotentBody[view.RoyaltyPlan], error) {
	number, err := v.OpenRoyaltyPlan(in.ID.ID)
	if err != nil {
		return nil, err
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o := server.RoyaltyPlanOrder{Default: in.Body.Default}
	set(&o.Name, in.Body.Name)
	if in.Body.Lines != nil {
		if o.Lines, o.Currency, err = planLines(*in.Body.Lines); err != nil {
			return nil, err
		}
	}
	return idempotent(v.ChangeRoyaltyPlan(ctx, q, number, o))
}

// planLines reads the lines of a plan, and the one currency of their fixed amounts.
func planLines(in []RoyaltyIn) (lines []ledger.Royalty, c ledger.Currency, err error) {
	lines = make([]ledger.Royalty, 0, len(in))
	for _, r := range in {
		if r.Fixed != nil {
			fixed, err := r.Fixed.amount("lines")
			if err != nil {
				return nil, "", err
			}
			if c == "" {
				c = fixed.Currency
			}
			if fixed.Currency != c {
				return nil, "", ledger.Invalid("lines", "Make a plan for each currency.",
					"The fixed amounts of a plan are in one currency.")
			}
		}
		share, err := r.royalty(c)
		if err != nil {
			return nil, "", named(err, "lines")
		}
		lines = append(lines, share)
	}
	return lines, c, nil
}
