package server

import (
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// twoOperators are a service that is no longer set up, with a second operator.
func twoOperators(t *testing.T) (f *fixture, rolf view.Caller) {
	t.Helper()
	f, rolf = newFixture(t), caller("rolf")
	_, err := f.StaffAdd(f.ctx, f.operator, keyOf(rolf), ledger.RoleOperator, "")
	must(t, err)
	f.time.Pass(30 * 24 * time.Hour)
	return f, rolf
}

// asked is what waits of a setting.
func asked(t *testing.T, all []view.Setting, name string) (value string, waits view.List[view.Ask]) {
	t.Helper()
	for _, s := range all {
		if s.Name == name {
			return s.Value, s.Asked
		}
	}
	t.Fatalf("no setting %s", name)
	return "", nil
}

// One operator weakens no control alone; the log has who has asked and who has done it.
func TestPolicyIsWeakenedByTwo(t *testing.T) {
	f, rolf := twoOperators(t)
	_, err := f.SetPolicy(f.ctx, f.operator, "payout_account_two", "on")
	must(t, err)
	all, err := f.SetPolicy(f.ctx, f.operator, "payout_account_two", "off")
	must(t, err)
	value, waits := asked(t, all, "payout_account_two")
	is(t, "value", value, "on")
	is(t, "waiting", len(waits), 1)
	is(t, "asked again from", waits[0].From.IsZero(), true)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.SetPolicy(f.ctx, f.operator, "payout_account_two", "off")
		return err
	})
	_, err = f.SetPolicy(f.ctx, rolf, "payout_account_two", "off")
	must(t, err)
	all, err = f.Policy(f.ctx, rolf)
	must(t, err)
	value, waits = asked(t, all, "payout_account_two")
	is(t, "value", value, "off")
	is(t, "waiting", len(waits), 0)
	log, err := f.StaffLog(f.ctx, rolf, view.AuditQuery{Act: "policy"})
	must(t, err)
	is(t, "newest line", log.Data[0].Note, "payout_account_two: off")
	is(t, "line before", log.Data[1].Note, "payout_account_two, asked: off")
	f.clean()
}

// Where accounts of payouts need two persons, one operator leads no payouts past them by other terms.
func TestTermsThatLeadElsewhereTakeTwo(t *testing.T) {
	f, rolf := twoOperators(t)
	f.vendor("acme")
	_, err := f.SetPolicy(f.ctx, f.operator, "payout_account_two", "on")
	must(t, err)
	elsewhere := view.TermsChange{Vendor: "acme", Currency: "EUR", Set: map[string]string{"way": "csv", "to": "Eve"}}
	in := func(all []view.PayTerms) view.PayTerms {
		t.Helper()
		for _, one := range all {
			if one.Currency == "EUR" {
				return one
			}
		}
		t.Fatal("no terms")
		return view.PayTerms{}
	}
	all, err := f.SetPayTerms(f.ctx, f.operator, elsewhere)
	must(t, err)
	is(t, "to", in(all).To, "acme")
	is(t, "waiting", len(in(all).Asked), 1)
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.SetPayTerms(f.ctx, f.operator, elsewhere); return err })
	fee := view.TermsChange{Vendor: "acme", Currency: "EUR", Set: map[string]string{"minimum": "7"}}
	all, err = f.SetPayTerms(f.ctx, f.operator, fee)
	must(t, err)
	is(t, "what leads nowhere else", in(all).Minimum, eur(700))
	elsewhere.Set["minimum"] = "5"
	all, err = f.SetPayTerms(f.ctx, rolf, elsewhere) // the same as was asked for
	must(t, err)
	is(t, "to", in(all).To, "Eve")
	f.clean()
	f.read(func(r books.Reader) error {
		p, err := policy(r)
		is(t, "what waits", len(p.Asked), 0)
		return err
	})
}

// Who takes the role from the other operator for a moment, or writes their own wallet beside that key, is no lone
// operator by it; and a representative who is made one is no second person at once.
func TestStaffAddIsNoWayRoundTheSecond(t *testing.T) {
	for name, trick := range map[string]func(*fixture, view.Caller) error{
		"a representative": func(f *fixture, rolf view.Caller) error {
			_, err := f.StaffAdd(f.ctx, f.operator, keyOf(rolf), ledger.RoleRep, "")
			return err
		},
		"away and back": func(f *fixture, rolf view.Caller) error {
			_, err := f.StaffAdd(f.ctx, f.operator, keyOf(rolf), ledger.RoleNone, "")
			must(t, err)
			_, err = f.StaffAdd(f.ctx, f.operator, keyOf(rolf), ledger.RoleOperator, "")
			return err
		},
	} {
		f, rolf := twoOperators(t)
		_, err := f.SetPolicy(f.ctx, f.operator, "two_persons", "700")
		must(t, err)
		f.time.Pass(4 * 24 * time.Hour)
		must(t, trick(f, rolf))
		t.Log(name)
		f.refused(ledger.ErrState, func() error {
			_, err := f.SetPolicy(f.ctx, f.operator, "two_persons", "700")
			return err
		})
	}
	f, rolf := twoOperators(t)
	accomplice := f.rep("accomplice")
	f.time.Pass(30 * 24 * time.Hour)
	_, err := f.SetPolicy(f.ctx, rolf, "two_persons", "700")
	must(t, err)
	_, err = f.StaffAdd(f.ctx, rolf, keyOf(accomplice), ledger.RoleOperator, "")
	must(t, err)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.SetPolicy(f.ctx, accomplice, "two_persons", "700")
		return err
	})
}
