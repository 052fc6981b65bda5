package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// Effect is what a screen wants of the terminal beside its frame. Package ssh writes it between two frames; a terminal
// that does not know one ignores it.
type Effect struct {
	Copy   string // into the clipboard (OSC 52), "" for nothing
	Notice string // a notice of the desktop (OSC 9), "" for none
	Ring   bool   // the bell
}

// copyMost bounds what is copied, in bytes: terminals drop longer ones.
const copyMost = 8 << 10

// copyText copies a text and says so, with what to do where the terminal has not done it.
func (m *Model) copyText(text string) tea.Cmd { return m.copyNamed("", text) }

// copyNamed is copyText that says what the text is.
func (m *Model) copyNamed(what, text string) tea.Cmd {
	switch {
	case text == "":
		return nil
	case len(text) > copyMost:
		m.notify(toneWarn, "That is more than a terminal copies. Y prints it.")
		return nil
	}
	first, _, several := strings.Cut(strings.TrimSpace(text), "\n")
	if several {
		first = view.Plural(strings.Count(text, "\n"), "line")
	}
	first = what + view.Cut(view.Clean(first), 24, "…")
	m.notify(toneGood, "✓ Copied "+first+"; if your terminal did not, Y prints it.")
	return func() tea.Msg { return Effect{Copy: text} }
}

// printer is a sheet with one text on lines of its own, to be marked with the mouse.
type printer struct{ text string }

func (*printer) name() string        { return "print" }
func (*printer) crumb() string       { return "Print" }
func (*printer) typing() bool        { return false }
func (*printer) load(*Model) tea.Cmd { return nil }
func (s *printer) hints(m *Model) []hint {
	all := []hint{{"y", "copy"}, {"esc", "back"}}
	if m.overflows(s) {
		all = slices.Insert(all, 1, hint{"j k", "scroll"})
	}
	return all
}
func (*printer) key(*Model, Key) (tea.Cmd, bool) { return nil, false }

// copyable is the text: it may have been made here.
func (s *printer) copyable() string { return s.text }

// draw breaks the text only where the terminal's edge is.
func (s *printer) draw(_ *Model, width, _ int) []line {
	out := []line{nil}
	for text := range strings.SplitSeq(s.text, "\n") {
		for _, part := range wholeParts(text, width) {
			out = append(out, lineOf(toneStrong, part))
		}
	}
	return append(out, nil, lineOf(toneFaint, "  Mark it with the mouse, or with shift and the mouse."))
}
