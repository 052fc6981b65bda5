package demo

import (
	"io"
	"net/http"
	"slices"
)

// office is the page of the vendor's own people: what was sold, which events came, and refunds.
func (n *Newspaper) office(w http.ResponseWriter, r *http.Request) {
	var sold list[charge]
	if err := n.api.get(r.Context(), "/charges?limit=20", &sold); err != nil {
		n.fail(w, err)
		return
	}
	titles := map[string]string{}
	for _, a := range n.articles {
		titles[a.Offer] = a.Title
	}
	n.mu.Lock()
	events := slices.Clone(n.events)
	n.mu.Unlock()
	n.draw(w, http.StatusOK, view{Page: "office", Title: "Office", Charges: sold.Data, Titles: titles, Events: events})
}

// refund gives a sale back. Its key is made of the charge, so that a second click gives nothing back twice.
func (n *Newspaper) refund(w http.ResponseWriter, r *http.Request) {
	id := r.PostFormValue("charge")
	err := n.api.post(r.Context(), "/refunds", "refund-"+id, map[string]any{"charge_id": id, "reason": "goodwill"}, nil)
	if err != nil {
		n.fail(w, err)
		return
	}
	http.Redirect(w, r, "/office", http.StatusSeeOther)
}

// receive takes a webhook: the signature first, then the content.
func (n *Newspaper) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hook == nil || n.hook.Verify(body, r.Header) != nil {
		http.Error(w, "bad signature", http.StatusUnauthorized)
		return
	}
	// An event is a hint and no proof of payment: what was sold is read from the API when the page is drawn.
	e := parseEvent(body)
	n.events = append([]event{e}, n.events[:min(len(n.events), maxEvents-1)]...)
	w.WriteHeader(http.StatusNoContent)
}
