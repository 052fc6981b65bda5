package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// giveFacts reads what a decision about an incentive needs.
func giveFacts(
	tx books.Tx, u ledger.UserID, c ledger.Currency, v ledger.VendorID,
) (f ledger.IncentiveFacts, err error) {
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return f, err
	}
	if f.User, err = ensureWallet(tx, f.User, c, f.Policy); err != nil {
		return f, err
	}
	if f.Wallet, err = walletOrNew(tx.Reader, u, c, f.Policy); err != nil {
		return f, err
	}
	if f.Till, _, err = tx.Till(v, c); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// putIncentive writes a step of an incentive.
func putIncentive(tx books.Tx, out ledger.IncentiveOutcome) error {
	if out.Entry.No != 0 {
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
	}
	return tx.PutIncentive(out.Incentive)
}

// GiveIncentive gives tokens of the service to a wallet (claim 7): for one vendor or for all. It refuses with
// ErrNotFound an unknown wallet or vendor, and else as [ledger.NewIncentive] does.
func (s *Server) GiveIncentive(
	ctx context.Context, who view.Caller, q view.IncentiveRequest,
) (v view.Incentive, err error) {
	at := s.clock()
	var owner ledger.UserID
	words := []string{"incentive give", q.Wallet, q.Amount.String(), q.Vendor, strconv.Itoa(int(q.Days)), q.Reason}
	err = s.updateStaff(ctx, who, deskRoles, words[0], func(tx books.Tx, st ledger.Staff) (err error) {
		v, err = onceStaff(s, tx, who, at, words, func() (v view.Incentive, err error) {
			v, owner, err = s.giveIncentive(tx, st, q, at)
			return v, err
		})
		return err
	})
	if err != nil {
		return view.Incentive{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// giveIncentive is GiveIncentive inside its transaction.
func (s *Server) giveIncentive(
	tx books.Tx, st ledger.Staff, q view.IncentiveRequest, at time.Time,
) (v view.Incentive, owner ledger.UserID, err error) {
	o := ledger.IncentiveOrder{
		Amount: q.Amount, Life: time.Duration(q.Days) * 24 * time.Hour, Reason: q.Reason, Actor: staffActor(st),
	}
	if q.Vendor != "" {
		vendor, err := s.vendorNamed(tx.Reader, q.Vendor)
		if err != nil {
			return v, owner, err
		}
		o.Vendor = vendor.ID
	}
	if owner, err = walletNamed(tx.Reader, strings.TrimSpace(q.Wallet)); err != nil {
		return v, owner, err
	}
	f, err := giveFacts(tx, owner, q.Amount.Currency, 0)
	if err != nil {
		return v, owner, err
	}
	f.Staff = st
	out, err := ledger.NewIncentive(o, f, at)
	if err != nil {
		return v, owner, err
	}
	if err := putIncentive(tx, out); err != nil {
		return v, owner, err
	}
	v, err = s.incentiveView(tx.Reader, ledger.IncentiveLot{
		No: out.Incentive.No, Vendor: o.Vendor, Left: o.Amount.Micros, Expires: out.Incentive.Expires,
	}, o.Amount.Currency, at)
	v.Handle = f.User.Handle
	if err != nil {
		return v, owner, err
	}
	return v, owner, putMoved(tx, out.Staff)
}

// Incentives lists what was given to the wallet and is remembered: what is left of it, where it buys, and until when.
func (s *Server) Incentives(ctx context.Context, who view.Caller) (all []view.Incentive, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		all = nil
		return eachWallet(r, u, func(w ledger.Wallet) error {
			for i := len(w.Incentives) - 1; i >= 0; i-- { // the newest first
				v, err := s.incentiveView(r, w.Incentives[i], w.Currency, at)
				if err != nil {
					return err
				}
				all = append(all, v)
			}
			return nil
		})
	})
	return all, err
}

// incentiveView shows what is left of an incentive.
func (s *Server) incentiveView(
	r books.Reader, l ledger.IncentiveLot, c ledger.Currency, at time.Time,
) (v view.Incentive, err error) {
	rec, _, err := r.Entry(l.No)
	if err != nil {
		return v, err
	}
	v = view.Incentive{
		ID: s.seal.Incentive(l.No), Amount: rec.Amount, Left: ledger.Amount{Micros: l.Left, Currency: c}, By: s.house.Name,
		Reason: rec.Reason, Expires: view.At(l.Expires), State: view.IncentiveState(l, at),
	}
	if l.Vendor != 0 {
		vendor, _, err := r.Vendor(l.Vendor)
		if v.Vendor = vendor.Name; err != nil {
			return v, err
		}
		if l.ByVendor {
			v.By = vendor.Name
		}
		if l.Issue != 0 { // they were paid for, and buy everywhere
			v.Vendor = ""
		}
	}
	return v, nil
}

// sweepIncentives takes back what is left of incentives that have expired.
func (s *Server) sweepIncentives(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Incentive, limit int) ([]ledger.Incentive, error) {
		return r.DueIncentives(now, behind, limit)
	}, func(i ledger.Incentive) error {
		err := s.update(ctx, func(tx books.Tx) (err error) {
			f := ledger.IncentiveFacts{}
			if f.Incentive, _, err = tx.Incentive(i.No); err != nil || !f.Incentive.Ended.IsZero() {
				return err
			}
			if f.Wallet, _, err = tx.Wallet(i.User, i.Amount.Currency); err != nil {
				return err
			}
			if f.No, err = tx.Next(); err != nil {
				return err
			}
			out, err := ledger.EndIncentive(f, now)
			if err != nil {
				return err
			}
			return putIncentive(tx, out)
		})
		if err == nil {
			s.notifier.wake(topicUser(i.User))
		}
		return err
	})
}

