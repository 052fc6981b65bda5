package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// Join opens a wallet for the calling key and answers the recovery code, which is shown this once.
func (s *Server) Join(ctx context.Context, who ledger.Caller, q ledger.JoinRequest) (j ledger.Joined, err error) {
	order, code, err := s.joinOrder(who, q)
	if err != nil {
		return j, err
	}
	at := s.clock()
	var id ledger.UserID
	err = s.update(ctx, func(tx books.Tx) error {
		if u, found, err := userByKey(tx.Reader, who); err != nil {
			return err
		} else if found {
			return ledger.Refuse(ledger.ErrState, "Log in: it is ready.", "This key already has the wallet %s.", u.Handle)
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
		if order.Handle, err = s.freeHandle(tx, f.ID); err != nil {
			return err
		}
		out, err := ledger.DecideJoin(order, f, at)
		if err != nil {
			return err
		}
		if err := s.putJoined(tx, out, p); err != nil {
			return err
		}
		id, j = out.User.ID, ledger.Joined{Handle: out.User.Handle, RecoveryCode: code}
		return nil
	})
	if err != nil {
		return ledger.Joined{}, err
	}
	s.hub.also(topicKey(who.Fingerprint), topicUser(id))
	s.hub.wake(topicKey(who.Fingerprint))
	return j, nil
}

// joinOrder is what a new key asks for. Codes are made before the transaction, which may run more than once.
func (s *Server) joinOrder(who ledger.Caller, q ledger.JoinRequest) (o ledger.JoinOrder, code string, err error) {
	if who.Fingerprint == "" {
		return o, "", ledger.Refuse(ledger.ErrUnauthenticated, "Log in with an SSH key.", "A wallet belongs to a key.")
	}
	if _, err := s.zones.load(q.Zone); err != nil {
		return o, "", err
	}
	if code, err = s.seal.RecoveryCode(); err != nil {
		return o, "", err
	}
	_, name, _ := ParseKey(who.Key) // the name is a convenience; a caller without a readable key has none
	return ledger.JoinOrder{
		Accept: q.Accept, Zone: q.Zone, Fingerprint: who.Fingerprint, Name: name,
		Recovery: seal.HashCode(code), Actor: acting(who),
	}, code, nil
}

// freeHandle is the first handle of the user that nobody has.
func (s *Server) freeHandle(tx books.Tx, id ledger.UserID) (string, error) {
	for attempt := uint32(0); ; attempt++ {
		h := s.seal.Handle(id, attempt)
		if _, taken, err := tx.UserByHandle(h); err != nil || !taken {
			return h, err
		}
	}
}

// putJoined stores a person who joined or recovered, and opens the wallets that the person has by now.
func (s *Server) putJoined(tx books.Tx, out ledger.JoinOutcome, p ledger.Policy) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	for _, c := range out.User.Wallets {
		if err := openStored(tx, out.User.ID, c, p); err != nil {
			return err
		}
	}
	return tx.PutUser(out.User)
}

// Recover gives a wallet to the calling key: whoever knows the recovery code is its owner. All older keys end, a new
// code takes the place of the old one, what the old keys had allowed ends too, and money cannot leave for a while.
func (s *Server) Recover(ctx context.Context, who ledger.Caller, typed string) (j ledger.Joined, err error) {
	at := s.clock()
	if err := s.codes.allow(who, at); err != nil {
		return j, err
	}
	order, code, err := s.joinOrder(who, ledger.JoinRequest{Accept: true})
	if err != nil {
		return j, err
	}
	var id ledger.UserID
	var ended []ledger.Member
	unknown := false
	err = s.update(ctx, func(tx books.Tx) error {
		unknown = false
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		u, found, err := userByRecovery(tx.Reader, typed)
		if err != nil {
			return err
		}
		if !found {
			unknown = true
			return ledger.Refuse(ledger.ErrNotFound, "Type the code as it was shown: R and six groups.", "No wallet has this recovery code.")
		}
		if mine, found, err := userByKey(tx.Reader, who); err != nil {
			return err
		} else if found && mine.ID != u.ID {
			return ledger.Refuse(ledger.ErrState, "Use a key that has no wallet yet.", "This key already has the wallet %s.", mine.Handle)
		}
		f := ledger.JoinFacts{ID: u.ID, User: u, Policy: p}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		o := order
		o.Handle, o.Zone = u.Handle, u.Zone
		out, err := ledger.DecideRecover(o, f, at)
		if err != nil {
			return err
		}
		id, ended = u.ID, u.Keys
		j = ledger.Joined{Handle: out.User.Handle, RecoveryCode: code, LockedUntil: out.User.LockedUntil}
		if err := s.putJoined(tx, out, p); err != nil {
			return err
		}
		return s.calm(tx, out.User, p, order.Actor, at)
	})
	if err != nil {
		if unknown {
			s.codes.wrong(who, at)
		}
		return ledger.Joined{}, err
	}
	s.hub.also(topicKey(who.Fingerprint), topicUser(id))
	s.hub.wake(topicKey(who.Fingerprint), topicUser(id))
	for _, m := range ended {
		s.hub.wake(topicKey(m.Fingerprint)) // what its screens show is wiped
		s.ended(m.Fingerprint)
	}
	return j, nil
}

