package server

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// keyed makes a restricted key of a vendor.
func (f *fixture) keyed(owner view.Caller, q view.APIKeyOrder) string {
	f.t.Helper()
	k, err := f.ShopKeyAdd(f.ctx, owner, q)
	if err != nil || !strings.HasPrefix(k.Secret, "rk_test_") || !strings.HasPrefix(k.Secret, k.Hint) {
		f.t.Fatalf("key %+v, %v", k, err)
	}
	return k.Secret
}

// An owner makes a restricted key, which finds the vendor for what it may, until it is over. Who made it is in the
// journal and in the team's log, its secret nowhere.
func TestRestrictedKey(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	nora := f.owner("news", "nora")
	key := f.keyed(nora, view.APIKeyOrder{
		Name: "till", Scopes: []string{"charges:write"}, From: []string{"192.0.2.1"}, Days: 2,
	})
	use := KeyUse{Scope: "charges:read", From: netip.MustParseAddr("192.0.2.1")}
	v, err := f.AuthenticateUse(f.ctx, key, use)
	if err != nil || v.ID != 1 || !strings.HasPrefix(key, v.Hint) {
		t.Fatalf("seller %+v, %v", v, err)
	}
	for _, need := range []string{"refunds:read", ""} {
		f.refused(ledger.ErrScope, func() error { return errOf(f.AuthenticateUse(f.ctx, key, KeyUse{need, use.From})) })
	}
	f.refused(ledger.ErrAddress, func() error { return errOf(f.Authenticate(f.ctx, key)) })
	live := strings.Replace(key, "test", "live", 1)
	f.refused(ledger.ErrUnauthenticated, func() error { return errOf(f.AuthenticateUse(f.ctx, live, use)) })
	p, err := f.TeamLog(f.ctx, nora, view.Paging{})
	if err != nil || p.Data[0].Act != "shop key add" || !strings.Contains(p.Data[0].Note, "charges:write") ||
		strings.Contains(p.Data[0].Note, key) {
		t.Errorf("log %+v, %v", p.Data, err)
	}
	fresh, err := f.ShopKeyRoll(f.ctx, nora, "till", time.Hour)
	must(t, err)
	must(t, errOf(f.AuthenticateUse(f.ctx, fresh.Secret, use)))
	must(t, errOf(f.AuthenticateUse(f.ctx, key, use)))
	f.time.Pass(time.Hour)
	f.refused(ledger.ErrUnauthenticated, func() error { return errOf(f.AuthenticateUse(f.ctx, key, use)) })
	must(t, errOf(f.AuthenticateUse(f.ctx, fresh.Secret, use)))
	must(t, errOf(f.ShopKeyEnd(f.ctx, nora, "till")))
	f.refused(ledger.ErrUnauthenticated, func() error { return errOf(f.AuthenticateUse(f.ctx, fresh.Secret, use)) })
	all, err := f.ShopKeys(f.ctx, nora)
	if err != nil || len(all) != 3 || all[0].Status != "ended" || all[1].Status != "expired" || all[2].Name != "full" {
		t.Errorf("keys %+v, %v", all, err)
	}
	f.time.Pass(ledger.APIKeyKept + 2*time.Hour)
	if all, err = f.ShopKeys(f.ctx, nora); err != nil || len(all) != 1 {
		t.Errorf("later %+v, %v", all, err)
	}
	f.clean()
}

// The use of a key is written down once a day, however often it is used, and not for a full key.
func TestKeyUseIsWrittenOnceADay(t *testing.T) {
	f := newFixture(t)
	_, full := f.vendor("news")
	nora := f.owner("news", "nora")
	key := f.keyed(nora, view.APIKeyOrder{Name: "till", Scopes: []string{"charges:read"}})
	used := func() (day string) {
		all, err := f.ShopKeys(f.ctx, nora)
		must(t, err)
		is(t, "full", all[1].LastUsed, "")
		return all[0].LastUsed
	}
	is(t, "unused", used(), "")
	for range 2 {
		for range 3 {
			must(t, errOf(f.AuthenticateUse(f.ctx, key, KeyUse{Scope: "charges:read"})))
			must(t, errOf(f.Authenticate(f.ctx, full)))
			is(t, "used", used(), f.time.Now().UTC().Format(time.DateOnly))
		}
		f.write(func(tx books.Tx) error { // what is written down now, a request of the same day does not write again
			v, _, err := tx.Vendor(1)
			v.Keys = slices.Clone(v.Keys)
			v.Keys[1].Used = ""
			must(t, err)
			return tx.PutVendor(v)
		})
		must(t, errOf(f.AuthenticateUse(f.ctx, key, KeyUse{Scope: "charges:read"})))
		is(t, "a second write", used(), "")
		f.time.Pass(24 * time.Hour)
	}
}

