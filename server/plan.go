package server

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// setPlan makes a version of a vendor's royalty plan, in the transaction of whoever asks for it.
func (s *Server) setPlan(
	tx books.Tx, v ledger.Vendor, had ledger.RoyaltyPlan, sold planSold, c ledger.PlanChange, at time.Time,
) (p ledger.RoyaltyPlan, me ledger.Vendor, err error) {
	f := ledger.PlanFacts{Vendor: v, Plan: had}
	if had.Number != 0 && (ledger.RoyaltyPlan{Lines: c.Lines}).HasFixed() {
		if f.Cheapest, err = sold.within(tx.Reader, had, at); err != nil {
			return p, me, err
		}
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return p, me, err
	}
	all, err := tx.Plans(v.ID)
	if err != nil {
		return p, me, err
	}
	f.Taken = slices.ContainsFunc(all, func(o ledger.RoyaltyPlan) bool {
		return o.Number != had.Number && o.Name == ledger.CleanLine(c.Name, 60)
	})
	if f.No, err = tx.Next(); err != nil {
		return p, me, err
	}
	if f.Generation, err = tx.Generation(); err != nil {
		return p, me, err
	}
	// Payees are numbered where nothing else can be refused any more: a name that was only tried is no payee.
	out, err := ledger.DecidePlan(c, f, at)
	if err != nil {
		return p, me, err
	}
	if out.Plan.Version != had.Version {
		if out.Plan.Lines, err = payeesOf(tx, v.ID, out.Plan.Lines); err != nil {
			return p, me, err
		}
		if err := tx.PutPlan(out.Plan); err != nil {
			return p, me, err
		}
	}
	p = out.Plan
	out.Entry.Plan = &p
	if _, err := tx.Append(out.Entry); err != nil {
		return p, me, err
	}
	return p, out.Vendor, tx.PutVendor(out.Vendor)
}

// payeesOf returns the lines with their payees numbered. A payee has one number at a vendor, whatever names it:
// royalties of one author add up.
func payeesOf(tx books.Tx, v ledger.VendorID, lines []ledger.Royalty) ([]ledger.Royalty, error) {
	lines = slices.Clone(lines)
	for i, share := range lines {
		id, found, err := tx.Payee(v, share.Name)
		if err != nil {
			return nil, err
		}
		if !found {
			if id, err = tx.NextPayee(); err != nil {
				return nil, err
			}
			if err := tx.PutPayee(v, share.Name, id); err != nil {
				return nil, err
			}
		}
		lines[i].Payee = id
	}
	return lines, nil
}

// planOf reads the newest version of the plan of an offer, nil if it has none.
func planOf(r books.Reader, o ledger.Offer) (*ledger.RoyaltyPlan, error) {
	if o.Plan == 0 {
		return nil, nil
	}
	p, found, err := r.Plan(o.ID.Vendor, o.Plan, 0)
	if err != nil || !found {
		return nil, cmp.Or(err, errNoPlan)
	}
	return &p, nil
}

// errNoPlan is damage: plans are never taken away.
var errNoPlan = errors.New("server: an offer has a royalty plan that is not there")

// planNamed finds a plan of a vendor by its name or its id. It refuses with ErrNotFound.
func (s *Server) planNamed(r books.Reader, v ledger.VendorID, name string, version uint32) (ledger.RoyaltyPlan, error) {
	missing := ledger.Refuse(ledger.ErrNotFound, "See the plans with: vendor plans NAME", "There is no plan %q.",
		ledger.CleanLine(name, 60))
	number := uint64(0)
	if owner, n, err := s.seal.OpenPlan(name); err == nil {
		if owner != v {
			return ledger.RoyaltyPlan{}, missing
		}
		number = n
	} else {
		all, err := r.Plans(v)
		if err != nil {
			return ledger.RoyaltyPlan{}, err
		}
		i := slices.IndexFunc(all, func(p ledger.RoyaltyPlan) bool { return p.Name == strings.TrimSpace(name) })
		if i < 0 {
			return ledger.RoyaltyPlan{}, missing
		}
		number = all[i].Number
	}
	p, found, err := r.Plan(v, number, version)
	if err == nil && !found {
		err = missing
	}
	return p, err
}

