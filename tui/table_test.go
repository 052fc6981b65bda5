package tui

import (
	"strings"
	"testing"

	"tuppence/server/view"
)

// someTable has a column of each kind.
func someTable() view.Table {
	t := view.Table{Columns: []view.Column{
		{Title: "When", Drop: 2},
		{Title: "ID", Plain: true},
		{Title: "Title", Elastic: true},
		{Title: "State", Drop: 1},
		{Title: "Amount", Right: true},
	}}
	for range 30 {
		t.Rows = append(t.Rows, []view.Cell{
			{Text: "11-24 14:02"},
			{Text: "chg_8f3ka"},
			{Text: "How rivers freeze in winter"},
			{Text: "paid"},
			{Text: "-0.25 EUR"},
		})
	}
	return t
}

// Columns give way in their order; the amount and a part of the title always stay.
func TestColumnsGiveWay(t *testing.T) {
	for _, tc := range []struct {
		width int
		want  string
	}{
		{80, "  When         Title                                        State     Amount"},
		{44, "  Title                 State     Amount"},
		{36, "  Title   Amount"},
	} {
		got := strings.TrimRight(strings.SplitN(plain(table(someTable(), &listCursor{}, tc.width, 5)), "\n", 2)[0], " ")
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(tc.want), " ") {
			t.Errorf("width %d: %q, want %q", tc.width, got, tc.want)
		}
	}
}

// No line is wider than the screen, the columns for plain text are not there, and the chosen line is in sight.
func TestTableFitsAndShowsTheChosenLine(t *testing.T) {
	for width := 40; width < 120; width += 7 {
		for _, chosen := range []int{0, 9, 29} {
			out := table(someTable(), &listCursor{chosen: chosen}, width, 11)
			at := takeMarks(out, width).caret
			marked := 0
			for _, l := range out {
				if l.width() > width {
					t.Errorf("width %d: a line has %d cells", width, l.width())
				}
				if l[0].text == "▐" {
					marked++
				}
			}
			if at.visible || at.column != 0 || out[at.row][0].text != "▐" {
				t.Errorf("the cursor is parked at %+v, want it hidden on the chosen line", at)
			}
			if text := plain(out); marked != 1 || len(out) > 11 || strings.Contains(text, "chg_8f3ka") {
				t.Errorf("width %d, line %d of the list:\n%s", width, chosen, text)
			}
		}
	}
}

func TestSelectionIsKept(t *testing.T) {
	id := func(s string) string { return s }
	for _, tc := range []struct {
		before, after string
		chosen, want  int
	}{
		{"abc", "xabc", 1, 2}, {"abc", "ac", 2, 1}, {"abc", "xy", 2, 1}, {"", "abc", 0, 0}, {"abc", "", 2, 0},
	} {
		got := keepSelection(strings.Split(tc.before, ""), strings.Split(tc.after, ""), tc.chosen, id)
		if got != tc.want {
			t.Errorf("%q then %q: %d, want %d", tc.before, tc.after, got, tc.want)
		}
	}
}

// A column in which nothing stands takes no room.
func TestEmptyColumnIsLeftOut(t *testing.T) {
	all := view.Table{Columns: []view.Column{{Title: "Made"}, {Title: "Reference"}, {Title: "Amount"}}}
	all.Rows = [][]view.Cell{{{Text: "11-28"}, {}, {Text: "5.00"}}, {{Text: "11-29"}, {}, {Text: "6.00"}}}
	if got := plain(table(all, &listCursor{}, 40, 9)); strings.Contains(got, "Reference") {
		t.Error(got)
	}
	all.Rows[1][1].Text = "TP 1180"
	if got := plain(table(all, &listCursor{}, 40, 9)); !strings.Contains(got, "Reference  Amount") {
		t.Error(got)
	}
}
