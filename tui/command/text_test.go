package command

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"

	"github.com/charmbracelet/x/ansi"
)

// hostile texts try to move the cursor, to write titles and clipboards, to turn the direction, to forge lines.
var hostile = []string{
	"\x1b[2J\x1b[31mred", "\x1b]0;owned\x07title", "\x1b]52;c;ZXZpbA==\x07", "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
	"\u009b31mC1", "\x1bP+q\x1b\\",
	"abc\u202egnp.exe", "\u2066isolate\u2069", "a\rPAID 0.00", "two\nlines", "bell\a\b\b\b",
	"zero\u200bwidth\u200d", "\ufeffbom", "\x00nul", "bad \xff\xfe utf8",
	"line\u2028separator\u2029", "tag\U000e0041", "tab\tstop", "\x7fdelete", "\u061cmark", "soft\u00adhyphen",
}

func TestHostileTextNeverReachesTheTerminal(t *testing.T) {
	for i, text := range hostile {
		f := commandtest.New()
		for j := range f.Data.Rows {
			f.Data.Rows[j].Title, f.Data.Rows[j].Vendor, f.Data.Rows[j].ID = text, text, text
			f.Data.Rows[j].State = view.State(text)
		}
		d := f.Data.Details["chg_8f3ka"]
		d.Title, d.Vendor, d.URL, d.Lines[1].Who, d.Timeline[0].What = text, text, text, text, text
		f.Data.Details["chg_8f3ka"] = d
		for j := range f.Data.Links {
			f.Data.Links[j].Vendor, f.Data.Links[j].Site, f.Data.Links[j].Title = text, text, text
		}
		for j := range f.Data.Disputes {
			f.Data.Disputes[j].Text, f.Data.Disputes[j].Note, f.Data.Disputes[j].Title = text, text, text
			f.Data.Disputes[j].Notes = []string{text}
		}
		for j := range f.Data.Approvals {
			a := &f.Data.Approvals[j]
			a.Title, a.What, a.Refused, a.Site = text, text, text, text
		}
		for j := range f.Data.Deposits {
			f.Data.Deposits[j].Reason, f.Data.Deposits[j].Steps, f.Data.Deposits[j].Method = text, []string{text, text}, text
		}
		f.Data.Methods[0].Help, f.Data.Methods[0].Title = text, text
		f.Data.Warning, f.Data.House.Name = text, text
		commands := []string{
			"history", "show chg_8f3ka", "vendors", "disputes", "pending", "pending WDJB-MJHT", "deposits", "methods",
			"accounts", "version", "limits set day 5 EUR", "approve WDJB-MJHT", "show '" + text + "'", "'" + text + "'",
			"history --limit '" + text + "'", "fund 1 EUR --'" + text + "'", "manual '" + text + "'",
			"__complete show ''", "__complete unlink ''", "__complete approve ''",
		}
		for _, line := range commands {
			for _, form := range []string{line, line + " --json"} {
				got := run(f, ada, form, "")
				if got.exit == ExitInternal {
					t.Errorf("%d %s: %s", i, form, got.log)
				}
				for _, r := range got.out + got.errs {
					if r == '\t' && strings.HasPrefix(form, "__complete") { // between a choice and its meaning
						continue
					}
					if r != '\n' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
						t.Errorf("%d %q prints %U", i, form, r)
					}
				}
			}
		}
		if strings.Contains(text, "\n") || strings.Contains(text, "\r") {
			before, after := run(commandtest.New(), ada, "history", ""), run(f, ada, "history", "")
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
		for _, r := range view.Clean(text) {
			if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
				t.Errorf("%q leaves %U", text, r)
			}
		}
	})
}

// Columns stand under each other by cells: a wide character takes two, a combining one none.
func TestTableAlignsByCells(t *testing.T) {
	s := &textWriter{width: 40, zone: time.UTC}
	table := view.Table{Columns: []view.Column{{Title: "Title", Elastic: true}, {Title: "Amount", Right: true}}}
	for title, amount := range map[string]string{
		"plain": "-0.25", "氷の物理学": "-1.20", "cafe\u0301": "+10.00", strings.Repeat("long ", 20): "0.000001",
	} {
		table.Rows = append(table.Rows, []view.Cell{{Text: title}, {Text: amount}})
	}
	s.table("", table)
	for _, l := range strings.Split(strings.TrimRight(s.out.String(), "\n"), "\n") {
		if got := ansi.StringWidth(l); got != 40 {
			t.Errorf("%d cells, want 40: %q", got, l)
		}
	}
}

func TestNoLineOfATableIsWiderThanTheTerminal(t *testing.T) {
	f := commandtest.New()
	for i := range f.Data.Rows {
		f.Data.Rows[i].Title = strings.Repeat("氷 and water ", 30)
	}
	var out, errw strings.Builder
	o := Options{Width: func() int { return 90 }}
	if exit := Exec(context.Background(), f, ada, []string{"history"}, nil, &out, &errw, o); exit != 0 {
		t.Fatal(errw.String())
	}
	for l := range strings.Lines(out.String()) {
		if got := ansi.StringWidth(strings.TrimRight(l, "\n")); got > 90 {
			t.Errorf("%d cells: %s", got, l)
		}
	}
}

