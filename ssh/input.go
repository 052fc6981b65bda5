package ssh

import (
	"bytes"
	"context"
	"io"
	"unicode/utf8"

	"golang.org/x/time/rate"
)

const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	// maxRead keeps reads below the buffer of Bubble Tea (256 bytes): when a read fills that, it waits for more and
	// collects without bound.
	maxRead = 255
)

// input is what a screen reads. It bounds what a client can make the program do: keys by a rate, pastes by a size, and
// a paste that is too long is dropped whole, since half of an address or an amount is worse than none. It reports when
// a key came and when the input ended, which Bubble Tea does not.
type input struct {
	r         io.Reader
	ctx       context.Context // of the session
	limit     *rate.Limiter
	paste     int    // largest paste
	key       func() // something was typed
	interrupt func() // ctrl+c was typed
	dropped   func() // a paste was too long
	hangup    func() // no more input

	raw     [1024]byte
	ready   []byte // for the program
	held    []byte // a paste that has not ended, or what may become the start of one
	given   int    // bytes of held that the program has already: an escape is a key at once, and may be a start too
	pasting bool
	drop    bool // the paste is too long already
}

// Read implements io.Reader.
func (i *input) Read(p []byte) (int, error) {
	for len(i.ready) == 0 {
		n, err := i.r.Read(i.raw[:])
		if n > 0 {
			i.key()
			i.feed(i.raw[:n])
			// What is dropped costs the program nothing, so it is read at full speed.
			if !i.drop && i.limit.WaitN(i.ctx, n) != nil {
				err = io.EOF
			}
		}
		if err != nil && len(i.ready) == 0 {
			i.hangup()
			return 0, io.EOF
		}
	}
	n := copy(p, i.ready[:whole(i.ready, min(len(p), maxRead))])
	i.ready = i.ready[n:]
	if len(i.ready) == 0 {
		i.ready = nil
	}
	return n, nil
}

// feed sorts bytes into keys and pastes. A sequence may be cut anywhere by the packets of the client, so what is not
// complete is held until the next ones come.
func (i *input) feed(b []byte) {
	b = append(i.held, b...)
	given := i.given
	i.held, i.given = nil, 0
	for len(b) > 0 {
		if i.pasting {
			end := bytes.Index(b, []byte(pasteEnd))
			if end < 0 {
				i.hold(b)
				return
			}
			i.endPaste(b[:end])
			b = b[end+len(pasteEnd):]
			continue
		}
		start := bytes.Index(b, []byte(pasteStart))
		if start < 0 {
			i.wait(b, given)
			return
		}
		i.typed(b[min(given, start):start])
		given = 0
		i.pasting, b = true, b[start+len(pasteStart):]
	}
}

// wait hands keys over, but for what may be the start of a paste.
func (i *input) wait(b []byte, given int) {
	start := len(b) - begun(b)
	if given > 0 && len(b)-start == 2 {
		start = len(b) // escape, and later a bracket: two keys
	}
	i.typed(b[min(given, start):start])
	i.held = bytes.Clone(b[start:])
	switch {
	case len(i.held) == 1:
		i.typed(i.held)
		i.given = 1
	case start == 0:
		i.given = given
	}
}

// typed hands keys over. Only here is ctrl+c a key: in a paste it is text.
func (i *input) typed(b []byte) {
	if bytes.IndexByte(b, 0x03) >= 0 {
		i.interrupt()
	}
	i.ready = append(i.ready, b...)
}

// hold keeps a paste until its end comes; of one that is too long only what may be the beginning of the end.
func (i *input) hold(b []byte) {
	if len(b) > i.paste+len(pasteEnd) {
		i.drop = true
	}
	if i.drop && len(b) >= len(pasteEnd) {
		b = b[len(b)-len(pasteEnd)+1:]
	}
	i.held = bytes.Clone(b)
}

// endPaste hands a paste over with its marks, from which Bubble Tea makes one message, or drops it.
func (i *input) endPaste(content []byte) {
	if i.drop || len(content) > i.paste {
		i.dropped()
	} else {
		i.ready = append(i.ready, pasteStart...)
		i.ready = append(i.ready, content...)
		i.ready = append(i.ready, pasteEnd...)
	}
	i.pasting, i.drop = false, false
}

// begun is how many bytes at the end of b may be the start of a paste.
func begun(b []byte) int {
	for n := len(pasteStart) - 1; n >= 1; n-- {
		if bytes.HasSuffix(b, []byte(pasteStart[:n])) {
			return n
		}
	}
	return 0
}

// whole shortens a piece of n bytes so that it ends between keys: not inside an escape sequence or a rune.
func whole(b []byte, n int) int {
	if n >= len(b) {
		return len(b)
	}
	for k := n - 1; k > max(0, n-32); k-- {
		if b[k] == 0x1b {
			return k
		}
	}
	for k := n; k > max(0, n-utf8.UTFMax); k-- {
		if utf8.RuneStart(b[k]) {
			return k
		}
	}
	return n
}
