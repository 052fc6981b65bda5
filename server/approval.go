package server

import (
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// Pending lists the requests that were sent to this wallet and wait for an answer.
func (s *Server) Pending(ctx context.Context, who ledger.Caller) (all []ledger.Approval, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		u, err := member(r, who)
		if err != nil {
			return err
		}
		all, err = s.pending(r, u, at)
		return err
	})
	return all, err
}

func (s *Server) pending(r books.Reader, u ledger.User, at time.Time) (all []ledger.Approval, err error) {
	ids, err := r.Waiting(u.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		c, found, err := r.Checkout(id)
		if err != nil {
			return nil, err
		}
		if !found || checkoutStatus(c, at) != ledger.CheckoutOpen {
			continue
		}
		a, err := s.approval(r, u, c, at)
		if err != nil {
			return nil, err
		}
		if all = append(all, a); len(all) == maxRows {
			break
		}
	}
	return all, nil
}

// checkoutStatus is the state of a checkout now: an open one expires by the clock.
func checkoutStatus(c ledger.Checkout, at time.Time) ledger.CheckoutStatus {
	if c.Status == ledger.CheckoutOpen && !at.Before(c.Expires) {
		return ledger.CheckoutExpired
	}
	return c.Status
}

// Approval looks up a request by the code that the person typed. Wrong codes are counted.
func (s *Server) Approval(ctx context.Context, who ledger.Caller, code string) (a ledger.Approval, err error) {
	at := s.clock()
	err = s.guarded(who, at, func() error {
		return s.view(ctx, func(r books.Reader) error {
			u, err := member(r, who)
			if err != nil {
				return err
			}
			c, err := asked(r, u, code)
			if err != nil {
				return err
			}
			a, err = s.approval(r, u, c, at)
			return err
		})
	})
	return a, err
}

// errCode is the refusal of a code that stands for nothing this person may answer.
func errCode() error {
	return ledger.Refuse(ledger.ErrNotFound, "Compare it with the page: eight letters such as WDJB-MJHT.", "No request waits under this code.")
}

// guarded counts wrong codes against the calling key and its address, and refuses whoever has typed too many.
func (s *Server) guarded(who ledger.Caller, at time.Time, look func() error) error {
	if err := s.codes.allow(who, at); err != nil {
		return err
	}
	err := look()
	if errors.Is(err, ledger.ErrNotFound) {
		s.codes.wrong(who, at)
	}
	return err
}

// asked finds the request that a code means for this user. A request sent to somebody else, or answered by somebody
// else, is answered like one that does not exist.
func asked(r books.Reader, u ledger.User, typed string) (c ledger.Checkout, err error) {
	code, ok := seal.CleanUserCode(typed)
	if !ok {
		return c, errCode()
	}
	id, found, err := r.CheckoutByCode(code)
	if err != nil {
		return c, err
	}
	if found {
		if c, found, err = r.Checkout(id); err != nil {
			return c, err
		}
	}
	if !found || c.User != 0 && c.User != u.ID {
		return c, errCode()
	}
	return c, nil
}

// approval draws a request as the person sees it, with what approving would change.
func (s *Server) approval(r books.Reader, u ledger.User, c ledger.Checkout, at time.Time) (a ledger.Approval, err error) {
	v, _, err := r.Vendor(c.ID.Vendor)
	if err != nil {
		return a, err
	}
	p, err := policy(r)
	if err != nil {
		return a, err
	}
	currency := linkCurrency(c, u, p)
	w, err := walletOr(r, u.ID, currency, p)
	if err != nil {
		return a, err
	}
	link, err := relation(r, u.ID, v.ID, currency, p)
	if err != nil {
		return a, err
	}
	a = ledger.Approval{
		Code: c.UserCode, Mode: c.Mode, Vendor: v.Name, Site: site(v), Title: ledger.CleanLine(c.Offer.Title, maxShown), What: ledger.CleanText(c.Offer.Description, maxShown),
		Bounds: c.Offer.Bounds, Price: c.Price, Ask: c.Ask, From: currency,
		Before: ledger.Amount{Micros: w.Paid, Currency: currency}, After: ledger.Amount{Micros: w.Paid - c.Price.Micros, Currency: currency},
		Expires: c.Expires, Status: checkoutStatus(c, at),
	}
	if link != nil {
		a.Purchases = link.Count
	}
	for _, l := range ledger.LimitViews(w, nil, "", at, s.zone(u)) {
		if l.Period == "day" {
			a.DaySpent, a.DayMax, a.DayNone = l.Used, l.Max, l.None
		}
	}
	if a.Status == ledger.CheckoutOpen && c.Mode == ledger.ModeCharge {
		_, err := ledger.DecidePurchase(purchaseOf(c, ledger.Actor{Role: ledger.RoleUser}), ledger.PurchaseFacts{
			No: 1, User: u, Wallet: w, Link: link, Vendor: v, Policy: p, Zone: s.zone(u),
		}, at)
		var no *ledger.Refusal
		switch {
		case errors.As(err, &no):
			a.Refused = no.Error()
		case err != nil:
			return a, err
		}
	}
	return a, nil
}

// purchaseOf is what the person buys by saying yes to a checkout. The window is not asked for: the person is there.
func purchaseOf(c ledger.Checkout, actor ledger.Actor) ledger.PurchaseRequest {
	return ledger.PurchaseRequest{
		Offer: c.Offer, Quantity: c.Quantity, Expect: c.Price, Approved: true, Actor: actor, Checkout: c.ID, TxnID: c.TxnID,
		ClientRef: c.ClientRef, Metadata: c.Metadata,
	}
}
