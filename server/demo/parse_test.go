package demo

import (
	"fmt"
	"strings"
	"testing"
)

// A file of an article has its terms in five lines, and then one paragraph per line.
func Example_parseArticle() {
	a, err := parseArticle("rivers", `How rivers freeze
From the bottom, sometimes.
0.25
views=5 days=30
author:Mira Holt=4000 publisher:North Press=1500
The first paragraph.`)
	fmt.Println(a.Title, a.Price, a.Views, a.Days, err)
	fmt.Println(a.Royalties)
	// Output:
	// How rivers freeze 0.25 5 30 <nil>
	// [{Mira Holt author 4000} {North Press publisher 1500}]
}

// What is read as an article has a title and its terms; what is not is refused, and never breaks the program.
func FuzzParseArticle(f *testing.F) {
	for _, s := range []string{"", "t\nx\n1\nviews=1\n\np", "t\nx\n1\nviews\nauthor:A=1 \np", "t\nx\n1\n\n=\np"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseArticle("x", text)
		if err != nil {
			return
		}
		if a.Slug != "x" || len(a.Paragraphs) == 0 {
			t.Errorf("%q is read as %+v", text, a)
		}
		for _, r := range a.Royalties {
			if strings.ContainsAny(r.Role, ":") {
				t.Errorf("%q has the role %q", text, r.Role)
			}
		}
	})
}

// Any signed body is an event, be it one that cannot be read.
func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"type":"charge.succeeded","timestamp":"2026-11-23T14:02:00Z","data":{"id":"chg_1"}}`))
	f.Add([]byte(`{"data":{"id":7}}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if e := parseEvent(body); e.Type == "unreadable" && e.About != "" {
			t.Errorf("%q is unreadable and about %q", body, e.About)
		}
	})
}
