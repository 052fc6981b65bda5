package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// homePlace shows what one has, what waits, and what was last.
type homePlace struct{ chosen int }

func (*homePlace) crumb() string       { return "Home" }
func (*homePlace) load(*Model) tea.Cmd { return nil } // the frame asks for the overview
func (*homePlace) typing() bool        { return false }

func (p *homePlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if move(&p.chosen, len(m.home.Recent), k.String()) {
		return nil, true
	}
	if k.String() == "enter" && p.chosen < len(m.home.Recent) {
		return m.open(&detailSheet{id: m.home.Recent[p.chosen].ID}), true
	}
	return nil, false
}

func (*homePlace) hints(m *Model) []hint {
	all := []hint{{"f", "add funds"}, {"enter", "open"}, {":", "command"}, {"q", "leave"}}
	if len(m.home.Pending) > 0 {
		all = append([]hint{{"a", "answer"}}, all...)
	}
	return all
}

func (p *homePlace) draw(m *Model, width, height int) []row {
	if r := m.standing("home", width); r != nil {
		return r
	}
	var out []row
	roomy := height >= 16
	if roomy {
		out = append(out, nil)
	}
	out = append(out, balances(m.home.Wallets, width)...)
	if len(m.home.Pending) > 0 {
		if roomy {
			out = append(out, nil)
		}
		out = append(out, heading("Waiting for your answer"))
		for _, a := range m.home.Pending[:min(3, len(m.home.Pending))] {
			out = append(out, pendingRow(a, width))
		}
	}
	if roomy {
		if bars := dayBars(m.home.Wallets, width); len(bars) > 0 {
			out = append(append(out, nil), bars...)
		}
		out = append(out, nil)
	}
	if len(m.home.Recent) == 0 {
		return append(out, prose(toneFaint, width, "Nothing bought yet. What you buy appears here.")...)
	}
	out = append(out, heading("Recent"))
	room := height - len(out)
	if height >= 24 && width >= 80 {
		room = min(room, len(m.home.Recent)+1)
	}
	return append(out, rowGrid(m, m.home.Recent, p.chosen, width, room)...)
}

// balances is one line for each currency, aligned.
func balances(all []ledger.WalletView, width int) []row {
	if len(all) == 0 {
		return prose(toneText, width, "No tokens yet. Press f to add funds.")
	}
	wide := 0
	for _, w := range all {
		wide = max(wide, len(money(in(w.Available, w.Currency))))
	}
	var out []row
	for _, w := range all {
		amount := money(in(w.Available, w.Currency))
		r := say(toneStrong, "  "+strings.Repeat(" ", wide-len(amount))+amount).and(toneFaint, " available")
		if w.Held.Micros != 0 {
			r = r.and(toneFaint, "   "+decimal(w.Held.Micros)+" held")
		}
		if w.Uncollected.Micros != 0 {
			r = r.and(toneWarn, "   "+decimal(w.Uncollected.Micros)+" on its way")
		}
		if w.Available.Micros == 0 && w.Uncollected.Micros == 0 {
			r = r.and(toneText, "   f adds funds")
		}
		out = append(out, r)
	}
	return out
}

// pendingRow is one request in one line.
func pendingRow(a ledger.Approval, width int) row {
	price := say(toneStrong, "  "+askedPrice(a))
	left := say(toneText, "  "+a.Code+"  ").and(toneWarn, clean(a.Vendor)).and(toneText, "  "+clean(what(a)))
	return append(left.fit(max(1, width-price.width())), price...)
}

// askedPrice is the price of a request, or that it asks for a standing permission.
func askedPrice(a ledger.Approval) string {
	if a.Mode == ledger.ModeLink {
		return "a link"
	}
	return money(in(a.Price, a.From))
}

// dayBars shows the bounds of the day.
func dayBars(all []ledger.WalletView, width int) []row {
	var out []row
	for _, w := range all {
		for _, l := range w.Limits {
			if l.Period == "day" && !l.None {
				out = append(out, limitRow(l, width))
			}
		}
	}
	if len(out) > 0 {
		out = append([]row{heading("Spent today")}, out...)
	}
	return out
}

// limitRow is one bound: its period, a bar, the numbers.
func limitRow(l ledger.LimitView, width int) row {
	most := money(in(l.Max, l.Currency))
	text := fmt.Sprintf("%s of %s", decimal(l.Used.Micros), most)
	switch {
	case l.None && l.Period == "purchase":
		text = "no bound"
	case l.Period == "purchase":
		text = "at most " + most
	case l.None:
		text = decimal(l.Used.Micros) + " " + string(l.Currency) + ", no bound"
	}
	r := say(toneFaint, "  "+pad(clean(l.Period), 9))
	room := max(5, min(32, width-46))
	switch {
	case l.None || l.Period == "purchase":
		r = r.and(toneRule, strings.Repeat("·", room))
	default:
		r = append(r, bar(l.Used.Micros, l.Max.Micros, room)...)
	}
	return r.and(toneText, "  "+text)
}

// move moves a selection; it answers whether the key was one that moves.
func move(chosen *int, n int, name string) bool {
	switch name {
	case "j", "down":
		*chosen++
	case "k", "up":
		*chosen--
	case "g", "home":
		*chosen = 0
	case "G", "end":
		*chosen = n - 1
	case "pgdown", "ctrl+d":
		*chosen += 10
	case "pgup", "ctrl+u":
		*chosen -= 10
	default:
		return false
	}
	*chosen = max(0, min(*chosen, n-1))
	return true
}

// rowGrid draws rows of the history.
func rowGrid(m *Model, all []ledger.Row, chosen, width, height int) []row {
	ranks := []rank{{title: "When", drop: 4}, {title: "Vendor", drop: 5}, {title: "Title", elastic: true}, {title: "State", drop: 2}, {title: "Amount", right: true}}
	cells := make([][]cell, len(all))
	for i, r := range all {
		from := r.Vendor
		if from == "" {
			from = stateKind(r.Kind)
		}
		t := toneText
		if r.Amount.Micros > 0 {
			t = toneGood
		}
		cells[i] = []cell{{when(r.At, m.now(), m.zone), toneFaint}, {from, toneText}, {r.Title, toneText}, {stateWord(r.State), stateTone(r.State)}, {moved(r.Amount), t}}
	}
	return grid(ranks, cells, chosen, width, height)
}

// stateKind is a kind of entry for people: "transfer out".
func stateKind(kind string) string { return strings.ReplaceAll(kind, "_", " ") }
