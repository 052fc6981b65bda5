package books

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// Version 1 wrote every row as an array, an element for each field in their order. Version 2 gave these fields the
// numbers 1, 2, 3, … in the same order, so an old record is read by position and needs no structs of its own. Entries
// of the journal keep the bytes that were hashed, so this is needed as long as such a journal is.

// readArray reads a record of version 1 into a row.
func readArray(raw []byte, to reflect.Value) error {
	t := to.Type()
	switch {
	case isRow(t):
		var parts []cbor.RawMessage
		if err := strict.Unmarshal(raw, &parts); err != nil {
			return err
		}
		if want := fieldsOfVersion1(t); len(parts) != want {
			return fmt.Errorf("%w: %d fields, not %d", errCut, len(parts), want)
		}
		for i, part := range parts {
			if err := readArray(part, to.Field(i)); err != nil {
				return err
			}
		}
		return nil
	case t.Kind() == reflect.Pointer && isRow(t.Elem()):
		if len(raw) == 1 && raw[0] == cborNull {
			return nil
		}
		to.Set(reflect.New(t.Elem()))
		return readArray(raw, to.Elem())
	case t.Kind() == reflect.Slice && isRow(t.Elem()):
		var parts []cbor.RawMessage
		if err := strict.Unmarshal(raw, &parts); err != nil || len(parts) == 0 {
			return err
		}
		to.Set(reflect.MakeSlice(t, len(parts), len(parts)))
		for i, part := range parts {
			if err := readArray(part, to.Index(i)); err != nil {
				return err
			}
		}
		return nil
	default:
		return strict.Unmarshal(raw, to.Addr().Interface())
	}
}

// cborNull is the one byte of null (RFC 8949 section 3.3).
const cborNull = 0xf6

// isRow returns whether a type is a map with integer keys, and was an array in version 1.
func isRow(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.NumField() > 0 && strings.Contains(t.Field(0).Tag.Get("cbor"), "keyasint")
}

// fieldsOfVersion1 returns how many fields a row had then: those that came later say so in a tag, since:"2".
func fieldsOfVersion1(t reflect.Type) int {
	n := 0
	for f := range t.Fields() {
		if f.Tag.Get("since") == "" {
			n++
		}
	}
	return n
}
