package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// limitsPlace shows every bound and how much of it is used, those of the wallet first: a purchase has to be within
// all of them.
type limitsPlace struct {
	list[view.Limit]
	whole    []view.Limit
	unfolded map[string]bool // owners of whom each limit that bounds nothing has a line
}

// foldedPeriod is the period of the line that stands for all limits at a vendor that bound nothing.
const foldedPeriod = "folded"

// limitColumns are those of all sessions.
var limitColumns = []view.Column{
	{Title: "Period", Name: "period"},
	{Title: "Vendor", Name: "vendor"},
	{Title: "Used", Name: "used", Right: true},
	{Title: "Part used", Name: "used_percent", Right: true},
	{Title: "Limit", Name: "max", Right: true},
	{Title: "What frees it", Name: "resets_at"},
}

// newLimitsPlace starts with an empty list. A limit has no id: vendor, currency and period name it.
func newLimitsPlace() *limitsPlace {
	id := func(l view.Limit) string { return l.Vendor + string(l.Currency) + l.Period }
	open := func(m *Model, l view.Limit) screen { return newLimitSheet(m, l) }
	return &limitsPlace{
		list: list[view.Limit]{id: id, open: open, bare: true, columns: limitColumns}, unfolded: map[string]bool{},
	}
}

func (*limitsPlace) name() string  { return "limits" }
func (*limitsPlace) crumb() string { return "Limits" }

// hints call it a change: every limit is there already, also one that bounds nothing.
func (p *limitsPlace) hints(*Model) []hint {
	return append(append(p.ofRows(hint{"enter", "change"}), p.listHints()...), hint{"q", "leave"})
}

// load fetches the limits of all accounts and those at single vendors, with what is used of each.
func (p *limitsPlace) load(m *Model) tea.Cmd {
	return fetch(m, "limits", own(m, m.svc.Limits), func(all []view.Limit) tea.Cmd {
		p.whole = all
		return p.take(p.folded())
	})
}

// folded are the limits with one line for those at a vendor that bound nothing, behind the others there.
func (p *limitsPlace) folded() (all []view.Limit) {
	hidden := false
	for i, l := range p.whole {
		owner := limitOwner(l)
		if l.Vendor == "" || !l.None() || p.unfolded[owner] {
			all = append(all, l)
		} else {
			hidden = true
		}
		if hidden && (i == len(p.whole)-1 || limitOwner(p.whole[i+1]) != owner) {
			all = append(all, view.Limit{Vendor: l.Vendor, Currency: l.Currency, Period: foldedPeriod})
			hidden = false
		}
	}
	return all
}

// unfold gives each of them a line, and goes to the first.
func (p *limitsPlace) unfold(l view.Limit) {
	p.unfolded[limitOwner(l)] = true
	p.replace(p.folded())
	p.chosen = max(0, slices.IndexFunc(p.all, func(other view.Limit) bool {
		return limitOwner(other) == limitOwner(l) && other.None()
	}))
}

// key moves in the list, opens the chosen limit, and unfolds those that bound nothing.
func (p *limitsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if l, ok := p.selected(); ok && l.Period == foldedPeriod && k.String() == "enter" && !p.typing() {
		p.unfold(l)
		return nil, true
	}
	return p.list.key(m, k)
}

// draw groups the limits by where they hold. It is no table: a bar tells faster how much is left than two numbers
// do. The page is turned by drawn lines, because headings take lines too.
func (p *limitsPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("limits", width); l != nil {
		return l
	}
	if len(p.all) == 0 {
		return emptyPlace(width, height, "No limits yet", "They come with your first account. Press f to add funds.")
	}
	width = min(width, readable)
	above, right := topGap(height), "what frees it"
	if p.pick != nil {
		above = []line{p.pick.draw(width)}
	}
	if words := p.sortWords(); words != "" {
		right = "by " + words
	}
	out, _ := p.grouped(above, len(p.all), height >= roomyFrom, func(i int) line {
		head := heading(limitOwner(p.all[i]))
		switch {
		case i == 0 && width >= 72:
			return head.right(width, lineOf(toneFaint, right+"  "))
		case i > 0 && limitOwner(p.all[i-1]) == limitOwner(p.all[i]):
			return nil
		}
		return head
	}, func(i int) line {
		limit := p.all[i]
		switch {
		case limit.Period != foldedPeriod:
			return m.limitLine(limit, periodName(limit.Period), width)
		case i == 0 || limitOwner(p.all[i-1]) != limitOwner(limit):
			return lineOf(toneFaint, "  no bounds, enter adds one")
		}
		return lineOf(toneFaint, "  no other bounds, enter adds one")
	}, width, height)
	return out
}

