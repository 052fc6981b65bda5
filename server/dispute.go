package server

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Dispute contests a purchase (claim 14). Small ones inside the policy are refunded at once by rule; the others wait
// for the vendor and staff, with the money set aside.
//
// It refuses with ErrNotFound a purchase that is not of this wallet, with ErrInvalid an unknown reason, and with
// ErrState one that cannot be disputed any more: it is too old, returned, or disputed already.
func (s *Server) Dispute(ctx context.Context, who view.Caller, q view.DisputeRequest) (v view.Dispute, err error) {
	at := s.clock()
	no, err := s.seal.OpenCharge(strings.TrimSpace(q.ID))
	if err != nil { // an id that is no id is refused like one of another wallet
		return v, orMissing(nil)
	}
	var user ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) (err error) {
		user = u.ID
		v, err = s.openDispute(tx, u, no, ledger.DisputeCase{Reason: q.Reason, Text: q.Text, Actor: memberActor(who)}, at)
		return err
	})
	if err != nil {
		return view.Dispute{}, err
	}
	s.tellDispute(user)
	return v, nil
}

// openDispute is Dispute inside its transaction.
func (s *Server) openDispute(
	tx books.Tx, u ledger.User, no ledger.EntryNo, c ledger.DisputeCase, at time.Time,
) (v view.Dispute, err error) {
	f, err := saleFacts(tx, no)
	if errors.Is(err, ledger.ErrNotFound) || err == nil && f.Sold.User != u.ID {
		return v, orMissing(nil) // the same words for unknown and foreign
	}
	if err != nil {
		return v, err
	}
	facts := ledger.DisputeFacts{SaleFacts: f}
	if err := s.disputeHistory(tx.Reader, &facts, at); err != nil {
		return v, err
	}
	out, err := ledger.DecideDispute(c, facts, at)
	if err != nil {
		return v, err
	}
	if err := putDispute(tx, out); err != nil {
		return v, err
	}
	return s.history.Dispute(tx.Reader, out.Dispute)
}

// maxDisputes is how many disputes are counted of one month of a wallet, and of one day of a vendor. Who has more is a
// matter for a person, whatever further counting would find.
const maxDisputes = 1001

// disputeHistory counts what the rule has refunded lately, to this wallet and at this vendor: it is for mistakes, and
// where it is used often a person looks. What was long ago is in the wallet's past.
func (s *Server) disputeHistory(r books.Reader, f *ledger.DisputeFacts, at time.Time) error {
	month := ledger.MonthStart(at, time.UTC)
	all, err := r.UserDisputes(f.User.ID, month.Add(-time.Microsecond), maxDisputes)
	if err != nil {
		return err
	}
	f.Autos = uint32(autoResolved(all, at))
	if len(all) == maxDisputes {
		f.Autos = math.MaxUint32
	}
	if f.Policy.In(f.Sold.Amount.Currency).Provisional.Most > 0 {
		if f.Lent, err = lends(r, f.User.ID); err != nil {
			return err
		}
	}
	lately, err := r.LateVendorDisputes(f.Sold.Vendor, at.Add(-24*time.Hour), maxDisputes)
	if f.VendorReturns = uint64(autoResolved(lately, at)); len(lately) == maxDisputes {
		f.VendorReturns = math.MaxUint32
	}
	return err
}

// lends reports whether something is lent to a user for a dispute that is open.
func lends(r books.Reader, u ledger.UserID) (bool, error) {
	open, err := r.OpenContests(u)
	return slices.ContainsFunc(open, func(d ledger.Dispute) bool { return d.Provisional > 0 }), err
}

// autoResolved is how many of the disputes the rule has refunded.
func autoResolved(all []ledger.Dispute, at time.Time) (n int) {
	for _, d := range all {
		if d.State == ledger.DisputeAutoResolved && ledger.Happened(d.Opened, at) {
			n++
		}
	}
	return n
}

// putDispute writes a step of a dispute: the entry moves the money, the purchase knows how much of it is contested.
func putDispute(tx books.Tx, out ledger.DisputeOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if err := tx.PutPurchase(out.Purchase); err != nil {
		return err
	}
	return tx.PutDispute(out.Dispute)
}

// Disputes lists the disputes of the wallet, newest first. Open and decided ones, at most as many as one answer holds.
func (s *Server) Disputes(ctx context.Context, who view.Caller) (all []view.Dispute, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		all = nil
		list, err := r.UserDisputes(u.ID, time.Time{}, view.MaxRows)
		if err != nil {
			return err
		}
		for _, d := range list {
			v, err := s.history.Dispute(r, d)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all, err
}

// DeskDisputes lists what waits for a decision, oldest promise first, with the facts that a decision needs. An id finds
// its dispute at once; other texts are searched for in what a row shows, also of disputes that wait for one of their
// sides. It refuses with ErrNotAllowed a key without a
// role, and with ErrInvalid a cursor of another list.
func (s *Server) DeskDisputes(
	ctx context.Context, who view.Caller, q view.DeskQuery,
) (page view.Page[view.Dispute], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	return deskList(ctx, s, who, "desk disputes", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Dispute], err error) {
		show := func(d ledger.Dispute) (v view.Dispute, shown bool, err error) {
			if q.Text == "" && !d.State.WaitsForStaff() {
				return v, false, nil
			}
			u, _, err := r.User(d.User)
			if err != nil {
				return v, false, err
			}
			if v, err = s.history.Dispute(r, d); err != nil {
				return v, false, err
			}
			v.Handle = u.Handle
			if !holds(q.Text, v.ID, v.Purchase, v.Handle, v.Vendor, v.Title, v.Amount.String()) {
				return v, false, nil
			}
			saw(d.User)
			v.Notes, err = caseNotes(r, d)
			return v, true, err
		}
		if no, err := s.seal.OpenDispute(strings.TrimSpace(q.Text)); err == nil {
			return oneDispute(r, no, show)
		}
		behind, _, err := r.Dispute(ledger.EntryNo(before))
		if err != nil {
			return page, err
		}
		return deskPage(q, behind, r.OpenDisputes, show, func(d ledger.Dispute) (view.Cursor, time.Time) {
			return history.CloseCursor(s.seal, uint64(d.No)), d.DueBy
		})
	})
}

