package ssh

import (
	"reflect"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// gap is the shortest time between two frames of one session. The first change after a pause is shown at once; what
// follows within the gap is shown together at its end.
const gap = 8 * time.Millisecond

// window wraps the model of a session: frames go to the painter instead of a renderer, panics end the session and
// nothing else, keys that came in one packet arrive one by one, and ctrl+c always leaves. All of it runs in the event
// loop of the program.
type window struct {
	model  tea.Model
	paint  *painter
	failed func(any) // reports a panic and ends the session
	send   func(tea.Msg)
	over   atomic.Bool // the program has ended

	resting bool // a frame was drawn less than a gap ago
	due     bool // … and another one waits
	still   bool // the last message changed nothing
	broken  bool // the model panicked: it is not asked again
}

// rested comes a gap after a frame.
type rested struct{}

var clearScreen = reflect.TypeOf(tea.ClearScreen())

// Init implements tea.Model.
func (w *window) Init() (cmd tea.Cmd) {
	defer w.contain(&cmd)
	return w.guard(w.model.Init())
}

// Update implements tea.Model.
func (w *window) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer w.contain(&cmd)
	if w.broken {
		return w, tea.Quit
	}
	switch m := msg.(type) {
	case rested:
		w.resting, w.still = false, !w.due
		return w, nil
	case tea.KeyMsg:
		return w, w.key(m)
	}
	if reflect.TypeOf(msg) == clearScreen {
		w.paint.again()
	}
	return w, w.update(msg)
}

func (w *window) update(msg tea.Msg) tea.Cmd {
	model, cmd := w.model.Update(msg)
	w.model = model
	return w.guard(cmd)
}

// key hands keys over one by one: several in one packet come as one message of many runes.
func (w *window) key(m tea.KeyMsg) tea.Cmd {
	if m.Type == tea.KeyCtrlC {
		return tea.Sequence(w.update(m), tea.Quit)
	}
	if m.Type != tea.KeyRunes || m.Paste || len(m.Runes) < 2 {
		return w.update(m)
	}
	cmds := make([]tea.Cmd, 0, len(m.Runes))
	for _, r := range m.Runes {
		if cmd := w.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: m.Alt}); cmd != nil {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// View implements tea.Model. Bubble Tea asks after every message; a frame is made only when one may be shown.
func (w *window) View() string {
	defer w.contain(nil)
	switch {
	case w.broken:
	case w.still:
		w.still = false
	case w.resting:
		w.due = true
	default:
		w.due = false
		w.paint.show(w.model.View())
		w.resting = true
		time.AfterFunc(gap, func() {
			if !w.over.Load() {
				w.send(rested{})
			}
		})
	}
	return ""
}

// contain ends the session when its model panicked.
func (w *window) contain(cmd *tea.Cmd) {
	if r := recover(); r != nil {
		w.broken = true
		w.failed(r)
		if cmd != nil {
			*cmd = tea.Quit
		}
	}
}

// guard makes a command safe: a panic in it ends the session, also in those that it starts.
func (w *window) guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				w.failed(r)
				msg = tea.QuitMsg{}
			}
		}()
		return w.guardAll(cmd())
	}
}

var commands = reflect.TypeOf([]tea.Cmd(nil))

// guardAll guards the commands inside a message: tea.BatchMsg and the unexported one of tea.Sequence.
func (w *window) guardAll(msg tea.Msg) tea.Msg {
	if msg == nil || !reflect.TypeOf(msg).ConvertibleTo(commands) {
		return msg
	}
	v := reflect.ValueOf(msg)
	safe := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for k := range v.Len() {
		if cmd, ok := v.Index(k).Interface().(tea.Cmd); ok && cmd != nil {
			safe.Index(k).Set(reflect.ValueOf(w.guard(cmd)))
		}
	}
	return safe.Interface()
}
