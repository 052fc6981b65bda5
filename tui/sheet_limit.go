package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// boundText is a bound as a form shows it for editing. No bound is the word that is typed for it: an empty field
// could mean that nothing was typed yet.
func boundText(b view.Bound, c ledger.Currency) string {
	if b < 0 {
		return "none"
	}
	return b.In(c)
}

// boundOf is the bound of a limit, without its currency.
func boundOf(l view.Limit) view.Bound {
	if l.None() {
		return view.Bound(ledger.NoLimit)
	}
	return view.Bound(l.Max.Micros)
}

// looser tells whether a bound becomes higher or is taken away. The rules decide; a screen has to know before it asks.
func looser(old, next view.Bound) bool { return old >= 0 && (next < 0 || next > old) }

// limitSheet changes one bound. A tighter one holds at once and can be taken back; a looser one is asked for.
type limitSheet struct {
	l     view.Limit
	form  form
	tried whatIf
}

// newLimitSheet begins with the bound that holds.
func newLimitSheet(m *Model, l view.Limit) *limitSheet {
	s := &limitSheet{l: l}
	q := textInput("limits set", "AMOUNT", boundText(boundOf(l), l.Currency), amountLength,
		"The first key replaces the old amount. none takes the bound away.")
	q.fact = "now " + boundText(boundOf(l), l.Currency)
	q.check = func(text string) (fault, warning string) {
		next, err := s.bound(text)
		switch {
		case err != nil:
			return misread(err).sentence(), ""
		case looser(boundOf(l), next):
			return "", "Loosens your protection: you are asked before it holds."
		case l.Period != "purchase" && next >= 0 && int64(next) <= l.Used.Micros:
			return "", "That is spent already: nothing can be bought under it" + until(m.frees(l)) + "."
		}
		return "", ""
	}
	s.form = form{fields: []field{q}}
	return s
}

// until is when something ends, in words that go on; "" if nobody knows.
func until(when string) string {
	if when == "" {
		return ""
	}
	return " until " + when
}

func (*limitSheet) name() string          { return "limit" }
func (*limitSheet) crumb() string         { return "Change" }
func (*limitSheet) typing() bool          { return true }
func (s *limitSheet) hints(*Model) []hint { return s.form.hints("set", "back") }

// bound reads the amount. An empty field is refused here, although it means no bound elsewhere: a person who emptied it
// has not typed the new one yet.
func (s *limitSheet) bound(text string) (view.Bound, error) {
	if text == "" {
		return 0, ledger.Invalid("max", "Type an amount, or none.", "The bound is missing.")
	}
	micros, err := view.ParseBound(text, s.l.Currency)
	return view.Bound(micros), err
}

// key sets the bound, or asks first.
func (s *limitSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return s.tried.follow(m, s.trial(m)), used
	}
	next, err := s.bound(s.form.text(0))
	if err != nil { // the form has checked it
		return nil, true
	}
	if looser(boundOf(s.l), next) {
		return m.confirm(s.question(next)), true
	}
	return s.set(m, next, false), true
}

// whose says where the limit holds.
func (s *limitSheet) whose() string {
	if s.l.Vendor != "" {
		return "at " + view.Clean(s.l.Vendor)
	}
	return "for all vendors"
}

// question says what a looser bound lets go.
func (s *limitSheet) question(next view.Bound) confirmation {
	most := "up to " + next.In(s.l.Currency) + " " + string(s.l.Currency)
	if next < 0 {
		most = "any amount"
	}
	before, after := boundText(boundOf(s.l), s.l.Currency), boundText(next, s.l.Currency)
	return confirmation{
		question: fmt.Sprintf("Let %s %s be spent %s?", most, perPeriod(s.l.Period), s.whose()),
		why:      loosens,
		changes:  []change{{s.l.Period, before, after, string(s.l.Currency)}},
		ends:     "You lower it again here; that works at once.",
		no:       "No, leave it at " + before, yes: "Yes, set " + after,
		do: func(m *Model) tea.Cmd { return s.set(m, next, true) },
	}
}

// loosens is why a confirmation asks.
const loosens = "It loosens your protection:"

