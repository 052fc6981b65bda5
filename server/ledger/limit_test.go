package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleDecideLimit() {
	w := Wallet{User: 7, Currency: "EUR", Limits: DefaultPolicy().Limits}
	out, err := DecideLimit(
		LimitChange{Currency: "EUR", Period: "day", Max: 2 * Unit},
		Actor{},
		LimitFacts{No: 4, Wallet: w},
		start,
	)
	fmt.Println(out.Entry.Change.Name, out.Entry.Change.Old, out.Entry.Change.New, err)
	// Output: limit day 5.00 EUR 2.00 EUR <nil>
}

func TestCheckLimitsNamesTheBound(t *testing.T) {
	p := periodsAt(start, nil)
	spent := Counters{}.add(100, p)
	for _, c := range []struct {
		limit        string
		wallet, link Limits
		frees        time.Time
	}{
		{"per_purchase", Limits{49, NoLimit, NoLimit, NoLimit}, noLimits(), time.Time{}},
		{"per_day", Limits{NoLimit, 149, NoLimit, NoLimit}, noLimits(), p.nextDay()},
		{"per_week", Limits{NoLimit, NoLimit, 149, NoLimit}, noLimits(), p.nextWeek()},
		{"per_month", Limits{NoLimit, NoLimit, NoLimit, 149}, noLimits(), p.nextMonth()},
		{"vendor_per_purchase", noLimits(), Limits{49, NoLimit, NoLimit, NoLimit}, time.Time{}},
		{"vendor_per_day", noLimits(), Limits{NoLimit, 149, NoLimit, NoLimit}, p.nextDay()},
		{"vendor_per_week", noLimits(), Limits{NoLimit, NoLimit, 0, NoLimit}, p.nextWeek()},
		{"vendor_per_month", noLimits(), Limits{NoLimit, NoLimit, NoLimit, 149}, p.nextMonth()},
		{"per_purchase", Limits{0, 0, 0, 0}, Limits{0, 0, 0, 0}, time.Time{}},
		{"", Limits{50, 150, 150, 150}, Limits{50, 150, 150, 150}, time.Time{}},
	} {
		err := checkLimits(
			Wallet{Currency: "EUR", Limits: c.wallet, Spent: spent},
			&Link{Limits: c.link, Spent: spent},
			50,
			periodsAt(start, nil),
		)
		if c.limit == "" {
			must(t, err)
			continue
		}
		r := refused(t, err, ErrLimit)
		is(t, "limit", r.Limit, c.limit)
		is(t, c.limit+" frees", r.ResetsAt, c.frees)
		is(t, c.limit+" at the vendor", strings.Contains(r.Detail, "at this vendor"), strings.HasPrefix(c.limit, "vendor_"))
		is(
			t,
			c.limit+" is raised at the vendor",
			strings.HasSuffix(r.Remedy, " AMOUNT --vendor VENDOR."),
			strings.HasPrefix(c.limit, "vendor_"),
		)
	}
}

func TestDecideLimit(t *testing.T) {
	spent := Counters{}.add(3*Unit, periodsAt(start, nil))
	w := Wallet{User: 7, Currency: "EUR", Limits: DefaultPolicy().Limits, Spent: spent}
	f := LimitFacts{No: 4, User: User{ID: 7}, Wallet: w}
	for period, get := range map[string]func(Limits) int64{
		"purchase": func(l Limits) int64 { return l.PerPurchase }, "day": func(l Limits) int64 { return l.PerDay },
		"week": func(l Limits) int64 { return l.PerWeek }, "month": func(l Limits) int64 { return l.PerMonth },
	} {
		out, err := DecideLimit(LimitChange{Currency: "EUR", Period: period, Max: Unit}, Actor{}, f, start)
		must(t, err)
		is(t, period, get(out.Wallet.Limits), Unit)
		is(t, period+" warns", out.Warning != "", period != "purchase")
		is(t, period+" link", out.Link, nil)

		f := f
		f.Vendor = Vendor{ID: 3, Name: "news"}
		out, err = DecideLimit(LimitChange{Currency: "EUR", Vendor: "news", Period: period, Max: Unit}, Actor{}, f, start)
		must(t, err)
		is(t, period+" at the vendor", get(out.Link.Limits), Unit)
		is(t, "wallet stays", out.Wallet.Limits, w.Limits)
		is(t, "link", out.Link.Status, LinkKnown)
		is(t, "change", out.Entry.Change.Name, "limit "+period+" at news")
		is(t, "vendor", out.Entry.Vendor, 3)
	}
	f.Vendor, f.Link = Vendor{
		ID:   3,
		Name: "news",
	}, &Link{
		Status: LinkActive,
		Total:  NoLimit,
		Sum:    2 * Unit,
		Limits: noLimits(),
	}
	out, err := DecideLimit(LimitChange{Currency: "EUR", Vendor: "news", Period: "total", Max: Unit}, Actor{}, f, start)
	must(t, err)
	is(t, "total", out.Link.Total, Unit)
	is(t, "given facts stay", f.Link.Total, NoLimit)
	if out.Warning == "" || strings.Contains(out.Warning, "until") {
		t.Errorf("warning %q", out.Warning)
	}
}

