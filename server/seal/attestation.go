package seal

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tuppence/server/ledger"
	"tuppence/server/x402"
)

// Proof is what an attestation says: money waits for this vendor, this request and this price alone.
type Proof struct {
	Issuer        string // address of the service
	Vendor        ledger.VendorID
	Wallet        string // what the vendor calls the buyer
	Charge, TxnID string
	Price         ledger.Amount
	Resource      ledger.Resource
	At, HoldUntil time.Time
}

// Attest signs a proof of payment: a JWT with EdDSA, by the key of [Sealer.JWKS]. The same proof gives the same bytes.
func (s *Sealer) Attest(p Proof) (string, error) {
	_, host, _ := strings.Cut(p.Issuer, "://")
	c := x402.Attestation{
		Claims: jwt.Claims{
			Issuer: p.Issuer, Subject: p.Wallet, Audience: jwt.Audience{s.Vendor(p.Vendor)}, ID: p.TxnID,
			IssuedAt: jwt.NewNumericDate(p.At), Expiry: jwt.NewNumericDate(p.Resource.Until),
		},
		Charge: p.Charge, Scheme: x402.Scheme(p.Resource), Network: x402.Network(host),
		Amount: strconv.FormatInt(p.Price.Micros, 10), Asset: string(p.Price.Currency), Resource: p.Resource.URL,
		Digest: p.Resource.Digest, HoldEnds: p.HoldUntil.Unix(),
	}
	if p.Resource.Method != http.MethodGet {
		c.Method = p.Resource.Method
	}
	return s.token(x402.AttestationType, c)
}

// OpenAttestation checks that this service has signed the attestation. Whether it is in time, and what became of the
// money, the books know.
func (s *Sealer) OpenAttestation(token string) (x402.Attestation, error) {
	return x402.Open(token, s.grant.Public())
}

// token signs claims of a type.
func (s *Sealer) token(typ string, claims any) (string, error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: s.grant, KeyID: s.grantKeyID()}},
		(&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", fmt.Errorf("seal: signer of %s: %w", typ, err)
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}
