package commandtest

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Dispute pays a purchase back at once, as the rule of small amounts does (claim 14); the one that needs a decision is
// among the data from the start.
func (s *Service) Dispute(_ context.Context, _ view.Caller, r view.DisputeRequest) (view.Dispute, error) {
	return call(s, "Dispute", func() (view.Dispute, error) {
		s.Data.Got = r
		i := slices.IndexFunc(s.Data.Rows, func(v view.Row) bool { return v.ID == r.ID })
		if i < 0 {
			return view.Dispute{}, noSuch("purchase", r.ID)
		}
		row := &s.Data.Rows[i]
		if row.Disputed {
			return view.Dispute{}, ledger.Refuse(ledger.ErrState, "Type: disputes", "This purchase is disputed already.")
		}
		row.Disputed, row.State = true, "refunded"
		d := view.Dispute{
			ID: "dsp_6n1qa", Purchase: r.ID, Vendor: row.Vendor, Title: row.Title, Amount: EUR(-row.Amount.Micros),
			Reason: r.Reason,
			Text:   r.Text, State: view.State(ledger.DisputeAutoResolved), Opened: after(0), Decided: after(0),
			Note: "Under 1.00 EUR and within 48 hours: paid back by rule.",
			Case: []view.CaseStep{
				{At: after(0), Who: "buyer", What: "opened", Text: strings.TrimSuffix(view.Reason(r.Reason)+". "+r.Text, ". ")},
				{At: after(0), Who: "service", What: "ruled", Text: "Under 1.00 EUR and within 48 hours: paid back by rule."},
			},
		}
		s.Data.Disputes = slices.Insert(s.Data.Disputes, 0, d)
		s.wake()
		return d, nil
	})
}

// ContestDispute does what the state of a dispute leaves to its buyer, who is the only one here.
func (s *Service) ContestDispute(_ context.Context, _ view.Caller, q view.DisputeAct) (view.Dispute, error) {
	return call(s, "ContestDispute", func() (view.Dispute, error) {
		s.Data.Got = q
		i := slices.IndexFunc(s.Data.Disputes, func(d view.Dispute) bool { return d.ID == q.ID })
		if i < 0 {
			return view.Dispute{}, noSuch("dispute", q.ID)
		}
		d := &s.Data.Disputes[i]
		if !slices.Contains(d.Can, q.Act) {
			return view.Dispute{}, ledger.Refuse(ledger.ErrState, "Type: disputes "+d.ID, "Nobody can %s it.", q.Act)
		}
		next := map[string]ledger.DisputeState{
			ledger.DisputeAccept: ledger.DisputeAccepted, ledger.DisputeDecline: ledger.DisputeUnderReview,
			ledger.DisputeAppeal: ledger.DisputeAppealed, ledger.DisputeWithdraw: ledger.DisputeWithdrawn,
		}[q.Act]
		step := map[string]string{
			ledger.DisputeAccept: "accepted", ledger.DisputeDecline: "declined", ledger.DisputeAppeal: "appealed",
			ledger.DisputeWithdraw: "withdrew",
		}[q.Act]
		d.State, d.Can = view.State(next), nil
		d.Case = append(slices.Clone(d.Case), view.CaseStep{At: after(0), Who: "buyer", What: step, Text: q.Text})
		if d.DueBy = (view.Time{}); !next.Open() {
			d.Decided = after(0)
		}
		s.wake()
		return *d, nil
	})
}

// Disputes returns all disputes, newest first, decided ones too.
func (s *Service) Disputes(context.Context, view.Caller) ([]view.Dispute, error) {
	return list(s, "Disputes", &s.Data.Disputes)
}

// Pending returns the open requests, in the order in which they came.
func (s *Service) Pending(context.Context, view.Caller) ([]view.Approval, error) {
	return call(s, "Pending", func() ([]view.Approval, error) { return s.open(), nil })
}

// Approval returns the request with a code, an answered one too: people look at it again.
func (s *Service) Approval(_ context.Context, _ view.Caller, code string) (view.Approval, error) {
	return call(s, "Approval", func() (view.Approval, error) {
		for _, a := range s.Data.Approvals {
			if a.Code == code {
				return a, nil
			}
		}
		return view.Approval{}, noSuch("request with the code", code)
	})
}

