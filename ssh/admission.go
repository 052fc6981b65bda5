package ssh

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tuppence/server/ledger"
)

// admission counts connections and sessions. Connections are counted before the handshake, because until then they cost
// a client nothing, and refused where a bound is reached. A key that has authenticated is never refused a place: it
// gets that of the longest-silent one of its share (places.go).
type admission struct {
	limits Limits

	mu              sync.Mutex
	unauthenticated int
	waiting         ledger.NetworkCount            // of unauthenticated
	rates           map[netip.Prefix]*rate.Limiter // of new connections
	conns           places[*conn]                  // authenticated
	sessions        places[*session]
}

// maxRates bounds the table of rates; beyond it the table starts anew, which costs an attacker more than it gains.
const maxRates = 8192

func newAdmission(l Limits) *admission {
	return &admission{
		limits: l, waiting: ledger.NetworkCount{}, rates: map[netip.Prefix]*rate.Limiter{},
		conns: newPlaces[*conn](l), sessions: newPlaces[*session](l),
	}
}

// Bounds on connections that have not authenticated, as connect names them. When one of these is reached, a new
// connection may replace the one that has been silent for longest.
const (
	fullAll     = "unauthenticated"
	fullNetwork = "unauthenticated of an address"
)

// allowRate takes one connection from the rates of the networks of an address; false if one is used up. It comes before
// the counts, so that connections that are refused by them use it up as well.
func (a *admission) allowRate(addr netip.Addr) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range ledger.NetworksOf(addr) {
		r := a.rates[w.Prefix]
		if r == nil {
			if len(a.rates) >= maxRates {
				clear(a.rates)
			}
			r = burstOfTenSeconds(a.limits.ConnRate * float64(w.Shares))
			a.rates[w.Prefix] = r
		}
		if !r.Allow() {
			return false
		}
	}
	return true
}

func burstOfTenSeconds(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(10*perSecond)))
}

// connect counts a new connection as unauthenticated, or names the bound that refuses it and the network that is full.
func (a *admission) connect(addr netip.Addr) (refused string, full netip.Prefix) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if full, ok := a.waiting.Full(addr, a.limits.UnauthenticatedPerAddr); ok {
		return fullNetwork, full
	}
	if a.unauthenticated >= a.limits.Unauthenticated {
		return fullAll, full
	}
	a.unauthenticated++
	a.waiting.Add(addr)
	return "", full
}

// authenticate gives a connection a place of its class. It returns the one that made room, with the reason.
func (a *admission) authenticate(c *conn, as class) (gone *conn, why *ending) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unauthenticated--
	a.waiting.Remove(c.addr)
	return a.conns.take(c, as)
}

// disconnect takes a connection out of the counts.
func (a *admission) disconnect(c *conn, authenticated bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if authenticated {
		a.conns.leave(c)
		return
	}
	a.unauthenticated--
	a.waiting.Remove(c.addr)
}

// openSession gives a session a place. It returns what made room: at most one session of the same key, and one session
// and one connection of the same share. A key that has joined a wallet since takes the places of its new class.
func (a *admission) openSession(v *session, as class) (evicted []eviction) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if was, ok := a.conns.held[v.conn]; ok && was != as {
		if gone, why := a.conns.take(v.conn, as); why != nil {
			evicted = append(evicted, eviction{gone, why})
		}
	}
	ofKey := 0
	for other := range a.sessions.held {
		if other.key == v.key {
			ofKey++
		}
	}
	if ofKey >= a.limits.SessionsPerKey {
		gone := longestSilent(a.sessions.held, func(o *session, _ class) bool { return o.key == v.key })
		a.sessions.leave(gone)
		evicted = append(evicted, eviction{gone, endKeyFull})
	}
	if gone, why := a.sessions.take(v, as); why != nil {
		evicted = append(evicted, eviction{gone, why})
	}
	return evicted
}

func (a *admission) closeSession(v *session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions.leave(v)
}

func (a *admission) load() Load {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Load{
		Conns: a.unauthenticated + len(a.conns.held), Unauthenticated: a.unauthenticated, Sessions: len(a.sessions.held),
	}
}

// eviction is what lost its place to a newcomer, and why. It has left the counts already, so that a client that is
// frozen does not keep the newcomer waiting.
type eviction struct {
	who interface{ evict(*ending) }
	why *ending
}

// evict ends what lost its place. No lock is held: closing takes those of connections.
func (s *Server) evict(all ...eviction) {
	for _, e := range all {
		s.observe(Event{Kind: EventEvicted, Reason: e.why.reason})
		e.who.evict(e.why)
	}
}

// addressOf returns what a connection is counted under; the zero Addr, one bound for all, where it is not TCP.
func addressOf(a net.Addr) netip.Addr {
	remote, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Addr{}
	}
	return remote.Addr()
}

// minGrace is how long an unauthenticated connection keeps its place although others wait for it. A log-in takes less.
const minGrace = time.Second

// admitConn counts a new connection, or names the bound that refuses it. Where too many have not authenticated, the one
// that has been silent for longest is closed: connections that say nothing keep no client out, not even one behind
// the same address.
func (s *Server) admitConn(c *conn) (refused string) {
	if !s.admission.allowRate(c.addr) {
		return "rate of an address"
	}
	why, full := s.admission.connect(c.addr)
	if why == "" {
		return ""
	}
	old := s.oldestUnauthenticated(func(o *conn) bool { return why == fullAll || inNetwork(o.addr, full) })
	if old == nil || c.since.Sub(old.since) < minGrace || !old.closeUnauthenticated() {
		return why
	}
	s.observe(Event{Kind: EventRefused, Reason: why})
	refused, _ = s.admission.connect(c.addr)
	return refused
}

// oldestUnauthenticated returns the connection that has waited longest for its log-in of those that which chooses; nil
// if there is none.
func (s *Server) oldestUnauthenticated(which func(*conn) bool) (oldest *conn) {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		if which(c) {
			conns = append(conns, c)
		}
	}
	s.mu.Unlock()
	for _, c := range conns {
		if (oldest == nil || c.since.Before(oldest.since)) && !c.isAuthenticated() {
			oldest = c
		}
	}
	return oldest
}
