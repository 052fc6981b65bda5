package ssh

import (
	"bytes"
	"strings"
	"testing"

	"tuppence/tui"
)

// listening returns a parser that takes reports of the mouse.
func listening() *parser {
	return &parser{most: 4096, dropped: func() {}, hears: func() bool { return true }}
}

// A report is one event, whatever packets it comes in, and presses no key.
func TestMouseReports(t *testing.T) {
	for report, want := range map[string]tui.Mouse{
		"\x1b[<0;40;12M":  {Column: 39, Row: 11},
		"\x1b[<64;1;1M":   {Button: tui.MouseWheelUp},
		"\x1b[<65;200;6M": {Column: 199, Row: 5, Button: tui.MouseWheelDown},
	} {
		splits(report, func(packets []string) {
			p := listening()
			var got []tui.Mouse
			for i, packet := range packets {
				keys := p.feed([]byte(packet))
				if len(keys) > 0 {
					t.Fatalf("%q pressed %q", packets[:i+1], names(keys))
				}
				got = append(got, p.mice...)
			}
			if len(got) != 1 || got[0] != want {
				t.Errorf("%q is %v, want %v", packets, got, want)
			}
		})
	}
}

// Attack: reports that are none, are somebody else's, or are out of all bounds. None is an event, and none types.
func TestHostileMouseReports(t *testing.T) {
	for _, report := range []string{
		"\x1b[<0;40;12m", "\x1b[<1;40;12M", "\x1b[<2;40;12M", "\x1b[<32;40;12M", "\x1b[<35;40;12M", "\x1b[<4;40;12M",
		"\x1b[<16;40;12M", "\x1b[<66;4;4M", "\x1b[<0;0;1M", "\x1b[<0;1;0M", "\x1b[<0;99999;1M", "\x1b[<0;1M",
		"\x1b[<0;1;1;1M", "\x1b[<;;M", "\x1b[<M", "\x1b[<0;-1;1M", "\x1b[<0:1;1;1M", "\x1b[M !!", "\x1b[Myyy",
		"\x1b[32;40;12M", "\x1b[<0;" + strings.Repeat("0", 100) + "1;1M", "\x1b[<18446744073709551616;1;1M",
	} {
		splits(report, func(packets []string) {
			p := listening()
			for _, packet := range packets {
				if keys := p.feed([]byte(packet)); len(keys) > 0 || len(p.mice) > 0 {
					t.Fatalf("%q pressed %q and is %v", packets, names(keys), p.mice)
				}
			}
		})
	}
}

// While the person has not asked for the mouse, its reports are what a terminal says by itself.
func TestMouseReportsAreSwallowedUnlessMeant(t *testing.T) {
	for _, hears := range []func() bool{nil, func() bool { return false }} {
		p := &parser{most: 4096, dropped: func() {}, hears: hears}
		if keys := p.feed([]byte("\x1b[<0;40;12M")); len(keys) > 0 || len(p.mice) > 0 {
			t.Errorf("pressed %q and is %v", names(keys), p.mice)
		}
	}
}

// A flood of reports is bounded, and a key among them did not come alone.
func TestFloodOfMouseReports(t *testing.T) {
	p := listening()
	keys := p.feed([]byte(strings.Repeat("\x1b[<65;4;4M", 5000) + "y"))
	if len(p.mice) != packetMice {
		t.Errorf("%d events of one packet", len(p.mice))
	}
	if len(keys) != 1 || keys[0].Alone {
		t.Errorf("the keys are %v", keys)
	}
	if p.feed([]byte("j")); len(p.mice) != 0 {
		t.Error("events are told twice")
	}
}

// A terminal is told to listen with the frame that needs it, told once, and told to stop whenever it is given back.
func TestMouseIsSwitchedWithTheFrame(t *testing.T) {
	p := &painter{width: 20, height: 1, running: true}
	draw := func(frame string) string {
		var b bytes.Buffer
		p.show(frame, caret{})
		p.draw(&b)
		return b.String()
	}
	if out := draw("a"); strings.Contains(out, "1000") {
		t.Errorf("the first frame is %q", out)
	}
	p.listen(true)
	if out := draw("b"); !strings.Contains(out, mouseOn) {
		t.Errorf("switched on: %q", out)
	}
	if out := draw("c"); strings.Contains(out, "1000") {
		t.Errorf("told again: %q", out)
	}
	p.listen(false)
	if out := draw("d"); !strings.Contains(out, mouseOff) {
		t.Errorf("switched off: %q", out)
	}
	if before, _, ends := strings.Cut(leaveScreen, mouseOff); !ends || strings.Contains(before, "1049l") {
		t.Errorf("the terminal is given back with %q", leaveScreen)
	}
}

// A painter that is closed while the terminal listens ends that, whatever ended the session.
func TestMouseEndsWithTheSession(t *testing.T) {
	for _, text := range []string{"", "Restarting."} {
		out, all := make(writes, 1), ""
		p := newPainter(out, Terminal{Term: "xterm", Width: 20, Height: 2})
		p.listen(true)
		p.show("a", caret{})
		for !strings.Contains(all, mouseOn) {
			all += string(<-out)
		}
		go func() {
			p.close(text)
			close(out)
		}()
		for raw := range out {
			all += string(raw)
		}
		if strings.LastIndex(all, mouseOff) < strings.LastIndex(all, mouseOn) {
			t.Errorf("closed with %q: %q", text, all)
		}
	}
}