// Answer decides a request once; a second call returns the first receipt, because the code is the idempotency key.
// The balance moves with it, so that a screen which shows an old one is seen.
func (s *Service) Answer(_ context.Context, _ view.Caller, a view.Answer) (view.Receipt, error) {
	return call(s, "Answer", func() (view.Receipt, error) {
		s.Data.Got = a
		if receipt, had := s.Data.Receipts[a.Code]; had {
			receipt.Again = true
			return receipt, nil
		}
		i := slices.IndexFunc(s.Data.Approvals, func(v view.Approval) bool { return v.Code == a.Code })
		if i < 0 {
			return view.Receipt{}, noSuch("request with the code", a.Code)
		}
		v := &s.Data.Approvals[i]
		if a.Yes && a.Expect != nil && *a.Expect != v.Price &&
			*a.Expect != (ledger.Amount{Micros: v.Price.Micros}) {
			return view.Receipt{}, ledger.RefusePrice(v.Price)
		}
		if a.Yes && a.Match != "" && a.Match != cmp.Or(v.Match, view.NoMatch) {
			if a.Match == view.NoMatch {
				return view.Receipt{}, ledger.RefuseMatch()
			}
			v.Status = view.State(ledger.CheckoutDenied)
			return view.Receipt{}, ledger.RefuseGuess()
		}
		receipt := view.Receipt{
			Vendor: v.Vendor, Title: v.Title, Amount: EUR(0), Status: view.State(ledger.CheckoutDenied), At: after(0),
		}
		if a.Yes && v.Mode == ledger.ModeLink {
			receipt.Status, receipt.Link = view.State(ledger.CheckoutApproved), "lnk_3c7mz"
		} else if a.Yes {
			// What a sale gives is in the receipt: who got what, and the grant that opens it (claims 2, 44).
			receipt.ID, receipt.Amount, receipt.After = "chg_8fk2v", v.Price, v.After
			receipt.Status = view.State(ledger.CheckoutApproved)
			receipt.Lines = splitOf(v.Price, v.Vendor)
			receipt.Grant = &view.Grant{
				ID: "grt_8fk2v", Status: "active", ViewsTotal: v.Bounds.Views, From: after(0),
				Until: after(time.Duration(v.Bounds.Days) * 24 * time.Hour), URL: v.Site + "/rivers",
			}
			if a.Link {
				receipt.Link = "lnk_3c7mz"
			}
			for j, w := range s.Data.Overview.Wallets {
				if w.Currency == v.Price.Currency {
					s.Data.Overview.Wallets[j].Available = v.After
				}
			}
		}
		v.Status = receipt.Status
		s.Data.Receipts[a.Code] = receipt
		s.wake()
		return receipt, nil
	})
}

// Transfer takes tokens out of the first account (claim 31). Its list keeps the transfer without the claim code, which
// only the first answer has.
func (s *Service) Transfer(_ context.Context, _ view.Caller, r view.TransferRequest) (view.Transfer, error) {
	return call(s, "Transfer", func() (view.Transfer, error) {
		s.Data.Got = r
		have := s.Data.Overview.Wallets[0].Available
		if r.Amount.Micros > have.Micros {
			return view.Transfer{}, ledger.RefuseFunds(EUR(r.Amount.Micros - have.Micros))
		}
		s.Data.Overview.Wallets[0].Available.Micros -= r.Amount.Micros
		left := s.Data.Overview.Wallets[0].Available
		t := view.Transfer{
			ID: "trf_5d9wy", Amount: r.Amount, State: "sent", Created: after(0), Expires: after(7 * 24 * time.Hour),
			After: &left,
		}
		s.Data.Transfers = slices.Insert(s.Data.Transfers, 0, t)
		t.Code = "QK7M-3TVX"
		s.wake()
		return t, nil
	})
}

// Claim knows one code, QK7M-3TVX, in any spelling that a person may type.
func (s *Service) Claim(_ context.Context, _ view.Caller, code string) (view.Transfer, error) {
	return call(s, "Claim", func() (view.Transfer, error) {
		if strings.ToUpper(strings.ReplaceAll(code, "-", "")) != "QK7M3TVX" {
			return view.Transfer{}, noSuch("transfer with the code", code)
		}
		left := EUR(14_400_000)
		return view.Transfer{ID: "trf_5d9wy", Amount: EUR(2_000_000), State: "claimed", Created: after(0), After: &left}, nil
	})
}

