package checkout

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const newsSite = "https://news.example/a"

// visit opens the page of a request as a browser does that a site has sent: with "" it does not say which.
func (w *world) visit(b *http.Client, c view.Checkout, from string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.site.URL+"/c/"+c.TxnID, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if from != "" {
		req.Header.Set("Referer", from)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return w.do(b, req)
}

// logIn says yes in the terminal to a first request, with the number of the page, and lets the vendor sell without a
// question from then on; the browser comes back.
func (w *world) logIn(b *http.Client) {
	w.t.Helper()
	c := w.ask("first", "First")
	if _, body := w.visit(b, c, newsSite); !strings.Contains(body, c.UserCode) {
		w.t.Fatalf("no code: %s", body)
	}
	limits := ledger.Limits{PerPurchase: 300_000, PerDay: 1_000_000, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit}
	if err := w.svc.Touch(w.t.Context(), w.buyer); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.svc.Answer(w.t.Context(), w.buyer, view.Answer{
		Code: c.UserCode, Yes: true, Link: true, Limits: &limits, Match: w.match(c),
	}); err != nil {
		w.t.Fatal(err)
	}
	if res, body := w.fetch(b, "/c/"+c.TxnID+"/return"); res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("%s: %s", res.Status, body)
	}
}

// paid says whether a browser was sent back to the vendor with a code that sells.
func (w *world) paid(res *http.Response, c view.Checkout, key string) bool {
	w.t.Helper()
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusSeeOther || to.Host != "news.example" || to.Query().Get("code") == "" {
		return false
	}
	id, err := w.seal.OpenCheckout(c.ID)
	w.must(err)
	out, _, err := w.seller.Redeem(w.t.Context(), server.Request{Key: key}, id, to.Query().Get("code"))
	return err == nil && out.Charge != nil
}

func (w *world) spent() string {
	w.t.Helper()
	o, err := w.svc.Overview(w.t.Context(), w.buyer)
	if err != nil {
		w.t.Fatal(err)
	}
	return o.Wallets[0].Available.String()
}

// The first purchase is asked for with code and number; the next one in the same browser happens without a page.
func TestSecondPurchaseIsSilent(t *testing.T) {
	w := newWorld(t)
	w.logIn(w.own)
	c := w.ask("2", "Second")
	res, body := w.visit(w.own, c, newsSite)
	if !w.paid(res, c, "2r") {
		t.Fatalf("%s, to %q: %s", res.Status, res.Header.Get("Location"), body)
	}
	if got := w.spent(); got != "4.50 EUR" {
		t.Errorf("the wallet has %s", got)
	}
	// Coming back, by a reload or the back button, buys nothing.
	for range 3 {
		w.visit(w.own, c, newsSite)
	}
	if got := w.spent(); got != "4.50 EUR" {
		t.Errorf("after coming back the wallet has %s", got)
	}
	if shown := w.browsers(); len(shown) != 1 || shown[0].Vendor != "news" {
		t.Errorf("browsers %+v", shown)
	}
}

// A login id ends with its ten minutes and the next. The device id then fetches a new one while the window is open, and
// only rings when it is closed.
func TestLoginIDEnds(t *testing.T) {
	w := newWorld(t)
	w.logIn(w.own)
	w.at = w.at.Add(25 * time.Minute)
	if err := w.svc.Touch(t.Context(), w.buyer); err != nil {
		t.Fatal(err)
	}
	c := w.ask("2", "Second")
	if res, body := w.visit(w.own, c, newsSite); !w.paid(res, c, "2r") {
		t.Fatalf("%s: %s", res.Status, body)
	}
	w.at = w.at.Add(2 * time.Hour)
	c = w.ask("3", "Third")
	res, body := w.visit(w.own, c, newsSite)
	if res.StatusCode != http.StatusOK || !strings.Contains(body, "The purchase window is closed.") ||
		!strings.Contains(body, c.UserCode) {
		t.Errorf("%s: %s", res.Status, body)
	}
	waiting, err := w.svc.Pending(t.Context(), w.buyer)
	if err != nil || len(waiting) != 1 || waiting[0].Code != c.UserCode {
		t.Errorf("in the terminal waits %+v, %v", waiting, err)
	}
	if got := w.spent(); got != "4.50 EUR" {
		t.Errorf("the wallet has %s", got)
	}
}

