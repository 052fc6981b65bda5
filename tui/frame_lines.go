package tui

import (
	"fmt"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// headLine tells where the person is, who that is, and what the wallet has. The clock and the word DEMO stay at
// every width; the trail loses its beginning for them, because the last crumb is the screen itself. What else there
// is comes in the order of its weight, as long as there is room.
func (m *Model) headLine(width int) line {
	right := lineOf(toneFaint, m.now().In(m.zone).Format("15:04")+" ")
	must := right.width() + 2
	if m.house.Simulated { // stays on every screen, however small
		must += demoBadge.width() + 2
	}
	crumbs := m.crumbs()
	for len(crumbs) > 1 && trail(crumbs).width()+must > width {
		crumbs = crumbs[1:]
	}
	left := trail(crumbs)
	// Pieces are added from the right, so the clock stays at the edge.
	for _, piece := range m.headPieces() { // what comes first is given up last
		more := append(piece.add(toneText, "  "), right...)
		if left.width()+more.width()+2 > width {
			break
		}
		right = more
	}
	return left.right(width, right)
}

// demoBadge says that no real money moves.
var demoBadge = lineOf(toneBadge, " DEMO ")

// crumbs are the service, the place and the sheets above it.
func (m *Model) crumbs() line {
	all := line{{title(m.house.Name), toneTitle}}
	if len(m.places) > 0 {
		all = all.add(toneStrong, m.places[m.place].crumb())
	}
	for _, s := range m.sheets {
		all = all.add(toneStrong, s.crumb())
	}
	return all
}

// trail draws crumbs one after the other.
func trail(crumbs line) line {
	out := lineOf(toneText, " ")
	for i, c := range crumbs {
		if i > 0 {
			out = out.add(toneFaint, " › ")
		}
		out = append(out, c)
	}
	return out
}

// headPieces are the parts at the right of the head line, the most important first. The handle comes before a second
// balance: it tells two open terminals apart.
func (m *Model) headPieces() []line {
	var all []line
	if m.house.Simulated {
		all = append(all, demoBadge)
	}
	if n := len(m.home.Pending); n > 0 {
		all = append(all, lineOf(toneBadge, fmt.Sprintf(" %d! ", n)))
	}
	for i, w := range m.home.Wallets {
		if i == 1 && m.me.Handle != "" {
			all = append(all, lineOf(toneFaint, view.Clean(m.me.Handle)))
		}
		all = append(all, lineOf(toneStrong, w.Available.String()))
	}
	if len(m.home.Wallets) < 2 && m.me.Handle != "" {
		all = append(all, lineOf(toneFaint, view.Clean(m.me.Handle)))
	}
	if m.me.Role == ledger.RoleRep || m.me.Role == ledger.RoleOperator {
		all = append(all, lineOf(toneFaint, view.Clean(m.me.Name)+" ("+m.me.Role.String()+")"))
	}
	return all
}

// placesLine has the places with the number that opens each. A narrow terminal shows the present one only, and how
// many there are. An unknown key has one place, which needs no line.
func (m *Model) placesLine(width int) line {
	if len(m.places) == 0 || m.me.Role == ledger.RoleNone {
		return nil
	}
	l := lineOf(toneText, " ")
	for i, p := range m.places {
		k, t := toneFaint, toneFaint
		if i == m.place {
			k, t = toneKey, toneStrong
		}
		l = l.add(k, fmt.Sprint(i+1)).add(t, " "+p.crumb()+"   ")
	}
	if l.width() <= width+3 {
		return l
	}
	l = lineOf(toneKey, fmt.Sprintf(" %d/%d", m.place+1, len(m.places)))
	return l.add(toneStrong, " "+m.places[m.place].crumb()).add(toneFaint, "  tab next")
}

// statusLine has one thing: what was just done, what waits, or how the purchase window and the day stand. A request
// is told here on every place, because it came from outside and has a deadline; in a sheet it would distract from
// what is being decided.
func (m *Model) statusLine(width int) line {
	if note := m.noteLines(width); note != nil {
		return note[len(note)-1]
	}
	if len(m.home.Pending) > 0 && len(m.sheets) == 0 {
		return pendingStatus(m.home.Pending)
	}
	if r := m.request("home"); r.fault != nil && r.done {
		return lineOf(toneBad, " Not up to date: "+r.fault.detail)
	}
	if !m.hasWallet() {
		return nil
	}
	return m.windowLine(width)
}

// pendingStatus tells the first request that waits for an answer, and how many there are beside it.
func pendingStatus(all []view.Approval) line {
	l := lineOf(toneWarn, " "+view.Clean(all[0].Vendor)).add(toneText, " wants ").add(toneStrong, all[0].Wanted())
	l = l.add(toneText, "  ").add(toneKey, "a").add(toneText, " answers")
	if n := len(all); n > 1 {
		l = l.add(toneFaint, fmt.Sprintf("  and %d more", n-1))
	}
	return l
}

// windowLine tells how long the person may still buy, and what of the day is spent: the two answers to why a
// purchase was refused. Only the first account has room.
func (m *Model) windowLine(width int) line {
	if until := m.home.LockedUntil; until.After(m.now()) {
		return lineOf(toneWarn, " Recovered wallet: money cannot leave before "+m.format().Time(until))
	}
	out := lineOf(toneFaint, " window closed, w opens it")
	if left := m.home.WindowUntil.Sub(m.now()); left > 0 && !m.locked {
		out = lineOf(toneFaint, " window open "+view.Left(left))
	}
	days := dayLimits(m.home.Wallets)
	if len(days) == 0 {
		return out
	}
	today := lineOf(toneFaint, "   today ").add(toneText, days[0].Words()+" ")
	today = append(today, bar(days[0].Used.Micros, days[0].MaxMicros(), 16)...)
	if out.width()+today.width() > width {
		return out
	}
	return append(out, today...)
}

// footLine has the keys of the screen, the most important first: those for which there is no room are in the help,
// so its hint is drawn before any of them. In a form, ? is text, and the way out is shown instead.
func (m *Model) footLine(width int) line {
	help := line{{"?", toneKey}, {" help ", toneFaint}}
	top := m.top()
	if top == nil || top.typing() {
		help = line{{"ctrl+c", toneKey}, {" leave ", toneFaint}}
	}
	out := lineOf(toneText, " ")
	var all []hint
	if top != nil && !m.guarded() { // keys are shown when they work
		all = top.hints(m)
	}
	for _, h := range all {
		more := line{{h.key, toneKey}, {" " + h.what + "   ", toneFaint}}
		if out.width()+more.width()+help.width() > width {
			break
		}
		out = append(out, more...)
	}
	return out.right(width, help)
}

// title is the service's name, or the program's while it is not known.
func title(name string) string {
	if name = view.Clean(name); name == "" {
		return "tuppence"
	}
	return name
}
