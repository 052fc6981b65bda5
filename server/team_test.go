package server

import (
	"strings"
	"sync"
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
	f.refused(ledger.ErrInvalid, func() error { return errOf(f.TeamJoin(f.ctx, who, c.Code, strings.Repeat("x", 41))) })
	if _, err := f.TeamJoin(f.ctx, who, c.Code, "\x1b[2Jno\nra\u202e"+strings.Repeat("x", 35)); err != nil {
		t.Fatal(err)
	}
	p, err := f.Team(f.ctx, who)
	if err != nil || len(p.Data) != 1 || strings.ContainsAny(p.Data[0].Name, "\x1b\n\u202e") || len(p.Data[0].Name) > 40 {
		t.Errorf("team %+v, %v", p, err)
	}
}

// Two owners who remove each other at once leave one of them.
func TestOwnersWhoRemoveEachOther(t *testing.T) {
	for range 10 {
		f := newFixture(t)
		f.vendor("news")
		nora := f.owner("news", "nora")
		second := f.teamed(nora, "second", ledger.TeamOwner)
		var both sync.WaitGroup
		var first, other error
		both.Go(func() { first = errOf(f.TeamRemove(f.ctx, nora, "second")) })
		both.Go(func() { other = errOf(f.TeamRemove(f.ctx, second, "nora")) })
		both.Wait()
		if (first == nil) == (other == nil) {
			t.Fatalf("%v, %v", first, other)
		}
	}
}

// A member spends acts of its own: neither the vendor's server nor a colleague is kept from anything by them, and what
// a role may not do takes nothing. An owner whose acts are used up still ends a place and lowers a role.
func TestMembersSpendTheirOwnActs(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	kate, rob := s.teamed(nora, "kate", ledger.TeamCatalogue), s.teamed(nora, "rob", ledger.TeamRead)
	s.budgets = newBudgets(Bounds{Requests: 1, Acts: 2})
	file := []byte("title\nA\nB\nC\n")
	for range 2 { // a look is one act, however many lines the file has
		s.refused(ledger.ErrInvalid, func() error { return errOf(s.ShopImport(s.ctx, kate, file, "")) })
	}
	s.refused(ledger.ErrRate, func() error { return errOf(s.ShopImport(s.ctx, kate, file, "")) })
	for range 3 {
		s.refused(ledger.ErrNotAllowed, func() error { return errOf(s.TeamRemove(s.ctx, rob, "nora")) })
		s.refused(ledger.ErrNotAllowed, func() error { return errOf(s.TeamRole(s.ctx, rob, "rob", "owner")) })
		s.refused(ledger.ErrNotAllowed, func() error { return errOf(s.TeamInvite(s.ctx, rob, "read")) })
		s.refused(ledger.ErrNotAllowed, func() error { return errOf(s.ShopImport(s.ctx, rob, file, "")) })
	}
	is(t, "acts of who may not", s.budgets.acts.wait(topicKey(rob.Fingerprint), s.time.Now()), 0)
	s.offers("Lakes", eur(25)) // the vendor's server has its one request
	for range 2 {
		must(t, errOf(s.TeamInvite(s.ctx, nora, "read")))
	}
	s.refused(ledger.ErrRate, func() error { return errOf(s.TeamInvite(s.ctx, nora, "read")) })
	s.refused(ledger.ErrRate, func() error { return errOf(s.TeamRole(s.ctx, nora, "rob", "finance")) })
	must(t, errOf(s.TeamRole(s.ctx, nora, "kate", "read")))
	must(t, errOf(s.TeamRemove(s.ctx, nora, "rob")))
}

// The owners of a team make so many codes in a day, whoever of them: each new member has acts of its own.
func TestTeamCodesOfADayAreBounded(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	nora := f.owner("news", "nora")
	second := f.teamed(nora, "second", ledger.TeamOwner)
	for i := range teamInvites - 1 {
		c, err := f.TeamInvite(f.ctx, []view.Caller{nora, second}[i%2], "read")
		must(t, err)
		f.comes(c, "rob")
		must(t, errOf(f.TeamRemove(f.ctx, nora, "rob")))
	}
	f.refused(ledger.ErrRate, func() error { return errOf(f.TeamInvite(f.ctx, nora, "read")) })
	f.refused(ledger.ErrRate, func() error { return errOf(f.TeamInvite(f.ctx, second, "read")) })
}

// The team reads on which day a place was used, and nothing of when a key of both was at its wallet.
func TestWalletIsNoUseOfTheTeam(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	ann := f.join("ann")
	nora := f.owner("news", "nora")
	c, err := f.TeamInvite(f.ctx, nora, "read")
	must(t, err)
	must(t, errOf(f.TeamJoin(f.ctx, ann, c.Code, "annie")))
	used := func() string {
		t.Helper()
		p, err := f.Team(f.ctx, nora)
		must(t, err)
		return p.Data[1].LastUsed
	}
	joined := used()
	f.time.Pass(72 * time.Hour)
	must(t, errOf(f.WhoAmI(f.ctx, ann))) // each log-in and each command begins with it
	must(t, errOf(f.History(f.ctx, ann, view.HistoryQuery{})))
	is(t, "used, after a look at the wallet", used(), joined)
	must(t, errOf(f.ShopOffers(f.ctx, ann, view.Paging{})))
	is(t, "used, after a look at the shop", used(), f.time.Now().UTC().Format(time.DateOnly))
}
