package ssh

import (
	"bytes"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui"
)

// wantsMouse asks a model whether it listens to the mouse.
func wantsMouse(m tea.Model) bool {
	listener, ok := m.(interface{ Mouse() bool })
	return ok && listener.Mouse()
}

// packetMice bounds how many reports of one packet are told: a hand turns no wheel faster.
const packetMice = 32

// mouse takes the report that a sequence is, if reports are meant: CSI < button ; column ; row M. A button that is let
// go, that has a key with it, or that is held while it moves is none of ours.
func (p *parser) mouse() {
	if p.hears == nil || !p.hears() || len(p.mice) == packetMice {
		return
	}
	rest, is := bytes.CutPrefix(p.seq, []byte("\x1b[<"))
	rest, pressed := bytes.CutSuffix(rest, []byte{'M'})
	fields := bytes.Split(rest, []byte{';'})
	if !is || !pressed || len(fields) != 3 {
		return
	}
	var n [3]int
	for i, f := range fields {
		if len(f) == 0 || len(f) > 4 {
			return
		}
		for _, c := range f {
			if c < '0' || c > '9' {
				return
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	button, known := map[int]tui.MouseButton{0: tui.MouseLeft, 64: tui.MouseWheelUp, 65: tui.MouseWheelDown}[n[0]]
	if known && n[1] > 0 && n[2] > 0 {
		p.mice = append(p.mice, tui.Mouse{Column: n[1] - 1, Row: n[2] - 1, Button: button})
	}
}
