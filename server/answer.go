package server

import (
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Answer says yes or no to a request. The request itself is the idempotency key: answering twice answers the first
// time's receipt again, and nothing is bought twice.
func (s *Server) Answer(ctx context.Context, who ledger.Caller, a ledger.Answer) (receipt ledger.Receipt, err error) {
	at := s.clock()
	var c ledger.Checkout
	var u ledger.User
	err = s.guarded(who, at, func() error {
		return s.update(ctx, func(tx books.Tx) (err error) {
			if u, err = member(tx.Reader, who); err != nil {
				return err
			}
			if c, err = asked(tx.Reader, u, a.Code); err != nil {
				return err
			}
			switch checkoutStatus(c, at) {
			case ledger.CheckoutExpired:
				return ledger.RefuseCheckoutOver()
			case ledger.CheckoutOpen:
			default:
				receipt, err = s.receipt(tx.Reader, u, c, at)
				receipt.Again = true
				return err
			}
			c, err = s.answer(tx, who, u, c, a, at)
			if err != nil {
				return err
			}
			receipt, err = s.receipt(tx.Reader, u, c, at)
			return err
		})
	})
	if err != nil {
		return ledger.Receipt{}, err
	}
	if !receipt.Again {
		s.hub.wake(topicCheckout(c.ID), topicUser(u.ID))
		s.soon()
	}
	return receipt, nil
}

// answer carries out the answer to an open request and stores the request as answered.
func (s *Server) answer(tx books.Tx, who ledger.Caller, u ledger.User, c ledger.Checkout, a ledger.Answer, at time.Time) (ledger.Checkout, error) {
	v, found, err := tx.Vendor(c.ID.Vendor)
	if err != nil || !found {
		return c, orMissing(err)
	}
	p, err := policy(tx.Reader)
	if err != nil {
		return c, err
	}
	c.User = u.ID
	switch {
	case !a.Yes:
		c.Status = ledger.CheckoutDenied
		if a.Block {
			_, err := endAll(tx, u, v, linkCurrency(c, u, p), ledger.UnlinkOrder{Block: true, Actor: acting(who)}, at)
			if err != nil && !errors.Is(err, ledger.ErrState) { // blocked already is as good
				return c, err
			}
		}
		return c, tx.PutCheckout(c)
	case c.Mode == ledger.ModeCharge:
		done, err := s.sell(tx, u.ID, nil, purchaseOf(c, acting(who)), at)
		if err != nil {
			return c, err
		}
		c.Purchase = done.Record.No
	}
	if c.Mode == ledger.ModeLink || a.Link {
		if u, err = openFor(tx, u, linkCurrency(c, u, p), p); err != nil {
			return c, err
		}
		l, err := giveLink(tx, u, v, ledger.LinkOrder{
			Currency: linkCurrency(c, u, p), Limits: linkLimits(c, a), Total: ledger.NoLimit, Actor: acting(who),
		}, at)
		if err != nil {
			return c, err
		}
		c.Link = l.ID
	}
	c.Status = ledger.CheckoutApproved
	return c, tx.PutCheckout(c)
}

// linkCurrency is in which currency a link is given: that of the price, or the wallet's first one.
func linkCurrency(c ledger.Checkout, u ledger.User, p ledger.Policy) ledger.Currency {
	if c.Price.Currency != "" {
		return c.Price.Currency
	}
	return mainCurrency(u, p)
}

// linkLimits are the bounds of a new link: what the person typed, or else what the vendor proposed. What a proposal
// leaves open is not bounded at this vendor; the wallet's own limits still hold.
func linkLimits(c ledger.Checkout, a ledger.Answer) ledger.Limits {
	if a.Limits != nil {
		return *a.Limits
	}
	return c.Ask
}

// receipt draws what an answered request has led to.
func (s *Server) receipt(r books.Reader, u ledger.User, c ledger.Checkout, at time.Time) (out ledger.Receipt, err error) {
	v, _, err := r.Vendor(c.ID.Vendor)
	if err != nil {
		return out, err
	}
	out = ledger.Receipt{Vendor: v.Name, Title: ledger.CleanLine(c.Offer.Title, maxShown), Status: c.Status, At: at}
	if c.Link != (ledger.LinkID{}) {
		out.Link = s.seal.Link(c.Link)
	}
	p, err := policy(r)
	if err != nil {
		return out, err
	}
	w, found, err := r.Wallet(u.ID, linkCurrency(c, u, p))
	if err != nil {
		return out, err
	}
	if found {
		out.After = ledger.Amount{Micros: w.Paid, Currency: w.Currency}
	}
	if c.Purchase == 0 {
		return out, nil
	}
	bought, rec, found, err := r.Purchase(c.Purchase)
	if err != nil || !found {
		return out, orMissing(err)
	}
	draw := renderer{s: s, r: r, user: u, names: vendorNames{r: r}, at: at}
	if out.Lines, err = draw.lines(rec.Entry); err != nil {
		return out, err
	}
	g := s.boughtView(rec.Entry, bought, at)
	out.ID, out.Amount, out.Grant, out.At = s.seal.Charge(rec.No), rec.Amount, &g, rec.At
	return out, nil
}
