package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"tuppence/server/ledger"
)

func (s *approvalSheet) draw(m *Model, width, height int) []row {
	if s.receipt != nil {
		return receiptRows(m, *s.receipt, s.currency(), width, height)
	}
	if s.limits != nil {
		out := append([]row{nil}, say(toneStrong, "  Allow "+clean(s.a.Vendor)+" to charge without asking"), nil)
		out = append(out, s.limits.draw(width)...)
		if s.busy {
			out = append(out, nil, say(toneFaint, "  One moment …"))
		}
		return out
	}
	tail := append(s.sums(), s.answers(width, height)...)
	return append(s.facts(m, width, height-len(tail)), tail...)
}

// answers are what one may say, or why there is nothing to say.
func (s *approvalSheet) answers(width, height int) []row {
	switch {
	case s.busy:
		return []row{nil, say(toneFaint, "  One moment …")}
	case s.a.Status != ledger.CheckoutOpen:
		return []row{nil, say(toneWarn, "  This request is "+stateWord(string(s.a.Status))+". Nothing is charged by looking.")}
	}
	out := s.verdict(width)
	if s.fault != nil { // it says what the verdict said, and came later
		out = append([]row{nil}, s.fault.rows(width)...)
	}
	if height < 18 { // no room; the footer has the keys
		return out
	}
	if s.fault != nil || s.a.Refused != "" {
		out = append(out, nil)
	}
	return append(out, s.choices()...)
}

// facts are who wants what, in at most so many rows: the vendor's words give way, so that they never push the price or
// the answers off the screen.
func (s *approvalSheet) facts(m *Model, width, room int) []row {
	a := s.a
	title := "  Approve purchase"
	if a.Mode == ledger.ModeLink {
		title = "  Allow charges without asking"
	}
	left := say(toneFaint, "expires in "+timeLeft(a.Expires.Sub(m.now()))+"  ")
	if a.Status != ledger.CheckoutOpen {
		left = say(toneWarn, stateWord(string(a.Status))+"  ")
	}
	head := say(toneStrong, title).right(width, left)
	site, before, ask := "no verified site", "your first purchase there", ""
	if a.Site != "" {
		site = clean(a.Site) + ", verified"
	}
	if a.Purchases > 0 {
		before = plural(a.Purchases, "earlier purchase")
	}
	if a.Mode == ledger.ModeLink {
		ask = boundsWords(a.Ask)
	}
	terms := sheet{zone: m.zone}
	part := func(most int, name, text string) []row { return atMost(most, pairsAt(7, width, fact{name, text})) }
	to, what := part(3, "To", clean(a.Vendor)+" ("+site+")"), part(2, "For", what(a))
	known, about := part(1, "", before), part(3, "", a.What)
	gives, asks := part(2, "Gives", termsWords(&terms, a.Bounds)), part(4, "Asks", ask)
	gap := []row{nil}
	for _, dropped := range []*[]row{nil, &about, &gap, &known, &gives} {
		if dropped != nil {
			*dropped = nil
		}
		out := slices.Concat(gap, []row{head}, gap, to, known, what, about, gives, asks, gap)
		if len(out) <= room {
			return out
		}
	}
	return slices.Concat([]row{head}, to, what, asks)
}

// atMost cuts rows off; the last that stays tells so.
func atMost(n int, rows []row) []row {
	if len(rows) <= n {
		return rows
	}
	rows = slices.Clip(rows[:n])
	rows[n-1] = rows[n-1].and(toneFaint, " …")
	return rows
}

// sums are the amounts, which stand out.
func (s *approvalSheet) sums() []row {
	a, c := s.a, s.currency()
	var out []row
	if a.Mode != ledger.ModeLink {
		out = append(out, say(toneFaint, "  Price    ").and(toneStrong, money(in(a.Price, c))))
	}
	if a.Price.Micros != 0 {
		out = append(out, say(toneFaint, "  Account  ").and(toneText, decimal(a.Before.Micros)).and(toneFaint, " → ").and(toneStrong, money(in(a.After, c))).and(toneFaint, " after"))
	}
	day := decimal(a.DaySpent.Micros)
	if a.Price.Micros != 0 {
		day += " → " + decimal(a.DaySpent.Micros+a.Price.Micros)
	}
	if !a.DayNone {
		day += " of " + money(in(a.DayMax, c))
	}
	return append(out, say(toneFaint, "  Today    ").and(toneText, day))
}