// maxCalmed bounds how many permissions a recovery ends in its commit. Until the lock is over the others sell nothing
// without a question either.
const maxCalmed = 500

// calm takes back what a thief may have arranged before the owner came: permissions to charge without asking end, and
// limits above those of a new wallet come down to them.
func (s *Server) calm(tx books.Tx, u ledger.User, p ledger.Policy, actor ledger.Actor, at time.Time) error {
	links, err := tx.UserLinks(u.ID)
	if err != nil {
		return err
	}
	calmed := 0
	for _, l := range links {
		if l.Status != ledger.LinkActive || calmed == maxCalmed {
			continue
		}
		calmed++
		v, found, err := tx.Vendor(l.ID.Vendor)
		if err != nil || !found {
			return orMissing(err)
		}
		if _, err := endLink(tx, u, v, ledger.UnlinkOrder{Currency: l.ID.Currency, Actor: actor}, at); err != nil {
			return err
		}
	}
	for _, c := range u.Wallets {
		if err := s.lowerLimits(tx, u, c, p.Limits, actor, at); err != nil {
			return err
		}
	}
	return nil
}

// lowerLimits brings the limits of a wallet down to at most those given.
func (s *Server) lowerLimits(tx books.Tx, u ledger.User, c ledger.Currency, most ledger.Limits, actor ledger.Actor, at time.Time) error {
	f := ledger.LimitFacts{User: u, Zone: s.zone(u)}
	var err error
	if f.Wallet, _, err = tx.Wallet(u.ID, c); err != nil {
		return err
	}
	for _, b := range []struct {
		period    string
		is, bound int64
	}{
		{"purchase", f.Wallet.Limits.PerPurchase, most.PerPurchase},
		{"day", f.Wallet.Limits.PerDay, most.PerDay},
		{"week", f.Wallet.Limits.PerWeek, most.PerWeek},
		{"month", f.Wallet.Limits.PerMonth, most.PerMonth},
	} {
		if b.bound < 0 || b.is >= 0 && b.is <= b.bound {
			continue
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideLimit(ledger.LimitChange{Currency: c, Period: b.period, Max: b.bound}, actor, f, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		f.Wallet = out.Wallet
	}
	return tx.PutWallet(f.Wallet)
}

func userByRecovery(r books.Reader, typed string) (ledger.User, bool, error) {
	id, found, err := r.UserByRecovery(seal.HashCode(typed))
	if err != nil || !found {
		return ledger.User{}, false, err
	}
	return r.User(id)
}

// Touch says that the person pressed a key: the purchase window moves on. It writes at most once a minute, because a
// stored window that is less than a minute behind stays as it is.
func (s *Server) Touch(ctx context.Context, who ledger.Caller) error {
	at := s.clock()
	moved := func(r books.Reader) (u ledger.User, changed bool, err error) {
		p, err := policy(r)
		if err != nil {
			return u, false, err
		}
		if u, err = member(r, who); err != nil {
			return u, false, err
		}
		u, changed = u.Touch(at, p)
		return u, changed, nil
	}
	var needed bool
	err := s.view(ctx, func(r books.Reader) (err error) {
		_, needed, err = moved(r)
		return err
	})
	if err != nil || !needed {
		return err
	}
	var id ledger.UserID
	err = s.update(ctx, func(tx books.Tx) error {
		u, changed, err := moved(tx.Reader)
		id = u.ID
		if err != nil || !changed {
			return err
		}
		return tx.PutUser(u)
	})
	if err == nil {
		s.hub.wake(topicUser(id))
	}
	return err
}

// Lock closes the purchase window now.
func (s *Server) Lock(ctx context.Context, who ledger.Caller) error {
	_, err := s.changeUser(ctx, who, func(u ledger.User, at time.Time) ledger.User { return u.Lock(at) })
	return err
}

// maxTheme bounds the name of a theme; what names mean is the terminal's business.
const maxTheme = 20

// Settings stores the time zone and the theme; "" leaves one as it is.
func (s *Server) Settings(ctx context.Context, who ledger.Caller, zone, theme string) (ledger.Identity, error) {
	if _, err := s.zones.load(zone); err != nil {
		return ledger.Identity{}, err
	}
	if len(theme) > maxTheme || theme != ledger.CleanLine(theme, maxTheme) {
		return ledger.Identity{}, ledger.Invalid("theme", "Choose one of the themes that the settings list.", "There is no such theme.")
	}
	u, err := s.changeUser(ctx, who, func(u ledger.User, _ time.Time) ledger.User {
		if zone != "" {
			u.Zone = zone
		}
		if theme != "" {
			u.Theme = theme
		}
		return u
	})
	if err != nil {
		return ledger.Identity{}, err
	}
	return identity(u), nil
}

// changeUser stores a change of the calling member that moves no money and that nobody else has to learn of.
func (s *Server) changeUser(ctx context.Context, who ledger.Caller, change func(ledger.User, time.Time) ledger.User) (u ledger.User, err error) {
	at := s.clock()
	err = s.update(ctx, func(tx books.Tx) error {
		had, err := member(tx.Reader, who)
		if err != nil {
			return err
		}
		u = change(had, at)
		return tx.PutUser(u)
	})
	if err == nil {
		s.hub.wake(topicUser(u.ID))
	}
	return u, err
}
