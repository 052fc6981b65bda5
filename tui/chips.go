package tui

import (
	"slices"

	"tuppence/server/view"
)

// chips are the numbers among which the person finds the one that the own page shows. A person who is shown the number
// agrees to it without a look at the page; who has to find it must look. None is chosen at first.
type chips struct {
	all   []string // none is the last one; empty: no browser has a page of the request
	at    int      // noChoice: none is chosen
	typed string   // digits so far
}

// chipsOf are the numbers of a request, and none.
func chipsOf(a view.Approval) chips {
	c := chips{all: a.Numbers(), at: noChoice}
	if len(c.all) > 0 {
		c.all = append(c.all, view.NoMatch)
	}
	return c
}

// press takes the keys of the chips: arrows, or the digits of the number.
func (c *chips) press(name string) (used bool) {
	if len(c.all) == 0 {
		return false
	}
	switch {
	case name == "right":
		c.at, c.typed = min(c.at+1, len(c.all)-1), ""
	case name == "left":
		c.at, c.typed = max(c.at-1, 0), ""
	case len(name) == 1 && name[0] >= '0' && name[0] <= '9':
		if c.typed += name; len(c.typed) > 2 {
			c.typed = name
		}
		c.at = slices.Index(c.all, c.typed)
		if c.at < 0 && len(c.typed) == 2 { // the page shows another number than any here
			c.at = len(c.all) - 1
		}
	default:
		return false
	}
	return true
}

// chosen is the number that the person chose, or that no browser shows one.
func (c *chips) chosen() string {
	if c.at < 0 || c.at >= len(c.all) {
		return view.NoMatch
	}
	return c.all[c.at]
}

// told tells whether the person has said which number the page shows; if not, it says what to do.
func (c *chips) told(m *Model) bool {
	switch {
	case len(c.all) == 0:
		return true
	case c.at < 0:
		m.notify(toneWarn, "Choose the number that your browser shows first.")
		return false
	case c.chosen() == view.NoMatch:
		m.notify(toneWarn, "Your browser shows none of them: it is somebody else's purchase. Refuse it.")
		return false
	}
	return true
}

// draw is the row of numbers, the chosen one in brackets.
func (c *chips) draw(width int) line {
	words, gap := "Browser shows", ""
	if width >= 76 {
		words, gap = "Your browser shows a number. The same as", "  "
	}
	l := lineOf(toneText, "  "+words)
	for i, one := range c.all {
		if i == c.at {
			l = l.add(toneText, gap+" ").add(toneBadge, "["+one+"]")
		} else {
			l = l.add(toneText, gap+"  "+one+" ")
		}
	}
	return l
}
