package tui

import (
	"net/url"
	"strings"

	"tuppence/server/view"
)

// linkMost bounds the address of a link in bytes: terminals drop longer ones.
const linkMost = 500

// Link is a part of a line that a terminal can open, counted from 0. Links stand beside the frame and not in it, so no
// text of a stranger can make one: the fence that takes control sequences out of a frame knows none of theirs.
type Link struct {
	Row, Column, Width int
	URL                string // http or https, printable ASCII, at most 500 bytes
}

// linkMark begins the mark of a link, and is followed by its address. The span behind it is what is opened.
const linkMark = "\x03"

// linkSpans draw a part of an address as a link to the whole of it. What is no address that may be opened is plain
// text.
func linkSpans(address, part string, plain tone) line {
	u, ok := linkTo(address)
	if !ok {
		return lineOf(plain, part)
	}
	return line{{linkMark + u, toneText}, {part, toneLink}}
}

// linkTo returns what is opened for an address as it is shown: a page of the web, and the host that is read is the host
// that opens. So there are no names and passwords before it, no letters that look like others, and nothing that was
// cleaned out of what is shown. What a terminal does not take in an address is percent-encoded.
func linkTo(shown string) (string, bool) {
	if shown == "" || len(shown) > linkMost || view.Clean(shown) != shown {
		return "", false
	}
	u, err := url.Parse(shown)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	const hostSigns = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:"
	if u.Hostname() == "" || strings.Trim(u.Host, hostSigns) != "" {
		return "", false
	}
	begins := u.Scheme + "://" + u.Host
	var b strings.Builder
	b.WriteString(begins)
	rest, ok := strings.CutPrefix(shown, begins)
	if !ok || rest != "" && !strings.ContainsRune("/?#", rune(rest[0])) {
		return "", false
	}
	const hex = "0123456789ABCDEF"
	for i := range len(rest) {
		if c := rest[i]; c > ' ' && c <= '~' && !strings.ContainsRune("\"<>\\^`{|}", rune(c)) {
			b.WriteByte(c)
		} else {
			b.WriteString(string([]byte{'%', hex[c>>4], hex[c&15]}))
		}
	}
	return b.String(), b.Len() <= linkMost
}

// hostShown tells whether a text that was cut has still the whole host of an address.
func hostShown(shown, address string) bool {
	begin, cut := strings.CutSuffix(shown, "…")
	if !cut {
		return true
	}
	host := address
	if i := strings.IndexAny(address[len("https://"):], "/?#"); i >= 0 {
		host = address[:len("https://")+i]
	}
	return strings.HasPrefix(begin, host)
}

// Links are those of the screen that View has drawn last.
func (m *Model) Links() []Link { return m.links }
