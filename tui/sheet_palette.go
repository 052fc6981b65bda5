package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// lineLength bounds a command line in characters.
const lineLength = 500

// linesKept bounds the earlier lines of a session.
const linesKept = 50

// paletteSheet is the line for anything: it finds places, verbs, vendors, rows and codes, completes the words of a
// command, and runs it. What a command says opens in a sheet of its own.
type paletteSheet struct {
	form    form
	at      int // of the earlier lines
	chosen  int // of the hits, noChoice: the line itself
	seen    listCursor
	vendors []view.Link // asked for once
	rows    []view.Row
	goesOn  completion
	fault   *outputSheet // why the line was refused, until it changes
}

// newPaletteSheet begins with an empty line.
func newPaletteSheet(m *Model) *paletteSheet {
	return &paletteSheet{
		form: form{fields: []field{textField(":", "", lineLength, "")}}, at: len(m.typed), chosen: noChoice,
	}
}

func (*paletteSheet) name() string  { return "palette" }
func (*paletteSheet) crumb() string { return "Anything" }
func (*paletteSheet) typing() bool  { return true }

func (s *paletteSheet) hints(m *Model) []hint {
	all := []hint{{"enter", "run"}}
	hits := 0
	if s.fault == nil {
		hits = len(s.found(m))
		if hits > 0 || len(s.goesOn.of(s.text())) > 0 {
			all = append(all, hint{"tab", "complete"})
		}
	}
	if hits > 0 || s.at > 0 {
		all = append(all, hint{"↑↓", "choose, earlier"})
	}
	return append(all, hint{"esc", "close"})
}

// load asks for what can be found by name beside places and verbs: the vendors and the newest rows.
func (s *paletteSheet) load(m *Model) tea.Cmd {
	if !m.hasWallet() {
		return nil
	}
	type found struct {
		vendors []view.Link
		rows    []view.Row
	}
	return fetch(m, "palette", func(ctx context.Context) (v found, err error) {
		if v.vendors, err = m.svc.Vendors(ctx, m.who); err != nil {
			return v, err
		}
		page, err := m.svc.History(ctx, m.who, view.HistoryQuery{Paging: view.Paging{Limit: listPage}})
		v.rows = page.Data
		return v, err
	}, func(v found) tea.Cmd {
		s.vendors, s.rows = v.vendors, v.rows
		return nil
	})
}

// text is the line without the colon that people type out of habit.
func (s *paletteSheet) text() string {
	return strings.TrimLeft(s.form.fields[0].input.Value(), " :")
}

// verb is the command that the line names, with the words behind it; nil if it names none.
func (s *paletteSheet) verb(m *Model) (c *command.Command, rest []string) {
	words, err := command.Words(s.text())
	if err != nil {
		words = strings.Fields(s.text())
	}
	if c, rest = command.Find(words); c != nil && command.May(m.me, c.Role) {
		return c, rest
	}
	return nil, nil
}

// forbidden is the command of another role that the line names, nil if it names none.
func (s *paletteSheet) forbidden(m *Model) *command.Command {
	words := strings.Fields(s.text())
	return ofOtherRole(m.me, func(c command.Command) bool {
		path := strings.Fields(c.Path)
		return len(path) <= len(words) && slices.Equal(path, words[:len(path)])
	})
}

// found are the hits of the line. Behind a verb there are none: its words go on. Nor are there any for a command of
// another role: what is near to its name is not what was meant.
func (s *paletteSheet) found(m *Model) []hit {
	if c, _ := s.verb(m); c != nil && strings.Contains(s.text(), " ") || s.forbidden(m) != nil {
		return nil
	}
	return find(s.candidates(m), s.text())
}

// key edits the line, completes it, chooses a hit, or does what the line or the hit says.
func (s *paletteSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	hits := s.found(m)
	switch name := k.String(); name {
	case "down":
		s.chosen = min(s.chosen+1, len(hits)-1)
		return nil, true
	case "up":
		if s.chosen > noChoice {
			s.chosen--
		} else {
			s.recall(m, s.at-1)
		}
		return nil, true
	case "pgdown", "pgup":
		s.chosen = max(noChoice, min(s.chosen+map[string]int{"pgdown": 10, "pgup": -10}[name], len(hits)-1))
		return nil, true
	case "ctrl+r":
		s.search(m)
		return nil, true
	case "tab":
		s.complete(hits)
		return s.ask(m), true
	case "enter":
		return s.enter(m, hits), true
	}
	before := s.text()
	_, used := s.form.key(m, k)
	if s.text() != before {
		s.chosen, s.fault = noChoice, nil
	}
	return s.ask(m), used
}

// recall puts an earlier line into the field; after the last there is an empty one.
func (s *paletteSheet) recall(m *Model, i int) {
	s.at = max(0, min(i, len(m.typed)))
	text := ""
	if s.at < len(m.typed) {
		text = m.typed[s.at]
	}
	s.form.fields[0].set(text)
}

// search goes back to the next earlier line that has what is typed in it.
func (s *paletteSheet) search(m *Model) {
	for i := min(s.at, len(m.typed)) - 1; i >= 0; i-- {
		if strings.Contains(m.typed[i], s.text()) {
			s.recall(m, i)
			return
		}
	}
}

