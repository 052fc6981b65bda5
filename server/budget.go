package server

import (
	"context"
	"iter"
	"maps"
	"net/netip"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// Bounds are what one client may use of the service that all others need, too. A zero field takes the value of
// [DefaultBounds].
type Bounds struct {
	// Rows is how many rows of the books a key may have read for it in a second, on screens and by commands, and a vendor
	// by its lists, after RowsBurst at once. A page of 50 rows reads some 150, a search through 1,000 entries some 2,000.
	Rows, RowsBurst int
	// Changes is how many changes a wallet may make in a day, Changes at once: what it may write without paying for it.
	Changes int
	// Requests is how many requests, offers and endpoints a vendor may make in a day, Requests at once.
	Requests int
	// Acts is how many things a member of a vendor's team may write in a day, Acts at once, and how many rows of
	// catalogues it may try out: nothing of what the vendor's server may.
	Acts int
	// Views is how many uses of grants a vendor may count in a day, Views at once: each is an entry that nobody pays for.
	Views int
	// Joins is how many wallets may be opened in a day from one network (see [ledger.NetworkOf]), Joins at once.
	Joins int
	// Arrivals is how many requests the browsers of one network may open by static links in a day, Arrivals at once: no
	// vendor has asked for them, and nobody pays.
	Arrivals int
	// Holds is how many payments a program may have authorized in a day, Holds at once: what is given back has cost
	// nothing. Each agent of a wallet has its own.
	Holds int
}

// DefaultBounds are for a small machine: a key that reads as much as it may takes a few hundredths of a core.
func DefaultBounds() Bounds {
	return Bounds{
		Rows: 5_000, RowsBurst: 50_000, Changes: 2_000, Requests: 100_000, Acts: 10_000, Views: 5_000_000, Joins: 500,
		Arrivals: 2_000, Holds: 20_000,
	}
}

// withDefaults returns the bounds with the defaults where a field is not set.
func (b Bounds) withDefaults() Bounds {
	d := DefaultBounds()
	for _, f := range []struct {
		mine *int
		std  int
	}{
		{&b.Rows, d.Rows},
		{&b.RowsBurst, d.RowsBurst},
		{&b.Changes, d.Changes},
		{&b.Requests, d.Requests},
		{&b.Acts, d.Acts},
		{&b.Views, d.Views},
		{&b.Joins, d.Joins},
		{&b.Arrivals, d.Arrivals},
		{&b.Holds, d.Holds},
	} {
		if *f.mine <= 0 {
			*f.mine = f.std
		}
	}
	return b
}

// teamInvites is how many codes for new members the owners of a team may make in a day: each member has its own acts.
const teamInvites = 2 * ledger.MaxTeam

const oneDay = 24 * time.Hour

// budgets is what each key, wallet, vendor and network has used up of [Bounds].
type budgets struct {
	rows     *allowance // read, by key and by vendor
	changes  *allowance // written, by wallet
	requests *allowance // written, by vendor
	acts     *allowance // written by members of teams, by key
	invites  *allowance // codes for new members of a team, by vendor
	views    *allowance // uses of grants, by vendor
	joins    *allowance // wallets opened, by network
	proofs   *allowance // looks at sites, by vendor
	arrivals *allowance // requests of static links, by network
	holds    *allowance // payments of programs, by agent
}

func newBudgets(b Bounds) budgets {
	b = b.withDefaults()
	return budgets{
		rows:     newAllowance(b.RowsBurst, time.Second/time.Duration(b.Rows)),
		changes:  newAllowance(b.Changes, oneDay/time.Duration(b.Changes)),
		requests: newAllowance(b.Requests, oneDay/time.Duration(b.Requests)),
		acts:     newAllowance(b.Acts, oneDay/time.Duration(b.Acts)),
		invites:  newAllowance(teamInvites, oneDay/teamInvites),
		views:    newAllowance(b.Views, oneDay/time.Duration(b.Views)),
		proofs:   newAllowance(proofs, oneDay/proofs),
		arrivals: newAllowance(b.Arrivals, oneDay/time.Duration(b.Arrivals)),
		holds:    newAllowance(b.Holds, oneDay/time.Duration(b.Holds)),
		joins:    newAllowance(b.Joins, oneDay/time.Duration(b.Joins)),
	}
}

// spend takes one of a day's allowance, or refuses with ErrRate and the time. It is called where something is about to
// be written, outside of the transaction, which may run more than once.
func spend(a *allowance, name, what string, now time.Time) error {
	if wait := a.wait(name, now); wait > 0 {
		return ledger.RefuseDay(what, wait)
	}
	a.use(name, 1, now)
	return nil
}

// viewFor is view for a client that has a budget of rows. Who has used it up is refused with ErrRate before anything is
// read; what is read meanwhile by other sessions of the same key counts at once.
func (s *Server) viewFor(ctx context.Context, client string, fn func(books.Reader) error) error {
	if wait := s.budgets.rows.wait(client, s.clock()); wait > 0 {
		return ledger.RefuseReads(wait)
	}
	m := meter{ctx: ctx, count: func(rows int) { s.budgets.rows.use(client, rows, s.clock()) }}
	defer m.settle()
	return s.viewThrough(ctx, &m, fn)
}

// view runs fn on a snapshot of the books. Readers never wait for the writer.
func (s *Server) view(ctx context.Context, fn func(books.Reader) error) error {
	return s.viewThrough(ctx, &meter{ctx: ctx, count: func(int) {}}, fn)
}

func (s *Server) viewThrough(ctx context.Context, m *meter, fn func(books.Reader) error) error {
	return toRefusal(s.store.View(ctx, func(kv store.Reader) error { return fn(books.Read(meteredReader{kv, m})) }))
}

// meter counts the rows that one call reads, and ends the call with its context: no walk has to look at it itself.
type meter struct {
	ctx   context.Context
	count func(rows int)
	rows  int // not yet counted
}

// meterEvery is after how many rows they are counted: a call that is under way counts against others of its client.
const meterEvery = 256

func (m *meter) row() error {
	if m.rows++; m.rows == meterEvery {
		m.settle()
	}
	return m.ctx.Err()
}

func (m *meter) settle() {
	m.count(m.rows)
	m.rows = 0
}

// meteredReader is a snapshot that is read under a meter.
type meteredReader struct {
	store.Reader
	*meter
}

func (r meteredReader) Get(key []byte) ([]byte, error) {
	if err := r.row(); err != nil {
		return nil, err
	}
	return r.Reader.Get(key)
}

func (r meteredReader) Load(key []byte, d store.Decoder) (store.Value, error) {
	if err := r.row(); err != nil {
		return nil, err
	}
	return r.Reader.Load(key, d)
}

func (r meteredReader) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		for kv, err := range r.Reader.Scan(from, to, reverse, limit) {
			if err == nil {
				err = r.row()
			}
			if !yield(kv, err) || err != nil {
				return
			}
		}
	}
}

