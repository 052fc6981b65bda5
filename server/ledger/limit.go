package ledger

import (
	"fmt"
	"time"
)

// NoLimit is the value of a bound that does not bind.
const NoLimit int64 = -1

// Limits bound spending per purchase and per period, in micros; a negative value means no bound. A wallet has its own
// (claim 23), and so has each vendor that the person knows (claim 24).
type Limits struct{ PerPurchase, PerDay, PerWeek, PerMonth int64 }

func noLimits() Limits { return Limits{NoLimit, NoLimit, NoLimit, NoLimit} }

// bound is one limit with what is used of it, both in micros.
type bound struct {
	period    string // purchase, day, week, month, total
	max, used int64
	ends      int64 // of the period, Unix seconds; 0: as the calendar has it
	starts    int64 // of the period, Unix seconds; 0: it has none
}

// bounds lists the limits of a wallet or of a link.
func bounds(l Limits, c Counters, p periods) [4]bound {
	c = c.at(p)
	return [4]bound{
		{"purchase", l.PerPurchase, 0, 0, 0},
		{"day", l.PerDay, c.Day.Spent, c.Day.End, c.Day.Start},
		{"week", l.PerWeek, c.Week.Spent, c.Week.End, c.Week.Start},
		{"month", l.PerMonth, c.Month.Spent, c.Month.End, c.Month.Start},
	}
}

// stops reports whether a purchase goes above the bound.
func (b bound) stops(micros int64) bool {
	return b.max >= 0 && (micros > b.max || b.used > b.max-micros)
}

// frees returns when what is used counts no more; zero: never by itself.
func (b bound) frees(p periods) time.Time {
	if b.ends != 0 {
		return time.Unix(b.ends, 0).In(p.zone)
	}
	switch b.period {
	case "day":
		return p.nextDay()
	case "week":
		return p.nextWeek()
	case "month":
		return p.nextMonth()
	}
	return time.Time{}
}

// A forecast is told after three days of a period, or a fifth of it: before that one purchase would tell too much.
const (
	forecastAfter = 3 * day
	forecastPart  = 5
)

// forecast returns what will be spent when the period ends, if it goes on as it has begun: a straight line through its
// beginning and now. ok is false for a bound without a period, and too early in one.
func (b bound) forecast(p periods) (micros int64, ok bool) {
	ends := b.frees(p)
	if b.starts == 0 || ends.IsZero() {
		return 0, false
	}
	begins := time.Unix(b.starts, 0)
	begun, whole := p.now.Sub(begins), ends.Sub(begins)
	if begun < whole && begun < forecastAfter && begun < whole/forecastPart {
		return 0, false
	}
	micros, err := mulDiv(b.used, int64(whole/time.Second), max(1, int64(begun/time.Second)))
	return Rough(micros), err == nil
}

// Rough cuts an estimate to hundredths of a unit, and one that is less than a hundredth to its first digit.
func Rough(micros int64) int64 {
	const hundredth = Unit / 100
	step := int64(hundredth)
	for step > max(1, micros) {
		step /= 10
	}
	return micros - micros%step
}

// checkLimits refuses a purchase above a bound of the wallet, or of the person's bounds at the vendor (claims 23, 24).
// A nil link means that there are none. The person's own yes does not lift a limit; only changing it does. It refuses
// with ErrLimit, naming the first bound that stops the purchase.
func checkLimits(w Wallet, l *Link, micros int64, p periods) error {
	for _, b := range bounds(w.Limits, w.Spent, p) {
		if b.stops(micros) {
			return b.refuse(w.Currency, micros, p, ofWallet)
		}
	}
	if l == nil {
		return nil
	}
	for _, b := range bounds(l.Limits, l.Spent, p) {
		if b.stops(micros) {
			return b.refuse(w.Currency, micros, p, atVendor)
		}
	}
	return nil
}

// boundsOf tells whose bounds they are: how the word for a limit begins, where it holds, and by what it is raised.
type boundsOf struct {
	name, at string
	raise    func(period string) string
}

var (
	ofWallet = boundsOf{"per_", "", func(period string) string { return "limits set " + period + " AMOUNT" }}
	atVendor = boundsOf{"vendor_per_", " at this vendor", func(period string) string {
		return "limits set " + period + " AMOUNT --vendor VENDOR"
	}}
)

