package ledger

import (
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func ExamplePolicy_In() {
	operator := Actor{Role: RoleOperator}
	out, _ := DecidePolicy("currencies", "EUR, USD, JPY, KWD", operator, alone(8), DefaultPolicy(), start)
	out, err := DecidePolicy("deposit_max", "200.00, JPY 30000", operator, alone(9), out.Policy, start)
	fmt.Println(out.Entry.Change.Old, "->", out.Entry.Change.New, err)
	for _, c := range out.Policy.Currencies {
		fmt.Println(Amount{out.Policy.In(c).DepositMax, c})
	}
	_, err = DecidePolicy("deposit_max", "JPY 30.000", operator, SecondFacts{No: 10, Began: start}, out.Policy, start)
	fmt.Println(err)
	// Output:
	// 200.00 -> 200.00, JPY 30000 <nil>
	// 200.00 EUR
	// 200.00 USD
	// 30000 JPY
	// 200.000 KWD
	// 30.000 can be 30 and 30000. Write 5 for five, 5000 for five thousand.
}

// world's money: a policy with currencies of none, two and three decimals.
func manyCurrencies() Policy {
	p := DefaultPolicy()
	p.Currencies = []Currency{"EUR", "USD", "JPY", "KWD"}
	return p
}

// What is not named stays; a word takes an own amount away; the policy that was changed stays as it was.
func TestOwnAmounts(t *testing.T) {
	p := manyCurrencies()
	for _, c := range []struct{ name, value, shown string }{
		{"limit_day", "JPY 800", "5.00, JPY 800"},
		{"limit_day", "KWD none", "5.00, JPY 800, KWD none"},
		{"limit_day", "6.00", "6.00, JPY 800, KWD none"},
		{"limit_day", "none, JPY 900", "none, JPY 900, KWD none"},
		{"limit_day", "JPY default, KWD 1.500", "none, KWD 1.500"},
		{"transfer_max", "jpy 5000", "50.00, JPY 5000"},
		{"limit_day", "KWD default", "none"},
		{"transfer_max", "JPY default", "50.00"},
	} {
		was := fmt.Sprint(p)
		after, err := p.with(&Change{Name: c.name}, c.value)
		must(t, err)
		is(t, "the old policy", fmt.Sprint(p), was)
		p = after
		for _, l := range p.Lines() {
			if l.Name == c.name {
				is(t, c.name+" "+c.value, l.Value, c.shown)
			}
			again, err := p.with(&Change{Name: l.Name}, l.Value)
			if err != nil || !reflect.DeepEqual(again, p) {
				t.Fatalf("%s = %s typed back: %+v, %v", l.Name, l.Value, again, err)
			}
		}
	}
	is(t, "own amounts", len(p.Own), 0)
}

func TestOwnAmountsRefuse(t *testing.T) {
	for _, c := range [][2]string{
		{"deposit_max", "5,00"},
		{"deposit_max", "5.000"},
		{"deposit_max", "1.000,00"},
		{"deposit_max", "200.00, 300.00"},
		{"deposit_max", "200.00, GBP 3"},
		{"deposit_max", "JPY"},
		{"deposit_max", "JPY none"},
		{"deposit_max", "JPY 0.5"}, // rounded down below the smallest deposit
		{"deposit_min", "JPY 201"},
		{"deposit_max", ""},
		{"limit_day", "JPY 1 2"},
	} {
		_, err := manyCurrencies().with(&Change{Name: c[0]}, c[1])
		is(t, c[0]+" = "+c[1], refused(t, err, ErrInvalid).Param, c[0])
	}
}

// A policy without own amounts means what it meant: the same number in each currency, for deposits in whole
// minor units.
func TestPolicyInEachCurrency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := manyCurrencies()
		c := rapid.SampledFrom(p.Currencies).Draw(t, "currency")
		in := p.In(c)
		if !reflect.DeepEqual(in, p) {
			t.Fatalf("%s: %+v", c, in)
		}
		n := rapid.Int64Range(1, 99*Unit).Draw(t, "micros")
		p.DepositMin, p.DepositMax = n, n+2*Unit
		in = p.In(c)
		if in.DepositMin%c.minor() != 0 || in.DepositMin < n || in.DepositMin-n >= c.minor() ||
			in.DepositMax%c.minor() != 0 || in.DepositMax > p.DepositMax || p.DepositMax-in.DepositMax >= c.minor() {
			t.Fatalf("%s: %d to %d became %d to %d", c, p.DepositMin, p.DepositMax, in.DepositMin, in.DepositMax)
		}
	})
}
