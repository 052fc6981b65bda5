package checkout

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// cookieGrace is how long a browser keeps the cookie of a page after the time to answer: an answer of the last second
	// leads back to the vendor, and a reader may go back to the page once more.
	cookieGrace = 10 * time.Minute
	// maxPages is of how many pages a browser brings the cookies, some 3 KB: proxies refuse requests whose cookies are
	// longer than 8 KB, so many purchases in a row, or a site that opens many pages, would shut a browser out.
	maxPages = 32
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
	p.keepPage(w, r, c)
	http.Redirect(w, r, path+"?"+asked, http.StatusSeeOther) //nolint:gosec // to a path of ours, under /c/
}

// keepPage gives a browser the cookie of the page that it has.
func (p *pages) keepPage(w http.ResponseWriter, r *http.Request, c view.CheckoutPage) {
	path := "/c/" + r.PathValue("txn")
	cookie := http.Cookie{ //nolint:gosec // secure wherever there is TLS; the demonstration runs without
		Name: p.cookieName(r.PathValue("txn")), Value: c.Cookie, Path: path,
		MaxAge: int((c.Expires.Sub(p.o.Now()) + cookieGrace) / time.Second), HttpOnly: true, Secure: p.secure,
		SameSite: http.SameSiteLaxMode, // the vendor's site leads here
	}
	if p.secure {
		cookie.Path = "/" // the prefix asks for it
		p.dropPages(w, r)
	}
	http.SetCookie(w, &cookie)
}

// dropPages takes the cookies of the oldest pages from a browser that has too many. Browsers bring those first that
// they have had for longest (RFC 6265, section 5.4).
func (p *pages) dropPages(w http.ResponseWriter, r *http.Request) {
	kept := slices.DeleteFunc(r.Cookies(), func(c *http.Cookie) bool {
		return !strings.HasPrefix(c.Name, p.cookieName("txn_")) || c.Name == p.cookieName(r.PathValue("txn"))
	})
	for _, c := range kept[:max(0, len(kept)-maxPages+1)] {
		http.SetCookie(w, &http.Cookie{
			Name: c.Name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode,
		})
	}
}

// Names of what a browser keeps for all requests (claim 27).
const (
	loginCookie  = "lid"
	deviceCookie = "did"
	// again marks the address to which a browser comes back with a login id.
	again = "again"
)

// kept is what a browser has brought under a name, "" if nothing.
func (p *pages) kept(r *http.Request, name string) string {
	c, err := r.Cookie(p.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// keep gives a browser what it brings for all requests, "" changes nothing. Lax: it is brought when a person follows a
// link or is sent here, and never for a part of another site's page (RFC 6265bis, section 5.2).
func (p *pages) keep(w http.ResponseWriter, name, value string, until view.Time) {
	if value == "" {
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure wherever there is TLS; the demonstration runs without
		Name: p.cookieName(name), Value: value, Path: "/", MaxAge: int(until.Sub(p.o.Now()) / time.Second),
		HttpOnly: true, Secure: p.secure, SameSite: http.SameSiteLaxMode,
	})
}

// arrival is what a browser brings to the page of a request.
func (p *pages) arrival(r *http.Request) view.Arrival {
	h := r.Header
	parts := h.Get("Sec-Fetch-Mode") != "" && h.Get("Sec-Fetch-Mode") != "navigate" ||
		h.Get("Sec-Fetch-Dest") != "" && h.Get("Sec-Fetch-Dest") != "document"
	early := h.Get("Sec-Purpose") != "" || h.Get("Purpose") != "" || h.Get("X-Moz") != ""
	return view.Arrival{
		Txn: r.PathValue("txn"), Page: p.cookie(r), Login: p.kept(r, loginCookie), Device: p.kept(r, deviceCookie),
		From: sender(r), Visit: r.Method == http.MethodGet && !parts && !early, Again: r.URL.Query().Has(again),
	}
}

// sender is the origin that has sent a browser, "" if it does not say, or comes from a page of ours.
func sender(r *http.Request) string {
	from := r.Header.Get("Origin")
	if from == "" || from == "null" {
		from = r.Header.Get("Referer")
	}
	u, err := url.Parse(from)
	if err != nil || u.Host == "" || u.Host == r.Host {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
