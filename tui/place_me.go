package tui

import (
	"cmp"
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// mePlace is what belongs to the person and not to the money: the keys that open the wallet, what helps if they are
// lost, and how the wallet behaves.
type mePlace struct {
	list[meRow]
	ring   view.KeyRing
	voice  view.Voice
	agents []view.Agent
}

// meRow is one line of the place.
type meRow struct {
	part  string // the heading that it stands under
	id    string
	name  string
	value string
	tone  tone   // of the value
	more  string // what stands beside it where there is room
	note  string
	key   *view.Key
	agent *view.Agent
	about string // one sentence, for the pane of a wide terminal
	open  func(*Model) tea.Cmd
}

// Headings of the place.
const (
	partKeys = "Keys, each opens this wallet"
	partLost = "If you lose your keys"

	partBrowsers = "Browsers that may buy"
	partAgents   = "Programs that pay"
	partBehaves  = "How it behaves"
	partLeave    = "If you leave"
)

// Cells of the columns.
const (
	meNameLeast  = 13 // on a narrow terminal
	meNameWidth  = 16
	meValueWidth = 22
	meMoreWidth  = 20
)

// What a wide terminal says of a line beside its value.
const (
	renewAbout  = "It brings the wallet back to a new key. Whoever has it has the wallet: keep it on paper."
	voiceAbout  = "Who calls and types number and PIN hears the balance and can freeze the wallet. Nothing is bought."
	closeAbout  = "What it means and what has to be done first is shown before anything is asked."
	windowAbout = "While it is open, linked vendors may charge inside their limits."
)

// newMePlace starts without keys; load fetches them.
func newMePlace() *mePlace {
	return &mePlace{list: list[meRow]{id: func(r meRow) string { return r.id }}}
}

func (*mePlace) tellsTime()    {} // how long buying is open
func (*mePlace) name() string  { return "me" }
func (*mePlace) crumb() string { return "Me" }

// hints follow the chosen row: only a key can be ended.
func (p *mePlace) hints(m *Model) []hint {
	enter, end := hint{"enter", "change"}, []hint(nil)
	switch r, _ := p.chosenRow(m); {
	case r.key != nil:
		enter.what, end = "look, name it", []hint{{"D", "end it"}}
	case r.agent != nil:
		enter.what, end = "look", []hint{{"D", "stop it"}}
	case r.part == partBrowsers:
		enter.what = "forget it"
	case r.id == "recovery":
		enter.what = "new code"
	case r.id == "window":
		enter.what = "open or lock"
	case r.id == "voice", r.id == "close":
		enter.what = "look"
	}
	all := append(append([]hint{enter, {"+", "add a key"}}, end...), hint{"R", "new recovery code"},
		hint{"A", "let a program pay"})
	return append(p.ofRows(all...), hint{"q", "leave"})
}

// load fetches the keys, and who is calling: another session may have changed the settings.
func (p *mePlace) load(m *Model) tea.Cmd {
	type mine struct {
		ring   view.KeyRing
		voice  view.Voice
		agents []view.Agent
		me     view.Identity
	}
	return fetch(m, "me", func(ctx context.Context) (v mine, err error) {
		if v.ring, err = m.svc.Keys(ctx, m.who); err == nil {
			v.me, err = m.svc.WhoAmI(ctx, m.who)
		}
		if err == nil {
			v.voice, err = m.svc.Voice(ctx, m.who)
		}
		if err == nil {
			v.agents, err = m.svc.Agents(ctx, m.who)
		}
		return v, err
	}, func(v mine) tea.Cmd {
		m.settle(v.me)
		p.ring, p.voice, p.agents = v.ring, v.voice, v.agents
		p.replace(p.rows(m))
		return nil
	})
}

// rows are the lines of the place as the wallet is now.
func (p *mePlace) rows(m *Model) (all []meRow) {
	for _, k := range p.ring.Keys {
		all = append(all, keyRow(m, k))
	}
	for _, b := range p.ring.Browsers {
		all = append(all, browserRow(m, b))
	}
	for _, a := range p.agents {
		if a.Ended.IsZero() {
			all = append(all, agentRow(m, a))
		}
	}
	all = append(all, recoveryRow(m, p.ring), windowRow(m), voiceRow(m, p.voice))
	for _, s := range settings {
		in := inputOf("settings", "--"+s.flag)
		all = append(all, meRow{
			part: partBehaves, id: s.flag, name: s.name, value: s.value(m.me.Settings), note: s.note,
			about: sentence(in.Help), open: func(m *Model) tea.Cmd { return m.open(newSettingSheet(m, s)) },
		})
	}
	return append(all, meRow{
		part: partLeave, id: "close", name: "Close the wallet", value: "look first", note: "wallet close",
		about: closeAbout, open: func(m *Model) tea.Cmd { return m.open(startSheets["closing"](m)) },
	})
}

// keyRow is a key: whose it is is told by its name, and what it did last beside it.
func keyRow(m *Model, k view.Key) meRow {
	r := meRow{
		part: partKeys, id: k.Fingerprint, name: cmp.Or(view.Clean(k.Name), "no name"), key: &k,
		value: "used " + m.dayWords(k.LastUsed), more: view.Cut(view.Clean(k.Fingerprint), meMoreWidth, "…"),
		note: "since " + m.dayWords(k.Added.In(m.zone).Format(time.DateOnly)),
		open: func(m *Model) tea.Cmd { return m.open(newKeySheet(k)) },
	}
	switch {
	case k.Here:
		r.value = "here now"
	case k.LastUsed == "":
		r.value = "not used yet"
	}
	if !k.NewUntil.IsZero() {
		r.value, r.tone = "new until "+m.format().Time(k.NewUntil), toneWarn
	}
	return r
}

// browserRow is one in which the wallet may buy; enter offers to forget it.
func browserRow(m *Model, b view.Browser) meRow {
	return meRow{
		part: partBrowsers, id: b.ID, name: view.Clean(b.Vendor), more: view.Cut(b.ID, meMoreWidth, "…"),
		value: "since " + m.dayWords(b.Added.In(m.zone).Format(time.DateOnly)),
		about: "Vendors that you allow to sell without a question do so there at once, while the window is open.",
		open:  func(m *Model) tea.Cmd { return m.runLine("keys forget " + b.ID) },
	}
}

// agentRow is a program that pays: what it has spent today stands beside what it may.
func agentRow(m *Model, a view.Agent) meRow {
	r := meRow{
		part: partAgents, id: a.Fingerprint, name: view.Clean(a.Name), agent: &a,
		value: a.SpentToday.Number() + " of " + a.Day.String(), more: view.Cut(view.Clean(a.Fingerprint), meMoreWidth, "…"),
		note: "to " + shortDate(a.Expires.In(m.zone).Format(time.DateOnly)),
		open: func(m *Model) tea.Cmd { return m.open(&agentSheet{a}) },
	}
	if a.Status != "live" {
		r.value, r.tone = "its time is over", toneWarn
	}
	return r
}

// recoveryRow is what is known of the recovery code; the service keeps no more than a hash of it.
func recoveryRow(m *Model, ring view.KeyRing) meRow {
	r := meRow{
		part: partLost, id: "recovery", name: "Recovery code", value: "never renewed", note: "R makes a new one",
		about: renewAbout, open: renewCode,
	}
	if !ring.CodeRenewed.IsZero() {
		r.value = "renewed " + m.dayWords(ring.CodeRenewed.In(m.zone).Format(time.DateOnly))
	}
	if !ring.OldCodeUntil.IsZero() {
		r.more = "old: to " + m.format().Time(ring.OldCodeUntil)
	}
	return r
}

// windowRow is whether vendors may charge now. Enter closes it, or opens it; ctrl+x and w do so everywhere.
func windowRow(m *Model) meRow {
	r := meRow{
		part: partBehaves, id: "window", name: "Buying", value: "locked", note: "w opens it", about: windowAbout,
		open: func(m *Model) tea.Cmd { return m.openWindow() },
	}
	if left := m.home.WindowUntil.Sub(m.now()); left > 0 && !m.locked {
		r.value, r.open = "open, "+view.Left(left)+" left", func(m *Model) tea.Cmd { return m.lock() }
		r.note = view.Left(m.house.Window.Duration()) + " after a key; ctrl+x locks"
	}
	return r
}

// voiceRow is whether the wallet is reached by phone, and what keeps callers out.
func voiceRow(m *Model, v view.Voice) meRow {
	r := meRow{
		part: partBehaves, id: "voice", name: "Calls", value: v.State.Words(), note: "voice pin",
		about: voiceAbout, open: func(m *Model) tea.Cmd { return m.runLine("voice") },
	}
	if v.Number != "" {
		r.more = "number " + view.Clean(v.Number)
	}
	switch {
	case v.Paused:
		r.value, r.tone, r.note = "frozen by phone", toneWarn, "voice thaw"
	case !v.LockedUntil.IsZero():
		r.value, r.tone = "locked to "+m.format().Time(v.LockedUntil), toneWarn
	case v.State == "no_calls":
		r.tone = toneWarn
	}
	return r
}

// dayWords is a date as 2026-11-24 in the words of a screen: today, yesterday, 3 Nov.
func (m *Model) dayWords(date string) string {
	today := m.now().In(m.zone)
	switch date {
	case today.Format(time.DateOnly):
		return "today"
	case today.AddDate(0, 0, -1).Format(time.DateOnly):
		return "yesterday"
	}
	if strings.HasPrefix(date, today.Format("2006-")) {
		return shortDate(date)
	}
	return view.Clean(date)
}

// chosenRow is the chosen line; ok is false before there are any.
func (p *mePlace) chosenRow(m *Model) (r meRow, ok bool) {
	if _, ok = p.selected(); !ok {
		return r, false
	}
	return p.rows(m)[p.chosen], true
}

// key opens the chosen line. What adds, ends or renews is asked for.
func (p *mePlace) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if p.move(name) {
		return nil, true
	}
	r, ok := p.chosenRow(m)
	switch {
	case !ok:
		return nil, false
	case name == "enter":
		if r.id == "window" && !m.decides(k) {
			return nil, true
		}
		return r.open(m), true
	case name == "+":
		return addKey(m), true
	case name == "A":
		return addAgent(m), true
	case name == "D" && r.key != nil:
		return endKey(m, *r.key), true
	case name == "D" && r.agent != nil:
		return endAgent(m, *r.agent, nil), true
	case name == "R":
		return renewCode(m), true
	}
	return nil, false
}

