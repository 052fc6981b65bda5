package server

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Staff in a session read only, until they say that they want to act and why. The mode belongs to one connection of one
// key, is kept in memory, and ends when nothing was done in it for a while: a terminal that was left alone acts for
// nobody, and who comes back begins to read. A command line needs no mode, as it is one act that was typed as a whole;
// it says why beside.

const (
	// writeLife is for how long write mode lasts after the last act.
	writeLife = 15 * time.Minute
	// maxWriting bounds how many connections are remembered.
	maxWriting = 10_000
)

// connection is one connection of a key.
type connection struct{ key, remote string }

// writeMode is why staff act in a session, and until when.
type writeMode struct {
	why   ledger.StaffReason
	until time.Time
}

// writeModes are the sessions in write mode.
type writeModes struct {
	mu sync.Mutex
	on map[connection]writeMode
}

// set remembers a mode, and forgets those that are over.
func (w *writeModes) set(c connection, m writeMode, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.on == nil {
		w.on = map[connection]writeMode{}
	}
	maps.DeleteFunc(w.on, func(_ connection, m writeMode) bool { return !now.Before(m.until) })
	if len(w.on) >= maxWriting {
		return ledger.RefuseUnavailable(time.Minute)
	}
	w.on[c] = m
	return nil
}

func (w *writeModes) end(c connection) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.on, c)
}

// act returns why somebody acts in a session, and lets the mode go on from now. A mode that a clock has given which was
// ahead is over.
func (w *writeModes) act(c connection, now time.Time) (writeMode, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, on := w.on[c]
	if !on || !now.Before(m.until) || m.until.Sub(now) > 2*writeLife {
		delete(w.on, c)
		return m, false
	}
	m.until = now.Add(writeLife)
	w.on[c] = m
	return m, true
}

// actReasons are why an act is done if nobody says so: the first word of the command that fits.
var actReasons = map[string]string{
	"decide": "dispute", "deposit": "deposit", "receipt": "deposit", "freeze": "fraud", "thaw": "call", "vendor": "vendor",
}

// whyActs returns why staff act, for the log. It refuses with ErrNotAllowed a session that reads only, and with
// ErrInvalid a reason that is none. What only operators do is no work of the desk, and is confirmed where it is done.
func (s *Server) whyActs(who view.Caller, roles []ledger.Role, act string, at time.Time) (ledger.StaffReason, error) {
	why := who.Why
	if who.Session && slices.Contains(roles, ledger.RoleRep) {
		m, on := s.writing.act(connection{who.Fingerprint, who.Remote}, at)
		if !on {
			return why, ledger.Refuse(ledger.ErrNotAllowed, "Type: desk write on --reason CODE",
				"This session reads only. Say first that you want to act, and why.")
		}
		if why.Code == "" {
			return m.why, nil
		}
	}
	if why.Code == "" {
		first, _, _ := strings.Cut(act, " ")
		why.Code = cmp.Or(actReasons[first], "review")
	}
	return why.Check()
}

// WriteMode lets staff act in this session, or ends that. It ends by itself 15 minutes after the last act, and with the
// connection. It refuses with ErrState a command line, which needs no mode, with ErrInvalid a reason that is none of
// the list, and with ErrNotAllowed who is no staff.
func (s *Server) WriteMode(
	ctx context.Context, who view.Caller, on bool, why ledger.StaffReason,
) (m view.WriteMode, err error) {
	at := s.clock()
	if !who.Session {
		return m, ledger.Refuse(ledger.ErrState, "Add --why CODE to the command that acts.",
			"A command line is one act: it has no session to write in.")
	}
	c := connection{who.Fingerprint, who.Remote}
	if !on {
		s.writing.end(c)
		return m, s.viewStaff(ctx, who, deskRoles, func(books.Reader, ledger.Staff) error { return nil })
	}
	if why, err = why.Check(); err != nil {
		return m, err
	}
	err = s.update(ctx, func(tx books.Tx) error {
		st, err := requireStaff(tx.Reader, who, deskRoles)
		if err != nil {
			return err
		}
		return tx.PutStaffAct(books.StaffAct{At: at, Key: st.Fingerprint, Role: st.Role, Act: "desk write on", Why: why})
	})
	if err != nil {
		return m, err
	}
	until := at.Add(writeLife)
	if err := s.writing.set(c, writeMode{why, until}, at); err != nil {
		return m, err
	}
	return view.WriteMode{On: true, Reason: why.Code, Words: why.Words, Until: view.At(until)}, nil
}
