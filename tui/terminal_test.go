package tui

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"tuppence/server/view"
	"tuppence/tui/command"
	"tuppence/tui/command/commandtest"
)

// terminal is a person at a terminal: it runs the program's commands as Bubble Tea does, and waits for what appears.
type terminal struct {
	t    testing.TB
	m    *Model
	msgs chan tea.Msg
	rung Alarms
	quit bool
	late time.Duration // how far the clock has gone on since the test began
}

// connect starts the screens of a caller; the session ends with the test.
func connect(t testing.TB, svc command.Service, who view.Caller, o ScreenOptions) *terminal {
	t.Helper()
	s := &terminal{t: t, msgs: make(chan tea.Msg, 64)}
	if o.Now == nil {
		o.Now = func() time.Time { return commandtest.Now.Add(s.late) }
	}
	if o.NewID == nil {
		o.NewID = func() string { return "id-1" }
	}
	s.m = New(t.Context(), svc, who, o).(*Model)
	s.start(s.m.Init())
	s.wait()
	return s
}

// ada is a member at an ordinary terminal, with her service.
func ada(t testing.TB) (*terminal, *commandtest.Service) {
	t.Helper()
	f := commandtest.New()
	return connect(t, f, commandtest.Ada, ScreenOptions{}), f
}

// wantCalls fails if the service was not called so often.
func wantCalls(t testing.TB, f *commandtest.Service, want int, methods ...string) {
	t.Helper()
	if got := f.Calls(methods...); got != want {
		t.Errorf("%d calls of %v, want %d", got, methods, want)
	}
}

func (s *terminal) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	ctx := s.t.Context()
	go func() {
		select {
		case s.msgs <- cmd():
		case <-ctx.Done():
		}
	}()
}

// take waits for one message and handles it.
func (s *terminal) take(why string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
	defer cancel()
	select {
	case msg := <-s.msgs:
		switch msg := msg.(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				s.start(c)
			}
		case tea.QuitMsg:
			s.quit = true
		case Alarm:
			s.rung.Set(msg, func(later tea.Msg) { s.start(func() tea.Msg { return later }) })
		default:
			s.update(msg)
		}
	case <-ctx.Done():
		s.t.Fatalf("%s; the screen is:\n%s", why, s.view())
	}
}

func (s *terminal) update(msg tea.Msg) {
	_, cmd := s.m.Update(msg)
	s.start(cmd)
}

// wait waits until every call of the service has returned.
func (s *terminal) wait() {
	s.t.Helper()
	for s.running() {
		s.take("the service does not return")
	}
}

func (s *terminal) running() bool {
	for _, st := range s.m.requests {
		if st.running {
			return true
		}
	}
	return false
}

// keys of a keyboard by their names; anything else is typed as text.
var keyTypes = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab,
	"space": tea.KeySpace, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"home": tea.KeyHome, "end": tea.KeyEnd,
	"backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "ctrl+a": tea.KeyCtrlA, "ctrl+c": tea.KeyCtrlC,
	"ctrl+d": tea.KeyCtrlD, "ctrl+e": tea.KeyCtrlE,
	"ctrl+k": tea.KeyCtrlK, "ctrl+r": tea.KeyCtrlR, "ctrl+s": tea.KeyCtrlS, "ctrl+t": tea.KeyCtrlT,
	"ctrl+u": tea.KeyCtrlU, "ctrl+w": tea.KeyCtrlW, "ctrl+x": tea.KeyCtrlX, "ctrl+z": tea.KeyCtrlZ,
}

// press presses keys one after the other, waits for what they fetch, and looks at what comes before the next.
func (s *terminal) press(names ...string) *terminal {
	s.t.Helper()
	for _, n := range names {
		s.hit(n)
		s.wait()
		if s.m.guarded() {
			s.late += s.m.guardedUntil.Sub(s.m.now())
		}
	}
	return s
}

// choose walks down a list until the line that begins so is chosen: what else is in the list is another test's.
func (s *terminal) choose(words string) *terminal {
	s.t.Helper()
	s.press("g")
	for range 99 {
		for l := range strings.Lines(s.view()) {
			l = strings.TrimLeft(l, " ")
			if rest, is := strings.CutPrefix(strings.Replace(l, "> ", "▐ ", 1), "▐ "); is && strings.HasPrefix(rest, words) {
				return s
			}
		}
		s.press("j")
	}
	s.t.Fatalf("no line %q:\n%s", words, s.view())
	return s
}

// hit presses a key and does not wait. Several letters come in one packet.
func (s *terminal) hit(name string) {
	if k, ok := keyTypes[name]; ok {
		s.update(Key{tea.KeyMsg{Type: k}, true})
		return
	}
	for _, r := range name { // one by one, as package ssh hands them over
		s.update(Key{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}, utf8.RuneCountInString(name) == 1})
	}
}

// paste pastes a text with its marks.
func (s *terminal) paste(text string) {
	s.update(Key{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true}, true})
}

// steady fails if drawing changes something: the screen is the same when it is drawn twice.
func (s *terminal) steady() {
	s.t.Helper()
	screen, at := s.m.View(), s.m.caret
	if again := s.m.View(); again != screen || s.m.caret != at {
		s.t.Fatalf("drawn twice, the screen is first\n%s\nand then\n%s", screen, again)
	}
}

// view is the screen as plain text.
func (s *terminal) view() string {
	lines := strings.Split(ansi.Strip(s.m.View()), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// see waits until a text is on the screen.
func (s *terminal) see(texts ...string) *terminal {
	s.t.Helper()
	for _, text := range texts {
		for !strings.Contains(s.view(), text) {
			s.take("no " + text)
		}
	}
	return s
}

// unseen fails if a text is on the screen.
func (s *terminal) unseen(texts ...string) *terminal {
	s.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.view(), text) {
			s.t.Errorf("%q is on the screen:\n%s", text, s.view())
		}
	}
	return s
}
