// Package server is the service: one file per use case. Each loads facts, lets package ledger decide, appends, commits
// and wakes the screens and pages that show it. Nothing here knows key bytes, HTTP statuses or terminals.
package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
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
	// Ways are the ways in which payouts leave, beside a list. Gateway is the operator's own, nil for none.
	Ways    []funding.PayoutWay
	Gateway *webhook.Gateway
	Now     func() time.Time
	Log     *slog.Logger // nil: nothing is logged
	// House has Name ("" is tuppence), Host, URL and Simulated; the rest comes from the policy.
	House view.House
	// Operator is the fingerprint of the key that is operator from the first start on; OperatorName is its comment.
	Operator, OperatorName string
	// OperatorNamed says that the configuration asks for this key: then it is refused if its role was taken away.
	OperatorNamed bool
	// KeyEnded is told the fingerprint of a key that may do nothing any more: its sessions end, but for the one in a
	// seat, see [view.Caller], which is about to show a code. Nil: not needed.
	KeyEnded func(fingerprint string, but uint64)
	// Deliver makes one attempt to send a webhook. Nil sends none.
	Deliver webhook.Send
	// Voice is how the service is reached by phone; the zero value is not at all.
	Voice VoiceLine
	// Bounds are what one client may use up.
	Bounds Bounds
	// Resolve looks up the name of a webhook endpoint when it is made, for a warning. Nil: there is none.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Prove looks whether a site has the token that proves whose it is. Nil: none has.
	Prove webhook.Prove
	// Fetch gets what was bought from the site of its vendor. Nil: nothing is fetched.
	Fetch *webhook.Fetcher
}

// Server is the service over one store.
type Server struct {
	store    store.Store
	seal     *seal.Sealer
	methods  []funding.Method
	now      func() time.Time
	log      *slog.Logger
	house    view.House
	keyEnded func(fingerprint string, but uint64)
	voice    VoiceLine
	prove    webhook.Prove
	fetch    *webhook.Fetcher

	// What follows is memory only. Each part has its own lock, and a start begins with all of them empty.

	notifier notifier     // wakes screens and pages
	codes    codeLimiter  // who has typed wrong codes
	keyCodes keyCodes     // by which keys can be added
	budgets  budgets      // what each client has used up of what all need
	zones    zones        // time zones that were loaded
	polls    pollSchedule // which deposit was looked up when
	// refundPolls is which redemption is asked about when.
	refundPolls refundPolls
	looks       looks      // whose wallets staff were shown today
	writing     writeModes // sessions in which staff act
	short       shortfall  // whether the assets cover what is owed
	clearing    clearing   // whether a debit may have cleared by now
	// payAccounts tells whether an account may be used from now on.
	payAccounts clearing
	oldFiles    clearing // when files are looked at whose bytes are deleted
	ways        []funding.PayoutWay
	gateway     gateway
	// gatewayWatch is what was wrong at the gateway at the last look.
	gatewayWatch gatewayWatch
	pins         wrongPINs     // what is typed wrong in calls
	callers      callerLimiter // who has typed wrong codes of deposits by phone
	opened       openedNow     // what was opened in the last minutes
	leaving      sync.Map      // the vendors that are leaving content here
	keyUses      sync.Map      // on which day the use of a restricted key was last written down
	dormant      walletWalk    // how far the sweep of unused balances is
	linksEnd     walletWalk    // how far that of permissions is which have to end
	held         heldMonth     // the month that waits for a person
	// slots has one element for each look-up of a deposit that is under way: its capacity bounds them.
	slots chan struct{}
	// keysFrom is where the sweep of idempotency keys goes on; only the sweep reads and writes it.
	keysFrom []byte
	// checkoutsFrom is the same for the sweep of old requests.
	checkoutsFrom []byte
	history       history.Service
	webhooks      *webhook.Outbox
	// restores are the generations of the books, one for each restore. None is made while a service runs.
	restores []ledger.Generation
}

