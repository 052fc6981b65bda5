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

// Acts of staff with money of the service or of a vendor. One shape for all: what is within the bound for one person is
// done; what is above it is proposed, and done when another person approves, under the rules of that moment.

// DeskCredit gives a wallet goodwill at the expense of the service, or proposes it where it needs two persons.
//
// It refuses with ErrNotFound an unknown wallet, with ErrNotAllowed one's own, with ErrInvalid an amount out of
// bounds or no reason, and with ErrLimit more than one person may move in a day.
func (s *Server) DeskCredit(
	ctx context.Context, who view.Caller, wallet string, amount ledger.Amount, reason string,
) (view.Deed, error) {
	words := []string{"desk credit", wallet, amount.String(), reason}
	return s.deed(ctx, who, words, func(tx books.Tx, p ledger.Policy) (ledger.Proposal, error) {
		owner, err := walletNamed(tx.Reader, strings.TrimSpace(wallet))
		return ledger.Proposal{Act: ledger.ActCredit, User: owner, Amount: amount, Reason: reason}, err
	})
}

// DeskRefund gives a sale back to its buyer in the place of the vendor, an amount of nothing is all that is left; or
// proposes it where it needs two persons. It refuses as [Server.DeskCredit] does, and what [Seller.Refund] refuses.
func (s *Server) DeskRefund(
	ctx context.Context, who view.Caller, purchase string, amount ledger.Amount, reason string,
) (view.Deed, error) {
	no, err := s.seal.OpenCharge(strings.TrimSpace(purchase))
	if err != nil {
		return view.Deed{}, ledger.RefuseNotFound("purchase")
	}
	words := []string{"desk refund", purchase, amount.String(), reason}
	return s.deed(ctx, who, words, func(tx books.Tx, _ ledger.Policy) (p ledger.Proposal, err error) {
		f, err := saleFacts(tx, no)
		if err != nil {
			return p, err
		}
		if amount.Currency == "" { // all that is left
			if amount, err = f.Refundable(); err != nil {
				return p, err
			}
		}
		return ledger.Proposal{Act: ledger.ActRefund, User: f.User.ID, Sale: no, Amount: amount, Reason: reason}, nil
	})
}

