package ssh

import (
	"bytes"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui"
)

// linkMost bounds the address of a link in bytes.
const linkMost = 500

// inked is a line of a frame with its links.
type inked struct {
	text  string
	links []tui.Link
}

func (l inked) equal(other inked) bool {
	return l.text == other.text && slices.Equal(l.links, other.links)
}

// linksOf asks a model for the links of the frame that it has just drawn.
func linksOf(m tea.Model) []tui.Link {
	if knows, ok := m.(interface{ Links() []tui.Link }); ok {
		return knows.Links()
	}
	return nil
}

// opensLinks says whether a terminal of this name opens links, or at least ignores them. Consoles print what they do
// not know.
func opensLinks(term string) bool {
	return term != "linux" && term != "dumb" && term != unknownTerm && !strings.HasPrefix(term, "vt")
}

// linksIn are the links of a row, without those that a terminal must not get: a link is checked here again, since it
// goes into a sequence that a control character would end.
func linksIn(all []tui.Link, row int) (out []tui.Link) {
	for _, l := range all {
		if l.Row == row && safeLink(l.URL) {
			out = append(out, l)
		}
	}
	return out
}

// safeLink says whether an address may be opened: a page of the web in printable ASCII.
func safeLink(address string) bool {
	if len(address) > linkMost || !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return false
	}
	for i := range len(address) {
		if c := address[i]; c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// cells takes a line apart in the room of a slice that is empty, and puts its links on. Text of which nobody knows how
// wide it is opens nothing: the terminal could open it somewhere else.
func (l inked) cells(all []cell, width int) []cell {
	all = cells(all, l.text, width)
	for _, link := range l.links {
		for k := max(0, link.Column); k < min(len(all), link.Column+link.Width); k++ {
			if !all[k].loose {
				all[k].link = link.URL
			}
		}
	}
	return all
}

// hyperlink begins a link, or ends it where there is no address (OSC 8). The parts of one address are one link: they
// have its id.
func hyperlink(b *bytes.Buffer, address string) {
	b.WriteString("\x1b]8;")
	if address != "" {
		id := fnv.New32a()
		_, _ = id.Write([]byte(address))
		b.WriteString("id=")
		b.WriteString(strconv.FormatUint(uint64(id.Sum32()), 36))
	}
	b.WriteByte(';')
	b.WriteString(address)
	b.WriteString("\x1b\\")
}
