package ledger

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// holder is a person with a laptop, which opened the wallet a month ago.
func holder() KeyFacts {
	return KeyFacts{No: 9, Policy: DefaultPolicy(), User: User{
		ID: 7, Status: UserActive, Recovery: [32]byte{1}, WindowUntil: start.Add(time.Minute),
		Keys: []Member{{Fingerprint: "SHA256:laptop", Name: "laptop", Added: start.Add(-30 * day)}},
	}}
}

// by is the actor of a key.
func by(key string) Actor { return Actor{Role: RoleUser, Key: key} }

// adds is a phone that the laptop has given a code to.
func adds() KeyOrder {
	return KeyOrder{Fingerprint: "SHA256:phone", Name: "pho\x1b[2Jne", By: "SHA256:laptop", Actor: by("SHA256:phone")}
}

func ExampleDecideAddKey() {
	f := holder()
	out, err := DecideAddKey(adds(), f, start)
	fmt.Println(out.User.Keys[1].Name, err)
	renew := KeyOrder{Recovery: [32]byte{2}, Actor: by("SHA256:phone")}
	_, err = DecideRenewCode(renew, KeyFacts{User: out.User}, start)
	fmt.Println(err.(*Refusal).Detail) //nolint:errorlint // it is one
	_, err = DecideRenewCode(renew, KeyFacts{User: out.User}, start.Add(f.Policy.RecoveryLock))
	fmt.Println(err)
	// Output:
	// phone <nil>
	// This key is new: it cannot renew the recovery code yet.
	// <nil>
}

// lockedActs are what a new key cannot do, in a wallet with a laptop and a phone.
func lockedActs(f KeyFacts) map[string]func(Actor, time.Time) error {
	u := f.User
	return map[string]func(Actor, time.Time) error{
		"add": func(a Actor, now time.Time) error { return MayAddKey(u, a, now) },
		"end": func(a Actor, now time.Time) error {
			other := "SHA256:laptop"
			if a.Key == other {
				other = "SHA256:phone"
			}
			_, err := DecideEndKey(KeyOrder{Fingerprint: other, Actor: a}, f, now)
			return err
		},
		"renew": func(a Actor, now time.Time) error {
			_, err := DecideRenewCode(KeyOrder{Recovery: [32]byte{2}, Actor: a}, f, now)
			return err
		},
		"raise": func(a Actor, now time.Time) error {
			lf := LimitFacts{No: 10, User: u, Wallet: Wallet{Currency: "EUR"}}
			_, err := DecideLimit(LimitChange{Currency: "EUR", Period: "day", Max: 5, Confirmed: true}, a, lf, now)
			return err
		},
		"send": func(a Actor, now time.Time) error {
			w := Wallet{User: 7, Currency: "EUR", Paid: 5 * Unit, Past: Past{From: 1, PaidIn: 5 * Unit}}
			u, _ := u.Touch(now, f.Policy)
			_, err := DecideTransfer(TransferOrder{Amount: Amount{Unit, "EUR"}, Actor: a},
				TransferFacts{No: 10, User: u, Wallet: w, Policy: f.Policy}, now)
			return err
		},
	}
}

// A key that was added a short while ago can do nothing that outlasts the person's look at the list of keys.
func TestNewKeyHasLocks(t *testing.T) {
	out, err := DecideAddKey(adds(), holder(), start)
	must(t, err)
	u, phone, laptop := out.User, by("SHA256:phone"), by("SHA256:laptop")
	is(t, "kind", out.Entry.Kind, KindKeyAdded)
	is(t, "change", out.Entry.Change.New, "added by SHA256:laptop")
	f := KeyFacts{No: 10, Policy: DefaultPolicy(), User: u}
	for name, act := range lockedActs(f) {
		r := refused(t, act(phone, start.Add(day-time.Second)), ErrNotAllowed)
		is(t, name+" from", r.ResetsAt, start.Add(day))
		must(t, act(phone, start.Add(day)))
		must(t, act(laptop, start))
	}
	// It may end itself, lower a limit, and buy.
	_, err = DecideEndKey(KeyOrder{Fingerprint: "SHA256:phone", Actor: phone}, f, start)
	must(t, err)
	low := LimitFacts{No: 10, User: u, Wallet: Wallet{Currency: "EUR", Limits: Limits{5, 5, 5, 5}}}
	_, err = DecideLimit(LimitChange{Currency: "EUR", Period: "day", Max: 4}, phone, low, start)
	must(t, err)
	// That the older key has ended meanwhile makes nothing of it older.
	ended, err := DecideEndKey(KeyOrder{Fingerprint: "SHA256:laptop", Actor: laptop}, f, start)
	must(t, err)
	refused(t, MayAddKey(ended.User, phone, start.Add(time.Hour)), ErrNotAllowed)
	// A clock that was a year ahead makes no key new for a year.
	u.Keys[1].Added, u.Keys[1].Young = start.Add(366*day), start.Add(367*day)
	is(t, "new until", u.YoungUntil("SHA256:phone", start), time.Time{})
}

func TestAddKeyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		want error
		do   func(*KeyOrder, *KeyFacts)
	}{
		"no key":             {ErrUnauthenticated, func(r *KeyOrder, _ *KeyFacts) { r.Fingerprint = "" }},
		"foreign code":       {ErrNotFound, func(r *KeyOrder, _ *KeyFacts) { r.By = "SHA256:thief" }},
		"code of ended key":  {ErrNotFound, func(_ *KeyOrder, f *KeyFacts) { f.User.Keys[0].Ended = start }},
		"key of this wallet": {ErrState, func(r *KeyOrder, _ *KeyFacts) { r.Fingerprint = "SHA256:laptop" }},
		"frozen":             {ErrFrozen, func(_ *KeyOrder, f *KeyFacts) { f.User.Status = UserFrozen }},
		"closed":             {ErrFrozen, func(_ *KeyOrder, f *KeyFacts) { f.User.Status = UserClosed }},
		"code of a new key":  {ErrNotAllowed, func(_ *KeyOrder, f *KeyFacts) { f.User.Keys[0].Young = start.Add(1) }},
		"enough keys": {ErrState, func(_ *KeyOrder, f *KeyFacts) {
			for i := range maxKeys - 1 {
				f.User.Keys = append(f.User.Keys, Member{Fingerprint: fmt.Sprint("SHA256:", i)})
			}
		}},
	} {
		r, f := adds(), holder()
		c.do(&r, &f)
		before := slices.Clone(f.User.Keys)
		_, err := DecideAddKey(r, f, start)
		if refused(t, err, c.want); !slices.Equal(before, f.User.Keys) {
			t.Errorf("%s: the facts have changed", name)
		}
	}
}

func TestEndKey(t *testing.T) {
	f := holder()
	end := func(key string) error {
		_, err := DecideEndKey(KeyOrder{Fingerprint: key, Actor: by("SHA256:laptop")}, f, start)
		return err
	}
	refused(t, end("SHA256:laptop"), ErrState)
	refused(t, end("SHA256:phone"), ErrNotFound)
	added, err := DecideAddKey(adds(), f, start)
	must(t, err)
	f.User = added.User
	out, err := DecideEndKey(KeyOrder{Fingerprint: "SHA256:phone", Actor: by("SHA256:laptop")}, f, start)
	must(t, err)
	is(t, "ended", out.User.holds("SHA256:phone"), false)
	is(t, "window", out.User.windowOpen(start, f.Policy), false)
	is(t, "given facts stay", f.User.Keys[1].Ended, time.Time{})
	f.User.Status = UserClosed
	refused(t, end("SHA256:phone"), ErrFrozen)
	f.User.Status = UserFrozen // a stolen key ends in a frozen wallet too
	must(t, end("SHA256:phone"))
}

// A recovery code that is renewed stays good for a week, however often it is renewed meanwhile: the paper outlasts the
// thief of a key. A recovery ends it at once.
func TestOldCodeOutlastsRenewals(t *testing.T) {
	f := holder()
	paper, now := f.User.Recovery, start
	renew := func(code byte) {
		out, err := DecideRenewCode(KeyOrder{Recovery: [32]byte{code}, Actor: by("SHA256:laptop")}, f, now)
		must(t, err)
		f.User = out.User
	}
	renew(2)
	now = now.Add(6 * day)
	renew(3)
	renew(4)
	for hash, good := range map[[32]byte]bool{paper: true, {2}: false, {3}: false, {4}: true, {}: false} {
		is(t, fmt.Sprint("code ", hash[0]), f.User.RecoversWith(hash, now), good)
	}
	now = now.Add(day)
	is(t, "after a week", f.User.RecoversWith(paper, now), false)
	renew(5)
	is(t, "the one before", f.User.RecoversWith([32]byte{4}, now), true)
	out, err := DecideRecover(JoinOrder{Fingerprint: "SHA256:new", Recovery: [32]byte{6}},
		JoinFacts{No: 11, User: f.User, Policy: f.Policy}, now)
	must(t, err)
	for _, code := range []byte{4, 5} {
		is(t, "after a recovery", out.User.RecoversWith([32]byte{code}, now), false)
	}
	_, err = DecideRenewCode(KeyOrder{Recovery: [32]byte{5}, Actor: by("SHA256:laptop")}, f, now)
	refused(t, err, ErrState)
	f.User.Status = UserFrozen
	_, err = DecideRenewCode(KeyOrder{Recovery: [32]byte{9}, Actor: by("SHA256:laptop")}, f, now)
	refused(t, err, ErrFrozen)
}

