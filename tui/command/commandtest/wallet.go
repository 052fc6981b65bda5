package commandtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Overview returns the accounts, the open requests and five rows.
func (s *Service) Overview(context.Context, view.Caller) (view.Overview, error) {
	err := s.begin("Overview")
	defer s.mu.Unlock()
	o := s.Data.Overview
	o.Wallets, o.Pending = slices.Clone(o.Wallets), s.open()
	o.Recent = slices.Clone(s.Data.Rows[:min(5, len(s.Data.Rows))])
	return o, err
}

func (s *Service) open() []view.Approval {
	return slices.DeleteFunc(slices.Clone(s.Data.Approvals), func(a view.Approval) bool { return !a.Open() })
}

// Methods returns the ways to add funds.
func (s *Service) Methods(context.Context, view.Caller) ([]view.Method, error) {
	err := s.begin("Methods")
	defer s.mu.Unlock()
	return slices.Clone(s.Data.Methods), err
}

// Fund adds a deposit: paid at once online, awaited offline.
func (s *Service) Fund(_ context.Context, _ view.Caller, r view.FundRequest) (view.Deposit, error) {
	err := s.begin("Fund")
	defer s.mu.Unlock()
	if err != nil {
		return view.Deposit{}, err
	}
	s.Data.Got = r
	i := slices.IndexFunc(s.Data.Methods, func(m view.Method) bool { return m.Name == r.Method })
	if i < 0 {
		return view.Deposit{}, ledger.Invalid("method", "Type: methods", "There is no method %s.", r.Method)
	}
	d := view.Deposit{
		ID: "dep_2mx8c", Method: r.Method, Amount: r.Amount, Fee: EUR(0), State: view.State(ledger.DepositSucceeded),
		Created: after(0), Simulated: true,
	}
	if s.Data.Methods[i].Online {
		for j, w := range s.Data.Overview.Wallets {
			if w.Currency == r.Amount.Currency {
				s.Data.Overview.Wallets[j].Available.Micros += r.Amount.Micros
			}
		}
	} else {
		d.State, d.Expires = view.State(ledger.DepositAwaiting), after(30*24*time.Hour)
		d.Reference = "TP 4821 7730 5"
		d.Steps = []string{
			"Write a check over " + r.Amount.String() + " to Tuppence.", "Write the reference TP 4821 7730 5 on it.",
			"Send it to the desk.",
		}
	}
	s.Data.Deposits = slices.Insert(s.Data.Deposits, 0, d)
	s.wake()
	return d, nil
}

// Deposits returns a page of the deposits.
func (s *Service) Deposits(_ context.Context, _ view.Caller, p view.Paging) ([]view.Deposit, error) {
	err := s.begin("Deposits")
	defer s.mu.Unlock()
	all := slices.Clone(s.Data.Deposits)
	if i := slices.IndexFunc(all, func(d view.Deposit) bool { return d.ID == string(p.Before) }); i >= 0 {
		all = all[i+1:]
	}
	return all[:min(len(all), p.Limit)], err
}

// History returns a page of the rows that the query lets through.
func (s *Service) History(_ context.Context, _ view.Caller, q view.HistoryQuery) (view.Page[view.Row], error) {
	err := s.begin("History")
	defer s.mu.Unlock()
	if err != nil {
		return view.Page[view.Row]{}, err
	}
	s.Data.Got = q
	all := slices.DeleteFunc(slices.Clone(s.Data.Rows), func(r view.Row) bool {
		return q.Currency != "" && r.Amount.Currency != q.Currency || q.Vendor != "" && r.Vendor != q.Vendor ||
			q.Kind != "" && r.Kind != q.Kind || r.At.Before(q.Since) ||
			!strings.Contains(strings.ToLower(r.Title), strings.ToLower(q.Text))
	})
	if i := slices.IndexFunc(all, func(r view.Row) bool { return r.ID == string(q.Before) }); i >= 0 {
		all = all[i+1:]
	}
	p := view.All(all)
	if q.Limit > 0 && len(all) > q.Limit {
		p.Data = p.Data[:q.Limit]
		p.Next = view.Cursor(p.Data[q.Limit-1].ID)
	}
	return p, nil
}