// verdict says why approving would fail, if it would.
func (s *approvalSheet) verdict(width int) []row {
	if s.a.Refused == "" || s.a.Status != ledger.CheckoutOpen {
		return []row{nil}
	}
	return append([]row{nil}, prose(toneBad, width, s.a.Refused)...)
}

// choices are the four answers, with their keys.
func (s *approvalSheet) choices() []row {
	yes, link := "approve once and pay "+money(in(s.a.Price, s.currency())), "approve and allow this vendor without asking"
	all := []hint{{"y", yes}, {"l", link}, {"n", "refuse"}, {"b", "refuse and block this vendor"}}
	if s.a.Mode == ledger.ModeLink {
		all = []hint{{"l", "allow, inside bounds that you see next"}, {"n", "refuse"}, {"b", "refuse and block this vendor"}}
	}
	var out []row
	for _, h := range all {
		out = append(out, say(toneKey, "  "+h.key).and(toneText, "  "+h.what))
	}
	return out
}

// receiptRows is what the buyer keeps.
func receiptRows(m *Model, v ledger.Receipt, c ledger.Currency, width, height int) []row {
	var out []row
	if height >= 16 {
		out = append(out, nil)
	}
	head := say(toneGood, "  Paid. ").and(toneStrong, money(in(v.Amount, c)))
	switch {
	case v.Status == ledger.CheckoutDenied:
		head = say(toneText, "  Refused. ").and(toneStrong, "Nothing was charged.")
	case v.Status == ledger.CheckoutExpired:
		head = say(toneWarn, "  Expired. ").and(toneStrong, "Nothing was charged.")
	case v.Amount.Micros == 0 && v.Link != "":
		head = say(toneGood, "  Allowed. ").and(toneStrong, clean(v.Vendor)+" may charge inside your bounds.")
	}
	if v.Again {
		head = head.and(toneFaint, "  answered before; nothing new happened")
	}
	out = append(out, head, nil)
	paid := v.Amount.Micros != 0
	after := ""
	if paid {
		after = money(in(v.After, c)) + " available"
	}
	out = append(out, pairs(width, fact{"To", v.Vendor}, fact{"For", v.Title}, fact{"Left", after}, fact{"Receipt", v.ID}, fact{"Link", v.Link}, fact{"At", when(v.At, m.now(), m.zone)})...)
	if len(v.Lines) > 0 {
		out = append(append(out, nil, heading("Who got what")), lineRows(v.Lines, width)...)
	}
	if g := v.Grant; g != nil {
		out = append(append(out, nil, heading("Access")), grantRows(m, *g, width)...)
	}
	return out
}

// lineRows are the sides of an entry, to the micro, aligned at the amounts.
func lineRows(all []ledger.Line, width int) []row {
	wide, number, places := 0, 0, 2
	for _, l := range all {
		_, fraction, _ := strings.Cut(decimal(l.Amount.Micros), ".")
		places = max(places, len(fraction))
		wide = max(wide, min(width-24, ansi.StringWidth(clean(l.Who))))
	}
	for _, l := range all {
		number = max(number, len(exact(l.Amount, places)))
	}
	var out []row
	for _, l := range all {
		t := toneText
		if l.Amount.Micros < 0 {
			t = toneStrong
		}
		out = append(out, say(toneText, "  "+align(clean(l.Who), wide, false)).and(t, "  "+fmt.Sprintf("%*s", number, exact(l.Amount, places))))
	}
	return out
}

// exact is a signed amount with so many decimals, so that those of a list stand under each other.
func exact(a ledger.Amount, places int) string {
	number := decimal(a.Micros)
	if a.Micros > 0 {
		number = "+" + number
	}
	_, fraction, _ := strings.Cut(number, ".")
	return number + strings.Repeat("0", max(0, places-len(fraction))) + " " + string(a.Currency)
}

// grantRows is what one may open.
func grantRows(m *Model, g ledger.GrantView, width int) []row {
	views := "as often as you like"
	if g.ViewsTotal > 0 {
		views = fmt.Sprintf("%d of %d used", g.ViewsUsed, g.ViewsTotal)
	}
	return pairs(width, fact{"Open", g.URL}, fact{"State", stateWord(g.Status)}, fact{"Views", views}, fact{"Until", when(g.Until, m.now(), m.zone)})
}
