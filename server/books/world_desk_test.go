package books

import "tuppence/server/ledger"

// Two members of staff, of whom neither has a wallet.
var (
	rita = ledger.Staff{Fingerprint: "SHA256:rita", Name: "rita", Role: ledger.RoleRep}
	mia  = ledger.Staff{Fingerprint: "SHA256:mia", Name: "mia", Role: ledger.RoleRep}
)

func actorOf(st ledger.Staff) ledger.Actor { return ledger.Actor{Role: st.Role, Key: st.Fingerprint} }

// works does a step in a case.
func (w *world) works(ref ledger.CaseRef, st ledger.Staff, r ledger.CaseRequest) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.CaseFacts{Staff: st}
		var err error
		if f.Case, err = tx.Case(ref); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		r.Actor = actorOf(st)
		out, err := ledger.DecideCase(r, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutCase(out.Case))
	})
}

// credits gives goodwill; p is the proposal that was approved, if there is one.
func (w *world) credits(u ledger.UserID, a ledger.Amount, st ledger.Staff, p *ledger.Proposal) error {
	w.t.Helper()
	return w.try(func(tx Tx) error { return w.credit(tx, u, a, st, p) })
}

func (w *world) credit(tx Tx, u ledger.UserID, a ledger.Amount, st ledger.Staff, p *ledger.Proposal) error {
	f := ledger.GoodwillFacts{Policy: w.policy, Staff: st}
	var err error
	if f.User, _, err = tx.User(u); err != nil {
		return err
	}
	if f.Wallet, _, err = tx.Wallet(u, a.Currency); err != nil {
		return err
	}
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	out, err := ledger.DecideGoodwill(
		ledger.GoodwillRequest{Amount: a, Reason: "sorry", Proposal: p, Actor: actorOf(st)}, f, w.now,
	)
	if err != nil {
		return err
	}
	return appended(tx, out.Entry)
}

// proposes asks for a second person.
func (w *world) proposes(u ledger.UserID, a ledger.Amount, st ledger.Staff) (no ledger.EntryNo, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f := ledger.ProposalFacts{Policy: w.policy, Staff: st}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		no = f.No
		p := ledger.Proposal{Act: ledger.ActCredit, User: u, Amount: a, Reason: "sorry"}
		out, err := ledger.Propose(p, f, actorOf(st), w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutProposal(out.Proposal))
	})
	return no, err
}

// settlesProposal approves a proposal and does it, or denies it.
func (w *world) settlesProposal(no ledger.EntryNo, st, by ledger.Staff, yes bool) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.ProposalFacts{Policy: w.policy, Staff: st, Proposer: by}
		var err error
		if f.Proposal, _, err = tx.Proposal(no); err != nil {
			return err
		}
		if f.User, _, err = tx.User(f.Proposal.User); err != nil {
			return err
		}
		if yes {
			p, err := f.Approve(actorOf(st), w.now)
			if err != nil {
				return err
			}
			return first(w.credit(tx, p.User, p.Amount, st, &p), tx.PutProposal(p))
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := f.Deny("no", actorOf(st), w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutProposal(out.Proposal))
	})
}

// caseOf is the case of the busy world: its open dispute.
func caseOf(l *busyWorld) ledger.CaseRef {
	return ledger.CaseRef{Kind: ledger.CaseDispute, No: uint64(l.open.No)}
}
