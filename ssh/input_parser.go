package ssh

import (
	"bytes"
	"time"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui"
)

const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	// maxSequence bounds what is kept of a control sequence. The longest form of a key has about half of it.
	maxSequence = 64
	// escapeWait is how long an escape waits for what it may begin. Terminals write a sequence at once; a person who
	// pressed Esc sees nothing of the wait.
	escapeWait = 50 * time.Millisecond
	// handful is more keys than a hand types at once. A packet with more of them is part of a text that was pasted without
	// marks and may be cut anywhere: its last packet may be one key.
	handful = 256
	// silence ends what was begun and has no end: a string, a sequence, a character, a paste.
	silence = 1500 * time.Millisecond
)

// Bytes that begin or end something (ECMA-48, 8.3).
const (
	bel, can, sub, esc               = 0x07, 0x18, 0x1a, 0x1b
	ss3, dcs, sos, csi, st           = 0x8f, 0x90, 0x98, 0x9b, 0x9c
	osc, pm, apc                     = 0x9d, 0x9e, 0x9f
	lastControl, firstFinal, lastSeq = 0x1f, 0x40, 0x7e
)

// state of the parser: what the next byte belongs to.
type state byte

const (
	ground     state = iota
	escaped          // an escape came: a key, or the start of what follows
	sequence         // CSI, until its final byte
	following        // so many bytes more belong to it: SS3, the mouse of X10, function keys of the Linux console
	character        // of UTF-8
	text             // a string: OSC, DCS, APC, PM, SOS. All of it is swallowed
	textEscape       // an escape in a string, which may be the first half of its end
	pasting          // between the marks of a paste
)

// parser makes keys of what a terminal sends. It is the state machine of Paul Williams (vt100.net/emu/dec_ansi_parser)
// for the other direction: what begins a string or a sequence belongs to it whole, whatever packets it comes in, and
// what is not known to be a key is none. So nothing that a terminal says by itself presses a key.
//
// It differs from its model where a terminal may do what a program may not. A string ends with its own end only, as an
// escape in it could be followed by a letter. Its bytes may be UTF-8, so 0x9C ends it only where it is no part of a
// character. SS3 and the mouse of X10 exist in this direction only.
type parser struct {
	most    int    // largest paste, in bytes
	dropped func() // a paste was too long, or did not end
	// hears tells whether reports of the mouse are meant; nil: they are not. Those that are not are what a terminal says
	// by itself, and swallowed.
	hears func() bool

	state  state
	seq    []byte // what is kept of a sequence or a character, in the 7-bit form
	more   int    // bytes that are still to come in the states following and character, and of a character in a string
	last   byte   // in a string
	bell   bool   // BEL ends the string: OSC
	paste  []byte
	drop   bool // the paste is too long already
	lone   bool // the escape that waits came in a packet of its own
	late   bool // an escape was handed over as a key; what it began may still come, for a while
	crowd  bool // keys came that no hand types, or the rest of an answer may come; and no silence since
	keys   []tea.KeyMsg
	mice   []tui.Mouse
	others int // what is no key in this packet
}

