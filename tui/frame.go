package tui

import (
	"fmt"
	"slices"
	"strings"
)

// Smallest size that the screens are made for. Below it an amount or an answer could be cut off, so nothing is shown
// but how to get out: a person must not decide what cannot be read.
const (
	leastWidth  = 40
	leastHeight = 12
)

func (m *Model) tooSmall() bool { return m.width < leastWidth || m.height < leastHeight }

// View implements tea.Model: exactly as many lines as the terminal has, none wider than it.
func (m *Model) View() string {
	width, height := max(1, m.width), max(1, m.height)
	m.caret = caret{}
	if m.tooSmall() {
		return m.theme.page([]line{
			lineOf(toneStrong, fmt.Sprintf("Enlarge to %dx%d", leastWidth, leastHeight)),
			lineOf(toneText, fmt.Sprintf("(now %dx%d)", m.width, m.height)), lineOf(toneFaint, "q leaves"),
		}, width, height)
	}
	ruler := lineOf(toneRule, strings.Repeat("─", width))
	lines := []line{m.headLine(width), m.placesLine(width)}
	if height >= rulesFrom { // a smaller terminal has no lines to give away
		lines = append(lines, ruler)
	}
	lines = append(lines, m.inner(width, innerHeight(height))...)
	if height >= rulesFrom {
		lines = append(lines, ruler)
	}
	lines = append(lines, m.statusLine(width), m.footLine(width))
	lines, m.caret = takeCaret(lines, width)
	return m.theme.page(lines, width, height)
}

// rulesFrom is the height from which the frame has rules. Below it, two lines of content are worth more than two
// lines of order.
const rulesFrom = 16

// innerHeight is what the frame leaves of a height.
func innerHeight(height int) int {
	if height < rulesFrom {
		return height - 4
	}
	return height - 6
}

// inner is exactly height lines between the frame's lines: the body, of a sheet the part that was scrolled to, and
// at the bottom the beginning of a note that is longer than the status line.
func (m *Model) inner(width, height int) []line {
	lines := m.squeezed(width, height)
	if m.scrolls() {
		lines = scrolled(lines, min(m.scroll, max(0, len(lines)-height)), height)
	}
	note := m.noteLines(width)
	note = note[:max(0, min(len(note)-1, height))]
	for len(lines) < height {
		lines = append(lines, nil)
	}
	return append(slices.Clip(lines[:height-len(note)]), note...)
}

// squeezed is the body without its empty lines where there is no room for them. The screens draw as if there were
// room, and this is the one place that takes it back.
func (m *Model) squeezed(width, height int) []line {
	body := m.body(width, height)
	if len(body) > height && height < rulesFrom {
		body = slices.DeleteFunc(body, func(l line) bool { return len(l) == 0 })
	}
	return body
}

// noteLines is the note in lines of the width, the last for the status line.
func (m *Model) noteLines(width int) []line {
	if m.note.text == "" {
		return nil
	}
	var out []line
	for _, l := range wrapped(m.note.text, width-2) {
		out = append(out, line{{" ", toneText}, {l, m.note.tone}})
	}
	return out
}

// body is what is between the frame's lines.
func (m *Model) body(width, height int) []line {
	top := m.top()
	if top == nil {
		if f := m.request(callerRequest).fault; f != nil {
			return append([]line{nil}, f.lines(width)...)
		}
		return []line{nil, lineOf(toneFaint, "  One moment …")}
	}
	return top.draw(m, width, height)
}

// scrolled is what is seen of lines from one on; the last line tells that there are more.
func scrolled(all []line, from, height int) []line {
	all = all[min(from, len(all)):]
	if len(all) <= height {
		return all
	}
	return append(slices.Clip(all[:height-1]), lineOf(toneFaint, "  ↓ more"))
}
