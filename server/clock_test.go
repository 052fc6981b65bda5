package server

import (
	"testing"
	"time"
	_ "time/tzdata"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

const year = 366 * 24 * time.Hour

// limit returns the bound of a period of the wallet in EUR.
func (f *fixture) limit(who view.Caller, period string) view.Limit {
	f.t.Helper()
	all, err := f.Limits(f.ctx, who)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, l := range all {
		if l.Period == period && l.Vendor == "" && l.Currency == "EUR" {
			return l
		}
	}
	f.t.Fatalf("no limit of the %s in %+v", period, all)
	return view.Limit{}
}

// Whoever moves after buying sees the reset that was promised, and at that instant it has happened.
func TestMoveKeepsWhatWasPromised(t *testing.T) {
	zones := []string{"Asia/Kolkata", "Pacific/Kiritimati", "America/New_York", "Pacific/Apia", "Asia/Beirut"}
	for _, zone := range zones {
		for _, period := range []string{"day", "week", "month"} {
			f := newFixture(t)
			v, _ := f.vendor("news")
			ann := f.funded("ann", eur(5000))
			f.unlimited(ann)
			f.setLimit(ann, period, eur(100).Micros)
			f.buys(ann, v, "Article", eur(100))
			promised := f.limit(ann, period).ResetsAt
			if _, err := f.Settings(f.ctx, ann, view.SettingsChange{Zone: zone}); err != nil {
				t.Fatal(err)
			}
			is(t, zone+": the "+period+" still ends", f.limit(ann, period).ResetsAt, promised)
			f.time.Pass(promised.Sub(f.clock()) - time.Second)
			is(t, zone+": used before the end of the "+period, f.limit(ann, period).Used, eur(100))
			f.time.Pass(time.Second)
			f.touch(ann)
			f.buys(ann, v, "Another", eur(100))
		}
	}
}

// What was done while the clock stood a year ahead holds nothing up when it is right again.
func TestClockThatWasAYearAhead(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann, bob := f.funded("ann", eur(5000)), f.join("bob")
	f.unlimited(ann)
	f.setLimit(ann, "month", eur(100).Micros)
	f.time.Pass(year)
	f.touch(ann)
	f.buys(ann, v, "Article", eur(100))
	if _, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(2000), Key: "ahead"}); err != nil {
		t.Fatal(err)
	}
	for range guessBurst {
		f.refused(ledger.ErrNotFound, func() error { _, err := f.Claim(f.ctx, bob, "T-WRONG"); return err })
	}
	f.refused(ledger.ErrRate, func() error { _, err := f.Claim(f.ctx, bob, "T-WRONG"); return err })

	c := f.asks(v, "Asked then", eur(1))
	is(t, "asked", checkoutStatus(c, f.clock()), ledger.CheckoutOpen)
	f.time.Pass(-year)
	is(t, "asked then, now", checkoutStatus(c, f.clock()), ledger.CheckoutExpired)
	f.touch(ann)
	f.buys(ann, v, "Another", eur(100))
	if _, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(1900), Key: "right"}); err != nil {
		t.Errorf("a transfer is refused: %v", err)
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Claim(f.ctx, bob, "T-WRONG"); return err })
	f.time.Pass(32 * 24 * time.Hour)
	f.touch(ann)
	f.buys(ann, v, "Next month", eur(100))
}

// A recovery while the clock stood a year ahead locks the wallet for as long as the policy says, from when it is right.
func TestLockOfAClockThatWasAhead(t *testing.T) {
	p := ledger.DefaultPolicy()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	u := ledger.User{LockedUntil: now.Add(year + p.RecoveryLock)}
	u, changed := u.Touch(now, p)
	is(t, "written", changed, true)
	is(t, "locked until", u.LockedUntil, now.Add(p.RecoveryLock))
	later, _ := u.Touch(now.Add(time.Hour), p)
	is(t, "locked until, an hour later", later.LockedUntil, u.LockedUntil)
}

// A deposit of a clock that was ahead is looked up all the same.
func TestLookupsOfAClockThatWasAhead(t *testing.T) {
	var p pollSchedule
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	d := ledger.Deposit{ID: ledger.DepositID{User: 1, Number: 1}, State: ledger.DepositErrored, Updated: now.Add(year)}
	is(t, "due again", nextLookUp(d, now, now), now.Add(askFirst))
	p.note(d, now)
	for _, now := range []time.Time{now.Add(year), now} { // what was put back a year ahead does not wait for it
		_, due := p.take(now)
		is(t, "due", due, true)
		p.again(d.ID, now.Add(askFirst))
		_, due = p.take(now.Add(time.Second))
		is(t, "due again at once", due, false)
	}
}
