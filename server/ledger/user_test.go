package ledger

import (
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestJoin(t *testing.T) {
	f := JoinFacts{No: 2, ID: 7, Policy: DefaultPolicy()}
	r := JoinOrder{
		Accept:      true,
		Zone:        "Europe/Berlin",
		Fingerprint: "SHA256:a",
		Name:        "lap\x1b[2Jtop",
		Handle:      "w_7",
		Recovery:    [32]byte{1},
	}
	out, err := DecideJoin(r, f, start)
	must(t, err)
	u := out.User
	is(t, "handle", u.Handle, "w_7")
	is(t, "zone", u.Zone, "Europe/Berlin")
	is(t, "name of the key", u.Keys[0].Name, "laptop")
	is(t, "holds", u.holds("SHA256:a"), true)
	is(t, "wallets", u.Wallets[0], "EUR")
	is(t, "window", u.windowOpen(start, f.Policy), false)
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
			{
				Fingerprint: "SHA256:a",
			}, {Fingerprint: "SHA256:b", Ended: start.Add(-day)}, {Fingerprint: "SHA256:c", Ended: start.Add(-day)},
		},
	}}
	r := JoinOrder{Fingerprint: "SHA256:c", Recovery: [32]byte{2}}
	out, err := DecideRecover(r, f, start)
	must(t, err)
	u := out.User
	is(t, "old key", u.holds("SHA256:a"), false)
	is(t, "ended key", u.Keys[1].Ended, start.Add(-day))
	is(t, "new key", u.holds("SHA256:c"), true)
	is(t, "keys", len(u.Keys), 3)
	is(t, "code", u.Recovery, [32]byte{2})
	is(t, "locked", u.LockedUntil, start.Add(day))
	is(t, "window", u.windowOpen(start, f.Policy), false)
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
	want := Wallet{User: 7, Currency: "USD", Limits: DefaultPolicy().Limits}
	if d := gocmp.Diff(want, w); d != "" {
		t.Error(d)
	}
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
		is(t, c.after.String()+" open", u.windowOpen(now, p), c.open)
		later, changed := u.Touch(now, p)
		is(t, c.after.String()+" changes", changed, c.changes)
		is(t, c.after.String()+" open then", later.windowOpen(now, p), true)
	}
	u = u.Lock(start)
	is(t, "locked", u.windowOpen(start, p), false)
	is(t, "locked again", u.Lock(start.Add(time.Hour)).WindowUntil, start)
	p.Window = time.Minute // a shorter policy closes longer windows
	u, _ = User{}.Touch(start, DefaultPolicy())
	is(t, "shorter policy", u.windowOpen(start, p), false)
}

func ExampleDecideJoin() {
	out, err := DecideJoin(JoinOrder{Accept: true, Fingerprint: "SHA256:ann", Handle: "w_7"},
		JoinFacts{No: 1, ID: 7, Policy: DefaultPolicy()}, start)
	fmt.Println(out.User.Handle, out.User.Wallets, out.User.Keys[0].Fingerprint, err)
	_, err = DecideJoin(JoinOrder{Fingerprint: "SHA256:bob"}, JoinFacts{No: 2, ID: 8, Policy: DefaultPolicy()}, start)
	fmt.Println(err)
	// Output:
	// w_7 [EUR] SHA256:ann <nil>
	// A wallet is opened when you accept the terms. Read them, then accept.
}

func ExampleDecideRecover() {
	ann := User{ID: 7, Status: UserActive, Keys: []Member{{Fingerprint: "SHA256:lost"}}, Recovery: [32]byte{1}}
	out, err := DecideRecover(JoinOrder{Fingerprint: "SHA256:new", Recovery: [32]byte{2}},
		JoinFacts{No: 9, User: ann, Policy: DefaultPolicy()}, start)
	for _, k := range out.User.Keys {
		fmt.Println(k.Fingerprint, k.Ended.IsZero())
	}
	fmt.Println("locked until", out.User.LockedUntil.Format(time.DateTime), err)
	// Output:
	// SHA256:lost false
	// SHA256:new true
	// locked until 2026-11-25 10:00:00 <nil>
}

