package ledger

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func refillFacts(zone *time.Location) RefillFacts {
	return RefillFacts{
		No: 9, User: User{ID: 7, Status: UserActive}, Wallet: Wallet{User: 7, Currency: "EUR"}, Policy: DefaultPolicy(),
		Zone: zone, Mandate: Mandate{
			ID: MandateID{7, 1}, Currency: "EUR", State: MandateActive, Most: 100 * Unit,
		},
	}
}

// A week is due at noon by the clock on the wall, also in the weeks in which clocks change, and has the year of its ISO
// week: the last days of 2026 are of its week 53, the first of 2027 as well.
func TestWeeksOfRefills(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	for _, tt := range []struct {
		from string
		on   time.Weekday
		zone *time.Location
		due  string
		week uint32
	}{
		{"2026-03-25T09:00:00Z", time.Sunday, berlin, "2026-03-29T10:00:00Z", 202613}, // the day has 23 hours
		{"2026-03-22T11:00:01Z", time.Sunday, berlin, "2026-03-29T10:00:00Z", 202613},
		{"2026-03-22T11:00:00Z", time.Sunday, berlin, "2026-03-22T11:00:00Z", 202612},
		{"2026-10-24T11:00:00Z", time.Sunday, berlin, "2026-10-25T11:00:00Z", 202643}, // the day has 25 hours
		{"2026-10-24T11:00:00Z", time.Saturday, berlin, "2026-10-31T11:00:00Z", 202644},
		{"2026-12-30T00:00:00Z", time.Thursday, nil, "2026-12-31T12:00:00Z", 202653},
		{"2026-12-31T12:00:01Z", time.Friday, nil, "2027-01-01T12:00:00Z", 202653},
		{"2027-01-01T12:00:01Z", time.Monday, nil, "2027-01-04T12:00:00Z", 202701},
	} {
		from, err := time.Parse(time.RFC3339, tt.from)
		must(t, err)
		got := refillFrom(from, tt.on, tt.zone)
		if at := got.UTC().Format(time.RFC3339); at != tt.due || WeekOf(got) != tt.week {
			t.Errorf("from %s: %s in week %d, want %s in %d", tt.from, at, WeekOf(got), tt.due, tt.week)
		}
	}
	if w := WeekWords(202653); w != "2026-W53" {
		t.Error(w)
	}
}

// Whenever the service looks, and wherever its owner is, each week is announced before it is due, at most one is filled
// up in each, and none before its time.
func TestRefillsAreOnceAWeek(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		must(t, err)
		f, now := refillFacts(zone), time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)
		out, err := SetRefill(RefillOrder{
			Budget: Amount{20 * Unit, "EUR"}, Mandate: f.Mandate,
			Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")),
		}, f, now)
		must(t, err)
		if out.Refill.Due.Sub(now) < refillNotice {
			t.Fatalf("due at %s, too soon to be announced", out.Refill.Due)
		}
		done := map[uint32]bool{}
		for range 60 {
			f.Refill = out.Refill
			now = now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "hours")) * time.Hour)
			for next := f.Refill.Next(); !now.Before(next); next = f.Refill.Next() {
				was := f.Refill
				out, err = DueRefill(f, now)
				must(t, err)
				must(t, out.Entry.Balanced())
				if out.Refill.Done != was.Done {
					if done[out.Refill.Done] || now.Before(was.Due) || out.Fill.Micros > 0 && was.Announced != was.Week {
						t.Fatalf("week %d is done twice, early or unannounced: %+v", out.Refill.Done, was)
					}
					done[out.Refill.Done] = true
					if out.Fill.Micros > 0 && !was.Notice.Permits(Deposit{Mandate: was.Mandate, Amount: out.Fill}, now) {
						t.Fatalf("%s are debited at %s, announced was %+v", out.Fill, now, was.Notice)
					}
				}
				f.Refill = out.Refill
			}
			out.Refill = f.Refill
		}
	})
}

