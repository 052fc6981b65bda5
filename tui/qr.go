package tui

import (
	"strings"

	"github.com/boombuler/barcode/qr"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// Measures of a QR code: modules of quiet around it, and the longest text, beyond which no terminal has the room.
const (
	qrQuiet = 2
	qrMost  = 200
)

// qrLines draw a text as a QR code, two modules of height in a cell, dark on light on any paper. A cell of two equal
// modules is a blank on its ground, because the blocks of many fonts leave a gap between rows; of the others the lower
// module is a half block. nil: the text cannot be a code.
func qrLines(text string) []line {
	if text == "" || len(text) > qrMost {
		return nil
	}
	code, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return nil
	}
	n := code.Bounds().Dx()
	light := func(x, y int) bool {
		x, y = x-qrQuiet, y-qrQuiet
		if x < 0 || y < 0 || x >= n || y >= n {
			return true
		}
		r, _, _, _ := code.At(x, y).RGBA()
		return r != 0
	}
	var out []line
	for y := 0; y < n+2*qrQuiet; y += 2 {
		var l line
		for x := range n + 2*qrQuiet {
			ground, cell := toneCode, " "
			if light(x, y) {
				ground = toneCodeLight
			}
			if light(x, y) != light(x, y+1) {
				cell = "▄"
			}
			if last := len(l) - 1; last >= 0 && l[last].tone == ground {
				l[last].text += cell
			} else {
				l = append(l, span{cell, ground})
			}
		}
		out = append(out, l)
	}
	return out
}

// qr is a text as a QR code in at most so many cells, nil where there is no room or the terminal cannot show one: it
// needs two colours of our own and half blocks of one cell. The text stands beside it in any case.
func (m *Model) qr(text string, width, height int) []line {
	if m.theme.signs != allSigns || m.theme.before[toneCode] == "" || m.theme.looks[toneCode].paper == none {
		return nil
	}
	if m.coded.text != text { // it takes a millisecond, and a screen is drawn for each key
		m.coded.text, m.coded.code = text, qrLines(text)
	}
	code := m.coded.code
	if len(code) == 0 || len(code) > height || code[0].width() > width {
		return nil
	}
	return code
}

// carrier is a screen with something that another device reads in another form than a person copies.
type carrier interface{ carried() string }

// codeSheet shows a QR code alone, as large as it is, with what it says below.
type codeSheet struct{ text, code string }

// openCode shows what the screen has to take away as a code for another device.
func (m *Model) openCode() tea.Cmd {
	c, has := m.top().(copier)
	if !has || c.copyable() == "" {
		return nil
	}
	s := &codeSheet{c.copyable(), c.copyable()}
	if other, is := c.(carrier); is {
		s.code = other.carried()
	}
	return m.open(s)
}

func (*codeSheet) name() string                    { return "code" }
func (*codeSheet) crumb() string                   { return "Code" }
func (*codeSheet) typing() bool                    { return false }
func (*codeSheet) load(*Model) tea.Cmd             { return nil }
func (*codeSheet) key(*Model, Key) (tea.Cmd, bool) { return nil, false }
func (*codeSheet) hints(*Model) []hint             { return []hint{{"y", "copy"}, {"Y", "print"}, {"esc", "back"}} }

// copyable is what the code stands for.
func (s *codeSheet) copyable() string { return s.text }

func (s *codeSheet) draw(m *Model, width, height int) []line {
	var out []line
	code := m.qr(s.code, width-4, height)
	for _, l := range code {
		out = append(out, append(lineOf(toneText, "  "), l...))
	}
	if len(code) == 0 {
		out = append(topGap(height), paragraph(toneText, width,
			"There is no room for a code here, or the terminal has no colours or signs for one. The text:")...)
	}
	for _, part := range wholeParts(s.text, width-4) {
		out = append(out, lineOf(toneStrong, "  "+part))
	}
	return out
}

// sshAddress is the address of a service, as an ssh command line has it, in the form that other devices open: no letter
// of it is a small one, since a code of capitals is smaller.
func sshAddress(target string) string {
	host, port := target, ""
	if words := strings.Fields(target); len(words) == 3 && words[0] == "-p" {
		host, port = words[2], ":"+words[1]
	}
	return strings.ToUpper("ssh://" + view.Clean(host) + port)
}
