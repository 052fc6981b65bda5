package ledger

import (
	"slices"
	"time"
)

// UserStatus is the state of a person's wallets. Numbers are stored.
type UserStatus uint8

// States of a user.
const (
	UserActive UserStatus = iota + 1
	UserFrozen            // nothing is bought, funded or sent; staff have to look at it
	UserClosed
)

// maxKeyName bounds the name of a key, in characters.
const maxKeyName = 60

// touchStep is how far the stored window may lag behind the last key, so that keys do not cause writes.
const touchStep = time.Minute

// User is a person, known by keys and nothing else: no name, no address, no e-mail (claim 1).
type User struct {
	ID      UserID
	Status  UserStatus
	Created time.Time
	// Handle is what the person and staff call the wallet: w_ and a short sealed name. Vendors never see it.
	Handle   string
	Keys     []Member
	Recovery [32]byte // SHA-256 of the recovery code
	// OldRecovery is that of the code before it, which stays good until OldUntil; zero if there is none.
	OldRecovery [32]byte
	OldUntil    time.Time
	Renewed     time.Time // when the code was renewed last; zero: never
	Zone        string    // IANA time zone in which days, weeks and months begin; "" is UTC
	Theme       string    // of the screens
	Screen      Screen
	Views       []SavedView
	// WindowUntil is when the purchase window closes (claim 26); every key press moves it.
	WindowUntil time.Time
	// LockedUntil is when money may leave again after a recovery.
	LockedUntil time.Time
	Wallets     []Currency    // opened wallets, in order of opening
	Deposits    uint64        // number of the last deposit
	Credit      []OrderCredit // for purchase orders, by currency
	Voice       Voice
	// Paused is the entry by which the owner has frozen the wallet by phone, and may thaw it; 0 if that is not what
	// freezes it.
	Paused   EntryNo
	Browsers []Browser // in which the person has bought, oldest first
	Closed   time.Time // when the wallet was closed for good; zero: it is not
	// LinksEnd is before when the permissions were given that end, and of which some are left; zero: none is.
	LinksEnd time.Time
	Brought  Referred // by which vendor
	Agents   uint32   // number of the last key by which a program pays
}

// Screen is how the screens behave for a person. The zero value is what everyone has first.
type Screen struct {
	Notices string // of approvals: NoticeBell, NoticeOSC9; "" is none
	Plain   bool   // plain mode
	Mouse   bool   // the mouse is listened to
	ASCII   bool   // signs of ASCII only
}

// Notices of an approval.
const (
	NoticeOff  = "off" // as it is typed; it is stored as ""
	NoticeBell = "bell"
	NoticeOSC9 = "osc9" // a notice of the desktop
)

// Member is one key of a wallet. Several people may each have one: all live keys have equal rights (claim 33).
type Member struct {
	Fingerprint string // SHA256:…
	Name        string
	Added       time.Time
	Ended       time.Time // zero while it may log in
	Young       time.Time // until when it is new, see [User.YoungUntil]; zero: the wallet was opened or recovered by it
	Used        int64     // day of the person's zone on which it was last used, from 1970 on; 0: not known
}

// JoinOrder opens a wallet for a key, or gives one to a new key.
type JoinOrder struct {
	Accept      bool   // the terms
	Zone        string // IANA name, checked by the caller
	Fingerprint string
	Name        string   // of the key
	Handle      string   // w_…, a new wallet's
	Recovery    [32]byte // SHA-256 of the recovery code
	Typed       [32]byte // recover: of the code that was typed
	Actor       Actor
}

// JoinFacts is what a decision about a person needs to know.
type JoinFacts struct {
	No     EntryNo  // the number that the entry will get
	ID     UserID   // join: the new number
	User   User     // recover: whose code it was
	Wallet Currency // recover: of the open account whose history shows it, "" if there is none
	Policy Policy
}

// JoinOutcome is a person who joined or recovered.
type JoinOutcome struct {
	Entry Entry
	User  User
}

