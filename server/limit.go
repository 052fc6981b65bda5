package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Limits lists every bound: the wallets' own, then those at each vendor that the wallet knows.
func (s *Server) Limits(ctx context.Context, who ledger.Caller) (all []ledger.LimitView, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		u, err := member(r, who)
		if err != nil {
			return err
		}
		all, err = s.limitViews(r, u, at)
		return err
	})
	return all, err
}

func (s *Server) limitViews(r books.Reader, u ledger.User, at time.Time) (all []ledger.LimitView, err error) {
	zone := s.zone(u)
	wallets := map[ledger.Currency]ledger.Wallet{}
	for _, c := range u.Wallets {
		w, found, err := r.Wallet(u.ID, c)
		if err != nil {
			return nil, err
		}
		if found {
			wallets[c] = w
			all = append(all, ledger.LimitViews(w, nil, "", at, zone)...)
		}
	}
	links, err := r.UserLinks(u.ID)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		v, found, err := r.Vendor(l.ID.Vendor)
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, ledger.LimitViews(wallets[l.ID.Currency], &l, v.Name, at, zone)...)
		}
	}
	return all, nil
}

// SetLimit changes one bound and answers all of them. Lowering one under what is spent already is allowed; the warning
// says so.
func (s *Server) SetLimit(ctx context.Context, who ledger.Caller, c ledger.LimitChange) (all []ledger.LimitView, warning string, err error) {
	at := s.clock()
	var id ledger.UserID
	err = s.update(ctx, func(tx books.Tx) error {
		u, err := member(tx.Reader, who)
		if err != nil {
			return err
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		c := c
		if c.Currency == "" {
			c.Currency = mainCurrency(u, p)
		}
		f := ledger.LimitFacts{User: u, Zone: s.zone(u)}
		if f.Wallet, err = walletOr(tx.Reader, u.ID, c.Currency, p); err != nil {
			return err
		}
		if c.Vendor != "" {
			if f.Vendor, err = s.vendorNamed(tx.Reader, c.Vendor); err != nil {
				return err
			}
			if f.Link, err = linkOf(tx.Reader, u.ID, f.Vendor.ID, c.Currency); err != nil {
				return err
			}
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideLimit(c, acting(who), f, at)
		if err != nil {
			return err
		}
		if u, err = openFor(tx, u, c.Currency, p); err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		if out.Link != nil {
			err = tx.PutLink(*out.Link)
		} else {
			err = tx.PutWallet(out.Wallet)
		}
		if err != nil {
			return err
		}
		id, warning = u.ID, out.Warning
		all, err = s.limitViews(tx.Reader, u, at)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	s.hub.wake(topicUser(id))
	return all, warning, nil
}

// mainCurrency is the currency that is meant when none is named: the first wallet's.
func mainCurrency(u ledger.User, p ledger.Policy) ledger.Currency {
	switch {
	case len(u.Wallets) > 0:
		return u.Wallets[0]
	case len(p.Currencies) > 0:
		return p.Currencies[0]
	}
	return ""
}
