package checkout

import (
	"errors"
	"mime"
	"net/http"
	"strconv"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// maxForm is the largest form that a static page sends, in bytes.
const maxForm = 4 << 10

// static opens a request for a browser that a page without a server has sent: by a link, or by a form with quantity and
// client_reference_id (claims 41, 43). What it costs and what it gives are sealed in the address; a form adds nothing
// to that. A program that fetches in advance opens nothing.
func (p *pages) static(w http.ResponseWriter, r *http.Request) {
	q, err := p.staticArrival(w, r)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	if r.Method == http.MethodHead || r.Method == http.MethodGet && !p.arrival(r).Visit {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	txn, err := p.svc.ArriveStatic(r.Context(), q)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	// The request that follows still says who has sent the browser.
	w.Header().Set("Referrer-Policy", "strict-origin")
	http.Redirect(w, r, "/c/"+txn, http.StatusSeeOther) //nolint:gosec // a path of ours
}

// staticArrival reads the address and the form. It refuses with ErrInvalid.
func (p *pages) staticArrival(w http.ResponseWriter, r *http.Request) (q view.StaticArrival, err error) {
	q = view.StaticArrival{
		Offer: r.PathValue("offer"), Sealed: r.URL.Query().Get("s"), From: sender(r),
		Addr: server.NetworkAddr(r.RemoteAddr),
	}
	if r.Method != http.MethodPost {
		return q, nil
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return q, ledger.Invalid("Content-Type", "Send a plain form with method post.", "This is no form.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return q, ledger.Invalid("form", "Send at most 4 KiB.", "The form is too long.")
		}
		return q, ledger.Invalid("form", "Go back, and send it again.", "The form cannot be read.")
	}
	q.ClientRef = r.PostForm.Get("client_reference_id")
	if text := r.PostForm.Get("quantity"); text != "" {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil || n == 0 {
			return q, ledger.Invalid("quantity", "Buy 1 to 10000 pieces.", "The quantity is out of bounds.")
		}
		q.Quantity = uint32(n)
	}
	return q, nil
}
