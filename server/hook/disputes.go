package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// DisputeOfferIn offers the buyer a part of what is disputed.
type DisputeOfferIn struct {
	Amount Money  `json:"amount" doc:"Less than all of it: that is to accept."`
	Text   string `json:"text" maxLength:"2000" doc:"Why that much. The buyer and staff read it."`
}

// DisputeAnswerIn is the vendor's side.
type DisputeAnswerIn struct {
	Text string `json:"text" maxLength:"2000" doc:"What was delivered, and when. The buyer and staff read it."`
}

// disputeOffer and disputeAnswer are requests about the dispute in the path.
type (
	disputeOffer struct {
		ID
		Keyed
		RawBody []byte // for the fingerprint
		Body    DisputeOfferIn
	}
	disputeAnswer struct {
		ID
		Keyed
		RawBody []byte // for the fingerprint
		Body    DisputeAnswerIn
	}
)

// A vendor sees the disputes about its sales (claim 14), and answers them.
func (a *api) disputeRoutes() {
	register(a, op(http.MethodGet, "/disputes", "disputes:read", "list-disputes",
		"Disputes about the vendor's sales, newest first"),
		a.disputes)
	one(a, op(http.MethodGet, "/disputes/{id}", "disputes:read", "get-dispute", "A dispute as it stands"),
		"dispute", a.names.OpenDispute, (*server.Seller).DisputeOf)
	step(a, needsKey(op(http.MethodPost, "/disputes/{id}/accept", "disputes:write", "accept-dispute",
		"Give in: the buyer gets all of it back at once")), "dispute", a.names.OpenDispute, (*server.Seller).AcceptDispute)
	register(a, needsKey(op(http.MethodPost, "/disputes/{id}/offer", "disputes:write", "offer-dispute",
		"Offer a part of it: the buyer takes it, or a person decides")), a.offerDispute)
	register(a, needsKey(op(http.MethodPost, "/disputes/{id}/answer", "disputes:write", "answer-dispute",
		"Answer with evidence: a person decides")), a.answerDispute)
	register(a, needsKey(op(http.MethodPost, "/disputes/{id}/appeal", "disputes:write", "appeal-dispute",
		"Appeal a verdict for the buyer, once: another person decides")), a.appealDispute)
}

// DisputeFilter chooses disputes.
type DisputeFilter struct {
	Paged
	Stage string `query:"stage" doc:"Only those in this stage now."`
}

// disputes lists what buyers contest, decided ones too.
func (a *api) disputes(
	ctx context.Context, v *server.Seller, in *DisputeFilter,
) (*Body[List[view.VendorDispute]], error) {
	return list(v.Disputes(ctx, server.DisputesQuery{Paging: in.paging(), Stage: ledger.DisputeState(in.Stage)}))
}

// disputeNamed opens the name of a dispute, and makes the fingerprint of the request about it.
func (a *api) disputeNamed(
	ctx context.Context, id ID, key Keyed, body []byte,
) (no ledger.EntryNo, q server.Request, err error) {
	if q, err = key.request(callOf(ctx).what, body); err != nil {
		return 0, q, err
	}
	if no, err = a.names.OpenDispute(id.ID); err != nil {
		return 0, q, ledger.RefuseNotFound("dispute")
	}
	return no, q, nil
}

// offerDispute offers a part.
func (a *api) offerDispute(
	ctx context.Context, v *server.Seller, in *disputeOffer,
) (*IdempotentBody[view.VendorDispute], error) {
	no, q, err := a.disputeNamed(ctx, in.ID, in.Keyed, in.RawBody)
	if err != nil {
		return nil, err
	}
	part, err := in.Body.Amount.amount("amount")
	if err != nil {
		return nil, err
	}
	return idempotent(v.OfferDispute(ctx, q, no, part, in.Body.Text))
}

// answerDispute tells the vendor's side.
func (a *api) answerDispute(
	ctx context.Context, v *server.Seller, in *disputeAnswer,
) (*IdempotentBody[view.VendorDispute], error) {
	no, q, err := a.disputeNamed(ctx, in.ID, in.Keyed, in.RawBody)
	if err != nil {
		return nil, err
	}
	return idempotent(v.AnswerDispute(ctx, q, no, in.Body.Text))
}

// appealDispute has a verdict looked at once more.
func (a *api) appealDispute(
	ctx context.Context, v *server.Seller, in *disputeAnswer,
) (*IdempotentBody[view.VendorDispute], error) {
	no, q, err := a.disputeNamed(ctx, in.ID, in.Keyed, in.RawBody)
	if err != nil {
		return nil, err
	}
	return idempotent(v.AppealDispute(ctx, q, no, in.Body.Text))
}
