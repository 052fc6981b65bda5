package server

import (
	"context"
	"crypto/hmac"
	"net/url"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

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
	// A stored request whose terms no longer fit its id was changed by someone who does not have the master secret.
	if !found || !s.seal.CheckTxnID(txn, s.seal.TermsOf(c)) {
		return c, ledger.Vendor{}, ledger.Refuse(
			ledger.ErrNotFound, "Start again on the page of the vendor.", "There is no such request.",
		)
	}
	v, _, err := r.Vendor(id.Vendor)
	return c, v, err
}

// holder is to which browser the page of a request belongs, as the browser with a cookie sees it.
func holder(c ledger.Checkout, cookie string, at time.Time) view.Holder {
	switch hash := seal.HashPageCookie(cookie); {
	case c.Browser != [32]byte{} && hmac.Equal(hash[:], c.Browser[:]):
		return view.HolderThis
	case c.Browser != [32]byte{}:
		return view.HolderOther
	case c.User == 0 && checkoutStatus(c, at) == ledger.CheckoutOpen:
		return view.HolderNone
	default: // nothing comes back to a browser
		return view.HolderAny
	}
}

// CheckoutPage returns what a browser may see of a request, by the cookie that it brings; "" is none. The first browser
// that brings a cookie of an open request back has its page from then on. So a program that looks at an address and
// keeps no cookies, as those of chats do, takes the page from nobody.
//
// It refuses with ErrNotFound an id that seals other terms than the stored ones.
func (s *Server) CheckoutPage(ctx context.Context, txn, cookie string) (page view.CheckoutPage, err error) {
	at := s.clock()
	var c ledger.Checkout
	var v ledger.Vendor
	err = s.view(ctx, func(r books.Reader) (err error) {
		c, v, err = s.page(r, txn)
		return err
	})
	if err == nil && holder(c, cookie, at) == view.HolderNone && s.seal.CheckPageCookie(cookie, txn) {
		err = s.update(ctx, func(tx books.Tx) (err error) {
			if c, v, err = s.page(tx.Reader, txn); err != nil || holder(c, cookie, at) != view.HolderNone {
				return err // another browser was faster
			}
			c.Browser = seal.HashPageCookie(cookie)
			return tx.PutCheckout(c)
		})
	}
	if err != nil {
		return page, err
	}
	return s.pageView(c, v, cookie, at)
}

// pageView shows a request to a browser. The code is only for the one that has the page: whoever has the code can have
// somebody else pay for what this browser gets.
func (s *Server) pageView(c ledger.Checkout, v ledger.Vendor, cookie string, at time.Time) (view.CheckoutPage, error) {
	out := view.CheckoutPage{
		Terms: requestView(c, v, at), Expires: view.At(c.Expires), Quantity: c.Quantity, Holder: holder(c, cookie, at),
		Here: c.Sells() && c.SuccessURL == "" && c.Offer.ContentURL == "" && c.Offer.Kind == ledger.Content,
	}
	out.Vendor = v.Title // a wallet has the name by which commands know the vendor
	var err error
	switch out.Holder {
	case view.HolderThis:
		out.Match, out.Waits = s.match(c), c.User != 0 && checkoutStatus(c, at) == ledger.CheckoutOpen
	case view.HolderNone:
		out.Code = ""
		out.Cookie, err = s.seal.PageCookie(c.TxnID)
	case view.HolderOther:
		out.Code = ""
	}
	return out, err
}

// match is the number that page and terminal show, "" if no browser has the page.
func (s *Server) match(c ledger.Checkout) string {
	if c.Browser == [32]byte{} {
		return ""
	}
	return s.seal.MatchNumber(c.TxnID, c.Browser)
}

// WatchCheckout wakes the channel when the request is answered, until ctx ends. It refuses with ErrNotFound as
// [Server.CheckoutPage] does, and with ErrNotAllowed a browser that does not have the page.
func (s *Server) WatchCheckout(ctx context.Context, txn, cookie string) (<-chan view.Wake, error) {
	at := s.clock()
	var id ledger.CheckoutID
	err := s.view(ctx, func(r books.Reader) error {
		c, _, err := s.page(r, txn)
		if h := holder(c, cookie, at); err == nil && h != view.HolderThis && h != view.HolderAny {
			err = ledger.RefuseBrowser()
		}
		id = c.ID
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.notifier.watch(ctx, topicCheckout(id)), nil
}

// returnLife is how long the code that a browser carries back can be redeemed. A browser needs a second; a minute is
// for slow lines, and too short for a code that was read from a log.
const returnLife = time.Minute

// CheckoutReturn is where the browser goes once the request is answered: back to the vendor, after a yes with a code.
// With the way back goes what a browser keeps that its wallet remembers. It writes nothing: a browser can ask as often
// as it likes. It refuses with ErrState if the vendor named no place, and with ErrNotAllowed every browser but the one
// that has the page.
func (s *Server) CheckoutReturn(ctx context.Context, txn, cookie string) (out view.Return, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		out = view.Return{}
		c, _, err := s.page(r, txn)
		if err != nil {
			return err
		}
		browser := holder(c, cookie, at)
		if browser == view.HolderOther {
			return ledger.RefuseBrowser()
		}
		status := checkoutStatus(c, at)
		yes := status == ledger.CheckoutApproved || status == ledger.CheckoutRedeemed
		if yes && c.SuccessURL != "" && browser != view.HolderThis {
			return ledger.RefuseNoBrowser()
		}
		switch status {
		case ledger.CheckoutApproved:
			if out.To, err = s.backTo(r, c, at); err != nil {
				return err
			}
		case ledger.CheckoutRedeemed:
			out.To = c.SuccessURL
		case ledger.CheckoutDenied:
			out.To = withQuery(c.CancelURL, "reason", "denied")
		case ledger.CheckoutExpired:
			out.To = withQuery(c.CancelURL, "reason", "expired")
		default:
			return ledger.RefuseState("checkout", string(status))
		}
		if yes && browser == view.HolderThis {
			out.Kept, err = s.remembered(r, c, at)
		}
		return err
	})
	if err == nil && out.To == "" {
		err = ledger.Refuse(ledger.ErrState, "You can close this page.", "The vendor named no page to go back to.")
	}
	return out, err
}

// backTo is where a browser goes after a yes, with the code that its vendor redeems, or with the grant itself where the
// vendor has no server.
func (s *Server) backTo(r books.Reader, c ledger.Checkout, at time.Time) (string, error) {
	if c.SuccessURL == "" {
		return "", nil
	}
	if c.Static {
		return s.staticBack(r, c, at)
	}
	return withQuery(c.SuccessURL, "code", s.seal.ReturnCode(c.ID, at), "checkout", s.seal.Checkout(c.ID)), nil
}

// withQuery adds parameters to a URL; "" stays "".
func withQuery(raw string, pairs ...string) string {
	u, err := url.Parse(raw)
	if raw == "" || err != nil {
		return ""
	}
	// What the vendor put into its URL stays.
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}
