package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/books"
	"tuppence/server/ledger"
)

// RefundIn gives money of a sale back.
type RefundIn struct {
	ChargeID string `json:"charge_id" maxLength:"64"`
	Amount   *Money `json:"amount,omitempty" doc:"Left out: all that is left."`
	Reason   string `json:"reason,omitempty" default:"goodwill"`
}

// Refund is money that went back.
type Refund struct {
	ID       string    `json:"id"`
	ChargeID string    `json:"charge_id"`
	Status   string    `json:"status" enum:"succeeded"`
	Amount   Money     `json:"amount"`
	Reason   string    `json:"reason"`
	Created  time.Time `json:"created"`
}

// Dispute is a buyer's contest of a sale.
type Dispute struct {
	ID       string     `json:"id"`
	ChargeID string     `json:"charge_id"`
	Stage    string     `json:"stage" enum:"auto_resolved,needs_response,won,lost" doc:"won and lost are the buyer's."`
	Reason   string     `json:"reason"`
	Text     string     `json:"text,omitempty"`
	Amount   Money      `json:"amount"`
	DueBy    *time.Time `json:"due_by,omitempty" doc:"Silence until then means that the buyer wins."`
	Decided  *time.Time `json:"decided,omitempty"`
	Note     string     `json:"note,omitempty"`
	Created  time.Time  `json:"created"`
}

type refundAnswer struct {
	Replayed
	Body Refund
}

func (a *api) refundRoutes() {
	register(a, made(op(http.MethodPost, "/refunds", "create-refund", "Give a sale back, whole or in part")),
		func(ctx context.Context, v *server.Seller, in *struct {
			Keyed
			RawBody []byte
			Body    RefundIn
		},
		) (*refundAnswer, error) {
			q, err := in.request("POST /v1/refunds", in.RawBody)
			if err != nil {
				return nil, err
			}
			o := server.RefundOrder{Reason: in.Body.Reason}
			if o.Charge, err = a.names.OpenCharge(in.Body.ChargeID); err != nil {
				return nil, named(ledger.RefuseNotFound("charge"), "charge_id")
			}
			if in.Body.Amount != nil {
				if o.Amount, err = in.Body.Amount.amount("amount"); err != nil {
					return nil, err
				}
			}
			rec, again, err := v.Refund(ctx, q, o)
			if err != nil {
				return nil, err
			}
			return &refundAnswer{Replayed: replayed(again), Body: a.refund(rec)}, nil
		})
	register(a, op(http.MethodGet, "/refunds", "list-refunds", "What the vendor gave back, newest first"),
		func(ctx context.Context, v *server.Seller, in *Filtered) (*Body[List[Refund]], error) {
			before, err := in.before(a.names)
			if err != nil {
				return nil, err
			}
			list, next, err := v.Refunds(ctx, currencyOf(in.Currency), ledger.EntryNo(before), in.Limit)
			if err != nil {
				return nil, err
			}
			var data []Refund
			for _, r := range list {
				data = append(data, a.refund(r))
			}
			return page(data, a.cursor(next)), nil
		})
	register(a, op(http.MethodGet, "/refunds/{id}", "get-refund", "A refund"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Refund], error) {
			no, err := a.names.OpenRefund(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("refund")
			}
			rec, err := v.RefundMade(ctx, no)
			if err != nil {
				return nil, err
			}
			return body(a.refund(rec)), nil
		})
	register(a, op(http.MethodGet, "/disputes", "list-disputes", "Disputes about the vendor's sales, newest first"),
		func(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[Dispute]], error) {
			before, err := in.before(a.names)
			if err != nil {
				return nil, err
			}
			list, err := v.Disputes(ctx, ledger.EntryNo(before), in.Limit+1)
			if err != nil {
				return nil, err
			}
			var next ledger.EntryNo
			if len(list) > in.Limit {
				list = list[:in.Limit]
				next = list[in.Limit-1].No
			}
			var data []Dispute
			for _, d := range list {
				data = append(data, a.dispute(d))
			}
			return page(data, a.cursor(next)), nil
		})
	register(a, op(http.MethodGet, "/disputes/{id}", "get-dispute", "A dispute as it stands"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Dispute], error) {
			no, err := a.names.OpenDispute(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("dispute")
			}
			d, err := v.DisputeOf(ctx, no)
			if err != nil {
				return nil, err
			}
			return body(a.dispute(d)), nil
		})
}

func (a *api) refund(r books.Record) Refund {
	return Refund{
		ID: a.names.Refund(r.No), ChargeID: a.names.Charge(r.Cause), Status: "succeeded", Amount: money(r.Amount), Reason: r.Reason, Created: r.At,
	}
}

func (a *api) dispute(d ledger.Dispute) Dispute {
	return Dispute{
		ID: a.names.Dispute(d.No), ChargeID: a.names.Charge(d.Purchase), Stage: string(d.State), Reason: d.Reason, Text: d.Text,
		Amount: money(d.Amount), DueBy: later(d.DueBy), Decided: later(d.Decided), Note: d.Note, Created: d.Opened,
	}
}
