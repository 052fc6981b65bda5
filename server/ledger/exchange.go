package ledger

import (
	"time"

	"github.com/shopspring/decimal"
)

// QuoteLife is how long a quote holds.
const QuoteLife = 30 * time.Second

// FX is what the operator decides about exchange.
type FX struct {
	Spread uint32        // basis points that an exchange costs above the middle rate
	Stale  time.Duration // rates whose day began longer ago are not exchanged at
}

// DefaultFX returns what books without these settings have. Four days bridge a weekend: the bank has no rates on it.
func DefaultFX() FX { return FX{Spread: 100, Stale: 4 * day} }

// fxSettings are the lines of the policy about exchange.
func (p *Policy) fxSettings() []setting {
	return []setting{
		shareSetting("fx_spread", "what an exchange between currencies costs above the middle rate", &p.FX.Spread, 20),
		timeSetting("fx_stale", "how long after the beginning of their day rates are exchanged at",
			&p.FX.Stale, time.Hour, 30*day),
	}
}

// Exchange is tokens of one currency of a wallet for tokens of another, at rates that were loaded.
type Exchange struct {
	Pay, Get Amount
	Spread   uint32  // basis points
	Rates    EntryNo // that loaded the rates
}

// SpreadText returns the spread for people, "1 %".
func (x Exchange) SpreadText() string { return percent(x.Spread) }

// ExchangeOrder asks for an exchange of an amount: what is paid, or what is got.
type ExchangeOrder struct {
	Amount Amount
	Other  Currency
	Get    bool // Amount is what is got, Other the currency that pays
}

// Pays returns the currency that pays.
func (o ExchangeOrder) Pays() Currency {
	if o.Get {
		return o.Other
	}
	return o.Amount.Currency
}

// scale is what basis points are parts of.
var scale = decimal.NewFromInt(10_000)

// middle is the exact price of what is got, without a spread: so many micros that are got cost num/den micros that are
// paid, each.
func (r Rates) middle(pay, get Currency) (num, den decimal.Decimal, err error) {
	if num, err = r.perEuro(pay); err != nil {
		return num, den, err
	}
	den, err = r.perEuro(get)
	return num, den, err
}

// micros brings a whole number into 64 bits. It refuses with ErrInvalid what is out of bounds.
func micros(n decimal.Decimal) (int64, error) {
	if n.GreaterThan(decimal.NewFromInt(MaxMicros)) {
		return 0, Invalid("amount", "Exchange less.", "The amount is out of bounds.")
	}
	return n.IntPart(), nil
}

// quotient is num/den in whole micros, rounded up if asked. Both are above zero or num is zero; nothing of the division
// is lost before it is rounded.
func quotient(num, den decimal.Decimal, up bool) (int64, error) {
	q, rest := num.QuoRem(den, 0)
	if up && !rest.IsZero() {
		q = q.Add(decimal.NewFromInt(1))
	}
	return micros(q)
}

// cost returns what an amount costs that is got: rounded up, since the payer's side is. With a spread of nothing it is
// its value at the middle rate.
func (r Rates) cost(get Amount, pay Currency, spread uint32) (int64, error) {
	num, den, err := r.middle(pay, get.Currency)
	if err != nil {
		return 0, err
	}
	num = num.Mul(decimal.NewFromInt(get.Micros)).Mul(scale.Add(decimal.NewFromInt(int64(spread))))
	return quotient(num, den.Mul(scale), true)
}

// buys returns the most that an amount pays for.
func (r Rates) buys(pay Amount, get Currency, spread uint32) (int64, error) {
	num, den, err := r.middle(pay.Currency, get)
	if err != nil {
		return 0, err
	}
	den = den.Mul(decimal.NewFromInt(pay.Micros)).Mul(scale)
	return quotient(den, num.Mul(scale.Add(decimal.NewFromInt(int64(spread)))), false)
}

// DecideQuote says what an exchange would be: the middle rate of the newest rates and the spread. Who names what is
// paid pays exactly that, and gets the most that it pays for; who names what is got gets exactly that, and pays its
// cost rounded up. So both sides are whole micros, and what rounding leaves, less than a micro, is the house's.
//
// It refuses with ErrUnavailable where no rates were loaded or they are stale, and with ErrInvalid a currency without
// accounts or rate, one currency twice, and an amount out of bounds.
func DecideQuote(o ExchangeOrder, r Rates, p Policy, now time.Time) (x Exchange, err error) {
	for _, c := range []Currency{o.Amount.Currency, o.Other} {
		if err := checkHeld(c, p.Currencies); err != nil {
			return x, err
		}
	}
	switch {
	case o.Amount.Currency == o.Other:
		return x, Invalid("currency", "Name two currencies.", "Both sides are in %s.", o.Other)
	case o.Amount.Micros < 1 || o.Amount.Micros > MaxMicros:
		return x, Invalid("amount", "Exchange more than nothing, for example 5.00.", "The amount is out of bounds.")
	case r.No == 0:
		return x, Refuse(ErrUnavailable, "Wait until the operator has loaded them.", "There are no rates yet.")
	case r.Stale(p, now):
		return x, Refuse(ErrUnavailable, "Wait until the operator has loaded newer ones.",
			"The rates are of %s, too old to exchange at.", r.Day.Format(time.DateOnly))
	}
	x = Exchange{Pay: o.Amount, Get: Amount{Currency: o.Other}, Spread: p.FX.Spread, Rates: r.No}
	if o.Get {
		x.Pay, x.Get = Amount{Currency: o.Other}, o.Amount
		x.Pay.Micros, err = r.cost(x.Get, o.Other, x.Spread)
	} else {
		x.Get.Micros, err = r.buys(x.Pay, o.Other, x.Spread)
	}
	if err == nil && x.Get.Micros < 1 {
		err = Invalid("amount", "Exchange more.", "%s is less than the smallest part of a %s.", x.Pay, x.Get.Currency)
	}
	return x, err
}

