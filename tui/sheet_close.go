package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// closingSheet is what the end of the wallet means, and what has to be done before it.
type closingSheet struct{ v *view.Closing }

func (*closingSheet) name() string  { return "closing" }
func (*closingSheet) crumb() string { return "Close the wallet" }
func (*closingSheet) typing() bool  { return false }

func (s *closingSheet) hints(*Model) []hint {
	if s.v == nil || len(s.v.First) > 0 {
		return []hint{{"esc", "back"}}
	}
	return []hint{{"enter", "close it"}, {"esc", "back"}}
}

// load fetches the terms, also when something of the wallet has changed.
func (s *closingSheet) load(m *Model) tea.Cmd {
	return fetch(m, "closing", own(m, m.svc.ClosingTerms), func(v view.Closing) tea.Cmd {
		s.v = &v
		return nil
	})
}

// key asks, once nothing is in the way.
func (s *closingSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() != "enter" || s.v == nil || len(s.v.First) > 0 {
		return nil, false
	}
	if m.young("close the wallet") {
		return nil, true
	}
	return m.confirm(confirmation{
		question: "Close the wallet " + view.Clean(s.v.Handle) + "?",
		why:      view.ClosingMeans,
		ends:     "A code is shown once: it brings what comes in later. Write it down.",
		no:       "No, keep the wallet", yes: "Yes, close it",
		do: func(m *Model) tea.Cmd {
			return outcomeShown(m, "close", m.svc.CloseWallet, func(v view.Closing) tea.Cmd { return m.closed(v) })
		},
	}), true
}

// draw has what is to be done, each with how, or what the wallet leaves and what the end means.
func (s *closingSheet) draw(m *Model, width, height int) []line {
	if l := m.placeholder("closing", width); l != nil || s.v == nil {
		return l
	}
	out := topGap(height)
	if len(s.v.First) == 0 {
		out = append(out, facts(factBlock{width: width}, s.v.Facts(m.format()))...)
		return append(append(out, nil), paragraph(toneText, width, view.ClosingMeans)...)
	}
	out = append(out, heading("What has to be done first"))
	for _, one := range s.v.First {
		out = append(append(out, nil), paragraph(toneWarn, width, view.Clean(one.What)+".")...)
		out = append(out, paragraph(toneText, width, view.Clean(one.Remedy))...)
	}
	return out
}

// closed takes everything off the screen of a wallet that has closed but its code: nothing else of it can be asked for.
func (m *Model) closed(v view.Closing) tea.Cmd {
	m.lost = true
	m.me, m.home, m.kept, m.place, m.last = view.Identity{}, view.Overview{}, nil, 0, 0
	m.places, m.keys = placesFor(m.me), keysFor(m.me)
	clear(m.requests) // results that are on their way belong to the closed wallet
	m.sheets = []screen{&closedSheet{v, newOnPaper(v.Code)}}
	return m.guardInput(guardCode)
}

// closedSheet is the code of a wallet that has closed.
type closedSheet struct {
	v     view.Closing
	paper onPaper
}

func (*closedSheet) name() string        { return "closed" }
func (*closedSheet) crumb() string       { return "Closed" }
func (*closedSheet) typing() bool        { return true }
func (*closedSheet) load(*Model) tea.Cmd { return nil }
func (*closedSheet) hints(*Model) []hint {
	return []hint{{"enter", "I wrote it down"}, {"esc", "leave"}}
}

// key leaves when the end was typed back. Esc asks: the code is shown this once.
func (s *closedSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "esc" {
		return m.confirm(confirmation{
			question: "Leave without the code?",
			why:      "It is not shown again. What comes in more than 30 days from now is had by nobody then.",
			ends:     "For 30 days your recovery code opens the wallet again.",
			no:       "No, show it again", yes: "Yes, leave it",
			do: func(m *Model) tea.Cmd { return m.loadCaller() },
		}), true
	}
	done, used := s.paper.key(m, k)
	if !done {
		return nil, used
	}
	m.notify(toneGood, "✓ The wallet "+view.Clean(s.v.Handle)+" is closed. This key may open a new one.")
	return m.loadCaller(), true
}

// draw says below the code what it is good for, and the recovery code beside it.
func (s *closedSheet) draw(m *Model, width, height int) []line {
	out := append(topGap(height), s.paper.drawAs("code for later", s.v.ClosedMeans(m.format()), width, height)...)
	return out
}
