package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A clock that was a day or a year ahead freezes no limit when it is right again, and what was spent then counts for
// nothing but the period that it names.
func TestClockThatWasAhead(t *testing.T) {
	for _, ahead := range []time.Duration{24 * time.Hour, 40 * day, 366 * day, 10 * 366 * day} {
		w := Wallet{Currency: "EUR", Limits: Limits{NoLimit, 100, NoLimit, NoLimit}}
		w.Spent = w.Spent.add(100, periodsAt(start, nil))
		w.Spent = w.Spent.add(100, periodsAt(start.Add(ahead), nil))
		must(t, checkLimits(w, nil, 100, periodsAt(start, nil)))
		refused(t, checkLimits(w, nil, 1, periodsAt(start.Add(ahead), nil)), ErrLimit)
		w.Spent = w.Spent.add(100, periodsAt(start, nil))
		r := refused(t, checkLimits(w, nil, 1, periodsAt(start, nil)), ErrLimit)
		is(t, "promised", r.ResetsAt, periodsAt(start, nil).nextDay())
		must(t, checkLimits(w, nil, 100, periodsAt(r.ResetsAt, nil)))
	}
}

// A clock that is set back by minutes, also over midnight, opens no second budget, and keeps what was promised.
func TestClockThatIsSetBack(t *testing.T) {
	midnight := periodsAt(start, nil).nextDay()
	for _, back := range []time.Duration{time.Second, 5 * time.Minute, time.Hour, clockSlack} {
		w := Wallet{Currency: "EUR", Limits: Limits{NoLimit, 100, NoLimit, NoLimit}}
		w.Spent = w.Spent.add(100, periodsAt(midnight, nil))
		for now := midnight.Add(-back); now.Before(midnight.Add(day)); now = now.Add(time.Hour) {
			r := refused(t, checkLimits(w, nil, 1, periodsAt(now, nil)), ErrLimit)
			is(t, "promised", r.ResetsAt, midnight.Add(day))
		}
		must(t, checkLimits(w, nil, 100, periodsAt(midnight.Add(day), nil)))
	}
}

// Whoever moves after buying is served at the instant that was promised, and no week is lost by the way.
func TestResetComesAsPromisedAfterAMove(t *testing.T) {
	for _, from := range zoneNames {
		for _, to := range zoneNames {
			for _, s := range []string{"2026-02-28 12:00", "2028-02-29 22:30", "2026-11-29 23:59", "2026-12-31 10:00"} {
				now := at(t, s, time.UTC)
				w := Wallet{Currency: "EUR", Limits: Limits{NoLimit, 100, 100, 100}}
				w.Spent = w.Spent.add(100, periodsAt(now, zone(t, from)))
				for _, u := range LimitUses(w, nil, "", now, zone(t, from))[1:] {
					for _, before := range []time.Duration{time.Second, 0} {
						then := u.ResetsAt.Add(-before)
						for _, v := range LimitUses(w, nil, "", then, zone(t, to)) {
							if v.Period == u.Period && (v.Used.Micros != 0) != (before > 0) {
								t.Fatalf("%s to %s, %s: %v before the reset of the %s %v are used", from, to, s, before, u.Period, v.Used)
							}
						}
					}
				}
			}
		}
	}
}

// clockModel buys with a clock that may be wrong, in zones that change.
type clockModel struct {
	right  time.Time     // what a right clock says
	wrong  time.Duration // how far the service's clock is ahead
	zone   *time.Location
	wallet Wallet
	link   Link
	bought []clockSale
	steps  []clockStep
}

// clockStep is one time that the clock was set.
type clockStep struct {
	right time.Time // by a right clock
	wrong time.Duration
}

type clockSale struct {
	right    time.Time
	micros   int64
	from, to [3]int64 // of day, week and month as they were counted
}

func newClockModel(t *rapid.T) *clockModel {
	limits := Limits{PerPurchase: 60, PerDay: 100, PerWeek: 300, PerMonth: 800}
	return &clockModel{
		right: time.Unix(rapid.Int64Range(1_200_000_000, 1_900_000_000).Draw(t, "start"), 0),
		zone:  time.UTC, wallet: Wallet{Currency: "EUR", Limits: limits},
		link: Link{ID: LinkID{Currency: "EUR"}, Limits: limits, Total: NoLimit},
	}
}

func (m *clockModel) now() time.Time { return m.right.Add(m.wrong) }

// buy buys if the limits allow it; what is counted is never below zero, and never above the limit.
func (m *clockModel) buy(t *rapid.T) {
	x, p := rapid.Int64Range(1, 60).Draw(t, "price"), periodsAt(m.now(), m.zone)
	if err := checkLimits(m.wallet, &m.link, x, p); err != nil {
		refused(t, err, ErrLimit)
		return
	}
	m.wallet.Spent = m.wallet.Spent.add(x, p)
	m.link.Spent = m.link.Spent.follow(m.wallet.Spent, x)
	c := m.wallet.Spent
	m.bought = append(m.bought, clockSale{
		m.right, x, [3]int64{c.Day.Start, c.Week.Start, c.Month.Start}, [3]int64{c.Day.End, c.Week.End, c.Month.End},
	})
	for i, n := range []int64{c.Day.Spent, c.Week.Spent, c.Month.Spent} {
		if n < x || n > []int64{100, 300, 800}[i] {
			t.Fatalf("period %d: %d are counted after a purchase of %d", i, n, x)
		}
	}
}

