package demo

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Handler is the site. Readers are known by nothing but the grants and the link in their own cookies.
func (p *Paper) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.front)
	mux.HandleFunc("GET /a/{slug}", p.read)
	mux.HandleFunc("POST /a/{slug}", p.buy)
	mux.HandleFunc("GET /paid/{slug}", p.paid)
	mux.HandleFunc("POST /allow", p.allow)
	mux.HandleFunc("GET /allowed", p.allowed)
	mux.HandleFunc("GET /office", p.office)
	mux.HandleFunc("POST /office/refund", p.refund)
	hooks := http.NewServeMux()
	hooks.HandleFunc("POST /hooks", p.receive)
	same := http.NewCrossOriginProtection() // forms come from our own pages only
	pages := same.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action *; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		if r.URL.Path == "/hooks" {
			hooks.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// view is what the pages draw.
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

func (p *Paper) draw(w http.ResponseWriter, status int, v view) {
	var b bytes.Buffer
	if err := p.pages.ExecuteTemplate(&b, "page.html", v); err != nil {
		p.log.Error("draw page", "page", v.Page, "error", err)
		http.Error(w, "The printing press is broken.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the reader went away: nobody to tell
}

// fail shows a refusal of the service with its own words, and hides everything else.
func (p *Paper) fail(w http.ResponseWriter, err error) { p.failAt(w, nil, err) }

// failAt is fail on the way to an article, with a button to try again.
func (p *Paper) failAt(w http.ResponseWriter, a *article, err error) {
	status := http.StatusOK
	var refused *problem
	if !errors.As(err, &refused) || refused.Status >= 500 {
		p.log.Error("call the service", "error", err)
		status = http.StatusBadGateway
		refused = &problem{Title: "The till is out of order", Detail: "The payment service does not answer.", Remedy: "Please try again in a minute."}
	}
	p.draw(w, status, view{Page: "problem", Title: refused.Title, Problem: refused, Article: a})
}

func (p *Paper) front(w http.ResponseWriter, r *http.Request) {
	p.draw(w, http.StatusOK, view{Page: "front", Title: "The Small Hours", Articles: p.articles, Linked: cookie(r, "link") != "", Problem: noSale(r)})
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
func (p *Paper) read(w http.ResponseWriter, r *http.Request) {
	a := p.article(r.PathValue("slug"))
	if a == nil {
		p.draw(w, http.StatusNotFound, view{Page: "problem", Title: "No such article", Problem: &problem{Detail: "We never printed that.", Remedy: "The front page has what we did print."}})
		return
	}
	v := view{Page: "article", Title: a.Title, Article: a, Linked: cookie(r, "link") != "", Problem: noSale(r)}
	if id := cookie(r, "grant_"+a.Slug); id != "" {
		var g grant
		err := p.api.post(r.Context(), "/grants/"+id+"/consume", "", map[string]any{"n": 1, "request_id": p.newID()}, &g)
		var refused *problem
		switch {
		case err == nil:
			v.Open, v.Grant = true, &g
		case errors.As(err, &refused) && refused.Status < 500:
			v.Problem = refused // used up, expired or given back: sell again
		default:
			p.fail(w, err)
			return
		}
	}
	if v.Linked && !v.Open && cookie(r, "try_"+a.Slug) == "" {
		p.remember(w, "try_"+a.Slug, p.newID(), try)
	}
	p.draw(w, http.StatusOK, v)
}

// buy charges silently where the reader has allowed it, and otherwise sends the browser to the approval page. The
// idempotency key of a silent purchase stays with the browser until the article is open: a second click, an answer that
// was lost and a charge that had to be approved first all end in one sale.
func (p *Paper) buy(w http.ResponseWriter, r *http.Request) {
	a := p.article(r.PathValue("slug"))
	if a == nil {
		http.NotFound(w, r)
		return
	}
	if link := cookie(r, "link"); link != "" {
		p.buySilently(w, r, a, link)
		return
	}
	var c checkout
	err := p.api.post(r.Context(), "/checkouts", p.newID(), map[string]any{
		"offer_id": a.Offer, "mode": "charge", "success_url": p.url + "/paid/" + a.Slug, "cancel_url": p.url + "/a/" + a.Slug,
	}, &c)
	if err != nil {
		p.fail(w, err)
		return
	}
	http.Redirect(w, r, c.URL, http.StatusSeeOther)
}

func (p *Paper) buySilently(w http.ResponseWriter, r *http.Request, a *article, link string) {
	key := cookie(r, "try_"+a.Slug)
	if key == "" {
		key = p.newID()
	}
	var c charge
	err := p.api.post(r.Context(), "/charges", key, map[string]any{"link_id": link, "offer_id": a.Offer}, &c)
	if err != nil {
		p.remember(w, "try_"+a.Slug, key, try)
		var refused *problem
		if errors.As(err, &refused) {
			switch refused.Code {
			case "vendor_not_linked", "not_found":
				p.remember(w, "link", "", -1) // the reader has ended it: ask again
			case "idempotency_key_reused":
				p.remember(w, "try_"+a.Slug, "", -1) // of another link: this try is over
			}
		}
		p.failAt(w, a, err)
		return
	}
	p.remember(w, "try_"+a.Slug, "", -1)
	p.remember(w, "grant_"+a.Slug, c.GrantID, year)
	http.Redirect(w, r, "/a/"+a.Slug, http.StatusSeeOther)
}

// paid takes the reader who comes back with a one-time code.
func (p *Paper) paid(w http.ResponseWriter, r *http.Request) {
	a := p.article(r.PathValue("slug"))
	if a == nil {
		http.NotFound(w, r)
		return
	}
	got, ok := p.redeem(w, r, "/a/"+a.Slug)
	if !ok {
		return
	}
	if got.Grant != nil {
		p.remember(w, "grant_"+a.Slug, got.Grant.ID, year)
	}
	if got.Link != nil { // the reader chose "and do not ask again" in the terminal
		p.remember(w, "link", got.Link.ID, year)
	}
	http.Redirect(w, r, "/a/"+a.Slug, http.StatusSeeOther)
}

// allow asks the reader for a standing permission, once.
func (p *Paper) allow(w http.ResponseWriter, r *http.Request) {
	var c checkout
	err := p.api.post(r.Context(), "/checkouts", p.newID(), map[string]any{
		"mode": "link", "success_url": p.url + "/allowed", "cancel_url": p.url + "/",
		"limits": map[string]any{"per_charge": money{"0.50", "EUR"}, "per_period": map[string]any{"amount": money{"2.00", "EUR"}, "period": "P1D"}},
	}, &c)
	if err != nil {
		p.fail(w, err)
		return
	}
	http.Redirect(w, r, c.URL, http.StatusSeeOther)
}

func (p *Paper) allowed(w http.ResponseWriter, r *http.Request) {
	got, ok := p.redeem(w, r, "/")
	if !ok {
		return
	}
	if got.Link != nil {
		p.remember(w, "link", got.Link.ID, year)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// redeem turns the code into what was bought. The key is that of the checkout: loading the page again after a lost answer
// gets the same answer. A browser without a code has been here before, and goes on.
func (p *Paper) redeem(w http.ResponseWriter, r *http.Request, otherwise string) (redeemed, bool) {
	var got redeemed
	id, code := r.FormValue("checkout"), r.FormValue("code")
	if !strings.HasPrefix(id, "chk_") || strings.ContainsAny(id, "/?#.") {
		http.Redirect(w, r, otherwise, http.StatusSeeOther)
		return got, false
	}
	err := p.api.post(r.Context(), "/checkouts/"+id+"/redeem", "redeem-"+id, map[string]any{"code": code}, &got)
	if err == nil {
		return got, true
	}
	// A second tab of the same browser brings an older code, or comes when the first one is through.
	var c checkout
	var refused *problem
	if errors.As(err, &refused) && refused.Status < 500 && p.api.get(r.Context(), "/checkouts/"+id, &c) == nil {
		switch c.Status {
		case "redeemed":
			http.Redirect(w, r, otherwise, http.StatusSeeOther)
			return got, false
		case "approved":
			http.Redirect(w, r, c.URL, http.StatusSeeOther) // from where it comes back with a fresh code
			return got, false
		}
	}
	p.fail(w, err)
	return got, false
}

// office is the vendor's back room: what was sold, what was heard, and money back.
func (p *Paper) office(w http.ResponseWriter, r *http.Request) {
	var sold list[charge]
	if err := p.api.get(r.Context(), "/charges?limit=20", &sold); err != nil {
		p.fail(w, err)
		return
	}
	titles := map[string]string{}
	for _, a := range p.articles {
		titles[a.Offer] = a.Title
	}
	p.mu.Lock()
	events := slices.Clone(p.events)
	p.mu.Unlock()
	p.draw(w, http.StatusOK, view{Page: "office", Title: "Office", Charges: sold.Data, Titles: titles, Events: events})
}

func (p *Paper) refund(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("charge")
	err := p.api.post(r.Context(), "/refunds", "refund-"+id, map[string]any{"charge_id": id, "reason": "goodwill"}, nil)
	if err != nil {
		p.fail(w, err)
		return
	}
	http.Redirect(w, r, "/office", http.StatusSeeOther)
}

// receive takes a webhook: the signature first, then the content.
func (p *Paper) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.hook == nil || p.hook.Verify(body, r.Header) != nil {
		http.Error(w, "bad signature", http.StatusUnauthorized)
		return
	}
	e := parseEvent(body)
	p.events = append([]event{e}, p.events[:min(len(p.events), maxEvents-1)]...)
	w.WriteHeader(http.StatusNoContent)
}

// cookie values are names that the service made: nobody guesses them.
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
func (p *Paper) remember(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure wherever there is TLS; the demonstration runs without
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(p.url, "https:"),
	})
}
