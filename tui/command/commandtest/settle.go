package commandtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// settlement is the one settlement of the double: 7.60 EUR to a vendor.
func settlement() view.Settlement {
	return view.Settlement{
		ID: "stl_4q8pv", Vendor: "acme-news", State: "due", Amount: EUR(7_600_000), Fee: EUR(250_000), Until: after(0),
		Sales: EUR(10_000_000), Commission: EUR(-500_000), Royalties: EUR(-1_600_000), Carried: EUR(50_000),
		Lines: 1, Digest: strings.Repeat("0d", 32), Head: strings.Repeat("e1", 32), Way: "csv", To: "acme-news", Run: 3,
		Created: after(0), Updated: after(0),
	}
}

// run is the one run.
func run() view.SettleRun {
	return view.SettleRun{
		Run: 3, At: after(0), Began: after(0), Ended: after(0), Tills: 2, Settled: 1,
		Payouts: []ledger.Amount{EUR(7_600_000)}, Fees: []ledger.Amount{EUR(250_000)}, Behind: "beta", Done: true,
	}
}

// SettleRun is done after the second call.
func (s *Service) SettleRun(_ context.Context, _ view.Caller, q view.SettleOrder) (view.SettleRun, error) {
	return call(s, "SettleRun", func() (view.SettleRun, error) {
		n := run()
		n.Vendor = q.Vendor
		if s.settled++; s.settled%2 == 1 {
			n.Ended, n.Done, n.Tills, n.Behind = view.Time{}, false, 1, "acme-news"
		}
		return n, nil
	})
}

// SettleRuns returns the run.
func (s *Service) SettleRuns(context.Context, view.Caller, view.Paging) (view.Page[view.SettleRun], error) {
	return call(s, "SettleRuns", func() (view.Page[view.SettleRun], error) {
		return view.All([]view.SettleRun{run()}), nil
	})
}

// Settlements returns the settlement if it is in the state.
func (s *Service) Settlements(
	_ context.Context, _ view.Caller, q view.SettlementQuery,
) (view.Page[view.Settlement], error) {
	return call(s, "Settlements", func() (view.Page[view.Settlement], error) {
		return view.All(slices.DeleteFunc([]view.Settlement{settlement()}, func(v view.Settlement) bool {
			return q.State != "" && q.State != string(v.State)
		})), nil
	})
}

// Settlement returns the settlement.
func (s *Service) Settlement(_ context.Context, _ view.Caller, id string) (view.Settlement, error) {
	return call(s, "Settlement", func() (view.Settlement, error) {
		if id != settlement().ID {
			return view.Settlement{}, noSuch("settlement", id)
		}
		return settlement(), nil
	})
}

// Statement returns its statement.
func (s *Service) Statement(_ context.Context, _ view.Caller, id string) (view.Statement, error) {
	return call(s, "Statement", func() (view.Statement, error) {
		if id != settlement().ID {
			return view.Statement{}, noSuch("settlement", id)
		}
		return view.Statement{Settlement: settlement(), Rows: []view.StatementRow{{
			ID: "chg_8f3ka", Kind: "sale", Net: "7.900000", Balance: "7.900000", Text: ",sale,,,,7.900000,7.900000,e1",
		}}}, nil
	})
}

// SettlementStep makes a word of the event: what may follow is tested in server.
func (s *Service) SettlementStep(
	_ context.Context, _ view.Caller, q view.SettlementStep,
) (view.Page[view.Settlement], error) {
	return call(s, "SettlementStep", func() (view.Page[view.Settlement], error) {
		v := settlement()
		if q.ID != v.ID && q.ID != payouts().ID {
			return view.Page[view.Settlement]{}, noSuch("settlement", q.ID)
		}
		v.State = view.State(map[string]ledger.SettlementState{
			ledger.PayoutApprove: ledger.SettlementApproved, ledger.PayoutHold: ledger.SettlementHeld,
			ledger.PayoutPaid: ledger.SettlementPaid, ledger.PayoutFail: ledger.SettlementFailed,
			ledger.PayoutReturn: ledger.SettlementReturned, ledger.PayoutReissue: ledger.SettlementApproved,
		}[q.Event])
		v.Reason = q.Reason
		return view.All([]view.Settlement{v}), nil
	})
}

