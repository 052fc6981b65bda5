package ssh

import (
	"bytes"
	"strings"
	"testing"

	"tuppence/tui"
)

// What is copied and told goes into sequences that nothing in it can end; a painter that is not read keeps the latest.
func TestEffectsCannotEscape(t *testing.T) {
	p := &painter{running: true}
	p.effect(tui.Effect{Copy: "first"})
	p.effect(tui.Effect{Copy: "chg_1\a\x1b]0;owned\a", Notice: "acme asks\a\x1b[2J\u009b31m 0.25 EUR", Ring: true})
	var b bytes.Buffer
	p.draw(&b)
	want := "\x1b]52;c;Y2hnXzEHG10wO293bmVkBw==\a\x1b]9;acme asks[2J31m 0.25 EUR\a"
	if got := b.String(); strings.ReplaceAll(got, "\a\a", "\a") != "\a"+want && got != "\a"+want && got != want+"\a" {
		t.Errorf("the terminal gets %q, want %q and the bell", got, want)
	}
	b.Reset()
	p.effect(tui.Effect{Copy: "chg_1"}) // what comes behind it before it is drawn does not take its place
	p.effect(tui.Effect{Notice: "acme asks"})
	p.effect(tui.Effect{Ring: true})
	p.draw(&b)
	if got, want := b.String(), "\x1b]52;c;Y2hnXzE=\a\x1b]9;acme asks\a\a"; got != want {
		t.Errorf("of three effects the terminal gets %q, want %q", got, want)
	}
	b.Reset()
	if p.draw(&b); b.Len() != 0 {
		t.Errorf("it gets %q again", b.String())
	}
}
