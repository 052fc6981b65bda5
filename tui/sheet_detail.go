package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// detailSheet is everything about one entry of the history: who got what to the micro, what may be opened, what
// happened, and the names by which it can be checked in the journal.
type detailSheet struct {
	id      string
	d       view.Detail
	contest bool // open the form of a dispute as soon as the purchase is known
}

func (*detailSheet) name() string  { return "detail" }
func (*detailSheet) crumb() string { return "Detail" }
func (*detailSheet) typing() bool  { return false }

// copyable is the id: it is what a vendor or staff is told.
func (s *detailSheet) copyable() string { return s.d.ID }

// ids are all that the detail names: the row, the transaction, what they belong to.
func (s *detailSheet) ids(*Model) []view.Fact {
	all := s.d.Proof()
	if s.d.Dispute != nil {
		all = append(all, view.Fact{Label: "Dispute", Value: s.d.Dispute.ID, Whole: true})
	}
	if s.d.Deposit != nil {
		all = append(all, view.Fact{Label: "Reference", Value: s.d.Deposit.Reference, Whole: true})
	}
	return onlyIDs(all)
}

// hints offer a dispute only while the rules allow one.
func (s *detailSheet) hints(m *Model) []hint {
	all := append([]hint{{"esc", "back"}, {"y", "copy an id"}, {"j k", "scroll"}}, m.besideHints(s)...)
	if s.d.CanDispute {
		all = append([]hint{{"d", "dispute"}}, all...)
	}
	return all
}

// load fetches the entry, also again when something changed, so that a refund appears while it is looked at.
func (s *detailSheet) load(m *Model) tea.Cmd {
	if s.d.ID == "" {
		m.request("detail").done = false // what is there belongs to another entry
	}
	return fetch(m, "detail", ownOf(m, m.svc.Show, s.id), func(d view.Detail) tea.Cmd {
		s.d = d
		if s.contest {
			s.contest = false
			return s.dispute(m)
		}
		return nil
	})
}

// key opens the form of a dispute; everything else is scrolling, which the frame does.
func (s *detailSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "d" {
		return s.dispute(m), true
	}
	return nil, false
}

// dispute opens the form, if the purchase can be disputed. Whether it can is decided by the rules and comes with the
// detail.
func (s *detailSheet) dispute(m *Model) tea.Cmd {
	if !s.d.CanDispute {
		m.notify(toneWarn, "This cannot be disputed.")
		return nil
	}
	return tea.Batch(m.open(newDisputeForm(m, s.d)), m.guardInput(guardConfirm))
}

// draw is that of the history's right half, over the whole width.
func (s *detailSheet) draw(m *Model, width, height int) []line {
	if l := m.placeholder("detail", width); l != nil {
		return l
	}
	return detailLines(m, s.d, width, height)
}

// detailLines draws a detail; it is the same alone and beside the list.
func detailLines(m *Model, d view.Detail, width, height int) []line {
	b := factBlock{width: width}
	out := append(topGap(height), detailTitle(d, width)...)
	out = append(out, facts(b, view.Without(d.Facts(m.format()), "Title", "State", "Amount"))...)
	out = append(out, boughtLines(m, d.Lines, d.Grant, width)...)
	if d.Deposit != nil {
		out = append(out, section("Deposit", depositLines(m, *d.Deposit, width))...)
	}
	if d.Dispute != nil {
		out = append(out, section("Dispute", facts(b, view.Without(d.Dispute.Facts(m.format()), "Title")))...)
	}
	// What happened has no labels, so it is no block of facts.
	var events []line
	for _, e := range d.Timeline {
		events = append(events, lineOf(toneFaint, "  "+m.format().Time(e.At)+"  ").add(toneText, view.Clean(e.What)))
	}
	out = append(out, section("What happened", events)...)
	return append(append(out, nil), facts(b, d.Proof())...)
}

// detailTitle is the name of an entry with its state and its amount. The name gives way: it is a stranger's, and may
// not push out what was paid. Where it would have hardly any room, the state takes a line of its own.
func detailTitle(d view.Detail, width int) []line {
	const least = 12 // cells of the name
	state := lineOf(toneText, "   ").add(tone(d.State.Tone()), d.State.Words())
	amount := lineOf(toneStrong, "  "+view.Signed(d.Amount)+"  ")
	name := func(room int) line {
		return lineOf(toneStrong, "  "+view.Cut(view.Clean(d.Name()), max(1, room), "…"))
	}
	room := width - 2 - amount.width()
	if room-state.width() < least {
		return []line{name(room-1).right(width, amount), append(line{{"  ", toneText}}, state[1])}
	}
	return []line{append(name(room-1-state.width()), state...).right(width, amount)}
}
