package server

import (
	"strings"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

func TestVendorCreate(t *testing.T) {
	f := newFixture(t)
	v, key := f.vendor("news")
	if !strings.HasPrefix(key, "sk_test_") {
		t.Errorf("key %s is not marked as simulated", key[:8])
	}
	is(t, "origins", len(v.Origins), 1)
	is(t, "verified", v.Origins[0].Verified, f.clock())
	owner := func(key string) (id ledger.VendorID, found bool) {
		f.read(func(r books.Reader) (err error) {
			id, found, err = r.VendorByAPIKey(seal.HashAPIKey(key))
			return err
		})
		return id, found
	}
	if id, found := owner(key); !found || id != v.ID {
		t.Errorf("key of vendor %d, %v", id, found)
	}
	create := func(who view.Caller, q view.VendorRequest) func() error {
		return func() error { _, err := f.VendorCreate(f.ctx, who, q); return err }
	}
	f.refused(ledger.ErrState, create(f.operator, view.VendorRequest{Name: "news"}))
	f.refused(ledger.ErrInvalid, create(f.operator, view.VendorRequest{Name: "News Corp!"}))
	f.refused(ledger.ErrInvalid, create(f.operator, view.VendorRequest{Name: "x", Origin: "https://x.example"}))
	f.refused(ledger.ErrInvalid, create(f.operator, view.VendorRequest{Name: "other", Origin: "javascript:alert(1)"}))
	f.refused(ledger.ErrNotAllowed, create(f.join("ann"), view.VendorRequest{Name: "other"}))

	fresh, err := f.VendorKey(f.ctx, f.operator, "news")
	if err != nil || fresh.Ended != 1 || fresh.Key == key {
		t.Fatalf("%+v, %v", fresh, err)
	}
	if _, found := owner(key); found {
		t.Error("the old key still opens the vendor")
	}
	if id, found := owner(fresh.Key); !found || id != v.ID {
		t.Error("the new key does not open the vendor")
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.VendorKey(f.ctx, f.operator, "nobody"); return err })
}

func TestStaffComeAndGo(t *testing.T) {
	f := newFixture(t)
	rep := caller("rep")
	add := func(who view.Caller, key string, role ledger.Role) func() error {
		return func() error { _, err := f.StaffAdd(f.ctx, who, key, role, ""); return err }
	}
	f.refused(ledger.ErrNotAllowed, add(rep, keyOf(rep), ledger.RoleOperator))
	f.refused(ledger.ErrInvalid, add(f.operator, "ssh-ed25519 nonsense", ledger.RoleRep))
	f.refused(ledger.ErrInvalid, add(f.operator, keyOf(rep), ledger.RoleVendor))
	f.refused(ledger.ErrNotAllowed, add(f.operator, keyOf(f.operator), ledger.RoleRep))

	no, _, err := f.Head(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := add(f.operator, keyOf(rep), ledger.RoleRep)(); err != nil {
		t.Fatal(err)
	}
	f.read(func(r books.Reader) error { // the act is in the journal with who did it
		e, found, err := r.Entry(no + 1)
		if !found || e.Kind != ledger.KindStaff || e.Actor.Key != f.operator.Fingerprint ||
			e.Actor.Role != ledger.RoleOperator {
			t.Errorf("entry: %+v", e)
		}
		return err
	})
	id, err := f.WhoAmI(f.ctx, rep)
	if err != nil || id.Role != ledger.RoleRep {
		t.Fatalf("%+v, %v", id, err)
	}
	if _, err := f.DeskDisputes(f.ctx, rep, view.DeskQuery{}); err != nil {
		t.Error(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.SetPolicy(f.ctx, rep, "commission", "1"); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.VendorKey(f.ctx, rep, "news"); return err })

	if err := add(f.operator, keyOf(rep), ledger.RoleNone)(); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.DeskDisputes(f.ctx, rep, view.DeskQuery{}); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.DeskDeposits(f.ctx, rep, view.DeskQuery{}); return err })
}
