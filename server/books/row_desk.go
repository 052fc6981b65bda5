package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// deskRow is what an entry says of the work of the desk.
type deskRow struct {
	Case     *caseStepRow `cbor:"1,keyasint,omitempty" since:"2"`
	Proposal *proposalRow `cbor:"2,keyasint,omitempty" since:"2"`
}

// caseStepRow is a step of staff in a case.
type caseStepRow struct {
	Kind   ledger.CaseKind `cbor:"1,keyasint,omitempty" since:"2"`
	User   ledger.UserID   `cbor:"2,keyasint,omitempty" since:"2"`
	No     uint64          `cbor:"3,keyasint,omitempty" since:"2"`
	Act    string          `cbor:"4,keyasint,omitempty" since:"2"`
	Text   string          `cbor:"5,keyasint,omitempty" since:"2"`
	Holder string          `cbor:"6,keyasint,omitempty" since:"2"`
	Until  instant         `cbor:"7,keyasint,omitempty" since:"2"`
}

func packDesk(d *ledger.Desk) *deskRow {
	if d == nil {
		return nil
	}
	r := &deskRow{}
	if s := d.Case; s != nil {
		r.Case = &caseStepRow{
			Kind: s.Ref.Kind, User: s.Ref.User, No: s.Ref.No, Act: s.Act, Text: s.Text, Holder: s.Holder,
			Until: pack(s.Until),
		}
	}
	if d.Proposal != nil {
		p := packProposal(*d.Proposal)
		r.Proposal = &p
	}
	return r
}

func (r deskRow) unpack() *ledger.Desk {
	d := &ledger.Desk{}
	if s := r.Case; s != nil {
		d.Case = &ledger.CaseStep{
			Ref: ledger.CaseRef{Kind: s.Kind, User: s.User, No: s.No}, Act: s.Act, Text: s.Text, Holder: s.Holder,
			Until: s.Until.time(),
		}
	}
	if r.Proposal != nil {
		p := r.Proposal.unpack()
		d.Proposal = &p
	}
	return d
}

// caseRow is what staff know of a case; it follows from the entries about it.
type caseRow struct {
	Kind   ledger.CaseKind `cbor:"1,keyasint,omitempty" since:"2"`
	User   ledger.UserID   `cbor:"2,keyasint,omitempty" since:"2"`
	No     uint64          `cbor:"3,keyasint,omitempty" since:"2"`
	Holder string          `cbor:"4,keyasint,omitempty" since:"2"`
	Until  instant         `cbor:"5,keyasint,omitempty" since:"2"`
	Notes  []noteRow       `cbor:"6,keyasint,omitempty" since:"2"`
	Last   ledger.EntryNo  `cbor:"7,keyasint,omitempty" since:"2"`
}

// noteRow is a note of staff.
type noteRow struct {
	At   instant `cbor:"1,keyasint,omitempty" since:"2"`
	By   string  `cbor:"2,keyasint,omitempty" since:"2"`
	Text string  `cbor:"3,keyasint,omitempty" since:"2"`
}

var cases = codec[ledger.Case, caseRow]{
	pack: func(c ledger.Case) caseRow {
		return caseRow{
			Kind: c.Ref.Kind, User: c.Ref.User, No: c.Ref.No, Holder: c.Holder, Until: pack(c.Until), Last: c.Last,
			Notes: each(c.Notes, func(n ledger.CaseNote) noteRow { return noteRow{pack(n.At), n.By, n.Text} }),
		}
	},
	unpack: func(r caseRow) ledger.Case {
		return ledger.Case{
			Ref: ledger.CaseRef{Kind: r.Kind, User: r.User, No: r.No}, Holder: r.Holder, Until: r.Until.time(), Last: r.Last,
			Notes: each(r.Notes, func(n noteRow) ledger.CaseNote {
				return ledger.CaseNote{At: n.At.time(), By: n.By, Text: n.Text}
			}),
		}
	},
}

// proposalRow is stored as a row and in each entry about the proposal: the audit compares both.
type proposalRow struct {
	No      ledger.EntryNo       `cbor:"1,keyasint,omitempty" since:"2"`
	Act     string               `cbor:"2,keyasint,omitempty" since:"2"`
	User    ledger.UserID        `cbor:"3,keyasint,omitempty" since:"2"`
	Sale    ledger.EntryNo       `cbor:"4,keyasint,omitempty" since:"2"`
	Amount  money                `cbor:"5,keyasint,omitzero" since:"2"`
	Reason  string               `cbor:"6,keyasint,omitempty" since:"2"`
	State   ledger.ProposalState `cbor:"7,keyasint,omitempty" since:"2"`
	By      string               `cbor:"8,keyasint,omitempty" since:"2"`
	Created instant              `cbor:"9,keyasint,omitempty" since:"2"`
	Expires instant              `cbor:"10,keyasint,omitempty" since:"2"`
	Decider string               `cbor:"11,keyasint,omitempty" since:"2"`
	Decided instant              `cbor:"12,keyasint,omitempty" since:"2"`
	Why     string               `cbor:"13,keyasint,omitempty" since:"2"`
}

var proposals = codec[ledger.Proposal, proposalRow]{pack: packProposal, unpack: proposalRow.unpack}

