package view

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
)

// berlin is an hour ahead of UTC in November.
var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func ExampleParseFilter() {
	rows := []Row{
		{Title: "Tide tables, December", Vendor: "kite-maps", Kind: "purchase", State: "disputed", Amount: euros(-2_80)},
		{Title: "Crème brûlée", Vendor: "recipes", Kind: "purchase", State: "paid", Amount: euros(-40)},
		{Title: "Refund: Tide tables, December", Vendor: "kite-maps", Kind: "refund", State: "done", Amount: euros(2_80)},
	}
	for _, text := range []string{
		"tide -refund", "creme|crossword", "vendor:kite-maps amount>1", "-vendor:kite", `"tables, dec"`,
	} {
		f := ParseFilter(text, noon, time.UTC)
		fmt.Printf("%s:", text)
		for i, r := range rows {
			if f.Match(r) {
				fmt.Print(" ", i)
			}
		}
		fmt.Println()
	}
	// Output:
	// tide -refund: 0
	// creme|crossword: 1
	// vendor:kite-maps amount>1: 0 2
	// -vendor:kite: 1
	// "tables, dec": 0 2
}

func ExampleParseFilter_misread() {
	for _, text := range []string{"rivers vendr:kite", "amount>1,5", "since:yesterday", "sate:paid", "vendor=kite", "-"} {
		for _, m := range ParseFilter(text, noon, time.UTC).Misread {
			fmt.Printf("%s, at %d: %s\n", text, m.At, m.Why)
		}
	}
	// Output:
	// rivers vendr:kite, at 7: no field `vendr`: vendor?
	// amount>1,5, at 0: `1,5` is no amount: write it as 0.25
	// since:yesterday, at 0: `yesterday` is no time: write 7d, 12h or 2026-11-26
	// sate:paid, at 0: no field `sate`: state?
	// vendor=kite, at 0: write vendor: and a value
	// -, at 0: a value is missing
}

// euros is an amount in cents.
func euros(cents int64) ledger.Amount { return ledger.Amount{Micros: cents * 10_000, Currency: "EUR"} }

// Every part of the language, with a row that it lets through and one that it does not.
func TestFilterLanguage(t *testing.T) {
	row := Row{
		ID: "chg_7Ab", At: Time{noon}, Kind: "purchase", Vendor: "kite-maps", Title: "Über die Flüsse, straße",
		State: "partly_refunded", Amount: euros(-250), Balance: euros(1000),
	}
	for text, want := range map[string]bool{
		"": true, "  ": true, "uber": true, "ÜBER": true, "flusse": true, "STRASSE": true, "fluss die": true,
		"fluss das": false, "-das": true, "-die": false, "das|die": true, "das|dem": false, `"die fl"`: true,
		`"fl die"`: false, "kite": true, "refunded": true, `"partly refunded"`: true, "purchase": true, "chg_7ab": true,
		"chg_7":       false,
		"vendor:kite": true, "vendor:KITE-MAPS": true, "vendor:maps": false, "vendor:x|kite": true, "-vendor:x|kite": false,
		"who:kite": true, "state:partly": true, "state:partly-refunded": true, `state:"partly refunded"`: true,
		"state:refunded": false, "kind:purchase": true, "kind:refund|purch": true, "in:eur": true, "in:USD": false,
		"-in:USD": true, "amount>1": true, "amount<0.5": false, "amount>=2.5": true, "amount>2.5": false,
		"amount<=2.5": true, "amount=2.5": true, "amount<3|20": true, "bal<10": false, "bal<=10": true, "bal>9.99": true,
		"since:7d": true, "since:2026-11-26": true, "since:2026-11-27": false, "until:2026-11-26": true,
		"until:2026-11-25": false, "until:1h": false, "until:2026-11-26T12:00:01Z": true, "-since:2026-11-27": true,
		"since:2026-11-27|2w": true, "VENDOR:kite": true, "amount>1 amount<2": false, "vendor:kite state:paid": false,
	} {
		f := ParseFilter(text, noon, berlin)
		if got := f.Match(row); got != want || len(f.Misread) > 0 {
			t.Errorf("%q: %v, want %v; %+v", text, got, want, f.Misread)
		}
	}
	row.Vendor, row.Kind = "", "transfer_out"
	if f := ParseFilter("who:transfer", noon, berlin); !f.Match(row) {
		t.Error("a row without a vendor is about what it is")
	}
	row.State = "auto_resolved" // a list says "paid back by rule"
	for _, text := range []string{"state:auto", "state:paid-back", `state:"paid back by rule"`} {
		if f := ParseFilter(text, noon, berlin); !f.Match(row) {
			t.Errorf("%q does not find what is called so", text)
		}
	}
}

