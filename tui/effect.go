package tui

import tea "github.com/charmbracelet/bubbletea"

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
func (m *Model) copyText(text string) tea.Cmd {
	if text == "" || len(text) > copyMost {
		return nil
	}
	m.notify(toneGood, "✓ Copied; if your terminal did not, Y prints it.")
	return func() tea.Msg { return Effect{Copy: text} }
}

// printer is a sheet with one text on lines of its own, to be marked with the mouse.
type printer struct{ text string }

func (*printer) name() string                    { return "print" }
func (*printer) crumb() string                   { return "Print" }
func (*printer) typing() bool                    { return false }
func (*printer) load(*Model) tea.Cmd             { return nil }
func (*printer) hints(*Model) []hint             { return []hint{{"esc", "back"}} }
func (*printer) key(*Model, Key) (tea.Cmd, bool) { return nil, false }

// draw breaks the text only where the terminal's edge is.
func (s *printer) draw(_ *Model, width, _ int) []line {
	out := []line{nil}
	for _, part := range wholeParts(s.text, width) {
		out = append(out, lineOf(toneStrong, part))
	}
	return append(out, nil, lineOf(toneFaint, "  Mark it with the mouse, or with shift and the mouse."))
}
