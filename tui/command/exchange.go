package command

import (
	"io"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// exchangeCommands change tokens of one account into those of another.
func exchangeCommands() []Command {
	return []Command{
		{
			Path: "exchange", Help: "change tokens of one account into those of another", Role: ledger.RoleUser, Moves: true,
			Place: "accounts", Key: "accounts:x", KeyHelp: "exchange",
			Long: "AMOUNT CURRENCY is what you pay, or what you get with --get. Without --yes it prints a quote, which holds\n" +
				"for 30 seconds and is used once; --yes without a quote takes the rate of now.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency), arg(KindOther),
				on("get", "AMOUNT CURRENCY is what you get"),
				option("quote", KindQuote, "at the terms of this quote"),
				option("expect", KindPrice, "only if the other side is this amount"),
				option("key", KindIdempotency, "idempotency key of this exchange; a quote is one by itself"),
			},
			JSON: view.Exchange{}, Run: runExchange,
		},
		{
			Path: "rates", Help: "list the rates of exchange, with their day", Role: ledger.RoleNone,
			Inputs: arrangeInputs(), JSON: view.Page[view.Rate]{}, Run: runRates,
		},
		{
			Path: "rates load", Help: "load the rates of a day from the input", Role: ledger.RoleOperator,
			Long: "The input is a file in the form of eurofxref-daily.xml of the European Central Bank:\n" +
				"ssh HOST rates load < eurofxref-daily.xml. It is taken as a whole or not at all.",
			JSON: view.RatesLoaded{}, Run: runRatesLoad,
		},
	}
}

// runExchange carries out an exchange, or quotes it: what is refused later is refused with the quote.
func runExchange(r *Run) error {
	q, err := r.exchanging()
	if err != nil {
		return err
	}
	if !r.Yes {
		return r.wouldExchange(q)
	}
	x, err := r.Service.Exchange(r.Ctx, r.Who, q)
	return r.answerFacts(x, err)
}

// exchanging reads the exchange from the command line.
func (r *Run) exchanging() (q view.ExchangeRequest, err error) {
	if q.Amount, err = r.amount(r.Args[0], r.Args[1]); err != nil {
		return q, err
	}
	if q.Other, err = r.currency(r.Args[2]); err != nil {
		return q, err
	}
	q.Get, q.Quote, q.Key = r.on("get"), r.flag("quote"), r.flag("key")
	if q.Quote != "" && q.Key != "" {
		return q, r.misuse("--key and --quote: a quote is a key by itself.")
	}
	if r.flag("expect") != "" {
		other, err := r.price("expect")
		if err != nil {
			return q, err
		}
		q.Expect = &other
	}
	return q, nil
}

// wouldExchange prints a quote, with the line that takes it.
func (r *Run) wouldExchange(q view.ExchangeRequest) error {
	x, err := r.Service.QuoteExchange(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	again := "exchange " + q.Amount.Number() + " " + string(q.Amount.Currency) + " " + string(q.Other)
	if q.Get {
		again += " --get"
	}
	return confirm(again+" --quote "+x.Quote+" --yes", "",
		"This would take %s out of your account and bring %s into it. The quote holds until %s.",
		x.Pay, x.Get, x.Until.UTC().Format("15:04:05 MST")).of(x)
}

// of adds the quote that is to be confirmed.
func (c *confirmation) of(x view.Exchange) *confirmation {
	c.exchange = &x
	return c
}

// runRates lists the rates.
func runRates(r *Run) error {
	all, err := r.Service.Rates(r.Ctx, r.Who)
	return answerList(r, all, err, "No rates were loaded yet.", view.RateTable)
}

// runRatesLoad takes the file from the input.
func runRatesLoad(r *Run) error {
	var file []byte
	if r.In != nil {
		var err error
		if file, err = io.ReadAll(io.LimitReader(r.In, ledger.MaxRatesFile+1)); err != nil {
			return err
		}
	}
	if len(file) == 0 {
		return r.misuse("The input is empty. Send the file: ssh HOST rates load < eurofxref-daily.xml")
	}
	v, err := r.Service.LoadRates(r.Ctx, r.Who, file)
	return r.answerFacts(v, err)
}
