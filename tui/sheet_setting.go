package tui

import (
	"cmp"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// setting is one line of how the wallet behaves, with the flag of the command settings that has its words and its
// choices. A line in the table below is all that another setting needs.
type setting struct {
	flag, name, note string
	value            func(view.Settings) string
	set              func(*view.SettingsChange, string)
}

// settings are those that a person has, in the order of the place.
var settings = []setting{
	{
		"zone", "Time zone", "at its midnight your days begin",
		func(s view.Settings) string { return cmp.Or(view.Clean(s.Zone), "UTC") },
		func(c *view.SettingsChange, v string) { c.Zone = v },
	},
	{
		"theme", "Colours", "also with ctrl+t",
		func(s view.Settings) string { return cmp.Or(view.Clean(s.Theme), defaultTheme) },
		func(c *view.SettingsChange, v string) { c.Theme = v },
	},
	{
		"notices", "Notices", "of requests that wait for you",
		func(s view.Settings) string { return view.Clean(s.Notices) },
		func(c *view.SettingsChange, v string) { c.Notices = v },
	},
	{
		"mouse", "Mouse", "a click chooses, the wheel scrolls",
		func(s view.Settings) string { return onOff(s.Mouse) },
		func(c *view.SettingsChange, v string) { c.Mouse = new(v == "on") },
	},
	{
		"ascii", "Plain signs", "signs of ASCII only",
		func(s view.Settings) string { return onOff(s.ASCII) },
		func(c *view.SettingsChange, v string) { c.ASCII = new(v == "on") },
	},
	{
		"plain", "Plain mode", "lines instead of screens",
		func(s view.Settings) string { return onOff(s.Plain) },
		func(c *view.SettingsChange, v string) { c.Plain = new(v == "on") },
	},
}

// onOff is a switch in words.
func onOff(is bool) string {
	if is {
		return "on"
	}
	return "off"
}

// settingSheet changes one setting.
type settingSheet struct {
	s    setting
	form form
}

// newSettingSheet begins with the value that holds. Where there are only a few, they are chosen.
func newSettingSheet(m *Model, s setting) screen {
	if s.flag == "theme" {
		return newLooksSheet(m)
	}
	const path = "settings"
	in, now := inputOf(path, "--"+s.flag), s.value(m.me.Settings)
	q := textInput(path, in.Name(), now, 0, "")
	if len(in.Kind.Values()) > 0 {
		q = choiceInput(path, in.Name(), sentence(in.Help))
		q.startWith(now)
	}
	q.name, q.fact = s.name, "now "+now
	return &settingSheet{s, form{fields: []field{q}}}
}

func (*settingSheet) name() string        { return "setting" }
func (*settingSheet) crumb() string       { return "Change" }
func (*settingSheet) typing() bool        { return true }
func (*settingSheet) load(*Model) tea.Cmd { return nil }

func (s *settingSheet) hints(*Model) []hint { return s.form.hints("set", "back") }

// key stores the setting. It loosens no protection, so it is not asked for.
func (s *settingSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return nil, used
	}
	var c view.SettingsChange
	s.s.set(&c, s.form.text(0))
	return submit(m, &s.form, "settings", ownOf(m, m.svc.Settings, c), func(id view.Identity) tea.Cmd {
		m.settle(id)
		words := "✓ " + s.s.name + ": " + s.s.value(id.Settings) + "."
		if s.s.flag == "plain" {
			words += " It holds from your next log-in on."
		}
		m.notify(toneGood, words)
		return m.leave(s)
	}), true
}

// draw is the one question.
func (s *settingSheet) draw(_ *Model, width, height int) []line {
	return append(topGap(height), s.form.drawIn(width, height)...)
}

// settle takes the settings that are stored. Only what differs is drawn anew; a look that was chosen in this session
// stays.
func (m *Model) settle(id view.Identity) {
	if id.Role != m.me.Role || id.Handle != m.me.Handle { // another caller: who is calling is looked up as a whole
		return
	}
	m.me = id
	m.zone = command.ZoneOf(id.Zone)
	m.dress()
}
