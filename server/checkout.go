package server

import (
	"context"
	"net/url"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// CheckoutOrder asks a person, by way of the browser, to buy or to link.
type CheckoutOrder struct {
	Mode       ledger.CheckoutMode // "": charge
	OfferID    ledger.OfferID      // zero with an inline offer
	Offer      ledger.Offer
	Quantity   uint32 // 0: one
	Ask        ledger.Limits
	Currency   ledger.Currency // mode link: of the proposed limits
	SuccessURL string
	CancelURL  string
	ClientRef  string
	Metadata   map[string]string
	Life       time.Duration // 0: what the policy says
}

// maxCheckoutLife bounds how long a request may wait.
const maxCheckoutLife = time.Hour

// CreateCheckout opens a request to buy or to link.
func (v *Seller) CreateCheckout(ctx context.Context, q Request, o CheckoutOrder) (c ledger.Checkout, replayed bool, err error) {
	at := v.s.clock()
	if o.Life < 0 || o.Life > maxCheckoutLife {
		return c, false, ledger.Invalid("expires_in", "Use at most 3600 seconds.", "The time to answer is out of bounds.")
	}
	if err := checkAttached(o.ClientRef, o.Metadata); err != nil {
		return c, false, err
	}
	number, err := v.s.seal.Number()
	if err != nil {
		return c, false, err
	}
	code, err := v.s.seal.UserCode()
	if err != nil {
		return c, false, err
	}
	id := ledger.CheckoutID{Vendor: v.ID, Number: number}
	ref, replayed, err := v.s.once(ctx, v.request(q, at), func(tx books.Tx) (string, []byte, error) {
		if o.OfferID != (ledger.OfferID{}) {
			if o.Offer, err = v.offer(tx.Reader, o.OfferID); err != nil {
				return "", nil, err
			}
		}
		if c, err = v.newCheckout(tx, o, id, code, at); err != nil {
			return "", nil, err
		}
		return "checkout", entryRef(ledger.EntryNo(id.Number)), tx.PutCheckout(c)
	})
	if err == nil && replayed {
		c, err = v.Checkout(ctx, ledger.CheckoutID{Vendor: v.ID, Number: uint64(refEntry(ref))})
	}
	return c, replayed, err
}

// newCheckout makes the record of a request: terms checked, sealed and pinned.
func (v *Seller) newCheckout(tx books.Tx, o CheckoutOrder, id ledger.CheckoutID, code string, at time.Time) (ledger.Checkout, error) {
	p, err := policy(tx.Reader)
	if err != nil {
		return ledger.Checkout{}, err
	}
	me, err := v.record(tx.Reader)
	if err != nil {
		return ledger.Checkout{}, err
	}
	for _, u := range []struct{ param, url string }{{"success_url", o.SuccessURL}, {"cancel_url", o.CancelURL}} {
		if u.url != "" && !me.Owns(u.url) {
			return ledger.Checkout{}, ledger.RefuseOrigin(u.param)
		}
	}
	c := ledger.Checkout{
		ID: id, Mode: o.Mode, SuccessURL: o.SuccessURL, CancelURL: o.CancelURL, ClientRef: o.ClientRef, Metadata: o.Metadata,
		UserCode: code, Status: ledger.CheckoutOpen, Created: at, Expires: at.Add(p.CheckoutLife),
	}
	if o.Life > 0 {
		c.Expires = at.Add(o.Life)
	}
	switch o.Mode {
	case "", ledger.ModeCharge:
		if o.Quantity == 0 {
			o.Quantity = 1
		}
		c.Mode, c.Quantity = ledger.ModeCharge, o.Quantity
		if o.Offer.ID == (ledger.OfferID{}) { // inline: sold once, kept with the request
			if o.Offer, err = v.checked(tx, me, o.Offer, at); err != nil {
				return c, err
			}
			o.Offer.ID, o.Offer.Status = ledger.OfferID{Vendor: v.ID}, ledger.OfferActive
		}
		if o.Offer.Status != ledger.OfferActive {
			return c, ledger.RefuseOfferOver()
		}
		c.Offer = o.Offer
		if c.Price, err = ledger.PriceOf(o.Offer, o.Quantity); err != nil {
			return c, err
		}
	case ledger.ModeLink:
		if o.Currency == "" {
			o.Currency = p.Currencies[0]
		}
		c.Ask = o.Ask
		if c.Price.Currency, err = ledger.ParseCurrency(string(o.Currency), p.Currencies...); err != nil {
			return c, err
		}
	default:
		return c, ledger.Invalid("mode", "Say charge or link.", "There is no such mode of a checkout.")
	}
	if taken, found, err := tx.CheckoutByCode(code); err != nil {
		return c, err
	} else if found {
		other, _, err := tx.Checkout(taken)
		if err != nil {
			return c, err
		}
		if checkoutStatus(other, at) == ledger.CheckoutOpen { // one in billions
			return c, ledger.RefuseUnavailable(time.Second)
		}
	}
	c.TxnID, err = v.s.seal.TxnID(at, v.s.seal.TermsOf(c))
	return c, err
}

// checkout reads one of the vendor's own requests.
func (v *Seller) checkout(r books.Reader, id ledger.CheckoutID) (ledger.Checkout, error) {
	c, found, err := r.Checkout(id)
	if err == nil && (!found || id.Vendor != v.ID) {
		return ledger.Checkout{}, ledger.RefuseNotFound("checkout")
	}
	return c, err
}

// Checkout reads a request; its status is that of now.
func (v *Seller) Checkout(ctx context.Context, id ledger.CheckoutID) (c ledger.Checkout, err error) {
	at := v.s.clock()
	err = v.s.view(ctx, func(r books.Reader) error {
		c, err = v.checkout(r, id)
		c.Status = checkoutStatus(c, at)
		return err
	})
	return c, err
}

// ExpireCheckout ends an open request now.
func (v *Seller) ExpireCheckout(ctx context.Context, id ledger.CheckoutID) (c ledger.Checkout, err error) {
	at := v.s.clock()
	err = v.s.update(ctx, func(tx books.Tx) error {
		if c, err = v.checkout(tx.Reader, id); err != nil {
			return err
		}
		switch status := checkoutStatus(c, at); status {
		case ledger.CheckoutOpen:
			c.Status = ledger.CheckoutExpired
			return tx.PutCheckout(c)
		case ledger.CheckoutExpired:
			c.Status = status
			return nil
		default:
			return ledger.RefuseState("checkout", string(status))
		}
	})
	if err == nil {
		v.s.hub.wake(topicCheckout(id))
		if c.User != 0 {
			v.s.hub.wake(topicUser(c.User))
		}
	}
	return c, err
}

// Redeemed is what a vendor gets for the code that the browser brought back.
type Redeemed struct {
	Checkout ledger.Checkout
	Sold     *Sold        // mode charge
	Link     *ledger.Link // a link that the buyer gave
}

// Redeem turns the code into the sale or the link: once, within a minute of the browser's return.
func (v *Seller) Redeem(ctx context.Context, q Request, id ledger.CheckoutID, code string) (out Redeemed, replayed bool, err error) {
	at := v.s.clock()
	_, replayed, err = v.s.once(ctx, v.request(q, at), func(tx books.Tx) (string, []byte, error) {
		c, err := v.checkout(tx.Reader, id)
		if err != nil {
			return "", nil, err
		}
		switch status := checkoutStatus(c, at); {
		case status == ledger.CheckoutExpired:
			return "", nil, ledger.RefuseCheckoutOver()
		case status != ledger.CheckoutApproved:
			return "", nil, ledger.RefuseState("checkout", string(status))
		case !v.s.seal.CheckReturnCode(code, id, at, returnLife):
			return "", nil, ledger.Invalid("code", "Let the buyer come back once more from the approval page.", "The code is wrong or older than a minute.")
		}
		c.Status = ledger.CheckoutRedeemed
		return "redeem", entryRef(ledger.EntryNo(id.Number)), tx.PutCheckout(c)
	})
	if err != nil {
		return out, false, err
	}
	err = v.s.view(ctx, func(r books.Reader) error {
		out = Redeemed{}
		if out.Checkout, err = v.checkout(r, id); err != nil {
			return err
		}
		if out.Checkout.Purchase != 0 {
			sale, err := v.sale(r, out.Checkout.Purchase)
			if err != nil {
				return err
			}
			out.Sold = &sale
		}
		if l := out.Checkout.Link; l != (ledger.LinkID{}) {
			out.Link, err = linkOf(r, l.User, l.Vendor, l.Currency)
		}
		return err
	})
	return out, replayed, err
}

// CheckoutView is what the buyer's browser may see of a request.
type CheckoutView struct {
	Mode                             ledger.CheckoutMode
	Vendor, Site, Title, Description string
	Price                            ledger.Amount
	Quantity                         uint32
	Bounds                           ledger.Bounds
	Ask                              ledger.Limits
	Code                             string
	Status                           ledger.CheckoutStatus
	Expires                          time.Time
}

// page finds the request behind a transaction id, and refuses one whose terms are not those that the id seals (claims
// 28, 29).
func (s *Server) page(r books.Reader, txn string) (ledger.Checkout, ledger.Vendor, error) {
	id, found, err := r.CheckoutByTxn(txn)
	var c ledger.Checkout
	if err == nil && found {
		c, found, err = r.Checkout(id)
	}
	if err != nil {
		return c, ledger.Vendor{}, err
	}
	if !found || !s.seal.CheckTxnID(txn, s.seal.TermsOf(c)) {
		return c, ledger.Vendor{}, ledger.Refuse(ledger.ErrNotFound, "Start again on the page of the vendor.", "There is no such request.")
	}
	v, _, err := r.Vendor(id.Vendor)
	return c, v, err
}

// CheckoutPage is what the page shows.
func (s *Server) CheckoutPage(ctx context.Context, txn string) (view CheckoutView, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		c, v, err := s.page(r, txn)
		if err != nil {
			return err
		}
		view = CheckoutView{
			Mode: c.Mode, Vendor: v.Title, Site: site(v), Title: c.Offer.Title, Description: c.Offer.Description, Price: c.Price,
			Quantity: c.Quantity, Bounds: c.Offer.Bounds, Ask: c.Ask, Code: c.UserCode, Status: checkoutStatus(c, at), Expires: c.Expires,
		}
		return nil
	})
	return view, err
}

