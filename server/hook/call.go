package hook

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"tuppence/server"
	"tuppence/server/ledger"
)

// call is what is known of a request on its way to its handler.
type call struct {
	id     string // in the logs and in the answer, so that a vendor can quote it
	base   string // of the API, for links in problems that huma makes
	what   string // method and path: a part of the fingerprint of an idempotency key
	seller *server.Seller
	query  url.Values // the parameters, nil if there are none
	most   int64      // bytes that its body may have
}

// callKey keeps the call in a request's context.
type callKey struct{}

// callOf is the call of a request; a request that came another way than through wrap has an empty one.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// errPanic was logged where it happened.
var errPanic = errors.New("panic")

// wrap is around every request: its id, the headers of every answer, its size, and panics.
func (a *api) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := a.names.RequestID()
		if err != nil {
			a.log.Error("name a request", "error", err)
		}
		h := w.Header()
		h.Set("Request-Id", id)
		h.Set("Tuppence-Version", version)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		// A panic is one request's fault and must not end the others. The books are safe: a transaction that was not
		// committed leaves nothing.
		defer func() {
			if p := recover(); p != nil && p != any(http.ErrAbortHandler) {
				a.log.Error("request panicked", "request", id, "method", r.Method, "path", r.URL.Path,
					"panic", p, "stack", string(debug.Stack()))
				a.write(w, problemOf(errPanic, a.base, id))
			}
		}()
		if v := r.Header.Get("Tuppence-Version"); v != "" && v != version {
			a.write(w, problemOf(refuseVersion(), a.base, id))
			return
		}
		// The mux would answer with the address of another operation, where the client does what was not asked for.
		if crooked(r.URL.EscapedPath()) {
			a.write(w, problemOf(ledger.Refuse(ledger.ErrNotFound, "Look whether an id is missing; /openapi.json has the paths.",
				"A part of the path is empty, or dots."), a.base, id))
			return
		}
		// The largest body that any operation takes; each has its own bound. It is more, so that huma sees that it is.
		r.Body = http.MaxBytesReader(w, r.Body, ledger.MaxContent+2)
		c := &call{id: id, base: a.base, what: r.Method + " " + r.URL.Path}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

// crooked tells whether a path is another one when it is cleaned, as it is when an id is empty.
func crooked(path string) bool {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, part := range parts {
		if part == "." || part == ".." || part == "" && i < len(parts)-1 {
			return true
		}
	}
	return false
}

// refuseVersion says no to a contract of another date: guessing what its words mean here could cost money.
func refuseVersion() error {
	return ledger.Invalid("Tuppence-Version", "Send "+version+", or leave the header out.",
		"This service does not speak that version.")
}

// unknown refuses a path that is not there, or not for this method (RFC 9110 section 15.5.6). It is here because the
// mux would say so in plain text.
func (a *api) unknown(w http.ResponseWriter, r *http.Request) {
	p := problemOf(ledger.Refuse(ledger.ErrNotFound, "See /openapi.json for what there is.",
		"There is nothing at this path."), a.base, callOf(r.Context()).id)
	allowed := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	allowed = slices.DeleteFunc(allowed, func(method string) bool {
		other := r.Clone(r.Context())
		other.Method = method
		_, pattern := a.served.Handler(other)
		return pattern == "/" || pattern == ""
	})
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		p = problemOf(ledger.Refuse(ledger.ErrInvalid, "Use "+strings.Join(allowed, " or ")+".",
			"This path does not take %s.", ledger.CleanLine(r.Method, 20)), a.base, p.RequestID)
		p.Title, p.Status = "Method not allowed", http.StatusMethodNotAllowed
	}
	a.write(w, p)
}
