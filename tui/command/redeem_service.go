package command

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Redeeming is how tokens become money again, and how weekly budgets keep an account filled.
type Redeeming interface {
	// RedeemTerms says what turning tokens back into money would be, and writes nothing. Redeem does it; with the key of
	// an earlier call it returns that redemption.
	RedeemTerms(ctx context.Context, who view.Caller, q view.RedeemRequest) (view.RedeemTerms, error)
	Redeem(ctx context.Context, who view.Caller, q view.RedeemRequest) (view.Redemption, error)
	// Redemptions returns the newest ones of the wallet, Redemption one of them. CancelRedemption takes one back that has
	// not left (else ledger.ErrState).
	Redemptions(ctx context.Context, who view.Caller, p view.Paging) ([]view.Redemption, error)
	Redemption(ctx context.Context, who view.Caller, id string) (view.Redemption, error)
	CancelRedemption(ctx context.Context, who view.Caller, id string) (view.Redemption, error)
	// DeskRedemptions returns those of all wallets. RedemptionStep moves one on, or says that a file was paid.
	// RedemptionSubmit puts what is approved into a file.
	DeskRedemptions(ctx context.Context, who view.Caller, q view.RedemptionQuery) (view.Page[view.Redemption], error)
	RedemptionStep(ctx context.Context, who view.Caller, q view.RedemptionStep) (view.RedemptionsMoved, error)
	RedemptionSubmit(ctx context.Context, who view.Caller, c ledger.Currency, to string) (view.RedemptionFile, error)
	// Refills returns the weekly budgets of the wallet. RefillTerms says what one would be, and writes nothing; SetRefill
	// sets it, SkipRefill passes over its next week, EndRefill ends it, and FillNow fills the account up at once.
	RefillTerms(ctx context.Context, who view.Caller, q view.RefillRequest) (view.Refill, error)
	Refills(ctx context.Context, who view.Caller) ([]view.Refill, error)
	SetRefill(ctx context.Context, who view.Caller, q view.RefillRequest) (view.Refill, error)
	SkipRefill(ctx context.Context, who view.Caller, c ledger.Currency) (view.Refill, error)
	FillNow(ctx context.Context, who view.Caller, c ledger.Currency) (view.Refill, error)
	EndRefill(ctx context.Context, who view.Caller, c ledger.Currency) (view.Refill, error)
}