// oneDispute is the page of the dispute with a number, empty if it waits for nothing.
func oneDispute(
	r books.Reader, no ledger.EntryNo, show func(ledger.Dispute) (view.Dispute, bool, error),
) (page view.Page[view.Dispute], err error) {
	d, found, err := r.Dispute(no)
	if err != nil || !found || !d.State.Open() {
		return page, err
	}
	v, _, err := show(d)
	return view.All([]view.Dispute{v}), err
}

// stampForm is how a time stands in a note for staff.
const stampForm = "2006-01-02 15:04 MST"

// caseNotes are what the books know about a case: neither side has to be asked for it. They are sentences and not
// fields: what staff read is what they decide by, and nothing else.
func caseNotes(r books.Reader, d ledger.Dispute) (notes []string, err error) {
	p, sold, found, err := r.Purchase(d.Purchase)
	if err != nil || !found || sold.Sale == nil {
		return nil, err
	}
	notes = append(notes, fmt.Sprintf("Bought %s for %s, disputed %s later.",
		sold.At.Format(stampForm), sold.Sale.Price, view.Span(d.Opened.Sub(sold.At))), usedNote(sold.Sale, p))
	l, err := linkOf(r, d.User, d.Vendor, d.Amount.Currency)
	if err != nil {
		return nil, err
	}
	if l != nil {
		notes = append(notes, fmt.Sprintf("Purchases of this wallet at this vendor: %d.", l.Count))
	}
	if sold.Sale.Link == (ledger.LinkID{}) {
		notes = append(notes, "Bought with an answer in the terminal or on the page.")
	} else {
		notes = append(notes, "Charged on a standing permission.")
	}
	earlier, err := r.UserDisputes(d.User, time.Time{}, view.MaxRows)
	if err != nil {
		return nil, err
	}
	won := 0
	for _, e := range earlier {
		if e.GivenBack() > 0 {
			won++
		}
	}
	of := strconv.Itoa(len(earlier))
	if len(earlier) == view.MaxRows {
		of = "of the newest " + of
	}
	notes = append(notes, fmt.Sprintf("Disputes of this wallet: %s, decided for it: %d.", of, won))
	if d.Why != "" {
		notes = append(notes, "The rule says: "+d.Why)
	}
	return notes, nil
}

// usedNote tells how often what was bought has been opened.
func usedNote(sale *ledger.Sale, p ledger.Purchase) string {
	switch {
	case p.Grant.Used == 0:
		return "It was never opened."
	case sale.Grant.Bounds.Views > 0:
		return fmt.Sprintf("Opened %d of %d times, first %s.",
			p.Grant.Used, sale.Grant.Bounds.Views, p.Grant.First.Format(stampForm))
	}
	return fmt.Sprintf("Opened %d times, first %s.", p.Grant.Used, p.Grant.First.Format(stampForm))
}

// Decide decides a dispute. The reason is shown to both sides; the money waits until nobody appeals any more.
//
// It refuses with ErrNotFound an unknown dispute, with ErrState one that is decided, with ErrInvalid a missing reason,
// and with ErrNotAllowed a key without a role, staff whose own wallet it is about, and who has decided what is
// appealed.
func (s *Server) Decide(
	ctx context.Context, who view.Caller, id string, userWins bool, reason string,
) (v view.Dispute, err error) {
	return s.staffContest(ctx, who, "decide", id, func(
		st ledger.Staff, f ledger.DisputeFacts, at time.Time,
	) (ledger.DisputeOutcome, error) {
		return ledger.DecideVerdict(
			ledger.VerdictRequest{UserWins: userWins, Reason: reason, Actor: staffActor(st)}, f, at,
		)
	})
}

// missingDispute refuses an id that means no dispute, in the words of the desk.
func missingDispute() error {
	return ledger.Refuse(ledger.ErrNotFound, "Copy the id from the list of disputes.", "There is no such dispute.")
}

// disputeFacts loads a dispute and the sale that it contests. They are read in the transaction that decides: a refund
// that was made meanwhile counts.
func disputeFacts(tx books.Tx, no ledger.EntryNo) (f ledger.DisputeFacts, err error) {
	d, found, err := tx.Dispute(no)
	switch {
	case err != nil:
		return f, err
	case !found:
		return f, missingDispute()
	}
	f.Dispute = d
	f.SaleFacts, err = saleFacts(tx, d.Purchase)
	return f, err
}

// sweepDisputes does what the clock does with disputes whose time is over.
func (s *Server) sweepDisputes(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Dispute, limit int) ([]ledger.Dispute, error) {
		return r.DueDisputes(now, behind, limit)
	}, func(due ledger.Dispute) error {
		err := s.update(ctx, func(tx books.Tx) error {
			f, err := disputeFacts(tx, due.No)
			if err != nil || f.Dispute.DueBy.IsZero() || now.Before(f.Dispute.DueBy) {
				return err // somebody has moved it on meanwhile
			}
			_, err = contest(tx, f, ledger.DecideOverdue, now)
			return err
		})
		if err == nil {
			s.tellDispute(due.User)
		}
		return err
	})
}
