package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// owner makes a key the first owner of the team of a vendor.
func (f *fixture) owner(vendor, name string) view.Caller {
	f.t.Helper()
	c, err := f.VendorTeamCode(f.ctx, f.operator, vendor)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.comes(c, name)
}

// teamed gives a key a place that an owner has made for it.
func (f *fixture) teamed(owner view.Caller, name string, role ledger.TeamRole) view.Caller {
	f.t.Helper()
	c, err := f.TeamInvite(f.ctx, owner, string(role))
	if err != nil {
		f.t.Fatal(err)
	}
	return f.comes(c, name)
}

func (f *fixture) comes(c view.TeamCode, name string) view.Caller {
	f.t.Helper()
	who := caller(name)
	id, err := f.TeamJoin(f.ctx, who, c.Code, name)
	if err != nil || id.Shop != c.Vendor || id.ShopRole != c.Role {
		f.t.Fatalf("%s came as %+v, %v", name, id, err)
	}
	return who
}

// errOf is the error of a call whose answer does not matter.
func errOf[T any](_ T, err error) error { return err }

// A code of the operator makes the first owner, once and for a day. Owners make further ones with a role.
func TestTeamBegins(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	c, err := f.VendorTeamCode(f.ctx, f.operator, "news")
	if err != nil || c.Role != "owner" || c.Vendor != "news" || !strings.HasSuffix(c.Type, "team join "+c.Code) {
		t.Fatalf("code %+v, %v", c, err)
	}
	f.read(func(r books.Reader) error {
		if all, err := r.Team(1); err != nil || len(all) != 1 || all[0].Member() {
			t.Errorf("team %+v, %v", all, err)
		}
		return nil
	})
	nora := f.comes(c, "nora")
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.TeamJoin(f.ctx, caller("later"), c.Code, "")) })
	again, err := f.TeamInvite(f.ctx, nora, "read")
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { return errOf(f.TeamJoin(f.ctx, nora, again.Code, "")) })
	f.refused(ledger.ErrInvalid, func() error { return errOf(f.TeamInvite(f.ctx, nora, "king")) })
	f.refused(ledger.ErrNotAllowed, func() error { return errOf(f.VendorTeamCode(f.ctx, nora, "news")) })
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.VendorTeamCode(f.ctx, f.operator, "nobody")) })
	late, err := f.TeamInvite(f.ctx, nora, "finance")
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(ledger.TeamCodeLife)
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.TeamJoin(f.ctx, caller("late"), late.Code, "")) })
	finn := f.teamed(nora, "finn", ledger.TeamFinance)
	p, err := f.Team(f.ctx, finn)
	if err != nil || len(p.Data) != 2 || p.Data[0].Name != "nora" || !p.Data[1].Here || p.Data[1].Role != "finance" {
		t.Errorf("finn sees %+v, %v", p, err)
	}
	if id, err := f.WhoAmI(f.ctx, finn); err != nil || id.Role != ledger.RoleVendor || id.Handle != "" {
		t.Errorf("finn is %+v, %v", id, err)
	}
}

// Guesses of codes are counted like those of other codes.
func TestTeamCodesAreNotGuessed(t *testing.T) {
	f := newFixture(t)
	who := caller("guesser")
	for range guessBurst {
		f.refused(ledger.ErrNotFound, func() error { return errOf(f.TeamJoin(f.ctx, who, "M-AAAAA-AAAAA-AAAAA", "")) })
	}
	f.refused(ledger.ErrRate, func() error { return errOf(f.TeamJoin(f.ctx, who, "M-AAAAA-AAAAA-AAAAA", "")) })
}