// DecideJoin opens a wallet: a key and nothing else (claims 1, 8). The first currency of the policy is its first
// account. It refuses with ErrConfirm until the terms are accepted, and with ErrUnauthenticated without a key.
func DecideJoin(r JoinOrder, f JoinFacts, now time.Time) (JoinOutcome, error) {
	switch {
	case !r.Accept:
		return JoinOutcome{}, refuseConfirm("A wallet is opened when you accept the terms.", "Read them, then accept.")
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
// closes, and money cannot leave for the policy's lock, so that a person whose code was stolen has time to speak up. A
// frozen wallet stays frozen, and a closed one opens again while its paper does that, see [User.ReopensWith]. It
// refuses with ErrUnauthenticated, ErrFrozen (closed) and ErrState.
func DecideRecover(r JoinOrder, f JoinFacts, now time.Time) (JoinOutcome, error) {
	switch {
	case r.Fingerprint == "":
		return JoinOutcome{}, RefuseUnauthenticated()
	case f.User.Status == UserClosed && !f.User.ReopensWith(r.Typed, now):
		return JoinOutcome{}, Refuse(ErrFrozen, "Open a new wallet, and fetch what came in since: wallet claim CODE",
			"The wallet of this code is closed for good.")
	case r.Recovery == f.User.Recovery:
		return JoinOutcome{}, Refuse(ErrState, "Try again.", "The new recovery code is the old one.")
	}
	e := entry(f.No, now, KindRecovered, r.Actor)
	e.User, e.Wallet = f.User.ID, f.Wallet
	u := f.User
	if u.Status == UserClosed {
		e.Change = &Change{Name: "wallet", Old: UserWords[UserClosed], New: UserWords[UserActive]}
		u.Status, u.Closed = UserActive, time.Time{}
	}
	u.LinksEnd = e.At
	u.Keys = slices.DeleteFunc(slices.Clone(u.Keys), func(m Member) bool { return m.Fingerprint == r.Fingerprint })
	for i, m := range u.Keys {
		if m.Ended.IsZero() {
			u.Keys[i].Ended = e.At
		}
	}
	u.Keys = append(u.Keys, Member{Fingerprint: r.Fingerprint, Name: CleanLine(r.Name, maxKeyName), Added: e.At})
	u.Recovery, u.OldRecovery, u.OldUntil = r.Recovery, [32]byte{}, time.Time{}
	u.Keys = withoutOldest(u.Keys)
	u.WindowUntil = time.Time{}
	u.LockedUntil = e.At.Add(f.Policy.RecoveryLock)
	return JoinOutcome{Entry: e, User: u}, nil
}

// windowOpen reports whether vendors may charge without a question now (claim 26). A window longer than the policy's,
// from a clock that jumped or an older policy, counts as closed.
func (u User) windowOpen(now time.Time, p Policy) bool {
	return now.Before(u.WindowUntil) && u.WindowUntil.Sub(now) <= p.Window
}

// Touch moves the purchase window on after a key press (claim 26); changed is false when the stored one is less than a
// minute behind and need not be written. A lock after a recovery that is longer than the policy's comes from a clock
// that was ahead: from now on it is as long as the policy says.
func (u User) Touch(now time.Time, p Policy) (after User, changed bool) {
	if most := instant(now).Add(p.RecoveryLock + clockSlack); u.LockedUntil.After(most) {
		u.LockedUntil, u.WindowUntil = instant(now).Add(p.RecoveryLock), time.Time{}
	}
	until := instant(now).Add(p.Window)
	if u.windowOpen(now, p) && until.Sub(u.WindowUntil) < min(touchStep, p.Window/2) {
		return u, false
	}
	u.WindowUntil = until
	return u, true
}

// Lock closes the purchase window at once; the next key press opens it again.
func (u User) Lock(now time.Time) User {
	if u.WindowUntil.After(now) {
		u.WindowUntil = instant(now)
	}
	return u
}

// holds reports whether the key is a member of the wallet now.
func (u User) holds(fingerprint string) bool {
	return slices.ContainsFunc(u.Keys, func(m Member) bool { return m.Fingerprint == fingerprint && m.Ended.IsZero() })
}
