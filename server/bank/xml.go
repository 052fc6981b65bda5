package bank

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"tuppence/server/ledger"

	"golang.org/x/text/encoding/charmap"
)

// ReadXML decodes a message of ISO 20022 into v, by local names, so that all versions of a message are read. Its
// document must have one of the roots: a struct that nothing fits stays empty without an error otherwise. Documents
// with a type definition, and so with entities of their own, are refused; so is what stands behind the document.
func ReadXML(file []byte, v any, roots ...string) error {
	if err := Bounded(file); err != nil {
		return err
	}
	if err := checkRoot(newDecoder(file), roots); err != nil {
		return err
	}
	d := newDecoder(file)
	if err := d.Decode(v); err != nil {
		return brokenXML(err)
	}
	switch _, err := d.Token(); {
	case err == nil:
		return ledger.Invalid("file", "Ask the bank for it again.", "There is something behind the end of the document.")
	case !errors.Is(err, io.EOF):
		return brokenXML(err)
	}
	return nil
}

func newDecoder(file []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimSpace(file)))
	d.CharsetReader = charset
	return d
}

// charset decodes what German banks still write beside UTF-8.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "iso-8859-1", "windows-1252":
		return charmap.Windows1252.NewDecoder().Reader(in), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder().Reader(in), nil
	}
	return nil, errors.New("this character set is not read")
}

// checkRoot reads up to the second element: the message inside of the document.
func checkRoot(d *xml.Decoder, roots []string) error {
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return brokenXML(err)
		}
		switch token := token.(type) {
		case xml.Directive:
			return ledger.Invalid("file", "Ask the bank for a plain file.", "The file has a document type definition.")
		case xml.EndElement:
			return ledger.Invalid("file", "Ask the bank for another format.", "The document is empty.")
		case xml.StartElement:
			if depth++; depth == 1 && token.Name.Local != "Document" || depth == 2 && !slices.Contains(roots, token.Name.Local) {
				return ledger.Invalid("file", "Ask the bank for another format or version.",
					"The file is not one of: %s.", strings.Join(roots, ", "))
			}
			if depth == 2 {
				return nil
			}
		}
	}
}

// brokenXML says in which line a document breaks. The words of the decoder can have parts of it in them.
func brokenXML(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return ledger.Invalid("file", "Ask the bank for it again.", "Line %d: this is no XML.", syntax.Line)
	}
	return ledger.Invalid("file", "Ask the bank for it again.", "The file is no XML that can be read.")
}
