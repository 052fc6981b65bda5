package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A restore leaves behind what happened after the backup. Orders may have left by then of which the restored books know
// nothing: they would be made once more, under other names, and neither a bank nor a gateway could tell that they are
// the same. So after a restore no order leaves in a file or to the gateway before an operator has compared. What was on
// its way in the backup has the name that it had, and goes on.

// resumedMeta is the name under which the books remember of which restore an operator has said so: its number, and why.
const resumedMeta = "orders after a restore"

// restoredAndClosed tells whether orders wait because of the newest restore.
func (s *Server) restoredAndClosed(r books.Reader) (bool, error) {
	g := s.generation()
	if g.No == 0 {
		return false, nil
	}
	had, _, err := r.Meta(resumedMeta)
	number, _, _ := strings.Cut(string(had), " ")
	return number != strconv.Itoa(int(g.No)), err
}

// refuseRestored refuses with ErrState to let orders leave that may have left before the restore.
func (s *Server) refuseRestored(r books.Reader) error {
	closed, err := s.restoredAndClosed(r)
	if err != nil || !closed {
		return err
	}
	return ledger.Refuse(ledger.ErrState,
		"Compare with the bank, the billers and the gateway what left since, as OPERATING.md says. Then: bank resume",
		"The books were restored at %s: what left after their backup is not known here.", restoredAt(s.generation()))
}

func restoredAt(g ledger.Generation) string { return g.At.UTC().Format("2006-01-02 15:04 MST") }

// BankResume says that an operator has compared what left after the backup of the newest restore: from then on orders
// leave again. It refuses with ErrNotAllowed a caller who is no operator, with ErrState books that were not restored,
// or for which it was said, and with ErrInvalid no reason.
func (s *Server) BankResume(ctx context.Context, who view.Caller, reason string) (v view.Resumed, err error) {
	at, g := s.clock(), s.generation()
	if err = ledger.CheckLength("reason", reason, 200); err != nil {
		return v, err
	}
	if reason = strings.TrimSpace(ledger.CleanText(reason, 200)); reason == "" {
		return v, ledger.Invalid("reason", "Say what you have found.", "The reason is missing.")
	}
	err = s.updateStaff(ctx, who, operatorOnly, "bank resume", func(tx books.Tx, st ledger.Staff) error {
		closed, err := s.restoredAndClosed(tx.Reader)
		if err != nil {
			return err
		}
		if !closed {
			return ledger.Refuse(ledger.ErrState, "Go on with: payouts submit", "No orders wait because of a restore.")
		}
		kept := strconv.Itoa(int(g.No)) + " " + at.Format(time.RFC3339) + " " + st.Fingerprint + " " + reason
		if err := tx.PutMeta(resumedMeta, []byte(kept)); err != nil {
			return err
		}
		v = view.Resumed{Restored: view.At(g.At), Restores: uint64(g.No), Resumed: view.At(at), Reason: reason}
		return tx.PutStaffAct(books.StaffAct{At: at, Key: st.Fingerprint, Role: st.Role, Act: "bank resume"})
	})
	return v, err
}