// draw has the keys, the recovery code and the settings under each other, with the chosen line beside them on a wide
// terminal.
func (p *mePlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("me", width); l != nil {
		return l
	}
	r, ok := p.chosenRow(m)
	if !ok {
		return p.lines(m, width, height)
	}
	return m.beside(width, height, p.lines, r.detail, 0)
}

// lines are the rows under their headings, those that are on the screen.
func (p *mePlace) lines(m *Model, width, height int) []line {
	above, rows := topGap(height), p.rows(m)
	roomy := height >= roomyFrom
	if len(rows)+6 > height { // a row is worth more than a blank
		above, roomy = nil, false
	}
	out, of := p.grouped(above, len(rows), roomy, func(i int) line {
		switch {
		case i == 0:
			return heading(rows[0].part).right(width-1, lineOf(toneFaint, "  "+view.Clean(m.me.Handle)+" "))
		case rows[i].part != rows[i-1].part:
			return heading(rows[i].part)
		}
		return nil
	}, func(i int) line { return rows[i].draw(width) }, width, height)
	return p.withBar(out, 0, of, width)
}

// draw is the line in a width: its name and its value always, what is beside them where there is room.
func (r meRow) draw(width int) line {
	if width < headFrom {
		return lineOf(toneText, "  "+view.Align(r.name, meNameLeast, false)+"  ").add(r.tone, r.value).cut(width - 2)
	}
	l := lineOf(toneText, "  "+view.Align(r.name, meNameWidth, false)+"  ")
	l = l.add(r.tone, view.Align(r.value, meValueWidth, false)+"  ")
	if r.more != "" {
		l = l.add(toneFaint, view.Align(r.more, meMoreWidth, false)+"  ")
	}
	return l.add(toneFaint, r.note).cut(width - 2)
}

// detail is all that is known of the line.
func (r meRow) detail(m *Model, width, _ int) []line {
	out := []line{nil, heading(r.name)}
	if r.key != nil {
		return append(append(out, nil), facts(factBlock{width: width}, r.key.Facts(m.format()))...)
	}
	if r.agent != nil {
		return append(append(out, nil), facts(factBlock{width: width}, r.agent.Facts(m.format()))...)
	}
	out[1] = out[1].add(toneText, "  "+r.value)
	out = append(append(out, nil), paragraph(toneText, width, r.about)...)
	if r.more != "" {
		out = append(out, paragraph(toneFaint, width, sentence(r.more))...)
	}
	return out
}
