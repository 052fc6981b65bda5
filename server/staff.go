package server

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
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
	why, err := s.whyActs(who, roles, act, at)
	if err != nil {
		return s.refusedStaff(who, act, err)
	}
	err = s.update(ctx, func(tx books.Tx) error {
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
		if err := refuseOwnVendor(tx, st, before); err != nil {
			return err
		}
		return logAct(tx, st, act, why, before, at)
	})
	return s.refusedStaff(who, act, err)
}

// refusedStaff writes a line of the log where somebody tried at the desk what is not allowed, or is above a bound, and
// returns the refusal. A slip of the pen is none.
func (s *Server) refusedStaff(who view.Caller, act string, err error) error {
	if errors.Is(err, ledger.ErrNotAllowed) || errors.Is(err, ledger.ErrLimit) {
		s.log.Warn("refused at the desk", "act", act, "key", who.Fingerprint, "code", ledger.Code(err))
	}
	return err
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
			ledger.ErrNotFound, "See the keys of staff with: staff list.", "This key has no role.",
		)
	}
	added, old = had, staffRoles[ledger.RoleNone]
	added.Fingerprint, added.Name = given.Fingerprint, cmp.Or(given.Name, had.Name)
	if live {
		old = staffRoles[had.Role]
	}
	if wallet != "" {
		if added.Wallet, err = walletNamed(r, wallet); err != nil {
			return added, old, err
		}
	}
	if given.Role == ledger.RoleNone {
		added.Ended = at
		return added, old, nil
	}
	// A key with another role, or of another person, is a new one: it is no second operator yet.
	if !live || had.Role != given.Role || had.Wallet != added.Wallet {
		added.Added = at
	}
	added.Role, added.Ended = given.Role, time.Time{}
	return added, old, nil
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
		if role != ledger.RoleNone {
			if err := mayOpen(tx.Reader, fingerprint); err != nil {
				return err
			}
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

// StaffList lists who works for the service and who has, the operator who began first. It refuses with ErrNotAllowed a
// caller who is no operator.
func (s *Server) StaffList(ctx context.Context, who view.Caller) (page view.Page[view.Staff], err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		all, err := r.AllStaff()
		if err != nil {
			return err
		}
		slices.SortStableFunc(all, func(a, b ledger.Staff) int { return a.Added.Compare(b.Added) })
		page = view.Page[view.Staff]{}
		for _, st := range all {
			shown := view.StaffOf(st)
			if st.Wallet != 0 {
				u, _, err := r.User(st.Wallet)
				if err != nil {
					return err
				}
				shown.Handle = u.Handle
			}
			page.Data = append(page.Data, shown)
		}
		return nil
	})
	return page, err
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
	return page, s.looked(ctx, me, lookedAt{act: act, last: 24 * time.Hour}, seen, at)
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
