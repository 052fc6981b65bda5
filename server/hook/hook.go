// Package hook is the HTTP contract for vendors (claims 11, 43): handlers, the OpenAPI document that describes them,
// and the only table from errors to statuses. What a request means is decided in package server.
//
// A request passes these places, in this order:
//
//  1. wrap names it, sets the headers of every answer, bounds its size, and catches panics.
//  2. The mux finds its operation; unknown refuses what has none.
//  3. authenticate finds the vendor behind its key, has the key judged for the scope of the operation, and takes it
//     out of the vendor's rate. Before that nothing of the body is read: a caller without a key costs no more than a
//     look-up.
//  4. strict refuses parameters and bodies that nothing would read. Huma reads the others (readJSON is strict), and
//     checks
//     them against the document.
//  5. The handler opens the sealed names, makes the fingerprint of the idempotency key, and calls the service.
//  6. What the service returned (a type of package view) is the body. An error becomes a Problem in register.
//
// Programs that pay, and libraries of x402, call what is not in the document (authorizations.go, x402.go): what they
// send is another contract's, and has more in it than is read here. Of the places above it passes the first two.
//
// A new field of an offer is a line in OfferIn, in OfferChange, and in the two functions that read them (offer.go); the
// document follows from the types.
package hook

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// version is the date of the contract; requests may name it in Tuppence-Version, and every answer does.
const version = "2026-11-23"

// maxBody bounds a request, in bytes, but for content: see [largeBodies].
const maxBody = 64 << 10

// Options are what the API needs beside the service.
type Options struct {
	BaseURL string           // of links in answers, without a slash at the end
	Log     *slog.Logger     // nil: nothing is logged
	Now     func() time.Time // the clock of rates and grant tokens
	// Rate is how many requests a second a vendor may make, Burst how many at once; 0 means 200 and 400.
	Rate  float64
	Burst int
	// PayerRate and PayerBurst are the same for the agent of a wallet; 0 means 20 and 40.
	PayerRate  float64
	PayerBurst int
}

// api is the contract over one service.
type api struct {
	svc     *server.Server
	names   *seal.Sealer
	base    string
	network string // of x402
	log     *slog.Logger
	now     func() time.Time
	limits  *rateLimits[ledger.VendorID]
	payers  *rateLimits[string] // by [server.Payer.Name]
	huma    huma.API
	served  *patterns
}

// Prefixes returns how the paths that [New] serves begin, for the mux above it.
func Prefixes() []string {
	return []string{"/v1/", "/openapi.json", "/problems/", "/.well-known/", "/x402/"}
}

// Owns tells whether a path is for the handler of [New].
func Owns(path string) bool {
	return slices.ContainsFunc(Prefixes(), func(p string) bool { return strings.HasPrefix(path, p) || path+"/" == p })
}

// New is the handler of all [Prefixes]. What the document has needs a key of a vendor, and so does taking a payment of
// x402; what a program pays is signed by an agent; the rest explains and needs nothing.
func New(svc *server.Server, o Options) http.Handler {
	a := newAPI(svc, o)
	return a.wrap(a.served)
}

// newAPI is the contract with its parts in view of the tests.
func newAPI(svc *server.Server, o Options) *api {
	humaErrors()
	if o.Rate == 0 {
		o.Rate, o.Burst = 200, 400
	}
	if o.PayerRate == 0 {
		o.PayerRate, o.PayerBurst = payerRate, payerBurst
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &api{
		svc: svc, names: svc.Sealer(), base: o.BaseURL, network: networkOf(o.BaseURL), log: o.Log, now: o.Now,
		limits: newRateLimits[ledger.VendorID](o.Rate, o.Burst, o.Now),
		payers: newRateLimits[string](o.PayerRate, o.PayerBurst, o.Now), served: &patterns{ServeMux: http.NewServeMux()},
	}
	a.huma = humago.New(a.served, config(o.BaseURL))
	a.huma.UseMiddleware(a.authenticate, a.strict)
	a.vendorRoutes()
	a.originRoutes()
	a.offerRoutes()
	a.checkoutRoutes()
	a.chargeRoutes()
	a.refundRoutes()
	a.incentiveRoutes()
	a.campaignRoutes()
	a.issueRoutes()
	a.planRoutes()
	a.referralRoutes()
	a.disputeRoutes()
	a.grantRoutes()
	a.linkRoutes()
	a.settlementRoutes()
	a.endpointRoutes()
	a.document()
	a.served.HandleFunc("GET /problems/{code}", a.problemPage)
	a.served.HandleFunc("GET /.well-known/jwks.json", a.keys)
	a.served.HandleFunc(authorizations, a.authorize)
	a.served.HandleFunc(agent, a.purse)
	a.facilitatorRoutes()
	a.served.HandleFunc("/", a.unknown)
	return a
}

// config is huma's: the document without its pages, bodies without $schema links, and our strict reader of JSON.
func config(base string) huma.Config {
	c := huma.DefaultConfig("tuppence", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/openapi", "", ""
	c.CreateHooks = nil
	json := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}
	c.Formats = map[string]huma.Format{"application/json": json, "json": json}
	c.Info.Description = "Sell content, services and goods for cents. Amounts are decimal strings, times are RFC 3339 " +
		"in UTC, errors are problem documents with a remedy."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Info.Contact = &huma.Contact{Name: "The operator of this service", URL: base + "/"}
	c.Components.Schemas = schemas()
	c.Servers = []*huma.Server{{URL: base}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: keySchemeWords},
	}
	return c
}
