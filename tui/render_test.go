package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// hostile texts try to move the cursor, to write titles and clipboards, to turn the direction, to forge lines.
var hostile = []string{
	"\x1b[2J\x1b[31mred", "\x1b]0;owned\x07title", "\x1b]52;c;ZXZpbA==\x07", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "\u009b31mC1", "\x1bP+q\x1b\\",
	"abc\u202egnp.exe", "\u2066isolate\u2069", "a\rPAID 0.00", "two\nlines", "bell\a\b\b\b", "zero\u200bwidth\u200d", "\ufeffbom", "\x00nul", "bad \xff\xfe utf8",
	"line\u2028separator\u2029", "tag\U000e0041", "tab\tstop", "\x7fdelete", "\u061cmark", "soft\u00adhyphen",
}

func TestHostileTextNeverReachesTheTerminal(t *testing.T) {
	for i, text := range hostile {
		f := newFixture()
		for j := range f.rows {
			f.rows[j].Title, f.rows[j].Vendor, f.rows[j].State, f.rows[j].ID = text, text, text, text
		}
		d := f.details["chg_8f3ka"]
		d.Title, d.Vendor, d.URL, d.Lines[1].Who, d.Timeline[0].What = text, text, text, text, text
		f.details["chg_8f3ka"] = d
		for j := range f.links {
			f.links[j].Vendor, f.links[j].Site, f.links[j].Title = text, text, text
		}
		for j := range f.disputes {
			f.disputes[j].Text, f.disputes[j].Note, f.disputes[j].Title, f.disputes[j].Facts = text, text, text, []string{text}
		}
		for j := range f.approvals {
			f.approvals[j].Title, f.approvals[j].What, f.approvals[j].Refused, f.approvals[j].Site = text, text, text, text
		}
		for j := range f.deposits {
			f.deposits[j].Reason, f.deposits[j].Steps, f.deposits[j].Method = text, []string{text, text}, text
		}
		f.methods[0].Help, f.methods[0].Title = text, text
		f.warning, f.house.Name = text, text
		commands := []string{
			"history", "show chg_8f3ka", "vendors", "disputes", "pending", "pending WDJB-MJHT", "deposits", "methods", "accounts", "version",
			"limits set day 5 EUR", "approve WDJB-MJHT", "show '" + text + "'", "'" + text + "'", "history --limit '" + text + "'", "fund 1 EUR --'" + text + "'",
		}
		for _, line := range commands {
			for _, form := range []string{line, line + " --json"} {
				got := run(f, ada, form, "")
				if got.exit == ExitInternal {
					t.Errorf("%d %s: %s", i, form, got.log)
				}
				for _, r := range got.out + got.errs {
					if r != '\n' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
						t.Errorf("%d %q prints %U", i, form, r)
					}
				}
			}
		}
		if strings.Contains(text, "\n") || strings.Contains(text, "\r") {
			before, after := run(newFixture(), ada, "history", ""), run(f, ada, "history", "")
			if got, want := strings.Count(after.out, "\n"), strings.Count(before.out, "\n"); got != want {
				t.Errorf("%q makes %d lines, want %d", text, got, want)
			}
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range clean(text) {
			if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
				t.Errorf("%q leaves %U", text, r)
			}
		}
	})
}

// Columns stand under each other by cells: a wide character takes two, a combining one none.
func TestTableAlignsByCells(t *testing.T) {
	s := &sheet{width: 40, zone: time.UTC}
	s.table("", []column{{title: "Title", elastic: true}, {title: "Amount", right: true}}, [][]string{
		{"plain", "-0.25"}, {"氷の物理学", "-1.20"}, {"cafe\u0301", "+10.00"}, {strings.Repeat("long ", 20), "0.000001"},
	})
	for _, l := range strings.Split(strings.TrimRight(s.out.String(), "\n"), "\n") {
		if got := ansi.StringWidth(l); got != 40 {
			t.Errorf("%d cells, want 40: %q", got, l)
		}
	}
}

func TestNoLineOfATableIsWiderThanTheTerminal(t *testing.T) {
	f := newFixture()
	for i := range f.rows {
		f.rows[i].Title = strings.Repeat("氷 and water ", 30)
	}
	var out, errw strings.Builder
	if exit := Exec(context.Background(), f, ada, []string{"history"}, nil, &out, &errw, Options{Width: 90}); exit != 0 {
		t.Fatal(errw.String())
	}
	for l := range strings.Lines(out.String()) {
		if got := ansi.StringWidth(strings.TrimRight(l, "\n")); got > 90 {
			t.Errorf("%d cells: %s", got, l)
		}
	}
}

func TestDecimals(t *testing.T) {
	for micros, want := range map[int64]string{
		0: "0.00", 1: "0.000001", 250_000: "0.25", -250_000: "-0.25", 1_200_000: "1.20", 12_345_678: "12.345678", -1: "-0.000001",
		-9_223_372_036_854_775_808: "-9223372036854.775808", 100_000_000_000: "100000.00",
	} {
		if got := decimal(micros); got != want {
			t.Errorf("decimal(%d) = %s, want %s", micros, got, want)
		}
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 15 * time.Minute: "15 minutes", 90 * time.Minute: "1 hour 30 minutes", 48 * time.Hour: "2 days",
	} {
		if got := durationWords(d); got != want {
			t.Errorf("durationWords(%v) = %q, want %q", d, got, want)
		}
	}
}

func ExampleFind() {
	c, rest, _ := Find([]string{"limits", "set", "day", "5", "EUR"})
	fmt.Println(c.Path, rest)
	_, _, near := Find([]string{"limts"})
	fmt.Println(near)
	// Output:
	// limits set [day 5 EUR]
	// [limits]
}
