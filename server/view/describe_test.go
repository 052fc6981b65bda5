package view

import (
	"testing"
	"time"

	"tuppence/server/ledger"
)

// The clock of the last minute goes by seconds, before that by minutes.
func TestLeftTellsOneUnit(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "no more", 59 * time.Second: "59 s", 61 * time.Second: "2 min", 2 * time.Minute: "2 min",
		30*time.Minute - 1: "30 min", 2*time.Hour - 1: "120 min", 2 * time.Hour: "2 hours", 3 * time.Hour: "3 hours",
		48*time.Hour - 1: "47 hours", 48 * time.Hour: "2 days", 80 * time.Hour: "3 days",
	} {
		if got := Left(d); got != want {
			t.Errorf("Left(%v) = %q, want %q", d, got, want)
		}
	}
}

// eur is an amount in euro.
func eur(micros int64) *ledger.Amount { return &ledger.Amount{Micros: micros, Currency: "EUR"} }

func TestLimitInWords(t *testing.T) {
	used := ledger.Amount{Micros: 1_800_000, Currency: "EUR"}
	for _, tc := range []struct {
		limit Limit
		want  string
	}{
		{Limit{Period: "day", Max: eur(5_000_000), Used: used}, "1.80 of 5.00 EUR"},
		{Limit{Period: "month", Used: used}, "1.80 EUR, no bound"},
		{Limit{Period: "purchase", Max: eur(2_000_000)}, "at most 2.00 EUR"},
		{Limit{Period: "purchase"}, "no bound"},
	} {
		if got := tc.limit.Words(); got != tc.want {
			t.Errorf("%+v is %q, want %q", tc.limit, got, tc.want)
		}
	}
}

func TestPermissionInWords(t *testing.T) {
	for _, tc := range []struct {
		link Link
		want string
	}{
		{Link{Status: "known"}, "asks each time"},
		{Link{Status: "revoked"}, "asks each time"},
		{Link{Status: "blocked"}, "is refused"},
		{Link{Status: "active"}, "charges without asking, inside the wallet's limits"},
		{
			Link{Status: "active", Limits: []Limit{
				{Period: "purchase", Max: eur(500_000)}, {Period: "day"}, {Period: "total", Max: eur(10_000_000)},
			}},
			"charges without asking, at most 0.50 per purchase, 10.00 in total",
		},
	} {
		if got := tc.link.Permission(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.link.Status, got, tc.want)
		}
	}
}

func TestBoundIsReadAsItIsTyped(t *testing.T) {
	for text, want := range map[string]int64{
		"": ledger.NoLimit, "none": ledger.NoLimit, " None ": ledger.NoLimit, "0": 0, "0.25": 250_000,
	} {
		if got, err := ParseBound(text, "EUR"); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0", "0.00", "1,5", "much"} {
		if got, err := ParseAllowance(text, "EUR"); err == nil {
			t.Errorf("%q is an allowance of %d", text, got)
		}
	}
}

func TestCodeIsReadAsItIsTyped(t *testing.T) {
	for text, want := range map[string]string{
		"wdjbmjht": "WDJB-MJHT", " WDJB-MJHT ": "WDJB-MJHT", "wdjb": "WDJB", "": "",
	} {
		if got := CheckoutCode(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// A screen shows the year only of another one, plain text always; what never was is not shown.
func TestTimeInWords(t *testing.T) {
	now := time.Date(2026, 11, 24, 14, 7, 0, 0, time.UTC)
	berlin := time.FixedZone("CET", 3600)
	for _, tc := range []struct {
		f    Format
		at   time.Time
		want string
	}{
		{Format{Now: now, Zone: berlin}, now, "11-24 15:07"},
		{Format{Now: now, Zone: berlin}, now.AddDate(1, 0, 0), "2027-11-24"},
		{Format{Zone: berlin}, now, "2026-11-24 15:07"},
		{Format{}, now, "2026-11-24 14:07"},
		{Format{Now: now}, time.Time{}, ""},
	} {
		if got := tc.f.Time(At(tc.at)); got != tc.want {
			t.Errorf("%v is %q, want %q", tc.at, got, tc.want)
		}
	}
}
