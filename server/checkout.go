package server

import (
	"cmp"
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// CheckoutOrder asks a person, by way of the browser, to buy or to link.
type CheckoutOrder struct {
	Mode ledger.CheckoutMode // "": charge
	// OfferID names a posted offer. It is zero with an inline offer, which is in Offer and sold this once.
	OfferID  ledger.OfferID
	Offer    ledger.Offer
	Quantity uint32 // pieces, 0: one
	// Ask is what the vendor of a link proposes, in micros of Currency. The buyer decides; zero proposes nothing.
	Ask      ledger.Limits
	Currency ledger.Currency
	// SuccessURL and CancelURL are where the browser goes after the answer. They are on a verified site of the vendor
	// (claim 28), or "": then the page says that it can be closed.
	SuccessURL, CancelURL string
	// ClientRef and Metadata are the vendor's own; they come back with the sale and its events (claim 43).
	ClientRef string
	Metadata  map[string]string
	Life      time.Duration // until the request expires, 0: what the policy says
}

// maxCheckoutLife bounds how long a request may wait. A buyer who comes back after an hour asks the vendor anew, at the
// price of then.
const maxCheckoutLife = time.Hour

// CreateCheckout opens a request to buy or to link (claims 13, 28). It refuses with ErrInvalid what cannot be asked
// for, and with ErrOrigin a way back that is not the vendor's.
//
// Number and code are made before the transaction, which may run more than once. A repetition with the same key returns
// the same checkout.
func (v *Seller) CreateCheckout(
	ctx context.Context, q Request, o CheckoutOrder,
) (shown view.Checkout, replayed bool, err error) {
	at := v.s.clock()
	if o.Life < 0 || o.Life > maxCheckoutLife {
		return shown, false, ledger.Invalid(
			"expires_in", "Use at most 3600 seconds.", "The time to answer is out of bounds.",
		)
	}
	if err := ledger.CheckAttached(o.ClientRef, o.Metadata); err != nil {
		return shown, false, err
	}
	if err := v.takeRequest(); err != nil {
		return shown, false, err
	}
	number, err := v.s.seal.Number()
	if err != nil {
		return shown, false, err
	}
	code, err := v.s.seal.UserCode()
	if err != nil {
		return shown, false, err
	}
	id := ledger.CheckoutID{Vendor: v.ID, Number: number}
	ref, replayed, err := v.idempotent(ctx, q, at, func(tx books.Tx) (string, []byte, error) {
		if err := freeNumber(tx.Reader, id); err != nil {
			return "", nil, err
		}
		c := ledger.Checkout{ID: id, UserCode: code, Created: at}
		err := v.fill(tx, &c, o)
		if err == nil {
			c, err = v.openRequest(tx, c)
		}
		shown = v.checkoutView(c, at)
		return "checkout", entryRef(ledger.EntryNo(id.Number)), err
	})
	if err == nil && replayed {
		shown, err = v.Checkout(ctx, ledger.CheckoutID{Vendor: v.ID, Number: uint64(refEntry(ref))})
	}
	return shown, replayed, err
}

// freeNumber refuses a number that another checkout has: one draw in 2^51 for each that is there. The next call draws
// another one.
func freeNumber(r books.Reader, id ledger.CheckoutID) error {
	_, taken, err := r.Checkout(id)
	if err == nil && taken {
		err = ledger.RefuseUnavailable(time.Second)
	}
	return err
}

// fill writes into a request what the vendor asks for. A browser is sent nowhere that the operator has not verified:
// else a vendor could pass buyers on.
func (v *Seller) fill(tx books.Tx, c *ledger.Checkout, o CheckoutOrder) error {
	me, p, err := v.standing(tx.Reader)
	if err != nil {
		return err
	}
	for _, u := range []struct{ param, url string }{{"success_url", o.SuccessURL}, {"cancel_url", o.CancelURL}} {
		if u.url != "" && !me.Owns(u.url) {
			return ledger.RefuseOrigin(u.param)
		}
	}
	c.SuccessURL, c.CancelURL, c.ClientRef, c.Metadata = o.SuccessURL, o.CancelURL, o.ClientRef, o.Metadata
	life := p.CheckoutLife
	if o.Life > 0 {
		life = o.Life
	}
	c.Expires = c.Created.Add(life)
	switch o.Mode {
	case "", ledger.ModeCharge, ledger.ModeHold:
		c.Quantity = max(o.Quantity, 1)
		if c.Offer, err = v.offered(tx, me, p, o, c.Created); err != nil {
			return err
		}
		c.Mode = cmp.Or(o.Mode, ledger.ModeCharge)
		c.Price, err = ledger.PriceOf(c.Offer, c.Quantity)
	case ledger.ModeLink:
		if o.Currency == "" {
			o.Currency = p.Currencies[0]
		}
		c.Mode, c.Ask = o.Mode, o.Ask
		c.Price.Currency, err = ledger.ParseCurrency(string(o.Currency), p.Currencies...)
	default:
		err = ledger.Invalid("mode", "Say charge, hold or link.", "There is no such mode of a checkout.")
	}
	return err
}

// offered is what a request sells. An inline offer has no number: it is sold once and kept with the request.
func (v *Seller) offered(
	tx books.Tx, me ledger.Vendor, p ledger.Policy, o CheckoutOrder, at time.Time,
) (offer ledger.Offer, err error) {
	if o.OfferID != (ledger.OfferID{}) {
		offer, err = v.offer(tx.Reader, o.OfferID)
	} else {
		offer, err = v.checkedInline(tx, me, p, byDefault(me, o.Offer), at)
		offer.ID, offer.Status = ledger.OfferID{Vendor: v.ID}, ledger.OfferActive
	}
	if err == nil && offer.Status != ledger.OfferActive {
		err = ledger.RefuseOfferOver()
	}
	return offer, err
}

// openRequest stores a new request. The offer is copied into it: later versions do not change it. The transaction id
// seals the terms, so that the page can tell whether they are still those that were asked for (claims 28, 29).
func (v *Seller) openRequest(tx books.Tx, c ledger.Checkout) (ledger.Checkout, error) {
	if err := codeIsFree(tx.Reader, c.UserCode, c.Created); err != nil {
		return c, err
	}
	c.Status = ledger.CheckoutOpen
	c.TxnID = v.s.seal.TxnID(c.Created, v.s.seal.TermsOf(c))
	return c, tx.PutCheckout(c)
}

// codeIsFree refuses a user code that stands for another open request: one in billions, so the caller tries again.
func codeIsFree(r books.Reader, code string, at time.Time) error {
	taken, found, err := r.CheckoutByCode(code)
	if err != nil || !found {
		return err
	}
	other, _, err := r.Checkout(taken)
	if err == nil && checkoutStatus(other, at) == ledger.CheckoutOpen {
		err = ledger.RefuseUnavailable(time.Second)
	}
	return err
}

// checkout reads one of the vendor's own requests.
func (v *Seller) checkout(r books.Reader, id ledger.CheckoutID) (ledger.Checkout, error) {
	c, found, err := r.Checkout(id)
	if err == nil && (!found || id.Vendor != v.ID) {
		return ledger.Checkout{}, ledger.RefuseNotFound("checkout")
	}
	return c, err
}

// Checkout reads a request; its status is that of now. It refuses with ErrNotFound one of another vendor.
func (v *Seller) Checkout(ctx context.Context, id ledger.CheckoutID) (shown view.Checkout, err error) {
	at := v.s.clock()
	err = v.view(ctx, func(r books.Reader) error {
		c, err := v.checkout(r, id)
		shown = v.checkoutView(c, at)
		return err
	})
	return shown, err
}

// ExpireCheckout ends an open request now. It refuses with ErrState one that was answered. Ending one that has expired
// already changes nothing. A repetition with the same key returns the first answer.
func (v *Seller) ExpireCheckout(
	ctx context.Context, q Request, id ledger.CheckoutID,
) (shown view.Checkout, replayed bool, err error) {
	at := v.s.clock()
	var c ledger.Checkout
	shown, replayed, err = once(ctx, v, q, "expire", func(tx books.Tx) (_ view.Checkout, err error) {
		if c, err = v.checkout(tx.Reader, id); err != nil {
			return shown, err
		}
		switch status := checkoutStatus(c, at); status {
		case ledger.CheckoutOpen:
			c.Status = ledger.CheckoutExpired
			err = tx.PutCheckout(c)
		case ledger.CheckoutExpired:
		default:
			err = ledger.RefuseState("checkout", string(status))
		}
		return v.checkoutView(c, at), err
	})
	if err != nil || replayed {
		return shown, replayed, err
	}
	v.s.notifier.wake(topicCheckout(id)) // the page of the buyer
	if c.User != 0 {
		v.s.notifier.wake(topicUser(c.User))
	}
	return shown, false, nil
}

// checkoutView shows a request to its vendor; its status is that of an instant.
func (v *Seller) checkoutView(c ledger.Checkout, at time.Time) view.Checkout {
	out := view.Checkout{
		ID: v.s.seal.Checkout(c.ID), Mode: string(c.Mode), URL: v.s.house.URL + "/c/" + c.TxnID, UserCode: c.UserCode,
		Status: string(checkoutStatus(c, at)), TxnID: c.TxnID, Quantity: c.Quantity, ClientRef: c.ClientRef,
		Metadata: c.Metadata, ExpiresAt: view.At(c.Expires), Created: view.At(c.Created),
	}
	if c.Sells() {
		out.Amount = &c.Price
	}
	return out
}

// Redeem turns the code into the sale or the link: once, within a minute of the browser's return. A repetition with the
// same key returns the same, as it stands by then.
//
// The code proves that the browser has come back from the page; it is no secret of the buyer. It refuses with
// ErrInvalid a wrong or old code, with ErrState a checkout that was denied or redeemed, and with ErrGone an expired
// one.
func (v *Seller) Redeem(
	ctx context.Context, q Request, id ledger.CheckoutID, code string,
) (out view.Redeemed, replayed bool, err error) {
	at := v.s.clock()
	_, replayed, err = v.idempotent(ctx, q, at, func(tx books.Tx) (string, []byte, error) {
		c, err := v.checkout(tx.Reader, id)
		if err != nil {
			return "", nil, err
		}
		// The state is looked at before the code: an old request says what it is, whatever code comes with it.
		switch status := checkoutStatus(c, at); {
		case status == ledger.CheckoutExpired:
			return "", nil, ledger.RefuseCheckoutOver()
		case status != ledger.CheckoutApproved:
			return "", nil, ledger.RefuseState("checkout", string(status))
		case !v.s.seal.CheckReturnCode(code, id, at, returnLife):
			return "", nil, ledger.Invalid(
				"code", "Let the buyer come back once more from the approval page.", "The code is wrong or older than a minute.",
			)
		}
		c.Status = ledger.CheckoutRedeemed
		return "redeem", entryRef(ledger.EntryNo(id.Number)), tx.PutCheckout(c)
	})
	if err != nil {
		return out, false, err
	}
	err = v.s.view(ctx, func(r books.Reader) error { // it is done, so it is shown, whatever the vendor has read
		out, err = v.redeemed(r, id, at)
		return err
	})
	return out, replayed, err
}

// redeemed shows what a redeemed request has led to. It is read after the commit, on one snapshot: charge and grant
// show the same state of the sale.
func (v *Seller) redeemed(r books.Reader, id ledger.CheckoutID, at time.Time) (out view.Redeemed, err error) {
	c, err := v.checkout(r, id)
	if err != nil {
		return out, err
	}
	out.Checkout = v.checkoutView(c, at)
	if c.Purchase != 0 {
		me, err := v.record(r)
		if err != nil {
			return out, err
		}
		sold, err := v.sale(r, c.Purchase, "charge")
		if err != nil {
			return out, err
		}
		charge, grant := v.chargeView(sold.entry, sold.purchase), v.grantView(me, sold.entry, sold.purchase, at)
		out.Charge, out.Grant = &charge, &grant
	}
	if c.Link != (ledger.LinkID{}) {
		l, err := linkOf(r, c.Link.User, c.Link.Vendor, c.Link.Currency)
		if err != nil {
			return out, err
		}
		if l != nil {
			link := v.linkView(*l)
			out.Link = &link
		}
	}
	return out, nil
}

const (
	// checkoutRetention is how long a request is kept from which nothing came: as long as a repetition of the call that
	// made it may be answered with it. What was bought or allowed stays.
	checkoutRetention = keyRetention
	// sweptCheckouts is how many requests one run of the sweep looks at: 17 million a day.
	sweptCheckouts = 1000
	// droppedCheckouts bounds how many of them one transaction deletes: the writer has purchases waiting.
	droppedCheckouts = 100
)

// sweepCheckouts forgets requests from which nothing came, as sweepKeys forgets idempotency keys: in small steps.
func (s *Server) sweepCheckouts(ctx context.Context, at time.Time) error {
	before := at.Add(-checkoutRetention)
	var old []ledger.CheckoutID
	var next []byte
	err := s.view(ctx, func(r books.Reader) (err error) {
		old, next, err = r.SpentCheckouts(s.checkoutsFrom, before, sweptCheckouts)
		return err
	})
	if err != nil {
		return err
	}
	for len(old) > 0 {
		some := old[:min(len(old), droppedCheckouts)]
		err := s.update(ctx, func(tx books.Tx) error {
			for _, id := range some {
				if err := tx.DropCheckout(id, before); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		old = old[len(some):]
	}
	s.checkoutsFrom = next
	return nil
}
