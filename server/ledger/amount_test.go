package ledger

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	iso4217 "github.com/bojanz/currency"
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

func ExampleAppendMicros() {
	for _, micros := range []int64{0, 1, -250_000, 12_345_678, math.MinInt64} {
		fmt.Println(string(AppendMicros(nil, micros)))
	}
	// Output:
	// 0.000000
	// 0.000001
	// -0.250000
	// 12.345678
	// -9223372036854.775808
}

func TestParseAmount(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "1": Unit, "0.25": 250_000, "0.000001": 1, "12.345678": 12_345_678, "1000000000": MaxMicros,
		"1000000000.000000": MaxMicros, "999999999.999999": MaxMicros - 1, "0.10": 100_000,
	} {
		if got, err := ParseAmount(s, "EUR"); err != nil || got.Micros != want {
			t.Errorf("%q: got %v, %v, want %d", s, got, err, want)
		}
	}
}

// Each fault is refused, and told apart from the others by its words.
func TestParseAmountRefuses(t *testing.T) {
	faults := map[string][]string{
		"missing":       {""},
		"too long":      {strings.Repeat("1", 41)},
		"no sign":       {"-1", "+1", "1-", "-0"},
		"separators":    {"1,50", "1_000", "1'000", "1.2.3", "..", "1..2", "1.000,00"},
		"no exponent":   {"1e3", "1E3", "1e99", "0e"},
		"no spaces":     {" 1", "1 ", "1\n", "\t1"},
		"digits and":    {"NaN", "Inf", "0x10", "1/2", "١", "１", "1\x00", "e3", "$1", "infinity", "\xff", "½"},
		"before the":    {".5", "."},
		"after the":     {"5."},
		"needless zero": {"007", "00.5"},
		"six decimals":  {"0.0000001", "1.0000000", "0.1234567890123456789"},
		"more than 100": {"1000000001", "1000000000.000001", "99999999999", "18446744073709551616"},
	}
	for words, all := range faults {
		for _, s := range all {
			_, err := ParseAmount(s, "EUR")
			r := refused(t, err, ErrInvalid)
			if !strings.Contains(r.Detail, words) || r.Param != "amount" {
				t.Errorf("%q: %q (%s) does not say %q", s, r.Detail, r.Param, words)
			}
		}
	}
}

// What is read is written back with the same value, in the number of decimals that the currency has; everything else is
// refused. What a person may type is a part of what a program may write, and means the same.
func FuzzAmount(f *testing.F) {
	for _, s := range []string{
		"0.25", "1000000000", "1e9", "1e99", "1E99", "-0", "-1", "+1", "0.1234567", "0.0000001", "00", ".", "1.", "1.2.3",
		"٣", "１",
		"NaN", "Inf", "0x10", "1_000", "1,5", " 1", "1\n", "1234567890123456789", "9999999999.999999", "1000000000.000001",
		"5.000", "1.125", "0.125", "1234.567", "5,00", "5.000,00", "100.50",
	} {
		f.Add(s, uint(0))
	}
	codes := append(iso4217.GetCurrencyCodes(), "", "AAA")
	f.Fuzz(func(t *testing.T, s string, which uint) {
		c := Currency(codes[which%uint(len(codes))])
		a, err := ParseAmount(s, c)
		typed, typedErr := ReadAmount(s, c)
		if typedErr != nil {
			refused(t, typedErr, ErrInvalid)
		}
		if err != nil {
			refused(t, err, ErrInvalid)
			if typedErr == nil {
				t.Fatalf("%q can be typed and not written", s)
			}
			return
		}
		exact, ok := new(big.Rat).SetString(s)
		n := a.Micros
		if !ok || n < 0 || n > MaxMicros || exact.Mul(exact, big.NewRat(Unit, 1)).Cmp(big.NewRat(n, 1)) != 0 {
			t.Fatalf("%q became %d", s, n)
		}
		if typedErr == nil && typed != a {
			t.Fatalf("%q is %v as it is typed, %v as it is written", s, typed, a)
		}
		readBack(t, a)
	})
}