// What was on paper when a wallet was closed opens it again for a month, also where a thief has renewed it before. The
// code of the closing opens nothing, and claims from then on; one of a clock that was ahead claims at once.
func TestClosedCodes(t *testing.T) {
	for _, renewed := range []bool{false, true} {
		f := holder()
		if renewed {
			out, err := DecideRenewCode(KeyOrder{Recovery: [32]byte{2}, Actor: by("SHA256:laptop")}, f, start)
			must(t, err)
			f.User = out.User
		}
		out, err := DecideClose(CloseOrder{Claim: [32]byte{3}, Actor: by("SHA256:laptop")}, CloseFacts{User: f.User}, start)
		must(t, err)
		u, last := out.User, start.Add(30*day-time.Second)
		is(t, "claims from", u.ClaimsFrom(last), start.Add(30*day))
		is(t, "claims after", u.ClaimsFrom(start.Add(30*day)), time.Time{})
		is(t, "claims, a clock was ahead", u.ClaimsFrom(start.Add(-day)), time.Time{})
		for code, opens := range map[byte]bool{1: true, 2: false, 3: false, 0: false} {
			is(t, fmt.Sprint("code ", code), u.ReopensWith([32]byte{code}, last), opens)
		}
		is(t, "after a month", u.ReopensWith([32]byte{1}, start.Add(30*day)), false)
		back, err := DecideRecover(JoinOrder{Fingerprint: "SHA256:new", Recovery: [32]byte{4}, Typed: [32]byte{1}},
			JoinFacts{User: u, Policy: f.Policy}, last)
		must(t, err)
		is(t, "status", back.User.Status, UserActive)
		is(t, "closed", back.User.Closed, time.Time{})
		is(t, "opens again", back.User.ReopensWith([32]byte{1}, last), false)
	}
}

func TestKeyNamed(t *testing.T) {
	u := User{Keys: []Member{
		{Fingerprint: "SHA256:abcdef1", Name: "phone"},
		{Fingerprint: "SHA256:abcdef2", Name: "laptop"},
		{Fingerprint: "SHA256:xyzxyz", Name: "phone"},
		{Fingerprint: "SHA256:ended1", Name: "old", Ended: start},
	}}
	for text, want := range map[string]string{
		"laptop": "SHA256:abcdef2", "SHA256:abcdef1": "SHA256:abcdef1", "abcdef1": "SHA256:abcdef1",
		" xyzxyz ":      "SHA256:xyzxyz",
		"SHA256:xyzxyz": "SHA256:xyzxyz",
	} {
		m, err := u.KeyNamed(text)
		must(t, err)
		is(t, text, m.Fingerprint, want)
	}
	for text, want := range map[string]error{
		"phone": ErrInvalid, "abcdef": ErrInvalid, "SHA256:abcdef": ErrInvalid, "": ErrNotFound, "xyz": ErrNotFound,
		"old": ErrNotFound, "ended1": ErrNotFound, "SHA256:": ErrNotFound,
	} {
		_, err := u.KeyNamed(text)
		refused(t, err, want)
	}
	u, err := u.WithKeyName("xyzxyz", "tab\x1b[2Jlet")
	must(t, err)
	is(t, "name", u.Keys[2].Name, "tablet")
}

// Whatever keys are added and ended, by whichever of them, one stays, no more than allowed are live, and what is
// remembered is bounded. A key that has ended acts no more.
func TestKeysOfAnyWallet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, now := holder(), start
		for i := range rapid.IntRange(1, 200).Draw(t, "acts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "hours")) * time.Hour)
			live := f.User.live()
			actor := by(rapid.SampledFrom(live).Draw(t, "actor").Fingerprint)
			var out KeyOutcome
			var err error
			if rapid.Bool().Draw(t, "add") {
				name := fmt.Sprint("SHA256:", i)
				out, err = DecideAddKey(KeyOrder{Fingerprint: name, By: actor.Key, Actor: by(name)}, f, now)
			} else {
				end := rapid.SampledFrom(live).Draw(t, "ended").Fingerprint
				out, err = DecideEndKey(KeyOrder{Fingerprint: end, Actor: actor}, f, now)
				if young := f.User.YoungUntil(actor.Key, now); err == nil && end != actor.Key && !young.IsZero() {
					t.Fatalf("%s is new until %v and has ended %s", actor.Key, young, end)
				}
				if err == nil && out.User.holds(end) {
					t.Fatalf("%s has not ended", end)
				}
			}
			if err == nil {
				f.User = out.User
			}
			if n := len(f.User.live()); n < 1 || n > maxKeys || len(f.User.Keys) > maxKeys+maxEndedKeys {
				t.Fatalf("%d keys are live, %d remembered", n, len(f.User.Keys))
			}
		}
	})
}

// The day on which a key was used last is that of the person's zone, and is written once a day.
func TestKeyUsed(t *testing.T) {
	u, kiritimati := holder().User, time.FixedZone("LINT", 14*3600)
	is(t, "not known", u.Keys[0].UsedOn(), "")
	u, changed := u.Used("SHA256:laptop", start, kiritimati)
	is(t, "changed", changed, true)
	is(t, "on", u.Keys[0].UsedOn(), "2026-11-25")
	_, changed = u.Used("SHA256:laptop", start.Add(9*time.Hour), kiritimati)
	is(t, "changed on the same day", changed, false)
	_, changed = u.Used("SHA256:phone", start, kiritimati)
	is(t, "a foreign key", changed, false)
}
