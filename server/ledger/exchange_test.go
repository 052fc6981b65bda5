package ledger

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// yesterday are the rates of the tests.
func yesterday() Rates {
	return Rates{No: 3, Day: start.Truncate(day).Add(-day), List: []Rate{
		{"JPY", "162.9"}, {"KWD", "0.3321"}, {"USD", "1.0834"},
	}}
}

func ExampleDecideQuote() {
	p := DefaultPolicy()
	x, err := DecideQuote(ExchangeOrder{Amount: Amount{10 * Unit, "EUR"}, Other: "USD"}, yesterday(), p, start)
	fmt.Println(x.Pay, "for", x.Get, err)
	x, err = DecideQuote(ExchangeOrder{Amount: Amount{10 * Unit, "USD"}, Other: "EUR", Get: true}, yesterday(), p, start)
	fmt.Println(x.Pay, "for", x.Get, err)
	_, err = DecideQuote(ExchangeOrder{Amount: Amount{10 * Unit, "EUR"}, Other: "USD"}, yesterday(), p, start.Add(4*day))
	fmt.Println(err)
	// Output:
	// 10.00 EUR for 10.726732 USD <nil>
	// 9.322504 EUR for 10.00 USD <nil>
	// The rates are of 2026-11-23, too old to exchange at. Wait until the operator has loaded newer ones.
}

func ExampleDecideExchange() {
	ann := User{ID: 7, Status: UserActive, WindowUntil: start.Add(time.Minute)}
	f := ExchangeFacts{
		No: 20, User: ann, Wallet: Wallet{User: 7, Currency: "EUR", Paid: 10 * Unit}, Policy: DefaultPolicy(),
		Rates: yesterday(),
	}
	x, _ := DecideQuote(ExchangeOrder{Amount: Amount{10 * Unit, "EUR"}, Other: "USD"}, f.Rates, f.Policy, start)
	out, err := DecideExchange(x, Actor{}, f, start)
	fmt.Println(out.Out.No, out.Out.Postings, err)
	fmt.Println(out.In.No, out.In.Postings, out.In.Cause)
	// Output:
	// 20 [{EUR/2000/7 10000000} {EUR/1400 -9900990} {EUR/4020 -99010}] <nil>
	// 21 [{USD/1400 10726732} {USD/2000/7 -10726732}] 20
}

func TestDecideQuoteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		want error
		do   func(*ExchangeOrder, *Rates, *Policy)
	}{
		"one currency":      {ErrInvalid, func(o *ExchangeOrder, _ *Rates, _ *Policy) { o.Other = "EUR" }},
		"no such account":   {ErrInvalid, func(o *ExchangeOrder, _ *Rates, _ *Policy) { o.Other = "GBP" }},
		"nothing":           {ErrInvalid, func(o *ExchangeOrder, _ *Rates, _ *Policy) { o.Amount.Micros = 0 }},
		"less than nothing": {ErrInvalid, func(o *ExchangeOrder, _ *Rates, _ *Policy) { o.Amount.Micros = -1 }},
		"too much":          {ErrInvalid, func(o *ExchangeOrder, _ *Rates, _ *Policy) { o.Amount.Micros = MaxMicros + 1 }},
		"too much to get":   {ErrInvalid, func(o *ExchangeOrder, _ *Rates, _ *Policy) { o.Amount.Micros = MaxMicros }},
		"too little": {ErrInvalid, func(o *ExchangeOrder, r *Rates, _ *Policy) {
			o.Amount.Micros, r.List[2].PerEuro = 1, "0.5"
		}},
		"no rate":        {ErrInvalid, func(_ *ExchangeOrder, r *Rates, _ *Policy) { r.List = r.List[:2] }},
		"a damaged rate": {nil, func(_ *ExchangeOrder, r *Rates, _ *Policy) { r.List[2].PerEuro = "x" }},
		"no rates":       {ErrUnavailable, func(_ *ExchangeOrder, r *Rates, _ *Policy) { *r = Rates{} }},
		"stale": {ErrUnavailable, func(_ *ExchangeOrder, r *Rates, p *Policy) {
			p.FX.Stale = start.Sub(r.Day) - time.Microsecond
		}},
	} {
		o, r, p := ExchangeOrder{Amount: eur(1000), Other: "USD"}, yesterday(), DefaultPolicy()
		c.do(&o, &r, &p)
		switch _, err := DecideQuote(o, r, p, start); {
		case err == nil:
			t.Errorf("%s: allowed", name)
		case c.want != nil:
			refused(t, err, c.want)
		}
	}
	p := DefaultPolicy()
	p.FX.Stale = start.Sub(yesterday().Day)
	_, err := DecideQuote(ExchangeOrder{Amount: eur(1000), Other: "USD"}, yesterday(), p, start)
	must(t, err) // to the last moment
}

func TestDecideExchangeRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		want error
		do   func(*Exchange, *ExchangeFacts)
	}{
		"frozen": {ErrFrozen, func(_ *Exchange, f *ExchangeFacts) { f.User.Status = UserFrozen }},
		"locked": {ErrNotAllowed, func(_ *Exchange, f *ExchangeFacts) {
			f.User.LockedUntil = start.Add(time.Second)
		}},
		"window":          {ErrWindow, func(_ *Exchange, f *ExchangeFacts) { f.User.WindowUntil = start }},
		"foreign wallet":  {ErrInvalid, func(_ *Exchange, f *ExchangeFacts) { f.Wallet.User = 8 }},
		"another account": {ErrInvalid, func(_ *Exchange, f *ExchangeFacts) { f.Wallet.Currency = "USD" }},
		"a micro more":    {ErrInvalid, func(x *Exchange, _ *ExchangeFacts) { x.Get.Micros++ }},
		"a micro less":    {ErrInvalid, func(x *Exchange, _ *ExchangeFacts) { x.Pay.Micros-- }},
		"a better spread": {ErrInvalid, func(x *Exchange, _ *ExchangeFacts) { x.Spread-- }},
		"other rates":     {ErrInvalid, func(x *Exchange, _ *ExchangeFacts) { x.Rates++ }},
		"one currency":    {ErrInvalid, func(x *Exchange, _ *ExchangeFacts) { x.Get = x.Pay }},
		"no funds":        {ErrFunds, func(_ *Exchange, f *ExchangeFacts) { f.Wallet.Paid = eur(999).Micros }},
		"not collected": {ErrFunds, func(_ *Exchange, f *ExchangeFacts) {
			f.Wallet.Paid, f.Wallet.Uncollected = 0, f.Wallet.Paid
		}},
		"at risk": {ErrLimit, func(_ *Exchange, f *ExchangeFacts) { f.Wallet = f.Wallet.After(credited(1, 1, start, day)) }},
	} {
		s := newMarket(t, 1000)
		f := ExchangeFacts{No: 9, User: s.user, Wallet: s.wallet, Policy: s.policy, Rates: yesterday()}
		x, err := DecideQuote(ExchangeOrder{Amount: eur(1000), Other: "USD"}, f.Rates, f.Policy, start)
		must(t, err)
		_, err = DecideExchange(x, Actor{Role: RoleUser}, f, start)
		must(t, err)
		c.do(&x, &f)
		if _, err := DecideExchange(x, Actor{Role: RoleUser}, f, start); err == nil {
			t.Errorf("%s: allowed", name)
		} else {
			refused(t, err, c.want)
		}
	}
}

// purse is what a wallet has of each currency.
type purse map[Currency]int64

// worth is the value of all of it in euro at the middle rates, exactly.
func (h purse) worth(t *rapid.T, r Rates) *big.Rat {
	sum := new(big.Rat)
	for c, n := range h {
		per, err := r.perEuro(c)
		must(t, err)
		sum.Add(sum, new(big.Rat).Quo(new(big.Rat).SetInt64(n), per.Rat()))
	}
	return sum
}

func drawRates(t *rapid.T) Rates {
	r := yesterday()
	for i := range r.List {
		n := decimal.New(rapid.Int64Range(1, 1_000_000).Draw(t, "rate"), -rapid.Int32Range(0, 6).Draw(t, "decimals"))
		r.List[i].PerEuro = n.String()
	}
	return r
}

