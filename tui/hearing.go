package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// How long keys are not heard after something came on the screen that one key decides. What was typed before it could
// be read must not answer it.
const (
	deafFor     = 300 * time.Millisecond
	deafForCode = time.Second // the recovery code is shown once; a key that is held down must not take it away
)

// heard comes when keys are heard again.
type heard struct{}

// deafen drops keys for a moment. The screen tells when they are heard: its keys appear in the footer then.
func (m *Model) deafen(d time.Duration) tea.Cmd {
	m.deafUntil = m.now().Add(d)
	return after(m.ctx, d, heard{}, &m.stopDeaf)
}

// deaf tells whether keys are dropped. A clock that was set back does not keep anybody out.
func (m *Model) deaf() bool {
	left := m.deafUntil.Sub(m.now())
	return left > 0 && left <= deafForCode
}

// scrolls tells whether the top screen is one that is read from top to bottom; places and forms have a selection.
func (m *Model) scrolls() bool {
	top := m.top()
	if top == nil || top.typing() {
		return false
	}
	return len(m.over) > 0 || m.me.Role == ledger.RoleNone
}

// scrollKey moves a screen that is longer than the terminal; it answers whether the key did so.
func (m *Model) scrollKey(name string) bool {
	if !m.scrolls() {
		return false
	}
	height := innerHeight(m.height)
	return move(&m.scroll, 1+max(0, len(m.squeezed(m.width, height))-height), name)
}
