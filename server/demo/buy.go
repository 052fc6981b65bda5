package demo

import (
	"errors"
	"net/http"
	"strings"
)

// buy charges silently where the reader has allowed it, and otherwise sends the browser to the approval page. The
// idempotency key of a silent purchase stays with the browser until the article is open: a second click, an answer that
// was lost and a charge that had to be approved first all end in one sale.
func (n *Newspaper) buy(w http.ResponseWriter, r *http.Request) {
	a := n.article(r.PathValue("slug"))
	if a == nil {
		http.NotFound(w, r)
		return
	}
	if link := cookie(r, "link"); link != "" {
		n.buySilently(w, r, a, link)
		return
	}
	var c checkout
	err := n.api.post(r.Context(), "/checkouts", n.newID(), map[string]any{
		"offer_id": a.Offer, "mode": "charge", "success_url": n.url + "/paid/" + a.Slug, "cancel_url": n.url + "/a/" + a.Slug,
	}, &c)
	if err != nil {
		n.fail(w, err)
		return
	}
	http.Redirect(w, r, c.URL, http.StatusSeeOther)
}

// buySilently charges the link of the reader; a refusal is shown in the words of the service.
func (n *Newspaper) buySilently(w http.ResponseWriter, r *http.Request, a *article, link string) {
	// The key of an earlier try of this browser: its answer may be lost, or the buyer may have said yes meanwhile.
	key := cookie(r, "try_"+a.Slug)
	if key == "" {
		key = n.newID()
	}
	var c charge
	err := n.api.post(r.Context(), "/charges", key, map[string]any{"link_id": link, "offer_id": a.Offer}, &c)
	if err != nil {
		n.remember(w, "try_"+a.Slug, key, try)
		var refused *problem
		if errors.As(err, &refused) {
			switch refused.Code {
			case "vendor_not_linked", "not_found":
				n.remember(w, "link", "", -1) // the reader has ended it: ask again
			case "idempotency_key_reused":
				n.remember(w, "try_"+a.Slug, "", -1) // of another link: this try is over
			}
		}
		n.failAt(w, a, err)
		return
	}
	n.remember(w, "try_"+a.Slug, "", -1)
	n.remember(w, "grant_"+a.Slug, c.GrantID, year)
	http.Redirect(w, r, "/a/"+a.Slug, http.StatusSeeOther)
}

// paid takes the reader who comes back with a one-time code.
func (n *Newspaper) paid(w http.ResponseWriter, r *http.Request) {
	a := n.article(r.PathValue("slug"))
	if a == nil {
		http.NotFound(w, r)
		return
	}
	got, ok := n.redeem(w, r, "/a/"+a.Slug)
	if !ok {
		return
	}
	if got.Grant != nil {
		n.remember(w, "grant_"+a.Slug, got.Grant.ID, year)
	}
	if got.Link != nil { // the reader chose "and do not ask again" in the terminal
		n.remember(w, "link", got.Link.ID, year)
	}
	http.Redirect(w, r, "/a/"+a.Slug, http.StatusSeeOther)
}

// allow asks the reader for a standing permission, once (claims 13, 21). The bounds are a proposal: the reader may
// change them in the terminal, and the service holds to what was said there.
func (n *Newspaper) allow(w http.ResponseWriter, r *http.Request) {
	var c checkout
	err := n.api.post(r.Context(), "/checkouts", n.newID(), map[string]any{
		"mode": "link", "success_url": n.url + "/allowed", "cancel_url": n.url + "/",
		"limits": map[string]any{
			"per_charge": money{"0.50", "EUR"},
			"per_period": map[string]any{"amount": money{"2.00", "EUR"}, "period": "P1D"},
		},
	}, &c)
	if err != nil {
		n.fail(w, err)
		return
	}
	http.Redirect(w, r, c.URL, http.StatusSeeOther)
}

// allowed takes the reader who comes back from having said yes to that.
func (n *Newspaper) allowed(w http.ResponseWriter, r *http.Request) {
	got, ok := n.redeem(w, r, "/")
	if !ok {
		return
	}
	if got.Link != nil {
		n.remember(w, "link", got.Link.ID, year)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// redeem turns the code into what was bought. The key is that of the checkout: loading the page again after a lost
// answer gets the same answer. A browser without a code has been here before, and goes on.
func (n *Newspaper) redeem(w http.ResponseWriter, r *http.Request, otherwise string) (redeemed, bool) {
	var got redeemed
	id, code := r.FormValue("checkout"), r.FormValue("code")
	if !strings.HasPrefix(id, "chk_") || strings.ContainsAny(id, "/?#.") {
		http.Redirect(w, r, otherwise, http.StatusSeeOther)
		return got, false
	}
	err := n.api.post(r.Context(), "/checkouts/"+id+"/redeem", "redeem-"+id, map[string]any{"code": code}, &got)
	if err == nil {
		return got, true
	}
	// A second tab of the same browser brings an older code, or comes when the first one is through.
	var c checkout
	var refused *problem
	if errors.As(err, &refused) && refused.Status < 500 && n.api.get(r.Context(), "/checkouts/"+id, &c) == nil {
		switch c.Status {
		case "redeemed":
			http.Redirect(w, r, otherwise, http.StatusSeeOther)
			return got, false
		case "approved":
			http.Redirect(w, r, c.URL, http.StatusSeeOther) // from where it comes back with a fresh code
			return got, false
		}
	}
	n.fail(w, err)
	return got, false
}
