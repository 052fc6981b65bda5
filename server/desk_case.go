package server

import (
	"cmp"
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// caseOrder is a step of staff in a case.
type caseOrder struct {
	act, text, to string
}

// DeskNote notes something about a case for colleagues. DeskClaim says that the caller is at work on it, for half an
// hour; DeskRelease gives it back, and DeskHand gives it to a colleague, who is named as in the staff log. A claim
// keeps nobody from deciding: it is there so that two do not do the same.
//
// They refuse with ErrNotFound what is no case, with ErrState a case that is with another, with ErrNotAllowed one about
// one's own wallet, and with ErrInvalid a note without words.
func (s *Server) DeskNote(ctx context.Context, who view.Caller, id, text string) (view.CaseFile, error) {
	return s.caseStep(ctx, who, id, caseOrder{act: ledger.CaseNoted, text: text})
}

// DeskClaim says that the caller is at work on a case: see [Server.DeskNote].
func (s *Server) DeskClaim(ctx context.Context, who view.Caller, id string) (view.CaseFile, error) {
	return s.caseStep(ctx, who, id, caseOrder{act: ledger.CaseClaimed})
}

// DeskRelease gives a case back: see [Server.DeskNote].
func (s *Server) DeskRelease(ctx context.Context, who view.Caller, id string) (view.CaseFile, error) {
	return s.caseStep(ctx, who, id, caseOrder{act: ledger.CaseReleased})
}

// DeskHand gives a case to a colleague, with a word: see [Server.DeskNote].
func (s *Server) DeskHand(ctx context.Context, who view.Caller, id, to, text string) (view.CaseFile, error) {
	return s.caseStep(ctx, who, id, caseOrder{act: ledger.CaseHanded, to: to, text: text})
}

// caseStep reads a case, lets the rules decide, and writes what follows.
func (s *Server) caseStep(
	ctx context.Context, who view.Caller, id string, q caseOrder,
) (v view.CaseFile, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, deskRoles, "desk "+q.act, func(tx books.Tx, st ledger.Staff) error {
		ref, owner, err := s.caseNamed(tx.Reader, id)
		if err != nil {
			return err
		}
		f := ledger.CaseFacts{Staff: st}
		if f.Case, err = tx.Case(ref); err != nil {
			return err
		}
		if owner != 0 {
			if f.Owner, _, err = tx.User(owner); err != nil {
				return err
			}
		}
		if f.Holder, err = nameOf(tx.Reader, f.Case.With(at)); err != nil {
			return err
		}
		r := ledger.CaseRequest{Act: q.act, Text: q.text, Actor: staffActor(st)}
		if q.act == ledger.CaseHanded {
			if r.To, err = staffNamed(tx.Reader, q.to); err != nil {
				return err
			}
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideCase(r, f, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		if err := tx.PutCase(out.Case); err != nil {
			return err
		}
		v = view.CaseFile{ID: s.caseName(ref), Kind: caseWords[ref.Kind], Handle: f.Owner.Handle}
		v.CaseNotes, err = caseView(tx.Reader, out.Case, st, at)
		return err
	})
	if err != nil {
		return view.CaseFile{}, err
	}
	s.notifier.wake(topicDesk)
	return v, nil
}

// caseWords are the kinds of cases in words, those of [view.TaskKinds].
var caseWords = map[ledger.CaseKind]string{
	ledger.CaseDispute: "dispute", ledger.CaseDeposit: "deposit", ledger.CaseReceipt: "receipt",
	ledger.CaseProposal: "proposal",
	ledger.CaseCaller:   "caller", ledger.CaseInvite: "invite",
	ledger.CaseRedemption: "redemption", ledger.CasePayout: "payout", ledger.CaseAccount: "account",
}

// caseName is the name of a case: that of what it is about.
func (s *Server) caseName(ref ledger.CaseRef) string {
	switch no := ledger.EntryNo(ref.No); ref.Kind {
	case ledger.CaseDispute:
		return s.seal.Dispute(no)
	case ledger.CaseReceipt:
		return s.seal.Receipt(no)
	case ledger.CaseProposal:
		return s.seal.Proposal(no)
	case ledger.CaseCaller:
		return s.seal.Caller(no)
	case ledger.CaseInvite:
		return s.seal.Invite(no)
	case ledger.CaseRedemption:
		return s.seal.Redemption(no)
	case ledger.CasePayout:
		return s.seal.Settlement(no)
	case ledger.CaseAccount:
		return s.seal.BankAccount(ledger.VaultID{Number: ref.No})
	}
	return s.seal.Deposit(ledger.DepositID{User: ref.User, Number: ref.No})
}

// caseNamed finds a case by the name of what it is about, or the reference of a deposit, and tells whose wallet that
// is, 0 for nobody's. It refuses with ErrNotFound.
func (s *Server) caseNamed(r books.Reader, id string) (ref ledger.CaseRef, owner ledger.UserID, err error) {
	id = strings.TrimSpace(id)
	if d, found, err := s.depositNamed(r, id); err != nil || found {
		return ledger.CaseRef{Kind: ledger.CaseDeposit, User: d.ID.User, No: d.ID.Number}, d.ID.User, err
	}
	found := false
	if no, bad := s.seal.OpenDispute(id); bad == nil {
		var d ledger.Dispute
		d, found, err = r.Dispute(no)
		ref, owner = ledger.CaseRef{Kind: ledger.CaseDispute, No: uint64(no)}, d.User
	} else if no, bad := s.seal.OpenReceipt(id); bad == nil {
		var t ledger.Receipt
		t, found, err = r.Receipt(no)
		ref, owner = ledger.CaseRef{Kind: ledger.CaseReceipt, No: uint64(no)}, t.Became.User
	} else if no, bad := s.seal.OpenProposal(id); bad == nil {
		var p ledger.Proposal
		p, found, err = r.Proposal(no)
		ref, owner = ledger.CaseRef{Kind: ledger.CaseProposal, No: uint64(no)}, p.User
	} else if no, bad := s.seal.OpenCaller(id); bad == nil {
		ref, u, err := s.callerCase(r, no)
		return ref, u.ID, err
	} else if no, bad := s.seal.OpenInvite(id); bad == nil {
		var i ledger.Invite
		i, found, err = r.Invite(no)
		ref, owner = ledger.CaseRef{Kind: ledger.CaseInvite, No: uint64(no)}, i.User
	} else {
		ref, owner, found, err = s.waitingCase(r, id)
	}
	if err == nil && !found {
		err = ledger.Refuse(ledger.ErrNotFound, "Copy the id from: desk queue", "There is no such case.")
	}
	return ref, owner, err
}

// staffNamed finds a live member of staff by name, or by the beginning of the fingerprint. It refuses with ErrNotFound,
// and with ErrInvalid a name that several have.
func staffNamed(r books.Reader, name string) (st ledger.Staff, err error) {
	all, err := r.AllStaff()
	if err != nil {
		return st, err
	}
	name = strings.TrimSpace(name)
	found := 0
	for _, one := range all {
		long := len(name) > len("SHA256:") && strings.HasPrefix(one.Fingerprint, name)
		if one.Ended.IsZero() && (strings.EqualFold(one.Name, name) || long) {
			st, found = one, found+1
		}
	}
	switch found {
	case 0:
		return st, ledger.Refuse(
			ledger.ErrNotFound, "Name a colleague as the desk does.", "There is no such member of staff.",
		)
	case 1:
		return withWallet(r, st)
	}
	return st, ledger.Invalid("staff", "Type the beginning of the fingerprint.", "Several members of staff are called so.")
}

// nameOf names a key of staff, "" for none.
func nameOf(r books.Reader, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	st, _, err := r.Staff(key)
	return staffName(st, key), err
}

// caseView shows staff with whom a case is, and what was noted.
func caseView(r books.Reader, c ledger.Case, me ledger.Staff, at time.Time) (v view.CaseNotes, err error) {
	with := c.With(at)
	if v.With, err = nameOf(r, with); err != nil {
		return v, err
	}
	if with != "" {
		v.Mine, v.Until = with == me.Fingerprint, view.At(c.Until)
	}
	for _, n := range c.Notes {
		by, err := nameOf(r, n.By)
		if err != nil {
			return v, err
		}
		v.Notes = append(v.Notes, view.CaseNote{At: view.At(n.At), By: cmp.Or(by, n.By), Text: n.Text})
	}
	return v, nil
}
