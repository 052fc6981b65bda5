package tui

import (
	"fmt"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// measure is how wide a line is that is read, in cells.
const measure = 66

// readerSheet shows the text of what was bought. Opening it counts a view, so it is opened once, however often the
// wallet changes meanwhile.
type readerSheet struct {
	id    string
	asked bool
	v     view.Opened

	laid    []line // the text as it was laid out last
	laidFor int    // for this width
}

func (*readerSheet) name() string  { return "reader" }
func (*readerSheet) crumb() string { return "Reader" }
func (*readerSheet) typing() bool  { return false }

// hints offer to scroll where the text is longer than the screen.
func (s *readerSheet) hints(m *Model) []hint {
	if len(s.lines(m, m.width, m.height)) < m.height {
		return []hint{{"esc", "back"}}
	}
	return []hint{{"j k", "scroll"}, {"esc", "back"}}
}

// load opens it.
func (s *readerSheet) load(m *Model) tea.Cmd {
	if s.asked {
		return nil
	}
	s.asked = true
	m.request("reader").done = false // what is there is another text
	return fetch(m, "reader", ownOf(m, m.svc.OpenContent, s.id), func(v view.Opened) tea.Cmd {
		s.v, s.laid = v, nil
		return nil
	})
}

// key leaves all keys to the frame, which scrolls.
func (*readerSheet) key(*Model, Key) (tea.Cmd, bool) { return nil, false }

// position tells which line is the first that is seen.
func (s *readerSheet) position(m *Model) string {
	all := len(s.lines(m, m.width, m.height))
	if s.v.ID == "" || all == 0 {
		return ""
	}
	at := min(m.scroll+1, all)
	return fmt.Sprintf("line %d/%d, %d %%", at, all, at*100/all)
}

// draw puts the text into the middle, no wider than is read well.
func (s *readerSheet) draw(m *Model, width, height int) []line {
	if l := m.placeholder("reader", width); l != nil {
		return l
	}
	return s.lines(m, width, height)
}

// lines are the whole text. A long one is laid out once for each width: a key costs what is seen.
func (s *readerSheet) lines(m *Model, width, height int) []line {
	if s.laid == nil || s.laidFor != width {
		s.laid, s.laidFor = s.layOut(m, width), width
	}
	return append(topGap(height), s.laid...)
}

// layOut breaks the text into lines.
func (s *readerSheet) layOut(m *Model, width int) []line {
	room := min(measure, max(1, width-4))
	indent := strings.Repeat(" ", max(0, (width-room)/2))
	put := func(t tone, text string) line { return lineOf(t, indent+text) }
	var out []line
	for _, l := range view.Wrap(view.Clean(s.v.Title), room) {
		out = append(out, put(toneStrong, l))
	}
	out = append(out, put(toneFaint, view.Cut(s.v.Vendor+"  "+s.v.Grant.Left(m.format()), room, "…")), nil)
	if s.v.Text == "" {
		what := "This is " + s.v.Type + " of " + strconv.Itoa(s.v.Size) + " bytes, which no terminal shows. " +
			"Keep it: ssh HOST open " + s.v.ID + " --raw > FILE"
		for _, l := range view.Wrap(view.Clean(what), room) {
			out = append(out, put(toneText, l))
		}
		return out
	}
	for paragraph := range strings.SplitSeq(s.v.Text, "\n") {
		if paragraph == "" {
			out = append(out, nil)
			continue
		}
		for _, l := range view.Wrap(view.Clean(paragraph), room) {
			out = append(out, put(toneText, l))
		}
	}
	return out
}