// No sequence of exchanges at the same rates makes anybody richer, whatever the rates, the spread and the amounts; what
// rounding takes of one is less than a micro of each of the two currencies. Both entries add up to zero.
func TestExchangesNeverGain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, p := drawRates(t), DefaultPolicy()
		p.Currencies = []Currency{"EUR", "JPY", "KWD", "USD"}
		p.FX.Spread = rapid.Uint32Range(0, 2000).Draw(t, "spread")
		have := purse{"EUR": 1_000_000}
		ann := User{ID: 7, Status: UserActive, WindowUntil: start.Add(time.Minute)}
		for range rapid.IntRange(1, 12).Draw(t, "exchanges") {
			from, to := rapid.SampledFrom(p.Currencies).Draw(t, "from"), rapid.SampledFrom(p.Currencies).Draw(t, "to")
			o := ExchangeOrder{Amount{rapid.Int64Range(1, max(1, have[from])).Draw(t, "pay"), from}, to, false}
			if rapid.Bool().Draw(t, "get") {
				o = ExchangeOrder{Amount{rapid.Int64Range(1, 2_000_000).Draw(t, "amount"), to}, from, true}
			}
			x, err := DecideQuote(o, r, p, start)
			if err != nil {
				refused(t, err, ErrInvalid)
				continue
			}
			f := ExchangeFacts{
				No: 9, User: ann, Wallet: Wallet{User: 7, Currency: from, Paid: have[from]}, Policy: p, Rates: r,
			}
			out, err := DecideExchange(x, Actor{}, f, start)
			if err != nil {
				refused(t, err, ErrFunds)
				continue
			}
			must(t, out.Out.Balanced())
			must(t, out.In.Balanced())
			before := have.worth(t, r)
			have[from], have[to] = have[from]+out.Out.Effect(7), have[to]+out.In.Effect(7)
			if have[from] < 0 || o.Get && x.Get != o.Amount || !o.Get && x.Pay != o.Amount {
				t.Fatalf("%+v made %+v of %v", o, x, have)
			}
			checkCost(t, x, r, before.Sub(before, have.worth(t, r)))
		}
	})
}

// checkCost wants what was lost of the value to be the spread, and what rounding takes at most.
func checkCost(t *rapid.T, x Exchange, r Rates, lost *big.Rat) {
	micro := purse{x.Pay.Currency: 1}.worth(t, r)
	got := purse{x.Get.Currency: 1}.worth(t, r)
	micro.Add(micro, got.Mul(got, big.NewRat(10_000+int64(x.Spread), 10_000)))
	value := purse{x.Get.Currency: x.Get.Micros}.worth(t, r)
	spread := value.Mul(value, big.NewRat(int64(x.Spread), 10_000))
	if lost.Cmp(spread) < 0 || lost.Sub(lost, spread).Cmp(micro) >= 0 {
		t.Fatalf("%+v costs %s more than the spread of %s", x, lost.FloatString(9), spread.FloatString(9))
	}
}

// At the bounds of amounts and rates an exchange is exact or refused: nothing wraps around.
func TestExchangeDoesNotOverflow(t *testing.T) {
	p := DefaultPolicy()
	for _, per := range []string{"0.0000000001", "99999999999999999999", "1"} {
		r := yesterday()
		r.List[2].PerEuro = per
		for _, o := range []ExchangeOrder{
			{Amount{MaxMicros, "EUR"}, "USD", false},
			{Amount{MaxMicros, "USD"}, "EUR", true},
			{Amount{MaxMicros, "USD"}, "EUR", false},
			{Amount{1, "USD"}, "EUR", true},
			{Amount{1, "EUR"}, "USD", false},
		} {
			x, err := DecideQuote(o, r, p, start)
			if err != nil {
				refused(t, err, ErrInvalid)
				continue
			}
			if !x.Fair(r) || x.Pay.Micros > MaxMicros || x.Get.Micros > MaxMicros {
				t.Errorf("%+v at %s: %+v", o, per, x)
			}
		}
	}
}
