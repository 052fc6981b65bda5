package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// DeskDisputes lists what waits for a decision, oldest promise first, with the facts that a decision needs.
func (s *Server) DeskDisputes(ctx context.Context, who ledger.Caller) (all []ledger.DisputeView, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		all = nil
		if _, err := staffed(r, who, desk...); err != nil {
			return err
		}
		list, err := r.OpenDisputes(maxRows)
		if err != nil {
			return err
		}
		for _, d := range list {
			u, _, err := r.User(d.User)
			if err != nil {
				return err
			}
			v, err := s.disputeView(r, d)
			if err != nil {
				return err
			}
			if v.Facts, err = s.caseFacts(r, d, at); err != nil {
				return err
			}
			v.Handle = u.Handle
			all = append(all, v)
		}
		return nil
	})
	return all, err
}

// caseFacts are what the books know about a case: nobody has to ask either side for it.
func (s *Server) caseFacts(r books.Reader, d ledger.Dispute, at time.Time) (facts []string, err error) {
	p, sold, found, err := r.Purchase(d.Purchase)
	if err != nil || !found || sold.Sale == nil {
		return nil, err
	}
	facts = append(facts, fmt.Sprintf("Bought %s for %s, disputed %s later.", sold.At.Format("2006-01-02 15:04 MST"),
		sold.Sale.Price, d.Opened.Sub(sold.At).Round(time.Minute)))
	switch bounds := sold.Sale.Grant.Bounds; {
	case p.Grant.Used == 0:
		facts = append(facts, "It was never opened.")
	case bounds.Views > 0:
		facts = append(facts, fmt.Sprintf("Opened %d of %d times, first %s.", p.Grant.Used, bounds.Views, p.Grant.First.Format("2006-01-02 15:04 MST")))
	default:
		facts = append(facts, fmt.Sprintf("Opened %d times, first %s.", p.Grant.Used, p.Grant.First.Format("2006-01-02 15:04 MST")))
	}
	if l, err := linkOf(r, d.User, d.Vendor, d.Amount.Currency); err != nil {
		return nil, err
	} else if l != nil {
		facts = append(facts, fmt.Sprintf("Purchases of this wallet at this vendor: %d.", l.Count))
	}
	facts = append(facts, map[bool]string{true: "Bought with an answer in the terminal or on the page.", false: "Charged on a standing permission."}[sold.Sale.Link == ledger.LinkID{}])
	earlier, err := r.UserDisputes(d.User, time.Time{}, maxRows)
	if err != nil {
		return nil, err
	}
	won := 0
	for _, e := range earlier {
		if e.State == ledger.DisputeWon || e.State == ledger.DisputeAutoResolved {
			won++
		}
	}
	facts = append(facts, fmt.Sprintf("Disputes of this wallet: %d, decided for it: %d.", len(earlier), won))
	if left := d.DueBy.Sub(at); left > 0 {
		facts = append(facts, fmt.Sprintf("Without a decision the buyer wins in %s.", left.Round(time.Hour)))
	}
	return facts, nil
}

// Decide decides a dispute. The reason is shown to both sides.
func (s *Server) Decide(ctx context.Context, who ledger.Caller, id string, userWins bool, reason string) (v ledger.DisputeView, err error) {
	no, err := s.seal.OpenDispute(strings.TrimSpace(id))
	if err != nil {
		return v, missingDispute()
	}
	at := s.clock()
	var user ledger.UserID
	err = s.update(ctx, func(tx books.Tx) error {
		st, err := staffed(tx.Reader, who, desk...)
		if err != nil {
			return err
		}
		d, u, err := verdict(tx, no, func(u ledger.User) (ledger.VerdictRequest, error) {
			return ledger.VerdictRequest{UserWins: userWins, Reason: reason, Actor: acted(st)}, notOwn(u, st)
		}, at)
		if err != nil {
			return err
		}
		user = u.ID
		if v, err = s.disputeView(tx.Reader, d); err != nil {
			return err
		}
		v.Handle = u.Handle
		return nil
	})
	if err != nil {
		return ledger.DisputeView{}, err
	}
	s.hub.wake(topicUser(user), topicDesk)
	s.soon()
	return v, nil
}

func missingDispute() error {
	return ledger.Refuse(ledger.ErrNotFound, "Copy the id from the list of disputes.", "There is no such dispute.")
}

// verdict decides a dispute by what request answers for its user.
func verdict(tx books.Tx, no ledger.EntryNo, request func(ledger.User) (ledger.VerdictRequest, error), at time.Time) (d ledger.Dispute, u ledger.User, err error) {
	d, found, err := tx.Dispute(no)
	switch {
	case err != nil:
		return d, u, err
	case !found:
		return d, u, missingDispute()
	}
	f := ledger.DisputeFacts{Dispute: d}
	if f.SaleFacts, err = saleFacts(tx, d.Purchase); err != nil {
		return d, u, err
	}
	q, err := request(f.User)
	if err != nil {
		return d, u, err
	}
	out, err := ledger.DecideVerdict(q, f, at)
	if err != nil {
		return d, u, err
	}
	return out.Dispute, f.User, putDispute(tx, out)
}

// silence is why a dispute ends without anybody's decision.
const silence = "Nobody answered in time, so the buyer is right."

// sweepDisputes decides for the buyer what nobody has answered in time.
func (s *Server) sweepDisputes(ctx context.Context, now time.Time) error {
	var overdue []ledger.Dispute
	err := s.view(ctx, func(r books.Reader) error {
		overdue = nil
		open, err := r.OpenDisputes(maxOpen)
		for _, d := range open {
			if !d.DueBy.IsZero() && !now.Before(d.DueBy) {
				overdue = append(overdue, d)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range overdue {
		err := s.update(ctx, func(tx books.Tx) error {
			if d, _, err := tx.Dispute(d.No); err != nil || !d.State.Open() {
				return err // decided meanwhile
			}
			_, _, err := verdict(tx, d.No, func(ledger.User) (ledger.VerdictRequest, error) {
				return ledger.VerdictRequest{UserWins: true, Reason: silence, Actor: theHouse}, nil
			}, now)
			return err
		})
		if failed = append(failed, err); err == nil {
			s.hub.wake(topicUser(d.User), topicDesk)
		}
	}
	return errors.Join(failed...)
}
