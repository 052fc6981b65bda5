package server

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A person gets content by its address alone (claims 1, 25): the page says where it is paid, the wallet pays within its
// limits, and the content comes. The money waits meanwhile, so what does not come costs nothing.

// getLife is how long a price waits for its content, should the service stop meanwhile: longer than any fetch.
const getLife = 10 * time.Minute

// gets reports whether a hold waits for content that its buyer gets: no vendor has asked for it, and none takes it.
// What a program has bought is the vendor's to take.
func gets(hold ledger.Entry) bool {
	s := hold.Sale
	return hold.Actor.Role == ledger.RoleUser && s.Checkout == (ledger.CheckoutID{}) && s.Agent == 0
}

// Get opens content by its address, or by the offer that sells it. What the member has bought before and can open is
// opened; else it is bought, at most for q.Max. It refuses with ErrNotFound an address that nothing sells, with
// ErrTermsChanged what is dearer than q.Max, with ErrUnavailable content that does not come, and as a purchase
// is refused.
func (s *Server) Get(ctx context.Context, who view.Caller, q view.Get) (out view.Got, err error) {
	u, err := s.memberOf(ctx, who)
	if err != nil {
		return out, err
	}
	if err := spend(s.budgets.changes, userOwner(u.ID), "changes of this wallet", s.clock()); err != nil {
		return out, err
	}
	// One after the other for each wallet: two at once would buy twice what one of them has bought. It is one of the
	// places in which something is fetched, under the number that no purchase has.
	if !s.opened.enter(u.ID, 0) {
		return out, refuseBusy()
	}
	defer s.opened.leave(u.ID, 0)
	id, err := s.offerAt(ctx, q.Of)
	if err != nil {
		return out, err
	}
	had, price, err := s.owned(ctx, who, id)
	if err != nil {
		return out, err
	}
	if had != "" {
		out.Paid.Currency = price.Currency
		out.Opened, err = s.OpenContent(ctx, who, had)
		return out, err
	}
	return s.getNew(ctx, who, id, q.Max)
}

// offerAt finds the offer that sells what is at an address. The page of a vendor is asked for it: its head has a link
// of the relation "payment" to this service. Only sites of vendors are asked, and only for what their own offers sell.
func (s *Server) offerAt(ctx context.Context, address string) (ledger.OfferID, error) {
	if id, err := s.seal.OpenOffer(address); err == nil {
		return id, nil
	}
	nothing := ledger.Refuse(ledger.ErrNotFound, "Open it in a browser, and buy it there.",
		"Nothing here sells this address.")
	owner := func(v ledger.Vendor) bool { return v.Status == ledger.VendorActive && v.Owns(address) }
	known := false
	err := s.view(ctx, func(r books.Reader) error {
		all, err := r.Vendors()
		known = slices.ContainsFunc(all, owner)
		return err
	})
	if err != nil || !known || s.fetch == nil {
		return ledger.OfferID{}, firstOf(err, nothing)
	}
	targets, err := s.fetch.Payment(ctx, address)
	if err != nil {
		return ledger.OfferID{}, err
	}
	for _, target := range targets {
		id, err := s.offerOf(target)
		if err != nil {
			continue
		}
		sells := false
		err = s.view(ctx, func(r books.Reader) error {
			o, found, err := r.Offer(id, 0)
			sells = found && o.ContentURL == address
			return err
		})
		if err != nil || sells {
			return id, err
		}
	}
	return ledger.OfferID{}, nothing
}

// firstOf is the error of a look-up, or else that it found nothing.
func firstOf(err, nothing error) error {
	if err != nil {
		return err
	}
	return nothing
}

// offerOf reads the offer out of an address at this service that sells one: see [Seller.StaticLink].
func (s *Server) offerOf(target string) (ledger.OfferID, error) {
	u, err := url.Parse(target)
	if err != nil {
		return ledger.OfferID{}, err
	}
	u.RawQuery, u.Fragment = "", ""
	return s.seal.OpenOffer(strings.TrimPrefix(u.String(), s.house.URL+"/b/"))
}

