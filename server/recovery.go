package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// Recover gives a wallet to the calling key: the one who knows the recovery code is its owner. All older keys end, a
// new code takes the place of the old one, what the old keys had allowed ends too, and money cannot leave for a while.
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
	err = s.countWrongCodes(who, at, func() error {
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
		s.keyEnded(m.Fingerprint)
	}
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
	if had, err = userByRecovery(tx.Reader, typed); err != nil {
		return had, now, err
	}
	if mine, found, err := userByKey(tx.Reader, who); err != nil {
		return had, now, err
	} else if found && mine.ID != had.ID {
		return had, now, ledger.Refuse(
			ledger.ErrState, "Use a key that has no wallet yet.", "This key already has the wallet %s.", mine.Handle,
		)
	}
	f := ledger.JoinFacts{ID: had.ID, User: had, Policy: p}
	if f.No, err = tx.Next(); err != nil {
		return had, now, err
	}
	o.Handle, o.Zone = had.Handle, had.Zone
	out, err := ledger.DecideRecover(o, f, at)
	if err != nil {
		return had, now, err
	}
	if err := s.putJoined(tx, out, p); err != nil {
		return had, now, err
	}
	return had, out.User, s.revokeAfterRecovery(tx, out.User, p, o.Actor, at)
}

// maxRevoked bounds how many permissions a recovery ends in its commit. Until the lock is over the others sell nothing
// without a question either.
const maxRevoked = 500

// revokeAfterRecovery takes back what a thief may have arranged before the owner came: permissions to charge without
// asking end, and limits above those of a new wallet come down to them.
func (s *Server) revokeAfterRecovery(
	tx books.Tx, u ledger.User, p ledger.Policy, actor ledger.Actor, at time.Time,
) error {
	links, err := tx.UserLinks(u.ID)
	if err != nil {
		return err
	}
	// Each ended permission is an entry, so their number is bounded by what a transaction can hold.
	revoked := 0
	for _, l := range links {
		if l.Status != ledger.LinkActive || revoked == maxRevoked {
			continue
		}
		revoked++
		v, found, err := tx.Vendor(l.ID.Vendor)
		if err != nil || !found {
			return orMissing(err)
		}
		if _, err := endLink(tx, u, v, ledger.UnlinkOrder{Currency: l.ID.Currency, Actor: actor}, at); err != nil {
			return err
		}
	}
	for _, c := range u.Wallets {
		if err := s.lowerLimits(tx, u, c, p, actor, at); err != nil {
			return err
		}
	}
	return nil
}

// userByRecovery returns the user whose recovery code was typed. It refuses with ErrNotFound a code that no wallet has.
func userByRecovery(r books.Reader, typed string) (u ledger.User, err error) {
	id, found, err := r.UserByRecovery(seal.HashCode(typed))
	if err == nil && found {
		u, found, err = r.User(id)
	}
	if err == nil && !found {
		err = ledger.Refuse(
			ledger.ErrNotFound, "Type the code as it was shown: R and six groups.", "No wallet has this recovery code.",
		)
	}
	return u, err
}
