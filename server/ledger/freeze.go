package ledger

import (
	"strings"
	"time"
)

// FreezeRequest freezes a wallet, or ends that: staff have looked at it.
type FreezeRequest struct {
	Thaw   bool
	Reason string // the owner of the wallet reads it
	Actor  Actor
}

// FreezeFacts is what the decision needs to know.
type FreezeFacts struct {
	No    EntryNo
	User  User
	Staff Staff // who acts
}

// FreezeOutcome is the wallet after it.
type FreezeOutcome struct {
	Entry Entry
	User  User
}

// DecideFreeze freezes a wallet, so that nothing is bought, funded or sent, or thaws it. A debt stays a debt. It
// refuses with ErrNotAllowed staff who act on their own wallet, with ErrInvalid no reason, and with ErrState a wallet
// that is in that state already, or closed.
func DecideFreeze(r FreezeRequest, f FreezeFacts, now time.Time) (out FreezeOutcome, err error) {
	from, to := UserActive, UserFrozen
	if r.Thaw {
		from, to = UserFrozen, UserActive
	}
	if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
		return out, err
	}
	reason, err := typedText("reason", r.Reason, maxReason)
	if err != nil {
		return out, err
	}
	// What its owner has frozen by phone staff may freeze, too: then its owner thaws it no more.
	if f.User.Paused != 0 && !r.Thaw {
		from = UserFrozen
	}
	switch {
	case f.User.Status != from:
		return out, RefuseState("wallet", UserWords[f.User.Status]+" already")
	case strings.TrimSpace(reason) == "":
		return out, Invalid("reason", "Type one sentence: the owner of the wallet reads it.", "The reason is missing.")
	}
	return f.freeze(to, reason, r.Actor, now), nil
}

// freeze makes the entry, and the wallet as it is after it.
func (f FreezeFacts) freeze(to UserStatus, reason string, a Actor, now time.Time) FreezeOutcome {
	e := entry(f.No, now, KindFreeze, a)
	e.User, e.Reason = f.User.ID, reason
	e.Change = &Change{Name: "wallet", Old: UserWords[f.User.Status], New: UserWords[to]}
	if len(f.User.Wallets) > 0 {
		e.Wallet = f.User.Wallets[0]
	}
	f.User.Status, f.User.Paused = to, 0
	return FreezeOutcome{e, f.User}
}

// UserWords are the states of a user in words.
var UserWords = map[UserStatus]string{UserActive: "active", UserFrozen: "frozen", UserClosed: "closed"}
