package ssh

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"tuppence/tui"
)

// Sequences of the terminal: the alternate screen without a cursor, without wrapping, with pastes marked; and back.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[H\x1b[2J"
	leaveScreen = "\x1b[m" + mouseOff + "\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
	beginSync   = "\x1b[?2026h"
	endSync     = "\x1b[?2026l"
	// Buttons are told, in the form that has no bound on columns (1006). It ends with the screen, whether it was on or
	// not: a terminal that goes on telling types into the person's shell.
	mouseOn  = "\x1b[?1000h\x1b[?1006h"
	mouseOff = "\x1b[?1006l\x1b[?1000l"
)

// piece is how many bytes are written at once. A key changes less; of a whole screen in one packet, the packet and its
// encrypted copy would be kept by the connection for as long as it lasts.
const piece = 1 << 10

// painter writes frames to one terminal, in a goroutine of its own: a client that does not read stops its painter and
// nothing else. Frames wait in a mailbox of one, the latest wins, and only what differs from the screen is sent.
type painter struct {
	out  io.Writer
	sync bool // the terminal knows synchronized output (mode 2026)
	open bool // the terminal opens links (OSC 8)

	mu            sync.Mutex
	frame         string
	caret         caret      // of frame
	links         []tui.Link // of frame
	mouse         bool       // the terminal tells of the mouse from frame on
	fresh         bool       // frame was not drawn yet
	all           bool       // draw everything
	ring          bool
	copied, told  string // sequences that are no part of a frame: the latest of each kind
	width, height int
	sizes         <-chan tea.WindowSizeMsg // see follow; nil before
	tell          func(tea.Msg)

	wake chan struct{} // capacity 1
	quit chan struct{}
	done chan struct{}

	// Owned by the goroutine.
	entered bool
	last    []inked // lines on the screen, cleaned
	drawn   int     // columns of the screen that they were drawn for
	stands  caret   // where the terminal's cursor is
	listens bool    // the terminal tells of the mouse
}

func newPainter(out io.Writer, t Terminal) *painter {
	p := &painter{
		out: out, sync: synchronizes(t.Term), open: opensLinks(t.Term), width: t.Width, height: t.Height,
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go p.run()
	return p
}

// synchronizes says whether a terminal of this name shows a frame at once when it is told to, or at least ignores
// that. It is not asked: an answer would arrive as keys.
func synchronizes(term string) bool {
	for _, name := range []string{
		"xterm", "tmux", "alacritty", "foot", "kitty", "wezterm", "ghostty", "contour", "rio", "iterm",
	} {
		if strings.HasPrefix(strings.ToLower(term), name) {
			return true
		}
	}
	return false
}

// show puts a frame into the mailbox, with the place of the terminal's cursor on it and its links.
func (p *painter) show(frame string, at caret, links ...tui.Link) {
	p.post(func() { p.frame, p.caret, p.links, p.fresh = frame, at, links, true })
}

// listen has the terminal tell of the mouse, or not, from the next frame on.
func (p *painter) listen(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mouse = on
}

// hears tells whether reports of the mouse are meant.
func (p *painter) hears() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mouse
}

// resize takes a new size; the next frame is drawn from nothing.
func (p *painter) resize(width, height int) {
	p.post(func() { p.width, p.height, p.all = width, height, true })
}

// follow takes new sizes from a mailbox and tells each to a program. That may be busy: nobody waits for a painter.
func (p *painter) follow(sizes <-chan tea.WindowSizeMsg, tell func(tea.Msg)) {
	p.post(func() { p.sizes, p.tell = sizes, tell })
}

// again draws everything anew, after something else wrote on the terminal.
func (p *painter) again() { p.post(func() { p.all, p.fresh = true, true }) }

// effect writes what is no part of a frame. What it carries was cleaned by the screens; it is cleaned again here, since
// it goes into a sequence that a control character would end.
func (p *painter) effect(e tui.Effect) {
	notice := strings.Map(onlyDrawable, e.Notice)
	p.post(func() {
		if e.Copy != "" {
			p.copied = ansi.SetSystemClipboard(e.Copy)
		}
		if notice != "" {
			p.told = ansi.Notify(notice)
		}
		p.ring = p.ring || e.Ring
	})
}

// onlyDrawable drops what could end a sequence.
func onlyDrawable(r rune) rune {
	if drawable(r, utf8.RuneLen(r)) {
		return r
	}
	return -1
}

