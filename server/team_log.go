package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// TeamLog lists what the team of the calling key did, newest first. It refuses with ErrNotAllowed who is no owner, and
// with ErrInvalid an unknown cursor.
func (s *Server) TeamLog(
	ctx context.Context, who view.Caller, q view.Paging,
) (page view.Page[view.TeamAct], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) error {
		_, v, err := requireTeam(r, who, ownsShop("team log"))
		if err != nil {
			return err
		}
		page, err = deskPage(view.DeskQuery{Paging: q}, books.StaffAct{No: before},
			func(behind books.StaffAct, limit int) ([]books.StaffAct, error) { return r.StaffActs(behind.No, limit) },
			func(a books.StaffAct) (view.TeamAct, bool, error) { return s.teamActView(r, a, v.ID) },
			func(a books.StaffAct) (view.Cursor, time.Time) { return history.CloseCursor(s.seal, a.No), a.At })
		return err
	})
	return page, err
}

// teamActView shows a line of the staff log to the team of a vendor, if it is of that. Which team an act without an
// entry was of is known as long as its key is in it.
func (s *Server) teamActView(
	r books.Reader, a books.StaffAct, v ledger.VendorID,
) (shown view.TeamAct, mine bool, err error) {
	if a.Role != ledger.RoleVendor {
		return shown, false, nil
	}
	m, found, err := r.TeamByKey(a.Key)
	if err != nil {
		return shown, false, err
	}
	if a.Entry == 0 {
		mine = found && m.Vendor == v
	} else {
		e, _, err := r.Entry(a.Entry)
		if err != nil {
			return shown, false, err
		}
		mine = e.Vendor == v
		switch {
		case e.Amount.Micros != 0:
			shown.Note = e.Amount.String()
		case e.Change != nil:
			shown.Note = e.Change.Name + ": " + e.Change.New
		}
	}
	if m.Vendor == v {
		shown.Name = m.Name
	}
	shown.At, shown.Key, shown.Act = view.At(a.At), a.Key, a.Act
	return shown, mine, nil
}

// noteTeamUse writes down that a member has used its place today, as noteUse does.
func (s *Server) noteTeamUse(ctx context.Context, m ledger.TeamMember, at time.Time) {
	if _, unseen := m.UsedOn(at); !unseen {
		return
	}
	ctx, done := context.WithTimeout(ctx, noteUseWait)
	defer done()
	_ = s.update(ctx, func(tx books.Tx) error {
		m, found, err := tx.TeamByKey(m.Fingerprint)
		if err != nil || !found {
			return err
		}
		m, changed := m.UsedOn(at)
		if !changed {
			return nil
		}
		return tx.PutTeamMember(m)
	})
}
