package gateway

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tuppence/server/httpsig"
)

// A receipt of delivery binds the request, the answer and the charge: who has it can show later what was delivered for
// the money, without asking anybody. The gateway signs it with a key of its own.

const (
	// ReceiptHeader has the receipt: a JWT with EdDSA. It is a trailer where the length of the answer is not known before.
	ReceiptHeader = "Delivery-Receipt"
	// ReceiptKeys is the path of the public keys (RFC 7517).
	ReceiptKeys = "/.well-known/tuppence-delivery.json"

	receiptType = "delivery+jwt"
)

// Receipt is what is signed. Issuer is the site, ID the transaction id.
type Receipt struct {
	jwt.Claims
	Charge         string `json:"charge"`
	Method         string `json:"method"`
	Resource       string `json:"resource"`
	RequestDigest  string `json:"request_digest,omitempty"` // RFC 9530
	Status         int    `json:"status"`
	ResponseDigest string `json:"response_digest"`
}

// receipts signs for a site.
type receipts struct {
	site string
	key  ed25519.PrivateKey
}

func (s receipts) id() string {
	sum := sha256.Sum256(s.key.Public().(ed25519.PublicKey))
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}

// keys serves the public key.
func (s receipts) keys(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Access-Control-Allow-Origin", "*") // keys are public
	_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: s.key.Public(), KeyID: s.id(), Algorithm: string(jose.EdDSA), Use: "sig",
	}}})
}

// sign signs a receipt.
func (s receipts) sign(p *paid, status int, digest string, at time.Time) (string, error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: s.key, KeyID: s.id()}},
		(&jose.SignerOptions{}).WithType(receiptType))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(Receipt{
		Claims: jwt.Claims{Issuer: s.site, ID: p.claims.ID, IssuedAt: jwt.NewNumericDate(at)},
		Charge: p.claims.Charge, Method: p.terms.Method, Resource: p.terms.URL, RequestDigest: p.terms.Digest,
		Status: status, ResponseDigest: digest,
	}).Serialize()
}

// attach puts the receipt on an answer that was paid, and keeps the answer if it is short. A body of unknown length is
// hashed on its way, and the receipt comes behind it.
func (s receipts) attach(r *http.Response, p *paid, short []byte, now time.Time, keep func(*answer)) error {
	made := func(body []byte) *answer {
		return &answer{
			url: p.terms.URL, method: p.terms.Method, digest: p.terms.Digest,
			status: r.StatusCode, header: kept(r.Header), body: body,
		}
	}
	if short != nil {
		signed, err := s.sign(p, r.StatusCode, httpsig.Digest(short), now)
		if err != nil {
			return err
		}
		r.Header.Set(ReceiptHeader, signed)
		keep(made(short))
		return nil
	}
	if r.Trailer == nil {
		r.Trailer = http.Header{}
	}
	r.Trailer[ReceiptHeader] = nil
	r.Body = &streamed{ReadCloser: r.Body, sum: sha256.New(), end: func(sum, body []byte, whole bool) {
		digest := "sha-256=:" + base64.StdEncoding.EncodeToString(sum) + ":"
		if signed, err := s.sign(p, r.StatusCode, digest, now); err == nil {
			r.Trailer.Set(ReceiptHeader, signed)
			if whole {
				a := made(body)
				a.header.Set(ReceiptHeader, signed)
				keep(a)
			}
		}
	}}
	return nil
}

// kept are the headers that are kept with an answer.
func kept(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range []string{"Connection", "Keep-Alive", "Transfer-Encoding", "Trailer", "Date"} {
		h.Del(name)
	}
	return h
}

// streamed is a body of unknown length on its way: it is hashed, and its beginning is kept.
type streamed struct {
	io.ReadCloser
	sum  hash.Hash
	body []byte
	long bool
	end  func(sum, body []byte, whole bool)
}

func (s *streamed) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.sum.Write(p[:n])
	if s.long = s.long || len(s.body)+n > maxKept; !s.long {
		s.body = append(s.body, p[:n]...)
	}
	if errors.Is(err, io.EOF) && s.end != nil {
		s.end(s.sum.Sum(nil), s.body, !s.long)
		s.end = nil
	}
	return n, err
}
