package server

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

func TestJoinOpensAWallet(t *testing.T) {
	f := newFixture(t)
	ann := caller("ann")
	id, err := f.WhoAmI(f.ctx, ann)
	if err != nil || id.Role != ledger.RoleNone {
		t.Fatalf("unknown key: %+v, %v", id, err)
	}
	f.refused(ledger.ErrNotJoined, func() error { _, err := f.Overview(f.ctx, ann); return err })
	f.refused(ledger.ErrConfirm, func() error { _, err := f.Join(f.ctx, ann, view.JoinRequest{}); return err })
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true, Zone: "Mars/Olympus"})
		return err
	})

	j, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true, Zone: "Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(j.Handle, "w_") || !strings.HasPrefix(j.RecoveryCode, "R-") {
		t.Errorf("joined: %+v", j)
	}
	id, err = f.WhoAmI(f.ctx, ann)
	if err != nil || id.Role != ledger.RoleUser || id.Handle != j.Handle || id.Zone != "Europe/Berlin" {
		t.Errorf("after joining: %+v, %v", id, err)
	}
	o, err := f.Overview(f.ctx, ann)
	if err != nil || len(o.Wallets) == 0 || o.Wallets[0].Available.Micros != 0 || len(o.Wallets[0].Limits) == 0 {
		t.Errorf("overview: %+v, %v", o, err)
	}
	f.refused(ledger.ErrState, func() error {
		_, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true})
		return err
	})
	f.refused(ledger.ErrUnauthenticated, func() error {
		_, err := f.Join(f.ctx, view.Caller{}, view.JoinRequest{Accept: true})
		return err
	})
}

func TestRecoveryGivesTheWalletToANewKey(t *testing.T) {
	f := newFixture(t)
	ann, late, bob := caller("ann"), caller("ann's new key"), f.join("bob")
	j, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(1000), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.Recover(f.ctx, bob, j.RecoveryCode); return err })

	typed := strings.ToLower(strings.ReplaceAll(j.RecoveryCode, "-", " ")) // people type it as they like
	var ended []string
	f.keyEnded = func(fingerprint string, _ uint64) { ended = append(ended, fingerprint) }
	r, err := f.Recover(f.ctx, late, typed)
	if err != nil {
		t.Fatal(err)
	}
	if len(ended) != 1 || ended[0] != ann.Fingerprint {
		t.Errorf("keys that were told to end: %q, want the old one", ended)
	}
	is(t, "handle", r.Handle, j.Handle)
	if r.RecoveryCode == j.RecoveryCode || !r.LockedUntil.After(f.clock()) {
		t.Errorf("recovered: %+v", r)
	}
	f.refused(ledger.ErrNotJoined, func() error { _, err := f.Overview(f.ctx, ann); return err })
	is(t, "balance", f.balance(late), eur(1000).Micros)
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Recover(f.ctx, caller("thief"), j.RecoveryCode); return err })

	// Money cannot leave yet: a thief of the code gains nothing before the owner notices.
	if err := f.Touch(f.ctx, late); err != nil {
		t.Fatal(err)
	}
	send := func() error {
		_, err := f.Transfer(f.ctx, late, view.TransferRequest{Amount: eur(100)})
		return err
	}
	f.refused(ledger.ErrNotAllowed, send)
	is(t, "locked until", f.overview(late).LockedUntil, r.LockedUntil)
	f.time.Pass(r.LockedUntil.Sub(f.clock()))
	is(t, "locked until, when it is over", f.overview(late).LockedUntil, view.Time{})
	if err := f.Touch(f.ctx, late); err != nil {
		t.Fatal(err)
	}
	if err := send(); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

func TestRecoveryCodesCannotBeGuessed(t *testing.T) {
	f := newFixture(t)
	thief := caller("thief")
	guess := func() error { _, err := f.Recover(f.ctx, thief, "R-AAAAA"); return err }
	for range guessBurst {
		f.refused(ledger.ErrNotFound, guess)
	}
	if r := f.refused(ledger.ErrRate, guess); r.Retry <= 0 {
		t.Errorf("no time to try again: %+v", r)
	}
	f.time.Pass(guessEvery)
	f.refused(ledger.ErrNotFound, guess)
}

