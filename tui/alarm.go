package tui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Alarm asks whoever runs the program for a message later. A later alarm of the same name takes its place. A command
// that waits by itself would hold a goroutine for as long.
type Alarm struct {
	name string
	no   uint64 // commands come in any order
	wait time.Duration
	msg  tea.Msg
}

// after sends a message later.
func (m *Model) after(name string, wait time.Duration, msg tea.Msg) tea.Cmd {
	m.alarms++
	a := Alarm{name, m.alarms, wait, msg}
	return func() tea.Msg { return a }
}

// Alarms are those of one program. The zero value has none. It is for one goroutine, the event loop of the program.
type Alarms struct{ set map[string]ringing }

type ringing struct {
	no    uint64
	timer *time.Timer
}

// Set keeps one alarm under each name, the latest. Send is called in a goroutine of its own.
func (all *Alarms) Set(a Alarm, send func(tea.Msg)) {
	if all.set == nil {
		all.set = map[string]ringing{}
	}
	before, is := all.set[a.name]
	if is && before.no > a.no {
		return
	}
	if is {
		before.timer.Stop()
	}
	all.set[a.name] = ringing{a.no, time.AfterFunc(a.wait, func() { send(a.msg) })}
}

// Stop ends all of them.
func (all *Alarms) Stop() {
	for _, r := range all.set {
		r.timer.Stop()
	}
}
