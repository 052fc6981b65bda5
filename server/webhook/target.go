package webhook

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"tuppence/server/ledger"
)

// maxURL bounds the address of an endpoint, in bytes.
const maxURL = 500

// lookUpTime bounds the look at a name when an endpoint is made.
const lookUpTime = 2 * time.Second

// Target says where webhooks may go. An address that can never be called is refused when it is given, with the reason;
// the address that a name leads to is checked when it is dialled.
type Target struct {
	AllowLoopback bool // to this machine only: for a demonstration
	// Resolve looks up a name, for a warning. Nil: there is none.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// guard is the check of the address that is dialled (server-side request forgery): public ones only, and the ports of
// the web; in a demonstration any port of this machine, too.
func (t Target) guard() func(network, address string, c syscall.RawConn) error {
	allow := []ssrf.Option{ssrf.WithPorts(80, 443)}
	if t.AllowLoopback {
		allow = []ssrf.Option{
			ssrf.WithAnyPort(),
			ssrf.WithAllowedV4Prefixes(netip.MustParsePrefix("127.0.0.0/8")),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128")),
		}
	}
	return ssrf.New(allow...).Safe
}

// allows tells whether an address and a port may be dialled.
func (t Target) allows(ip netip.Addr, port uint16) bool {
	network := "tcp4"
	if ip.Is6() {
		network = "tcp6"
	}
	return t.guard()(network, netip.AddrPortFrom(ip, port).String(), nil) == nil
}

// somewhere is a public address, to try a port on.
var somewhere = netip.MustParseAddr("1.1.1.1")

// nowhere are ends of names that no public server has (RFC 6761, 6762, 7686, and ICANN's .internal).
var nowhere = []string{"localhost", "local", "internal", "invalid", "onion", "home.arpa"}

// check refuses with ErrInvalid an address that can never be called.
func (t Target) check(raw string) error {
	no := func(remedy, detail string) error { return ledger.Invalid("url", remedy, "%s", detail) }
	const example = "Use an https address such as https://shop.example/hook."
	switch {
	case raw == "":
		return no(example, "The address is missing.")
	case len(raw) > maxURL:
		return no("Use an address of at most 500 bytes.", "The address is too long.")
	}
	origin, err := ledger.OriginOf(raw)
	if err != nil {
		if r, ok := errors.AsType[*ledger.Refusal](err); ok {
			return no(example, r.Detail)
		}
		return no(example, "The address is not complete.")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return no(example, "The address is not complete.")
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return no("Leave out what is behind the #.", "A fragment never reaches a server.")
	case !t.AllowLoopback && !strings.HasPrefix(origin, "https://"):
		return no(example, "The URL has to begin with https.")
	}
	port := portOf(u)
	if !t.allows(somewhere, port) {
		return no("Use port 443, or leave the port out.", "Webhooks do not go to that port.")
	}
	return t.checkHost(strings.ToLower(u.Hostname()), port)
}

// checkHost refuses a host that is no public one, as far as its name tells.
func (t Target) checkHost(host string, port uint16) error {
	const remedy = "Use a name or an address that is on the public internet."
	if ip, err := netip.ParseAddr(host); err == nil {
		if !t.allows(ip, port) {
			return ledger.Invalid("url", remedy, "%s is a private or reserved address.", ip)
		}
		return nil
	}
	if t.AllowLoopback && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
		return nil
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	reserved := slices.ContainsFunc(nowhere, func(end string) bool {
		return host == end || strings.HasSuffix(host, "."+end)
	})
	switch {
	case strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x"):
		return ledger.Invalid("url", "Write an address as four numbers.", "The URL has no proper host name.")
	case reserved || last == host:
		return ledger.Invalid("url", remedy, "%q is no name of the public internet.", ledger.CleanLine(host, 80))
	}
	return nil
}

// portOf is the port of a URL, the scheme's own if it names none.
func portOf(u *url.URL) uint16 {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	var n uint16
	for _, digit := range port {
		n = n*10 + uint16(digit-'0') // OriginOf has looked at its bounds
	}
	return n
}

// warning says why events may not arrive at an address that may be called: its name leads nowhere, or to addresses that
// are not public. Both can change, so the endpoint is made all the same.
func (t Target) warning(ctx context.Context, raw string) string {
	u, err := url.Parse(raw)
	if err != nil || t.Resolve == nil {
		return ""
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, lookUpTime)
	defer cancel()
	found, err := t.Resolve(ctx, u.Hostname())
	switch {
	case err != nil || len(found) == 0:
		return "The name does not lead to an address now. Events wait until it does."
	case !slices.ContainsFunc(found, func(ip netip.Addr) bool { return t.allows(ip.Unmap(), portOf(u)) }):
		return "The name leads to no public address now. Events wait until it does."
	}
	return ""
}
