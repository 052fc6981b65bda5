package checkout

import (
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// match is the number that the terminal shows for a request.
func (w *world) match(c view.Checkout) string {
	w.t.Helper()
	a, err := w.svc.Approval(w.t.Context(), w.buyer, c.UserCode)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.Match
}

// cookieOf is what a browser keeps for a page.
func (w *world) cookieOf(browser *http.Client, c view.Checkout) *http.Cookie {
	w.t.Helper()
	u, err := url.Parse(w.site.URL + "/c/" + c.TxnID)
	if err != nil {
		w.t.Fatal(err)
	}
	all := browser.Jar.Cookies(u)
	if len(all) != 1 {
		w.t.Fatalf("the browser keeps %v", all)
	}
	return all[0]
}

// bring is a browser that brings a cookie which it was not given.
func (w *world) bring(c view.Checkout, value string) *http.Client {
	w.t.Helper()
	b := w.browser()
	u, err := url.Parse(w.site.URL + "/c/" + c.TxnID)
	if err != nil {
		w.t.Fatal(err)
	}
	b.Jar.SetCookies(u, []*http.Cookie{{Name: c.TxnID, Value: value, Path: u.Path}})
	return b
}

// Page and terminal show the same number, whoever asks; the page keeps it when it is loaded again.
func TestPageAndTerminalShowOneNumber(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "a")
	if got := w.match(c); got != "" {
		t.Errorf("before a page is open, the terminal shows %q", got)
	}
	for range 3 { // the way there, again by its address, the back button
		_, page := w.get("/c/" + c.TxnID)
		number := w.match(c)
		if number == "" || !strings.Contains(page, `<strong class="code">`+number+`</strong>`) ||
			!strings.Contains(page, c.UserCode) {
			t.Fatalf("the terminal shows %q, and the page:\n%s", number, page)
		}
	}
}

// Attack: a second browser knows the address of a page. Before and after the answer it learns what is sold and nothing
// else: no code to have somebody else pay for it, no number, no outcome, no way back to the vendor.
func TestSecondBrowserLearnsNothing(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "How rivers freeze")
	w.get("/c/" + c.TxnID)
	other, number := w.browser(), w.match(c)
	look := func(when string) {
		t.Helper()
		for _, client := range []*http.Client{other, w.bring(c, strings.Repeat("0", 52)), w.bring(c, "x")} {
			res, page := w.fetch(client, "/c/"+c.TxnID)
			if res.StatusCode != http.StatusOK || !strings.Contains(page, "How rivers freeze") ||
				!strings.Contains(page, "open in another browser") {
				t.Errorf("%s: %s\n%s", when, res.Status, page)
			}
			for _, secret := range []string{c.UserCode, ">" + number + "<", "You said", "/return", "/events", "refresh"} {
				if strings.Contains(page, secret) {
					t.Errorf("%s: the page has %q:\n%s", when, secret, page)
				}
			}
			for _, end := range []string{"/events", "/return"} {
				res, body := w.fetch(client, "/c/"+c.TxnID+end)
				if res.StatusCode != http.StatusForbidden || res.Header.Get("Location") != "" ||
					strings.Contains(body, "You said") {
					t.Errorf("%s: %s answers %s to %q:\n%s", when, end, res.Status, res.Header.Get("Location"), body)
				}
			}
			if len(res.Cookies()) != 0 {
				t.Errorf("%s: it is given %v", when, res.Cookies())
			}
		}
	}
	look("before the answer")
	w.answer(c, true)
	look("after the answer")
	if res, _ := w.get("/c/" + c.TxnID + "/return"); !strings.Contains(res.Header.Get("Location"), "code=") {
		t.Errorf("the first browser is sent to %q", res.Header.Get("Location"))
	}
}

// Attack: a browser brings the cookie of another page, a changed one or one that was made up to a page that nobody has.
// It gets neither the page nor its code.
func TestForgedCookieOpensNothing(t *testing.T) {
	w := newWorld(t)
	c, mine := w.ask("1", "a"), w.ask("2", "b")
	w.get("/c/" + mine.TxnID)
	good := w.cookieOf(w.own, mine).Value
	for _, forged := range []string{"", "x", good, strings.Repeat("z", 52), good[:51], good + "0"} {
		for _, end := range []string{"", "/events", "/return"} {
			client := w.bring(c, forged)
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			if _, page := w.fetch(client, "/c/"+c.TxnID+end); strings.Contains(page, c.UserCode) {
				t.Errorf("%q shows the code at %q:\n%s", forged, end, page)
			}
		}
		if got := w.match(c); got != "" {
			t.Errorf("%q has the page: the terminal shows %q", forged, got)
		}
	}
}

// Attack: whoever gets the code from elsewhere, opens the page only after the victim's yes. No browser had the page, so
// no number was compared, and nothing comes back to any.
func TestPageAfterTheAnswerLeadsNowhere(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "a")
	w.answer(c, true)
	for _, end := range []string{"", "/return"} {
		res, page := w.get("/c/" + c.TxnID + end)
		if to := res.Header.Get("Location"); to != "" || len(res.Cookies()) != 0 || strings.Contains(page, c.UserCode) {
			t.Errorf("%q: %s to %q\n%s", end, res.Status, to, page)
		}
	}
}

