package server

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// receiptPromise is by when somebody should have looked at money without an owner.
	receiptPromise = 2 * 24 * time.Hour
	// queueWalk bounds how many rows of a kind are looked at for one page. What is announced and has not come is not among
	// them: it waits for the post, and costs its sender nothing.
	queueWalk = 10_000
)

// task is a case with its place in the queue.
type task struct {
	ref    ledger.CaseRef
	user   ledger.UserID
	due    time.Time
	about  string
	amount ledger.Amount
	state  view.State
	leads  string
	kind   string // where it is not that of the case: an order is a deposit
}

// place is where a case stands in the queue: by the hour that was promised, then what is worth more, then by its
// name. A page goes on behind a place, whatever has left the queue meanwhile.
func (t task) place() string {
	const most = 1 << 62
	return fmt.Sprintf("q%011x.%016x.%d.%016x.%016x", max(t.due.Unix()/3600, 0), most-t.amount.Micros, t.ref.Kind,
		uint64(t.ref.User), t.ref.No)
}

// placeLength is the length of each place.
const placeLength = 1 + 11 + 1 + 16 + 1 + 1 + 1 + 16 + 1 + 16

// DeskQueue lists what waits for a person now, of all kinds: disputes, instruments that have come, money without an
// owner, proposals, purchase orders, callers and redemptions; for an operator also payouts and bank accounts that wait
// for a second person. It is in the order of what was promised, by the hour, and what is worth more comes first. Each
// row says with whom it is. It refuses with ErrNotAllowed a key without a role, and with
// ErrInvalid an unknown cursor or kind.
func (s *Server) DeskQueue(
	ctx context.Context, who view.Caller, q view.TaskQuery,
) (page view.Page[view.Task], err error) {
	at := s.clock()
	switch behind := string(q.Before); {
	case behind != "" && (len(behind) != placeLength || behind[0] != 'q'):
		return page, history.RefuseCursor()
	case q.Kind != "" && !slices.Contains(view.TaskKinds, q.Kind):
		return page, ledger.Invalid("kind", "Say "+strings.Join(view.TaskKinds, ", ")+".", "There are no such cases.")
	}
	me, err := s.staffOf(ctx, who)
	if err != nil {
		return page, err
	}
	return deskList(ctx, s, who, "desk queue", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Task], err error) {
		all, err := s.tasks(r, q.Kind, me, at)
		if err != nil {
			return page, err
		}
		slices.SortFunc(all, func(a, b task) int { return cmp.Compare(a.place(), b.place()) })
		for i, t := range all {
			if t.place() <= string(q.Before) {
				continue
			}
			c, err := r.Case(t.ref)
			if err != nil {
				return page, err
			}
			with := c.With(at)
			if q.Mine && with != me.Fingerprint || q.Free && with != "" {
				continue
			}
			if len(page.Data) == q.Rows() {
				page.Next = view.Cursor(all[i-1].place())
				return page, nil
			}
			v, err := s.taskView(r, t, c, me, at)
			if err != nil {
				return page, err
			}
			if t.user != 0 {
				saw(t.user)
			}
			page.Data = append(page.Data, v)
		}
		return page, nil
	})
}

// staffOf is the member of staff behind a key of the desk.
func (s *Server) staffOf(ctx context.Context, who view.Caller) (me ledger.Staff, err error) {
	err = s.viewStaff(ctx, who, deskRoles, func(_ books.Reader, st ledger.Staff) error {
		me = st
		return nil
	})
	return me, err
}

// taskView shows a case in the queue.
func (s *Server) taskView(
	r books.Reader, t task, c ledger.Case, me ledger.Staff, at time.Time,
) (v view.Task, err error) {
	v = view.Task{
		ID: s.caseName(t.ref), Kind: cmp.Or(t.kind, caseWords[t.ref.Kind]), About: t.about, Amount: t.amount,
		Promise: view.At(t.due), State: t.state,
	}
	v.Leads = t.leads + " --text " + v.ID
	switch {
	case t.ref.Kind == ledger.CaseProposal:
		v.Leads = t.leads
	case t.ref.Kind == ledger.CaseAccount:
		v.Leads = t.leads
	case t.kind != "" || t.ref.Kind == ledger.CaseCaller || t.ref.Kind == ledger.CaseRedemption ||
		t.ref.Kind == ledger.CasePayout:
		v.Leads = t.leads + " " + v.ID
	}
	if t.user != 0 {
		u, _, err := r.User(t.user)
		if err != nil {
			return v, err
		}
		v.Handle = u.Handle
	}
	v.CaseNotes, err = caseView(r, c, me, at)
	return v, err
}

