package ledger

import (
	"cmp"
	"slices"
	"strings"
)

// OwnAmount is the value of a setting in one currency, where it is not the value for all: 200 is much in EUR and little
// in JPY.
type OwnAmount struct {
	Setting  string // its name in [Policy.Lines]
	Currency Currency
	Micros   int64 // NoLimit: none
}

// In returns the policy as it is for a currency: its own amounts where it has some, else those for all. Bounds of
// deposits are whole minor units, because real money is: the smaller one is rounded up, the larger one down.
func (p Policy) In(c Currency) Policy {
	if len(p.Own) > 0 {
		p = p.withOwn(c)
	}
	unit := c.minor()
	p.DepositMin = (p.DepositMin + unit - 1) / unit * unit
	p.DepositMax -= p.DepositMax % unit
	return p
}

// withOwn is the policy with the own amounts of a currency.
func (p Policy) withOwn(c Currency) Policy {
	for _, s := range p.settings() {
		if i, own := p.own(s.name, c); own && s.micros != nil {
			*s.micros = p.Own[i].Micros
		}
	}
	return p
}

// own finds the amount of a setting in a currency, or the place where it belongs.
func (p *Policy) own(setting string, c Currency) (int, bool) {
	return slices.BinarySearchFunc(p.Own, OwnAmount{Setting: setting, Currency: c}, func(a, b OwnAmount) int {
		return cmp.Or(cmp.Compare(a.Setting, b.Setting), cmp.Compare(a.Currency, b.Currency))
	})
}

// moneySetting is an amount for all currencies, and for some an amount of their own: "200.00, JPY 30000".
func (p *Policy) moneySetting(name, help string, micros *int64) setting {
	return p.amountSetting(name, help, micros, false)
}

// limitSetting is a moneySetting that may be none.
func (p *Policy) limitSetting(name, help string, micros *int64) setting {
	return p.amountSetting(name, help+", or none", micros, true)
}

func (p *Policy) amountSetting(name, help string, micros *int64, limit bool) setting {
	show := func() string {
		parts := []string{limitWord(*micros, "")}
		for _, o := range p.Own {
			if o.Setting == name {
				parts = append(parts, string(o.Currency)+" "+limitNumber(o.Micros, o.Currency))
			}
		}
		return strings.Join(parts, ", ")
	}
	set := func(value string) error { return named(p.setAmounts(name, value, micros, limit), name) }
	takes := "an amount, and one for a currency: 200.00, JPY 30000"
	if limit {
		takes = "an amount or none, and one for a currency: 5.00, JPY 800"
	}
	return setting{name, help, takes, show, set, micros}
}

// setAmounts reads what a moneySetting shows, or a part of it: what is not named stays as it is. "JPY default" takes
// the amount of JPY away again. A comma inside of an amount is not taken for one between two.
func (p *Policy) setAmounts(name, value string, micros *int64, limit bool) error {
	own := Policy{Currencies: p.Currencies, Own: slices.Clone(p.Own)}
	all := *micros
	for i, part := range strings.Split(value, ",") {
		words := strings.Fields(part)
		var err error
		switch {
		case len(words) == 2:
			err = own.setOwn(name, words[0], words[1], limit)
		case i == 0 && len(words) == 1:
			all, err = readSetting(words[0], "", limit)
		default:
			_, err = ReadAmount(value, "") // says what is wrong with it
			if err == nil {
				err = Invalid(name, amountRemedy, "The amount cannot be read.")
			}
		}
		if err != nil {
			return err
		}
	}
	*micros, p.Own = all, own.Own
	return nil
}

// setOwn sets the amount of a setting in one currency.
func (p *Policy) setOwn(name, code, value string, limit bool) error {
	c, err := ParseCurrency(code, p.Currencies...)
	if err != nil {
		return err
	}
	i, has := p.own(name, c)
	if value == "default" {
		if has {
			p.Own = slices.Delete(p.Own, i, i+1)
		}
		if len(p.Own) == 0 {
			p.Own = nil
		}
		return nil
	}
	n, err := readSetting(value, c, limit)
	if err != nil {
		return err
	}
	if !has {
		p.Own = slices.Insert(p.Own, i, OwnAmount{Setting: name, Currency: c})
	}
	p.Own[i].Micros = n
	return nil
}

// readSetting reads an amount of a setting; a limit may be none.
func readSetting(value string, c Currency, limit bool) (int64, error) {
	if limit && value == "none" {
		return NoLimit, nil
	}
	a, err := ReadAmount(value, c)
	return a.Micros, err
}
