package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui/command/commandtest"
)

// On every screen and size the terminal's cursor stands where one types, and is seen; elsewhere it is parked, unseen,
// on the selected row or choice.
func TestCursorStandsWhereOneTypesOrOnTheSelection(t *testing.T) {
	for _, sc := range scenes {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s_%dx%d", sc.name, size[0], size[1]), func(t *testing.T) {
				s := connect(t, commandtest.New(), sc.who, ScreenOptions{Width: size[0], Height: size[1]})
				s.press(sc.keys...).see(sc.see)
				screen := s.view()
				column, row, seen := s.m.Caret()
				here := []rune(strings.Split(screen, "\n")[row] + strings.Repeat(" ", size[0]))[column:]
				selected := strings.Contains(screen, "\n▐") || strings.Contains(screen, "\n> ") || strings.Contains(screen, "‹")
				switch f := formOf(s.m.top()); {
				case seen && !s.m.top().typing():
					t.Errorf("the cursor is seen where nothing is typed:\n%s", screen)
				case !seen && f != nil && s.m.top().name() != placeSignup && !f.fields[f.at].isChoice():
					t.Errorf("nothing shows where one types:\n%s", screen)
				case !seen && strings.Contains(screen, "\n▐") && here[0] != '▐' && here[0] != '‹':
					t.Errorf("the cursor is parked on %q, want the selection:\n%s", string(here[:5]), screen)
				case !seen && !selected && (column != 0 || row != 0):
					t.Errorf("the cursor is parked at %d, %d, and nothing is selected:\n%s", column, row, screen)
				}
			})
		}
	}
}

// The cursor goes with what is typed, in cells and not in letters.
func TestCursorGoesWithTheText(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: 80, Height: 24})
	s.press(":")
	s.view()
	from, row, _ := s.m.Caret()
	s.press("a氷")
	s.view()
	if column, r, seen := s.m.Caret(); column != from+3 || r != row || !seen {
		t.Errorf("at %d, %d, seen %v; want %d, %d", column, r, seen, from+3, row)
	}
	s.press("left")
	s.view()
	if column, _, _ := s.m.Caret(); column != from+1 {
		t.Errorf("after left at %d, want %d", column, from+1)
	}
}

// A screen that was resized is the one that is opened at that size: nothing keeps the layout of another. Only where a
// list is scrolled to a row in its middle, it stays there.
func TestResizedScreenIsTheOneOfThatSize(t *testing.T) {
	all := append([][2]int{{60, 16}, {140, 30}}, sizes...)
	for _, sc := range scenes {
		if sc.name == "history_sorted" || sc.name == "me_setting" {
			continue
		}
		t.Run(sc.name, func(t *testing.T) {
			want := map[[2]int]string{}
			for _, size := range all {
				s := connect(t, commandtest.New(), sc.who, ScreenOptions{Width: size[0], Height: size[1]})
				s.press(sc.keys...).see(sc.see)
				want[size] = s.view()
			}
			for _, from := range all {
				s := connect(t, commandtest.New(), sc.who, ScreenOptions{Width: from[0], Height: from[1]})
				s.press(sc.keys...).see(sc.see)
				for _, to := range append(all, from) {
					s.update(tea.WindowSizeMsg{Width: to[0], Height: to[1]})
					s.wait()
					if got := s.view(); got != want[to] {
						t.Fatalf("from %v to %v:\n%s\nwant:\n%s", from, to, got, want[to])
					}
				}
			}
		})
	}
}