// tasks gathers what waits for a person.
func (s *Server) tasks(r books.Reader, kind string, me ledger.Staff, at time.Time) (all []task, err error) {
	operator := me.Role == ledger.RoleOperator // vendors' money is not a representative's
	p, err := policy(r)
	if err != nil {
		return nil, err
	}
	for _, one := range []struct {
		kind string
		read func() ([]task, error)
	}{
		{"dispute", func() ([]task, error) { return disputeTasks(r, p) }},
		{"deposit", func() ([]task, error) { return depositTasks(r, p) }},
		{"receipt", func() ([]task, error) { return receiptTasks(r) }},
		{"proposal", func() ([]task, error) { return proposalTasks(r, at) }},
		{"order", func() ([]task, error) { return orderTasks(r) }},
		{"caller", func() ([]task, error) { return callerTasks(r) }},
		{"redemption", func() ([]task, error) { return redemptionTasks(r) }},
		{"payout", func() ([]task, error) { return payoutTasks(r) }},
		{"account", func() ([]task, error) { return s.accountTasks(r) }},
	} {
		if kind != "" && kind != one.kind || !operator && (one.kind == "payout" || one.kind == "account") {
			continue
		}
		some, err := one.read()
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// disputeTasks are the disputes that wait. One that silence does not end was promised in the same time.
func disputeTasks(r books.Reader, p ledger.Policy) (all []task, err error) {
	open, err := r.OpenDisputes(ledger.Dispute{}, queueWalk)
	if err != nil {
		return nil, err
	}
	for _, d := range open {
		due := d.DueBy
		if due.IsZero() {
			due = d.Opened.Add(p.DisputeAnswer)
		}
		_, sold, _, err := r.Purchase(d.Purchase)
		if err != nil {
			return nil, err
		}
		about := d.Reason
		if sold.Sale != nil {
			about = sold.Sale.Title
		}
		all = append(all, task{
			ref: ledger.CaseRef{Kind: ledger.CaseDispute, No: uint64(d.No)}, user: d.User, due: due, about: about,
			amount: d.Amount, state: view.State(d.State), leads: "desk disputes",
		})
	}
	return all, nil
}

// depositTasks are the instruments that have come: they wait for the bank's time and then for a person.
func depositTasks(r books.Reader, p ledger.Policy) (all []task, err error) {
	open, err := r.OpenDeposits(ledger.Deposit{}, queueWalk)
	if err != nil {
		return nil, err
	}
	for _, d := range open {
		if online(d) || d.State != ledger.DepositUncollected {
			continue
		}
		all = append(all, task{
			ref:  ledger.CaseRef{Kind: ledger.CaseDeposit, User: d.ID.User, No: d.ID.Number},
			user: d.ID.User, due: d.ClearableFrom(p), about: d.Method + " " + d.Reference, amount: d.Amount,
			state: view.State(d.State), leads: "desk deposits",
		})
	}
	return all, nil
}

func receiptTasks(r books.Reader) (all []task, err error) {
	open, err := r.OpenReceipts(ledger.Receipt{}, queueWalk)
	if err != nil {
		return nil, err
	}
	for _, t := range open {
		all = append(all, task{
			ref: ledger.CaseRef{Kind: ledger.CaseReceipt, No: uint64(t.No)}, due: t.Created.Add(receiptPromise),
			about: cmp.Or(t.Text, "without a reference"), amount: t.Amount, state: view.State(t.State), leads: "desk receipts",
		})
	}
	return all, nil
}

func proposalTasks(r books.Reader, at time.Time) (all []task, err error) {
	open, err := openProposals(r, at)
	for _, p := range open {
		all = append(all, task{
			ref:  ledger.CaseRef{Kind: ledger.CaseProposal, No: uint64(p.No)},
			user: p.User, due: p.Expires, about: p.Act + ": " + p.Reason, amount: p.Amount, state: view.State(p.State),
			leads: "desk proposals",
		})
	}
	return all, err
}

// openProposals are the proposals that wait. One that is older than its life is over, so no older one is read.
func openProposals(r books.Reader, at time.Time) (open []ledger.Proposal, err error) {
	for before := ledger.EntryNo(0); ; {
		some, err := r.Proposals(before, duePage)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			if before = p.No; p.Open(at) {
				open = append(open, p)
			}
		}
		if len(some) < duePage || at.Sub(some[len(some)-1].Created) > ledger.ProposalLife {
			return open, nil
		}
	}
}