// IncentiveOrder gives tokens of a vendor to a buyer of its (claims 6, 7).
type IncentiveOrder struct {
	Link   ledger.LinkID
	Amount ledger.Amount
	Days   uint32 // that they can be spent
	Reason string // the buyer reads it
}

// GiveIncentive gives tokens to a buyer who has a link with the vendor. They buy at this vendor alone, are paid for at
// once out of what it has earned, and what is left of them returns when they expire. A repetition with the same
// key returns the first.
//
// It refuses with ErrNotFound a link that is not of this vendor or has ended, and else as [ledger.NewIncentive] does.
func (v *Seller) GiveIncentive(
	ctx context.Context, q Request, o IncentiveOrder,
) (shown view.VendorIncentive, replayed bool, err error) {
	at := v.s.clock()
	var user ledger.UserID
	ref, replayed, err := v.idempotent(ctx, q, at, func(tx books.Tx) (string, []byte, error) {
		l, err := v.link(tx.Reader, o.Link)
		if err != nil {
			return "", nil, err
		}
		if !l.Active(at) { // who has ended it wants nothing of this vendor, no words either
			return "", nil, ledger.RefuseNotFound("link")
		}
		f, err := giveFacts(tx, l.ID.User, o.Amount.Currency, v.ID)
		if err != nil {
			return "", nil, err
		}
		out, err := ledger.NewIncentive(ledger.IncentiveOrder{
			Amount: o.Amount, Vendor: v.ID, Life: time.Duration(o.Days) * 24 * time.Hour, Reason: o.Reason, Actor: v.actor(),
		}, f, at)
		if err != nil {
			return "", nil, err
		}
		user, shown = l.ID.User, v.incentiveView(out.Entry)
		return "incentive", entryRef(out.Entry.No), putIncentive(tx, out)
	})
	switch {
	case err != nil:
		return view.VendorIncentive{}, false, err
	case replayed:
		shown, err = v.IncentiveGiven(ctx, refEntry(ref))
		return shown, true, err
	}
	v.s.notifier.wake(topicUser(user))
	return shown, false, nil
}

// IncentiveGiven reads one of the vendor's incentives. It refuses with ErrNotFound what is none of this vendor.
func (v *Seller) IncentiveGiven(ctx context.Context, no ledger.EntryNo) (shown view.VendorIncentive, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		rec, found, err := r.Entry(no)
		if err == nil && (!found || rec.Vendor != v.ID || rec.Kind != ledger.KindIncentive) {
			err = ledger.RefuseNotFound("incentive")
		}
		shown = v.incentiveView(rec.Entry)
		return err
	})
	return shown, err
}

// IncentivesGiven lists what the vendor has given, newest first. It refuses with ErrInvalid an unknown cursor.
func (v *Seller) IncentivesGiven(
	ctx context.Context, q EntriesQuery,
) (page view.Page[view.VendorIncentive], err error) {
	return entriesOf(ctx, v, q, func(_ books.Reader, rec books.Record) (view.VendorIncentive, bool, error) {
		return v.incentiveView(rec.Entry), rec.Kind == ledger.KindIncentive, nil
	})
}

// incentiveView shows an incentive to the vendor who gave it. What is left of it is the buyer's to know.
func (v *Seller) incentiveView(e ledger.Entry) view.VendorIncentive {
	shown := view.VendorIncentive{
		ID: v.s.seal.Incentive(e.No), Wallet: v.s.seal.Pseudonym(e.User, v.ID), Amount: e.Amount, Reason: e.Reason,
		Created: view.At(e.At),
	}
	if e.Incentive != nil {
		shown.Expires = view.At(e.Incentive.Expires)
	}
	return shown
}

// settleReturned does what follows where given tokens have come back to an open wallet: a lot whose time is over ends,
// in favour of who paid for it, and one that was ended before its time, as a wallet does that closes, is open again.
func settleReturned(tx books.Tx, w ledger.Wallet, at time.Time) error {
	for _, l := range w.Incentives {
		if l.Left == 0 {
			continue
		}
		i, _, err := tx.Incentive(l.No)
		if err != nil {
			return err
		}
		switch {
		case !at.Before(i.Expires):
			f := ledger.IncentiveFacts{Wallet: w, Incentive: i}
			if f.No, err = tx.Next(); err != nil {
				return err
			}
			out, err := ledger.EndIncentive(f, at)
			if err != nil {
				return err
			}
			if err := putIncentive(tx, out); err != nil {
				return err
			}
		case !i.Ended.IsZero():
			i.Ended = time.Time{}
			if err := tx.PutIncentive(i); err != nil {
				return err
			}
		}
	}
	return nil
}