// limitOwner is the heading under which a limit stands: where it holds.
func limitOwner(l view.Limit) string {
	if l.Vendor == "" {
		return string(l.Currency) + ", everywhere"
	}
	return string(l.Currency) + ", at " + view.Clean(l.Vendor)
}

// periodName is the period of a bound as a label.
func periodName(period string) string {
	if period == "purchase" {
		return "Purchase"
	}
	for _, b := range boundNames {
		if b.period == period {
			return b.name
		}
	}
	return view.Clean(period)
}

// dayLimits are the bounds of the day, of all accounts.
func dayLimits(all []view.Wallet) []view.Limit {
	var out []view.Limit
	for _, w := range all {
		for _, l := range w.Limits {
			if l.Period == "day" && !l.None() {
				out = append(out, l)
			}
		}
	}
	return out
}

// Cells of a limit's line beside its bar: the label, the figures, what frees it.
const (
	limitLabel   = 10
	limitFigures = 2*limitSum + 8
	limitSum     = 8
	limitFrees   = 16
)

// limitLine is one bound: its period, a bar, the figures, and when what is used counts no more. Bars have one length on
// every line, so that they can be compared; a bound of a single purchase has none, because nothing of it is used up.
// From four fifths on it says so in words.
func (m *Model) limitLine(l view.Limit, label string, width int) line {
	out := lineOf(toneFaint, "  "+view.Pad(label, limitLabel))
	room := width - 4 - limitLabel - limitFigures - 2
	if width >= 72 {
		room -= limitFrees
	}
	if width < narrow {
		room = 5
	}
	room = max(5, min(48, room))
	if l.None() || l.Period == "purchase" { // nothing is used up
		out = out.add(toneRule, strings.Repeat(" ", room))
	} else {
		out = append(out, bar(l.Used.Micros, 0, l.MaxMicros(), room)...)
	}
	words, part := lineOf(toneText, "  "+limitWords(l, width)), l.Part()
	switch {
	case part >= 100:
		words = words.add(toneBad, " ✕ used up")
	case part >= 80:
		words = words.add(toneWarn, fmt.Sprintf(" ! %d %%", part))
	}
	out = append(out, words...)
	if frees := m.frees(l); frees != "" && l.Used.Micros != 0 && !l.None() {
		out = out.right(width-2, lineOf(toneFaint, frees))
	}
	return out
}

// limitWords are the figures of a limit, the sums under each other.
func limitWords(l view.Limit, width int) string {
	if width < narrow { // the currency is in the heading
		return strings.TrimSuffix(l.Words(), " "+string(l.Currency))
	}
	code := " " + string(l.Currency)
	switch {
	case l.None() && l.Period == "purchase":
		return strings.Repeat(" ", limitSum+2) + l.Words()
	case l.None():
		return view.Align(l.Used.Number(), limitSum, true) + ", no bound"
	case l.Period == "purchase":
		return view.Align("at most", limitSum+3, true) + " " + view.Align(l.Max.Number(), limitSum, true) + code
	}
	return view.Align(l.Used.Number(), limitSum, true) + " of " + view.Align(l.Max.Number(), limitSum, true) + code
}

// frees tells when what is used of a limit counts no more, as people say it: midnight, Monday 00:00, 1 Dec. "" if that
// never comes by itself.
func (m *Model) frees(l view.Limit) string {
	if m.format().Time(l.ResetsAt) == "" {
		return ""
	}
	at, now := l.ResetsAt.In(m.zone), m.now().In(m.zone)
	switch left := at.Sub(now); {
	case left <= 24*time.Hour && at.Format("15:04") == "00:00":
		return "midnight"
	case left < 7*24*time.Hour:
		return at.Format("Monday 15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan")
	}
	return at.Format("2 Jan 2006")
}
