package command

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// Every command that prints a list prints it as CSV; the golden file has them all. Titles are a contract.
func TestListsAsCSV(t *testing.T) {
	var b strings.Builder
	for _, c := range Commands() {
		if !c.lists() || c.Path == "policy set" {
			continue
		}
		who := ada
		if !May(view.Identity{Role: ledger.RoleUser}, c.Role) {
			who = otto
		}
		if c.Role == ledger.RoleVendor {
			who = vera
		}
		line := c.Path
		if len(c.args()) > 0 && !c.args()[0].Optional { // the general ledger of one class
			line += " 2000"
		}
		got := run(commandtest.New(), who, line+" --csv", "")
		if got.exit != ExitOK || got.errs != "" && !strings.HasPrefix(got.errs, "More: ") {
			t.Errorf("%s: %+v", c.Path, got)
		}
		rows, err := csv.NewReader(strings.NewReader(got.out)).ReadAll()
		if err != nil || len(rows) < 2 || strings.Count(got.out, "\n") != strings.Count(got.out, "\r\n") {
			t.Errorf("%s: %v, %q", c.Path, err, got.out)
		}
		if slices.Contains(rows[0], "") || len(rows[0]) != len(slices.Compact(slices.Sorted(slices.Values(rows[0])))) {
			t.Errorf("%s: titles %q", c.Path, rows[0])
		}
		b.WriteString("$ " + c.Path + " --csv\n" + strings.ReplaceAll(got.out, "\r\n", "\n") + "\n")
	}
	commandtest.Golden(t, "csv", b.String())
}

// The list may go on: that is said beside the rows, on the error stream.
func TestCSVSaysThatThereIsMore(t *testing.T) {
	got := run(commandtest.New(), ada, "history --limit 2 --csv", "")
	if strings.Count(got.out, "\r\n") != 3 || got.errs != "More: add --cursor chg_8f2xw\n" || got.exit != ExitOK {
		t.Errorf("%+v", got)
	}
	if got := run(commandtest.New(), ada, "history --csv --json", ""); got.exit != ExitUsage {
		t.Errorf("%+v", got)
	}
	none := run(commandtest.New(), ada, "history --vendor nobody --csv", "")
	if none.out != "id,at,kind,vendor,title,state,amount,currency,balance,can_open,disputed,agent\r\n" {
		t.Errorf("an empty list: %q", none.out)
	}
}

// A formula in a title is a text in a spreadsheet; amounts stay numbers.
func TestCSVHasNoFormulas(t *testing.T) {
	for title, want := range map[string]string{
		"=HYPERLINK(\"http://evil\",\"x\")": "'=HYPERLINK(\"http://evil\",\"x\")",
		"+1":                                "'+1",
		"-2+3":                              "'-2+3",
		"@SUM(1)":                           "'@SUM(1)",
		"|cmd":                              "'|cmd",
		" =1":                               "'=1",
		"\t=1":                              "'=1",
		"\"=1":                              "'\"=1",
		"\uff1d1":                           "'\uff1d1",
		"'=1":                               "''=1",
		"x;=1+1":                            "x;'=1+1", // a second cell where lines are divided by semicolons
		"x; +1;y":                           "x;' +1;y",
		"A, \"B\"\r\nC":                     "A, \"B\" C",
		"=\x1b[31m1":                        "'=1",
	} {
		f := commandtest.New()
		f.Data.Rows = f.Data.Rows[:1]
		f.Data.Rows[0].Title = title
		rows, err := csv.NewReader(strings.NewReader(run(f, ada, "history --csv", "").out)).ReadAll()
		if err != nil || rows[1][4] != want || rows[1][6] != "-0.25" || rows[1][7] != "EUR" {
			t.Errorf("%q: %q, %v; want %q", title, rows, err, want)
		}
	}
}

// A catalogue that is cut at its bound says so beside the file, and in JSON.
func TestExportSaysThatThereIsMore(t *testing.T) {
	f := commandtest.New()
	one := f.Data.Shop.Offers[0]
	for n := range exportMost {
		one.ID = fmt.Sprintf("ofr_%05d", n)
		f.Data.Shop.Offers = append(f.Data.Shop.Offers, one)
	}
	got := run(f, vera, "shop export", "")
	if got.errs != "These are the newest 10000 offers. There are more.\n" || strings.Count(got.out, "\n") != exportMost+1 {
		t.Errorf("%d lines, and beside them %q", strings.Count(got.out, "\n"), got.errs)
	}
	if got := run(commandtest.New(), vera, "shop export", ""); got.errs != "" {
		t.Errorf("a whole one says %q", got.errs)
	}
}
