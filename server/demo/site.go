package demo

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
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
func (p *Paper) fail(w http.ResponseWriter, err error) {
	var refused *problem
	if !errors.As(err, &refused) {
		p.log.Error("call the service", "error", err)
		refused = &problem{Status: http.StatusBadGateway, Title: "The till is out of order", Detail: "The payment service does not answer.", Remedy: "Please try again in a minute."}
	}
	p.draw(w, http.StatusOK, view{Page: "problem", Title: refused.Title, Problem: refused})
}

func (p *Paper) front(w http.ResponseWriter, r *http.Request) {
	p.draw(w, http.StatusOK, view{Page: "front", Title: "The Small Hours", Articles: p.articles, Linked: cookie(r, "link") != ""})
}

// read opens the article if the reader has a grant for it with a view left; otherwise it shows the price.
func (p *Paper) read(w http.ResponseWriter, r *http.Request) {
	a := p.article(r.PathValue("slug"))
	if a == nil {
		p.draw(w, http.StatusNotFound, view{Page: "problem", Title: "No such article", Problem: &problem{Detail: "We never printed that.", Remedy: "The front page has what we did print."}})
		return
	}
	v := view{Page: "article", Title: a.Title, Article: a, Linked: cookie(r, "link") != ""}
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
	p.draw(w, http.StatusOK, v)
}

// buy charges silently where the reader has allowed it, and otherwise sends the browser to the approval page.
func (p *Paper) buy(w http.ResponseWriter, r *http.Request) {
	a := p.article(r.PathValue("slug"))
	if a == nil {
		http.NotFound(w, r)
		return
	}
	if link := cookie(r, "link"); link != "" {
		var c charge
		err := p.api.post(r.Context(), "/charges", p.newID(), map[string]any{"link_id": link, "offer_id": a.Offer}, &c)
		if err != nil {
			p.fail(w, err)
			return
		}
		remember(w, "grant_"+a.Slug, c.GrantID)
		http.Redirect(w, r, "/a/"+a.Slug, http.StatusSeeOther)
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

// paid takes the reader who comes back with a one-time code.
func (p *Paper) paid(w http.ResponseWriter, r *http.Request) {
	got, ok := p.redeem(w, r)
	if !ok {
		return
	}
	if got.Grant != nil {
		remember(w, "grant_"+r.PathValue("slug"), got.Grant.ID)
	}
	if got.Link != nil { // the reader chose "and do not ask again" in the terminal
		remember(w, "link", got.Link.ID)
	}
	http.Redirect(w, r, "/a/"+r.PathValue("slug"), http.StatusSeeOther)
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
	got, ok := p.redeem(w, r)
	if !ok {
		return
	}
	if got.Link != nil {
		remember(w, "link", got.Link.ID)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *Paper) redeem(w http.ResponseWriter, r *http.Request) (redeemed, bool) {
	var got redeemed
	id, code := r.FormValue("checkout"), r.FormValue("code")
	if !strings.HasPrefix(id, "chk_") || strings.ContainsAny(id, "/?#.") {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return got, false
	}
	if err := p.api.post(r.Context(), "/checkouts/"+id+"/redeem", "redeem-"+id, map[string]any{"code": code}, &got); err != nil {
		p.fail(w, err)
		return got, false
	}
	return got, true
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

func remember(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
