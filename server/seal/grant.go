package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// GrantLife bounds how long a grant token is good without asking again. It is how late a vendor's site may see that a
// grant was revoked.
const GrantLife = 5 * time.Minute

// GrantClaims are what a vendor's site checks offline before it opens the content (claim 2).
type GrantClaims struct {
	jwt.Claims
	Txn        string `json:"txn,omitempty"`
	Resource   string `json:"res,omitempty"`
	ViewsLeft  *int64 `json:"views_left,omitempty"` // absent: no bound
	ValidUntil string `json:"valid_until,omitempty"`
}

// GrantToken signs the claims: a JWT (RFC 7519) with EdDSA (RFC 8037) and the type grant+jwt, so that it is never taken
// for another token (RFC 8725 section 3.11).
func (s *Sealer) GrantToken(c GrantClaims) (string, error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: s.grant, KeyID: s.grantKeyID()}},
		(&jose.SignerOptions{}).WithType("grant+jwt"))
	if err != nil {
		return "", fmt.Errorf("seal: grant signer: %w", err)
	}
	return jwt.Signed(signer).Claims(c).Serialize()
}

// JWKS are the public keys of grant tokens (RFC 7517), to be served at /.well-known/jwks.json.
func (s *Sealer) JWKS() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: s.grant.Public(), KeyID: s.grantKeyID(), Algorithm: string(jose.EdDSA), Use: "sig",
	}}}
}

func (s *Sealer) grantKeyID() string {
	sum := sha256.Sum256(s.grant.Public().(ed25519.PublicKey))
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}