// complete puts the first suggestion in the place of the last word, or the hit that is chosen, or the best one.
func (s *paletteSheet) complete(hits []hit) {
	q := &s.form.fields[0]
	if text, done := s.goesOn.complete(s.text()); done {
		q.set(text)
		return
	}
	hits = slices.DeleteFunc(hits, func(h hit) bool { return h.kind != "verb" && !strings.HasPrefix(h.kind, "place") })
	if len(hits) > 0 {
		q.set(strings.ToLower(hits[max(0, min(s.chosen, len(hits)-1))].name) + " ")
		s.chosen = noChoice
	}
}

// ask asks how the last word may go on.
func (s *paletteSheet) ask(m *Model) tea.Cmd {
	text := s.text()
	if c, _ := s.verb(m); c == nil || !strings.Contains(text, " ") || text == s.goesOn.line {
		return nil
	}
	words := append(strings.Fields(text), "")
	if !strings.HasSuffix(text, " ") {
		words = words[:len(words)-1]
	}
	return s.goesOn.ask(m, text, strings.LastIndexByte(text, ' ')+1, words...)
}

// enter opens the chosen hit, or runs the line; a line that is no command opens its best hit.
func (s *paletteSheet) enter(m *Model, hits []hit) tea.Cmd {
	text := strings.TrimSpace(s.text())
	at := s.chosen
	c, rest := s.verb(m)
	switch {
	case at == noChoice && (text == "q" || text == "quit" || text == "exit"):
		return tea.Quit
	case at == noChoice && text == "":
		return nil
	case at == noChoice && c == nil && len(hits) > 0:
		at = 0
	}
	if at != noChoice {
		h := hits[at]
		if h.open == nil {
			s.form.fields[0].set(h.name + " ")
			s.chosen = noChoice
			return s.ask(m)
		}
		m.sheets = m.sheets[:len(m.sheets)-1]
		return h.open(m)
	}
	m.remember(text)
	if c != nil {
		if cmd, went := m.goWith(*c, rest); went {
			return cmd
		}
	}
	return m.runLine(text)
}

// filtered is a place that shows what a text finds.
type filtered interface {
	filterBy(m *Model, text string) tea.Cmd
}

// goWith opens the place of a command: bare, or with words that its list can be filtered by. A line with flags, or of a
// command that does something, runs.
func (m *Model) goWith(c command.Command, rest []string) (tea.Cmd, bool) {
	i := m.placeOf(c)
	if sheet := startSheets[c.Place]; sheet != nil && len(rest) == 0 && !c.Required() && m.hasWallet() {
		m.pop() // the line
		return m.open(sheet(m)), true
	}
	flags := slices.ContainsFunc(rest, func(w string) bool { return strings.HasPrefix(w, "--") })
	if i < 0 || c.Required() || flags {
		return nil, false
	}
	place, filters := m.places[i].(filtered)
	switch {
	case len(rest) == 0:
		return m.goTo(i), true
	case filters:
		return tea.Batch(m.goTo(i), place.filterBy(m, strings.Join(rest, " "))), true
	}
	return nil, false
}

// remember keeps a line for later, but for one that has a secret in it.
func (m *Model) remember(text string) {
	words, err := command.Words(text)
	if err != nil {
		return
	}
	if c, _ := command.Find(words); c != nil && c.TakesSecret() {
		return
	}
	if n := len(m.typed); n == 0 || m.typed[n-1] != text {
		m.typed = append(m.typed, text)
	}
	m.typed = m.typed[max(0, len(m.typed)-linesKept):]
}

// draw shows the line, the command that it names with the ways in which it goes on, and what else is meant.
func (s *paletteSheet) draw(m *Model, width, height int) []line {
	out := []line{s.goesOn.behind(s.form.draw(width)[0], s.text(), width-2), nil}
	if c, _ := s.verb(m); c != nil {
		out = append(out, signature(*c, width))
		if long := suggestionLines(s.goesOn.of(s.text()), width); len(long) > 0 {
			out = append(append(out, nil, heading("Goes on with")), long...)
		}
		out = append(out, nil)
	}
	if s.fault != nil {
		return append(out, s.fault.lines(s.fault.blocks, width)...)
	}
	hits := s.found(m)
	if c := s.forbidden(m); c != nil {
		return append(out, paragraph(toneWarn, width, "! "+misread(command.Forbidden(*c)).detail)...)
	}
	if len(hits) == 0 {
		if c, _ := s.verb(m); c == nil {
			out = append(out, paragraph(toneFaint, width, "Nothing is called that. enter runs it as a command.")...)
		}
		return out
	}
	s.seen.chosen = s.chosen
	rows := rowsOf{table: hitTable(hits), bare: true}
	return append(out, rows.draw(&s.seen, width, height-len(out))...)
}

// signature is the usage line of a command with what it does at the right.
func signature(c command.Command, width int) line {
	l := line{{"  " + c.Path, toneStrong}, {strings.TrimPrefix(c.Line(), c.Path), toneAccent}}
	return l.cut(width-4).right(width, lineOf(toneFaint, "  "+c.Help+"  "))
}

// suggestionLines are the ways in which the last word may go on with their facts, at most six.
func suggestionLines(all []command.Suggestion, width int) []line {
	if len(all) == 0 {
		return nil
	}
	t := view.Table{Columns: []view.Column{{}, {Elastic: true, Foreign: true}}}
	for _, one := range all[:min(6, len(all))] {
		t.Rows = append(t.Rows, []view.Cell{{Text: one.Value, Tone: view.Strong}, {Text: one.Meaning, Tone: view.Faint}})
	}
	return listing(t, width)
}
