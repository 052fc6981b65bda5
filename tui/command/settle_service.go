package command

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Settling is how operators pay vendors and payees what they have earned.
type Settling interface {
	// SettleRun begins a run of settlements or goes on with it, for some tills; it is called until Done.
	SettleRun(ctx context.Context, who view.Caller, q view.SettleOrder) (view.SettleRun, error)
	// SettleRuns returns runs, newest first.
	SettleRuns(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.SettleRun], error)
	// Settlements returns a page of settlements, newest first.
	Settlements(ctx context.Context, who view.Caller, q view.SettlementQuery) (view.Page[view.Settlement], error)
	// Settlement returns one settlement, Statement its rows as they were sealed.
	Settlement(ctx context.Context, who view.Caller, id string) (view.Settlement, error)
	Statement(ctx context.Context, who view.Caller, id string) (view.Statement, error)
	// SettlementStep moves a settlement on, or the payouts of a file.
	SettlementStep(ctx context.Context, who view.Caller, q view.SettlementStep) (view.Page[view.Settlement], error)
	// PayoutSubmit puts what is approved into a new file. PayoutFile returns a file: its bytes never change.
	PayoutSubmit(ctx context.Context, who view.Caller, c ledger.Currency, way string) (view.PayoutFile, error)
	PayoutFile(ctx context.Context, who view.Caller, id string) (view.PayoutFile, error)
	// PayTerms returns how a vendor is settled, SetPayTerms changes it.
	PayTerms(ctx context.Context, who view.Caller, vendor string) ([]view.PayTerms, error)
	SetPayTerms(ctx context.Context, who view.Caller, q view.TermsChange) ([]view.PayTerms, error)
	// StatementSheet returns the statement of a settlement as PDF.
	StatementSheet(ctx context.Context, who view.Caller, id string) (view.Sheet, error)
	// PayAccounts returns the accounts that a vendor and its payees are paid to; the others change one of them.
	PayAccounts(ctx context.Context, who view.Caller, vendor string) ([]view.PayAccount, error)
	SetPayAccount(ctx context.Context, who view.Caller, q view.PayAccountRequest) ([]view.PayAccount, error)
	ApprovePayAccount(ctx context.Context, who view.Caller, q view.PayAccountRequest) ([]view.PayAccount, error)
	RemovePayAccount(ctx context.Context, who view.Caller, q view.PayAccountRequest) ([]view.PayAccount, error)
	// RoyaltyPlans returns the plans of a vendor, RoyaltyPlan one version of one, SetRoyaltyPlan makes one.
	RoyaltyPlans(ctx context.Context, who view.Caller, vendor string) ([]view.RoyaltyPlan, error)
	RoyaltyPlan(
		ctx context.Context, who view.Caller, vendor, plan string, version uint32,
	) (view.RoyaltyPlan, error)
	SetRoyaltyPlan(ctx context.Context, who view.Caller, q view.RoyaltyPlanOrder) (view.RoyaltyPlan, error)
}
