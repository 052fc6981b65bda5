// Package gateway puts an existing site or API behind a price, for programs that pay (x402 version 2). It is a vendor
// like any other: it has an API key, calls the service over HTTP, and keeps no books.
//
// A paid request passes these places, in this order:
//
//  1. route finds what the path costs. What is free goes on at once; so do no others.
//  2. The payment is compared with the terms of the route now, and the attestation with both: it is read with the
//     public keys of the service, so a payment that is not good costs no call.
//  3. One request at a time goes on for each payment. Who comes with the same one meanwhile, or comes again because the
//     answer was lost, gets the answer that is kept.
//  4. The site is asked. Below 400 the money is taken, and then the answer goes out; else all of it is given back.
//
// So money is taken only for what was delivered, and what was paid is delivered again for some minutes.
package gateway

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"tuppence/server/httpsig"
	"tuppence/server/ledger"
	"tuppence/server/paymentauth"
	"tuppence/server/x402"
)

const (
	// maxBody bounds the body of a paid request: its digest is a part of what is paid, so all of it is read first.
	maxBody = 1 << 20
	// Life is for how long a payment may be shown.
	Life = time.Minute
)

// Headers between the gateway and the site. What a client sends under these names is taken away.
const (
	// WalletHeader tells the site what it calls the buyer, ChargeHeader the charge.
	WalletHeader, ChargeHeader = "Tuppence-Wallet", "Tuppence-Charge-Id"
	// TakeHeader is how much of the most the site takes, in micros; it does not leave the gateway.
	TakeHeader = "Tuppence-Take"
)

// Route is what a part of the site costs. Free is said, and not the absence of a price.
type Route struct {
	Prefix string // of the path, with a slash at its beginning
	Free   bool
	Price  ledger.Amount
	UpTo   bool // the price is the most: the site says how much, see [TakeHeader]
}

// Options are what a gateway needs.
type Options struct {
	Upstream *url.URL // the site as it stands behind the gateway
	Site     string   // its origin as buyers know it, proven at the service (claim 28)
	Title    string   // shown to buyers
	Routes   []Route  // what no prefix fits is not there
	Service  Service
	Signer   ed25519.PrivateKey // signs receipts of delivery
	// Rate is how many paid requests a second a buyer may make, Burst how many at once; 0 means 20 and 40.
	Rate  float64
	Burst int
	Log   *slog.Logger
	Now   func() time.Time
	// Transport calls the site; nil: the usual one.
	Transport http.RoundTripper
}

// Gateway is a handler of HTTP.
type Gateway struct {
	o        Options
	network  string
	proxy    *httputil.ReverseProxy
	flights  *flights
	rates    *rates
	receipts receipts
	key      []byte // binds challenges
}

// New is a gateway. It refuses options that cannot be meant.
func New(o Options) (*Gateway, error) {
	service, err := url.Parse(o.Service.URL)
	if err != nil || service.Host == "" {
		return nil, fmt.Errorf("the address of the service is none")
	}
	if _, err := ledger.CheckOrigin(o.Site); err != nil {
		return nil, fmt.Errorf("the site: %w", err)
	}
	o.Site = strings.TrimSuffix(o.Site, "/")
	for _, r := range o.Routes {
		if !strings.HasPrefix(r.Prefix, "/") || r.Free == (r.Price.Micros > 0) {
			return nil, fmt.Errorf("the route %q has to begin with a slash, and to be free or to have a price", r.Prefix)
		}
	}
	o.Routes = slices.Clone(o.Routes)
	slices.SortStableFunc(o.Routes, func(a, b Route) int { return cmp.Compare(len(b.Prefix), len(a.Prefix)) })
	o.Rate, o.Burst = cmp.Or(o.Rate, 20), cmp.Or(o.Burst, 40)
	g := &Gateway{
		o: o, network: x402.Network(service.Host), flights: newFlights(), rates: newRates(o.Rate, o.Burst),
		receipts: receipts{o.Site, o.Signer}, key: challengeKey(o.Signer),
	}
	g.proxy = &httputil.ReverseProxy{
		Rewrite: g.rewrite, ModifyResponse: g.answered, ErrorHandler: g.failed, FlushInterval: -1, Transport: o.Transport,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return g, nil
}

// ServeHTTP carries out a request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == ReceiptKeys && r.Method == http.MethodGet {
		g.receipts.keys(w)
		return
	}
	if p := unserved(r); p != nil {
		p.write(w)
		return
	}
	i := slices.IndexFunc(g.o.Routes, func(t Route) bool { return t.fits(r.URL.Path) })
	if i < 0 {
		problem{
			http.StatusNotFound, "not_found", "There is nothing at this path.", "Look at the paths of the site.", 0,
		}.write(w)
		return
	}
	if route := g.o.Routes[i]; !route.Free {
		g.sell(w, r, route)
		return
	}
	g.proxy.ServeHTTP(w, r)
}