func (b bound) refuse(c Currency, micros int64, p periods, of boundsOf) *Refusal {
	at, command := of.at, of.raise(b.period)
	limit, price := Amount{b.max, c}, Amount{micros, c}
	r := Refuse(ErrLimit, "Raise it with: "+command+".",
		"The limit%s is %s for one purchase; this one costs %s.", at, limit, price)
	if frees := b.frees(p); !frees.IsZero() {
		r = Refuse(ErrLimit, fmt.Sprintf("Wait until %s, or raise it with: %s.", stamp(frees), command),
			"The limit%s is %s in a %s; %s of it are used and this costs %s.", at, limit, b.period, Amount{b.used, c}, price)
		r.ResetsAt = frees
	}
	r.Limit = of.name + b.period
	return r
}

// LimitUse is one bound and how much of it is used.
type LimitUse struct {
	Period   string // purchase, day, week, month, total
	Vendor   string // its name; "" for all vendors
	Currency Currency
	Max      Amount
	None     bool // no bound
	Used     Amount
	ResetsAt time.Time // when what is used counts no more; zero: never by itself
	// Forecast is what will be used then, if the period goes on as it has begun; nil: it is too early to tell.
	Forecast *Amount
}

// NearLimit is from which part of a bound, in percent, the person is told that little is left.
const NearLimit = 80

// Percent returns how much of the bound is used, rounded down; 0 where nothing is bounded. A bound that was lowered
// under what is spent is used by more than 100 percent, and one of nothing by all of it.
func (u LimitUse) Percent() int {
	switch {
	case u.None || u.Period == "purchase":
		return 0
	case u.Max.Micros == 0:
		return 100
	}
	return PercentOf(u.Used.Micros, u.Max.Micros)
}

// PercentOf returns a part of a whole in percent, rounded down, and 999 for all that is more. Neither is below zero,
// and the whole is more than that.
func PercentOf(part, whole int64) int {
	n, err := mulDiv(part, 100, whole)
	if err != nil || n > 999 {
		return 999
	}
	return int(n)
}

// LimitUses returns the bounds of a wallet (link nil) or of a link, with the vendor's name and what is used of each.
func LimitUses(w Wallet, l *Link, vendor string, now time.Time, zone *time.Location) []LimitUse {
	p := periodsAt(now, zone)
	of, c := bounds(w.Limits, w.Spent, p), w.Currency
	if l != nil {
		of, c = bounds(l.Limits, l.Spent, p), l.ID.Currency
	}
	all := of[:]
	if l != nil {
		all = append(all, bound{"total", l.Total, l.Sum, 0, 0})
	}
	uses := make([]LimitUse, 0, len(all))
	today := int64(0) // what is still to come of it
	for _, b := range all {
		u := LimitUse{
			Period: b.period, Vendor: vendor, Currency: c,
			Max: Amount{max(b.max, 0), c}, None: b.max < 0, Used: Amount{b.used, c}, ResetsAt: b.frees(p),
		}
		if micros, ok := b.forecast(p); ok {
			// A week and a month have all of today in them.
			micros = max(micros, Rough(b.used+today))
			u.Forecast = &Amount{micros, c}
			if b.period == "day" {
				today = micros - b.used
			}
		}
		uses = append(uses, u)
	}
	return uses
}

// LimitChange sets one bound.
type LimitChange struct {
	Currency Currency
	Vendor   string // its name; "" for all vendors
	Period   string // purchase, day, week, month, total (vendor only)
	Max      int64  // micros, NoLimit to lift it
	// Confirmed says that the person has seen that the bound becomes looser, and by how much.
	Confirmed bool
}

// LimitFacts is what a decision about a limit needs to know.
type LimitFacts struct {
	No     EntryNo // the number that the entry will get
	User   User
	Wallet Wallet
	Vendor Vendor         // zero: the limit is the wallet's
	Link   *Link          // at the vendor; nil: none yet
	Zone   *time.Location // the person's; nil is UTC
	// Generation of the books: the relation to a new vendor is named in it.
	Generation Generation
}

// LimitOutcome is a changed limit.
type LimitOutcome struct {
	Entry   Entry
	Wallet  Wallet
	Link    *Link  // set when the limit is a vendor's
	Warning string // "", or a sentence: more than that is spent already
}

