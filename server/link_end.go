package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// maxRevoked bounds how many permissions end in one commit, since each is an entry. Those of a wallet that was closed
// or recovered end in its commit up to here, and the others right after it. What is killed in between is gone on with
// by the housekeeping. Until then they sell nothing: the wallet is closed, or locked.
const maxRevoked = 500

// walletWalk remembers how far a sweep over all wallets is. It is memory only: a start begins anew.
type walletWalk struct {
	mu     sync.Mutex
	behind ledger.Wallet
}

// page reads a page of the wallets, in their order, and goes on behind it with the next one; after the last one it
// begins anew. So a sweep costs a page, however many wallets there are. The lock is held.
func (k *walletWalk) page(r books.Reader) ([]ledger.Wallet, error) {
	page, err := r.Wallets(k.behind, duePage)
	if k.behind = (ledger.Wallet{}); err == nil && len(page) == duePage {
		k.behind = page[duePage-1]
	}
	return page, err
}

// endLinks ends permissions to charge that were given before [ledger.User.LinksEnd], as many as one commit takes. It
// returns the person, who has to be written, with LinksEnd if some are left.
func endLinks(tx books.Tx, u ledger.User, a ledger.Actor, at time.Time) (ledger.User, error) {
	links, err := tx.UserLinks(u.ID)
	if err != nil {
		return u, err
	}
	ended := 0
	for _, l := range links {
		if l.Status != ledger.LinkActive || l.Created.After(u.LinksEnd) {
			continue
		}
		if ended == maxRevoked {
			return u, nil
		}
		ended++
		v, found, err := tx.Vendor(l.ID.Vendor)
		if err != nil || !found {
			return u, orMissing(err)
		}
		if _, err := endLink(tx, u, v, ledger.UnlinkOrder{Currency: l.ID.Currency, Actor: a}, at); err != nil {
			return u, err
		}
	}
	u.LinksEnd = time.Time{}
	return u, nil
}

// endMoreLinks ends what endLinks has left, in further commits. What the wallet was closed or recovered for has
// happened, so a fault is not the caller's: the housekeeping tries again.
func (s *Server) endMoreLinks(ctx context.Context, u ledger.User, a ledger.Actor) {
	if u.LinksEnd.IsZero() {
		return
	}
	if err := s.endLinksOf(ctx, u.ID, a); err != nil {
		s.log.Warn("permissions of a wallet are left", "wallet", u.Handle, "error", err)
	}
}

// endLinksOf ends all permissions of a person that have to end.
func (s *Server) endLinksOf(ctx context.Context, id ledger.UserID, a ledger.Actor) error {
	for more := true; more; {
		err := s.update(ctx, func(tx books.Tx) error {
			u, found, err := tx.User(id)
			if more = found && !u.LinksEnd.IsZero(); err != nil || !more {
				return err
			}
			if u, err = endLinks(tx, u, a, s.clock()); err != nil {
				return err
			}
			return tx.PutUser(u)
		})
		if err != nil {
			return err
		}
	}
	s.notifier.wake(topicUser(id))
	return nil
}

// sweepLinks goes on with permissions that have to end, where the service was stopped before all had.
func (s *Server) sweepLinks(ctx context.Context, _ time.Time) error {
	s.linksEnd.mu.Lock()
	defer s.linksEnd.mu.Unlock()
	left := map[ledger.UserID]bool{}
	err := s.view(ctx, func(r books.Reader) error {
		page, err := s.linksEnd.page(r)
		if err != nil {
			return err
		}
		for _, w := range page {
			u, _, err := r.User(w.User)
			if err != nil {
				return err
			}
			if !u.LinksEnd.IsZero() {
				left[u.ID] = true
			}
		}
		return nil
	})
	failed := []error{err}
	for id := range left {
		failed = append(failed, s.endLinksOf(ctx, id, systemActor))
	}
	return errors.Join(failed...)
}