// WatchCheckout wakes the channel when the request is answered, until ctx ends.
func (s *Server) WatchCheckout(ctx context.Context, txn string) (<-chan struct{}, error) {
	var id ledger.CheckoutID
	err := s.view(ctx, func(r books.Reader) error {
		c, _, err := s.page(r, txn)
		id = c.ID
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.hub.watch(ctx, topicCheckout(id)), nil
}

// returnLife is how long the code that a browser carries back can be redeemed.
const returnLife = time.Minute

// CheckoutReturn is where the browser goes once the request is answered: back to the vendor, after a yes with a code. It
// writes nothing: anybody can ask, as often as they like. It refuses with ErrState if the vendor named no place.
func (s *Server) CheckoutReturn(ctx context.Context, txn string) (to string, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		to = ""
		c, _, err := s.page(r, txn)
		if err != nil {
			return err
		}
		switch checkoutStatus(c, at) {
		case ledger.CheckoutApproved:
			to = with(c.SuccessURL, "code", s.seal.ReturnCode(c.ID, at), "checkout", s.seal.Checkout(c.ID))
		case ledger.CheckoutRedeemed:
			to = c.SuccessURL
		case ledger.CheckoutDenied:
			to = with(c.CancelURL, "reason", "denied")
		case ledger.CheckoutExpired:
			to = with(c.CancelURL, "reason", "expired")
		default:
			return ledger.RefuseState("checkout", string(c.Status))
		}
		return nil
	})
	if err == nil && to == "" {
		err = ledger.Refuse(ledger.ErrState, "You can close this page.", "The vendor named no page to go back to.")
	}
	return to, err
}

// with adds parameters to a URL; "" stays "".
func with(raw string, pairs ...string) string {
	u, err := url.Parse(raw)
	if raw == "" || err != nil {
		return ""
	}
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}
