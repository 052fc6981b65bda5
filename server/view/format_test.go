package view_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// zone is a time zone so many minutes east of UTC, as a person may have chosen it.
func zone(minutes int) *time.Location { return time.FixedZone("", minutes*60) }

// What a person reads is the time of the own clock: the year that is left out is the one there, also where it is
// another year in UTC.
func TestTimeIsThatOfTheReader(t *testing.T) {
	eve := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	for _, tc := range []struct {
		name string
		f    view.Format
		at   time.Time
		want string
	}{
		{"east of UTC it is next year already", view.Format{Now: eve, Zone: zone(60)}, eve.Add(time.Hour), "01-01 01:30"},
		{"what was an hour ago was last year", view.Format{Now: eve, Zone: zone(60)}, eve.Add(-time.Hour), "2026-12-31"},
		{"in UTC both are this year", view.Format{Now: eve}, eve.Add(-time.Hour), "12-31 22:30"},
		{"west of UTC it is this year still", view.Format{Now: eve.Add(time.Hour), Zone: zone(-480)}, eve, "12-31 15:30"},
		{"a zone with minutes", view.Format{Zone: zone(345)}, eve, "2027-01-01 05:15"},
		{"fourteen hours ahead", view.Format{Zone: zone(14 * 60)}, eve, "2027-01-01 13:30"},
		{"never", view.Format{Zone: zone(14 * 60)}, time.Time{}, ""},
		{"the first second of Unix time is none", view.Format{}, time.Unix(0, 0).UTC(), ""},
	} {
		if got := tc.f.Time(view.At(tc.at)); got != tc.want {
			t.Errorf("%s: %v is %q, want %q", tc.name, tc.at, got, tc.want)
		}
	}
}

// The full form can be read back to the minute, in every zone.
func TestTimeInFullLosesSecondsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(40_000_000, 32_000_000_000).Draw(t, "at"), 0).UTC()
		in := zone(rapid.IntRange(-720, 840).Draw(t, "zone"))
		text := view.Format{Zone: in}.Time(view.At(at))
		got, err := time.ParseInLocation("2006-01-02 15:04", text, in)
		if err != nil || !got.Equal(at.In(in).Truncate(time.Minute)) {
			t.Fatalf("%v is %q, read as %v, %v", at, text, got, err)
		}
	})
}

// On a screen what ends is told by how long that takes; in plain text, which may be read later, by when.
func TestUntilDependsOnTheReader(t *testing.T) {
	end := view.At(noon.Add(90 * time.Second))
	for _, tc := range []struct {
		f    view.Format
		end  view.Time
		want string
	}{
		{view.Format{Now: noon}, end, "2 min"},
		{view.Format{}, end, "2026-11-24 12:01"},
		{view.Format{Now: noon.Add(time.Hour)}, end, "no more"},
		{view.Format{Now: noon}, view.Time{}, ""},
	} {
		if got := tc.f.Until(tc.end); got != tc.want {
			t.Errorf("at %v: %q, want %q", tc.f.Now, got, tc.want)
		}
	}
}

// A remaining time never grows while it passes, and where it is short it never says less than there is.
func TestLeftNeverGrows(t *testing.T) {
	read := func(text string) time.Duration {
		if text == "no more" {
			return 0
		}
		var n int64
		var unit string
		if _, err := fmt.Sscanf(text, "%d %s", &n, &unit); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return time.Duration(n) * map[string]time.Duration{
			"s": time.Second, "min": time.Minute, "hours": time.Hour, "days": 24 * time.Hour,
		}[unit]
	}
	rapid.Check(t, func(t *rapid.T) {
		more := time.Duration(rapid.Int64Range(-int64(time.Hour), int64(400*24*time.Hour)).Draw(t, "more"))
		less := more - time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "passed"))
		said, later := read(view.Left(more)), read(view.Left(less))
		if later > said {
			t.Fatalf("%v is %q, and %v later it is %q", more, view.Left(more), more-less, view.Left(less))
		}
		if more > 0 && more < 2*time.Hour && said < more {
			t.Fatalf("%v is %q, which is less", more, view.Left(more))
		}
	})
}

// A span is told in whole units and can be read back: nothing of it is lost but what is smaller than the last unit.
func TestSpanIsReadBack(t *testing.T) {
	units := map[string]time.Duration{
		"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour,
	}
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(100*24*time.Hour)).Draw(t, "span"))
		words := strings.Fields(view.Span(d))
		var got time.Duration
		for i := 0; i+1 < len(words); i += 2 {
			var n int64
			if _, err := fmt.Sscan(words[i], &n); err != nil {
				t.Fatal(err)
			}
			if one := !strings.HasSuffix(words[i+1], "s"); one != (n == 1) {
				t.Fatalf("%v is %q", d, view.Span(d))
			}
			got += time.Duration(n) * units[strings.TrimSuffix(words[i+1], "s")]
		}
		step := time.Minute
		if d < time.Minute {
			step = time.Second
		}
		if got != d.Truncate(step) {
			t.Fatalf("%v is %q", d, view.Span(d))
		}
	})
}

