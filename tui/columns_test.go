package tui

import (
	"strings"
	"testing"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// The scroll bar of a list is the line between it and what stands beside it: there is one line and not two.
func TestPanesHaveOneLineBetween(t *testing.T) {
	for _, place := range []string{"3", "5", "6"} {
		for _, height := range []int{16, 24} {
			s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: wideFrom, Height: height})
			lines := strings.Split(s.press(place).view(), "\n")
			for _, l := range lines[3 : height-3] {
				if strings.Count(l, "│")+strings.Count(l, "┃") != 1 {
					t.Errorf("place %s at %d rows: %q", place, height, l)
				}
			}
		}
	}
}

// A column in which nothing stands takes no room.
func TestEmptyColumnIsLeftOut(t *testing.T) {
	all := view.Table{Columns: []view.Column{{Title: "Made"}, {Title: "Reference"}, {Title: "Amount"}}}
	all.Rows = [][]view.Cell{{{Text: "11-28"}, {}, {Text: "5.00"}}, {{Text: "11-29"}, {}, {Text: "6.00"}}}
	if got := plain(table(all, &listCursor{}, 40, 9)); strings.Contains(got, "Reference") {
		t.Error(got)
	}
	all.Rows[1][1].Text = "TP 1180"
	if got := plain(table(all, &listCursor{}, 40, 9)); !strings.Contains(got, "Reference  Amount") {
		t.Error(got)
	}
}
