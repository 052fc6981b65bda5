package ledger

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

// zones have summer time, none, half hours, changes at midnight, a skipped day, and changes one minute past midnight.
var zoneNames = []string{
	"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo",
	"Asia/Beirut", "America/Havana",
	"Pacific/Apia", "Pacific/Kiritimati", "America/St_Johns", "Asia/Tehran", "Africa/Cairo", "America/Asuncion",
	"Pacific/Chatham",
}

func zone(t tester, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	must(t, err)
	return z
}

func at(t tester, s string, z *time.Location) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, z)
	must(t, err)
	return v
}

func TestPeriodStarts(t *testing.T) {
	for _, c := range []struct {
		zone, now, day, next, week, month string // day and next in UTC
	}{
		{"UTC", "2026-11-24 10:00", "2026-11-24 00:00", "2026-11-25 00:00", "2026-11-23 00:00", "2026-11-01 00:00"},
		{"UTC", "2026-11-29 23:59", "2026-11-29 00:00", "2026-11-30 00:00", "2026-11-23 00:00", "2026-11-01 00:00"}, // Sunday
		{"UTC", "2026-11-30 00:00", "2026-11-30 00:00", "2026-12-01 00:00", "2026-11-30 00:00", "2026-11-01 00:00"}, // Monday
		{"Europe/Berlin", "2026-03-29 12:00", "2026-03-28 23:00", "2026-03-29 22:00", "2026-03-22 23:00", "2026-02-28 23:00"},
		{"Europe/Berlin", "2026-10-25 12:00", "2026-10-24 22:00", "2026-10-25 23:00", "2026-10-18 22:00", "2026-09-30 22:00"},
		// no 00:00
		{
			"America/Sao_Paulo", "2018-11-04 12:00", "2018-11-04 03:00", "2018-11-05 02:00", "2018-10-29 03:00",
			"2018-11-01 03:00",
		},
		// 00:00 twice
		{
			"America/Havana", "2025-11-02 12:00", "2025-11-02 04:00", "2025-11-03 05:00", "2025-10-27 04:00", "2025-11-01 04:00",
		},
		// no 30th
		{"Pacific/Apia", "2011-12-31 12:00", "2011-12-30 10:00", "2011-12-31 10:00", "2011-12-26 10:00", "2011-12-01 10:00"},
	} {
		z := zone(t, c.zone)
		p := periodsAt(at(t, c.now, z), z)
		utc := func(v time.Time) string { return v.UTC().Format("2006-01-02 15:04") }
		is(t, c.zone+" "+c.now+" day", utc(p.Day), c.day)
		is(t, c.zone+" "+c.now+" next day", utc(p.nextDay()), c.next)
		is(t, c.zone+" "+c.now+" week", utc(p.Week), c.week)
		is(t, c.zone+" "+c.now+" month", utc(p.Month), c.month)
	}
	is(t, "nil zone", periodsAt(start, nil), periodsAt(start, time.UTC))
}

// Every instant is in its day, week and month, in every zone, and a period begins where the one before it ends.
func TestPeriodsFollowEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(zoneNames[:9]).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(rapid.Int64Range(1_000_000_000, 2_500_000_000).Draw(t, "now"), 0)
		p := periodsAt(now, z)
		for _, c := range []struct {
			name       string
			from, next time.Time
			of         func(periods) (from, next time.Time)
		}{
			{"day", p.Day, p.nextDay(), func(p periods) (time.Time, time.Time) { return p.Day, p.nextDay() }},
			{"week", p.Week, p.nextWeek(), func(p periods) (time.Time, time.Time) { return p.Week, p.nextWeek() }},
			{"month", p.Month, p.nextMonth(), func(p periods) (time.Time, time.Time) { return p.Month, p.nextMonth() }},
		} {
			if now.Before(c.from) || !now.Before(c.next) {
				t.Fatalf("%v is not in its %s, %v to %v", now, c.name, c.from, c.next)
			}
			if from, _ := c.of(periodsAt(c.next, z)); !from.Equal(c.next) {
				t.Fatalf("%s that ends at %v is followed by one that begins at %v", c.name, c.next, from)
			}
			if from, next := c.of(periodsAt(c.next.Add(-time.Second), z)); !from.Equal(c.from) || !next.Equal(c.next) {
				t.Fatalf("the last second before %v is in %v to %v", c.next, from, next)
			}
		}
	})
}

