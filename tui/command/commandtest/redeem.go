package commandtest

import (
	"context"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// redemption is the one redemption of the double: 10.00 EUR to a bank account.
func redemption() view.Redemption {
	return view.Redemption{
		ID: "red_6k2wm", State: "approved", Amount: EUR(10_000_000), Fee: EUR(500_000), Arrives: EUR(9_500_000), To: "bank",
		Account: "DE•• … 3000", Why: "asked", Created: at(18, 12, 0), Updated: at(18, 12, 0), Simulated: true,
	}
}

// refill is the one weekly budget.
func refill() view.Refill {
	return view.Refill{
		Currency: "EUR", State: "active", Budget: EUR(20_000_000), Weekday: "monday", Account: "DE•• … 3000",
		Bank: "bnk_4rt8c", Surplus: true, Due: at(23, 12, 0), Week: "2026-W48", Announced: true,
	}
}

// RedeemTerms refuses what the account does not have.
func (s *Service) RedeemTerms(_ context.Context, _ view.Caller, q view.RedeemRequest) (view.RedeemTerms, error) {
	return call(s, "RedeemTerms", func() (view.RedeemTerms, error) {
		if q.Amount.Micros > 10_000_000 {
			short := q.Amount
			short.Micros -= 10_000_000
			return view.RedeemTerms{}, ledger.RefuseFunds(short)
		}
		r := redemption()
		return view.RedeemTerms{
			Amount: r.Amount, Fee: r.Fee, Arrives: r.Arrives, To: r.To, Account: r.Account, Bank: "bnk_4rt8c",
			Waits: q.To == "check",
		}, nil
	})
}

// Redeem returns the redemption.
func (s *Service) Redeem(_ context.Context, _ view.Caller, q view.RedeemRequest) (view.Redemption, error) {
	return call(s, "Redeem", func() (view.Redemption, error) {
		r := redemption()
		if q.To != "" {
			r.To = q.To
		}
		return r, nil
	})
}

// Redemptions returns the redemption.
func (s *Service) Redemptions(context.Context, view.Caller, view.Paging) ([]view.Redemption, error) {
	return call(s, "Redemptions", func() ([]view.Redemption, error) { return []view.Redemption{redemption()}, nil })
}

// Redemption returns the redemption.
func (s *Service) Redemption(_ context.Context, _ view.Caller, id string) (view.Redemption, error) {
	return call(s, "Redemption", func() (view.Redemption, error) { return redemptionNamed(id, "approved", "") })
}

// CancelRedemption cancels it.
func (s *Service) CancelRedemption(_ context.Context, _ view.Caller, id string) (view.Redemption, error) {
	return call(s, "CancelRedemption", func() (view.Redemption, error) { return redemptionNamed(id, "canceled", "") })
}

func redemptionNamed(id string, state view.State, reason string) (view.Redemption, error) {
	r := redemption()
	if id != r.ID {
		return view.Redemption{}, noSuch("redemption", id)
	}
	r.State, r.Reason = state, reason
	return r, nil
}

// DeskRedemptions returns the redemption, with its wallet.
func (s *Service) DeskRedemptions(
	_ context.Context, _ view.Caller, q view.RedemptionQuery,
) (view.Page[view.Redemption], error) {
	return call(s, "DeskRedemptions", func() (view.Page[view.Redemption], error) {
		r := redemption()
		r.Handle = "w_7g2v"
		if q.State != "" && q.State != string(r.State) {
			return view.Page[view.Redemption]{}, nil
		}
		return view.All([]view.Redemption{r}), nil
	})
}

// RedemptionStep makes a word of the event: what may follow is tested in server.
func (s *Service) RedemptionStep(
	_ context.Context, _ view.Caller, q view.RedemptionStep,
) (view.RedemptionsMoved, error) {
	return call(s, "RedemptionStep", func() (view.RedemptionsMoved, error) {
		id := q.ID
		if strings.HasPrefix(id, "TPC") {
			id = redemption().ID
		}
		r, err := redemptionNamed(id, map[string]view.State{
			ledger.RedeemApprove: "approved", ledger.RedeemDeny: "failed", ledger.RedeemPaid: "paid",
			ledger.RedeemFail: "failed", ledger.RedeemReturn: "returned",
		}[q.Event], q.Reason)
		r.Handle = "w_7g2v"
		return view.RedemptionsMoved{Redemptions: view.List[view.Redemption]{r}}, err
	})
}

// RedemptionSubmit returns a file.
func (s *Service) RedemptionSubmit(
	_ context.Context, _ view.Caller, _ ledger.Currency, _ string,
) (view.RedemptionFile, error) {
	return call(s, "RedemptionSubmit", func() (view.RedemptionFile, error) {
		return view.RedemptionFile{
			ID: "TPC000000000002", Way: "list", Created: at(18, 13, 0), Sum: EUR(9_500_000), Hash: strings.Repeat("5a", 32),
			Redemptions: 1, Passed: 2,
		}, nil
	})
}

// Refills returns the weekly budget.
func (s *Service) Refills(context.Context, view.Caller) ([]view.Refill, error) {
	return call(s, "Refills", func() ([]view.Refill, error) { return []view.Refill{refill()}, nil })
}

// RefillTerms refuses a budget above the mandate.
func (s *Service) RefillTerms(_ context.Context, _ view.Caller, q view.RefillRequest) (view.Refill, error) {
	return call(s, "RefillTerms", func() (view.Refill, error) {
		if q.Budget.Micros > 100_000_000 {
			return view.Refill{}, ledger.Refuse(ledger.ErrLimit, "Choose a smaller amount.",
				"The mandate permits debits of up to 100.00 EUR.")
		}
		return refill(), nil
	})
}

// SetRefill sets it.
func (s *Service) SetRefill(_ context.Context, _ view.Caller, q view.RefillRequest) (view.Refill, error) {
	return call(s, "SetRefill", func() (view.Refill, error) {
		r := refill()
		r.Budget, r.Surplus, r.Announced = q.Budget, q.Surplus, false
		r.Weekday = strings.ToLower(q.Weekday.String())
		return r, nil
	})
}

// SkipRefill skips the week.
func (s *Service) SkipRefill(_ context.Context, _ view.Caller, _ ledger.Currency) (view.Refill, error) {
	return call(s, "SkipRefill", func() (view.Refill, error) {
		r := refill()
		r.Skipped, r.Reason = true, "Week 2026-W48 is skipped."
		return r, nil
	})
}

// FillNow fills it up.
func (s *Service) FillNow(_ context.Context, _ view.Caller, _ ledger.Currency) (view.Refill, error) {
	return call(s, "FillNow", func() (view.Refill, error) {
		r := refill()
		r.Reason = "12.50 EUR are debited."
		return r, nil
	})
}

// EndRefill ends it.
func (s *Service) EndRefill(_ context.Context, _ view.Caller, _ ledger.Currency) (view.Refill, error) {
	return call(s, "EndRefill", func() (view.Refill, error) {
		r := refill()
		r.State, r.Reason = "ended", "You have turned it off."
		return r, nil
	})
}
