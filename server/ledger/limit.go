package ledger

import (
	"fmt"
	"time"
)

// bound is one limit with what is used of it.
type bound struct {
	name, period string // per_day, day
	max, used    int64
	frees        time.Time // zero: never by itself
	vendor       bool
}

// bounds lists the limits of a wallet or of a link.
func bounds(l Limits, c Counters, p Periods) []bound {
	c = c.At(p)
	return []bound{
		{name: "per_purchase", period: "purchase", max: l.PerPurchase},
		{name: "per_day", period: "day", max: l.PerDay, used: c.Day.Spent, frees: p.NextDay},
		{name: "per_week", period: "week", max: l.PerWeek, used: c.Week.Spent, frees: p.NextWeek},
		{name: "per_month", period: "month", max: l.PerMonth, used: c.Month.Spent, frees: p.NextMonth},
	}
}

// CheckLimits refuses a purchase above a bound of the wallet, or of the person's bounds at the vendor (claims 23, 24). A
// nil link means that there are none. The person's own yes does not lift a limit; only changing it does.
func CheckLimits(w Wallet, l *Link, micros int64, now time.Time, zone *time.Location) error {
	p := PeriodStarts(now, zone)
	all := bounds(w.Limits, w.Spent, p)
	if l != nil {
		for _, b := range bounds(l.Limits, l.Spent, p) {
			b.name, b.vendor = "vendor_"+b.name, true
			all = append(all, b)
		}
	}
	for _, b := range all {
		if b.max >= 0 && (micros > b.max || b.used > b.max-micros) {
			return b.refuse(w.Currency, micros)
		}
	}
	return nil
}

func (b bound) refuse(c Currency, micros int64) *Refusal {
	at := ""
	if b.vendor {
		at = " at this vendor"
	}
	command := "limits set " + b.period + " AMOUNT"
	if b.vendor {
		command += " --vendor VENDOR"
	}
	var r *Refusal
	if b.frees.IsZero() {
		r = Refuse(ErrLimit, "Raise it with: "+command+".",
			"The limit%s is %s for one purchase; this one costs %s.", at, Amount{b.max, c}, Amount{micros, c})
	} else {
		r = Refuse(ErrLimit, fmt.Sprintf("Wait until %s, or raise it with: %s.", stamp(b.frees), command),
			"The limit%s is %s in a %s; %s of it are used and this costs %s.", at, Amount{b.max, c}, b.period, Amount{b.used, c}, Amount{micros, c})
	}
	r.Limit, r.ResetsAt = b.name, b.frees
	return r
}

// LimitViews shows the bounds of a wallet (link nil) or of a link, with the vendor's name.
func LimitViews(w Wallet, l *Link, vendor string, now time.Time, zone *time.Location) []LimitView {
	p := PeriodStarts(now, zone)
	c, all := w.Currency, bounds(w.Limits, w.Spent, p)
	if l != nil {
		c, all = l.ID.Currency, append(bounds(l.Limits, l.Spent, p), bound{period: "total", max: l.Total, used: l.Sum})
	}
	views := make([]LimitView, 0, len(all))
	for _, b := range all {
		v := LimitView{Period: b.period, Vendor: vendor, Currency: c, None: b.max < 0, Used: Amount{b.used, c}, ResetsAt: b.frees}
		v.Max = Amount{max(b.max, 0), c}
		views = append(views, v)
	}
	return views
}

// LimitFacts is what a decision about a limit needs to know.
type LimitFacts struct {
	No     EntryNo
	User   User
	Wallet Wallet
	Vendor Vendor // zero: the limit is the wallet's
	Link   *Link  // nil: none yet
	Zone   *time.Location
}

// LimitOutcome is a changed limit. Link is set when it is a vendor's. Warning is "" or a sentence.
type LimitOutcome struct {
	Entry   Entry
	Wallet  Wallet
	Link    *Link
	Warning string
}

// DecideLimit changes one bound of the wallet, or of the person's bounds at a vendor. A bound below what is spent
// already is allowed; the warning says so. It refuses with ErrInvalid.
func DecideLimit(c LimitChange, a Actor, f LimitFacts, now time.Time) (LimitOutcome, error) {
	atVendor := f.Vendor.ID != 0
	switch {
	case f.User.Status == UserClosed:
		return LimitOutcome{}, RefuseFrozen()
	case c.Currency != f.Wallet.Currency:
		return LimitOutcome{}, Invalid("currency", "Name a currency of this wallet.", "There is no account in %q.", CleanLine(string(c.Currency), 10))
	case c.Max < NoLimit || c.Max > MaxMicros:
		return LimitOutcome{}, Invalid("max", "Type an amount, or none to lift the limit.", "The limit is out of bounds.")
	}
	out := LimitOutcome{Wallet: f.Wallet}
	name := "limit " + c.Period
	limits, total := &out.Wallet.Limits, (*int64)(nil)
	if atVendor {
		l := newLink(f.User.ID, f.Vendor.ID, c.Currency, now)
		if f.Link != nil {
			l = *f.Link
		}
		out.Link, limits, total = &l, &l.Limits, &l.Total
		name += " at " + f.Vendor.Name
	}
	target := map[string]*int64{
		"purchase": &limits.PerPurchase, "day": &limits.PerDay, "week": &limits.PerWeek, "month": &limits.PerMonth, "total": total,
	}[c.Period]
	if target == nil {
		return LimitOutcome{}, Invalid("period", "Say purchase, day, week or month, or total for a linked vendor.", "There is no limit per %q.", CleanLine(c.Period, 20))
	}
	old := *target
	if raised := old >= 0 && (c.Max < 0 || c.Max > old); raised && !atVendor && now.Before(f.User.LockedUntil) {
		return LimitOutcome{}, Refuse(ErrNotAllowed, "Lower it, or wait.",
			"This wallet was recovered a short while ago: until %s its limits can only be lowered.", stamp(f.User.LockedUntil))
	}
	*target = c.Max
	out.Entry = entry(f.No, now, KindLimit, a)
	out.Entry.User, out.Entry.Vendor = f.User.ID, f.Vendor.ID
	out.Entry.Change = &Change{Name: name, Old: limitWord(old, c.Currency), New: limitWord(c.Max, c.Currency), Currency: c.Currency}
	for _, v := range LimitViews(out.Wallet, out.Link, "", now, f.Zone) {
		if v.Period != c.Period || v.None || v.Used.Micros <= v.Max.Micros {
			continue
		}
		out.Warning = fmt.Sprintf("More than that is spent already: %s.", v.Used)
		if !v.ResetsAt.IsZero() {
			out.Warning += " Nothing can be bought under this limit until " + stamp(v.ResetsAt) + "."
		}
	}
	return out, nil
}

func limitWord(micros int64, c Currency) string {
	if micros < 0 {
		return "none"
	}
	return Amount{micros, c}.String()
}