// fits tells whether the path is below the prefix, at a whole part of it.
func (t Route) fits(p string) bool {
	rest, is := strings.CutPrefix(p, t.Prefix)
	return is && (rest == "" || strings.HasSuffix(t.Prefix, "/") || strings.HasPrefix(rest, "/"))
}

// unserved says no to what the site could understand in another way than the routes do, and to what is no request with
// one answer.
func unserved(r *http.Request) *problem {
	escaped := strings.ToLower(r.URL.EscapedPath())
	clean := path.Clean(r.URL.Path)
	if strings.HasSuffix(r.URL.Path, "/") && clean != "/" {
		clean += "/"
	}
	switch {
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace || r.URL.Path == "*":
		return &problem{
			http.StatusMethodNotAllowed, "invalid_request", "This method is not served here.", "Use another one.", 0,
		}
	case r.Header.Get("Upgrade") != "":
		return &problem{
			http.StatusNotImplemented, "invalid_request",
			"Connections are not upgraded behind a price: a WebSocket has no end to pay for.",
			"Use requests with one answer each.", 0,
		}
	case clean != r.URL.Path, strings.Contains(escaped, "%2f"), strings.Contains(escaped, "%5c"),
		strings.Contains(escaped, "%2e"), strings.Contains(escaped, "\\"):
		return &problem{
			http.StatusBadRequest, "invalid_request", "The path can be read in two ways.",
			"Send it without dots, doubled or escaped slashes.", 0,
		}
	}
	return nil
}

// sell lets through what is paid for.
func (g *Gateway) sell(w http.ResponseWriter, r *http.Request, route Route) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		problem{
			http.StatusRequestEntityTooLarge, "invalid_request", "The body is longer than a paid request may be.",
			"Send at most 1 MiB.", 0,
		}.write(w)
		return
	}
	terms := ledger.Resource{URL: g.o.Site + r.URL.RequestURI(), Method: r.Method, UpTo: route.UpTo}
	if len(body) > 0 {
		terms.Digest = httpsig.Digest(body)
	}
	p, reason, err := g.shown(r, route, terms)
	if errors.Is(err, errTwo) {
		problem{
			http.StatusBadRequest, "invalid_request", "The request has two payments.", "Show one of them.", 0,
		}.write(w)
		return
	}
	if err != nil {
		g.unknown(w, err)
		return
	}
	if reason != "" {
		g.ask(w, route, terms, reason)
		return
	}
	if !g.rates.allow(p.claims.Subject, g.o.Now()) {
		problem{
			http.StatusTooManyRequests, "rate_limited", "This buyer asks too often.", "Ask again in a second.", time.Second,
		}.write(w)
		return
	}
	p.route, p.body = route, body
	g.deliver(w, r, p)
}

// deliver gives the answer that is kept, or gets it.
func (g *Gateway) deliver(w http.ResponseWriter, r *http.Request, p *paid) {
	kept, leave, err := g.flights.enter(r.Context(), p.claims.ID, g.o.Now())
	if err != nil {
		return // the client has gone
	}
	if kept != nil {
		if !kept.of(p) {
			g.ask(w, p.route, p.terms, ledger.ProofRequestChanged)
			return
		}
		kept.write(w)
		return
	}
	defer leave()
	if !g.o.Now().Before(p.claims.Expiry.Time()) {
		g.ask(w, p.route, p.terms, ledger.ProofLate)
		return
	}
	if p.late {
		g.ask(w, p.route, p.terms, paymentauth.TooLate)
		return
	}
	// Who has paid and not got the answer reads again. What does more than read, or takes another amount each time, is
	// not done again.
	if p.risky() {
		v, err := g.o.Service.Verify(r.Context(), p.presented())
		switch {
		case err != nil:
			g.unknown(w, err)
			return
		case v.Reason == ledger.ProofSettled && !p.reads():
			p.taken(w, g.o.Now())
			return
		case v.Reason == ledger.ProofSettled:
			p.settled = true
		case !v.Valid:
			g.ask(w, p.route, p.terms, v.Reason)
			return
		}
	}
	r = r.WithContext(withPaid(r.Context(), p))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(p.body)), int64(len(p.body))
	g.proxy.ServeHTTP(w, r)
}