// Only owners change the team, and nobody makes more of a place than it was given.
func TestTeamRolesDoNotGrow(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	nora := f.owner("news", "nora")
	kate, finn, rob := f.teamed(nora, "kate", ledger.TeamCatalogue), f.teamed(nora, "finn", ledger.TeamFinance),
		f.teamed(nora, "rob", ledger.TeamRead)
	for _, who := range []view.Caller{kate, finn, rob} {
		for what, do := range map[string]func() error{
			"invite": func() error { return errOf(f.TeamInvite(f.ctx, who, "read")) },
			"role":   func() error { return errOf(f.TeamRole(f.ctx, who, "rob", "owner")) },
			"own":    func() error { return errOf(f.TeamRole(f.ctx, who, who.Fingerprint, "owner")) },
			"remove": func() error { return errOf(f.TeamRemove(f.ctx, who, "nora")) },
			"log":    func() error { return errOf(f.TeamLog(f.ctx, who, view.Paging{})) },
		} {
			no := f.refused(ledger.ErrNotAllowed, do)
			if no != nil && !strings.Contains(no.Detail, "the role owner") {
				t.Errorf("%s: the refusal names no role: %s", what, no.Detail)
			}
		}
	}
	if m, err := f.TeamRole(f.ctx, nora, "kate", "finance"); err != nil || m.Role != "finance" {
		t.Errorf("kate is %+v, %v", m, err)
	}
	f.refused(ledger.ErrState, func() error { return errOf(f.TeamRole(f.ctx, nora, "nora", "read")) })
	f.refused(ledger.ErrState, func() error { return errOf(f.TeamRemove(f.ctx, nora, "nora")) })
	if m, err := f.TeamRemove(f.ctx, rob, "rob"); err != nil || m.Name != "rob" { // everybody may leave
		t.Errorf("rob left %+v, %v", m, err)
	}
}

// What an owner has begun ends with the place: a code that waits brings nobody back in.
func TestTeamCodesEndWithTheirOwner(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	nora := f.owner("news", "nora")
	second := f.teamed(nora, "second", ledger.TeamOwner)
	c, err := f.TeamInvite(f.ctx, second, "owner")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := f.TeamInvite(f.ctx, nora, "read")
	if err != nil {
		t.Fatal(err)
	}
	woken, err := f.Watch(f.ctx, second)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.TeamRemove(f.ctx, nora, "second"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-woken:
	default:
		t.Error("the screens of who was removed are not woken")
	}
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.TeamJoin(f.ctx, caller("third"), c.Code, "")) })
	f.comes(kept, "fourth")
	for range ledger.MaxTeamCodes {
		if _, err := f.TeamInvite(f.ctx, nora, "read"); err != nil {
			t.Fatal(err)
		}
	}
	f.refused(ledger.ErrLimit, func() error { return errOf(f.TeamInvite(f.ctx, nora, "read")) })
	f.time.Pass(ledger.TeamCodeLife) // what is over makes room, and goes
	if _, err := f.TeamInvite(f.ctx, nora, "read"); err != nil {
		t.Error(err)
	}
}

// The members of one vendor do not exist for another one.
func TestTeamsAreApart(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	f.vendor("maps")
	nora, max := f.owner("news", "nora"), f.owner("maps", "max")
	p, err := f.Team(f.ctx, nora)
	if err != nil || len(p.Data) != 1 {
		t.Fatalf("team %+v, %v", p, err)
	}
	for _, name := range []string{p.Data[0].ID, "nora", nora.Fingerprint} {
		f.refused(ledger.ErrNotFound, func() error { return errOf(f.TeamRemove(f.ctx, max, name)) })
		f.refused(ledger.ErrNotFound, func() error { return errOf(f.TeamRole(f.ctx, max, name, "read")) })
	}
	log, err := f.TeamLog(f.ctx, max, view.Paging{})
	if err != nil || len(log.Data) != 1 || log.Data[0].Key != max.Fingerprint {
		t.Errorf("max reads %+v, %v", log, err)
	}
}

