package server

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

var (
	// deskRoles are the roles that work with users' cases; the operator may do all that a representative may.
	deskRoles = []ledger.Role{ledger.RoleRep, ledger.RoleOperator}
	// operatorOnly is the role that decides for the whole service.
	operatorOnly = []ledger.Role{ledger.RoleOperator}
)

// requireStaff returns the staff entry of the calling key if it has one of the roles, and refuses with ErrNotAllowed if
// it has none.
func requireStaff(r books.Reader, who view.Caller, roles []ledger.Role) (ledger.Staff, error) {
	st, found, err := r.Staff(who.Fingerprint)
	if err != nil {
		return st, err
	}
	if found && st.Ended.IsZero() && slices.Contains(roles, st.Role) {
		return withWallet(r, st)
	}
	need := "a representative"
	if !slices.Contains(roles, ledger.RoleRep) {
		need = "the operator"
	}
	return st, ledger.Refuse(
		ledger.ErrNotAllowed, "Ask the operator to add the key with: staff add KEY --role ROLE.",
		"Only %s may do this.", need,
	)
}

// withWallet adds the wallet that a member of staff is known to have: as the operator has written it down, or else the
// one that the key opens.
func withWallet(r books.Reader, st ledger.Staff) (ledger.Staff, error) {
	if st.Wallet != 0 {
		return st, nil
	}
	id, found, err := r.UserByKey(st.Fingerprint)
	if found {
		st.Wallet = id
	}
	return st, err
}

// viewStaff runs fn on a snapshot of the books for a caller with one of the roles, and refuses others. Staff have no
// budget of rows: what others announce must not keep the desk from reading it.
func (s *Server) viewStaff(
	ctx context.Context, who view.Caller, roles []ledger.Role, fn func(books.Reader, ledger.Staff) error,
) error {
	return s.view(ctx, func(r books.Reader) error {
		st, err := requireStaff(r, who, roles)
		if err != nil {
			return err
		}
		return fn(r, st)
	})
}

// updateStaff runs fn as one transaction for a caller with one of the roles, and refuses others. What it has written to
// the journal is a line of the staff log in the same commit, under the words of act. fn may run more than once.
func (s *Server) updateStaff(
	ctx context.Context, who view.Caller, roles []ledger.Role, act string, fn func(books.Tx, ledger.Staff) error,
) error {
	at := s.clock()
	return s.update(ctx, func(tx books.Tx) error {
		st, err := requireStaff(tx.Reader, who, roles)
		if err != nil {
			return err
		}
		before, _, err := tx.Head()
		if err != nil {
			return err
		}
		if err := fn(tx, st); err != nil {
			return err
		}
		return logAct(tx, st, act, before, at)
	})
}

// staffActor is the actor of what staff do.
func staffActor(st ledger.Staff) ledger.Actor {
	return ledger.Actor{Role: st.Role, Key: st.Fingerprint}
}

// putMoved writes what a member of staff has moved today, if the rules have counted it.
func putMoved(tx books.Tx, st ledger.Staff) error {
	if st.Fingerprint == "" { // the service itself
		return nil
	}
	had, found, err := tx.Staff(st.Fingerprint)
	if err != nil || !found {
		return err
	}
	had.Day, had.Moved = st.Day, st.Moved
	return tx.PutStaff(had)
}

// appendStaffAct writes an act of staff that moves no money. Whatever staff do is in the journal with the key that did
// it.
func appendStaffAct(
	tx books.Tx, st ledger.Staff, kind ledger.Kind, v ledger.VendorID, c ledger.Change, at time.Time,
) error {
	_, err := tx.Append(ledger.Entry{At: at, Kind: kind, Actor: staffActor(st), Vendor: v, Change: &c})
	return err
}

// staffRoles are the roles that an operator can give, with their words in the journal. None ends a role.
var staffRoles = map[ledger.Role]string{
	ledger.RoleNone: "none", ledger.RoleRep: "representative", ledger.RoleOperator: "operator",
}

// walletNamed returns whose wallet has a handle. It refuses with ErrNotFound.
func walletNamed(r books.Reader, handle string) (ledger.UserID, error) {
	id, found, err := r.UserByHandle(handle)
	if err == nil && !found {
		err = ledger.RefuseNotFound("wallet")
	}
	return id, err
}

