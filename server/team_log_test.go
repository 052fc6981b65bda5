package server

import (
	"strings"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// acted are the lines of a team's log, the newest first.
func (f *fixture) acted(owner view.Caller) (all []string) {
	f.t.Helper()
	p, err := f.TeamLog(f.ctx, owner, view.Paging{})
	if err != nil || p.Next != "" {
		f.t.Fatalf("%+v, %v", p, err)
	}
	for _, a := range p.Data {
		all = append(all, strings.TrimPrefix(a.Name+": "+a.Act, ": "))
	}
	return all
}

// What a member did for a vendor stays in the log of that team, also what wrote no entry, and comes into no other one
// when the key does.
func TestTeamLogIsOfOneVendor(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	f.vendor("maps")
	nora, max := f.owner("news", "nora"), f.owner("maps", "max")
	second := f.teamed(nora, "second", ledger.TeamOwner)
	f.write(func(tx books.Tx) error { // as an event that is sent again
		return f.asTeam(tx, second, ownsShop("shop redeliver"), f.time.Now(),
			func(ledger.TeamMember, ledger.Vendor) error { return nil })
	})
	want := func(who view.Caller, lines string) {
		t.Helper()
		is(t, "log", strings.Join(f.acted(who), ", "), lines)
	}
	want(nora, "second: shop redeliver, second: team join, nora: team invite, nora: team join")
	must(t, errOf(f.TeamRemove(f.ctx, nora, "second")))
	c, err := f.TeamInvite(f.ctx, max, "read")
	must(t, err)
	must(t, errOf(f.TeamJoin(f.ctx, second, c.Code, "two")))
	want(nora, "nora: team remove, shop redeliver, team join, nora: team invite, nora: team join")
	want(max, "two: team join, max: team invite, max: team join")
}

// The log of a team costs what it shows, however much staff and other teams did meanwhile.
func TestTeamLogCostsWhatItShows(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	f.vendor("maps")
	nora := f.owner("news", "nora")
	f.owner("maps", "max")
	cost := func() (rows int) {
		t.Helper()
		m := meter{ctx: f.ctx, count: func(n int) { rows += n }}
		must(t, f.viewThrough(f.ctx, &m, func(r books.Reader) error { return errOf(f.teamLog(r, nora, view.Paging{})) }))
		m.settle()
		return rows
	}
	before := cost()
	f.write(func(tx books.Tx) error {
		for n := range 3000 {
			a := books.StaffAct{At: f.time.Now(), Key: "SHA256:max", Role: ledger.RoleVendor, Act: "shop redeliver", Vendor: 2}
			if n%2 == 0 {
				a = books.StaffAct{At: f.time.Now(), Key: "SHA256:rita", Role: ledger.RoleRep, Act: "desk deposits", User: 1}
			}
			if err := tx.PutStaffAct(a); err != nil {
				return err
			}
		}
		return nil
	})
	is(t, "rows read", cost(), before)
	is(t, "lines", len(f.acted(nora)), 1)
}
