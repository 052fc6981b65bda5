package server

import (
	"testing"
	"time"

	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// spending is what a member sees of the last 30 days in euro.
func (f *fixture) spending(who view.Caller) view.Spending {
	f.t.Helper()
	o, err := f.Overview(f.ctx, who)
	if err != nil {
		f.t.Fatal(err)
	}
	return o.Wallets[0].Spending
}

// The overview tells what was spent on each of the last 30 days. A refund is not taken off, as with the limits.
func TestSpendingByDay(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(20_000))
	f.unlimited(ann)
	for i := range 70 { // one cent on the first day, two on the second …
		r := f.buys(ann, v, "Article", eur(int64(i+1)))
		if i == 69 {
			seller := &Seller{s: f.Server, ID: v.ID}
			charge := opened(t, f.seal.OpenCharge, r.ID)
			back := RefundOrder{Charge: charge, Reason: "goodwill"}
			if _, _, err := seller.Refund(f.ctx, Request{Key: "back"}, back); err != nil {
				t.Fatal(err)
			}
			break
		}
		f.time.Pass(24 * time.Hour)
		f.touch(ann)
	}
	s := f.spending(ann)
	is(t, "days", len(s.Days), 30)
	is(t, "today", s.Today, eur(70))
	is(t, "date of today", s.Days[29].Date, f.clock().Format(time.DateOnly))
	is(t, "the first day", s.Days[0].Spent, eur(41))
	is(t, "most", s.Most, eur(70))
	is(t, "sum", s.Sum, eur((41+70)*15))
	is(t, "the 30 days before", s.Before, eur((11+40)*15))
	is(t, "a day", s.Mean, eur(55)) // 55.5, cut
	is(t, "change", s.Change(), "117 % more than in the 30 days before")

	f.time.Pass(45 * 24 * time.Hour)
	s = f.spending(ann)
	is(t, "sum, without a purchase since", s.Sum, eur(0))
	is(t, "before, without a purchase since", s.Before, eur(56+57+58+59+60+61+62+63+64+65+66+67+68+69+70))
}

// The overview says where a limit is going and that little is left of it, in the words of every surface.
func TestOverviewWarnsOfALimit(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	f.setLimit(ann, "day", eur(100).Micros)
	f.buys(ann, v, "Article", eur(79))
	l := f.limit(ann, "day")
	is(t, "note at 79 %", l.Note, "")
	f.buys(ann, v, "Another", eur(1))
	l = f.limit(ann, "day")
	is(t, "note at 80 %", l.Note, "80 % used")
	is(t, "words", l.Words(), "0.80 of 1.00 EUR, 80 % used")
	f.buys(ann, v, "A third", eur(20))
	l = f.limit(ann, "day")
	is(t, "note at 100 %", l.Note, "used up")
	if l.Forecast == nil || l.Forecast.Micros < l.Used.Micros {
		t.Errorf("forecast at %v: %v", f.clock(), l.Forecast)
	}
	f.time.Pass(24 * time.Hour)
	is(t, "note the next day", f.limit(ann, "day").Note, "")
}

// A what-if tells what a bound would have refused of the real purchases of 30 days, and changes nothing.
func TestWhatIf(t *testing.T) {
	f := newFixture(t)
	news, _ := f.vendor("news")
	maps, _ := f.vendor("maps")
	ann := f.funded("ann", eur(20_000))
	f.unlimited(ann)
	f.buys(ann, news, "Long ago", eur(500))
	f.time.Pass(40 * 24 * time.Hour)
	for range 10 {
		f.touch(ann)
		f.buys(ann, news, "Article", eur(30))
		f.buys(ann, maps, "Map", eur(60))
		f.time.Pass(24 * time.Hour)
	}
	before := f.head()
	try := func(period string, most int64, vendor string) view.WhatIf {
		t.Helper()
		w, err := f.WhatIf(f.ctx, ann, ledger.LimitChange{Period: period, Max: most, Vendor: vendor})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	w := try("day", eur(70).Micros, "")
	is(t, "words", w.Words(view.Format{}), "would have refused 10 of 20 purchases in 30 days, 6.00 EUR, the first on "+
		view.Format{}.Time(w.First))
	is(t, "purchase", try("purchase", eur(59).Micros, "").Refused, 10)
	is(t, "none", try("day", ledger.NoLimit, "").Refused, 0)
	is(t, "at a vendor", try("day", eur(30).Micros, "news").Purchases, 10)
	is(t, "at a vendor, refused", try("day", eur(29).Micros, "news").Refused, 10)
	is(t, "total", try("total", eur(100).Micros, "news").Refused, 7)
	q := view.LinkRequest{Vendor: "maps", Currency: "EUR", Total: ledger.NoLimit, Limits: ledger.Limits{
		PerPurchase: eur(60).Micros, PerDay: ledger.NoLimit, PerWeek: eur(120).Micros, PerMonth: ledger.NoLimit,
	}}
	l, err := f.WhatIfLink(f.ctx, ann, q)
	if err != nil || l.Refused == 0 || l.Refused >= 10 {
		t.Errorf("%+v, %v", l, err)
	}
	is(t, "head", f.head(), before)
	for _, c := range []ledger.LimitChange{{Period: "year"}, {Period: "total"}} {
		f.refused(ledger.ErrInvalid, func() error { _, err := f.WhatIf(f.ctx, ann, c); return err })
	}
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.WhatIf(f.ctx, ann, ledger.LimitChange{Period: "day", Vendor: "nobody"})
		return err
	})
}

// The look is bounded, and the answer says where it ended.
func TestWhatIfIsBounded(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(20_000))
	f.unlimited(ann)
	for range history.MaxBought + 5 {
		f.buys(ann, v, "Article", eur(1))
		f.time.Pass(time.Second)
	}
	w, err := f.WhatIf(f.ctx, ann, ledger.LimitChange{Period: "purchase", Max: 0})
	if err != nil || !w.Bounded || !w.Since.After(f.clock().Add(-history.MaxBought*2*time.Second)) {
		t.Errorf("%+v, %v", w, err)
	}
	is(t, "purchases", w.Purchases, history.MaxBought)
	is(t, "words", w.Words(view.Format{}), "would have refused 1000 of the newest 1000 purchases (since "+
		view.Format{}.Time(w.Since)+"), 10.00 EUR, the first on "+view.Format{}.Time(w.First))
}