// staffRecord is what is known of a key of staff after it was given a role, and the word for the role before. Adding a
// key again keeps the day of its first role, its name if none comes with it, its wallet and the sum of the day.
func staffRecord(
	r books.Reader, given ledger.Staff, wallet string, at time.Time,
) (added ledger.Staff, old string, err error) {
	had, found, err := r.Staff(given.Fingerprint)
	if err != nil {
		return added, "", err
	}
	live := found && had.Ended.IsZero()
	if !live && given.Role == ledger.RoleNone {
		return added, "", ledger.Refuse(
			ledger.ErrNotFound, "See the journal for the keys of staff.", "This key has no role.",
		)
	}
	added, old = had, staffRoles[ledger.RoleNone]
	added.Fingerprint, added.Name = given.Fingerprint, cmp.Or(given.Name, had.Name)
	if live {
		old = staffRoles[had.Role]
	} else {
		added.Added = at
	}
	if given.Role == ledger.RoleNone {
		added.Ended = at
	} else {
		added.Role, added.Ended = given.Role, time.Time{}
	}
	if wallet != "" {
		added.Wallet, err = walletNamed(r, wallet)
	}
	return added, old, err
}

// StaffAdd gives a key a role as staff, RoleNone ends it. Operators do not end their own role, so one always stays.
// wallet is the handle of the person's own wallet: staff never act on it, and two keys with one wallet are one person.
// Without it the one stays that was named before.
//
// It refuses with ErrInvalid what is no key, with ErrNotFound an unknown wallet and the end of a role that is not
// there, and with ErrNotAllowed a caller who is no operator.
func (s *Server) StaffAdd(
	ctx context.Context, who view.Caller, key string, role ledger.Role, wallet string,
) (shown view.Staff, err error) {
	fingerprint, name, err := ledger.ParsePublicKey(key)
	if err != nil {
		return shown, err
	}
	if _, known := staffRoles[role]; !known {
		return shown, ledger.Invalid("role", "Say rep or operator.", "Staff are representatives or operators.")
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "staff add", func(tx books.Tx, st ledger.Staff) (err error) {
		if fingerprint == st.Fingerprint && role != ledger.RoleOperator {
			return ledger.Refuse(ledger.ErrNotAllowed, "Ask another operator.", "Operators do not end their own role.")
		}
		added, old, err := staffRecord(tx.Reader, ledger.Staff{Fingerprint: fingerprint, Name: name, Role: role}, wallet, at)
		if err != nil {
			return err
		}
		shown = view.StaffOf(added)
		if err := tx.PutStaff(added); err != nil {
			return err
		}
		c := ledger.Change{Name: "staff " + fingerprint, Old: old, New: staffRoles[role]}
		if wallet != "" {
			c.New += ", wallet " + wallet
		}
		return appendStaffAct(tx, st, ledger.KindStaff, 0, c, at)
	})
	if err != nil {
		return view.Staff{}, err
	}
	// A session of this key that is open now becomes one of staff, or stops being one, without a new log-in.
	s.notifier.also(topicKey(fingerprint), topicDesk)
	s.notifier.wake(topicKey(fingerprint), topicDesk)
	return shown, nil
}

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

// look is that a member of staff saw something of a wallet on a day.
type look struct {
	key, act string
	user     ledger.UserID
	day      int64
}

