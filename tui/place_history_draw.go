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
	return m.beside(width, height, p.drawList, p.drawDetail, 0)
}

// drawDetail is the detail of the chosen entry. That of the one before stays until it has come: nothing flickers.
func (p *historyPlace) drawDetail(m *Model, width, height int) []line {
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
		var text string
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
	rows := p.window(m)
	if height >= linesFrom && width >= headFrom && p.sort == "" {
		p.byDay(m, &rows)
	}
	if hinted {
		how := *rows.how
		how.fresh, rows.how = "", &how
	}
	return append(out, rows.draw(&p.listCursor, width, height-len(out))...)
}

// filterLines are the filter with what it has found, and below it what of it was not understood.
func (p *historyPlace) filterLines(m *Model, width int) (out []line) {
	found := view.Plural(max(len(p.all), p.total), "row")
	switch n := len(p.pages); {
	case p.counted():
	case !p.searched.IsZero():
		found += ", searched to " + m.format().Time(p.searched)
	case n > 0 && (p.pages[n-1].next != "" || p.pages[0].newer != ""):
		found = thousands(max(len(p.all), p.found)) + "+ rows"
	}
	switch {
	case p.filter != nil:
		room := width - view.Width(found) - 4
		out = append(out, p.goesOn.behind(p.filter.draw(width)[0].cut(room), p.typed(), room))
	case p.text != "":
		out = append(out, lineOf(toneFaint, "  filter: ").add(toneStrong, view.Clean(p.text)))
	default:
		return nil
	}
	out[0] = out[0].right(width, lineOf(toneFaint, found+"  "))
	for _, wrong := range p.misread {
		if p.filter != nil && wrong.At+len(wrong.Text) == len(p.typed()) { // nobody is wrong before the word is whole
			continue
		}
		out = append(out, lineOf(toneBad, "  ✕ "+view.Clean(wrong.Text)+"  "+view.Clean(wrong.Why)).cut(width-2))
	}
	return out
}

// measures are what the layout of the window hangs on beside the size of the terminal. They are taken again when the
// rows or how they are put into words have changed: for a frame only the rows on the screen are made.
type measures struct {
	day      int
	zone     *time.Location
	code     string // the only currency, "" if there are several
	widest   []int
	decimals [2]int // of the amounts and of the balances
}

// measured are the measures of the window.
func (p *historyPlace) measured(m *Model) *measures {
	now := measures{day: dayOf(m.now().In(m.zone)), zone: m.zone, code: m.onlyCurrency(p.all)}
	if s := p.measures; s == nil || s.day != now.day || s.zone != now.zone || s.code != now.code {
		p.measures = &now
		now.widest = widestOf(p.table(m, &now, p.all))
	}
	return p.measures
}

// table is the table of rows with what the account had after each.
func (p *historyPlace) table(m *Model, s *measures, rows []view.Row) view.Table {
	t := view.RowTable(rows, m.format())
	t.Columns = p.columns
	amount := len(t.Columns) - 2
	for i, r := range rows {
		t.Rows[i][amount].Text = strings.TrimSuffix(t.Rows[i][amount].Text, " "+s.code)
		t.Rows[i] = append(t.Rows[i], view.Cell{Text: r.Balance.Number(), Tone: view.Faint})
	}
	if s.code != "" { // else the points of other currencies stand elsewhere
		for i := range s.decimals {
			s.decimals[i] = t.AlignPoints(amount+i, s.decimals[i])
		}
	}
	return t
}

// window is how the rows are drawn. Where the wallet has one currency, the title of the amounts names it, and the rows
// have room for something else.
func (p *historyPlace) window(m *Model) rowsOf {
	s := p.measured(m)
	rows := p.rows(view.Table{Columns: slices.Clone(p.columns)})
	rows.sums = len(p.columns) - 2
	if s.code != "" {
		rows.table.Columns[rows.sums].Title = s.code
	}
	rows.long = &longRows{len(p.all), s.widest, func(from, to int) [][]view.Cell {
		return p.table(m, s, p.all[from:to]).Rows
	}}
	return rows
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
func (p *historyPlace) byDay(m *Model, rows *rowsOf) {
	const form = "15:04"
	rows.table.Columns[0].Title = "Time"
	long, whole := *rows.long, rows.long.rows
	long.widest = slices.Clone(long.widest)
	long.widest[0] = len(form)
	long.rows = func(from, to int) [][]view.Cell {
		all := whole(from, to)
		for i := range all {
			all[i][0].Text = p.all[from+i].At.In(m.zone).Format(form)
		}
		return all
	}
	day := func(i int) int { return dayOf(p.all[i].At.In(m.zone)) }
	rows.begins = func(i int) bool { return i == 0 || day(i) != day(i-1) }
	rows.head = func(i int) (title, sum string) {
		if a, whole := p.sumOfDay(i, day); whole {
			sum = strings.TrimSuffix(view.Signed(a), " "+p.measures.code)
		}
		return dayTitle(p.all[i].At.In(m.zone), m.now().In(m.zone)), sum
	}
	rows.long = &long
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
