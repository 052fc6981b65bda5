package reader

import (
	"strings"
	"testing"
	"unicode"
)

// TestPageIsText reads pages as people do, and shows nothing that a page hides or does.
func TestPageIsText(t *testing.T) {
	tests := []struct{ name, page, want string }{
		{
			"paragraphs", "<head><title>T</title></head><h1>Rivers</h1><p>They\n freeze <b>from</b> above.<p>Slowly.",
			"Rivers\n\nThey freeze from above.\n\nSlowly.",
		},
		{"script", "<p>a<script>alert('<p>x</p>')</script><style>p{}</style>b</p>", "ab"},
		{"list", "<ul><li>one</li><li>two</li></ul>", "- one\n- two"},
		{"entities", "<p>a &amp; b &lt;c&gt; &#x1b;[31mred</p>", "a & b <c> red"},
		{"escapes", "<p>\x1b]0;title\x07\x1b[2Jhello\u202e</p>", "hello"},
		{"nested", "<nav><nav>no</nav>no</nav>yes", "yes"},
		{"unclosed", "<p>yes<svg><text>no", "yes"},
		{"end without begin", "</pre></script>yes", "yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := Text("text/html", []byte(tt.page)); got != tt.want || !ok {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestHeadNeedsNoEnd reads a page that leaves out what HTML lets it leave out, and an entity once.
func TestHeadNeedsNoEnd(t *testing.T) {
	if got, _ := Text("text/html", []byte("<head><title>T</title><body><p>It &amp;lt;floats&amp;gt;.")); got !=
		"It &lt;floats&gt;." {
		t.Errorf("got %q", got)
	}
}

// TestTextIsClean shows no raw byte of a vendor, and no text of what has none.
func TestTextIsClean(t *testing.T) {
	if got, _ := Text("text/plain", []byte("a\x1b[31mb\x00\xff\r\nc")); got != "ab\nc" {
		t.Errorf("got %q", got)
	}
	if _, ok := Text("application/pdf", []byte("%PDF-1.7")); ok {
		t.Error("a PDF has a text")
	}
	if got, _ := Text("text/plain", []byte(strings.Repeat("é", 3*MaxText))); len([]rune(got)) != MaxText {
		t.Errorf("a text of %d characters", len([]rune(got)))
	}
}

func FuzzPage(f *testing.F) {
	f.Add("<p>a<b>c<script>d")
	f.Fuzz(func(t *testing.T, page string) {
		got, _ := Text("text/html", []byte(page))
		if strings.ContainsFunc(got, func(c rune) bool { return c != '\n' && unicode.IsControl(c) }) {
			t.Errorf("%q shows %q", page, got)
		}
	})
}
