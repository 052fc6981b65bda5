package server

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// agentLine is the public key of a program; keys of different numbers differ.
func agentLine(n byte) string {
	var b []byte
	for _, part := range [][]byte{[]byte("ssh-ed25519"), bytes.Repeat([]byte{n}, 32)} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
	}
	return "ssh-ed25519 " + base64.StdEncoding.EncodeToString(b) + " builder"
}

// agentCaller is who logs in with the key of a program.
func agentCaller(n byte) view.Caller {
	fingerprint, _, err := ledger.ParsePublicKey(agentLine(n))
	if err != nil {
		panic(err)
	}
	return view.Caller{Fingerprint: fingerprint, Key: agentLine(n)}
}

// lets has a program pay, at most 5 EUR a day.
func (f *fixture) lets(who view.Caller, name string, n byte) view.Agent {
	f.t.Helper()
	a, err := f.AddAgent(f.ctx, who, view.AgentOrder{Name: name, Key: agentLine(n), Each: 2e6, Day: 5e6})
	if err != nil {
		f.t.Fatal(err)
	}
	return a
}

// agentsOf are the keys of programs, by name.
func (f *fixture) agentsOf(who view.Caller) map[string]view.Agent {
	f.t.Helper()
	list, err := f.Agents(f.ctx, who)
	if err != nil {
		f.t.Fatal(err)
	}
	all := map[string]view.Agent{}
	for _, a := range list {
		all[a.Name] = a
	}
	return all
}

// buysAs has a program buy an offer with its key.
func (f *fixture) buysAs(n byte, id ledger.OfferID, hold bool) (no ledger.EntryNo, err error) {
	f.t.Helper()
	err = f.update(f.ctx, func(tx books.Tx) error {
		a, found, err := tx.AgentByKey(agentCaller(n).Fingerprint)
		if err != nil || !found {
			return orMissing(err)
		}
		q := ledger.PurchaseRequest{Quantity: 1, Hold: hold, Actor: memberActor(agentCaller(n))}
		if q.Offer, _, err = tx.Offer(id, 0); err != nil {
			return err
		}
		facts := ledger.PurchaseFacts{Agent: &a}
		if facts.User, _, err = tx.User(a.User); err != nil {
			return err
		}
		if facts.Vendor, _, err = tx.Vendor(id.Vendor); err != nil {
			return err
		}
		if facts.Policy, err = policy(tx.Reader); err != nil {
			return err
		}
		if facts.Link, err = linkOf(tx.Reader, a.User, id.Vendor, q.Offer.Price.Currency); err != nil {
			return err
		}
		made, err := f.sell(tx, q, facts, f.clock())
		no = made.entry.No
		return err
	})
	return no, err
}