func TestDecideLimitRefuses(t *testing.T) {
	f := LimitFacts{No: 4, User: User{ID: 7}, Wallet: Wallet{User: 7, Currency: "EUR"}}
	for _, c := range []LimitChange{
		{Currency: "USD", Period: "day"},
		{Currency: "EUR", Period: "year"},
		{Currency: "EUR", Period: "total"},
		{Currency: "EUR", Period: "day", Max: -2},
		{Currency: "EUR", Period: "day", Max: MaxMicros + 1},
		{Currency: "EUR"},
	} {
		_, err := DecideLimit(c, Actor{}, f, start)
		refused(t, err, ErrInvalid)
	}
	f.User.Status = UserClosed
	_, err := DecideLimit(LimitChange{Currency: "EUR", Period: "day"}, Actor{}, f, start)
	refused(t, err, ErrFrozen)
}

func TestLimitUses(t *testing.T) {
	w := Wallet{
		Currency: "EUR",
		Limits:   Limits{Unit, 5 * Unit, NoLimit, 50 * Unit},
		Spent:    Counters{}.add(3*Unit, periodsAt(start, nil)),
	}
	all := LimitUses(w, nil, "", start, nil)
	is(t, "lines", len(all), 4)
	is(t, "forecast", *all[1].Forecast, eur(720)) // it is ten o'clock
	all[1].Forecast = nil
	is(
		t,
		"day",
		all[1],
		LimitUse{
			Period:   "day",
			Currency: "EUR",
			Max:      eur(500),
			Used:     eur(300),
			ResetsAt: start.Truncate(24 * time.Hour).Add(24 * time.Hour),
		},
	)
	is(t, "week", all[2].None, true)
	is(t, "used tomorrow", LimitUses(w, nil, "", start.Add(24*time.Hour), nil)[1].Used, eur(0))
	link := &Link{ID: LinkID{Currency: "USD"}, Limits: noLimits(), Total: 9, Sum: 4}
	all = LimitUses(Wallet{}, link, "news", start, nil)
	is(
		t,
		"total",
		all[4],
		LimitUse{Period: "total", Vendor: "news", Currency: "USD", Max: Amount{9, "USD"}, Used: Amount{4, "USD"}},
	)
}

// For a while after a recovery a thief may hold the key: the wallet's own bounds can be lowered, not raised or lifted.
// Bounds at a vendor lie inside them.
func TestLimitsCannotBeRaisedAfterARecovery(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.SampledFrom([]string{"purchase", "day", "week", "month"}).Draw(t, "period")
		old, next := rapid.Int64Range(NoLimit, 5).Draw(t, "old"), rapid.Int64Range(NoLimit, 5).Draw(t, "new")
		w := Wallet{User: 7, Currency: "EUR", Limits: Limits{old, old, old, old}}
		f := LimitFacts{No: 4, User: User{ID: 7, LockedUntil: start.Add(1)}, Wallet: w}
		vendor, now := rapid.Bool().Draw(t, "at a vendor"), start
		if vendor {
			f.Vendor = Vendor{ID: 3, Name: "news"}
		}
		if rapid.Bool().Draw(t, "lock is over") {
			now = now.Add(1)
		}
		raised := old != NoLimit && (next == NoLimit || next > old)
		c := LimitChange{Currency: "EUR", Period: period, Max: next, Confirmed: true}
		out, err := DecideLimit(c, Actor{}, f, now)
		if raised && !vendor && now.Equal(start) {
			refused(t, err, ErrNotAllowed)
			return
		}
		must(t, err)
		is(t, "change", out.Entry.Change.New, limitWord(next, "EUR"))
	})
}

