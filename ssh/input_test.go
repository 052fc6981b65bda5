package ssh

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/time/rate"
	"pgregory.net/rapid"

	"tuppence/tui"
)

// hand types packets into an input and keeps what comes out. It lives in a bubble of synctest: pauses cost no time.
type hand struct {
	w    *io.PipeWriter
	keys []tui.Key
	n    struct{ keys, interrupts, dropped, hangups int }
}

// typist starts an input without a limit on its rate, or with one. It ends with the test.
func typist(ctx context.Context, t *testing.T, limit *rate.Limiter) *hand {
	if limit == nil {
		limit = rate.NewLimiter(rate.Inf, 0)
	}
	r, w := io.Pipe()
	h := &hand{w: w}
	in := &input{
		r: r, ctx: ctx, limit: limit,
		send:      func(msg tea.Msg) { h.keys = append(h.keys, msg.(tui.Key)) },
		key:       func() { h.n.keys++ },
		interrupt: func() { h.n.interrupts++ },
		hangup:    func() { h.n.hangups++; r.Close() },
		failed:    func(v any) { panic(v) },
		parser:    parser{most: 4096, dropped: func() { h.n.dropped++ }},
	}
	go in.run()
	t.Cleanup(func() { w.Close() })
	return h
}

// These stand between packets: the next comes when the wait for what an escape begins is over, or the one for all else.
const (
	pause = "pause"
	long  = "long"
)

// send sends packets one after the other.
func (h *hand) send(packets ...string) *hand {
	for _, p := range packets {
		switch p {
		case pause:
			time.Sleep(escapeWait)
		case long:
			time.Sleep(2 * silence)
		default:
			_, _ = io.WriteString(h.w, p)
		}
		synctest.Wait()
	}
	return h
}

