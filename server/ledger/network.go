package ledger

import "net/netip"

// networkBits is the part of an IPv6 address that names a customer's network (RFC 6177): within it a client changes its
// address at will.
const networkBits = 64

// NetworkOf returns what counts as one network address wherever connections or attempts are bounded: an IPv4 address,
// also when it comes mapped into IPv6, or the /64 of an IPv6 one, without its zone. The zero Addr has the zero Prefix.
func NetworkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = networkBits
	}
	p, err := a.Prefix(bits)
	if err != nil { // only of the zero Addr
		return netip.Prefix{}
	}
	return p
}
