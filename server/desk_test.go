package server

import (
	"errors"
	"strings"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

func TestVendorCreate(t *testing.T) {
	f := house(t)
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
	create := func(who ledger.Caller, q ledger.VendorRequest) func() error {
		return func() error { _, err := f.VendorCreate(f.ctx, who, q); return err }
	}
	f.refused(ledger.ErrState, create(f.operator, ledger.VendorRequest{Name: "news"}))
	f.refused(ledger.ErrInvalid, create(f.operator, ledger.VendorRequest{Name: "News Corp!"}))
	f.refused(ledger.ErrInvalid, create(f.operator, ledger.VendorRequest{Name: "x", Origin: "https://x.example"}))
	f.refused(ledger.ErrInvalid, create(f.operator, ledger.VendorRequest{Name: "other", Origin: "javascript:alert(1)"}))
	f.refused(ledger.ErrNotAllowed, create(f.join("ann"), ledger.VendorRequest{Name: "other"}))

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
	f := house(t)
	rep := caller("rep")
	add := func(who ledger.Caller, key string, role ledger.Role) func() error {
		return func() error { _, err := f.StaffAdd(f.ctx, who, key, role); return err }
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
		if !found || e.Kind != ledger.KindStaff || e.Actor.Key != f.operator.Fingerprint || e.Actor.Role != ledger.RoleOperator {
			t.Errorf("entry: %+v", e)
		}
		return err
	})
	id, err := f.WhoAmI(f.ctx, rep)
	if err != nil || id.Role != ledger.RoleRep {
		t.Fatalf("%+v, %v", id, err)
	}
	if _, err := f.DeskDisputes(f.ctx, rep); err != nil {
		t.Error(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.SetPolicy(f.ctx, rep, "commission", "1"); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.VendorKey(f.ctx, rep, "news"); return err })

	if err := add(f.operator, keyOf(rep), ledger.RoleNone)(); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.DeskDisputes(f.ctx, rep); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.DeskDeposits(f.ctx, rep); return err })
}

func TestParseKey(t *testing.T) {
	const line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBTn1y1nX0u7c4mS1cVQ1o5kM0h2k1n5r5Y5m1l0b3wq ann@\x1b[31mhome"
	fp, comment, err := ParseKey(line)
	if err != nil || !strings.HasPrefix(fp, "SHA256:") || len(fp) != 50 {
		t.Fatalf("%q, %v", fp, err)
	}
	if strings.ContainsRune(comment, 0x1b) {
		t.Errorf("comment %q", comment)
	}
	if again, _, err := ParseKey(fp); err != nil || again != fp {
		t.Errorf("%q, %v", again, err)
	}
	for _, bad := range []string{"", "ssh-ed25519", "ssh-rsa AAAAC3NzaC1lZDI1NTE5", "SHA256:short", strings.Repeat("a ", 20000)} {
		if _, _, err := ParseKey(bad); err == nil {
			t.Errorf("%.20q is no key", bad)
		}
	}
}

// What is read as a key is named by a fingerprint that reads as itself.
func FuzzParseKey(f *testing.F) {
	f.Add("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g ann@laptop")
	f.Add("SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU name")
	f.Add("SHA256:" + strings.Repeat("A", 43) + "=")
	f.Add("ssh-rsa /////w==")
	f.Add("\x00 \xff")
	f.Fuzz(func(t *testing.T, text string) {
		fingerprint, name, err := ParseKey(text)
		if err != nil {
			if !errors.Is(err, ledger.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if again, _, err := ParseKey(fingerprint); err != nil || again != fingerprint || len(fingerprint) != 50 {
			t.Errorf("%q has the fingerprint %q, which reads as %q (%v)", text, fingerprint, again, err)
		}
		if name != ledger.CleanLine(name, 60) {
			t.Errorf("the name %q is not clean", name)
		}
	})
}
