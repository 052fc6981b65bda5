package plain

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// wantPlain holds the rule of all output: printable ASCII, letters, marks and digits of other scripts, and line ends.
func wantPlain(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("no UTF-8: %q", text)
	}
	for _, r := range strings.ReplaceAll(text, "\r\n", "\n") {
		if r != '\n' && (r < ' ' || r > '~') && (r < 0xa0 || !unicode.In(r, unicode.L, unicode.M, unicode.N)) {
			t.Errorf("writes %U", r)
		}
	}
}

// hostile texts try to move the cursor, to write titles and clipboards, to turn the direction, to forge lines.
var hostile = []string{
	"\x1b[2J\x1b[31mred", "\x1b]52;c;ZXZpbA==\x07", "\u009b31mC1", "\x1bP+q\x1b\\", "abc\u202egnp.exe",
	"a\rPaid 0.00 EUR.", "two\nEVENT: 14:07 all is well", "bell\a\b\b\b", "\x00nul", "bad \xff\xfe utf8",
	"line\u2028separator", "tag\U000e0041", "tab\tstop", "\x7fdelete", "box \u2500\u2502 and \u2192 and \U0001f642",
	"\n> 2\nPaid 0.25 EUR.", "\u6c37\u306e\u7269\u7406\u5b66", "cafe\u0301 \u00ab\u00e9diteurs\u00bb",
}

// poison puts a text everywhere where a stranger's can stand.
func poison(d *commandtest.Data, text string) {
	for i := range d.Rows {
		d.Rows[i].Title, d.Rows[i].Vendor, d.Rows[i].State = text, text, view.State(text)
	}
	for i := range d.Links {
		d.Links[i].Site, d.Links[i].Title = text, text
	}
	for i := range d.Disputes {
		d.Disputes[i].Text, d.Disputes[i].Note, d.Disputes[i].Title = text, text, text
	}
	for i := range d.Approvals {
		a := &d.Approvals[i]
		a.Title, a.What, a.Refused, a.Site, a.Vendor = text, text, text, text, text
	}
	for i := range d.Methods {
		d.Methods[i].Help, d.Methods[i].Title = text, text
	}
	v := d.Details["chg_8f3ka"]
	v.Title, v.Vendor, v.URL, v.Lines[1].Who, v.Timeline[0].What = text, text, text, text, text
	d.Details["chg_8f3ka"] = v
	d.House.Name, d.Warning = text, text
}

// Whatever a stranger wrote, it is letters inside a line of ours: no line is its own.
func TestHostileTextIsLetters(t *testing.T) {
	steps := []any{
		"history", "show 1", "vendors", "disputes", "limits set day 5 EUR", "methods", "7", "2", "1", "1", text, "1",
		"answer", "1", "1", "2", meanwhile(come), "leave",
	}
	clean, err := talkOf(t, commandtest.New(), ada, options(true), steps...)
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range hostile {
		f := commandtest.New()
		poison(&f.Data, h)
		got, err := talkOf(t, f, ada, options(true), steps...)
		if err != nil {
			t.Error(err)
		}
		wantPlain(t, got)
		for _, forged := range []string{"\nEVENT: 14:07 all is well", "\nPaid 0.00", "\n> 2\r\nPaid 0.25 EUR.\r"} {
			if strings.Contains(got, forged) {
				t.Errorf("%d: %q has a line of its own", i, forged)
			}
		}
		if lines := strings.Count(clean, "\nEVENT: "); strings.Count(got, "\nEVENT: ") != lines {
			t.Errorf("%d: %d events, want %d", i, strings.Count(got, "\nEVENT: "), lines)
		}
	}
}

// text is what a person types who writes in another script.
const text = "\u041d\u0435 \u043e\u0442\u043a\u0440\u044b\u043b\u043e\u0441\u044c"

// However input is typed, what leaves is plain, and nobody pays by chance: a question that decides hears nothing that
// was typed before it.
func FuzzTalk(f *testing.F) {
	for _, d := range dialogues {
		typed := ""
		for _, s := range d.steps {
			if line, is := s.(string); is {
				typed += line + "\r"
			}
		}
		f.Add([]byte(typed), true)
	}
	for _, h := range hostile {
		f.Add([]byte(h+"\r2\r2\r"), false)
	}
	f.Fuzz(func(t *testing.T, typed []byte, terminal bool) {
		svc := commandtest.New()
		poison(&svc.Data, hostile[len(typed)%len(hostile)])
		out := newPaper()
		if err := Run(t.Context(), svc, ada, strings.NewReader(string(typed)), out, options(terminal)); err != nil {
			t.Error(err)
		}
		wantPlain(t, out.String())
	})
}
