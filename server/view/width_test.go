package view_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"tuppence/server/view"
)

func ExampleWidth() {
	for _, text := range []string{
		"How rivers freeze", "氷の物理学", "Как замерзают реки", "e\u0301", "क\u093e\u0903",
		"\U0001f1e9\U0001f1ea", "\u2601\ufe0f", "±", "…",
	} {
		fmt.Printf("%d %+q\n", view.Width(text), text[:min(6, len(text))])
	}
	// Output:
	// 17 "How ri"
	// 10 "\u6c37\u306e"
	// 18 "\u041a\u0430\u043a"
	// 1 "e\u0301"
	// 3 "\u0915\u093e"
	// 4 "\U0001f1e9\xf0\x9f"
	// 2 "\u2601\ufe0f"
	// 2 "\u00b1"
	// 1 "\u2026"
}

func ExampleRightToLeft() {
	fmt.Println(view.RightToLeft("Lecture 7, été"), view.RightToLeft("Lecture \u05d0"), view.RightToLeft("\u0661"))
	// Output: false true true
}

// texts mix what terminals measure alike and what they do not.
var texts = rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{
	"a", "-", " ", "word", "é", "Ж", "氷", "ｆ", "क\u093e\u0903", "्", "ำ", "กำ", "ᄀᄀ각",
	"👩\u200d👩\u200d👧", "👋🏽", "🇩🇪", "🇩", "☁\ufe0f", "±", "…", "\u0301",
	"שלום", "ﷺ", "1\ufe0f\u20e3", "𝒜", "─",
}), 0, 30), func(parts []string) string { return strings.Join(parts, "") })

// No measure in use finds more cells than ours, and what is sure has one by all of them.
func TestWidthIsTheGreatestMeasure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		sum := 0 // wcwidth of each character
		for _, r := range text {
			sum += ansi.StringWidth(string(r))
		}
		if got, least := view.Width(text), max(sum, ansi.StringWidth(text)); got < least {
			t.Fatalf("%q has %d cells, some terminal draws %d", text, got, least)
		}
		for rest := text; rest != ""; {
			cluster, w := view.Cluster(rest)
			if view.Sure(cluster) && (w != 1 || len([]rune(cluster)) != 1) {
				t.Fatalf("%q is sure and has %d cells", cluster, w)
			}
			rest = rest[len(cluster):]
		}
	})
}

// What is cut or broken is never wider than its room, and what is broken is all still there.
func TestTextIsCutByWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, cells := texts.Draw(t, "text"), rapid.IntRange(0, 40).Draw(t, "cells")
		widest := 0 // one character cannot be broken
		for rest := text; rest != ""; {
			cluster, w := view.Cluster(rest)
			widest, rest = max(widest, w), rest[len(cluster):]
		}
		head, end := view.Cut(text, cells, "…"), view.CutLeft(text, cells, "…")
		for name, got := range map[string]string{"Cut": head, "CutLeft": end} {
			if view.Width(got) > cells {
				t.Fatalf("%s of %q to %d cells is %q, %d cells", name, text, cells, got, view.Width(got))
			}
			if view.Width(text) <= cells && got != text {
				t.Fatalf("%s makes %q of %q, which fits", name, got, text)
			}
		}
		if !strings.HasPrefix(text, strings.TrimSuffix(head, "…")) ||
			!strings.HasSuffix(text, strings.TrimPrefix(end, "…")) {
			t.Fatalf("%q is cut to %q and %q", text, head, end)
		}
		chunks, lines := view.Chunks(text, cells), view.Wrap(text, cells)
		for _, l := range append(chunks, lines...) {
			if view.Width(l) > max(cells, widest) {
				t.Fatalf("%q is broken at %d cells into %q", text, cells, l)
			}
		}
		blanks := strings.NewReplacer(" ", "")
		if strings.Join(chunks, "") != text || blanks.Replace(strings.Join(lines, "")) != blanks.Replace(text) {
			t.Fatalf("%q is broken into %q and %q", text, chunks, lines)
		}
	})
}

// A mark that joins what follows it (GB9b of UAX #29) does not take the blank behind a title.
func TestClusterTakesNoBlank(t *testing.T) {
	if cluster, w := view.Cluster("\u0d4e paid"); cluster != "\u0d4e" || w != 1 {
		t.Errorf("the first character is %q of %d cells", cluster, w)
	}
}

func TestWrapBreaksBetweenWords(t *testing.T) {
	for _, c := range []struct {
		text  string
		cells int
		want  string
	}{
		{"", 10, ""},
		{"How rivers freeze", 10, "How rivers|freeze"},
		{"How rivers freeze", 17, "How rivers freeze"},
		{"a well-known fact", 8, "a well-|known|fact"},
		{"help [--json] -0.25", 8, "help|[--json]|-0.25"},
		{"abcdefghij k", 4, "abcd|efgh|ij k"},
		{"abcdefgh ij", 8, "abcdefgh|ij"},
		{"氷の物理学", 5, "氷の|物理|学"},
	} {
		if got := strings.Join(view.Wrap(c.text, c.cells), "|"); got != c.want {
			t.Errorf("%q in %d cells: %q, want %q", c.text, c.cells, got, c.want)
		}
	}
}
