package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// maxTitle bounds the name of a vendor for people, in characters: it stands in a line of a screen beside an amount.
const maxTitle = 80

// VendorCreate opens a vendor. The operator knows who it is, so the origin counts as verified at once. The API key is
// shown this once and kept as a hash. It refuses with ErrInvalid a name or an origin that cannot be, with ErrState a
// name that is taken, and with ErrNotAllowed a caller who is no operator.
func (s *Server) VendorCreate(
	ctx context.Context, who view.Caller, q view.VendorRequest,
) (k view.VendorKey, err error) {
	if err := ledger.CheckVendorName(q.Name); err != nil {
		return k, err
	}
	origin := ""
	if q.Origin != "" {
		if origin, err = ledger.CheckOrigin(q.Origin); err != nil {
			return k, err
		}
	}
	// A vendor without a title is shown by its name.
	title := ledger.CleanLine(q.Title, maxTitle)
	if title == "" {
		title = q.Name
	}
	at := s.clock()
	key, made, err := s.newAPIKey(at)
	if err != nil {
		return k, err
	}
	err = s.updateStaff(ctx, who, operatorOnly, func(tx books.Tx, st ledger.Staff) (err error) {
		if err := nameIsFree(tx.Reader, q.Name); err != nil {
			return err
		}
		v := ledger.Vendor{
			Name: q.Name, Title: title, Status: ledger.VendorActive, Created: at, Keys: []ledger.APIKey{made},
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
		k = view.VendorKey{ID: s.seal.Vendor(v.ID), Name: v.Name, Origin: origin, Key: key}
		c := ledger.Change{Name: "vendor", New: v.Name + " " + origin}
		return appendStaffAct(tx, st, ledger.KindVendor, v.ID, c, at)
	})
	if err != nil {
		return view.VendorKey{}, err
	}
	s.notifier.wake(topicDesk)
	return k, nil
}

// nameIsFree refuses a name that another vendor has: people type it, so it means one vendor.
func nameIsFree(r books.Reader, name string) error {
	_, taken, err := r.VendorByName(name)
	if err == nil && taken {
		err = ledger.Refuse(
			ledger.ErrState, "Choose another name, or make a new key with: vendor key NAME.",
			"There is a vendor %s already.", name,
		)
	}
	return err
}

// VendorKey makes a new API key for a vendor; all earlier ones end at once. Keys that ended are kept as hashes, so that
// the journal can name them. It refuses with ErrNotFound an unknown vendor, and with ErrNotAllowed a caller who is no
// operator.
func (s *Server) VendorKey(ctx context.Context, who view.Caller, name string) (k view.VendorKey, err error) {
	at := s.clock()
	key, made, err := s.newAPIKey(at)
	if err != nil {
		return k, err
	}
	err = s.updateStaff(ctx, who, operatorOnly, func(tx books.Tx, st ledger.Staff) (err error) {
		v, err := s.vendorNamed(tx.Reader, name)
		if err != nil {
			return err
		}
		k = view.VendorKey{ID: s.seal.Vendor(v.ID), Name: v.Name, Origin: verifiedSite(v), Key: key}
		// All earlier keys end in the same commit: a key is replaced when it may be known to others.
		keys := make([]ledger.APIKey, 0, len(v.Keys)+1)
		for _, had := range v.Keys {
			if had.Ended.IsZero() {
				had.Ended = at
				k.Ended++
			}
			keys = append(keys, had)
		}
		v.Keys = append(keys, made)
		if err := tx.PutVendor(v); err != nil {
			return err
		}
		c := ledger.Change{Name: "api key", New: made.Hint}
		return appendStaffAct(tx, st, ledger.KindKeyAdded, v.ID, c, at)
	})
	if err != nil {
		return view.VendorKey{}, err
	}
	s.notifier.wake(topicDesk)
	return k, nil
}

// newAPIKey makes a key of a vendor, and what is kept of it. It is made before the transaction, which may run more than
// once.
func (s *Server) newAPIKey(at time.Time) (key string, kept ledger.APIKey, err error) {
	key, hash, hint, err := s.seal.APIKey(!s.house.Simulated)
	return key, ledger.APIKey{Hash: hash, Hint: hint, Created: at}, err
}

// vendorNamed returns the vendor with this name or sealed name. People type the name, programs have the sealed one. It
// refuses with ErrNotFound.
func (s *Server) vendorNamed(r books.Reader, name string) (ledger.Vendor, error) {
	id, err := s.seal.OpenVendor(name)
	found := err == nil
	if !found {
		if id, found, err = r.VendorByName(name); err != nil {
			return ledger.Vendor{}, err
		}
	}
	var v ledger.Vendor
	if found {
		if v, found, err = r.Vendor(id); err != nil {
			return v, err
		}
	}
	if !found {
		return v, ledger.Refuse(
			ledger.ErrNotFound, "Check the name.", "There is no vendor %q.", ledger.CleanLine(name, 40),
		)
	}
	return v, nil
}

// verifiedSites are the verified origins of a vendor. Only these may receive a browser or a grant (claim 28).
func verifiedSites(v ledger.Vendor) (all []string) {
	for _, o := range v.Origins {
		if !o.Verified.IsZero() {
			all = append(all, o.URL)
		}
	}
	return all
}

// verifiedSite is the first verified origin of a vendor, "" if it has none.
func verifiedSite(v ledger.Vendor) string {
	if all := verifiedSites(v); len(all) > 0 {
		return all[0]
	}
	return ""
}
