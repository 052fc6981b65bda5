package ssh

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"

	"tuppence/tui/command/commandtest"
)

// goroutines counts the goroutines that run something of this package or of the screens, or were begun by it.
func goroutines() (n int) {
	raw := make([]byte, 8<<20)
	for stack := range strings.SplitSeq(string(raw[:runtime.Stack(raw, true)]), "\n\n") {
		if strings.Contains(stack, "tuppence/") && !strings.Contains(stack, "_test.go") {
			n++
		}
	}
	return n
}

// A session in which nothing happens has five goroutines with something of ours in them: of the connection, of what it
// reads, of its requests, of the program and of its input. None paints and none waits for a time. (One more waits for
// news where there is a wallet.)
func TestQuietSessionHasFiveGoroutines(t *testing.T) {
	const n = 10
	s := serve(t, NewFront(commandtest.New(), FrontOptions{Now: time.Now}), nil)
	before := goroutines()
	for range n {
		r := sit(t, dial(t, s, newKey(t)), "")
		r.see("no wallet yet")
	}
	eventually(t, "sessions are quiet", func() bool { return goroutines() == before+5*n })
}

// clockwork is a model whose clock moves one line.
type clockwork struct {
	board
	drawn *int
}

type minute struct{}

func (c *clockwork) Update(msg tea.Msg) (tea.Model, tea.Cmd) { return c, nil }
func (c *clockwork) View() string                            { *c.drawn++; return "12:00\nrest" }

func (c *clockwork) Moves(msg tea.Msg) bool {
	_, moves := msg.(minute)
	return moves
}

func (c *clockwork) Moved() (map[int]string, bool) { return map[int]string{0: "12:01"}, true }

// A minute in which nothing happens draws no frame: the line that moved is sent, in a few bytes.
func TestClockDrawsNoFrame(t *testing.T) {
	at, drawn := time.Unix(0, 0), 0
	m := &rootModel{
		model: &clockwork{drawn: &drawn}, now: func() time.Time { return at },
		paint: &painter{running: true, width: 20, height: 5}, // at work: the test draws
	}
	handle := func(msg tea.Msg) int {
		at = at.Add(time.Minute)
		m.Update(msg)
		m.View()
		var b bytes.Buffer
		m.paint.draw(&b)
		return b.Len()
	}
	handle("first")
	if n := handle(minute{}); drawn != 1 || n == 0 || n > 20 {
		t.Errorf("a minute draws %d frames and sends %d bytes", drawn-1, n)
	}
	if handle("key"); drawn != 2 {
		t.Errorf("a key draws %d frames, want one", drawn-1)
	}
}

// What moves the clock within a gap of a frame, as the answer to a key does, draws no second one; with another message
// in that gap it does.
func TestAnswerToAKeyDrawsNoSecondFrame(t *testing.T) {
	drawn := 0
	m := &rootModel{
		model: &clockwork{drawn: &drawn}, now: func() time.Time { return time.Unix(0, 0) }, send: func(tea.Msg) {},
		paint: &painter{running: true, width: 20, height: 5},
	}
	handle := func(all ...tea.Msg) {
		for _, msg := range all {
			m.Update(msg)
			m.View()
		}
	}
	if handle("key", minute{}, rested{}); drawn != 1 {
		t.Errorf("a key and what follows it draw %d frames, want one", drawn)
	}
	if handle(minute{}, "key", minute{}, rested{}); drawn != 2 {
		t.Errorf("the next key draws %d frames, want one", drawn-1)
	}
}

// Lines that take the place of some show what a frame with them would, whatever was drawn before or waits.
func TestMovedLinesShowLikeAFrame(t *testing.T) {
	line := rapid.SampledFrom([]string{
		"", "a", "ab  ", "\x1b[7mab  \x1b[m", "\x1b[1mpaid\x1b[m 世", "\x1b[7m   ", "\x1b[31ma",
	})
	rapid.Check(t, func(t *rapid.T) {
		const w, h = 12, 4
		glass, want := vt.NewEmulator(w, h), vt.NewEmulator(w, h)
		p, whole := &painter{running: true, width: w, height: h}, &painter{running: true, width: w, height: h}
		draw := func() {
			var b, all bytes.Buffer
			p.draw(&b)
			_, _ = glass.Write(b.Bytes())
			whole.draw(&all)
			_, _ = want.Write(all.Bytes())
		}
		for range rapid.IntRange(1, 6).Draw(t, "frames") {
			now := rapid.SliceOfN(line, h, h).Draw(t, "frame")
			p.show(strings.Join(now, "\n"), caret{})
			if rapid.Bool().Draw(t, "drawn") {
				draw()
			}
			for range 2 {
				row := rapid.IntRange(0, h-1).Draw(t, "row")
				now[row] = line.Draw(t, "line")
				p.move(map[int]string{row: now[row]})
			}
			whole.show(strings.Join(now, "\n"), caret{})
			draw()
			if got, want := glass.Render(), want.Render(); got != want {
				t.Fatalf("screen\n%q\nwant\n%q", got, want)
			}
		}
	})
}

// A client that has said something since the last beat is not asked; two beats without an answer are its end.
func TestWhoWasHeardIsNotAsked(t *testing.T) {
	c := &conn{s: &Server{limits: DefaultLimits()}}
	for k, beat := range []struct{ heard, answered, ask, dead bool }{
		{heard: true},
		{ask: true},
		{heard: true, answered: true},
		{ask: true},
		{},
		{heard: true}, // it types, but does not answer yet
		{},
		{dead: true},
	} {
		c.heardAny.Store(beat.heard)
		c.asking = c.asking && !beat.answered
		if ask, dead := c.judge(); ask != beat.ask || dead != beat.dead {
			t.Errorf("beat %d: ask %v, dead %v, want %+v", k, ask, dead, beat)
		}
	}
}
