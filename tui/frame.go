package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// Smallest size that the screens are made for.
const (
	leastWidth  = 40
	leastHeight = 12
)

func (m *Model) tooSmall() bool { return m.width < leastWidth || m.height < leastHeight }

// View implements tea.Model: exactly as many lines as the terminal has, none wider than it.
func (m *Model) View() string {
	width, height := max(1, m.width), max(1, m.height)
	if m.tooSmall() {
		return m.theme.page([]row{
			say(toneStrong, fmt.Sprintf("Enlarge to %dx%d", leastWidth, leastHeight)),
			say(toneText, fmt.Sprintf("(now %dx%d)", m.width, m.height)), say(toneFaint, "q leaves"),
		}, width, height)
	}
	rule := say(toneRule, strings.Repeat("─", width))
	rows := []row{m.headLine(width), m.placesLine(width)}
	if height >= rulesFrom { // a smaller terminal has no lines to give away
		rows = append(rows, rule)
	}
	rows = append(rows, m.inner(width, innerHeight(height))...)
	if height >= rulesFrom {
		rows = append(rows, rule)
	}
	rows = append(rows, m.statusLine(width), m.footLine(width))
	return m.theme.page(rows, width, height)
}

// rulesFrom is the height from which the frame has rules.
const rulesFrom = 16

// innerHeight is what the frame leaves of a height.
func innerHeight(height int) int {
	if height < rulesFrom {
		return height - 4
	}
	return height - 6
}

// inner is exactly height rows between the frame's lines: the body, of a sheet the part that was scrolled to, and at the
// bottom the beginning of a note that is longer than the status line.
func (m *Model) inner(width, height int) []row {
	rows := m.squeezed(width, height)
	if m.scrolls() {
		rows = window(rows, min(m.scroll, max(0, len(rows)-height)), height)
	}
	note := m.noteRows(width)
	note = note[:max(0, min(len(note)-1, height))]
	for len(rows) < height {
		rows = append(rows, nil)
	}
	return append(slices.Clip(rows[:height-len(note)]), note...)
}

// squeezed is the body without its empty lines where there is no room for them.
func (m *Model) squeezed(width, height int) []row {
	body := m.body(width, height)
	if len(body) > height && height < rulesFrom {
		body = slices.DeleteFunc(body, func(r row) bool { return len(r) == 0 })
	}
	return body
}

// noteRows is the note in lines of the width, the last for the status line.
func (m *Model) noteRows(width int) []row {
	if m.note.text == "" {
		return nil
	}
	var out []row
	for _, l := range broken(m.note.text, width-2) {
		out = append(out, row{{" ", toneText}, {l, m.note.tone}})
	}
	return out
}

// body is what is between the frame's lines.
func (m *Model) body(width, height int) []row {
	top := m.top()
	if top == nil {
		if f := m.slot("me").fault; f != nil {
			return append([]row{nil}, f.rows(width)...)
		}
		return []row{nil, say(toneFaint, "  One moment …")}
	}
	return top.draw(m, width, height)
}

// headLine tells where one is, who one is, and what one has.
func (m *Model) headLine(width int) row {
	right := say(toneFaint, m.now().In(m.zone).Format("15:04")+" ")
	must := right.width() + 2
	if m.house.Simulated { // stays on every screen, however small
		must += demoBadge.width() + 2
	}
	crumbs := m.crumbs()
	for len(crumbs) > 1 && trail(crumbs).width()+must > width {
		crumbs = crumbs[1:]
	}
	left := trail(crumbs)
	for _, piece := range m.headPieces() { // what comes first is given up last
		more := append(piece.and(toneText, "  "), right...)
		if left.width()+more.width()+2 > width {
			break
		}
		right = more
	}
	return left.right(width, right)
}

// demoBadge says that no real money moves.
var demoBadge = say(toneBadge, " DEMO ")

// crumbs are the house, the place and the sheets above it.
func (m *Model) crumbs() row {
	all := row{{title(m.house.Name), toneTitle}}
	if len(m.places) > 0 {
		all = all.and(toneStrong, m.places[m.place].crumb())
	}
	for _, s := range m.over {
		all = all.and(toneStrong, s.crumb())
	}
	return all
}

// trail draws crumbs one after the other.
func trail(crumbs row) row {
	out := say(toneText, " ")
	for i, c := range crumbs {
		if i > 0 {
			out = out.and(toneFaint, " › ")
		}
		out = append(out, c)
	}
	return out
}