// A user who travels gains no further budgets: however often the zone changes, a new day begins only 23 hours after the
// last one began.
func TestLimitsHoldWhileTravelling(t *testing.T) {
	zones := map[string]*time.Location{}
	for _, n := range zoneNames {
		zones[n] = zone(t, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		type buy struct {
			at     time.Time
			micros int64
		}
		w := Wallet{Currency: "EUR", Limits: Limits{PerPurchase: 60, PerDay: 100, PerWeek: 300, PerMonth: 800}}
		now := time.Unix(rapid.Int64Range(1_200_000_000, 1_900_000_000).Draw(t, "start"), 0)
		var bought []buy
		for range rapid.IntRange(20, 120).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 12*3600).Draw(t, "pause")) * time.Second)
			z := zones[rapid.SampledFrom(zoneNames).Draw(t, "zone")]
			x := rapid.Int64Range(1, 80).Draw(t, "price")
			err := checkLimits(w, nil, x, periodsAt(now, z))
			if err != nil {
				r := refused(t, err, ErrLimit)
				if r.Limit != "per_purchase" && !r.ResetsAt.After(now) {
					t.Fatalf("%s frees at %v, now is %v", r.Limit, r.ResetsAt, now)
				}
				continue
			}
			w.Spent = w.Spent.add(x, periodsAt(now, z))
			bought = append(bought, buy{now, x})
			if x > w.Limits.PerPurchase || w.Spent.Day.Spent > 100 || w.Spent.Week.Spent > 300 || w.Spent.Month.Spent > 800 {
				t.Fatalf("counters %+v after buying for %d", w.Spent, x)
			}
		}
		// periods begin at least their shortest length apart, and one that began is over after its longest length and the
		// 26 hours between the first and the last zone of the earth.
		for _, c := range []struct {
			shortest, longest time.Duration
			most              int64
		}{{dayMin, 25 * time.Hour, 100}, {weekMin, 8 * day, 300}, {monthMin, 32 * day, 800}} {
			for i := range bought {
				var spent int64
				for j := i; j < len(bought); j++ {
					spent += bought[j].micros
					span := bought[j].at.Sub(bought[i].at)
					if periods := int64((span+c.longest+26*time.Hour)/c.shortest) + 1; spent > c.most*periods {
						t.Fatalf("%d spent in %v from %v", spent, span, bought[i].at)
					}
				}
			}
		}
	})
}

// In one zone, what is bought in a calendar day, week and month is exactly what is counted, also over changes of the
// clock.
func TestCountersAreExactInOneZone(t *testing.T) {
	zones := map[string]*time.Location{}
	for _, n := range zoneNames {
		zones[n] = zone(t, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		z := zones[rapid.SampledFrom(zoneNames).Draw(t, "zone")]
		now := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "start"), 0)
		var c Counters
		sums := map[[2]int64]int64{}
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 30*3600).Draw(t, "pause")) * time.Second)
			p := periodsAt(now, z)
			x := rapid.Int64Range(1, 1000).Draw(t, "price")
			c = c.add(x, p)
			for i, k := range []struct {
				start time.Time
				spent int64
			}{{p.Day, c.Day.Spent}, {p.Week, c.Week.Spent}, {p.Month, c.Month.Spent}} {
				key := [2]int64{int64(i), k.start.Unix()}
				if sums[key] += x; sums[key] != k.spent {
					t.Fatalf("period %d from %v: counted %d, bought %d", i, k.start, k.spent, sums[key])
				}
			}
		}
	})
}

// midnight is what it says, by the definition: it is in the date or after it, and the second before it is not.
func TestMidnightByItsDefinition(t *testing.T) {
	zones := map[string]*time.Location{}
	for _, n := range zoneNames {
		zones[n] = zone(t, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		z := zones[rapid.SampledFrom(zoneNames).Draw(t, "zone")]
		y, m := rapid.IntRange(1975, 2060).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))
		d := rapid.IntRange(-6, 38).Draw(t, "day") // weeks begin and end in other months
		want := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		got := midnight(y, m, d, z)
		if first := got.Format(time.DateOnly); first < want {
			t.Fatalf("%s in %s: %v is before it", want, z, got)
		}
		if last := got.Add(-time.Second); last.Format(time.DateOnly) >= want {
			t.Fatalf("%s in %s: %v is not its first instant, %v is in it", want, z, got, last)
		}
	})
}

// Whichever side of a change of clocks the search begins at, it ends at the first instant of the date.
func TestFirstOfFromBothSides(t *testing.T) {
	for _, c := range []struct{ zone, date, utc string }{
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04 03:00"}, // 00:00 does not exist
		{"America/Havana", "2025-11-02", "2025-11-02 04:00"},    // 00:00 exists twice
		{"Pacific/Apia", "2011-12-30", "2011-12-30 10:00"},      // the date does not exist
		{"Europe/Berlin", "2026-11-24", "2026-11-23 23:00"},
	} {
		z := zone(t, c.zone)
		want := at(t, c.utc, time.UTC)
		date := localDay(at(t, c.date+" 00:00", time.UTC))
		for minutes := -180; minutes <= 180; minutes += 15 {
			guess := want.Add(time.Duration(minutes) * time.Minute).In(z)
			is(t, c.zone+" from "+guess.String(), firstOf(date, guess).UTC(), want)
		}
	}
}

func ExampleMonthStart() {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	now := time.Date(2026, 10, 31, 23, 30, 0, 0, time.UTC) // November has begun in Berlin
	fmt.Println(MonthStart(now, nil))
	fmt.Println(MonthStart(now, berlin))
	// Output:
	// 2026-10-01 00:00:00 +0000 UTC
	// 2026-11-01 00:00:00 +0100 CET
}

// Local dates are numbered in order, also before 1970.
func TestLocalDay(t *testing.T) {
	for s, want := range map[string]int64{
		"1970-01-01 00:00": 0, "1970-01-01 23:59": 0, "1970-01-02 00:00": 1, "1969-12-31 23:59": -1, "1969-12-31 00:00": -1,
		"1969-12-30 23:59": -2, "2026-11-24 10:00": 20_781,
	} {
		is(t, s, localDay(at(t, s, time.UTC)), want)
		is(t, s+" in Kiritimati", localDay(at(t, s, zone(t, "Pacific/Kiritimati"))), want)
	}
}
