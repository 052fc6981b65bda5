package tui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/view"
)

// plain is lines as text, without blanks at their ends.
func plain(all []line) string {
	var b strings.Builder
	takeMarks(all, 1000)
	for _, l := range all {
		var text string
		for _, s := range l {
			text += s.text
		}
		b.WriteString(strings.TrimRight(text, " ") + "\n")
	}
	return b.String()
}

func TestFactsAreAlignedAndEmptyOnesAreLeftOut(t *testing.T) {
	got := plain(facts(factBlock{width: 30}, []view.Fact{
		{Label: "To", Value: "acme-news"},
		{Label: "Left", Value: ""},
		{Label: "About", Value: "words that are too long for one line"},
	}))
	want := "  To     acme-news\n" +
		"  About  words that are too\n" +
		"         long for one line\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Where there is no room, the facts with the greatest Drop go first, and those without one never.
func TestFactsGiveWayInTheirOrder(t *testing.T) {
	all := []view.Fact{
		{Label: "a", Value: "stays"},
		{Label: "b", Value: "second", Drop: 1},
		{Label: "c", Value: "first", Drop: 2},
		{Label: "d", Value: "stays"},
	}
	for room, want := range map[int]string{4: "abcd", 3: "abd", 2: "ad", 1: "ad"} {
		got := ""
		for _, l := range facts(factBlock{width: 40, room: room}, all) {
			got += strings.TrimSpace(l[0].text)
		}
		if got != want {
			t.Errorf("in %d lines: %s, want %s", room, got, want)
		}
	}
}

func TestLongFactTellsThatItIsCut(t *testing.T) {
	got := plain(facts(factBlock{width: 24}, []view.Fact{{Label: "For", Value: strings.Repeat("word ", 20), Lines: 2}}))
	if want := "  For  word word word\n       word word word …\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An id and an address stand on one line and say that there is more of them; an amount is whole at every width.
func TestIdsNeverWrap(t *testing.T) {
	for _, width := range []int{40, 60, 80} {
		out := facts(factBlock{width: width}, []view.Fact{
			{Label: "Opens", Value: "https://news.example/a-long/path-with-hyphens/and-more/of-it-than-fits", Whole: true},
			{Label: "Account", Value: "123,456,789.123456 EUR → 123,456,788.123456 EUR after", Whole: true},
		})
		if l := out[0]; l.width() > width-2 || width < 80 && !strings.HasSuffix(l[1].text, "…") {
			t.Errorf("width %d: %d cells, %q", width, l.width(), l[1].text)
		}
		amounts := strings.Join(strings.Fields(plain(out[1:])), " ")
		if amounts != "Account 123,456,789.123456 EUR → 123,456,788.123456 EUR after" {
			t.Errorf("width %d: %q", width, amounts)
		}
	}
}
