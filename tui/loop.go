package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// touchEvery bounds how often key presses are told to the service. The purchase window is minutes long.
const touchEvery = 10 * time.Second

// beat comes when the clock on the screen moves.
type beat struct{ n uint64 }

// woke comes when something of this person may have changed.
type woke struct{}

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.KeyMsg:
		return m, m.press(msg)
	case answered:
		return m, m.hear(msg)
	case beat:
		if msg.n == m.beats {
			return m, m.beat()
		}
	case woke:
		return m, tea.Batch(m.refresh(), m.listen())
	}
	return m, nil
}

// press takes one key (package ssh takes packets of several apart): the top screen first, then the keys that work everywhere.
func (m *Model) press(k tea.KeyMsg) tea.Cmd {
	name := k.String()
	if name == "ctrl+c" {
		return tea.Quit
	}
	m.note = span{}
	if m.tooSmall() {
		if name == "q" {
			return tea.Quit
		}
		return nil
	}
	top := m.top()
	if top == nil {
		return m.whileMeeting(name)
	}
	if m.deaf() && name != "esc" {
		m.tell(toneWarn, "That key came before this could be read. Look, then press it again.")
		return nil
	}
	if name == "ctrl+x" {
		return m.lock()
	}
	touch := m.touch()
	cmd, used := top.key(m, k)
	if !used && m.scrollKey(name) {
		used = true
	}
	if !used && (!top.typing() || k.Type != tea.KeyRunes && k.Type != tea.KeySpace) {
		cmd = m.everywhere(name)
	}
	return tea.Batch(touch, cmd)
}

// whileMeeting takes keys before the service has said who is calling.
func (m *Model) whileMeeting(name string) tea.Cmd {
	switch name {
	case "q", "esc":
		return tea.Quit
	case "ctrl+r", "r", "enter":
		if !m.slot("me").running {
			return m.meet()
		}
	}
	return nil
}

// everywhere takes the keys that mean the same on every screen.
func (m *Model) everywhere(name string) tea.Cmd {
	if len(name) == 1 && name[0] >= '1' && name[0] <= '9' {
		return m.goTo(int(name[0] - '1'))
	}
	switch name {
	case "q":
		return tea.Quit
	case "esc", "left":
		if len(m.over) > 0 {
			return m.close()
		}
	case "tab":
		return m.goTo((m.place + 1) % len(m.places))
	case "shift+tab":
		return m.goTo((m.place + len(m.places) - 1) % len(m.places))
	case "-":
		return m.goTo(m.last)
	case "?", "f1":
		return m.open(&helpSheet{})
	case ":":
		return m.open(&palette{})
	case "ctrl+r", "r":
		return m.refresh()
	case "ctrl+l":
		return tea.ClearScreen
	case "ctrl+t":
		return m.nextTheme()
	}
	if May(m.me, ledger.RoleUser) {
		return m.inWallet(name)
	}
	return nil
}

// inWallet takes the keys of everybody who has a wallet.
func (m *Model) inWallet(name string) tea.Cmd {
	switch name {
	case "a":
		return m.open(newAnswering())
	case "f":
		return m.open(newFunding(m))
	case "w":
		m.locked, m.touched = false, time.Time{}
		m.tell(toneGood, "The purchase window is open.")
		return m.touch()
	}
	return nil
}

// touch tells the service that the person is here, not too often.
func (m *Model) touch() tea.Cmd {
	now := m.now()
	if m.locked || !May(m.me, ledger.RoleUser) || now.Sub(m.touched) < touchEvery && !m.touched.IsZero() {
		return nil
	}
	m.touched = now
	return ask(m, "touch", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, m.svc.Touch(ctx, m.who)
	}, func(struct{}) tea.Cmd {
		closed := !m.home.WindowUntil.After(now)
		if !m.locked {
			m.home.WindowUntil = now.Add(m.house.Window)
		}
		if closed {
			return m.overview() // an earlier question may still bring the closed window
		}
		return nil
	})
}

// lock closes the purchase window now; keys leave it closed until w.
func (m *Model) lock() tea.Cmd {
	if !May(m.me, ledger.RoleUser) {
		return nil
	}
	m.locked = true
	return ask(m, "lock", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, m.svc.Lock(ctx, m.who)
	}, func(struct{}) tea.Cmd {
		m.home.WindowUntil = time.Time{}
		m.tell(toneWarn, "The purchase window is closed. w opens it again.")
		return nil
	})
}

// nextTheme shows the next theme and keeps it for the person.
func (m *Model) nextTheme() tea.Cmd {
	next := themeNames[0]
	for i, n := range themeNames {
		if n == m.theme.name {
			next = themeNames[(i+1)%len(themeNames)]
		}
	}
	m.theme = themeOf(next, m.o.Profile)
	m.tell(toneText, "Theme: "+m.theme.name)
	if !May(m.me, ledger.RoleUser) {
		return nil
	}
	return ask(m, "theme", func(ctx context.Context) (ledger.Identity, error) {
		return m.svc.Settings(ctx, m.who, "", next)
	}, func(id ledger.Identity) tea.Cmd {
		m.me.Theme = id.Theme
		return nil
	})
}

// watch asks to be woken when something changed.
func (m *Model) watch() tea.Cmd {
	return ask(m, "watch", func(context.Context) (<-chan struct{}, error) {
		return m.svc.Watch(m.ctx, m.who) // lives as long as the session, not as the question
	}, func(c <-chan struct{}) tea.Cmd {
		m.woken = c
		return m.listen()
	})
}

// listen waits for the next wake.
func (m *Model) listen() tea.Cmd {
	c, ctx := m.woken, m.ctx
	if c == nil {
		return nil
	}
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-c:
			if !open {
				return nil
			}
			return woke{}
		}
	}
}

// rebeat starts the clock anew, for a screen whose deadline is nearer.
func (m *Model) rebeat() tea.Cmd {
	m.beats++
	return m.beat()
}

// beat waits until the clock on the screen moves: at the next minute, every second in the last minute of a deadline.
func (m *Model) beat() tea.Cmd {
	now, n := m.now(), m.beats
	wait := now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	deadlines := []time.Time{m.home.WindowUntil}
	if s, ok := m.top().(*approvalSheet); ok {
		deadlines = append(deadlines, s.a.Expires)
	}
	for _, d := range deadlines {
		switch left := d.Sub(now); {
		case left > 0 && left <= time.Minute:
			wait = min(wait, time.Second)
		case left > time.Minute:
			wait = min(wait, left-time.Minute)
		}
	}
	return after(m.ctx, max(wait, time.Second/2), beat{n}, &m.stopBeat)
}

// after sends a message later. The session's end and a later call with the same stop end it; tea.Tick would hold its
// goroutine until its time has come.
func after(ctx context.Context, wait time.Duration, msg tea.Msg, stop *context.CancelFunc) tea.Cmd {
	if *stop != nil {
		(*stop)()
	}
	ctx, *stop = context.WithCancel(ctx)
	return func() tea.Msg {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return msg
		}
	}
}
