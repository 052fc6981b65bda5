package server

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// callerFacts is what the books know of a calling key: its wallet, its role as staff, both or neither.
type callerFacts struct {
	user     ledger.User
	isMember bool
	staff    ledger.Staff
	isStaff  bool
}

// resolveCaller returns what the calling key is. It runs in the same snapshot or transaction as what the caller asks
// for, so that a key that has ended is refused at once.
func resolveCaller(r books.Reader, who view.Caller) (f callerFacts, err error) {
	if who.Fingerprint == "" {
		return f, nil
	}
	if f.staff, f.isStaff, err = r.Staff(who.Fingerprint); err != nil {
		return f, err
	}
	f.isStaff = f.isStaff && f.staff.Ended.IsZero()
	f.user, f.isMember, err = userByKey(r, who)
	return f, err
}

// userByKey returns the user whose live key is calling.
func userByKey(r books.Reader, who view.Caller) (u ledger.User, found bool, err error) {
	id, found, err := r.UserByKey(who.Fingerprint)
	if err != nil || !found {
		return ledger.User{}, false, err
	}
	return r.User(id)
}

// member returns the user whose live key is calling, or the refusal that tells how to get a wallet. It refuses with
// ErrNotJoined an unknown or ended key, and with ErrNotAllowed the key of a closed wallet.
func member(r books.Reader, who view.Caller) (ledger.User, error) {
	u, found, err := userByKey(r, who)
	switch {
	case err != nil:
		return u, err
	case !found:
		return u, ledger.RefuseNotJoined()
	case u.Status == ledger.UserClosed:
		return u, ledger.Refuse(ledger.ErrNotAllowed, "Open a new wallet with another key.", "This wallet is closed.")
	}
	return u, nil
}

// viewMember runs fn for the calling member on a snapshot of the books. It refuses a caller without a wallet. What a
// use case reads, it reads on this snapshot: the answer fits together. It refuses with ErrRate a key that has read too
// much: see [Bounds].
func (s *Server) viewMember(ctx context.Context, who view.Caller, fn func(books.Reader, ledger.User) error) error {
	return s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) error {
		u, err := member(r, who)
		if err != nil {
			return err
		}
		return fn(r, u)
	})
}

// updateMember runs fn for the calling member as one transaction. The member is read in the same transaction: a key
// that has ended meanwhile changes nothing. fn may run more than once.
//
// What a member writes costs nothing and lasts, so a day has a number of it: see [Bounds].Changes. It refuses with
// ErrRate what is more.
func (s *Server) updateMember(ctx context.Context, who view.Caller, fn func(books.Tx, ledger.User) error) error {
	u, err := s.memberOf(ctx, who)
	if err != nil {
		return err
	}
	if err := spend(s.budgets.changes, userOwner(u.ID), "changes of this wallet", s.clock()); err != nil {
		return err
	}
	return s.updateAsMember(ctx, who, fn)
}

// updateAsMember is updateMember for what is bounded by something else: an answer, by the requests that are asked.
func (s *Server) updateAsMember(ctx context.Context, who view.Caller, fn func(books.Tx, ledger.User) error) error {
	return s.update(ctx, func(tx books.Tx) error {
		u, err := member(tx.Reader, who)
		if err != nil {
			return err
		}
		return fn(tx, u)
	})
}

// onceMember runs fn for the calling member in one transaction, unless its idempotency key has been used: see
// [Server.idempotent]. It returns the member, who is the owner of the key.
//
// The member is read twice. Outside of the transaction the key needs its owner; inside it, what the member may do is
// looked at again.
func (s *Server) onceMember(
	ctx context.Context, who view.Caller, key string, what [32]byte, at time.Time,
	fn func(books.Tx, ledger.User) (kind string, ref []byte, err error),
) (u ledger.User, ref []byte, replayed bool, err error) {
	u, err = s.memberOf(ctx, who)
	if err != nil {
		return u, nil, false, err
	}
	if err := spend(s.budgets.changes, userOwner(u.ID), "changes of this wallet", s.clock()); err != nil {
		return u, nil, false, err
	}
	if key, err = s.key(key); err != nil {
		return u, nil, false, err
	}
	q := request{Owner: userOwner(u.ID), Key: key, At: at, Fingerprint: what}
	ref, replayed, err = s.idempotent(ctx, q, func(tx books.Tx) (string, []byte, error) {
		u, err := member(tx.Reader, who)
		if err != nil {
			return "", nil, err
		}
		return fn(tx, u)
	})
	return u, ref, replayed, err
}

// memberOf returns the member behind a key. It is a look before a write, and takes nothing from the budget of reads.
func (s *Server) memberOf(ctx context.Context, who view.Caller) (u ledger.User, err error) {
	err = s.view(ctx, func(r books.Reader) (err error) {
		u, err = member(r, who)
		return err
	})
	return u, err
}

