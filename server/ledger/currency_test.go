package ledger

import (
	"os"
	"strings"
	"testing"

	iso4217 "github.com/bojanz/currency"
	"pgregory.net/rapid"
)

// The library knows every currency of the standard with its decimals, and no other.
func TestCurrenciesOfTheStandard(t *testing.T) {
	raw, err := os.ReadFile("testdata/iso4217.txt")
	must(t, err)
	known := 0
	for line := range strings.Lines(string(raw)) {
		words := strings.Fields(line)
		for _, code := range words[1:] {
			c := Currency(code)
			switch words[0] {
			case "#":
			case "-":
				refused(t, checkStandard(c), ErrInvalid)
			default:
				must(t, checkStandard(c))
				is(t, "decimals of "+code, c.digits(), int(words[0][0]-'0'))
				known++
			}
		}
	}
	is(t, "currencies", known, len(iso4217.GetCurrencyCodes()))
	refused(t, checkStandard("AAA"), ErrInvalid)
	is(t, "decimals of a code of old books", Currency("AAA").digits(), 2)
}

// Real money enters in whole minor units of its currency; what does not is refused with the nearest that do.
func TestDepositsAreWholeMinorUnits(t *testing.T) {
	for _, c := range []struct {
		amount string
		in     Currency
		remedy string // "" if it is taken
	}{
		{"100.50", "JPY", "Write 100 JPY or 101 JPY."},
		{"100", "JPY", ""},
		{"100.00", "JPY", ""},
		{"10.005", "EUR", "Write 10.00 EUR or 10.01 EUR."},
		{"10.05", "EUR", ""},
		{"0.001", "EUR", "Write 0.01 EUR."},
		{"10.0005", "KWD", "Write 10.000 KWD or 10.001 KWD."},
		{"10.005", "KWD", ""},
		{"10.0005", "CLF", ""},
	} {
		s := newMarket(t, 0)
		s.policy.Currencies = append(s.policy.Currencies, c.in)
		a, err := ParseAmount(c.amount, c.in)
		must(t, err)
		f := DepositFacts{No: 9, User: s.user, Wallet: Wallet{User: s.user.ID, Currency: c.in}, Policy: s.policy}
		_, err = NewDeposit(DepositOrder{Method: "card", Kind: DepositOnline, Amount: a}, f, start)
		if c.remedy == "" {
			must(t, err)
			continue
		}
		is(t, c.amount+" "+string(c.in), refused(t, err, ErrInvalid).Remedy, c.remedy)
	}
}

// In every currency a deposit is taken exactly when it is a whole number of minor units inside of the bounds.
func TestDepositsOfAllCurrencies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Currency(rapid.SampledFrom(iso4217.GetCurrencyCodes()).Draw(t, "currency"))
		s := newMarket(t, 0)
		s.policy.Currencies = append(s.policy.Currencies, c)
		s.policy.DepositMin, s.policy.DepositMax = Unit, 200*Unit
		n := rapid.Int64Range(1, 400).Draw(t, "n") * rapid.SampledFrom([]int64{1, 100, 1000, 10_000, Unit}).Draw(t, "unit")
		f := DepositFacts{No: 9, User: s.user, Wallet: Wallet{User: s.user.ID, Currency: c}, Policy: s.policy}
		_, err := NewDeposit(DepositOrder{Method: "card", Kind: DepositOnline, Amount: Amount{n, c}}, f, start)
		if whole := n%c.minor() == 0 && n >= Unit && n <= 200*Unit; whole != (err == nil) {
			t.Fatalf("%v: %v", Amount{n, c}, err)
		}
	})
}