// What is missing is debited, up to the budget and in whole cents; what is above it and free goes back if its owner
// wants that.
func TestWhatAWeekDebits(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		change        func(*RefillFacts)
		fill, surplus int64
	}{
		"nothing there":        {func(*RefillFacts) {}, 20 * Unit, 0},
		"a part":               {func(f *RefillFacts) { f.Wallet.Paid = 7_123_456 }, 12_880_000, 0},
		"less than a deposit":  {func(f *RefillFacts) { f.Wallet.Paid = 19_500_000 }, 0, 0},
		"enough":               {func(f *RefillFacts) { f.Wallet.Paid = 20 * Unit }, 0, 0},
		"a debt":               {func(f *RefillFacts) { f.Wallet.Owed = 3 * Unit }, 20 * Unit, 0},
		"above, and it stays":  {func(f *RefillFacts) { f.Wallet.Paid = 25 * Unit }, 0, 0},
		"above, and goes back": {func(f *RefillFacts) { f.Wallet.Paid, f.Refill.Surplus = 25_009_999, true }, 0, 5 * Unit},
		"above, and at risk": {func(f *RefillFacts) {
			f.Wallet.Paid, f.Refill.Surplus, f.Wallet.Lots = 25*Unit, true, []Lot{{24 * Unit, 1 << 30}}
		}, 0, Unit},
		"a debit on its way": {func(f *RefillFacts) { f.Waiting = true }, 0, 0},
		"skipped":            {func(f *RefillFacts) { f.Refill.Skip = f.Refill.Week }, 0, 0},
		"frozen":             {func(f *RefillFacts) { f.User.Status = UserFrozen }, 0, 0},
		"a frozen method":    {func(f *RefillFacts) { f.Closed = ClosedMethod{Name: "autodebit", Reason: "a wave"} }, 0, 0},
		"nobody was there":   {func(f *RefillFacts) { f.Refill.Due = now.Add(-refillLate) }, 0, 0},
	} {
		f := refillFacts(nil)
		f.Refill = Refill{
			No: 5, User: 7, Currency: "EUR", Budget: 20 * Unit, Weekday: uint8(time.Monday), State: RefillActive, Due: now,
			Week: 202649, Announced: 202649, Mandate: 1,
			Notice: Notice{At: now.Add(-refillNotice), Due: now, Budget: 20 * Unit, Mandate: 1},
		}
		tt.change(&f)
		out, err := DueRefill(f, now)
		must(t, err)
		if out.Fill.Micros != tt.fill || out.Surplus.Micros != tt.surplus || out.Refill.Done != 202649 ||
			out.Refill.Week != 202650 || out.Refill.Reason == "" {
			t.Errorf("%s: %v and %v, %+v", name, out.Fill, out.Surplus, out.Refill)
		}
	}
}

// A debit is announced as it will be. One that is not is told anew, and then its day moves so that all of the time is
// left: to the first noon behind it, which can be another week's.
func TestRefillsAreAnnouncedAnew(t *testing.T) {
	noon := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) // a Sunday
	for name, change := range map[string]func(*RefillFacts){
		"never":               func(f *RefillFacts) { f.Refill = f.Refill.forget() },
		"by an older program": func(f *RefillFacts) { f.Refill.Notice = Notice{} },
		"another amount":      func(f *RefillFacts) { f.Refill.Budget = 30 * Unit },
		"another mandate":     func(f *RefillFacts) { f.Refill.Mandate = 2 },
		"another account":     func(f *RefillFacts) { f.Mandate.Bank = 9 },
		"another day":         func(f *RefillFacts) { f.Refill.Notice.Due = noon.Add(-day) },
	} {
		for late, want := range map[time.Duration]string{
			-refillTell: "2026-11-29 2026-W48", -refillNotice: "2026-11-29 2026-W48", 1 - refillNotice: "2026-11-30 2026-W49",
			0: "2026-12-01 2026-W49", refillLate - 1: "2026-12-04 2026-W49",
		} {
			f, now := refillFacts(nil), noon.Add(late)
			f.Refill = Refill{
				No: 5, User: 7, Currency: "EUR", Budget: 20 * Unit, State: RefillActive, Due: noon, Week: 202648,
				Announced: 202648, Mandate: 1, Notice: Notice{At: noon.Add(-refillTell), Due: noon, Budget: 20 * Unit, Mandate: 1},
			}
			change(&f)
			if f.Refill.Next().After(now) {
				continue // it is looked at again at its time
			}
			out, err := DueRefill(f, now)
			must(t, err)
			r := out.Refill
			if got := r.Due.Format(time.DateOnly) + " " + WeekWords(r.Week); got != want ||
				out.Fill.Micros != 0 || !r.IsAnnounced() || r.Due.Sub(now) < refillNotice || r.Done != 0 {
				t.Errorf("%s, %s late: %s, want %s: %+v", name, late, got, want, r)
			}
			f.Refill, now = r, r.Due
			if out, err = DueRefill(f, now); err != nil || out.Fill.Micros == 0 || out.Refill.Done != r.Week {
				t.Errorf("%s, %s late: %+v, %v", name, late, out, err)
			}
		}
	}
}

