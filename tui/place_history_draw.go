package tui

import (
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// draw puts the detail beside the list on a wide terminal.
func (p *historyPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("history", width); l != nil {
		return l
	}
	// Below that, both halves would cut what they show.
	if width < wideFrom {
		return p.drawList(m, width, height)
	}
	return m.panes(width, height,
		func(width, height int) []line { return p.drawList(m, width, height) },
		func(width, height int) []line { return p.beside(m, width, height) })
}

// beside is the detail of the chosen entry. That of the one before stays until it has come, so that nothing flickers.
func (p *historyPlace) beside(m *Model, width, height int) []line {
	r := m.request("beside")
	switch {
	case r.fault != nil:
		return append([]line{nil}, r.fault.lines(width)...)
	case p.detail.ID != "" && (p.detail.ID == p.selectedID() || r.running):
		return detailLines(m, p.detail, width, height)
	}
	return []line{nil, lineOf(toneFaint, "  Loading …")}
}

// drawList is the filter, what came meanwhile, and the rows: by days where there is room for their headings.
func (p *historyPlace) drawList(m *Model, width, height int) []line {
	out := p.filterLines(m, width)
	hinted := len(out) == 0 && len(p.all) > 0 && height >= 14
	switch {
	case hinted && p.fresh != "": // in its place, so that no row moves
		out = append(out, lineOf(toneWarn, "  "+p.fresh))
	case hinted:
		out = append(out, lineOf(toneFaint, "  / filter, as vendor:acme state:disputed amount>1 since:7d"))
	}
	if len(p.all) == 0 {
		text := ""
		switch {
		case p.text == "":
			return emptyPlace(width, height, "Nothing here yet", "What you buy, add and get back appears here.")
		case !p.searched.IsZero():
			text = "Nothing like that since " + m.format().Time(p.searched) + "; m searches on, esc shows all."
		default:
			text = "Nothing like that; esc shows all."
		}
		return append(append(out, nil), paragraph(toneFaint, width, text)...)
	}
	rows := p.rows(p.table(m))
	if height >= linesFrom && width >= headFrom && p.sort == "" {
		rows = p.byDay(m)
	}
	if hinted {
		how := *rows.how
		how.fresh, rows.how = "", &how
	}
	return append(out, rows.draw(&p.listCursor, width, height-len(out))...)
}

// filterLines are the filter with what it has found, and below it what of it was not understood.
func (p *historyPlace) filterLines(m *Model, width int) (out []line) {
	found := view.Plural(len(p.all), "row")
	switch n := len(p.pages); {
	case !p.searched.IsZero():
		found += ", searched to " + m.format().Time(p.searched)
	case n > 0 && (p.pages[n-1].next != "" || p.pages[0].newer != ""):
		found += " and more"
	}
	switch {
	case p.filter != nil:
		out = append(out, p.filter.draw(width)[0].cut(width-view.Width(found)-4))
	case p.text != "":
		out = append(out, lineOf(toneFaint, "  filter: ").add(toneStrong, view.Clean(p.text)))
	default:
		return nil
	}
	out[0] = out[0].right(width, lineOf(toneFaint, found+"  "))
	for _, wrong := range p.misread {
		out = append(out, lineOf(toneBad, "  ✕ "+view.Clean(wrong.Text)+": "+view.Clean(wrong.Why)).cut(width-2))
	}
	return out
}

// table is the table of rows with what the account had after each. Where the wallet has one currency, the title of the
// amounts names it, and the rows have room for something else.
func (p *historyPlace) table(m *Model) view.Table {
	t := view.RowTable(p.all, m.format())
	amount := len(t.Columns) - 1
	t.Columns = append(t.Columns, balanceColumn)
	code := m.onlyCurrency(p.all)
	if code != "" {
		t.Columns[amount].Title = code
	}
	for i, r := range p.all {
		t.Rows[i][amount].Text = strings.TrimSuffix(t.Rows[i][amount].Text, " "+code)
		t.Rows[i] = append(t.Rows[i], view.Cell{Text: r.Balance.Number(), Tone: view.Faint})
	}
	if code != "" { // else the points of other currencies stand elsewhere
		t.AlignPoints(amount)
		t.AlignPoints(amount + 1)
	}
	return t
}

// onlyCurrency is the currency of a wallet that has a single one, if none of the rows has another; else "".
func (m *Model) onlyCurrency(all []view.Row) string {
	if len(m.home.Wallets) != 1 {
		return ""
	}
	only := m.home.Wallets[0].Currency
	if slices.ContainsFunc(all, func(r view.Row) bool { return r.Amount.Micros != 0 && r.Amount.Currency != only }) {
		return ""
	}
	return string(only)
}

// byDay has a heading for each day, with what it came to where all of its rows are here, and only the time in the rows.
func (p *historyPlace) byDay(m *Model) rowsOf {
	t := p.table(m)
	t.Columns[0].Title = "Time"
	day := func(i int) int { return dayOf(p.all[i].At.In(m.zone)) }
	for i, r := range p.all {
		t.Rows[i][0].Text = r.At.In(m.zone).Format("15:04")
	}
	code := m.onlyCurrency(p.all)
	rows := p.rows(t)
	rows.sums, rows.head = 1, func(i int) (title, sum string) {
		if i > 0 && day(i) == day(i-1) {
			return "", ""
		}
		if a, whole := p.sumOfDay(i, day); whole {
			sum = strings.TrimSuffix(view.Signed(a), " "+code)
		}
		return dayTitle(p.all[i].At.In(m.zone), m.now().In(m.zone)), sum
	}
	return rows
}

// sumOfDay adds up the rows of the day that begins at a row; whole is false where some of them are not here, or where
// they are of several currencies.
func (p *historyPlace) sumOfDay(from int, day func(int) int) (sum ledger.Amount, whole bool) {
	last := len(p.pages) - 1
	if last < 0 || from == 0 && p.pages[0].newer != "" {
		return sum, false
	}
	for i := from; ; i++ {
		switch {
		case i == len(p.all):
			return sum, p.pages[last].next == ""
		case day(i) != day(from):
			return sum, true
		case p.all[i].Amount.Micros == 0:
		case sum.Currency != "" && sum.Currency != p.all[i].Amount.Currency:
			return sum, false
		default:
			sum.Currency, sum.Micros = p.all[i].Amount.Currency, sum.Micros+p.all[i].Amount.Micros
		}
	}
}

// dayTitle is a day for people: today, or its weekday and date, with the year if that is another one.
func dayTitle(at, now time.Time) string {
	words := at.Format("Monday 2 Jan")
	switch {
	case dayOf(at) == dayOf(now):
		return "Today, " + words
	case at.Year() != now.Year():
		return at.Format("Monday 2 Jan 2006")
	}
	return words
}
