package tui

import (
	"fmt"
	"strconv"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// head tells where the person is and what the wallet has: three lines, or one where there is no room.
func (m *Model) head(width int) []line {
	if !m.wideHead() {
		return []line{m.firstLine(width)}
	}
	return []line{m.firstLine(width), m.placesLine(), m.ruler(width)}
}

// firstLine is the line of the head that has the clock.
func (m *Model) firstLine(width int) line {
	if !m.wideHead() {
		return m.shortHead(width)
	}
	return m.headLine(width, append(mark(), span{" " + title(m.house.Name), toneStrong}), m.crumbs())
}

// mark is the house: two coins, copper and its verdigris.
func mark() line { return line{{"  ●", toneAccent}, {"●", toneGood}} }

const crumbSign = " › "

// crumbs are the sheets above the place, whose name is told by the ruler.
func (m *Model) crumbs() []string {
	var all []string
	for _, s := range m.sheets { // a sheet of steps names its step, too
		all = append(all, strings.Split(s.crumb(), crumbSign)...)
	}
	return all
}

// shortHead is the head in one line: what is on top, else the place with its number.
func (m *Model) shortHead(width int) line {
	what := title(m.house.Name)
	switch n := len(m.sheets); {
	case n > 0:
		what = m.sheets[n-1].crumb()
	case len(m.places) > 1:
		what = fmt.Sprintf("%s %d/%d", m.places[m.place].crumb(), m.place+1, len(m.places))
	case len(m.places) == 1:
		what = m.places[0].crumb()
	}
	return m.headLine(width, append(mark(), span{" " + what, toneStrong}), nil)
}

// piece is a part at the right of the head line. What weighs more is given up later, what must stay never.
type piece struct {
	text   line
	weight int
}

const mustStay = 9

// headLine puts what the wallet has at the right of where the person is. Where it does not fit, the lightest piece goes
// first, then the crumbs from the left; what waits and the word DEMO stay at every width.
func (m *Model) headLine(width int, left line, crumbs []string) line {
	pieces := m.headPieces(m.wideHead())
	join := func() line {
		l := make(line, 0, 4*len(pieces)+1)
		for i, p := range pieces {
			if i > 0 {
				l = append(l, span{"   ", toneText})
			}
			l = append(l, p.text...)
		}
		return append(l, span{"  ", toneText})
	}
	trail := func() line {
		l := left
		for _, c := range crumbs {
			l = l.add(toneFaint, crumbSign).add(toneText, c)
		}
		return l
	}
	for trail().width()+join().width()+2 > width {
		lightest := 0
		for i, p := range pieces {
			if p.weight < pieces[lightest].weight {
				lightest = i
			}
		}
		switch {
		case len(pieces) > 0 && pieces[lightest].weight < mustStay:
			pieces = append(pieces[:lightest:lightest], pieces[lightest+1:]...)
		case len(crumbs) > 1:
			crumbs = crumbs[1:]
		default:
			room := width - join().width() - 2
			return trail().fit(max(1, room)).right(width, join())
		}
	}
	return trail().right(width, join())
}

// headPieces are balances, what waits, the word DEMO and the clock, from left to right.
func (m *Model) headPieces(wide bool) (all []piece) {
	for i, w := range m.home.Wallets[:min(2, len(m.home.Wallets))] {
		number, code, _ := strings.Cut(w.Available.String(), " ")
		all = append(all, piece{line{{number, toneStrong}, {" " + code, toneFaint}}, 3 - 2*i})
	}
	if wide && m.me.Handle != "" { // it tells two open terminals apart
		all = append(all, piece{lineOf(toneFaint, view.Clean(m.me.Handle)), 0})
	}
	if m.me.Role == ledger.RoleRep || m.me.Role == ledger.RoleOperator {
		all = append(all, piece{lineOf(toneFaint, view.Clean(m.me.Name)+" ("+m.me.Role.String()+")"), 4})
	}
	if n := len(m.waiting()); n > 0 {
		badge := fmt.Sprintf(" %d ", n)
		if wide {
			badge = fmt.Sprintf(" %d waiting ", n)
		}
		all = append(all, piece{lineOf(toneBadge, badge), mustStay})
	}
	if m.house.Simulated { // stays on every screen, however small
		all = append(all, piece{lineOf(toneWarn, "DEMO"), mustStay})
	}
	return append(all, piece{lineOf(toneFaint, m.now().In(m.zone).Format("15:04")), 2})
}

// placeGap is how far places stand from each other.
func placeGap(width int) int {
	if width < 110 {
		return 2
	}
	return 4
}

// placesWidth is how many cells the row of places takes.
func placesWidth(all []screen, width int) int {
	n := 0
	for i, p := range all {
		if i > 0 {
			n += placeGap(width)
		}
		n += view.Width(p.crumb())
	}
	return n
}

// placesLine is the row of places. A key with a single place needs none.
func (m *Model) placesLine() line {
	if len(m.places) < 2 {
		return nil
	}
	l := lineOf(toneText, "  ")
	for i, p := range m.places {
		t := toneFaint
		if i == m.place {
			t = toneStrong
		}
		if i > 0 {
			l = append(l, span{strings.Repeat(" ", placeGap(m.width)), toneText})
		}
		l = append(l, span{p.crumb(), t})
	}
	return l
}

// ruler is the hairline under the places. It has the digit of each place under its first letter and is thick under the
// present one: mark, key and rule in one line.
func (m *Model) ruler(width int) line {
	l, at := lineOf(toneText, "  "), 2
	if len(m.places) > 1 {
		for i, p := range m.places {
			n, gap := view.Width(p.crumb()), placeGap(m.width)
			digit, under, sign := toneFaint, toneRule, "─"
			if i == m.place {
				digit, under, sign = toneKey, toneAccent, "━"
			}
			l = append(l, span{strconv.Itoa((i + 1) % 10), digit}, span{strings.Repeat(sign, n-1), under})
			at += n
			if i < len(m.places)-1 {
				l = append(l, span{strings.Repeat("─", gap), toneRule})
				at += gap
			}
		}
	}
	return l.add(toneRule, strings.Repeat("─", max(0, width-2-at)))
}

// title is the service's name, or the program's while it is not known.
func title(name string) string {
	if name = view.Clean(name); name == "" {
		return "tuppence"
	}
	return name
}