func TestNumbers(t *testing.T) {
	for micros, want := range map[int64]string{
		0: "0.00", 1: "0.000001", 250_000: "0.25", -250_000: "-0.25", 1_200_000: "1.20", 12_345_678: "12.345678",
		-1: "-0.000001", -9_223_372_036_854_775_808: "-9223372036854.775808", 100_000_000_000: "100000.00",
	} {
		if got := (ledger.Amount{Micros: micros}).Number(); got != want {
			t.Errorf("%d micros are %s, want %s", micros, got, want)
		}
	}
}

func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 15 * time.Minute: "15 minutes", 90 * time.Minute: "1 hour 30 minutes",
		48 * time.Hour: "2 days",
	} {
		if got := view.Span(d); got != want {
			t.Errorf("view.Span(%v) = %q, want %q", d, got, want)
		}
	}
}

func ExampleFind() {
	c, rest := Find([]string{"limits", "set", "day", "5", "EUR"})
	fmt.Println(c.Path, rest)
	fmt.Println(c.Usage())
	for _, i := range c.Inputs {
		fmt.Printf("%s: %s, %s\n", i.Name(), i.Label(), i.Help)
	}
	// Output:
	// limits set [day 5 EUR]
	// limits set PERIOD AMOUNT [CURRENCY] [--vendor VENDOR] [--yes] [--json]
	// PERIOD: Period, purchase, day, week, month, or total
	// AMOUNT: Amount, an amount such as 5, or none
	// CURRENCY: Currency, a code of three letters such as EUR
	// --vendor: Vendor, the limit at this vendor only
}

// Attack: a title whose width no two terminals agree on, with a false amount behind it. Plain text cannot place the
// cursor anew, so what stands before a true amount or a state is ASCII: nothing of a stranger can move it or draw it.
func TestNothingOfStrangersStandsBeforeAnAmount(t *testing.T) {
	title := strings.Repeat("क\u093e\u0903\u093e\u0903", 6) + "ीी refunded +9.99 EUR"
	f := commandtest.New()
	for i := range f.Data.Rows {
		f.Data.Rows[i].Title = title
	}
	for i := range f.Data.Disputes {
		f.Data.Disputes[i].Title, f.Data.Disputes[i].Text = title, title
	}
	for i := range f.Data.Approvals {
		f.Data.Approvals[i].Title, f.Data.Approvals[i].What = title, title
	}
	for id, d := range f.Data.Details {
		d.Title = title
		for i := range d.Lines {
			d.Lines[i].Who = title
		}
		f.Data.Details[id] = d
	}
	ours := regexp.MustCompile(`[+-]?[0-9]+\.[0-9]{2,6} (EUR|USD)|\b(paid|disputed|under review|won|arrived|active)\b`)
	compared := 0
	for _, line := range []string{
		"history", "show chg_8f3ka", "show chg_7yk9h", "disputes", "pending", "pending WDJB-MJHT",
		"approve WDJB-MJHT --expect 0.25 --match 47",
		"deposits", "vendors", "accounts", "balance", "limits",
	} {
		for _, l := range strings.Split(run(f, ada, line, "").out, "\n") {
			for _, at := range ours.FindAllStringIndex(l, -1) {
				if l[at[0]:at[1]] == "+9.99 EUR" {
					continue
				}
				compared++
				before := strings.NewReplacer("→", "", "·", "").Replace(l[:at[0]])
				if strings.ContainsFunc(before, func(r rune) bool { return r >= 0x80 }) {
					t.Errorf("%s: %q stands behind %q", line, l[at[0]:at[1]], l[:at[0]])
				}
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d amounts and states were compared", compared)
	}
}

// On a terminal of any width a row of a list takes one line; where even what has to stay is too wide, each row is a
// block of facts. Nothing is lost that has to stay, and in a pipe nothing is left out at all.
func TestTablesFitTheTerminal(t *testing.T) {
	d := commandtest.New().Data
	d.Rows[0].Title, d.Rows[0].ID = strings.Repeat("\u6c37 and water ", 30), "chg_4q7vt2w7hd1zq3k0m6x9c5b8na"
	f := view.Format{Zone: time.UTC}
	for name, table := range map[string]view.Table{
		"history": view.RowTable(d.Rows, f), "deposits": view.DepositTable(d.Deposits, f, true),
		"methods": view.MethodTable(d.Methods), "transfers": view.TransferTable(d.Transfers, f),
		"disputes": view.DisputeTable(d.Disputes, f, true), "pending": view.ApprovalTable(d.Approvals, f),
		"limits": view.LimitTable(d.Overview.Wallets[0].Limits, f), "vendors": view.LinkTable(d.Links),
		"accounts": view.Wallets(d.Overview.Wallets), "policy": view.SettingTable(d.Policy),
	} {
		for width := 40; width <= 200; width += 8 {
			s := &textWriter{width: width, fit: true, zone: time.UTC}
			s.table("", table)
			for _, l := range strings.Split(s.out.String(), "\n") {
				if ansi.StringWidth(l) > width {
					t.Errorf("%s in %d: %q", name, width, l)
				}
			}
			for i, c := range table.Columns {
				if c.Drop == 0 && !c.Elastic && !strings.Contains(table.Rows[0][i].Text, " ") &&
					!strings.Contains(s.out.String(), table.Rows[0][i].Text) {
					t.Errorf("%s in %d has no %q", name, width, c.Title)
				}
			}
		}
		pipe := &textWriter{width: 40, zone: time.UTC}
		pipe.table("", table)
		for _, c := range table.Columns {
			if !strings.Contains(pipe.out.String(), c.Title) {
				t.Errorf("%s in a pipe has no column %q", name, c.Title)
			}
		}
	}
}
