package hook

import (
	"maps"
	"math"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
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

// document completes what can be read off the types: one problem for all that goes wrong, headers, descriptions, bounds
// of numbers, examples, and the codes of problems, types of events and reasons, each from its only list. The raw body
// is for the fingerprint and no second way to send one.
func (a *api) document() {
	doc := a.huma.OpenAPI()
	doc.Components.Responses = map[string]*huma.Response{"Problem": problemResponse()}
	doc.Components.Headers = headers()
	for path, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o != nil {
				describe(o, path)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		doc.Tags = append(doc.Tags, &huma.Tag{Name: name, Description: tags[name]})
	}
	schemas := doc.Components.Schemas
	doc.Webhooks = events(schemas)
	for _, m := range meanings {
		schemas.Map()[m.schema].Properties[m.property].Description = m.words
	}
	var codes []string
	for _, is := range ledger.ToVendors() {
		codes = append(codes, is.Error())
	}
	oneOf(schemas.Map()["Problem"].Properties["code"], append(codes, codeInternal))
	oneOf(schemas.Map()["Problem"].Properties["limit"], []string{"views", "hours", "days", "expires_at", "revoked"})
	oneOf(schemas.Map()["EndpointIn"].Properties["event_types"].Items, server.EventTypes())
	oneOf(schemas.Map()["EndpointChange"].Properties["event_types"].Items, server.EventTypes())
	ids := schemas.Map()["OfferIn"].Properties["incentive_ids"].Items
	most := ledger.MaxIncentive
	ids.MaxLength = &most
	ids.PrecomputeMessages()
	oneOf(schemas.Map()["RefundIn"].Properties["reason"], ledger.RefundReasons)
	oneOf(schemas.Map()["Dispute"].Properties["reason"], ledger.DisputeReasons)
	stages := ledger.DisputeStates()
	oneOf(schemas.Map()["Dispute"].Properties["stage"], stages)
	for _, p := range doc.Paths["/v1/disputes"].Get.Parameters {
		if p.Name == "stage" {
			oneOf(p.Schema, stages)
		}
	}
	for name, s := range schemas.Map() {
		complete(name, s)
	}
}

// describe completes an operation.
func describe(o *huma.Operation, path string) {
	noun, _, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
	o.Tags, o.Description = []string{strings.ReplaceAll(noun, "_", " ")}, o.Summary+". Scope: "+scopeOf(o)+"."
	for _, p := range o.Parameters {
		bounded(p.Schema)
		p.Schema.PatternDescription = "" // it is no word of OpenAPI, and is in the refusal by now
		switch {
		case p.Name == "Idempotency-Key" && o.Metadata[keyNeeded] == true:
			p.Required, p.Description = true, keyWords+" Required."
		case p.Name == "Idempotency-Key":
			p.Description = keyWords
		case p.Name == "id":
			p.Description = "The name of the thing, from the answer that made or listed it."
		}
	}
	if o.RequestBody != nil {
		delete(o.RequestBody.Content, "application/octet-stream") // huma takes a raw body for another form of it
		if media := o.RequestBody.Content["application/json"]; media != nil {
			media.Example = examples[o.OperationID]
		}
	}
	delete(o.Responses, "default")
	for _, r := range o.Responses {
		if r.Headers == nil {
			r.Headers = map[string]*huma.Header{}
		}
		for _, name := range always {
			r.Headers[name] = &huma.Header{Ref: "#/components/headers/" + name}
		}
	}
	for _, status := range []string{"4XX", "default"} { // checkers ask for the first, and the second says that it is all
		o.Responses[status] = &huma.Response{Ref: "#/components/responses/Problem"}
	}
}

// keyWords describe the idempotency key.
const keyWords = "1 to 255 characters of the vendor's choice. The same key with the same request returns the same " +
	"answer and does nothing more; with another request it is refused."

// always are the headers of every answer.
var always = []string{"Request-Id", "Tuppence-Version", "RateLimit", "RateLimit-Policy"}

// headers are those that more than one answer has.
func headers() map[string]*huma.Header {
	all := map[string]*huma.Header{}
	for name, words := range map[string]string{
		"Request-Id":       "Quote it when you ask about this request.",
		"Tuppence-Version": "The date of the contract that the answer follows.",
		"RateLimit":        "How many requests are left (draft-ietf-httpapi-ratelimit-headers).",
		"RateLimit-Policy": "How many requests fit into how many seconds.",
		"Retry-After":      "Seconds after which to try again; with 429 and 503.",
		"WWW-Authenticate": "How to authenticate; with 401.",
	} {
		all[name] = &huma.Header{Description: words, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return all
}

// problemResponse is what is answered when something goes wrong, whatever it is: code and status tell.
func problemResponse() *huma.Response {
	r := &huma.Response{
		Description: "What went wrong, and what to do about it (RFC 9457).",
		Headers:     map[string]*huma.Header{},
		Content: map[string]*huma.MediaType{"application/problem+json": {
			Schema: &huma.Schema{Ref: "#/components/schemas/Problem"},
		}},
	}
	for _, name := range append([]string{"Retry-After", "WWW-Authenticate"}, always...) {
		r.Headers[name] = &huma.Header{Ref: "#/components/headers/" + name}
	}
	return r
}

// events are the webhooks of the document: one for each type, all with the same form.
func events(schemas huma.Registry) map[string]*huma.PathItem {
	body := schemas.Schema(reflect.TypeFor[view.Webhook](), true, "")
	all := map[string]*huma.PathItem{}
	for _, name := range server.EventTypes() {
		all[name] = &huma.PathItem{Post: &huma.Operation{
			OperationID: "on-" + strings.ReplaceAll(name, ".", "-"), Summary: "The event " + name,
			Description: "Sent to endpoints that asked for it, signed as Standard Webhooks 1.0.0 say. Answer 2xx in 15 seconds.",
			Tags:        []string{"events"},
			Security:    []map[string][]string{{}}, // the signature is in the headers
			RequestBody: &huma.RequestBody{
				Required: true,
				Content:  map[string]*huma.MediaType{"application/json": {Schema: body}},
			},
			Responses: map[string]*huma.Response{
				"2XX": {Description: "Taken."}, "410": {Description: "Send no more events there."},
				"4XX": {Description: "Not taken: it is sent again later."},
			},
		}}
	}
	return all
}

// complete gives each field of a schema its words, and each number a format that fits what generators make of it.
func complete(name string, s *huma.Schema) {
	if s.Description == "" {
		s.Description = things[name]
	}
	for field, p := range s.Properties {
		if p.Description == "" {
			p.Description = fields[field]
		}
		if field == "sequence" { // the one number that grows for ever, within what JavaScript keeps exactly
			least, most := 0.0, float64(1<<53-1)
			p.Format, p.Minimum, p.Maximum = "int64", &least, &most
			p.PrecomputeMessages()
			continue
		}
		bounded(p)
	}
}

// bounded gives an integer its format. Every other number of the contract fits 32 bits; money is no number.
func bounded(s *huma.Schema) {
	if s == nil || s.Type != huma.TypeInteger {
		return
	}
	least, most := 0.0, float64(math.MaxInt32)
	s.Format = "int32"
	if s.Minimum == nil {
		s.Minimum = &least
	}
	if s.Maximum == nil {
		s.Maximum = &most
	}
	s.PrecomputeMessages()
}

// oneOf allows only these words, in the document and in requests.
func oneOf(s *huma.Schema, words []string) {
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	s.PrecomputeMessages()
}