// deed does an act, or proposes it. words are all that it is asked for, the act first.
func (s *Server) deed(
	ctx context.Context, who view.Caller, words []string, what func(books.Tx, ledger.Policy) (ledger.Proposal, error),
) (v view.Deed, err error) {
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, words[0], func(tx books.Tx, st ledger.Staff) (err error) {
		v, err = onceStaff(s, tx, who, at, words, func() (v view.Deed, err error) {
			p, err := policy(tx.Reader)
			if err != nil {
				return v, err
			}
			asked, err := what(tx, p)
			if err != nil {
				return v, err
			}
			owner = asked.User
			if p.NeedsTwo(asked.Amount) {
				out, err := s.propose(tx, asked, p, st, at)
				if err != nil {
					return v, err
				}
				v, err = s.deedView(tx.Reader, out.Proposal, at)
				v.Entry = uint64(out.Entry.No)
				return v, err
			}
			e, err := s.doDeed(tx, asked, nil, st, at)
			if err != nil {
				return v, err
			}
			asked.By, asked.Created = st.Fingerprint, e.At
			v, err = s.deedView(tx.Reader, asked, at)
			v.State, v.Entry = "done", uint64(e.No)
			return v, err
		})
		return err
	})
	if err != nil {
		return view.Deed{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	s.webhooks.Wake()
	return v, nil
}

// propose writes a proposal. What could not be done now is refused now: the act is tried, and its outcome thrown away.
func (s *Server) propose(
	tx books.Tx, asked ledger.Proposal, p ledger.Policy, st ledger.Staff, at time.Time,
) (out ledger.ProposalOutcome, err error) {
	trial := asked
	if _, _, err := s.tryDeed(tx, asked, &trial, st, at); err != nil {
		return out, err
	}
	f := ledger.ProposalFacts{Policy: p, Staff: st}
	if f.User, _, err = tx.User(asked.User); err != nil {
		return out, err
	}
	open, err := openProposals(tx.Reader, at)
	if err != nil {
		return out, err
	}
	for _, o := range open {
		if o.By == st.Fingerprint {
			f.Open++
		}
	}
	if f.No, err = tx.Next(); err != nil {
		return out, err
	}
	if out, err = ledger.Propose(asked, f, staffActor(st), at); err != nil {
		return out, err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return out, err
	}
	if err := tx.PutProposal(out.Proposal); err != nil {
		return out, err
	}
	return out, putMoved(tx, out.Staff)
}

// written is what an act writes beside its entry.
type written struct {
	staff    ledger.Staff
	purchase *ledger.Purchase
	user     ledger.User
	currency ledger.Currency
	policy   ledger.Policy
}

// tryDeed lets the rules decide an act, and writes nothing.
func (s *Server) tryDeed(
	tx books.Tx, what ledger.Proposal, approved *ledger.Proposal, st ledger.Staff, at time.Time,
) (e ledger.Entry, w written, err error) {
	if w.policy, err = policy(tx.Reader); err != nil {
		return e, w, err
	}
	if w.user, _, err = tx.User(what.User); err != nil {
		return e, w, err
	}
	w.currency = what.Amount.Currency
	no, err := tx.Next()
	if err != nil {
		return e, w, err
	}
	if what.Act == ledger.ActRefund {
		return s.tryRefund(tx, what, approved, st, w, at)
	}
	f := ledger.GoodwillFacts{No: no, Policy: w.policy, User: w.user, Staff: st}
	if f.Wallet, err = walletOrNew(tx.Reader, what.User, w.currency, w.policy); err != nil {
		return e, w, err
	}
	out, err := ledger.DecideGoodwill(ledger.GoodwillRequest{
		Amount: what.Amount, Reason: what.Reason, Proposal: approved, Actor: staffActor(st),
	}, f, at)
	w.staff = out.Staff
	return out.Entry, w, err
}

// tryRefund is tryDeed for a refund.
func (s *Server) tryRefund(
	tx books.Tx, what ledger.Proposal, approved *ledger.Proposal, st ledger.Staff, w written, at time.Time,
) (ledger.Entry, written, error) {
	f, err := saleFacts(tx, what.Sale)
	if err != nil {
		return ledger.Entry{}, w, err
	}
	if c := f.Sold.Amount.Currency; what.Amount.Currency != c {
		return ledger.Entry{}, w, ledger.Invalid("amount", "Refund in the currency of the sale.", "The sale was in %s.", c)
	}
	out, moved, err := ledger.DecideStaffRefund(ledger.StaffRefund{
		Refund: ledger.RefundRequest{Amount: what.Amount.Micros, Reason: what.Reason, Actor: staffActor(st)},
		Policy: w.policy, Buyer: w.user, Staff: st, Proposal: approved,
	}, f, at)
	w.staff, w.purchase = moved, &out.Purchase
	return out.Entry, w, err
}

// doDeed does an act and writes what follows.
func (s *Server) doDeed(
	tx books.Tx, what ledger.Proposal, approved *ledger.Proposal, st ledger.Staff, at time.Time,
) (ledger.Entry, error) {
	e, w, err := s.tryDeed(tx, what, approved, st, at)
	if err != nil {
		return e, err
	}
	if _, err := ensureWallet(tx, w.user, w.currency, w.policy); err != nil {
		return e, err
	}
	if _, err := tx.Append(e); err != nil {
		return e, err
	}
	if w.purchase != nil {
		if err := tx.PutPurchase(*w.purchase); err != nil {
			return e, err
		}
	}
	return e, putMoved(tx, w.staff)
}

// DeskProposals lists proposals, newest first: those that wait, or all. It refuses with ErrNotAllowed a key without a
// role, and with ErrInvalid an unknown cursor.
func (s *Server) DeskProposals(
	ctx context.Context, who view.Caller, all bool, q view.Paging,
) (view.Page[view.Deed], error) {
	at := s.clock()
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return view.Page[view.Deed]{}, err
	}
	return deskList(ctx, s, who, "desk proposals", func(
		r books.Reader, saw func(ledger.UserID),
	) (view.Page[view.Deed], error) {
		return deskPage(view.DeskQuery{Paging: q}, ledger.Proposal{No: ledger.EntryNo(before)},
			func(behind ledger.Proposal, limit int) ([]ledger.Proposal, error) {
				return r.Proposals(behind.No, limit)
			},
			func(p ledger.Proposal) (v view.Deed, shown bool, err error) {
				if !all && !p.Open(at) {
					return v, false, nil
				}
				saw(p.User)
				v, err = s.deedView(r, p, at)
				return v, true, err
			}, func(p ledger.Proposal) (view.Cursor, time.Time) {
				return history.CloseCursor(s.seal, uint64(p.No)), p.Created
			})
	})
}

// DeskApprove does what another person has proposed. The rules are those of now: what cannot be done any more is
// refused, and the proposal waits on.
//
// It refuses with ErrNotFound an unknown proposal, with ErrState one that is over, with ErrNotAllowed who has made it,
// whatever key that person has, whose own wallet it is about, and who is in the team of the vendor; with ErrLimit more
// than one may move in a day.
func (s *Server) DeskApprove(ctx context.Context, who view.Caller, id string) (view.Deed, error) {
	return s.decideProposal(ctx, who, id, "desk approve", func(
		tx books.Tx, f ledger.ProposalFacts, at time.Time,
	) (ledger.Proposal, ledger.EntryNo, error) {
		p, err := f.Approve(staffActor(f.Staff), at)
		if err != nil {
			return p, 0, err
		}
		e, err := s.doDeed(tx, p, &p, f.Staff, at)
		return p, e.No, err
	})
}

