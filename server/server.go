// Package server is the service: one file per use case. Each loads facts, lets package ledger decide, appends, commits
// and wakes whoever watches. Nothing here knows key bytes, HTTP statuses or terminals.
package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/store"
)

// Options are what a server is made of.
type Options struct {
	Store   store.Store
	Seal    *seal.Sealer
	Methods []funding.Method
	Now     func() time.Time
	Log     *slog.Logger
	House   ledger.House // Name ("" is tuppence), Host, URL and Simulated; the rest comes from the policy
	// Operator is the fingerprint of the key that runs the house from the first start on; OperatorName is its comment.
	Operator, OperatorName string
	// OperatorNamed says that somebody asked for this key: then it is refused if its role was taken away.
	OperatorNamed bool
	// KeyEnded is told the fingerprint of a key that may do nothing any more: its sessions end. Nil: nobody is told.
	KeyEnded func(fingerprint string)
	// Deliver sends one webhook and answers the status, 0 if nothing came back. Nil sends none.
	Deliver func(ctx context.Context, d Delivery) (status int, retryAfter time.Duration, err error)
}

// Server is the service over one store.
type Server struct {
	store   store.Store
	seal    *seal.Sealer
	methods []funding.Method
	now     func() time.Time
	log     *slog.Logger
	house   ledger.House
	deliver func(ctx context.Context, d Delivery) (int, time.Duration, error)
	ended   func(fingerprint string)
	memo    books.Memo
	hub     hub
	codes   guesses
	zones   zones
	asked   lookups       // when which deposit was last looked up
	quiet   atomic.Uint64 // entries up to this one that the stored cursor of the outbox does not cover make no event
	due     chan struct{} // wakes the courier: something became due
}

// Open makes a server over the store. On the first start it writes the policy, the kind of the house and the operator;
// later it refuses a store of the other kind and a wrong master secret.
func Open(ctx context.Context, o Options) (*Server, error) {
	s := &Server{
		store: o.Store, seal: o.Seal, methods: o.Methods, now: o.Now, log: o.Log, house: o.House, deliver: o.Deliver, ended: o.KeyEnded,
		due: make(chan struct{}, 1),
	}
	if s.house.Name == "" {
		s.house.Name = "tuppence"
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.ended == nil {
		s.ended = func(string) {}
	}
	kind := "serve"
	if o.House.Simulated {
		kind = "demo"
	}
	if err := s.begin(ctx, kind, o); err != nil {
		return nil, err
	}
	return s, nil
}

// begin compares the store with what this house is, and writes what the first start has to write. A later start writes
// nothing, so it also succeeds where only reading is possible.
func (s *Server) begin(ctx context.Context, kind string, o Options) error {
	check := s.seal.Check()
	known := []struct {
		name   string
		want   []byte
		refuse func(had []byte) error
	}{
		{books.FormatName, []byte(books.Format), func(had []byte) error {
			return fmt.Errorf("the records of this store are of kind %q, this program knows %q: use the program that wrote them, or a newer one", had, books.Format)
		}},
		{"kind", []byte(kind), func(had []byte) error {
			return fmt.Errorf("this store belongs to %q and cannot be opened by %q: real and simulated money never mix; choose another --data directory", had, kind)
		}},
		{"secret", check[:], func([]byte) error {
			return errors.New("the master secret is not the one that this store was made with: put the right file at DIR/secret")
		}},
	}
	first := false
	err := s.view(ctx, func(r books.Reader) error {
		for _, k := range known {
			had, found, err := r.Meta(k.name)
			if err != nil {
				return err
			}
			if found && !bytes.Equal(had, k.want) {
				return k.refuse(had)
			}
			if no, _, err := r.Head(); err != nil {
				return err
			} else if !found && no > 0 {
				return k.refuse(nil) // written before there was such a row
			}
			first = first || !found
		}
		if first || o.Operator == "" {
			return nil
		}
		had, found, err := r.Staff(o.Operator)
		if first = !found; found && o.OperatorNamed && (!had.Ended.IsZero() || had.Role != ledger.RoleOperator) {
			return fmt.Errorf("the key %s is the operator's no more: name another one, or let an operator add it again with staff add", o.Operator)
		}
		return err
	})
	if err != nil || !first {
		return err
	}
	at := s.clock()
	return s.update(ctx, func(tx books.Tx) error {
		for _, k := range known {
			if err := tx.PutMeta(k.name, k.want); err != nil {
				return err
			}
		}
		if _, found, err := tx.Policy(); err != nil {
			return err
		} else if !found {
			if err := tx.PutPolicy(ledger.DefaultPolicy()); err != nil {
				return err
			}
			if _, err := tx.Append(ledger.Entry{
				At: at, Kind: ledger.KindPolicy, Actor: theHouse, Change: &ledger.Change{Name: "policy", New: "first start"},
			}); err != nil {
				return err
			}
		}
		return s.firstOperator(tx, at, o.Operator, o.OperatorName)
	})
}

// firstOperator makes the key an operator if nothing was ever decided about it: a role that was taken away stays away.
func (s *Server) firstOperator(tx books.Tx, at time.Time, fingerprint, name string) error {
	if fingerprint == "" {
		return nil
	}
	if _, found, err := tx.Staff(fingerprint); err != nil || found {
		return err
	}
	if err := tx.PutStaff(ledger.Staff{Fingerprint: fingerprint, Name: name, Role: ledger.RoleOperator, Added: at}); err != nil {
		return err
	}
	_, err := tx.Append(ledger.Entry{
		At: at, Kind: ledger.KindStaff, Actor: theHouse, Change: &ledger.Change{Name: "operator", New: fingerprint},
	})
	return err
}

// clock is the time of an entry: UTC, whole microseconds.
func (s *Server) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// view runs fn on a snapshot of the books.
func (s *Server) view(ctx context.Context, fn func(books.Reader) error) error {
	return answered(s.store.View(ctx, func(kv store.Reader) error { return fn(books.Read(kv)) }))
}

// update runs fn as one transaction and returns when its outcome is durable. fn may run more than once.
func (s *Server) update(ctx context.Context, fn func(books.Tx) error) error {
	return answered(s.store.Update(ctx, func(kv store.Tx) error { return fn(books.Write(kv, &s.memo)) }))
}

// answered turns what a caller can act on into a refusal; other faults stay internal.
func answered(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrBusy):
		return ledger.RefuseUnavailable(time.Second)
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, store.ErrUnknown), errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrConflict):
		return ledger.RefuseUnavailable(time.Minute)
	}
	return err
}

// policy is what the operator decided.
func policy(r books.Reader) (ledger.Policy, error) {
	p, found, err := r.Policy()
	if err == nil && !found {
		err = errors.New("server: the store has no policy")
	}
	return p, err
}

// Head is the number of the newest entry and its hash, for readiness.
func (s *Server) Head(ctx context.Context) (no ledger.EntryNo, hash [32]byte, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		no, hash, err = r.Head()
		return err
	})
	return no, hash, err
}

// Sealer gives the packages that print names their sealer.
func (s *Server) Sealer() *seal.Sealer { return s.seal }
