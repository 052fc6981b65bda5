package hook

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/httpsig"
	"tuppence/server/ledger"
	"tuppence/server/paymentauth"
	"tuppence/server/view"
	"tuppence/server/x402"
)

const (
	// payerRate is how many requests a second a program that pays may make, payerBurst how many at once.
	payerRate, payerBurst = 20, 40
)

// covered is what the signature of a request with a body has to cover. Where that is signed, a copy of the request does
// the same act and no other one.
var covered = []string{"@method", "@target-uri", "content-digest", "idempotency-key"}

// payer finds the agent that has signed a request over what it has to, and takes one out of its rate. A body is
// compared with its digest by whoever reads it.
func (a *api) payer(r *http.Request, h http.Header, cover []string) (*server.Payer, error) {
	req, err := httpsig.Of(r, a.base)
	if err != nil {
		return nil, refuseSignature(err)
	}
	s, err := httpsig.Read(req, "", cover, a.now())
	if err != nil {
		return nil, refuseSignature(err)
	}
	p, key, err := a.svc.AuthenticateAgent(r.Context(), s.KeyID)
	if err != nil {
		return nil, err
	}
	if !s.By(key) {
		return nil, ledger.RefuseUnauthenticated()
	}
	return p, a.payers.allow(h, p.Name())
}

// refuseSignature says what of a signature cannot be read. Whether the key is known is not said.
func refuseSignature(err error) error {
	return ledger.Refuse(ledger.ErrUnauthenticated, "Sign the request as /openapi.json says.",
		"The signature cannot be taken: %s.", ledger.CleanLine(err.Error(), 200))
}

// Where a program shows what it was asked to pay, and asks what it may.
const (
	authorizations = "POST /v1/authorizations"
	agent          = "GET /v1/agent"
)

// forPayers are the operations of programs that pay: they are not in the document of those that sell.
var forPayers = []string{authorizations, agent}

// purse tells a program what it may pay.
func (a *api) purse(w http.ResponseWriter, r *http.Request) {
	p, err := a.payer(r, w.Header(), []string{"@method", "@target-uri"})
	var out view.Purse
	if err == nil {
		out, err = p.Purse(r.Context())
	}
	if err != nil {
		p := a.problemForPayer(r.Context(), err)
		send(w, &p.Problem, p)
		return
	}
	writeJSON(w, http.StatusOK, out)
}

// authorizationIn is what a program was asked to pay, word for word as it was asked.
type authorizationIn struct {
	X402    *x402In    `json:"x402,omitempty"`
	Payment *paymentIn `json:"payment,omitempty"`
	Request requestIn  `json:"request,omitzero"` // of a payment: its challenge does not say it
}

// paymentIn is a challenge of the scheme Payment.
type paymentIn struct {
	Challenge paymentauth.Challenge `json:"challenge"`
}

// requestIn is the request that a program will repeat.
type requestIn struct {
	URL    string `json:"url"`
	Method string `json:"method,omitempty"`
}

// x402In is a part of x402's PaymentRequired: the resource, and the way to pay that the program has chosen.
type x402In struct {
	Resource x402.Resource     `json:"resource"`
	Accepted x402.Requirements `json:"accepted"`
}

// authorize reads what a program was asked to pay, and lets it wait.
func (a *api) authorize(w http.ResponseWriter, r *http.Request) {
	p, err := a.payer(r, w.Header(), covered)
	var out view.Authorization
	var again bool
	if err == nil {
		out, again, err = a.authorized(w, r, p)
	}
	if err != nil {
		p := a.problemForPayer(r.Context(), err)
		send(w, &p.Problem, p)
		return
	}
	if again {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	writeJSON(w, http.StatusCreated, out)
}

// authorized is authorize for an agent that has signed.
func (a *api) authorized(
	w http.ResponseWriter, r *http.Request, p *server.Payer,
) (out view.Authorization, again bool, err error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return out, false, ledger.Invalid("body", "Send at most 64 KiB.", "The body cannot be read, or is too long.")
	}
	if !httpsig.CheckDigest(r.Header, raw) {
		return out, false, refuseSignature(errDigest)
	}
	key := r.Header.Get("Idempotency-Key") // it is signed, so it comes once
	if !x402.IsID(key) {
		return out, false, ledger.Invalid("Idempotency-Key",
			"Use 16 to 128 letters, digits, - and _: it is the id of the payment, too.",
			"The idempotency key of a payment is too short, too long, or has other characters.")
	}
	var in authorizationIn
	if err := json.Unmarshal(raw, &in); err != nil || (in.X402 == nil) == (in.Payment == nil) {
		return out, false, ledger.Invalid("body", `Send {"x402":{"resource":{…},"accepted":{…}}}, or `+
			`{"payment":{"challenge":{…}},"request":{"url":…}}, as it was asked.`,
			"This is not what a site asks a program to pay.")
	}
	var o server.AuthorizeOrder
	if in.X402 != nil {
		o, err = a.asked(*in.X402)
	} else {
		o, err = a.challenged(in.Payment.Challenge, in.Request)
	}
	if err != nil {
		return out, false, err
	}
	return p.Authorize(r.Context(), key, o)
}

// challenged reduces a challenge of the scheme Payment to terms. Whether it is the site's own, the site looks at.
func (a *api) challenged(c paymentauth.Challenge, r requestIn) (o server.AuthorizeOrder, err error) {
	terms, err := c.Terms()
	if err != nil || c.Method != paymentauth.Method || c.Intent != paymentauth.Intent {
		return o, ledger.Invalid("challenge", "Choose a challenge of the method tokens and the intent charge.",
			"The challenge asks for nothing that can be paid here.")
	}
	if o.Vendor, err = a.names.OpenVendor(terms.Recipient); err != nil {
		return o, named(ledger.RefuseNotFound("vendor"), "recipient")
	}
	o.Price, o.Life = terms.Price, paymentauth.Shown
	o.Resource = ledger.Resource{
		URL: r.URL, Method: cmp.Or(r.Method, http.MethodGet), Digest: terms.Digest, UpTo: terms.UpTo,
	}
	return o, nil
}

// asked reduces what x402 asks to terms.
func (a *api) asked(in x402In) (o server.AuthorizeOrder, err error) {
	o.Price, o.Resource, err = in.Accepted.Terms(a.network, in.Resource.URL)
	if err != nil {
		return o, err
	}
	if o.Vendor, err = a.names.OpenVendor(in.Accepted.PayTo); err != nil {
		return o, named(ledger.RefuseNotFound("vendor"), "payTo")
	}
	o.Life = time.Duration(min(max(in.Accepted.Timeout, 0), int(ledger.MaxResourceLife/time.Second))) * time.Second
	return o, nil
}
