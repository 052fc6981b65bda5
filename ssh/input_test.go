package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"golang.org/x/time/rate"
	"pgregory.net/rapid"
)

// reader makes an input over packets; what it tells is counted.
type told struct{ keys, interrupts, dropped, hangups int }

func reader(ctx context.Context, r io.Reader, limit *rate.Limiter) (*input, *told) {
	n := &told{}
	return &input{
		r: r, ctx: ctx, limit: limit, paste: 4096,
		key: func() { n.keys++ }, interrupt: func() { n.interrupts++ },
		dropped: func() { n.dropped++ }, hangup: func() { n.hangups++ },
	}, n
}

// packets are read one by one, as from a channel.
type packets [][]byte

func (p *packets) Read(b []byte) (int, error) {
	if len(*p) == 0 {
		return 0, io.EOF
	}
	n := copy(b, (*p)[0])
	if (*p)[0] = (*p)[0][n:]; len((*p)[0]) == 0 {
		*p = (*p)[1:]
	}
	return n, nil
}

func TestPastes(t *testing.T) {
	fits, tooLong := strings.Repeat("a", 4096), strings.Repeat("a", 4097)
	for name, c := range map[string]struct {
		in, want string
		dropped  int
	}{
		"keys":         {"ab\x1b[A", "ab\x1b[A", 0},
		"paste":        {"x" + pasteStart + "hello" + pasteEnd + "y", "x" + pasteStart + "hello" + pasteEnd + "y", 0},
		"largest":      {pasteStart + fits + pasteEnd, pasteStart + fits + pasteEnd, 0},
		"too long":     {"x" + pasteStart + tooLong + pasteEnd + "y", "xy", 1},
		"far too long": {pasteStart + strings.Repeat(tooLong, 50) + pasteEnd + "y", "y", 1},
		"two":          {pasteStart + tooLong + pasteEnd + pasteStart + "b" + pasteEnd, pasteStart + "b" + pasteEnd, 1},
		"never ends":   {"x" + pasteStart + tooLong + "\x1b[201", "x", 0},
		"start in paste": {
			pasteStart + "a" + pasteStart + "b" + pasteEnd,
			pasteStart + "a" + pasteStart + "b" + pasteEnd, 0,
		},
		"ctrl+c not a key":   {pasteStart + "\x03" + pasteEnd, pasteStart + "\x03" + pasteEnd, 0},
		"lone escape":        {"\x1b", "\x1b", 0},
		"escape and the end": {"a\x1b[20", "a", 0}, // cut off by the end of the input
		"alt and a bracket":  {"\x1b[x", "\x1b[x", 0},
	} {
		for how, r := range map[string]io.Reader{"at once": strings.NewReader(c.in), "in pieces": pieces(c.in)} {
			in, n := reader(t.Context(), r, rate.NewLimiter(rate.Inf, 0))
			got, err := io.ReadAll(in)
			if err != nil || string(got) != c.want || n.dropped != c.dropped || n.hangups != 1 || n.interrupts != 0 {
				t.Errorf("%s %s: %.80q %v %+v, want %.80q and %d dropped", name, how, got, err, *n, c.want, c.dropped)
			}
		}
	}
}

// pieces cuts a text into packets of three bytes and a little more, never right after an escape.
func pieces(text string) io.Reader {
	var p packets
	for len(text) > 0 {
		n := min(3, len(text))
		for n < len(text) && text[n-1] == 0x1b {
			n++
		}
		p, text = append(p, []byte(text[:n])), text[n:]
	}
	return &p
}

