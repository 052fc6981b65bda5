package ssh

import (
	"bytes"
	"io"
	"maps"
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
// nothing else. The goroutine lives for as long as there is something to write. Frames wait in a mailbox of one, the
// latest wins, and only what differs from the screen is sent.
type painter struct {
	out  io.Writer
	sync bool // the terminal knows synchronized output (mode 2026)
	open bool // the terminal opens links (OSC 8)

	mu            sync.Mutex
	frame         string
	caret         caret          // of frame
	links         []tui.Link     // of frame
	mouse         bool           // the terminal tells of the mouse from frame on
	fresh         bool           // frame was not drawn yet
	moved         map[int]string // lines that take the place of some of the frame, by their rows
	all           bool           // draw everything
	ring          bool
	copied, told  string // sequences that are no part of a frame: the latest of each kind
	width, height int
	size          *tea.WindowSizeMsg // not told yet
	tell          func(tea.Msg)      // see follow; nil before
	posted        bool               // the mailbox was filled
	running       bool               // the goroutine lives
	closed        bool               // … and is not to live any more
	done          chan struct{}      // closed when it has ended; nil before close

	// Owned by the goroutine.
	entered bool
	last    []inked // lines on the screen, cleaned
	drawn   int     // columns of the screen that they were drawn for
	stands  caret   // where the terminal's cursor is
	listens bool    // the terminal tells of the mouse
}

func newPainter(out io.Writer, t Terminal) *painter {
	return &painter{
		out: out, sync: synchronizes(t.Term), open: opensLinks(t.Term), width: t.Width, height: t.Height,
	}
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
	p.post(func() { p.frame, p.caret, p.links, p.fresh, p.moved = frame, at, links, true, nil })
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

// move puts lines that take the place of some of the frame into the mailbox, by their rows. A frame of a new size is
// on its way with its own.
func (p *painter) move(lines map[int]string) {
	p.post(func() {
		if p.all {
			return
		}
		if p.moved == nil {
			p.moved = map[int]string{}
		}
		maps.Copy(p.moved, lines)
	})
}

// resize takes a new size; the next frame is drawn from nothing.
func (p *painter) resize(width, height int) {
	p.post(func() {
		p.width, p.height, p.all, p.moved = width, height, true, nil
		p.size = &tea.WindowSizeMsg{Width: width, Height: height}
	})
}

// follow tells sizes to a program, the latest one. That may be busy: nobody waits for a painter.
func (p *painter) follow(tell func(tea.Msg)) { p.post(func() { p.tell = tell }) }

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

// post changes the mailbox and starts the goroutine. It never waits, so the event loop may call it: one that runs looks
// at the mailbox before it ends.
func (p *painter) post(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	p.posted = true
	if !p.running && !p.closed {
		p.running = true
		go p.run()
	}
}

// close gives the terminal back as it was, with a last line if there is one.
func (p *painter) close(text string) {
	done := make(chan struct{})
	p.mu.Lock()
	p.closed, p.done = true, done
	if !p.running {
		close(done)
	}
	p.mu.Unlock()
	<-done
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

// buffers are those of the painters that are at work.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// run is the only writer until close. It does not hold the lock while it writes, because the event loop takes it.
func (p *painter) run() {
	buf := buffers.Get().(*bytes.Buffer)
	for p.next() {
		p.draw(buf)
		for buf.Len() > 0 {
			if _, err := p.out.Write(buf.Next(piece)); err != nil {
				p.mu.Lock()
				p.closed = true
				p.left()
				p.mu.Unlock()
				return
			}
		}
		buf.Reset()
	}
	if buf.Cap() <= 2*piece { // first frames are large, the others are not
		buffers.Put(buf)
	}
}

// next tells the program a size that waits. It returns whether there is something to draw; if not, the goroutine has
// left.
func (p *painter) next() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.posted && !p.closed {
		size, tell := p.size, p.tell
		if size == nil || tell == nil {
			p.posted = false
			return true
		}
		p.size = nil
		p.mu.Unlock()
		tell(*size)
		p.mu.Lock()
	}
	p.left()
	return false
}

// left notes that the goroutine ends. The lock is held.
func (p *painter) left() {
	p.running = false
	if p.done != nil {
		close(p.done)
	}
}

// draw appends what brings the screen up to date.
func (p *painter) draw(b *bytes.Buffer) {
	p.mu.Lock()
	frame, fresh, all, ring, width, height := p.frame, p.fresh, p.all, p.ring, p.width, p.height
	at, links, mouse, moved := p.caret, p.links, p.mouse, p.moved
	if fresh {
		p.fresh, p.all, p.frame, p.links = false, false, "", nil // a size waits for the frame that fits it
	}
	b.WriteString(p.copied)
	b.WriteString(p.told)
	p.ring, p.copied, p.told, p.moved = false, "", "", nil
	p.mu.Unlock()

	if ring {
		b.WriteByte('\a')
	}
	now := p.last
	switch {
	case !fresh && moved == nil:
		return
	case !fresh:
		now = slices.Clone(now)
	case !p.entered:
		p.entered = true
		b.WriteString(enterScreen)
	case all:
		b.WriteString("\x1b[m\x1b[2J")
		p.last = nil
	}
	if fresh {
		if mouse != p.listens {
			p.listens = mouse
			b.WriteString(map[bool]string{true: mouseOn, false: mouseOff}[mouse])
		}
		if !p.open {
			links = nil
		}
		p.drawn, now = width, fit(frame, height, links)
	}
	for row, text := range moved { // no link is among these lines
		if row < height {
			now = append(now, make([]inked, max(0, row+1-len(now)))...)
			now[row] = inked{text: onlyStyles(text)}
		}
	}
	p.lines(b, now)
	p.park(b, at.within(width, height), b.Len() > 0)
}

// lines writes the lines that changed; more than a few are wrapped so that the terminal shows them at once.
func (p *painter) lines(b *bytes.Buffer, lines []inked) {
	start := b.Len()
	changed, on := 0, pen{}
	for row := range max(len(lines), len(p.last)) {
		before, after := at(p.last, row), at(lines, row)
		if before.equal(after) {
			continue
		}
		if after.text = trimmed(after.text); !before.equal(after) {
			changed++
			on = patch(b, on, row+1, p.drawn, before, after)
		}
	}
	restyle(b, on, pen{})
	p.keep(lines)
	if p.sync && changed > 3 {
		body := bytes.Clone(b.Bytes()[start:])
		b.Truncate(start)
		b.WriteString(beginSync)
		b.Write(body)
		b.WriteString(endSync)
	}
}

// keep remembers what is on the screen, without the blanks at the ends of lines. A line is a part of its frame, which
// would be kept whole, so it is copied; one that is there already is not.
func (p *painter) keep(lines []inked) {
	if len(p.last) != len(lines) {
		p.last = slices.Grow(p.last[:0:0], len(lines))[:len(lines)]
	}
	for row, l := range lines {
		if last := &p.last[row]; l.text != last.text {
			if text := trimmed(l.text); text != last.text {
				last.text = strings.Clone(text)
			}
		}
		p.last[row].links = l.links
	}
}

// trimmed is a line without the blanks at its end, where no style is on.
func trimmed(line string) string {
	short := strings.TrimRight(line, " ")
	if k := strings.LastIndexByte(short, 0x1b); k >= 0 && !strings.HasPrefix(short[k:], "\x1b[m") {
		return line
	}
	return short
}

// at returns a line of a frame; lines below its end are blank.
func at(lines []inked, row int) inked {
	if row < len(lines) {
		return lines[row]
	}
	return inked{}
}

// fit cuts a frame to the lines of the screen and takes out what is not text or style. Each line has its links.
func fit(frame string, height int, links []tui.Link) []inked {
	frame = strings.TrimSuffix(frame, "\n")
	lines := strings.SplitN(frame, "\n", height+1)
	if len(lines) > height {
		lines = lines[:height]
	}
	out := make([]inked, len(lines))
	for k, line := range lines {
		out[k] = inked{onlyStyles(line), linksIn(links, k)}
	}
	return out
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
