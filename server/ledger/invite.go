package ledger

import "time"

const (
	// InviteLife is how long an invitation is good.
	InviteLife = 7 * 24 * time.Hour
	// InvitesOpen bounds how many of one member of staff may wait, InvitesPerDay how many are made in 24 hours.
	InvitesOpen, InvitesPerDay = 20, 20
)

// Invite is the invitation of a caller to open a wallet (claim 8). It knows who made it and nothing of the caller.
type Invite struct {
	No      EntryNo  // the entry that made it
	Hash    [32]byte // of the code
	By      string   // fingerprint of who made it
	Created time.Time
	Expires time.Time
	User    UserID // who has used it, 0 if nobody has
	Used    time.Time
}

// Open tells whether an invitation can be used. One that lasts longer than it can was made by a clock that was ahead.
func (i Invite) Open(now time.Time) bool {
	return i.No != 0 && i.User == 0 && now.Before(i.Expires) && i.Expires.Sub(now) <= InviteLife+clockSlack
}

// InviteFacts is what the decision needs to know.
type InviteFacts struct {
	No    EntryNo
	Staff Staff
	Mine  []Invite // those that the same person has made
}

// InviteOutcome is an invitation after a step.
type InviteOutcome struct {
	Entry  Entry
	Invite Invite
}

// DecideInvite makes an invitation. It refuses with ErrLimit more than one member of staff may make or have open.
func DecideInvite(hash [32]byte, a Actor, f InviteFacts, now time.Time) (out InviteOutcome, err error) {
	open, lately := 0, 0
	for _, i := range f.Mine {
		if i.Open(now) {
			open++
		}
		if Happened(i.Created, now) && now.Sub(i.Created) < 24*time.Hour {
			lately++
		}
	}
	switch {
	case open >= InvitesOpen:
		return out, Refuse(ErrLimit, "Wait until one is used or over: desk invites.",
			"You have %d invitations that wait.", InvitesOpen)
	case lately >= InvitesPerDay:
		return out, Refuse(ErrLimit, "Ask a colleague, or wait.", "You have made %d invitations today.", InvitesPerDay)
	}
	e := entry(f.No, now, KindInvite, a)
	i := Invite{No: f.No, Hash: hash, By: f.Staff.Fingerprint, Created: e.At, Expires: e.At.Add(InviteLife)}
	e.Invite = &i
	return InviteOutcome{e, i}, nil
}

// DecideInvited uses an invitation for a person who joins. It refuses with ErrNotFound one that is over, in the words
// of one that never was.
func DecideInvited(i Invite, u User, no EntryNo, a Actor, now time.Time) (out InviteOutcome, err error) {
	if !i.Open(now) {
		return out, RefuseInvite()
	}
	e := entry(no, now, KindInvite, a)
	e.User, e.Cause = u.ID, i.No
	i.User, i.Used = u.ID, e.At
	e.Invite = &i
	return InviteOutcome{e, i}, nil
}

// RefuseInvite says that no invitation has a code.
func RefuseInvite() error {
	return Refuse(ErrNotFound, "Type it as it was told, or leave it out: a wallet needs none.",
		"This invitation is not known, used, or over.")
}