// allowance is how much of something each name may use: burst at once, then one more in each pause. It is memory only,
// and holds those names only that have not all of it back: what it remembers is bounded by what was used.
type allowance struct {
	burst int
	every time.Duration // until one more is there

	mu   sync.Mutex
	free map[string]time.Time // when all of it is there again; each use pushes it on
	tidy time.Time            // of the last look for names that can go
	now  time.Time            // the latest that it was
}

func newAllowance(burst int, every time.Duration) *allowance {
	return &allowance{burst: burst, every: every, free: map[string]time.Time{}}
}

// wait returns how long a name has to wait before it may use one more, 0 if it may now.
func (a *allowance) wait(name string, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.follow(now)
	at, used := a.free[name]
	if !used {
		return 0
	}
	return max(0, at.Sub(now)-time.Duration(a.burst-1)*a.every)
}

// use takes some, also more than are left: what was used can be known too late to be refused. Then the wait is longer.
func (a *allowance) use(name string, some int, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.follow(now)
	if window := time.Duration(a.burst) * a.every; now.Sub(a.tidy) > window {
		maps.DeleteFunc(a.free, func(_ string, at time.Time) bool { return !at.After(now) })
		a.tidy = now
	}
	at := a.free[name]
	if at.Before(now) {
		at = now
	}
	a.free[name] = at.Add(time.Duration(some) * a.every)
}

