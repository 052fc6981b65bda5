package tui

import (
	"slices"
	"strings"
	"unicode"

	"tuppence/server/view"
)

// tone is what a piece of text means; the theme says what that looks like. Nothing is told by a tone alone.
type tone uint8

// Tones of values: they are those of package view.
const (
	toneText   = tone(view.Plain)
	toneFaint  = tone(view.Faint)
	toneStrong = tone(view.Strong)
	toneGood   = tone(view.Good)
	toneWarn   = tone(view.Warn)
	toneBad    = tone(view.Bad)
)

// Tones of the screens, which no value has.
const (
	toneAccent    = toneBad + 1 + iota // where the person is
	toneKey                            // what can be pressed
	toneFill                           // the used part of a bar
	toneChosen                         // the selected line
	toneBadge                          // waiting answers, what is chosen of a few
	toneRule                           // hairlines, the empty part of a bar
	toneLink                           // what a terminal can open
	toneCode                           // light modules of a QR code on dark ones
	toneCodeLight                      // dark modules on light ones
	toneCount
)

// span is text in one tone. Its width is that of its text: escape sequences are added when everything has been cut.
type span struct {
	text string
	tone tone
}

// line is one line of a screen.
type line []span

// lineOf makes a line of one tone.
func lineOf(t tone, text string) line { return line{{text, t}} }

// add puts more text behind a line, which stays as it is.
func (l line) add(t tone, text string) line { return append(slices.Clip(l), span{text, t}) }

// width of a line in display cells.
func (l line) width() int {
	n := 0
	for _, s := range l {
		if !s.isMark() {
			n += view.Width(s.text)
		}
	}
	return n
}

// right puts a second line at the right edge of a width. Where there is no room it is left out: half of it could be
// read as something else, an amount above all.
func (l line) right(width int, other line) line {
	gap := width - l.width() - other.width()
	if gap < 1 {
		return l
	}
	return slices.Concat(l, line{{strings.Repeat(" ", gap), toneText}}, other)
}

// cut shortens a line to a width, with "…" at its end.
func (l line) cut(width int) line {
	if l.width() <= width {
		return l
	}
	return l.fit(width)
}

// fit cuts and fills a line to exactly a width; what does not fit ends with "…". This is where hostile text ends:
// whatever a screen has put together, no more than width cells and nothing but graphic characters leave.
func (l line) fit(width int) line {
	if l.width() == width && l.isGraphic() {
		return slices.Clip(l)
	}
	out := make(line, 0, len(l)+2) // what fills it, and a scroll bar
	left := width
	// A character of two cells that does not fit into the last one leaves a blank.
	for i, s := range l {
		if s.isMark() {
			out = append(out, s)
			continue
		}
		text := graphic(s.text)
		n := view.Width(text)
		if n > left || n == left && l[i+1:].width() > 0 {
			text = view.Cut(text+" ", left, "…") // the blank is what did not fit, if all of this span does
			left -= view.Width(text)
			out = append(out, span{text, s.tone})
			break
		}
		left -= n
		out = append(out, span{text, s.tone})
	}
	if left > 0 {
		out = append(out, span{strings.Repeat(" ", left), toneText})
	}
	return out
}

// isGraphic tells whether a line has nothing that a terminal could obey.
func (l line) isGraphic() bool {
	return !slices.ContainsFunc(l, func(s span) bool { return !s.isCaret() && graphic(s.text) != s.text })
}

// graphic drops what a terminal could obey. Foreign text was cleaned before; this is the last door. The two joiners
// that view.Clean leaves stay: without them a text can be wider than what was laid out, and push out the amount.
func graphic(s string) string {
	if isASCII(s) && strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r == 0x200c || r == 0x200d {
			return r
		}
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, s)
}