// memberActor is the actor of what a member does.
func memberActor(who view.Caller) ledger.Actor {
	return ledger.Actor{Role: ledger.RoleUser, Key: who.Fingerprint}
}

// systemActor is the actor of what rules and timers do.
var systemActor = ledger.Actor{Role: ledger.RoleSystem}

// userOwner names a user as the owner of an idempotency key. Vendors have the prefix "v/": two owners never share a
// key.
func userOwner(u ledger.UserID) string { return "u/" + strconv.FormatUint(uint64(u), 10) }

// key makes an idempotency key for a caller that sent none: it is used once and stops nothing but a repeated run of
// the same call.
func (s *Server) key(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	raw, err := s.seal.Random(16)
	if err != nil {
		return "", err
	}
	return "auto-" + base64.RawURLEncoding.EncodeToString(raw), nil
}

// WhoAmI tells what the key may do. An unknown key is not an error: its role is RoleNone. A key by which a program pays
// is refused with ErrNotAllowed: it opens nothing. A key of staff has its
// role even if it also has a wallet. Each log-in and each command begins with it, so it writes down once a day that the
// key was used.
func (s *Server) WhoAmI(ctx context.Context, who view.Caller) (id view.Identity, err error) {
	at, unseen, back := s.clock(), false, false
	err = s.view(ctx, func(r books.Reader) error {
		f, err := resolveCaller(r, who)
		if err != nil {
			return err
		}
		id = view.Identity{Fingerprint: who.Fingerprint}
		if f.isMember {
			if id, err = identityOf(r, f.user, who, at); err != nil {
				return err
			}
			_, unseen = f.user.Used(who.Fingerprint, at, s.zone(f.user))
			if back, err = ownerIsBack(r, f.user); err != nil {
				return err
			}
		}
		if !f.isMember && !f.isStaff {
			if err := mayOpen(r, who.Fingerprint); err != nil {
				return err
			}
		}
		if f.isStaff {
			id.Role, id.Name = f.staff.Role, f.staff.Name
			if id.Alarm, err = s.alarm(r, f.staff, at); err != nil {
				return err
			}
			if month := s.monthAlarm(f.staff); month != "" {
				id.Alarm = strings.TrimPrefix(id.Alarm+". "+month, ". ")
			}
		}
		return withTeam(r, &id)
	})
	if err == nil && unseen {
		s.noteUse(ctx, who, at)
	}
	if err == nil && back {
		s.welcomeBack(ctx, who, at)
	}
	return id, err
}

// noteUseWait bounds how long a log-in waits for the writer: it is allowed without it.
const noteUseWait = time.Second

// noteUse writes down that a key was used today. Where nothing can be written people log in and read all the same.
func (s *Server) noteUse(ctx context.Context, who view.Caller, at time.Time) {
	ctx, done := context.WithTimeout(ctx, noteUseWait)
	defer done()
	_ = s.updateAsMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		u, changed := u.Used(who.Fingerprint, at, s.zone(u))
		if !changed {
			return nil
		}
		return tx.PutUser(u)
	})
}

// welcomeBack brings back what was unclaimed, as noteUse writes. What cannot be written now is at the next log-in.
func (s *Server) welcomeBack(ctx context.Context, who view.Caller, at time.Time) {
	ctx, done := context.WithTimeout(ctx, noteUseWait)
	defer done()
	if err := s.welcome(ctx, who, at); err != nil {
		s.log.Warn("what is unclaimed did not come back", "error", err)
	}
}

// identityOf shows a member what its key may do. The key of a closed wallet may do nothing.
func identityOf(r books.Reader, u ledger.User, who view.Caller, at time.Time) (id view.Identity, err error) {
	id = view.Identity{
		Fingerprint: who.Fingerprint, Role: ledger.RoleUser, Handle: u.Handle, Settings: view.SettingsOf(u),
		NewUntil: view.At(u.YoungUntil(who.Fingerprint, at)),
	}
	if u.Status == ledger.UserClosed {
		id.Role = ledger.RoleNone
	}
	by, err := referrer(r, u, at)
	if by.ID != 0 {
		id.BroughtBy, id.BroughtUntil = by.Name, view.At(u.Brought.Until)
	}
	return id, err
}

// Watch wakes the channel whenever something of this caller may have changed, until ctx ends. A key that joins a wallet
// later is woken for that wallet from then on.
//
// The channel has room for one wake-up: the watcher reads again what it shows, unless only its window went on.
func (s *Server) Watch(ctx context.Context, who view.Caller) (<-chan view.Wake, error) {
	var topics []string
	err := s.view(ctx, func(r books.Reader) error {
		f, err := resolveCaller(r, who)
		topics = []string{topicKey(who.Fingerprint)}
		if f.isMember {
			topics = append(topics, topicUser(f.user.ID))
		}
		if f.isStaff {
			topics = append(topics, topicDesk)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.notifier.watch(ctx, topics...), nil
}
