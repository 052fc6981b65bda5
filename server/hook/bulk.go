package hook

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// maxBulkBody bounds a request for many charges, in bytes: a KiB for each.
const maxBulkBody = 1 << 20

// bulkAtOnce is how many such requests are read and answered at once, bulkOfOne how many of one vendor: each may take
// some MiB.
const (
	bulkAtOnce = 16
	bulkOfOne  = 4
)

// BulkIn sells on many links.
type BulkIn struct {
	Charges []BulkChargeIn `json:"charges" minItems:"1" maxItems:"1000" doc:"They are decided in this order."`
}

// BulkChargeIn is a ChargeIn of which what is wrong is no fault of the others: the bounds of a charge are looked at for
// each, and those of the document are wider.
type BulkChargeIn struct {
	LinkID    string       `json:"link_id" maxLength:"1000"`
	OfferID   string       `json:"offer_id" maxLength:"1000"`
	Version   uint32       `json:"offer_version,omitempty"`
	Quantity  int32        `json:"quantity,omitempty" default:"1" minimum:"-2147483648"`
	Capture   *bool        `json:"capture,omitempty" doc:"false: the money waits for a capture."`
	ClientRef string       `json:"client_reference_id,omitempty" maxLength:"1000"`
	Metadata  bulkMetadata `json:"metadata,omitempty"`
}

// bulkMetadata is Metadata with wider bounds.
type bulkMetadata map[string]string

// Schema bounds it by what a body has room for.
func (bulkMetadata) Schema(huma.Registry) *huma.Schema {
	s := metadataSchema()
	entries, value := maxFields, 1000
	s.MaxProperties = &entries
	s.AdditionalProperties.(*huma.Schema).MaxLength = &value
	s.AdditionalProperties.(*huma.Schema).PrecomputeMessages()
	s.PrecomputeMessages()
	return s
}

// BulkAnswer has what became of each charge.
type BulkAnswer struct {
	Data []BulkResult `json:"data" doc:"One for each charge, in the order of the request."`
}

// BulkResult is a sale, or why there is none.
type BulkResult struct {
	Index   int          `json:"index" doc:"The place of the charge in the request, from 0."`
	Charge  *view.Charge `json:"charge,omitempty" doc:"The sale."`
	Problem *Problem     `json:"problem,omitempty" doc:"Why nothing was sold: what one charge would be answered."`
}

// bulkRequest is many charges with their idempotency key.
type bulkRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    BulkIn
}

// bulkAnswered is the answer, with what its charges have left of the rate.
type bulkAnswered struct {
	Replayed
	Left string `header:"RateLimit"`
	Body BulkAnswer
}

// bulkCharge sells on many links: an answer for each, in order. Each counts as a request.
func (a *api) bulkCharge(
	ctx context.Context, v *server.Seller, in *bulkRequest,
) (*bulkAnswered, error) {
	left, err := a.limits.more(v.ID, len(in.Body.Charges)-1)
	if err != nil {
		return nil, err
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	all := make([]server.BulkCharge, len(in.Body.Charges))
	for i, c := range in.Body.Charges {
		all[i] = a.bulkOrder(c)
	}
	results, again, err := v.ChargeBulk(ctx, q, all)
	if err != nil {
		return nil, err
	}
	out := &bulkAnswered{Left: left, Body: BulkAnswer{Data: make([]BulkResult, len(results))}}
	if again {
		out.Again = "true"
	}
	for i := range results {
		one := &out.Body.Data[i]
		if one.Index = i; results[i].Refused != nil {
			one.Problem = problemOf(results[i].Refused, a.base, "")
		} else {
			one.Charge = &results[i].Charge
		}
	}
	return out, nil
}

// bulkOrder is what a charge asks for, with what is wrong with it.
func (a *api) bulkOrder(c BulkChargeIn) (o server.BulkCharge) {
	o.ChargeOrder = server.ChargeOrder{
		Version: c.Version, ClientRef: c.ClientRef, Metadata: c.Metadata,
		Hold: c.Capture != nil && !*c.Capture,
	}
	var err error
	if o.Link, err = a.names.OpenLink(c.LinkID); err != nil {
		o.Refused = named(ledger.RefuseNotFound("link"), "link_id")
		return o
	}
	if o.Offer, err = a.names.OpenOffer(c.OfferID); err != nil {
		o.Refused = named(ledger.RefuseNotFound("offer"), "offer_id")
		return o
	}
	if c.Quantity < 0 {
		_, why := ledger.PriceOf(ledger.Offer{}, 0)
		o.Refused = why
		return o
	}
	o.Quantity = uint32(c.Quantity)
	return o
}
