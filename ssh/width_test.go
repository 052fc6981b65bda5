package ssh

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/bidi"
	"pgregory.net/rapid"

	"tuppence/server/view"
	"tuppence/tui"
	"tuppence/tui/command/commandtest"
)

// viewer is a person whose screens are drawn on every kind of terminal at once.
type viewer struct {
	t       *rapid.T
	m       tea.Model
	msgs    chan tea.Msg
	ctx     context.Context
	paint   *painter
	glasses []*glass
}

// look opens the screens of a service whose titles were written by a stranger.
func look(
	ctx context.Context, t *rapid.T, f *commandtest.Service, who view.Caller, w, h int, p colorprofile.Profile,
) *viewer {
	v := &viewer{
		t: t, ctx: ctx, msgs: make(chan tea.Msg, 64), glasses: glasses(w, h),
		paint: &painter{width: w, height: h, sync: true},
		m: tui.New(ctx, f, who, tui.ScreenOptions{
			Width: w, Height: h, Profile: p, Now: func() time.Time { return commandtest.Now },
			NewID: func() string { return "id-1" },
		}),
	}
	v.start(v.m.Init())
	return v
}

func (v *viewer) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		select {
		case v.msgs <- cmd():
		case <-v.ctx.Done():
		}
	}()
}

func (v *viewer) update(msg tea.Msg) {
	var cmd tea.Cmd
	v.m, cmd = v.m.Update(msg)
	v.start(cmd)
	v.draw()
}

// draw sends what differs to every terminal.
func (v *viewer) draw() {
	v.paint.frame, v.paint.fresh = v.m.View(), true
	var b bytes.Buffer
	v.paint.draw(&b)
	for _, g := range v.glasses {
		g.write(b.String())
	}
}

// see handles messages until a text of ours is on the screen.
func (v *viewer) see(text string) {
	timeout := time.NewTimer(time.Minute)
	defer timeout.Stop()
	for !strings.Contains(ansi.Strip(v.m.View()), text) {
		select {
		case msg := <-v.msgs:
			if all, many := msg.(tea.BatchMsg); many {
				for _, c := range all {
					v.start(c)
				}
			} else if msg != nil {
				v.update(msg)
			}
		case <-timeout.C:
			v.t.Fatalf("no %s on\n%s", text, ansi.Strip(v.m.View()))
		}
	}
	v.draw()
}

// ours are amounts and states as the service writes them.
var ours = regexp.MustCompile(`[+-]?[0-9]+\.[0-9]{2,6} (EUR|USD)|\b(paid|disputed|under review|awaits the letter|` +
	`uncollected|arrived|claimed|won|active)\b`)

// forged is what a stranger's title pretends to be. No true amount or state of the test is the same.
const forged = " refunded +9.99 EUR"

// reads fails if a terminal shows an amount or a state that is not the true one, at its column. It returns how many it
// has compared.
func (v *viewer) reads() (compared int) {
	for row, styled := range strings.Split(v.m.View(), "\n") {
		l, end := ansi.Strip(styled), len(cells(nil, styled, len(v.glasses[0].rows[row])))
		for _, g := range v.glasses {
			if rest := g.line(row, end, 1<<10); strings.Trim(rest, " ") != "" {
				v.t.Fatalf("where every text %s, row %d ends with %q:\n%s", g.name, row, rest, g.line(row, 0, 1<<10))
			}
		}
		for _, at := range ours.FindAllStringIndex(l, -1) {
			text, column := l[at[0]:at[1]], view.Width(l[:at[0]])
			if text == "+9.99 EUR" {
				continue
			}
			compared++
			for _, g := range v.glasses {
				if got := g.line(row, column, len(text)); got != text {
					v.t.Fatalf("where every text %s, row %d reads %q in place of %q:\n%s\nframe: %q",
						g.name, row, got, text, g.line(row, 0, 1<<10), l)
				}
			}
			for _, g := range v.glasses[:5] { // the last one gives a letter blank two cells
				if before := g.line(row, 0, column); !keepsOrder(before) {
					v.t.Fatalf("where every text %s, row %d turns %q round: %q stands before it", g.name, row, text, before)
				}
			}
		}
	}
	return compared
}

// keepsOrder reports whether a terminal that turns texts from right to left leaves alone what stands behind such a line
// (UAX #9, without marks, which some terminals ignore): the first of its letters tells the direction of the line (P2),
// the last one what becomes of digits, signs and blanks (W7, N1). Both have to be from left to right.
func keepsOrder(before string) bool {
	var strong []bidi.Class
	for _, r := range before {
		switch p, _ := bidi.LookupRune(r); p.Class() {
		case bidi.L, bidi.R, bidi.AL, bidi.AN:
			strong = append(strong, p.Class())
		}
	}
	return len(strong) == 0 || strong[0] == bidi.L && strong[len(strong)-1] == bidi.L
}

