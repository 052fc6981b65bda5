package gateway

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/paymentauth"
	"tuppence/server/x402"
)

// keptAfter is for how long an answer is kept after its payment could last be shown.
const keptAfter = 5 * time.Minute

// paid is a request with a payment that is good for it.
type paid struct {
	payment x402.Payment
	claims  x402.Attestation
	asked   x402.Requirements
	terms   ledger.Resource
	route   Route
	body    []byte
	settled bool // the money was taken before
	// challenge is that of the scheme Payment, by which it was shown; nil: by x402.
	challenge *paymentauth.Challenge
	late      bool // that challenge is too old
}

type paidKey struct{}

func withPaid(ctx context.Context, p *paid) context.Context {
	return context.WithValue(ctx, paidKey{}, p)
}

// paidOf is the payment of a request, nil for what is free.
func paidOf(ctx context.Context) *paid {
	p, _ := ctx.Value(paidKey{}).(*paid)
	return p
}

// settleWait bounds how long a client that has gone is still worked for.
const settleWait = 10 * time.Second

// withoutEnd goes on when the client has gone: what becomes of the money is decided all the same.
func withoutEnd(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), settleWait)
}

// requirements are what a route asks for a request.
func (g *Gateway) requirements(route Route, what ledger.Resource) x402.Requirements {
	extra := map[string]any{"authority": g.o.Service.URL, "decimals": x402.Decimals}
	if what.Method != http.MethodGet {
		extra[x402.MethodExtra] = what.Method
	}
	if what.Digest != "" {
		extra[x402.DigestExtra] = what.Digest
	}
	return x402.Requirements{
		Scheme: x402.Scheme(what), Network: g.network, Amount: strconv.FormatInt(route.Price.Micros, 10),
		Asset: string(route.Price.Currency), PayTo: g.o.Service.PayTo, Timeout: int(Life / time.Second), Extra: extra,
	}
}

// errTwo says that a request shows two payments.
var errTwo = errors.New("two payments")

// shown reads the payment of a request, in the dialect in which it is shown, and compares it with the terms of now. The
// reason is "" if it is good.
func (g *Gateway) shown(r *http.Request, route Route, what ledger.Resource) (p *paid, reason string, err error) {
	p = &paid{terms: what, asked: g.requirements(route, what)}
	headers := r.Header.Values(x402.PaymentHeader)
	var c paymentauth.Credential
	found, err := c.Shown(r.Header)
	switch {
	case len(headers) > 1, len(headers) == 1 && found:
		return nil, "", errTwo
	case len(headers) == 1:
		reason = g.shownX402(p, headers[0], route, what)
	case found && err != nil:
		reason = paymentauth.Unreadable
	case found:
		reason = g.shownCredential(p, c, route, what)
	default:
		reason = x402.NotPaid
	}
	if reason != "" {
		return nil, reason, nil
	}
	keys, err := g.o.Service.Keys(r.Context(), g.o.Now())
	if err != nil {
		return nil, "", err
	}
	if p.claims, err = x402.Open(p.payment.Payload.Attestation, keys); err != nil {
		return nil, ledger.ProofInvalid, nil
	}
	return p, g.compare(p, route, what), nil
}

// shownCredential reads a payment of the scheme Payment. A challenge that is too old is looked at later: what was paid
// with it may have its answer here.
func (g *Gateway) shownCredential(p *paid, c paymentauth.Credential, route Route, what ledger.Resource) string {
	reason := c.Challenge.Check(g.key, what.Digest, g.o.Now())
	if reason != "" && reason != paymentauth.TooLate {
		return reason
	}
	terms, err := c.Challenge.Terms()
	if err != nil || terms.Price != route.Price || terms.UpTo != route.UpTo {
		return ledger.ProofTermsChanged
	}
	p.challenge, p.late = &c.Challenge, reason == paymentauth.TooLate
	p.payment.Version, p.payment.Resource.URL, p.payment.Accepted = x402.Version, what.URL, p.asked
	p.payment.Payload.Type, p.payment.Payload.Attestation = x402.Consume, c.Payload.Attestation
	return ""
}

// challenge is what the scheme Payment asks for a request.
func (g *Gateway) challenge(route Route, what ledger.Resource) (paymentauth.Challenge, error) {
	_, host, _ := strings.Cut(g.o.Site, "://")
	return paymentauth.New(paymentauth.Terms{
		Realm: host, Authority: g.o.Service.URL, Recipient: g.o.Service.PayTo, Price: route.Price, UpTo: route.UpTo,
		Digest: what.Digest,
	}, g.key, g.o.Now())
}

