package server

import (
	"context"
	"maps"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

const (
	// keyCodeLife is for how long a code adds a key.
	keyCodeLife = 10 * time.Minute
	// maxKeyCodes bounds how many of them wait, over all wallets.
	maxKeyCodes = 10_000
)

// keyCode is what a code for a new key stands for: the wallet, and the key that has asked for it.
type keyCode struct {
	user  ledger.UserID
	by    string
	until time.Time
}

// keyCodes are the codes that wait for a new key, by their hash: one for each wallet, in memory only. A restart ends
// them.
type keyCodes struct {
	mu     sync.Mutex
	byHash map[[32]byte]keyCode
}

// put remembers a code in the place of the one that the wallet had. It refuses with ErrUnavailable more than there is
// room for.
func (k *keyCodes) put(hash [32]byte, c keyCode, now time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.byHash == nil {
		k.byHash = map[[32]byte]keyCode{}
	}
	maps.DeleteFunc(k.byHash, func(_ [32]byte, o keyCode) bool { return o.user == c.user || o.over(now) })
	if len(k.byHash) >= maxKeyCodes {
		return ledger.RefuseUnavailable(time.Minute)
	}
	k.byHash[hash] = c
	return nil
}

// over tells whether the time of the code has passed. One that a clock has given which was ahead is over.
func (c keyCode) over(now time.Time) bool {
	return !now.Before(c.until) || c.until.Sub(now) > 2*keyCodeLife
}

// take takes a code out, so that it is good once: who finds it has it alone.
func (k *keyCodes) take(hash [32]byte, now time.Time) (c keyCode, found bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, found = k.byHash[hash]
	delete(k.byHash, hash)
	return c, found && !c.over(now)
}

// back gives a code back that has added no key, unless the wallet has another one by now.
func (k *keyCodes) back(hash [32]byte, c keyCode) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, o := range k.byHash {
		if o.user == c.user {
			return
		}
	}
	k.byHash[hash] = c
}

// Keys lists the keys that open the wallet, and what is known of its recovery code.
func (s *Server) Keys(ctx context.Context, who view.Caller) (ring view.KeyRing, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		ring, err = s.keyRing(r, u, who, at)
		return err
	})
	return ring, err
}

// NameKey gives a key of the wallet a name, "" for none. It refuses with ErrNotFound and ErrInvalid what names no key,
// or several.
func (s *Server) NameKey(ctx context.Context, who view.Caller, key, name string) (view.KeyRing, error) {
	return s.changeKeys(ctx, who, func(_ books.Tx, u ledger.User, _ time.Time) (ledger.User, error) {
		return u.WithKeyName(key, name)
	})
}

// AddKey returns a code that adds one more key to the wallet: the new key types it within ten minutes, see JoinKey. A
// code that the wallet had before ends.
//
// It refuses with ErrFrozen a wallet that is not active, with ErrNotAllowed a new key, with ErrState a wallet with
// enough keys, and with ErrRate more than a wallet may change in a day: see [Bounds].
func (s *Server) AddKey(ctx context.Context, who view.Caller) (view.KeyCode, error) {
	at := s.clock()
	code, err := s.seal.KeyCode()
	if err != nil {
		return view.KeyCode{}, err
	}
	u, err := s.memberOf(ctx, who)
	if err != nil {
		return view.KeyCode{}, err
	}
	if err := spend(s.budgets.changes, userOwner(u.ID), "changes of this wallet", at); err != nil {
		return view.KeyCode{}, err
	}
	if err := ledger.MayAddKey(u, memberActor(who), at); err != nil {
		return view.KeyCode{}, err
	}
	c := keyCode{user: u.ID, by: who.Fingerprint, until: at.Add(keyCodeLife)}
	if err := s.keyCodes.put(seal.HashCode(code), c, at); err != nil {
		return view.KeyCode{}, err
	}
	return view.KeyCode{Code: code, Expires: view.At(c.until)}, nil
}

// JoinKey adds the calling key to the wallet that has given a code. The code is good once.
//
// It refuses with ErrNotFound an unknown code, one that is over, or whose key has ended since; with ErrRate a caller
// who has typed too many; with ErrState a key that has a wallet, or a wallet with enough keys; and with ErrFrozen.
func (s *Server) JoinKey(ctx context.Context, who view.Caller, typed, name string) (id view.Identity, err error) {
	at, hash := s.clock(), seal.HashCode(typed)
	if _, comment, err := ledger.ParsePublicKey(who.Key); err == nil && name == "" {
		name = comment
	}
	var user ledger.UserID
	err = s.countWrongCodes(who, longCode, at, func() error {
		c, found := s.keyCodes.take(hash, at)
		if !found {
			return ledger.RefuseKeyCode()
		}
		user = c.user
		err := s.update(ctx, func(tx books.Tx) error {
			u, err := s.joinKey(tx, who, c, name, at)
			if err == nil {
				id, err = identityOf(tx.Reader, u, who, at)
			}
			return err
		})
		if err != nil {
			s.keyCodes.back(hash, c)
		}
		return err
	})
	if err != nil {
		return view.Identity{}, err
	}
	s.notifier.also(topicKey(who.Fingerprint), topicUser(user))
	s.notifier.wake(topicKey(who.Fingerprint), topicUser(user))
	return id, nil
}

