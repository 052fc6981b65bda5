// Package payer is a program that pays: it asks for an address, and where a site answers 402 it has its wallet
// authorize what was asked, within the most that its caller allows, and asks again (x402 version 2). It signs with the
// key of an agent of the wallet and knows nothing else of it.
package payer

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"tuppence/server/httpsig"
	"tuppence/server/ledger"
	"tuppence/server/x402"
)

const (
	// maxProblem bounds an answer of the wallet, in bytes.
	maxProblem = 64 << 10
	// maxAsked bounds the body of a request, which has to be sent twice.
	maxAsked = 1 << 20
	// tries is how often the wallet is asked before it is given up: what is authorized twice waits once.
	tries = 3
	// keptAfter is for how long a site may give an answer again after its payment could last be shown, openFor for how
	// long at most a payment without an answer is of use. Of more than maxOpen those are forgotten.
	keptAfter, openFor, maxOpen = 5 * time.Minute, 20 * time.Minute, 1000
)

// signed is what each request to the wallet has its signature cover.
var signed = []string{"@method", "@target-uri", "content-digest", "idempotency-key"}

// Payer pays from a wallet.
type Payer struct {
	// Service is the address of the wallet's service, out of the caller's own configuration and never out of a 402.
	Service string
	Key     ssh.Signer // of an agent of the wallet: ssh-ed25519
	// Transport sends requests; nil: the usual one. No redirect is followed: what is paid is for one address.
	Transport http.RoundTripper
	Now       func() time.Time

	mu   sync.Mutex
	open map[[32]byte]payment // whose answer has not come
}

// payment is one whose answer has not come.
type payment struct {
	key  string // of idempotency
	made time.Time
}

// Paid is what was paid for an answer.
type Paid struct {
	Amount ledger.Amount
	Charge string
	// Unknown says that the site has not said what it took. What it has not taken comes back by itself.
	Unknown bool
}