func TestTouchMovesTheWindowAndLockClosesIt(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	until := f.user(ann).WindowUntil
	if !until.After(f.clock()) {
		t.Fatalf("the window is open until %v", until)
	}
	f.time.Pass(10 * time.Second)
	if err := f.Touch(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	is(t, "window seconds later", f.user(ann).WindowUntil, until)
	f.time.Pass(2 * time.Minute)
	if err := f.Touch(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	if got := f.user(ann).WindowUntil; !got.After(until) {
		t.Errorf("window minutes later: %v, want after %v", got, until)
	}
	if err := f.Lock(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	if got := f.user(ann).WindowUntil; got.After(f.clock()) {
		t.Errorf("locked, but open until %v", got)
	}
}

func TestSettings(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	id, err := f.Settings(f.ctx, ann, view.SettingsChange{Zone: "America/New_York", Theme: "dark"})
	if err != nil || id.Zone != "America/New_York" || id.Theme != "dark" {
		t.Fatalf("%+v, %v", id, err)
	}
	id, err = f.Settings(f.ctx, ann, view.SettingsChange{Theme: "light"})
	if err != nil || id.Zone != "America/New_York" || id.Theme != "light" {
		t.Errorf("%+v, %v", id, err)
	}
	on, off := true, false
	id, err = f.Settings(f.ctx, ann, view.SettingsChange{Notices: "bell", Plain: &on, Mouse: &on, ASCII: &on})
	want := view.Settings{Zone: "America/New_York", Theme: "light", Notices: "bell", Plain: true, Mouse: true, ASCII: true}
	want.Views = view.List[view.SavedView]{}
	if err != nil || !reflect.DeepEqual(id.Settings, want) {
		t.Errorf("%+v, %v", id, err)
	}
	id, err = f.Settings(f.ctx, ann, view.SettingsChange{Notices: "off", Mouse: &off})
	want.Notices, want.Mouse = "off", false
	if err != nil || !reflect.DeepEqual(id.Settings, want) {
		t.Errorf("%+v, %v", id, err)
	}
	for _, bad := range []view.SettingsChange{
		{Zone: "Nowhere/City"},
		{Zone: "Local"},
		{Zone: "../../etc/passwd"},
		{Theme: "a\x1b[31m"},
		{Theme: strings.Repeat("x", 300)},
		{Notices: "siren"},
	} {
		f.refused(ledger.ErrInvalid, func() error { _, err := f.Settings(f.ctx, ann, bad); return err })
	}
}

// A saved view comes with the settings of the person, from the books; what is wrong or not there is refused.
func TestSavedViews(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	saved := view.SavedView{Name: "big", Place: "history", Filter: "amount>1", Sort: "-amount", Columns: "at,amount"}
	id, err := f.Settings(f.ctx, ann, view.SettingsChange{SaveView: &saved})
	want := view.List[view.SavedView]{saved}
	if err != nil || !reflect.DeepEqual(id.Views, want) {
		t.Errorf("%+v, %v", id, err)
	}
	if known, err := f.WhoAmI(f.ctx, ann); err != nil || !reflect.DeepEqual(known.Views, want) {
		t.Errorf("%+v, %v", known, err)
	}
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.Settings(f.ctx, ann, view.SettingsChange{DropView: "small"})
		return err
	})
	id, err = f.Settings(f.ctx, ann, view.SettingsChange{DropView: "big"})
	if err != nil || len(id.Views) != 0 {
		t.Errorf("%+v, %v", id, err)
	}
	f.refused(ledger.ErrInvalid, func() error {
		bad := view.SavedView{Name: "x", Place: "nowhere"}
		_, err := f.Settings(f.ctx, ann, view.SettingsChange{SaveView: &bad})
		return err
	})
}

func TestWatchFollowsAKeyIntoItsWallet(t *testing.T) {
	f := newFixture(t)
	ann := caller("ann")
	wake, err := f.Watch(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	f.join("ann")
	woken := func() bool {
		select {
		case <-wake:
			return true
		default:
			return false
		}
	}
	is(t, "woken by joining", woken(), true)
	is(t, "woken for nothing", woken(), false)
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	is(t, "woken by a deposit", woken(), true)
	f.join("bob")
	is(t, "woken by another wallet", woken(), false)
}

// A person who types moves the window of each of their sessions, and nothing is read again for it. What else changes is
// not lost behind it.
func TestTouchTellsTheWindowAlone(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	wake, err := f.Watch(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	touch := func() {
		t.Helper()
		f.time.Pass(2 * time.Minute)
		if err := f.Touch(f.ctx, ann); err != nil {
			t.Fatal(err)
		}
	}
	touch()
	w := <-wake
	o, err := f.Overview(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "told as anything", w.Anything(), false)
	is(t, "window", w.Window, o.WindowUntil)
	touch()
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	touch()
	is(t, "told as anything after a deposit between two touches", (<-wake).Anything(), true)
	touch()
	touch()
	w = <-wake
	is(t, "of two touches the later window", w.Window.Sub(o.WindowUntil.Time), 8*time.Minute)
}

// What a thief arranged with the old key ends when the owner comes back: permissions to charge, and limits that were
// lifted. Until the lock is over nothing is sold without a question, and limits only go down.
func TestRecoveryTakesBackWhatTheOldKeyAllowed(t *testing.T) {
	f := newFixture(t)
	thief, owner := caller("stolen"), caller("owner")
	j, err := f.Join(f.ctx, thief, view.JoinRequest{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fund(f.ctx, thief, view.FundRequest{Amount: eur(4000), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	for _, period := range []string{"purchase", "day", "week", "month"} {
		f.setLimit(thief, period, ledger.NoLimit)
	}
	v, key := f.vendor("evil")
	seller, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	given := func(who view.Caller) ledger.LinkID {
		q := view.LinkRequest{Vendor: v.Name, Currency: "EUR", Total: eur(4000).Micros}
		if _, err := f.Link(f.ctx, who, q); err != nil {
			t.Fatal(err)
		}
		links, err := seller.Links(f.ctx, view.Paging{})
		if err != nil || len(links.Data) != 1 {
			t.Fatalf("links %v, %v", links, err)
		}
		return opened(t, f.seal.OpenLink, links.Data[0].ID)
	}
	arranged := given(thief)
	offer, _, err := seller.CreateOffer(
		f.ctx, Request{}, ledger.Offer{Title: "Loot", Kind: ledger.Service, Price: eur(90)},
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Recover(f.ctx, owner, j.RecoveryCode); err != nil {
		t.Fatal(err)
	}
	f.touch(owner)
	charge := func(link ledger.LinkID, key string) error {
		_, _, err := seller.Charge(
			f.ctx,
			asking(key, key),
			ChargeOrder{Link: link, Offer: opened(t, f.seal.OpenOffer, offer.ID)},
		)
		return err
	}
	f.refused(ledger.ErrNotLinked, func() error { return charge(arranged, "loot") })
	p := ledger.DefaultPolicy()
	views, err := f.Limits(f.ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "per purchase", views[0].Max.Micros, p.Limits.PerPurchase)
	is(t, "per month", views[3].Max.Micros, p.Limits.PerMonth)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, _, err := f.SetLimit(f.ctx, owner, ledger.LimitChange{Currency: "EUR", Period: "day", Max: eur(4000).Micros})
		return err
	})
	if err := charge(given(owner), "locked"); !errors.Is(err, ledger.ErrApproval) {
		t.Errorf("a charge during the lock: %v, want a question", err)
	}
	is(t, "balance", f.balance(owner), eur(4000).Micros)
	f.time.Pass(p.RecoveryLock)
	f.touch(owner)
	if err := charge(given(owner), "later"); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

// Many permissions do not make a recovery larger than a transaction may be, and all of them end.
func TestRecoveryWithManyPermissions(t *testing.T) {
	kv, err := store.Open(t.TempDir(), store.Options{Ballast: -1, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kv.Close(); err != nil {
			t.Error(err)
		}
	})
	f := newFixtureOn(t, kv)
	old := caller("old")
	j, err := f.Join(f.ctx, old, view.JoinRequest{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxRevoked + 1 {
		v, _ := f.vendor("vendor-" + strconv.Itoa(i))
		if _, err := f.Link(f.ctx, old, view.LinkRequest{Vendor: v.Name, Currency: "EUR", Total: ledger.Unit}); err != nil {
			t.Fatal(err)
		}
	}
	owner := caller("owner")
	if _, err := f.Recover(f.ctx, owner, j.RecoveryCode); err != nil {
		t.Fatal(err)
	}
	views, err := f.Vendors(f.ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	active := 0
	for _, v := range views {
		if v.Status == "active" {
			active++
		}
	}
	is(t, "permissions that are left", active, 0)
}
