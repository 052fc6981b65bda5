package bank

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

func ExampleReferences() {
	fmt.Println(References("Rechnung rf18 5390 0754 7034 2026-11-27 danke"))
	fmt.Println(References("RF18 5390", "0754 7034")) // broken over two lines
	fmt.Println(References("RF18 5390 0754 7043"))    // two digits swapped
	// Output:
	// [539007547034]
	// [539007547034]
	// []
}

func ExampleLatin() {
	fmt.Println(Latin("Łukasz Müller-Sørensen & Söhne", 70))
	fmt.Println(Latin("Εύα", 70), IsLatin(Latin("Εύα", 70)))
	// Output:
	// Lukasz Muller-Sorensen + Sohne
	// ... false
}

func ExampleIBAN() {
	account, err := ParseIBAN("de89 3704 0044 0532 0130 00")
	fmt.Println(account, account.SEPA(), err)
	// Output: DE•• … 3000 true <nil>
}

// A reference is found between any words, with any digits behind it.
func TestReferencesAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Uint64Min(1).Draw(t, "number")
		text := rapid.StringMatching(`[a-z+ ]{0,20}`).Draw(t, "before") + ledger.Reference(want) +
			rapid.StringMatching(`[ .-]?[0-9a-z ]{0,20}`).Draw(t, "behind")
		if got := References(text); !slices.Contains(got, want) {
			t.Fatalf("in %q: %v, want %d", text, got, want)
		}
	})
}

func TestReferencesCanBeAmbiguous(t *testing.T) {
	two := ledger.Reference(7) + " " + ledger.Reference(8)
	if got := References(two); !slices.Equal(got, []uint64{7, 8}) {
		t.Errorf("of two references: %v", got)
	}
	for d := range 1000 { // some number behind a reference makes a longer one that holds, too
		text := fmt.Sprintf("%s %03d", ledger.Reference(12345678), d)
		if got := References(text); len(got) == 2 {
			if got[0] < got[1] || got[1] != 12345678 {
				t.Errorf("%s: %v, want the longest first", text, got)
			}
			return
		}
	}
	t.Error("no digits behind a reference made a second one")
}

// Every single wrong digit and swap of two neighbours is found, in all three kinds of numbers.
func TestNumbersFindSlips(t *testing.T) {
	for _, tt := range []struct {
		good string
		err  func(string) error
	}{
		{"DE89370400440532013000", func(s string) error { _, err := ParseIBAN(s); return err }},
		{"FR1420041010050500013M02606", func(s string) error { _, err := ParseIBAN(s); return err }},
		{"DE98ZZZ09999999999", CheckCreditorID},
		{"121042882", CheckRouting},
	} {
		if err := tt.err(tt.good); err != nil {
			t.Errorf("%s: %v", tt.good, err)
		}
		for i := range tt.good {
			for c := byte('0'); c <= '9'; c++ {
				slip := []byte(tt.good)
				if slip[i] == c || slip[i] > '9' {
					continue
				}
				if slip[i] = c; tt.err(string(slip)) == nil {
					t.Errorf("%s was taken for %s", slip, tt.good)
				}
			}
		}
	}
}

// No error and no way of printing has the number in it.
func TestNumbersStayOut(t *testing.T) {
	const number = "DE89370400440532013001"
	_, err := ParseIBAN(number)
	good := IBAN("DE89370400440532013000")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "iban", good)
	printed := fmt.Sprintf("%v %+v %#v %s %q", good, good, good, good, good)
	for _, text := range []string{err.Error(), printed, log.String()} {
		if strings.Contains(text, "370400440532") {
			t.Errorf("the number is in %s", text)
		}
	}
}

func TestNumbersRefuse(t *testing.T) {
	for _, s := range []string{
		"", "DE", "DE8937040044053201300", "DE00370400440532013000", "ÄÖ89370400440532013000",
		strings.Repeat("DE89", 20),
	} {
		if _, err := ParseIBAN(s); err == nil {
			t.Errorf("IBAN %q was taken", s)
		}
		if CheckCreditorID(s) == nil || CheckRouting(s) == nil {
			t.Errorf("%q was taken", s)
		}
	}
	if CheckRouting("000000000") == nil {
		t.Error("the routing number of zeros was taken")
	}
}

func TestCents(t *testing.T) {
	for _, tt := range []struct {
		micros int64
		c      ledger.Currency
		want   int64
		fine   bool
	}{
		{25_000_000, "EUR", 2500, true},
		{10_000, "EUR", 1, true},
		{25_005_000, "EUR", 0, false},
		{0, "EUR", 0, false},
		{-10_000, "EUR", 0, false},
		{ledger.MaxMicros + 10_000, "EUR", 0, false},
		{25_000_000, "USD", 0, false},
	} {
		got, err := Cents(ledger.Amount{Micros: tt.micros, Currency: tt.c}, "EUR")
		if got != tt.want || (err == nil) != tt.fine {
			t.Errorf("%d %s: %d, %v", tt.micros, tt.c, got, err)
		}
	}
}

func FuzzReferences(f *testing.F) {
	f.Add("RF18 5390 0754 7034 2026-11-27")
	f.Add("RFRF97 1234 5678 ﬀ İ")
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range References(text) {
			if got := References(ledger.Reference(n)); got[0] != n {
				t.Errorf("%d is read back as %v", n, got)
			}
		}
		if s := Latin(text, 70); len(s) > 70 || strings.Trim(s, latinSet) != "" {
			t.Errorf("%q is not Latin", s)
		}
	})
}
