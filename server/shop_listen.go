package server

import (
	"context"
	"strconv"
	"strings"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/server/webhook"
)

// ShopListen tells the calling member the events of its vendor as they come, signed with a secret of its key, until ctx
// ends or tell fails: for a server that is being written and has no public address. Nothing of it is stored. Whether
// the key may is looked at with each event. It refuses with ErrNotAllowed a key that is in no team, and with ErrState
// one listener too many.
func (s *Server) ShopListen(ctx context.Context, who view.Caller, tell func(view.Heard) error) error {
	act := readsShop("shop listen")
	v, err := s.shop(ctx, who, act)
	if err != nil {
		return err
	}
	return s.webhooks.Listen(ctx, &webhook.Listener{
		Vendor: v.ID, Key: who.Fingerprint, Secret: s.seal.ListenSecret(v.ID, who.Fingerprint), Tell: tell,
		May: func(r books.Reader) error {
			m, _, err := requireTeam(r, who, act)
			if err == nil && m.Vendor != v.ID {
				err = ledger.RefuseNoTeam()
			}
			return err
		},
	})
}

// topicVendor is woken by everything that happens at a vendor.
func topicVendor(v ledger.VendorID) string { return "v/" + strconv.FormatUint(uint64(v), 10) }

// ShopWatch returns a channel that everything wakes which happens at the vendor of the calling member, until ctx ends.
// It refuses with ErrNotAllowed a key that is in no team.
func (s *Server) ShopWatch(ctx context.Context, who view.Caller) (<-chan view.Wake, error) {
	v, err := s.shop(ctx, who, readsShop("shop sales"))
	if err != nil {
		return nil, err
	}
	return s.notifier.watch(ctx, topicVendor(v.ID), topicKey(who.Fingerprint)), nil
}

// ShopTrigger sends a sample of an event, which says that it is a test: to those who listen with the calling key, or to
// one hook of the vendor. Nothing happens in the books, and how the hook does is not judged by it.
//
// It refuses with ErrInvalid an unknown event, with ErrState if nobody listens and for a hook that is disabled, with
// ErrUnavailable a hook that does not answer, and for a hook with ErrNotAllowed who is no owner.
func (s *Server) ShopTrigger(ctx context.Context, who view.Caller, event, hook string) (t view.Trigger, err error) {
	act := readsShop("shop trigger")
	if hook != "" {
		act = ownsShop("shop trigger")
	}
	v, err := s.shop(ctx, who, act)
	if err != nil {
		return t, err
	}
	if err := v.takeRequest(); err != nil {
		return t, err
	}
	t = view.Trigger{Type: event, Hook: strings.TrimSpace(hook)}
	if hook == "" {
		t.ID, t.Told, err = s.webhooks.Trigger(v.ID, who.Fingerprint, event)
		if err == nil && t.Told == 0 {
			err = ledger.Refuse(ledger.ErrState, "Start shop listen in another terminal first, or name a hook with --hook.",
				"Nobody listens with this key.")
		}
		return t, err
	}
	number, err := v.hookNamed(hook)
	if err != nil {
		return t, err
	}
	t.ID, t.Status, err = s.webhooks.Try(ctx, v.owner(), number, event)
	return t, err
}
