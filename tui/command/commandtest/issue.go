package commandtest

import (
	"context"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// issue is the one issue of tokens of the double.
func issue() view.TokenIssue {
	return view.TokenIssue{
		ID: "tki_7m3kd", State: "open", Amount: EUR(5_000_000), Count: 3, Redeemed: 1, Left: EUR(10_000_000),
		Reason: "For the readers of spring", By: "tuppence", Created: after(0),
		Ends: view.At(Now.Add(30 * 24 * time.Hour)),
	}
}

// TokenIssues returns the issue.
func (s *Service) TokenIssues(
	_ context.Context, _ view.Caller, vendor string, _ view.Paging,
) (view.Page[view.TokenIssue], error) {
	return call(s, "TokenIssues", func() (view.Page[view.TokenIssue], error) {
		if vendor != "" {
			return view.Page[view.TokenIssue]{}, nil
		}
		return view.Page[view.TokenIssue]{Data: []view.TokenIssue{issue()}}, nil
	})
}

// IssueVouchers returns it as it was asked for.
func (s *Service) IssueVouchers(
	_ context.Context, _ view.Caller, q view.VoucherRequest,
) (view.TokenIssue, error) {
	return call(s, "IssueVouchers", func() (view.TokenIssue, error) {
		i := issue()
		i.Amount, i.Count, i.Redeemed, i.Reason = q.Amount, q.Count, 0, q.Reason
		i.Left = EUR(q.Amount.Micros * int64(q.Count))
		i.Codes = []string{"V-7K3MD-2QX9R-0T4WB"}
		return i, nil
	})
}

// ApproveIssue finds the one issue open already.
func (s *Service) ApproveIssue(_ context.Context, _ view.Caller, id string) (view.TokenIssue, error) {
	return call(s, "ApproveIssue", func() (view.TokenIssue, error) {
		if id != issue().ID {
			return view.TokenIssue{}, ledger.RefuseNotFound("token issue")
		}
		return view.TokenIssue{}, ledger.RefuseState("token issue", "open")
	})
}

// VoidIssue ends it.
func (s *Service) VoidIssue(_ context.Context, _ view.Caller, id string) (view.TokenIssue, error) {
	return call(s, "VoidIssue", func() (view.TokenIssue, error) {
		i := issue()
		if id != i.ID {
			return view.TokenIssue{}, ledger.RefuseNotFound("token issue")
		}
		i.State, i.Left = "voided", EUR(0)
		return i, nil
	})
}

// RedeemVoucher brings what the voucher says.
func (s *Service) RedeemVoucher(_ context.Context, _ view.Caller, code string) (view.Incentive, error) {
	return call(s, "RedeemVoucher", func() (view.Incentive, error) {
		i := issue()
		if code != "V-7K3MD-2QX9R-0T4WB" {
			return view.Incentive{}, ledger.Refuse(ledger.ErrNotFound, "Compare it with the voucher: V and three groups.",
				"There is no voucher with this code.")
		}
		return view.Incentive{
			ID: "inc_vouch", Amount: i.Amount, Left: i.Amount, By: i.By, Reason: i.Reason, State: "usable",
			Expires: view.At(Now.Add(365 * 24 * time.Hour)),
		}, nil
	})
}
