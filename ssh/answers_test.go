package ssh

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"tuppence/server/view"
	"tuppence/tui"
	"tuppence/tui/command/commandtest"
)

// answers are what terminals say without a person: replies to questions that another program asked before, and reports
// that it switched on and left on.
var answers = []struct{ name, bytes string }{
	// Device attributes.
	{"DA1 of xterm", "\x1b[?64;1;2;6;9;15;16;17;18;21;22;28c"},
	{"DA1 of VT100 and screen", "\x1b[?1;2c"},
	{"DA1 of Windows Terminal", "\x1b[?61;4;6;7;14;21;22;23;24;28;32;42;52c"},
	{"DA1 of foot", "\x1b[?62;4;22;28;29c"},
	{"DA1 in eight bits", "\x9b?62;22c"},
	{"DA2 of xterm", "\x1b[>41;390;0c"},
	{"DA2 of tmux", "\x1b[>84;0;0c"},
	{"DA2 of VTE", "\x1b[>65;7600;1c"},
	{"DA3 of xterm", "\x1bP!|00000000\x1b\\"},
	{"DA3 of VTE", "\x1bP!|7E565445\x1b\\"},
	{"DA3 in eight bits", "\x90!|464F4F54\x9c"},
	{"DECREQTPARM", "\x1b[2;1;1;128;128;1;0x"},
	// Names and versions.
	{"XTVERSION of kitty", "\x1bP>|kitty(0.45.0)\x1b\\"},
	{"XTVERSION of xterm", "\x1bP>|XTerm(390)\x1b\\"},
	{"XTVERSION of iTerm2", "\x1bP>|iTerm2 3.6.6\x1b\\"},
	{"XTVERSION of WezTerm", "\x1bP>|WezTerm 20240203-110809-5046fc22\x1b\\"},
	{"XTVERSION of foot", "\x1bP>|foot(1.25.0)\x1b\\"},
	{"XTVERSION of tmux", "\x1bP>|tmux 3.5a\x1b\\"},
	{"XTVERSION of VTE", "\x1bP>|VTE(7802)\x1b\\"},
	{"XTGETTCAP", "\x1bP1+r544e=787465726d2d6b69747479\x1b\\"},
	{"XTGETTCAP of an unknown name", "\x1bP0+r79796e6e\x1b\\"},
	{"DECRQSS", "\x1bP1$r0;1;31m\x1b\\"},
	{"DECRQSS of the cursor", "\x1bP1$r2 q\x1b\\"},
	{"DECRPTUI", "\x1bP!|79797979\x1b\\"},
	{"DECCKSR", "\x1bP1!~7979\x1b\\"},
	// Colours and the clipboard.
	{"OSC 4", "\x1b]4;1;rgb:cccc/2424/1d1d\x1b\\"},
	{"OSC 10", "\x1b]10;rgb:ebeb/dbdb/b2b2\x1b\\"},
	{"OSC 11", "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"},
	{"OSC 11 with BEL", "\x1b]11;rgb:1e1e/1e1e/2e2e\a"},
	{"OSC 11 with alpha", "\x1b]11;rgba:1e1e/1e1e/2e2e/ffff\x1b\\"},
	{"OSC 11 in eight bits", "\x9d11;rgb:1e1e/1e1e/2e2e\x9c"},
	{"OSC 11 in UTF-8", "\u009d11;rgb:1e1e/1e1e/2e2e\u009c"},
	{"OSC 12", "\x1b]12;rgb:ffff/ffff/ffff\x1b\\"},
	{"OSC 21 of kitty", "\x1b]21;foreground=rgb:dd/dd/dd;cursor=\x1b\\"},
	{"OSC 52", "\x1b]52;c;eXl5eW5uYmJs\x1b\\"},
	{"OSC 52 of a long text", "\x1b]52;c;" + strings.Repeat("eXl5", 20) + "\x1b\\"},
	{"OSC 99 of kitty", "\x1b]99;i=1:p=?;a=report,focus:o=always\x1b\\"},
	{"OSC 1337 of iTerm2", "\x1b]1337;ReportCellSize=17.50;8.00;2.0\x1b\\"},
	{"title", "\x1b]lÜbung: y?\x1b\\"}, // Ü is C3 9C, and 9C is ST
	{"icon", "\x1b]Lyes\x1b\\"},
	{"broken off by CAN", "\x1b]11;rgb:1e1e\x18"},
	// The keyboard, graphics and other strings.
	{"flags of the kitty keyboard", "\x1b[?1u"},
	{"XTQMODKEYS", "\x1b[>4;2m"},
	{"kitty graphics", "\x1b_Gi=31;OK\x1b\\"},
	{"kitty graphics refused", "\x1b_Gi=31;EBADF:bad y/n\x1b\\"},
	{"kitty graphics in eight bits", "\x9fGi=31;OK\x9c"},
	{"XTSMGRAPHICS", "\x1b[?1;0;256S"},
	{"PM", "\x1b^yes\x1b\\"},
	{"SOS", "\x1bXyes\x1b\\"},
	{"a string with an escape in it", "\x1bPtmux;\x1b\x1b]11;yes\a\x1b\x1by\x1b\\"},
	{"an end without a string", "\x1b\\"},
	// Places, modes and windows.
	{"CPR", "\x1b[24;80R"},
	{"CPR at the top", "\x1b[1;2R"},
	{"DECXCPR", "\x1b[?24;80;1R"},
	{"DSR", "\x1b[0n"},
	{"theme dark", "\x1b[?997;1n"},
	{"theme light", "\x1b[?997;2n"},
	{"DECRPM", "\x1b[?2026;2$y"},
	{"ANSI mode", "\x1b[4;2$y"},
	{"size in cells", "\x1b[8;24;80t"},
	{"size in pixels", "\x1b[4;600;800t"},
	{"size of a cell", "\x1b[6;18;9t"},
	{"state of the window", "\x1b[1t"},
	{"size by itself", "\x1b[48;24;80;432;720t"},
	{"focus", "\x1b[I"},
	{"focus lost", "\x1b[O"},
	// The mouse.
	{"mouse of X10", "\x1b[M !!"},
	{"mouse of X10 with letters", "\x1b[Myyy"},
	{"mouse of SGR", "\x1b[<0;40;12M"},
	{"mouse of SGR, let go", "\x1b[<0;40;12m"},
	{"wheel", "\x1b[<65;1;1M"},
	{"mouse of urxvt", "\x1b[32;40;12M"},
	{"mouse of DEC", "\x1b[2;4;12;40;1&w"},
	{"unknown sequences", "\x1b[>1;2z\x1bOz\x1b[?5i\x1b[=3;4|"},
}

