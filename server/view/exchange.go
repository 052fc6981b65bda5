package view

import (
	"fmt"
	"time"

	"tuppence/server/ledger"
)

// Rate is how many units of a currency one euro is.
type Rate struct {
	Currency ledger.Currency `json:"currency"`
	PerEuro  string          `json:"per_euro"`
	Day      string          `json:"day"`   // 2026-11-27: of which day it is
	Age      string          `json:"age"`   // of that day, in words
	Stale    bool            `json:"stale"` // too old to exchange at
}

// RatesOf shows rates at a time.
func RatesOf(r ledger.Rates, p ledger.Policy, now time.Time) []Rate {
	days := max(0, int(now.Sub(r.Day)/(24*time.Hour)))
	age := "today"
	if days > 0 {
		age = Plural(uint64(days), "day")
	}
	return Map(r.List, func(v ledger.Rate) Rate {
		return Rate{
			Currency: v.Currency, PerEuro: v.PerEuro, Day: r.Day.Format(time.DateOnly), Age: age, Stale: r.Stale(p, now),
		}
	})
}

// RateTable is a list of rates.
func RateTable(all []Rate, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Currency", Name: "currency"},
		{Title: "One euro is", Right: true, Name: "per_euro"},
		{Title: "Of", Drop: 1, Name: "day"},
		{Title: "Age", Drop: 2, Name: "age"},
		{Title: "Use", Elastic: true, Name: "stale"},
	}}
	for _, r := range all {
		t.Rows = append(t.Rows, []Cell{
			{string(r.Currency), Plain},
			{r.PerEuro, Strong},
			{r.Day, Faint},
			{r.Age, Faint},
			{word(r.Stale, "too old to exchange at"), Warn},
		})
	}
	t.AlignPoints(1, 0)
	return t
}

// RatesLoaded is what loading a file of rates came to.
type RatesLoaded struct {
	Day     string       `json:"day"`
	Rates   int          `json:"rates"`
	Skipped List[string] `json:"skipped"` // codes of no currency in use
	Again   bool         `json:"again"`   // they were loaded before
}

// Facts are what is known of a file of rates that was loaded.
func (r RatesLoaded) Facts(Format) []Fact {
	all := []Fact{
		{Label: "Rates of", Value: r.Day},
		{Label: "Currencies", Value: fmt.Sprint(r.Rates)},
		{Label: "Loaded", Value: word(r.Again, "they were loaded before")},
	}
	for _, code := range r.Skipped {
		all = append(all, Fact{Label: "Skipped", Value: code + ", no currency in use", Tone: Warn})
	}
	return all
}

// Exchange is tokens of one currency for tokens of another: a quote, or one that was carried out.
type Exchange struct {
	ID      string        `json:"id,omitempty"` // "": a quote
	Pay     ledger.Amount `json:"pay"`
	Get     ledger.Amount `json:"get"`
	Rate    string        `json:"rate"` // units of what is got for one of what is paid, at the middle rate
	RatesOf string        `json:"rates_of"`
	Spread  string        `json:"spread"` // above the middle rate: 1 %
	Cost    ledger.Amount `json:"cost"`   // the spread in what is paid
	Quote   string        `json:"quote,omitempty"`
	Until   Time          `json:"good_until,omitzero"` // of a quote
	At      Time          `json:"at,omitzero"`
	// After is what can be spent of both then.
	After List[ledger.Amount] `json:"available_after,omitempty"`
}

// ExchangeOf shows the terms of an exchange at the rates that it names.
func ExchangeOf(x ledger.Exchange, r ledger.Rates) (v Exchange, err error) {
	value, err := x.Middle(r)
	if err != nil {
		return v, err
	}
	v = Exchange{
		Pay: x.Pay, Get: x.Get, RatesOf: r.Day.Format(time.DateOnly), Spread: x.SpreadText(),
		Cost: ledger.Amount{Micros: x.Pay.Micros - value.Micros, Currency: x.Pay.Currency},
	}
	v.Rate, err = r.Between(x.Pay.Currency, x.Get.Currency)
	return v, err
}

// RateWords is the middle rate in words: 1 EUR = 1.0834 USD.
func (x Exchange) RateWords() string {
	if x.Rate == "" {
		return ""
	}
	return "1 " + string(x.Pay.Currency) + " = " + x.Rate + " " + string(x.Get.Currency)
}

// SpreadWords is the spread in words: 1 %, 0.10 EUR.
func (x Exchange) SpreadWords() string {
	if x.Spread == "" {
		return ""
	}
	return x.Spread + ", " + x.Cost.String()
}

// Terms are what a person decides by.
func (x Exchange) Terms() []Fact {
	return []Fact{
		{Label: "Pay", Value: x.Pay.String(), Whole: true, Tone: Strong},
		{Label: "Get", Value: x.Get.String(), Whole: true, Tone: Strong},
		{Label: "Rate", Value: x.RateWords()},
		{Label: "Rates of", Value: x.RatesOf},
		{Label: "Spread", Value: x.SpreadWords()},
	}
}

// Facts are what is known of an exchange.
func (x Exchange) Facts(f Format) []Fact {
	all := x.Terms()
	for _, a := range x.After {
		all = append(all, Fact{Label: "Left", Value: a.String(), Whole: true})
	}
	return append(all, Fact{Label: "Made", Value: f.Time(x.At)}, id("Exchange", x.ID))
}