func packProposal(p ledger.Proposal) proposalRow {
	return proposalRow{
		No: p.No, Act: p.Act, User: p.User, Sale: p.Sale, Amount: packMoney(p.Amount), Reason: p.Reason, State: p.State,
		By: p.By, Created: pack(p.Created), Expires: pack(p.Expires), Decider: p.Decider, Decided: pack(p.Decided),
		Why: p.Why,
	}
}

func (r proposalRow) unpack() ledger.Proposal {
	return ledger.Proposal{
		No: r.No, Act: r.Act, User: r.User, Sale: r.Sale, Amount: r.Amount.unpack(), Reason: r.Reason, State: r.State,
		By: r.By, Created: r.Created.time(), Expires: r.Expires.time(), Decider: r.Decider, Decided: r.Decided.time(),
		Why: r.Why,
	}
}

// caseKey: the numbers of a deposit are its owner's.
func caseKey(c ledger.CaseRef) []byte { return key(tCase, []byte{byte(c.Kind)}, c.User, c.No) }

// Case reads what staff know of a case; without a row nothing is known yet.
func (r Reader) Case(ref ledger.CaseRef) (ledger.Case, error) {
	c, _, err := load(r, caseKey(ref), cases)
	c.Ref = ref
	return c, err
}

// PutCase writes what staff know of a case.
func (t Tx) PutCase(c ledger.Case) error { return put(t, caseKey(c.Ref), cases, c) }

// Proposal reads a proposal by the entry that made it.
func (r Reader) Proposal(no ledger.EntryNo) (ledger.Proposal, bool, error) {
	return load(r, key(tProposal, no), proposals)
}

// Proposals reads proposals older than one (0: from the newest), newest first.
func (r Reader) Proposals(before ledger.EntryNo, limit int) ([]ledger.Proposal, error) {
	to := after(key(tProposal))
	if before > 0 {
		to = key(tProposal, before)
	}
	return scan(r, key(tProposal), to, true, limit, proposals.decode)
}

// PutProposal writes a proposal.
func (t Tx) PutProposal(p ledger.Proposal) error { return put(t, key(tProposal, p.No), proposals, p) }

// deskSums are what the journal says of the work of the desk. Cases and proposals are few, so they are kept whole.
type deskSums struct {
	cases     map[ledger.CaseRef]ledger.Case
	proposals map[ledger.EntryNo]ledger.Proposal
}

func newDeskSums() deskSums {
	return deskSums{map[ledger.CaseRef]ledger.Case{}, map[ledger.EntryNo]ledger.Proposal{}}
}

// deskWork follows cases and proposals through the journal. What was done on a proposal was approved by another key
// than the one that made it, is of the same wallet and amount, and is done once.
func (a *auditor) deskWork(rec Record) error {
	d := rec.Desk
	if d == nil {
		if rec.Kind == ledger.KindCase || rec.Kind == ledger.KindProposal {
			a.find(rowsEqual, "entry %d is of the desk and says nothing of it", rec.No)
		}
		return nil
	}
	if d.Case != nil {
		a.desk.cases[d.Case.Ref] = a.desk.cases[d.Case.Ref].After(rec.Entry)
	}
	p := d.Proposal
	if p == nil {
		return nil
	}
	had, again := a.desk.proposals[p.No]
	open := again && had.State == ledger.ProposalOpen
	done := p.State == ledger.ProposalApproved
	switch {
	case again != (p.No != rec.No), again && !open, !again && p.State != ledger.ProposalOpen:
		a.find(rowsEqual, "entry %d tells of proposal %d, which it does not continue", rec.No, p.No)
	case done && (p.By == p.Decider || p.Decider != rec.Actor.Key):
		a.find(rowsEqual, "entry %d does what one key has proposed and approved", rec.No)
	case done && (rec.User != had.User || rec.Amount != had.Amount || rec.Kind == ledger.KindProposal):
		a.find(rowsEqual, "entry %d does something else than proposal %d asks for", rec.No, p.No)
	}
	a.desk.proposals[p.No] = *p
	return nil
}

// deskRows compares what staff know of cases, and proposals, with the journal.
func (a *auditor) deskRows(ctx context.Context) error {
	at := func(c ledger.Case) []byte { return caseKey(c.Ref) }
	err := rows(ctx, a, tCase, cases, at, func(_ []byte, c ledger.Case) error {
		if j, known := a.desk.cases[c.Ref]; !known || !bytes.Equal(cases.encode(j), cases.encode(c)) {
			a.find(rowsEqual, "case %v has %d notes in its row, the journal says otherwise", c.Ref, len(c.Notes))
		}
		delete(a.desk.cases, c.Ref)
		return nil
	})
	if err != nil {
		return err
	}
	for ref := range a.desk.cases {
		a.find(rowsEqual, "case %v has no row", ref)
	}
	err = rows(ctx, a, tProposal, proposals, func(p ledger.Proposal) []byte { return key(tProposal, p.No) },
		func(_ []byte, p ledger.Proposal) error {
			if j, known := a.desk.proposals[p.No]; !known || !bytes.Equal(proposals.encode(j), proposals.encode(p)) {
				a.find(rowsEqual, "proposal %d is %q in its row, the journal says otherwise", p.No, p.State)
			}
			delete(a.desk.proposals, p.No)
			return nil
		})
	for no := range a.desk.proposals {
		a.find(rowsEqual, "proposal %d has no row", no)
	}
	return err
}
