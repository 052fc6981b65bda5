package ledger

import (
	"fmt"
	"testing"
	"time"
)

// op is an operator that was added on a day after the books began.
func op(name string, added int, wallet UserID) Staff {
	return Staff{
		Fingerprint: "SHA256:" + name, Name: name, Role: RoleOperator, Wallet: wallet,
		Added: start.Add(time.Duration(added) * day),
	}
}

// alone are the facts of an only operator who sets up books.
func alone(no EntryNo) SecondFacts { return SecondFacts{No: no, Began: start} }

// ops are the facts of one of several operators, on a day.
func ops(no EntryNo, who Staff, all ...Staff) SecondFacts {
	return SecondFacts{No: no, Staff: who, Operators: append([]Staff{who}, all...), Began: start}
}

// sets changes a setting as an operator.
func sets(t *testing.T, p *Policy, f SecondFacts, name, value string, day int) (PolicyOutcome, error) {
	t.Helper()
	out, err := DecidePolicy(name, value, Actor{Role: RoleOperator, Key: f.Staff.Fingerprint}, f, *p, on(day))
	if err == nil {
		*p = out.Policy
	}
	return out, err
}

func on(d int) time.Time { return start.Add(time.Duration(d) * day) }

// looserAndTighter are the controls over staff, each with a value that is looser and one that is tighter.
var looserAndTighter = map[string][2]string{
	"two_persons": {"700", "10"}, "clear_after": {"0s", "2d"}, "staff_day": {"900", "100"},
	"settle_approve": {"90000", "1"}, "payout_account_wait": {"0s", "9d"}, "redeem_approve": {"5000", "1"},
	"referral_max": {"60%", "10%"}, "redeem_hold": {"0s", "9d"}, "payout_account_two": {"off", "on"},
}

// What weakens a control is done when a second person has asked for the same; what strengthens it is done at once.
func TestWeakerControlsTakeTwoOperators(t *testing.T) {
	olga, rolf := op("olga", 0, 1), op("rolf", 0, 2)
	for _, g := range guards {
		values, told := looserAndTighter[g.name]
		if !told {
			t.Errorf("%s is not tried", g.name)
			continue
		}
		p := DefaultPolicy()
		out, err := sets(t, &p, ops(9, olga, rolf), g.name, values[1], 10)
		must(t, err)
		is(t, g.name+": stronger waits", out.Waits, false)
		was := g.loose(p)
		out, err = sets(t, &p, ops(10, olga, rolf), g.name, values[0], 10)
		must(t, err)
		is(t, g.name+": weaker waits", out.Waits, true)
		is(t, "name of the entry", out.Entry.Change.Name, g.name+AskedWord)
		is(t, "as it was", g.loose(p), was)
		_, err = sets(t, &p, ops(11, olga, rolf), g.name, values[0], 11)
		refused(t, err, ErrNotAllowed)
		out, err = sets(t, &p, ops(11, rolf, olga), g.name, values[0], 11)
		must(t, err)
		is(t, "cause", out.Entry.Cause, EntryNo(10))
		is(t, g.name+": looser", g.loose(p) > was, true)
		is(t, "nothing waits", len(p.Asked), 0)
	}
}

// Another value, another setting, a word that is over, the same person with another key, and a key that was added for
// it are no second person.
func TestWhoIsNoSecondOperator(t *testing.T) {
	olga, rolf := op("olga", 0, 1), op("rolf", 0, 2)
	asked := func() Policy {
		p := DefaultPolicy()
		_, err := sets(t, &p, ops(10, olga, rolf), "two_persons", "700", 10)
		must(t, err)
		return p
	}
	p := asked()
	for name, value := range map[string]string{"two_persons": "800", "staff_day": "700"} {
		out, err := sets(t, &p, ops(11, rolf, olga), name, value, 11)
		must(t, err)
		is(t, name+" waits", out.Waits, true)
	}
	is(t, "as it was", p.Risk.TwoPersons, DefaultPolicy().Risk.TwoPersons)
	p = asked()
	out, err := sets(t, &p, ops(11, rolf, olga), "two_persons", "700", 24)
	must(t, err)
	is(t, "a word that is over", out.Waits, true)
	p = asked()
	_, err = sets(t, &p, ops(11, op("olga's phone", 0, 1), olga, rolf), "two_persons", "700", 20)
	refused(t, err, ErrNotAllowed)
	_, err = sets(t, &p, ops(11, op("accomplice", 10, 3), olga, rolf), "two_persons", "700", 12)
	refused(t, err, ErrNotAllowed)
	_, err = sets(t, &p, ops(11, op("new operator", 10, 3), olga, rolf), "two_persons", "700", 13)
	must(t, err)
	// The value that there is takes back what was asked for.
	p = asked()
	out, err = sets(t, &p, ops(11, rolf, olga), "two_persons", "20", 11)
	must(t, err)
	is(t, "withdrawn", fmt.Sprint(out.Entry.Change.New, len(p.Asked)), "withdrawn0")
}

// A lone operator asks twice, three days apart, also where the other one was sent away for it. While books are set up
// nothing waits for a person who is not there yet.
func TestLoneOperator(t *testing.T) {
	olga := op("olga", 0, 1)
	p := DefaultPolicy()
	out, err := sets(t, &p, ops(9, olga), "two_persons", "100", 2)
	must(t, err)
	is(t, "set up", out.Waits, false)
	out, err = sets(t, &p, ops(10, olga), "two_persons", "700", 10)
	must(t, err)
	is(t, "later", out.Waits, true)
	no := refused(t, errOf(sets(t, &p, ops(11, olga), "two_persons", "700", 12)), ErrState)
	is(t, "told from when", no.ResetsAt, on(13))
	gone := op("rolf", 0, 2)
	gone.Ended = on(12)
	no = refused(t, errOf(sets(t, &p, ops(11, olga, gone), "two_persons", "700", 14)), ErrState)
	is(t, "the other one was sent away", no.ResetsAt, on(15))
	no = refused(t, errOf(sets(t, &p, ops(11, olga, op("colleague", 12, 3)), "two_persons", "700", 14)), ErrState)
	is(t, "another one was added", no.ResetsAt, on(15))
	_, err = sets(t, &p, ops(11, olga), "two_persons", "700", 13)
	must(t, err)
	is(t, "done", p.Risk.TwoPersons, 700*Unit)
}

func errOf(_ PolicyOutcome, err error) error { return err }

// Who sends the other operator away and adds them anew has not become a lone one by it: the three days begin again.
func TestAddingAnewIsNoWayRoundTheSecond(t *testing.T) {
	olga, rolf := op("olga", 0, 1), op("rolf", 0, 2)
	p := DefaultPolicy()
	_, err := sets(t, &p, ops(10, olga, rolf), "two_persons", "700", 10)
	must(t, err)
	rolf.Added = on(13)
	no := refused(t, errOf(sets(t, &p, ops(11, olga, rolf), "two_persons", "700", 13)), ErrState)
	is(t, "told from when", no.ResetsAt, on(16))
	refused(t, errOf(sets(t, &p, ops(11, olga, rolf), "two_persons", "700", 16)), ErrNotAllowed) // Rolf is a second again
}