// splits calls a function with every way to send an answer: at once, cut at each place, and byte by byte.
func splits(answer string, send func(packets []string)) {
	send([]string{answer})
	for i := 1; i < len(answer); i++ {
		send([]string{answer[:i], answer[i:]})
	}
	var bytes []string
	for i := range len(answer) {
		bytes = append(bytes, answer[i:i+1])
	}
	send(bytes)
}

// A slow network may hold the second half of an answer back. An escape that came first is a step back by then; nothing
// that follows it is typed.
func TestLateAnswersPressNothing(t *testing.T) {
	for _, a := range answers {
		for i := 1; i < len(a.bytes)-1; i++ {
			p := &parser{}
			keys := p.feed([]byte(a.bytes[:i]))
			if p.patience() == escapeWait {
				if early := names(p.expire()); !slices.Equal(early, []string{"esc"}) {
					t.Errorf("%s: %q pressed %q", a.name, a.bytes[:i], early)
				}
			}
			if keys = append(keys, p.feed([]byte(a.bytes[i:]))...); len(keys) > 0 {
				t.Errorf("%s: %q, and later %q, pressed %q", a.name, a.bytes[:i], a.bytes[i:], names(keys))
			}
		}
	}
}

// gaps are how long a network holds something back: not at all, longer than an escape waits, and longer than a string.
var gaps = []time.Duration{0, time.Second, silence + time.Second}

// pass lets time go by.
func (p *parser) pass(d time.Duration) (keys []tui.Key) {
	for wait := p.patience(); wait > 0 && wait <= d; wait = p.patience() {
		keys, d = append(keys, p.expire()...), d-wait
	}
	return keys
}

// An answer that comes in three pieces, however they are cut and held back, decides nothing: the only key that may come
// alone is the escape at its beginning. So does one that comes byte by byte, up to a second apart. Afterwards keys
// decide as ever.
func TestHeldBackAnswersDecideNothing(t *testing.T) {
	for _, a := range answers {
		held := func(apart []time.Duration, pieces ...string) {
			p := &parser{}
			var keys []tui.Key
			for i, piece := range pieces {
				if piece != "" {
					keys = append(keys, p.feed([]byte(piece))...)
				}
				keys = append(keys, p.pass(apart[min(i, len(apart)-1)])...)
			}
			for i, k := range keys {
				if k.Alone && (i > 0 || k.String() != "esc") {
					t.Errorf("%s: %q, %v apart, pressed %s alone", a.name, pieces, apart, k)
				}
			}
			p.pass(time.Minute)
			if last := p.feed([]byte("y")); len(last) != 1 || !last[0].Alone {
				t.Errorf("%s: after %q, %v apart, y is no key: %v", a.name, pieces, apart, last)
			}
		}
		whole := a.bytes
		for i := 1; i < len(whole); i++ {
			for _, first := range gaps[:2] {
				for j := i; j < len(whole); j++ {
					for _, second := range gaps[:2] {
						held([]time.Duration{first, second, 0}, whole[:i], whole[i:j], whole[j:])
					}
				}
			}
			if i > 1 { // an escape that waited longer is a key, and what comes is something else
				held([]time.Duration{gaps[2], 0}, whole[:i], whole[i:])
			}
		}
		held(gaps[1:2], strings.Split(whole, "")...)
	}
}

