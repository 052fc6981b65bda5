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

// readJSON reads a body strictly and says in plain words where it is wrong. A name that comes twice in an object has no
// meaning that everybody agrees on (RFC 8785 forbids it), so it is refused rather than guessed.
func readJSON(raw []byte, v any) error {
	if _, first := v.(*any); first { // each body is read twice: once to be checked, once into its type
		if err := checkJSON(raw); err != nil {
			return err
		}
	}
	err := json.Unmarshal(raw, v)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: the value is out of bounds or of the wrong kind", wrong.Field)
	}
	return err
}

// checkJSON refuses what a lenient reader would let pass: bytes that are not UTF-8, a name twice, deep nesting, and
// anything behind the end.
func checkJSON(raw []byte) error {
	if !utf8.Valid(raw) {
		return errors.New("the body is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := checkValue(dec, 0); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("the JSON ends in the middle")
		}
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the JSON object")
	}
	return nil
}

func checkValue(dec *json.Decoder, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("the body is nested deeper than %d levels", maxDepth)
	}
	t, err := dec.Token()
	if err != nil {
		return err
	}
	open, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	names := map[string]bool{}
	for dec.More() {
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string)
			if names[text] {
				return fmt.Errorf("the field %q is there twice", ledger.CleanLine(text, 80))
			}
			names[text] = true
		}
		if err := checkValue(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}
