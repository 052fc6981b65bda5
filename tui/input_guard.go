package tui

import (
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
	return after(m.ctx, d, guardOver{}, &m.stopGuard)
}

// guarded tells whether keys are dropped. A clock that was set back does not lock the keyboard.
func (m *Model) guarded() bool {
	left := m.guardedUntil.Sub(m.now())
	return left > 0 && left <= guardCode
}

// scrolls tells whether the top screen is one that is read from top to bottom; places and forms have a selection.
func (m *Model) scrolls() bool {
	top := m.top()
	if top == nil || top.typing() {
		return false
	}
	return len(m.sheets) > 0 || m.me.Role == ledger.RoleNone
}

// scrollKey moves a screen that is longer than the terminal; it returns whether the key did so.
func (m *Model) scrollKey(name string) bool {
	if !m.scrolls() {
		return false
	}
	height := innerHeight(m.height)
	return move(&m.scroll, 1+max(0, len(m.squeezed(m.width, height))-height), name)
}
