package tui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode"

	"tuppence/server/ledger"
)

// Money is an amount in JSON: a decimal in text, never a float.
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func wireMoney(a ledger.Amount) Money { return Money{decimal(a.Micros), string(a.Currency)} }

// moment is a time in UTC, nil (null) for "never" and "not yet".
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// wire turns each element; the result is never nil, so an empty list prints as [].
func wire[V, W any](all []V, one func(V) W) []W {
	out := make([]W, 0, len(all))
	for _, v := range all {
		out = append(out, one(v))
	}
	return out
}

// writeJSON prints one value and a line end. Control and format characters inside of texts leave as \u escapes: the
// value stays what it was, and a terminal that shows it stays whole.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	var out strings.Builder
	for _, r := range b.String() {
		switch {
		case r == '\n' || unicode.IsGraphic(r) && r != unicode.ReplacementChar:
			out.WriteRune(r)
		case r > 0xffff:
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// fieldsOf lists the JSON fields of a type for the help: "id, at, amount {amount, currency}, lines [who, amount …]".
func fieldsOf(v any) string {
	if v == nil {
		return ""
	}
	return describe(reflect.TypeOf(v), true)
}

func describe(t reflect.Type, top bool) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return describe(t.Elem(), top)
	case t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[Money]():
		return ""
	case t.Kind() == reflect.Slice:
		return "[" + describe(t.Elem(), true) + "]"
	case t.Kind() != reflect.Struct:
		return ""
	}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			names = append(names, describe(f.Type, true))
			continue
		}
		inner := describe(f.Type, false)
		if inner == "[]" {
			name += " []"
		} else if inner != "" {
			name += " " + inner
		}
		names = append(names, name)
	}
	if list := strings.Join(names, ", "); top {
		return list
	} else {
		return "{" + list + "}"
	}
}
