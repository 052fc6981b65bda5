package seal

import (
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
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
	var c GrantClaims
	if len(token) > 4096 {
		return c, fmt.Errorf("seal: grant token too long")
	}
	t, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return c, fmt.Errorf("seal: grant token: %w", err)
	}
	if err := t.Claims(s.grant.Public(), &c); err != nil {
		return c, fmt.Errorf("seal: grant token: %w", err)
	}
	return c, c.ValidateWithLeeway(jwt.Expected{AnyAudience: jwt.Audience{audience}, Time: now}, 0)
}
