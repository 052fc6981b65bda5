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
	err = s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) (err error) {
		page, err = s.teamLog(r, who, q)
		return err
	})
	return page, err
}

// teamLog is TeamLog on a snapshot.
func (s *Server) teamLog(
	r books.Reader, who view.Caller, q view.Paging,
) (page view.Page[view.TeamAct], err error) {
	_, v, err := requireTeam(r, who, ownsShop("team log"))
	if err != nil {
		return page, err
	}
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	return deskPage(view.DeskQuery{Paging: q}, books.StaffAct{No: before},
		func(behind books.StaffAct, limit int) ([]books.StaffAct, error) {
			return r.TeamActs(v.ID, behind.No, limit)
		},
		func(a books.StaffAct) (view.TeamAct, bool, error) { return teamActView(r, a) },
		func(a books.StaffAct) (view.Cursor, time.Time) { return history.CloseCursor(s.seal, a.No), a.At })
}

// teamActView shows a line of the staff log to the team that it is of, with the name of who is still in it.
func teamActView(r books.Reader, a books.StaffAct) (shown view.TeamAct, mine bool, err error) {
	m, _, err := r.TeamByKey(a.Key)
	if err != nil {
		return shown, false, err
	}
	if m.Vendor == a.Vendor {
		shown.Name = m.Name
	}
	shown.At, shown.Key, shown.Act = view.At(a.At), a.Key, a.Act
	if a.Entry == 0 {
		return shown, true, nil
	}
	e, _, err := r.Entry(a.Entry)
	switch {
	case e.Amount.Micros != 0:
		shown.Note = e.Amount.String()
	case e.Change != nil:
		shown.Note = e.Change.Name + ": " + e.Change.New
	}
	return shown, true, err
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
