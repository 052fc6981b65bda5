package server

import (
	"context"
	"errors"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// writes counts transactions that may write: each is a sync.
type writes struct {
	store.Store
	n atomic.Int64
}

func (w *writes) Update(ctx context.Context, fn func(store.Tx) error) error {
	w.n.Add(1)
	return w.Store.Update(ctx, fn)
}

// shopper is a browser, by the cookies that it keeps.
type shopper map[string]string

// opens the page of a request as a browser does: without a cookie first, and with it if it is given one.
func (b shopper) opens(t testing.TB, s *Server, txn string) view.CheckoutPage {
	t.Helper()
	for range 2 {
		page, err := s.CheckoutPage(t.Context(), txn, b[txn])
		if err != nil {
			t.Fatal(err)
		}
		if page.Holder != view.HolderNone {
			return page
		}
		b[txn] = page.Cookie
	}
	t.Fatal("the page does not open with its cookie")
	return view.CheckoutPage{}
}

// opened is a checkout with a way back, which a browser has opened.
func (s selling) opened(key string) (view.Checkout, view.CheckoutPage, shopper) {
	s.t.Helper()
	c, _, err := s.v.CreateCheckout(
		s.ctx,
		asking(key, key),
		CheckoutOrder{OfferID: s.offer.ID, SuccessURL: "https://news.example/paid"},
	)
	if err != nil {
		s.t.Fatal(err)
	}
	b := shopper{}
	return c, b.opens(s.t, s.Server, c.TxnID), b
}

// approved is a checkout with a way back, which a browser opened before the buyer said yes to it.
func (s selling) approved(key string) (view.Checkout, shopper) {
	s.t.Helper()
	c, page, b := s.opened(key)
	if _, err := s.Answer(s.ctx, s.who, view.Answer{Code: page.Code, Yes: true, Match: page.Match}); err != nil {
		s.t.Fatal(err)
	}
	return c, b
}

// code is what the browser brings back to the vendor.
func (s selling) code(c view.Checkout, b shopper) string {
	s.t.Helper()
	back, err := s.CheckoutReturn(s.ctx, c.TxnID, b[c.TxnID])
	if err != nil {
		s.t.Fatal(err)
	}
	u, err := url.Parse(back.To)
	if err != nil || u.Query().Get("code") == "" {
		s.t.Fatalf("sent to %q (%v)", back.To, err)
	}
	return u.Query().Get("code")
}

// A browser that knows the address of a page can ask for the way back as often as it likes: that writes nothing.
func TestReturnWritesNothing(t *testing.T) {
	kv := &writes{Store: store.NewMemory()}
	s := sellingOn(t, kv)
	c, b := s.approved("k")
	before := kv.n.Load()
	for range 10 {
		s.code(c, b)
	}
	is(t, "transactions", kv.n.Load(), before)
}

// A code is good for a minute, for its own checkout, and once; another tab's code does not end it.
func TestRedeem(t *testing.T) {
	s := sellingHouse(t)
	c, b := s.approved("c")
	other, otherBrowser := s.approved("other")
	old := s.code(c, b)
	redeem := func(key, code string) error {
		_, _, err := s.v.Redeem(s.ctx, asking(key, code), opened(t, s.seal.OpenCheckout, c.ID), code)
		return err
	}
	wrong := s.refused(ledger.ErrInvalid, func() error { return redeem("wrong", "code") })
	is(t, "words", wrong.Detail, "The code is wrong or older than a minute.")
	s.refused(ledger.ErrInvalid, func() error { return redeem("of another", s.code(other, otherBrowser)) })
	s.time.Pass(returnLife)
	s.refused(ledger.ErrInvalid, func() error { return redeem("old", old) })
	first := s.code(c, b)
	s.time.Pass(returnLife - time.Second)
	second := s.code(c, b)
	if err := redeem("first", first); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{first, second} {
		if err := redeem("again "+code, code); !errors.Is(err, ledger.ErrState) {
			t.Errorf("a second time: %v, want %v", err, ledger.ErrState)
		}
	}
	if err := redeem("first", first); err != nil {
		t.Errorf("the same request again: %v", err)
	}
}

// A number that was drawn before is refused: the checkout that has it would be overwritten.
func TestNumberOfCheckoutIsNotGivenTwice(t *testing.T) {
	s := sellingHouse(t)
	first, _ := s.approved("one")
	id, err := s.seal.OpenCheckout(first.ID)
	if err != nil {
		t.Fatal(err)
	}
	err = s.view(s.ctx, func(r books.Reader) error { return freeNumber(r, id) })
	if !errors.Is(err, ledger.ErrUnavailable) {
		t.Errorf("the number is given again: %v", err)
	}
	if shard := ledger.ShardOf(id.Number); shard != 0 {
		t.Errorf("shard %d", shard)
	}
}

// A request that waits for one wallet leads back to no browser: any may look at it, without a cookie and a number.
func TestRequestOfAWalletHasNoBrowser(t *testing.T) {
	s := sellingHouse(t)
	if err := s.Lock(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	var no *ledger.Refusal
	if _, err := s.charges("k", s.offer); !errors.As(err, &no) {
		t.Fatalf("charged with %v", err)
	}
	page, err := s.CheckoutPage(s.ctx, no.Txn, "")
	if err != nil || page.Holder != view.HolderAny || page.Code != no.Approve || page.Cookie != "" || page.Match != "" {
		t.Errorf("its page is %+v (%v)", page, err)
	}
	a, err := s.Approval(s.ctx, s.who, no.Approve)
	if err != nil || a.Match != "" {
		t.Errorf("the terminal shows %q (%v)", a.Match, err)
	}
}

// Two browsers come at once, each with its cookie: one has the page, and the number is that of its page.
func TestPageHasOneBrowser(t *testing.T) {
	s := sellingHouse(t)
	c, _, err := s.v.CreateCheckout(s.ctx, asking("k", "k"), CheckoutOrder{OfferID: s.offer.ID})
	if err != nil {
		t.Fatal(err)
	}
	pages := make(chan view.CheckoutPage)
	for range 8 {
		go func() {
			page, err := s.CheckoutPage(s.ctx, c.TxnID, "")
			if err == nil && page.Cookie != "" {
				page, err = s.CheckoutPage(s.ctx, c.TxnID, page.Cookie)
			}
			if err != nil {
				t.Error(err)
			}
			pages <- page
		}()
	}
	var mine []view.CheckoutPage
	for range 8 {
		if page := <-pages; page.Holder == view.HolderThis {
			mine = append(mine, page)
		} else if page.Code != "" || page.Match != "" {
			t.Errorf("another browser sees %+v", page)
		}
	}
	a, err := s.Approval(s.ctx, s.who, c.UserCode)
	if err != nil || len(mine) != 1 || mine[0].Match != a.Match || a.Match == "" {
		t.Errorf("%d browsers have the page; the terminal shows %q (%v)", len(mine), a.Match, err)
	}
}

// A page that is loaded again writes nothing, whoever loads it.
func TestPageIsTakenOnce(t *testing.T) {
	kv := &writes{Store: store.NewMemory()}
	s := sellingOn(t, kv)
	c, _, err := s.v.CreateCheckout(s.ctx, asking("k", "k"), CheckoutOrder{OfferID: s.offer.ID})
	if err != nil {
		t.Fatal(err)
	}
	before, b := kv.n.Load(), shopper{}
	for range 10 {
		if _, err := s.CheckoutPage(s.ctx, c.TxnID, "made up"); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "transactions without a cookie", kv.n.Load(), before)
	for range 10 {
		b.opens(t, s.Server, c.TxnID)
		if _, err := s.CheckoutPage(s.ctx, c.TxnID, "made up"); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "transactions", kv.n.Load(), before+1)
}
