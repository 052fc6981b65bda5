package ledger

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// euro is the currency that the rates of the European Central Bank are quoted against.
const euro Currency = "EUR"

// MaxRatesFile bounds a file of rates, in bytes: the bank has some 2,000 in it.
const MaxRatesFile = 1_000_000

// Bounds of a file of rates: how many it may have, how long a number may be, and how many notes are made of it.
const (
	maxRates     = 200
	maxRateText  = 20
	maxRateScale = 10 // decimals
	maxSkipped   = 20
)

// Rate is how many units of a currency one euro is.
type Rate struct {
	Currency Currency
	PerEuro  string // a decimal above zero, as it was read: nothing of it is lost
}

// number returns the rate as a number.
func (r Rate) number() (decimal.Decimal, error) { return parseRate(r.PerEuro) }

// parseRate reads a plain decimal above zero: no sign, no exponent.
func parseRate(s string) (decimal.Decimal, error) {
	if s == "" || len(s) > maxRateText || !only(s, "0123456789.") {
		return decimal.Decimal{}, errors.New("it is no plain decimal number")
	}
	n, err := decimal.NewFromString(s)
	switch {
	case err != nil:
		return n, errors.New("it is no plain decimal number")
	case !n.IsPositive():
		return n, errors.New("it is not above zero")
	case n.Exponent() < -maxRateScale:
		return n, fmt.Errorf("it has more than %d decimals", maxRateScale)
	}
	return n, nil
}

// Rates are the reference rates of one day. Between two currencies other than the euro they are read across it.
type Rates struct {
	No   EntryNo // the entry that loaded them
	Day  time.Time
	List []Rate // by currency; the euro is not among them
}

// Has tells whether there is a rate for a currency.
func (r Rates) Has(c Currency) bool {
	_, err := r.perEuro(c)
	return err == nil
}

// perEuro returns how many units of a currency one euro is.
func (r Rates) perEuro(c Currency) (decimal.Decimal, error) {
	if c == euro {
		return decimal.NewFromInt(1), nil
	}
	i, found := slices.BinarySearchFunc(r.List, c, func(r Rate, c Currency) int { return cmp.Compare(r.Currency, c) })
	if !found {
		return decimal.Decimal{}, Invalid("currency", "See which there are with: rates.", "There is no rate for %s.", c)
	}
	return r.List[i].number()
}

// Between returns how many units of one currency a unit of another is, for people: at most eight decimals, of small
// numbers at most eight digits. The exact rate is the quotient of two numbers of [Rates].
func (r Rates) Between(from, to Currency) (string, error) {
	num, err := r.perEuro(to)
	if err != nil {
		return "", err
	}
	den, err := r.perEuro(from)
	if err != nil {
		return "", err
	}
	q := num.DivRound(den, 24)
	places := int32(8)
	for one := decimal.New(1, -1); q.LessThan(one) && places < 20; one = one.Shift(-1) {
		places++
	}
	return q.Round(places).String(), nil
}

// Stale tells whether the rates are too old to exchange at. The age counts from the beginning of their day in UTC.
func (r Rates) Stale(p Policy, now time.Time) bool { return now.Sub(r.Day) > p.FX.Stale }

// ReadRates reads a file in the form of the bank's eurofxref-daily.xml, whatever the prefixes of its namespaces: a
// document Envelope, in it a Cube with one Cube of a day, in that a Cube for each currency. It is read as a whole or
// not at all. Codes that ISO 4217 does not know are skipped, and named in the second result. It refuses with
// ErrInvalid.
func ReadRates(file []byte) (Rates, []string, error) {
	if len(file) > MaxRatesFile {
		return Rates{}, nil, badRates("It has more than %d bytes.", MaxRatesFile)
	}
	f := ratesFile{in: xml.NewDecoder(bytes.NewReader(file))}
	if err := f.read(); err != nil {
		return Rates{}, nil, err
	}
	switch {
	case f.rates.Day.IsZero():
		return Rates{}, nil, badRates("It names no day.")
	case len(f.rates.List) == 0:
		return Rates{}, nil, badRates("It has no rate.")
	}
	slices.SortFunc(f.rates.List, func(a, b Rate) int { return cmp.Compare(a.Currency, b.Currency) })
	return f.rates, f.skipped, nil
}

// badRates refuses a file of rates, with the words for what is wrong.
func badRates(detail string, args ...any) *Refusal {
	return Invalid("rates", "Load the file eurofxref-daily.xml of the European Central Bank.",
		"The file of rates cannot be used. "+detail, args...)
}

// ratesFile is a file of rates while it is read.
type ratesFile struct {
	in      *xml.Decoder
	rates   Rates
	skipped []string
	seen    []Currency
	path    []string // names of the elements that are open
}

