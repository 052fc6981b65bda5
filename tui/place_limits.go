package tui

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// limitsPlace shows every bound and how much of it is used, those of the wallet first: a purchase has to be within
// all of them.
type limitsPlace struct{ list[view.Limit] }

// newLimitsPlace starts with an empty list. A limit has no id: vendor, currency and period name it.
func newLimitsPlace() *limitsPlace {
	id := func(l view.Limit) string { return l.Vendor + string(l.Currency) + l.Period }
	return &limitsPlace{list[view.Limit]{id: id, bare: true, columns: []view.Column{
		{Title: "Period", Name: "period"},
		{Title: "Vendor", Name: "vendor"},
		{Title: "Used", Name: "used", Right: true},
		{Title: "Part used", Name: "used_percent", Right: true},
		{Title: "Limit", Name: "max", Right: true},
		{Title: "What frees it", Name: "resets_at"},
	}}}
}

func (*limitsPlace) name() string  { return "limits" }
func (*limitsPlace) crumb() string { return "Limits" }
func (*limitsPlace) typing() bool  { return false }

// hints call it a change: every limit is there already, also one that bounds nothing.
func (p *limitsPlace) hints(*Model) []hint {
	return append(append(p.ofRows(hint{"enter", "change"}), p.listHints()...), hint{"q", "leave"})
}

// load fetches the limits of all accounts and those at single vendors, with what is used of each.
func (p *limitsPlace) load(m *Model) tea.Cmd {
	return fetch(m, "limits", func(ctx context.Context) ([]view.Limit, error) {
		return m.svc.Limits(ctx, m.who)
	}, func(all []view.Limit) tea.Cmd {
		p.replace(all)
		return nil
	})
}

// key moves in the list and opens the chosen limit.
func (p *limitsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if cmd, used := p.list.key(m, k); used {
		return cmd, true
	}
	if l, ok := p.selected(); ok && k.String() == "enter" {
		return m.open(newLimitSheet(m, l)), true
	}
	return nil, false
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
	all, right := topGap(height), "what frees it"
	if p.pick != nil {
		all = []line{p.pick.draw(width)}
	}
	if words := p.sortWords(); words != "" {
		right = "by " + words
	}
	at := 0 // line of the chosen one
	for i, limit := range p.all {
		if owner := limitOwner(limit); i == 0 || owner != limitOwner(p.all[i-1]) {
			if i > 0 && height >= roomyFrom {
				all = append(all, nil)
			}
			head := heading(owner)
			if i == 0 && width >= 72 {
				head = head.right(width, lineOf(toneFaint, right+"  "))
			}
			all = append(all, head)
		}
		l := m.limitLine(limit, periodName(limit.Period), width)
		if i == p.chosen {
			at = len(all)
			l = marked(l, width)
		}
		all = append(all, l)
	}
	if p.chosen == 0 || p.pick != nil {
		at = 0 // the heading of the first one stays in sight
	}
	from, to := p.follow(at, len(all), height)
	return all[from:to]
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
	out := lineOf(toneFaint, "  "+fill(label, limitLabel))
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
		return align(l.Used.Number(), limitSum, true) + ", no bound"
	case l.Period == "purchase":
		return align("at most", limitSum+3, true) + " " + align(l.Max.Number(), limitSum, true) + code
	}
	return align(l.Used.Number(), limitSum, true) + " of " + align(l.Max.Number(), limitSum, true) + code
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
