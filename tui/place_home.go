package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// homePlace is the wallet at one look: one number, what lies beside it, thirty days of spending, where the day and the
// month are going, and what was last.
type homePlace struct{ listCursor }

func (*homePlace) name() string        { return "home" }
func (*homePlace) crumb() string       { return "Home" }
func (*homePlace) load(*Model) tea.Cmd { return nil } // the frame fetches the overview
func (*homePlace) typing() bool        { return false }

// key moves in the last rows and opens the chosen one; what waits for an answer is opened by its own key from
// anywhere.
func (p *homePlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if p.move(k.String(), len(m.home.Recent)) {
		return nil, true
	}
	if k.String() == "enter" && p.chosen < len(m.home.Recent) {
		return m.open(&detailSheet{id: m.home.Recent[p.chosen].ID}), true
	}
	return nil, false
}

// hints offer to answer only while something waits.
func (*homePlace) hints(m *Model) []hint {
	all := []hint{{"f", "add funds"}, {"enter", "open"}, {":", "anything"}, {"tab", "next place"}, {"q", "leave"}}
	if len(m.home.Recent) == 0 {
		all = slices.Delete(all, 1, 2)
	}
	if m.home.Frozen { // it is refused
		all = all[1:]
	}
	if len(m.waiting()) > 0 {
		all = append([]hint{{"a", "answer"}}, all...)
	}
	return all
}

// Sizes of the home place: rows of the body from which the number is three rows high and the chart has four, and from
// which what waits has lines of its own.
const (
	heroFrom   = 18
	chartRows  = 4
	chartCells = 59 // thirty days and the blanks between them
	ledgerFrom = 140
)

// draw gives the money the top, the last rows what is left. A low terminal has the chart in two rows beside the bars, a
// narrow one above them.
func (p *homePlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("home", width); l != nil {
		return l
	}
	if held, is := m.home.Restraint(m.format()); is {
		return p.held(m, held, width, height)
	}
	if len(m.home.Wallets) == 0 {
		return emptyPlace(width, height, "Nothing here yet", "Press f to add funds. What you buy then appears here.")
	}
	w := m.home.Wallets[0]
	if width >= ledgerFrom {
		left := width * 6 / 10
		return columns(p.main(m, w, left, height), p.aside(m, width-left, height), left)
	}
	return p.main(m, w, width, height)
}

// held is the place of a wallet that does less than usual: why and until when, what works and what waits, across the
// whole width. What is there and what was last stays below.
func (p *homePlace) held(m *Model, r view.Restraint, width, height int) []line {
	out := append(topGap(height), lineOf(toneWarn, "  ! "+r.Title))
	words := facts(factBlock{width: min(width, readable)}, []view.Fact{
		{Label: "Works", Value: r.Works}, {Label: "Waits", Value: r.Waits},
	})
	if height < roomyFrom {
		out = append(append(out, words...), balances(m.home.Wallets, width)...)
		return append(out, p.recent(m, width, height-len(out))...)
	}
	rule := lineOf(toneText, "  ").add(toneRule, strings.Repeat("─", width-4))
	out = append(append(append(out, rule), words...), rule)
	out = append(append(out, paragraph(toneText, min(width, readable), r.Remedy)...), nil)
	out = append(append(out, balances(m.home.Wallets, width)...), nil)
	return append(out, p.recent(m, width, height-len(out))...)
}

// main is the whole place, or its left half on a wide terminal.
func (p *homePlace) main(m *Model, w view.Wallet, width, height int) []line {
	var out []line
	switch {
	case height >= heroFrom && width >= headFrom:
		out = append(p.dashboard(m, w, width), nil)
	case width >= headFrom:
		out = p.low(m, w, width)
	default:
		out = p.narrow(m, w, width, height)
	}
	return append(out, p.recent(m, width, height-len(out))...)
}

// dashboard is the top of a terminal with room.
func (p *homePlace) dashboard(m *Model, w view.Wallet, width int) []line {
	out := append([]line{nil}, p.balance(m, w, width)...)
	out = append(append(out, nil), spendingTitle(w.Spending, width))
	out = append(out, spendingChart(w.Spending, width)...)
	return append(append(out, nil), m.bounds(w, width, width-50)...)
}

// balance is the number, with what lies beside it at its right.
func (p *homePlace) balance(m *Model, w view.Wallet, width int) []line {
	number, code, _ := strings.Cut(w.Available.String(), " ")
	out := m.hero(number)
	out[1] = out[1].add(toneStrong, "  "+code)
	out[2] = out[2].add(toneFaint, "  available")
	for i, side := range p.sides(m) {
		if i < len(out) {
			out[i] = out[i].right(width, side.add(toneText, "  "))
		}
	}
	return out
}

