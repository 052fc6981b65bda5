package server

import (
	"context"
	"slices"
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
		return st, nil
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

// viewStaff runs fn on a snapshot of the books for a caller with one of the roles, and refuses others. Staff have no
// budget of rows: what others announce must not keep the desk from reading it.
func (s *Server) viewStaff(
	ctx context.Context, who view.Caller, roles []ledger.Role, fn func(books.Reader) error,
) error {
	return s.view(ctx, func(r books.Reader) error {
		if _, err := requireStaff(r, who, roles); err != nil {
			return err
		}
		return fn(r)
	})
}

// updateStaff runs fn as one transaction for a caller with one of the roles, and refuses others. fn may run more than
// once.
func (s *Server) updateStaff(
	ctx context.Context, who view.Caller, roles []ledger.Role, fn func(books.Tx, ledger.Staff) error,
) error {
	return s.update(ctx, func(tx books.Tx) error {
		st, err := requireStaff(tx.Reader, who, roles)
		if err != nil {
			return err
		}
		return fn(tx, st)
	})
}

// staffActor is the actor of what staff do.
func staffActor(st ledger.Staff) ledger.Actor {
	return ledger.Actor{Role: st.Role, Key: st.Fingerprint}
}

// refuseOwn refuses staff who act on a wallet that their own key opens, or has opened. No one decides about the own
// money.
func refuseOwn(u ledger.User, st ledger.Staff) error {
	if slices.ContainsFunc(u.Keys, func(m ledger.Member) bool { return m.Fingerprint == st.Fingerprint }) {
		return ledger.RefuseOwn()
	}
	return nil
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

// StaffAdd gives a key a role as staff, RoleNone ends it. Operators do not end their own role, so one always stays.
//
// It refuses with ErrInvalid what is no key, with ErrNotFound the end of a role that is not there, and with
// ErrNotAllowed a caller who is no operator.
func (s *Server) StaffAdd(
	ctx context.Context, who view.Caller, key string, role ledger.Role,
) (shown view.Staff, err error) {
	fingerprint, name, err := ledger.ParsePublicKey(key)
	if err != nil {
		return shown, err
	}
	if _, known := staffRoles[role]; !known {
		return shown, ledger.Invalid("role", "Say rep or operator.", "Staff are representatives or operators.")
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, func(tx books.Tx, st ledger.Staff) (err error) {
		if fingerprint == st.Fingerprint && role != ledger.RoleOperator {
			return ledger.Refuse(ledger.ErrNotAllowed, "Ask another operator.", "Operators do not end their own role.")
		}
		had, found, err := tx.Staff(fingerprint)
		if err != nil {
			return err
		}
		// Adding a key again keeps the day of its first role, and its name if none comes with it.
		live := found && had.Ended.IsZero()
		added := ledger.Staff{Fingerprint: fingerprint, Name: name, Role: role, Added: at}
		old := staffRoles[ledger.RoleNone]
		if live {
			old, added.Added = staffRoles[had.Role], had.Added
		}
		if name == "" {
			added.Name = had.Name
		}
		if role == ledger.RoleNone {
			if !live {
				return ledger.Refuse(ledger.ErrNotFound, "See the journal for the keys of staff.", "This key has no role.")
			}
			added.Role, added.Ended = had.Role, at
		}
		shown = view.StaffOf(added)
		if err := tx.PutStaff(added); err != nil {
			return err
		}
		c := ledger.Change{Name: "staff " + fingerprint, Old: old, New: staffRoles[role]}
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
