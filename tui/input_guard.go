package tui

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// How long keys are dropped after something came on the screen that one key decides. What was typed before it could
// be read must not decide it.
const (
	guardConfirm = 300 * time.Millisecond
	guardCode    = time.Second // the recovery code is shown once; a key that is held down must not take it away
)

// guardOver comes when keys work again.
type guardOver struct{}

// guardInput drops keys for a moment. The footer tells when they work: it shows the keys of the screen then.
func (m *Model) guardInput(d time.Duration) tea.Cmd {
	m.guardedUntil = m.now().Add(d)
	return m.after("guard", d, guardOver{})
}

// guarded tells whether keys are dropped. A clock that was set back does not lock the keyboard.
func (m *Model) guarded() bool {
	left := m.guardedUntil.Sub(m.now())
	return left > 0 && left <= guardCode
}

// decides tells whether a key may decide something: it must have come alone. What came with others may be a text that
// was pasted without marks.
func (m *Model) decides(k Key) bool {
	if !k.Alone {
		m.notify(toneWarn, "Several keys came at once, as from a paste: none decides. Press one alone.")
	}
	return k.Alone
}

// twice is a decision in two steps. A key asks for it; the same key or enter, alone and after the guard, takes it. So
// nothing that cannot be undone follows from one key.
type twice struct{ asked string }

// press takes a key on a screen where some single keys decide. It returns the one that was pressed twice, "" until
// then. Esc takes the question back, every other key too and does what it does.
func (t *twice) press(m *Model, k Key, keys string) (decided string, cmd tea.Cmd, used bool) {
	name, asked := k.String(), t.asked
	t.asked = ""
	switch {
	case asked != "" && name == "esc":
		return "", nil, true
	case asked != "" && (name == asked || name == "enter"):
		if m.decides(k) {
			return asked, nil, true
		}
		return "", nil, true
	case len(name) != 1 || !strings.Contains(keys, name):
		return "", nil, false
	case m.decides(k):
		t.asked = name
		return "", m.guardInput(guardConfirm), true
	}
	return "", nil, true
}

// question is the line of an answer that waits for its second key.
func question(key, what string) line {
	edge := lineOf(toneText, caretRow).add(toneAccent, "▐")
	return edge.add(toneKey, " "+key).add(toneWarn, "  Press "+key+" again to "+what)
}

// reader is a place that is read from top to bottom, as sheets are.
type reader interface{ reads() }

// scrolls tells whether the top screen is one that is read from top to bottom; other places and forms have a
// selection.
func (m *Model) scrolls() bool {
	top := m.top()
	if top == nil || top.typing() {
		return false
	}
	_, reads := top.(reader)
	return reads || len(m.sheets) > 0 || m.me.Role == ledger.RoleNone
}

// overflows tells whether a sheet is longer than the terminal.
func (m *Model) overflows(s screen) bool {
	height := m.innerHeight()
	return len(s.draw(m, m.width, height)) > height
}

// scrollKey moves a screen that is longer than the terminal; it returns whether the key did so.
func (m *Model) scrollKey(name string) bool {
	if !m.scrolls() {
		return false
	}
	height := m.innerHeight()
	over := max(0, len(m.squeezed(m.width, height))-height)
	at := listCursor{chosen: min(m.scroll, over), rows: height} // it may have been longer, or the terminal lower
	moved := at.move(name, 1+over)
	m.scroll = at.chosen
	return moved
}