// joinKey is JoinKey inside its transaction.
func (s *Server) joinKey(tx books.Tx, who view.Caller, c keyCode, name string, at time.Time) (ledger.User, error) {
	if mine, found, err := userByKey(tx.Reader, who); err != nil {
		return mine, err
	} else if found {
		return mine, ledger.Refuse(
			ledger.ErrState, "Use a key that has no wallet yet.", "This key already has the wallet %s.", mine.Handle,
		)
	}
	if err := mayOpen(tx.Reader, who.Fingerprint); err != nil {
		return ledger.User{}, err
	}
	u, found, err := tx.User(c.user)
	if err == nil && !found {
		err = ledger.RefuseKeyCode()
	}
	if err != nil {
		return u, err
	}
	f, err := keyFacts(tx, u)
	if err != nil {
		return u, err
	}
	out, err := ledger.DecideAddKey(
		ledger.KeyOrder{Fingerprint: who.Fingerprint, Name: name, By: c.by, Actor: memberActor(who)}, f, at,
	)
	if err != nil {
		return u, err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return u, err
	}
	u, _ = out.User.Used(who.Fingerprint, at, s.zone(u))
	return u, tx.PutUser(u)
}

// EndKey ends a key of the wallet for good, and its sessions with it. It refuses with ErrNotFound and ErrInvalid what
// names no key, or several; with ErrState the last one; and with ErrNotAllowed a new key that would end another.
func (s *Server) EndKey(ctx context.Context, who view.Caller, key string) (view.KeyRing, error) {
	var ended string
	ring, err := s.changeKeys(ctx, who, func(tx books.Tx, u ledger.User, at time.Time) (ledger.User, error) {
		m, err := u.KeyNamed(key)
		if err != nil {
			return u, err
		}
		f, err := keyFacts(tx, u)
		if err != nil {
			return u, err
		}
		ended = m.Fingerprint
		out, err := ledger.DecideEndKey(ledger.KeyOrder{Fingerprint: ended, Actor: memberActor(who)}, f, at)
		if err != nil {
			return u, err
		}
		_, err = tx.Append(out.Entry)
		return out.User, err
	})
	if err != nil {
		return view.KeyRing{}, err
	}
	s.notifier.wake(topicKey(ended)) // what its screens show is wiped
	s.keyEnded(ended, 0)
	return ring, nil
}

// RenewRecovery gives the wallet a new recovery code, which is in this answer and in no later one. The code before it
// stays good for a week: see [ledger.DecideRenewCode]. It refuses with ErrFrozen a wallet that is not active, and with
// ErrNotAllowed a new key.
func (s *Server) RenewRecovery(ctx context.Context, who view.Caller) (view.Renewed, error) {
	code, err := s.seal.RecoveryCode()
	if err != nil {
		return view.Renewed{}, err
	}
	ring, err := s.changeKeys(ctx, who, func(tx books.Tx, u ledger.User, at time.Time) (ledger.User, error) {
		f, err := keyFacts(tx, u)
		if err != nil {
			return u, err
		}
		out, err := ledger.DecideRenewCode(
			ledger.KeyOrder{Recovery: seal.HashCode(code), Actor: memberActor(who)}, f, at,
		)
		if err != nil {
			return u, err
		}
		_, err = tx.Append(out.Entry)
		return out.User, err
	})
	if err != nil {
		return view.Renewed{}, err
	}
	return view.Renewed{RecoveryCode: code, OldCodeUntil: ring.OldCodeUntil}, nil
}

// changeKeys stores a change of the keys of the calling member and returns them, and wakes the person's screens.
func (s *Server) changeKeys(
	ctx context.Context, who view.Caller, change func(books.Tx, ledger.User, time.Time) (ledger.User, error),
) (ring view.KeyRing, err error) {
	at := s.clock()
	var id ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		u, err := change(tx, u, at)
		if err != nil {
			return err
		}
		if ring, err = s.keyRing(tx.Reader, u, who, at); err != nil {
			return err
		}
		id = u.ID
		return tx.PutUser(u)
	})
	if err != nil {
		return view.KeyRing{}, err
	}
	s.notifier.wake(topicUser(id))
	return ring, nil
}

// keyFacts loads what a decision about keys needs.
func keyFacts(tx books.Tx, u ledger.User) (f ledger.KeyFacts, err error) {
	f.User = u
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}