// A bound becomes looser, of the wallet or at a vendor, only if that is confirmed; the refusal has both figures. A
// tighter one needs nothing.
func TestLooserBoundIsConfirmed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		period := rapid.SampledFrom(strings.Fields("purchase day week month total")).Draw(t, "period")
		old, next := rapid.Int64Range(NoLimit, 5).Draw(t, "old"), rapid.Int64Range(NoLimit, 5).Draw(t, "new")
		w := Wallet{User: 7, Currency: "EUR", Limits: Limits{old, old, old, old}}
		f := LimitFacts{No: 4, User: User{ID: 7}, Wallet: w}
		if period == "total" || rapid.Bool().Draw(t, "at a vendor") {
			f.Vendor, f.Wallet.Limits = Vendor{ID: 3, Name: "news"}, noLimits()
			f.Link = &Link{Status: LinkActive, Limits: Limits{old, old, old, old}, Total: old}
		}
		c := LimitChange{Currency: "EUR", Period: period, Max: next}
		_, err := DecideLimit(c, Actor{}, f, start)
		loosens := old != NoLimit && (next == NoLimit || next > old)
		if !loosens {
			must(t, err)
			return
		}
		no := refused(t, err, ErrConfirm)
		if step := limitWord(old, "EUR") + " → " + limitWord(next, "EUR"); !strings.Contains(no.Detail, step) {
			t.Errorf("%q does not say %s", no.Detail, step)
		}
		c.Confirmed = true
		_, err = DecideLimit(c, Actor{}, f, start)
		must(t, err)
	})
}

// A forecast is a straight line through the beginning of a period and now. It is told after three days, or a fifth of
// the period, and nobody is told one where there is no period.
func TestForecast(t *testing.T) {
	monday := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) // a month of 30 days begins
	for _, c := range []struct {
		period string
		after  time.Duration
		used   int64
		want   int64 // -1: none
	}{
		{"day", 4 * time.Hour, 100, -1},
		{"day", 6 * time.Hour, 100, 400},
		{"day", 24*time.Hour - time.Second, 100, 100},
		{"week", day, 100, -1},
		{"week", 2 * day, 100, 300},
		{"month", 2 * day, 100, -1},
		{"month", 3 * day, 100, 1000},
		{"month", 7 * day, 0, 0},
		{"month", 29 * day, MaxMicros, 1_034_482_758_620_000},
		{"week", 2 * day, 30_001, 100_000},
		{"purchase", 3 * day, 100, -1},
	} {
		w := Wallet{Limits: noLimits()}
		if c.used > 0 {
			w.Spent = Counters{}.add(c.used, periodsAt(monday, nil))
		}
		for _, u := range LimitUses(w, nil, "", monday.Add(c.after), nil) {
			if u.Period != c.period {
				continue
			}
			got := int64(-1)
			if u.Forecast != nil {
				got = u.Forecast.Micros
			}
			if got < c.want-1 || got > c.want+1 {
				t.Errorf("%s after %v, %d used: %d, want %d", c.period, c.after, c.used, got, c.want)
			}
		}
	}
}

// What is said of a bound agrees with what it does: below a hundred percent something is left, from there on nothing.
func TestPercentAgreesWithTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.Int64Range(0, MaxMicros).Draw(t, "max")
		used := rapid.Int64Range(0, 2*MaxMicros).Draw(t, "used")
		u := LimitUse{Period: "day", Max: Amount{most, "EUR"}, Used: Amount{used, "EUR"}}
		n, stops := u.Percent(), (bound{"day", most, used, 0, 0}).stops(1)
		if n >= 100 != stops {
			t.Fatalf("%d of %d is %d %%, the bound stops a micro: %v", used, most, n, stops)
		}
		if n < 999 && most > 0 && (used < most/100*int64(n) || used > (most/100+1)*int64(n+1)) {
			t.Fatalf("%d of %d is %d %%", used, most, n)
		}
		if u.None = true; u.Percent() != 0 {
			t.Fatal("a part of no bound")
		}
	})
}

// An estimate has no more digits than it is worth.
func TestRough(t *testing.T) {
	for micros, want := range map[int64]int64{
		0: 0, 1: 1, 19: 10, 8_333: 8_000, 9_999: 9_000, 10_000: 10_000, 19_999: 10_000, 1_234_567: 1_230_000,
	} {
		if got := Rough(micros); got != want {
			t.Errorf("%d is roughly %d, want %d", micros, got, want)
		}
	}
}
