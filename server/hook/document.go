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
	all []string
}

func (p *patterns) HandleFunc(pattern string, handle func(http.ResponseWriter, *http.Request)) {
	p.all = append(p.all, pattern)
	p.ServeMux.HandleFunc(pattern, handle)
}

// document completes what can be read off the types: the header that we check ourselves, and the codes of problems, types of
// events and reasons, each from its only list. The raw body is for the fingerprint and no second way to send one.
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
			if o.RequestBody != nil {
				delete(o.RequestBody.Content, "application/octet-stream")
			}
		}
	}
	schemas := doc.Components.Schemas.Map()
	codes := []any{codeInternal}
	for _, s := range statuses {
		codes = append(codes, s.is.Error())
	}
	schemas["Problem"].Properties["code"].Enum = codes
	oneOf(schemas["EndpointIn"].Properties["event_types"].Items, server.EventTypes)
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
