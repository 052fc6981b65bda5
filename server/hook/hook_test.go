package hook

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// The contract's worked example: offer, checkout, approval, redeem, one view, refund of a part.
func TestWorkedExample(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	offer := w.offer("0.25")
	c := w.checkout(offer, "order-1001")
	if c.text("status") != "open" || !strings.HasPrefix(c.text("url"), "https://pay.example/c/txn_") {
		t.Errorf("checkout: %s", c.raw)
	}
	if _, err := w.svc.Answer(t.Context(), ann, view.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	got := w.redeem(c)
	price := got.text("charge", "amount", "amount")
	if got.text("charge", "status") != "captured" || price != "0.25" || got.text("grant", "token") == "" {
		t.Errorf("redeem: %s", got.raw)
	}
	if !strings.HasPrefix(got.text("charge", "wallet"), "w_") || strings.Contains(got.raw, "ann") {
		t.Errorf("the vendor learns too much: %s", got.raw)
	}
	grant, charge := got.text("grant", "id"), got.text("charge", "id")
	for range 2 { // a repeated view counts once
		g := w.must(200, "POST", "/v1/grants/"+grant+"/consume", `{"n":1,"request_id":"view-77"}`)
		if g.body["views_used"] != 1.0 {
			t.Errorf("consume: %s", g.raw)
		}
	}
	body := `{"charge_id":"` + charge + `","amount":{"amount":"0.10","currency":"EUR"},"reason":"goodwill"}`
	first := w.must(201, "POST", "/v1/refunds", body, "Idempotency-Key", "refund-1001")
	if first.text("status") != "succeeded" || first.text("amount", "amount") != "0.10" {
		t.Errorf("refund: %s", first.raw)
	}
	again := w.must(201, "POST", "/v1/refunds", body, "Idempotency-Key", `"refund-1001"`)
	if again.text("id") != first.text("id") || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same key refunds again: %s", again.raw)
	}
	commission := `{"payee":"The Penny House","role":"commission","amount":"0.0125"}`
	if s := w.must(200, "GET", "/v1/charges/"+charge, ""); !strings.Contains(s.raw, commission) {
		t.Errorf("the commission is not the service's: %s", s.raw)
	} else if s.text("status") != "partially_refunded" || s.text("refunded", "amount") != "0.10" {
		t.Errorf("charge: %s", s.raw)
	}
	if list := w.must(200, "GET", "/v1/charges", ""); !strings.Contains(list.raw, charge) {
		t.Errorf("charges: %s", list.raw)
	}
	if list := w.must(200, "GET", "/v1/refunds", ""); !strings.Contains(list.raw, first.text("id")) {
		t.Errorf("refunds: %s", list.raw)
	}
	if v := w.must(200, "GET", "/v1/vendor", ""); v.text("name") != "news" {
		t.Errorf("vendor: %s", v.raw)
	}
}

// Control characters of a title never reach a screen.
func TestTitlesAreCleaned(t *testing.T) {
	w := newWorld(t)
	const terms = `,"kind":"goods","price":{"amount":"1","currency":"EUR"}}`
	a := w.must(201, "POST", "/v1/offers", `{"title":"How \u001b[31mrivers\u0007 freeze\u202e"`+terms)
	if a.text("title") != "How rivers freeze" {
		t.Errorf("title is %q", a.text("title"))
	}
	if a := w.call("POST", "/v1/offers", `{"title":"\u0007"`+terms); a.status != 400 || a.text("param") != "title" {
		t.Errorf("an empty title: %s", a.raw)
	}
}

// A checkout without an answer in time is over; a closed window and a limit ask the buyer, who reads the figures in the
// wallet.
func TestTimeAndLimits(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(2000)
	offer, link := w.offer("0.90"), w.link(ann)
	c := w.checkout(offer, "c")
	w.time.Pass(16 * time.Minute)
	if a := w.must(200, "GET", "/v1/checkouts/"+c.text("id"), ""); a.text("status") != "expired" {
		t.Errorf("status %s", a.text("status"))
	}
	late := w.call("POST", "/v1/checkouts/"+c.text("id")+"/redeem", `{"code":"x"}`, "Idempotency-Key", "x")
	if late.status != 410 || late.text("code") != "checkout_expired" {
		t.Errorf("redeem: %s", late.raw)
	}
	w.time.Pass(30 * time.Minute)
	order := `{"link_id":"` + link + `","offer_id":"` + offer + `"}`
	a := w.call("POST", "/v1/charges", order, "Idempotency-Key", "w")
	if a.status != 402 || a.text("code") != "window_closed" || a.text("approve_url") == "" {
		t.Fatalf("closed window: %s", a.raw)
	}
	if b := w.call("POST", "/v1/charges", order, "Idempotency-Key", "w"); b.text("approve_url") != a.text("approve_url") {
		t.Errorf("asking again asks the buyer twice: %s and %s", a.text("approve_url"), b.text("approve_url"))
	}
	if _, err := w.svc.Answer(t.Context(), ann, view.Answer{Code: a.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	if a := w.must(201, "POST", "/v1/charges", order, "Idempotency-Key", "w"); a.text("status") != "captured" {
		t.Errorf("after the yes: %s", a.raw)
	}
	if err := w.svc.Touch(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		w.must(201, "POST", "/v1/charges", order, "Idempotency-Key", fmt.Sprint("d", i))
	}
	a = w.call("POST", "/v1/charges", order, "Idempotency-Key", "d9")
	if a.status != 402 || a.text("code") != "limit_exceeded" || a.text("approve_url") == "" ||
		strings.Contains(a.raw, "5.00") || strings.Contains(a.raw, "2026-11-25") {
		t.Errorf("the sixth of 0.90 in a day of 5.00: %s", a.raw)
	}
	more := ledger.LimitChange{Currency: "EUR", Period: "day", Max: 10 * ledger.Unit, Confirmed: true}
	if _, _, err := w.svc.SetLimit(t.Context(), ann, more); err != nil {
		t.Fatal(err)
	}
	w.must(201, "POST", "/v1/charges", order, "Idempotency-Key", "d9")
	if _, err := w.svc.Answer(t.Context(), ann, view.Answer{Code: a.text("user_code"), Yes: true}); err == nil {
		t.Error("what the repetition of the charge has sold is sold once more by a yes")
	}
}

// Two hundred parallel charges with money for one sell exactly one.
func TestParallelChargesSellOnce(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(100)
	offer, link := w.offer("0.90"), w.link(ann)
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			a := w.call("POST", "/v1/charges", `{"link_id":"`+link+`","offer_id":"`+offer+`"}`, "Idempotency-Key", fmt.Sprint(i))
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	all.Wait()
	if statuses[201] != 1 || statuses[402] != 199 {
		t.Errorf("statuses %v, want one 201 and 199 of 402", statuses)
	}
}

// A list is read to its end by its cursors: nothing twice, nothing left out, and null behind the last page.
func TestPages(t *testing.T) {
	w := newWorld(t)
	want := []string{}
	for range 5 {
		want = append([]string{w.offer("0.25")}, want...)
	}
	var got []string
	cursor := ""
	for {
		a := w.must(200, "GET", "/v1/offers?limit=2"+cursor, "")
		for _, o := range a.body["data"].([]any) {
			got = append(got, o.(map[string]any)["id"].(string))
		}
		if a.body["next_cursor"] == nil {
			if a.body["has_more"] != false {
				t.Errorf("the last page: %s", a.raw)
			}
			break
		}
		cursor = "&cursor=" + a.text("next_cursor")
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("pages have %v, want %v", got, want)
	}
}