// readBack checks that an amount is read as it is written, by people and by programs.
func readBack(t tester, a Amount) {
	t.Helper()
	s := a.Number()
	type reader func(string, Currency) (Amount, error)
	for name, read := range map[string]reader{"typed": ReadAmount, "written": ParseAmount} {
		if back, err := read(s, a.Currency); err != nil || back != a {
			t.Fatalf("%d micros of %s are shown as %q, and %s that is %v, %v", a.Micros, a.Currency, s, name, back, err)
		}
	}
	_, fraction, _ := strings.Cut(s, ".")
	least, n := a.Currency.digits(), len(fraction)
	if n < least || n > least && fraction[n-1] == '0' && n != 4 {
		t.Fatalf("%d micros of %s are shown as %q", a.Micros, a.Currency, s)
	}
	if whole := a.Micros%a.Currency.minor() == 0; whole != (n == least) {
		t.Fatalf("%d micros of %s are whole minor units: %v, shown as %q", a.Micros, a.Currency, whole, s)
	}
}

// Nothing that can mean two amounts is taken for either: who is asked gets both, and how to write them.
func TestReadAmountAsks(t *testing.T) {
	const five = "Write 5.00 for five, 5000 for five thousand."
	for _, c := range []struct {
		typed    string
		currency Currency
		remedy   string
	}{
		{"5.000", "EUR", five},
		{"5,00", "EUR", five},
		{"5,000", "EUR", five},
		{"5.000,00", "EUR", five},
		{"1'000", "EUR", five},
		{"100.000", "", five},
		{"5.000", "JPY", "Write 5 for five, 5000 for five thousand."},
		{"5,00", "KWD", "Write 5.000 for five, 5000 for five thousand."},
		{"1.125", "EUR", "Write 1.1250 for the first, 1125 for the second."},
		{"999.999", "JPY", "Write 999.9990 for the first, 999999 for the second."},
	} {
		_, err := ReadAmount(c.typed, c.currency)
		is(t, c.typed+" "+string(c.currency), refused(t, err, ErrInvalid).Remedy, c.remedy)
	}
	for typed, want := range map[string]Amount{
		"5.000": {5 * Unit, "KWD"}, "5.00": {5 * Unit, "EUR"}, "5.0000": {5 * Unit, "EUR"}, "5000": {5000 * Unit, "EUR"},
		"0.005": {5000, "EUR"}, "1234.567": {1_234_567_000, "EUR"}, "1.1250": {1_125_000, "EUR"}, "100": {100 * Unit, "JPY"},
	} {
		got, err := ReadAmount(typed, want.Currency)
		must(t, err)
		is(t, typed, got, want)
	}
	got, err := ParseAmount("5.000", "EUR") // a program means what it writes
	must(t, err)
	is(t, "of a program", got, eur(500))
}

func TestAmountString(t *testing.T) {
	for want, a := range map[string]Amount{
		"0.25 EUR": {250_000, "EUR"}, "0.00 USD": {0, "USD"}, "12.3456 EUR": {12_345_600, "EUR"}, "-1.00 EUR": {-Unit, "EUR"},
		"0.000001 EUR": {1, "EUR"}, "1000000000.00": {MaxMicros, ""}, "10.10 EUR": {10_100_000, "EUR"},
		"-9223372036854.775808": {math.MinInt64, ""}, "100 JPY": {100 * Unit, "JPY"}, "0.5 JPY": {500_000, "JPY"},
		"0.0005 EUR": {500, "EUR"}, "5.000 KWD": {5 * Unit, "KWD"}, "1.0000 CLF": {Unit, "CLF"},
		"1.1250 EUR": {1_125_000, "EUR"},
		"0.125 EUR":  {125_000, "EUR"}, "-1.1250 EUR": {-1_125_000, "EUR"}, "1.125 BHD": {1_125_000, "BHD"},
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

// In every currency of the standard, each amount is shown so that it is read back.
func TestAmountsAreReadBack(t *testing.T) {
	for _, code := range append(iso4217.GetCurrencyCodes(), "", "AAA") {
		c := Currency(code)
		for _, n := range []int64{0, 1, 499, 500, 1000, 10_000, 125_000, Unit - 1, Unit, 1_125_000, 999_999_000, MaxMicros} {
			readBack(t, Amount{n, c})
		}
		rapid.Check(t, func(t *rapid.T) {
			unit := rapid.SampledFrom([]int64{1, 100, 1000, 10_000, Unit}).Draw(t, "unit")
			readBack(t, Amount{rapid.Int64Range(0, MaxMicros/unit).Draw(t, "n") * unit, c})
		})
	}
}
