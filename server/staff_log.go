package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// The staff log says what staff did and whose wallets they looked at, and when. Acts are in the journal, too; a look
// writes nothing else.

const (
	// staffLogRetention is how long a line of the staff log is kept; forgottenActs bounds what one look deletes.
	staffLogRetention = 400 * 24 * time.Hour
	forgottenActs     = 500
	// maxLooks bounds what is remembered of today's looks, so that a screen that draws again writes no line again.
	maxLooks = 10_000
)

// looks are those of today, so that each is written down once.
type looks struct {
	mu   sync.Mutex
	seen map[look]bool
}

// look is that a member of staff saw something of a wallet in a stretch of time.
type look struct {
	key    string
	how    lookedAt
	user   ledger.UserID
	number int64
}

// lookedAt says in what staff look, why, and for how long one look lasts: a later one is another line.
type lookedAt struct {
	act  string
	why  ledger.StaffReason
	last time.Duration
}

// looked writes down whose wallets a member of staff has just been shown, once for as long as a look lasts. The owner
// of the wallet reads the same line.
func (s *Server) looked(ctx context.Context, st ledger.Staff, how lookedAt, users []ledger.UserID, at time.Time) error {
	var fresh []look
	s.looks.mu.Lock()
	for _, u := range users {
		l := look{st.Fingerprint, how, u, at.Unix() / int64(how.last/time.Second)}
		if !s.looks.seen[l] {
			s.looks.seen[l] = true
			fresh = append(fresh, l)
		}
	}
	if len(s.looks.seen) > maxLooks { // a line too many does no harm
		clear(s.looks.seen)
	}
	s.looks.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	err := s.update(ctx, func(tx books.Tx) error {
		for _, l := range fresh {
			a := books.StaffAct{At: at, Key: l.key, Role: st.Role, Act: how.act, User: l.user, Why: how.why}
			if err := tx.PutStaffAct(a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil { // what is not written down has not been shown
		s.looks.mu.Lock()
		for _, l := range fresh {
			delete(s.looks.seen, l)
		}
		s.looks.mu.Unlock()
	}
	return err
}

// logAct writes a line for an act of staff that has written entries to the journal, and names the first of them:
// what follows from it by itself comes behind.
func logAct(
	tx books.Tx, st ledger.Staff, act string, why ledger.StaffReason, before ledger.EntryNo, at time.Time,
) error {
	head, _, err := tx.Head()
	if err != nil || head == before {
		return err
	}
	return tx.PutStaffAct(books.StaffAct{
		At: at, Key: st.Fingerprint, Role: st.Role, Act: act, Entry: before + 1, Why: why,
	})
}

// StaffLog lists what staff did and looked at, newest first, as far as a query lets it through. It refuses with
// ErrNotAllowed a caller who is no operator, with ErrInvalid an unknown cursor, and with ErrNotFound an unknown wallet.
func (s *Server) StaffLog(
	ctx context.Context, who view.Caller, q view.AuditQuery,
) (page view.Page[view.StaffAct], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) (err error) {
		var of ledger.UserID
		if q.Wallet != "" {
			if of, err = walletNamed(r, strings.TrimSpace(q.Wallet)); err != nil {
				return err
			}
		}
		page, err = deskPage(view.DeskQuery{Paging: q.Paging}, books.StaffAct{No: before},
			func(behind books.StaffAct, limit int) ([]books.StaffAct, error) {
				if !q.Since.IsZero() && !behind.At.IsZero() && behind.At.Before(q.Since) {
					return nil, nil // older ones are older still
				}
				return r.StaffActs(behind.No, limit)
			}, func(a books.StaffAct) (v view.StaffAct, shown bool, err error) {
				v, user, err := staffActView(r, a)
				return v, (of == 0 || user == of) && q.Lets(v), err
			}, func(a books.StaffAct) (view.Cursor, time.Time) { return history.CloseCursor(s.seal, a.No), a.At })
		return err
	})
	return page, err
}

// staffActView shows a line of the staff log with the names of who acted and whose wallet it was.
func staffActView(r books.Reader, a books.StaffAct) (v view.StaffAct, user ledger.UserID, err error) {
	st, _, err := r.Staff(a.Key)
	if err != nil {
		return v, 0, err
	}
	if a.Role == ledger.RoleVendor { // a member of a vendor's team, which staff know by its key
		st.Name = ""
	}
	v = view.StaffAct{
		At: view.At(a.At), Key: a.Key, Name: st.Name, Role: a.Role, Act: a.Act, Reason: a.Why.Code, Words: a.Why.Words,
		Entry: uint64(a.Entry),
	}
	user = a.User
	if a.Entry != 0 {
		e, _, err := r.Entry(a.Entry)
		if err != nil {
			return v, 0, err
		}
		if user = e.User; e.Change != nil {
			v.Note = e.Change.Name + ": " + e.Change.New
		}
		switch {
		case e.Amount.Micros != 0:
			v.Note = fmt.Sprintf("%s, entry %d", e.Amount, a.Entry)
		case e.Desk != nil && e.Desk.Case != nil:
			v.Note = e.Desk.Case.Text
		case e.Desk != nil:
			v.Note = fmt.Sprintf("%s %s of %s", e.Desk.Proposal.State, e.Desk.Proposal.Act, e.Desk.Proposal.Amount)
		}
	}
	if user != 0 {
		u, _, err := r.User(user)
		v.Handle = u.Handle
		return v, user, err
	}
	return v, 0, nil
}

// sweepStaffLog forgets the oldest lines.
func (s *Server) sweepStaffLog(ctx context.Context, at time.Time) error {
	before := at.Add(-staffLogRetention)
	var due bool
	err := s.view(ctx, func(r books.Reader) error {
		oldest, found, err := r.OldestStaffAct()
		due = found && oldest.At.Before(before)
		return err
	})
	if err != nil || !due {
		return err
	}
	return s.update(ctx, func(tx books.Tx) error { return tx.ForgetStaffActs(before, forgottenActs) })
}