func ExampleSpan() {
	fmt.Println(view.Span(90 * time.Minute))
	fmt.Println(view.Span(42 * time.Second))
	fmt.Println(view.Span(49 * time.Hour))
	// Output:
	// 1 hour 30 minutes
	// 42 seconds
	// 2 days 1 hour
}

func ExamplePlural() {
	fmt.Println(view.Plural(uint32(0), "view"), view.Plural(1, "view"), view.Plural(uint64(2), "view"))
	// Output: 0 views 1 view 2 views
}

func ExampleSigned() {
	fmt.Println(view.Signed(ledger.Amount{Micros: 250_000, Currency: "EUR"}))
	fmt.Println(view.Signed(ledger.Amount{Micros: -250_000, Currency: "EUR"}))
	fmt.Printf("%q\n", view.Signed(ledger.Amount{Currency: "EUR"}))
	// Output:
	// +0.25 EUR
	// -0.25 EUR
	// ""
}

// A code is the same however a person types it, and what is shown can be typed.
func TestCodeIsOneInEverySpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shown := rapid.StringMatching(`[B-DF-HJ-NP-TV-Z]{4}-[B-DF-HJ-NP-TV-Z]{4}`).Draw(t, "code")
		for _, typed := range []string{
			shown, strings.ToLower(shown), strings.ReplaceAll(shown, "-", ""), "  " + strings.ToLower(shown) + "\t",
		} {
			if got := view.CheckoutCode(typed); got != shown {
				t.Fatalf("%q is %q, want %q", typed, got, shown)
			}
		}
	})
}

// A bound that is shown in a form is what is read when the form is sent as it is.
func TestBoundReadsWhatItShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.Int64Range(0, ledger.MaxMicros).Draw(t, "micros")
		c := rapid.SampledFrom([]ledger.Currency{"EUR", "JPY", "KWD", "CLF", ""}).Draw(t, "currency")
		if got, err := view.ParseBound(view.Bound(want).In(c), c); err != nil || got != want {
			t.Fatalf("%d is %q, read as %d, %v", want, view.Bound(want).In(c), got, err)
		}
		got, err := view.ParseAllowance(view.Bound(want).In(c), c)
		if refused := err != nil; refused != (want == 0) || !refused && got != want {
			t.Fatalf("%d is an allowance of %d, %v", want, got, err)
		}
		raw, err := json.Marshal(view.Limits{Currency: "EUR", PerDay: view.Bound(want)})
		var shown struct {
			PerDay *ledger.Amount `json:"per_day"`
		}
		if err == nil {
			err = json.Unmarshal(raw, &shown)
		}
		if err != nil || shown.PerDay == nil || *shown.PerDay != (ledger.Amount{Micros: want, Currency: "EUR"}) {
			t.Fatalf("%d is %s in JSON, %v", want, raw, err)
		}
	})
}

// No bound is a word for people and null for programs, and not a number that a program could compare with.
func TestNoBoundIsNoNumber(t *testing.T) {
	none := view.Bound(ledger.NoLimit)
	raw, err := json.Marshal(view.Limits{PerPurchase: none, PerDay: none, PerWeek: none, PerMonth: none})
	if want := `{"per_purchase":null,"per_day":null,"per_week":null,"per_month":null}`; err != nil || string(raw) != want {
		t.Errorf("no bounds are %s, %v", raw, err)
	}
	if got := none.In("EUR"); got != "any amount" {
		t.Errorf("no bound is %q", got)
	}
	for _, text := range []string{"none", "None", "", "  "} {
		if got, err := view.ParseAllowance(text, "EUR"); err != nil || got != ledger.NoLimit {
			t.Errorf("%q is an allowance of %d, %v", text, got, err)
		}
	}
}

// A page of a list is never larger than the largest, whatever is asked for.
func TestPagesAreBounded(t *testing.T) {
	for asked, want := range map[int]int{
		math.MinInt: 50, -1: 50, 0: 50, 1: 1, view.MaxRows: view.MaxRows, view.MaxRows + 1: view.MaxRows,
		math.MaxInt: view.MaxRows,
	} {
		if got := (view.Paging{Limit: asked}).Rows(); got != want {
			t.Errorf("%d rows are asked for and %d come, want %d", asked, got, want)
		}
	}
}