// feed takes a packet. A key is alone if it is all that the packet brought, and no crowd came shortly before.
func (p *parser) feed(b []byte) []tui.Key {
	clean := p.state == ground
	// A network may hold the second half back. One byte may be a person who presses Esc and then a bracket: it is a key,
	// and as it may be the first byte of that half too, neither it nor what follows decides.
	switch begins := p.late && bytes.IndexByte([]byte(`[]OPX^_\`), b[0]) >= 0; {
	case begins && len(b) > 1:
		p.state, clean = escaped, false
	case begins:
		p.crowd = true
	}
	p.late, p.keys, p.mice, p.others = false, nil, nil, 0
	for _, c := range b {
		p.take(c)
	}
	p.crowd = p.crowd || len(p.keys) > handful
	clean = clean && p.others == 0 && !p.crowd
	p.lone = clean && p.state == escaped && len(p.keys) == 0
	return p.out(clean && p.state == ground)
}

// expire ends what waited for more in vain. An escape is a key then; everything else is dropped, since half a sequence
// must not be typed. Its other half may still come: until there was another silence no key decides.
func (p *parser) expire() []tui.Key {
	p.keys, p.late = nil, p.state == escaped
	p.crowd = p.state != ground && (p.crowd || !p.late) // the wait of an escape is no silence
	switch p.state {
	case escaped:
		p.press(tea.KeyMsg{Type: tea.KeyEsc})
	case pasting:
		p.dropped()
	}
	p.rest()
	return p.out(p.lone)
}

// patience is how long the parser waits for more; 0: nothing is begun.
func (p *parser) patience() time.Duration {
	switch p.state {
	case ground:
		if !p.late && !p.crowd {
			return 0
		}
	case escaped:
		return escapeWait
	}
	return silence
}

// swallows tells whether what comes next is dropped and costs the program nothing.
func (p *parser) swallows() bool {
	return p.state == text || p.state == textEscape || p.state == pasting && p.drop
}

func (p *parser) out(alone bool) []tui.Key {
	out := make([]tui.Key, len(p.keys))
	for i, k := range p.keys {
		out[i] = tui.Key{KeyMsg: k, Alone: alone && len(p.keys) == 1}
	}
	return out
}

func (p *parser) press(k tea.KeyMsg) { p.keys = append(p.keys, k) }

// rest goes back to where nothing is begun.
func (p *parser) rest() { p.state, p.seq, p.more, p.paste, p.drop = ground, p.seq[:0], 0, nil, false }

// ignore ends what is no key.
func (p *parser) ignore() {
	p.rest()
	p.others++
}

// take is one step of the machine.
func (p *parser) take(b byte) {
	switch p.state {
	case ground:
		p.begin(b)
	case escaped:
		p.afterEscape(b)
	case sequence:
		p.inSequence(b)
	case following:
		p.follow(b)
	case character:
		p.inCharacter(b)
	case text, textEscape:
		p.inText(b)
	case pasting:
		p.inPaste(b)
	}
}

// begin takes a byte that belongs to nothing.
func (p *parser) begin(b byte) {
	switch {
	case b == esc:
		p.state = escaped
	case b == '\n': // what some keyboards, and all pasted lines, have for Enter
		p.press(tea.KeyMsg{Type: tea.KeyEnter})
	case b <= lastControl, b == 0x7f:
		p.press(tea.KeyMsg{Type: tea.KeyType(b)})
	case b < utf8.RuneSelf:
		p.pressRune(rune(b))
	case trailing(b) > 0:
		p.state, p.more, p.seq = character, trailing(b), append(p.seq[:0], b)
	default:
		p.control(b)
	}
}

func (p *parser) pressRune(r rune) {
	k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}
	if r == ' ' {
		k.Type = tea.KeySpace
	}
	p.press(k)
}

// afterEscape tells what an escape was. Alt and a key send an escape and the key; nothing here uses Alt, so they are
// what a quick hand means by them: Esc, then the key.
func (p *parser) afterEscape(b byte) {
	switch b {
	case '[', ']', 'O', 'P', 'X', '^', '_':
		p.control(b + 0x40)
	case '\\': // the end of a string that is over already
		p.ignore()
	default:
		p.press(tea.KeyMsg{Type: tea.KeyEsc})
		p.state = ground
		p.begin(b)
	}
}

// control takes a control of the set C1, as one byte or as an escape and a letter. Those that begin nothing are no
// keys.
func (p *parser) control(b byte) {
	p.rest()
	switch b {
	case csi:
		p.state, p.seq = sequence, append(p.seq, esc, '[')
	case ss3:
		p.state, p.more, p.seq = following, 1, append(p.seq, esc, 'O')
	case osc, dcs, sos, pm, apc:
		p.state, p.bell, p.last = text, b == osc, 0
		p.others++
	default:
		p.ignore()
	}
}

// inSequence collects until the final byte. A control breaks the sequence off and is what it is.
func (p *parser) inSequence(b byte) {
	if b <= lastControl || b > lastSeq {
		p.ignore()
		p.begin(b)
		return
	}
	first := len(p.seq) == len("\x1b[")
	if len(p.seq) < maxSequence {
		p.seq = append(p.seq, b)
	}
	switch {
	case first && b == '[': // the Linux console: CSI [ A is F1
		p.state, p.more = following, 1
	case first && b == 'M': // the mouse of X10: a button and two coordinates
		p.state, p.more = following, 3
	case b >= firstFinal:
		p.endSequence()
	}
}

// follow collects a fixed number of bytes. Some terminals put the modifiers of a key after SS3, as digits.
func (p *parser) follow(b byte) {
	p.seq = append(p.seq, b)
	if p.seq[1] == 'O' && b >= '0' && b <= '9' && len(p.seq) < maxSequence {
		return
	}
	if p.more--; p.more == 0 {
		p.endSequence()
	}
}

// endSequence presses the key that a sequence is, begins a paste, or drops what it does not know.
func (p *parser) endSequence() {
	if string(p.seq) == pasteStart {
		p.rest()
		p.state = pasting
		return
	}
	var keys []tea.KeyMsg
	if len(p.seq) < maxSequence {
		keys = keysOf(p.seq)
	}
	p.keys = append(p.keys, keys...)
	if len(keys) == 0 {
		p.others++
		p.mouse()
	}
	p.rest()
}

// inCharacter collects a character of UTF-8. A wrong one is dropped, and what cut it short is taken for itself.
func (p *parser) inCharacter(b byte) {
	if utf8.RuneStart(b) {
		p.ignore()
		p.begin(b)
		return
	}
	p.seq = append(p.seq, b)
	if p.more--; p.more > 0 {
		return
	}
	r, _ := utf8.DecodeRune(p.seq)
	p.rest()
	switch {
	case r == utf8.RuneError:
		p.ignore()
	case r < 0xa0: // C1, as terminals write it that know UTF-8 only
		p.control(byte(r))
	default:
		p.pressRune(r)
	}
}

// inText swallows a string. Nothing of it is kept, so it needs no bound in bytes; silence bounds it in time.
func (p *parser) inText(b byte) {
	last := p.last
	p.last = b
	if p.more > 0 && !utf8.RuneStart(b) {
		p.more--
		if last == 0xc2 && b == st { // ST as a character of UTF-8
			p.ignore()
		}
		return
	}
	p.more = trailing(b)
	switch {
	case b == can, b == sub, b == st, b == bel && p.bell, b == '\\' && p.state == textEscape:
		p.ignore()
	case b == esc:
		p.state = textEscape
	default:
		p.state = text
	}
}

// inPaste collects a paste, or of one that is too long only what may be the beginning of its end. Half of an address or
// an amount is worse than none.
func (p *parser) inPaste(b byte) {
	p.paste = append(p.paste, b)
	if b == '~' && bytes.HasSuffix(p.paste, []byte(pasteEnd)) {
		p.endPaste(p.paste[:len(p.paste)-len(pasteEnd)])
		return
	}
	if len(p.paste) > p.most+len(pasteEnd) {
		p.drop = true
	}
	if keep := len(pasteEnd) - 1; p.drop && len(p.paste) > 4*keep {
		p.paste = append(p.paste[:0], p.paste[len(p.paste)-keep:]...)
	}
}

// endPaste hands a paste over as one message.
func (p *parser) endPaste(content []byte) {
	if p.drop || len(content) > p.most {
		p.dropped()
	} else if valid := bytes.Runes(bytes.ToValidUTF8(content, nil)); len(valid) > 0 {
		p.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: valid, Paste: true})
	}
	p.rest()
}

// trailing is how many bytes follow the first one of a character, 0 for what is no first byte of several.
func trailing(b byte) int {
	switch {
	case b >= 0xc2 && b <= 0xdf:
		return 1
	case b >= 0xe0 && b <= 0xef:
		return 2
	case b >= 0xf0 && b <= 0xf4:
		return 3
	}
	return 0
}