// bell rings.
func (p *painter) bell() { p.post(func() { p.ring = true }) }

// post changes the mailbox and wakes the goroutine. It never waits, so the event loop may call it: a wake that is
// pending covers this change too.
func (p *painter) post(change func()) {
	p.mu.Lock()
	change()
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// close gives the terminal back as it was, with a last line if there is one.
func (p *painter) close(text string) {
	close(p.quit)
	<-p.done
	var b strings.Builder
	if p.entered {
		b.WriteString(leaveScreen)
	}
	if text != "" {
		b.WriteString(text + "\r\n")
	}
	if b.Len() > 0 {
		_, _ = io.WriteString(p.out, b.String())
	}
}

// run is the only writer until close. It does not hold the lock while it writes, because the event loop takes it.
func (p *painter) run() {
	defer close(p.done)
	var buf bytes.Buffer
	for {
		p.mu.Lock()
		sizes, tell := p.sizes, p.tell
		p.mu.Unlock()
		select {
		case <-p.quit:
			return
		case size := <-sizes:
			p.resize(size.Width, size.Height)
			tell(size)
			continue
		case <-p.wake:
		}
		p.draw(&buf)
		if buf.Len() == 0 {
			continue
		}
		for buf.Len() > 0 {
			if _, err := p.out.Write(buf.Next(piece)); err != nil {
				return
			}
		}
		if buf.Reset(); buf.Cap() > 2*piece {
			buf = bytes.Buffer{} // first frames are large, the others are not
		}
	}
}

// draw appends what brings the screen up to date.
func (p *painter) draw(b *bytes.Buffer) {
	p.mu.Lock()
	frame, fresh, all, ring, width, height := p.frame, p.fresh, p.all, p.ring, p.width, p.height
	at, links, mouse := p.caret, p.links, p.mouse
	if fresh {
		p.fresh, p.all, p.frame, p.links = false, false, "", nil // a size waits for the frame that fits it
	}
	b.WriteString(p.copied)
	b.WriteString(p.told)
	p.ring, p.copied, p.told = false, "", ""
	p.mu.Unlock()

	if ring {
		b.WriteByte('\a')
	}
	if !fresh {
		return
	}
	if !p.entered {
		p.entered = true
		b.WriteString(enterScreen)
	} else if all {
		b.WriteString("\x1b[m\x1b[2J")
		p.last = nil
	}
	if mouse != p.listens {
		p.listens = mouse
		b.WriteString(map[bool]string{true: mouseOn, false: mouseOff}[mouse])
	}
	p.drawn = width
	if !p.open {
		links = nil
	}
	p.lines(b, fit(frame, height), links)
	p.park(b, at.within(width, height), b.Len() > 0)
}

// lines writes the lines that changed; more than a few are wrapped so that the terminal shows them at once.
func (p *painter) lines(b *bytes.Buffer, lines []string, links []tui.Link) {
	start := b.Len()
	changed := 0
	drawn := make([]inked, len(lines))
	for row := range max(len(lines), len(p.last)) {
		var before, after inked // lines below the end of a frame are blank
		if row < len(p.last) {
			before = p.last[row]
		}
		if row < len(lines) {
			after = inked{lines[row], linksIn(links, row)}
			drawn[row] = after
		}
		if before.text != after.text || !slices.Equal(before.links, after.links) {
			changed++
			patch(b, row+1, p.drawn, before, after)
		}
	}
	p.last = drawn
	if p.sync && changed > 3 {
		body := bytes.Clone(b.Bytes()[start:])
		b.Truncate(start)
		b.WriteString(beginSync)
		b.Write(body)
		b.WriteString(endSync)
	}
}

// fit cuts a frame to the lines of the screen and takes out what is not text or style.
func fit(frame string, height int) []string {
	frame = strings.TrimSuffix(frame, "\n")
	lines := strings.SplitN(frame, "\n", height+1)
	if len(lines) > height {
		lines = lines[:height]
	}
	for k, line := range lines {
		lines[k] = onlyStyles(line)
	}
	return lines
}

// moveTo writes the sequence that puts the cursor on a cell, counted from 1.
func moveTo(b *bytes.Buffer, row, column int) {
	b.WriteString("\x1b[")
	b.WriteString(strconv.Itoa(row))
	if column > 1 {
		b.WriteByte(';')
		b.WriteString(strconv.Itoa(column))
	}
	b.WriteByte('H')
}
