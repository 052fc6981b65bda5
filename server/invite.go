package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

const (
	// inviteKept is for how long the desk still sees what became of an invitation.
	inviteKept = 30 * 24 * time.Hour
	// invitesRead is how many are looked at at a time for the bounds of one member of staff.
	invitesRead = 100
)

// Invite makes a code with which a caller opens a wallet (claim 8), in this answer only: once, within a week. It is a
// case of the desk, and knows nothing of the caller.
//
// It refuses with ErrNotAllowed a key without a role, and with ErrLimit more than one member of staff may make.
func (s *Server) Invite(ctx context.Context, who view.Caller) (v view.Invite, err error) {
	code, err := s.seal.InviteCode()
	if err != nil {
		return v, err
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, deskRoles, "desk invite", func(tx books.Tx, st ledger.Staff) error {
		f := ledger.InviteFacts{Staff: st}
		var err error
		if f.Mine, err = invitesOf(tx.Reader, st, at); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideInvite(seal.HashCode(code), staffActor(st), f, at)
		if err != nil {
			return err
		}
		if v, err = s.inviteView(tx.Reader, out.Invite, at); err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		return tx.PutInvite(out.Invite)
	})
	if err != nil {
		return view.Invite{}, err
	}
	v.Code, v.Type = code, "ssh "+s.house.Host+" join "+code+" --accept"
	s.notifier.wake(topicDesk)
	return v, nil
}

// invitesOf reads the invitations of a person of staff, by all keys, that are open or of today, and others. Numbers
// order and times filter: it ends with the first page that has only older ones. What it reads is bounded by what staff
// may make.
func invitesOf(r books.Reader, st ledger.Staff, at time.Time) (mine []ledger.Invite, err error) {
	same := map[string]bool{st.Fingerprint: true}
	for before := ledger.EntryNo(0); ; {
		some, err := r.Invites(before, invitesRead)
		if err != nil {
			return nil, err
		}
		recent := false
		for _, i := range some {
			before = i.No
			if at.Sub(i.Created) > ledger.InviteLife {
				continue
			}
			recent = true
			if _, looked := same[i.By]; !looked {
				by, _, err := r.Staff(i.By)
				if err != nil {
					return nil, err
				}
				same[i.By] = ledger.SamePerson(st, by)
			}
			if same[i.By] {
				mine = append(mine, i)
			}
		}
		if !recent {
			return mine, nil
		}
	}
}

// Invites lists invitations, newest first, with what became of them. It refuses with ErrNotAllowed a key without a
// role, and with ErrInvalid an unknown cursor.
func (s *Server) Invites(ctx context.Context, who view.Caller, q view.Paging) (page view.Page[view.Invite], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	at := s.clock()
	return deskList(ctx, s, who, "desk invites", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Invite], err error) {
		all, err := r.Invites(ledger.EntryNo(before), q.Rows()+1)
		if err != nil {
			return page, err
		}
		for i, one := range all {
			if i == q.Rows() {
				page.Next = history.CloseCursor(s.seal, uint64(all[i-1].No))
				break
			}
			v, err := s.inviteView(r, one, at)
			if err != nil {
				return page, err
			}
			if one.User != 0 {
				saw(one.User)
			}
			page.Data = append(page.Data, v)
		}
		return page, nil
	})
}

// inviteView shows an invitation to staff: never its code.
func (s *Server) inviteView(r books.Reader, i ledger.Invite, at time.Time) (v view.Invite, err error) {
	v = view.Invite{
		ID: s.seal.Invite(i.No), State: "open", Created: view.At(i.Created), Expires: view.At(i.Expires),
		Used: view.At(i.Used),
	}
	switch {
	case i.User != 0:
		v.State = "used"
		u, _, err := r.User(i.User)
		if err != nil {
			return v, err
		}
		v.Handle = u.Handle
	case !i.Open(at):
		v.State = "expired"
	}
	v.By, err = nameOf(r, i.By)
	return v, err
}

// joining runs the transaction of a join. A code that was typed is counted if it is wrong.
func (s *Server) joining(
	ctx context.Context, who view.Caller, invite string, at time.Time, fn func(books.Tx) error,
) error {
	if invite == "" {
		return s.update(ctx, fn)
	}
	err := s.countWrongCodes(who, longCode, at, func() error { return s.update(ctx, fn) })
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return err
}

// useInvite uses an invitation in the commit of the join: a code opens one wallet, or none.
func (s *Server) useInvite(tx books.Tx, typed string, u ledger.User, a ledger.Actor, at time.Time) error {
	if typed == "" {
		return nil
	}
	i, found, err := tx.InviteByCode(seal.HashCode(typed))
	if err == nil && !found {
		err = ledger.RefuseInvite()
	}
	if err != nil {
		return err
	}
	no, err := tx.Next()
	if err != nil {
		return err
	}
	out, err := ledger.DecideInvited(i, u, no, a, at)
	if err != nil {
		return err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutInvite(out.Invite)
}

// sweepInvites forgets invitations some time after they are over.
func (s *Server) sweepInvites(ctx context.Context, at time.Time) error {
	var old []ledger.Invite
	err := s.view(ctx, func(r books.Reader) (err error) {
		old, err = r.OldInvites(at.Add(-inviteKept), sweptKeys)
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return s.update(ctx, func(tx books.Tx) error {
		for _, i := range old {
			if err := tx.DropInvite(i); err != nil {
				return err
			}
		}
		return nil
	})
}
