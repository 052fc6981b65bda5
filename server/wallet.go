package server

import (
	"context"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// recentRows is how many rows of the history the overview has.
const recentRows = 5

// Overview is the home screen: balances, limits, what waits for an answer and what happened last.
func (s *Server) Overview(ctx context.Context, who ledger.Caller) (o ledger.Overview, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		u, err := member(r, who)
		if err != nil {
			return err
		}
		o = ledger.Overview{Handle: u.Handle, WindowUntil: u.WindowUntil, LockedUntil: u.LockedUntil, Zone: u.Zone}
		for _, c := range u.Wallets {
			w, found, err := r.Wallet(u.ID, c)
			if err != nil {
				return err
			}
			if found {
				o.Wallets = append(o.Wallets, s.walletView(w, ledger.LimitViews(w, nil, "", at, s.zone(u))))
			}
		}
		if o.Pending, err = s.pending(r, u, at); err != nil {
			return err
		}
		disputes, err := r.UserDisputes(u.ID, time.Time{}, maxRows)
		if err != nil {
			return err
		}
		for _, d := range disputes {
			if d.State.Open() {
				o.Disputes++
			}
		}
		page, err := s.history(r, u, ledger.HistoryQuery{Page: ledger.Page{Limit: recentRows}}, at)
		o.Recent = page.Rows
		return err
	})
	if err != nil {
		return ledger.Overview{}, err
	}
	return o, nil
}

func (s *Server) walletView(w ledger.Wallet, limits []ledger.LimitView) ledger.WalletView {
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: w.Currency} }
	return ledger.WalletView{
		Currency: w.Currency, Available: in(w.Paid), Held: in(w.Held), Uncollected: in(w.Uncollected),
		Limits: limits, Simulated: s.house.Simulated,
	}
}

// walletOr answers the wallet in a currency, or the empty one that would be opened for it.
func walletOr(r books.Reader, u ledger.UserID, c ledger.Currency, p ledger.Policy) (ledger.Wallet, error) {
	w, found, err := r.Wallet(u, c)
	if err != nil || found {
		return w, err
	}
	return ledger.OpenWallet(p, u, c)
}

// openStored opens the wallet in a currency unless it is open.
func openStored(tx books.Tx, u ledger.UserID, c ledger.Currency, p ledger.Policy) error {
	if _, found, err := tx.Wallet(u, c); err != nil || found {
		return err
	}
	w, err := ledger.OpenWallet(p, u, c)
	if err != nil {
		return err
	}
	return tx.PutWallet(w)
}

// openFor opens the wallet in a currency where money is about to arrive, and answers the user that knows of it.
func openFor(tx books.Tx, u ledger.User, c ledger.Currency, p ledger.Policy) (ledger.User, error) {
	if err := openStored(tx, u.ID, c, p); err != nil {
		return u, err
	}
	if slices.Contains(u.Wallets, c) {
		return u, nil
	}
	u.Wallets = append(slices.Clone(u.Wallets), c)
	return u, tx.PutUser(u)
}
