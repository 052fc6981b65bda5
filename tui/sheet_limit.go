package tui

import (
	"context"
	"fmt"

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

// limitSheet changes one bound. A tighter one holds at once, a looser one is asked for; whether it has to wait is for
// the rules to say.
type limitSheet struct {
	l    view.Limit
	form form
	sure sureness
}

// newLimitSheet begins with the bound that holds.
func newLimitSheet(l view.Limit) *limitSheet {
	return &limitSheet{l: l, form: form{fields: []field{
		textInput("limits set", "AMOUNT", boundText(boundOf(l), l.Currency), amountLength,
			"Typing replaces it, an arrow edits it."),
	}}}
}

func (*limitSheet) name() string        { return "limit" }
func (*limitSheet) crumb() string       { return "Change" }
func (*limitSheet) typing() bool        { return true }
func (*limitSheet) load(*Model) tea.Cmd { return nil }
func (*limitSheet) hints(*Model) []hint { return formHints("set") }

// key sets the bound. An empty field is refused here, although it means no bound elsewhere: a person who emptied it
// has not typed the new one yet.
func (s *limitSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.sure.key(m, &s.form, k)
	if !send {
		return nil, used
	}
	if s.form.text(0) == "" {
		s.form.fault = &failure{"The bound is missing.", "Type an amount, or none.", ledger.ErrInvalid.Error()}
		return nil, true
	}
	micros, err := view.ParseBound(s.form.text(0), s.l.Currency)
	if err != nil {
		s.form.fault = misread(err)
		return nil, true
	}
	c := ledger.LimitChange{Currency: s.l.Currency, Vendor: s.l.Vendor, Period: s.l.Period, Max: micros}
	c.Confirmed = s.sure.asked
	return submitSure(m, &s.form, &s.sure, "limit", func(ctx context.Context) (warning string, err error) {
		_, warning, err = m.svc.SetLimit(ctx, m.who, c)
		return warning, err
	}, func(warning string) tea.Cmd {
		cmd := m.close()
		m.notify(toneGood, fmt.Sprintf("Set: %s a %s.", view.Bound(micros).In(s.l.Currency), s.l.Period))
		if warning != "" {
			m.notify(toneWarn, warning)
		}
		return cmd
	}), true
}

// draw shows what is used already beside the form, because a bound below that stops every purchase until the period
// ends.
func (s *limitSheet) draw(_ *Model, width, height int) []line {
	whose := "for all vendors"
	if s.l.Vendor != "" {
		whose = "at " + view.Clean(s.l.Vendor)
	}
	title := lineOf(toneStrong, "  Limit a "+view.Clean(s.l.Period)).add(toneText, " in "+string(s.l.Currency)+" "+whose)
	out := []line{nil, title, nil}
	if s.l.Period != "purchase" {
		used := append(lineOf(toneFaint, "  used "), bar(s.l.Used.Micros, 0, s.l.MaxMicros(), 20)...)
		out = append(out, used.add(toneText, "  "+s.l.Used.String()), nil)
	}
	if height < 12 {
		out = out[1:]
	}
	return append(out, s.form.draw(width)...)
}

// boundNames are the bounds of a permission in the order of its form, with the period that each is for.
var boundNames = []struct{ name, period string }{
	{"Per purchase", "purchase"},
	{"A day", "day"},
	{"A week", "week"},
	{"A month", "month"},
	{"In total", "total"},
}

// allowanceFields are the fields of a permission's bounds in a currency, as many as there are values.
func allowanceFields(c ledger.Currency, values ...view.Bound) []field {
	help := "In " + string(c) + "; none is no bound. Inside these it charges without asking."
	var all []field
	for i, b := range values {
		all = append(all, textField(boundNames[i].name, boundText(b, c), amountLength, help))
	}
	return all
}

// allowances reads such a form. The bounds of a permission are above 0: the service takes 0 for one that was left
// open. A field that cannot be read gets the cursor and the reason, and ok is false.
func allowances(f *form, c ledger.Currency, into ...*int64) (ok bool) {
	for i, to := range into {
		micros, err := view.ParseAllowance(f.text(i), c)
		if err != nil {
			f.refuse(i, misread(err))
			return false
		}
		*to = micros
	}
	return true
}
