package books

import (
	"tuppence/server/ledger"
	"tuppence/store"
)

// byPhone is who acts by phone.
var byPhone = ledger.Actor{Role: ledger.RoleUser, Key: ledger.PhoneKey}

// voiced does a step in the access of a wallet by phone.
func (w *world) voiced(u ledger.UserID, decide func(ledger.VoiceFacts) (ledger.VoiceOutcome, error)) error {
	w.t.Helper()
	return w.try(func(tx Tx) (err error) {
		f := ledger.VoiceFacts{Staff: rita}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := decide(f)
		if err != nil || out.Entry.No == 0 {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutUser(out.User))
	})
}

// setsPIN sets a PIN; the number follows from the user.
func (w *world) setsPIN(u ledger.UserID) error {
	w.t.Helper()
	number := string([]byte{'4', '0', '0', '0', '0', '0', '0' + byte(u/10%10), '0' + byte(u%10)})
	return w.voiced(u, func(f ledger.VoiceFacts) (ledger.VoiceOutcome, error) {
		a := ledger.Actor{Role: ledger.RoleUser, Key: "SHA256:old"}
		return ledger.DecideVoicePIN(ledger.VoicePIN{Number: number, Hash: [32]byte{7}, Actor: a}, f, w.now)
	})
}

// typesWrong types a wrong PIN.
func (w *world) typesWrong(u ledger.UserID) error {
	w.t.Helper()
	err := w.try(func(tx Tx) error {
		user, _, err := tx.User(u)
		if err != nil {
			return err
		}
		if user.Voice, _ = user.Voice.TryPIN(w.now); err != nil {
			return err
		}
		return tx.PutUser(user)
	})
	return first(err, w.voiced(u, func(f ledger.VoiceFacts) (ledger.VoiceOutcome, error) {
		out, _ := ledger.DecideVoiceWrong(f, w.now)
		return out, nil
	}))
}

// asksByPhone asks for a representative.
func (w *world) asksByPhone(u ledger.UserID) error {
	w.t.Helper()
	return w.voiced(u, func(f ledger.VoiceFacts) (ledger.VoiceOutcome, error) {
		if f.User.Voice.Number == "" {
			return ledger.VoiceOutcome{}, nil
		}
		out, _ := ledger.DecideVoiceAsk(f, w.now)
		return out, nil
	})
}

// answers ends the request.
func (w *world) answers(u ledger.UserID) error {
	w.t.Helper()
	return w.voiced(u, func(f ledger.VoiceFacts) (ledger.VoiceOutcome, error) {
		return ledger.DecideVoiceHelped(f.User.Voice.Asked, "done", f, w.now)
	})
}

// pauses freezes a wallet by phone, resumes thaws it.
func (w *world) pauses(u ledger.UserID) error {
	w.t.Helper()
	return w.voiced(u, func(f ledger.VoiceFacts) (ledger.VoiceOutcome, error) {
		out, err := ledger.DecidePause(ledger.FreezeFacts{No: f.No, User: f.User}, w.now)
		return ledger.VoiceOutcome(out), err
	})
}

func (w *world) resumes(u ledger.UserID) error {
	w.t.Helper()
	return w.voiced(u, func(f ledger.VoiceFacts) (ledger.VoiceOutcome, error) {
		a := ledger.Actor{Role: ledger.RoleUser, Key: "SHA256:old"}
		out, err := ledger.DecideResume(a, ledger.FreezeFacts{No: f.No, User: f.User}, w.now)
		return ledger.VoiceOutcome(out), err
	})
}

// invites makes an invitation, and uses it for a user.
func (w *world) invites(u ledger.UserID, used bool) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		all, err := tx.Invites(0, 0)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		f := ledger.InviteFacts{No: no, Staff: rita, Mine: all}
		out, err := ledger.DecideInvite([32]byte{byte(no), byte(no >> 8), byte(no >> 16), 1}, actorOf(rita), f, w.now)
		if err != nil {
			return err
		}
		if err := first(appended(tx, out.Entry), tx.PutInvite(out.Invite)); err != nil || !used {
			return err
		}
		user, _, err := tx.User(u)
		if err != nil {
			return err
		}
		if out, err = ledger.DecideInvited(out.Invite, user, no+1, byPhone, w.now); err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutInvite(out.Invite))
	})
}

// calls makes a busy world one that is called.
func (l *busyWorld) calls() {
	l.t.Helper()
	l.teamsUp()
	l.programs()
	l.ok(l.setsPIN(l.bob))
	for range ledger.VoiceTries {
		l.ok(l.typesWrong(l.bob))
	}
	l.ok(l.asksByPhone(l.bob))
	l.ok(l.invites(l.bob, false))
	l.do(func(tx Tx) error {
		all, err := tx.Invites(0, 1)
		l.invited = all[0]
		return err
	})
}

// voiceFaults are those of access by phone and of invitations.
func voiceFaults() []fault {
	type world = busyWorld
	bob := func(l *world) []byte { return key(tUser, l.bob) }
	invite := func(l *world) []byte { return key(tInvite, l.invited.No) }
	last := func(l *world) ledger.EntryNo { return l.invited.No }
	voice := func(s ledger.VoiceStep) func(*world, *ledger.Entry) {
		return func(l *world, e *ledger.Entry) { e.Kind, e.User, e.Voice, e.Invite = ledger.KindVoice, l.ann, &s, nil }
	}
	return []fault{
		{"lock by phone that nobody set", rowsEqual, "the phone access of user", inRow(bob, users,
			func(l *world, u *ledger.User) { u.Voice.Locked = l.now })},
		{"lock by phone that is gone", rowsEqual, "the phone access of user", inRow(bob, users,
			func(l *world, u *ledger.User) { u.Voice.Locked = u.Voice.Set })},
		{"PIN that is gone", rowsEqual, "has no PIN", inRow(bob, users,
			func(_ *world, u *ledger.User) { u.Voice.Hash = [32]byte{} })},
		{"request of a caller that is gone", rowsEqual, "the phone access of user", inRow(bob, users,
			func(_ *world, u *ledger.User) { u.Voice.Asked = 0 })},
		{"access by phone of no user", rowsEqual, "has no row", without(bob)},
		{"thaw of what is not frozen", rowsEqual, "may thaw what entry", inRow(bob, users,
			func(l *world, u *ledger.User) { u.Paused = l.invited.No })},
		{"index of a voice number missing", indexesFit, "is not found by", func(l *world, tx store.Tx) error {
			u, _, err := Read(tx).User(l.bob)
			return first(err, tx.Delete(key(tVoice, u.Voice.Number)))
		}},
		{"answer to nobody", rowsEqual, "that nobody made", inEntry(last, voice(ledger.VoiceStep{Act: ledger.VoiceHelped}))},
		{"step of another number", rowsEqual, "is of a voice number that", inEntry(last,
			voice(ledger.VoiceStep{Act: ledger.VoiceAsked, Number: "99999999"}))},
		{"call without words", rowsEqual, "is of calls or invitations", inEntry(last,
			func(_ *world, e *ledger.Entry) { e.Invite = nil })},
		{"invitation of another", rowsEqual, "invitation ", inRow(invite, invites,
			func(_ *world, i *ledger.Invite) { i.By = "SHA256:eve" })},
		{"invitation that is not open", rowsEqual, "which is not open", inEntry(last,
			func(_ *world, e *ledger.Entry) { e.Invite.User = 1 })},
	}
}