// What does not allow a purchase without a question gets the page, with the words of what is in the way, and nothing is
// bought; what should not be is refused.
func TestWhatAsks(t *testing.T) {
	for name, c := range map[string]struct {
		before  func(w *world)
		title   string
		from    string
		headers []string
		browser func(w *world) *http.Client
		status  int
		says    string
	}{
		"nothing says who has sent it": {status: 200, says: "It waits"},
		"another site has sent it": {
			from: "https://evil.example/x", status: 403, says: "Another site has sent you here: https://evil.example.",
		},
		"a page that is fetched in advance": {
			from: newsSite, headers: []string{"Sec-Purpose", "prefetch;prerender"}, status: 200, says: "It waits",
		},
		"a part of another page": {
			from: newsSite, headers: []string{"Sec-Fetch-Dest", "iframe"}, status: 200, says: "It waits",
		},
		"the window was closed": {
			before: func(w *world) { w.must(w.svc.Lock(w.t.Context(), w.buyer)) },
			from:   newsSite, status: 200, says: "The purchase window is closed.",
		},
		"the permission has ended": {
			before: func(w *world) {
				_, err := w.svc.Unlink(w.t.Context(), w.buyer, "news")
				w.must(err)
			},
			from: newsSite, status: 200, says: "It waits",
		},
		"the limit is reached": {
			before: func(w *world) {
				for _, key := range []string{"x1", "x2", "x3"} {
					c := w.ask(key, key)
					res, _ := w.visit(w.own, c, newsSite)
					if !w.paid(res, c, key+"r") {
						w.t.Fatal("not paid")
					}
				}
			},
			from: newsSite, status: 200, says: "limit",
		},
		"the wallet was told to forget it": {
			before: func(w *world) {
				for _, b := range w.browsers() {
					_, err := w.svc.ForgetBrowser(w.t.Context(), w.buyer, b.ID)
					w.must(err)
				}
			},
			from: newsSite, status: 200, says: "Approve it",
		},
		"the wallet is frozen": {
			before: func(w *world) {
				o, err := w.svc.WhoAmI(w.t.Context(), w.buyer)
				w.must(err)
				_, err = w.svc.Freeze(w.t.Context(), w.boss, o.Handle, "a call")
				w.must(err)
			},
			from: newsSite, status: 200, says: "frozen",
		},
		"the vendor is suspended": {
			before: func(w *world) {
				_, err := w.svc.VendorSuspend(w.t.Context(), w.boss, "news", "a report")
				w.must(err)
			},
			from: newsSite, status: 200, says: "suspended",
		},
		"another browser": {
			from: newsSite, browser: func(w *world) *http.Client { return w.browser() }, status: 200, says: "Approve it",
		},
		"a login id that was changed": {
			from: newsSite, browser: func(w *world) *http.Client {
				return w.with(map[string]string{loginCookie: flip(w.value(loginCookie))})
			}, status: 200, says: "Approve it",
		},
		"a device id of nobody": {
			from: newsSite, browser: func(w *world) *http.Client {
				return w.with(map[string]string{deviceCookie: flip(w.value(deviceCookie))})
			}, status: 200, says: "Approve it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.logIn(w.own)
			if c.before != nil {
				c.before(w)
			}
			had := w.spent()
			b := w.own
			if c.browser != nil {
				b = c.browser(w)
			}
			res, body := w.visit(b, w.ask("2", "Second"), c.from, c.headers...)
			if res.StatusCode != c.status || !strings.Contains(body, c.says) {
				t.Errorf("%s, want %d and %q: %s", res.Status, c.status, c.says, body)
			}
			if got := w.spent(); got != had {
				t.Errorf("the wallet has %s, had %s", got, had)
			}
		})
	}
}

// A vendor that a wallet has blocked rings in its terminals no more, not even when the browser comes that it knows.
func TestBlockedVendorDoesNotRing(t *testing.T) {
	for name, from := range map[string]string{"sent by its site": newsSite, "nobody says by whom": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.logIn(w.own)
			_, err := w.svc.Block(t.Context(), w.buyer, "news")
			w.must(err)
			c := w.ask("2", "Second")
			if _, body := w.visit(w.own, c, from); !strings.Contains(body, "Approve it") || !strings.Contains(body, c.UserCode) {
				t.Errorf("the page has no code: %s", body)
			}
			waiting, err := w.svc.Pending(t.Context(), w.buyer)
			if w.must(err); len(waiting) != 0 {
				t.Errorf("in the terminal waits %+v", waiting)
			}
		})
	}
}

// Many purchases at once, in one browser, end at the limit: each sees what the others have spent.
func TestSilentPurchasesAtOnce(t *testing.T) {
	w := newWorld(t)
	w.logIn(w.own)
	var sold atomic.Int64
	var all sync.WaitGroup
	for i := range 12 {
		c := w.ask("race "+strconv.Itoa(i), "a")
		all.Go(func() {
			if res, _ := w.visit(w.own, c, newsSite); strings.HasPrefix(res.Header.Get("Location"), "https://news.example/") {
				sold.Add(1)
			}
		})
	}
	all.Wait()
	if got := w.spent(); sold.Load() != 3 || got != "4.00 EUR" { // 1.00 a day, 0.25 of it by the first
		t.Errorf("%d were sold, and the wallet has %s", sold.Load(), got)
	}
}

// A yes without the number of the page remembers no browser: who was led to answer the request of somebody else's
// browser has not given it the wallet.
func TestYesWithoutNumberRemembersNothing(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "First")
	w.visit(w.own, c, newsSite)
	limits := ledger.Limits{PerPurchase: 300_000, PerDay: 1_000_000, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit}
	_, err := w.svc.Answer(t.Context(), w.buyer, view.Answer{Code: c.UserCode, Yes: true, Link: true, Limits: &limits})
	w.must(err)
	w.fetch(w.own, "/c/"+c.TxnID+"/return")
	if shown := w.browsers(); len(shown) != 0 {
		t.Errorf("%+v", shown)
	}
}

func (w *world) browsers() []view.Browser {
	w.t.Helper()
	ring, err := w.svc.Keys(w.t.Context(), w.buyer)
	w.must(err)
	return ring.Browsers
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// value is what the buyer's browser keeps under a name.
func (w *world) value(name string) string {
	w.t.Helper()
	u, err := url.Parse(w.site.URL + "/")
	w.must(err)
	for _, c := range w.own.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	w.t.Fatalf("the browser keeps no %s", name)
	return ""
}

// with is a browser that keeps what it was not given.
func (w *world) with(kept map[string]string) *http.Client {
	w.t.Helper()
	b := w.browser()
	u, err := url.Parse(w.site.URL + "/")
	w.must(err)
	for name, value := range kept {
		b.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
	}
	return b
}

// flip changes one letter in the middle.
func flip(text string) string {
	i := len(text) / 2
	letter := byte('A')
	if text[i] == letter {
		letter = 'B'
	}
	return text[:i] + string(letter) + text[i+1:]
}
