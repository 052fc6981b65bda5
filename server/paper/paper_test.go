package paper

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/png" // what pdftoppm writes
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"tuppence/server/ledger"
)

func invoice() Sheet {
	return Sheet{
		Title: "Invoice INV-31", House: "tuppence · Größe, Zażółć, Πληρωμή, Оплата",
		Amount:    ledger.Amount{Micros: 120e6, Currency: "EUR"},
		Facts:     []Fact{{"Amount", "120.00 EUR (€)"}, {"Empty", ""}, {"Order", "PO-17"}},
		Steps:     []string{"Pay 120.00 EUR to Tuppence Ltd.", "Write this reference on it: RF18 5390 0754 7034"},
		Reference: "RF18 5390 0754 7034", Payee: "Tuppence Ltd", IBAN: "DE89 3704 0044 0532 0130 00",
		Made: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), Simulated: true,
	}
}

func ExampleSheet_EPC() {
	fmt.Printf("%q", invoice().EPC())
	// Output: "BCD\n002\n1\nSCT\n\nTuppence Ltd\nDE89370400440532013000\nEUR120.00\n\nRF18539007547034\n\n"
}

func TestSameSheetSameBytes(t *testing.T) {
	a, err := invoice().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b, err := invoice().Bytes()
	if err != nil || !bytes.Equal(a, b) {
		t.Error("two sheets of the same differ", err)
	}
	if len(a) > 200<<10 {
		t.Errorf("a sheet has %d bytes", len(a))
	}
}

// What the font does not have is refused and not drawn as a box.
func TestMissingGlyphsAreRefused(t *testing.T) {
	for _, r := range []rune{'₿', 'ש', '한', 'Ա', 0x202e, '\n'} {
		s := invoice()
		s.Facts[0].Value = "x" + string(r)
		if _, err := s.Bytes(); !errors.Is(err, ErrGlyph) {
			t.Errorf("%q: %v", r, err)
		}
	}
}

// Other programs read the sheet: its words, its bar code and its code for banking apps, and find no fault in its form.
func TestSheetIsReadByOthers(t *testing.T) {
	raw, err := invoice().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "invoice.pdf")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) string {
		t.Helper()
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("%s is not installed: nobody else reads the sheet", name)
		}
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		return string(out)
	}
	for _, want := range []string{
		"Invoice INV-31", "Größe, Zażółć, Πληρωμή, Оплата", "120.00 EUR (€)", "PO-17", "SIMULATED",
	} {
		if got := run("pdftotext", "-layout", path, "-"); !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	run("qpdf", "--check", path)
	picture := filepath.Join(t.TempDir(), "page")
	run("pdftoppm", "-r", "200", "-png", "-singlefile", path, picture)
	read := run("zbarimg", "-q", picture+".png")
	for _, want := range []string{"CODE-128:RF18539007547034\n", "QR-Code:" + invoice().EPC()} {
		if !strings.Contains(read, want) {
			t.Errorf("zbarimg reads %q, want %q", read, want)
		}
	}
}

// A payment in another currency, and one to no account, has no code for apps.
func TestNoCodeWithoutAnAccount(t *testing.T) {
	s := invoice()
	s.Amount.Currency = "CHF"
	if got := s.EPC(); got != "" {
		t.Errorf("%q", got)
	}
	s = invoice()
	s.IBAN = ""
	if got := s.EPC(); got != "" {
		t.Errorf("%q", got)
	}
}

// swissBill is a bill to a Swiss account.
func swissBill() Sheet {
	s := invoice()
	s.Title, s.Steps = "Bill", nil
	s.Amount, s.Reference = ledger.Amount{Micros: 12_500_000, Currency: "CHF"}, "RF18 5390 0754 7034"
	s.IBAN, s.Creditor = "CH58 0079 1123 0008 8901 2", ParseParty("Tuppence AG", "Bahnhofstrasse 1, 8001 Zürich, CH")
	s.Debtor = Party{"Ann Example", "Hauptstraße 5", "50667", "Köln", "DE"}
	s.To = []string{"Ann Example", "Hauptstraße 5", "50667 Köln", "DE"}
	return s
}

func ExampleSheet_Swiss() {
	for half := range strings.SplitSeq(strings.ReplaceAll(swissBill().Swiss(), "\n", "|"), "|12.50|") {
		fmt.Println(half)
	}
	// Output:
	// SPC|0200|1|CH5800791123000889012|S|Tuppence AG|Bahnhofstrasse 1||8001|Zürich|CH|||||||
	// CHF|S|Ann Example|Hauptstraße 5||50667|Köln|DE|SCOR|RF18539007547034||EPD
}

// A reader of codes that is not the writer's reads the code of a Swiss QR bill, with the cross in its middle; pages of
// one file have each their own codes.
func TestSwissBillIsReadByOthers(t *testing.T) {
	raw, err := Pages("two", []Sheet{invoice(), swissBill()})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bill.pdf")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		t.Skip("pdftoppm is not installed: nobody else reads the sheet")
	}
	page := filepath.Join(t.TempDir(), "page")
	args := []string{"-f", "2", "-l", "2", "-r", "300", "-png", "-singlefile", path, page}
	out, err := exec.Command("pdftoppm", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	f, err := os.Open(page + ".png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	mm := func(x, y float64) image.Point { return image.Pt(int(x*300/25.4), int(y*300/25.4)) }
	code := img.(interface {
		SubImage(image.Rectangle) image.Image
	}).SubImage(image.Rectangle{mm(partLeft+3, partTop+15), mm(partLeft+53, partTop+65)})
	bits, err := gozxing.NewBinaryBitmapFromImage(code)
	if err != nil {
		t.Fatal(err)
	}
	got, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.GetText() != swissBill().Swiss() {
		t.Errorf("read %q", got.GetText())
	}
	if swissBill().EPC() != "" {
		t.Error("a Swiss account has a code of SEPA, too")
	}
}

// An address of another form makes no Swiss QR bill: the bill has its bar code alone.
func TestNoSwissBillWithoutAnAddress(t *testing.T) {
	for _, address := range []string{"", "the operator's address", "Road 1, Town", "Road 1, 8001 Zürich, Switzerland"} {
		s := swissBill()
		s.Creditor = ParseParty("Tuppence AG", address)
		if got := s.Swiss(); got != "" {
			t.Errorf("%q: %q", address, got)
		}
		if _, err := s.Bytes(); err != nil {
			t.Errorf("%q: %v", address, err)
		}
	}
}