// A packet may end right after an escape. That is a key at once, and a paste that starts so is still a paste.
func TestEscapeIsAKeyAtOnceAndMayStartAPaste(t *testing.T) {
	for _, c := range []struct {
		packets packets
		want    string
	}{
		{packets{[]byte("\x1b"), []byte("[200~ab"), []byte(pasteEnd + "c")}, "\x1b" + pasteStart + "ab" + pasteEnd + "c"},
		{packets{[]byte("\x1b"), []byte("[20"), []byte("0~ab" + pasteEnd)}, "\x1b" + pasteStart + "ab" + pasteEnd},
		{packets{[]byte("\x1b"), []byte("["), []byte("x")}, "\x1b[x"},
		{packets{[]byte("\x1b"), []byte("\x1b"), []byte("a")}, "\x1b\x1ba"},
		{packets{[]byte("\x1b"), []byte("[20"), []byte("x")}, "\x1b[20x"},
		{packets{[]byte("a\x1b"), []byte("b")}, "a\x1bb"},
	} {
		in, _ := reader(t.Context(), &c.packets, rate.NewLimiter(rate.Inf, 0))
		if got, _ := io.ReadAll(in); string(got) != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	p := packets{[]byte("\x1b"), []byte("x")}
	in, _ := reader(t.Context(), &p, rate.NewLimiter(rate.Inf, 0))
	buf := make([]byte, 256)
	if n, _ := in.Read(buf); string(buf[:n]) != "\x1b" {
		t.Errorf("the first read gave %q, want the escape", buf[:n])
	}
}

// However keys are cut into packets, Bubble Tea's buffer is never filled, and no key is cut in two.
func TestReadsEndBetweenKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom([]string{"a", "é", "世", "\x1b[A", "\x1b[1;5C", "\x1b", "\r", "\x1bOP"})
		keys := rapid.SliceOfN(key, 1, 400).Draw(t, "keys")
		line := strings.Join(keys, "")
		p := packets{[]byte(line)}
		in, _ := reader(context.Background(), &p, rate.NewLimiter(rate.Inf, 0))
		var all bytes.Buffer
		buf := make([]byte, 256)
		for {
			n, err := in.Read(buf)
			if n > maxRead {
				t.Fatalf("a read of %d bytes", n)
			}
			all.Write(buf[:n])
			if err != nil {
				break
			}
			if n > 0 && len(in.ready) > 0 && !startsKey(in.ready) {
				t.Fatalf("cut before %q", in.ready[:min(8, len(in.ready))])
			}
		}
		if all.String() != line {
			t.Fatalf("%q, want %q", all.String(), line)
		}
	})
}

func startsKey(b []byte) bool { return b[0] < 0x80 && b[0] != '[' && b[0] != ';' || b[0] >= 0xc0 }

func TestCtrlCIsTold(t *testing.T) {
	in, n := reader(t.Context(), strings.NewReader("a\x03"), rate.NewLimiter(rate.Inf, 0))
	if got, _ := io.ReadAll(in); string(got) != "a\x03" || n.interrupts != 1 {
		t.Errorf("%q %+v", got, *n)
	}
}

// Keys beyond the burst come at the rate and no faster; no real clock is involved.
func TestKeysAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, _ := reader(t.Context(), strings.NewReader(strings.Repeat("k", 32<<10+80<<10)), rate.NewLimiter(8<<10, 32<<10))
		begun := time.Now()
		if _, err := io.Copy(io.Discard, in); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun).Round(time.Second); took != 10*time.Second {
			t.Errorf("80 KiB beyond the burst took %v, want 10 s", took)
		}
	})
}

func TestReadEndsWithTheSession(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in, n := reader(ctx, strings.NewReader("abc"), rate.NewLimiter(1, 2))
	_, _ = io.ReadAll(in)
	if n.hangups != 1 {
		t.Errorf("%+v, want one hangup", *n)
	}
}

// Any bytes at all: the parser behind the input neither panics nor collects without end.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("\x1b[<0;1;1M\x1b[M   \x1b[200~\x1b[201~\x03\xff\x00"))
	f.Add([]byte(strings.Repeat("\x1b[<99999999999999999999;1;1M", 20)))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, _ := reader(t.Context(), bytes.NewReader(b), rate.NewLimiter(rate.Inf, 0))
		ctx, cancel := context.WithCancel(t.Context())
		in.hangup = cancel
		p := tea.NewProgram(sink{}, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(io.Discard),
			tea.WithoutRenderer(), tea.WithoutSignalHandler(), tea.WithFilter(dropProcessMsgs))
		if _, err := p.Run(); err != nil && !errors.Is(err, tea.ErrProgramKilled) {
			t.Fatal(err)
		}
	})
}

type sink struct{}

func (sink) Init() tea.Cmd                         { return nil }
func (s sink) Update(tea.Msg) (tea.Model, tea.Cmd) { return s, nil }
func (sink) View() string                          { return "" }
