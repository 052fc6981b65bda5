package commandtest

import (
	"context"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// SetAddress keeps any address: what it refuses is tested in server.
func (s *Service) SetAddress(_ context.Context, _ view.Caller, a ledger.PostalAddress) (view.Address, error) {
	return call(s, "SetAddress", func() (view.Address, error) {
		s.Data.Got = a
		return view.Address{Mask: a.Mask(), Country: a.Country, Added: after(0)}, nil
	})
}

// Address returns a mask.
func (s *Service) Address(context.Context, view.Caller) (view.Address, error) {
	return call(s, "Address", func() (view.Address, error) {
		return view.Address{Mask: "DE 50•••", Country: "DE", Added: at(18, 10, 0)}, nil
	})
}

// RemoveAddress deletes it.
func (s *Service) RemoveAddress(context.Context, view.Caller) (view.Address, error) {
	return call(s, "RemoveAddress", func() (view.Address, error) {
		s.Data.Got = "removed"
		return view.Address{Mask: "DE 50•••", Country: "DE", Added: at(18, 10, 0), Removed: after(0)}, nil
	})
}

// mailing is a batch of two letters.
func mailing() view.Mailing {
	return view.Mailing{
		Number: 3, Printed: at(20, 9, 0), Letters: 2, SHA256: "9f2c", PDF: "JVBERi0=",
		Pages: []view.Letter{
			{Page: 1, Handle: "w_7g2v", Bill: "ent_5b1ll", Reference: "RF18 0000 0012 3456", Amount: EUR(4_000_000)},
			{
				Page: 2, Handle: "w_7g2v", Bill: "ent_4b1ll", Reference: "RF18 0000 0012 3457", Reminder: 1,
				Amount: EUR(7_000_000),
			},
		},
	}
}

// PrintBills returns two letters.
func (s *Service) PrintBills(context.Context, view.Caller, uint64) (view.Mailing, error) {
	return call(s, "PrintBills", func() (view.Mailing, error) { return mailing(), nil })
}

// Mailings returns one batch.
func (s *Service) Mailings(context.Context, view.Caller, view.Paging) ([]view.Mailing, error) {
	return call(s, "Mailings", func() ([]view.Mailing, error) {
		m := mailing()
		m.Pages, m.PDF = nil, ""
		return []view.Mailing{m}, nil
	})
}

// october is a closed month.
func october() view.Month {
	from, until := ledger.MonthOf(time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC))
	return view.MonthOf(ledger.Close{From: from, Until: until, Last: 412, Totals: []ledger.Posting{
		{Account: ledger.Account{Class: ledger.Bank, Currency: "EUR"}, Micros: 20_000_000},
		{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR"}, Micros: -20_000_000},
	}}, "9f2c")
}

// Months returns one month.
func (s *Service) Months(context.Context, view.Caller, view.Paging) (view.Page[view.Month], error) {
	return call(s, "Months", func() (view.Page[view.Month], error) { return view.All([]view.Month{october()}), nil })
}

// Month returns October.
func (s *Service) Month(context.Context, view.Caller, string) (view.Month, error) {
	return call(s, "Month", func() (view.Month, error) { return october(), nil })
}

// CloseMonth closes October; November goes on.
func (s *Service) CloseMonth(_ context.Context, _ view.Caller, month string, _ bool) (view.Month, error) {
	return call(s, "CloseMonth", func() (view.Month, error) {
		if _, err := time.Parse("2006-01", month); err != nil {
			return view.Month{}, ledger.Invalid("month", "Type it like 2026-11.", "This is no month.")
		}
		if month != "2026-10" {
			return view.Month{}, ledger.RefuseState("month "+month, "not over")
		}
		return october(), nil
	})
}

// unclaimedBalance is one that nobody has asked for.
func unclaimedBalance() view.Unclaimed {
	return view.Unclaimed{
		Handle: "w_7g2v", State: "unclaimed", Amount: EUR(3_000_000), Since: at(18, 10, 0), Remitted: EUR(0),
	}
}

// Unclaimed returns one balance.
func (s *Service) Unclaimed(context.Context, view.Caller, view.Paging) (view.Page[view.Unclaimed], error) {
	return call(s, "Unclaimed", func() (view.Page[view.Unclaimed], error) {
		return view.All([]view.Unclaimed{unclaimedBalance()}), nil
	})
}

// Remit asks for a second person.
func (s *Service) Remit(
	_ context.Context, _ view.Caller, wallet string, _ ledger.Amount, reason string,
) (view.Unclaimed, error) {
	return call(s, "Remit", func() (view.Unclaimed, error) {
		s.Data.Got = reason
		v := unclaimedBalance()
		v.Handle, v.Asked = wallet, true
		return v, nil
	})
}

// SetMethod freezes any method.
func (s *Service) SetMethod(
	_ context.Context, _ view.Caller, name string, thaw bool, reason string,
) (view.ClosedMethod, error) {
	return call(s, "SetMethod", func() (view.ClosedMethod, error) {
		if thaw {
			return view.ClosedMethod{Name: name, State: "open"}, nil
		}
		return view.ClosedMethod{Name: name, State: "frozen", Reason: reason, Since: after(0)}, nil
	})
}
