package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tuppence/server/ledger"
	"tuppence/server/paymentauth"
	"tuppence/server/x402"
)

const (
	// maxKept bounds an answer that is kept, allKept all of them, in bytes.
	maxKept, allKept = 1 << 20, 64 << 20
	// maxBuyers is how many buyers are counted before those that have not asked for a while are forgotten.
	maxBuyers = 10_000
)

// answer is what the site has answered, kept for who has not got it.
type answer struct {
	url, method, digest string // of the request
	status              int
	header              http.Header
	body                []byte
	until               time.Time
	// owes says that the money for it, amount, is not known to be taken.
	owes   bool
	amount int64 // micros
}

// owed is an answer of the site for which nothing is known of the money.
func owed(r *http.Response, p *paid, body []byte, amount int64) *answer {
	return &answer{
		url: p.terms.URL, method: p.terms.Method, digest: p.terms.Digest,
		status: r.StatusCode, header: kept(r.Header), body: body, owes: true, amount: amount,
	}
}

// answerOut is an answer on its way to a client.
type answerOut struct {
	*http.Response
	body []byte
}

func (a *answerOut) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.StatusCode)
	_, _ = w.Write(a.body) // the client went away: it can come again
}

// of tells whether the answer is that of the same request.
func (a *answer) of(p *paid) bool {
	return a.url == p.terms.URL && a.method == p.terms.Method && a.digest == p.terms.Digest
}

// size is what an answer takes.
func (a *answer) size() int {
	n := len(a.body) + 512
	for name, values := range a.header {
		n += len(name) + 64
		for _, v := range values {
			n += len(v) + 32
		}
	}
	return n
}

func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Idempotent-Replayed", "true")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client went away: it can come again
}

// flights lets one request of a payment through at a time, and keeps answers. It is memory only: what is lost with it
// is delivered again, or known to be taken.
type flights struct {
	mu    sync.Mutex
	away  map[string]chan struct{} // payments whose request is on its way; closed when it is back
	kept  map[string]*answer
	order []string // as they were kept
	bytes int
}

func newFlights() *flights {
	return &flights{away: map[string]chan struct{}{}, kept: map[string]*answer{}}
}

// enter waits until no other request of the payment is on its way. It returns the answer that is kept, or the right to
// ask for one: then leave has to be called.
func (f *flights) enter(ctx context.Context, id string, now time.Time) (kept *answer, leave func(), err error) {
	for {
		f.mu.Lock()
		if a := f.kept[id]; a != nil && now.Before(a.until) {
			f.mu.Unlock()
			return a, nil, nil
		}
		back := f.away[id]
		if back == nil {
			back = make(chan struct{})
			f.away[id] = back
			f.mu.Unlock()
			return nil, func() {
				f.mu.Lock()
				defer f.mu.Unlock()
				delete(f.away, id)
				close(back)
			}, nil
		}
		f.mu.Unlock()
		select {
		case <-back:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// keep keeps an answer. Those that are over make room, and then the oldest.
func (f *flights) keep(id string, a *answer, until, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kept[id] != nil {
		return
	}
	a.until = until
	f.kept[id], f.order, f.bytes = a, append(f.order, id), f.bytes+a.size()
	for len(f.order) > 1 && (f.bytes > allKept || !now.Before(f.kept[f.order[0]].until)) {
		f.bytes -= f.kept[f.order[0]].size()
		delete(f.kept, f.order[0])
		f.order = f.order[1:]
	}
}

// drop forgets an answer.
func (f *flights) drop(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a := f.kept[id]; a != nil {
		f.bytes -= a.size()
		delete(f.kept, id)
		f.order = slices.DeleteFunc(f.order, func(other string) bool { return other == id })
	}
}

// rates bounds how often each buyer asks.
type rates struct {
	rate  rate.Limit
	burst int
	mu    sync.Mutex // guards by
	by    map[string]*rate.Limiter
}

func newRates(perSecond float64, burst int) *rates {
	return &rates{rate: rate.Limit(perSecond), burst: burst, by: map[string]*rate.Limiter{}}
}

func (l *rates) allow(buyer string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.by[buyer]
	if b == nil {
		if len(l.by) >= maxBuyers { // one that is full is as good as a new one
			maps.DeleteFunc(l.by, func(_ string, b *rate.Limiter) bool { return b.TokensAt(now) >= float64(l.burst) })
		}
		b = rate.NewLimiter(l.rate, l.burst)
		l.by[buyer] = b
	}
	return b.AllowN(now, 1)
}

// problem is an answer of the gateway itself (RFC 9457).
type problem struct {
	status       int
	code         string
	detail, then string
	retry        time.Duration
}

func (p problem) write(w http.ResponseWriter) { p.writeAs("about:blank", w) }

// writeAs is write with a type of its own.
func (p problem) writeAs(kind string, w http.ResponseWriter) {
	if p.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.retry/time.Second)))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(struct { // the client went away: there is no one to tell
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code"`
		Remedy string `json:"remedy"`
	}{kind, http.StatusText(p.status), p.status, p.detail, p.code, p.then})
}

