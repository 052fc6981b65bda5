package tui

import (
	"bytes"
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"tuppence/server/ledger"
)

// helpSheet tells the keys, and the commands that the palette and the shell take.
type helpSheet struct{}

func (*helpSheet) crumb() string       { return "Help" }
func (*helpSheet) typing() bool        { return false }
func (*helpSheet) load(*Model) tea.Cmd { return nil }
func (*helpSheet) hints(*Model) []hint { return []hint{{"j k", "scroll"}, {"esc", "back"}} }

func (s *helpSheet) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "?" {
		return m.close(), true
	}
	return nil, false
}

func (s *helpSheet) draw(m *Model, width, _ int) []row { return helpRows(m, width) }

// helpRows are the keys of the screen below, those of every screen, and the commands of the role.
func helpRows(m *Model, width int) []row {
	below := m.places[m.place]
	if n := len(m.over); n > 1 {
		below = m.over[n-2]
	}
	out := []row{heading("Keys: " + below.crumb())}
	keys := func(all []hint) {
		for _, h := range all {
			out = append(out, say(toneKey, "  "+pad(h.key, 10)).and(toneText, h.what))
		}
	}
	keys(below.hints(m))
	out = append(out, nil, heading("Keys: everywhere"))
	all := []hint{
		{"1-9 tab", "places"},
		{"j k", "down and up"},
		{"-", "the last place"},
		{"esc", "one step back"},
		{":", "type a command"},
		{"r", "look again"},
		{"ctrl+t", "other colours"},
		{"ctrl+l", "draw again"},
		{"q ctrl+c", "leave"},
	}
	if m.me.Role == ledger.RoleNone { // the sign-up leads nowhere else
		all = all[len(all)-3:]
	}
	if May(m.me, ledger.RoleUser) {
		all = append([]hint{{"a", "answer a request"}, {"f", "add funds"}, {"w", "open the purchase window"}, {"ctrl+x", "close it"}}, all...)
	}
	keys(all)
	out = append(out, nil, heading("Commands: type : first, or ssh "+clean(m.house.Host)+" COMMAND"))
	wide := 0
	for _, c := range CommandsFor(m.me) {
		wide = max(wide, min(width/2, ansi.StringWidth(c.Line())))
	}
	for _, c := range CommandsFor(m.me) {
		out = append(out, say(toneStrong, "  "+pad(c.Line(), wide)).and(toneText, " "+c.Help))
	}
	return out
}

// palette runs a command line and shows its answer.
type palette struct {
	form   form
	output []string
	typed  []string // earlier lines
	at     int
	code   int
	from   int
}

func (*palette) crumb() string       { return "Command" }
func (*palette) typing() bool        { return true }
func (*palette) load(*Model) tea.Cmd { return nil }

func (*palette) hints(*Model) []hint {
	return []hint{{"enter", "run"}, {"↑↓", "earlier"}, {"pgup pgdn", "scroll"}, {"esc", "back"}}
}

func (s *palette) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	s.begin()
	switch k.String() {
	case "up", "down":
		if k.String() == "up" {
			s.at = max(0, s.at-1)
		} else {
			s.at = min(len(s.typed), s.at+1)
		}
		s.form.fields[0].value = ""
		if s.at < len(s.typed) {
			s.form.fields[0].value = s.typed[s.at]
		}
		return nil, true
	case "pgdown", "pgup":
		move(&s.from, len(s.output), k.String())
		return nil, true
	case "tab":
		if near := s.near(m); len(near) > 0 {
			s.form.fields[0].value = near[0].Path + " "
		}
		return nil, true
	}
	send, used := s.form.key(k)
	line := s.form.text(0)
	if !send || line == "" {
		return nil, used
	}
	s.typed, s.form.fields[0].value = append(s.typed, line), ""
	s.at, s.form.busy = len(s.typed), true
	return s.run(m, line), true
}

func (s *palette) begin() {
	if len(s.form.fields) == 0 {
		s.form.fields = []field{{name: ":", most: 500}}
	}
}

// run hands the line to the table of commands, as `ssh HOST LINE` does.
func (s *palette) run(m *Model, line string) tea.Cmd {
	args, err := Words(line)
	if err != nil {
		s.output, s.code, s.form.busy = []string{"Not understood: " + err.Error() + "."}, ExitUsage, false
		return nil
	}
	o := Options{Log: m.o.Log, NewID: m.o.NewID, Now: m.o.Now, Version: m.o.Version, Width: max(20, m.width-4)}
	type printed struct {
		text, again string
		code        int
	}
	return ask(m, "command", func(ctx context.Context) (printed, error) {
		var out bytes.Buffer
		code, again := execute(ctx, m.svc, m.who, args, strings.NewReader(""), &out, &out, o)
		return printed{out.String(), again, code}, nil
	}, func(p printed) tea.Cmd {
		s.form.busy, s.code, s.from = false, p.code, 0
		s.output = strings.Split(strings.TrimRight(p.text, "\n"), "\n")
		if p.again != "" { // what was only tried stands ready: enter does it
			s.form.fields[0].value = p.again
			return tea.Batch(m.refresh(), m.deafen(deafFor))
		}
		return m.refresh()
	})
}

// near are the commands that begin as the line does.
func (s *palette) near(m *Model) []Command {
	line := strings.TrimLeft(s.form.fields[0].value, " ")
	var all []Command
	for _, c := range CommandsFor(m.me) {
		if line != "" && (strings.HasPrefix(c.Path, line) || strings.HasPrefix(line, c.Path+" ")) {
			all = append(all, c)
		}
	}
	return all
}

func (s *palette) draw(m *Model, width, height int) []row {
	p := *s
	p.begin()
	out := p.form.draw(width)
	for _, c := range p.near(m)[:min(6, len(p.near(m)))] {
		out = append(out, say(toneFaint, "  "+pad(c.Line(), 30)+" "+c.Help))
	}
	if len(p.output) == 0 && len(out) < 3 {
		out = append(out, nil)
		return append(out, prose(toneFaint, width, "Type a command, for example history or limits set day 5 EUR. tab completes, help lists them all.")...)
	}
	out = append(out, nil)
	t := toneText
	if p.code != ExitOK {
		t = toneBad
	}
	for _, l := range p.output[min(p.from, len(p.output)):] {
		wrapped := ansi.Wrap(l, max(10, width-4), "")
		if strings.Contains(strings.TrimSpace(l), "  ") { // columns stay where they are
			wrapped = ansi.Hardwrap(l, max(10, width-4), true)
		}
		for _, part := range strings.Split(wrapped, "\n") {
			out = append(out, say(t, "  "+part))
		}
	}
	return out
}
