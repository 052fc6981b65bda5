package tui

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// A key means what its place means, on every keyboard: the Russian о is j. In a text it is itself.
func TestKeysWorkByTheirPlace(t *testing.T) {
	s, _ := ada(t)
	s.press("3", "о").see("▐ 13:40")
	s.press("л").see("▐ 14:02")
	s.press("ξ").see("▐ 13:40")
	s.press("/", "о").see("Filter  о")
}

// Each row of letters is as long as the Latin one, or as the part of it that has small letters.
func TestLayoutsAreWhole(t *testing.T) {
	for _, keys := range []string{cyrillicKeys, greekKeys, hebrewKeys, arabicKeys} {
		if n := utf8.RuneCountInString(keys); n != len(latinKeys) && n != len(latinKeys)/2 {
			t.Errorf("%s has %d letters", keys, n)
		}
	}
	for _, want := range []string{"оj", "йq", "ωv", "שa", "شa"} {
		r, n := utf8.DecodeRuneInString(want)
		if got := string(latinOf[r]); got != want[n:] {
			t.Errorf("%c is %s, want %s", r, got, want[n:])
		}
	}
	if strings.ContainsFunc(latinKeys, func(r rune) bool { return latinOf[r] != 0 }) {
		t.Error("a Latin letter stands for another")
	}
}
