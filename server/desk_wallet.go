package server

import (
	"cmp"
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// mirrorLife is for how long one look into a wallet lasts: a later one is another line of both logs.
const mirrorLife = 15 * time.Minute

// DeskWallet shows a wallet to staff as its owner sees it, but for codes, links of payments and whatever buys. The look
// is a line of the staff log and of the owner's own, with its reason, before the answer.
//
// It refuses with ErrNotAllowed who is no staff, with ErrNotFound an unknown wallet, and with ErrInvalid a reason that
// is none of the list.
func (s *Server) DeskWallet(
	ctx context.Context, who view.Caller, handle string, why ledger.StaffReason,
) (v view.Mirror, err error) {
	at := s.clock()
	if why, err = why.Check(); err != nil {
		return v, err
	}
	var me ledger.Staff
	var owner ledger.UserID
	err = s.viewStaff(ctx, who, deskRoles, func(r books.Reader, st ledger.Staff) error {
		id, err := walletNamed(r, strings.TrimSpace(handle))
		if err != nil {
			return err
		}
		u, _, err := r.User(id)
		if err != nil {
			return err
		}
		me, owner = st, id
		v, err = s.mirror(r, u, at)
		return err
	})
	if err != nil {
		return view.Mirror{}, err
	}
	v.Seen = lookView(me, books.StaffAct{At: at, Role: me.Role, Act: deskWalletAct, Key: me.Fingerprint, Why: why})
	err = s.looked(ctx, me, lookedAt{deskWalletAct, why, mirrorLife}, []ledger.UserID{owner}, at)
	if err != nil {
		return view.Mirror{}, err
	}
	s.notifier.wake(topicUser(owner))
	return v, nil
}

const deskWalletAct = "desk wallet"

// mirror is a wallet without what its owner alone may know or do.
func (s *Server) mirror(r books.Reader, u ledger.User, at time.Time) (v view.Mirror, err error) {
	v = view.Mirror{
		Handle: u.Handle, State: view.State(ledger.UserWords[u.Status]), Opened: view.At(u.Created), Zone: u.Zone,
	}
	if at.Before(u.LockedUntil) {
		v.Locked = view.At(u.LockedUntil)
	}
	for _, k := range u.Keys {
		if k.Ended.IsZero() {
			v.Members++
		}
	}
	err = eachWallet(r, u, func(w ledger.Wallet) error {
		d, err := r.Days(w.User, w.Currency)
		if err != nil {
			return err
		}
		shown, err := s.accountView(r, u, w, d, at)
		v.Accounts = append(v.Accounts, shown)
		return err
	})
	if err != nil {
		return v, err
	}
	if err := s.mirrorCounts(r, u, at, &v); err != nil {
		return v, err
	}
	deposits, err := r.Deposits(u.ID, recentRows)
	if err != nil {
		return v, err
	}
	for _, d := range deposits {
		shown := s.depositView(u, d)
		shown.Link, shown.Steps = "", nil // to pay is its owner's
		v.Deposits = append(v.Deposits, shown)
	}
	page, err := s.history.Of(r, u, at).Page(view.HistoryQuery{Paging: view.Paging{Limit: recentRows}})
	if err != nil {
		return v, err
	}
	v.Recent = page.Data
	return v, s.mirrorDisputes(r, u, &v)
}

// mirrorCounts counts what waits for an answer, and vendors.
func (s *Server) mirrorCounts(r books.Reader, u ledger.User, at time.Time, v *view.Mirror) error {
	pending, err := s.pending(r, u, at)
	if err != nil {
		return err
	}
	v.Asked = len(pending) // how many, and not their codes
	return eachLink(r, u, func(l ledger.Link, _ ledger.Vendor) {
		switch l.Status {
		case ledger.LinkActive:
			v.Linked++
		case ledger.LinkBlocked:
			v.Blocked++
		}
	})
}

// mirrorDisputes adds the disputes of a wallet.
func (s *Server) mirrorDisputes(r books.Reader, u ledger.User, v *view.Mirror) error {
	disputes, err := r.UserDisputes(u.ID, time.Time{}, view.MaxRows)
	if err != nil {
		return err
	}
	for _, d := range disputes {
		shown, err := s.history.Dispute(r, d)
		if err != nil {
			return err
		}
		if d.State == ledger.DisputeWon || d.State == ledger.DisputeAutoResolved {
			v.Won++
		}
		v.Disputes = append(v.Disputes, shown)
	}
	return nil
}

// Looks lists which members of staff looked at the wallet, newest first, with their reasons. It refuses with ErrInvalid
// an unknown cursor.
func (s *Server) Looks(ctx context.Context, who view.Caller, q view.Paging) (page view.Page[view.Look], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		page = view.Page[view.Look]{}
		all, err := r.Looks(u.ID, before, q.Rows()+1)
		if err != nil {
			return err
		}
		for i, a := range all {
			if i == q.Rows() {
				page.Next = history.CloseCursor(s.seal, all[i-1].No)
				break
			}
			st, _, err := r.Staff(a.Key)
			if err != nil {
				return err
			}
			page.Data = append(page.Data, lookView(st, a))
		}
		return nil
	})
	return page, err
}

// lookView shows a look to the owner of the wallet. Staff have the name that the operator has given their key.
func lookView(st ledger.Staff, a books.StaffAct) view.Look {
	return view.Look{
		At: view.At(a.At), Who: staffName(st, a.Key), Role: a.Role, Act: a.Act, Reason: a.Why.Code, Words: a.Why.Words,
	}
}

// staffName names a member of staff.
func staffName(st ledger.Staff, key string) string { return cmp.Or(st.Name, key) }
