package server

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// Join opens a wallet for the calling key and returns the recovery code, which is shown this once (claim 8).
//
// It refuses with ErrConfirm who has not accepted the terms, with ErrState a key that has a wallet, with ErrInvalid an
// unknown time zone, with ErrNotFound an invitation that is not open, or of a vendor that brings nobody, and with
// ErrRate too many wallets of one network: see [Bounds].
func (s *Server) Join(ctx context.Context, who view.Caller, q view.JoinRequest) (j view.Joined, err error) {
	order, code, err := s.joinOrder(who, q)
	if err != nil {
		return j, err
	}
	at := s.clock()
	by, brought := s.referralCode(q.Invite)
	if brought { // it invites everybody, so it is counted as no invitation is
		q.Invite = ""
	}
	if err := s.mayJoin(who, q.Invite, at); err != nil {
		return j, err
	}
	var id ledger.UserID
	err = s.joining(ctx, who, q.Invite, at, func(tx books.Tx) error {
		if u, found, err := userByKey(tx.Reader, who); err != nil {
			return err
		} else if found {
			return ledger.Refuse(ledger.ErrState, "Log in: it is ready.", "This key already has the wallet %s.", u.Handle)
		}
		if err := mayOpen(tx.Reader, who.Fingerprint); err != nil {
			return err
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		f := ledger.JoinFacts{Policy: p}
		if f.ID, err = tx.NextUser(); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		// Found in the writer, so two that join at once do not get the same one.
		if order.Handle, err = s.freeHandle(tx, f.ID); err != nil {
			return err
		}
		out, err := ledger.DecideJoin(order, f, at)
		if err != nil {
			return err
		}
		if _, err := s.putJoined(tx, out, p); err != nil {
			return err
		}
		if err := s.useInvite(tx, q.Invite, out.User, order.Actor, at); err != nil {
			return err
		}
		id, j = out.User.ID, view.Joined{Handle: out.User.Handle, RecoveryCode: code}
		if brought {
			j.BroughtBy, err = s.useReferral(tx, by, out.User, order.Actor, at)
		}
		return err
	})
	if err != nil {
		return view.Joined{}, err
	}
	s.notifier.also(topicKey(who.Fingerprint), topicUser(id))
	s.notifier.wake(topicKey(who.Fingerprint))
	return j, nil
}

// mayJoin refuses with ErrRate when many wallets were opened from the network of a caller: a key costs nothing, and a
// wallet stays. A caller without a readable address is not bounded here; who was invited is bounded by who invites.
func (s *Server) mayJoin(who view.Caller, invite string, at time.Time) error {
	from, err := netip.ParseAddrPort(who.Remote)
	if err != nil || invite != "" {
		return nil //nolint:nilerr // it came from inside
	}
	return spend(s.budgets.joins, ledger.NetworkOf(from.Addr()).String(), "new wallets of this network", at)
}

// joinOrder is what a new key asks for. Codes are made before the transaction, which may run more than once.
func (s *Server) joinOrder(who view.Caller, q view.JoinRequest) (o ledger.JoinOrder, code string, err error) {
	if who.Fingerprint == "" {
		return o, "", ledger.Refuse(ledger.ErrUnauthenticated, "Log in with an SSH key.", "A wallet belongs to a key.")
	}
	if _, err := s.zones.load(q.Zone); err != nil {
		return o, "", err
	}
	if code, err = s.seal.RecoveryCode(); err != nil {
		return o, "", err
	}
	_, name, _ := ledger.ParsePublicKey(who.Key) // the name is a convenience; a caller without a readable key has none
	return ledger.JoinOrder{
		Accept: q.Accept, Zone: q.Zone, Fingerprint: who.Fingerprint, Name: name,
		Recovery: seal.HashCode(code), Actor: memberActor(who),
	}, code, nil
}

// freeHandle is the first handle of the user that no other user has. Handles are words for people, made from the
// number: the next one is tried until one is free.
func (s *Server) freeHandle(tx books.Tx, id ledger.UserID) (string, error) {
	for attempt := uint32(0); ; attempt++ {
		h := s.seal.Handle(id, attempt)
		if _, taken, err := tx.UserByHandle(h); err != nil || !taken {
			return h, err
		}
	}
}

// putJoined stores a person who joined or recovered, and opens the wallets that the person has by now.
func (s *Server) putJoined(tx books.Tx, out ledger.JoinOutcome, p ledger.Policy) (u ledger.User, err error) {
	u = out.User
	rec, err := tx.Append(out.Entry)
	if err != nil {
		return u, err
	}
	if !u.LinksEnd.IsZero() {
		u.LinksEnd = rec.At // of the open month, if the clock is behind it
	}
	for _, c := range u.Wallets {
		if _, err := ensureWallet(tx, u, c, p); err != nil {
			return u, err
		}
	}
	return u, tx.PutUser(u)
}

// Touch says that the person pressed a key: the purchase window moves on. It writes at most once a minute, because a
// stored window that is less than a minute behind stays as it is. It refuses with ErrNotJoined a key without a wallet.
func (s *Server) Touch(ctx context.Context, who view.Caller) error {
	at := s.clock()
	moved := func(r books.Reader) (u ledger.User, changed bool, err error) {
		p, err := policy(r)
		if err != nil {
			return u, false, err
		}
		if u, err = member(r, who); err == nil {
			u, changed = u.Touch(at, p)
		}
		return u, changed, err
	}
	// Keys come fast, so the common case writes nothing and does not enter the writer.
	var needed bool
	err := s.view(ctx, func(r books.Reader) (err error) {
		_, needed, err = moved(r)
		return err
	})
	if err != nil || !needed {
		return err
	}
	var u ledger.User
	err = s.update(ctx, func(tx books.Tx) (err error) {
		if u, needed, err = moved(tx.Reader); err != nil || !needed {
			return err
		}
		return tx.PutUser(u)
	})
	switch {
	case err != nil || !needed:
		return err
	case u.LockedUntil.After(at): // the lock may have moved too
		s.notifier.wake(topicUser(u.ID))
	default:
		s.notifier.tell(view.Wake{Window: view.At(u.WindowUntil)}, topicUser(u.ID))
	}
	return nil
}

// Lock closes the purchase window now. Vendors cannot charge without a question until the next key is pressed (claim
// 26).
func (s *Server) Lock(ctx context.Context, who view.Caller) error {
	_, err := s.changeUser(ctx, who, func(u ledger.User, at time.Time) ledger.User { return u.Lock(at) })
	return err
}

// maxTheme bounds the name of a theme; what names mean is the terminal's business.
const maxTheme = 20

// Settings stores the settings that are given; what is empty stays as it is. It refuses with ErrInvalid a zone that
// this machine does not know, and words that are no setting.
func (s *Server) Settings(ctx context.Context, who view.Caller, c view.SettingsChange) (view.Identity, error) {
	if _, err := s.zones.load(c.Zone); err != nil {
		return view.Identity{}, err
	}
	if len(c.Theme) > maxTheme || c.Theme != ledger.CleanLine(c.Theme, maxTheme) {
		return view.Identity{}, ledger.Invalid(
			"theme", "Choose one of the themes that the settings list.", "There is no such theme.",
		)
	}
	if !slices.Contains([]string{"", ledger.NoticeOff, ledger.NoticeBell, ledger.NoticeOSC9}, c.Notices) {
		return view.Identity{}, ledger.Invalid("notices", "Say off, bell or osc9.", "There is no such notice.")
	}
	u, err := s.changeUserOr(ctx, who, func(u ledger.User, _ time.Time) (ledger.User, error) {
		return withViews(withSettings(u, c), c)
	})
	if err != nil {
		return view.Identity{}, err
	}
	var id view.Identity
	err = s.view(ctx, func(r books.Reader) (err error) {
		id, err = identityOf(r, u, who, s.clock())
		return err
	})
	return id, err
}

// withViews is a person with one saved view more, or less.
func withViews(u ledger.User, c view.SettingsChange) (_ ledger.User, err error) {
	if c.SaveView != nil {
		if u, err = u.WithView(ledger.SavedView(*c.SaveView)); err != nil {
			return u, err
		}
	}
	if c.DropView != "" {
		return u.WithoutView(c.DropView)
	}
	return u, nil
}

// withSettings is a person with other settings.
func withSettings(u ledger.User, c view.SettingsChange) ledger.User {
	u.Zone, u.Theme = cmp.Or(c.Zone, u.Zone), cmp.Or(c.Theme, u.Theme)
	switch c.Notices {
	case "":
	case ledger.NoticeOff:
		u.Screen.Notices = ""
	default:
		u.Screen.Notices = c.Notices
	}
	for _, f := range []struct{ is, want *bool }{
		{&u.Screen.Plain, c.Plain}, {&u.Screen.Mouse, c.Mouse}, {&u.Screen.ASCII, c.ASCII},
	} {
		if f.want != nil {
			*f.is = *f.want
		}
	}
	return u
}

// changeUser stores a change of the calling member that moves no money and concerns no one else.
func (s *Server) changeUser(
	ctx context.Context, who view.Caller, change func(ledger.User, time.Time) ledger.User,
) (u ledger.User, err error) {
	return s.changeUserOr(ctx, who, func(u ledger.User, at time.Time) (ledger.User, error) { return change(u, at), nil })
}

// changeUserOr is changeUser for a change that may be refused.
func (s *Server) changeUserOr(
	ctx context.Context, who view.Caller, change func(ledger.User, time.Time) (ledger.User, error),
) (u ledger.User, err error) {
	at := s.clock()
	// It takes the place of what was there, so it is not counted: a window can be closed always.
	err = s.updateAsMember(ctx, who, func(tx books.Tx, had ledger.User) (err error) {
		if u, err = change(had, at); err != nil {
			return err
		}
		return tx.PutUser(u)
	})
	if err == nil {
		s.notifier.wake(topicUser(u.ID))
	}
	return u, err
}

// Recover gives a wallet to the calling key: the one who knows the recovery code is its owner. All older keys end, a
// new code takes the place of the old one, what the old keys had allowed ends too, and money cannot leave for a while.
// A wallet that was closed less than a month ago opens again, with what has come in since.
//
// It refuses with ErrNotFound an unknown code, with ErrRate a caller who has typed too many, and with ErrState a key
// that has another wallet.
func (s *Server) Recover(ctx context.Context, who view.Caller, typed string) (view.Joined, error) {
	at := s.clock()
	order, code, err := s.joinOrder(who, view.JoinRequest{Accept: true})
	if err != nil {
		return view.Joined{}, err
	}
	var had, now ledger.User
	err = s.countWrongCodes(who, longCode, at, func() error {
		return s.update(ctx, func(tx books.Tx) error {
			had, now, err = s.recoverWallet(tx, who, typed, order, at)
			return err
		})
	})
	if err != nil {
		return view.Joined{}, err
	}
	s.notifier.also(topicKey(who.Fingerprint), topicUser(now.ID))
	s.notifier.wake(topicKey(who.Fingerprint), topicUser(now.ID))
	for _, m := range had.Keys {
		s.notifier.wake(topicKey(m.Fingerprint)) // what its screens show is wiped
		s.keyEnded(m.Fingerprint, 0)
	}
	s.endMoreLinks(ctx, now, memberActor(who))
	return view.Joined{Handle: now.Handle, RecoveryCode: code, LockedUntil: view.At(now.LockedUntil)}, nil
}

// recoverWallet is a recovery inside its transaction. It returns the user as it was and as it is. All of it is one
// commit: no old key can act between the new key and the end of what the old ones allowed.
func (s *Server) recoverWallet(
	tx books.Tx, who view.Caller, typed string, o ledger.JoinOrder, at time.Time,
) (had, now ledger.User, err error) {
	p, err := policy(tx.Reader)
	if err != nil {
		return had, now, err
	}
	if had, err = userByRecovery(tx.Reader, typed, at); err != nil {
		return had, now, err
	}
	if mine, found, err := userByKey(tx.Reader, who); err != nil {
		return had, now, err
	} else if found && mine.ID != had.ID {
		return had, now, ledger.Refuse(
			ledger.ErrState, "Use a key that has no wallet yet.", "This key already has the wallet %s.", mine.Handle,
		)
	}
	if err := mayOpen(tx.Reader, who.Fingerprint); err != nil {
		return had, now, err
	}
	f := ledger.JoinFacts{ID: had.ID, User: had, Policy: p}
	if f.Wallet, err = listedIn(tx.Reader, had, mainCurrency(had, p)); err != nil {
		return had, now, err
	}
	if f.No, err = tx.Next(); err != nil {
		return had, now, err
	}
	o.Handle, o.Zone, o.Typed = had.Handle, had.Zone, seal.HashCode(typed)
	out, err := ledger.DecideRecover(o, f, at)
	if err != nil {
		return had, now, err
	}
	if out.User, err = s.putJoined(tx, out, p); err != nil {
		return had, now, err
	}
	if out.User, err = voiceOff(tx, out.User, o.Actor, "The wallet was recovered.", at); err != nil {
		return had, now, err
	}
	if had.Status == ledger.UserClosed {
		if err := reopenWallets(tx, out.User, p, o.Actor, at); err != nil {
			return had, now, err
		}
	}
	now, err = s.revokeAfterRecovery(tx, out.User, p, o.Actor, at)
	return had, now, err
}

// revokeAfterRecovery takes back what a thief may have arranged before the owner came: permissions to charge without
// asking end, as do the keys of programs, and limits above those of a new wallet come down to them.
func (s *Server) revokeAfterRecovery(
	tx books.Tx, u ledger.User, p ledger.Policy, actor ledger.Actor, at time.Time,
) (ledger.User, error) {
	u, err := endLinks(tx, u, actor, at)
	if err != nil {
		return u, err
	}
	if err := endAgents(tx, u, actor, "The wallet was recovered.", at); err != nil {
		return u, err
	}
	for _, c := range u.Wallets {
		if err := s.lowerLimits(tx, u, c, p, actor, at); err != nil {
			return u, err
		}
	}
	return u, tx.PutUser(u)
}

// userByRecovery returns the user whose recovery code was typed. It refuses with ErrNotFound a code that no wallet has,
// or has no more.
func userByRecovery(r books.Reader, typed string, at time.Time) (u ledger.User, err error) {
	hash := seal.HashCode(typed)
	id, found, err := r.UserByRecovery(hash)
	if err == nil && found {
		u, found, err = r.User(id)
		found = found && u.RecoversWith(hash, at)
	}
	if err == nil && !found {
		err = ledger.Refuse(
			ledger.ErrNotFound, "Type the code as it was shown: R and six groups.", "No wallet has this recovery code.",
		)
	}
	return u, err
}
