package commandtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Overview returns the accounts, the open requests and five rows, copied: a session keeps what it got.
func (s *Service) Overview(_ context.Context, who view.Caller) (view.Overview, error) {
	return call(s, "Overview", func() (view.Overview, error) {
		if me, known := s.Data.People[who.Fingerprint]; known && me.Role == ledger.RoleNone {
			return view.Overview{}, ledger.RefuseNotJoined()
		}
		o := s.Data.Overview
		o.Wallets, o.Pending = slices.Clone(o.Wallets), s.open()
		for _, k := range s.Data.Keys.Keys {
			if !k.NewUntil.IsZero() {
				o.NewKeys = append(o.NewKeys, k)
			}
		}
		o.Recent = slices.Clone(s.Data.Rows[:min(5, len(s.Data.Rows))])
		return o, nil
	})
}

// open are the requests that can still be answered. The lock is held.
func (s *Service) open() []view.Approval {
	return slices.DeleteFunc(slices.Clone(s.Data.Approvals), func(a view.Approval) bool { return !a.Open() })
}

// Methods returns the ways to add funds: one that pays at once, one that takes days (claims 37 to 39).
func (s *Service) Methods(context.Context, view.Caller) ([]view.Method, error) {
	return list(s, "Methods", &s.Data.Methods)
}

// Fund adds a deposit: paid at once online, awaited offline (claims 37 to 39). An offline one has a reference and
// steps, because a payer has to do something.
func (s *Service) Fund(_ context.Context, _ view.Caller, r view.FundRequest) (view.Deposit, error) {
	return call(s, "Fund", func() (view.Deposit, error) {
		s.Data.Got = r
		i := slices.IndexFunc(s.Data.Methods, func(m view.Method) bool { return m.Name == r.Method })
		if i < 0 {
			return view.Deposit{}, ledger.Invalid("method", "Type: methods", "There is no method %s.",
				ledger.CleanLine(r.Method, 40))
		}
		d := view.Deposit{
			ID: "dep_2mx8c", Method: r.Method, Amount: r.Amount, Fee: EUR(0), State: view.State(ledger.DepositSucceeded),
			Created: after(0), Simulated: true,
		}
		switch cents := r.Amount.Micros % ledger.Unit; {
		case s.Data.Methods[i].Online && cents == 170_000: // as the simulated card wants to be paid on its page
			d.State, d.Expires = view.State(ledger.DepositRequiresAction), after(2*time.Hour)
			d.Link = "https://tuppence.example/pay/dep_2mx8c"
			d.Steps = []string{"Open the page of the card processor, and pay there."}
		case s.Data.Methods[i].Online && cents != 130_000:
			for j, w := range s.Data.Overview.Wallets {
				if w.Currency == r.Amount.Currency {
					s.Data.Overview.Wallets[j].Available.Micros += r.Amount.Micros
				}
			}
		case !s.Data.Methods[i].Online:
			d.State, d.Expires = view.State(ledger.DepositAwaiting), after(30*24*time.Hour)
			d.Reference = "TP 4821 7730 5"
			d.Steps = []string{
				"Write a check over " + r.Amount.String() + " to Tuppence.", "Write the reference TP 4821 7730 5 on it.",
				"Send it to the desk.",
			}
		}
		if r.Method == "card" && r.Amount.Micros%ledger.Unit == 130_000 { // as the simulated card declines
			d.State, d.Reason = view.State(ledger.DepositFailed), "The card was declined."
		}
		d = d.Told()
		s.Data.Deposits = slices.Insert(s.Data.Deposits, 0, d)
		s.wake()
		return d, nil
	})
}

