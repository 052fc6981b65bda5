package server

import (
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// addKey lets a member add the key of another device.
func (f *fixture) addKey(who view.Caller, name string) view.Caller {
	f.t.Helper()
	code, err := f.AddKey(f.ctx, who)
	if err != nil {
		f.t.Fatal(err)
	}
	added := caller(name)
	if _, err := f.JoinKey(f.ctx, added, code.Code, name); err != nil {
		f.t.Fatal(err)
	}
	return added
}

// keys are those of a member's wallet, by name.
func (f *fixture) keys(who view.Caller) map[string]view.Key {
	f.t.Helper()
	ring, err := f.Keys(f.ctx, who)
	if err != nil {
		f.t.Fatal(err)
	}
	all := map[string]view.Key{}
	for _, k := range ring.Keys {
		all[k.Name] = k
	}
	return all
}

// A second device types the code that the first one shows, and has the wallet. The code is good once, for ten minutes.
func TestKeyJoinsByCode(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	code, err := f.AddKey(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	phone := caller("phone")
	bob := f.join("bob")
	f.refused(ledger.ErrState, func() error { _, err := f.JoinKey(f.ctx, bob, code.Code, ""); return err })
	wake, err := f.Watch(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	id, err := f.JoinKey(f.ctx, phone, strings.ToLower(strings.ReplaceAll(code.Code, "-", " ")), "phone")
	if err != nil || id.Handle != f.user(ann).Handle || !id.NewUntil.After(f.clock()) {
		t.Fatalf("%+v, %v", id, err)
	}
	select {
	case <-wake:
	default:
		t.Error("the first device is not woken")
	}
	is(t, "balance", f.balance(phone), eur(500).Micros)
	is(t, "name", f.keys(ann)["phone"].Fingerprint, phone.Fingerprint)
	o, err := f.Overview(f.ctx, ann)
	if err != nil || len(o.NewKeys) != 1 || o.NewKeys[0].Name != "phone" {
		t.Errorf("new keys: %+v, %v", o.NewKeys, err)
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.JoinKey(f.ctx, caller("tablet"), code.Code, ""); return err })
}

// A code ends when a later one takes its place, after its time, and with the key that has asked for it.
func TestKeyCodeEnds(t *testing.T) {
	f := newFixture(t)
	ann, tablet := f.join("ann"), caller("tablet")
	phone := f.addKey(ann, "phone")
	code := func(who view.Caller) string {
		t.Helper()
		c, err := f.AddKey(f.ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		return c.Code
	}
	ended := func(code string) {
		t.Helper()
		f.refused(ledger.ErrNotFound, func() error { _, err := f.JoinKey(f.ctx, tablet, code, ""); return err })
	}
	first := code(ann)
	second := code(ann)
	ended(first)
	f.time.Pass(keyCodeLife)
	ended(second)
	f.time.Pass(24 * time.Hour)
	third := code(phone)
	if _, err := f.EndKey(f.ctx, ann, "phone"); err != nil {
		t.Fatal(err)
	}
	ended(third)
}

// Guesses of codes for keys count as those of any other code.
func TestKeyCodesCannotBeGuessed(t *testing.T) {
	f := newFixture(t)
	thief := caller("thief")
	guess := func() error { _, err := f.JoinKey(f.ctx, thief, "K-00000-00000-00000", ""); return err }
	for range guessBurst {
		f.refused(ledger.ErrNotFound, guess)
	}
	f.refused(ledger.ErrRate, guess)
	f.refused(ledger.ErrRate, func() error { _, err := f.Recover(f.ctx, thief, "R-AAAAA"); return err })
}

// Of many that type one code at the same time one has the wallet.
func TestKeyCodeIsGoodOnce(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	code, err := f.AddKey(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	var joined sync.Map
	var all sync.WaitGroup
	for _, name := range strings.Fields("a b c d e f g h") {
		all.Go(func() {
			if _, err := f.JoinKey(f.ctx, caller(name), code.Code, name); err == nil {
				joined.Store(name, true)
			}
		})
	}
	all.Wait()
	n := 0
	joined.Range(func(any, any) bool { n++; return true })
	is(t, "joined", n, 1)
	is(t, "keys", len(f.keys(ann)), 2)
}

// An ended key finds no wallet, and its sessions end. The last one stays.
func TestEndedKey(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	phone := f.addKey(ann, "phone")
	var ended []string
	f.keyEnded = func(fingerprint string, _ uint64) { ended = append(ended, fingerprint) }
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.EndKey(f.ctx, phone, ann.Fingerprint)
		return err
	})
	if len(ended) > 0 {
		t.Errorf("ended: %q", ended)
	}
	if _, err := f.EndKey(f.ctx, ann, "phone"); err != nil {
		t.Fatal(err)
	}
	if len(ended) != 1 || ended[0] != phone.Fingerprint {
		t.Errorf("keys that were told to end: %q", ended)
	}
	f.refused(ledger.ErrNotJoined, func() error { _, err := f.Overview(f.ctx, phone); return err })
	is(t, "window", f.user(ann).WindowUntil.After(f.clock()), false)
	f.refused(ledger.ErrState, func() error { _, err := f.EndKey(f.ctx, ann, ann.Fingerprint); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.EndKey(f.ctx, ann, "phone"); return err })
	// A key that has ended may have a wallet of its own.
	if _, err := f.Join(f.ctx, phone, view.JoinRequest{Accept: true}); err != nil {
		t.Error(err)
	}
}

// What a stolen key does within a day, the paper undoes: a key that it adds cannot send money, and the recovery code
// stays good though it is renewed.
func TestPaperOutlastsAStolenKey(t *testing.T) {
	f := newFixture(t)
	ann := caller("ann")
	j, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	f.touch(ann)
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	thief := f.addKey(ann, "thief") // at the open computer of its owner
	f.touch(thief)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Transfer(f.ctx, thief, view.TransferRequest{Amount: eur(100)})
		return err
	})
	f.refused(ledger.ErrNotAllowed, func() error {
		_, _, err := f.SetLimit(f.ctx, thief, ledger.LimitChange{Period: "day", Max: eur(9000).Micros, Confirmed: true})
		return err
	})
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.RenewRecovery(f.ctx, thief); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.AddKey(f.ctx, thief); return err })
	renewed, err := f.RenewRecovery(f.ctx, ann)
	if err != nil || renewed.RecoveryCode == j.RecoveryCode || !renewed.OldCodeUntil.After(f.clock()) {
		t.Fatalf("%+v, %v", renewed, err)
	}
	if _, err := f.EndKey(f.ctx, ann, ann.Fingerprint); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.RenewRecovery(f.ctx, thief); return err })
	late := caller("ann's new key")
	if _, err := f.Recover(f.ctx, late, j.RecoveryCode); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotJoined, func() error { _, err := f.Overview(f.ctx, thief); return err })
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.Recover(f.ctx, caller("thief 2"), renewed.RecoveryCode)
		return err
	})
	is(t, "balance", f.balance(late), eur(500).Micros)
}

