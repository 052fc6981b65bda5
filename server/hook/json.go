package hook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"tuppence/server/ledger"
)

// maxDepth bounds how deep a body is nested; ours need four.
const maxDepth = 8

// readJSON reads a body strictly and says in plain words where it is wrong. Huma reads each body twice: first as any
// value, to check it against the schema, and then into its type. The first time is ours.
func readJSON(raw []byte, v any) error {
	var err error
	if value, first := v.(*any); first {
		*value, err = readStrictly(raw)
	} else {
		err = json.Unmarshal(raw, v)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: the value is out of bounds or of the wrong kind", wrong.Field)
	}
	return err
}

// readStrictly refuses what a lenient reader would let pass: bytes that are not UTF-8, a name that comes twice, deep
// nesting, and anything behind the end. Two readers could understand such a body differently; I-JSON (RFC 7493), on
// which RFC 8785 rests, forbids the first two.
func readStrictly(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("the body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	value, err := readValue(dec, 0)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("the JSON ends in the middle")
	}
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the JSON object")
	}
	return value, nil
}

// readValue reads one value, whatever it is. The decoder checks the grammar.
func readValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the body is nested deeper than %d levels", maxDepth)
	}
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return readObject(dec, depth)
	case json.Delim('['):
		return readArray(dec, depth)
	}
	return t, nil
}

// readObject reads what follows a brace. Names are compared as they are after their escapes: "a" and "\u0061" are one.
func readObject(dec *json.Decoder, depth int) (any, error) {
	all := map[string]any{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("the field %q is there twice", ledger.CleanLine(name, 80))
		}
		if all[name], err = readValue(dec, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return all, err
}

// readArray reads what follows a bracket.
func readArray(dec *json.Decoder, depth int) (any, error) {
	all := []any{}
	for dec.More() {
		v, err := readValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	_, err := dec.Token()
	return all, err
}
