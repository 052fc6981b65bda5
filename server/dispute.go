package server

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Dispute contests a purchase (claim 14). Small ones inside the policy are refunded at once by rule; the others wait
// for the vendor and staff, with the money set aside.
func (s *Server) Dispute(ctx context.Context, who ledger.Caller, q ledger.DisputeRequest) (v ledger.DisputeView, err error) {
	at := s.clock()
	no, err := s.seal.OpenCharge(strings.TrimSpace(q.ID))
	if err != nil {
		return v, missing()
	}
	var user ledger.UserID
	err = s.update(ctx, func(tx books.Tx) error {
		u, err := member(tx.Reader, who)
		if err != nil {
			return err
		}
		f, err := saleFacts(tx, no)
		if errors.Is(err, ledger.ErrNotFound) || err == nil && f.Sold.User != u.ID {
			return missing() // the same words for unknown and foreign
		}
		if err != nil {
			return err
		}
		autos, err := s.autos(tx.Reader, u, at)
		if err != nil {
			return err
		}
		out, err := ledger.DecideDispute(ledger.DisputeCase{Reason: q.Reason, Text: q.Text, Actor: acting(who)},
			ledger.DisputeFacts{SaleFacts: f, Autos: autos}, at)
		if err != nil {
			return err
		}
		if err := putDispute(tx, out); err != nil {
			return err
		}
		user = u.ID
		v, err = s.disputeView(tx.Reader, out.Dispute)
		return err
	})
	if err != nil {
		return ledger.DisputeView{}, err
	}
	s.hub.wake(topicUser(user), topicDesk)
	s.soon()
	return v, nil
}

// autos is how many disputes of this user the rule has refunded in the user's present month.
func (s *Server) autos(r books.Reader, u ledger.User, at time.Time) (n uint32, err error) {
	month := ledger.PeriodStarts(at, s.zone(u)).Month
	all, err := r.UserDisputes(u.ID, month.Add(-time.Microsecond), maxDisputes)
	if len(all) == maxDisputes { // nobody counts further: such a month is a matter for staff
		return math.MaxUint32, err
	}
	for _, d := range all {
		if d.State == ledger.DisputeAutoResolved {
			n++
		}
	}
	return n, err
}

// maxDisputes is how many disputes of one month are counted; the policy allows no more to be decided by rule.
const maxDisputes = 1001

func putDispute(tx books.Tx, out ledger.DisputeOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if err := tx.PutPurchase(out.Purchase); err != nil {
		return err
	}
	return tx.PutDispute(out.Dispute)
}

// Disputes lists the disputes of the wallet, newest first.
func (s *Server) Disputes(ctx context.Context, who ledger.Caller) (all []ledger.DisputeView, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		all = nil
		u, err := member(r, who)
		if err != nil {
			return err
		}
		list, err := r.UserDisputes(u.ID, time.Time{}, maxRows)
		if err != nil {
			return err
		}
		for _, d := range list {
			v, err := s.disputeView(r, d)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all, err
}

// disputeView draws a dispute for its user.
func (s *Server) disputeView(r books.Reader, d ledger.Dispute) (v ledger.DisputeView, err error) {
	sold, _, err := r.Entry(d.Purchase)
	if err != nil {
		return v, err
	}
	vendor, _, err := r.Vendor(d.Vendor)
	if err != nil {
		return v, err
	}
	v = ledger.DisputeView{
		ID: s.seal.Dispute(d.No), Purchase: s.seal.Charge(d.Purchase), Vendor: vendor.Name, Amount: d.Amount, Reason: d.Reason,
		Text: d.Text, State: d.State, Opened: d.Opened, DueBy: d.DueBy, Decided: d.Decided, Note: d.Note,
	}
	if sold.Sale != nil {
		v.Title = sold.Sale.Title
	}
	return v, nil
}
