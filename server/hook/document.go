package hook

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
	"tuppence/server/ledger"
)

// patterns is a mux that knows what it serves, so that a test can compare it with the document.
type patterns struct {
	*http.ServeMux
	all []string // in the order in which they were registered
}

// HandleFunc notes the pattern and serves it.
func (p *patterns) HandleFunc(pattern string, handle func(http.ResponseWriter, *http.Request)) {
	p.all = append(p.all, pattern)
	p.ServeMux.HandleFunc(pattern, handle)
}

// meanings are descriptions of fields that are too long for their tags: schema, property, words.
var meanings = []struct{ schema, property, words string }{
	{"Problem", "retryable", "Whether the same request can succeed later without another act."},
	{"ChargeIn", "offer_version", "Refuse if the offer has another version by now; 0: sell the newest."},
	{"CheckoutIn", "limits", "Mode link: what the vendor proposes; the buyer decides."},
	{"CheckoutIn", "success_url", "Where the browser goes with the one-time code; on a verified origin."},
	{"CheckoutIn", "expires_in", "Seconds; 0: 15 minutes."},
	{"OfferIn", "content_url", "What opens after the purchase; on a verified origin."},
	{"OfferIn", "incentive_ids", "Kept with the offer; nothing is given for them yet."},
	{"OfferIn", "royalties", "Shares of the price less commission; the rest is the vendor's."},
}

// document completes what can be read off the types: the header that we check ourselves, long descriptions, and the
// codes of problems, types of events and reasons, each from its only list. The raw body is for the fingerprint and no
// second way to send one.
func (a *api) document() {
	doc := a.huma.OpenAPI()
	for _, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Post, item.Patch} {
			if o == nil {
				continue
			}
			for _, p := range o.Parameters {
				if p.Name == "Idempotency-Key" {
					p.Required = true
				}
			}
			if o.RequestBody != nil { // huma takes a raw body for another form of the request
				delete(o.RequestBody.Content, "application/octet-stream")
			}
		}
	}
	schemas := doc.Components.Schemas.Map()
	for _, m := range meanings {
		schemas[m.schema].Properties[m.property].Description = m.words
	}
	codes := []any{codeInternal}
	for _, s := range statuses {
		codes = append(codes, s.is.Error())
	}
	schemas["Problem"].Properties["code"].Enum = codes
	oneOf(schemas["EndpointIn"].Properties["event_types"].Items, server.EventTypes())
	oneOf(schemas["RefundIn"].Properties["reason"], ledger.RefundReasons)
	oneOf(schemas["Dispute"].Properties["reason"], ledger.DisputeReasons)
}

// oneOf allows only these words, in the document and in requests.
func oneOf(s *huma.Schema, words []string) {
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	s.PrecomputeMessages()
}
