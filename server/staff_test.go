package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// desk is a service with a check that mia has received, a dispute, and staff of several kinds.
type desk struct {
	*fixture
	ann                   view.Caller
	mia, max, both, other view.Caller
	check, fresh          view.Deposit // received; announced
	dispute               string
}

func newDesk(t *testing.T, cents int64) desk {
	t.Helper()
	f := newFixture(t)
	d := desk{fixture: f, mia: caller("mia"), max: caller("max"), both: caller("mia's other key"), other: caller("otto")}
	d.ann = f.funded("ann", eur(5000))
	mias := f.join("mia's wallet")
	f.unlimited(d.ann)
	for _, who := range []view.Caller{d.mia, d.max, d.both, d.other} {
		wallet := ""
		if who == d.mia || who == d.both { // the operator knows that both keys are one person's
			wallet = f.user(mias).Handle
		}
		if _, err := f.StaffAdd(f.ctx, f.operator, keyOf(who), ledger.RoleRep, wallet); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	for _, c := range []*view.Deposit{&d.check, &d.fresh} {
		if *c, err = f.Fund(f.ctx, d.ann, view.FundRequest{Amount: eur(cents), Method: "check"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err = f.AdvanceDeposit(f.ctx, d.mia, d.check.Reference, "received", eur(cents)); err != nil {
		t.Fatal(err)
	}
	v, _ := f.vendor("news")
	bought := f.buys(d.ann, v, "Archive of a week", eur(1000))
	made, err := f.Dispute(f.ctx, d.ann, view.DisputeRequest{ID: bought.ID, Reason: "not_as_described"})
	if err != nil {
		t.Fatal(err)
	}
	d.dispute = made.ID
	return d
}

// acts are all that staff can do with others' money.
func (d desk) acts(cents int64) map[string]func(view.Caller) error {
	step := func(c view.Deposit, word string) func(view.Caller) error {
		return func(who view.Caller) error {
			_, err := d.AdvanceDeposit(d.ctx, who, c.Reference, word, eur(cents))
			return err
		}
	}
	decide := func(userWins bool) func(view.Caller) error {
		return func(who view.Caller) error {
			_, err := d.Decide(d.ctx, who, d.dispute, userWins, "seen")
			return err
		}
	}
	return map[string]func(view.Caller) error{
		"received": step(d.fresh, "received"), "cleared": step(d.check, "cleared"), "bounced": step(d.check, "bounced"),
		"for the buyer": decide(true), "for the vendor": decide(false),
	}
}

// Every act of staff under every rule: who is refused, and with what. An act that is not named is allowed.
func TestStaffActsUnderEachRule(t *testing.T) {
	all := map[string]error{
		"received": ledger.ErrNotAllowed, "cleared": ledger.ErrNotAllowed, "bounced": ledger.ErrNotAllowed,
		"for the buyer": ledger.ErrNotAllowed, "for the vendor": ledger.ErrNotAllowed,
	}
	second := map[string]error{"cleared": ledger.ErrNotAllowed}
	moved := map[string]error{"cleared": ledger.ErrLimit, "for the buyer": ledger.ErrLimit}
	for _, c := range []struct {
		name    string
		cents   int64
		who     func(desk) view.Caller
		before  func(desk)
		refused map[string]error
	}{
		{"another person", 2001, func(d desk) view.Caller { return d.max }, nil, nil},
		{"who received it, a small one", 2000, func(d desk) view.Caller { return d.mia }, nil, nil},
		{"who received it", 2001, func(d desk) view.Caller { return d.mia }, nil, second},
		{"the other key of who received it", 2001, func(d desk) view.Caller { return d.both }, nil, second},
		{"no staff", 2001, func(desk) view.Caller { return caller("nobody") }, nil, all},
		{"the owner, by a key", 2001, func(d desk) view.Caller { return d.ann }, func(d desk) {
			d.role(d.ann, ledger.RoleOperator, "")
		}, all},
		{"the owner, as the operator knows", 2001, func(d desk) view.Caller { return d.max }, func(d desk) {
			d.role(d.max, ledger.RoleRep, d.user(d.ann).Handle)
		}, all},
		{"too early", 2001, func(d desk) view.Caller { return d.max }, func(d desk) {
			d.decides(func(p *ledger.Policy) { p.Risk.ClearAfter = 24 * time.Hour })
			d.time.Pass(24*time.Hour - time.Second)
		}, map[string]error{"cleared": ledger.ErrState}},
		{"just late enough", 2001, func(d desk) view.Caller { return d.max }, func(d desk) {
			d.decides(func(p *ledger.Policy) { p.Risk.ClearAfter = 24 * time.Hour })
			d.time.Pass(24 * time.Hour)
		}, nil},
		{"more than a day's sum", 2001, func(d desk) view.Caller { return d.max }, func(d desk) {
			d.decides(func(p *ledger.Policy) { p.Risk.StaffDay = eur(999).Micros })
		}, moved},
		{"a day's sum used up", 2001, func(d desk) view.Caller { return d.max }, func(d desk) {
			d.decides(func(p *ledger.Policy) { p.Risk.StaffDay = eur(2500).Micros })
			d.clears(eur(2001))
		}, moved},
		{"a day's sum used up the day before", 2001, func(d desk) view.Caller { return d.max }, func(d desk) {
			d.decides(func(p *ledger.Policy) { p.Risk.StaffDay = eur(2500).Micros })
			d.clears(eur(2001))
			d.time.Pass(24 * time.Hour)
		}, nil},
	} {
		for act := range newDesk(t, c.cents).acts(c.cents) {
			t.Run(c.name+"/"+act, func(t *testing.T) {
				d := newDesk(t, c.cents)
				if c.before != nil {
					c.before(d)
				}
				do := func() error { return d.acts(c.cents)[act](c.who(d)) }
				if want := c.refused[act]; want != nil {
					d.refused(want, do)
				} else if err := do(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// role makes a key one of staff.
func (d desk) role(who view.Caller, r ledger.Role, wallet string) {
	d.t.Helper()
	if _, err := d.StaffAdd(d.ctx, d.operator, keyOf(who), r, wallet); err != nil {
		d.t.Fatal(err)
	}
}

// clears has max clear a check of bob's that otto has received.
func (d desk) clears(a ledger.Amount) {
	d.t.Helper()
	c, err := d.Fund(d.ctx, d.join("bob"), view.FundRequest{Amount: a, Method: "check"})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err = d.AdvanceDeposit(d.ctx, d.other, c.Reference, "received", a); err == nil {
		_, err = d.AdvanceDeposit(d.ctx, d.max, c.Reference, "cleared", a)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// The desk shows what waits for a second person, and the staff log who looked at whose wallet and who did what, once
// however often a screen draws. Only the operator reads it.
func TestStaffLog(t *testing.T) {
	d := newDesk(t, 2001)
	for range 3 {
		page, err := d.DeskDeposits(d.ctx, d.max, view.DeskQuery{})
		open := page.Data
		if err != nil || len(open) != 2 || !strings.HasPrefix(open[0].Waits, "a second person") || open[1].Waits != "" {
			t.Fatalf("desk: %+v, %v", open, err)
		}
	}
	if _, err := d.AdvanceDeposit(d.ctx, d.max, d.check.Reference, "cleared", eur(2001)); err != nil {
		t.Fatal(err)
	}
	handle := d.user(d.ann).Handle
	page, err := d.StaffLog(d.ctx, d.operator, view.AuditQuery{Paging: view.Paging{Limit: 2}})
	if err != nil || len(page.Data) != 2 || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	for i, act := range []string{"deposit cleared", "desk deposits"} {
		if l := page.Data[i]; l.Act != act || l.Handle != handle || l.Key != d.max.Fingerprint {
			t.Errorf("line %d: %+v, want %s of %s", i, l, act, handle)
		}
	}
	looks := 0
	for page.Next != "" || looks == 0 {
		for _, l := range page.Data {
			if l.Act == "desk deposits" {
				looks++
			}
		}
		if page.Next == "" {
			break
		}
		q := view.AuditQuery{Paging: view.Paging{Limit: 2, Before: page.Next}}
		if page, err = d.StaffLog(d.ctx, d.operator, q); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "looks", looks, 1)
	d.refused(ledger.ErrNotAllowed, func() error {
		_, err := d.StaffLog(d.ctx, d.max, view.AuditQuery{Paging: view.Paging{}})
		return err
	})

	d.time.Pass(staffLogRetention + time.Second)
	d.Sweep(d.ctx)
	if page, err = d.StaffLog(d.ctx, d.operator, view.AuditQuery{}); err != nil || len(page.Data) != 0 {
		t.Errorf("after its time: %+v, %v", page, err)
	}
}