// headPieces are the parts at the right of the head line, the most important first.
func (m *Model) headPieces() []row {
	var all []row
	if m.house.Simulated {
		all = append(all, demoBadge)
	}
	if n := len(m.home.Pending); n > 0 {
		all = append(all, say(toneBadge, fmt.Sprintf(" %d! ", n)))
	}
	for i, w := range m.home.Wallets {
		if i == 1 && m.me.Handle != "" {
			all = append(all, say(toneFaint, clean(m.me.Handle)))
		}
		all = append(all, say(toneStrong, money(in(w.Available, w.Currency))))
	}
	if len(m.home.Wallets) < 2 && m.me.Handle != "" {
		all = append(all, say(toneFaint, clean(m.me.Handle)))
	}
	if m.me.Role == ledger.RoleRep || m.me.Role == ledger.RoleOperator {
		all = append(all, say(toneFaint, clean(m.me.Name)+" ("+roleWord(m.me.Role)+")"))
	}
	return all
}

// placesLine is the row of places; a narrow terminal shows the present one only.
func (m *Model) placesLine(width int) row {
	if len(m.places) == 0 || m.me.Role == ledger.RoleNone {
		return nil
	}
	r := say(toneText, " ")
	for i, p := range m.places {
		k, t := toneFaint, toneFaint
		if i == m.place {
			k, t = toneKey, toneStrong
		}
		r = r.and(k, fmt.Sprint(i+1)).and(t, " "+p.crumb()+"   ")
	}
	if r.width() <= width+3 {
		return r
	}
	return say(toneKey, fmt.Sprintf(" %d/%d", m.place+1, len(m.places))).and(toneStrong, " "+m.places[m.place].crumb()).and(toneFaint, "  tab next")
}

// statusLine has one thing: what was just done, what waits, or how the purchase window and the day stand.
func (m *Model) statusLine(width int) row {
	if note := m.noteRows(width); note != nil {
		return note[len(note)-1]
	}
	if n := len(m.home.Pending); n > 0 && len(m.over) == 0 {
		a := m.home.Pending[0]
		r := say(toneWarn, " "+clean(a.Vendor)).and(toneText, " wants ").and(toneStrong, askedPrice(a)).and(toneText, "  ").and(toneKey, "a").and(toneText, " answers")
		if n > 1 {
			r = r.and(toneFaint, fmt.Sprintf("  and %d more", n-1))
		}
		return r
	}
	if f := m.slot("home").fault; f != nil && m.slot("home").done {
		return say(toneBad, " Not up to date: "+f.detail)
	}
	if !May(m.me, ledger.RoleUser) {
		return nil
	}
	return m.windowLine(width)
}

// windowLine tells how long one may still buy, and what of the day is spent.
func (m *Model) windowLine(width int) row {
	if until := m.home.LockedUntil; until.After(m.now()) {
		return say(toneWarn, " Recovered wallet: money cannot leave before "+when(until, m.now(), m.zone))
	}
	r := say(toneFaint, " window closed, w opens it")
	if left := m.home.WindowUntil.Sub(m.now()); left > 0 && !m.locked {
		r = say(toneFaint, " window open "+timeLeft(left))
	}
	for _, w := range m.home.Wallets {
		for _, l := range w.Limits {
			if l.Period == "day" && !l.None {
				more := say(toneFaint, "   today ").and(toneText, decimal(l.Used.Micros)+" of "+money(in(l.Max, l.Currency))).and(toneText, " ")
				more = append(more, bar(l.Used.Micros, l.Max.Micros, 16)...)
				if r.width()+more.width() <= width {
					return append(r, more...)
				}
				return r
			}
		}
	}
	return r
}

// timeLeft tells a remaining time in one unit; a minute that has begun counts.
func timeLeft(d time.Duration) string {
	switch {
	case d <= 0:
		return "no more"
	case d <= time.Minute:
		return fmt.Sprintf("%d s", (d+time.Second-1)/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", (d+time.Minute-1)/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}

// footLine has the keys of the screen; the help hint stands first in line for room.
func (m *Model) footLine(width int) row {
	help := row{{"?", toneKey}, {" help ", toneFaint}}
	top := m.top()
	if top == nil || top.typing() {
		help = row{{"ctrl+c", toneKey}, {" leave ", toneFaint}}
	}
	r := say(toneText, " ")
	var all []hint
	if top != nil && !m.deaf() { // keys are shown when they are heard
		all = top.hints(m)
	}
	for _, h := range all {
		more := row{{h.key, toneKey}, {" " + h.what + "   ", toneFaint}}
		if r.width()+more.width()+help.width() > width {
			break
		}
		r = append(r, more...)
	}
	return r.right(width, help)
}

// title is the house's name, or the program's while it is not known.
func title(name string) string {
	if name = clean(name); name == "" {
		return "Tuppence"
	}
	return name
}

// placeName is the word of Command.Place for a place.
func placeName(s screen) string { return strings.ToLower(s.crumb()) }
