package paper

import (
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode/qr"
)

// Party is a name with a structured address, as a Swiss QR bill asks for.
type Party struct {
	Name, Street, Postcode, Town, Country string
}

// whole reports whether an address has what a Swiss QR bill needs of it.
func (p Party) whole() bool {
	return p.Name != "" && p.Postcode != "" && p.Town != "" && p.Country != ""
}

// lines are the party as it is read on paper.
func (p Party) lines() []string {
	return []string{p.Name, p.Street, strings.TrimSpace(p.Country + "-" + p.Postcode + " " + p.Town)}
}

// ParseParty reads an address that stands in one line: Street 1, 8001 Zürich, CH. The result is not whole for one of
// another form.
func ParseParty(name, address string) (p Party) {
	parts := strings.Split(address, ",")
	if len(parts) < 2 {
		return p
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	country := parts[len(parts)-1]
	code, town, found := strings.Cut(parts[len(parts)-2], " ")
	if !found || len(country) != 2 || strings.ToUpper(country) != country || !strings.ContainsAny(code, "0123456789") {
		return p
	}
	return Party{
		Name: name, Street: strings.Join(parts[:len(parts)-2], ", "), Postcode: code, Town: strings.TrimSpace(town),
		Country: country,
	}
}

// isSwiss reports whether an account is one to which a Swiss QR bill is paid.
func isSwiss(iban string) bool { return strings.HasPrefix(iban, "CH") || strings.HasPrefix(iban, "LI") }

// Swiss returns the text of the code of a Swiss QR bill (Swiss Implementation Guidelines QR-bill, version 0200 of the
// code, structured addresses) with the reference of ISO 11649. It is "" where the account is not Swiss, the currency is
// neither CHF nor EUR, or an address has not what it needs.
func (s Sheet) Swiss() string {
	iban := strings.ReplaceAll(s.IBAN, " ", "")
	if !isSwiss(iban) || !s.Creditor.whole() || s.Amount.Currency != "CHF" && s.Amount.Currency != "EUR" {
		return ""
	}
	party := func(p Party) []string {
		if !p.whole() {
			return make([]string, 7)
		}
		return []string{"S", p.Name, p.Street, "", p.Postcode, p.Town, p.Country}
	}
	all := append([]string{"SPC", "0200", "1", iban}, party(s.Creditor)...)
	all = append(all, make([]string, 7)...) // the ultimate creditor is for future use
	all = append(all, s.Amount.Number(), string(s.Amount.Currency))
	all = append(all, party(s.Debtor)...)
	all = append(all, "SCOR", strings.ReplaceAll(s.Reference, " ", ""), "", "EPD")
	return strings.Join(all, "\n")
}

// Measures of the payment part, in millimetres.
const (
	partTop   = 297 - 105.0
	partLeft  = 62.0 // behind the receipt
	codeSide  = 46.0
	crossSide = 7.0
)

// paymentPart draws receipt and payment part at the foot of the page, as the Swiss guidelines place them.
func (s Sheet) paymentPart(f *fpdf.Fpdf, text string) error {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return err
	}
	f.SetDrawColor(0, 0, 0)
	f.SetLineWidth(0.1)
	f.Line(0, partTop, 210, partTop)
	f.Line(partLeft, partTop, partLeft, 297)
	n := code.Bounds().Dx() * 8
	x, y := partLeft+5, partTop+17.0
	if err := put(f, "swiss"+strconv.Itoa(f.PageNo()), code, n, n, x, y, codeSide, codeSide); err != nil {
		return err
	}
	cross(f, x+(codeSide-crossSide)/2, y+(codeSide-crossSide)/2)
	s.column(f, 5, 52, "Receipt", 8)
	s.column(f, partLeft+56, 87, "", 10)
	f.SetFont("go", "B", 11)
	f.SetXY(partLeft+5, partTop+5)
	f.CellFormat(51, 7, "Payment part", "", 0, "L", false, 0, "")
	for _, left := range []float64{5, partLeft + 5} {
		f.SetFont("go", "B", 7)
		f.SetXY(left, partTop+68)
		f.CellFormat(18, 4, "Currency", "", 0, "L", false, 0, "")
		f.CellFormat(30, 4, "Amount", "", 0, "L", false, 0, "")
		f.SetFont("go", "", 9)
		f.SetXY(left, partTop+72)
		f.CellFormat(18, 5, string(s.Amount.Currency), "", 0, "L", false, 0, "")
		f.CellFormat(30, 5, s.Amount.Number(), "", 0, "L", false, 0, "")
	}
	f.SetFont("go", "B", 6)
	f.SetXY(5, partTop+82)
	f.CellFormat(52, 4, "Acceptance point", "", 0, "R", false, 0, "")
	return f.Error()
}

// column are the texts of the receipt or of the payment part.
func (s Sheet) column(f *fpdf.Fpdf, left, width float64, title string, size float64) {
	f.SetXY(left, partTop+5)
	if title != "" {
		f.SetFont("go", "B", 11)
		f.CellFormat(width, 7, title, "", 0, "L", false, 0, "")
		f.SetXY(left, partTop+12)
	}
	block := func(name string, rows ...string) {
		f.SetFont("go", "B", size-2)
		f.SetX(left)
		f.CellFormat(width, 3.6, name, "", 1, "L", false, 0, "")
		f.SetFont("go", "", size)
		for _, row := range rows {
			if row != "" {
				f.SetX(left)
				f.CellFormat(width, 3.8, row, "", 1, "L", false, 0, "")
			}
		}
		f.Ln(1.5)
	}
	block("Account / Payable to", append([]string{s.IBAN}, s.Creditor.lines()...)...)
	block("Reference", s.Reference)
	if s.Debtor.whole() {
		block("Payable by", s.Debtor.lines()...)
	}
}

// cross is the Swiss cross in the middle of the code: white on black, with a white edge.
func cross(f *fpdf.Fpdf, x, y float64) {
	f.SetFillColor(255, 255, 255)
	f.Rect(x, y, crossSide, crossSide, "F")
	f.SetFillColor(0, 0, 0)
	f.Rect(x+0.5, y+0.5, crossSide-1, crossSide-1, "F")
	f.SetFillColor(255, 255, 255)
	f.Rect(x+2.9, y+1.6, 1.2, 3.8, "F")
	f.Rect(x+1.6, y+2.9, 3.8, 1.2, "F")
}