// The terminal's yes is to the page that it showed: it is refused when another browser has opened the page meanwhile.
func TestYesIsToThePageThatWasSeen(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "a")
	yes := view.Answer{Code: c.UserCode, Yes: true, Match: view.NoMatch}
	w.get("/c/" + c.TxnID)
	refused := func(why string) {
		t.Helper()
		if _, err := w.svc.Answer(t.Context(), w.buyer, yes); !errors.Is(err, ledger.ErrTermsChanged) {
			t.Errorf("%s: %v, want %v", why, err, ledger.ErrTermsChanged)
		}
	}
	refused("no page was seen")
	yes.Match = w.match(c)
	yes.Expect = &ledger.Amount{Micros: 240_000}
	refused("another price was seen")
	yes.Expect = &ledger.Amount{Micros: 250_000, Currency: "USD"}
	refused("another currency was seen")
	yes.Expect.Currency = ""
	if _, err := w.svc.Answer(t.Context(), w.buyer, yes); err != nil {
		t.Error(err)
	}
	other := w.ask("2", "a")
	w.get("/c/" + other.TxnID)
	yes = view.Answer{Code: other.UserCode, Yes: true, Match: "100"}
	refused("another number was seen")
}

// A program that looks at an address and keeps no cookies takes the page from nobody, and is told what is missing.
func TestPageWithoutCookies(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "a")
	preview := w.browser()
	preview.Jar = nil
	res, page := w.fetch(preview, "/c/"+c.TxnID)
	if res.StatusCode != http.StatusConflict || !strings.Contains(page, "has not brought back the cookie") ||
		strings.Contains(page, c.UserCode) {
		t.Errorf("%s\n%s", res.Status, page)
	}
	if _, page := w.get("/c/" + c.TxnID); !strings.Contains(page, c.UserCode) {
		t.Errorf("the buyer's own browser comes after it:\n%s", page)
	}
}

// Two requests are open in one browser, each with a cookie of its own that goes to its own page, is hidden from scripts
// and ends with the request.
func TestCookieIsOfOneRequest(t *testing.T) {
	w := newWorld(t)
	one, two := w.ask("1", "a"), w.ask("2", "b")
	for range 2 {
		for _, c := range []view.Checkout{one, two} {
			if _, page := w.get("/c/" + c.TxnID); !strings.Contains(page, c.UserCode) {
				t.Errorf("beside another one:\n%s", page)
			}
		}
	}
	if w.cookieOf(w.own, one).Value == w.cookieOf(w.own, two).Value {
		t.Error("two requests have one cookie, so a vendor could join them")
	}
	for url, want := range map[string]string{
		"http://pay.example":  "Path=/c/TXN; Max-Age=1500; HttpOnly; SameSite=Lax",
		"https://pay.example": "Path=/; Max-Age=1500; HttpOnly; Secure; SameSite=Lax",
	} {
		c := w.ask(url, "c")
		h := New(w.svc, Options{Now: func() time.Time { return w.at }, URL: url})
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/c/"+c.TxnID, nil))
		got := strings.ReplaceAll(rec.Header().Get("Set-Cookie"), c.TxnID, "TXN")
		name, rest, _ := strings.Cut(got, "=")
		if _, attributes, _ := strings.Cut(rest, "; "); attributes != want ||
			(name == "__Host-TXN") != strings.HasPrefix(url, "https") || !strings.HasSuffix(name, "TXN") {
			t.Errorf("%s: the cookie is %s, want %s", url, got, want)
		}
	}
}

// Over https each page brings the cookies of all others. A browser keeps those of the newest: what it brings stays
// shorter than proxies take.
func TestBrowserKeepsFewPages(t *testing.T) {
	w := newWorld(t)
	h := New(w.svc, Options{Now: func() time.Time { return w.at }, URL: "https://pay.example"})
	jar, err := cookiejar.New(nil)
	w.must(err)
	site := &url.URL{Scheme: "https", Host: "pay.example", Path: "/"}
	longest, last := 0, ""
	for i := range 3 * maxPages {
		last = "/c/" + w.ask(strconv.Itoa(i), "a").TxnID
		req := httptest.NewRequest(http.MethodGet, last, nil)
		for _, c := range jar.Cookies(site) { // as browsers do, the oldest first
			req.AddCookie(c)
		}
		longest = max(longest, len(req.Header.Get("Cookie")))
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		jar.SetCookies(site, rec.Result().Cookies())
	}
	if longest > 4<<10 || len(jar.Cookies(site)) != maxPages {
		t.Errorf("the browser keeps %d pages, and has brought %d bytes", len(jar.Cookies(site)), longest)
	}
	if all := jar.Cookies(site); all[len(all)-1].Name != "__Host-"+strings.TrimPrefix(last, "/c/") {
		t.Errorf("the newest page is not kept: %v", all)
	}
}