// rewrite makes the request for the site.
func (g *Gateway) rewrite(r *httputil.ProxyRequest) {
	r.SetURL(g.o.Upstream)
	r.Out.Host = "" // the site's own
	for _, name := range []string{x402.PaymentHeader, WalletHeader, ChargeHeader, TakeHeader} {
		r.Out.Header.Del(name)
	}
	if p := paidOf(r.In.Context()); p != nil {
		if p.challenge != nil { // it is ours; what else is in the header is the site's
			r.Out.Header.Del("Authorization")
		}
		r.Out.Header.Set(WalletHeader, p.claims.Subject)
		r.Out.Header.Set(ChargeHeader, p.claims.Charge)
		r.Out.Header.Set("Accept-Encoding", "identity") // receipts tell of the bytes that are read
	}
}

// errNoMoney ends a request whose money could not be taken; what was answered instead is written already or in it.
type errNoMoney struct{ reason string }

func (e errNoMoney) Error() string { return "the payment was refused: " + e.reason }

// answered takes the money for an answer of the site, or gives it back. Then the answer goes out. A short answer is
// read to its end before, so that one that breaks off costs nothing.
func (g *Gateway) answered(r *http.Response) error {
	p := paidOf(r.Request.Context())
	take := r.Header.Get(TakeHeader)
	for _, name := range []string{TakeHeader, x402.ResponseHeader, ReceiptHeader, paymentauth.ReceiptHeader} {
		r.Header.Del(name) // they are ours to say
	}
	if p == nil {
		return nil
	}
	r.Header.Set("Cache-Control", "private")
	amount, err := p.amount(r.StatusCode, take)
	if err != nil {
		return err
	}
	short, err := shortBody(r)
	if err != nil {
		return err
	}
	s := x402.Settled{Success: true, Transaction: p.claims.Charge, Network: g.network, Payer: p.claims.Subject}
	if !p.settled {
		ctx, done := withoutEnd(r.Request.Context())
		defer done()
		if s, err = g.o.Service.Settle(ctx, p.presented(), amount); err != nil {
			return err
		}
		if !s.Success {
			return errNoMoney{s.Reason}
		}
	}
	delivered := r.StatusCode < http.StatusBadRequest
	if !delivered {
		s.Success, s.Reason = false, x402.NotDelivered
	}
	if err := p.tell(r.Header, s, g.o.Now()); err != nil {
		return err
	}
	if !delivered { // the next try is another payment
		return nil
	}
	return g.receipts.attach(r, p, short, g.o.Now(), func(a *answer) {
		g.flights.keep(p.claims.ID, a, p.keptUntil(), g.o.Now())
	})
}

// shortBody reads a body whose length is known and small, and puts it back. It is nil for another one.
func shortBody(r *http.Response) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > maxKept {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxKept))
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// failed answers where the site has not, or the money could not be taken.
func (g *Gateway) failed(w http.ResponseWriter, r *http.Request, err error) {
	p := paidOf(r.Context())
	var no errNoMoney
	var lost errService
	switch {
	case errors.As(err, &no):
		g.ask(w, p.route, p.terms, no.reason)
		return
	case errors.As(err, &lost):
		g.unknown(w, err)
		return
	}
	if p != nil && !p.settled {
		ctx, done := withoutEnd(r.Context())
		defer done()
		s, err := g.o.Service.Settle(ctx, p.presented(), 0)
		if err != nil {
			g.o.Log.Warn("the money of a request that failed waits until its hold ends", "error", err)
		}
		s.Success, s.Reason = false, x402.NotDelivered
		if err := p.tell(w.Header(), s, g.o.Now()); err != nil {
			g.o.Log.Error("what became of the money cannot be told", "error", err)
		}
	}
	g.o.Log.Warn("the site has not answered", "error", err)
	badGateway(err).write(w)
}
