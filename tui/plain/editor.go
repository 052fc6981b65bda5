package plain

import (
	"unicode/utf8"

	"tuppence/tui/command"
)

// maxInput bounds a line, in bytes: the longest thing that is typed is the line of a public key file.
const maxInput = 2048

// event is what a byte has done.
type event uint8

const (
	nothing event = iota
	ended         // the line is complete
	leaving       // ctrl+c, or ctrl+d at an empty line
)

// Control characters that mean something.
const (
	ctrlC     = 0x03
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	escape    = 0x1b
	del       = 0x7f
)

// escapes is how far a sequence of a key such as an arrow has been read. Such keys do nothing here.
type escapes uint8

const (
	noEscape   escapes = iota
	escaped            // after ESC
	inControl          // a control sequence, to its final byte
	inOneMore          // ESC O: one byte more
	inString           // a string that the terminal sends by itself, to its end
	stringEnds         // ESC inside of it
)

// editor makes lines of what is typed. It never writes over what stands there: what was taken back is shown by the line
// as it is then, below.
type editor struct {
	echo   bool // a terminal: what is typed is shown by us
	secret bool // but not this line
	line   []byte
	rest   []byte  // of a character whose bytes have not all come
	skip   escapes // a sequence is being read
	wasCR  bool    // the line feed of a CR LF ends no second line
	over   bool    // the line is longer than a line may be
	edited bool    // something was taken back and the line was not shown since
}

// shown is what of the line is on the screen.
func (e *editor) shown() string {
	if !e.echo || e.secret {
		return ""
	}
	return string(e.line)
}

// begin makes the editor ready for a line.
func (e *editor) begin(secret bool) {
	*e = editor{echo: e.echo, secret: secret, wasCR: e.wasCR, skip: e.skip}
}

// empty tells whether nothing is typed yet.
func (e *editor) empty() bool { return len(e.line) == 0 && len(e.rest) == 0 && !e.over && !e.edited }

// feed takes one byte and returns what it shows, and what it has done.
func (e *editor) feed(b byte) (shown string, did event) {
	wasCR := e.wasCR
	e.wasCR = b == '\r'
	if e.skip != noEscape && b != '\r' && b != ctrlC {
		e.skipped(b)
		return "", nothing
	}
	e.skip = noEscape
	switch {
	case b == '\n' && wasCR:
		return "", nothing
	case b == '\r', b == '\n':
		return e.visible(e.again() + "\n"), ended
	case b == ctrlC, b == ctrlD && len(e.line) == 0:
		return "", leaving
	case b == backspace, b == del:
		e.takeBack()
	case b == ctrlU:
		e.edited = e.edited || len(e.line) > 0 || e.over
		e.line, e.rest, e.over = nil, nil, false
	case b == escape:
		e.skip, e.rest = escaped, nil
	case b == '\t':
		return e.put(" "), nothing
	case b >= ' ':
		return e.character(b), nothing
	}
	return "", nothing
}

// skipped reads on in a sequence.
func (e *editor) skipped(b byte) {
	switch {
	case e.skip == escaped && b == '[':
		e.skip = inControl
	case e.skip == escaped && b == 'O':
		e.skip = inOneMore
	case e.skip == escaped && (b == ']' || b == 'P' || b == '_' || b == '^' || b == 'X'):
		e.skip = inString
	case e.skip == inControl && (b < '@' || b > '~'):
	case e.skip == inString && b == escape:
		e.skip = stringEnds
	case e.skip == inString && b != 0x07, e.skip == stringEnds && b != '\\':
		e.skip = inString
	default:
		e.skip = noEscape
	}
}

// takeBack takes the last character back.
func (e *editor) takeBack() {
	if len(e.rest) > 0 {
		e.rest = nil
		return
	}
	if len(e.line) > 0 {
		_, n := utf8.DecodeLastRune(e.line)
		e.line, e.edited = e.line[:len(e.line)-n], true
	}
}

// character collects the bytes of a character. What is no UTF-8, or no letter, is dropped.
func (e *editor) character(b byte) string {
	if b < utf8.RuneSelf {
		e.rest = nil
		return e.put(string(rune(b)))
	}
	if utf8.RuneStart(b) {
		e.rest = nil
	}
	e.rest = append(e.rest, b)
	if !utf8.FullRune(e.rest) {
		return ""
	}
	whole := string(e.rest)
	e.rest = nil
	if !utf8.ValidString(whole) {
		return ""
	}
	return e.put(whole)
}

// put adds a character to the line, if there is room.
func (e *editor) put(c string) string {
	if len(e.line)+len(c) > maxInput {
		e.over = true
		return ""
	}
	before := e.again()
	e.line = append(e.line, c...)
	return e.visible(before + command.PlainText(c))
}

// again is the line as it is after something was taken back, on a line of its own.
func (e *editor) again() string {
	if !e.edited {
		return ""
	}
	e.edited = false
	return "\n" + prompt + command.PlainText(string(e.line))
}

// visible is what a terminal is shown: of a secret its end only.
func (e *editor) visible(text string) string {
	switch {
	case !e.echo:
		return ""
	case e.secret && text[len(text)-1] == '\n':
		return "\n"
	case e.secret:
		return ""
	}
	return text
}
