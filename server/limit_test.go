package server

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

func TestLimitsStopAndFree(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	all, _, err := f.SetLimit(f.ctx, ann, ledger.LimitChange{Currency: "EUR", Period: "day", Max: eur(100).Micros})
	if err != nil {
		t.Fatal(err)
	}
	day := func(all []view.Limit) (l view.Limit) {
		for _, l := range all {
			if l.Period == "day" && l.Vendor == "" && l.Currency == "EUR" {
				return l
			}
		}
		t.Fatalf("no limit of the day in %+v", all)
		return l
	}
	is(t, "limit", *day(all).Max, eur(100))
	f.buys(ann, v, "Article", eur(70))
	c := f.asks(v, "Another", eur(31))
	r := f.refused(ledger.ErrLimit, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
	if r.Limit == "" || !r.ResetsAt.After(f.clock()) {
		t.Errorf("which limit, until when? %+v", r)
	}
	if all, err = f.Limits(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	is(t, "used", day(all).Used, eur(70))

	// Lowering it under what is spent is allowed, with a warning.
	_, warning, err := f.SetLimit(f.ctx, ann, ledger.LimitChange{Currency: "EUR", Period: "day", Max: eur(50).Micros})
	if err != nil || warning == "" {
		t.Errorf("warning %q, %v", warning, err)
	}
	f.time.Pass(24 * time.Hour)
	f.buys(ann, v, "Tomorrow", eur(50))
}

func TestVendorLimit(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	f.buys(ann, v, "Article", eur(10))
	change := ledger.LimitChange{Vendor: "news", Period: "purchase", Max: eur(20).Micros}
	if _, _, err := f.SetLimit(f.ctx, ann, change); err != nil {
		t.Fatal(err)
	}
	c := f.asks(v, "Archive", eur(21))
	f.refused(ledger.ErrLimit, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
	other, _ := f.vendor("video")
	f.buys(ann, other, "Lecture", eur(21))
}

func TestSetLimitRefuses(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	for name, c := range map[string]ledger.LimitChange{
		"period":   {Currency: "EUR", Period: "year", Max: 1},
		"currency": {Currency: "XXX", Period: "day", Max: 1},
		"negative": {Currency: "EUR", Period: "day", Max: -2},
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			f.refused(ledger.ErrInvalid, func() error { _, _, err := f.SetLimit(f.ctx, ann, c); return err })
		})
	}
	f.t = t
	f.refused(ledger.ErrNotFound, func() error {
		_, _, err := f.SetLimit(f.ctx, ann, ledger.LimitChange{Vendor: "nobody", Period: "day", Max: 1})
		return err
	})
}

// A bound is loosened only when it is confirmed, whoever asks: until then nothing is written, and the refusal has both
// figures.
func TestLooserLimitNeedsAYes(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(5000))
	c := ledger.LimitChange{Currency: "EUR", Period: "day", Max: eur(100).Micros}
	if _, _, err := f.SetLimit(f.ctx, ann, c); err != nil {
		t.Fatal(err)
	}
	before := f.head()
	c.Max = ledger.NoLimit
	no := f.refused(ledger.ErrConfirm, func() error { _, _, err := f.SetLimit(f.ctx, ann, c); return err })
	is(t, "words", no.Detail, "This loosens what may be spent for all vendors: day 1.00 EUR → none.")
	is(t, "entries", f.head(), before)
	c.Confirmed = true
	if _, _, err := f.SetLimit(f.ctx, ann, c); err != nil {
		t.Fatal(err)
	}
	is(t, "entries", f.head(), before+1)
}
