package ledger

import (
	"slices"
	"time"
)

// JoinOrder opens a wallet for a key, or gives one to a new key.
type JoinOrder struct {
	Accept      bool
	Zone        string // IANA name, checked by the caller
	Fingerprint string
	Name        string // of the key
	Handle      string
	Recovery    [32]byte // SHA-256 of the recovery code
	Actor       Actor
}

// JoinFacts is what a decision about a person needs to know.
type JoinFacts struct {
	No     EntryNo
	ID     UserID // join: the new number
	User   User   // recover: whose code it was
	Policy Policy
}

// JoinOutcome is a person who joined or recovered.
type JoinOutcome struct {
	Entry Entry
	User  User
}

// maxKeyName bounds the name of a key, in characters.
const maxKeyName = 60

// DecideJoin opens a wallet: a key and nothing else, no name, no address (claim 1). The first currency of the policy is
// its first account. It refuses with ErrConfirm until the terms are accepted.
func DecideJoin(r JoinOrder, f JoinFacts, now time.Time) (JoinOutcome, error) {
	switch {
	case !r.Accept:
		return JoinOutcome{}, RefuseConfirm("A wallet is opened when you accept the terms.", "Read them, then accept.")
	case r.Fingerprint == "":
		return JoinOutcome{}, RefuseUnauthenticated()
	}
	e := entry(f.No, now, KindJoined, r.Actor)
	e.User = f.ID
	u := User{
		ID: f.ID, Status: UserActive, Created: e.At, Handle: r.Handle, Recovery: r.Recovery, Zone: r.Zone,
		Keys: []Member{{Fingerprint: r.Fingerprint, Name: CleanLine(r.Name, maxKeyName), Added: e.At}},
	}
	if len(f.Policy.Currencies) > 0 {
		u.Wallets = []Currency{f.Policy.Currencies[0]}
	}
	return JoinOutcome{Entry: e, User: u}, nil
}

// DecideRecover gives the wallet to a new key: all others end, the recovery code is replaced, the purchase window
// closes, and money cannot leave for the policy's lock, so that whoever lost the wallet to a thief has time to speak up.
func DecideRecover(r JoinOrder, f JoinFacts, now time.Time) (JoinOutcome, error) {
	switch {
	case r.Fingerprint == "":
		return JoinOutcome{}, RefuseUnauthenticated()
	case f.User.Status == UserClosed:
		return JoinOutcome{}, RefuseFrozen()
	case r.Recovery == f.User.Recovery:
		return JoinOutcome{}, Refuse(ErrState, "Try again.", "The new recovery code is the old one.")
	}
	e := entry(f.No, now, KindRecovered, r.Actor)
	e.User = f.User.ID
	u := f.User
	u.Keys = slices.DeleteFunc(slices.Clone(u.Keys), func(m Member) bool { return m.Fingerprint == r.Fingerprint })
	for i, m := range u.Keys {
		if m.Ended.IsZero() {
			u.Keys[i].Ended = e.At
		}
	}
	u.Keys = append(u.Keys, Member{Fingerprint: r.Fingerprint, Name: CleanLine(r.Name, maxKeyName), Added: e.At})
	u.Recovery = r.Recovery
	u.WindowUntil = time.Time{}
	u.LockedUntil = e.At.Add(f.Policy.RecoveryLock)
	return JoinOutcome{Entry: e, User: u}, nil
}

// OpenWallet is a new account in a currency of the policy, with the policy's limits (claims 8, 9).
func OpenWallet(p Policy, id UserID, c Currency) (Wallet, error) {
	if err := heldHere(c, p.Currencies); err != nil {
		return Wallet{}, err
	}
	return Wallet{User: id, Currency: c, Limits: p.Limits}, nil
}

// WindowOpen tells whether vendors may charge without a question now (claim 26). A window longer than the policy's, from
// a clock that jumped or an older policy, counts as closed.
func (u User) WindowOpen(now time.Time, p Policy) bool {
	return now.Before(u.WindowUntil) && u.WindowUntil.Sub(now) <= p.Window
}

// touchStep is how far the stored window may lag behind the last key, so that keys do not cause writes.
const touchStep = time.Minute

// Touch moves the purchase window on; changed is false when the stored one is less than a minute behind.
func (u User) Touch(now time.Time, p Policy) (after User, changed bool) {
	until := now.UTC().Truncate(time.Microsecond).Add(p.Window)
	if u.WindowOpen(now, p) && until.Sub(u.WindowUntil) < min(touchStep, p.Window/2) {
		return u, false
	}
	u.WindowUntil = until
	return u, true
}

// Lock closes the purchase window; the next key press opens it again.
func (u User) Lock(now time.Time) User {
	if u.WindowUntil.After(now) {
		u.WindowUntil = now.UTC().Truncate(time.Microsecond)
	}
	return u
}

// Holds tells whether the key is a member of the wallet now.
func (u User) Holds(fingerprint string) bool {
	return slices.ContainsFunc(u.Keys, func(m Member) bool { return m.Fingerprint == fingerprint && m.Ended.IsZero() })
}
