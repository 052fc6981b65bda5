package ssh

import (
	"net"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// admission counts who is here and refuses the next one when a bound is reached.
type admission struct {
	limits Limits

	mu        sync.Mutex
	conns     map[string]int // by address
	strangers map[string]int // by address: not authenticated
	keys      map[string]int // sessions by fingerprint
	total     Load
	rates     map[string]*rate.Limiter // by address
}

// maxRates bounds the table of rates; beyond it the table starts anew, which costs an attacker more than it gains.
const maxRates = 8192

func newAdmission(l Limits) *admission {
	return &admission{
		limits: l, conns: map[string]int{}, strangers: map[string]int{}, keys: map[string]int{},
		rates: map[string]*rate.Limiter{},
	}
}

// tooFast takes a connection of the rate of an address, or names that bound.
func (a *admission) tooFast(addr string) (refused string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.rate(addr).Allow() {
		return "rate of an address"
	}
	return ""
}

// Bounds on strangers, as connect names them. A new one may take the place of one that has said nothing for long.
const (
	fullOfStrangers = "strangers"
	fullOfAddress   = "strangers of an address"
)

// connect counts a new connection as a stranger's, or names the bound that refuses it.
func (a *admission) connect(addr string) (refused string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.limits
	switch {
	case a.total.Conns >= l.Conns:
		return "connections"
	case a.total.Strangers >= l.Strangers:
		return fullOfStrangers
	case a.conns[addr] >= l.ConnsPerAddr:
		return "connections of an address"
	case a.strangers[addr] >= l.StrangersPer:
		return fullOfAddress
	}
	a.total.Conns++
	a.total.Strangers++
	a.conns[addr]++
	a.strangers[addr]++
	return ""
}

func (a *admission) rate(addr string) *rate.Limiter {
	r := a.rates[addr]
	if r == nil {
		if len(a.rates) >= maxRates {
			clear(a.rates)
		}
		r = burstOfTenSeconds(a.limits.ConnRate)
		a.rates[addr] = r
	}
	return r
}

func burstOfTenSeconds(perSecond float64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(perSecond), max(1, int(10*perSecond)))
}

// known counts a connection as authenticated.
func (a *admission) known(addr string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.Strangers--
	drop(a.strangers, addr)
}

// disconnect takes a connection out.
func (a *admission) disconnect(addr string, stranger bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.Conns--
	drop(a.conns, addr)
	if stranger {
		a.total.Strangers--
		drop(a.strangers, addr)
	}
}

// open counts a session of a key, or names the bound that refuses it.
func (a *admission) open(fingerprint string) (refused string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.total.Sessions >= a.limits.Sessions:
		return "sessions"
	case a.keys[fingerprint] >= a.limits.SessionsPerKey:
		return "sessions of a key"
	}
	a.total.Sessions++
	a.keys[fingerprint]++
	return ""
}

func (a *admission) shut(fingerprint string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.total.Sessions--
	drop(a.keys, fingerprint)
}

func (a *admission) load() Load {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.total
}

// drop counts down and forgets what is zero, so that the maps hold only who is here.
func drop(m map[string]int, key string) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

// addressOf is what counts as one address: an IPv4 address, or the /64 of an IPv6 one.
func addressOf(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return a.Network()
	}
	ip := ap.Addr().Unmap()
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip.String()
	}
	return p.String()
}
