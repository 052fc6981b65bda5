package hook

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tuppence/server/ledger"
)

// strict refuses input that nothing would read: who sends a filter that is passed over gets rows that were not asked
// for, and takes them for the answer. Bodies are checked against their schemas; here is what has no schema: the names
// of parameters, how often they come, and a body where none belongs.
func (a *api) strict(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	query, err := checkQuery(ctx.Operation(), r.URL)
	if err == nil {
		err = checkHeaders(r.Header)
	}
	if err == nil && ctx.Operation().RequestBody == nil {
		err = checkNoBody(r)
	}
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	callOf(ctx.Context()).query = query
	next(ctx)
}

// checkQuery reads the parameters. It refuses one that the operation does not have, that comes twice, or that is empty:
// an empty filter could mean all or none.
func checkQuery(o *huma.Operation, u *url.URL) (url.Values, error) {
	if u.RawQuery == "" {
		return nil, nil
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, ledger.Invalid("query", "Separate parameters with & and percent-encode their values.",
			"The part of the address behind the question mark cannot be read.")
	}
	var known []string
	for _, p := range o.Parameters {
		switch {
		case p.In == "query" && p.Style == deepObject:
			known = append(known, p.Name+"[name]")
		case p.In == "query":
			known = append(known, p.Name)
		}
	}
	for name, values := range query {
		shown := ledger.CleanLine(name, 80)
		switch {
		case !slices.Contains(known, name) && (!byName(name) || !slices.Contains(known, "metadata[name]")):
			return nil, ledger.Invalid(shown, parametersOf(known), "There is no parameter %q here.", shown)
		case len(values) > 1:
			return nil, ledger.Invalid(shown, "Send it once.", "The parameter %q comes twice.", shown)
		case ledger.RefuseCard(values[0]) != nil:
			return nil, ledger.RefuseCard(values[0])
		case values[0] == "" && name != "cursor": // a loop over pages begins with an empty one
			return nil, ledger.Invalid(shown, "Give it a value, or leave it out.", "The parameter %q is empty.", shown)
		}
	}
	return query, nil
}

// byName reports whether a parameter is a filter by metadata.
func byName(parameter string) bool { return strings.HasPrefix(parameter, "metadata[") }

// parametersOf tells which parameters an operation has.
func parametersOf(known []string) string {
	if len(known) == 0 {
		return "Leave it out: this operation has no parameters."
	}
	return "Use only " + strings.Join(known, ", ") + "."
}

// checkHeaders refuses a second idempotency key: one of the two would be passed over.
func checkHeaders(h http.Header) error {
	if len(h["Idempotency-Key"]) > 1 {
		return ledger.Invalid("Idempotency-Key", "Send one key.", "The idempotency key comes twice.")
	}
	return nil
}

// checkNoBody refuses a body of an operation that takes none. An empty object says nothing, and many clients send it.
func checkNoBody(r *http.Request) error {
	if r.ContentLength == 0 {
		return nil
	}
	some, err := io.ReadAll(io.LimitReader(r.Body, 64))
	if said := strings.TrimSpace(string(some)); err == nil && (said == "" || said == "{}") {
		return nil
	}
	return ledger.Invalid("body", "Send no body.", "This operation takes no body.")
}

// deepObject is the style of parameters of the form name[field]=value (OpenAPI 3.1, style values).
const deepObject = "deepObject"

// metadataFilter reads metadata[name]=value, as often as there are names.
func metadataFilter(query url.Values) (map[string]string, error) {
	var all map[string]string
	for parameter, values := range query {
		if !byName(parameter) {
			continue
		}
		name, is := strings.CutSuffix(strings.TrimPrefix(parameter, "metadata["), "]")
		if !is || name == "" {
			return nil, ledger.Invalid(ledger.CleanLine(parameter, 80), "Write it as metadata[name]=value.",
				"The filter by metadata cannot be read.")
		}
		if all == nil {
			all = map[string]string{}
		}
		all[name] = values[0]
	}
	return all, ledger.CheckMetadata(all)
}
