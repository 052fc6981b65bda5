package server

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Attack: many type the same code at once. It opens one wallet.
func TestInvitationOpensOneWallet(t *testing.T) {
	f := newFixture(t)
	v, err := f.Invite(f.ctx, f.operator)
	if err != nil {
		t.Fatal(err)
	}
	var opened atomic.Int64
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			_, err := f.Join(f.ctx, caller("guest "+strconv.Itoa(i)), view.JoinRequest{Accept: true, Invite: v.Code})
			if err == nil {
				opened.Add(1)
			}
		})
	}
	all.Wait()
	is(t, "opened", opened.Load(), 1)
}

// A member of staff has one bound for all keys, also when colleagues have made many invitations since.
func TestInvitationsOfOnePerson(t *testing.T) {
	f := newFixture(t)
	own := f.user(f.join("mia")).Handle
	for _, key := range []string{"mia 1", "mia 2"} {
		if _, err := f.StaffAdd(f.ctx, f.operator, keyOf(caller(key)), ledger.RoleRep, own); err != nil {
			t.Fatal(err)
		}
	}
	for i := range ledger.InvitesOpen {
		if _, err := f.Invite(f.ctx, caller("mia "+strconv.Itoa(1+i%2))); err != nil {
			t.Fatal(err)
		}
	}
	f.write(func(tx books.Tx) error {
		for i := range 12 * invitesRead {
			no, err := tx.Next()
			if err != nil {
				return err
			}
			colleague := ledger.Staff{Fingerprint: "SHA256:max", Role: ledger.RoleRep}
			hash := [32]byte{1, byte(i), byte(i >> 8)}
			out, err := ledger.DecideInvite(hash, staffActor(colleague), ledger.InviteFacts{No: no, Staff: colleague}, f.clock())
			if err != nil {
				return err
			}
			if _, err := tx.Append(out.Entry); err != nil {
				return err
			}
			if err := tx.PutInvite(out.Invite); err != nil {
				return err
			}
		}
		return nil
	})
	for _, key := range []string{"mia 1", "mia 2"} {
		f.refused(ledger.ErrLimit, func() error { _, err := f.Invite(f.ctx, caller(key)); return err })
	}
}
