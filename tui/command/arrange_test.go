package command

import (
	"strings"
	"testing"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// Lists are sorted by a field of their rows, and show the columns that were asked for; CSV and JSON are sorted alike.
func TestListsAreArranged(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"history --sort amount --limit 2 --columns id,amount", "" +
			"ID            Amount\ntrf_7xa3e  -3.00 EUR\nchg_7yk9h  -2.00 EUR\n"},
		{"history --sort -amount vendor:acme-news --columns id", "ID\nchg_8f2xw\nchg_8f3ka\nchg_7yk9h\n"},
		{"vendors --sort spent --columns spent,vendor", "" +
			"Spent in all  Vendor\n    0.00 EUR  pushy-shop\n    3.60 EUR  acme-video\n   11.35 EUR  acme-news\n"},
		{"disputes --sort -amount --columns amount", "  Amount\n2.00 EUR\n1.60 EUR\n1.20 EUR\n"},
		{"deposits --sort amount --columns id", "Deposit\ndep_7c1mm\ndep_7w8bb\n"},
		{"transfer list --sort created --columns id", "Transfer\ntrf_7xa3e\ntrf_8b4nc\n"},
		{"history --view 'big ones' --sort -at", "" +
			"When                  Amount  Title\n2026-11-24 10:15  +10.00 EUR  Card\n" +
			"2026-11-23 20:11   -1.20 EUR  Lecture 7: 氷の物理学\n2026-11-22 17:05   +1.20 EUR  Lecture 6\n" +
			"2026-11-21 09:30   -2.00 EUR  Archive week\n2026-11-20 19:00   -3.00 EUR  Sent\n" +
			"2026-11-18 11:00  +25.00 USD  Check by post\n"},
		{"history --view screen --limit 1", "    Amount\n+25.00 USD\n"},
		{"history --view screen --limit 1 --csv", "amount,balance\r\n25.00,28.000001\r\n"},
		{"history --view none --limit 1 --csv --columns id", "id\r\nchg_8f3ka\r\n"},
		{"vendors --sort count --columns vendor,count --csv", "" +
			"vendor,count\r\npushy-shop,0\r\nacme-video,3\r\nacme-news,14\r\n"},
	} {
		f := commandtest.New()
		id := f.Data.People[ada.Fingerprint]
		id.Views = append(id.Views, view.SavedView{
			Name: "screen", Place: "history", Sort: "-amount", Columns: "amount,balance,used of it",
		}, view.SavedView{Name: "none", Place: "history", Columns: "used of it"})
		f.Data.People[ada.Fingerprint] = id
		got := run(f, ada, c.line, "")
		if got.exit != ExitOK || got.out != c.want {
			t.Errorf("%s: %d, %q, %s", c.line, got.exit, got.out, got.errs)
		}
	}
	for line, want := range map[string]string{
		"vendors --sort nonsense":         "it is one of id, vendor, title",
		"history --sort nonsense":         "it is one of id, at, kind",
		"history --columns at,nonsense":   "this list has at, id, vendor, title, state, amount",
		"limits --columns nonsense --csv": "The columns are period",
		"history --sort amount --follow":  "either --follow or --sort",
	} {
		got := run(commandtest.New(), ada, line, "")
		if got.exit == ExitOK || !strings.Contains(got.errs, want) {
			t.Errorf("%s: %+v", line, got)
		}
	}
}
