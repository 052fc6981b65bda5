package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// homePlace shows what the person has, what waits, and what was last.
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
	all := []hint{{"f", "add funds"}, {"enter", "open"}, {":", "command"}, {"q", "leave"}}
	if len(m.home.Pending) > 0 {
		all = append([]hint{{"a", "answer"}}, all...)
	}
	return all
}

// draw puts what may not be missed at the top: the money, then what waits. Bars and empty lines give way on a low
// terminal, and the last rows take what is left.
func (p *homePlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("home", width); l != nil {
		return l
	}
	roomy := height >= roomyFrom
	out := append(topGap(height), balances(m.home.Wallets, width)...)
	if len(m.home.Pending) > 0 {
		if roomy {
			out = append(out, nil)
		}
		out = append(out, heading("Waiting for your answer"))
		for _, a := range m.home.Pending[:min(3, len(m.home.Pending))] {
			out = append(out, pendingLine(a, width))
		}
	}
	if roomy {
		out = append(out, section("Spent today", limitLines(m, dayLimits(m.home.Wallets), width))...)
		out = append(out, nil)
	}
	if len(m.home.Recent) == 0 {
		return append(out, paragraph(toneFaint, width, "Nothing bought yet. What you buy appears here.")...)
	}
	out = append(out, heading("Recent"))
	room := height - len(out)
	if height >= 24 && width >= 80 {
		room = min(room, len(m.home.Recent)+1)
	}
	return append(out, table(view.RowTable(m.home.Recent, m.format()), &p.listCursor, width, room)...)
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
		l := lineOf(toneStrong, "  "+align(w.Available.String(), wide, true)).add(toneFaint, " available")
		if w.Held.Micros != 0 {
			l = l.add(toneFaint, "   "+w.Held.Number()+" held")
		}
		if w.Uncollected.Micros != 0 {
			l = l.add(toneWarn, "   "+w.Uncollected.Number()+" uncollected")
		}
		if w.Available.Micros == 0 && w.Uncollected.Micros == 0 {
			l = l.add(toneText, "   f adds funds")
		}
		out = append(out, l)
	}
	return out
}

// pendingLine is one request in one line. The price keeps its place at the right; the words of the vendor are cut
// for it.
func pendingLine(a view.Approval, width int) line {
	price := lineOf(toneStrong, "  "+a.Wanted())
	left := lineOf(toneText, "  "+a.Code+"  ").add(toneWarn, view.Clean(a.Vendor))
	left = left.add(toneText, "  "+view.Clean(a.Subject()))
	return append(left.fit(max(1, width-price.width())), price...)
}
