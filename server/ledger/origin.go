package ledger

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

const originRemedy = "Write it like https://news.example."

// Origin is a site of a vendor, for example https://news.example (claim 28).
type Origin struct {
	URL      string
	Verified time.Time // zero: not yet, so it does not count
}

// OriginOf returns the origin of a URL (RFC 6454) in its one canonical form: scheme, host in lower case, port if it is
// not the scheme's own. Only https counts; http only on localhost, for trying things out. A URL that a browser might
// read in another way than this function is refused, with ErrInvalid: the check must hold where the link is opened
// (claim 28).
func OriginOf(raw string) (string, error) {
	no := func(detail string) (string, error) { return "", Invalid("url", originRemedy, "%s", detail) }
	if raw == "" || len(raw) > 2000 {
		return no("The URL is missing or too long.")
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return no("The URL has characters that must be escaped.")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Host == "" {
		return no("This is not a complete URL.")
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case u.User != nil:
		return no("A URL here carries no user name.")
	case !hostName(host):
		return no("The URL has no proper host name.")
	case u.Scheme != "https" && (u.Scheme != "http" || !localhost(host)):
		return no("The URL has to begin with https.")
	}
	origin := u.Scheme + "://" + host
	port := u.Port()
	if strings.HasSuffix(u.Host, ":") {
		return no("The URL has a colon without a port.")
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return no("The port is out of bounds.")
		}
		if port = strconv.FormatUint(n, 10); u.Scheme+port != "https443" && u.Scheme+port != "http80" {
			origin += ":" + port
		}
	}
	return origin, nil
}

// CheckOrigin reads what was typed as the origin of a site and returns its canonical form. It refuses with ErrInvalid.
func CheckOrigin(s string) (string, error) {
	origin, err := OriginOf(s)
	if err != nil {
		return "", named(err, "origin")
	}
	u, err := url.Parse(s)
	if err != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery {
		return "", Invalid("origin", originRemedy, "An origin has no path.")
	}
	return origin, nil
}

// Owns reports whether the URL is on a verified origin of the vendor (claim 28).
func (v Vendor) Owns(raw string) bool {
	origin, err := OriginOf(raw)
	if err != nil {
		return false
	}
	for _, o := range v.Origins {
		if o.URL == origin && !o.Verified.IsZero() {
			return true
		}
	}
	return false
}

func localhost(host string) bool { return host == "localhost" || strings.HasSuffix(host, ".localhost") }

// hostName accepts names of letters, digits and hyphens, 63 to a label (RFC 1123), and IPv4 addresses.
func hostName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if !only(label, lowerAlnum+"-") {
			return false
		}
	}
	return true
}
