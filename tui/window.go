package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// touchEvery bounds how often key presses are told to the service. The purchase window is minutes long.
const touchEvery = 10 * time.Second

// windowRequest is the name of both calls that move the purchase window: the one that was asked for last is made last.
const windowRequest = "window"

// touch tells the service that the person is here, not too often: that keeps the purchase window open. A window that
// the person closed stays closed, whatever is typed.
func (m *Model) touch() tea.Cmd {
	now := m.now()
	if m.locked || !m.hasWallet() || now.Sub(m.touched) < touchEvery && !m.touched.IsZero() {
		return nil
	}
	m.touched = now
	return fetch(m, windowRequest, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, m.svc.Touch(ctx, m.who)
	}, func(struct{}) tea.Cmd {
		closed := !m.home.WindowUntil.After(now)
		if !m.locked {
			m.home.WindowUntil.Time = now.Add(m.house.Window.Duration())
		}
		if closed {
			return m.overview() // an earlier call may still bring the closed window
		}
		return nil
	})
}

// openWindow opens the purchase window, also after it was locked. The touch is sent at once, however short ago the
// last one was.
func (m *Model) openWindow() tea.Cmd {
	m.locked, m.touched = false, time.Time{}
	m.notify(toneGood, "The purchase window is open.")
	return m.touch()
}

// lock closes the purchase window now. It is marked as closed before the service has returned, so that no key on the
// way opens it again.
func (m *Model) lock() tea.Cmd {
	if !m.hasWallet() {
		return nil
	}
	m.locked = true
	return fetch(m, windowRequest, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, m.svc.Lock(ctx, m.who)
	}, func(struct{}) tea.Cmd {
		m.home.WindowUntil.Time = time.Time{}
		m.notify(toneWarn, "The purchase window is closed. w opens it again.")
		return nil
	})
}
