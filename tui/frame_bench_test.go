package tui

import (
	"fmt"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"tuppence/tui/command/commandtest"
)

// BenchmarkView draws the history as a key does: the frame is what a session costs while somebody types.
func BenchmarkView(b *testing.B) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		row := d.Rows[0]
		d.Rows = nil
		for i := range 30 {
			row.ID = fmt.Sprintf("chg_%03d", i)
			d.Rows = append(d.Rows, row)
		}
	})
	s := connect(b, f, commandtest.Ada, ScreenOptions{Profile: colorprofile.TrueColor})
	s.press("3")
	b.ReportAllocs()
	for b.Loop() {
		s.hit("j")
		s.m.View()
	}
}

// BenchmarkClock is what a minute costs a session in which nothing happens.
func BenchmarkClock(b *testing.B) {
	s := connect(b, commandtest.New(), commandtest.Ada, ScreenOptions{Profile: colorprofile.TrueColor})
	s.press("3")
	s.m.View()
	b.ReportAllocs()
	for b.Loop() {
		s.m.Moved()
	}
}