// planView shows a plan.
func (s *Server) planView(p ledger.RoyaltyPlan, v ledger.Vendor) view.RoyaltyPlan {
	return view.RoyaltyPlan{
		ID: s.seal.Plan(p.Vendor, p.Number), Version: p.Version, Name: p.Name, Currency: p.Currency,
		Default: v.Plan == p.Number, Created: view.At(p.Created),
		Lines: view.Map(p.Lines, func(r ledger.Royalty) view.Royalty { return royaltyView(r, p.Currency) }),
	}
}

func royaltyView(r ledger.Royalty, c ledger.Currency) view.Royalty {
	share := view.Royalty{Payee: r.Name, Role: r.Role, Share: r.BasisPoints}
	if r.Fixed > 0 {
		share.Fixed = &ledger.Amount{Micros: r.Fixed, Currency: c}
	}
	return share
}

// RoyaltyPlans lists the plans of a vendor. It refuses with ErrNotAllowed a caller who is no operator, and with
// ErrNotFound.
func (s *Server) RoyaltyPlans(ctx context.Context, who view.Caller, vendor string) (all []view.RoyaltyPlan, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		v, err := s.vendorNamed(r, vendor)
		if err != nil {
			return err
		}
		plans, err := r.Plans(v.ID)
		all = view.Map(plans, func(p ledger.RoyaltyPlan) view.RoyaltyPlan { return s.planView(p, v) })
		return err
	})
	return all, err
}

// RoyaltyPlan shows one version of a plan, 0 for the newest. It refuses as [Server.RoyaltyPlans] does.
func (s *Server) RoyaltyPlan(
	ctx context.Context, who view.Caller, vendor, plan string, version uint32,
) (shown view.RoyaltyPlan, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		v, err := s.vendorNamed(r, vendor)
		if err != nil {
			return err
		}
		p, err := s.planNamed(r, v.ID, plan, version)
		shown = s.planView(p, v)
		return err
	})
	return shown, err
}

// SetRoyaltyPlan makes a plan of a vendor, or its next version, for the vendor's staff who have no server. It refuses
// with ErrNotAllowed a caller who is no operator, and as [ledger.DecidePlan] does.
func (s *Server) SetRoyaltyPlan(
	ctx context.Context, who view.Caller, q view.RoyaltyPlanOrder,
) (shown view.RoyaltyPlan, err error) {
	at := s.clock()
	c := ledger.PlanChange{Name: q.Plan, Currency: q.Currency, Default: q.Default}
	var sold planSold
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		v, err := s.vendorNamed(r, q.Vendor)
		if err == nil && q.Lines != "" {
			c.Lines, err = ledger.ParsePlanLines(q.Lines)
		}
		if err != nil {
			return err
		}
		had, err := s.planNamed(r, v.ID, q.Plan, 0)
		sold, err = soldBy(r, had, c.Lines, err, at)
		return err
	})
	if err != nil {
		return shown, err
	}
	err = s.updateStaff(ctx, who, operatorOnly, "vendor plan set", func(tx books.Tx, st ledger.Staff) error {
		v, err := s.vendorNamed(tx.Reader, q.Vendor)
		if err != nil {
			return err
		}
		c := c
		c.Actor = staffActor(st)
		had, err := s.planNamed(tx.Reader, v.ID, q.Plan, 0)
		switch {
		case err == nil:
			c.Name = ""
		case q.Lines == "" || !errors.Is(err, ledger.ErrNotFound):
			return err
		}
		p, v, err := s.setPlan(tx, v, had, sold, c, at)
		shown = s.planView(p, v)
		return err
	})
	return shown, err
}

// RoyaltyPlanOrder is a plan as its vendor sends it. What is nil stays as it is.
type RoyaltyPlanOrder struct {
	Name     string
	Currency ledger.Currency
	Lines    []ledger.Royalty
	Default  *bool
}

// CreateRoyaltyPlan makes a royalty plan (claims 19, 20). A repetition with the same key returns the
// first answer. It refuses as [ledger.DecidePlan] does.
func (v *Seller) CreateRoyaltyPlan(ctx context.Context, q Request, o RoyaltyPlanOrder) (view.RoyaltyPlan, bool, error) {
	if q.Key == "" { // its name is taken from then on: a repetition would be refused
		return view.RoyaltyPlan{}, false, ledger.RefuseKeyMissing()
	}
	return v.writePlan(ctx, q, o, func(books.Reader) (ledger.RoyaltyPlan, error) { return ledger.RoyaltyPlan{}, nil })
}