// tricky are texts on whose widths terminals do not agree.
var tricky = []string{
	"क\u093e\u0903\u093e\u0903", "\u0940\u0940", "क्ष", "नी",
	"กำ", "ก็ำ", "ำำ", "각", "ᄀᄀ각ᆨᆨ", "가나", "x", "bounced", " ",
	"👩\u200d👩\u200d👧\u200d👦", "👋🏽", "🏽🏽",
	"🇩🇪", "🇩", "☁\ufe0f", "☁\ufe0e", "1\ufe0f\u20e3", "\ufe0f", "𝒜", "ꦿ",
	"±×÷§", "“…”", "Ж", "é", "─│", "\u200b\u200d\u2060", "\u202eevil",
	"שלום", "مرحبا ١٢٣", "\u0301", "☁\ufe0f\u200d☁\ufe0f\u200d☁\ufe0f",
	"a" + strings.Repeat("\u0301\u0489", 9), "氷の物理学", "ﷺ", "ൎ", "ｆｕｌｌ", "ﾊﾟﾊﾟ",
}

// A text that begins with a mark changes no cell before it, and goes away with its line: a terminal that draws clusters
// would put the mark onto our own blank or letter, which is never drawn again.
func TestMarksJoinNothingOfOurs(t *testing.T) {
	for _, before := range []string{"  ", "", "x", "─", "\x1b[1mx\x1b[m", "x \x1b[7m"} {
		for _, text := range tricky {
			p := &painter{width: 20, height: 1}
			all := glasses(20, 1)
			for _, frame := range []string{"ﷺﷺ", before + text, before + text + " 0.25 EUR", before, ""} {
				var b bytes.Buffer
				p.frame, p.fresh = frame, true
				p.draw(&b)
				for _, g := range all {
					g.write(b.String())
				}
			}
			for _, g := range all {
				if got := g.line(0, 0, 20); strings.Trim(got, " ") != "" {
					t.Errorf("where every text %s, %q stays after %q", g.name, got, before+text)
				}
			}
		}
	}
}

// widthScenes are the ways to screens that have words of strangers and money on one line. Behind each key stands a text
// of ours that tells that what it fetched is there.
var widthScenes = []struct {
	who  view.Caller
	path []string
}{
	{commandtest.Ada, []string{"", "-0.25 EUR"}},
	{commandtest.Ada, []string{"3", "-2.00 EUR"}},
	{commandtest.Ada, []string{"3", "-2.00 EUR", "\r", "Dispute until"}},
	{commandtest.Ada, []string{"6", "2.00 EUR"}},
	{commandtest.Ada, []string{"6", "2.00 EUR", "\r", "Leave it as it is"}},
	{commandtest.Ada, []string{"a", "Price"}},
	{commandtest.Ada, []string{"a", "Price", "\r", "min left"}},
	{commandtest.Ada, []string{"5", "May take"}},
	{commandtest.Ada, []string{"4", "everywhere"}},
	{commandtest.Rita, []string{"", "25.00 USD"}},
}

// Attack: a title that terminals measure differently, with a false amount in it. Whatever the terminal, wherever the
// title stands: each true amount and state reads as it is, at its column, after every key.
func TestTitlesDoNotCoverAmounts(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		f := commandtest.New()
		title := func() string {
			parts := rapid.SliceOfN(rapid.SampledFrom(tricky), 0, 14).Draw(t, "title")
			return strings.Join(parts, "") + rapid.SampledFrom([]string{"", forged, "ൎ", "\u0600"}).Draw(t, "end")
		}
		f.Change(func(d *commandtest.Data) {
			for i := range d.Rows {
				d.Rows[i].Title = title()
			}
			for i := range d.Approvals {
				d.Approvals[i].Title, d.Approvals[i].What = title(), title()
			}
			for i := range d.Disputes {
				d.Disputes[i].Title, d.Disputes[i].Text = title(), title()
			}
			for id, x := range d.Details {
				x.Title = title()
				for i := range x.Lines {
					x.Lines[i].Who = title()
				}
				d.Details[id] = x
			}
		})
		s := rapid.SampledFrom(widthScenes).Draw(t, "screen")
		size := rapid.SampledFrom([][2]int{{40, 12}, {80, 24}, {61, 30}, {200, 60}}).Draw(t, "size")
		profile := rapid.SampledFrom([]colorprofile.Profile{
			colorprofile.NoTTY, colorprofile.ASCII, colorprofile.ANSI256,
		}).Draw(t, "profile")
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		v := look(ctx, t, f, s.who, size[0], size[1], profile)
		v.see("DEMO")
		if s.path[0] != "" {
			v.see("available") // the service has said who is calling: from here on keys mean something
		}
		for i := 0; i < len(s.path); i += 2 {
			v.press(s.path[i])
			v.see(s.path[i+1])
			compared += v.reads()
		}
		for _, key := range []string{"j", "j", "k"} {
			v.press(key)
			compared += v.reads()
		}
	})
	if compared == 0 {
		t.Error("no amount was compared")
	}
	t.Logf("%d amounts and states compared", compared)
}

// press presses a key; "" presses none.
func (v *viewer) press(key string) {
	switch key {
	case "":
	case "\r":
		v.update(tui.Key{KeyMsg: tea.KeyMsg{Type: tea.KeyEnter}, Alone: true})
	default:
		v.update(tui.Key{KeyMsg: tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)}, Alone: true})
	}
}
