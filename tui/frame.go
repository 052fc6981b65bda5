package tui

import (
	"fmt"
	"slices"
)

// Smallest size that the screens are made for. Below it an amount or an answer could be cut off, so nothing is shown
// but how to get out: a person must not decide what cannot be read.
const (
	leastWidth  = 40
	leastHeight = 10
)

// Sizes from which the frame has all its lines: a row of places under the head, and a hairline and a status above the
// keys. Below them, lines of content are worth more than lines of order.
const (
	headFrom  = 80 // columns
	linesFrom = 16 // rows
)

func (m *Model) tooSmall() bool { return m.width < leastWidth || m.height < leastHeight }

// View implements tea.Model: exactly as many lines as the terminal has, none wider than it.
func (m *Model) View() string {
	width, height := max(1, m.width), max(1, m.height)
	m.seen, m.drawn = seen{}, m.stamp()
	if m.tooSmall() {
		return m.theme.page([]line{
			lineOf(toneStrong, fmt.Sprintf("Enlarge to %dx%d", leastWidth, leastHeight)),
			lineOf(toneText, fmt.Sprintf("(now %dx%d)", m.width, m.height)), lineOf(toneFaint, "q leaves"),
		}, width, height)
	}
	head, foot := m.head(width), m.foot(width)
	body := m.inner(width, height-len(head)-len(foot))
	lines := slices.Concat(head, body, foot)
	m.seen = takeMarks(lines, width)
	return m.theme.page(lines, width, height)
}

// innerHeight is what the frame leaves of the height.
func (m *Model) innerHeight() int {
	height := m.height - 2
	if m.tall() {
		height -= 2
	}
	if m.wideHead() {
		height -= 2
	}
	return height
}

// tall tells whether there is room for the hairline and the status above the keys.
func (m *Model) tall() bool { return m.height >= linesFrom }

// wideHead tells whether there is room for the row of places. A code needs it more: that of a link has 19 rows.
func (m *Model) wideHead() bool {
	_, code := m.top().(*codeSheet)
	return !code && m.tall() && m.width >= headFrom && placesWidth(m.places, m.width) <= m.width-4
}

// inner is exactly height lines between the frame's lines: the body, of a sheet the part that was scrolled to, and at
// the bottom what the status line has no room for.
func (m *Model) inner(width, height int) []line {
	lines := m.squeezed(width, height)
	if m.scrolls() {
		lines = scrolled(lines, min(m.scroll, max(0, len(lines)-height)), height)
	}
	over := m.statusLines(width)
	if m.tall() && len(over) > 0 { // the last one is in the foot
		over = over[:len(over)-1]
	}
	over = over[:max(0, min(len(over), height))]
	for len(lines) < height {
		lines = append(lines, nil)
	}
	return append(slices.Clip(lines[:height-len(over)]), over...)
}

// squeezed is the body without its empty lines where there is no room for them. The screens draw as if there were
// room, and this is the one place that takes it back.
func (m *Model) squeezed(width, height int) []line {
	body := m.body(width, height)
	if len(body) > height && !m.tall() {
		body = slices.DeleteFunc(body, func(l line) bool { return len(l) == 0 })
	}
	return body
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
	m.pane.length = 0
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
