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
	rows := []row{m.headLine(width), m.placesLine(width), rule}
	inner := height - 6
	if height < 16 { // a small terminal has no lines to give away
		rows, inner = rows[:2], height-4
	}
	body := m.body(width, inner)
	if len(body) > inner && inner < 16 {
		body = slices.DeleteFunc(body, func(r row) bool { return len(r) == 0 })
	}
	for i := range inner {
		if i < len(body) {
			rows = append(rows, body[i])
		} else {
			rows = append(rows, nil)
		}
	}
	if height >= 16 {
		rows = append(rows, rule)
	}
	rows = append(rows, m.statusLine(width), m.footLine(width))
	return m.theme.page(rows, width, height)
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
	left := row{{" ", toneText}, {title(m.house.Name), toneTitle}}
	if len(m.places) > 0 {
		left = left.and(toneFaint, " › ").and(toneStrong, m.places[m.place].crumb())
	}
	for _, s := range m.over {
		left = left.and(toneFaint, " › ").and(toneStrong, s.crumb())
	}
	right := say(toneFaint, m.now().In(m.zone).Format("15:04")+" ")
	for _, piece := range m.headPieces() { // what comes first is given up last
		more := append(piece.and(toneText, "  "), right...)
		if left.width()+more.width()+2 > width {
			break
		}
		right = more
	}
	return left.right(width, right)
}

// headPieces are the parts at the right of the head line, the most important first.
func (m *Model) headPieces() []row {
	var all []row
	if m.house.Simulated {
		all = append(all, say(toneBadge, " DEMO "))
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
	if m.note.text != "" {
		return row{{" ", toneText}, m.note}
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
		r = say(toneFaint, " window open "+left1(left))
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

// left1 is a remaining time in one unit.
func left1(d time.Duration) string {
	switch {
	case d <= 0:
		return "no more"
	case d <= time.Minute:
		return fmt.Sprintf("%d s", (d+time.Second-1)/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
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
	if top != nil {
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
