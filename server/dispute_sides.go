package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// What the two sides of a dispute do, and what staff ask (claim 14). Each is one step: the facts are read, the rules
// decide, and the step is written with the money that it moves.

// disputeStep is a decision of the rules about a dispute.
type disputeStep func(ledger.DisputeFacts, time.Time) (ledger.DisputeOutcome, error)

// contest moves a dispute on inside its transaction.
func contest(tx books.Tx, f ledger.DisputeFacts, step disputeStep, at time.Time) (ledger.Dispute, error) {
	out, err := step(f, at)
	if err != nil {
		return f.Dispute, err
	}
	if err := putDispute(tx, out); err != nil {
		return f.Dispute, err
	}
	return out.Dispute, putMoved(tx, out.Staff)
}

// tellDispute wakes who sees a dispute.
func (s *Server) tellDispute(u ledger.UserID) {
	s.notifier.wake(topicUser(u), topicDesk)
	s.webhooks.Wake()
}

// ContestDispute is what the buyer does in an own dispute: take the offer or decline it, appeal, withdraw.
//
// It refuses with ErrNotFound a dispute of another wallet, with ErrInvalid an act that is none or an appeal without
// words, and with ErrState what does not follow from the state of the dispute, or comes too late.
func (s *Server) ContestDispute(
	ctx context.Context, who view.Caller, q view.DisputeAct,
) (v view.Dispute, err error) {
	no, err := s.seal.OpenDispute(strings.TrimSpace(q.ID))
	if err != nil {
		return v, missingDispute()
	}
	a := memberActor(who)
	step, known := map[string]disputeStep{
		ledger.DisputeAccept: func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
			return ledger.DecideTake(a, f, at)
		},
		ledger.DisputeDecline: func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
			return ledger.DecideDecline(a, f, at)
		},
		ledger.DisputeAppeal: func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
			return ledger.DecideAppeal(a, q.Text, f, at)
		},
		ledger.DisputeWithdraw: func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
			return ledger.DecideWithdraw(a, f, at)
		},
	}[q.Act]
	if !known {
		return v, ledger.Invalid("act", "Say accept, decline, appeal or withdraw.", "This is nothing to do in a dispute.")
	}
	at := s.clock()
	var user ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		f, err := disputeFacts(tx, no)
		if err != nil {
			return err
		}
		if f.Dispute.User != u.ID {
			return missingDispute() // the same words for unknown and foreign
		}
		d, err := contest(tx, f, step, at)
		if err != nil {
			return err
		}
		user = u.ID
		v, err = s.history.Dispute(tx.Reader, d)
		return err
	})
	if err != nil {
		return view.Dispute{}, err
	}
	s.tellDispute(user)
	return v, nil
}

// AskVendor asks the vendor of a dispute that staff look at, who has as long as for the first answer. It refuses with
// ErrNotFound an unknown dispute, with ErrInvalid a missing question, with ErrNotAllowed a key without a role and staff
// whose own wallet it is about, and with ErrState what is not under review, or was asked too often.
func (s *Server) AskVendor(ctx context.Context, who view.Caller, id, question string) (view.Dispute, error) {
	return s.staffContest(ctx, who, "ask", id, func(
		st ledger.Staff, f ledger.DisputeFacts, at time.Time,
	) (ledger.DisputeOutcome, error) {
		return ledger.DecideAsk(staffActor(st), question, f, at)
	})
}

