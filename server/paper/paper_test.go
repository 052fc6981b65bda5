package paper

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
