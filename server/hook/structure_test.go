package hook

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
)

// everyNode calls do with every object of a document and where it is.
func everyNode(at string, v any, do func(at string, node map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		do(at, v)
		for name, inner := range v {
			everyNode(at+"/"+name, inner, do)
		}
	case []any:
		for i, inner := range v {
			everyNode(fmt.Sprint(at, "/", i), inner, do)
		}
	}
}

// What generators of clients stumble over is not in the document: integers without a size or larger than what a number
// of JSON holds exactly, lists that may be null, and copies of one response.
func TestDocumentSuitsGenerators(t *testing.T) {
	w := newWorld(t)
	doc := w.must(200, "GET", "/openapi.json", "")
	everyNode("", doc.body, func(at string, n map[string]any) {
		kinds, _ := n["type"].([]any)
		if slices.Contains(kinds, any("array")) {
			t.Errorf("%s may be %v", at, kinds)
		}
		if n["type"] == "number" {
			t.Errorf("%s is a float", at)
		}
		most, bounded := n["maximum"].(float64)
		fits := n["format"] == "int32" && most <= math.MaxInt32 || n["format"] == "int64" && most < 1<<53
		if n["type"] == "integer" && (!fits || !bounded || n["minimum"] == nil) {
			t.Errorf("%s is an integer without bounds and format: %v", at, n)
		}
		if ref, is := n["$ref"].(string); is && len(resolve(doc.body, map[string]any{"$ref": ref})) == 0 {
			t.Errorf("%s leads nowhere: %s", at, ref)
		}
	})
	if n := strings.Count(doc.raw, `"application/problem+json"`); n != 1 {
		t.Errorf("the problem is described %d times, want once", n)
	}
}

// Everything in the document has words, every operation its problem and headers, and every event its webhook.
func TestDocumentDescribesAll(t *testing.T) {
	w := newWorld(t)
	doc := w.must(200, "GET", "/openapi.json", "").body
	parts := doc["components"].(map[string]any)
	for name, s := range parts["schemas"].(map[string]any) {
		s := s.(map[string]any)
		if s["description"] == nil {
			t.Errorf("%s has no description", name)
		}
		properties, _ := s["properties"].(map[string]any)
		for field, p := range properties {
			if p := p.(map[string]any); p["description"] == nil && p["$ref"] == nil {
				t.Errorf("%s.%s has no description", name, field)
			}
		}
	}
	for path, item := range doc["paths"].(map[string]any) {
		for method, o := range item.(map[string]any) {
			o := o.(map[string]any)
			for _, p := range append([]any{o}, parameters(o)...) {
				if p.(map[string]any)["description"] == nil {
					t.Errorf("%s %s: no description of %v", method, path, p)
				}
			}
			answers := o["responses"].(map[string]any)
			for status, r := range answers {
				named, _ := r.(map[string]any)["headers"].(map[string]any)
				if status[0] == '2' && (named["Request-Id"] == nil || named["RateLimit"] == nil) {
					t.Errorf("%s %s: %s lacks headers", method, path, status)
				}
			}
			if len(answers) != 3 || answers["default"].(map[string]any)["$ref"] != "#/components/responses/Problem" {
				t.Errorf("%s %s answers with %v", method, path, answers)
			}
		}
	}
	hooks := doc["webhooks"].(map[string]any)
	for _, e := range server.EventTypes() {
		if hooks[e] == nil {
			t.Errorf("no webhook for %s", e)
		}
	}
}

// parameters are those of an operation.
func parameters(o map[string]any) []any {
	all, _ := o["parameters"].([]any)
	return all
}

// The examples are what they are examples of, and each operation with a body has one.
func TestExamplesAreValid(t *testing.T) {
	w := newWorld(t)
	a := newAPI(w.svc, Options{BaseURL: "https://pay.example", Now: w.time.Now})
	doc := a.huma.OpenAPI()
	for path, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Post, item.Patch} {
			if o == nil || o.RequestBody == nil {
				continue
			}
			media := o.RequestBody.Content["application/json"]
			res := &huma.ValidateResult{}
			at := huma.NewPathBuffer([]byte{}, 0)
			huma.Validate(doc.Components.Schemas, media.Schema, at, huma.ModeWriteToServer, media.Example, res)
			if media.Example == nil || len(res.Errors) > 0 {
				t.Errorf("the example of %s %s: %v", o.OperationID, path, res.Errors)
			}
		}
	}
}

// What a body may hold is bounded in the document, to the last text: what is too much is refused while it is read,
// before anything is made of it.
func TestDocumentBoundsBodies(t *testing.T) {
	w := newWorld(t)
	doc := w.must(200, "GET", "/openapi.json", "").body
	for _, o := range w.operations() {
		if o.schema != nil {
			unbounded(doc, o.schema, o.id, t.Errorf)
		}
	}
}

// unbounded tells which parts of a schema may be of any size.
func unbounded(doc map[string]any, v any, at string, tell func(string, ...any)) {
	s := resolve(doc, v)
	kind := s["type"]
	if _, free := s["additionalProperties"].(map[string]any); free {
		unbounded(doc, s["additionalProperties"], at+".*", tell)
		if names, _ := s["propertyNames"].(map[string]any); names["maxLength"] != float64(maxName) {
			tell("%s has names of any length: the reader takes %d", at, maxName)
		}
		kind = "map"
	}
	bound := map[any]string{"string": "maxLength", "array": "maxItems", "map": "maxProperties"}[kind]
	if bound != "" && s[bound] == nil && s["enum"] == nil && s["format"] == nil {
		tell("%s has no %s: %v", at, bound, s)
	}
	if kind == "array" {
		unbounded(doc, s["items"], at+"[]", tell)
	}
	fields, _ := s["properties"].(map[string]any)
	for name, p := range fields {
		if len(name) > maxName {
			tell("%s.%s is longer than what is read", at, name)
		}
		unbounded(doc, p, at+"."+name, tell)
	}
}