// staffContest is a step of staff in a dispute. What was decided by whom before is among the facts.
func (s *Server) staffContest(
	ctx context.Context, who view.Caller, act, id string,
	step func(ledger.Staff, ledger.DisputeFacts, time.Time) (ledger.DisputeOutcome, error),
) (v view.Dispute, err error) {
	no, err := s.seal.OpenDispute(strings.TrimSpace(id))
	if err != nil {
		return v, missingDispute()
	}
	at := s.clock()
	var user ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, act, func(tx books.Tx, st ledger.Staff) (err error) {
		f, err := disputeFacts(tx, no)
		if err != nil {
			return err
		}
		f.Staff = st
		if f.Decider, err = decider(tx.Reader, f.Dispute); err != nil {
			return err
		}
		d, err := contest(tx, f, func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
			return step(st, f, at)
		}, at)
		if err != nil {
			return err
		}
		if v, err = s.history.Dispute(tx.Reader, d); err != nil {
			return err
		}
		user, v.Handle = f.User.ID, f.User.Handle
		v.Notes, err = caseNotes(tx.Reader, d)
		return err
	})
	if err != nil {
		return view.Dispute{}, err
	}
	s.tellDispute(user)
	return v, nil
}

// decider is who of staff has given the verdict of a dispute, with the wallet that is known to be theirs.
func decider(r books.Reader, d ledger.Dispute) (ledger.Staff, error) {
	st := ledger.Staff{Fingerprint: d.Decider}
	if d.Decider == "" {
		return st, nil
	}
	if had, found, err := r.Staff(d.Decider); err != nil {
		return st, err
	} else if found {
		st = had
	}
	return withWallet(r, st)
}

// AcceptDispute is the vendor's yes: the buyer gets all of it, at once. It refuses with
// ErrNotFound a dispute about another vendor's sale, and with ErrState one that is over.
func (v *Seller) AcceptDispute(
	ctx context.Context, q Request, no ledger.EntryNo,
) (view.VendorDispute, bool, error) {
	return v.contest(ctx, q, no, func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideGiveIn(v.actor(), f, at)
	})
}

// OfferDispute offers the buyer a part of what is disputed. It refuses as AcceptDispute, and with ErrInvalid an
// amount that is no part of it, another currency, or no words.
func (v *Seller) OfferDispute(
	ctx context.Context, q Request, no ledger.EntryNo, part ledger.Amount, text string,
) (view.VendorDispute, bool, error) {
	return v.contest(ctx, q, no, func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
		if c := f.Dispute.Amount.Currency; part.Currency != c {
			return ledger.DisputeOutcome{}, ledger.Invalid(
				"amount", "Offer in the currency of the sale.", "The sale was in %s.", c,
			)
		}
		return ledger.DecideOffer(v.actor(), part.Micros, text, f, at)
	})
}

// AnswerDispute is the vendor's answer with its evidence. It refuses as AcceptDispute, and with ErrInvalid an
// answer without words.
func (v *Seller) AnswerDispute(
	ctx context.Context, q Request, no ledger.EntryNo, text string,
) (view.VendorDispute, bool, error) {
	return v.contest(ctx, q, no, func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideAnswer(v.actor(), text, f, at)
	})
}

// AppealDispute is the vendor's appeal against a verdict for the buyer. It refuses as AnswerDispute, and with
// ErrNotAllowed the appeal of the side that has won.
func (v *Seller) AppealDispute(
	ctx context.Context, q Request, no ledger.EntryNo, text string,
) (view.VendorDispute, bool, error) {
	return v.contest(ctx, q, no, func(f ledger.DisputeFacts, at time.Time) (ledger.DisputeOutcome, error) {
		return ledger.DecideAppeal(v.actor(), text, f, at)
	})
}

// contest is a step of the vendor. It needs an idempotency key: a step is done once, and a repetition that found it
// done would be refused. A repetition with the same key gets the same answer.
func (v *Seller) contest(
	ctx context.Context, q Request, no ledger.EntryNo, step disputeStep,
) (shown view.VendorDispute, replayed bool, err error) {
	if q.Key == "" {
		return shown, false, ledger.RefuseKeyMissing()
	}
	at := v.s.clock()
	var user ledger.UserID
	shown, replayed, err = once(ctx, v, q, "dispute", func(tx books.Tx) (out view.VendorDispute, err error) {
		f, err := disputeFacts(tx, no)
		if err != nil {
			return out, err
		}
		if f.Dispute.Vendor != v.ID {
			return out, ledger.RefuseNotFound("dispute")
		}
		d, err := contest(tx, f, step, at)
		if err != nil {
			return out, err
		}
		user = f.User.ID
		return v.disputeView(d), nil
	})
	if err == nil && !replayed {
		v.s.tellDispute(user)
	}
	return shown, replayed, err
}

