package commandtest

import (
	"context"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// postpaid is an account that has bought for 12.50 EUR on credit, of which the first bill is overdue.
func postpaid() view.Postpaid {
	at := func(days int) view.Time { return view.At(Now.Add(time.Duration(days) * 24 * time.Hour)) }
	bill := func(number uint32, micros int64, state string, due int) view.Bill {
		return view.Bill{
			ID: "ent_5b1ll", Number: number, Amount: EUR(micros), Left: EUR(micros), Carried: EUR(0), State: view.State(state),
			From: at(due - 44), Till: at(due - 14), Issued: at(due - 14), Due: at(due), Reference: "RF18 0000 0012 3456",
			Deposit: "dep_b1ll",
		}
	}
	late := bill(3, 4_000_000, "overdue", -8)
	late.Reminder = 1
	return view.Postpaid{
		Handle: "w_7g2v", State: "overdue", Line: EUR(20_000_000), Owed: EUR(12_500_000), Left: EUR(0),
		Unbilled: EUR(1_500_000), NextBill: at(6), Bills: []view.Bill{late, bill(4, 7_000_000, "open", 20)},
	}
}

// Credit returns the accounts that pay later: the wallet with tokens has none.
func (s *Service) Credit(context.Context, view.Caller) ([]view.Postpaid, error) {
	return call(s, "Credit", func() ([]view.Postpaid, error) { return []view.Postpaid{postpaid()}, nil })
}

// Bills returns the open bills, the newest first.
func (s *Service) Bills(context.Context, view.Caller) ([]view.Bill, error) {
	return call(s, "Bills", func() ([]view.Bill, error) {
		open := postpaid().Bills
		return []view.Bill{open[1], open[0]}, nil
	})
}

// CreditList returns the one account that pays later.
func (s *Service) CreditList(context.Context, view.Caller, view.DeskQuery) (view.Page[view.Postpaid], error) {
	return call(s, "CreditList", func() (view.Page[view.Postpaid], error) {
		return view.All([]view.Postpaid{postpaid()}), nil
	})
}

// SetCredit answers for any wallet: what it refuses is tested in server.
func (s *Service) SetCredit(
	_ context.Context, _ view.Caller, wallet string, line ledger.Amount, _ string,
) (view.Postpaid, error) {
	return call(s, "SetCredit", func() (view.Postpaid, error) {
		return view.Postpaid{
			Handle: wallet, State: "postpaid", Line: line, Owed: EUR(0), Left: line, Unbilled: EUR(0),
			NextBill: postpaid().NextBill,
		}, nil
	})
}

// BillNow shows the account that has bills.
func (s *Service) BillNow(_ context.Context, _ view.Caller, wallet string, _ ledger.Currency) (view.Postpaid, error) {
	return call(s, "BillNow", func() (view.Postpaid, error) {
		v := postpaid()
		v.Handle = wallet
		return v, nil
	})
}

// WriteOff asks for the end of a debt.
func (s *Service) WriteOff(
	_ context.Context, _ view.Caller, wallet string, _ ledger.Amount, _ string,
) (view.Postpaid, error) {
	return call(s, "WriteOff", func() (view.Postpaid, error) {
		v := postpaid()
		v.Handle, v.Asked = wallet, true
		return v, nil
	})
}
