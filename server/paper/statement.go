package paper

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Statement is a list of figures with what proves them, on as many pages as it needs.
type Statement struct {
	Title   string
	House   string
	Facts   []Fact
	Columns []Column
	Rows    []Line
	Foot    []string // stands on each page
	Made    time.Time
}

// Column is a column of figures.
type Column struct {
	Title string
	Width float64 // in millimetres; all together 170
	Right bool
}

// Line is a row: its cells, and what stands below them in small letters.
type Line struct {
	Cells []string
	Below string
}

// check refuses a statement with a character that would be drawn as a box.
func (s Statement) check() error {
	texts := append([]string{s.Title, s.House}, s.Foot...)
	for _, f := range s.Facts {
		texts = append(texts, f.Name, f.Value)
	}
	for _, l := range s.Rows {
		texts = append(append(texts, l.Cells...), l.Below)
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

// Bytes returns the statement as PDF: the same one always has the same bytes. It returns [ErrGlyph] for a text that
// cannot be printed.
func (s Statement) Bytes() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(s.Made)
	f.SetModificationDate(s.Made)
	f.SetLang("en")
	f.SetTitle(s.Title, true)
	f.SetAuthor(s.House, true)
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	f.SetMargins(20, 20, 20)
	f.SetAutoPageBreak(true, 25)
	f.AliasNbPages("{pages}")
	f.SetFooterFunc(func() {
		f.SetY(-20)
		f.SetFont("go", "", 7)
		f.MultiCell(0, 4, fmt.Sprintf("%s\nPage %d of {pages}", strings.Join(s.Foot, "\n"), f.PageNo()), "", "L", false)
	})
	f.AddPage()
	Sheet{Title: s.Title, House: s.House, Facts: s.Facts}.words(f)
	s.titles(f)
	f.SetHeaderFunc(func() { s.titles(f) })
	for _, l := range s.Rows {
		s.row(f, l)
	}
	var out bytes.Buffer
	err := f.Output(&out)
	return out.Bytes(), err
}

// titles are the titles of the columns.
func (s Statement) titles(f *fpdf.Fpdf) {
	f.SetFont("go", "B", 8)
	for _, c := range s.Columns {
		f.CellFormat(c.Width, 5, c.Title, "B", 0, align(c), false, 0, "")
	}
	f.Ln(6)
}

func align(c Column) string {
	if c.Right {
		return "R"
	}
	return "L"
}

// row draws a line with what is below it, both on one page.
func (s Statement) row(f *fpdf.Fpdf, l Line) {
	const height = 8
	if _, page := f.GetPageSize(); f.GetY()+height > page-25 {
		f.AddPage()
	}
	f.SetFont("go", "", 8)
	for i, c := range s.Columns {
		f.CellFormat(c.Width, 4, l.Cells[i], "", 0, align(c), false, 0, "")
	}
	f.Ln(4)
	if l.Below != "" {
		f.SetFont("go", "", 6)
		f.CellFormat(0, 3, l.Below, "", 1, "L", false, 0, "")
	}
	f.Ln(1)
}
