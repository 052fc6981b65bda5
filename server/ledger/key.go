package ledger

import (
	"slices"
	"strings"
	"time"
)

const (
	// maxKeys is how many keys of a wallet may log in at a time.
	maxKeys = 10
	// maxEndedKeys is how many keys that have ended a wallet remembers; the journal has all of them.
	maxEndedKeys = 40
	// oldCodeLife is for how long the recovery code before the present one stays good: who has stolen a key and renews the
	// code does not shut out the person who has the old one on paper.
	oldCodeLife = 7 * day
	// reopenLife is for how long the recovery code that a wallet had opens it again once it is closed, and for how long
	// the code of the closing claims nothing: who has stolen a key and closes the wallet ends nothing that the person
	// has on paper, and gets nothing of what comes in.
	reopenLife = 30 * day
)

// live returns the keys that may log in.
func (u User) live() []Member {
	return slices.DeleteFunc(slices.Clone(u.Keys), func(m Member) bool { return !m.Ended.IsZero() })
}

// KeyNamed returns the live key of a fingerprint, of a name, or of the beginning of a fingerprint: at least six
// characters, with SHA256: before them or without. It refuses with ErrNotFound, and with ErrInvalid what several keys
// are called.
func (u User) KeyNamed(text string) (Member, error) {
	const least = 6
	text = strings.TrimSpace(text)
	start := strings.TrimPrefix(text, fingerprintPrefix)
	var found []Member
	for _, m := range u.live() {
		switch {
		case m.Fingerprint == text:
			return m, nil
		case m.Name != "" && m.Name == text,
			len(start) >= least && strings.HasPrefix(m.Fingerprint, fingerprintPrefix+start):
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return Member{}, Refuse(ErrNotFound, "See the keys with: keys.", "This wallet has no such key.")
	case 1:
		return found[0], nil
	}
	return Member{}, Invalid("key", "Name it by its fingerprint.", "Several keys are called so.")
}

// WithKeyName returns the person with another name of a key, found by [User.KeyNamed].
func (u User) WithKeyName(key, name string) (User, error) {
	m, err := u.KeyNamed(key)
	if err != nil {
		return u, err
	}
	if name, err = typedLine("name", name, maxKeyName); err != nil {
		return u, err
	}
	u.Keys = slices.Clone(u.Keys)
	for i := range u.Keys {
		if u.Keys[i].Fingerprint == m.Fingerprint && u.Keys[i].Ended.IsZero() {
			u.Keys[i].Name = name
		}
	}
	return u, nil
}

// YoungUntil returns until when a key is new, zero if it is not. A key that was added by another one is new for as long
// as a wallet is locked after a recovery, and has the same locks: it cannot send money, raise the wallet's limits, add
// or end keys but itself, or renew the recovery code. That holds also when the older keys have ended meanwhile: who had
// another person's computer for a minute could have ended them.
func (u User) YoungUntil(fingerprint string, now time.Time) time.Time {
	all := u.live()
	i := slices.IndexFunc(all, func(m Member) bool { return m.Fingerprint == fingerprint })
	if i < 0 || !now.Before(all[i].Young) || !Happened(all[i].Added, now) {
		return time.Time{}
	}
	return all[i].Young
}

// refuseYoung says what a new key cannot do, nil if the key may.
func (u User) refuseYoung(a Actor, what string, now time.Time) error {
	until := u.YoungUntil(a.Key, now)
	if until.IsZero() || a.Role != RoleUser {
		return nil
	}
	r := Refuse(ErrNotAllowed, "Wait until "+stamp(until)+", or use an older key of this wallet.",
		"This key is new: it cannot %s yet.", what)
	r.ResetsAt = until
	return r
}

// KeyOrder changes the keys of a wallet, or renews its recovery code.
type KeyOrder struct {
	Fingerprint string   // add: the new key; end: the one that ends
	Name        string   // add
	By          string   // add: the key that has asked for the code
	Recovery    [32]byte // renew: SHA-256 of the new code
	Actor       Actor
}

// KeyFacts is what a decision about keys needs to know.
type KeyFacts struct {
	No     EntryNo // the number that the entry will get
	User   User
	Policy Policy
}

// KeyOutcome is the person with other keys, or another recovery code.
type KeyOutcome struct {
	Entry Entry
	User  User
}

// change begins the outcome of a decision about keys.
func (f KeyFacts) change(now time.Time, a Actor, c Change) KeyOutcome {
	e := entry(f.No, now, KindKeyAdded, a)
	e.User, e.Change = f.User.ID, &c
	u := f.User
	u.Keys = slices.Clone(u.Keys)
	return KeyOutcome{Entry: e, User: u}
}

// MayAddKey refuses who may not ask for the code by which another key is added: the wallet is not active (ErrFrozen),
// the key is new (ErrNotAllowed), or there are enough keys (ErrState).
func MayAddKey(u User, a Actor, now time.Time) error {
	switch {
	case u.Status != UserActive:
		return refuseFrozen()
	case len(u.live()) >= maxKeys:
		return Refuse(ErrState, "End one first: keys end KEY.", "A wallet has at most %d keys.", maxKeys)
	}
	return u.refuseYoung(a, "add another key", now)
}

// DecideAddKey adds a key whose holder has typed the code that a live key has asked for. The new key is new for as long
// as the policy locks a wallet after a recovery, see [User.YoungUntil]. It refuses as [MayAddKey] does, with
// ErrUnauthenticated no key at all, and with ErrNotFound a code whose key has ended since.
func DecideAddKey(r KeyOrder, f KeyFacts, now time.Time) (KeyOutcome, error) {
	switch {
	case r.Fingerprint == "":
		return KeyOutcome{}, RefuseUnauthenticated()
	case !f.User.holds(r.By):
		return KeyOutcome{}, RefuseKeyCode()
	case f.User.holds(r.Fingerprint):
		return KeyOutcome{}, Refuse(ErrState, "Log in: it is ready.", "This key opens the wallet already.")
	}
	if err := MayAddKey(f.User, Actor{Role: RoleUser, Key: r.By}, now); err != nil {
		return KeyOutcome{}, err
	}
	out := f.change(now, r.Actor, Change{Name: "key " + r.Fingerprint, New: "added by " + r.By})
	u := &out.User
	u.Keys = slices.DeleteFunc(u.Keys, func(m Member) bool { return m.Fingerprint == r.Fingerprint }) // it ended once
	u.Keys = append(u.Keys, Member{
		Fingerprint: r.Fingerprint, Name: CleanLine(r.Name, maxKeyName), Added: out.Entry.At,
		Young: out.Entry.At.Add(f.Policy.RecoveryLock),
	})
	u.Keys = withoutOldest(u.Keys)
	return out, nil
}

// withoutOldest drops the oldest keys that have ended, beyond those that are remembered.
func withoutOldest(all []Member) []Member {
	ended := 0
	for _, m := range all {
		if !m.Ended.IsZero() {
			ended++
		}
	}
	return slices.DeleteFunc(all, func(m Member) bool {
		if m.Ended.IsZero() || ended <= maxEndedKeys {
			return false
		}
		ended--
		return true
	})
}

// DecideEndKey ends a key for good: it finds no wallet any more. The purchase window closes, because the key may have
// opened it. It refuses with ErrFrozen (closed wallet), ErrNotFound what is no live key, ErrState the last one, and
// ErrNotAllowed a new key that would end an other one.
func DecideEndKey(r KeyOrder, f KeyFacts, now time.Time) (KeyOutcome, error) {
	switch {
	case f.User.Status == UserClosed:
		return KeyOutcome{}, refuseFrozen()
	case !f.User.holds(r.Fingerprint):
		return KeyOutcome{}, Refuse(ErrNotFound, "See the keys with: keys.", "This wallet has no such key.")
	case len(f.User.live()) == 1:
		return KeyOutcome{}, Refuse(ErrState, "Add another key first: keys add.", "The last key of a wallet does not end.")
	}
	if r.Fingerprint != r.Actor.Key {
		if err := f.User.refuseYoung(r.Actor, "end other keys", now); err != nil {
			return KeyOutcome{}, err
		}
	}
	out := f.change(now, r.Actor, Change{Name: "key " + r.Fingerprint, New: "ended"})
	for i, m := range out.User.Keys {
		if m.Fingerprint == r.Fingerprint && m.Ended.IsZero() {
			out.User.Keys[i].Ended = out.Entry.At
		}
	}
	out.User.WindowUntil = time.Time{}
	out.User.Keys = withoutOldest(out.User.Keys)
	return out, nil
}

// DecideRenewCode gives the wallet a new recovery code. The code before it stays good for a week, whatever is renewed
// meanwhile: a thief who has a key does not end what the person has on paper. Who knows that the paper was stolen
// recovers with it, which ends it at once. It refuses with ErrFrozen what is not active, ErrNotAllowed a new key, and
// ErrState the code that there is.
func DecideRenewCode(r KeyOrder, f KeyFacts, now time.Time) (KeyOutcome, error) {
	switch {
	case f.User.Status != UserActive:
		return KeyOutcome{}, refuseFrozen()
	case r.Recovery == f.User.Recovery, r.Recovery == f.User.OldRecovery:
		return KeyOutcome{}, Refuse(ErrState, "Try again.", "The new recovery code is the old one.")
	}
	if err := f.User.refuseYoung(r.Actor, "renew the recovery code", now); err != nil {
		return KeyOutcome{}, err
	}
	out := f.change(now, r.Actor, Change{Name: "recovery code", New: "renewed"})
	u := &out.User
	if !u.oldCodeGood(now) {
		u.OldRecovery, u.OldUntil = u.Recovery, out.Entry.At.Add(oldCodeLife)
	}
	u.Recovery, u.Renewed = r.Recovery, out.Entry.At
	return out, nil
}

// oldCodeGood reports whether the code before the present one still recovers the wallet. One of a clock that was ahead
// is good until then: to lock a person out would be worse.
func (u User) oldCodeGood(now time.Time) bool {
	return u.OldRecovery != ([32]byte{}) && now.Before(u.OldUntil)
}

// RecoversWith reports whether a recovery code, by its hash, gives the wallet to a new key.
func (u User) RecoversWith(hash [32]byte, now time.Time) bool {
	return hash == u.Recovery || hash == u.OldRecovery && u.oldCodeGood(now)
}

// paper is the recovery code that the person has for certain: the one before the present one while that is good, since
// a thief may have renewed it.
func (u User) paper(now time.Time) [32]byte {
	if u.oldCodeGood(now) {
		return u.OldRecovery
	}
	return u.Recovery
}

// ReopensWith reports whether a code, by its hash, opens a closed wallet again: the recovery code that it had does for
// a month, and the one that was shown when it was closed never.
func (u User) ReopensWith(hash [32]byte, now time.Time) bool {
	return u.Status == UserClosed && u.oldCodeGood(now) && hash == u.OldRecovery
}

// ClaimsFrom is from when on the code of the closing claims what has come in, zero: now. One of a clock that was ahead
// claims at once.
func (u User) ClaimsFrom(now time.Time) time.Time {
	if !u.oldCodeGood(now) || u.OldUntil.Sub(now) > reopenLife+clockSlack {
		return time.Time{}
	}
	return u.OldUntil
}

// RefuseKeyCode says that no code for a new key is what was typed.
func RefuseKeyCode() *Refusal {
	return Refuse(ErrNotFound, "Ask for a new one where the wallet opens: keys add. It is good for ten minutes, once.",
		"No wallet has given this code.")
}

// Used notes that a key was used on a day of the person's zone; changed is false if that is known.
func (u User) Used(fingerprint string, now time.Time, zone *time.Location) (after User, changed bool) {
	if zone == nil {
		zone = time.UTC
	}
	today := localDay(now.In(zone))
	i := slices.IndexFunc(u.Keys, func(m Member) bool { return m.Fingerprint == fingerprint && m.Ended.IsZero() })
	if i < 0 || u.Keys[i].Used == today {
		return u, false
	}
	u.Keys = slices.Clone(u.Keys)
	u.Keys[i].Used = today
	return u, true
}

// UsedOn is the date on which the key was last used, "" if it is not known.
func (m Member) UsedOn() string {
	if m.Used == 0 {
		return ""
	}
	return time.Unix(m.Used*int64(day/time.Second), 0).UTC().Format(time.DateOnly)
}
