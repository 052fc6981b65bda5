package server

import (
	"context"
	"errors"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Who watches a vendor is woken by each of its sales, and not by those of another.
func TestShopWatch(t *testing.T) {
	c, _, _, nora, max := shopped(t)
	c.Sweep(c.ctx) // what was before
	mine, err := c.ShopWatch(c.ctx, nora)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := c.ShopWatch(c.ctx, max)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		c.buys(c.ann, c.shop, "Heard", eur(100))
		c.Sweep(c.ctx)
		<-mine
	}
	select {
	case <-theirs:
		t.Error("a sale of another vendor wakes")
	default:
	}
	c.refused(ledger.ErrNotAllowed, func() error { return errOf(c.ShopWatch(c.ctx, c.ann)) })
}

// Members of a team hear the events of their vendor, with one secret for each key; others hear nothing. A sample goes
// to who listens with the same key, for everybody in the team; to a hook only owners send one.
func TestShopListen(t *testing.T) {
	c, _, _, nora, _ := shopped(t)
	finn := c.teamed(nora, "finn", ledger.TeamRead)
	ctx, end := context.WithCancel(c.ctx)
	told := make(chan view.Heard)
	listen := func(who view.Caller) <-chan error {
		ended := make(chan error, 1)
		go func() {
			ended <- c.ShopListen(ctx, who, func(h view.Heard) error {
				select {
				case told <- h:
				case <-ctx.Done():
				}
				return ctx.Err()
			})
		}()
		return ended
	}
	c.refused(ledger.ErrState, func() error { return errOf(c.ShopTrigger(c.ctx, finn, "charge.succeeded", "")) })
	ended := listen(finn)
	secret := (<-told).Secret
	if secret == "" || secret != c.seal.ListenSecret(c.shop.ID, finn.Fingerprint) ||
		secret == c.seal.ListenSecret(c.shop.ID, nora.Fingerprint) || secret == c.seal.ListenSecret(99, finn.Fingerprint) {
		t.Errorf("the secret is %q", secret)
	}
	c.buys(c.ann, c.shop, "Heard", eur(100))
	c.Sweep(c.ctx)
	if h := <-told; h.Type != "charge.succeeded" || h.Headers["webhook-id"] != h.ID {
		t.Errorf("%+v", h)
	}
	if h := <-told; h.Type != "checkout.completed" {
		t.Errorf("%+v", h)
	}
	before := c.head()
	sample, err := c.ShopTrigger(c.ctx, finn, "dispute.opened", "")
	if err != nil || sample.Told != 1 {
		t.Errorf("%+v, %v", sample, err)
	}
	if h := <-told; h.ID != sample.ID || h.Type != "dispute.opened" {
		t.Errorf("%+v", h)
	}
	is(t, "head", c.head(), before)
	c.refused(ledger.ErrNotAllowed, func() error { return errOf(c.ShopTrigger(c.ctx, finn, "link.created", "whe_1")) })
	c.refused(ledger.ErrNotFound, func() error { return errOf(c.ShopTrigger(c.ctx, nora, "link.created", "whe_1")) })
	for _, who := range []view.Caller{c.ann, c.operator, caller("stranger")} {
		c.refused(ledger.ErrNotAllowed, func() error { return <-listen(who) })
		c.refused(ledger.ErrNotAllowed, func() error { return errOf(c.ShopTrigger(c.ctx, who, "link.created", "")) })
	}
	end()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
