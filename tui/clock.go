package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// tick comes when the clock on the screen moves.
type tick struct{ n uint64 }

// The minute comes to the sessions in groups within three seconds: if all were drawn at once, keys would wait
// meanwhile. A group costs less than as many sessions one by one.
const (
	clockGroups = 120
	clockStep   = 3 * time.Second / clockGroups
)

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
	wait := now.Truncate(time.Minute).Add(time.Minute + m.lag).Sub(now)
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
	if s, ok := m.top().(*exchangeSheet); ok {
		deadlines = append(deadlines, s.ends().Time)
	}
	for _, d := range deadlines {
		switch left := d.Sub(now); {
		case left > 0 && left <= time.Minute:
			wait = min(wait, time.Second)
		case left > time.Minute:
			wait = min(wait, left-time.Minute)
		}
	}
	return m.after("clock", max(wait, time.Second/2), tick{n})
}

// timed is a screen whose body tells how much time is left, not only the days of things.
type timed interface{ tellsTime() }

// Moves tells whether a message, once it was handled, has changed no more than how much time is left: the clock, and
// how long the purchase window is open, which each tenth second with a key makes longer.
func (m *Model) Moves(msg tea.Msg) bool {
	switch msg := msg.(type) {
	case tick:
		return true
	case response:
		return msg.name == windowRequest && msg.err == nil && !m.locked
	case changed:
		return !msg.Anything()
	}
	return false
}

// Moved returns the lines that such messages change on the screen that was drawn last, by their rows; only is false if
// more may have changed. A session in which nothing happens draws no more than these, once a minute.
func (m *Model) Moved() (lines map[int]string, only bool) {
	if m.drawn != m.stamp() || m.tooSmall() || !m.tall() || m.ending.told() {
		return nil, false
	}
	if _, is := m.top().(timed); is {
		return nil, false
	}
	status := m.height - 2
	return map[int]string{
		0:      m.theme.page([]line{m.firstLine(m.width)}, m.width, 1),
		status: m.theme.page([]line{m.statusLine(m.width)}, m.width, 1),
	}, true
}

// stamp is what of the time any screen may be drawn by: the day of the person, and how many requests wait.
type stamp struct{ day, waiting int }

func (m *Model) stamp() stamp { return stamp{dayOf(m.now().In(m.zone)), len(m.waiting())} }

// dayOf is a number for each day. Days are compared for each row of a list: to write a date takes longer.
func dayOf(t time.Time) int { return 1000*t.Year() + t.YearDay() }
