package ledger

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestNetworkOf(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7":                "192.0.2.7/32",
		"::ffff:192.0.2.7":         "192.0.2.7/32", // a listener on both families shows IPv4 so
		"2001:db8:1:2:3:4:5:6":     "2001:db8:1:2::/64",
		"fe80::1:2%eth0":           "fe80::/64",
		"::1":                      "::/64",
		"2001:db8:ffff:ffff:f::%x": "2001:db8:ffff:ffff::/64",
	} {
		if got := NetworkOf(netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("NetworkOf(%s) = %s, want %s", addr, got, want)
		}
	}
	if got := NetworkOf(netip.Addr{}); got.IsValid() {
		t.Errorf("NetworkOf(no address) = %v, want none", got)
	}
}

// Whatever a client changes in the last 64 bits of its address, it counts for the same network.
func TestNetworkOfIsTheSameForOneCustomer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a, b [16]byte
		copy(a[:8], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "network"))
		a[0] |= 0x20 // not the prefix of mapped IPv4
		b = a
		copy(a[8:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "host"))
		copy(b[8:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "other host"))
		got, want := NetworkOf(netip.AddrFrom16(a)), NetworkOf(netip.AddrFrom16(b))
		if got != want || !got.Contains(netip.AddrFrom16(a)) {
			t.Fatalf("%v and %v of one network", got, want)
		}
	})
}

// An address of IPv6 counts for its home and its site too, with growing shares; one of IPv4 for itself alone.
func TestNetworksOf(t *testing.T) {
	for addr, want := range map[string][]Network{
		"192.0.2.7": {{netip.MustParsePrefix("192.0.2.7/32"), 1}},
		"2001:db8:1:2ff::7": {
			{netip.MustParsePrefix("2001:db8:1:2ff::/64"), 1},
			{netip.MustParsePrefix("2001:db8:1:200::/56"), 2},
			{netip.MustParsePrefix("2001:db8:1::/48"), 4},
		},
	} {
		if got := NetworksOf(netip.MustParseAddr(addr)); !slices.Equal(got, want) {
			t.Errorf("NetworksOf(%s) = %v, want %v", addr, got, want)
		}
	}
	if got := Widest(netip.MustParseAddr("2001:db8:1:2ff::7")).String(); got != "2001:db8:1::/48" {
		t.Errorf("the widest is %s", got)
	}
}

// Attack: a site with a /48 takes one place from each of its networks. It gets four shares and no more; what is removed
// makes room again, and nothing is remembered of what is gone.
func TestNetworkCountBoundsASite(t *testing.T) {
	n := NetworkCount{}
	var in []netip.Addr
	for home := range 40 {
		for net := range 3 {
			a := netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, byte(home), byte(net)})
			if _, full := n.Full(a, 10); !full {
				n.Add(a)
				in = append(in, a)
			}
		}
	}
	if len(in) != 40 {
		t.Errorf("a /48 has %d places of one, want 4 shares of 10", len(in))
	}
	for _, a := range in {
		n.Remove(a)
	}
	if len(n) != 0 {
		t.Errorf("left: %v", n)
	}
}
