package server

import (
	"maps"
	"net/netip"
	"sync"
	"time"

	"tuppence/server/ledger"
)

// guesses bounds how often somebody may type a wrong code: 10 at once for a key, then one each 30 seconds (RFC 8628, 5.1).
// Fresh keys cost nothing, so an address has a bound of its own, ten times as wide: many people may be behind it. With
// 34.5 bits in a code and a few thousand open ones, a guesser needs years per hit.
type guesses struct {
	mu   sync.Mutex
	free map[string]time.Time // when all guesses of somebody are there again; until then each wrong one pushes it on
	tidy time.Time
}

const (
	guessBurst   = 10
	guessEvery   = 30 * time.Second
	guessWindow  = guessBurst * guessEvery // after it all guesses are there again
	addressBurst = 10 * guessBurst
)

// guessers are who has to answer for a wrong code of the caller, and how soon each may type the next one.
func guessers(who ledger.Caller) map[string]time.Duration {
	all := map[string]time.Duration{topicKey(who.Fingerprint): guessEvery}
	if at, err := netip.ParseAddrPort(who.Remote); err == nil {
		ip := at.Addr().Unmap().WithZone("")
		bits := ip.BitLen()
		if ip.Is6() {
			bits = 64 // what one customer of a provider has
		}
		if net, err := ip.Prefix(bits); err == nil {
			all["a/"+net.String()] = guessWindow / addressBurst
		}
	}
	return all
}

// allow refuses whoever has guessed wrong too often.
func (g *guesses) allow(who ledger.Caller, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, every := range guessers(who) {
		if g.free[name].Sub(now) > guessWindow-every {
			r := ledger.Refuse(ledger.ErrRate, "Wait half a minute, then type the code exactly as shown.", "Too many wrong codes.")
			r.Retry = guessEvery
			return r
		}
	}
	return nil
}

// wrong counts one wrong code. What is remembered is bounded by how fast wrong codes can come.
func (g *guesses) wrong(who ledger.Caller, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.free == nil {
		g.free = map[string]time.Time{}
	}
	if now.Sub(g.tidy) > guessWindow {
		maps.DeleteFunc(g.free, func(_ string, at time.Time) bool { return !at.After(now) })
		g.tidy = now
	}
	for name, every := range guessers(who) {
		at := g.free[name]
		if at.Before(now) {
			at = now
		}
		g.free[name] = at.Add(every)
	}
}
