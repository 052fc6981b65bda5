package ssh

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tuppence/server/ledger"
)

// admission counts connections and sessions and refuses the next one when a bound is reached. Connections are counted
// before the handshake, because until then they cost a client nothing; sessions of a key are counted in the chain.
type admission struct {
	limits Limits

	mu              sync.Mutex
	conns           map[string]int           // by network
	unauthenticated map[string]int           // by network
	keys            map[string]int           // sessions by fingerprint
	rates           map[string]*rate.Limiter // by network
	total           Load
}

// maxRates bounds the table of rates; beyond it the table starts anew, which costs an attacker more than it gains.
const maxRates = 8192

func newAdmission(l Limits) *admission {
	return &admission{
		limits: l, conns: map[string]int{}, unauthenticated: map[string]int{}, keys: map[string]int{},
		rates: map[string]*rate.Limiter{},
	}
}

// Bounds on connections that have not authenticated, as connect names them. When one of these is reached, a new
// connection may replace the one that has been silent for longest.
const (
	fullAll     = "unauthenticated"
	fullNetwork = "unauthenticated of an address"
)

// allowRate takes one connection from the rate of a network; false if the rate is used up. It comes before the counts,
// so that connections that are refused by them use it up as well.
func (a *admission) allowRate(network string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.rates[network]
	if r == nil {
		if len(a.rates) >= maxRates {
			clear(a.rates)
		}
		r = burstOfTenSeconds(a.limits.ConnRate)
		a.rates[network] = r
	}
	return r.Allow()
}

func burstOfTenSeconds(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(10*perSecond)))
}

// connect counts a new connection as unauthenticated, or names the bound that refuses it.
func (a *admission) connect(network string) (refused string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.limits
	switch {
	case a.total.Conns >= l.Conns:
		return "connections"
	case a.total.Unauthenticated >= l.Unauthenticated:
		return fullAll
	case a.conns[network] >= l.ConnsPerAddr:
		return "connections of an address"
	case a.unauthenticated[network] >= l.UnauthenticatedPerAddr:
		return fullNetwork
	}
	a.total.Conns++
	a.total.Unauthenticated++
	a.conns[network]++
	a.unauthenticated[network]++
	return ""
}

// authenticate counts a connection as authenticated.
func (a *admission) authenticate(network string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.Unauthenticated--
	decrement(a.unauthenticated, network)
}

// disconnect takes a connection out of the counts.
func (a *admission) disconnect(network string, authenticated bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.Conns--
	decrement(a.conns, network)
	if !authenticated {
		a.total.Unauthenticated--
		decrement(a.unauthenticated, network)
	}
}

// openSession counts a session, or names the bound that refuses it.
func (a *admission) openSession() (refused string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.total.Sessions >= a.limits.Sessions {
		return "sessions"
	}
	a.total.Sessions++
	return ""
}

func (a *admission) closeSession() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.Sessions--
}

// openKey counts a session of a key, or names the bound that refuses it.
func (a *admission) openKey(fingerprint string) (refused string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys[fingerprint] >= a.limits.SessionsPerKey {
		return "sessions of a key"
	}
	a.keys[fingerprint]++
	return ""
}

func (a *admission) closeKey(fingerprint string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	decrement(a.keys, fingerprint)
}

func (a *admission) load() Load {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.total
}

// decrement counts down and forgets zero, so that the maps hold only what is connected now.
func decrement(m map[string]int, key string) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

// networkOf returns what a connection is counted under, see ledger.NetworkOf.
func networkOf(a net.Addr) string {
	remote, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return a.Network() // not TCP: one bound for all of them
	}
	return ledger.NetworkOf(remote.Addr()).String()
}

// minGrace is how long an unauthenticated connection keeps its place although others wait for it. A log-in takes less.
const minGrace = time.Second

// admitConn counts a new connection, or names the bound that refuses it. Where too many have not authenticated, the one
// that has been silent for longest is closed: connections that say nothing keep no client out, not even one behind
// the same address.
func (s *Server) admitConn(c *conn) (refused string) {
	if !s.admission.allowRate(c.network) {
		return "rate of an address"
	}
	why := s.admission.connect(c.network)
	if why != fullAll && why != fullNetwork {
		return why
	}
	old := s.oldestUnauthenticated(c.network, why == fullAll)
	if old == nil || c.since.Sub(old.since) < minGrace || !old.closeUnauthenticated() {
		return why
	}
	s.observe(Event{Kind: EventRefused, Reason: why})
	return s.admission.connect(c.network)
}

// oldestUnauthenticated returns the connection that has waited longest for its log-in, of one network or of all; nil if
// there is none.
func (s *Server) oldestUnauthenticated(network string, all bool) (oldest *conn) {
	s.mu.Lock()
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		if all || c.network == network {
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