// sides are what is not the main balance: other accounts, what is held, what has not arrived.
func (p *homePlace) sides(m *Model) (all []line) {
	one := func(a ledger.Amount, t tone, words string) {
		if a.Micros != 0 {
			all = append(all, lineOf(toneText, a.String()).add(t, "  "+view.Pad(words, 11)))
		}
	}
	for _, other := range m.home.Wallets[1:] {
		one(other.Available, toneFaint, "available")
	}
	for _, any := range m.home.Wallets {
		one(any.Held, toneFaint, "held")
		one(any.Disputed, toneFaint, "disputed")
		one(any.Uncollected, toneWarn, "to collect")
		one(any.Incentives, toneGood, "given")
		if any.Credit == nil {
			one(any.Owed, toneWarn, "owed")
		} else {
			one(any.Credit.Left, toneFaint, "on credit")
			one(any.Credit.Billed, toneWarn, "to pay")
		}
	}
	return all
}

// spendingTitle is what thirty days came to, and how that compares with the thirty before.
func spendingTitle(s view.Spending, width int) line {
	l := line{{"  Spending, 30 days", toneStrong}}
	right := lineOf(toneStrong, s.Sum.String())
	if words := s.Change(); words != "" {
		right = right.add(toneFaint, "  "+words)
	}
	return l.right(width, right.add(toneText, "  "))
}

// spentChart has a column for each day.
func spentChart(s view.Spending, rows, gap int) []line {
	days := view.Map(s.Days, func(d view.DaySpent) int64 { return d.Spent.Micros })
	return view.Map(chart(days, rows, gap), func(l line) line { return append(lineOf(toneText, "  "), l...) })
}

// spendingChart is a column for each day, the figures of them at the right, the dates below.
func spendingChart(s view.Spending, width int) []line {
	out := spentChart(s, chartRows, 1)
	words := []line{
		nil,
		{{"most   ", toneFaint}, {s.Most.Number(), toneText}},
		{{"a day  ", toneFaint}, {s.Mean.Number(), toneText}},
		{{"today  ", toneFaint}, {s.Today.Number(), toneStrong}},
	}
	for i := range out {
		if words[i] != nil && width >= chartCells+18 {
			out[i] = append(out[i].fit(chartCells+5), words[i]...)
		}
	}
	return append(out, dateLine(s))
}

// dateLine has the first, the middle and the last date under their columns.
func dateLine(s view.Spending) line {
	n := len(s.Days)
	if n < 3 {
		return nil
	}
	first, middle := shortDate(s.Days[0].Date), shortDate(s.Days[n/2].Date)
	l := lineOf(toneFaint, "  "+first).fit(2 + n/2*2)
	l = append(l, span{middle, toneFaint}).fit(chartCells + 2 - len("today"))
	return append(l, span{"today", toneFaint})
}

// shortDate is a date as a chart has room for it: 29 Oct.
func shortDate(date string) string {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return ""
	}
	return at.Format("2 Jan")
}

// periodNames are the periods of the bars on the home place.
var periodNames = map[string]string{"day": "Today", "month": "Month"}

// bounds are the bars of the day and the month in some room, with where they are going. The bar gives way to its
// figures: of a number that is cut, the rest reads as another one.
func (m *Model) bounds(w view.Wallet, width, room int) (out []line) {
	room = max(8, min(30, room))
	for _, l := range w.Limits {
		name, shown := periodNames[l.Period]
		if !shown {
			continue
		}
		row := lineOf(toneFaint, "  "+view.Pad(name, 8))
		if l.None() && room < 20 { // no room for what bounds nothing
			continue
		}
		words := "  " + l.Used.Number() + ", no bound"
		if !l.None() {
			words = "  " + l.Used.Number() + " of " + l.Max.Number()
		}
		cells := max(0, min(room, width-2-row.width()-len(words)))
		if l.None() {
			out = append(out, row.add(toneRule, strings.Repeat("─", cells)).add(toneText, words))
			continue
		}
		ahead := int64(0)
		if l.Forecast != nil {
			ahead = l.Forecast.Micros
		}
		row = append(row, bar(l.Used.Micros, ahead, l.MaxMicros(), cells)...).add(toneText, words)
		near := toneFaint
		if l.Note != "" {
			near = toneWarn
		}
		for _, words := range m.outlook(l) {
			if row.width()+2+view.Width(words) <= width-2 {
				row = row.add(near, "  "+words)
				break
			}
		}
		out = append(out, row)
	}
	return out
}

