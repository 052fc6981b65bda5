package checkout

import (
	"net/http"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// cookieGrace is how long a browser keeps the cookie of a page after the time to answer: an answer of the last second
	// leads back to the vendor, and a reader may go back to the page once more.
	cookieGrace = 10 * time.Minute
	// asked marks the address to which a browser comes with its cookie.
	asked = "opened"
)

// cookieName is what the cookie of a request is called. Each request has one of its own, so that two open pages do not
// take each other's place, also those of two services on one host, whose ports browsers do not tell apart. Over https
// the prefix has the browser refuse one that another host or an open line has set (RFC 6265bis, section 4.1.3.2).
func (p *pages) cookieName(txn string) string {
	if p.secure {
		return "__Host-" + txn
	}
	return txn
}

// cookie is what the browser has brought for the page that it asks for, "" if nothing.
func (p *pages) cookie(r *http.Request) string {
	c, err := r.Cookie(p.cookieName(r.PathValue("txn")))
	if err != nil {
		return ""
	}
	return c.Value
}

// offer gives a browser the cookie of a page that nobody has yet, and sends it back to the page with it. It identifies
// nobody: it is of this request, is sent nowhere else, and ends with it.
func (p *pages) offer(w http.ResponseWriter, r *http.Request, c view.CheckoutPage) {
	if r.URL.Query().Has(asked) {
		p.fail(w, r, ledger.Refuse(ledger.ErrState, "Allow it this site's cookie, which ends with the request, or start "+
			"again at the vendor's site.", "This browser has not brought back the cookie that keeps the page for it."))
		return
	}
	path := "/c/" + r.PathValue("txn")
	cookie := http.Cookie{ //nolint:gosec // secure wherever there is TLS; the demonstration runs without
		Name: p.cookieName(r.PathValue("txn")), Value: c.Cookie, Path: path,
		MaxAge: int((c.Expires.Sub(p.o.Now()) + cookieGrace) / time.Second), HttpOnly: true, Secure: p.secure,
		SameSite: http.SameSiteLaxMode, // the vendor's site leads here
	}
	if p.secure {
		cookie.Path = "/" // the prefix asks for it
	}
	http.SetCookie(w, &cookie)
	http.Redirect(w, r, path+"?"+asked, http.StatusSeeOther) //nolint:gosec // to a path of ours, under /c/
}