// A program pays without the purchase window, inside its limits; its person sees in the history which one bought, and
// that it may.
func TestProgramBuys(t *testing.T) {
	f, s, o, ann := newHolding(t)
	f.time.Pass(60 * 24 * time.Hour) // the wallet is not new
	wake, err := f.Watch(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	f.lets(ann, "builder", 1)
	select {
	case <-wake:
	default:
		t.Error("the open screens are not woken")
	}
	if news := f.overview(ann).NewAgents; len(news) != 1 || news[0].Name != "builder" {
		t.Errorf("new keys: %+v", news)
	}
	if err := f.Lock(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	if _, err := f.buysAs(1, o.Offer, false); err != nil {
		t.Fatal(err)
	}
	no, err := f.buysAs(1, o.Offer, true)
	if err != nil {
		t.Fatal(err)
	}
	a := f.agentsOf(ann)["builder"]
	is(t, "today", a.SpentToday, eur(200))
	is(t, "purchases", a.Purchases, 2)
	is(t, "waiting", a.Waiting, 1)
	is(t, "last use", a.LastUsed, f.clock().Format(time.DateOnly))
	part := CaptureOrder{Charge: no, Amount: eur(40)}
	if _, _, err := s.Capture(f.ctx, asking("take", "40"), part); err != nil {
		t.Fatal(err)
	}
	is(t, "after a part", f.agentsOf(ann)["builder"].SpentToday, eur(140))
	d, err := f.Show(f.ctx, ann, f.seal.Charge(no))
	if err != nil || d.Agent != "builder" {
		t.Errorf("who bought: %q, %v", d.Agent, err)
	}
	h, err := f.History(f.ctx, ann, view.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(h.Data, func(r view.Row) bool {
		return r.Kind == "agent" && strings.Contains(r.Title, "builder")
	}) {
		t.Errorf("the history tells nothing of the key: %+v", h.Data)
	}
	f.time.Pass(24 * time.Hour)
	is(t, "the next day", f.agentsOf(ann)["builder"].SpentToday, eur(0))
	if news := f.overview(ann).NewAgents; len(news) != 0 {
		t.Errorf("new keys a day later: %+v", news)
	}
}

// What waits of a program goes back in the commit that ends its key, and it pays no more.
func TestEndOfAProgram(t *testing.T) {
	f, _, o, ann := newHolding(t)
	f.time.Pass(60 * 24 * time.Hour)
	f.lets(ann, "builder", 1)
	had := f.balance(ann)
	for range 3 {
		if _, err := f.buysAs(1, o.Offer, true); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "held", f.walletOf(ann).Held, eur(300).Micros)
	before := f.head()
	ended, err := f.EndAgent(f.ctx, ann, "builder")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "state", ended.Status, "ended")
	is(t, "entries of the end", f.head()-before, 4)
	is(t, "balance", f.balance(ann), had)
	is(t, "held then", f.walletOf(ann).Held, 0)
	if _, err := f.buysAs(1, o.Offer, false); ledger.Code(err) != "not_found" {
		t.Errorf("the key still pays: %v", err)
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.EndAgent(f.ctx, ann, "builder"); return err })
	f.lets(ann, "builder", 1) // both are free again
}

// A key opens something or pays for a program, never both, whichever comes first.
func TestProgramKeyOpensNothing(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.join("ann"), f.join("bob")
	f.vendor("acme")
	code, err := f.VendorTeamCode(f.ctx, f.operator, "acme")
	if err != nil {
		t.Fatal(err)
	}
	add := func(n byte) error {
		_, err := f.AddAgent(f.ctx, ann, view.AgentOrder{Name: "x" + string(rune('a'+n)), Key: agentLine(n), Each: 1, Day: 1})
		return err
	}
	wallet, staff, team, other := agentCaller(2), agentCaller(3), agentCaller(4), agentCaller(5)
	if _, err := f.Join(f.ctx, wallet, view.JoinRequest{Accept: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.StaffAdd(f.ctx, f.operator, staff.Key, ledger.RoleRep, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.TeamJoin(f.ctx, team, code.Code, "tess"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.AddAgent(f.ctx, bob, view.AgentOrder{Name: "his", Key: other.Key, Each: 1, Day: 1}); err != nil {
		t.Fatal(err)
	}
	for n := byte(2); n <= 5; n++ {
		f.refused(ledger.ErrState, func() error { return add(n) })
	}
	if err := add(1); err != nil {
		t.Fatal(err)
	}
	program := agentCaller(1)
	more, err := f.VendorTeamCode(f.ctx, f.operator, "acme")
	if err != nil {
		t.Fatal(err)
	}
	key, err := f.AddKey(f.ctx, bob)
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := f.RenewRecovery(f.ctx, bob)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() error{
		"join":    func() error { _, err := f.Join(f.ctx, program, view.JoinRequest{Accept: true}); return err },
		"key":     func() error { _, err := f.JoinKey(f.ctx, program, key.Code, ""); return err },
		"recover": func() error { _, err := f.Recover(f.ctx, program, renewed.RecoveryCode); return err },
		"staff":   func() error { _, err := f.StaffAdd(f.ctx, f.operator, program.Key, ledger.RoleRep, ""); return err },
		"team":    func() error { _, err := f.TeamJoin(f.ctx, program, more.Code, "p"); return err },
		"log in":  func() error { _, err := f.WhoAmI(f.ctx, program); return err },
	} {
		if err := open(); ledger.Code(err) != ledger.ErrNotAllowed.Error() {
			t.Errorf("%s with the key of a program: %v", name, err)
		}
	}
	if _, err := f.EndAgent(f.ctx, ann, "xb"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Join(f.ctx, program, view.JoinRequest{Accept: true}); err != nil {
		t.Errorf("a key that pays no more opens a wallet: %v", err)
	}
}

// A recovery and the end of a wallet end all programs; a freeze stops them.
func TestProgramsEndWithTheWallet(t *testing.T) {
	f, _, o, ann := newHolding(t)
	f.time.Pass(60 * 24 * time.Hour)
	f.lets(ann, "builder", 1)
	f.lets(ann, "crawler", 2)
	if _, err := f.buysAs(1, o.Offer, true); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Freeze(f.ctx, f.operator, f.user(ann).Handle, "a bank has called"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.buysAs(1, o.Offer, false); ledger.Code(err) != ledger.ErrFrozen.Error() {
		t.Errorf("a program pays from a frozen wallet: %v", err)
	}
	if _, err := f.Thaw(f.ctx, f.operator, f.user(ann).Handle, "all is well"); err != nil {
		t.Fatal(err)
	}
	renewed, err := f.RenewRecovery(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	ann = caller("ann's new key")
	if _, err := f.Recover(f.ctx, ann, renewed.RecoveryCode); err != nil {
		t.Fatal(err)
	}
	for name, a := range f.agentsOf(ann) {
		is(t, name, a.Status, "ended")
	}
	is(t, "held", f.walletOf(ann).Held, 0)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.AddAgent(f.ctx, ann, view.AgentOrder{Name: "new", Key: agentLine(3), Each: 1, Day: 1})
		return err
	})
	bob := f.join("bob")
	f.lets(bob, "builder", 3)
	if _, err := f.CloseWallet(f.ctx, bob); err != nil {
		t.Fatal(err)
	}
	f.read(func(r books.Reader) error {
		if _, found, err := r.AgentByKey(agentCaller(3).Fingerprint); found || err != nil {
			t.Errorf("the key of a closed wallet pays: %v", err)
		}
		return nil
	})
}

// The housekeeping ends a key whose time is over, once nothing of it waits.
func TestProgramExpires(t *testing.T) {
	f, s, o, ann := newHolding(t)
	f.time.Pass(60 * 24 * time.Hour)
	a, err := f.AddAgent(f.ctx, ann, view.AgentOrder{Name: "builder", Key: agentLine(1), Each: 2e6, Day: 5e6, Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(23 * time.Hour)
	no, err := f.buysAs(1, o.Offer, true)
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(a.Expires.Sub(f.clock()))
	f.Sweep(f.ctx)
	is(t, "while a purchase waits", f.agentsOf(ann)["builder"].Ended.IsZero(), true)
	is(t, "state", f.agentsOf(ann)["builder"].Status, "expired")
	if _, err := f.buysAs(1, o.Offer, false); ledger.Code(err) != ledger.ErrNotAllowed.Error() {
		t.Errorf("a key whose time is over pays: %v", err)
	}
	if _, _, err := s.Capture(f.ctx, asking("take", "all"), CaptureOrder{Charge: no}); err != nil {
		t.Fatal(err)
	}
	f.Sweep(f.ctx)
	is(t, "then", f.agentsOf(ann)["builder"].Ended.IsZero(), false)
	is(t, "state then", f.agentsOf(ann)["builder"].Status, "expired")
}