// challengeKey is the key that binds challenges, out of the gateway's own: a gateway that is started anew knows what it
// has asked for.
func challengeKey(signer ed25519.PrivateKey) []byte {
	h := hmac.New(sha256.New, signer.Seed())
	h.Write([]byte("challenges of the scheme Payment"))
	return h.Sum(nil)
}

// tell writes what became of the money, in the dialect in which it was shown. The scheme Payment has no word for what
// was not delivered.
func (p *paid) tell(h http.Header, s x402.Settled, now time.Time) error {
	if p.challenge == nil {
		header, err := x402.Encode(s)
		h.Set(x402.ResponseHeader, header)
		return err
	}
	if !s.Success {
		return nil
	}
	header, err := paymentauth.Receipt{
		Status: "success", Method: paymentauth.Method, Timestamp: now.UTC().Format(time.RFC3339),
		Reference: s.Transaction, Challenge: p.challenge.ID, Amount: s.Amount,
		Currency: strings.ToLower(p.asked.Asset),
	}.Header()
	h.Set(paymentauth.ReceiptHeader, header)
	return err
}

// shownX402 reads a payment of x402.
func (g *Gateway) shownX402(p *paid, header string, route Route, what ledger.Resource) string {
	if err := x402.Decode(header, &p.payment); err != nil || p.payment.Version != x402.Version {
		return x402.Malformed
	}
	price, accepted, err := p.payment.Accepted.Terms(g.network, p.payment.Resource.URL)
	switch {
	case err != nil || !accepted.Same(what) || price != route.Price, p.payment.Accepted.Timeout > p.asked.Timeout:
		return ledger.ProofTermsChanged
	case !accepted.SameRequest(what):
		return ledger.ProofRequestChanged
	}
	return ""
}

// compare says what of an attestation is not what is asked now, "" if all is.
func (g *Gateway) compare(p *paid, route Route, what ledger.Resource) string {
	c := p.claims
	method := c.Method
	if method == "" {
		method = http.MethodGet
	}
	switch {
	case c.Issuer != g.o.Service.URL || c.Network != g.network || c.Expiry == nil || c.ID == "":
		return ledger.ProofInvalid
	case !slices.Equal([]string(c.Audience), []string{g.o.Service.PayTo}):
		return ledger.ProofWrongPayee
	case c.Scheme != x402.Scheme(what), c.Resource != what.URL, c.Asset != string(route.Price.Currency),
		c.Amount != p.asked.Amount:
		return ledger.ProofTermsChanged
	case method != what.Method || c.Digest != what.Digest:
		return ledger.ProofRequestChanged
	case !g.o.Now().Before(c.Expiry.Time().Add(keptAfter)):
		return ledger.ProofLate
	}
	return ""
}

// presented is the payment as the service is asked about it.
func (p *paid) presented() x402.Presented {
	return x402.Presented{Version: x402.Version, Payment: p.payment, Requirements: p.asked}
}

// reads tells whether the request may be carried out again: it changes nothing (RFC 9110 section 9.2.1).
func (p *paid) reads() bool {
	return p.terms.Method == http.MethodGet || p.terms.Method == http.MethodHead
}

// risky tells whether it has to be known that the money was not taken before, when the answer is not kept.
func (p *paid) risky() bool { return !p.reads() || p.terms.UpTo }

// amount is what is taken for an answer of the site, in micros.
func (p *paid) amount(status int, take string) (int64, error) {
	if !delivered(status) {
		return 0, nil
	}
	most := p.route.Price.Micros
	if !p.terms.UpTo || take == "" {
		return most, nil
	}
	n, ok := x402.Micros(strings.TrimSpace(take))
	if !ok {
		return 0, errTake(take)
	}
	return min(n, most), nil
}

type errTake string

func (e errTake) Error() string {
	return "the site has set " + TakeHeader + " to what is no number of micros: " + string(e)
}

// keptUntil is until when the answer is given again.
func (p *paid) keptUntil() time.Time { return p.claims.Expiry.Time().Add(keptAfter) }

// before is what was told of money that was taken before. Of a price that is the most it is not known how much.
func (p *paid) before() x402.Settled {
	s := x402.Settled{Success: true, Transaction: p.claims.Charge, Network: p.claims.Network, Payer: p.claims.Subject}
	if !p.terms.UpTo {
		s.Amount = p.asked.Amount
	}
	return s
}

// taken answers a request that was paid and carried out before, and is not carried out again.
func (p *paid) taken(w http.ResponseWriter, now time.Time) {
	if err := p.tell(w.Header(), p.before(), now); err != nil {
		w.Header().Del(x402.ResponseHeader)
	}
	problem{
		http.StatusConflict, "already_captured",
		"This request was carried out and paid, and its answer is not kept any more.",
		"Ask the site what became of it, or dispute the charge " + ledger.CleanLine(p.claims.Charge, 40) + ".", 0,
	}.write(w)
}
