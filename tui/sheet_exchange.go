package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Fields of the form of an exchange, in their order.
const (
	exchangeFrom = iota
	exchangeTo
	exchangeSide
	exchangeAmount
)

// Answers to which side the amount is of.
const (
	sidePay = "what you pay"
	sideGet = "what you get"
)

// exchangeSheet changes tokens of one account into those of another: a form, the quote below it, then a question. The
// quote ends by itself; whoever looks at it sees for how long it holds.
type exchangeSheet struct {
	form  form
	quote *view.Exchange // of the form as it is filled in; nil: none was asked for
}

// newExchangeSheet pays from the first account that has something. The cursor is where most begin: at the amount.
func newExchangeSheet(m *Model) *exchangeSheet {
	all := view.Map(m.house.Currencies, func(c ledger.Currency) string { return string(c) })
	s := &exchangeSheet{}
	from := choiceField("From", "The account that pays.", all...)
	for _, w := range m.home.Wallets {
		if w.Available.Micros > 0 {
			from.startWith(string(w.Currency))
			break
		}
	}
	to := choiceField("To", "The account that gets it. It is opened if you have none.", all...)
	for _, c := range all {
		if c != from.chosen {
			to.startWith(c)
			break
		}
	}
	amount := textInput("exchange", "AMOUNT", "", amountLength, "Enter asks for a quote, then whether to take it.")
	amount.check = func(text string) (fault, warning string) {
		if _, err := s.request(text); err != nil {
			return misread(err).sentence(), ""
		}
		return "", ""
	}
	side := choiceField("It is", "Whether the amount is what you pay or what you get.", sidePay, sideGet)
	s.form = form{fields: []field{from, to, side, amount}, at: exchangeAmount}
	s.tellBalance(m)
	return s
}

func (*exchangeSheet) name() string        { return "exchange" }
func (*exchangeSheet) crumb() string       { return "Exchange" }
func (*exchangeSheet) typing() bool        { return true }
func (*exchangeSheet) load(*Model) tea.Cmd { return nil }
func (*exchangeSheet) tellsTime()          {} // how long the quote holds

// ends is when the quote ends, for the clock of the session; zero: there is none.
func (s *exchangeSheet) ends() view.Time {
	if s.quote == nil {
		return view.Time{}
	}
	return s.quote.Until
}

// holds tells whether there is a quote that has not ended.
func (s *exchangeSheet) holds(m *Model) bool {
	return s.quote != nil && m.now().Before(s.quote.Until.Time)
}

func (s *exchangeSheet) hints(m *Model) []hint {
	if s.holds(m) {
		return s.form.hints("exchange", "back")
	}
	return s.form.hints("get a quote", "back")
}

// tellBalance says beside the account that pays what is there.
func (s *exchangeSheet) tellBalance(m *Model) {
	f := &s.form.fields[exchangeFrom]
	f.fact = "you have " + have(m, ledger.Currency(f.chosen)).Number()
}

// have is what can be spent of a currency.
func have(m *Model, c ledger.Currency) ledger.Amount {
	for _, w := range m.home.Wallets {
		if w.Currency == c {
			return w.Available
		}
	}
	return ledger.Amount{Currency: c}
}

// request is the exchange as the form has it.
func (s *exchangeSheet) request(text string) (q view.ExchangeRequest, err error) {
	from := ledger.Currency(s.form.fields[exchangeFrom].chosen)
	to := ledger.Currency(s.form.fields[exchangeTo].chosen)
	q.Get, q.Other = s.form.fields[exchangeSide].chosen == sideGet, to
	of := from
	if q.Get {
		of, q.Other = to, from
	}
	q.Amount, err = ledger.ReadAmount(text, of)
	return q, err
}

// key fills in the form. What is sent first brings a quote, and a quote that holds brings the question; any change of
// the form is another exchange, for which there is none.
func (s *exchangeSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	before := s.form.texts()
	send, used := s.form.key(m, k)
	if s.form.texts() != before {
		s.quote = nil
		s.tellBalance(m)
	}
	if !send {
		return nil, used
	}
	q, err := s.request(s.form.text(exchangeAmount))
	switch {
	case err != nil: // the form has checked it
		return nil, true
	case s.holds(m):
		return m.confirm(s.question(m, q)), true
	}
	return s.ask(m, q), true
}

