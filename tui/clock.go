package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// tick comes when the clock on the screen moves.
type tick struct{ n uint64 }

// restartClock starts the clock anew, for a screen whose deadline is nearer. Ticks of the earlier one are ignored.
func (m *Model) restartClock() tea.Cmd {
	m.ticks++
	return m.nextTick()
}

// nextTick waits until the clock on the screen moves: at the next minute, every second in the last minute of a
// deadline, every ten seconds before that while a request is looked at. A session in which nothing happens is woken
// once a minute.
func (m *Model) nextTick() tea.Cmd {
	now, n := m.now(), m.ticks
	wait := now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	// What is counted down on the screen. In its last minute a deadline is counted in seconds.
	deadlines := []time.Time{m.home.WindowUntil.Time, m.ending.at}
	if waiting := m.waiting(); len(waiting) > 0 && len(m.sheets) == 0 { // on the status line
		deadlines = append(deadlines, waiting[0].Expires.Time)
	}
	if s, ok := m.top().(*approvalSheet); ok {
		deadlines = append(deadlines, s.a.Expires.Time)
		if left := s.a.Expires.Sub(now); left > time.Minute { // its time is told in steps
			wait = min(wait, left-(left-1).Truncate(timeStep))
		}
	}
	for _, d := range deadlines {
		switch left := d.Sub(now); {
		case left > 0 && left <= time.Minute:
			wait = min(wait, time.Second)
		case left > time.Minute:
			wait = min(wait, left-time.Minute)
		}
	}
	return after(m.ctx, max(wait, time.Second/2), tick{n}, &m.stopClock)
}

// after sends a message later. The session's end and a later call with the same stop end it; tea.Tick would hold its
// goroutine until its time has come.
func after(ctx context.Context, wait time.Duration, msg tea.Msg, stop *context.CancelFunc) tea.Cmd {
	if *stop != nil {
		(*stop)()
	}
	ctx, *stop = context.WithCancel(ctx)
	return func() tea.Msg {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return msg
		}
	}
}
