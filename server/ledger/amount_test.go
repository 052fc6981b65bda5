package ledger

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ExampleParseAmount() {
	a, err := ParseAmount("0.25", "EUR")
	fmt.Println(a, a.Micros, err)
	_, err = ParseAmount("1e3", "EUR")
	fmt.Println(err)
	// Output:
	// 0.25 EUR 250000 <nil>
	// An amount has no exponent. Write digits, and a point before at most six decimals, for example 0.25.
}

func TestParseMicros(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "1": Unit, "0.25": 250_000, "0.000001": 1, "12.345678": 12_345_678, "1000000000": MaxMicros,
		"1000000000.000000": MaxMicros, "999999999.999999": MaxMicros - 1, "0.10": 100_000,
	} {
		if got, err := ParseMicros(s); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", s, got, err, want)
		}
	}
}

// Each fault is refused, and told apart from the others by its words.
func TestParseMicrosRefuses(t *testing.T) {
	faults := map[string][]string{
		"missing":       {""},
		"too long":      {strings.Repeat("1", 41)},
		"no sign":       {"-1", "+1", "1-", "-0"},
		"separators":    {"1,50", "1_000", "1'000"},
		"no exponent":   {"1e3", "1E3", "1e99", "0e"},
		"no spaces":     {" 1", "1 ", "1\n", "\t1"},
		"digits and":    {"NaN", "Inf", "0x10", "1/2", "١", "１", "1\x00", "e3", "$1", "infinity", "\xff", "½"},
		"two points":    {"1.2.3", "..", "1..2"},
		"before the":    {".5", "."},
		"after the":     {"5."},
		"needless zero": {"007", "00.5"},
		"six decimals":  {"0.0000001", "1.0000000", "0.1234567890123456789"},
		"more than 100": {"1000000001", "1000000000.000001", "99999999999", "18446744073709551616"},
	}
	for words, all := range faults {
		for _, s := range all {
			_, err := ParseMicros(s)
			r := refused(t, err, ErrInvalid)
			if !strings.Contains(r.Detail, words) || r.Param != "amount" {
				t.Errorf("%q: %q (%s) does not say %q", s, r.Detail, r.Param, words)
			}
		}
	}
}

// What is read is written back with the same value; everything else is refused.
func FuzzParseMicros(f *testing.F) {
	for _, s := range []string{
		"0.25", "1000000000", "1e9", "1e99", "1E99", "-0", "-1", "+1", "0.1234567", "0.0000001", "00", ".", "1.", "1.2.3",
		"٣", "１",
		"NaN", "Inf", "0x10", "1_000", "1,5", " 1", "1\n", "1234567890123456789", "9999999999.999999", "1000000000.000001",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseMicros(s)
		if err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		exact, ok := new(big.Rat).SetString(s)
		if !ok || n < 0 || n > MaxMicros || exact.Mul(exact, big.NewRat(Unit, 1)).Cmp(big.NewRat(n, 1)) != 0 {
			t.Fatalf("%q became %d", s, n)
		}
		if back, err := ParseMicros(Amount{Micros: n}.Number()); err != nil || back != n {
			t.Fatalf("%q: %d became %d, %v", s, n, back, err)
		}
	})
}

func TestAmountString(t *testing.T) {
	for want, a := range map[string]Amount{
		"0.25 EUR": {250_000, "EUR"}, "0.00 USD": {0, "USD"}, "12.3456 EUR": {12_345_600, "EUR"}, "-1.00 EUR": {-Unit, "EUR"},
		"0.000001 EUR": {1, "EUR"}, "1000000000.00": {MaxMicros, ""}, "10.10 EUR": {10_100_000, "EUR"},
		"-9223372036854.775808": {math.MinInt64, ""},
	} {
		is(t, "string", a.String(), want)
	}
}

// JSON that is read is what was written; another form is an error, and never an amount of zero.
func TestAmountJSON(t *testing.T) {
	for text, want := range map[string]Amount{
		`{"amount":"0.25","currency":"EUR"}`: {250_000, "EUR"}, `{"amount":"0.00","currency":"USD"}`: {0, "USD"},
	} {
		var got Amount
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
		if raw, err := json.Marshal(want); err != nil || string(raw) != text {
			t.Errorf("%v is written as %s, %v", want, raw, err)
		}
	}
	for _, text := range []string{
		`{}`, `{"amount":"","currency":"EUR"}`, `{"amount":0.25,"currency":"EUR"}`, `{"amount":"-1","currency":"EUR"}`,
		`{"micros":1,"currency":"EUR"}`, `"0.25 EUR"`, `{"amount":"1,50","currency":"EUR"}`,
	} {
		got := Amount{1, "USD"}
		if err := json.Unmarshal([]byte(text), &got); err == nil || got != (Amount{1, "USD"}) {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
}

func TestParseCurrency(t *testing.T) {
	if c, err := ParseCurrency("eur"); c != "EUR" || err != nil {
		t.Errorf("%s, %v", c, err)
	}
	if c, err := ParseCurrency("USD", "EUR", "USD"); c != "USD" || err != nil {
		t.Errorf("%s, %v", c, err)
	}
	_, err := ParseCurrency("ıK") // three bytes whose capitals are two letters
	refused(t, err, ErrInvalid)
	for _, s := range []string{"", "EU", "EURO", "E1R", "€€€", "ſſſ", "E R", "GBP"} {
		_, err := ParseCurrency(s, "EUR", "USD")
		refused(t, err, ErrInvalid)
	}
}

func FuzzParseCurrency(f *testing.F) {
	f.Add("EUR")
	f.Add("eu\x00")
	f.Add("ıK")
	f.Add("ＥＵＲ")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCurrency(s)
		if err != nil {
			refused(t, err, ErrInvalid)
		} else if len(c) != 3 || !only(string(c), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Fatalf("%q became %q", s, c)
		}
	})
}

func ExampleParseCurrency() {
	c, err := ParseCurrency("usd", "EUR", "USD")
	fmt.Println(c, err)
	_, err = ParseCurrency("GBP", "EUR", "USD")
	fmt.Println(err)
	// Output:
	// USD <nil>
	// This service holds no tokens of "GBP". Use one of: EUR, USD.
}

// Every amount is written so that it is read back, with at least two decimals and no needless ones.
func TestNumbersAreReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, MaxMicros).Draw(t, "micros")
		s := Amount{Micros: n}.Number()
		if got, err := ParseMicros(s); err != nil || got != n {
			t.Fatalf("%d is written %q and read as %d, %v", n, s, got, err)
		}
		_, fraction, _ := strings.Cut(s, ".")
		if len(fraction) < 2 || len(fraction) > 2 && strings.HasSuffix(fraction, "0") {
			t.Fatalf("%d is written %q", n, s)
		}
		a, err := ParseAmount(s, "EUR")
		if err != nil || a != (Amount{n, "EUR"}) || a.String() != s+" EUR" {
			t.Fatalf("%q became %v, %v", s, a, err)
		}
	})
}
