package tui

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui/command/commandtest"
)

// allLooks are the looks in which each screen is tried.
var allLooks = []struct {
	theme   string
	profile colorprofile.Profile
	signs   signs
	codes   bool // QR codes beside their texts
}{
	{"auto", colorprofile.TrueColor, allSigns, true},
	{"dark", colorprofile.ANSI, allSigns, true},
	{"light", colorprofile.ANSI256, allSigns, true},
	{"blind", colorprofile.TrueColor, plainSigns, false},
	{"contrast", colorprofile.ANSI256, allSigns, false},
	{"mono", colorprofile.ASCII, allSigns, false},
	{"auto", colorprofile.NoTTY, onlyASCII, false},
}

// Each screen at each size in each look: it fills the terminal, says how to get help, and says the same words. Text
// keeps its two columns on the left and its two on the right, which belong to the marks of rows. What is chosen is told
// by a mark, and a warning or a fault by a word or a sign: colours come second.
func TestScreensInEveryLook(t *testing.T) {
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			s := connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
			for _, size := range sizes {
				s.update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				s.wait()
				for _, l := range allLooks {
					s.m.theme = themeOf("mono", colorprofile.ASCII, l.signs)
					if l.codes {
						s.m.theme = themeOf("auto", colorprofile.TrueColor, l.signs)
					}
					words := ansi.Strip(s.m.View())
					s.margins(words, size[0])
					s.m.theme = themeOf(l.theme, l.profile, l.signs)
					screen := s.m.View()
					fills(t, screen, size[0], size[1])
					if got := ansi.Strip(screen); got != words {
						t.Fatalf("%v at %v says other words:\n%s\nwant\n%s", l, size, got, words)
					}
				}
				s.toldByWords()
			}
		})
	}
}

// margins fails if a text stands in the columns of the marks, or if no key leads to help.
func (s *terminal) margins(screen string, width int) {
	s.t.Helper()
	lines := strings.Split(screen, "\n")
	if foot := lines[len(lines)-1]; !strings.Contains(foot, "? help") && !strings.Contains(foot, "f1 help") {
		s.t.Errorf("no help in %q", foot)
	}
	chosen := 0
	for _, l := range lines {
		if s.m.top().name() == "print" {
			break // what is copied has no blanks before it
		}
		left, right := ansi.Cut(l, 0, 2), ansi.Cut(l, width-2, width)
		if strings.Trim(left, " ▐>") != "" || strings.Trim(right, " │┃|#") != "" {
			s.t.Errorf("%d columns, text in the margin of %q", width, l)
		}
		if strings.HasPrefix(l, "▐") || strings.HasPrefix(l, ">") {
			chosen++
		}
	}
	if chosen > 1 && !s.m.top().typing() { // a field beside a list has a mark of its own
		s.t.Errorf("%d lines are chosen in\n%s", chosen, screen)
	}
}

// wordless is a run of figures, blocks and lines.
var wordless = regexp.MustCompile(`^[\d.,:%+\s─━│┃▁▂▃▄▅▆▇█▀▖╌-]*$`)

// toldByWords fails if something is told by the tone of a warning or of a fault alone.
func (s *terminal) toldByWords() {
	s.t.Helper()
	screen := ansi.Strip(s.m.View())
	lines := strings.Split(screen, "\n")
	for i, tones := range strings.Split(s.tones(), "\n") {
		for from := 0; from < len(tones); from++ {
			to := from
			for to < len(tones) && tones[to] == tones[from] && strings.ContainsRune("wb", rune(tones[from])) {
				to++
			}
			if to == from {
				continue
			}
			if run := ansi.Cut(lines[i], from, to); wordless.MatchString(run) {
				s.t.Errorf("line %d: %q is told by its colour alone:\n%s", i, run, screen)
			}
			from = to
		}
	}
}

// A theme is chosen by its name, and each name is one: no two themes look the same.
func TestThemesDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, name := range themeNames {
		th := themeOf(name, colorprofile.TrueColor, allSigns)
		look := fmt.Sprint(th.before)
		if other, had := seen[look]; had {
			t.Errorf("%s looks like %s", name, other)
		}
		seen[look] = name
	}
}
