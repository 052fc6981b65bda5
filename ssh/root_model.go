package ssh

import (
	"reflect"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui"
)

// gap is the shortest time between two frames of one session. The first change after a pause is shown at once; what
// follows within the gap is shown together at its end.
const gap = 8 * time.Millisecond

// rootModel wraps the model of a session: frames go to the painter instead of a renderer, panics end the session and
// nothing else, and ctrl+c always leaves. All of it runs in the event loop of the program.
type rootModel struct {
	model  tea.Model
	paint  *painter
	failed func(any) // reports a panic and ends the session
	send   func(tea.Msg)
	now    func() time.Time
	alarms tui.Alarms

	clock  bool      // what has changed since the last frame is told by Moved
	drawn  time.Time // when that was
	due    bool      // less than a gap ago: another frame waits
	still  bool      // the last message changed nothing
	broken bool      // the model panicked: it is not asked again
}

// rested comes a gap after a frame, if another one waits.
type rested struct{}

// clearScreen and execute are messages of Bubble Tea that have no name.
var clearScreen, execute = reflect.TypeOf(tea.ClearScreen()), reflect.TypeOf(tea.Exec(nil, nil)())

// moving is a model of which some messages change few lines of the screen that was drawn last, see [tui.Model.Moved].
type moving interface {
	Moves(tea.Msg) bool
	Moved() (lines map[int]string, only bool)
}

// Init implements tea.Model.
func (m *rootModel) Init() (cmd tea.Cmd) {
	defer m.contain(&cmd)
	return m.guard(m.model.Init())
}

// Update implements tea.Model.
func (m *rootModel) Update(msg tea.Msg) (_ tea.Model, cmd tea.Cmd) {
	defer m.contain(&cmd)
	if m.broken {
		return m, tea.Quit
	}
	switch msg := msg.(type) {
	case rested:
		m.due, m.drawn = false, time.Time{}
		return m, nil
	case tui.Alarm:
		m.alarms.Set(msg, m.send)
		m.still = true
		return m, nil
	case tui.Key:
		if msg.Type == tea.KeyCtrlC {
			return m, tea.Sequence(m.update(msg), tea.Quit)
		}
	}
	if effect, is := msg.(tui.Effect); is {
		m.paint.effect(effect)
		m.still = true
		return m, nil
	}
	if reflect.TypeOf(msg) == clearScreen {
		m.paint.again()
	}
	return m, m.update(msg)
}

func (m *rootModel) update(msg tea.Msg) tea.Cmd {
	model, cmd := m.model.Update(msg)
	m.model = model
	mv, is := model.(moving)
	m.clock = m.clock && is && mv.Moves(msg)
	return m.guard(cmd)
}

// View implements tea.Model. Bubble Tea asks after every message; a frame is made only when one may be shown.
func (m *rootModel) View() string {
	defer m.contain(nil)
	switch {
	case m.broken:
	case m.still:
		m.still = false
	case m.due:
	default:
		m.draw()
	}
	return ""
}

// draw shows a frame, or the lines of it that have moved. Within a gap of the last one it waits for the end of the gap.
func (m *rootModel) draw() {
	now := m.now()
	if left := gap - now.Sub(m.drawn); left > 0 && left <= gap {
		m.due = true
		time.AfterFunc(left, func() { m.send(rested{}) })
		return
	}
	m.drawn = now
	if mv, is := m.model.(moving); is && m.clock {
		if lines, only := mv.Moved(); only {
			m.paint.move(lines)
			return
		}
	}
	m.clock = true
	m.paint.listen(wantsMouse(m.model))
	m.paint.show(m.model.View(), caretOf(m.model), linksOf(m.model)...)
}

// contain ends the session when its model panicked.
func (m *rootModel) contain(cmd *tea.Cmd) {
	if r := recover(); r != nil {
		m.broken = true
		m.failed(r)
		if cmd != nil {
			*cmd = tea.Quit
		}
	}
}

// guard makes a command safe: a panic in it ends the session, also in those that it starts. Bubble Tea runs commands in
// goroutines of its own, where contain does not reach.
func (m *rootModel) guard(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				m.failed(r)
				msg = tea.QuitMsg{}
			}
		}()
		return m.guardAll(cmd())
	}
}

var commands = reflect.TypeOf([]tea.Cmd(nil))

// guardAll guards the commands inside a message: tea.BatchMsg and the unexported one of tea.Sequence.
func (m *rootModel) guardAll(msg tea.Msg) tea.Msg {
	if msg == nil || !reflect.TypeOf(msg).ConvertibleTo(commands) {
		return msg
	}
	v := reflect.ValueOf(msg)
	safe := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for k := range v.Len() {
		if cmd, ok := v.Index(k).Interface().(tea.Cmd); ok && cmd != nil {
			safe.Index(k).Set(reflect.ValueOf(m.guard(cmd)))
		}
	}
	return safe.Interface()
}
