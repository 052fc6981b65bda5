package server

import (
	"maps"
	"sync"
	"time"

	"tuppence/server/ledger"
)

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