// What can never be filled up again ends, and what cannot be now is not announced: its week is not over.
func TestRefillsEnd(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		change func(*RefillFacts)
		state  RefillState
	}{
		"closed":            {func(f *RefillFacts) { f.User.Status = UserClosed }, RefillEnded},
		"dormant":           {func(f *RefillFacts) { f.Dormant = true }, RefillEnded},
		"suspended mandate": {func(f *RefillFacts) { f.Mandate.State = MandateSuspended }, RefillEnded},
		"ended mandate":     {func(f *RefillFacts) { f.Mandate.State = MandateEnded }, RefillEnded},
		"frozen":            {func(f *RefillFacts) { f.User.Status = UserFrozen }, RefillActive},
		"frozen method":     {func(f *RefillFacts) { f.Closed = ClosedMethod{Name: "autodebit", Reason: "x"} }, RefillActive},
	} {
		for _, told := range []bool{false, true} {
			f := refillFacts(nil)
			f.Refill = Refill{
				No: 5, User: 7, Currency: "EUR", Budget: 20 * Unit, Weekday: 1, State: RefillActive, Due: now, Week: 202649,
				Mandate: 1,
			}
			if told {
				f.Refill = f.Refill.announce(f.Mandate, now.Add(-refillTell), nil)
			}
			tt.change(&f)
			out, err := DueRefill(f, now)
			must(t, err)
			r := out.Refill
			if r.State != tt.state || out.Fill.Micros != 0 || r.IsAnnounced() || r.Reason == "" ||
				r.State == RefillActive && (r.Week != 202650 || (r.Done == 202649) != told) {
				t.Errorf("%s, announced %v: %+v", name, told, out)
			}
		}
	}
}

// A budget is refused that no debit can fill, a key that is new, and what cannot follow.
func TestRefillRefuses(t *testing.T) {
	f := refillFacts(nil)
	order := func(micros int64) RefillOrder {
		return RefillOrder{Budget: Amount{micros, "EUR"}, Weekday: time.Monday, Mandate: f.Mandate}
	}
	wide, _ := SetRefill(order(50*Unit), f, start)
	for name, tt := range map[string]struct {
		err, want error
	}{
		"too much":     {second(SetRefill(order(500*Unit), f, start)), ErrInvalid},
		"parts":        {second(SetRefill(order(2*Unit+1), f, start)), ErrInvalid},
		"the mandate":  {second(SetRefill(order(150*Unit), f, start)), ErrLimit},
		"none to skip": {second(SkipRefill(Actor{}, f, start)), ErrState},
		"none to end":  {second(EndRefill(Actor{}, "", f, start)), ErrState},
		"none to fill": {second(FillRefill(Actor{}, f, start)), ErrState},
		"not due": {func() error {
			f := f
			f.Refill = wide.Refill
			return second(DueRefill(f, start))
		}(), ErrState},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.err, tt.want)
		}
	}
}
