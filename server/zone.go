package server

import (
	"sync"
	"time"

	"tuppence/server/ledger"
)

// zones keeps the time zones that users have chosen: loading one reads a file, and nothing inside a transaction may.
type zones struct {
	mu sync.RWMutex
	by map[string]*time.Location
}

// load returns the zone with this IANA name; "" is UTC. It refuses with ErrInvalid a name that is unknown here.
func (z *zones) load(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	// Every purchase asks for a zone, and all but the first of each are only readers.
	z.mu.RLock()
	l := z.by[name]
	z.mu.RUnlock()
	if l != nil {
		return l, nil
	}
	if name == "Local" { // no user chooses the zone of the machine
		return nil, badZone(name)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, badZone(name)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.by == nil {
		z.by = map[string]*time.Location{}
	}
	z.by[name] = l
	return l, nil
}

// badZone refuses the name of a time zone.
func badZone(name string) error {
	return ledger.Invalid(
		"zone",
		"Use a name such as Europe/Berlin or UTC.",
		"%q is not a time zone.",
		ledger.CleanLine(name, 40),
	)
}

// zone is where the user's days, weeks and months begin. A name that this machine no longer knows counts as UTC.
func (s *Server) zone(u ledger.User) *time.Location {
	l, err := s.zones.load(u.Zone)
	if err != nil {
		return time.UTC
	}
	return l
}
