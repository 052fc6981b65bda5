package hook

import (
	"context"
	"errors"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// payerProblem is what went wrong, for the buyer's own program: with the figures of its limits and tokens, which no
// vendor is told.
type payerProblem struct {
	Problem
	SpendingLimit string         `json:"spending_limit,omitempty" doc:"The limit that was reached."`
	ResetsAt      *view.Time     `json:"resets_at,omitempty" doc:"When that limit frees by itself."`
	Shortfall     *ledger.Amount `json:"shortfall,omitempty" doc:"How much is missing."`
}

// payerProblem turns an error into the problem that the buyer's program reads: the words of the refusal itself. What is
// internal is logged, once, and hidden.
func (a *api) problemForPayer(ctx context.Context, err error) *payerProblem {
	var no *ledger.Refusal
	out := &payerProblem{Problem: *a.problem(ctx, err)}
	out.scheme = "Signature"
	if !errors.As(err, &no) {
		return out
	}
	k := kindOf(no.Is)
	out.Type, out.Title = a.base+"/problems/"+ledger.Code(no.Is), ledger.Title(no.Is)
	out.Status, out.Code, out.Retryable = k.status, ledger.Code(no.Is), k.retryable
	out.Detail, out.Remedy, out.Param = no.Detail, no.Remedy, no.Param
	out.SpendingLimit, out.ResetsAt = no.Limit, view.Maybe(no.ResetsAt)
	if no.Shortfall.Micros > 0 {
		out.Shortfall = &no.Shortfall
	}
	return out
}