// ChangeRoyaltyPlan makes the next version of a plan. Sales from then on follow it; those that were made keep theirs.
// It refuses as [Seller.CreateRoyaltyPlan] does, and with ErrNotFound a plan of another vendor.
func (v *Seller) ChangeRoyaltyPlan(
	ctx context.Context, q Request, number uint64, o RoyaltyPlanOrder,
) (view.RoyaltyPlan, bool, error) {
	return v.writePlan(ctx, q, o, func(r books.Reader) (ledger.RoyaltyPlan, error) { return v.plan(r, number) })
}

func (v *Seller) writePlan(
	ctx context.Context, q Request, o RoyaltyPlanOrder, read func(books.Reader) (ledger.RoyaltyPlan, error),
) (view.RoyaltyPlan, bool, error) {
	if err := v.takeRequest(); err != nil {
		return view.RoyaltyPlan{}, false, err
	}
	at := v.s.clock()
	var sold planSold
	err := v.view(ctx, func(r books.Reader) error {
		had, err := read(r)
		sold, err = soldBy(r, had, o.Lines, err, at)
		return err
	})
	if err != nil {
		return view.RoyaltyPlan{}, false, err
	}
	return once(ctx, v, q, "royalty plan", func(tx books.Tx) (shown view.RoyaltyPlan, err error) {
		had, err := read(tx.Reader)
		if err != nil {
			return shown, err
		}
		me, err := v.record(tx.Reader)
		if err != nil {
			return shown, err
		}
		p, me, err := v.s.setPlan(tx, me, had, sold, ledger.PlanChange{
			Name: o.Name, Currency: o.Currency, Lines: o.Lines, Default: o.Default, Actor: v.actor(),
		}, at)
		return v.s.planView(p, me), err
	})
}

// plan reads the newest version of one of the vendor's own plans.
func (v *Seller) plan(r books.Reader, number uint64) (ledger.RoyaltyPlan, error) {
	p, found, err := r.Plan(v.ID, number, 0)
	if err == nil && !found {
		err = ledger.RefuseNotFound("royalty plan")
	}
	return p, err
}

// OpenRoyaltyPlan reads the id of a plan of this vendor. It refuses with ErrNotFound.
func (v *Seller) OpenRoyaltyPlan(id string) (uint64, error) {
	owner, number, err := v.s.seal.OpenPlan(id)
	if err != nil || owner != v.ID {
		return 0, ledger.RefuseNotFound("royalty plan")
	}
	return number, nil
}

// RoyaltyPlan reads a plan. It refuses with ErrNotFound one of another vendor.
func (v *Seller) RoyaltyPlan(ctx context.Context, id string) (shown view.RoyaltyPlan, err error) {
	number, err := v.OpenRoyaltyPlan(id)
	if err != nil {
		return shown, err
	}
	err = v.view(ctx, func(r books.Reader) error {
		me, err := v.record(r)
		if err != nil {
			return err
		}
		p, err := v.plan(r, number)
		shown = v.s.planView(p, me)
		return err
	})
	return shown, err
}

// RoyaltyPlans lists the plans of the vendor, oldest first: it has few.
func (v *Seller) RoyaltyPlans(ctx context.Context) (all []view.RoyaltyPlan, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		me, err := v.record(r)
		if err != nil {
			return err
		}
		plans, err := r.Plans(v.ID)
		all = view.Map(plans, func(p ledger.RoyaltyPlan) view.RoyaltyPlan { return v.s.planView(p, me) })
		return err
	})
	return all, err
}

// logSelfDealing tells the operator of a sale that would pay its own buyer, refused or not.
func (s *Server) logSelfDealing(q ledger.PurchaseRequest, f *ledger.PurchaseFacts) {
	lines := q.Offer.Royalties
	if q.Plan != nil {
		lines = q.Plan.Lines
	}
	if payee := ledger.PaysBuyer(lines, &f.Vendor, f.User.ID); payee != 0 {
		s.log.Warn("a sale pays its own buyer", "vendor", f.Vendor.Name, "payee", payee,
			"refused", f.Policy.SelfDealing == ledger.SelfDealingRefuse)
	}
}
