package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// helpSheet tells the keys, and the commands that the palette and the shell take, as a list: enter does what its row
// says. It shows what this key of SSH may do, and nothing else.
type helpSheet struct {
	listCursor
	text  string // what keys and commands are searched for
	find  *form
	reach string // how the service is reached
}

// helpRow is one line of the help; do is what enter does there, with the help closed.
type helpRow struct {
	hint
	group string
	do    func(*Model, Key) tea.Cmd
}

func (*helpSheet) name() string        { return "help" }
func (*helpSheet) crumb() string       { return "Keys" }
func (s *helpSheet) typing() bool      { return s.find != nil }
func (*helpSheet) load(*Model) tea.Cmd { return nil }

func (s *helpSheet) hints(*Model) []hint {
	if s.find != nil {
		return []hint{{"enter", "keep"}, {"↑↓", "choose"}, {"esc", "show all"}}
	}
	return []hint{{"enter", "do it"}, {"/", "find"}, {"j k", "move"}, {"esc", "close"}}
}

// position tells the chosen row and how many there are.
func (s *helpSheet) position(m *Model) string {
	if n := len(s.rows(m)); n > 0 {
		return thousands(s.chosen+1) + "/" + thousands(n)
	}
	return ""
}

// key searches while a text is typed, does what the chosen row says, and closes the help with the key that opened it.
func (s *helpSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	switch {
	case s.find != nil && name == "esc":
		s.find, s.text, s.chosen = nil, "", 0
	case s.find != nil && name == "enter":
		s.find = nil
	case (s.find == nil || name == "up" || name == "down") && s.move(name, len(s.rows(m))):
	case s.find != nil:
		_, used := s.find.key(m, k)
		if text := s.find.text(0); text != s.text {
			s.text, s.chosen = text, 0
		}
		return nil, used
	case name == "/":
		s.find = &form{fields: []field{textField("Find", s.text, 0, "")}}
	case name == "enter":
		if all := s.rows(m); len(all) > 0 {
			do := all[s.chosen].do
			return tea.Batch(m.close(), do(m, k)), true
		}
	case m.bound(name) == "help":
		return m.close(), true
	case name == "esc" && s.text != "":
		s.text, s.chosen = "", 0
	default:
		return nil, false
	}
	return nil, true
}

// rows are the keys of the screen below, those of every screen, how the service is reached, and the commands of the
// role; of all of them those with the searched text. The words of commands and of their keys are those of the table.
func (s *helpSheet) rows(m *Model) (all []helpRow) {
	below := m.places[m.place]
	if n := slices.Index(m.sheets, screen(s)); n > 0 {
		below = m.sheets[n-1]
	}
	text := strings.ToLower(s.text)
	add := func(group string, h hint, what string, do func(*Model, Key) tea.Cmd) {
		if strings.Contains(strings.ToLower(h.key+" "+h.what+" "+what), text) {
			all = append(all, helpRow{h, group, do})
		}
	}
	for _, h := range below.hints(m) {
		add("Here, in "+below.crumb(), h, "", pressed(h.key))
	}
	for _, h := range m.keysEverywhere() {
		add("Everywhere", h, "", pressed(h.key))
	}
	const device = "On another device"
	add(device, hint{"y", "copy " + s.reach}, "", func(m *Model, _ Key) tea.Cmd { return m.copyText(s.reach) })
	add(device, hint{"Q", "as a code for a device that reads one"}, "", func(m *Model, _ Key) tea.Cmd {
		return m.open(&codeSheet{s.reach, s.carried()})
	})
	if url := m.house.URL; url != "" {
		add(device, hint{"", "copy " + url}, "", func(m *Model, _ Key) tea.Cmd { return m.copyText(url) })
	}
	for _, c := range command.CommandsFor(m.me) {
		add("Commands: type : first, or ssh "+view.Clean(m.house.Host)+" COMMAND", hint{c.Path, c.Help}, c.Line(), begun(c))
	}
	return all
}

// pressed does what the first of some keys does on the screen below. Where that takes text, a letter would be typed
// into it: there it does what it does everywhere.
func pressed(keys string) func(*Model, Key) tea.Cmd {
	return func(m *Model, with Key) tea.Cmd {
		for name := range strings.FieldsSeq(keys) {
			k, ok := keyNamed(name)
			k.Alone = with.Alone
			switch {
			case !ok:
			case m.top().typing() && k.Type == tea.KeyRunes:
				return m.everywhere(name, m.bound(name))
			default:
				return m.press(k)
			}
		}
		m.notify(toneText, "More than one key does that: press the one that you mean.")
		return nil
	}
}

// keyNamed is the key that a hint names.
func keyNamed(name string) (Key, bool) {
	if r := []rune(name); len(r) == 1 {
		return Key{KeyMsg: tea.KeyMsg{Type: tea.KeyRunes, Runes: r}}, true
	}
	if name == "space" {
		return Key{KeyMsg: tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}}, true
	}
	for t := tea.KeyType(-128); t <= 127; t++ {
		if t.String() == name {
			return Key{KeyMsg: tea.KeyMsg{Type: t}}, true
		}
	}
	return Key{}, false
}

// begun runs a command that needs no words; of another it begins the line.
func begun(c command.Command) func(*Model, Key) tea.Cmd {
	return func(m *Model, _ Key) tea.Cmd {
		if open := openVerb(c); open != nil {
			return open(m)
		}
		p := newPaletteSheet(m)
		p.form.fields[0].set(c.Path + " ")
		return tea.Batch(m.open(p), p.ask(m))
	}
}

// draw shows all of it under headings.
func (s *helpSheet) draw(m *Model, width, height int) []line {
	out := []line{lineOf(toneFaint, "  / finds a key or a word")}
	if s.find != nil {
		out = s.find.draw(width)[:1:1]
	} else if s.text != "" {
		out = []line{lineOf(toneFaint, "  found: ").add(toneStrong, view.Clean(s.text))}
	}
	all := s.rows(m)
	if len(all) == 0 {
		return append(out, nil, lineOf(toneFaint, "  Nothing like that; esc shows all."))
	}
	t := view.Table{Columns: []view.Column{{}, {Elastic: true}}}
	for _, r := range all {
		t.Rows = append(t.Rows, []view.Cell{{Text: r.key, Tone: view.Tone(toneKey)}, {Text: r.what}})
	}
	rows := rowsOf{
		table: t, bare: true,
		begins: func(i int) bool { return i == 0 || all[i-1].group != all[i].group },
		head:   func(i int) (title, sum string) { return all[i].group, "" },
	}
	return append(out, rows.draw(&s.listCursor, width, height-len(out))...)
}

// copyable is how the service is reached from another device, carried the same for one that reads a code.
func (s *helpSheet) copyable() string { return s.reach }

func (s *helpSheet) carried() string { return sshAddress(strings.TrimPrefix(s.reach, "ssh ")) }