// seat is a person before the screens of package tui, with the input of a session between them. It lives in a bubble
// of synctest.
type seat struct {
	*hand
	t     *testing.T
	model tea.Model
	msgs  chan tea.Msg
	rung  tui.Alarms
}

func sitDown(t *testing.T, svc *commandtest.Service, who view.Caller) *seat {
	s := &seat{hand: typist(t.Context(), t, nil), t: t, msgs: make(chan tea.Msg, 64)}
	begun := time.Now()
	s.model = tui.New(t.Context(), svc, who, tui.ScreenOptions{
		NewID: func() string { return "id-1" },
		Now:   func() time.Time { return commandtest.Now.Add(time.Since(begun)) },
	})
	s.start(s.model.Init())
	s.settle()
	return s
}

func (s *seat) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		select {
		case s.msgs <- cmd():
		case <-s.t.Context().Done():
		}
	}()
}

// settle hands over what the input and the service have brought, until nothing more comes.
func (s *seat) settle() {
	for {
		synctest.Wait()
		var msg tea.Msg
		if len(s.keys) > 0 {
			msg, s.keys = s.keys[0], s.keys[1:]
		} else {
			select {
			case msg = <-s.msgs:
			default:
				return
			}
		}
		if batch, ok := msg.(tea.BatchMsg); ok {
			for _, cmd := range batch {
				s.start(cmd)
			}
			continue
		}
		if alarm, ok := msg.(tui.Alarm); ok {
			s.rung.Set(alarm, func(later tea.Msg) { s.start(func() tea.Msg { return later }) })
			continue
		}
		var cmd tea.Cmd
		s.model, cmd = s.model.Update(msg)
		s.start(cmd)
	}
}

// view is the screen as plain text.
func (s *seat) view() string { return ansi.Strip(s.model.View()) }

// press types packets as a person does, who looks at what comes before the next.
func (s *seat) press(packets ...string) {
	for _, p := range packets {
		s.send(p)
		s.settle()
		time.Sleep(time.Second) // longer than every guard
		s.settle()
	}
}