// Only owners make, roll and end keys; staff in a team make none, by whatever key of theirs, and end one; the keys of
// another vendor are not there. A new full key ends the restricted ones.
func TestKeysAreForOwners(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	f.vendor("maps")
	nora, max := f.owner("news", "nora"), f.owner("maps", "max")
	finn := f.teamed(nora, "finn", ledger.TeamFinance)
	q := view.APIKeyOrder{Name: "till", Scopes: []string{"charges:write"}}
	key := f.keyed(nora, q)
	for _, who := range []view.Caller{finn, f.operator, caller("stranger")} {
		for _, do := range []func() error{
			func() error { return errOf(f.ShopKeys(f.ctx, who)) },
			func() error { return errOf(f.ShopKeyAdd(f.ctx, who, q)) },
			func() error { return errOf(f.ShopKeyRoll(f.ctx, who, "till", 0)) },
			func() error { return errOf(f.ShopKeyEnd(f.ctx, who, "till")) },
		} {
			f.refused(ledger.ErrNotAllowed, do)
		}
	}
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.ShopKeyRoll(f.ctx, max, "till", 0)) })
	f.refused(ledger.ErrNotFound, func() error { return errOf(f.ShopKeyEnd(f.ctx, max, "till")) })
	must(t, errOf(f.StaffAdd(f.ctx, f.operator, keyOf(nora), ledger.RoleRep, "")))
	f.refused(ledger.ErrNotAllowed, func() error { return errOf(f.ShopKeyRoll(f.ctx, nora, "till", 0)) })
	q.Name = "second"
	no := f.refused(ledger.ErrNotAllowed, func() error { return errOf(f.ShopKeyAdd(f.ctx, nora, q)) })
	if !strings.Contains(no.Detail, "You are in the team of this vendor") {
		t.Error(no.Detail)
	}
	must(t, errOf(f.AuthenticateUse(f.ctx, key, KeyUse{Scope: "charges:write"})))
	k, err := f.VendorKey(f.ctx, f.operator, "news")
	must(t, err)
	is(t, "ended", k.Ended, 2)
	f.refused(ledger.ErrUnauthenticated, func() error {
		return errOf(f.AuthenticateUse(f.ctx, key, KeyUse{Scope: "charges:write"}))
	})
}

// A request that came before its key was ended does nothing after: the transaction that would do it looks again.
func TestKeyThatEndsMeanwhileDoesNothing(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	nora := f.owner("news", "nora")
	key := f.keyed(nora, view.APIKeyOrder{Name: "till", Scopes: []string{"offers:write"}})
	s, err := f.AuthenticateUse(f.ctx, key, KeyUse{Scope: "offers:write"})
	must(t, err)
	offer := ledger.Offer{
		Title: "Lakes", Price: eur(25), Kind: ledger.Content, ContentURL: "https://news.example/a", Created: f.time.Now(),
	}
	writes := map[string]func() error{
		"an offer":   func() error { return third(s.CreateOffer(f.ctx, asking("o", ""), offer)) },
		"a refund":   func() error { return third(s.Refund(f.ctx, asking("r", ""), RefundOrder{Charge: 1})) },
		"a void":     func() error { return third(s.Void(f.ctx, asking("v", ""), 1)) },
		"a capture":  func() error { return third(s.Capture(f.ctx, asking("c", ""), CaptureOrder{Charge: 1})) },
		"a link":     func() error { return s.EndLink(f.ctx, ledger.LinkID{User: 1, Vendor: v.ID, Currency: "EUR"}) },
		"no content": func() error { return s.DropContent(f.ctx, ledger.OfferID{Vendor: v.ID, Number: 1}) },
	}
	must(t, writes["an offer"]())
	must(t, errOf(f.ShopKeyEnd(f.ctx, nora, "till")))
	head := f.head()
	for name, do := range writes {
		if err := do(); !errors.Is(err, ledger.ErrUnauthenticated) && name != "an offer" {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.refused(ledger.ErrUnauthenticated, func() error { return third(s.CreateOffer(f.ctx, asking("p", ""), offer)) })
	is(t, "entries", f.head(), head)
}

// What a vendor writes is judged by its key, or its member, in the transaction: nothing goes around [Seller.acted].
func TestVendorWritesGoThroughOneDoor(t *testing.T) {
	files, err := filepath.Glob("*.go")
	must(t, err)
	for _, name := range files {
		source, err := os.ReadFile(name)
		must(t, err)
		if name != "idempotent.go" && !strings.HasSuffix(name, "_test.go") &&
			(strings.Contains(string(source), "v.s.update(") || strings.Contains(string(source), "v.s.idempotent(")) {
			t.Errorf("%s writes for a vendor without a look at who acts", name)
		}
	}
}

func third[A, B any](_ A, _ B, err error) error { return err }
