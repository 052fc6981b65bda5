package tui

import (
	"fmt"
	"strings"
	"testing"

	"tuppence/tui/command/commandtest"
)

// The same list and facts on a wide terminal, on a usual one, and where there is room for the list alone.
func Example_beside() {
	rows := func(_ *Model, _, height int) []line {
		return []line{lineOf(toneText, "acme-news"), lineOf(toneText, "acme-video"), lineOf(toneText, "pushy-shop")}[:height]
	}
	about := func(*Model, int, int) []line { return []line{lineOf(toneText, " Acme News")} }
	for _, size := range [][2]int{{wideFrom, 3}, {80, belowFrom}, {80, 2}} {
		fmt.Println(plain((&Model{}).beside(size[0], size[1], rows, about, min(2, upperHalf(3, size[1])))))
	}
	// Output:
	// acme-news                                                                   │ Acme News
	// acme-video                                                                  │
	// pushy-shop                                                                  │
	//
	// acme-news
	// acme-video
	//
	//  Acme News
	//
	// acme-news
	// acme-video
}

// The line between takes a blank of the list and no word: how many rows a filter has found is not cut.
func TestPanesTakeABlank(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: 160, Height: 45})
	s.press("3", "/", "zzz").see("0 rows │")
}

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
