package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// Attack: addresses of strangers. What is opened is a page of the web at the host that is read, in printable ASCII.
func TestLinkTo(t *testing.T) {
	for shown, want := range map[string]string{
		"https://news.example":                                    "https://news.example",
		"https://news.example/rivers?a=1#top":                     "https://news.example/rivers?a=1#top",
		"http://127.0.0.1:8080/a/b":                               "http://127.0.0.1:8080/a/b",
		"https://news.example/água {1}":                           "https://news.example/%C3%A1gua%20%7B1%7D",
		"https://News.Example/A":                                  "https://News.Example/A",
		"https://bank.example@evil.example/":                      "",
		"https://bank.example:pw@evil.example/":                   "",
		"https://b\u0430nk.example/":                              "", // a letter of another alphabet
		"https://evil.example\\@bank.example":                     "",
		"https://news.example/\x1b]8;;https://evil\a":             "",
		"https://news.example/\u202egpj":                          "",
		"https://news.example/\n":                                 "",
		"https:news.example":                                      "",
		"https:///x":                                              "",
		"//news.example":                                          "",
		"javascript:alert(1)":                                     "",
		"file:///etc/passwd":                                      "",
		"no verified site":                                        "",
		"":                                                        "",
		"https://news.example/" + strings.Repeat("x", linkMost):   "",
		"https://news.example/" + strings.Repeat("é", linkMost/4): "", // too long when it is encoded
	} {
		got, ok := linkTo(shown)
		if ok != (want != "") || ok && got != want {
			t.Errorf("linkTo(%q) = %q, %v, want %q", shown, got, ok, want)
		}
	}
}

// A link whose text is cut before the end of its host would show another host than it opens: it is none.
func TestCutLinkShowsItsHost(t *testing.T) {
	const address = "https://bank.example.evil.example/x"
	for width, want := range map[int]int{60: 1, 37: 1, 36: 1, 35: 0, 22: 0, 3: 0, 2: 0} {
		l := append(lineOf(toneText, "  "), linkSpans(address, address, toneText)...)
		for _, cut := range []line{l, l.fit(width)} {
			links := takeMarks([]line{cut}, width).links
			if len(links) != want {
				t.Errorf("in %d columns there are %d links, want %d", width, len(links), want)
			}
			for _, one := range links {
				if one.Column != 2 || one.URL != address || one.Column+one.Width > width {
					t.Errorf("in %d columns the link is %+v", width, one)
				}
			}
		}
	}
}

// What a purchase gives is a link, whole or wrapped, at the place where it stands.
func TestContentIsALink(t *testing.T) {
	for _, size := range [][2]int{{80, 40}, {40, 40}, {200, 60}} {
		s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: size[0], Height: size[1]})
		s.press("3", "enter").see("Access")
		lines := strings.Split(s.view(), "\n")
		links := s.m.Links()
		if len(links) == 0 {
			t.Errorf("at %d columns nothing is a link", size[0])
		}
		whole := ""
		for _, l := range links {
			runes := []rune(lines[l.Row])
			whole += string(runes[l.Column : l.Column+l.Width])
			if l.URL != "https://news.example/rivers" {
				t.Errorf("it opens %q", l.URL)
			}
		}
		if whole != "https://news.example/rivers" {
			t.Errorf("at %d columns the link reads %q", size[0], whole)
		}
	}
}

// Attack: a vendor whose address carries controls or another host gets no link, and no control reaches the screen.
func TestHostileAddressIsNoLink(t *testing.T) {
	hostile := append([]string{"https://bank.example@evil.example", "https://a\x1b]8;;https://evil\a"}, nasty...)
	for _, site := range hostile {
		f := commandtest.New()
		f.Data.Links[0].Site = site
		d := f.Data.Details["chg_8f3ka"]
		grant := *d.Grant
		grant.URL = site
		d.Grant = &grant
		f.Data.Details["chg_8f3ka"] = d
		s := connect(t, f, commandtest.Ada, ScreenOptions{})
		s.press("5", "enter")
		if links := s.m.Links(); len(links) > 0 {
			t.Errorf("the site %q is a link: %v", site, links)
		}
		fills(t, s.m.View(), 80, 24)
		s.press("esc", "3", "enter")
		if links := s.m.Links(); len(links) > 0 {
			t.Errorf("the content %q is a link: %v", site, links)
		}
		s.update(tea.WindowSizeMsg{Width: 47, Height: 24})
		fills(t, s.m.View(), 47, 24)
	}
}

// A text that has the mark of a link in it makes none.
func TestTextMakesNoLink(t *testing.T) {
	f := commandtest.New()
	for i := range f.Data.Rows {
		f.Data.Rows[i].Title = linkMark + "https://evil.example"
		f.Data.Rows[i].Vendor = linkMark + "https://evil.example"
	}
	d := f.Data.Details["chg_8f3ka"]
	d.Title, d.Vendor, d.Grant = linkMark+"https://evil.example", linkMark+"x", nil
	d.Timeline = []view.Event{{What: linkMark + "https://evil.example"}}
	f.Data.Details["chg_8f3ka"] = d
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	for _, keys := range [][]string{{"3"}, {"enter"}} {
		if s.press(keys...); len(s.m.Links()) > 0 {
			t.Errorf("a text is a link: %v", s.m.Links())
		}
	}
}
