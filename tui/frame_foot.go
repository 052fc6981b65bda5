package tui

import (
	"fmt"
	"strings"

	"tuppence/server/view"
)

// positioned is a screen that says how far in its list the person is: 12/1,204.
type positioned interface{ position(*Model) string }

// foot is a hairline, the status and the keys; only the keys where there is no room.
func (m *Model) foot(width int) []line {
	if !m.tall() {
		return []line{m.keysLine(width)}
	}
	return []line{m.hairline(width), m.statusLine(width), m.keysLine(width)}
}

// statusLine is the line of the foot for the status: the last one, if it takes several.
func (m *Model) statusLine(width int) line {
	all := m.statusLines(width)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// hairline carries the position of the list at its right end.
func (m *Model) hairline(width int) line {
	where := ""
	if p, ok := m.top().(positioned); ok {
		where = p.position(m)
	}
	if where == "" {
		return line{{"  ", toneText}, {strings.Repeat("─", width-4), toneRule}}
	}
	left := width - 4 - view.Width(where) - 3
	return line{
		{"  ", toneText},
		{strings.Repeat("─", max(0, left)), toneRule},
		{" " + where + " ", toneFaint},
		{"─", toneRule},
	}
}

// statusLines are one thing, the first that there is: what was just done, what is marked, that the session ends, a
// request that waits, that the figures are old, how the purchase window and the day stand. Where the foot has no status
// line, only the first four are shown. A request is told on every place, because it came from outside and has a
// deadline; in a sheet it would distract from what is being decided.
func (m *Model) statusLines(width int) []line {
	switch stale, waiting := m.stale(), m.waiting(); {
	case m.note.text != "":
		return statusText(m.note.tone, m.note.text, width)
	case m.markWords() != "":
		return []line{lineOf(toneStrong, "  "+m.markWords())}
	case m.ending.told():
		return statusText(toneWarn, m.ending.words(m.now(), width), width)
	case len(waiting) > 0 && len(m.sheets) == 0:
		return []line{m.pendingStatus(waiting, width)}
	case !m.tall():
		return nil
	case stale != nil:
		return []line{lineOf(toneBad, "  ! Not up to date: "+stale.detail)}
	case m.hasWallet():
		return []line{m.windowLine(width)}
	}
	return nil
}

// markWords are those of the screen on top, "" where nothing is marked.
func (m *Model) markWords() string {
	if s, is := m.top().(marking); is {
		return s.markWords()
	}
	return ""
}

// statusText is a sentence in lines of the foot.
func statusText(t tone, text string, width int) (out []line) {
	for _, l := range wrapped(text, width-4) {
		out = append(out, line{{"  ", toneText}, {l, t}})
	}
	return out
}

// stale is why what is shown is older than it could be: the overview, or what is on top; nil if it is not.
func (m *Model) stale() *failure {
	for _, name := range []string{"home", m.topName()} {
		if r := m.requests[name]; r != nil && r.done && r.fault != nil {
			return r.fault
		}
	}
	return nil
}

// topName is the name of the screen on top, under which its data is fetched; "" before there is one.
func (m *Model) topName() string {
	if top := m.top(); top != nil {
		return top.name()
	}
	return ""
}

// pendingStatus tells the first request that waits for an answer, how long it does, and how many there are beside it.
func (m *Model) pendingStatus(waiting []view.Approval, width int) line {
	a := waiting[0]
	right := line{{"a", toneKey}, {" answer", toneText}}
	if !a.Expires.IsZero() {
		right = right.add(toneText, " · "+m.format().Until(a.Expires)+" left")
	}
	if n := len(waiting); n > 1 {
		right = append(lineOf(toneFaint, fmt.Sprintf("and %d more   ", n-1)), right...)
	}
	if width < headFrom {
		right = line{{"a", toneKey}, {" answer", toneText}}
	}
	right = right.add(toneText, "  ")
	l := line{{"  ● ", toneAccent}, {view.Clean(a.Vendor), toneStrong}, {" asks ", toneText}, {a.Wanted(), toneStrong}}
	if subject := view.Clean(a.Subject()); subject != "" && width >= headFrom {
		l = l.add(toneText, " for "+subject)
	}
	return l.cut(width-right.width()-2).right(width, right)
}

// windowLine tells how long the person may still buy, and what of the day is spent: the two answers to why a
// purchase was refused. Only the first account has room.
func (m *Model) windowLine(width int) line {
	if held, is := m.home.Restraint(m.format()); is {
		return lineOf(toneWarn, "  ! "+held.Title)
	}
	out := lineOf(toneFaint, "  buying is locked, w opens it")
	if left := m.home.WindowUntil.Sub(m.now()); left > 0 && !m.locked {
		out = lineOf(toneFaint, "  buying is open, "+view.Left(left)+" left")
	}
	days := dayLimits(m.home.Wallets)
	if len(days) == 0 {
		return out
	}
	today := lineOf(toneFaint, "   today ").add(toneText, days[0].Words())
	if out.width()+today.width() > width-2 {
		return out
	}
	return append(out, today...)
}

// keysLine has the keys of the screen, the most important first: those for which there is no room are in the help,
// so its hint is drawn before any of them. Where letters are text, f1 opens the help.
func (m *Model) keysLine(width int) line {
	top := m.top()
	help := line{{"?", toneKey}, {" help  ", toneFaint}}
	if top != nil && top.typing() {
		help[0].text = "f1"
	}
	out := lineOf(toneText, "  ")
	var all []hint
	if top != nil && !m.guarded() { // keys are shown when they work
		all = top.hints(m)
		if m.pane.reads && m.pane.of == top.name() {
			all = m.pane.hints()
		}
	}
	if m.guarded() {
		out = out.add(toneFaint, "Keys are heard in a moment …")
	}
	for _, h := range all {
		more := line{{h.key, toneKey}, {" " + h.what + "   ", toneFaint}}
		if out.width()+more.width()+help.width() >= width {
			break
		}
		out = append(out, more...)
	}
	return out.right(width, help)
}