// What is not understood is named with its place, and the rest applies.
func TestFilterMisread(t *testing.T) {
	long := strings.Repeat("word ", MaxFilter/5) + "beyond"
	for text, want := range map[string]string{
		"vendr:x":            "vendr:x 0 no field `vendr`: vendor?",
		"a v:x":              "v:x 2 no field `v`: vendor?",
		"a  -statte:x b":     "-statte:x 3 no field `statte`: state?",
		"colour:red":         "colour:red 0 no field `colour`: in quotes, it is searched for",
		"amount:5":           "amount:5 0 write amount> and a value",
		"amount>":            "amount> 0 a value is missing",
		"amount>x":           "amount>x 0 `x` is no amount: write it as 0.25",
		"amount>1|":          "",
		"vendor:":            "vendor: 0 a value is missing",
		`vendor:""`:          "vendor:\"\" 0 a value is missing",
		":x":                 ":x 0 no field stands before `:`",
		">1":                 ">1 0 no field stands before `>`",
		"since:2026-13-01":   "since:2026-13-01 0 `2026-13-01` is no time: write 7d, 12h or 2026-11-26",
		"since:7d|yesterday": "since:7d|yesterday 0 `yesterday` is no time: write 7d, 12h or 2026-11-26",
		"x\x1b[2J:y":         "x\x1b[2J:y 0 no field `x`: in quotes, it is searched for",
		`"vendr:x"`:          "",
		long:                 fmt.Sprintf("beyond %d a filter has at most %d bytes", MaxFilter, MaxFilter),
	} {
		got := ""
		for _, m := range ParseFilter(text, noon, berlin).Misread {
			got += fmt.Sprintf("%s %d %s", m.Text, m.At, m.Why)
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	row := Row{Title: "Rivers", Vendor: "kite"}
	if f := ParseFilter("rivers vendr:x -frost", noon, berlin); !f.Match(row) || f.Match(Row{Title: "Frost"}) {
		t.Error("the rest does not apply")
	}
}

// A search begins and ends where the bounds say that hold for every row; days are those of the person.
func TestFilterBounds(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, berlin) }
	for text, want := range map[string][2]time.Time{
		"since:2026-11-20": {day(20), {}}, "until:2026-11-20": {{}, day(21)},
		"since:2026-11-20 since:2026-11-22":   {day(22), {}},
		"until:2026-11-20 until:2026-11-18":   {{}, day(19)},
		"since:2026-11-20|2026-11-18":         {},
		"-since:2026-11-20":                   {},
		"since:7d until:1d":                   {noon.Add(-7 * 24 * time.Hour), noon.Add(-24 * time.Hour)},
		"since:2026-03-01T00:00:00+01:00 a|b": {time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC), {}},
	} {
		f := ParseFilter(text, noon, berlin)
		if !f.Since.Equal(want[0]) || !f.Until.Equal(want[1]) {
			t.Errorf("%q: %v to %v, want %v to %v", text, f.Since, f.Until, want[0], want[1])
		}
	}
}

// Whatever is typed, the filter is bounded, names the places of what it has not understood, and is the same when it is
// read again; a row outside of its bounds never matches.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{
		"", "tide -refund", `vendor:"kite maps" amount>1`, "a|b|", `"""`, "since:7d until:2026-11-20", "vendr:x", "amount>=",
		"-|-", "é:ü", "\xff:\x00", strings.Repeat("amount>1 ", 40), "İ", "bal<10", `a"b c"d`,
	} {
		f.Add(s, "Tide tables", int64(-2_800_000))
	}
	f.Fuzz(func(t *testing.T, text, title string, micros int64) {
		if micros == -1<<63 {
			micros++
		}
		filter := ParseFilter(text, noon, berlin)
		row := Row{Title: title, At: Time{noon}, Amount: ledger.Amount{Micros: micros, Currency: "EUR"}}
		match := filter.Match(row)
		if again := ParseFilter(text, noon, berlin); again.Match(row) != match || len(again.Misread) != len(filter.Misread) {
			t.Fatalf("%q is read in two ways", text)
		}
		if match && (row.At.Before(filter.Since) || !filter.Until.IsZero() && !row.At.Before(filter.Until)) {
			t.Fatalf("%q lets a row through that is out of its bounds", text)
		}
		if len(filter.terms)+len(filter.Misread) > MaxFilter+1 {
			t.Fatalf("%q: %d terms", text, len(filter.terms))
		}
		for _, m := range filter.Misread {
			if m.Why == "" || m.At < 0 || m.At+len(m.Text) > len(text) || text[m.At:m.At+len(m.Text)] != m.Text {
				t.Fatalf("%q: %+v", text, m)
			}
		}
		if len(text) < 60 { // a minus turns a word round
			for word := range strings.FieldsSeq(text) {
				yes, no := ParseFilter(word, noon, berlin), ParseFilter("-"+word, noon, berlin)
				if word[0] != '-' && !yes.Empty() && yes.Match(row) == no.Match(row) {
					t.Fatalf("%q and its opposite both say %v", word, yes.Match(row))
				}
			}
		}
	})
}

// Each state of a row is found by what completes it.
func TestStatesAreFoundByTheirWords(t *testing.T) {
	for _, state := range RowStates {
		f := ParseFilter("state:"+strings.ReplaceAll(state.Words(), " ", "-"), time.Time{}, time.UTC)
		if !f.Match(Row{State: state}) || f.Match(Row{State: "other"}) || len(f.Misread) > 0 {
			t.Errorf("%s is not found", state)
		}
	}
}
