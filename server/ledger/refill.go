package ledger

import "time"

// RefillState is whether a weekly budget is filled up. The words are stored, and shown to people and programs.
type RefillState string

// States of a weekly budget.
const (
	RefillActive RefillState = "active"
	RefillPaused RefillState = "paused" // a debit came back
	RefillEnded  RefillState = "ended"
)

// Events of a weekly budget.
const (
	refillSet      = "set"
	refillReturned = "a debit came back"
	refillAgain    = "a second one came back"
	refillCleared  = "a debit cleared"
	refillOff      = "turn off"
)

// refillStates is the life of a weekly budget. One that has ended can be set anew.
var refillStates = machine[RefillState]{
	{RefillActive, refillSet, RefillActive},
	{RefillActive, refillReturned, RefillPaused},
	{RefillActive, refillAgain, RefillEnded},
	{RefillActive, refillCleared, RefillActive},
	{RefillActive, refillOff, RefillEnded},
	{RefillPaused, refillSet, RefillActive},
	{RefillPaused, refillCleared, RefillActive},
	{RefillPaused, refillReturned, RefillPaused},
	{RefillPaused, refillAgain, RefillEnded},
	{RefillPaused, refillOff, RefillEnded},
}

// Refill is a weekly budget of an account: once a week it is filled up from a bank account (claim 38).
type Refill struct {
	No       EntryNo // the entry that set it
	User     UserID
	Currency Currency
	Budget   int64  // micros
	Weekday  uint8  // of package time: Sunday is 0
	Mandate  uint64 // number of the mandate that permits the debits
	Surplus  bool   // what is above the budget goes back to the bank account
	State    RefillState
	Due      time.Time // when it is filled up next
	// Weeks of ISO 8601, as year and number: 202653. The year is that of the week, not of the date.
	Week      uint32 // of Due
	Announced uint32 // the newest that was announced; 0: none that still holds
	Skip      uint32 // the newest that its owner skips
	Done      uint32 // the newest that is over: each once
	Returns   uint32 // debits in a row that came back
	Updated   time.Time
	Reason    string // of the last step; cleaned
	Notice    Notice // what was said of Announced
}

const (
	// refillNotice is how long before it is filled up its owner knows of it at the least.
	refillNotice = 2 * day
	// refillTell is how long before it is filled up its owner is told: who is late by less moves no day.
	refillTell = refillNotice + 12*time.Hour
	// refillHour is when on the day, by the owner's clock. No zone changes its clock then, so each week has it once.
	refillHour = 12
	// refillLate is how long after its time a week is still filled up; one that the service slept through is passed over.
	refillLate = 3 * day
)

// RefillOrder sets a weekly budget.
type RefillOrder struct {
	Budget  Amount
	Weekday time.Weekday
	Mandate Mandate
	Surplus bool
	Actor   Actor
}

// RefillFacts is what a decision about a weekly budget needs to know.
type RefillFacts struct {
	No      EntryNo
	User    User
	Wallet  Wallet
	Policy  Policy
	Zone    *time.Location // of its owner; nil is UTC
	Refill  Refill         // as it was; the zero value if there was none
	Mandate Mandate
	Waiting bool         // a debit of an earlier week is on its way
	Closed  ClosedMethod // the freeze of the method that debits; zero: it is open
	Dormant bool         // its owner was not seen for so long that the balance is unclaimed property, or would be
}

// RefillOutcome is a weekly budget after a step, with what is ordered by it.
type RefillOutcome struct {
	Entry   Entry
	Refill  Refill
	Fill    Amount // is debited; nothing: none
	Surplus Amount // goes back; nothing: none
}

// SetRefill sets the weekly budget of an account, or changes it. The first week is one that can still be announced. It
// refuses with ErrFrozen, with ErrNotAllowed a new key, with ErrInvalid a budget that no single debit can fill, and as
// [Mandate.Permits] does.
func SetRefill(o RefillOrder, f RefillFacts, now time.Time) (out RefillOutcome, err error) {
	c, p := o.Budget.Currency, f.Policy.In(o.Budget.Currency)
	if err := f.User.refuseYoung(o.Actor, "set a weekly budget", now); err != nil {
		return out, err
	}
	switch {
	case f.User.Status != UserActive:
		return out, refuseFrozen()
	case f.Wallet.Currency != c || f.Wallet.User != f.User.ID:
		return out, Invalid("currency", "Use the currency of an account that you have.", "The account is in %s.",
			f.Wallet.Currency)
	case o.Budget.Micros < p.DepositMin || o.Budget.Micros > p.DepositMax:
		return out, Invalid("budget", "Choose "+Amount{p.DepositMin, c}.String()+" to "+Amount{p.DepositMax, c}.String()+".",
			"The budget is out of bounds.")
	case o.Weekday < time.Sunday || o.Weekday > time.Saturday:
		return out, Invalid("weekday", "Name a day, for example monday.", "There is no such day.")
	}
	if err := checkMinor(o.Budget); err != nil {
		return out, err
	}
	if err := o.Mandate.Permits(o.Budget); err != nil {
		return out, err
	}
	r := f.Refill
	was, e := r.words(), entry(f.No, now, KindRefill, o.Actor)
	if r.State == RefillEnded { // it begins anew
		r.Skip = 0
	}
	r.User, r.Currency, r.No, r.Reason = f.User.ID, c, f.No, ""
	r.Budget, r.Weekday, r.Mandate, r.Surplus = o.Budget.Micros, uint8(o.Weekday), o.Mandate.ID.Number, o.Surplus
	r.State = RefillActive
	if r = r.at(now.Add(refillTell), f.Zone); !r.IsAnnounced() {
		r = r.forget()
	}
	return r.told(e, was), nil
}