// DisputeOf reads a dispute about one of the vendor's sales. It refuses with ErrNotFound one about another vendor's.
func (v *Seller) DisputeOf(ctx context.Context, no ledger.EntryNo) (shown view.VendorDispute, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		d, found, err := r.Dispute(no)
		if err != nil {
			return err
		}
		if !found || d.Vendor != v.ID {
			return ledger.RefuseNotFound("dispute")
		}
		shown = v.disputeView(d)
		return nil
	})
	return shown, err
}

// maxDisputesRead is how many disputes one page looks through for those in a state.
const maxDisputesRead = 1000

// DisputesQuery filters disputes. A zero field filters nothing.
type DisputesQuery struct {
	view.Paging
	Stage ledger.DisputeState // as it is now
}

// Disputes lists the disputes about the vendor's sales, newest first. It refuses with ErrInvalid an unknown cursor.
func (v *Seller) Disputes(ctx context.Context, q DisputesQuery) (page view.Page[view.VendorDispute], err error) {
	from, err := history.OpenCursor(v.s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = v.view(ctx, func(r books.Reader) error {
		page = view.Page[view.VendorDispute]{}
		for before, looked := ledger.EntryNo(from), 0; ; {
			list, err := r.VendorDisputes(v.ID, before, q.Rows()+1)
			if err != nil {
				return err
			}
			for _, d := range list {
				full := len(page.Data) == q.Rows()
				match := q.Stage == "" || d.State == q.Stage
				if full && match || looked == maxDisputesRead { // there is more, or may be
					page.Next = history.CloseCursor(v.s.seal, uint64(before))
					if !full {
						page.Searched = view.At(d.Opened)
					}
					return nil
				}
				looked++
				before = d.No
				if !match {
					continue
				}
				page.Data = append(page.Data, v.disputeView(d))
			}
			if len(list) <= q.Rows() {
				return nil
			}
		}
	})
	return page, err
}

// disputeView shows a dispute to its vendor. The buyer is not named: the sale has the pseudonym.
func (v *Seller) disputeView(d ledger.Dispute) view.VendorDispute {
	names := v.s.seal
	out := view.VendorDispute{
		ID: names.Dispute(d.No), ChargeID: names.Charge(d.Purchase), GrantID: names.Grant(d.Purchase),
		Stage: string(d.State), Reason: d.Reason, Text: d.Text, Amount: d.Amount, DueBy: view.Maybe(d.DueBy),
		Silence: view.SilenceOf(d), Rule: d.Rule, Why: d.Why, Used: d.Used, First: view.Maybe(d.First),
		Decided: view.Maybe(d.Decided), Note: d.Note, Case: view.CaseOf(d), Created: view.At(d.Opened),
	}
	if d.Offer > 0 {
		out.Offer = &ledger.Amount{Micros: d.Offer, Currency: d.Amount.Currency}
	}
	if d.GivenBack() > 0 && d.Ended != 0 { // older books have not written it down
		out.RefundID = names.Refund(d.Ended)
	}
	return out
}

// recordOf is how many of a vendor's newest disputes its record is made of.
const recordOf = 50

// disputeRecord sums up a vendor's newest disputes for a buyer, nil where they are too few.
func disputeRecord(r books.Reader, v ledger.VendorID) (*view.VendorRecord, error) {
	all, err := r.VendorDisputes(v, 0, recordOf)
	if err != nil {
		return nil, err
	}
	sum, found := ledger.DisputeRecordOf(all)
	if !found {
		return nil, nil
	}
	out := &view.VendorRecord{Of: sum.Ended, ForBuyer: sum.ForBuyer}
	if sum.Answer > 0 {
		out.Answers = view.Span(sum.Answer)
	}
	return out, nil
}
