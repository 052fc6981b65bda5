package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// helpSheet tells the keys, and the commands that the palette and the shell take. It shows what this key of SSH may
// do, and nothing else.
type helpSheet struct {
	text  string // what keys and commands are searched for
	find  *form
	reach string // how the service is reached
}

func (*helpSheet) name() string        { return "help" }
func (*helpSheet) crumb() string       { return "Keys" }
func (s *helpSheet) typing() bool      { return s.find != nil }
func (*helpSheet) load(*Model) tea.Cmd { return nil }

func (s *helpSheet) hints(*Model) []hint {
	if s.find != nil {
		return []hint{{"enter", "keep"}, {"esc", "show all"}}
	}
	return []hint{{"/", "find"}, {"j k", "scroll"}, {"esc", "close"}}
}

// key searches while a text is typed, and closes the help with the key that opened it.
func (s *helpSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	switch {
	case s.find != nil && name == "esc":
		s.find, s.text = nil, ""
		return nil, true
	case s.find != nil && name == "enter":
		s.find = nil
		return nil, true
	case s.find != nil:
		_, used := s.find.key(m, k)
		s.text, m.scroll = s.find.text(0), 0
		return nil, used
	case name == "/":
		s.find = &form{fields: []field{textField("Find", s.text, 0, "")}}
		return nil, true
	case m.bound(name) == "help":
		return m.close(), true
	case name == "esc" && s.text != "":
		s.text = ""
		return nil, true
	}
	return nil, false
}

// draw shows the keys of the screen below beside those of every screen, and the commands of the role. The words of
// commands and of their keys are those of the table.
func (s *helpSheet) draw(m *Model, width, _ int) []line {
	below := m.places[m.place]
	if n := len(m.sheets); n > 1 {
		below = m.sheets[n-2]
	}
	here, everywhere := s.matching(below.hints(m)), s.matching(m.keysEverywhere())
	out := []line{lineOf(toneFaint, "  / finds a key or a word")}
	if s.find != nil {
		out = s.find.draw(width)[:1:1]
	} else if s.text != "" {
		out = []line{lineOf(toneFaint, "  found: ").add(toneStrong, view.Clean(s.text))}
	}
	out = append(out, nil)
	left, right := keyBlock("Here, in "+below.crumb(), here), keyBlock("Everywhere", everywhere)
	if width < 72 {
		out = append(append(append(out, left...), nil), right...)
	} else {
		out = append(out, columns(left, right, min(width/2, widest(left)+4))...)
	}
	if s.text == "" && s.find == nil {
		out = append(out, section("On another device", m.elsewhere(width))...)
	}
	var commands []hint
	for _, c := range command.CommandsFor(m.me) {
		commands = append(commands, hint{c.Line(), c.Help})
	}
	if commands = s.matching(commands); len(commands) > 0 {
		out = append(out, nil, heading("Commands: type : first, or ssh "+view.Clean(m.house.Host)+" COMMAND"))
		out = append(out, commandLines(commands, width)...)
	}
	if len(here)+len(everywhere)+len(commands) == 0 {
		out = append(out, lineOf(toneFaint, "  Nothing like that; esc shows all."))
	}
	return out
}

// copyable is how the service is reached from another device, carried the same for one that reads a code.
func (s *helpSheet) copyable() string { return s.reach }

func (s *helpSheet) carried() string { return sshAddress(strings.TrimPrefix(s.reach, "ssh ")) }

// elsewhere is how the service is reached from another device, and where its pages are.
func (m *Model) elsewhere(width int) []line {
	label := lineOf(toneText, "  ").add(toneStrong, "ssh "+view.Clean(m.house.Host)).add(toneText, "   ")
	out := []line{label.add(toneKey, "y").add(toneFaint, " copy   ").add(toneKey, "Q").add(toneFaint, " as a code")}
	for _, part := range wholeParts(m.house.URL, width-4) {
		out = append(out, append(lineOf(toneText, "  "), linkSpans(m.house.URL, part, toneText)...))
	}
	return out
}

// matching are those of the hints that have the searched text.
func (s *helpSheet) matching(all []hint) []hint {
	text := strings.ToLower(s.text)
	return slices.DeleteFunc(slices.Clone(all), func(h hint) bool {
		return !strings.Contains(strings.ToLower(h.key+" "+h.what), text)
	})
}

// keyBlock draws keys and what they do under a heading, nothing if there are none.
func keyBlock(title string, all []hint) []line {
	if len(all) == 0 {
		return nil
	}
	label := 0
	for _, h := range all {
		label = max(label, view.Width(h.key))
	}
	out := []line{heading(title)}
	for _, h := range all {
		out = append(out, line{{"  " + view.Pad(h.key, label), toneKey}, {"  " + h.what, toneText}})
	}
	return out
}

// widest is the width of the widest line.
func widest(all []line) (width int) {
	for _, l := range all {
		width = max(width, l.width())
	}
	return width
}

// commandLines draws command lines and what they do. It is a table, so that a long command line never pushes its
// explanation away.
func commandLines(all []hint, width int) []line {
	t := view.Table{Columns: []view.Column{{}, {Elastic: true}}}
	for _, h := range all {
		t.Rows = append(t.Rows, []view.Cell{{Text: h.key, Tone: view.Strong}, {Text: h.what}})
	}
	return listing(t, width)
}