// SkipRefill passes over the next week. It refuses with ErrState one that is not active, and a week that is skipped.
func SkipRefill(a Actor, f RefillFacts, now time.Time) (out RefillOutcome, err error) {
	r := f.Refill
	switch {
	case r.State != RefillActive:
		return out, Refuse(ErrState, "Set one with: refill set", "No weekly budget is filled up.")
	case r.Skip == r.Week:
		return out, RefuseState("week "+WeekWords(r.Week), "skipped already")
	}
	was, e := r.words(), entry(f.No, now, KindRefill, a)
	r.Skip, r.Reason = r.Week, "Week "+WeekWords(r.Week)+" is skipped."
	return r.told(e, was), nil
}

// EndRefill ends a weekly budget. Debits that are ordered are carried out. It refuses with ErrState one that has ended.
func EndRefill(a Actor, reason string, f RefillFacts, now time.Time) (out RefillOutcome, err error) {
	r := f.Refill
	to, can := refillStates.next(r.State, refillOff)
	if !can {
		return out, Refuse(ErrState, "Set one with: refill set", "No weekly budget is filled up.")
	}
	was, e := r.words(), entry(f.No, now, KindRefill, a)
	r = r.forget()
	r.State, r.Reason = to, CleanText(reason, maxReason)
	return r.told(e, was), nil
}

// DueRefill does what the time asks for: it announces the next week, or fills up this one and goes on to the next. Each
// week is done once, and one that was slept through is passed over. One that can never be filled up again ends. It
// refuses with ErrState before its time.
func DueRefill(f RefillFacts, now time.Time) (out RefillOutcome, err error) {
	r := f.Refill
	if next := r.Next(); next.IsZero() || now.Before(next) {
		return out, RefuseState("weekly budget", "not due")
	}
	was, e := r.words(), entry(f.No, now, KindRefill, Actor{Role: RoleSystem})
	ends, late := f.Ends(), !now.Before(r.Due.Add(refillLate))
	switch told := r.IsAnnounced() && r.Notice.Bank == f.Mandate.Bank; {
	case ends != "":
		r = r.forget()
		r.State, r.Reason = RefillEnded, ends
		return r.told(e, was), nil
	case r.Skip == r.Week:
		return f.done(r, e, was, 0, 0, "Skipped, as you said.", now), nil
	case late:
		return f.done(r, e, was, 0, 0, "The service was not there at its time: nothing was done.", now), nil
	case told:
		fill, surplus, reason := f.missing(now)
		return f.done(r, e, was, fill, surplus, reason, now), nil
	}
	if why := f.held(); why != "" { // the week is not over: its owner may still fill up by hand
		r.Reason = why
		return r.behind(now, f.Zone).told(e, was), nil
	}
	return r.announce(f.Mandate, now, f.Zone).told(e, was), nil
}

// done is a weekly budget of which a week is over.
func (f RefillFacts) done(
	r Refill, e Entry, was string, fill, surplus int64, reason string, now time.Time,
) RefillOutcome {
	r.Done, r.Reason = r.Week, reason
	out := r.behind(now, f.Zone).told(e, was)
	out.Fill, out.Surplus = Amount{fill, r.Currency}, Amount{surplus, r.Currency}
	return out
}

// Ends is why a weekly budget can never be filled up again; "": it can.
func (f RefillFacts) Ends() string {
	const anew = " Set it anew with: refill set."
	switch m := f.Mandate; {
	case f.User.Status == UserClosed:
		return "The wallet is closed."
	case f.Dormant:
		return "The wallet was not used for so long that its balance is unclaimed property." + anew
	case m.State == MandateSuspended || m.State == MandateEnded:
		return "The mandate of the bank account is " + string(m.State) + "." + anew
	}
	return ""
}

// held is why nothing is debited now; "": it can be.
func (f RefillFacts) held() string {
	switch {
	case f.User.Status != UserActive:
		return "The wallet is frozen: nothing was done."
	case f.Closed.Name != "":
		return CleanText("The service debits nothing for now: "+f.Closed.Reason, maxReason)
	}
	return ""
}

