package demo

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
)

// policy lets the pages show themselves and send forms, also to the approval page of the service.
const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action *; base-uri 'none'; frame-ancestors 'none'"

// Handler is the site. Readers are known by nothing but the grants and the link in their own cookies.
func (n *Newspaper) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", n.front)
	mux.HandleFunc("GET /a/{slug}", n.read)
	mux.HandleFunc("POST /a/{slug}", n.buy)
	mux.HandleFunc("GET /paid/{slug}", n.paid)
	mux.HandleFunc("POST /allow", n.allow)
	mux.HandleFunc("GET /allowed", n.allowed)
	mux.HandleFunc("GET /office", n.office)
	mux.HandleFunc("POST /office/refund", n.refund)
	// Webhooks come from a server and are checked by their signature; forms come from a browser and are checked by origin.
	hooks := http.NewServeMux()
	hooks.HandleFunc("POST /hooks", n.receive)
	same := http.NewCrossOriginProtection() // forms come from our own pages only
	pages := same.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin") // the provider has to see which site has sent a browser
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if r.URL.Path == "/hooks" {
			hooks.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// view is what the pages draw. A page uses the fields that it needs; Problem may stand on any of them.
type view struct {
	Page     string
	Title    string
	Articles []*article
	Article  *article
	Open     bool
	Grant    *grant
	Linked   bool
	Problem  *problem
	Charges  []charge
	Titles   map[string]string
	Events   []event
}

// draw writes a page, whole or not at all.
func (n *Newspaper) draw(w http.ResponseWriter, status int, v view) {
	var b bytes.Buffer
	if err := n.pages.ExecuteTemplate(&b, "page.html", v); err != nil {
		n.log.Error("draw page", "page", v.Page, "error", err)
		http.Error(w, "The printing press is broken.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the reader went away: there is no one to tell
}

// fail shows a refusal of the service with its own words, and hides everything else.
func (n *Newspaper) fail(w http.ResponseWriter, err error) { n.failAt(w, nil, err) }

// failAt is fail on the way to an article, with a button to try again.
func (n *Newspaper) failAt(w http.ResponseWriter, a *article, err error) {
	status := http.StatusOK
	var refused *problem
	if !errors.As(err, &refused) || refused.Status >= 500 {
		n.log.Error("call the service", "error", err)
		status = http.StatusBadGateway
		refused = &problem{
			Title: "Payment is not possible now", Detail: "The payment service does not answer.",
			Remedy: "Please try again in a minute.",
		}
	}
	n.draw(w, status, view{Page: "problem", Title: refused.Title, Problem: refused, Article: a})
}

// front is the list of articles.
func (n *Newspaper) front(w http.ResponseWriter, r *http.Request) {
	n.draw(w, http.StatusOK, view{
		Page: "front", Title: "The Small Hours", Articles: n.articles, Linked: cookie(r, "link") != "", Problem: noSale(r),
	})
}

// noSale is why the reader comes back from the approval page without having bought, or nil.
func noSale(r *http.Request) *problem {
	switch r.FormValue("reason") {
	case "denied":
		return &problem{Detail: "You said no.", Remedy: "Nothing was charged."}
	case "expired":
		return &problem{Detail: "The time to answer was over.", Remedy: "Nothing was charged."}
	default:
		return nil
	}
}

// read opens the article if the reader has a grant for it with a view left; otherwise it shows the price.
func (n *Newspaper) read(w http.ResponseWriter, r *http.Request) {
	a := n.article(r.PathValue("slug"))
	if a == nil {
		n.draw(w, http.StatusNotFound, view{Page: "problem", Title: "No such article", Problem: &problem{
			Detail: "We never printed that.", Remedy: "The front page has what we did print.",
		}})
		return
	}
	if bearer(r) != "" {
		n.hand(w, r, a)
		return
	}
	// A program that pays reads in the head where it is sold (RFC 8288).
	w.Header().Set("Link", "<"+a.Buy+`>; rel="payment"`)
	v := view{Page: "article", Title: a.Title, Article: a, Linked: cookie(r, "link") != "", Problem: noSale(r)}
	if id := cookie(r, "grant_"+a.Slug); id != "" {
		var g grant
		// Each look at the page is a reading of its own. The request id only guards against our own second try.
		err := n.api.post(r.Context(), "/grants/"+id+"/consume", "", map[string]any{"n": 1, "request_id": n.newID()}, &g)
		var refused *problem
		switch {
		case err == nil:
			v.Open, v.Grant = true, &g
		case errors.As(err, &refused) && refused.Status < 500:
			v.Problem = refused // used up, expired or given back: sell again
		default:
			n.fail(w, err)
			return
		}
	}
	// The key of a silent purchase is made before the button is there, so that two clicks have the same one.
	if v.Linked && !v.Open && cookie(r, "try_"+a.Slug) == "" {
		n.remember(w, "try_"+a.Slug, n.newID(), try)
	}
	n.draw(w, http.StatusOK, v)
}

// cookie is a name that the service made, "" for none: such names are not guessed, so a cookie is enough. What cannot
// be one would end up in a path of the API.
func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) > 64 || strings.ContainsAny(c.Value, "/?#.%") {
		return ""
	}
	return c.Value
}

// How long a browser remembers, in seconds: a grant or the link, and a purchase that is not through yet.
const (
	year = 365 * 24 * 60 * 60
	try  = 24 * 60 * 60
)

// remember sets a cookie; a negative age removes it.
func (n *Newspaper) remember(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure wherever there is TLS; the demonstration runs without
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(n.url, "https:"),
	})
}
