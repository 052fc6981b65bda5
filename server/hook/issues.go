package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// TokenIssueIn pays for tokens.
type TokenIssueIn struct {
	Amount Money      `json:"amount" doc:"What one voucher, or the buyer, gets."`
	Count  uint32     `json:"count,omitempty" default:"1" minimum:"1" maximum:"1000" doc:"How many vouchers."`
	To     string     `json:"to,omitempty" maxLength:"64" doc:"The link of one buyer; left out: vouchers are made."`
	Reason string     `json:"reason,omitempty" maxLength:"500" doc:"Who gets them reads it."`
	EndsAt *time.Time `json:"ends_at,omitempty" doc:"What is not redeemed by then comes back; left out: in a year."`
}

// issueRequest is an issue with its idempotency key.
type issueRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    TokenIssueIn
}

// Tokens are paid for out of what is available to the vendor, before anybody can redeem them (claims 6, 32).
func (a *api) issueRoutes() {
	register(a, needsKey(made(op(http.MethodPost, "/token_issues", "token_issues:write", "issue-tokens",
		"Pay for tokens, for a buyer or as vouchers"))), a.issueTokens)
	register(a, op(http.MethodGet, "/token_issues", "token_issues:read", "list-token-issues",
		"What the vendor has issued, newest first"),
		func(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[view.TokenIssue]], error) {
			return list(v.TokenIssues(ctx, in.paging()))
		})
	one(a, op(http.MethodGet, "/token_issues/{id}", "token_issues:read", "get-token-issue", "An issue as it stands"),
		"token issue", a.names.OpenIssue, (*server.Seller).TokenIssue)
	step(a, needsKey(op(http.MethodPost, "/token_issues/{id}/void", "token_issues:write", "void-token-issue",
		"Take back what nobody has redeemed")), "token issue", a.names.OpenIssue, (*server.Seller).VoidIssue)
}

// issueTokens reads and makes an issue.
func (a *api) issueTokens(
	ctx context.Context, v *server.Seller, in *issueRequest,
) (*IdempotentBody[view.TokenIssue], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o := server.IssueOrder{Count: in.Body.Count, Reason: in.Body.Reason}
	if in.Body.EndsAt != nil {
		o.Ends = stored(*in.Body.EndsAt)
	}
	if o.Amount, err = in.Body.Amount.amount("amount"); err != nil {
		return nil, err
	}
	if in.Body.To != "" {
		if o.Link, err = a.names.OpenLink(in.Body.To); err != nil {
			return nil, named(ledger.RefuseNotFound("link"), "to")
		}
	}
	return idempotent(v.IssueTokens(ctx, q, o))
}
