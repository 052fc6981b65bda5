package ledger

import (
	"testing"
	"time"
)

func TestJoin(t *testing.T) {
	f := JoinFacts{No: 2, ID: 7, Policy: DefaultPolicy()}
	r := JoinOrder{Accept: true, Zone: "Europe/Berlin", Fingerprint: "SHA256:a", Name: "lap\x1b[2Jtop", Handle: "w_7", Recovery: [32]byte{1}}
	out, err := DecideJoin(r, f, start)
	must(t, err)
	u := out.User
	is(t, "handle", u.Handle, "w_7")
	is(t, "zone", u.Zone, "Europe/Berlin")
	is(t, "name of the key", u.Keys[0].Name, "laptop")
	is(t, "holds", u.Holds("SHA256:a"), true)
	is(t, "wallets", u.Wallets[0], "EUR")
	is(t, "window", u.WindowOpen(start, f.Policy), false)
	r.Accept = false
	_, err = DecideJoin(r, f, start)
	refused(t, err, ErrConfirm)
	r.Accept, r.Fingerprint = true, ""
	_, err = DecideJoin(r, f, start)
	refused(t, err, ErrUnauthenticated)
}

func TestRecover(t *testing.T) {
	f := JoinFacts{No: 3, Policy: DefaultPolicy(), User: User{
		ID: 7, Status: UserFrozen, Handle: "w_7", Recovery: [32]byte{1}, WindowUntil: start.Add(time.Minute), Keys: []Member{
			{Fingerprint: "SHA256:a"}, {Fingerprint: "SHA256:b", Ended: start.Add(-day)}, {Fingerprint: "SHA256:c", Ended: start.Add(-day)},
		},
	}}
	r := JoinOrder{Fingerprint: "SHA256:c", Recovery: [32]byte{2}}
	out, err := DecideRecover(r, f, start)
	must(t, err)
	u := out.User
	is(t, "old key", u.Holds("SHA256:a"), false)
	is(t, "ended key", u.Keys[1].Ended, start.Add(-day))
	is(t, "new key", u.Holds("SHA256:c"), true)
	is(t, "keys", len(u.Keys), 3)
	is(t, "code", u.Recovery, [32]byte{2})
	is(t, "locked", u.LockedUntil, start.Add(day))
	is(t, "window", u.WindowOpen(start, f.Policy), false)
	is(t, "status", u.Status, UserFrozen)
	is(t, "given facts stay", f.User.Keys[0].Ended, time.Time{})
	for _, c := range []struct {
		want error
		do   func(*JoinOrder, *JoinFacts)
	}{
		{ErrUnauthenticated, func(r *JoinOrder, _ *JoinFacts) { r.Fingerprint = "" }},
		{ErrFrozen, func(_ *JoinOrder, f *JoinFacts) { f.User.Status = UserClosed }},
		{ErrState, func(r *JoinOrder, _ *JoinFacts) { r.Recovery = [32]byte{1} }},
	} {
		r, f := r, f
		c.do(&r, &f)
		_, err := DecideRecover(r, f, start)
		refused(t, err, c.want)
	}
}

func TestOpenWallet(t *testing.T) {
	w, err := OpenWallet(DefaultPolicy(), 7, "USD")
	must(t, err)
	is(t, "wallet", w, Wallet{User: 7, Currency: "USD", Limits: DefaultPolicy().Limits})
	_, err = OpenWallet(DefaultPolicy(), 7, "XXX")
	is(t, "param", refused(t, err, ErrInvalid).Param, "currency")
}

func TestWindow(t *testing.T) {
	p := DefaultPolicy()
	u, changed := User{}.Touch(start, p)
	is(t, "first key", changed, true)
	for _, c := range []struct {
		after         time.Duration
		open, changes bool
	}{
		{0, true, false},
		{59 * time.Second, true, false},
		{time.Minute, true, true},
		{30*time.Minute - 1, true, true},
		{30 * time.Minute, false, true},
		{-time.Second, false, true}, // a clock that jumped back
	} {
		now := start.Add(c.after)
		is(t, c.after.String()+" open", u.WindowOpen(now, p), c.open)
		later, changed := u.Touch(now, p)
		is(t, c.after.String()+" changes", changed, c.changes)
		is(t, c.after.String()+" open then", later.WindowOpen(now, p), true)
	}
	u = u.Lock(start)
	is(t, "locked", u.WindowOpen(start, p), false)
	is(t, "locked again", u.Lock(start.Add(time.Hour)).WindowUntil, start)
	p.Window = time.Minute // a shorter policy closes longer windows
	u, _ = User{}.Touch(start, DefaultPolicy())
	is(t, "shorter policy", u.WindowOpen(start, p), false)
}
