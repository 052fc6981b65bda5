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
// So money is taken only for what the site has answered, and what was paid is delivered again for some minutes. A short
// answer is here to its end before the money is taken; a long one is on its way.
package gateway

import (
	"bytes"
	"cmp"
	"context"
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
	// maxBodies is how many of them are read at once.
	maxBodies = 128
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
	key      []byte        // binds challenges
	bodies   chan struct{} // places in which a body is read
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
		bodies: make(chan struct{}, maxBodies),
	}
	g.proxy = &httputil.ReverseProxy{
		Rewrite: g.rewrite, ModifyResponse: g.answered, ErrorHandler: g.failed, FlushInterval: -1, Transport: o.Transport,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return g, nil
}

// ServeHTTP carries out a request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w = &patient{w, http.NewResponseController(w)}
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

// writeWait is for how long a client may read nothing of what it is sent.
const writeWait = time.Minute

// patient gives a client time for each part of an answer: a stream may take as long as it takes, and one who reads
// nothing ends.
type patient struct {
	http.ResponseWriter
	*http.ResponseController
}

func (p *patient) Write(b []byte) (int, error) {
	_ = p.SetWriteDeadline(time.Now().Add(writeWait)) // a connection without deadlines has an end of its own
	return p.ResponseWriter.Write(b)
}

// Unwrap leads a ResponseController on.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

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
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return &problem{
			http.StatusNotImplemented, "invalid_request",
			"Connections are not upgraded behind a price: a WebSocket has no end to pay for.",
			"Use requests with one answer each.", 0,
		}
	case clean != r.URL.Path, strings.Contains(escaped, "%2f"), strings.Contains(escaped, "%5c"),
		strings.Contains(escaped, "%2e"), strings.Contains(escaped, "\\"), strings.Contains(escaped, "%25"),
		strings.ContainsFunc(r.URL.Path, func(c rune) bool { return c < ' ' || c == ';' || c == 0x7f }):
		return &problem{
			http.StatusBadRequest, "invalid_request", "The path can be read in two ways.",
			"Send it without dots, semicolons, doubled or escaped slashes, and escaped once.", 0,
		}
	}
	return nil
}

// sell lets through what is paid for.
func (g *Gateway) sell(w http.ResponseWriter, r *http.Request, route Route) {
	body, err := g.read(w, r)
	if errors.Is(err, errBusy) {
		problem{
			http.StatusServiceUnavailable, "unavailable", "Too many bodies are read at once.", "Try again.", time.Second,
		}.write(w)
		return
	}
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
	if err := terms.Check(); err != nil { // nobody could pay it
		problem{http.StatusBadRequest, "invalid_request", err.Error(), "", 0}.write(w)
		return
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

// errBusy says that as many bodies are being read as may be.
var errBusy = errors.New("busy")

// read reads the body of a request that is not paid yet, and few of them at once.
func (g *Gateway) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	select {
	case g.bodies <- struct{}{}:
		defer func() { <-g.bodies }()
	default:
		return nil, errBusy
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
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
		if kept.owes {
			g.collect(w, r, p, kept)
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
	// A client that goes away ends nothing: what it has asked for is done, taken, and kept for it.
	ctx, done := context.WithCancel(context.WithoutCancel(r.Context()))
	defer done()
	r = r.WithContext(withPaid(ctx, p))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(p.body)), int64(len(p.body))
	g.proxy.ServeHTTP(w, r)
}

// rewrite makes the request for the site.
func (g *Gateway) rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.RawQuery = r.In.URL.RawQuery // what is paid for is what is asked for, to the letter
	r.SetURL(g.o.Upstream)
	r.Out.Host = "" // the site's own
	r.Out.Trailer = nil
	for name := range r.Out.Header { // many sites read _ as -
		if strings.Contains(name, "_") {
			delete(r.Out.Header, name)
		}
	}
	for _, name := range append(oursToSay, otherRequests...) {
		r.Out.Header.Del(name)
	}
	if p := paidOf(r.In.Context()); p != nil {
		if p.challenge != nil { // it is ours; what else is in the header is the site's
			r.Out.Header.Del("Authorization")
		}
		r.Out.Header.Set(WalletHeader, p.claims.Subject)
		r.Out.Header.Set(ChargeHeader, p.claims.Charge)
		r.Out.Header.Set("Accept-Encoding", "identity") // receipts tell of the bytes that are read
		for _, name := range partly {
			r.Out.Header.Del(name)
		}
	}
}

// Headers that do not reach the site.
var (
	// oursToSay are the gateway's.
	oursToSay = []string{x402.PaymentHeader, WalletHeader, ChargeHeader, TakeHeader}
	// otherRequests are read by some sites as another request than the one that was paid for.
	otherRequests = []string{
		"X-Original-Url", "X-Rewrite-Url", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "Upgrade",
	}
	// partly ask for a part of an answer, or for none: what is paid for is whole, and can be given again.
	partly = []string{"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"}
)

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
	if to, is := strings.CutPrefix(r.Header.Get("Location"), g.o.Upstream.String()); is {
		r.Header.Set("Location", g.o.Site+"/"+strings.TrimPrefix(to, "/"))
	}
	s := p.before()
	if !p.settled {
		ctx, done := withoutEnd(r.Request.Context())
		defer done()
		s, err = g.o.Service.Settle(ctx, p.presented(), amount)
		switch {
		case err != nil && short != nil && delivered(r.StatusCode):
			g.flights.keep(p.claims.ID, owed(r, p, short, amount), p.keptUntil(), g.o.Now())
			return err
		case err != nil:
			return err
		case !s.Success && amount == 0 && s.Reason == ledger.ProofConflict: // it was taken before
			p.settled, s = true, p.before()
		case !s.Success:
			return errNoMoney{s.Reason}
		}
	}
	return g.finish(r, p, s, short)
}

