package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
)

// LinkLimits are bounds of a link. Only the buyer changes those of a live one.
type LinkLimits struct {
	PerCharge *Money       `json:"per_charge,omitempty"`
	PerPeriod *PeriodLimit `json:"per_period,omitempty" doc:"The shortest one, if there are several."`
	Total     *Money       `json:"total,omitempty"`
}

// PeriodLimit bounds what is spent in a day, a week or a month of the buyer's zone.
type PeriodLimit struct {
	Amount Money  `json:"amount"`
	Period string `json:"period" enum:"P1D,P1W,P1M"`
}

// Link is a buyer's standing permission.
type Link struct {
	ID      string     `json:"id"`
	Wallet  string     `json:"wallet" doc:"What this vendor calls the buyer."`
	Status  string     `json:"status" enum:"active,revoked"`
	Limits  LinkLimits `json:"limits"`
	Created time.Time  `json:"created"`
}

func (a *api) linkRoutes() {
	register(a, op(http.MethodGet, "/links", "list-links", "Buyers who have linked the vendor, newest first"),
		func(ctx context.Context, v *server.Seller, in *struct {
			Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
			Cursor string `query:"cursor" maxLength:"64"`
		},
		) (*Body[List[Link]], error) {
			var before ledger.LinkID
			if in.Cursor != "" {
				var err error
				if before, err = a.names.OpenLink(in.Cursor); err != nil {
					return nil, ledger.Invalid("cursor", "Begin again without it.", "This cursor is not known.")
				}
			}
			list, next, err := v.Links(ctx, before, in.Limit)
			if err != nil {
				return nil, err
			}
			var data []Link
			for _, l := range list {
				data = append(data, a.link(l))
			}
			cursor := ""
			if next != (ledger.LinkID{}) {
				cursor = a.names.Link(next)
			}
			return page(data, cursor), nil
		})
	register(a, op(http.MethodGet, "/links/{id}", "get-link", "A link as it stands"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Link], error) {
			id, err := a.names.OpenLink(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("link")
			}
			l, err := v.LinkOf(ctx, id)
			if err != nil {
				return nil, err
			}
			return body(a.link(l)), nil
		})
	gone := op(http.MethodDelete, "/links/{id}", "end-link", "Give the permission back")
	gone.DefaultStatus = http.StatusNoContent
	register(a, gone, func(ctx context.Context, v *server.Seller, in *ID) (*struct{}, error) {
		id, err := a.names.OpenLink(in.ID)
		if err != nil {
			return nil, ledger.RefuseNotFound("link")
		}
		return nil, v.EndLink(ctx, id)
	})
}

// limits reads what a vendor proposes. All amounts are in one currency.
func (l *LinkLimits) limits() (ledger.Limits, ledger.Currency, error) {
	if l == nil {
		return ledger.Limits{}, "", nil
	}
	out := ledger.Limits{PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit}
	var c ledger.Currency
	read := func(m *Money, to *int64, param string) error {
		if m == nil {
			return nil
		}
		a, err := m.amount(param)
		if err != nil {
			return err
		}
		if c != "" && a.Currency != c {
			return ledger.Invalid(param, "Use one currency.", "The limits are in two currencies.")
		}
		if a.Micros == 0 {
			return ledger.Invalid(param, "Leave it out for no limit.", "A limit has to be more than zero.")
		}
		c, *to = a.Currency, a.Micros
		return nil
	}
	if err := read(l.PerCharge, &out.PerPurchase, "limits.per_charge"); err != nil {
		return out, c, err
	}
	if p := l.PerPeriod; p != nil {
		to := map[string]*int64{"P1D": &out.PerDay, "P1W": &out.PerWeek, "P1M": &out.PerMonth}[p.Period]
		if to == nil {
			return out, c, ledger.Invalid("limits.per_period", "Say P1D, P1W or P1M.", "There is no such period.")
		}
		if err := read(&p.Amount, to, "limits.per_period.amount"); err != nil {
			return out, c, err
		}
	}
	if l.Total != nil {
		return out, c, ledger.Invalid("limits.total", "Leave it out: the buyer sets it in the terminal.", "A total cannot be proposed.")
	}
	return out, c, nil
}

func (a *api) link(l ledger.Link) Link {
	out := Link{ID: a.names.Link(l.ID), Wallet: a.names.Pseudonym(l.ID.User, l.ID.Vendor), Status: "revoked", Created: l.Created}
	if l.Status == ledger.LinkActive {
		out.Status = "active"
	}
	if l.Limits.PerPurchase >= 0 {
		m := money(amountOf(l.Limits.PerPurchase, l.ID.Currency))
		out.Limits.PerCharge = &m
	}
	for _, p := range []struct {
		micros int64
		name   string
	}{{l.Limits.PerDay, "P1D"}, {l.Limits.PerWeek, "P1W"}, {l.Limits.PerMonth, "P1M"}} {
		if p.micros >= 0 && out.Limits.PerPeriod == nil {
			out.Limits.PerPeriod = &PeriodLimit{Amount: money(amountOf(p.micros, l.ID.Currency)), Period: p.name}
		}
	}
	if l.Total >= 0 {
		m := money(amountOf(l.Total, l.ID.Currency))
		out.Limits.Total = &m
	}
	return out
}
