package tui

import (
	"fmt"
	"testing"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A screen of another role says who may see it; one step back is what this key may.
func TestForbiddenPlaceSaysWhoMay(t *testing.T) {
	for _, tc := range []struct {
		who              view.Caller
		start, see, back string
	}{
		{commandtest.Ada, "desk", "Only a representative may use desk", "12.40 EUR"},
		{commandtest.Ada, "policy", "Only the operator may use policy", "12.40 EUR"},
		{commandtest.Rita, "me", "Only a key with a wallet may use", "by promise"},
		{commandtest.NewKey, "desk", "Your key has no wallet yet.", "no wallet yet"},
	} {
		s := connect(t, commandtest.New(), tc.who, ScreenOptions{Width: 120, Height: 24, Start: tc.start})
		s.see("Not for this key", tc.see).press("esc").see(tc.back).unseen("Not for this key")
	}
}

func TestForbiddenGolden(t *testing.T) {
	for _, size := range sizes[:2] {
		o := ScreenOptions{Width: size[0], Height: size[1], Start: "policy"}
		s := connect(t, commandtest.New(), commandtest.Ada, o)
		s.see("Not for this key")
		commandtest.Golden(t, fmt.Sprintf("screens/forbidden_%dx%d", size[0], size[1]), s.view())
	}
}

// A key and a line that other roles have say whose they are, instead of nothing.
func TestForbiddenVerbSaysWhoMay(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Rita, ScreenOptions{})
	s.press("f").see("! Only a key with a wallet may use fund.").press("x").unseen("Only a key")
	f := commandtest.New()
	s = connect(t, f, commandtest.Ada, ScreenOptions{}).press(":", "policy set commission 1")
	s.see("! Only the operator may use policy set.").press("enter").see("Only the operator may use policy set.")
	s.press("ctrl+u", "desk disp").unseen("Only").press("utes").see("! Only a representative may use desk disputes.")
	wantCalls(t, f, 0, "SetPolicy", "DeskDisputes")
}

// Whoever leans on a key that means nothing costs no memory for each command of the table.
func TestKeyOfNobodyIsCheap(t *testing.T) {
	s, _ := ada(t)
	s.see("12.40 EUR")
	if n := testing.AllocsPerRun(100, func() { s.m.forbidKey("é") }); n > 10 {
		t.Errorf("the key took %v pieces of memory", n)
	}
}
