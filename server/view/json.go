package view

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// Time is an instant in UTC; the zero value means never, or not yet. In JSON it is a text (RFC 3339 section 5.6), or
// null.
type Time struct{ time.Time }

// At is the view of an instant.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{t.UTC()}
}

// MarshalJSON returns the instant as text, null for the zero value.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.Time)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	return json.Unmarshal(b, &t.Time)
}

// List is a list that is never null in JSON.
type List[T any] []T

// MarshalJSON returns the elements, [] if there are none. Whether < is escaped is for the writer of the whole to
// decide.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l == nil {
		return []byte("[]"), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode([]T(l))
	return b.Bytes(), err
}

// Map converts each element of a list.
func Map[A, B any](all []A, one func(A) B) List[B] {
	out := make(List[B], 0, len(all))
	for _, v := range all {
		out = append(out, one(v))
	}
	return out
}

// Cursor names the place where the following page of a list begins; "", in JSON null, is the end.
type Cursor string

// MarshalJSON returns the cursor as text, null at the end of a list.
func (c Cursor) MarshalJSON() ([]byte, error) {
	if c == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(c))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Cursor) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*c = ""
		return nil
	}
	return json.Unmarshal(b, (*string)(c))
}

// Page is the envelope of every list: its rows, and where the following page begins. There are three ends: without Next
// nothing follows; with Next alone at least one more row does; with Next and Searched nobody has looked yet.
type Page[T any] struct {
	Data List[T] `json:"data"`
	Next Cursor  `json:"next"`
	// Searched is how far back was looked where a page ended before it was known whether a row follows.
	Searched Time `json:"searched_to,omitzero"`
}

// All is the only page of a list that is not divided.
func All[T any](list []T) Page[T] { return Page[T]{Data: list} }

// Bound is a bound in micros of a currency that stands elsewhere, [ledger.NoLimit] for none.
type Bound int64

// In is the bound for people, in a currency that stands elsewhere.
func (b Bound) In(c ledger.Currency) string {
	if b < 0 {
		return "any amount"
	}
	return ledger.Amount{Micros: int64(b), Currency: c}.Number()
}

// ParseBound reads a bound as people type it: an amount, or "none" or nothing for [ledger.NoLimit].
func ParseBound(text string, c ledger.Currency) (int64, error) {
	if text = strings.TrimSpace(text); text == "" || strings.EqualFold(text, "none") {
		return ledger.NoLimit, nil
	}
	a, err := ledger.ReadAmount(text, c)
	return a.Micros, err
}

// errNoAllowance refuses a permission to charge nothing.
var errNoAllowance = ledger.Invalid("limits", "Type an amount above 0, or none for no bound here.",
	"A bound of 0 would allow nothing.")

// ParseAllowance reads a bound of a permission. The service takes 0 for a bound that was left open, and a person who
// types it does not mean that: it is refused.
func ParseAllowance(text string, c ledger.Currency) (int64, error) {
	micros, err := ParseBound(text, c)
	if err == nil && micros == 0 {
		return 0, errNoAllowance
	}
	return micros, err
}

// Seconds is a span of time; in JSON its whole seconds.
type Seconds time.Duration

// MarshalJSON returns the whole seconds.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendInt(nil, int64(time.Duration(s)/time.Second), 10), nil
}

// Duration returns the span of time.
func (s Seconds) Duration() time.Duration { return time.Duration(s) }
