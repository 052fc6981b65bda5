package plain

import (
	"fmt"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// addFunds asks how, in which currency and how much, reads that back, and begins the deposit.
func (t *talk) addFunds() error {
	all, err := t.svc.Methods(t.ctx, t.who)
	if err != nil {
		return t.failed(err)
	}
	if len(all) == 0 {
		t.say("No way to add funds is open at the moment.")
		return nil
	}
	for _, m := range all {
		t.say(view.Clean(m.Title) + ": " + sentence(view.Clean(m.Help)))
	}
	titles := view.Map(all, func(m view.Method) string { return view.Clean(m.Title) })
	n, err := t.choose("How?", append([]string{"not now"}, titles...)...)
	if err != nil || n == 1 {
		return err
	}
	m := all[n-2]
	r, err := t.currency(m)
	if err != nil {
		return err
	}
	amount, err := t.ask("How much, in "+string(r.Currency)+"?"+between(r), false)
	if err != nil {
		return err
	}
	a, err := ledger.ReadAmount(bare(amount, r.Currency), r.Currency)
	if err != nil {
		return t.failed(err)
	}
	if err := t.sure("Add "+a.String()+" by "+view.Clean(m.Title)+"?", "yes"); err != nil {
		return err
	}
	return t.run([]string{"fund", a.Number(), string(r.Currency), "--method=" + m.Name, "--key=" + t.newID()})
}

// currency asks for the currency where a method takes several.
func (t *talk) currency(m view.Method) (view.MethodRange, error) {
	if len(m.Currencies) == 0 {
		return view.MethodRange{}, t.failed(ledger.Refuse(ledger.ErrUnavailable, "Choose another.", "It takes no currency."))
	}
	n := 1
	if len(m.Currencies) > 1 {
		var err error
		codes := view.Map(m.Currencies, func(r view.MethodRange) string { return string(r.Currency) })
		if n, err = t.choose("In which currency?", codes...); err != nil {
			return view.MethodRange{}, err
		}
	}
	return m.Currencies[n-1], nil
}

// between says what a method takes.
func between(r view.MethodRange) string {
	text := ""
	if r.Min != nil {
		text += " At least " + r.Min.String() + "."
	}
	if r.Max != nil {
		text += " At most " + r.Max.String() + "."
	}
	return text
}

// bare is an amount without its currency, if that is the one that was asked for.
func bare(text string, c ledger.Currency) string {
	if words := strings.Fields(text); len(words) == 2 && strings.EqualFold(words[1], string(c)) {
		return words[0]
	}
	return text
}

// limits reads the limits out and changes one.
func (t *talk) limits() error {
	if err := t.run([]string{"limits"}); err != nil {
		return err
	}
	all, err := t.svc.Limits(t.ctx, t.who)
	if err != nil || len(all) == 0 {
		return t.failed(err)
	}
	line, err := t.ask(fmt.Sprintf("Change one? Type its number, 1 to %d. Enter alone changes nothing.", len(all)), false)
	if err != nil {
		return err
	}
	n, ok := number(line, len(all))
	if !ok {
		t.say("There is no limit " + view.Clean(line) + ".")
		return errBack
	}
	l := all[n]
	whose := "all vendors"
	if l.Vendor != "" {
		whose = view.Clean(l.Vendor)
	}
	most, err := t.ask(fmt.Sprintf("Limit for %s, %s, now %s. The new one, in %s? An amount, or none.",
		l.Period, whose, l.Words(), l.Currency), false)
	if err != nil {
		return err
	}
	words := []string{"limits", "set", l.Period, bare(most, l.Currency), string(l.Currency)}
	if l.Vendor != "" {
		words = append(words, "--vendor="+l.Vendor)
	}
	return t.run(words)
}

// disputes reads the disputes out and opens one.
func (t *talk) disputes() error {
	if err := t.run([]string{"disputes"}); err != nil {
		return err
	}
	n, err := t.choose("What now?", "go back", "dispute a purchase")
	if err != nil || n == 1 {
		return err
	}
	p, err := t.svc.History(t.ctx, t.who, view.HistoryQuery{Paging: view.Paging{Limit: pickMost}, Kind: "purchase"})
	if err != nil {
		return t.failed(err)
	}
	return t.dispute(p.Data)
}

// dispute asks which purchase, why, and reads that back.
func (t *talk) dispute(all []view.Row) error {
	if len(all) == 0 {
		t.say("Nothing bought yet.")
		return nil
	}
	for n, row := range all {
		t.say(fmt.Sprintf("%d: %s, %s, %s.", n+1, view.Clean(row.Vendor), view.Clean(row.Name()), paid(row.Amount)))
	}
	line, err := t.ask(fmt.Sprintf("Which? 1 to %d. Older ones: history, then dispute and the number.", len(all)), false)
	if err != nil {
		return err
	}
	n, ok := number(line, len(all))
	if !ok {
		t.say("There is no purchase " + view.Clean(line) + ".")
		return errBack
	}
	row := all[n]
	reasons := view.Map(ledger.DisputeReasons, view.Reason)
	why, err := t.choose("Why?", reasons...)
	if err != nil {
		return err
	}
	text, err := t.askOr("More, in your own words? The vendor reads them. Enter alone for none.", false)
	if err != nil {
		return err
	}
	if err := t.sure("Dispute "+view.Clean(row.Name())+", "+paid(row.Amount)+", "+reasons[why-1]+"?", "yes"); err != nil {
		return err
	}
	return t.run([]string{"dispute", row.ID, "--reason=" + ledger.DisputeReasons[why-1], "--text=" + text})
}

// paid is what a purchase cost.
func paid(a ledger.Amount) string {
	if a.Micros < 0 {
		a.Micros = -a.Micros
	}
	return a.String()
}