// After a week the code before is over, though its row still leads to the wallet.
func TestOldRecoveryCodeEnds(t *testing.T) {
	f := newFixture(t)
	ann := caller("ann")
	j, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	renewed, err := f.RenewRecovery(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(renewed.OldCodeUntil.Sub(f.clock()))
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Recover(f.ctx, caller("late"), j.RecoveryCode); return err })
	if _, err := f.Recover(f.ctx, caller("late"), renewed.RecoveryCode); err != nil {
		t.Error(err)
	}
}

// A log-in writes down the day on which a key is used.
func TestLastUseOfAKey(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	if _, err := f.WhoAmI(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	is(t, "today", f.keys(ann)[""].LastUsed, f.clock().Format(time.DateOnly))
	f.time.Pass(3 * 24 * time.Hour)
	before := f.keys(ann)[""].LastUsed
	if before == f.clock().Format(time.DateOnly) {
		t.Error("a look at the keys counts as a log-in")
	}
	if _, err := f.WhoAmI(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	is(t, "today, later", f.keys(ann)[""].LastUsed, f.clock().Format(time.DateOnly))
	if _, err := f.NameKey(f.ctx, ann, ann.Fingerprint, "lap\x1b[2Jtop"); err != nil {
		t.Fatal(err)
	}
	is(t, "named", f.keys(ann)["laptop"].Here, true)
}

// Codes that wait are bounded, and those that are over make room.
func TestKeyCodesAreBounded(t *testing.T) {
	var k keyCodes
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	put := func(i int, now time.Time) error {
		return k.put([32]byte{byte(i), byte(i >> 8)}, keyCode{user: ledger.UserID(i), until: now.Add(keyCodeLife)}, now)
	}
	for i := range maxKeyCodes {
		if err := put(i, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := put(maxKeyCodes, now); ledger.Code(err) != "unavailable" {
		t.Errorf("one more: %v", err)
	}
	if err := put(7, now); err != nil {
		t.Errorf("in the place of another: %v", err)
	}
	if err := put(maxKeyCodes, now.Add(keyCodeLife)); err != nil {
		t.Errorf("when they are over: %v", err)
	}
	is(t, "left", len(k.byHash), 1)
}
