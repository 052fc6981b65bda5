package seal

import (
	"strings"
	"testing"
)

// A cookie opens the page that it was made for. No other string does: not one for another page, not one with a changed
// letter, not one of another service, not one that was made up.
func TestPageCookie(t *testing.T) {
	s, other := sealer(t, "one"), sealer(t, "two")
	const txn, next = "txn_one", "txn_two"
	cookie, err := s.PageCookie(txn)
	if err != nil || !s.CheckPageCookie(cookie, txn) {
		t.Fatalf("%q does not open its own page (%v)", cookie, err)
	}
	again, err := s.PageCookie(txn)
	if err != nil || again == cookie {
		t.Errorf("two browsers have the cookie %q (%v)", again, err)
	}
	foreign, err := other.PageCookie(txn)
	if err != nil {
		t.Fatal(err)
	}
	for _, forged := range []string{
		"", foreign, cookie[1:], cookie + "\n", cookie[:51] + "\n", strings.ToUpper(cookie), strings.Repeat("0", 52),
	} {
		if s.CheckPageCookie(forged, txn) {
			t.Errorf("%q opens the page", forged)
		}
	}
	for i := range cookie[:51] { // the last letter has bits that belong to no byte
		changed := []byte(cookie)
		changed[i] ^= 1
		if s.CheckPageCookie(string(changed), txn) {
			t.Errorf("%s opens the page, too", changed)
		}
	}
	if s.CheckPageCookie(cookie, next) {
		t.Error("the cookie opens another page")
	}
}

// The number is the same whenever it is asked for, has two digits, and is another one for most other browsers and
// requests: no number comes much more often than its share.
func TestMatchNumber(t *testing.T) {
	s := sealer(t, "one")
	counts := map[string]int{}
	for i := range 9000 {
		browser := HashPageCookie(strings.Repeat("x", i))
		number := s.MatchNumber("txn_one", browser)
		if len(number) != 2 || number != s.MatchNumber("txn_one", browser) {
			t.Fatalf("the number %q", number)
		}
		counts[number]++
	}
	if len(counts) != 90 {
		t.Errorf("%d numbers, want 90", len(counts))
	}
	for number, n := range counts {
		if n > 160 {
			t.Errorf("%s comes %d times in 9000", number, n)
		}
	}
	same := 0
	for i := range 900 {
		browser := HashPageCookie(strings.Repeat("y", i))
		if s.MatchNumber("txn_one", browser) == s.MatchNumber("txn_two", browser) {
			same++
		}
	}
	if same > 40 {
		t.Errorf("%d of 900 browsers see one number on two pages", same)
	}
}
