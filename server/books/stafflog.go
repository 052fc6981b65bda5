package books

import (
	"context"
	"time"

	"tuppence/server/ledger"
)

// StaffAct is one line of the staff log: what a member of staff did, or whose wallet was looked at.
type StaffAct struct {
	No     uint64
	At     time.Time
	Key    string // fingerprint of the member of staff
	Role   ledger.Role
	Act    string          // the words of the command
	Vendor ledger.VendorID // for whom the key acted as a member of its team, 0 for staff
	User   ledger.UserID   // whose wallet was looked at; 0: see the entry
	Entry  ledger.EntryNo  // what the act wrote in the journal; 0: nothing, it was a look
	// Why is the reason that was given: a code of [ledger.StaffReasons] and free words.
	Why ledger.StaffReason
}

// staffActRow is written once.
type staffActRow struct {
	No     uint64          `cbor:"1,keyasint,omitempty"`
	At     instant         `cbor:"2,keyasint,omitempty"`
	Key    string          `cbor:"3,keyasint,omitempty"`
	Role   ledger.Role     `cbor:"4,keyasint,omitempty"`
	Act    string          `cbor:"5,keyasint,omitempty"`
	User   ledger.UserID   `cbor:"6,keyasint,omitempty"`
	Entry  ledger.EntryNo  `cbor:"7,keyasint,omitempty"`
	Code   string          `cbor:"8,keyasint,omitempty" since:"2"`
	Words  string          `cbor:"9,keyasint,omitempty" since:"2"`
	Vendor ledger.VendorID `cbor:"10,keyasint,omitempty" since:"2"`
}

var staffActs = codec[StaffAct, staffActRow]{
	writtenOnce: true,
	pack: func(a StaffAct) staffActRow {
		return staffActRow{
			No: a.No, At: pack(a.At), Key: a.Key, Role: a.Role, Act: a.Act, User: a.User, Entry: a.Entry,
			Code: a.Why.Code, Words: a.Why.Words, Vendor: a.Vendor,
		}
	},
	unpack: func(r staffActRow) StaffAct {
		return StaffAct{
			No: r.No, At: r.At.time(), Key: r.Key, Role: r.Role, Act: r.Act, User: r.User, Entry: r.Entry,
			Why: ledger.StaffReason{Code: r.Code, Words: r.Words}, Vendor: r.Vendor,
		}
	},
}

// StaffActs reads the staff log before a number (0: from the newest), newest first, at most limit lines of it (0: all).
func (r Reader) StaffActs(before uint64, limit int) ([]StaffAct, error) {
	to := after(key(tStaffAct))
	if before > 0 {
		to = key(tStaffAct, before)
	}
	return scan(r, key(tStaffAct), to, true, limit, staffActs.decode)
}

// Looks reads the looks of staff at a wallet before a number (0: from the newest), newest first.
func (r Reader) Looks(u ledger.UserID, before uint64, limit int) ([]StaffAct, error) {
	to := after(key(tLook, u))
	if before > 0 {
		to = key(tLook, u, before)
	}
	return scan(r, key(tLook, u), to, true, limit, deref(r, staffActs))
}

// TeamActs reads what the team of a vendor did before a number (0: from the newest), newest first, at the cost of what
// is read: what others did costs nothing.
func (r Reader) TeamActs(v ledger.VendorID, before uint64, limit int) ([]StaffAct, error) {
	to := after(key(tOpen, teamActs, v))
	if before > 0 {
		to = key(tOpen, teamActs, v, before)
	}
	return scan(r, key(tOpen, teamActs, v), to, true, limit, deref(r, staffActs))
}

// OldestStaffAct reads the oldest line of the staff log.
func (r Reader) OldestStaffAct() (a StaffAct, found bool, err error) {
	first, err := scan(r, key(tStaffAct), after(key(tStaffAct)), false, 1, staffActs.decode)
	if len(first) > 0 {
		a = first[0]
	}
	return a, len(first) > 0, err
}

// PutStaffAct writes the next line of the staff log, and gives it its number. A look is found by the owner of the
// wallet, too, and what a team did by its vendor.
func (t Tx) PutStaffAct(a StaffAct) error {
	var err error
	if a.No, err = next[uint64](t, "staff act"); err != nil {
		return err
	}
	return putIndexed(t, key(tStaffAct, a.No), staffActs, a, staffActIndexes)
}

// ForgetStaffActs deletes the oldest lines of the staff log that were written before an instant, at most limit of them.
func (t Tx) ForgetStaffActs(before time.Time, limit int) error {
	oldest, err := scan(t.Reader, key(tStaffAct), after(key(tStaffAct)), false, limit, staffActs.decode)
	if err != nil {
		return err
	}
	for _, a := range oldest {
		if !a.At.Before(before) {
			return nil
		}
		for _, k := range append(staffActIndexes(a), key(tStaffAct, a.No)) {
			if err := t.tx.Delete(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// staffLog checks that each line of the staff log stands in its place and names an act of the same key in the journal,
// of a team one about its vendor.
func (a *auditor) staffLog(ctx context.Context) error {
	at := func(l StaffAct) []byte { return key(tStaffAct, l.No) }
	return rows(ctx, a, tStaffAct, staffActs, at, func(_ []byte, l StaffAct) error {
		if l.Entry == 0 {
			return nil
		}
		e, found, err := a.entryAt(l.Entry)
		if err == nil && (!found || e.Actor.Key != l.Key) {
			a.find(rowsEqual, "line %d of the staff log names entry %d, which %s has not written", l.No, l.Entry, l.Key)
		} else if err == nil && l.Vendor != 0 && e.Vendor != l.Vendor {
			a.find(rowsEqual, "line %d of the staff log is of the team of vendor %d, and entry %d is not about that", l.No,
				l.Vendor, l.Entry)
		}
		return err
	})
}
