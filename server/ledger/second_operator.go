package ledger

import (
	"slices"
	"time"
)

// What weakens a control over those who work for the service takes two operators: one asks for it, and it holds once
// another one asks for the same. What strengthens it holds at once. A lone operator asks twice, some days apart: the
// journal has both, and whoever reads it has the time between.

const (
	// secondWait is how long a lone operator waits between the two, how long a key has to be an operator's before it is
	// a second one, and for how long after their beginning books are set up, by their only operator, without a second.
	secondWait = AskAgain
	// AskAgain is how far apart the two times of a lone operator are at least.
	AskAgain = 3 * day
	// askLife is how long the word of the first holds.
	askLife = 14 * day
)

// guards are the settings that are controls over staff, each with how loose it is. A setting that weakens four eyes is
// a line here.
var guards = []struct {
	name  string
	loose func(Policy) int64
}{
	{"two_persons", func(p Policy) int64 { return p.Risk.TwoPersons }},
	{"clear_after", func(p Policy) int64 { return -int64(p.Risk.ClearAfter) }},
	{"staff_day", func(p Policy) int64 { return p.Risk.StaffDay }},
	{"settle_approve", func(p Policy) int64 { return p.Settle.Approve }},
	{"payout_account_wait", func(p Policy) int64 { return -int64(p.Payouts.Wait) }},
	{"payout_account_two", func(p Policy) int64 {
		if p.Payouts.Two {
			return -1
		}
		return 0
	}},
	{"redeem_approve", func(p Policy) int64 { return p.Redeem.Approve }},
	{"referral_max", func(p Policy) int64 { return int64(p.ReferralMax) }},
	{"redeem_hold", func(p Policy) int64 { return -int64(p.Redeem.Hold) }},
}

// Guarded are the names of the settings that are controls over staff.
func Guarded() (names []string) {
	for _, g := range guards {
		names = append(names, g.name)
	}
	return names
}

// weakens reports whether a control over staff is looser in one of the policies, in any currency.
func (p Policy) weakens(after Policy) bool {
	for _, c := range after.Currencies {
		was, is := p.In(c), after.In(c)
		for _, g := range guards {
			if g.loose(is) > g.loose(was) {
				return true
			}
		}
	}
	return false
}

// Ask is what one operator has asked for, and waits for a second one.
type Ask struct {
	Name  string // of the setting, or whose terms
	Value string // as it would be shown
	By    string // fingerprint
	No    EntryNo
	At    time.Time
}

// SecondFacts is who is there to be a second person.
type SecondFacts struct {
	No        EntryNo
	Staff     Staff     // who asks
	Operators []Staff   // all staff that are and were, each with its wallet: who is a representative may have been one
	Began     time.Time // when the books did
}

// settled reports whether a key has been an operator's for long enough to be a second one.
func (f SecondFacts) settled(s Staff, now time.Time) bool {
	return s.Added.Before(f.Began.Add(secondWait)) || !now.Before(s.Added.Add(secondWait))
}

// others tells whether another person is operator now and could be the second, and when another key was last added,
// changed or sent away: who lost the role for a moment, or was written down as the same person, was there before.
func (f SecondFacts) others(now time.Time) (some bool, changed time.Time) {
	for _, s := range f.Operators {
		if s.Fingerprint == f.Staff.Fingerprint {
			continue
		}
		if s.Role == RoleOperator && s.Ended.IsZero() && f.settled(s, now) && !SamePerson(s, f.Staff) {
			some = true
		}
		for _, at := range []time.Time{s.Added, s.Ended} {
			if at.After(changed) {
				changed = at
			}
		}
	}
	return some, changed
}

// From is when a lone operator can ask for the second time, zero where another operator has to.
func (f SecondFacts) From(a Ask, now time.Time) time.Time {
	some, changed := f.others(now)
	if some || a.By != f.Staff.Fingerprint {
		return time.Time{}
	}
	if a.At.After(changed) {
		changed = a.At
	}
	return changed.Add(secondWait)
}

// second decides about what weakens a control: whether it is done now, and which entry has asked for it first, 0 while
// books are set up. Where it is not done, Asked has it, and what is written is that it was asked for.
func (p *Policy) second(c Change, a Actor, f SecondFacts, now time.Time) (done bool, cause EntryNo, err error) {
	some, _ := f.others(now)
	if !some && now.Before(f.Began.Add(secondWait)) {
		return true, 0, nil
	}
	i := slices.IndexFunc(p.Asked, func(o Ask) bool { return o.Name == c.Name && o.Value == c.New && o.open(now) })
	if i < 0 {
		p.Asked = slices.DeleteFunc(slices.Clone(p.Asked), func(o Ask) bool {
			return !o.open(now) || o.Name == c.Name && o.By == a.Key
		})
		p.Asked = append(p.Asked, Ask{Name: c.Name, Value: c.New, By: a.Key, No: f.No, At: instant(now)})
		return false, 0, nil
	}
	first := p.Asked[i]
	if !f.same(first.By) {
		if !f.settled(f.Staff, now) {
			from := f.Staff.Added.Add(secondWait)
			r := Refuse(ErrNotAllowed, "Come back after "+stamp(from)+", or ask an operator who is longer here.",
				"This key is new: it is no second person yet.")
			r.ResetsAt = from
			return false, 0, r
		}
		return true, first.No, nil
	}
	from := f.From(first, now)
	switch {
	case from.IsZero():
		return false, 0, Refuse(ErrNotAllowed,
			"Another operator has to ask for the same, before "+stamp(first.At.Add(askLife))+".",
			"You have asked for it already: it takes two persons.")
	case now.Before(from):
		r := Refuse(ErrState, "Ask for the same again after "+stamp(from)+".",
			"You are the only operator: it takes three days between asking for it and asking again.")
		r.ResetsAt = from
		return false, 0, r
	}
	return true, first.No, nil
}

// same reports whether a key is of the person who asks.
func (f SecondFacts) same(key string) bool {
	i := slices.IndexFunc(f.Operators, func(s Staff) bool { return s.Fingerprint == key })
	return key == f.Staff.Fingerprint || i >= 0 && SamePerson(f.Operators[i], f.Staff)
}

// open reports whether it still waits. One of a clock that was ahead does not.
func (a Ask) open(now time.Time) bool {
	return now.Before(a.At.Add(askLife)) && a.At.Sub(now) <= clockSlack
}

// Waiting returns what was asked for under a name, newest first.
func (p Policy) Waiting(name string, now time.Time) (all []Ask) {
	for _, a := range slices.Backward(p.Asked) {
		if a.Name == name && a.open(now) {
			all = append(all, a)
		}
	}
	return all
}

// without takes away what was asked for under a name.
func (p *Policy) without(name string) {
	p.Asked = slices.DeleteFunc(slices.Clone(p.Asked), func(a Ask) bool { return a.Name == name })
	if len(p.Asked) == 0 {
		p.Asked = nil
	}
}

// AskedWord stands behind the name of a change that was asked for only.
const AskedWord = ", asked"