// payouts is the one file.
func payouts() view.PayoutFile {
	return view.PayoutFile{
		ID: "pof_2k9fd", Name: "pof_2k9fd.csv", Way: "csv", Payouts: 1, Total: EUR(7_600_000), Created: after(0),
		Digest: strings.Repeat("ab", 32), Waiting: 1,
		Content: "payout,to,name,amount,currency\r\nstl_4q8pv,acme-news,acme-news,7.60,EUR\r\n",
	}
}

// PayoutSubmit returns the file.
func (s *Service) PayoutSubmit(context.Context, view.Caller, ledger.Currency, string) (view.PayoutFile, error) {
	return call(s, "PayoutSubmit", func() (view.PayoutFile, error) { return payouts(), nil })
}

// PayoutFile returns the file.
func (s *Service) PayoutFile(_ context.Context, _ view.Caller, id string) (view.PayoutFile, error) {
	return call(s, "PayoutFile", func() (view.PayoutFile, error) {
		if id != payouts().ID {
			return view.PayoutFile{}, noSuch("file of payouts", id)
		}
		return payouts(), nil
	})
}

// PayTerms returns those of the policy.
func (s *Service) PayTerms(_ context.Context, _ view.Caller, vendor string) ([]view.PayTerms, error) {
	return call(s, "PayTerms", func() ([]view.PayTerms, error) {
		if vendor == "nobody" {
			return nil, noSuch("vendor", vendor)
		}
		return []view.PayTerms{{
			Vendor: vendor, Currency: "EUR", Amount: EUR(20_000_000), Minimum: EUR(5_000_000), Fee: EUR(0), Way: "csv",
			To: vendor, Reserve: "0 %", Words: "from 20.00 EUR on or after 7d, minimum 5.00 EUR, csv to " + vendor,
		}}, nil
	})
}

// SetPayTerms returns the terms as the vendor's own.
func (s *Service) SetPayTerms(_ context.Context, _ view.Caller, q view.TermsChange) ([]view.PayTerms, error) {
	return call(s, "SetPayTerms", func() ([]view.PayTerms, error) {
		return []view.PayTerms{{
			Vendor: q.Vendor, Currency: "EUR", Own: true, Amount: EUR(20_000_000), Minimum: EUR(5_000_000), Fee: EUR(0),
			Way: "csv", To: q.Vendor, Reserve: "5 %", Words: "from 20.00 EUR on or after 7d, reserve 5 %",
		}}, nil
	})
}

// StatementSheet returns a sheet that is no PDF.
func (s *Service) StatementSheet(_ context.Context, _ view.Caller, id string) (view.Sheet, error) {
	return call(s, "StatementSheet", func() (view.Sheet, error) {
		if id != settlement().ID {
			return view.Sheet{}, noSuch("settlement", id)
		}
		return view.Sheet{Title: "Statement", PDF: "JVBERi0xLjQK"}, nil
	})
}

// payAccounts is the one account of a vendor, and of a payee if one is named.
func payAccounts(vendor, payee string) []view.PayAccount {
	return []view.PayAccount{{
		Vendor: vendor, Payee: payee, Network: "sepa", Account: "DE•• … 3000", Used: after(0),
		Next: "FR•• … 2606", Mark: "2606-2", From: after(72 * time.Hour),
	}}
}

// PayAccounts returns the account.
func (s *Service) PayAccounts(_ context.Context, _ view.Caller, vendor string) ([]view.PayAccount, error) {
	return call(s, "PayAccounts", func() ([]view.PayAccount, error) {
		if vendor == "nobody" {
			return nil, noSuch("vendor", vendor)
		}
		return payAccounts(vendor, ""), nil
	})
}

// SetPayAccount returns the account, with another one beside it.
func (s *Service) SetPayAccount(
	_ context.Context, _ view.Caller, q view.PayAccountRequest,
) ([]view.PayAccount, error) {
	return call(s, "SetPayAccount", func() ([]view.PayAccount, error) { return payAccounts(q.Vendor, q.Payee), nil })
}

// ApprovePayAccount returns the account.
func (s *Service) ApprovePayAccount(
	_ context.Context, _ view.Caller, q view.PayAccountRequest,
) ([]view.PayAccount, error) {
	return call(s, "ApprovePayAccount", func() ([]view.PayAccount, error) { return payAccounts(q.Vendor, q.Payee), nil })
}

// RemovePayAccount returns no account.
func (s *Service) RemovePayAccount(
	context.Context, view.Caller, view.PayAccountRequest,
) ([]view.PayAccount, error) {
	return call(s, "RemovePayAccount", func() ([]view.PayAccount, error) { return nil, nil })
}
