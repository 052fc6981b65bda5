package tui

import (
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Of the alarms of one name the latest rings, whatever order they are set in, and none rings after the end.
func TestLatestAlarmRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, all := &Model{}, Alarms{}
		rung := make(chan tea.Msg, 8)
		set := func(name string, wait time.Duration, msg tea.Msg) Alarm {
			return m.after(name, wait, msg)().(Alarm)
		}
		send := func(msg tea.Msg) { rung <- msg }
		first, second := set("clock", time.Second, "first"), set("clock", 2*time.Second, "second")
		all.Set(second, send)
		all.Set(first, send)
		all.Set(set("note", 3*time.Second, "note"), send)
		time.Sleep(time.Minute)
		if one, two := <-rung, <-rung; len(rung) != 0 || one != "second" || two != "note" {
			t.Errorf("rung: %v, %v and %d others; want the second one and that of another name", one, two, len(rung))
		}
		all.Set(set("clock", time.Second, "late"), send)
		all.Stop()
		time.Sleep(time.Minute)
		if len(rung) != 0 {
			t.Errorf("rung after the end: %v", <-rung)
		}
	})
}
