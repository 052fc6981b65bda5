package tui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// changed comes when something of this person may have changed.
type changed struct{ view.Wake }

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.handle(msg)
	if end := m.endNote(); end != nil {
		cmd = tea.Batch(cmd, end)
	}
	return m, cmd
}

// handle takes one message.
func (m *Model) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		return m.resize(msg.Width, msg.Height)
	case Key:
		return m.press(msg)
	case Mouse:
		return m.point(msg)
	case response:
		return tea.Batch(m.apply(msg), m.listenAgain())
	case tick:
		if msg.n == m.ticks {
			return m.nextTick()
		}
	case changed:
		if !msg.Anything() {
			m.home.WindowUntil = msg.Window
			return m.listen()
		}
		return m.refreshOnce()
	case Ending:
		m.ending = ending{msg.Why, m.now().Add(msg.Left)}
		return m.restartClock()
	case paused:
		return msg.then()
	case noteOver:
		if msg.n == m.notes {
			m.note, m.undo = span{}, nil
		}
	}
	return nil
}

// resize takes a new size. Screens are drawn for it by themselves; the history may have room for more, and fetches it.
func (m *Model) resize(width, height int) tea.Cmd {
	m.width, m.height = width, height
	if p, ok := m.top().(*historyPlace); ok {
		return p.fetchDetail(m)
	}
	return nil
}

// press takes one key. The order matters:
//
//  1. ctrl+c leaves, whatever is shown: a person must never be locked in.
//  2. A note ends with the next key that comes alone, since it was about the last one, or about the whole packet. One
//     that offers an undo ends with any key.
//  3. A terminal that is too small shows nothing that a key could be meant for.
//  4. Keys that came before their screen could be read are dropped, but for esc, which does no harm.
//  5. The purchase window can be closed from everywhere, forms too. To open it again is a decision.
//  6. What is read beside a list has the keys that scroll. The screen on top has the key first, then scrolling, then
//     the keys that work everywhere. Letters that a form does not want are dropped: in a form they were meant as text.
func (m *Model) press(k Key) tea.Cmd {
	if top := m.top(); top == nil || !top.typing() {
		k = latin(k)
	}
	name := k.String()
	if name == "ctrl+c" {
		return tea.Quit
	}
	if m.ending.why == EndsIdle { // the person is here
		m.ending = ending{}
	}
	undo := m.undo
	if k.Alone || undo != nil {
		m.note, m.undo = span{}, nil
	}
	if m.tooSmall() {
		if name == "q" {
			return tea.Quit
		}
		return nil
	}
	top := m.top()
	if top == nil {
		return m.pressUnknown(name)
	}
	if m.guarded() && name != "esc" {
		m.notify(toneWarn, "That key came before this could be read. Look, then press it again.")
		return nil
	}
	bound := m.bound(name)
	if bound == "lock" {
		return m.lock()
	}
	if bound == "window" && !top.typing() && !m.decides(k) {
		return nil
	}
	// Every key says that the person is here, also one that means nothing.
	touch := m.touch()
	if undo != nil && name == undoKey && !top.typing() && m.decides(k) {
		return tea.Batch(touch, undo())
	}
	if !top.typing() && m.pane.key(top.name(), name) {
		return touch
	}
	cmd, used := top.key(m, k)
	if !used && m.scrollKey(name) {
		used = true
	}
	if !used && (!top.typing() || k.Type != tea.KeyRunes && k.Type != tea.KeySpace) {
		cmd = m.everywhere(name, bound)
	}
	return tea.Batch(touch, cmd)
}

// everywhere does what a key does on every screen. One that means something to others only says who may.
func (m *Model) everywhere(name, bound string) tea.Cmd {
	cmd, used := m.run(bound)
	if used {
		return cmd
	}
	notes := m.notes
	if cmd = m.navigate(name); cmd == nil && m.notes == notes {
		m.forbidKey(name)
	}
	return cmd
}

// pressUnknown takes keys before the service has said who is calling.
func (m *Model) pressUnknown(name string) tea.Cmd {
	switch name {
	case "q", "esc":
		return tea.Quit
	case "ctrl+r", "r", "enter":
		if !m.request(callerRequest).running {
			return m.loadCaller()
		}
	}
	return nil
}

// nextTheme shows the next theme and stores it for the person. One that is chosen before there is a wallet waits for
// it.
func (m *Model) nextTheme() tea.Cmd {
	if m.o.Profile <= colorprofile.ASCII { // what is stored is for the person's other terminals
		m.notify(toneText, "This terminal shows no colours.")
		return nil
	}
	return m.wear(themeNames[(slices.Index(themeNames, m.theme.name)+1)%len(themeNames)])
}

// wear shows a theme and stores it for the person.
func (m *Model) wear(name string) tea.Cmd {
	m.chosenTheme = name
	m.dress()
	m.notify(toneText, "Theme: "+m.theme.name)
	if !m.hasWallet() {
		return nil
	}
	return m.storeTheme()
}

// storeTheme stores the theme that was chosen in this session, if one was.
func (m *Model) storeTheme() tea.Cmd {
	name := m.chosenTheme
	if name == "" {
		return nil
	}
	change := view.SettingsChange{Theme: name}
	return fetch(m, "theme", ownOf(m, m.svc.Settings, change), func(id view.Identity) tea.Cmd {
		m.me.Theme = id.Theme
		return nil
	})
}

// readSettings takes over what the command of the settings has stored.
func (m *Model) readSettings(args []string) tea.Cmd {
	if args[0] != "settings" || !m.hasWallet() {
		return nil
	}
	return fetch(m, "settings", own(m, m.svc.WhoAmI), func(id view.Identity) tea.Cmd {
		m.me.Settings, m.zone = id.Settings, command.ZoneOf(id.Zone)
		m.chosenTheme = id.Theme
		m.theme = themeOf(id.Theme, m.o.Profile, m.signs())
		return nil
	})
}

// watch subscribes to changes of what this person sees. A wake says that something changed and not what: the screens
// fetch again what they show, so a wake that is lost or comes twice does no harm.
func (m *Model) watch() tea.Cmd {
	return fetch(m, "watch", func(context.Context) (<-chan view.Wake, error) {
		return m.svc.Watch(m.ctx, m.who) // lives as long as the session, not as the call
	}, func(c <-chan view.Wake) tea.Cmd {
		m.changes = c
		return m.listen()
	})
}

// refreshOnce fetches what is shown after a wake. The next wake is listened for when all of that has come, so wakes
// that come faster are one.
func (m *Model) refreshOnce() tea.Cmd {
	before := m.seq
	cmd := m.refresh()
	m.awaited = []string{}
	for name, r := range m.requests {
		if r.running && r.seq > before || r.next != nil {
			m.awaited = append(m.awaited, name)
		}
	}
	return tea.Batch(cmd, m.listenAgain())
}

// listenAgain listens for the next wake once all has come that the last one has asked for.
func (m *Model) listenAgain() tea.Cmd {
	if m.awaited == nil || slices.ContainsFunc(m.awaited, func(name string) bool { return m.request(name).running }) {
		return nil
	}
	m.awaited = nil
	return m.listen()
}

// listen waits for the next change.
func (m *Model) listen() tea.Cmd {
	c, ctx := m.changes, m.ctx
	if c == nil {
		return nil
	}
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case w, open := <-c:
			if !open {
				return nil
			}
			return changed{w}
		}
	}
}
