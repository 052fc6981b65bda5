package server

import (
	"context"
	"slices"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// recentRows is how many rows of the history the overview has.
const recentRows = 12

// Overview is the home screen: balances, limits, what waits for an answer and what happened last. All of it is read on
// one snapshot, so that the balance fits the last row.
func (s *Server) Overview(ctx context.Context, who view.Caller) (o view.Overview, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		o = view.Overview{
			Handle: u.Handle, WindowUntil: view.At(u.WindowUntil), Frozen: u.Status != ledger.UserActive, Zone: u.Zone,
		}
		if at.Before(u.LockedUntil) { // one that is over holds nothing back
			o.LockedUntil = view.At(u.LockedUntil)
		}
		for _, k := range view.KeyRingOf(u, who, at).Keys {
			if !k.NewUntil.IsZero() {
				o.NewKeys = append(o.NewKeys, k)
			}
		}
		if o.NewAgents, err = s.newAgents(r, u, at); err != nil {
			return err
		}
		err = eachWallet(r, u, func(w ledger.Wallet) error {
			d, err := r.Days(w.User, w.Currency)
			if err != nil {
				return err
			}
			shown, err := s.accountView(r, u, w, d, at)
			if err == nil {
				err = s.onItsWay(r, &shown, u.ID)
			}
			o.Wallets = append(o.Wallets, shown)
			return err
		})
		if err != nil {
			return err
		}
		if o.Pending, err = s.pending(r, u, at); err != nil {
			return err
		}
		disputes, err := r.OpenContests(u.ID)
		if err != nil {
			return err
		}
		for _, d := range disputes {
			o.Disputes++
			o.Contested(d.Amount)
			if d.State == ledger.DisputeOffered {
				o.Offers++
			}
		}
		page, err := s.history.Of(r, u, at).Page(view.HistoryQuery{Paging: view.Paging{Limit: recentRows}})
		o.Recent = page.Data
		return err
	})
	if err != nil {
		return view.Overview{}, err
	}
	return o, nil
}

// History lists what happened to the wallets, newest first (claim 22). It refuses with ErrInvalid a cursor of another
// list.
func (s *Server) History(ctx context.Context, who view.Caller, q view.HistoryQuery) (page view.History, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		page, err = s.history.Of(r, u, at).Page(q)
		return err
	})
	return page, err
}

// Show returns everything about one row of the own wallets, by any id that the history has shown. It refuses what
// belongs to others like what does not exist.
func (s *Server) Show(ctx context.Context, who view.Caller, id string) (d view.Detail, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		d, err = s.history.Of(r, u, at).Detail(id)
		return err
	})
	if err != nil {
		return view.Detail{}, err
	}
	return d, nil
}

// eachWallet calls fn for each wallet that a user has by now, until it returns an error. The order is that in which
// they were opened.
func eachWallet(r books.Reader, u ledger.User, fn func(ledger.Wallet) error) error {
	for _, c := range u.Wallets {
		w, found, err := r.Wallet(u.ID, c)
		if err != nil {
			return err
		}
		if found {
			if err := fn(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// walletOrNew returns the wallet in a currency, or the empty one that would be opened for it. It refuses with
// ErrInvalid a currency that is not held here.
func walletOrNew(r books.Reader, u ledger.UserID, c ledger.Currency, p ledger.Policy) (ledger.Wallet, error) {
	w, found, err := r.Wallet(u, c)
	if err != nil || found {
		return w, err
	}
	return ledger.OpenWallet(p, u, c)
}

// ensureWallet opens the wallet in a currency, unless it is open, where money or a permission is about to arrive. It
// returns the user that knows of it.
func ensureWallet(tx books.Tx, u ledger.User, c ledger.Currency, p ledger.Policy) (ledger.User, error) {
	if _, found, err := tx.Wallet(u.ID, c); err != nil {
		return u, err
	} else if !found {
		w, err := ledger.OpenWallet(p, u.ID, c)
		if err != nil {
			return u, err
		}
		w.Closed = u.Status == ledger.UserClosed
		if err := tx.PutWallet(w); err != nil {
			return u, err
		}
	}
	if slices.Contains(u.Wallets, c) {
		return u, nil
	}
	// Cloned, because the store keeps what was read and others read it at the same time.
	u.Wallets = append(slices.Clone(u.Wallets), c)
	return u, tx.PutUser(u)
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