// follow takes the time. What was used while the clock was ahead is forgotten: nobody waits until a time that was
// wrong.
func (a *allowance) follow(now time.Time) {
	if !ledger.Happened(a.now, now) {
		clear(a.free)
		a.now, a.tidy = now, now
	}
	if a.now.Before(now) {
		a.now = now
	}
}

// codeLimiter bounds how often a caller may type a wrong code: 10 at once for a key, then one each 30 seconds (RFC
// 8628, 5.1). A key pays for its own guesses. Fresh keys cost nothing, so short codes have a bound for an address too,
// a hundred times as wide: many people may be behind it. With 34.5 bits in a code and a few thousand open ones, an
// address needs weeks per hit, and a hit is the chance to pay for another person's purchase. Codes of 75 bits or more,
// of recoveries, transfers, invitations and vouchers, cannot be guessed at any rate, so nobody is locked out for the
// guesses of another.
type codeLimiter struct {
	mu   sync.Mutex
	free map[string]time.Time // when all guesses of a guesser are there again; until then each wrong one pushes it on
	tidy time.Time            // of the last look for entries that can go
}

// Bounds of wrong codes of one key, and of all keys at one address together.
const (
	guessBurst   = 10
	guessEvery   = 30 * time.Second
	guessWindow  = guessBurst * guessEvery // after it all guesses are there again
	addressBurst = 100 * guessBurst
)

// codeKind tells codes apart by whether they can be guessed.
type codeKind bool

const (
	shortCode codeKind = false // 34.5 bits: of a request to pay
	longCode  codeKind = true  // 75 bits or more: of a recovery, a transfer, an invitation, a voucher
)

// guessers are the names under which a wrong code of the caller is counted, and how soon each may type the next one. A
// caller without a readable address is counted by its key only.
func guessers(who view.Caller, kind codeKind) map[string]time.Duration {
	all := map[string]time.Duration{topicKey(who.Fingerprint): guessEvery}
	at, err := netip.ParseAddrPort(who.Remote)
	if err != nil || kind == longCode {
		return all
	}
	for _, w := range ledger.NetworksOf(at.Addr()) {
		all["a/"+w.Prefix.String()] = guessWindow / time.Duration(addressBurst*w.Shares)
	}
	return all
}

// allow refuses a caller who has guessed wrong too often. All codes share the count of a key: approvals, claims and
// recoveries are guessed by the same people.
func (l *codeLimiter) allow(who view.Caller, kind codeKind, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, every := range guessers(who, kind) {
		if l.free[name].Sub(now) > guessWindow { // the clock was ahead: one guess, then as ever
			l.free[name] = now.Add(guessWindow - every)
		}
		if l.free[name].Sub(now) > guessWindow-every {
			r := ledger.Refuse(
				ledger.ErrRate, "Wait half a minute, then type the code exactly as shown.", "Too many wrong codes.",
			)
			r.Retry = guessEvery
			return r
		}
	}
	return nil
}

// wrong counts one wrong code. What is remembered is bounded by how fast wrong codes can come. Entries whose guesses
// are all there again are dropped.
func (l *codeLimiter) wrong(who view.Caller, kind codeKind, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.free == nil {
		l.free = map[string]time.Time{}
	}
	if now.Sub(l.tidy) > guessWindow {
		maps.DeleteFunc(l.free, func(_ string, at time.Time) bool { return !at.After(now) })
		l.tidy = now
	}
	for name, every := range guessers(who, kind) {
		at := l.free[name]
		if at.Before(now) {
			at = now
		}
		l.free[name] = at.Add(every)
	}
}
