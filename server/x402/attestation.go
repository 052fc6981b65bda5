package x402

import (
	"errors"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Attestation is what a program shows to a vendor as proof that money waits for it: for this vendor, this request and
// this price alone. The vendor learns what it calls the buyer, and nothing else of it.
//
// Issuer is the service, Audience the vendor's id, Subject the vendor's name of the buyer, ID the transaction id that
// seals the terms (claim 29), Expiry until when it may be shown.
type Attestation struct {
	jwt.Claims
	Charge   string `json:"charge"`
	Scheme   string `json:"scheme"`
	Network  string `json:"network"`
	Amount   string `json:"amount"` // micros
	Asset    string `json:"asset"`  // currency
	Resource string `json:"resource"`
	Method   string `json:"method,omitempty"` // none: GET
	Digest   string `json:"digest,omitempty"` // of the body (RFC 9530)
	HoldEnds int64  `json:"holdExp"`          // Unix seconds: when the money goes back by itself
}

// AttestationType keeps an attestation from being taken for a grant, and a grant for one (RFC 8725 section 3.11).
const AttestationType = "hold+jwt"

// maxToken bounds an attestation, in bytes, before anything of it is read.
const maxToken = 8 << 10

// errAttestation says that a text is no attestation, and no more.
var errAttestation = errors.New("x402: not an attestation of this service")

// Open reads an attestation that one of the keys has signed: a key, or the set of them that the service publishes.
// Whether it is in time, and what became of the money, it does not look at.
func Open(token string, keys any) (c Attestation, err error) {
	if len(token) > maxToken {
		return c, errAttestation
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || len(parsed.Headers) != 1 || parsed.Headers[0].ExtraHeaders[jose.HeaderType] != AttestationType {
		return c, errAttestation
	}
	if err := parsed.Claims(keys, &c); err != nil {
		return Attestation{}, errAttestation
	}
	return c, nil
}
