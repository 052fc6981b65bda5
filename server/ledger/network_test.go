package ledger

import (
	"net/netip"
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
