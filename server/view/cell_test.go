package view_test

import (
	"testing"

	"tuppence/server/view"
)

// What is written into a cell is read back to the letter, and begins no formula.
func TestCells(t *testing.T) {
	parts := []string{"", "'", "''", " ", "\"", "=", "+", "-", "@", "|", "%", "\uff1d", "x", ";", "\n"}
	for _, a := range parts {
		for _, b := range parts {
			for _, c := range parts {
				text := a + b + c
				cell := view.WriteCell(text)
				if got := view.ReadCell(cell); got != text {
					t.Errorf("%q is written as %q, which is read as %q", text, cell, got)
				}
				for _, begin := range []string{"=", " -", "\"@", ";+", "; =", "\n|", "'="} {
					if a+b == begin && cell == text {
						t.Errorf("%q has a formula", cell)
					}
				}
			}
		}
	}
	for cell, want := range map[string]string{
		"'tis": "'tis", "'=1": "=1", "'": "'", "a;'=1": "a;=1", "a\n'=1": "a\n=1", "a'=1": "a'=1",
	} {
		if got := view.ReadCell(cell); got != want {
			t.Errorf("%q is read as %q, not %q", cell, got, want)
		}
	}
}
