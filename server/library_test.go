package server

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/server/webhook"
)

// bookshop is the site of a vendor, which answers with what a test wants, and what it was asked.
type bookshop struct {
	*httptest.Server
	answer func(w http.ResponseWriter, r *http.Request)
	asked  []*http.Request
}

// opensAt has the service fetch from a site on this machine that is the vendor's.
func (f *fixture) opensAt(v ledger.Vendor, bounds ledger.Bounds) (*bookshop, ledger.Offer) {
	f.t.Helper()
	shop := &bookshop{answer: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<h1>Ice</h1><p>\x1b[2JIt floats.<script>no()</script>"))
	}}
	shop.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shop.asked = append(shop.asked, r)
		shop.answer(w, r)
	}))
	shop.URL = strings.Replace(shop.URL, "127.0.0.1", "localhost", 1)
	f.t.Cleanup(shop.Close)
	f.fetch = webhook.NewFetcher(webhook.Target{AllowLoopback: true})
	f.write(func(tx books.Tx) error {
		v, _, err := tx.Vendor(v.ID)
		if err != nil {
			return err
		}
		v.Origins = append(v.Origins, ledger.Origin{URL: shop.URL, Verified: f.clock()})
		return tx.PutVendor(v)
	})
	return shop, ledger.Offer{
		Title: "Ice", Price: eur(100), Kind: ledger.Content, ContentURL: shop.URL + "/ice", Bounds: bounds,
	}
}

// buysOffer approves a checkout of an offer, and returns the name of the sale.
func (f *fixture) buysOffer(who view.Caller, v ledger.Vendor, o ledger.Offer) string {
	f.t.Helper()
	c := f.asks(v, o.Title, o.Price)
	c.Offer.ContentURL, c.Offer.Bounds = o.ContentURL, o.Bounds
	if o.Version > 0 {
		c.Offer = o
	}
	c.TxnID = f.seal.TxnID(c.Created, f.seal.TermsOf(c))
	f.write(func(tx books.Tx) error { return tx.PutCheckout(c) })
	r, err := f.Answer(f.ctx, who, view.Answer{Code: c.UserCode, Yes: true})
	if err != nil {
		f.t.Fatal(err)
	}
	return r.ID
}

// newReading is a service with a wallet that has bought an article of so many views.
func newReading(t *testing.T, views uint32) (f *fixture, shop *bookshop, ann view.Caller, id string) {
	t.Helper()
	f = newFixture(t)
	v, _ := f.vendor("acme")
	shop, offer := f.opensAt(v, ledger.Bounds{Views: views})
	ann = f.funded("ann", eur(500))
	return f, shop, ann, f.buysOffer(ann, v, offer)
}

// TestContentIsOpenedFromTheWallet opens an article: each opening counts a view, listing none, and the same within five
// minutes is the same view. What is used up is refused in the words of the grant.
func TestContentIsOpenedFromTheWallet(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("acme")
	shop, offer := f.opensAt(v, ledger.Bounds{Views: 2})
	ann, bob := f.funded("ann", eur(500)), f.join("bob")
	id := f.buysOffer(ann, v, offer)

	list, err := f.Library(f.ctx, ann, view.Paging{})
	if err != nil || len(list.Data) != 1 || list.Data[0].Grant.ViewsUsed != 0 || list.Data[0].ID != id {
		t.Fatalf("library: %+v, %v", list, err)
	}
	for i, want := range []struct {
		counted bool
		used    uint32
		pass    time.Duration
	}{{true, 1, time.Minute}, {false, 1, openFor}, {true, 2, time.Minute}, {false, 2, openFor}} {
		out, err := f.OpenContent(f.ctx, ann, id)
		counts := out.Counted == want.counted && out.Grant.ViewsUsed == want.used
		if err != nil || !counts || out.Text != "It floats." {
			t.Fatalf("opening %d: %+v, %v", i, out, err)
		}
		f.time.Pass(want.pass)
	}
	f.refused(ledger.ErrGrantOver, func() error { _, err := f.OpenContent(f.ctx, ann, id); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.OpenContent(f.ctx, bob, id); return err })
	if list, _ := f.Library(f.ctx, ann, view.Paging{}); len(list.Data) != 0 {
		t.Errorf("used up, and still in the library: %+v", list.Data)
	}
	if len(shop.asked) != 2 {
		t.Errorf("the site was asked %d times", len(shop.asked))
	}
}

// TestTheSiteLearnsTheGrantAlone looks at all that reaches the site of a vendor: the token with the pairwise name of
// the buyer, and nothing that another buyer would not send, too.
func TestTheSiteLearnsTheGrantAlone(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("acme")
	shop, offer := f.opensAt(v, ledger.Bounds{Views: 2})
	ann := f.funded("ann", eur(500))
	id := f.buysOffer(ann, v, offer)
	if _, err := f.OpenContent(f.ctx, ann, id); err != nil {
		t.Fatal(err)
	}
	r := shop.asked[0]
	raw := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{}
	if err := token.Claims(f.seal.JWKS().Keys[0].Key, &claims); err != nil {
		t.Fatal(err)
	}
	if claims["sub"] != f.seal.Pseudonym(f.user(ann).ID, v.ID) || claims["res"] != offer.ContentURL {
		t.Errorf("the token says %v", claims)
	}
	all, _ := json.Marshal([]any{r.Header, claims, r.URL.String()})
	for _, secret := range []string{ann.Fingerprint, "192.0.2.1", f.user(ann).Handle} {
		if strings.Contains(string(all), secret) {
			t.Errorf("the site learns %q", secret)
		}
	}
	for name := range r.Header {
		switch name {
		case "Authorization", "Accept", "User-Agent", "Connection":
		default:
			t.Errorf("the site is sent %s", name)
		}
	}
}

