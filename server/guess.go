package server

import (
	"sync"
	"time"

	"tuppence/server/ledger"
)

// guesses bounds how often somebody may type a wrong code: 10 at once, then one each 30 seconds (RFC 8628, 5.1). With
// 34.5 bits in a code and a few thousand open ones, a guesser needs years per hit.
type guesses struct {
	mu   sync.Mutex
	by   map[string]*bucket
	tidy time.Time
}

type bucket struct {
	left float64
	at   time.Time
}

const (
	guessBurst = 10
	guessEvery = 30 * time.Second
)

// refill must be called with the lock held.
func (g *guesses) refill(who string, now time.Time) *bucket {
	if g.by == nil {
		g.by = map[string]*bucket{}
	}
	if now.Sub(g.tidy) > guessBurst*guessEvery { // full buckets need no memory
		for k, b := range g.by {
			if now.Sub(b.at) > guessBurst*guessEvery {
				delete(g.by, k)
			}
		}
		g.tidy = now
	}
	b := g.by[who]
	if b == nil {
		b = &bucket{left: guessBurst, at: now}
		g.by[who] = b
	}
	b.left = min(guessBurst, b.left+now.Sub(b.at).Seconds()/guessEvery.Seconds())
	b.at = now
	return b
}

// allow refuses whoever has guessed wrong too often.
func (g *guesses) allow(who string, now time.Time) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b := g.refill(who, now); b.left < 1 {
		r := ledger.Refuse(ledger.ErrRate, "Wait half a minute, then type the code exactly as shown.", "Too many wrong codes.")
		r.Retry = guessEvery
		return r
	}
	return nil
}

// wrong counts one wrong code.
func (g *guesses) wrong(who string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refill(who, now).left--
}
