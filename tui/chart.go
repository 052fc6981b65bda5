package tui

import (
	"slices"
	"strings"
)

// bar draws how much of a bound is used in exactly width cells: used, what the period will come to if it goes on like
// this, the rest. Something used is never drawn as nothing. From four fifths on the used part warns; its figures stand
// beside it, so no tone says anything alone.
func bar(used, forecast, most int64, width int) line {
	width = max(3, width)
	full := cellsOf(used, most, width)
	ahead := max(0, cellsOf(forecast, most, width)-full)
	t := toneFill
	switch {
	case used >= most:
		t = toneBad
	case used/4 >= most/5:
		t = toneWarn
	}
	return line{
		{strings.Repeat("━", full), t},
		{strings.Repeat("╌", ahead), toneAccent},
		{strings.Repeat("─", width-full-ahead), toneRule},
	}
}

// cellsOf is a part of a whole in cells: at least one for something, all from the whole on.
func cellsOf(part, whole int64, cells int) int {
	switch {
	case part <= 0:
		return 0
	case part >= whole:
		return cells
	}
	// Divided before it is multiplied: an amount may be near the end of an int64.
	return max(1, min(cells, int(part/max(1, whole/int64(cells)))))
}

// eighths are the heights of a column of a chart within one cell.
var eighths = []rune("▁▂▃▄▅▆▇█")

// chart draws columns of a height in rows, from 0 to the greatest value, gap blanks apart. The last column stands out:
// it is today. A column of nothing is a trace on the ground; whatever is above nothing shows at least one eighth.
func chart(values []int64, rows, gap int) []line {
	most := int64(1)
	if len(values) > 0 {
		most = max(1, slices.Max(values))
	}
	out := make([]line, rows)
	for i, v := range values {
		tall := cellsOf(v, most, rows*8)
		for r := range rows {
			fill := max(0, min(8, tall-(rows-1-r)*8))
			t, sign := toneFill, " "
			switch {
			case fill > 0:
				sign = string(eighths[fill-1])
			case r == rows-1:
				t, sign = toneRule, "▁"
			}
			if i == len(values)-1 && fill > 0 {
				t = toneStrong
			}
			if i < len(values)-1 {
				sign += strings.Repeat(" ", gap)
			}
			out[r] = joined(out[r], span{sign, t})
		}
	}
	return out
}

// joined adds a span to a line, into its last one if that has the same tone: fewer changes of colour, fewer bytes.
func joined(l line, s span) line {
	if n := len(l); n > 0 && l[n-1].tone == s.tone {
		l[n-1].text += s.text
		return l
	}
	return append(l, s)
}

// heavy are the figures of a hero number, three rows of three cells each, of heavy lines.
var heavy = map[rune][3]string{
	'0': {"┏━┓", "┃ ┃", "┗━┛"},
	'1': {" ╻ ", " ┃ ", " ╹ "},
	'2': {"╺━┓", "┏━┛", "┗━╸"},
	'3': {"╺━┓", "╺━┫", "╺━┛"},
	'4': {"╻ ╻", "┗━┫", "  ╹"},
	'5': {"┏━╸", "┗━┓", "╺━┛"},
	'6': {"┏━╸", "┣━┓", "┗━┛"},
	'7': {"╺━┓", "  ┃", "  ╹"},
	'8': {"┏━┓", "┣━┫", "┗━┛"},
	'9': {"┏━┓", "┗━┫", "╺━┛"},
	'-': {"   ", "╺━╸", "   "},
	'.': {" ", " ", "▖"},
}

// hero draws a number three rows high. One that is too long for that, or a terminal without the signs, has it strong on
// the middle row: the same cells, so nothing moves.
func (m *Model) hero(number string) []line {
	if len(number) > 10 || m.theme.signs != allSigns || strings.Trim(number, "0123456789.-") != "" {
		return []line{nil, lineOf(toneStrong, "  "+number), nil}
	}
	var rows [3]string
	for _, r := range number {
		for i, part := range heavy[r] {
			rows[i] += part + " "
		}
	}
	return []line{
		lineOf(toneStrong, "  "+rows[0]), lineOf(toneStrong, "  "+rows[1]), lineOf(toneStrong, "  "+rows[2]),
	}
}
