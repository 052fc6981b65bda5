package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// Key is the message that a key was pressed, or that a text was pasted. The screens take no other: package ssh sends
// one for each key, in the order in which they were typed.
type Key struct {
	tea.KeyMsg
	// Alone is true for a key that was all that its packet brought. Text that is pasted without marks, and what a terminal
	// says by itself, come with company: see decides.
	Alone bool
}

// hint is a key and what it does, for the footer and the help. A hint promises nothing: what a key does is said by
// key, and a test holds the keys that work against the table of commands.
type hint struct{ key, what string }

// binding is a key that does what a command does. The table of commands says which they are; the help takes its
// words from there too.
type binding struct {
	screen string // where it works, "" on every screen
	key    string
	path   string // of the command
	help   string
}

// bindings returns the keys that the table of commands names: "f" works everywhere, "vendors:u" on that screen only.
func bindings(all []command.Command) []binding {
	var out []binding
	for _, c := range all {
		for _, k := range strings.Fields(c.Key) {
			b := binding{key: k, path: c.Path, help: cmp.Or(c.KeyHelp, c.Help)}
			if screen, key, local := strings.Cut(k, ":"); local && screen != "" {
				b.screen, b.key = screen, key
			}
			out = append(out, b)
		}
	}
	return out
}

// keysFor are the bindings of every screen that a key of SSH may use. They are kept for the session, since each look
// at the table of commands makes it anew.
func keysFor(me view.Identity) []binding {
	all := slices.DeleteFunc(bindings(command.CommandsFor(me)), func(b binding) bool { return b.screen != "" })
	return slices.Clone(all) // without the room of the others
}

// bound returns the command that a key stands for on every screen, "" if there is none.
func (m *Model) bound(key string) string {
	for _, b := range m.keys {
		if b.key == key {
			return b.path
		}
	}
	return ""
}

// run does on the screen what a command does that has a key on every screen; ok is false for a command without one.
// A command line says everything at once, a screen asks: so fund opens its form, and pending its list.
func (m *Model) run(path string) (cmd tea.Cmd, ok bool) {
	switch path {
	case "help":
		return m.open(&helpSheet{reach: "ssh " + view.Clean(m.house.Host)}), true
	case "pending":
		return m.open(newPendingSheet()), true
	case "fund":
		return m.open(newFundSheet(m)), true
	case "window":
		return m.openWindow(), true
	case "lock":
		return m.lock(), true
	case "settings":
		return m.nextTheme(), true
	}
	return nil, false
}

// navigation are the keys that are no command: they move, open and leave. The help lists them.
func navigation(places bool) []hint {
	all := []hint{
		{"1-9 tab", "places"},
		{"tab esc", "beside a list: read on, back to the list"},
		{"- [ ]", "last place, back, forward"},
		{"j k g G", "down, up, first, last"},
		{"pgdown pgup", "a page; half: ctrl+d ctrl+u"},
		{"enter right", "open, go on"},
		{"esc left", "one step back"},
		{": ctrl+k", "anything: find, go, do"},
		{"y Y", "copy, print"},
		{"Q", "as a code for another device"},
		{undoKey, "undo, while it is offered"},
		{"r", "look again"},
		{"ctrl+t", "other colours"},
		{"ctrl+l", "draw again"},
		{"q ctrl+c", "leave"},
	}
	if !places { // the sign-up leads nowhere else
		return all[len(all)-3:]
	}
	return all
}

// listKeys are the keys of every list beside those that move.
var listKeys = []hint{
	{"s", "sort"},
	{"space", "mark"},
	{"S", "turn round"},
	{"*", "mark all"},
	{"c", "columns"},
	{"v", "saved views"},
	{"e", "export"},
}

// keysEverywhere are the keys of every screen: those of commands, in the words of the table, then the others.
func (m *Model) keysEverywhere() []hint {
	var all []hint
	for i, b := range m.keys {
		if i > 0 && b.path == m.keys[i-1].path { // another key of the same command
			all[len(all)-1].key += " " + b.key
			continue
		}
		all = append(all, hint{b.key, b.help})
	}
	for _, h := range navigation(m.me.Role != ledger.RoleNone) {
		if m.bound(h.key) == "" {
			all = append(all, h)
		}
	}
	return all
}

// navigate takes the keys that are no command; they mean the same on every screen. Esc and left go back one step and
// never leave: a person who presses them once too often stays in the wallet.
func (m *Model) navigate(name string) tea.Cmd {
	if len(name) == 1 && name[0] >= '1' && name[0] <= '9' {
		return m.goTo(int(name[0] - '1'))
	}
	switch name {
	case "q":
		return tea.Quit
	case "esc", "left":
		if len(m.sheets) > 0 {
			return m.close()
		}
	case "right": // opens the chosen row, and nothing that lies above a place: there enter may decide
		if top := m.top(); len(m.sheets) == 0 && top != nil {
			cmd, _ := top.key(m, Key{tea.KeyMsg{Type: tea.KeyEnter}, true})
			return cmd
		}
	case "tab":
		return m.goTo((m.place + 1) % len(m.places))
	case "shift+tab":
		return m.goTo((m.place + len(m.places) - 1) % len(m.places))
	case "-":
		return m.goTo(m.last)
	case "[", "]":
		if cmd, beside := m.goBeside(map[string]tea.KeyType{"[": tea.KeyUp, "]": tea.KeyDown}[name]); beside {
			return cmd
		}
		if name == "]" {
			return m.wander(&m.forward, &m.back)
		}
		return m.wander(&m.back, &m.forward)
	case "y", "Y":
		return m.takeAway(name)
	case "Q":
		return m.openCode()
	case ":", "ctrl+k":
		return m.open(newPaletteSheet(m))
	case "ctrl+r", "r":
		return m.refresh()
	case "ctrl+l":
		return tea.ClearScreen
	case "ctrl+t": // the table names it for a key that can store the theme; others have it for their session
		return m.nextTheme()
	}
	return nil
}

// wander goes to the place that was left last, or left by going back.
func (m *Model) wander(from, to *[]int) tea.Cmd {
	n := len(*from)
	if n == 0 {
		return nil
	}
	at := (*from)[n-1]
	*from, *to = (*from)[:n-1], append(*to, m.place)
	m.sheets, m.last, m.place, m.scroll = nil, m.place, at, 0
	return m.refresh()
}

// visitsKept bounds how far back a person can go.
const visitsKept = 50

// copier is a screen that has something to take away: an id, a reference, a code.
type copier interface{ copyable() string }

// takeAway copies what the screen has to take away, or prints it on a line of its own.
func (m *Model) takeAway(name string) tea.Cmd {
	if of, several := m.top().(identified); several {
		if all := of.ids(m); len(all) > 1 {
			return m.open(&copySheet{all: all, print: name == "Y"})
		}
	}
	c, has := m.top().(copier)
	if !has || c.copyable() == "" {
		return nil
	}
	if name == "Y" {
		return m.open(&printer{c.copyable()})
	}
	return m.copyText(c.copyable())
}