// Show returns what is known of a row or a deposit.
func (s *Service) Show(_ context.Context, _ view.Caller, id string) (view.Detail, error) {
	err := s.begin("Show")
	defer s.mu.Unlock()
	if err != nil {
		return view.Detail{}, err
	}
	if d, ok := s.Data.Details[id]; ok {
		return d, nil
	}
	if i := slices.IndexFunc(s.Data.Deposits, func(d view.Deposit) bool { return d.ID == id }); i >= 0 {
		d := s.Data.Deposits[i]
		return view.Detail{Row: view.Row{ID: id}, Deposit: &d}, nil
	}
	if i := slices.IndexFunc(s.Data.Rows, func(r view.Row) bool { return r.ID == id }); i >= 0 {
		return view.Detail{Row: s.Data.Rows[i]}, nil
	}
	return view.Detail{}, noSuch("entry", id)
}

// Limits returns the bounds of all accounts, then those at vendors.
func (s *Service) Limits(context.Context, view.Caller) ([]view.Limit, error) {
	err := s.begin("Limits")
	defer s.mu.Unlock()
	return s.limits(), err
}

// limits are those of all wallets, then those at vendors.
func (s *Service) limits() []view.Limit {
	var all []view.Limit
	for _, w := range s.Data.Overview.Wallets {
		all = append(all, w.Limits...)
	}
	for _, l := range s.Data.Links {
		all = append(all, l.Limits...)
	}
	return all
}

// SetLimit changes one bound.
func (s *Service) SetLimit(_ context.Context, _ view.Caller, c ledger.LimitChange) ([]view.Limit, string, error) {
	err := s.begin("SetLimit")
	defer s.mu.Unlock()
	if err != nil {
		return nil, "", err
	}
	s.Data.Got = c
	change := func(all []view.Limit) {
		for i, l := range all {
			if l.Period == c.Period && l.Currency == c.Currency && l.Vendor == c.Vendor {
				all[i].Max = bound(c.Currency, c.Period, c.Max, 0, view.Time{}).Max
			}
		}
	}
	for _, w := range s.Data.Overview.Wallets {
		change(w.Limits)
	}
	for _, l := range s.Data.Links {
		change(l.Limits)
	}
	s.wake()
	return s.limits(), s.Data.Warning, nil
}

// Vendors returns the vendors that the wallet knows.
func (s *Service) Vendors(context.Context, view.Caller) ([]view.Link, error) {
	err := s.begin("Vendors")
	defer s.mu.Unlock()
	return slices.Clone(s.Data.Links), err
}

// Link gives a known vendor a permission.
func (s *Service) Link(_ context.Context, _ view.Caller, r view.LinkRequest) (view.Link, error) {
	err := s.begin("Link")
	defer s.mu.Unlock()
	if err != nil {
		return view.Link{}, err
	}
	s.Data.Got = r
	i := slices.IndexFunc(s.Data.Links, func(l view.Link) bool { return l.Vendor == r.Vendor })
	if i < 0 {
		return view.Link{}, noSuch("vendor", r.Vendor)
	}
	l := &s.Data.Links[i]
	l.Status, l.Currency, l.Limits = "active", r.Currency, nil
	for _, b := range []struct {
		period string
		micros int64
	}{
		{"purchase", r.Limits.PerPurchase},
		{"day", r.Limits.PerDay},
		{"week", r.Limits.PerWeek},
		{"month", r.Limits.PerMonth},
		{"total", r.Total},
	} {
		limit := bound(r.Currency, b.period, b.micros, 0, view.Time{})
		limit.Vendor = r.Vendor
		l.Limits = append(l.Limits, limit)
	}
	s.wake()
	return *l, nil
}

// Unlink ends the permission of a known vendor.
func (s *Service) Unlink(_ context.Context, _ view.Caller, vendor string, block bool) (view.Link, error) {
	err := s.begin("Unlink")
	defer s.mu.Unlock()
	if err != nil {
		return view.Link{}, err
	}
	i := slices.IndexFunc(s.Data.Links, func(l view.Link) bool { return l.Vendor == vendor })
	if i < 0 {
		return view.Link{}, noSuch("vendor", vendor)
	}
	s.Data.Links[i].Status = "revoked"
	if block {
		s.Data.Links[i].Status = "blocked"
	}
	s.wake()
	return s.Data.Links[i], nil
}
