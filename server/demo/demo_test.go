package demo_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tuppence/server/view"
)

// An article is closed, is bought, opens as often as was paid for, and closes when the money goes back.
func TestReaderBuysAnArticle(t *testing.T) {
	w := newTown(t)
	_, closed := w.page("/a/rivers", nil)
	if !strings.Contains(closed, "Read for 0.25 EUR") || strings.Contains(closed, "frazil") {
		t.Fatalf("an article that was not paid is open:\n%s", closed)
	}
	res, _ := w.page("/a/rivers", url.Values{})
	if page := w.approve(res); !strings.Contains(page, "frazil") || !strings.Contains(page, "Reading 1 of 5") {
		t.Fatalf("a paid article is closed:\n%s", page)
	}
	for range 4 {
		w.page("/a/rivers", nil)
	}
	if _, page := w.page("/a/rivers", nil); strings.Contains(page, "frazil") {
		t.Error("the sixth reading of five is open")
	}
	w.svc.Sweep(t.Context())
	_, office := w.page("/office", nil)
	if !strings.Contains(office, "checkout.completed") || !strings.Contains(office, "captured") {
		t.Errorf("the office knows nothing of the sale:\n%s", office)
	}
	_, rest, _ := strings.Cut(office, `name="charge" value="`)
	charge, _, _ := strings.Cut(rest, `"`)
	if _, page := w.page("/office/refund", url.Values{"charge": {charge}}); !strings.Contains(page, "refunded") {
		t.Errorf("after the refund:\n%s", page)
	}
}

// A reader who has allowed it reads with one click, until a limit says no, without its figures.
func TestReaderAllowsSilence(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/allow", url.Values{})
	if page := w.approve(res); !strings.Contains(page, "You allowed this newspaper") {
		t.Fatalf("after allowing:\n%s", page)
	}
	if _, page := w.page("/a/tuppence", url.Values{}); !strings.Contains(page, "The telegraph changed this") {
		t.Errorf("one click does not open:\n%s", page)
	}
	if _, page := w.page("/a/archive", url.Values{}); !strings.Contains(page, "does not allow this purchase") {
		t.Errorf("2.00 EUR pass a limit of 0.50:\n%s", page)
	}
}

// An event without a signature is refused, and what comes from another site is not done.
func TestForgedRequests(t *testing.T) {
	w := newTown(t)
	event := strings.NewReader(`{"type":"charge.succeeded"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.site.URL+"/hooks", event)
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unsigned event: %s", res.Status)
	}
	form := strings.NewReader("charge=chg_x")
	cross, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.site.URL+"/office/refund", form)
	if err != nil {
		t.Fatal(err)
	}
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	if res, err = w.http.Do(cross); err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %s", res.Status)
	}
	if res, _ := w.page("/a/nothing", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown article: %s", res.Status)
	}
}

// A silent purchase that has to be approved first is one sale: before, after and however often the button is pressed.
func TestSilentPurchaseThatWaits(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/allow", url.Values{})
	w.approve(res)
	if err := w.svc.Lock(t.Context(), w.buyer); err != nil {
		t.Fatal(err)
	}
	w.page("/a/tuppence", nil)
	for range 2 {
		_, page := w.page("/a/tuppence", url.Values{})
		if !strings.Contains(page, "purchase window is closed") || !strings.Contains(page, "https://pay.example/c/txn_") {
			t.Fatalf("with a closed window:\n%s", page)
		}
	}
	waiting, err := w.svc.Pending(t.Context(), w.buyer)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d requests wait in the terminal, want 1 (%v)", len(waiting), err)
	}
	if _, err := w.svc.Answer(t.Context(), w.buyer, view.Answer{Code: waiting[0].Code, Yes: true}); err != nil {
		t.Fatal(err)
	}
	w.page("/a/tuppence", nil)
	if _, page := w.page("/a/tuppence", url.Values{}); !strings.Contains(page, "The telegraph changed this") {
		t.Errorf("paid, and not open:\n%s", page)
	}
	if _, office := w.page("/office", nil); strings.Count(office, "0.05 EUR") != 1 {
		t.Errorf("the article was not sold once:\n%s", office)
	}
}

// Two tabs come back: whichever is first redeems the sale, and neither ends on an error.
func TestTwoTabs(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/a/rivers", url.Values{})
	to := res.Header.Get("Location")
	txn := to[strings.LastIndexByte(to, '/')+1:]
	c, cookie := w.opens(txn)
	if _, err := w.svc.Answer(t.Context(), w.buyer, view.Answer{Code: c.Code, Yes: true}); err != nil {
		t.Fatal(err)
	}
	var tabs [2]string
	for i := range tabs {
		back, err := w.svc.CheckoutReturn(t.Context(), txn, cookie)
		if err != nil {
			t.Fatal(err)
		}
		tabs[i] = back.To
	}
	for _, tab := range []string{tabs[1], tabs[0], tabs[1]} {
		if _, page := w.page(tab, nil); !strings.Contains(page, "frazil") {
			t.Errorf("%s opens nothing:\n%s", tab, page)
		}
	}
}

// A reader who has ended the permission is told, and asked again with the next click.
func TestReaderEndsThePermission(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/allow", url.Values{})
	w.approve(res)
	if _, err := w.svc.Unlink(t.Context(), w.buyer, "small-hours"); err != nil {
		t.Fatal(err)
	}
	if _, page := w.page("/a/tuppence", url.Values{}); !strings.Contains(page, "has not allowed") {
		t.Errorf("an ended permission:\n%s", page)
	}
	res, _ = w.page("/a/tuppence", url.Values{})
	if to := res.Header.Get("Location"); !strings.HasPrefix(to, "https://pay.example/c/txn_") {
		t.Errorf("the next click: %s to %q", res.Status, to)
	}
	if _, page := w.page("/a/rivers?reason=denied", nil); !strings.Contains(page, "You said no. Nothing was charged.") {
		t.Errorf("after a no:\n%s", page)
	}
	if res, _ := w.page("/paid/rivers", nil); res.Request.URL.Path != "/a/rivers" {
		t.Errorf("without a code: sent to %s", res.Request.URL)
	}
}

// What happened while the newspaper was stopped arrives after it has started again.
func TestEventsOutliveARestart(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/a/rivers", url.Values{})
	w.approve(res)
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	w.svc.Sweep(t.Context())
	if _, office := w.page("/office", nil); !strings.Contains(office, "checkout.completed") {
		t.Errorf("the event of before is lost:\n%s", office)
	}
}