// Middle returns what the amount that is got is worth at the middle rate in the currency that pays, rounded up; the
// rest of what is paid is the spread.
func (x Exchange) Middle(r Rates) (Amount, error) {
	n, err := r.cost(x.Get, x.Pay.Currency, 0)
	return Amount{n, x.Pay.Currency}, err
}

// Fair tells whether an exchange is what the rules make of these rates and its spread: the price of what is got,
// rounded up, is paid, and not the price of a micro more.
func (x Exchange) Fair(r Rates) bool {
	if x.Pay.Micros < 1 || x.Get.Micros < 1 || x.Rates != r.No || x.Pay.Currency == x.Get.Currency {
		return false
	}
	least, err := r.cost(x.Get, x.Pay.Currency, x.Spread)
	if err != nil || x.Pay.Micros < least {
		return false
	}
	more, err := r.buys(x.Pay, x.Get.Currency, x.Spread)
	return x.Pay.Micros == least || err == nil && more == x.Get.Micros
}

// ExchangeFacts is what a decision about an exchange needs to know.
type ExchangeFacts struct {
	No     EntryNo // the number that the first of its two entries will get
	User   User
	Wallet Wallet // in the currency that pays
	Policy Policy
	Rates  Rates // those that the exchange names
}

// ExchangeOutcome is the two entries of an exchange: what leaves one account, and what arrives in the other. They are
// written together, one behind the other.
type ExchangeOutcome struct{ Out, In Entry }

// DecideExchange carries out what was quoted. Each currency has an entry of its own, because an entry is a row in the
// history of one account, and the second cites the first; the FX position (1400) of each currency is what the house
// gave or took there.
//
// Money at risk stays, as in a transfer: who could change it could send it on as another currency. It needs what a
// transfer needs of the person, and refuses with ErrFrozen, ErrNotAllowed (lock, new key), ErrWindow, ErrFunds,
// ErrLimit and ErrInvalid.
func DecideExchange(x Exchange, a Actor, f ExchangeFacts, now time.Time) (ExchangeOutcome, error) {
	u, w, pay := f.User, f.Wallet, x.Pay
	if err := u.refuseYoung(a, "exchange money", now); err != nil {
		return ExchangeOutcome{}, err
	}
	switch {
	case u.Status != UserActive:
		return ExchangeOutcome{}, refuseFrozen()
	case now.Before(u.LockedUntil):
		return ExchangeOutcome{}, refuseLocked(u.LockedUntil)
	case !u.windowOpen(now, f.Policy):
		return ExchangeOutcome{}, RefuseWindow()
	case w.Currency != pay.Currency || w.User != u.ID || !x.Fair(f.Rates):
		return ExchangeOutcome{}, RefuseQuote()
	case w.Paid < pay.Micros:
		return ExchangeOutcome{}, RefuseFunds(Amount{pay.Micros - w.Paid, pay.Currency})
	case w.Transferable(now) < pay.Micros:
		return ExchangeOutcome{}, refuseAtRisk("Exchange", "exchanged", Amount{w.Transferable(now), pay.Currency},
			w.TransferableFrom(pay.Micros, now))
	}
	value, err := x.Middle(f.Rates)
	if err != nil {
		return ExchangeOutcome{}, err
	}
	out := entry(f.No, now, KindExchange, a)
	out.User, out.Amount, out.Exchange = u.ID, pay, &x
	out.Postings = nonzero([]Posting{
		{Account{Paid, pay.Currency, uint64(u.ID)}, pay.Micros},
		{Account{FXPosition, pay.Currency, 0}, -value.Micros},
		{Account{FXSpread, pay.Currency, 0}, value.Micros - pay.Micros},
	})
	in := entry(f.No+1, now, KindExchanged, a)
	in.User, in.Cause, in.Amount, in.Exchange = u.ID, f.No, x.Get, &x
	in.Postings = []Posting{
		{Account{FXPosition, x.Get.Currency, 0}, x.Get.Micros},
		{Account{Paid, x.Get.Currency, uint64(u.ID)}, -x.Get.Micros},
	}
	return ExchangeOutcome{Out: out, In: in}, nil
}

// RefuseQuote says that a quote is none of this wallet for this exchange.
func RefuseQuote() *Refusal {
	return Invalid("quote", "Ask for a new one: type the exchange without --yes.",
		"This is no quote of this wallet for this exchange.")
}

// RefuseQuoteOver says that the time of a quote is over.
func RefuseQuoteOver() *Refusal {
	return Refuse(ErrTermsChanged, "Ask for a new one: type the exchange without --yes.",
		"The quote has ended: it held for %s.", seconds(QuoteLife))
}

// RefuseExpected says that the other side of an exchange is not what was expected.
func RefuseExpected(o ExchangeOrder, x Exchange) *Refusal {
	side, word := x.Get, "get"
	if o.Get {
		side, word = x.Pay, "pay"
	}
	return Refuse(ErrTermsChanged, "Look at the new quote: type the exchange without --yes.",
		"You would %s %s now, not what you expect.", word, side)
}