// A wallet of the same key and a place in a team know nothing of each other, and each stays when the other ends.
func TestTeamAndWalletOfOneKey(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	ann := f.join("ann")
	before := f.overview(ann)
	nora := f.owner("news", "nora")
	c, err := f.TeamInvite(f.ctx, nora, "finance")
	if err != nil {
		t.Fatal(err)
	}
	id, err := f.TeamJoin(f.ctx, ann, c.Code, "annie")
	if err != nil || id.Role != ledger.RoleUser || id.Handle != before.Handle || id.Shop != "news" || id.Name != "" {
		t.Errorf("ann is %+v, %v", id, err)
	}
	p, err := f.Team(f.ctx, nora)
	if err != nil || len(p.Data) != 2 {
		t.Fatalf("team %+v, %v", p, err)
	}
	for _, m := range p.Data {
		if strings.Contains(m.Name+m.ID+m.Fingerprint, before.Handle) {
			t.Errorf("the team reads the wallet: %+v", m)
		}
	}
	if h, err := f.History(f.ctx, ann, view.HistoryQuery{}); err != nil || len(h.Data) != 0 {
		t.Errorf("the history of the wallet has %+v, %v", h.Data, err)
	}
	if _, err := f.TeamRemove(f.ctx, nora, "annie"); err != nil {
		t.Fatal(err)
	}
	if id, err := f.WhoAmI(f.ctx, ann); err != nil || id.Role != ledger.RoleUser || id.Shop != "" {
		t.Errorf("ann is %+v, %v", id, err)
	}
}

// A name is the member's own words: it is one line, and bounded.
func TestTeamNamesAreHarmless(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	c, err := f.VendorTeamCode(f.ctx, f.operator, "news")
	if err != nil {
		t.Fatal(err)
	}
	who := caller("nora")
	if _, err := f.TeamJoin(f.ctx, who, c.Code, "\x1b[2Jno\nra\u202e"+strings.Repeat("x", 100)); err != nil {
		t.Fatal(err)
	}
	p, err := f.Team(f.ctx, who)
	if err != nil || len(p.Data) != 1 || strings.ContainsAny(p.Data[0].Name, "\x1b\n\u202e") || len(p.Data[0].Name) > 40 {
		t.Errorf("team %+v, %v", p, err)
	}
}

// Staff do not decide about a vendor in whose team they are, by whatever key of theirs they are in it.
func TestStaffDoNotDecideAboutTheirVendor(t *testing.T) {
	for name, member := range map[string]func(*fixture) view.Caller{
		"by the key of staff": func(*fixture) view.Caller { return caller("rita") },
		"by the wallet's key": func(f *fixture) view.Caller { return f.addKey(caller("rita"), "phone") },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.vendor("news")
			f.vendor("maps")
			rita := f.join("rita")
			f.time.Pass(25 * time.Hour)
			if _, err := f.StaffAdd(f.ctx, f.operator, rita.Fingerprint, ledger.RoleRep, ""); err != nil {
				t.Fatal(err)
			}
			second := member(f)
			c, err := f.VendorTeamCode(f.ctx, f.operator, "news")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.TeamJoin(f.ctx, second, c.Code, "r"); err != nil {
				t.Fatal(err)
			}
			no := f.refused(ledger.ErrNotAllowed, func() error {
				return errOf(f.VendorSuspend(f.ctx, rita, "news", "it is mine"))
			})
			if !strings.Contains(no.Detail, "You are in the team of this vendor") {
				t.Error(no.Detail)
			}
			if _, err := f.VendorSuspend(f.ctx, rita, "maps", "its pages are empty"); err != nil {
				t.Errorf("another vendor: %v", err)
			}
		})
	}
}

// An operator agrees no referral with a vendor in whose team it is.
func TestOperatorsDoNotRewardTheirVendor(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	f.vendor("maps")
	c, err := f.VendorTeamCode(f.ctx, f.operator, "news")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.TeamJoin(f.ctx, f.operator, c.Code, "o"); err != nil {
		t.Fatal(err)
	}
	before := f.head()
	f.refused(ledger.ErrNotAllowed, func() error {
		return errOf(f.SetReferral(f.ctx, f.operator, view.ReferralOrder{Vendor: "news", Rate: "20%"}))
	})
	if f.head() != before {
		t.Error("the terms are written")
	}
	if _, err := f.SetReferral(f.ctx, f.operator, view.ReferralOrder{Vendor: "maps", Rate: "20%"}); err != nil {
		t.Error(err)
	}
}