// end closes the input and returns the names of the keys. Those that came alone stand in brackets.
func (h *hand) end() string {
	time.Sleep(2 * silence)
	h.w.Close()
	synctest.Wait()
	var all []string
	for _, k := range h.keys {
		name := k.String()
		if k.Paste {
			name = "paste:" + string(k.Runes)
		}
		if k.Alone {
			name = "<" + name + ">"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// What terminals send for keys, in packets as they come.
func TestKeys(t *testing.T) {
	for _, c := range []struct {
		packets []string
		want    string
	}{
		{[]string{"y"}, "<y>"},
		{[]string{"y", "é", "世", " "}, "<y> <é> <世> < >"},
		{[]string{"buy"}, "b u y"},
		{[]string{"y\r"}, "y enter"},
		{[]string{"\r", "\n", "\t", "\x7f", "\x18"}, "<enter> <enter> <tab> <backspace> <ctrl+x>"},
		// A lone escape is a key after a moment. Alt and a key are Esc, then the key.
		{[]string{"\x1b"}, "<esc>"},
		{[]string{"12", "\x1b", pause, "3"}, "1 2 <esc> <3>"},
		{[]string{"12", "\x1b", "3"}, "1 2 esc 3"},
		{[]string{"12\x1b3"}, "1 2 esc 3"},
		{[]string{"\x1by"}, "esc y"},
		{[]string{"\x1b\x1b"}, "esc esc"},
		{[]string{"\x1b", pause, "["}, "<esc> ["},
		{[]string{"\x1b\x7f"}, "esc backspace"},
		// A text that was pasted without marks, of which the last packet is one key.
		{
			[]string{strings.Repeat("a", 257), "y", pause, "\x1b", pause, "y", long, "y"},
			strings.Repeat("a ", 257) + "y esc y <y>",
		},
		// Sequences, cut and whole.
		{[]string{"\x1b[A", "\x1bOB", "\x1b[1;5C", "\x1b[1;3D"}, "<up> <down> <ctrl+right> <alt+left>"},
		{[]string{"\x1b[H", "\x1b[4~", "\x1b[5~", "\x1b[6~"}, "<home> <end> <pgup> <pgdown>"},
		{[]string{"\x1b[3~", "\x1b[Z"}, "<delete> <shift+tab>"},
		{[]string{"\x1b", "[A"}, "up"},
		{[]string{"\x1b", pause, "[A"}, "<esc> up"}, // a slow network: a step too much, nothing typed
		{[]string{"\x1b", long, "Paris"}, "<esc> P a r i s"},
		{[]string{"\x1b[", pause, "A"}, "up"},
		{[]string{"\x1b[1;", "5C"}, "ctrl+right"},
		{[]string{"\x9bA"}, "<up>"},
		{[]string{"\u009bA"}, "<up>"}, // the same, as a terminal writes it that knows UTF-8 only
		{[]string{"\x1bOM", "\x1bOP", "\x1b[[A", "\x1b[[Ay"}, "<enter> <f1> y"},
		// The kitty keyboard protocol and modifyOtherKeys.
		{[]string{"\x1b[27u", "\x1b[13u", "\x1b[57414u", "\x1b[9u", "\x1b[127u"}, "<esc> <enter> <enter> <tab> <backspace>"},
		{[]string{"\x1b[99;5u", "\x1b[120;5u", "\x1b[99;5:1u", "\x1b[99;69u"}, "<ctrl+c> <ctrl+x> <ctrl+c> <ctrl+c>"},
		{[]string{"\x1b[27;5;99~", "\x1b[27;5;116~", "\x1b[27;1;13~", "\x1b[27;1;27~"}, "<ctrl+c> <ctrl+t> <enter> <esc>"},
		{[]string{"\x1b[99;5:3u", "\x1b[13;1:3u", "\x1b[1;1:3A", "\x1b[121;9u"}, ""}, // let go, and super
		{[]string{"\x1b[121u", "\x1b[121;3u"}, "<y> esc y"},
		// Characters, cut and wrong.
		{[]string{"\xc3", "\xa9", "\xe4\xb8", "\x96"}, "é 世"},
		{[]string{"\xe4\xb8", "y", "\xff", "\xc3("}, "y ("},
		{[]string{"\xe4\xb8", pause, pause, "y"}, "y"},
		// What is cut off for good is dropped.
		{[]string{"\x1b[1;"}, ""},
		{[]string{"\x1b[" + strings.Repeat("9", 500) + "A"}, ""},
		{[]string{"\x1b[1;\x03"}, "ctrl+c"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := typist(t.Context(), t, nil)
			if got := h.send(c.packets...).end(); got != c.want {
				t.Errorf("%q gives %q, want %q", c.packets, got, c.want)
			}
		})
	}
}

func TestPastes(t *testing.T) {
	fits, tooLong := strings.Repeat("a", 4096), strings.Repeat("a", 4097)
	for name, c := range map[string]struct {
		in, want string
		dropped  int
	}{
		"paste":        {"x" + pasteStart + "hello" + pasteEnd + "y", "x paste:hello y", 0},
		"empty":        {pasteStart + pasteEnd, "", 0},
		"largest":      {pasteStart + fits + pasteEnd, "paste:" + fits, 0},
		"too long":     {"x" + pasteStart + tooLong + pasteEnd + "y", "x y", 1},
		"far too long": {pasteStart + strings.Repeat(tooLong, 50) + pasteEnd + "y", "y", 1},
		"two":          {pasteStart + tooLong + pasteEnd + pasteStart + "b" + pasteEnd, "paste:b", 1},
		"never ends":   {"x" + pasteStart + "ab\x1b[201", "x", 1}, // half of an amount is worse than none
		"a start in it": {
			pasteStart + "a" + pasteStart + "b" + pasteEnd, "paste:a" + pasteStart + "b", 0,
		},
		"ctrl+c in it":  {pasteStart + "\x03" + pasteEnd, "paste:\x03", 0},
		"wrong UTF-8":   {pasteStart + "a\xffb" + pasteEnd, "paste:ab", 0},
		"looks like it": {pasteStart + "Л201~" + pasteEnd, "paste:Л201~", 0}, // Л is D0 9B, and 9B is CSI
	} {
		for how, size := range map[string]int{"at once": len(c.in), "in pieces": 3} {
			if size == 3 && len(c.in) > 10_000 {
				size = 1000
			}
			synctest.Test(t, func(t *testing.T) {
				h := typist(t.Context(), t, nil)
				for p := range slices.Chunk([]byte(c.in), size) {
					h.send(string(p))
				}
				got := strings.NewReplacer("<", "", ">", "").Replace(h.end())
				if got != c.want || h.n.dropped != c.dropped || h.n.hangups != 1 || h.n.interrupts != 0 {
					t.Errorf("%s %s: %.80q %+v, want %.80q and %d dropped", name, how, got, h.n, c.want, c.dropped)
				}
			})
		}
	}
}

// A paste or a string without its end holds the keyboard for a moment and not for ever. What comes then may be its end:
// after another silence keys decide.
func TestWhatDoesNotEndGivesWay(t *testing.T) {
	for _, begun := range []string{pasteStart + "ab", "\x1b]11;rgb", "\x1bP>|kitty", "\x1b_Gi=1", "\x1b[M ", "\x1b[<0;1"} {
		synctest.Test(t, func(t *testing.T) {
			h := typist(t.Context(), t, nil).send(begun)
			time.Sleep(silence)
			synctest.Wait()
			h.send("y", "\x03")
			time.Sleep(silence)
			synctest.Wait()
			if got := h.send("y").end(); got != "y ctrl+c <y>" {
				t.Errorf("after %q and two silences: %q, want the keys", begun, got)
			}
		})
	}
}

// Keys come out in the order in which they were typed, whole, however the packets cut them.
func TestKeysAreNeverCut(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		key := rapid.SampledFrom([]string{"a", "é", "世", "\x1b[A", "\x1b[1;5C", "\r", "\x1bOP", "\x1b[13u"})
		keys := rapid.SliceOfN(key, 1, 60).Draw(r, "keys")
		cuts := rapid.SliceOfN(rapid.IntRange(1, 9), len(keys)*6, len(keys)*6).Draw(r, "cuts")
		var whole, cut []string
		for _, k := range keys {
			whole = append(whole, names((&parser{}).feed([]byte(k)))...)
		}
		p, rest := &parser{}, []byte(strings.Join(keys, ""))
		for _, n := range cuts {
			n = min(n, len(rest))
			cut = append(cut, names(p.feed(rest[:n]))...)
			rest = rest[n:]
		}
		cut = append(cut, names(p.feed(rest))...)
		if !slices.Equal(whole, cut) {
			r.Fatalf("%q, want %q", cut, whole)
		}
	})
}