// Refused says that a wallet does not pay. It has the words of the service.
type Refused struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`
	status int
}

func (r *Refused) Error() string { return strings.TrimSpace(r.Detail + " " + r.Remedy) }

// Do sends a request, and pays if that is asked. A body is read into memory, since it may be sent twice. Where the same
// request is sent again because its answer was lost, the same payment is shown: money is paid once.
//
// What is dearer than most, or in another currency, is not paid. It refuses with Refused what the wallet does not pay.
// A 402 that cannot be read is returned as it came.
func (p *Payer) Do(r *http.Request, most ledger.Amount) (*http.Response, Paid, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(io.LimitReader(r.Body, maxAsked+1)); err != nil {
			return nil, Paid{}, err
		}
		if len(body) > maxAsked {
			return nil, Paid{}, fmt.Errorf("the body is longer than 1 MiB")
		}
	}
	answer, err := p.send(again(r, body))
	if err != nil || answer.StatusCode != http.StatusPaymentRequired {
		return answer, Paid{}, err
	}
	var asked x402.Required
	if x402.Decode(answer.Header.Get(x402.RequiredHeader), &asked) != nil {
		return answer, Paid{}, nil
	}
	_, _ = io.CopyN(io.Discard, answer.Body, maxProblem) // so that the connection serves again
	_ = answer.Body.Close()
	way, err := p.choose(r, body, asked, most)
	if err != nil {
		return nil, Paid{}, err
	}
	return p.pay(r, body, asked.Resource, way)
}

// send sends a request.
func (p *Payer) send(r *http.Request) (*http.Response, error) {
	c := http.Client{Transport: p.Transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return c.Do(r)
}

// again is the request once more.
func again(r *http.Request, body []byte) *http.Request {
	out := r.Clone(r.Context())
	if r.Body != nil {
		out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return out
}

// choose finds a way to pay that is of the wallet's service, within the most, and for this request and no other.
func (p *Payer) choose(
	r *http.Request, body []byte, asked x402.Required, most ledger.Amount,
) (way x402.Requirements, err error) {
	service, err := url.Parse(p.Service)
	if err != nil {
		return way, err
	}
	network := x402.Network(service.Host)
	i := slices.IndexFunc(asked.Accepts, func(q x402.Requirements) bool { return q.Network == network })
	if i < 0 {
		return way, &Refused{Code: "not_allowed", Detail: "The site does not take money of " + service.Host + "."}
	}
	way = asked.Accepts[i]
	price, what, err := way.Terms(network, asked.Resource.URL)
	if err != nil {
		return way, err
	}
	if price.Currency != most.Currency || price.Micros > most.Micros {
		return way, &Refused{
			Code: "limit_exceeded", Detail: fmt.Sprintf("The site asks %s; at most %s is allowed.", price, most),
			Remedy: "Allow more with --max.",
		}
	}
	digest := ""
	if len(body) > 0 {
		digest = httpsig.Digest(body)
	}
	if what.URL != r.URL.String() || what.Method != r.Method || what.Digest != digest {
		return way, &Refused{Code: "terms_changed", Detail: "The site asks money for another request than this one."}
	}
	return way, nil
}

// pay has the wallet authorize what was asked, and asks again with the proof.
func (p *Payer) pay(
	r *http.Request, body []byte, resource x402.Resource, way x402.Requirements,
) (*http.Response, Paid, error) {
	question, err := json.Marshal(map[string]any{"x402": map[string]any{
		"resource": map[string]string{"url": resource.URL}, "accepted": way,
	}})
	if err != nil {
		return nil, Paid{}, err
	}
	name := sha256.Sum256(question)
	proof, key, err := p.authorize(r.Context(), name, question)
	if err != nil {
		return nil, Paid{}, err
	}
	payment := x402.Payment{
		Version: x402.Version, Resource: resource, Accepted: way,
		Extensions: map[string]any{x402.IDExtension: map[string]any{"info": map[string]any{"required": false, "id": key}}},
	}
	payment.Payload.Type, payment.Payload.Attestation = x402.Consume, proof
	header, err := x402.Encode(payment)
	if err != nil {
		return nil, Paid{}, err
	}
	out := again(r, body)
	out.Header.Set(x402.PaymentHeader, header)
	answer, err := p.send(out)
	if err != nil {
		return nil, Paid{}, err // the same request shows the same payment
	}
	var s x402.Settled
	if x402.Decode(answer.Header.Get(x402.ResponseHeader), &s) != nil {
		return answer, Paid{Amount: ledger.Amount{Currency: ledger.Currency(way.Asset)}, Unknown: true}, nil
	}
	switch {
	case !s.Success: // the next try is another payment
		p.forget(name)
	case answer.StatusCode < http.StatusInternalServerError: // it has come when all of it has
		answer.Body = &untilEnd{answer.Body, func() { p.forget(name) }}
	}
	micros, known := x402.Micros(s.Amount)
	return answer, Paid{
		Amount: ledger.Amount{Micros: micros, Currency: ledger.Currency(way.Asset)}, Charge: s.Transaction,
		Unknown: s.Success && !known,
	}, nil
}

// untilEnd is a body that tells when all of it was read.
type untilEnd struct {
	io.ReadCloser
	end func()
}

func (b *untilEnd) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.end()
	}
	return n, err
}

// Purse is what the person allows the program, and what there is.
type Purse struct {
	Name       string         `json:"name"`
	Each       ledger.Amount  `json:"each"`
	Day        ledger.Amount  `json:"day"`
	Total      *ledger.Amount `json:"total,omitempty"`
	SpentToday ledger.Amount  `json:"spent_today"`
	Spent      ledger.Amount  `json:"spent"`
	Available  ledger.Amount  `json:"available"`
	Expires    time.Time      `json:"expires"`
}

// Purse asks the wallet what the program may pay.
func (p *Payer) Purse(ctx context.Context) (purse Purse, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Service+"/v1/agent", nil)
	if err != nil {
		return purse, err
	}
	if err := p.sign(r, []string{"@method", "@target-uri"}); err != nil {
		return purse, err
	}
	answer, err := p.send(r)
	if err != nil {
		return purse, fmt.Errorf("the wallet does not answer: %w", err)
	}
	return purse, readAnswer(answer, http.StatusOK, &purse)
}

// authorization is what the wallet answers.
type authorization struct {
	Status      string    `json:"status"`
	Attestation string    `json:"attestation"`
	Expires     time.Time `json:"expires_at"`
}

// authorize gives the proof of a payment. One whose answer has not come is shown again, if it still can be.
func (p *Payer) authorize(ctx context.Context, name [32]byte, question []byte) (proof, key string, err error) {
	for {
		key, fresh, err := p.keyOf(name)
		if err != nil {
			return "", "", err
		}
		a, err := p.ask(ctx, question, key)
		if err != nil {
			// What was refused at the first try has no payment. Of an older one it is not known.
			var no *Refused
			if errors.As(err, &no) && fresh && no.status != http.StatusTooManyRequests {
				p.forget(name)
			}
			return "", "", err
		}
		now := p.Now()
		if fresh || a.Status == "held" && now.Before(a.Expires) ||
			a.Status == "captured" && now.Before(a.Expires.Add(keptAfter)) {
			return a.Attestation, key, nil
		}
		p.forget(name)
	}
}

// keyOf is the idempotency key of a payment; fresh says that it was made now.
func (p *Payer) keyOf(name [32]byte) (key string, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if one, is := p.open[name]; is {
		return one.key, false, nil
	}
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return "", false, err
	}
	key = "pay_" + hex.EncodeToString(raw)
	if p.open == nil {
		p.open = map[[32]byte]payment{}
	}
	if now := p.Now(); len(p.open) >= maxOpen {
		maps.DeleteFunc(p.open, func(_ [32]byte, one payment) bool { return now.Sub(one.made) > openFor })
	}
	p.open[name] = payment{key, p.Now()}
	return key, true, nil
}

func (p *Payer) forget(name [32]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, name)
}

// ask posts what was asked, signed. It is sent again while nothing is known.
func (p *Payer) ask(ctx context.Context, question []byte, key string) (a authorization, err error) {
	for n := 1; ; n++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Service+"/v1/authorizations", bytes.NewReader(question))
		if err != nil {
			return a, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", key)
		r.Header.Set("Content-Digest", httpsig.Digest(question))
		if err := p.sign(r, signed); err != nil {
			return a, err
		}
		answer, err := p.send(r)
		if err == nil {
			return a, readAnswer(answer, http.StatusCreated, &a)
		}
		if n == tries || ctx.Err() != nil {
			return a, fmt.Errorf("the wallet does not answer: %w", err)
		}
	}
}

// sign signs a request (RFC 9421).
func (p *Payer) sign(r *http.Request, cover []string) error {
	if t := p.Key.PublicKey().Type(); t != ssh.KeyAlgoED25519 {
		return fmt.Errorf("the key is of the type %s; an agent signs with ssh-ed25519", t)
	}
	of := httpsig.Request{Method: r.Method, Target: r.URL, Header: r.Header}
	id := ssh.FingerprintSHA256(p.Key.PublicKey())
	return httpsig.Sign(of, id, cover, p.Now(), func(b []byte) ([]byte, error) {
		s, err := p.Key.Sign(rand.Reader, b)
		if err != nil {
			return nil, err
		}
		return s.Blob, nil
	})
}

// readAnswer reads what the wallet answers with this status, or its refusal.
func readAnswer(answer *http.Response, status int, out any) error {
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxProblem))
	if err != nil {
		return err
	}
	if answer.StatusCode == status {
		return json.Unmarshal(raw, out)
	}
	no := &Refused{Code: strconv.Itoa(answer.StatusCode), status: answer.StatusCode}
	if json.Unmarshal(raw, no) != nil || no.Detail == "" || answer.StatusCode >= http.StatusInternalServerError {
		return fmt.Errorf("the wallet answers %s", answer.Status)
	}
	return no
}