// read goes through the file once.
func (f *ratesFile) read() error {
	for began := false; ; {
		token, err := f.in.Token()
		switch {
		case errors.Is(err, io.EOF) && began:
			return nil
		case err != nil:
			return badRates("It is no whole XML document.")
		}
		switch t := token.(type) {
		case xml.Directive: // a document type declares entities; the bank's file has none
			return badRates("It has a document type.")
		case xml.StartElement:
			if len(f.path) == 0 && (began || t.Name.Local != "Envelope") {
				return badRates("Its document is %q and not one Envelope.", CleanLine(t.Name.Local, 40))
			}
			began = true
			f.path = append(f.path, t.Name.Local)
			if err := f.element(t); err != nil {
				return err
			}
		case xml.EndElement: // the decoder has matched it
			f.path = f.path[:len(f.path)-1]
		}
	}
}

// element takes what an element tells: the day, or a rate. Only a Cube tells something.
func (f *ratesFile) element(t xml.StartElement) error {
	if t.Name.Local != "Cube" {
		return nil
	}
	var day, code, rate string
	for _, a := range t.Attr {
		for name, value := range map[string]*string{"time": &day, "currency": &code, "rate": &rate} {
			if a.Name.Local == name {
				*value = a.Value
			}
		}
	}
	depth := slices.Equal(f.path[1:], []string{"Cube", "Cube", "Cube"})
	switch {
	case day != "" && !f.rates.Day.IsZero():
		return badRates("It has rates of several days.")
	case day != "":
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			return badRates("Its day is %q.", CleanLine(day, 20))
		}
		f.rates.Day = at
	case (code != "" || rate != "") && (!depth || f.rates.Day.IsZero()):
		return badRates("The rate of %q stands in no day.", CleanLine(code, 10))
	case code != "" || rate != "":
		return f.rate(code, rate)
	}
	return nil
}

// rate takes one rate.
func (f *ratesFile) rate(code, text string) error {
	shown := CleanLine(code, 10)
	n, err := parseRate(text)
	switch {
	case err != nil:
		return badRates("The rate of %q is %q: %v.", shown, CleanLine(text, 30), err)
	case slices.Contains(f.seen, Currency(code)):
		return badRates("It has two rates of %q.", shown)
	case len(f.seen) == maxRates:
		return badRates("It has more than %d rates.", maxRates)
	case Currency(code) == euro:
		return badRates("It has a rate of EUR, which all rates are against.")
	}
	f.seen = append(f.seen, Currency(code))
	if checkStandard(Currency(code)) != nil {
		if len(f.skipped) < maxSkipped {
			f.skipped = append(f.skipped, shown)
		}
		return nil
	}
	f.rates.List = append(f.rates.List, Rate{Currency(code), n.String()})
	return nil
}

// RatesOutcome is what loading rates comes to.
type RatesOutcome struct {
	Entry Entry
	Rates Rates
	Again bool // they were loaded before, to the last digit: there is nothing to write
}

// DecideRates makes rates those of the service, instead of those that it has. Rates of the same day take the place of
// earlier ones: the bank may correct itself. It refuses with ErrNotAllowed if the actor is no operator, and with
// ErrInvalid rates of a day that has not begun in UTC, or that is before that of the rates it has.
func DecideRates(next, had Rates, a Actor, no EntryNo, now time.Time) (RatesOutcome, error) {
	switch {
	case a.Role != RoleOperator:
		return RatesOutcome{}, Refuse(ErrNotAllowed, "Ask an operator of this service.", "Only an operator loads rates.")
	case next.Day.After(now):
		return RatesOutcome{}, badRates("Its day, %s, has not come.", next.Day.Format(time.DateOnly))
	case next.Day.Before(had.Day):
		return RatesOutcome{}, badRates("Its day, %s, is before that of the rates that are loaded, %s.",
			next.Day.Format(time.DateOnly), had.Day.Format(time.DateOnly))
	case next.Day.Equal(had.Day) && slices.Equal(next.List, had.List):
		return RatesOutcome{Rates: had, Again: true}, nil
	}
	e := entry(no, now, KindRates, a)
	next.No = e.No
	e.Rates = &next
	e.Change = &Change{Name: "rates", Old: had.word(), New: next.word()}
	return RatesOutcome{Entry: e, Rates: next}, nil
}

// word tells of which day rates are and how many, in words for the journal.
func (r Rates) word() string {
	if r.Day.IsZero() {
		return "none"
	}
	return fmt.Sprintf("%s, %d rates", r.Day.Format(time.DateOnly), len(r.List))
}