// DecideLimit changes one bound of the wallet (claim 23), or of the person's bounds at a vendor (claim 24). A bound
// below what is spent already is allowed; the warning says so. It refuses with ErrFrozen (closed wallet), ErrInvalid,
// ErrNotAllowed: after a recovery, or by a new key, a thief may act, so for a while the wallet's bounds can only be
// lowered; and
// ErrConfirm: a looser bound has to be confirmed, since it protects from what the person did not mean, a typing error
// too.
func DecideLimit(c LimitChange, a Actor, f LimitFacts, now time.Time) (LimitOutcome, error) {
	switch {
	case f.User.Status == UserClosed:
		return LimitOutcome{}, refuseFrozen()
	case c.Currency != f.Wallet.Currency:
		return LimitOutcome{}, Invalid("currency", "Name a currency of this wallet.",
			"There is no account in %q.", CleanLine(string(c.Currency), 10))
	case c.Max < NoLimit || c.Max > MaxMicros:
		return LimitOutcome{}, Invalid("max", "Type an amount, or none to lift the limit.", "The limit is out of bounds.")
	}
	out := LimitOutcome{Wallet: f.Wallet}
	name, limits, total := "limit "+c.Period, &out.Wallet.Limits, (*int64)(nil)
	ofOne := f.Vendor.ID != 0
	if ofOne {
		l := linkOrNew(f.Link, f.User.ID, f.Vendor.ID, c.Currency, f.Generation, now)
		out.Link, limits, total = &l, &l.Limits, &l.Total
		name += " at " + f.Vendor.Name
	}
	target := limits.of(c.Period)
	if c.Period == "total" {
		target = total
	}
	if target == nil {
		return LimitOutcome{}, RefusePeriod(c.Period)
	}
	old := *target
	raised := looser(old, c.Max)
	if raised && !ofOne && now.Before(f.User.LockedUntil) {
		return LimitOutcome{}, Refuse(ErrNotAllowed, "Lower it, or wait.",
			"This wallet was recovered a short while ago: until %s its limits can only be lowered.", stamp(f.User.LockedUntil))
	}
	if raised && !ofOne {
		if err := f.User.refuseYoung(a, "raise a limit", now); err != nil {
			return LimitOutcome{}, err
		}
	}
	if raised && !c.Confirmed {
		return LimitOutcome{}, RefuseLoosening(f.Vendor.Name, limitStep(c.Period, old, c.Max, c.Currency))
	}
	*target = c.Max
	e := entry(f.No, now, KindLimit, a)
	e.User, e.Vendor, e.Wallet = f.User.ID, f.Vendor.ID, c.Currency
	e.Change = &Change{
		Name: name, Old: limitWord(old, c.Currency), New: limitWord(c.Max, c.Currency), Currency: c.Currency,
	}
	out.Entry, out.Warning = e, limitWarning(c.Period, LimitUses(out.Wallet, out.Link, "", now, f.Zone))
	return out, nil
}

// RefusePeriod refuses a period that has no limit.
func RefusePeriod(period string) *Refusal {
	return Invalid("period", "Say purchase, day, week or month, or total for a linked vendor.",
		"There is no limit per %q.", CleanLine(period, 20))
}

// looser returns whether a bound becomes higher or is taken away, in micros; NoLimit is none.
func looser(old, next int64) bool { return old >= 0 && (next < 0 || next > old) }

// limitStep tells a bound before and after: "day 5.00 EUR → none".
func limitStep(period string, old, next int64, c Currency) string {
	return period + " " + limitWord(old, c) + " → " + limitWord(next, c)
}

// of returns the bound of a period, nil if there is no such period.
func (l *Limits) of(period string) *int64 {
	switch period {
	case "purchase":
		return &l.PerPurchase
	case "day":
		return &l.PerDay
	case "week":
		return &l.PerWeek
	case "month":
		return &l.PerMonth
	}
	return nil
}

// limitWarning says that more is spent already than the bound of the period allows, "" if it is not.
func limitWarning(period string, uses []LimitUse) string {
	for _, v := range uses {
		if v.Period != period || v.None || v.Used.Micros <= v.Max.Micros {
			continue
		}
		s := fmt.Sprintf("More than that is spent already: %s.", v.Used)
		if !v.ResetsAt.IsZero() {
			s += " Nothing can be bought under this limit until " + stamp(v.ResetsAt) + "."
		}
		return s
	}
	return ""
}

func limitWord(micros int64, c Currency) string {
	if micros < 0 {
		return "none"
	}
	return Amount{micros, c}.String()
}

// limitNumber is limitWord without the currency.
func limitNumber(micros int64, c Currency) string {
	if micros < 0 {
		return "none"
	}
	return Amount{micros, c}.Number()
}