// looked writes down whose wallets a member of staff has just been shown, once a day for each.
func (s *Server) looked(ctx context.Context, st ledger.Staff, act string, users []ledger.UserID, at time.Time) error {
	var fresh []look
	s.looks.mu.Lock()
	for _, u := range users {
		l := look{st.Fingerprint, act, u, at.Unix() / int64(24*time.Hour/time.Second)}
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
			a := books.StaffAct{At: at, Key: l.key, Role: st.Role, Act: act, User: l.user}
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

// logAct writes a line for an act of staff that has written entries to the journal, and names the last of them.
func logAct(tx books.Tx, st ledger.Staff, act string, before ledger.EntryNo, at time.Time) error {
	head, _, err := tx.Head()
	if err != nil || head == before {
		return err
	}
	return tx.PutStaffAct(books.StaffAct{At: at, Key: st.Fingerprint, Role: st.Role, Act: act, Entry: head})
}

// StaffLog lists what staff did and looked at, newest first. It refuses with ErrNotAllowed a caller who is no operator,
// and with ErrInvalid an unknown cursor.
func (s *Server) StaffLog(
	ctx context.Context, who view.Caller, q view.Paging,
) (page view.Page[view.StaffAct], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		page = view.Page[view.StaffAct]{}
		list, err := r.StaffActs(before, q.Rows()+1)
		if err != nil {
			return err
		}
		for i, a := range list {
			if i == q.Rows() {
				page.Next = history.CloseCursor(s.seal, list[i-1].No)
				break
			}
			v, err := staffActView(r, a)
			if err != nil {
				return err
			}
			page.Data = append(page.Data, v)
		}
		return nil
	})
	return page, err
}

// staffActView shows a line of the staff log with the names of who acted and whose wallet it was.
func staffActView(r books.Reader, a books.StaffAct) (v view.StaffAct, err error) {
	st, _, err := r.Staff(a.Key)
	if err != nil {
		return v, err
	}
	v = view.StaffAct{At: view.At(a.At), Key: a.Key, Name: st.Name, Role: a.Role, Act: a.Act}
	user := a.User
	if a.Entry != 0 {
		e, _, err := r.Entry(a.Entry)
		if err != nil {
			return v, err
		}
		if user = e.User; e.Change != nil {
			v.Note = e.Change.Name + ": " + e.Change.New
		}
		if e.Amount.Micros != 0 {
			v.Note = fmt.Sprintf("%s, entry %d", e.Amount, a.Entry)
		}
	}
	if user != 0 {
		u, _, err := r.User(user)
		v.Handle = u.Handle
		return v, err
	}
	return v, nil
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

// deskList reads a list of the desk for a member of staff, and writes down whose wallets were seen in it.
func deskList[V any](
	ctx context.Context, s *Server, who view.Caller, act string,
	read func(r books.Reader, saw func(ledger.UserID)) (view.Page[V], error),
) (page view.Page[V], err error) {
	at := s.clock()
	var me ledger.Staff
	var seen []ledger.UserID
	err = s.viewStaff(ctx, who, deskRoles, func(r books.Reader, st ledger.Staff) (err error) {
		me, seen = st, nil
		page, err = read(r, func(u ledger.UserID) { seen = append(seen, u) })
		return err
	})
	if err != nil {
		return page, err
	}
	return page, s.looked(ctx, me, act, seen, at)
}

// deskWalk bounds how many rows of a queue one page looks at; a search goes on from there.
const deskWalk = 1000

// deskPage makes a page of a queue that more reads in its order, behind a row: those rows that show lets through. place
// is the cursor of a row and its date. The next page begins behind a row that was looked at, whatever has left the
// queue meanwhile.
func deskPage[T, V any](
	q view.DeskQuery, behind T, more func(behind T, limit int) ([]T, error),
	show func(T) (one V, shown bool, err error), place func(T) (view.Cursor, time.Time),
) (page view.Page[V], err error) {
	for looked := 0; ; {
		rows, err := more(behind, duePage)
		if err != nil {
			return page, err
		}
		for i, row := range rows {
			one, shown, err := show(row)
			if err != nil {
				return page, err
			}
			if shown && len(page.Data) == q.Rows() { // one too many: so there is a following page
				page.Next, _ = place(behind)
				return page, nil
			}
			if shown {
				page.Data = append(page.Data, one)
			}
			looked, behind = looked+1, row
			last := i == len(rows)-1 && len(rows) < duePage
			if cursor, at := place(row); looked == deskWalk && !last {
				page.Next, page.Searched = cursor, view.At(at)
				return page, nil
			}
		}
		if len(rows) < duePage {
			return page, nil
		}
	}
}

// holds tells whether one of the texts of a row has what is searched for, in any case; nothing is in every row.
func holds(search string, texts ...string) bool {
	search = strings.ToLower(strings.TrimSpace(search))
	for _, t := range texts {
		if strings.Contains(strings.ToLower(t), search) {
			return true
		}
	}
	return search == ""
}
