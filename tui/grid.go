package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tuppence/server/ledger"
)

// cell is one value of a grid.
type cell struct {
	text string
	tone tone
}

// rank is a column of a grid. When the width is too small, the columns with the greatest drop go first.
type rank struct {
	title   string
	right   bool
	elastic bool // takes what is left and is cut first
	drop    int  // 0: stays always
}

// grid draws rows under titles in exactly the given height; the chosen row is marked with ">" and is always in sight.
// Long lists are shown page by page, so that nothing moves under the cursor.
func grid(ranks []rank, cells [][]cell, chosen, width, height int) []row {
	if height < 1 {
		return nil
	}
	widths, shown := spread(ranks, cells, width-2)
	head := row{{"", toneFaint}}
	for i, c := range ranks {
		if shown[i] {
			head = append(head, span{"  " + align(c.title, widths[i], c.right), toneFaint})
		}
	}
	out := []row{head}
	from, to := sight(len(cells), chosen, height-1)
	for n := from; n < to; n++ {
		var r row
		for i, c := range cells[n] {
			if !shown[i] {
				continue
			}
			k, space := c.tone, "  "
			if n == chosen && len(r) == 0 { // the mark and what it stands at: a whole row in colour is slow to move
				k, space = toneChosen, "> "
			}
			r = append(r, span{space + align(clean(c.text), widths[i], ranks[i].right), k})
		}
		out = append(out, r)
	}
	return out
}

// stay is where the chosen row is after a list was fetched anew: at the row with the same id, so that nothing moves
// under the cursor.
func stay[T any](before, after []T, chosen int, id func(T) string) int {
	if chosen >= 0 && chosen < len(before) {
		want := id(before[chosen])
		if i := slices.IndexFunc(after, func(v T) bool { return id(v) == want }); i >= 0 {
			return i
		}
	}
	return max(0, min(chosen, len(after)-1))
}

// sight is the page of a list of which the chosen row is part.
func sight(n, chosen, height int) (from, to int) {
	if height < 1 {
		return 0, 0
	}
	from = max(0, min(chosen, n-1)) / height * height
	return from, min(n, from+height)
}

// spread gives every column its width, and leaves out what has no room.
func spread(ranks []rank, cells [][]cell, room int) (widths []int, shown []bool) {
	widths, shown = make([]int, len(ranks)), make([]bool, len(ranks))
	for i, c := range ranks {
		widths[i], shown[i] = ansi.StringWidth(c.title), true
		for _, r := range cells {
			widths[i] = max(widths[i], ansi.StringWidth(clean(r[i].text)))
		}
	}
	elastic := -1
	need := func() (sum int) {
		for i := range ranks {
			switch {
			case !shown[i]:
			case ranks[i].elastic:
				elastic = i
				sum += 2 + min(20, widths[i])
			default:
				sum += 2 + widths[i]
			}
		}
		return sum - 2
	}
	for need() > room {
		worst := -1
		for i, c := range ranks {
			if shown[i] && c.drop > 0 && (worst < 0 || c.drop > ranks[worst].drop) {
				worst = i
			}
		}
		if worst < 0 {
			break
		}
		shown[worst] = false
	}
	if elastic >= 0 && shown[elastic] {
		used := need() - min(20, widths[elastic])
		widths[elastic] = max(4, room-used)
	}
	return widths, shown
}

// align cuts or fills a text to a width.
func align(text string, width int, right bool) string {
	text = ansi.Truncate(text, width, "…")
	fill := strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
	if right {
		return fill + text
	}
	return text + fill
}

// pairs draws names and values in two columns; values are broken at the width. A pair without a value is left out.
func pairs(width int, all ...fact) []row { return pairsAt(0, width, all...) }

// pairsAt is pairs whose names take at least so many cells.
func pairsAt(wide, width int, all ...fact) []row {
	for _, f := range all {
		if f.value != "" {
			wide = max(wide, ansi.StringWidth(f.name))
		}
	}
	var out []row
	for _, f := range all {
		if f.value == "" {
			continue
		}
		for i, part := range broken(f.value, width-wide-6) {
			name := f.name
			if i > 0 {
				name = ""
			}
			out = append(out, say(toneFaint, "  "+pad(name, wide)+"  ").and(toneText, part))
		}
	}
	return out
}

// broken is a text of a stranger in lines of at most a width.
func broken(text string, width int) []string {
	var out []string
	for _, p := range strings.Split(ledger.CleanText(text, 4000), "\n") {
		out = append(out, strings.Split(ansi.Wrap(clean(p), max(8, width), ""), "\n")...)
	}
	return out
}

// prose draws sentences, indented by two cells.
func prose(t tone, width int, text string) []row {
	var out []row
	for _, l := range broken(text, width-4) {
		out = append(out, say(t, "  "+l))
	}
	return out
}

// heading is the title of a part of a screen.
func heading(text string) row { return say(toneTitle, "  "+text) }

// bar draws how much of a bound is used: [####......].
func bar(used, most int64, width int) row {
	inner := max(3, width-2)
	full := 0
	if most > 0 {
		full = int(min(used, most) / max(1, most/int64(inner)))
		full = min(full, inner)
		if used > 0 && full == 0 {
			full = 1
		}
	} else if used > 0 {
		full = inner
	}
	t := toneGood
	switch {
	case used >= most:
		t = toneBad
	case used >= most/4*3:
		t = toneWarn
	}
	return row{{"[", toneFaint}, {strings.Repeat("#", full), t}, {strings.Repeat(".", inner-full), toneRule}, {"]", toneFaint}}
}

// when is a moment in the person's zone, short: the year only if it is another one.
func when(t, now time.Time, zone *time.Location) string {
	switch t = t.In(zone); {
	case t.IsZero() || t.Year() < 1971:
		return ""
	case t.Year() == now.In(zone).Year():
		return t.Format("01-02 15:04")
	default:
		return t.Format("2006-01-02")
	}
}

// stateTone is how a state is drawn; the word is always there too.
func stateTone(state string) tone {
	switch strings.ToLower(state) {
	case "paid", "cleared", "succeeded", "settled", "active", "won", "approved", "auto_resolved", "claimed":
		return toneGood
	case "disputed", "opened", "needs_response", "under_review", "awaiting_instrument", "uncollected", "held", "processing", "requires_action":
		return toneWarn
	case "bounced", "failed", "lost", "blocked", "denied", "expired", "charged_back", "errored":
		return toneBad
	}
	return toneFaint
}

// stateWord is a state for people: AWAITING INSTRUMENT.
func stateWord(state string) string { return strings.ToUpper(strings.ReplaceAll(state, "_", " ")) }