// DeskDeny ends a proposal without doing it; of who has made it that is a withdrawal. It refuses as
// [Server.DeskApprove] does, and with ErrInvalid no reason.
func (s *Server) DeskDeny(ctx context.Context, who view.Caller, id, reason string) (view.Deed, error) {
	return s.decideProposal(ctx, who, id, "desk deny", func(
		tx books.Tx, f ledger.ProposalFacts, at time.Time,
	) (ledger.Proposal, ledger.EntryNo, error) {
		out, err := f.Deny(reason, staffActor(f.Staff), at)
		if err != nil {
			return out.Proposal, 0, err
		}
		_, err = tx.Append(out.Entry)
		return out.Proposal, out.Entry.No, err
	})
}

// decideProposal reads a proposal, lets one of the rules decide, and writes what follows.
func (s *Server) decideProposal(
	ctx context.Context, who view.Caller, id, act string,
	decide func(books.Tx, ledger.ProposalFacts, time.Time) (ledger.Proposal, ledger.EntryNo, error),
) (v view.Deed, err error) {
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, act, func(tx books.Tx, st ledger.Staff) error {
		no, err := s.seal.OpenProposal(strings.TrimSpace(id))
		if err != nil {
			return ledger.RefuseNotFound("proposal")
		}
		f, err := proposalFacts(tx, no, st)
		if err != nil {
			return err
		}
		if err := refuseOwnSale(tx.Reader, f); err != nil {
			return err
		}
		p, entry, err := decide(tx, f, at)
		if err != nil {
			return err
		}
		if err := tx.PutProposal(p); err != nil {
			return err
		}
		owner = p.User
		v, err = s.deedView(tx.Reader, p, at)
		v.Entry = uint64(entry)
		return err
	})
	if err != nil {
		return view.Deed{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	s.webhooks.Wake()
	return v, nil
}

// proposalFacts loads what a decision about a proposal needs.
func proposalFacts(tx books.Tx, no ledger.EntryNo, st ledger.Staff) (f ledger.ProposalFacts, err error) {
	f.Staff = st
	var found bool
	if f.Proposal, found, err = tx.Proposal(no); err != nil {
		return f, err
	}
	if !found {
		return f, ledger.RefuseNotFound("proposal")
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(f.Proposal.User); err != nil {
		return f, err
	}
	if f.Proposer, _, err = tx.Staff(f.Proposal.By); err != nil {
		return f, err
	}
	if f.Proposer, err = withWallet(tx.Reader, f.Proposer); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// deedView shows an act of staff, or a proposal of one.
func (s *Server) deedView(r books.Reader, p ledger.Proposal, at time.Time) (v view.Deed, err error) {
	p = p.At(at)
	v = view.Deed{
		Act: p.Act, State: view.State(p.State), Amount: p.Amount, Reason: p.Reason, Created: view.At(p.Created),
		Decided: view.At(p.Decided), Why: p.Why,
	}
	if p.No != 0 {
		v.Proposal, v.Expires = s.seal.Proposal(p.No), view.At(p.Expires)
	}
	if p.Sale != 0 {
		v.Purchase = s.seal.Charge(p.Sale)
	}
	u, _, err := r.User(p.User)
	if err != nil {
		return v, err
	}
	v.Handle = u.Handle
	if v.By, err = nameOf(r, p.By); err != nil {
		return v, err
	}
	v.Decider, err = nameOf(r, p.Decider)
	return v, err
}

// VendorSuspend stops a vendor: it sells nothing, and what was sold stays. VendorResume lets it go on.
//
// They refuse with ErrNotFound an unknown vendor, with ErrState one that is so already, and with ErrInvalid no reason.
func (s *Server) VendorSuspend(ctx context.Context, who view.Caller, name, reason string) (view.VendorState, error) {
	return s.vendorStatus(ctx, who, "vendor suspend", name, true, reason)
}

// VendorResume ends what [Server.VendorSuspend] has begun.
func (s *Server) VendorResume(ctx context.Context, who view.Caller, name, reason string) (view.VendorState, error) {
	return s.vendorStatus(ctx, who, "vendor resume", name, false, reason)
}

func (s *Server) vendorStatus(
	ctx context.Context, who view.Caller, act, name string, suspend bool, reason string,
) (v view.VendorState, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, deskRoles, act, func(tx books.Tx, st ledger.Staff) error {
		had, err := s.vendorNamed(tx.Reader, strings.TrimSpace(name))
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, now, err := ledger.DecideVendorStatus(had, suspend, reason, staffActor(st), no, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(e); err != nil {
			return err
		}
		v = view.VendorState{Name: now.Name, State: view.State(e.Change.New), Reason: e.Reason}
		return tx.PutVendor(now)
	})
	if err != nil {
		return view.VendorState{}, err
	}
	s.notifier.wake(topicDesk)
	return v, nil
}
