package command

import (
	"context"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Office is what is done at the end of a month, and with what nobody uses: bills on paper, closed months, unclaimed
// property, and ways to add funds that are frozen.
type Office interface {
	// SetAddress keeps where bills are mailed; Address tells it masked, and RemoveAddress deletes it.
	SetAddress(ctx context.Context, who view.Caller, a ledger.PostalAddress) (view.Address, error)
	Address(ctx context.Context, who view.Caller) (view.Address, error)
	RemoveAddress(ctx context.Context, who view.Caller) (view.Address, error)
	// PrintBills returns a batch of letters: a new one for 0, else an earlier one byte for byte.
	PrintBills(ctx context.Context, who view.Caller, number uint64) (view.Mailing, error)
	// Mailings returns the batches without their files, newest first.
	Mailings(ctx context.Context, who view.Caller, p view.Paging) ([]view.Mailing, error)

	// Months returns the closed months, newest first; Month returns one with what each class stood at.
	Months(ctx context.Context, who view.Caller, p view.Paging) (view.Page[view.Month], error)
	Month(ctx context.Context, who view.Caller, month string) (view.Month, error)
	CloseMonth(ctx context.Context, who view.Caller, month string, sure bool) (view.Month, error)

	// Unclaimed returns the balances that are announced, unclaimed or with the state.
	Unclaimed(ctx context.Context, who view.Caller, p view.Paging) (view.Page[view.Unclaimed], error)
	// Remit pays what is unclaimed of an account to the state: one person asks, another one does it.
	Remit(ctx context.Context, who view.Caller, wallet string, sum ledger.Amount, reason string) (view.Unclaimed, error)

	// SetMethod freezes a way to add funds, or opens it again.
	SetMethod(ctx context.Context, who view.Caller, name string, thaw bool, reason string) (view.ClosedMethod, error)
}
