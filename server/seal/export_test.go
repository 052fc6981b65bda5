package seal

import (
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"tuppence/server/ledger"
)

// What only others read: events and pseudonyms are names for vendors, grant tokens are checked at their sites.

// OpenPseudonym reads a w_ name that was made for this vendor.
func (s *Sealer) OpenPseudonym(name string, v ledger.VendorID) (ledger.UserID, error) {
	n, err := openSingle(s.pseudonyms(1, v), kindWallet, name)
	return ledger.UserID(n), err
}

// OpenGrantToken checks a token of this service for an audience (the vendor's origin).
func (s *Sealer) OpenGrantToken(token, audience string, now time.Time) (GrantClaims, error) {
	c, err := s.GrantOf(token)
	if err != nil {
		return c, err
	}
	return c, c.ValidateWithLeeway(jwt.Expected{AnyAudience: jwt.Audience{audience}, Time: now}, 0)
}