// words say why a payment was not taken.
var words = map[string][2]string{
	paymentauth.BadMethod:      {"The payment is of a method that is not taken.", "Choose the method tokens, charge."},
	paymentauth.BadMAC:         {"The challenge is not one of this site.", "Answer the one that comes with this."},
	paymentauth.TooLate:        {"The challenge is too old.", "Answer the one that comes with this."},
	x402.NotPaid:               {"This costs something.", "Pay as PAYMENT-REQUIRED says, and ask again."},
	x402.Malformed:             {"The payment cannot be read.", "Send one document of x402 version 2 in base64."},
	ledger.ProofInvalid:        {"The proof of payment is none of the service.", "Authorize it at the service."},
	ledger.ProofWrongPayee:     {"The payment is for somebody else.", "Pay what this site asks."},
	ledger.ProofTermsChanged:   {"The payment is for other terms.", "Authorize those of now, if you agree."},
	ledger.ProofRequestChanged: {"The payment is for another request.", "Send the one it was made for, or pay this one."},
	ledger.ProofLate:           {"The payment was shown too late.", "Authorize it anew: what waited goes back by itself."},
	ledger.ProofVoided:         {"The money was given back.", "Authorize it anew."},
	ledger.ProofExpired:        {"The money has gone back by itself.", "Authorize it anew."},
	ledger.ProofSettled:        {"The payment was used.", "Authorize it anew."},
}

// ask answers 402 with the terms of a request.
func (g *Gateway) ask(w http.ResponseWriter, route Route, what ledger.Resource, reason string) {
	required, err := x402.Encode(x402.Required{
		Version: x402.Version, Error: reason, Resource: x402.Resource{URL: what.URL, Description: g.o.Title},
		Accepts: []x402.Requirements{g.requirements(route, what)},
		Extensions: map[string]any{x402.IDExtension: map[string]any{
			"info": map[string]any{"required": false}, "schema": idSchema,
		}},
	})
	challenge, broken := g.challenge(route, what)
	if err = errors.Join(err, broken); err != nil {
		g.o.Log.Error("the terms cannot be written", "error", err)
		problem{
			http.StatusInternalServerError, "internal", "Something went wrong here, and it is logged.", "Try again.", 0,
		}.write(w)
		return
	}
	w.Header().Set(x402.RequiredHeader, required)
	w.Header().Set("WWW-Authenticate", challenge.Header())
	said, known := words[reason]
	if !known {
		said = [2]string{"The payment was not taken.", "Authorize it anew."}
	}
	problem{http.StatusPaymentRequired, reason, said[0], said[1], 0}.writeAs(paymentauth.Problem(reason), w)
}

// idSchema describes the id of a payment, as x402's extension wants it.
var idSchema = map[string]any{
	"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
	"properties": map[string]any{
		"required": map[string]any{"type": "boolean"},
		"id":       map[string]any{"type": "string", "minLength": 16, "maxLength": 128, "pattern": "^[a-zA-Z0-9_-]+$"},
	},
	"required": []string{"required"},
}

// unknown answers where nothing is known of the money: it waits, and the same payment can be shown again.
func (g *Gateway) unknown(w http.ResponseWriter, err error) {
	g.o.Log.Error("the service does not answer", "error", err)
	problem{
		http.StatusServiceUnavailable, "unavailable", "The service that keeps the money does not answer.",
		"Show the same payment again: it pays once.", 5 * time.Second,
	}.write(w)
}

// badGateway says that the site has not answered, or too late.
func badGateway(err error) problem {
	var slow net.Error
	if errors.As(err, &slow) && slow.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return problem{http.StatusGatewayTimeout, "delivery_failed", "The site has not answered in time.", "Try again.", 0}
	}
	return problem{http.StatusBadGateway, "delivery_failed", "The site has not answered.", "Try again.", 0}
}