// set sends the bound. What became tighter is taken back by one key while the note is there.
func (s *limitSheet) set(m *Model, next view.Bound, confirmed bool) tea.Cmd {
	return submitOr(m, &s.form, "limit", func(ctx context.Context) (string, error) {
		_, warning, err := m.svc.SetLimit(ctx, m.who, s.change(next, confirmed))
		return warning, err
	}, func(warning string) tea.Cmd {
		cmd := m.close()
		words := strings.TrimSpace(fmt.Sprintf("Set: %s %s %s. %s", boundText(next, s.l.Currency), s.l.Currency,
			perPeriod(s.l.Period), warning))
		if confirmed || next == boundOf(s.l) {
			m.notify(toneGood, words)
		} else {
			m.offerUndo(words, func() tea.Cmd { return s.undo(m) })
		}
		if warning != "" {
			m.note.tone = toneWarn
		}
		return cmd
	}, func() tea.Cmd { return m.confirmRefused(&s.form, s.question(next)) })
}

// change is the order that sets a bound.
func (s *limitSheet) change(next view.Bound, confirmed bool) ledger.LimitChange {
	return ledger.LimitChange{
		Currency: s.l.Currency, Vendor: s.l.Vendor, Period: s.l.Period, Max: int64(next), Confirmed: confirmed,
	}
}

// undo brings the bound back that was there before.
func (s *limitSheet) undo(m *Model) tea.Cmd {
	old := boundOf(s.l)
	return m.act("limit", func(ctx context.Context) error {
		_, _, err := m.svc.SetLimit(ctx, m.who, s.change(old, true))
		return err
	}, "Taken back: "+boundText(old, s.l.Currency)+" "+perPeriod(s.l.Period)+" again.")
}

// act calls the service for something that has no form: what came of it is told on the status line.
func (m *Model) act(name string, call func(context.Context) error, done string) tea.Cmd {
	return attempt(m, name, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, call(ctx)
	}, func(_ struct{}, err error) tea.Cmd {
		if err != nil {
			m.notify(toneBad, m.fault(name, err).sentence())
		} else {
			m.notify(toneGood, done)
		}
		return m.refresh()
	})
}

// draw shows what is used already beside the form, because a bound below that stops every purchase until the period
// ends.
func (s *limitSheet) draw(m *Model, width, height int) []line {
	title := lineOf(toneStrong, "  "+string(s.l.Currency)+" "+perPeriod(s.l.Period)+", "+s.whose())
	parts := s.meaning(m, width)
	if height < roomyFrom {
		out := append([]line{title}, s.form.drawIn(width, height-1-len(slices.Concat(parts[:min(1, len(parts))]...)))...)
		for _, p := range parts { // a sentence is there as a whole or not
			if len(out)+len(p) <= height {
				out = append(out, p...)
			}
		}
		return out
	}
	out := append([]line{nil, title, nil}, s.form.draw(width)...)
	return append(append(out, nil), slices.Concat(parts...)...)
}

// meaning says what the bound that is typed would mean: what is spent of it, when that counts no more, and what it
// would have refused. That comes and goes while it is typed, so it is the last: nothing moves.
func (s *limitSheet) meaning(m *Model, width int) (parts [][]line) {
	tried := s.tried.lines(width)
	if s.l.Period == "purchase" {
		return [][]line{tried}
	}
	l := s.l
	next, err := s.bound(s.form.text(0))
	switch {
	case err == nil && next >= 0:
		l.Max = &ledger.Amount{Micros: int64(next), Currency: l.Currency}
	case err == nil:
		l.Max = nil
	}
	spent := lineOf(toneFaint, "  Spent  ")
	if !l.None() {
		spent = append(spent, bar(l.Used.Micros, 0, l.MaxMicros(), max(5, min(32, width-40)))...).add(toneText, "  ")
	}
	parts = [][]line{{spent.add(toneText, l.Words())}}
	if frees := m.frees(l); frees != "" && l.Used.Micros != 0 {
		parts = append(parts, []line{lineOf(toneFaint, "  Free again: "+frees+".")})
	}
	return append(parts, tried)
}

// load asks what the bound that is typed would have done.
func (s *limitSheet) load(m *Model) tea.Cmd { return s.tried.ask(m, s.trial(m)) }