// outlook tells what little is left of a bound, and what the period is going to come to, the longest words first:
// 84 % used, 40.50 by midnight.
func (m *Model) outlook(l view.Limit) []string {
	frees := strings.TrimSuffix(m.frees(l), " 00:00")
	switch {
	case l.Forecast == nil || l.Used.Micros == 0 || frees == "":
		return []string{l.Note}
	case l.Note == "":
		return []string{l.Forecast.Number() + " by " + frees}
	}
	return []string{l.Note + ", " + l.Forecast.Number() + " by " + frees, l.Note}
}

// low is the top of a low terminal: two rows of chart beside the bars.
func (p *homePlace) low(m *Model, w view.Wallet, width int) []line {
	left := append(spentChart(w.Spending, 2, 0), lineOf(toneFaint, "  30 days ").add(toneText, w.Spending.Sum.String()))
	beside := append(m.bounds(w, width-35, width-85), p.sides(m)...)
	return columns(left, beside, 35)[:3]
}

// narrow is the top of a narrow terminal.
func (p *homePlace) narrow(m *Model, w view.Wallet, width, height int) []line {
	out := []line{lineOf(toneStrong, "  "+w.Available.String())}
	for _, side := range p.sides(m) {
		if len(out) < 2 || height > heroFrom {
			out = append(out, append(lineOf(toneText, "  "), side...))
		}
	}
	rows := spentChart(w.Spending, 2, 0)
	rows[1] = rows[1].add(toneText, " "+w.Spending.Sum.Number())
	return append(append(out, rows...), m.bounds(w, width, width-26)...)
}

// recent are the last rows, in what is left of the height.
func (p *homePlace) recent(m *Model, width, height int) []line {
	if len(m.home.Recent) == 0 {
		return paragraph(toneFaint, width, "Nothing bought yet. What you buy appears here.")
	}
	return rowsOf{table: view.RowTable(m.home.Recent, m.format()), bare: true}.draw(&p.listCursor, width, max(1, height))
}

// aside is the right half of a wide terminal: what waits, the accounts.
func (p *homePlace) aside(m *Model, width, height int) []line {
	waiting := m.waiting()
	out := []line{nil, heading(fmt.Sprintf("Waiting for your answer (%d)", len(waiting)))}
	for _, a := range waiting[:min(6, len(waiting))] {
		out = append(out, pendingLine(a, width))
	}
	if len(waiting) == 0 {
		out = append(out, lineOf(toneFaint, "  Nothing waits."))
	}
	out = append(out, nil, heading("Accounts"))
	for _, w := range m.home.Wallets {
		out = append(out, lineOf(toneText, "  "+w.Available.String()).right(width,
			lineOf(toneFaint, w.Spending.Sum.Number()+" in 30 days  ")))
	}
	return out[:min(len(out), height)]
}

// balances is one line for each currency, aligned. Currencies are never added up: there is no rate between them
// here. What is held or uncollected stands only where there is some.
func balances(all []view.Wallet, width int) []line {
	if len(all) == 0 {
		return paragraph(toneText, width, "No tokens yet. Press f to add funds.")
	}
	wide := 0
	for _, w := range all {
		wide = max(wide, len(w.Available.String()))
	}
	var out []line
	for _, w := range all {
		l := lineOf(toneStrong, "  "+view.Align(w.Available.String(), wide, true)).add(toneFaint, " available")
		if w.Held.Micros != 0 {
			l = l.add(toneFaint, "   "+w.Held.Number()+" held")
		}
		if w.Incentives.Micros != 0 {
			l = l.add(toneGood, "   "+w.Incentives.Number()+" given")
		}
		if w.Disputed.Micros != 0 {
			l = l.add(toneFaint, "   "+w.Disputed.Number()+" disputed")
		}
		if w.Uncollected.Micros != 0 {
			l = l.add(toneWarn, "   "+w.Uncollected.Number()+" uncollected")
		}
		switch {
		case w.Credit != nil && w.Owed.Micros != 0:
			l = l.add(toneFaint, "   "+w.Owed.Number()+" owed")
		case w.Owed.Micros != 0:
			l = l.add(toneWarn, "   "+w.Owed.Number()+" owed: what comes in pays it first")
		}
		if w.Available.Micros == 0 && w.Uncollected.Micros == 0 {
			l = l.add(toneText, "   f adds funds")
		}
		out = append(out, l.cut(width-2))
	}
	return out
}

// pendingLine is one request in one line. The price keeps its place at the right; the words of the vendor are cut
// for it.
func pendingLine(a view.Approval, width int) line {
	price := lineOf(toneStrong, "  "+a.Wanted()+"  ")
	left := lineOf(toneText, "  "+a.Code+"  ").add(toneWarn, view.Clean(a.Vendor))
	left = left.add(toneText, "  "+view.Clean(a.Subject()))
	return append(left.fit(max(1, width-price.width())), price...)
}
