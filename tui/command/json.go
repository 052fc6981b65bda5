package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// jsonText is one value and a line end. Control and format characters inside of texts leave as \u escapes: the
// value stays what it was, and a terminal that shows it stays whole.
func jsonText(v any) (string, error) { return jsonIndented(v, "  ") }

// jsonIndented is jsonText with this indent; "": the value is one line.
func jsonIndented(v any, indent string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	// Most answers are read by programs, some by people in a terminal: both get the same bytes.
	// encoding/json leaves characters such as U+202E in a text, which turn the direction of a terminal.
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
	return out.String(), nil
}

// fieldsOf lists the JSON fields of a type for the help: "id, at, amount {amount, currency}, lines [who, amount …]".
func fieldsOf(v any) string {
	if v == nil {
		return ""
	}
	return describe(reflect.TypeOf(v), true)
}

// describe lists the fields of a type. A time and an amount are one value, whose form the
// contract names once.
func describe(t reflect.Type, top bool) string {
	switch {
	case t.Kind() == reflect.Pointer:
		return describe(t.Elem(), top)
	case t == reflect.TypeFor[view.Time](), t == reflect.TypeFor[ledger.Amount]():
		return ""
	case t.Kind() == reflect.Slice:
		return "[" + describe(t.Elem(), true) + "]"
	case t.Kind() != reflect.Struct:
		return ""
	}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if f.Anonymous && name == "" { // embedded: its fields stand among the others, as encoding/json writes them
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
