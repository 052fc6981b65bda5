package ssh

import (
	"context"
	"net/netip"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// class tells callers apart by what they are here. Each has places of its own, so that none keeps another out: a key
// without a wallet costs nothing to make, and those who run the service must get in while others flood it.
type class uint8

const (
	stranger class = iota // a key without a wallet
	member                // a key with a wallet
	staff                 // a representative or an operator
	classes
)

// classOf asks the front what a key is. Where that cannot be told, it is a stranger's.
func (s *Server) classOf(fingerprint string) class {
	ctx, cancel := context.WithTimeout(context.Background(), s.limits.Grace)
	defer cancel()
	role, err := s.front.Role(ctx, view.Caller{Fingerprint: fingerprint})
	switch {
	case err != nil:
		s.log.Error("ssh: the role of a key is not known", "error", err)
		return stranger
	case role == ledger.RoleRep || role == ledger.RoleOperator:
		return staff
	case role == ledger.RoleNone:
		return stranger
	default:
		return member
	}
}

// tenant has a place: a connection or a session.
type tenant interface {
	comparable
	address() netip.Addr
	lastHeard() int64 // nanoseconds since 1970: of the last that its person sent, or of its beginning
}

// share is how many places a class has in all, and of those one address; each is 0 where an address has no bound.
type share struct{ most, each int }

// places are those of one kind, connections or sessions. Where a share is full, a newcomer gets the place of the tenant
// that has been silent for longest in the same share: nobody is kept out by those who have left without a word.
type places[T tenant] struct {
	shares [classes]share
	held   map[T]class
	count  [classes]int
	by     [classes]ledger.NetworkCount
}

func newPlaces[T tenant](l Limits) places[T] {
	p := places[T]{
		shares: [classes]share{{l.Strangers, l.StrangersPerAddr}, {l.Members, l.MembersPerAddr}, {l.Staff, 0}},
		held:   map[T]class{},
	}
	for c := range p.by {
		p.by[c] = ledger.NetworkCount{}
	}
	return p
}

// take gives a place to a newcomer. Where its share was full, why is how the tenant ends that made room.
func (p *places[T]) take(t T, c class) (gone T, why *ending) {
	p.leave(t)
	if full, ok := p.by[c].Full(t.address(), p.shares[c].each); ok && p.shares[c].each > 0 {
		gone, why = p.Active(c, full), endAddressFull
	} else if p.count[c] >= p.shares[c].most {
		gone, why = p.Active(c, p.largest(c)), endFull
	}
	if why != nil {
		p.leave(gone)
	}
	p.held[t] = c
	p.count[c]++
	p.by[c].Add(t.address())
	return gone, why
}

// leave gives a place back; nothing happens if the tenant has none.
func (p *places[T]) leave(t T) {
	c, ok := p.held[t]
	if !ok {
		return
	}
	delete(p.held, t)
	p.count[c]--
	p.by[c].Remove(t.address())
}

// largest returns the network of one owner that has most places of a class: a full class makes room there, so that a
// flood from few networks does not cost others their places.
func (p *places[T]) largest(c class) (network netip.Prefix) {
	most := 0
	for t, has := range p.held {
		w := ledger.Widest(t.address())
		if n := p.by[c][w]; has == c && n > most {
			network, most = w, n
		}
	}
	return network
}

// silent returns the tenant of a class in a network that has been silent for longest.
func (p *places[T]) Active(c class, in netip.Prefix) T {
	return longestSilent(p.held, func(t T, has class) bool {
		return has == c && inNetwork(t.address(), in)
	})
}

// longestSilent returns the tenant that was heard last of those that which chooses.
func longestSilent[T tenant](held map[T]class, which func(T, class) bool) (oldest T) {
	found := false
	for t, c := range held {
		if which(t, c) && (!found || t.lastHeard() < oldest.lastHeard()) {
			oldest, found = t, true
		}
	}
	return oldest
}

// inNetwork says whether an address counts for a network.
func inNetwork(a netip.Addr, network netip.Prefix) bool {
	for _, w := range ledger.NetworksOf(a) {
		if w.Prefix == network {
			return true
		}
	}
	return false
}