// CancelDeposit withdraws a deposit that waits for its payer.
func (s *Service) CancelDeposit(_ context.Context, _ view.Caller, id string) (view.Deposit, error) {
	return call(s, "CancelDeposit", func() (view.Deposit, error) {
		i := slices.IndexFunc(s.Data.Deposits, func(d view.Deposit) bool { return d.ID == id })
		switch {
		case i < 0:
			return view.Deposit{}, noSuch("deposit", id)
		case !s.Data.Deposits[i].ForPayer():
			return view.Deposit{}, ledger.RefuseState("deposit", "not waiting for you, so it cannot be canceled")
		}
		d := s.Data.Deposits[i]
		d.State, d.Link, d.Steps = view.State(ledger.DepositCanceled), "", nil
		s.Data.Deposits[i] = d.Told()
		s.wake()
		return d.Told(), nil
	})
}

// Deposits returns a page of the deposits. A cursor that is no deposit begins with the newest.
func (s *Service) Deposits(_ context.Context, _ view.Caller, p view.Paging) ([]view.Deposit, error) {
	return call(s, "Deposits", func() ([]view.Deposit, error) {
		all := slices.Clone(s.Data.Deposits)
		if i := slices.IndexFunc(all, func(d view.Deposit) bool { return d.ID == string(p.Before) }); i >= 0 {
			all = all[i+1:]
		}
		return all[:min(len(all), p.Limit)], nil
	})
}

// History returns a page of the rows that the query lets through (claim 22), as the server does. A cursor is the id of
// the row above the place, in place of the sealed one that the server makes; an id that is not there is the top.
func (s *Service) History(_ context.Context, _ view.Caller, q view.HistoryQuery) (view.History, error) {
	return call(s, "History", func() (view.History, error) {
		s.Data.Got = q
		zone, err := time.LoadLocation(s.Data.Overview.Zone)
		if err != nil {
			return view.History{}, err
		}
		all := slices.DeleteFunc(s.balanced(), func(r view.Row) bool {
			return q.Currency != "" && r.Amount.Currency != q.Currency
		})
		f := view.ParseFilter(q.Filter, Now, zone)
		match := func(r view.Row) bool {
			return (q.Vendor == "" || r.Vendor == q.Vendor) && (q.Kind == "" || r.Kind == q.Kind) && !r.At.Before(q.Since) &&
				strings.Contains(strings.ToLower(r.Title), strings.ToLower(q.Text)) && f.Match(r)
		}
		p := window(all, q, match)
		if q.Sort != "" {
			if p, err = sorted(all, q, match); err != nil {
				return p, err
			}
		}
		p.Total, p.Misread = uint64(len(all)), f.Misread
		if q.Count {
			found := slices.DeleteFunc(all, func(r view.Row) bool { return !match(r) })
			p.Found, p.All = uint64(len(found)), true
		}
		return p, nil
	})
}

// sorted are all rows that are found, by a column; too many are refused.
func sorted(all []view.Row, q view.HistoryQuery, match func(view.Row) bool) (p view.History, err error) {
	found := slices.DeleteFunc(all, func(r view.Row) bool { return !match(r) })
	if len(found) > view.MaxSorted {
		return p, ledger.Invalid("sort", "Filter first.", "At most 1,000 rows are sorted at once.")
	}
	rows, ok := view.Sorted(found, q.Sort)
	if !ok {
		return p, ledger.Invalid("sort", "Choose a column of the history.", "Rows have no such column.")
	}
	if q.Limit > 0 {
		rows = rows[:min(q.Limit, len(rows))]
	}
	p.Data = rows
	return p, nil
}

// balanced are the rows with the balance after each, counted back from what is available now. The lock is held.
func (s *Service) balanced() []view.Row {
	all, micros := slices.Clone(s.Data.Rows), map[ledger.Currency]int64{}
	for _, w := range s.Data.Overview.Wallets {
		micros[w.Currency] = w.Available.Micros + w.Uncollected.Micros
	}
	for i, r := range all {
		c := r.Amount.Currency
		all[i].Balance = ledger.Amount{Micros: micros[c], Currency: c}
		micros[c] -= r.Amount.Micros
	}
	return all
}

