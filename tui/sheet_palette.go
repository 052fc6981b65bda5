package tui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// lineLength bounds a command line in characters.
const lineLength = 500

// paletteSheet runs a command line and shows what it prints. So every command can be used without leaving the
// screens, also those that have none of their own.
type paletteSheet struct {
	form   form
	output func(width int) string // what the last line printed; nil before the first
	typed  []string               // earlier lines
	at     int                    // of typed
	code   int                    // exit code of the last line
	from   int                    // first line of the output that is on the screen
}

// newPaletteSheet begins with an empty line. Earlier lines belong to the sheet: they may hold codes, so they end
// with it.
func newPaletteSheet() *paletteSheet {
	return &paletteSheet{form: form{fields: []field{textField(":", "", lineLength, "")}}}
}

func (*paletteSheet) name() string        { return "palette" }
func (*paletteSheet) crumb() string       { return "Command" }
func (*paletteSheet) typing() bool        { return true }
func (*paletteSheet) load(*Model) tea.Cmd { return nil }

// hints name the arrows, which choose a field in other forms and an earlier line here.
func (*paletteSheet) hints(*Model) []hint {
	return []hint{{"enter", "run"}, {"↑↓", "earlier"}, {"pgup pgdn", "scroll"}, {"esc", "back"}}
}

// key edits the line, completes it, or runs it. The output scrolls by pages only: the arrows are for the line.
func (s *paletteSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	q := &s.form.fields[0]
	switch name := k.String(); name {
	case "up":
		s.recall(s.at - 1)
		return nil, true
	case "down":
		s.recall(s.at + 1)
		return nil, true
	case "pgdown", "pgup":
		at := listCursor{chosen: s.from, rows: m.innerHeight()}
		at.move(name, len(s.lines(m.width)))
		s.from = at.chosen
		return nil, true
	// Completion takes the first command that is listed; it is the one in the order of the help.
	case "tab":
		if near := s.near(m); len(near) > 0 {
			q.set(near[0].Path + " ")
		}
		return nil, true
	}
	send, used := s.form.key(m, k)
	text := s.form.text(0)
	if !send || text == "" {
		return nil, used
	}
	q.set("")
	s.typed = append(s.typed, text)
	s.at, s.form.busy = len(s.typed), true
	return s.run(m, text), true
}

// recall puts an earlier line into the field; after the last there is an empty one.
func (s *paletteSheet) recall(i int) {
	s.at = max(0, min(i, len(s.typed)))
	text := ""
	if s.at < len(s.typed) {
		text = s.typed[s.at]
	}
	s.form.fields[0].set(text)
}

// run hands the line to the table of commands, as `ssh host LINE` does. A command that moves money only says what it
// would do; the line that really does it then stands in the field, behind the guard against keys that were typed
// ahead.
func (s *paletteSheet) run(m *Model, text string) tea.Cmd {
	args, err := command.Words(text)
	if err != nil {
		words := "Not understood: " + err.Error() + "."
		s.output, s.code, s.form.busy = func(int) string { return words }, command.ExitUsage, false
		return nil
	}
	o := command.Options{Log: m.o.Log, NewID: m.o.NewID, Now: m.o.Now, Version: m.o.Version}
	return fetch(m, "command", func(ctx context.Context) (command.Reply, error) {
		return command.Try(ctx, m.svc, m.who, args, strings.NewReader(""), o), nil
	}, func(r command.Reply) tea.Cmd {
		s.form.busy, s.code, s.from, s.output = false, r.Exit, 0, r.Text
		if r.Again != "" { // what was only tried stands ready: enter does it
			s.form.fields[0].set(r.Again)
			return tea.Batch(m.refresh(), m.guardInput(guardConfirm))
		}
		return m.refresh()
	})
}

// near are the commands that begin as the line does, and the one whose arguments are being typed: its usage stays in
// sight.
func (s *paletteSheet) near(m *Model) []command.Command {
	typed := strings.TrimLeft(s.form.fields[0].input.Value(), " ")
	var all []command.Command
	for _, c := range command.CommandsFor(m.me) {
		if typed != "" && (strings.HasPrefix(c.Path, typed) || strings.HasPrefix(typed, c.Path+" ")) {
			all = append(all, c)
		}
	}
	return all
}

// draw lists the commands that the line may become above what the last one printed.
func (s *paletteSheet) draw(m *Model, width, _ int) []line {
	out := s.form.draw(width)
	near := s.near(m)
	for _, c := range near[:min(6, len(near))] {
		out = append(out, lineOf(toneFaint, "  "+fill(c.Line(), 30)+" "+c.Help))
	}
	if s.output == nil && len(out) < 3 {
		return append(append(out, nil), paragraph(toneFaint, width,
			"Type a command, for example history or limits set day 5 EUR. tab completes, help lists them all.")...)
	}
	return append(append(out, nil), s.printed(width)...)
}

// lines is what the last command printed, laid out for a screen.
func (s *paletteSheet) lines(width int) []string {
	if s.output == nil {
		return nil
	}
	return strings.Split(strings.TrimRight(s.output(max(20, width-4)), "\n"), "\n")
}

// printed is what the last command printed, from the line on to which the person has scrolled.
func (s *paletteSheet) printed(width int) []line {
	t := toneText
	if s.code != command.ExitOK {
		t = toneBad
	}
	var out []line
	all := s.lines(width)
	for _, text := range all[min(s.from, len(all)):] {
		broken := view.Wrap(text, max(10, width-4))
		// Two blanks inside of a line are columns of a table; breaking it at words would move them.
		if strings.Contains(strings.TrimSpace(text), "  ") {
			broken = view.Chunks(text, max(10, width-4))
		}
		for _, part := range broken {
			out = append(out, lineOf(t, "  "+part))
		}
	}
	return out
}
