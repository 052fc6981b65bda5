// Package servertest has what a service takes from outside, in a form that a test controls: the time and randomness.
package servertest

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Clock is a clock that only the test moves. It is safe for many goroutines.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock returns a clock that stands at 10:00 UTC on 24 November 2026, a Tuesday.
func NewClock() *Clock {
	return &Clock{at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
}

// Now returns where the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Pass moves the clock on, or back when d is negative.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Random is randomness that every run repeats. It is safe for many goroutines, and never for secrets.
type Random struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

// NewRandom returns the sequence that belongs to the seed.
func NewRandom(seed byte) *Random {
	return &Random{source: rand.NewChaCha8([32]byte{seed})}
}

// Read implements io.Reader. It never fails.
func (r *Random) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Read(b)
}