// Open makes a server over the store. On the first start it writes the policy, the kind of the service and the
// operator; later it refuses a store of the other kind and a wrong master secret. It starts nothing: [Server.Run] does
// the work that no request does.
func Open(ctx context.Context, o Options) (*Server, error) {
	s := &Server{
		store: o.Store, seal: o.Seal, methods: o.Methods, now: o.Now, log: o.Log, house: o.House, keyEnded: o.KeyEnded,
		voice: o.Voice, prove: o.Prove, fetch: o.Fetch, pins: newWrongPINs(),
		slots: make(chan struct{}, pollsAtOnce), budgets: newBudgets(o.Bounds),
		looks: looks{seen: map[look]bool{}},
		ways:  append([]funding.PayoutWay{listWay(ledger.WayCSV)}, o.Ways...), gateway: newGateway(o.Gateway),
	}
	if o.Gateway != nil {
		s.ways = append(s.ways, listWay(ledger.WayHook))
	}
	if s.house.Name == "" {
		s.house.Name = "tuppence"
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.prove == nil {
		s.prove = func(context.Context, string, string) error {
			return ledger.Refuse(ledger.ErrOrigin, "Ask the operator.", "Sites are not looked at here.")
		}
	}
	if s.keyEnded == nil {
		s.keyEnded = func(string, uint64) {}
	}
	if err := s.begin(ctx, o); err != nil {
		return nil, err
	}
	if err := s.nameAsRestored(ctx); err != nil {
		return nil, err
	}
	s.history = history.Service{
		Seal: s.seal, Name: s.house.Name, MethodTitle: s.methodTitle, Deposit: s.depositView,
		Zone: s.zone,
	}
	s.webhooks = webhook.New(webhook.Options{
		View: s.view, Update: s.update, Seal: s.seal, Now: s.clock, Do: s.do, Send: o.Deliver,
		Target:   webhook.Target{AllowLoopback: s.house.Simulated, Resolve: o.Resolve},
		Happened: func(v ledger.VendorID) { s.notifier.wake(topicVendor(v)) },
	})
	return s, nil
}

// clock is the time of an entry: UTC, whole microseconds.
func (s *Server) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// update runs fn as one transaction and returns when its outcome is durable. fn may run more than once. It may neither
// wait nor talk to other machines: one writer serves all.
func (s *Server) update(ctx context.Context, fn func(books.Tx) error) error {
	return toRefusal(s.store.Update(ctx, func(kv store.Tx) error {
		tx := books.Write(kv)
		if err := fn(tx); err != nil {
			return err
		}
		return s.settleLate(tx)
	}))
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

// mark is a row that says what the store belongs to. A store with another value is refused: opened by the wrong program
// it would look whole, and what was written then could not be told from what was there.
type mark struct {
	name   string
	want   []byte
	refuse func(had []byte) error
}

// marks are what this program expects of its store. Each refusal says what to do: they are read by an operator whose
// service does not start.
func (s *Server) marks() []mark {
	kind := "serve"
	if s.house.Simulated {
		kind = "demo"
	}
	check := s.seal.Check()
	return []mark{
		{"kind", []byte(kind), func(had []byte) error {
			return fmt.Errorf("this store belongs to %q and cannot be opened by %q: real and simulated money never mix; "+
				"choose another --data directory", had, kind)
		}},
		{"secret", check[:], func([]byte) error {
			return errors.New("the master secret is not the one that this store was made with: " +
				"put the right file at DIR/secret")
		}},
	}
}

// begin compares the store with what this service is, and writes what the first start has to write. A later start
// writes nothing, so it also succeeds where only reading is possible.
func (s *Server) begin(ctx context.Context, o Options) error {
	first := false
	err := s.view(ctx, func(r books.Reader) (err error) {
		if first, err = checkMarks(r, s.marks()); err != nil || first || o.Operator == "" {
			return err
		}
		had, found, err := r.Staff(o.Operator)
		if first = !found; found && o.OperatorNamed && (!had.Ended.IsZero() || had.Role != ledger.RoleOperator) {
			return fmt.Errorf("the key %s is the operator's no more: name another one, "+
				"or let an operator add it again with staff add", o.Operator)
		}
		return err
	})
	if err == nil { // and not before: the books of another service, or under another secret, stay as they are
		err = s.upgrade(ctx)
	}
	if err != nil || !first {
		return err
	}
	// All of it in one commit: a first start that is cut short was none.
	at := s.clock()
	return s.update(ctx, func(tx books.Tx) error {
		for _, m := range append(s.marks(), mark{name: books.FormatName, want: []byte(books.Format)}) {
			if err := tx.PutMeta(m.name, m.want); err != nil {
				return err
			}
		}
		if err := firstPolicy(tx, at); err != nil {
			return err
		}
		return firstOperator(tx, at, o.Operator, o.OperatorName)
	})
}

// upgrade brings the books up to the format of this program. Where nothing can be written the start fails: room may
// come back at any time, and a key that stands where the earlier program put it would then be taken for a new one.
func (s *Server) upgrade(ctx context.Context) error {
	err := books.Upgrade(ctx, s.store, books.UpgradeOptions{Progress: s.upgrading()})
	if errors.Is(err, store.ErrReadOnly) {
		return fmt.Errorf("the books have to be brought up to the format of this program: make room on the disk: %w", err)
	}
	return err
}

// upgrading tells the log how far an upgrade of the books is: at its end, and every few seconds until then.
func (s *Server) upgrading() func(done, all uint64) {
	const every = 5 * time.Second
	var told time.Time
	return func(done, all uint64) {
		if at := s.now(); done == all || at.Sub(told) >= every {
			told = at
			s.log.Info("the books are brought up to the format of this program", "rows", done, "of", all)
		}
	}
}

// checkMarks compares the store with the marks; missing tells that one is not there yet.
func checkMarks(r books.Reader, all []mark) (missing bool, err error) {
	no, _, err := r.Head()
	if err != nil {
		return false, err
	}
	for _, m := range all {
		had, found, err := r.Meta(m.name)
		switch {
		case err != nil:
			return false, err
		case found && !bytes.Equal(had, m.want):
			return false, m.refuse(had)
		case !found && no > 0: // written before there was such a row
			return false, m.refuse(nil)
		}
		missing = missing || !found
	}
	return missing, nil
}

// firstPolicy writes the policy of a new store. A policy that is there stays as it is.
func firstPolicy(tx books.Tx, at time.Time) error {
	if _, found, err := tx.Policy(); err != nil || found {
		return err
	}
	if err := tx.PutPolicy(ledger.DefaultPolicy()); err != nil {
		return err
	}
	_, err := tx.Append(ledger.Entry{
		At: at, Kind: ledger.KindPolicy, Actor: systemActor, Change: &ledger.Change{Name: "policy", New: "first start"},
	})
	return err
}

// firstOperator makes the key an operator if nothing was ever decided about it: a role that was taken away stays away.
func firstOperator(tx books.Tx, at time.Time, fingerprint, name string) error {
	if fingerprint == "" {
		return nil
	}
	if _, found, err := tx.Staff(fingerprint); err != nil || found {
		return err
	}
	if err := mayOpen(tx.Reader, fingerprint); err != nil {
		return err
	}
	err := tx.PutStaff(ledger.Staff{Fingerprint: fingerprint, Name: name, Role: ledger.RoleOperator, Added: at})
	if err != nil {
		return err
	}
	_, err = tx.Append(ledger.Entry{
		At: at, Kind: ledger.KindStaff, Actor: systemActor, Change: &ledger.Change{Name: "operator", New: fingerprint},
	})
	return err
}

// nameAsRestored reads the generations of the books and takes the ciphers of names from them: a name of a branch that a
// restore left behind opens to nothing, whatever has its number now.
func (s *Server) nameAsRestored(ctx context.Context) error {
	err := s.view(ctx, func(r books.Reader) (err error) {
		s.restores, err = r.Generations()
		return err
	})
	s.seal = s.seal.In(s.restores, s.lostName())
	return err
}

// generation is the generation of the books in which numbers are given.
func (s *Server) generation() ledger.Generation {
	if len(s.restores) == 0 {
		return ledger.Generation{}
	}
	return s.restores[len(s.restores)-1]
}

// lostName tells the log once for each kind of name that somebody asks for what a restore has left behind: the caller
// is told that there is no such thing, and an operator who is asked about it finds the reason.
func (s *Server) lostName() func(kind string) {
	var told sync.Map
	return func(kind string) {
		if _, again := told.LoadOrStore(kind, true); !again {
			s.log.Warn("a name was asked for that belongs to what a restore has left behind: not found", "kind", kind)
		}
	}
}