// deciding are the ways to every screen where a key decides, also halfway through the decision.
var deciding = []struct {
	name    string
	who     view.Caller
	packets []string
	see     string
}{
	{"approval", commandtest.Ada, []string{"a", "WDJB-MJHT", "\r"}, "esc later"},
	{"approval, sure", commandtest.Ada, []string{"a", "WDJB-MJHT", "\r", "47", "y"}, "▐ y  Pay"},
	{"refusal, sure", commandtest.Ada, []string{"a", "WDJB-MJHT", "\r", "b"}, "▐ b  Refuse and block"},
	{"approval, link", commandtest.Ada, []string{"a", "WDJB-MJHT", "\r", "47", "l", "l", "\t", "\t", "\t"}, "▐ Month"},
	{
		"approval, link, sure", commandtest.Ada,
		[]string{"a", "WDJB-MJHT", "\r", "47", "l", "l", "\x13", "\x1b[B"},
		"▐     Yes, pay",
	},
	{"request of a link", commandtest.Ada, []string{"a", "KXPR-9QTC", "\r"}, "take without asking"},
	{"list of requests", commandtest.Ada, []string{"a"}, "WDJB-MJHT"},
	{"link", commandtest.Ada, []string{"5", "j", "l", "\t", "\t", "\t", "\t"}, "▐ In all"},
	{"link, sure", commandtest.Ada, []string{"5", "j", "l", "\x13", "\x1b[B"}, "▐     Yes, link"},
	{"vendors", commandtest.Ada, []string{"5"}, "u unlink"},
	{"unblock, sure", commandtest.Ada, []string{"5", "G", "B", "\x1b[B"}, "▐     Yes, unblock"},
	{"limit", commandtest.Ada, []string{"4", "j", "\r"}, "EUR a day"},
	{"limit, sure", commandtest.Ada, []string{"4", "j", "\r", "50", "\r", "\x1b[B"}, "▐     Yes, set"},
	{"deposit", commandtest.Ada, []string{"f", "\r", "20"}, "Amount"},
	{"dispute", commandtest.Ada, []string{"3", "d", "\t"}, "Reason"},
	{"transfer", commandtest.Ada, []string{":", "transfer 1 EUR"}, "transfer 1 EUR"},
	{"transfer, sure", commandtest.Ada, []string{":", "transfer 1 EUR", "\r"}, "Nothing has happened yet"},
	{"welcome", commandtest.NewKey, nil, "no wallet yet"},
	{"welcome, sure", commandtest.NewKey, []string{"y"}, "y again"},
	{"looks", commandtest.NewKey, []string{"y", "y"}, "Which one reads best?"},
	{"recovery code", commandtest.NewKey, []string{"y", "y", "\r"}, "4TQM-8WZX"},
	{"recovery code, typed back", commandtest.NewKey, []string{"y", "y", "\r", "C3DJ"}, "4TQM-8WZX"},
	{"keys", commandtest.Ada, []string{"7", "j"}, "D end it"},
	{"end of a key, sure", commandtest.Ada, []string{"7", "j", "D", "\x1b[B"}, "▐     Yes, end phone"},
	{"new code, sure", commandtest.Ada, []string{"7", "j", "j", "R", "\x1b[B"}, "▐     Yes, make"},
	{"recovery", commandtest.NewKey, []string{"r", "4TQM-8WZX-K2HR-7NVP-C3DJ"}, "Recover a wallet"},
	{"case", commandtest.Rita, []string{"\r", "\x1b[B"}, "▐ Give 2.00 EUR back"},
	{"decision", commandtest.Rita, []string{"\r", "\x1b[B", "\r", "Both sides read it."}, "both sides read"},
	{
		"decision, sure", commandtest.Rita,
		[]string{"\r", "\x1b[B", "\r", "Both sides read it.", "\r", "\x1b[B"},
		"▐     Yes, the buyer",
	},
	{"step of a deposit", commandtest.Rita, []string{"j", "\r", "j", "j", "\r", "25"}, "It has cleared"},
	{"money apart", commandtest.Rita, []string{"G", "\r", "j", "\r", "\t", "It was late."}, "Credit it to a wallet"},
	{"policy", commandtest.Otto, []string{"2", "\r"}, "Change commission"},
	{"policy, sure", commandtest.Otto, []string{"2", "\r", "6 %", "\r", "\x1b[B"}, "▐     Yes, set"},
}

// Whatever a terminal says by itself, on every screen where a key decides and in whatever packets: the screen stays as
// it was, the service is not called, and no person is taken to be there.
func TestTerminalAnswersPressNothing(t *testing.T) {
	for _, d := range deciding {
		synctest.Test(t, func(t *testing.T) {
			f := commandtest.New()
			s := sitDown(t, f, d.who)
			s.press(d.packets...)
			before, calls, keys := s.view(), f.Calls(), s.n.keys
			if !strings.Contains(before, d.see) {
				t.Fatalf("%s: no %q on the screen:\n%s", d.name, d.see, before)
			}
			for _, a := range answers {
				splits(a.bytes, func(packets []string) {
					s.send(packets...)
					if s.settle(); s.n.keys != keys || f.Calls() != calls {
						t.Fatalf("%s: %s, sent as %q, pressed %d keys and made %d calls:\n%s", d.name, a.name, packets,
							s.n.keys-keys, f.Calls()-calls, s.view())
					}
				})
				if after := s.view(); after != before {
					t.Fatalf("%s: after %s the screen is another:\n%s", d.name, a.name, after)
				}
			}
		})
	}
}

// Text that is pasted without marks decides nothing, whatever letters it has.
func TestBarePasteDecidesNothing(t *testing.T) {
	texts := []string{"buy milk", "yes\ryes\r", "yyyy", "y\r\r", "\r\r\r\r\r\r", "no\n", "by\r\r", "\x13\x13"}
	for _, d := range deciding {
		for _, text := range texts {
			synctest.Test(t, func(t *testing.T) {
				f := commandtest.New()
				s := sitDown(t, f, d.who)
				s.press(d.packets...)
				before := decisions(f)
				s.press(text)
				if after := decisions(f); after != before {
					t.Errorf("%s: %q pasted made %d decisions", d.name, text, after-before)
				}
			})
		}
	}
}

// decisions counts the calls that change something.
func decisions(f *commandtest.Service) int {
	return f.Calls("Answer", "Join", "Recover", "Link", "Unlink", "SetLimit", "Fund", "Dispute", "Decide",
		"AdvanceDeposit", "SetPolicy", "Transfer", "ClaimTransfer")
}