// finish tells what became of the money, and keeps what was delivered. What was not is another payment at the next try.
func (g *Gateway) finish(r *http.Response, p *paid, s x402.Settled, short []byte) error {
	if !delivered(r.StatusCode) {
		if !p.settled {
			s.Success, s.Reason = false, x402.NotDelivered
		}
		return p.tell(r.Header, s, g.o.Now())
	}
	if err := p.tell(r.Header, s, g.o.Now()); err != nil {
		return err
	}
	return g.receipts.attach(r, p, short, g.o.Now(), func(a *answer) {
		g.flights.keep(p.claims.ID, a, p.keptUntil(), g.o.Now())
	})
}

// delivered tells whether the site has given what is sold: no redirect, and no error.
func delivered(status int) bool { return status < http.StatusMultipleChoices }

// collect takes the money for an answer that is kept, because nothing was known of it before, and gives the answer.
func (g *Gateway) collect(w http.ResponseWriter, r *http.Request, p *paid, kept *answer) {
	s, err := g.o.Service.Settle(r.Context(), p.presented(), kept.amount)
	if err != nil {
		g.unknown(w, err)
		return
	}
	if !s.Success {
		g.ask(w, p.route, p.terms, s.Reason)
		return
	}
	answer := &http.Response{StatusCode: kept.status, Header: kept.header.Clone(), Request: r}
	g.flights.drop(p.claims.ID)
	if err := g.finish(answer, p, s, kept.body); err != nil {
		g.unknown(w, err)
		return
	}
	(&answerOut{answer, kept.body}).write(w)
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
		switch {
		case err != nil: // nothing is known, so nothing is said
			g.o.Log.Warn("the money of a request that failed waits until its hold ends", "error", err)
			p = nil
		case s.Reason == ledger.ProofConflict: // it was taken before
			p.settled = true
		}
	}
	if p != nil {
		s := p.before()
		if !p.settled {
			s.Success, s.Reason, s.Amount = false, x402.NotDelivered, "0"
		}
		if err := p.tell(w.Header(), s, g.o.Now()); err != nil {
			g.o.Log.Error("what became of the money cannot be told", "error", err)
		}
	}
	g.o.Log.Warn("the site has not answered", "error", err)
	badGateway(err).write(w)
}
