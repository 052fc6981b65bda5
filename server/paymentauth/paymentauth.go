// Package paymentauth is the wire of the "Payment" scheme of HTTP authentication (draft-httpauth-payment), with tokens
// of a service like this one as the method, and one charge as the intent: what a site asks for in WWW-Authenticate,
// what a program shows in Authorization, and the receipt. It knows no books and no network.
package paymentauth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"
)

const (
	// Scheme is the name in the headers, Method that of the money, Intent what is meant.
	Scheme, Method, Intent = "Payment", "tokens", "charge"
	// ReceiptHeader has the receipt.
	ReceiptHeader = "Payment-Receipt"
	// Life is for how long a challenge is good.
	Life = 5 * time.Minute
	// Shown is for how long the proof of a payment may be shown.
	Shown = time.Minute

	problems = "https://paymentauth.org/problems/"
	upTo     = "upto"
	// maxCredential bounds what is shown, in bytes.
	maxCredential = 24 << 10
)

// Why a challenge that comes back is not good, beside what may be wrong with the proof: see [ledger.ProofInvalid].
const (
	BadMethod  = "method_unsupported"
	BadMAC     = "challenge_invalid"
	TooLate    = "challenge_expired"
	Unreadable = "malformed"
)

// Challenge is what a site asks for, as its parameters have it.
type Challenge struct {
	ID      string `json:"id"` // binds the others, so that the site has to keep nothing
	Realm   string `json:"realm"`
	Method  string `json:"method"`
	Intent  string `json:"intent"`
	Request string `json:"request"` // [Request] in base64url
	Expires string `json:"expires"` // RFC 3339
	Digest  string `json:"digest,omitempty"`
	Opaque  string `json:"opaque,omitempty"`
}

// Request is the price. Its fields are in the order of their names, as RFC 8785 has them.
type Request struct {
	Amount    string            `json:"amount"`   // micros
	Currency  string            `json:"currency"` // in small letters
	Details   map[string]string `json:"methodDetails"`
	Recipient string            `json:"recipient"`
}

// Credential is what a program shows.
type Credential struct {
	Challenge Challenge `json:"challenge"`
	Payload   struct {
		Attestation string `json:"attestation"`
	} `json:"payload"`
}

// Receipt is what a program gets with what it has paid for.
type Receipt struct {
	Status    string `json:"status"`
	Method    string `json:"method"`
	Timestamp string `json:"timestamp"`
	Reference string `json:"reference"` // the charge
	Challenge string `json:"challengeId"`
	Amount    string `json:"amount"` // micros that were taken
	Currency  string `json:"currency"`
}

// Terms are what a site asks for.
type Terms struct {
	Realm     string // host of the resource
	Authority string // address of the service
	Recipient string // the vendor
	Price     ledger.Amount
	UpTo      bool
	Digest    string // of the body, "" for none
}

// New is a challenge, bound by a key of the site.
func New(t Terms, key []byte, now time.Time) (Challenge, error) {
	r := Request{
		Amount: strconv.FormatInt(t.Price.Micros, 10), Currency: strings.ToLower(string(t.Price.Currency)),
		Details: map[string]string{"authority": t.Authority, "decimals": "6"}, Recipient: t.Recipient,
	}
	if t.UpTo {
		r.Details["capture"] = upTo
	}
	request, err := encode(r)
	c := Challenge{
		Realm: t.Realm, Method: Method, Intent: Intent, Request: request,
		Expires: now.Add(Life).UTC().Format(time.RFC3339), Digest: t.Digest,
	}
	c.ID = c.mac(key)
	return c, err
}

// mac binds all of a challenge.
func (c Challenge) mac(key []byte) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(strings.Join([]string{c.Realm, c.Method, c.Intent, c.Request, c.Expires, c.Digest, c.Opaque}, "|")))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Header is the challenge as WWW-Authenticate has it. Nothing in it needs to be escaped.
func (c Challenge) Header() string {
	out := Scheme + ` id="` + c.ID + `", realm="` + c.Realm + `", method="` + c.Method + `", intent="` + c.Intent +
		`", request="` + c.Request + `", expires="` + c.Expires + `"`
	if c.Digest != "" {
		out += `, digest="` + c.Digest + `"`
	}
	return out
}

// Check says what is wrong with a challenge that a program brings back, "" if it is one of the key and for this body.
func (c Challenge) Check(key []byte, digest string, now time.Time) string {
	until, err := time.Parse(time.RFC3339, c.Expires)
	switch {
	case c.Method != Method || c.Intent != Intent:
		return BadMethod
	case !hmac.Equal([]byte(c.ID), []byte(c.mac(key))) || err != nil:
		return BadMAC
	case c.Digest != digest:
		return ledger.ProofRequestChanged
	case !now.Before(until):
		return TooLate
	}
	return ""
}

// errRequest says that a challenge has no price.
var errRequest = errors.New("paymentauth: the request of the challenge is none")

// Terms are what a challenge asks for. They are the site's word.
func (c Challenge) Terms() (t Terms, err error) {
	var r Request
	if err := decode(c.Request, &r); err != nil {
		return t, errRequest
	}
	micros, err := strconv.ParseInt(r.Amount, 10, 64)
	if err != nil || micros <= 0 || micros > ledger.MaxMicros || strconv.FormatInt(micros, 10) != r.Amount {
		return t, errRequest
	}
	currency, err := ledger.ParseCurrency(r.Currency)
	if err != nil || r.Currency != strings.ToLower(r.Currency) {
		return t, errRequest
	}
	return Terms{
		Realm: c.Realm, Authority: r.Details["authority"], Recipient: r.Recipient,
		Price: ledger.Amount{Micros: micros, Currency: currency}, UpTo: r.Details["capture"] == upTo, Digest: c.Digest,
	}, nil
}

// Shown reads the credential out of the headers of a request; found says that there is one of this scheme.
func (c *Credential) Shown(h http.Header) (found bool, err error) {
	for _, v := range h.Values("Authorization") {
		scheme, text, _ := strings.Cut(v, " ")
		if !strings.EqualFold(scheme, Scheme) {
			continue
		}
		return true, decode(strings.TrimSpace(text), c)
	}
	return false, nil
}

// Header is the receipt as its header has it.
func (r Receipt) Header() (string, error) { return encode(r) }

// Problem is the type of the problem that a refusal is (RFC 9457).
func Problem(reason string) string {
	kinds := map[string]string{
		"payment_required": "payment-required", Unreadable: "malformed-credential", BadMAC: "invalid-challenge",
		TooLate: "payment-expired", ledger.ProofLate: "payment-expired", ledger.ProofExpired: "payment-expired",
		ledger.ProofTermsChanged: "payment-insufficient", BadMethod: "method-unsupported",
	}
	if kind := kinds[reason]; kind != "" {
		return problems + kind
	}
	return problems + "verification-failed"
}

func encode(v any) (string, error) {
	raw, err := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(raw), err
}

func decode(text string, v any) error {
	if len(text) > maxCredential {
		return errRequest
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}
