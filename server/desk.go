package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// VendorCreate opens a vendor. The operator knows who it is, so the origin counts as verified at once. The API key is
// answered this once and kept as a hash.
func (s *Server) VendorCreate(ctx context.Context, who ledger.Caller, q ledger.VendorRequest) (k ledger.VendorKey, err error) {
	if err := ledger.CheckVendorName(q.Name); err != nil {
		return k, err
	}
	origin := ""
	if q.Origin != "" {
		if origin, err = ledger.CheckOrigin(q.Origin); err != nil {
			return k, err
		}
	}
	title := ledger.CleanLine(q.Title, maxTitle)
	if title == "" {
		title = q.Name
	}
	key, hash, hint, err := s.seal.APIKey(!s.house.Simulated)
	if err != nil {
		return k, err
	}
	at := s.clock()
	err = s.update(ctx, func(tx books.Tx) error {
		st, err := staffed(tx.Reader, who, ledger.RoleOperator)
		if err != nil {
			return err
		}
		if _, taken, err := tx.VendorByName(q.Name); err != nil {
			return err
		} else if taken {
			return ledger.Refuse(ledger.ErrState, "Choose another name, or make a new key with: vendor key NAME.", "There is a vendor %s already.", q.Name)
		}
		v := ledger.Vendor{
			Name: q.Name, Title: title, Status: ledger.VendorActive, Created: at,
			Keys: []ledger.APIKey{{Hash: hash, Hint: hint, Created: at}},
		}
		if origin != "" {
			v.Origins = []ledger.Origin{{URL: origin, Verified: at}}
		}
		if v.ID, err = tx.NextVendor(); err != nil {
			return err
		}
		if err := tx.PutVendor(v); err != nil {
			return err
		}
		k = ledger.VendorKey{ID: s.seal.Vendor(v.ID), Name: v.Name, Origin: origin, Key: key}
		return deskEntry(tx, st, ledger.KindVendor, v.ID, ledger.Change{Name: "vendor", New: v.Name + " " + origin}, at)
	})
	if err != nil {
		return ledger.VendorKey{}, err
	}
	s.hub.wake(topicDesk)
	return k, nil
}

// maxTitle bounds the name of a vendor for people, in characters.
const maxTitle = 80

// VendorKey makes a new API key for a vendor; all earlier ones end at once.
func (s *Server) VendorKey(ctx context.Context, who ledger.Caller, name string) (k ledger.VendorKey, err error) {
	key, hash, hint, err := s.seal.APIKey(!s.house.Simulated)
	if err != nil {
		return k, err
	}
	at := s.clock()
	err = s.update(ctx, func(tx books.Tx) error {
		st, err := staffed(tx.Reader, who, ledger.RoleOperator)
		if err != nil {
			return err
		}
		v, err := s.vendorNamed(tx.Reader, name)
		if err != nil {
			return err
		}
		k = ledger.VendorKey{ID: s.seal.Vendor(v.ID), Name: v.Name, Origin: site(v), Key: key}
		keys := make([]ledger.APIKey, 0, len(v.Keys)+1)
		for _, had := range v.Keys {
			if had.Ended.IsZero() {
				had.Ended = at
				k.Ended++
			}
			keys = append(keys, had)
		}
		v.Keys = append(keys, ledger.APIKey{Hash: hash, Hint: hint, Created: at})
		if err := tx.PutVendor(v); err != nil {
			return err
		}
		return deskEntry(tx, st, ledger.KindKeyAdded, v.ID, ledger.Change{Name: "api key", New: hint}, at)
	})
	if err != nil {
		return ledger.VendorKey{}, err
	}
	s.hub.wake(topicDesk)
	return k, nil
}

// deskEntry writes an act of staff that moves no money.
func deskEntry(tx books.Tx, st ledger.Staff, kind ledger.Kind, v ledger.VendorID, c ledger.Change, at time.Time) error {
	_, err := tx.Append(ledger.Entry{At: at, Kind: kind, Actor: acted(st), Vendor: v, Change: &c})
	return err
}

// StaffAdd gives a key a role in the house, RoleNone ends it. The operator who is the last one stays.
func (s *Server) StaffAdd(ctx context.Context, who ledger.Caller, key string, role ledger.Role) (added ledger.Staff, err error) {
	fingerprint, name, err := ParseKey(key)
	if err != nil {
		return added, err
	}
	words := map[ledger.Role]string{ledger.RoleNone: "none", ledger.RoleRep: "representative", ledger.RoleOperator: "operator"}
	word, known := words[role]
	if !known {
		return added, ledger.Invalid("role", "Say rep or operator.", "Staff are representatives or operators.")
	}
	at := s.clock()
	err = s.update(ctx, func(tx books.Tx) error {
		st, err := staffed(tx.Reader, who, ledger.RoleOperator)
		if err != nil {
			return err
		}
		had, found, err := tx.Staff(fingerprint)
		if err != nil {
			return err
		}
		if fingerprint == st.Fingerprint && role != ledger.RoleOperator {
			return ledger.Refuse(ledger.ErrNotAllowed, "Ask another operator.", "Operators do not end their own role.")
		}
		old := "none"
		added = ledger.Staff{Fingerprint: fingerprint, Name: name, Role: role, Added: at}
		if found && had.Ended.IsZero() {
			old, added.Added = words[had.Role], had.Added
		}
		if name == "" {
			added.Name = had.Name
		}
		if role == ledger.RoleNone {
			if !found || !had.Ended.IsZero() {
				return ledger.Refuse(ledger.ErrNotFound, "See the journal for the keys of staff.", "This key has no role.")
			}
			added.Role, added.Ended = had.Role, at
		}
		if err := tx.PutStaff(added); err != nil {
			return err
		}
		return deskEntry(tx, st, ledger.KindStaff, 0, ledger.Change{Name: "staff " + fingerprint, Old: old, New: word}, at)
	})
	if err != nil {
		return ledger.Staff{}, err
	}
	s.hub.also(topicKey(fingerprint), topicDesk)
	s.hub.wake(topicKey(fingerprint), topicDesk)
	return added, nil
}
