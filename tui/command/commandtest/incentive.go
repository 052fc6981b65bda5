package commandtest

import (
	"context"
	"time"

	"tuppence/server/view"
)

// incentives are two that were given to the wallet.
func incentives() []view.Incentive {
	return []view.Incentive{
		{
			ID: "inc_g1ft", Amount: EUR(2_000_000), Left: EUR(1_400_000), Vendor: "acme-news", By: "acme-news",
			Reason: "A year with us.", State: "usable", Expires: view.At(Now.Add(30 * 24 * time.Hour)),
		},
		{
			ID: "inc_w3lc", Amount: EUR(500_000), Left: EUR(0), By: "tuppence", Reason: "Welcome.", State: "spent",
			Expires: view.At(Now.Add(90 * 24 * time.Hour)),
		},
	}
}

// Incentives returns what was given to the wallet.
func (s *Service) Incentives(context.Context, view.Caller) ([]view.Incentive, error) {
	return call(s, "Incentives", func() ([]view.Incentive, error) { return incentives(), nil })
}

// GiveIncentive answers for any wallet: what it refuses is tested in server.
func (s *Service) GiveIncentive(
	_ context.Context, _ view.Caller, q view.IncentiveRequest,
) (view.Incentive, error) {
	return call(s, "GiveIncentive", func() (view.Incentive, error) {
		return view.Incentive{
			ID: "inc_n3w", Amount: q.Amount, Left: q.Amount, Vendor: q.Vendor, By: "tuppence", Reason: q.Reason, State: "usable",
			Expires: view.At(Now.Add(time.Duration(q.Days) * 24 * time.Hour)), Handle: q.Wallet,
		}, nil
	})
}
