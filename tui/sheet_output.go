package tui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// outputSheet is what a command has said, drawn of the components of the screens: a list that is walked, facts,
// sentences. A command that moves money or loosens a protection has only been tried: its sheet says what would happen
// and asks.
type outputSheet struct {
	line   string // the command
	blocks []command.Block
	failed bool
	list   listCursor // of the only table
	again  string     // the line that does what was tried; "" for nothing
	ask    answers
}

func (*outputSheet) name() string        { return "output" }
func (s *outputSheet) crumb() string     { return view.Cut(s.line, 20, "…") }
func (*outputSheet) typing() bool        { return false }
func (*outputSheet) load(*Model) tea.Cmd { return nil }

func (s *outputSheet) hints(*Model) []hint {
	switch t, _ := s.table(); {
	case s.again != "":
		return []hint{{"↑↓", "choose"}, {"enter", "answer"}, {"esc", "leave it"}}
	case t != nil && idOf(t, s.list.chosen) != "":
		return []hint{{"enter", "open"}, {"j k", "move"}, {"esc", "back"}}
	case t != nil:
		return []hint{{"j k", "move"}, {"esc", "back"}}
	}
	return []hint{{"j k", "scroll"}, {"esc", "back"}}
}

// commandOptions are those of a command that runs behind a screen.
func (m *Model) commandOptions() command.Options {
	return command.Options{Log: m.o.Log, NewID: m.o.NewID, Now: m.o.Now, Version: m.o.Version}
}

// runLine runs a command line as `ssh host LINE` does, and opens what it says.
func (m *Model) runLine(text string) tea.Cmd { return m.runAs(withoutSecret(text), text) }

// withoutSecret is a line as it is shown once it has been typed: of one with a secret in it only the verb.
func withoutSecret(text string) string {
	words, err := command.Words(text)
	if err != nil {
		return text
	}
	if c, _ := command.Find(words); c != nil && c.TakesSecret() {
		return c.Path
	}
	return text
}

// runAs runs a command line under the name of another: one that confirms has words that no person typed.
func (m *Model) runAs(shown, text string) tea.Cmd {
	args, err := command.Words(text)
	if err != nil {
		m.notify(toneBad, "✕ Not understood: "+err.Error()+".")
		return nil
	}
	return fetch(m, "command", func(ctx context.Context) (command.Reply, error) {
		return command.Try(ctx, m.svc, m.who, args, strings.NewReader(""), m.commandOptions()), nil
	}, func(r command.Reply) tea.Cmd {
		s := &outputSheet{line: shown, blocks: r.Blocks(m.now()), failed: r.Exit != command.ExitOK, again: r.Again}
		if p, typing := m.top().(*paletteSheet); typing && s.failed && s.again == "" {
			p.fault = s // the line is mended where it stands
			return nil
		}
		if r.Request != nil { // a yes wants the number that the person's own page shows
			return openRequest(*r.Request)(m)
		}
		if r.Closed != nil {
			return m.closed(*r.Closed)
		}
		if _, is := m.top().(*outputSheet); is {
			m.replaceTop(s)
			return tea.Batch(m.refresh(), m.guardInput(guardConfirm))
		}
		if r.Again == "" {
			return tea.Batch(m.open(s), m.refresh(), m.readSettings(args))
		}
		s.failed = false          // it was only tried
		for i := range s.blocks { // here it is chosen and not typed
			s.blocks[i].Text = strings.TrimSuffix(s.blocks[i].Text, " To do it, type: "+r.Again)
		}
		s.ask = safeFirst(
			answer{key: answerNo, words: "Leave it as it is"}, answer{key: answerYes, words: "Do it: " + shown})
		return tea.Batch(m.open(s), m.refresh(), m.guardInput(guardConfirm))
	})
}

// table is the only table of the output, and its place among the blocks; nil where there is none or several.
func (s *outputSheet) table() (t *view.Table, at int) {
	for i, b := range s.blocks {
		switch {
		case b.Table != nil && t != nil, b.Facts != nil, b.Raw != "":
			return nil, 0
		case b.Table != nil:
			t, at = b.Table, i
		}
	}
	return t, at
}

// key answers the question, or walks the list and opens the chosen row by its id.
func (s *outputSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if s.again != "" {
		return s.answer(m, k)
	}
	t, _ := s.table()
	if t == nil {
		return nil, false
	}
	if s.list.move(k.String(), len(t.Rows)) {
		return nil, true
	}
	if id := idOf(t, s.list.chosen); k.String() == "enter" && id != "" {
		return m.open(&detailSheet{id: id}), true
	}
	return nil, false
}

// idOf is the id of a row by which the history shows it, "" for none.
func idOf(t *view.Table, row int) string {
	if row < 0 || row >= len(t.Rows) {
		return ""
	}
	for i, c := range t.Columns {
		if c.Title == "ID" {
			return t.Rows[row][i].Text
		}
	}
	return ""
}

// answer takes what the person says to a command that was only tried.
func (s *outputSheet) answer(m *Model, k Key) (tea.Cmd, bool) {
	taken, cmd, used := s.ask.press(m, k)
	switch taken {
	case answerYes:
		again := s.again
		s.again = ""
		return m.runAs(s.line, again), true
	case answerNo:
		return m.close(), true
	}
	return cmd, used
}

// draw puts the parts under each other; the only table takes what is left of the height.
func (s *outputSheet) draw(m *Model, width, height int) []line {
	t, at := s.table()
	out := []line{lineOf(toneFaint, "  : ").add(toneStrong, s.line).cut(width - 2), nil}
	for i, b := range s.blocks {
		if t != nil && i == at {
			below := s.lines(s.blocks[at+1:], width)
			out = append(out, table(*t, &s.list, width, max(2, height-len(out)-len(below)))...)
			return append(out, below...)
		}
		out = append(out, s.lines([]command.Block{b}, width)...)
	}
	if s.again != "" {
		out = append(append(out, nil), s.ask.draw(width, 2)...)
	}
	return out
}

// lines draws blocks.
func (s *outputSheet) lines(all []command.Block, width int) (out []line) {
	words := toneText
	if s.failed {
		words = toneBad
	}
	for _, b := range all {
		switch {
		case b.Title != "":
			out = append(out, nil, heading(b.Title))
		case b.Table != nil:
			out = append(out, listing(*b.Table, width)...)
		case b.Facts != nil:
			out = append(out, facts(factBlock{width: width}, b.Facts)...)
		case b.Raw != "":
			for _, l := range strings.Split(strings.TrimRight(b.Raw, "\n"), "\n") {
				out = append(out, lineOf(toneText, "  "+view.Clean(l)))
			}
		default:
			out = append(out, paragraph(words, width, b.Text)...)
		}
	}
	return out
}
