// Package reader turns content of vendors into text that a terminal can show. What it gets was written by strangers.
package reader

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"tuppence/server/ledger"
)

// MaxText bounds a text, in characters: it is laid out for every width of a terminal.
const MaxText = 200_000

// maxTokens bounds how many pieces of a page are read.
const maxTokens = 200_000

// Text returns the text of content, clean for a terminal: no escape sequences and nothing invisible. ok is false for
// what has no text: a picture, a PDF.
func Text(media string, content []byte) (text string, ok bool) {
	switch media {
	case "text/plain", "text/markdown":
		return clean(string(content)), true
	case "text/html":
		return clean(page(string(content))), true
	}
	return "", false
}

// clean keeps paragraphs apart. Numbers of cards are masked, too: they are shown nowhere.
func clean(text string) string { return ledger.CleanText(text, MaxText) }

// silent are elements of which nothing is shown.
var silent = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Head: true, atom.Noscript: true, atom.Template: true, atom.Iframe: true,
	atom.Svg: true, atom.Nav: true, atom.Form: true, atom.Button: true, atom.Select: true, atom.Textarea: true,
}

// apart are elements with an empty line before and after them, broken those that begin a line.
var (
	apart = map[atom.Atom]bool{
		atom.P: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
		atom.Ul: true, atom.Ol: true, atom.Blockquote: true, atom.Pre: true, atom.Table: true, atom.Figure: true,
		atom.Article: true, atom.Section: true, atom.Header: true, atom.Footer: true, atom.Hr: true,
	}
	broken = map[atom.Atom]bool{atom.Br: true, atom.Div: true, atom.Tr: true, atom.Dt: true, atom.Dd: true}
)

// page reads HTML by its tokens: no tree is built, so depth costs nothing.
func page(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	var hidden atom.Atom // the silent element that is open
	deep, kept := 0, 0   // how often it is open in itself; how many pre are open
	for range maxTokens {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if hidden == 0 {
				b.WriteString(words(string(z.Text()), kept > 0))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			tag := atom.Lookup(name)
			if tag == atom.Body && hidden == atom.Head { // a head needs no end tag
				hidden = 0
			}
			switch {
			case hidden == 0 && silent[tag] && kind == html.StartTagToken:
				hidden, deep = tag, 1
			case hidden != 0 && tag == hidden && kind == html.StartTagToken:
				deep++
			case hidden != 0 && tag == hidden && kind == html.EndTagToken:
				if deep--; deep == 0 {
					hidden = 0
				}
			case hidden == 0:
				kept += preformatted(tag, kind)
				b.WriteString(space(tag, kind))
			}
		}
	}
	return b.String()
}

// words is a text of a page: outside of pre every run of white space is a blank.
func words(text string, pre bool) string {
	if pre || text == "" {
		return text
	}
	out := strings.Join(strings.Fields(text), " ")
	if out == "" {
		return " "
	}
	if strings.ContainsAny(text[:1], " \t\r\n") {
		out = " " + out
	}
	if strings.ContainsAny(text[len(text)-1:], " \t\r\n") {
		out += " "
	}
	return out
}

// preformatted counts the open pre.
func preformatted(tag atom.Atom, kind html.TokenType) int {
	switch {
	case tag != atom.Pre:
		return 0
	case kind == html.StartTagToken:
		return 1
	}
	return -1
}

// space is what stands between elements.
func space(tag atom.Atom, kind html.TokenType) string {
	switch {
	case apart[tag]:
		return "\n\n"
	case tag == atom.Li && kind == html.StartTagToken:
		return "\n- "
	case broken[tag]:
		return "\n"
	case tag == atom.Td || tag == atom.Th:
		return "  "
	}
	return ""
}
