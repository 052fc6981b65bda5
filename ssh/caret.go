package ssh

import (
	"bytes"

	tea "github.com/charmbracelet/bubbletea"
)

// caret is where the terminal's cursor stands, counted from 0. Input methods, magnifiers and screen readers follow it,
// seen or not.
type caret struct {
	column, row int
	visible     bool
}

// caretOf asks a model where the cursor stands on the frame that it has just drawn: in the corner and hidden, if it
// does not know.
func caretOf(m tea.Model) (at caret) {
	if knows, ok := m.(interface {
		Caret() (column, row int, visible bool)
	}); ok {
		at.column, at.row, at.visible = knows.Caret()
	}
	return at
}

// within keeps the cursor on the screen.
func (c caret) within(width, height int) caret {
	c.column, c.row = max(0, min(c.column, width-1)), max(0, min(c.row, height-1))
	return c
}

// park puts the cursor to its place at the end of a frame. Drawing has moved it away; where nothing was drawn and it
// stands already, nothing is sent.
func (p *painter) park(b *bytes.Buffer, at caret, drawn bool) {
	if drawn || at != p.stands {
		moveTo(b, at.row+1, at.column+1)
	}
	if at.visible != p.stands.visible {
		if at.visible {
			b.WriteString("\x1b[?25h")
		} else {
			b.WriteString("\x1b[?25l")
		}
	}
	p.stands = at
}