// trial tries the bound that is typed on the purchases of the last 30 days. No bound would have refused nothing.
func (s *limitSheet) trial(m *Model) trial {
	t := trial{typed: s.form.text(0)}
	if next, err := s.bound(t.typed); err == nil && next >= 0 {
		what := next.In(s.l.Currency) + " " + perPeriod(s.l.Period) + " "
		t.ask = ownOf(m, m.svc.WhatIf, s.change(next, false))
		t.words = func(w view.WhatIf) string { return what + w.Words(m.format()) + "." }
	}
	return t
}

// boundNames are the bounds of a permission in the order of its form, with the period that each is for.
var boundNames = []struct{ name, period string }{
	{"Each", "purchase"},
	{"Day", "day"},
	{"Week", "week"},
	{"Month", "month"},
	{"In all", "total"},
}

// perPeriod is the period of a bound in words that go on after an amount.
func perPeriod(period string) string {
	switch period {
	case "purchase":
		return "each time"
	case "total":
		return "in all"
	}
	return "a " + view.Clean(period)
}

// allowanceFields are the fields of a permission's bounds in a currency, as many as there are values. What stands
// beside them is what is known of the vendor: what it may take now, and what was spent there.
func (m *Model) allowanceFields(c ledger.Currency, known []view.Limit, values ...view.Bound) []field {
	help := "In " + string(c) + "; none is no bound. Inside these it charges without asking."
	var all []field
	for i, b := range values {
		q := textField(boundNames[i].name, boundText(b, c), amountLength, help)
		q.check = func(text string) (fault, warning string) {
			if _, err := view.ParseAllowance(text, c); err != nil {
				return misread(err).sentence(), ""
			}
			return "", ""
		}
		all = append(all, q)
	}
	m.tellAllowances(all, c, known)
	return all
}

// tellAllowances puts what is known of a vendor beside the fields of its permission.
func (m *Model) tellAllowances(all []field, c ledger.Currency, known []view.Limit) {
	for i := range all {
		for _, l := range known {
			if l.Period != boundNames[i].period || l.Currency != c {
				continue
			}
			var facts []string
			if !l.None() {
				facts = append(facts, "now "+l.Max.Number())
			}
			if l.Used.Micros > 0 {
				facts = append(facts, "used so far "+l.Used.Number())
			}
			all[i].fact = strings.Join(facts, ", ")
			plain := all[i].check
			all[i].check = func(text string) (fault, warning string) {
				fault, warning = plain(text)
				micros, _ := view.ParseAllowance(text, c)
				if fault == "" && micros > 0 && l.Used.Micros >= micros {
					warning = "Used up already: it would ask" + until(m.frees(l)) + "."
				}
				return fault, warning
			}
		}
	}
}

// allowances reads such a form. The bounds of a permission are above 0: the service takes 0 for one that was left
// open.
func allowances(f *form, c ledger.Currency, into ...*int64) (err error) {
	for i, to := range into {
		if *to, err = view.ParseAllowance(f.text(i), c); err != nil {
			return err
		}
	}
	return nil
}

// bounds are the bounds of a permission in the order of its form.
func bounds(l ledger.Limits, total int64) []view.Bound {
	return []view.Bound{
		view.Bound(l.PerPurchase), view.Bound(l.PerDay), view.Bound(l.PerWeek), view.Bound(l.PerMonth), view.Bound(total),
	}
}

// allowanceChanges are the bounds of a permission before and after; without one before, the vendor asks each time.
func allowanceChanges(before, after []view.Bound, c ledger.Currency) (all []change) {
	for i, b := range after {
		old := "asks"
		if before != nil {
			old = boundText(before[i], c)
		}
		if before == nil && b >= 0 || before != nil && before[i] != b {
			all = append(all, change{what: boundNames[i].period, before: old, after: boundText(b, c)})
		}
	}
	if before == nil && len(all) == 0 {
		all = append(all, change{what: "all", before: "asks", after: "the limits of your wallet"})
	}
	return all
}

// mostWords tells the bound of a permission that says most of it: that of the longest period.
func mostWords(all []view.Bound, c ledger.Currency) string {
	for _, i := range []int{3, 2, 1, 4, 0} {
		if i < len(all) && all[i] >= 0 {
			return "up to " + all[i].In(c) + " " + string(c) + " " + perPeriod(boundNames[i].period)
		}
	}
	return "anything inside your limits"
}
