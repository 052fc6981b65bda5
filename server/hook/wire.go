package hook

import (
	"crypto/sha256"
	"strings"
	"time"

	"github.com/gowebpki/jcs"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// Money is an amount on the wire: a decimal string with at most 6 decimals.
type Money struct {
	Amount   string `json:"amount" example:"0.25" doc:"Decimal string, at most 6 decimals."`
	Currency string `json:"currency" example:"EUR" doc:"ISO 4217 code."`
}

func money(a ledger.Amount) Money { return Money{Amount: a.Number(), Currency: string(a.Currency)} }

// amount reads money; param names the field in a refusal.
func (m Money) amount(param string) (ledger.Amount, error) {
	if m.Currency == "" { // would read as no amount at all
		return ledger.Amount{}, ledger.Invalid(param, "Name the currency, for example EUR.", "The amount has no currency.")
	}
	a, err := ledger.ParseAmount(m.Amount, ledger.Currency(m.Currency))
	return a, named(err, param)
}

// named puts the wire's name of a field on a refusal.
func named(err error, param string) error {
	if no, ok := err.(*ledger.Refusal); ok { //nolint:errorlint // parsers answer the refusal itself
		with := *no
		with.Param = param
		return &with
	}
	return err
}

// Keyed are the headers of a request that must not act twice.
type Keyed struct {
	Key string `header:"Idempotency-Key" doc:"1 to 255 characters; the same key answers the same again. Required."`
}

// request fingerprints a call: method and path, and the canonical form of its body (RFC 8785).
func (k Keyed) request(call string, body []byte) (server.Request, error) {
	key := k.Key
	if len(key) >= 2 && strings.HasPrefix(key, `"`) && strings.HasSuffix(key, `"`) { // a structured string is fine, too
		key = key[1 : len(key)-1]
	}
	if key != ledger.CleanLine(key, 1024) {
		return server.Request{}, ledger.Invalid("Idempotency-Key", "Use plain characters.", "The idempotency key has control characters.")
	}
	form := body
	if len(body) > 0 {
		var err error
		if form, err = jcs.Transform(body); err != nil {
			return server.Request{}, ledger.Invalid("body", "Send one JSON object.", "The body has no canonical form: %s.", ledger.CleanLine(err.Error(), 120))
		}
	}
	h := sha256.New()
	h.Write([]byte(call + "\n"))
	h.Write(form)
	return server.Request{Key: key, Fingerprint: [32]byte(h.Sum(nil))}, nil
}

// Replayed marks the answer of a repeated request.
type Replayed struct {
	Again string `header:"Idempotent-Replayed" doc:"true if the request had been answered before."`
}

func replayed(again bool) Replayed {
	if again {
		return Replayed{Again: "true"}
	}
	return Replayed{}
}

// Paged are the parameters of a list.
type Paged struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
	Cursor string `query:"cursor" maxLength:"64" doc:"next_cursor of the page before."`
}

// before is the number that the cursor hides.
func (p Paged) before(names *seal.Sealer) (uint64, error) {
	if p.Cursor == "" {
		return 0, nil
	}
	n, err := names.OpenCursor(p.Cursor)
	if err != nil {
		return 0, ledger.Invalid("cursor", "Begin again without it.", "This cursor is not known.")
	}
	return n, nil
}

// List is one page, newest first.
type List[T any] struct {
	Data []T     `json:"data"`
	Next *string `json:"next_cursor" doc:"null at the end."`
	More bool    `json:"has_more"`
}

// page makes a list; next is the cursor of the following one, "" at the end.
func page[T any](data []T, next string) *Body[List[T]] {
	if data == nil {
		data = []T{}
	}
	out := List[T]{Data: data}
	if next != "" {
		out.Next, out.More = &next, true
	}
	return body(out)
}

// Body is an answer with nothing but a body.
type Body[T any] struct{ Body T }

func body[T any](v T) *Body[T] { return &Body[T]{Body: v} }

// ID is a name in the path.
type ID struct {
	ID string `path:"id"`
}

// currencyOf is the currency of a list, EUR if none was named.
func currencyOf(s string) ledger.Currency {
	if s == "" {
		return "EUR"
	}
	return ledger.Currency(s)
}

// later is a time, or nothing.
func later(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
