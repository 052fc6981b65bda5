// Package hook is the HTTP contract for vendors: handlers, the OpenAPI document that describes them, the only table from
// errors to statuses, and the sender of webhooks. What a request means is decided in package server.
package hook

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// Version is the date of the contract; requests may name it in Tuppence-Version, and every answer does.
const Version = "2026-11-23"

// maxBody bounds a request, in bytes.
const maxBody = 64 << 10

// Options are what the API needs beside the service.
type Options struct {
	BaseURL string // of links in answers, without a slash at the end
	Log     *slog.Logger
	Now     func() time.Time
	// Rate is how many requests a second a key may make, Burst how many at once; 0 means 200 and 400.
	Rate  float64
	Burst int
}

// api is the contract over one service.
type api struct {
	svc    *server.Server
	names  *seal.Sealer
	base   string
	log    *slog.Logger
	now    func() time.Time
	limits limits
	huma   huma.API
	served *patterns
}

// New is the handler of /v1, /openapi.json, /problems and /.well-known.
func New(svc *server.Server, o Options) http.Handler {
	a := newAPI(svc, o)
	return a.outside(a.served.ServeMux)
}

// newAPI is the contract with its parts in view.
func newAPI(svc *server.Server, o Options) *api {
	humaErrors()
	a := &api{svc: svc, names: svc.Sealer(), base: o.BaseURL, log: o.Log, now: o.Now, limits: limits{rate: o.Rate, burst: o.Burst, now: o.Now}}
	if a.limits.rate == 0 {
		a.limits.rate, a.limits.burst = 200, 400
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	mux := &patterns{ServeMux: http.NewServeMux()}
	a.served = mux
	config := huma.DefaultConfig("tuppence", Version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/openapi", "", ""
	config.CreateHooks = nil // no $schema links in answers
	config.Formats = map[string]huma.Format{"application/json": {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}}
	config.Formats["json"] = config.Formats["application/json"]
	config.Info.Description = "Sell content, services and goods for cents. Amounts are decimal strings, times are RFC 3339 in UTC, errors are problem documents with a remedy."
	config.Servers = []*huma.Server{{URL: o.BaseURL}}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer", Description: "The API key of the vendor."}}
	a.huma = humago.New(mux, config)
	a.huma.UseMiddleware(a.authenticate)
	a.routes()
	a.document()
	mux.HandleFunc("GET /problems/{code}", a.problemPage)
	mux.HandleFunc("GET /.well-known/jwks.json", a.keys)
	return a
}

// routes registers every operation of the contract.
func (a *api) routes() {
	a.vendorRoutes()
	a.offerRoutes()
	a.checkoutRoutes()
	a.chargeRoutes()
	a.refundRoutes()
	a.grantRoutes()
	a.linkRoutes()
	a.hookRoutes()
}

// contextKey keeps what a request carries.
type contextKey int

const (
	keySeller contextKey = iota
	keyRequestID
	keyBase
)

// errPanic was logged where it happened.
var errPanic = errors.New("panic")

// outside is around everything: request id, size, panics, and problems for what the mux would answer in plain text.
func (a *api) outside(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := a.names.RequestID()
		if err != nil {
			a.log.Error("name a request", "error", err)
		}
		r = r.WithContext(context.WithValue(context.WithValue(r.Context(), keyRequestID, id), keyBase, a.base))
		h := w.Header()
		h.Set("Request-Id", id)
		h.Set("Tuppence-Version", Version)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		defer func() {
			if p := recover(); p != nil && p != any(http.ErrAbortHandler) {
				a.log.Error("request panicked", "request", id, "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				a.write(w, problemOf(errPanic, a.base, id))
			}
		}()
		if v := r.Header.Get("Tuppence-Version"); v != "" && v != Version {
			a.write(w, problemOf(ledger.Invalid("Tuppence-Version", "Send "+Version+", or leave the header out.", "This service does not speak that version."), a.base, id))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody+1)
		if _, pattern := mux.Handler(r); pattern == "" {
			a.unknown(w, r, mux)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// unknown answers a path that is not there, or not for this method.
func (a *api) unknown(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := mux.Handler(other); pattern != "" {
			allowed = append(allowed, m)
		}
	}
	p := problemOf(ledger.Refuse(ledger.ErrNotFound, "See /openapi.json for what there is.", "There is nothing at this path."), a.base, requestID(r.Context()))
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		p = problemOf(ledger.ErrInvalid, a.base, p.RequestID)
		p.Retryable, p.Title, p.Status = false, "Method not allowed", http.StatusMethodNotAllowed
		p.Detail, p.Remedy = "This path does not take "+ledger.CleanLine(r.Method, 20)+".", "Use "+strings.Join(allowed, " or ")+"."
	}
	a.write(w, p)
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// authenticate finds the vendor behind the API key of an operation that needs one, and bounds its rate.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	scheme, token, ok := strings.Cut(ctx.Header("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		a.refuse(ctx, ledger.RefuseUnauthenticated())
		return
	}
	seller, err := a.svc.Authenticate(ctx.Context(), token)
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	if err := a.limits.allow(ctx, seller.ID); err != nil {
		a.refuse(ctx, err)
		return
	}
	next(huma.WithValue(ctx, keySeller, seller))
}

// refuse answers an error from outside of a handler.
func (a *api) refuse(ctx huma.Context, err error) {
	_, w := humago.Unwrap(ctx)
	a.write(w, a.problem(ctx.Context(), err))
}

// register adds an operation that a vendor's key opens. Errors of the handler become problems here, once.
func register[I, O any](a *api, o huma.Operation, handle func(context.Context, *server.Seller, *I) (*O, error)) {
	o.Security = []map[string][]string{{"key": {}}}
	o.MaxBodyBytes = maxBody
	o.Errors = []int{400, 401, 402, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503}
	if o.DefaultStatus == 0 {
		o.DefaultStatus = http.StatusOK
	}
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		seller, ok := ctx.Value(keySeller).(*server.Seller)
		if !ok {
			return nil, a.problem(ctx, ledger.RefuseUnauthenticated())
		}
		out, err := handle(ctx, seller, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// op describes an operation.
func op(method, path, id, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: "/v1" + path, OperationID: id, Summary: summary}
}

// made marks an operation that answers 201.
func made(o huma.Operation) huma.Operation {
	o.DefaultStatus = http.StatusCreated
	return o
}

// humaOnce guards the change of huma's global error maker: several APIs in one program share it.
var humaOnce sync.Once
