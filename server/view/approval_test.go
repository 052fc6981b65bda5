package view

import (
	"fmt"
	"slices"
	"testing"
)

// The numbers of a request are three different ones of two digits as pages show them, always the same; one is right,
// and it is in no fixed place.
func TestNumbersOfARequest(t *testing.T) {
	places := map[int]int{}
	for i := range 90 {
		a := Approval{Terms: Terms{Code: fmt.Sprint("CODE-", i)}, Match: fmt.Sprint(10 + i)}
		got := a.Numbers()
		if !slices.Equal(got, a.Numbers()) || len(slices.Compact(slices.Clone(got))) != 3 || !slices.IsSorted(got) ||
			slices.ContainsFunc(got, func(n string) bool { return n < "10" || n > "99" || len(n) != 2 }) {
			t.Errorf("%s has %v", a.Match, got)
		}
		places[slices.Index(got, a.Match)]++
	}
	if len(places) != 3 || places[-1] > 0 {
		t.Errorf("the right number is in the places %v", places)
	}
	if got := (Approval{}).Numbers(); got != nil {
		t.Errorf("a request without a page has %v", got)
	}
}
