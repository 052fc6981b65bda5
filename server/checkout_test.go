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

// approved is a checkout with a way back that the buyer said yes to.
func (s selling) approved(key string) view.Checkout {
	s.t.Helper()
	c, _, err := s.v.CreateCheckout(
		s.ctx,
		asking(key, key),
		CheckoutOrder{OfferID: s.offer.ID, SuccessURL: "https://news.example/paid"},
	)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Answer(s.ctx, s.who, view.Answer{Code: c.UserCode, Yes: true}); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// code is what the browser brings back to the vendor.
func (s selling) code(c view.Checkout) string {
	s.t.Helper()
	to, err := s.CheckoutReturn(s.ctx, c.TxnID)
	if err != nil {
		s.t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil || u.Query().Get("code") == "" {
		s.t.Fatalf("sent to %q (%v)", to, err)
	}
	return u.Query().Get("code")
}

// A browser that knows the address of a page can ask for the way back as often as it likes: that writes nothing.
func TestReturnWritesNothing(t *testing.T) {
	kv := &writes{Store: store.NewMemory()}
	s := sellingOn(t, kv)
	c := s.approved("k")
	before := kv.n.Load()
	for range 10 {
		s.code(c)
	}
	is(t, "transactions", kv.n.Load(), before)
}

// A code is good for a minute, for its own checkout, and once; another tab's code does not end it.
func TestRedeem(t *testing.T) {
	s := sellingHouse(t)
	c, other := s.approved("c"), s.approved("other")
	old := s.code(c)
	redeem := func(key, code string) error {
		_, _, err := s.v.Redeem(s.ctx, asking(key, code), opened(t, s.seal.OpenCheckout, c.ID), code)
		return err
	}
	wrong := s.refused(ledger.ErrInvalid, func() error { return redeem("wrong", "code") })
	is(t, "words", wrong.Detail, "The code is wrong or older than a minute.")
	s.refused(ledger.ErrInvalid, func() error { return redeem("of another", s.code(other)) })
	s.time.Pass(returnLife)
	s.refused(ledger.ErrInvalid, func() error { return redeem("old", old) })
	first := s.code(c)
	s.time.Pass(returnLife - time.Second)
	second := s.code(c)
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
	first := s.approved("one")
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