// free checks that each limit is free at the instant that is promised now, and that this is not far away.
func (m *clockModel) free(t *rapid.T) {
	longest := map[string]time.Duration{"day": 2 * day, "week": 8 * day, "month": 33 * day}
	for _, u := range LimitUses(m.wallet, nil, "", m.now(), m.zone)[1:] {
		if !u.ResetsAt.After(m.now()) || u.ResetsAt.Sub(m.now()) > longest[u.Period]+zonesApart {
			t.Fatalf("at %v the %s is promised to be free at %v", m.now(), u.Period, u.ResetsAt)
		}
		for _, v := range LimitUses(m.wallet, nil, "", u.ResetsAt, m.zone) {
			if u.Used.Micros != 0 && v.Period == u.Period && v.Used.Micros != 0 {
				t.Fatalf("%v are used of the %s that was to end at %v", v.Used, u.Period, u.ResetsAt)
			}
		}
	}
}

func (m *clockModel) wait(t *rapid.T) {
	m.right = m.right.Add(time.Duration(rapid.Int64Range(0, 30*3600).Draw(t, "pause")) * time.Second)
}

// With a right clock, however often the zone changes: the periods that are counted do not overlap, none is shorter than
// its shortest length, and in none more is bought than its limit.
func TestZonesOpenNoFurtherBudgets(t *testing.T) {
	places := map[string]*time.Location{}
	for _, n := range zoneNames {
		places[n] = zone(t, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := newClockModel(t)
		t.Repeat(map[string]func(*rapid.T){
			"buy": m.buy, "wait": m.wait, "": m.free,
			"move": func(t *rapid.T) { m.zone = places[rapid.SampledFrom(zoneNames).Draw(t, "zone")] },
		})
		for i, most := range []int64{100, 300, 800} {
			sums, last := map[int64]int64{}, clockSale{}
			for _, b := range m.bought {
				if sums[b.from[i]] += b.micros; sums[b.from[i]] > most {
					t.Fatalf("period %d from %d: %d bought of %d", i, b.from[i], sums[b.from[i]], most)
				}
				if last.micros > 0 && b.from[i] != last.from[i] && b.from[i] < last.to[i] {
					t.Fatalf("period %d: the one from %d begins before %d, where the last ends", i, b.from[i], last.to[i])
				}
				shortest := []time.Duration{20 * time.Hour, weekMin, monthMin}[i] // a zone has skipped hours itself
				if b.to[i]-b.from[i] < int64(shortest/time.Second) {
					t.Fatalf("period %d from %d to %d is too short", i, b.from[i], b.to[i])
				}
				last = b
			}
		}
	})
}

// The clock is set forward and back, by minutes, hours and a year. Each time it is set opens at most one more budget;
// in a day, week or month of the calendar in which it is right from end to end, no more is bought than the limit.
func TestSteppedClockOpensFewBudgets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newClockModel(t)
		t.Repeat(map[string]func(*rapid.T){
			"buy": m.buy, "wait": m.wait, "": m.free,
			"set": func(t *rapid.T) {
				m.wrong = rapid.SampledFrom([]time.Duration{
					0, 0, 0, time.Minute, -time.Minute, time.Hour, -5 * time.Hour, day, -day, 366 * day, -366 * day,
				}).Draw(t, "ahead")
				m.steps = append(m.steps, clockStep{m.right, m.wrong})
			},
		})
		for i, most := range []int64{100, 300, 800} {
			of := []span{days, weeks, months}[i]
			sums := map[int64]int64{}
			for _, b := range m.bought {
				p := periodsAt(b.right, time.UTC)
				from, to := of.start(p), of.next(p)
				budgets := m.budgets(from, to)
				if sums[from.Unix()] += b.micros; sums[from.Unix()] > most*budgets {
					t.Fatalf("%d bought of %d, %d times, from %v to %v", sums[from.Unix()], most, budgets, from, to)
				}
			}
		}
	})
}

// budgets is how many may be used between two instants: one while the clock is right from end to end. A wrong clock has
// a midnight of its own, and each time that it is set opens at most one more.
func (m *clockModel) budgets(from, to time.Time) int64 {
	n, wrong := int64(1), time.Duration(0) // wrong at the beginning
	for _, s := range m.steps {
		switch {
		case s.right.Before(from):
			wrong = s.wrong
		case s.right.Before(to):
			n++
		}
	}
	if wrong != 0 {
		n++
	}
	return n
}