func names(keys []tui.Key) []string {
	var all []string
	for _, k := range keys {
		all = append(all, k.String())
	}
	return all
}

func TestCtrlCIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := typist(t.Context(), t, nil).send("a\x03", "\x1b[99;5u")
		if got := h.end(); got != "a ctrl+c <ctrl+c>" || h.n.interrupts != 2 {
			t.Errorf("%q %+v", got, h.n)
		}
	})
}

// Keys beyond the burst come at the rate and no faster; no real clock is involved.
func TestKeysAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := typist(t.Context(), t, rate.NewLimiter(8<<10, 32<<10))
		begun := time.Now()
		h.send(strings.Repeat("k", 32<<10+80<<10))
		if took := time.Since(begun).Round(time.Second); took != 10*time.Second {
			t.Errorf("80 KiB beyond the burst took %v, want 10 s", took)
		}
		h.end()
	})
}

func TestInputEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		h := typist(ctx, t, rate.NewLimiter(1, 2)).send("abc")
		if h.n.hangups != 1 {
			t.Errorf("%+v, want one hangup", h.n)
		}
	})
}

// FuzzKeys holds for any bytes in any packets: the parser does not panic, keeps a bounded amount, and makes no more
// keys than there are bytes. Plain keys come out as they are, and nothing of a string does.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("\x1b[<0;1;1M\x1b[M   \x1b[200~\x1b[201~\x03\xff\x00"), uint8(3))
	f.Add([]byte("\x1b]11;rgb:ffff/ffff/ffff\x1b\\y\x1b"), uint8(1))
	f.Add([]byte(strings.Repeat("\x1b[<99999999999999999999;1;1M", 20)), uint8(7))
	for _, a := range answers {
		f.Add([]byte(a.bytes), uint8(5))
	}
	f.Fuzz(func(t *testing.T, b []byte, size uint8) {
		p, keys := &parser{most: 64, dropped: func() {}}, 0
		for chunk := range slices.Chunk(b, 1+int(size)) {
			keys += len(p.feed(chunk))
			if kept := len(p.seq) + len(p.paste); kept > maxSequence+64+len(pasteEnd)+4 {
				t.Fatalf("%d bytes are kept", kept)
			}
		}
		if keys += len(p.expire()); keys > len(b) {
			t.Fatalf("%d keys of %d bytes", keys, len(b))
		}
		if p.state != ground {
			t.Fatalf("state %d after a silence", p.state)
		}
		plain := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f || r > 0x7e && r < 0xa0 || r == utf8.RuneError {
				return -1
			}
			return r
		}, string(b))
		if got := typed((&parser{}).feed([]byte(plain))); got != plain {
			t.Fatalf("%q came out as %q", plain, got)
		}
		inString := strings.Map(func(r rune) rune {
			if r == can || r == sub || r == st || r == esc || r == bel {
				return -1
			}
			return r
		}, strings.ToValidUTF8(string(b), ""))
		for _, intro := range []string{"\x1b]", "\x1bP", "\x1bX", "\x1b^", "\x1b_", "\x9d", "\u009d"} {
			if got := p.feed([]byte(intro + inString + "\x1b\\")); len(got) > 0 {
				t.Fatalf("%q in a string pressed %v", inString, names(got))
			}
		}
	})
}

// typed is the text of keys.
func typed(keys []tui.Key) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(string(k.Runes))
	}
	return b.String()
}