// owned is what the member has bought of an offer and can open, "" for nothing, and what it costs now.
func (s *Server) owned(
	ctx context.Context, who view.Caller, id ledger.OfferID,
) (had string, price ledger.Amount, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		o, found, err := r.Offer(id, 0)
		if err != nil || !found {
			return firstOf(err, ledger.RefuseNotFound("offer"))
		}
		v, _, err := r.Vendor(id.Vendor)
		if err != nil {
			return err
		}
		price = o.Price
		had, _, err = s.history.Of(r, u, at).Owned(v.Name, id)
		return err
	})
	return had, price, err
}

// getNew lets the price wait, gets the content, and then pays and counts the view in one commit. What does not come is
// given back, also when the member has gone meanwhile.
func (s *Server) getNew(
	ctx context.Context, who view.Caller, id ledger.OfferID, most *ledger.Amount,
) (out view.Got, err error) {
	o, err := s.holdFor(ctx, who, id, most)
	if err != nil {
		return out, err
	}
	content, err := s.contentOf(ctx, o, s.clock())
	if err == nil {
		err = s.pay(ctx, who, &o)
	}
	s.notifier.wake(topicUser(o.user))
	s.webhooks.Wake()
	if err != nil {
		return out, firstOf(s.giveUp(context.WithoutCancel(ctx), o), err)
	}
	s.opened.keep(o.user, o.sold.No, content, s.clock())
	return view.Got{Opened: o.shown(content), Paid: o.sold.Amount}, nil
}

// holdFor lets the price of an offer wait in the wallet of the member, who has just asked for exactly that.
func (s *Server) holdFor(
	ctx context.Context, who view.Caller, id ledger.OfferID, most *ledger.Amount,
) (o opening, err error) {
	at := s.clock()
	err = s.updateAsMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		offer, found, err := tx.Offer(id, 0)
		if err != nil || !found {
			return firstOf(err, ledger.RefuseNotFound("offer"))
		}
		if offer.Kind != ledger.Content {
			return ledger.Refuse(ledger.ErrState, "Buy it at the vendor's site.", "This offer sells %s.", offer.Kind)
		}
		price := offer.Price
		if most != nil && (cmp.Or(most.Currency, price.Currency) != price.Currency || most.Micros < price.Micros) {
			return ledger.Refuse(ledger.ErrTermsChanged, "Allow as much with --max, or leave it out.",
				"The price is %s, which is more than you allow.", price)
		}
		f := ledger.PurchaseFacts{User: u}
		if f.Vendor, _, err = tx.Vendor(id.Vendor); err != nil {
			return err
		}
		if f.Policy, err = policy(tx.Reader); err != nil {
			return err
		}
		if f.Link, err = relation(tx.Reader, u.ID, id.Vendor, price.Currency, f.Policy); err != nil {
			return err
		}
		sold, err := s.sell(tx, ledger.PurchaseRequest{
			Offer: offer, Quantity: 1, Expect: price, Approved: true, Hold: true, HoldFor: getLife, Actor: memberActor(who),
		}, f, at)
		if err != nil {
			return err
		}
		o, err = s.opening(tx.Reader, sold, at)
		return err
	})
	return o, err
}

// pay takes what waits for content that has come, and counts the view.
func (s *Server) pay(ctx context.Context, who view.Caller, o *opening) error {
	at := s.clock()
	return s.updateAsMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		f, err := saleFacts(tx, o.sold.No)
		if err != nil {
			return err
		}
		v, _, err := tx.Vendor(f.Sold.Vendor)
		if err != nil {
			return err
		}
		if v.Status != ledger.VendorActive { // meanwhile
			return ledger.RefuseSuspended()
		}
		out, err := ledger.DecideCapture(ledger.CaptureRequest{Actor: memberActor(who)}, f, at)
		if err != nil {
			return err
		}
		if err := released(tx, out); err != nil {
			return err
		}
		return s.count(tx, u, who, o, at)
	})
}

// giveUp gives back what waits for content that has not come. Should the service stop before, it goes back by itself.
func (s *Server) giveUp(ctx context.Context, o opening) error {
	at := s.clock()
	return s.update(ctx, func(tx books.Tx) error {
		f, err := saleFacts(tx, o.sold.No)
		if err != nil || f.Purchase.State != ledger.PurchaseHeld {
			return err
		}
		v := ledger.VoidRequest{Actor: systemActor, Reason: "The content did not come."}
		out, err := ledger.DecideVoid(v, f, at)
		if err != nil {
			return err
		}
		return released(tx, out)
	})
}
