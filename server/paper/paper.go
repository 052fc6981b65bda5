// Package paper makes the sheets that people print: slips for checks and money orders, invoices, bills and reminders.
// A sheet is PDF (ISO 32000-1) with its reference as text, as bar code, and as a code for banking apps where there is
// an account to pay to. The same sheet always has the same bytes.
package paper

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"tuppence/server/ledger"
)

// Sheet is what stands on a page.
type Sheet struct {
	Title     string   // Invoice, Slip for a check
	House     string   // who has made it
	Facts     []Fact   // in their order
	Steps     []string // what the payer does
	Reference string   // with its blanks
	Amount    ledger.Amount
	Payee     string
	IBAN      string // to which it can be paid; "" for none
	// To is the postal address of a letter, as lines: it stands where the window of an envelope is.
	To []string
	// Creditor and Debtor are whose names and addresses a Swiss QR bill has.
	Creditor, Debtor Party
	Made             time.Time
	Simulated        bool
}

// Fact is a line of a sheet.
type Fact struct{ Name, Value string }

// ErrGlyph says that a text has a character that the font does not have. It would be printed as a box.
var ErrGlyph = errors.New("paper: no glyph")

// drawn are the characters that the font has.
var drawn = must(sfnt.Parse(goregular.TTF))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the font is part of the program
	}
	return v
}

// hasGlyph reports whether the font has a character.
func hasGlyph(r rune) bool {
	var b sfnt.Buffer
	i, err := drawn.GlyphIndex(&b, r)
	return err == nil && i != 0 && unicode.IsPrint(r)
}

// Check refuses a sheet with a character that would be drawn as a box: a reader of the file would still find it, and a
// reader of the paper would not.
func (s Sheet) Check() error {
	texts := append([]string{s.Title, s.House, s.Reference, s.Payee, s.IBAN, s.Amount.String()}, s.Steps...)
	texts = append(texts, s.To...)
	for _, f := range s.Facts {
		texts = append(texts, f.Name, f.Value)
	}
	for _, t := range texts {
		for _, r := range t {
			if !hasGlyph(r) {
				return fmt.Errorf("%w for %q", ErrGlyph, r)
			}
		}
	}
	return nil
}

// Bytes returns the sheet as PDF. It returns [ErrGlyph] for a text that cannot be printed.
func (s Sheet) Bytes() ([]byte, error) { return Pages(s.Title, []Sheet{s}) }

// Pages returns sheets as one PDF, each on a page of its own. It returns [ErrGlyph] if one of them cannot be printed.
func Pages(title string, all []Sheet) ([]byte, error) {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetLang("en")
	f.SetTitle(title, true)
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	f.SetMargins(20, 20, 20)
	f.SetAutoPageBreak(false, 0)
	for _, s := range all {
		if err := s.Check(); err != nil {
			return nil, err
		}
		f.SetCreationDate(s.Made)
		f.SetModificationDate(s.Made)
		f.SetAuthor(s.House, true)
		f.AddPage()
		s.words(f)
		if err := s.codes(f); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// words are the texts of the page.
func (s Sheet) words(f *fpdf.Fpdf) {
	line := func(style string, size, height float64, text string) {
		f.SetFont("go", style, size)
		f.MultiCell(0, height, text, "", "L", false)
	}
	line("", 11, 6, s.House)
	if s.Simulated {
		line("B", 11, 6, "SIMULATED: no real money. Do not pay this.")
	}
	if len(s.To) > 0 { // DIN 5008 form B: the window begins 45 mm below the edge of the paper
		f.SetY(max(f.GetY(), 47))
		for _, row := range s.To {
			line("", 11, 5, row)
		}
		f.SetY(max(f.GetY(), 82))
	}
	f.Ln(6)
	line("B", 18, 10, s.Title)
	f.Ln(4)
	for _, fact := range s.Facts {
		if fact.Value == "" {
			continue
		}
		f.SetFont("go", "", 11)
		f.CellFormat(45, 7, fact.Name, "", 0, "L", false, 0, "")
		f.MultiCell(0, 7, fact.Value, "", "L", false)
	}
	f.Ln(4)
	for i, step := range s.Steps {
		line("", 11, 7, fmt.Sprintf("%d. %s", i+1, step))
	}
	f.Ln(6)
}

// codes are the reference for machines: a bar code, and a code for banking apps.
func (s Sheet) codes(f *fpdf.Fpdf) error {
	reference := strings.ReplaceAll(s.Reference, " ", "")
	if reference == "" {
		return nil
	}
	bars, err := code128.Encode(reference)
	if err != nil {
		return err
	}
	page, swiss := strconv.Itoa(f.PageNo()), s.Swiss()
	if swiss != "" { // its payment part has the foot of the page
		if err := put(f, "bars"+page, bars, bars.Bounds().Dx()*3, 90, 115, 47, 75, 12); err != nil {
			return err
		}
		return s.paymentPart(f, swiss)
	}
	if err := put(f, "bars"+page, bars, bars.Bounds().Dx()*3, 90, f.GetX(), f.GetY(), 90, 15); err != nil {
		return err
	}
	f.SetY(f.GetY() + 17)
	f.SetFont("go", "", 11)
	f.CellFormat(90, 6, s.Reference, "", 1, "C", false, 0, "")
	text := s.EPC()
	if text == "" {
		return nil
	}
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return err
	}
	f.Ln(4)
	n := code.Bounds().Dx() * 8
	if err := put(f, "epc"+page, code, n, n, f.GetX(), f.GetY(), 40, 40); err != nil {
		return err
	}
	f.SetXY(65, f.GetY()+16)
	f.MultiCell(0, 6, "Scan it with the app of your bank.", "", "L", false)
	return nil
}

// maxEPC bounds the text of a code, in bytes.
const maxEPC = 331

// EPC returns the text of a code for banking apps (EPC069-12, version 002): a transfer in euro with the reference. It
// is "" where there is no account to pay to, or where the payment is in another currency.
func (s Sheet) EPC() string {
	iban := strings.ReplaceAll(s.IBAN, " ", "")
	if iban == "" || s.Amount.Currency != "EUR" || isSwiss(iban) {
		return ""
	}
	payee := []rune(s.Payee)
	text := strings.Join([]string{
		"BCD", "002", "1", "SCT", "", string(payee[:min(len(payee), 70)]), iban, "EUR" + s.Amount.Number(), "",
		strings.ReplaceAll(s.Reference, " ", ""), "", "",
	}, "\n")
	if len(text) > maxEPC {
		return ""
	}
	return text
}

// put draws a code. Its modules are whole points of a picture in shades of gray: fpdf takes no colours of 16 bits.
func put(f *fpdf.Fpdf, name string, code barcode.Barcode, w, h int, x, y, width, height float64) error {
	scaled, err := barcode.Scale(code, w, h)
	if err != nil {
		return err
	}
	gray := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			gray.Set(x, y, color.GrayModel.Convert(scaled.At(x, y)))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, gray); err != nil {
		return err
	}
	o := fpdf.ImageOptions{ImageType: "PNG"}
	f.RegisterImageOptionsReader(name, o, &b)
	f.ImageOptions(name, x, y, width, height, false, o, 0, "")
	return f.Error()
}