func ExampleOpenWallet() {
	w, err := OpenWallet(DefaultPolicy(), 7, "USD")
	fmt.Println(w.Currency, w.Limits.PerDay, err)
	_, err = OpenWallet(DefaultPolicy(), 7, "GBP")
	fmt.Println(err)
	// Output:
	// USD 5000000 <nil>
	// This service holds no tokens of "GBP". Use one of: EUR, USD.
}

func ExampleUser_Touch() {
	p := DefaultPolicy()
	u, changed := User{}.Touch(start, p)
	fmt.Println(u.WindowUntil.Format(time.TimeOnly), changed)
	u, changed = u.Touch(start.Add(30*time.Second), p) // too soon to be worth a write
	fmt.Println(u.WindowUntil.Format(time.TimeOnly), changed)
	fmt.Println(u.Lock(start.Add(time.Minute)).WindowUntil.Format(time.TimeOnly))
	// Output:
	// 10:30:00 true
	// 10:30:00 false
	// 10:01:00
}

// However keys are pressed and clocks jump, the window is open after a key press, never longer than the policy's, and a
// lock closes it at once.
func TestWindowIsNeverLongerThanThePolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultPolicy()
		p.Window = time.Duration(rapid.Int64Range(60, 24*3600).Draw(t, "window")) * time.Second
		now, u := start, User{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(-3600, 4*3600).Draw(t, "pause")) * time.Second)
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0:
				u = u.Lock(now)
				is(t, "open after a lock", u.windowOpen(now, p), false)
			case 1, 2:
				before := u
				var changed bool
				u, changed = u.Touch(now, p)
				is(t, "open after a key", u.windowOpen(now, p), true)
				is(t, "changed", changed, !u.WindowUntil.Equal(before.WindowUntil))
				if lag := now.Add(p.Window).Sub(u.WindowUntil); lag >= time.Minute || lag < 0 {
					t.Fatalf("the window lags %v behind the last key", lag)
				}
			default:
				if u.windowOpen(now, p) && u.WindowUntil.Sub(now) > p.Window {
					t.Fatalf("open for %v", u.WindowUntil.Sub(now))
				}
			}
		}
	})
}

// However often a wallet is recovered, exactly one key opens it, the last one, and the others are kept with their ends.
func TestOneKeyAtATime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := JoinFacts{No: 1, ID: 7, Policy: DefaultPolicy()}
		out, err := DecideJoin(JoinOrder{Accept: true, Fingerprint: "SHA256:0", Recovery: [32]byte{1}}, f, start)
		must(t, err)
		used := map[string]bool{"SHA256:0": true}
		for i := range rapid.IntRange(1, 8).Draw(t, "recoveries") {
			key := fmt.Sprint("SHA256:", rapid.IntRange(0, 4).Draw(t, "key"))
			f.User = out.User
			before := len(f.User.Keys)
			out, err = DecideRecover(
				JoinOrder{Fingerprint: key, Recovery: [32]byte{byte(i + 2)}},
				f,
				start.Add(time.Duration(i)*day),
			)
			must(t, err)
			live := slices.DeleteFunc(slices.Clone(out.User.Keys), func(m Member) bool { return !m.Ended.IsZero() })
			if len(live) != 1 || live[0].Fingerprint != key || !out.User.holds(key) {
				t.Fatalf("%v opens the wallet, want %s", live, key)
			}
			if !used[key] {
				before++
			}
			used[key] = true
			is(t, "keys", len(out.User.Keys), before)
			is(t, "locked", out.User.LockedUntil, out.Entry.At.Add(f.Policy.RecoveryLock))
		}
	})
}