// ask asks for a quote, and the clock for its seconds.
func (s *exchangeSheet) ask(m *Model, q view.ExchangeRequest) tea.Cmd {
	s.quote = nil
	return submit(m, &s.form, "quote", func(ctx context.Context) (view.Exchange, error) {
		return m.svc.QuoteExchange(ctx, m.who, q)
	}, func(x view.Exchange) tea.Cmd {
		s.quote = &x
		return m.restartClock()
	})
}

// question says what both accounts have before and after.
func (s *exchangeSheet) question(m *Model, q view.ExchangeRequest) confirmation {
	x := *s.quote
	q.Quote = x.Quote
	from, to := have(m, x.Pay.Currency), have(m, x.Get.Currency)
	left := ledger.Amount{Micros: from.Micros - x.Pay.Micros, Currency: from.Currency}
	then := ledger.Amount{Micros: to.Micros + x.Get.Micros, Currency: to.Currency}
	return confirmation{
		question: fmt.Sprintf("Exchange %s for %s?", x.Pay, x.Get),
		why:      fmt.Sprintf("%s of %s, spread %s:", x.RateWords(), x.RatesOf, x.SpreadWords()),
		changes: []change{
			{string(from.Currency), from.Number(), left.Number(), ""}, {string(to.Currency), to.Number(), then.Number(), ""},
		},
		ends: "You can exchange it back, at the rate of then and with the spread again.",
		no:   "No, keep " + x.Pay.String(), yes: "Yes, exchange it",
		do: func(m *Model) tea.Cmd { return s.exchange(m, q) },
	}
}

// exchange carries it out. A quote that has ended meanwhile is refused; the next enter asks for a new one.
func (s *exchangeSheet) exchange(m *Model, q view.ExchangeRequest) tea.Cmd {
	return submitOr(m, &s.form, "exchange", func(ctx context.Context) (view.Exchange, error) {
		return m.svc.Exchange(ctx, m.who, q)
	}, func(x view.Exchange) tea.Cmd {
		m.notify(toneGood, fmt.Sprintf("Exchanged: %s for %s.", x.Pay, x.Get))
		if m.top() == screen(s) { // the person may have left the form meanwhile
			return m.close()
		}
		return m.refresh()
	}, func() tea.Cmd {
		s.quote = nil
		return nil
	})
}

// draw has the quote below the form: of a low terminal the form gives way.
func (s *exchangeSheet) draw(m *Model, width, height int) []line {
	head := append(topGap(height), heading("Exchange"))
	if height >= roomyFrom {
		head = append(head, nil)
	}
	below := s.drawQuote(m, width, height)
	out := append(head, s.form.drawIn(width, height-len(head)-len(below))...)
	return append(out, below...)
}

// drawQuote is the quote with its seconds, or that it has ended.
func (s *exchangeSheet) drawQuote(m *Model, width, height int) (out []line) {
	if s.quote == nil {
		return nil
	}
	if height >= roomyFrom {
		out = append(out, nil)
	}
	if !s.holds(m) {
		return append(out, lineOf(toneWarn, "  ! The quote has ended. Enter asks for a new one.").cut(width-2))
	}
	x, left := *s.quote, view.Left(s.quote.Until.Sub(m.now()))
	words := lineOf(toneStrong, "  "+x.Pay.String()+" → "+x.Get.String())
	if height < roomyFrom || width < narrow {
		last := lineOf(toneFaint, "  Holds for "+left+"; spread "+x.SpreadWords())
		return append(out, words.cut(width-2), last.cut(width-2))
	}
	out = append(out, words.add(toneFaint, "   holds for "+left).cut(width-2))
	return append(out, facts(factBlock{width: width}, view.Without(x.Terms(), "Pay", "Get"))...)
}
