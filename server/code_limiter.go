package server

import (
	"maps"
	"net/netip"
	"sync"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// codeLimiter bounds how often a caller may type a wrong code: 10 at once for a key, then one each 30 seconds (RFC
// 8628, 5.1). A key pays for its own guesses. Fresh keys cost nothing, so short codes have a bound for an address too,
// a hundred times as wide: many people may be behind it. With 34.5 bits in a code and a few thousand open ones, an
// address needs weeks per hit, and a hit is the chance to pay for another person's purchase. Codes of 130 bits, of
// recoveries and transfers, cannot be guessed at any rate, so nobody is locked out for the guesses of another.
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
	longCode  codeKind = true  // 130 bits: of a recovery, of a transfer
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
