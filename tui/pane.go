package tui

import "slices"

// pane is what stands beside a list. Where it is longer than the screen, tab gives it the keys that move, and esc gives
// them back to the list.
type pane struct {
	reads  bool   // the keys that move are the pane's
	of     string // the screen that it belongs to
	scroll int
	// What was drawn last; length 0: no pane.
	length, height int
}

// paneMost is how many lines a pane may have.
const paneMost = 500

// draw is what is seen of a pane. The title of one that is read has the tone of where the person is.
func (p *pane) draw(all []line, height int) []line {
	p.length, p.height = len(all), height
	head := 1 + slices.IndexFunc(all, func(l line) bool { return len(l) > 0 })
	if !p.reads || head >= height {
		return scrolled(all, 0, height)
	}
	title := slices.Clone(all[head-1])
	for i := range title {
		if title[i].tone == toneStrong {
			title[i].tone = toneAccent
		}
	}
	from := min(p.scroll, max(0, len(all)-height))
	return slices.Concat(all[:head-1], []line{title}, scrolled(all[head:], from, height-head))
}

// key takes tab where there is more to read, and the keys that move while the pane is read. It returns whether it did.
func (p *pane) key(screen, name string) (used bool) {
	if p.of != screen || p.length <= p.height {
		p.reads, p.of = false, screen
	}
	at := listCursor{chosen: p.scroll, rows: p.height - 1}
	switch {
	case !p.reads && name == "tab" && p.length > p.height:
		p.reads, p.scroll = true, 0
		return true
	case !p.reads:
		return false
	case name == "esc", name == "left", name == "shift+tab":
		p.reads = false
		return true
	case name == "tab": // on to the next place
		p.reads = false
		return false
	case at.move(name, p.length-p.height+1):
		p.scroll = at.chosen
		return true
	}
	return false
}

// hints are the keys while the pane is read.
func (p *pane) hints() []hint {
	return []hint{{"j k", "scroll"}, {"g G", "begin, end"}, {"esc", "to the list"}, {"tab", "next place"}}
}
