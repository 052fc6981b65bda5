package ledger

import "net/netip"

// networkBits are the parts of an IPv6 address that name a network, the narrowest first: the one in which a client
// changes its address at will, what a home usually gets, and a site (RFC 6177).
var networkBits = [...]int{64, 56, 48}

// NetworkOf returns what counts as one network address wherever connections or attempts are bounded: an IPv4 address,
// also when it comes mapped into IPv6, or the /64 of an IPv6 one, without its zone. The zero Addr has the zero Prefix.
func NetworkOf(a netip.Addr) netip.Prefix { return NetworksOf(a)[0].Prefix }

// Network is a network and how many shares of a single address it may use.
type Network struct {
	Prefix netip.Prefix
	Shares int
}

// NetworksOf returns all networks that an address counts for, the narrowest first. Who holds a wide IPv6 network has
// thousands of the narrow ones, so the wide ones are bounded too: each has twice the share of the one inside it.
func NetworksOf(a netip.Addr) []Network {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		p, _ := a.Prefix(a.BitLen()) // fails only for the zero Addr
		return []Network{{p, 1}}
	}
	all := make([]Network, 0, len(networkBits))
	for i, bits := range networkBits {
		p, _ := a.Prefix(bits) // an IPv6 address has as many
		all = append(all, Network{p, 1 << i})
	}
	return all
}

// NetworkCount counts what is open by the networks that it comes from. It holds only what is open now.
type NetworkCount map[netip.Prefix]int

// Full returns the narrowest network of an address that has used up its shares; ok is false if there is room in all.
func (n NetworkCount) Full(a netip.Addr, share int) (full netip.Prefix, ok bool) {
	for _, w := range NetworksOf(a) {
		if n[w.Prefix] >= share*w.Shares {
			return w.Prefix, true
		}
	}
	return full, false
}

// Add counts one more from an address.
func (n NetworkCount) Add(a netip.Addr) {
	for _, w := range NetworksOf(a) {
		n[w.Prefix]++
	}
}

// Remove takes back an Add.
func (n NetworkCount) Remove(a netip.Addr) {
	for _, w := range NetworksOf(a) {
		if n[w.Prefix]--; n[w.Prefix] <= 0 {
			delete(n, w.Prefix)
		}
	}
}

// Widest returns the widest network that an address counts for: what one owner may hold in all.
func Widest(a netip.Addr) netip.Prefix {
	all := NetworksOf(a)
	return all[len(all)-1].Prefix
}