// Recall takes back a transfer, whether it was claimed or not: that rule is tested in server.
func (s *Service) Recall(_ context.Context, _ view.Caller, id string) (view.Transfer, error) {
	return call(s, "Recall", func() (view.Transfer, error) {
		i := slices.IndexFunc(s.Data.Transfers, func(t view.Transfer) bool { return t.ID == id })
		if i < 0 {
			return view.Transfer{}, noSuch("transfer", id)
		}
		s.Data.Transfers[i].State = "recalled"
		return s.Data.Transfers[i], nil
	})
}

// rates are those of two days ago.
func rates() ledger.Rates {
	return ledger.Rates{No: 3, Day: Now.Truncate(24*time.Hour).AddDate(0, 0, -2), List: []ledger.Rate{
		{Currency: "JPY", PerEuro: "162.9"}, {Currency: "USD", PerEuro: "1.0834"},
	}}
}

// Rates returns two rates.
func (s *Service) Rates(context.Context, view.Caller) ([]view.Rate, error) {
	return call(s, "Rates", func() ([]view.Rate, error) {
		return view.RatesOf(rates(), ledger.DefaultPolicy(), Now), nil
	})
}

// LoadRates reads a file by the rules, and keeps nothing of it.
func (s *Service) LoadRates(_ context.Context, _ view.Caller, file []byte) (view.RatesLoaded, error) {
	return call(s, "LoadRates", func() (view.RatesLoaded, error) {
		r, skipped, err := ledger.ReadRates(file)
		return view.RatesLoaded{Day: r.Day.Format(time.DateOnly), Rates: len(r.List), Skipped: skipped}, err
	})
}

// QuoteExchange quotes by the rules, and refuses what the account cannot pay.
func (s *Service) QuoteExchange(_ context.Context, _ view.Caller, q view.ExchangeRequest) (view.Exchange, error) {
	return call(s, "QuoteExchange", func() (view.Exchange, error) { return s.quoted(q) })
}

// quoted is a quote. The lock is held.
func (s *Service) quoted(q view.ExchangeRequest) (v view.Exchange, err error) {
	x, err := ledger.DecideQuote(q.Order(), rates(), ledger.DefaultPolicy(), Now)
	if err != nil {
		return v, err
	}
	for _, w := range s.Data.Overview.Wallets {
		if w.Currency == x.Pay.Currency && w.Available.Micros < x.Pay.Micros {
			return v, ledger.RefuseFunds(ledger.Amount{Micros: x.Pay.Micros - w.Available.Micros, Currency: w.Currency})
		}
	}
	v, err = view.ExchangeOf(x, rates())
	v.Quote, v.Until = "qte_5f8k2", after(ledger.QuoteLife)
	return v, err
}

// Exchange carries it out at the rates that there are. The quote qte_over has ended.
func (s *Service) Exchange(_ context.Context, _ view.Caller, q view.ExchangeRequest) (view.Exchange, error) {
	return call(s, "Exchange", func() (view.Exchange, error) {
		s.Data.Got = q
		if q.Quote == "qte_over" {
			return view.Exchange{}, ledger.RefuseQuoteOver()
		}
		v, err := s.quoted(q)
		if err != nil {
			return v, err
		}
		for i, w := range s.Data.Overview.Wallets {
			switch w.Currency {
			case v.Pay.Currency:
				s.Data.Overview.Wallets[i].Available.Micros -= v.Pay.Micros
			case v.Get.Currency:
				s.Data.Overview.Wallets[i].Available.Micros += v.Get.Micros
			}
			v.After = append(v.After, s.Data.Overview.Wallets[i].Available)
		}
		v.ID, v.At, v.Quote, v.Until = "exc_6t2hp", after(0), "", view.Time{}
		s.wake()
		return v, nil
	})
}

// Transfers returns all transfers, newest first; none of them has its claim code.
func (s *Service) Transfers(context.Context, view.Caller) ([]view.Transfer, error) {
	return list(s, "Transfers", &s.Data.Transfers)
}
