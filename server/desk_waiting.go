package server

import (
	"slices"
	"strconv"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Money on its way out that waits for a person: redemptions above the bound, payouts and bank accounts that a second
// person has to approve.

// leavingPromise is by when somebody should have looked at money that waits to leave.
const leavingPromise = 2 * 24 * time.Hour

// redemptionTasks are the redemptions that a person has to look at before they leave.
func redemptionTasks(r books.Reader) (all []task, err error) {
	open, err := r.RedemptionsUp(ledger.RedemptionOpened, 0, queueWalk)
	for _, d := range open {
		about := "to " + d.To
		if d.Mask != "" {
			about += ", " + d.Mask
		}
		all = append(all, task{
			ref: ledger.CaseRef{Kind: ledger.CaseRedemption, No: uint64(d.No)}, user: d.User,
			due: d.Created.Add(leavingPromise), about: about, amount: d.Amount, state: view.State(d.State),
			leads: "redemption approve",
		})
	}
	return all, err
}

// payoutTasks are the payouts that wait for a second person.
func payoutTasks(r books.Reader) (all []task, err error) {
	open, err := r.SettlementsUp(ledger.SettlementDue, 0, queueWalk)
	if err != nil {
		return nil, err
	}
	for _, t := range open {
		v, _, err := r.Vendor(t.Vendor)
		if err != nil {
			return nil, err
		}
		about, err := payeeWords(r, v, t.Payee)
		if err != nil {
			return nil, err
		}
		if by, err := nameOf(r, t.Runner); err != nil {
			return nil, err
		} else if by != "" {
			about += ", run by " + by
		}
		all = append(all, task{
			ref: ledger.CaseRef{Kind: ledger.CasePayout, No: uint64(t.No)}, due: t.Created.Add(leavingPromise),
			about: about, amount: t.Amount, state: view.State(t.State), leads: "settlement approve",
		})
	}
	return all, nil
}

// payeeWords tell who is paid: a vendor, or a payee of it.
func payeeWords(r books.Reader, v ledger.Vendor, p ledger.PayeeID) (string, error) {
	if p == 0 {
		return v.Name, nil
	}
	named, err := r.PayeesOf(v.ID)
	i := slices.IndexFunc(named, func(n books.Named) bool { return n.ID == p })
	if i < 0 {
		return v.Name, err
	}
	return named[i].Name + " of " + v.Name, err
}

// accountTasks are the bank accounts of vendors and payees that wait for a second person. What is at risk is all that
// would be paid to one by now.
func (s *Server) accountTasks(r books.Reader) (all []task, err error) {
	vendors, err := r.Vendors()
	if err != nil {
		return nil, err
	}
	for _, v := range vendors {
		for _, a := range v.Accounts {
			if a.Next == 0 || a.Approved {
				continue
			}
			t, err := s.accountTask(r, v, a)
			if err != nil {
				return nil, err
			}
			all = append(all, t)
		}
	}
	return all, nil
}

func (s *Server) accountTask(r books.Reader, v ledger.Vendor, a ledger.PayAccount) (t task, err error) {
	w, _ := s.wayNamed(a.Network)
	var c ledger.Currency
	if w != nil {
		c = w.Currency()
	}
	t = task{
		ref: ledger.CaseRef{Kind: ledger.CaseAccount, No: a.Next}, due: a.Changed.Add(leavingPromise), state: "waiting",
		leads:  "vendor account approve " + v.Name + " " + string(c) + " " + a.NextMark(),
		amount: ledger.Amount{Currency: c},
	}
	if t.about, err = payeeWords(r, v, a.Payee); err != nil {
		return t, err
	}
	if a.Payee == 0 {
		till, _, err := r.Till(v.ID, c)
		t.amount.Micros = till.Pending + till.Available
		return t.typed(r, a, err)
	}
	named, err := r.PayeesOf(v.ID)
	if err != nil {
		return t, err
	}
	for _, n := range named {
		if n.ID == a.Payee {
			t.leads += " --payee " + strconv.Quote(n.Name)
		}
	}
	t.amount.Micros, err = r.Royalties(a.Payee, c)
	return t.typed(r, a, err)
}

// typed completes what is said of an account: which it is, and who has typed it.
func (t task) typed(r books.Reader, a ledger.PayAccount, err error) (task, error) {
	if err != nil {
		return t, err
	}
	by, err := nameOf(r, a.By)
	t.about += ", " + a.NextMask() + ", typed by " + by
	t.amount.Micros = max(t.amount.Micros, 0)
	return t, err
}

// waitingCase finds money on its way out by the name of its case. Bank accounts are found while they wait.
func (s *Server) waitingCase(
	r books.Reader, id string,
) (ref ledger.CaseRef, owner ledger.UserID, found bool, err error) {
	if no, bad := s.seal.OpenRedemption(id); bad == nil {
		d, found, err := r.Redemption(no)
		return ledger.CaseRef{Kind: ledger.CaseRedemption, No: uint64(no)}, d.User, found, err
	}
	if no, bad := s.seal.OpenSettlement(id); bad == nil {
		_, found, err := r.Settlement(no)
		return ledger.CaseRef{Kind: ledger.CasePayout, No: uint64(no)}, 0, found, err
	}
	kept, bad := s.seal.OpenBankAccount(id)
	if bad != nil {
		return ref, 0, false, nil
	}
	vendors, err := r.Vendors()
	for _, v := range vendors {
		if slices.ContainsFunc(v.Accounts, func(a ledger.PayAccount) bool { return a.Next == kept.Number }) {
			return ledger.CaseRef{Kind: ledger.CaseAccount, No: kept.Number}, 0, true, err
		}
	}
	return ref, 0, false, err
}