// FillRefill fills an account up now, because its owner says so: it counts as this week's. It refuses with ErrState a
// budget that is not active, a week that is over, and where there is nothing to do.
func FillRefill(a Actor, f RefillFacts, now time.Time) (out RefillOutcome, err error) {
	r, local := f.Refill, now
	if f.Zone != nil {
		local = now.In(f.Zone)
	}
	week := WeekOf(local)
	switch {
	case r.State != RefillActive:
		return out, Refuse(ErrState, "Set one with: refill set", "No weekly budget is filled up.")
	case r.Done >= week:
		return out, RefuseState("week "+WeekWords(week), "over already; the next one is "+WeekWords(r.Week))
	}
	fill, surplus, reason := f.missing(now)
	if fill == 0 && surplus == 0 {
		return out, Refuse(ErrState, "Look at it with: refill", "%s", reason)
	}
	was, e := r.words(), entry(f.No, now, KindRefill, a)
	r.Done, r.Reason = week, reason
	if r.Week <= week {
		r = r.at(now, f.Zone)
	}
	out = r.told(e, was)
	out.Fill, out.Surplus = Amount{fill, r.Currency}, Amount{surplus, r.Currency}
	return out, nil
}

// NoteRefill says why nothing came of a week that was due: its debit or its redemption was refused.
func NoteRefill(why string, f RefillFacts, now time.Time) RefillOutcome {
	r := f.Refill
	was, e := r.words(), entry(f.No, now, KindRefill, Actor{Role: RoleSystem})
	r.Reason = CleanText("Nothing was done: "+why, maxReason)
	return r.told(e, was)
}

// missing is what has to be debited now so that the account has its budget, or what is above it, and why.
func (f RefillFacts) missing(now time.Time) (fill, surplus int64, reason string) {
	r, w, unit := f.Refill, f.Wallet, f.Refill.Currency.minor()
	words := func(micros int64) string { return Amount{micros, r.Currency}.String() }
	least := max(Unit, f.Policy.In(r.Currency).DepositMin)
	missing := r.Budget - w.Paid + w.Owed
	missing = min((missing+unit-1)/unit*unit, r.Budget)
	switch why := f.held(); {
	case why != "":
		return 0, 0, why
	case f.Waiting:
		return 0, 0, "A debit of an earlier week is on its way: nothing was done."
	case missing >= least:
		if no := f.Mandate.Permits(Amount{missing, r.Currency}); no != nil {
			return 0, 0, "The bank account cannot be debited: nothing was done."
		}
		return missing, 0, words(missing) + " are debited."
	}
	if above := min(w.Paid-r.Budget, w.Transferable(now)); r.Surplus && w.Owed == 0 {
		rules := f.Policy.In(r.Currency).Redeem
		above -= above % unit
		if above > 0 && above >= rules.Minimum && above > f.Policy.RedeemFee(r.Currency) {
			return 0, above, words(above) + " above the budget go back."
		}
	}
	return 0, 0, "There is enough: nothing was done."
}

// RefillDebit follows a debit that a weekly budget has ordered: one that came back pauses it, the second in a row ends
// it, and one that cleared lets it go on. changed is false if nothing follows.
func RefillDebit(cleared bool, f RefillFacts, now time.Time) (out RefillOutcome, changed bool) {
	r, event, reason := f.Refill, refillCleared, "The debit has cleared."
	was, had := r.words(), r.State
	if r.Returns++; cleared {
		if r.Returns = 0; f.Refill.Returns == 0 {
			return out, false
		}
	} else if event, reason = refillReturned, "A debit came back: it waits until one clears."; r.Returns >= 2 {
		event, reason = refillAgain, "Two debits in a row came back."
	}
	to, can := refillStates.next(r.State, event)
	if !can {
		return out, false
	}
	e := entry(f.No, now, KindRefill, Actor{Role: RoleSystem})
	if to != RefillActive {
		r = r.forget()
	}
	if r.State, r.Reason = to, reason; had == RefillPaused && to == RefillActive {
		r = r.at(now.Add(refillTell), f.Zone)
	}
	return r.told(e, was), true
}

// words tells a weekly budget in one line, "" if there is none.
func (r Refill) words() string {
	if r.State == "" {
		return ""
	}
	s := string(r.State) + ", " + Amount{r.Budget, r.Currency}.String() + " each " + time.Weekday(r.Weekday).String()
	if r.Surplus {
		s += ", what is above it goes back"
	}
	return s
}

// told completes the entry about a weekly budget.
func (r Refill) told(e Entry, was string) RefillOutcome {
	r.Updated = e.At
	e.User, e.Wallet, e.Cause, e.Reason = r.User, r.Currency, r.No, r.Reason
	if r.No == e.No {
		e.Cause = 0
	}
	e.Refill, e.Change = &r, &Change{Name: "weekly budget", Old: was, New: r.words(), Currency: r.Currency}
	return RefillOutcome{Entry: e, Refill: r}
}
