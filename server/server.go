// Package server is the service: one file per use case. Each loads facts, lets package ledger decide, appends, commits
// and wakes the screens and pages that show it. Nothing here knows key bytes, HTTP statuses or terminals.
package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
	"tuppence/server/webhook"
	"tuppence/store"
)

// Options are what a server is made of.
type Options struct {
	Store store.Store
	Seal  *seal.Sealer
	// Methods are the ways to add funds. Their names stand in the books, so one that was offered once stays known.
	Methods []funding.Method
	Now     func() time.Time
	Log     *slog.Logger // nil: nothing is logged
	// House has Name ("" is tuppence), Host, URL and Simulated; the rest comes from the policy.
	House view.House
	// Operator is the fingerprint of the key that is operator from the first start on; OperatorName is its comment.
	Operator, OperatorName string
	// OperatorNamed says that the configuration asks for this key: then it is refused if its role was taken away.
	OperatorNamed bool
	// KeyEnded is told the fingerprint of a key that may do nothing any more: its sessions end. Nil: not needed.
	KeyEnded func(fingerprint string)
	// Deliver makes one attempt to send a webhook. Nil sends none.
	Deliver webhook.Send
}

// Server is the service over one store.
type Server struct {
	store    store.Store
	seal     *seal.Sealer
	methods  []funding.Method
	now      func() time.Time
	log      *slog.Logger
	house    view.House
	keyEnded func(fingerprint string)

	// What follows is memory only. Each part has its own lock, and a start begins with all of them empty.

	notifier notifier     // wakes screens and pages
	codes    codeLimiter  // who has typed wrong codes
	zones    zones        // time zones that were loaded
	polls    pollSchedule // which deposit was looked up when
	// slots has one element for each look-up of a deposit that is under way: its capacity bounds them.
	slots chan struct{}
	// keysFrom is where the sweep of idempotency keys goes on; only the sweep reads and writes it.
	keysFrom []byte
	history  history.Service
	webhooks *webhook.Outbox
}

// Open makes a server over the store. On the first start it writes the policy, the kind of the service and the
// operator; later it refuses a store of the other kind and a wrong master secret. It starts nothing: [Server.Run] does
// the work that no request does.
func Open(ctx context.Context, o Options) (*Server, error) {
	s := &Server{
		store: o.Store, seal: o.Seal, methods: o.Methods, now: o.Now, log: o.Log, house: o.House, keyEnded: o.KeyEnded,
		slots: make(chan struct{}, pollsAtOnce),
	}
	if s.house.Name == "" {
		s.house.Name = "tuppence"
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.keyEnded == nil {
		s.keyEnded = func(string) {}
	}
	s.history = history.Service{
		Seal: s.seal, Name: s.house.Name, MethodTitle: s.methodTitle, Deposit: s.depositView,
	}
	s.webhooks = webhook.New(webhook.Options{
		View: s.view, Update: s.update, Seal: s.seal, Now: s.clock, Do: s.do, Send: o.Deliver,
	})
	if err := s.begin(ctx, o); err != nil {
		return nil, err
	}
	return s, nil
}

// clock is the time of an entry: UTC, whole microseconds.
func (s *Server) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// view runs fn on a snapshot of the books. Readers never wait for the writer.
func (s *Server) view(ctx context.Context, fn func(books.Reader) error) error {
	return toRefusal(s.store.View(ctx, func(kv store.Reader) error { return fn(books.Read(kv)) }))
}

// update runs fn as one transaction and returns when its outcome is durable. fn may run more than once. It may neither
// wait nor talk to other machines: one writer serves all.
func (s *Server) update(ctx context.Context, fn func(books.Tx) error) error {
	return toRefusal(s.store.Update(ctx, func(kv store.Tx) error { return fn(books.Write(kv)) }))
}

// toRefusal turns what a caller can act on into a refusal; other faults stay internal. A full queue frees in a second;
// a store that cannot write needs its operator, so the caller is told to come back in a minute.
func toRefusal(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrBusy):
		return ledger.RefuseUnavailable(time.Second)
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, store.ErrUnknown), errors.Is(err, store.ErrClosed),
		errors.Is(err, store.ErrConflict):
		return ledger.RefuseUnavailable(time.Minute)
	}
	return err
}

// orMissing returns the fault, or else the refusal of what does not exist in the caller's wallet.
func orMissing(err error) error { return history.OrMissing(err) }

// Head returns the number of the newest entry and its hash, for readiness. Two programs over the same books have the
// same head.
func (s *Server) Head(ctx context.Context) (no ledger.EntryNo, hash [32]byte, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		no, hash, err = r.Head()
		return err
	})
	return no, hash, err
}

// Sealer gives the packages that print names their sealer.
func (s *Server) Sealer() *seal.Sealer { return s.seal }
