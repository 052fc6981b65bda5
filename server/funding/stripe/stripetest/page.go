package stripetest

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
)

// OpenPages opens the pages on which payers pay, by TLS as Stripe's, and returns a client that trusts them.
func (d *Double) OpenPages() *http.Client {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /c/pay/{page}", func(w http.ResponseWriter, r *http.Request) {
		d.show(w, r.PathValue("page"), "")
	})
	mux.HandleFunc("POST /c/pay/{page}", func(w http.ResponseWriter, r *http.Request) {
		switch page := r.PathValue("page"); {
		case r.PostFormValue("do") != "pay": // the page stays open for another card
			d.show(w, page, "Your card was declined.")
		case d.status(page) != "open":
			d.show(w, page, "")
		default:
			d.Paid(page)
			http.Redirect(w, r, d.form(page, "success_url"), http.StatusSeeOther)
		}
	})
	site := httptest.NewTLSServer(mux)
	d.t.Cleanup(site.Close)
	d.Site = site.URL
	return site.Client()
}

// show is a page as its payer sees it.
func (d *Double) show(w http.ResponseWriter, page, says string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.Objects[pages+"/"+page]
	if s == nil || s["status"] != "open" {
		http.Error(w, "This page has expired.", http.StatusGone)
		return
	}
	_, _ = fmt.Fprintf(w, "%s\nPay %v %v, in minor units.\n", says, s["amount_total"], s["currency"])
}

// form returns a field of the form by which a page was ordered.
func (d *Double) form(page, field string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Ordered[number(page)-1].Get(field)
}

// number is that of a page.
func number(page string) (n int) {
	_, _ = fmt.Sscan(page[strings.LastIndex(page, "_")+1:], &n)
	return n
}

// Page returns the id of the newest page that was ordered for a deposit, "" for none.
func (d *Double) Page(deposit string) (page string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, s := range d.Objects {
		if s["client_reference_id"] == deposit && number(path) >= number(pages+"/"+page) {
			page = strings.TrimPrefix(path, pages+"/")
		}
	}
	return page
}

// Pay completes a page, and changes it: its payer has paid. Nobody is told.
func (d *Double) Pay(page string, changes ...Object) Object {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	s, n := d.Objects[pages+"/"+page], number(page)
	meta := Object{"deposit": d.Ordered[n-1].Get("payment_intent_data[metadata][deposit]")}
	id := func(kind string) string { return fmt.Sprintf("%s_%d", kind, n) }
	both := Object{
		"amount": s["amount_total"], "currency": s["currency"], "metadata": meta, "livemode": s["livemode"],
	}
	amount, _ := s["amount_total"].(int64)
	charge := Published(d.t, "charge", both, Object{
		"id": id("ch"), "payment_intent": id("pi"), "balance_transaction": d.booked(n, amount, Object{}),
	})
	intent := Published(d.t, "payment_intent", both, Object{
		"id": id("pi"), "status": "succeeded", "amount_received": s["amount_total"], "latest_charge": charge,
	})
	d.Objects["/v1/payment_intents/"+id("pi")] = intent
	maps.Copy(s, Object{"status": "complete", "payment_status": "paid", "payment_intent": intent})
	for _, c := range changes {
		maps.Copy(s, c)
	}
	return s
}

// Paid pays a page and tells the service.
func (d *Double) Paid(page string) (answered string) {
	return d.Tell("checkout.session.completed", d.Pay(page))
}

func (d *Double) status(page string) any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Objects[pages+"/"+page]["status"]
}

// End closes a page that nobody has paid, and tells the service.
func (d *Double) End(page string) (answered string) {
	return d.Tell("checkout.session.expired", d.change(page, Object{"status": "expired"}))
}

// Fail has a payment fail after its page was completed, and tells the service.
func (d *Double) Fail(page string) (answered string) {
	d.Pay(page)
	return d.Tell("checkout.session.async_payment_failed", d.change(page, Object{
		"payment_status": "unpaid",
		"payment_intent": Published(d.t, "payment_intent", Object{"id": "pi_failed", "status": "requires_payment_method"}),
	}))
}

// Lie tells the service that a page is paid, which it is not.
func (d *Double) Lie(page string) (answered string) {
	s := maps.Clone(d.change(page, nil))
	maps.Copy(s, Object{"status": "complete", "payment_status": "paid"})
	return d.Tell("checkout.session.completed", s)
}

// change changes a page and returns it.
func (d *Double) change(page string, to Object) Object {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.Objects[pages+"/"+page]
	maps.Copy(s, to)
	return s
}