// TestWhatDoesNotComeIsNotCounted refuses each kind of bad answer, and no view is gone.
func TestWhatDoesNotComeIsNotCounted(t *testing.T) {
	f, shop, ann, id := newReading(t, 1)
	good := shop.answer
	sends := func(media string, n int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			_, _ = w.Write(make([]byte, n))
		}
	}
	for _, tt := range []struct {
		why    string
		answer func(http.ResponseWriter, *http.Request)
	}{
		{"more than 1 MiB", sends("text/plain", ledger.MaxContent+1)},
		{"does not show", sends("application/x-msdownload", 3)},
		{"does not show", sends("", 3)},
		{"status 404", http.NotFound},
		{"status 302", http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound).ServeHTTP},
		{"breaks off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("half"))
		}},
	} {
		shop.answer = tt.answer
		r := f.refused(ledger.ErrUnavailable, func() error { _, err := f.OpenContent(f.ctx, ann, id); return err })
		if r != nil && !strings.Contains(r.Detail, tt.why) {
			t.Errorf("%s: %s", tt.why, r.Detail)
		}
	}
	f.fetch = webhook.NewFetcher(webhook.Target{}) // as in a real service: this machine is none of the internet
	f.refused(ledger.ErrUnavailable, func() error { _, err := f.OpenContent(f.ctx, ann, id); return err })
	f.fetch = webhook.NewFetcher(webhook.Target{AllowLoopback: true})
	shop.answer = good
	if out, err := f.OpenContent(f.ctx, ann, id); err != nil || out.Grant.ViewsUsed != 1 {
		t.Errorf("%+v, %v", out.Grant, err)
	}
}

// TestOpenedAtOnceCountsOnce opens the same article again while it is on its way.
func TestOpenedAtOnceCountsOnce(t *testing.T) {
	f, shop, ann, id := newReading(t, 5)
	good := shop.answer
	shop.answer = func(w http.ResponseWriter, r *http.Request) {
		f.refused(ledger.ErrRate, func() error { _, err := f.OpenContent(f.ctx, ann, id); return err })
		good(w, r)
	}
	for range 2 {
		if out, err := f.OpenContent(f.ctx, ann, id); err != nil || out.Grant.ViewsUsed != 1 {
			t.Errorf("%+v, %v", out.Grant, err)
		}
	}
}

// TestContentEndsWithItsSession and with the right to it: nothing is counted, and what lies in memory opens no more.
func TestContentEndsWithItsSession(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("acme")
	shop, offer := f.opensAt(v, ledger.Bounds{})
	ann := f.funded("ann", eur(500))
	id := f.buysOffer(ann, v, offer)
	good := shop.answer
	ctx, end := context.WithCancel(f.ctx)
	shop.answer = func(_ http.ResponseWriter, r *http.Request) {
		end()
		<-r.Context().Done()
	}
	if _, err := f.OpenContent(ctx, ann, id); err == nil {
		t.Error("opened without a session")
	}
	shop.answer = good
	out, err := f.OpenContent(f.ctx, ann, id)
	if err != nil || out.Grant.ViewsUsed != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: id, Reason: "not_as_described"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.OpenContent(f.ctx, ann, id); err == nil {
		t.Error("a disputed purchase is opened from memory")
	}
}

// TestOpenedIsBounded holds what is kept and what is under way to their bounds.
func TestOpenedIsBounded(t *testing.T) {
	var n openedNow
	at := time.Unix(1, 0)
	for i := range 100 {
		n.keep(1, ledger.EntryNo(i), webhook.Content{Bytes: make([]byte, ledger.MaxContent)}, at)
	}
	if n.bytes > openKept || len(n.now) != len(n.order) || len(n.now)*ledger.MaxContent != n.bytes {
		t.Errorf("%d bytes, %d and %d", n.bytes, len(n.now), len(n.order))
	}
	if _, is := n.kept(1, 99, at.Add(openFor)); is {
		t.Error("kept for too long")
	}
	if _, is := n.kept(2, 99, at); is {
		t.Error("another wallet has it")
	}
	for u := range ledger.UserID(fetchesAtOnce) {
		if !n.enter(u, 1) {
			t.Errorf("%d is refused", u)
		}
	}
	if n.enter(99, 1) {
		t.Error("too many at once")
	}
	n.leave(0, 1)
	n.leave(2, 1)
	if n.enter(1, 1) || !n.enter(1, 2) || n.enter(1, 3) {
		t.Error("a wallet has other places than two, one for each thing")
	}
}
