package ledger

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"time"
)

// Browser is one in which a person has said yes to a vendor that may sell to them without a question: there it may do
// so again (claims 13, 27). It is no person and no device to anybody else: only the pages of this service see it.
type Browser struct {
	Number uint64   // random, unique in a wallet
	Secret [32]byte // SHA-256 of what the browser keeps
	Vendor VendorID // at whose request the person said yes
	Key    string   // fingerprint of the key that said it: the browser ends with that key
	Added  time.Time
}

const (
	// maxBrowsers bounds how many browsers of a wallet are remembered; the oldest goes when another comes.
	maxBrowsers = 10
	// browserLife is how long a browser is remembered.
	browserLife = 180 * day
)

// KnownBrowsers returns the browsers that are remembered at an instant, oldest first.
func (u User) KnownBrowsers(now time.Time) []Browser {
	return slices.DeleteFunc(slices.Clone(u.Browsers), func(b Browser) bool {
		return !now.Before(b.Until()) || !Happened(b.Added, now) || !u.stillHolds(b)
	})
}

// stillHolds says whether the key that said yes has lived since. One that ended and was added again has not.
func (u User) stillHolds(b Browser) bool {
	return slices.ContainsFunc(u.live(), func(m Member) bool {
		return m.Fingerprint == b.Key && !b.Added.Before(m.Added)
	})
}

// Until is when a browser is forgotten.
func (b Browser) Until() time.Time { return b.Added.Add(browserLife) }

// Keeps says whether this is what the browser keeps.
func (b Browser) Keeps(secret [16]byte) bool {
	sum := sha256.Sum256(secret[:])
	return subtle.ConstantTimeCompare(sum[:], b.Secret[:]) == 1
}

// Browser finds a browser that is remembered.
func (u User) Browser(number uint64, now time.Time) (Browser, bool) {
	known := u.KnownBrowsers(now)
	i := slices.IndexFunc(known, func(b Browser) bool { return b.Number == number })
	if i < 0 {
		return Browser{}, false
	}
	return known[i], true
}

// WithBrowser remembers a browser.
func (u User) WithBrowser(number uint64, secret [16]byte, v VendorID, key string, now time.Time) User {
	known := u.KnownBrowsers(now)
	known = slices.DeleteFunc(known, func(b Browser) bool { return b.Number == number })
	u.Browsers = append(known[max(0, len(known)-maxBrowsers+1):], Browser{
		Number: number, Secret: sha256.Sum256(secret[:]), Vendor: v, Key: key, Added: instant(now),
	})
	return u
}

// WithoutBrowser forgets a browser. It refuses with ErrNotFound one that is not remembered.
func (u User) WithoutBrowser(number uint64, now time.Time) (User, error) {
	if _, known := u.Browser(number, now); !known {
		return u, RefuseBrowserUnknown()
	}
	u.Browsers = slices.DeleteFunc(u.KnownBrowsers(now), func(b Browser) bool { return b.Number == number })
	return u, nil
}

// RefuseBrowserUnknown says that a name is that of no browser of a wallet.
func RefuseBrowserUnknown() *Refusal {
	return Refuse(ErrNotFound, "See the browsers with: keys.", "This wallet remembers no such browser.")
}

// WindowOpen reports whether vendors may charge without a question now (claim 26).
func (u User) WindowOpen(now time.Time, p Policy) bool { return u.windowOpen(now, p) }
