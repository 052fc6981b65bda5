package seal

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
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

// Granted is what a token says of a grant that opens.
type Granted struct {
	Issuer, Wallet    string // the service; what the vendor calls the buyer
	Sites             []string
	ID, Txn, Resource string
	Views, Used       uint32    // Views 0: no bound
	Until             time.Time // zero: no end
}

// Claims are what the token says. It ends with the grant, or earlier: a revoked grant is not looked up.
func (g Granted) Claims(now time.Time) GrantClaims {
	expiry := now.Add(GrantLife)
	claims := GrantClaims{
		Claims: jwt.Claims{
			Issuer: g.Issuer, Subject: g.Wallet, Audience: g.Sites, ID: g.ID, IssuedAt: jwt.NewNumericDate(now),
		},
		Txn: g.Txn, Resource: g.Resource,
	}
	if g.Views > 0 { // 0 is no bound, and no claim
		left := int64(g.Views) - int64(g.Used)
		claims.ViewsLeft = &left
	}
	if !g.Until.IsZero() {
		claims.ValidUntil = g.Until.UTC().Format(time.RFC3339)
		if g.Until.Before(expiry) {
			expiry = g.Until
		}
	}
	claims.Expiry = jwt.NewNumericDate(expiry)
	return claims
}

// GrantToken signs the claims: a JWT (RFC 7519) with EdDSA (RFC 8037) and the type grant+jwt, so that it is never taken
// for another token (RFC 8725 section 3.11).
func (s *Sealer) GrantToken(c GrantClaims) (string, error) {
	return s.token(grantType, c)
}

// grantType is the type of grant tokens.
const grantType = "grant+jwt"

// maxGrantToken bounds a grant token, in bytes, before anything of it is read.
const maxGrantToken = 8 << 10

// errGrantToken says that a text is no grant token, and no more.
var errGrantToken = errors.New("seal: not a grant token of this service")

// GrantOf checks that this service has signed a grant token, and returns what it says. Whether it is in time, and what
// has become of the grant, it does not look at.
func (s *Sealer) GrantOf(token string) (c GrantClaims, err error) {
	if len(token) > maxGrantToken {
		return c, errGrantToken
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].ExtraHeaders[jose.HeaderType] != grantType {
		return c, errGrantToken
	}
	if parsed.Claims(s.grant.Public(), &c) != nil {
		return GrantClaims{}, errGrantToken
	}
	return c, nil
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