// window is the part of a list, newest first, that a query asks for.
func window(all []view.Row, q view.HistoryQuery, match func(view.Row) bool) (p view.History) {
	place := func(c view.Cursor) int { // how many rows are above
		return 1 + slices.IndexFunc(all, func(r view.Row) bool { return r.ID == string(c) })
	}
	cursor := func(above int) view.Cursor {
		if above == 0 || above == len(all) {
			return ""
		}
		return view.Cursor(all[above-1].ID)
	}
	from, to := 0, len(all)
	switch {
	case q.Before != "":
		from = place(q.Before)
	case q.After != "":
		to = place(q.After)
	case q.Skip > 0 && !q.Oldest:
		from = min(int(q.Skip), len(all))
	}
	up, limit := q.Before == "" && (q.After != "" || q.Oldest), q.Limit
	if limit <= 0 {
		limit = len(all)
	}
	for i := from; i < to; i++ {
		at := i
		if up {
			at = from + to - 1 - i
		}
		switch {
		case !match(all[at]):
		case len(p.Data) < limit:
			p.Data = append(p.Data, all[at])
		case up:
			from, i = at+1, to // the rest is for the next page
		default:
			to = at
		}
	}
	if up {
		slices.Reverse(p.Data)
	}
	p.Above, p.Newer, p.Next = uint64(from), cursor(from), cursor(to)
	return p
}

// Show returns what is known of a row or a deposit: the whole of those that have details, the row alone of the others.
func (s *Service) Show(_ context.Context, _ view.Caller, id string) (view.Detail, error) {
	return call(s, "Show", func() (view.Detail, error) {
		if d, ok := s.Data.Details[id]; ok {
			return d, nil
		}
		if i := slices.IndexFunc(s.Data.Deposits, func(d view.Deposit) bool { return d.ID == id }); i >= 0 {
			d := s.Data.Deposits[i].Told()
			return view.Detail{Row: view.Row{ID: id}, Deposit: &d}, nil
		}
		if i := slices.IndexFunc(s.Data.Rows, func(r view.Row) bool { return r.ID == id }); i >= 0 {
			return view.Detail{Row: s.Data.Rows[i]}, nil
		}
		return view.Detail{}, noSuch("entry", id)
	})
}

// Limits returns the bounds of all accounts, then those at vendors (claims 23, 24).
func (s *Service) Limits(context.Context, view.Caller) ([]view.Limit, error) {
	return call(s, "Limits", func() ([]view.Limit, error) { return s.limits(), nil })
}

// limits are those of all wallets, then those at vendors. The lock is held.
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

