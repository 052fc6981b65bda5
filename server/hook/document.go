package hook

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
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

// document completes what can be read off the types: the header that we check ourselves, the codes of problems and the
// types of events, each from its only list. The raw body is for the fingerprint and no second way to send one.
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
	var events []any
	for _, e := range server.EventTypes {
		events = append(events, e)
	}
	asked := schemas["EndpointIn"].Properties["event_types"]
	asked.Items.Enum = events
	asked.Items.PrecomputeMessages()
}