// SetLimit changes one bound (claim 23). The warning is what the test says: when it is due is a rule of the ledger.
func (s *Service) SetLimit(_ context.Context, _ view.Caller, c ledger.LimitChange) ([]view.Limit, string, error) {
	set, err := call(s, "SetLimit", func() (view.LimitSet, error) {
		if err := looser(c.Vendor, s.limits(), c.Period, c.Currency, c.Max); err != nil && !c.Confirmed {
			return view.LimitSet{}, err
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
		return view.LimitSet{Limits: s.limits(), Warning: s.Data.Warning}, nil
	})
	return set.Limits, set.Warning, err
}

// WhatIf has 41 purchases in mind, of which a bound below 5.00 would have refused three.
func (s *Service) WhatIf(_ context.Context, _ view.Caller, c ledger.LimitChange) (view.WhatIf, error) {
	return call(s, "WhatIf", func() (view.WhatIf, error) {
		t := ledger.Tried{Purchases: 41}
		if c.Max >= 0 && c.Max < 5_000_000 {
			t.Refused, t.Micros, t.First = 3, 6_450_000, at(21, 9, 30).Time
		}
		w := view.WhatIfOf(t, c.Vendor, c.Currency)
		w.Since = view.At(Now.AddDate(0, 0, -30))
		return w, nil
	})
}

// WhatIfLink has 14 purchases in mind, of which a permission would have paid 12.
func (s *Service) WhatIfLink(_ context.Context, _ view.Caller, r view.LinkRequest) (view.WhatIf, error) {
	return call(s, "WhatIfLink", func() (view.WhatIf, error) {
		if !slices.ContainsFunc(s.Data.Links, func(l view.Link) bool { return l.Vendor == r.Vendor }) {
			return view.WhatIf{}, noSuch("vendor", r.Vendor)
		}
		t := ledger.Tried{Purchases: 14, Refused: 2, Micros: 1_800_000, First: at(22, 20, 15).Time}
		w := view.WhatIfOf(t, r.Vendor, r.Currency)
		w.Since = view.At(Now.AddDate(0, 0, -30))
		return w, nil
	})
}

// Vendors returns the vendors that the wallet knows, with the permission of each.
func (s *Service) Vendors(context.Context, view.Caller) ([]view.Link, error) {
	return list(s, "Vendors", &s.Data.Links)
}

// Link gives a known vendor a permission (claims 13, 21) in the place of its earlier one.
func (s *Service) Link(_ context.Context, _ view.Caller, r view.LinkRequest) (view.Link, error) {
	return call(s, "Link", func() (view.Link, error) {
		i := slices.IndexFunc(s.Data.Links, func(l view.Link) bool { return l.Vendor == r.Vendor })
		if i < 0 {
			return view.Link{}, noSuch("vendor", r.Vendor)
		}
		l := &s.Data.Links[i]
		bounds := []struct {
			period string
			micros int64
		}{
			{"purchase", r.Limits.PerPurchase},
			{"day", r.Limits.PerDay},
			{"week", r.Limits.PerWeek},
			{"month", r.Limits.PerMonth},
			{"total", r.Total},
		}
		for _, b := range bounds {
			if err := looser(r.Vendor, l.Limits, b.period, r.Currency, b.micros); err != nil && !r.Confirmed {
				return view.Link{}, err
			}
		}
		s.Data.Got = r
		l.Status, l.Currency, l.Limits = "active", r.Currency, nil
		for _, b := range bounds {
			limit := bound(r.Currency, b.period, b.micros, 0, view.Time{})
			limit.Vendor = r.Vendor
			l.Limits = append(l.Limits, limit)
		}
		s.wake()
		return *l, nil
	})
}

// Unlink ends the permission of a known vendor.
func (s *Service) Unlink(_ context.Context, _ view.Caller, vendor string) (view.Link, error) {
	return s.become("Unlink", vendor, "revoked")
}

// Block refuses a known vendor. Blocked and revoked are different words on every surface.
func (s *Service) Block(_ context.Context, _ view.Caller, vendor string) (view.Link, error) {
	return s.become("Block", vendor, "blocked")
}

// Unblock has a vendor ask each time again. Here every one had a permission before.
func (s *Service) Unblock(_ context.Context, _ view.Caller, vendor string) (view.Link, error) {
	return s.become("Unblock", vendor, "revoked")
}

// become changes the status of a known vendor. What stands so already, or is not blocked, is refused as by the ledger.
func (s *Service) become(name, vendor, status string) (view.Link, error) {
	return call(s, name, func() (view.Link, error) {
		i := slices.IndexFunc(s.Data.Links, func(l view.Link) bool { return l.Vendor == vendor })
		if i < 0 {
			return view.Link{}, noSuch("vendor", vendor)
		}
		l := &s.Data.Links[i]
		if l.Status == status || name == "Unblock" && l.Status != "blocked" {
			return view.Link{}, ledger.RefuseState("vendor", l.Status)
		}
		l.Status = status
		s.wake()
		return *l, nil
	})
}

// looser returns the refusal of a bound that is looser than the one that is there, nil if none is. The lock is held.
func looser(vendor string, had []view.Limit, period string, c ledger.Currency, most int64) error {
	for _, l := range had {
		if l.Period != period || l.Currency != c || l.Vendor != vendor || l.None() {
			continue
		}
		next := "none"
		if most >= 0 {
			next = ledger.Amount{Micros: most, Currency: c}.String()
		}
		if most < 0 || most > l.Max.Micros {
			return ledger.RefuseLoosening(vendor, period+" "+l.Max.String()+" → "+next)
		}
	}
	return nil
}
