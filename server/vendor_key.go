package server

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// KeyUse is what a key of a vendor is used for.
type KeyUse struct {
	Scope string     // that the operation needs; "": only a full key suffices
	From  netip.Addr // of the client
}

// Authenticate is AuthenticateUse for what names no scope: only a full key suffices.
func (s *Server) Authenticate(ctx context.Context, bearer string) (*Seller, error) {
	return s.AuthenticateUse(ctx, bearer, KeyUse{})
}

// AuthenticateUse finds the vendor behind a bearer token, and judges what it is used for. It refuses with
// ErrUnauthenticated a key that is not known or over, with ErrNotAllowed a vendor that is suspended, and with
// ErrAddress and ErrScope what the key may not do. Keys of real and simulated services have different beginnings, so
// that one is never sent to the other by mistake unnoticed.
func (s *Server) AuthenticateUse(ctx context.Context, bearer string, use KeyUse) (*Seller, error) {
	mode := "k_live_"
	if s.house.Simulated {
		mode = "k_test_"
	}
	if len(bearer) > 128 || !strings.HasPrefix(bearer, "s"+mode) && !strings.HasPrefix(bearer, "r"+mode) {
		return nil, ledger.RefuseUnauthenticated()
	}
	// The books have hashes only, so a look-up by the hash is also the comparison.
	hash, at := seal.HashAPIKey(bearer), s.clock()
	var v ledger.Vendor
	err := s.view(ctx, func(r books.Reader) error {
		id, found, err := r.VendorByAPIKey(hash)
		if err != nil {
			return err
		}
		if !found {
			return ledger.RefuseUnauthenticated()
		}
		v, _, err = r.Vendor(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(v.Keys, func(k ledger.APIKey) bool { return k.Hash == hash })
	if i < 0 {
		return nil, ledger.RefuseUnauthenticated()
	}
	k := v.Keys[i]
	if strings.HasPrefix(bearer, "r") != k.Restricted() { // a key that has lost its scopes would be a full one
		return nil, ledger.RefuseUnauthenticated()
	}
	if err := k.Judge(use.Scope, use.From, at); err != nil {
		return nil, err
	}
	if v.Status != ledger.VendorActive {
		return nil, ledger.RefuseSuspended()
	}
	if _, unseen := k.UsedOn(at); unseen {
		s.noteKeyUse(ctx, v.ID, hash, at)
	}
	return &Seller{s: s, ID: v.ID, Hint: k.Hint, key: hash, needs: k.Needs}, nil
}

// noteKeyUse writes down that a restricted key was used today. It is tried once a day for each key: where nothing can
// be written, requests do not wait for it again.
func (s *Server) noteKeyUse(ctx context.Context, v ledger.VendorID, hash [32]byte, at time.Time) {
	day := at.UTC().Format(time.DateOnly)
	if tried, _ := s.keyUses.Swap(hash, day); tried == day {
		return
	}
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), noteUseWait) // a client that hangs up has used it
	defer done()
	_ = s.update(ctx, func(tx books.Tx) error {
		me, found, err := tx.Vendor(v)
		if err != nil || !found {
			return err
		}
		me.Keys = slices.Clone(me.Keys)
		for i, k := range me.Keys {
			if used, changed := k.UsedOn(at); changed && k.Hash == hash {
				me.Keys[i] = used
				return tx.PutVendor(me)
			}
		}
		return nil
	})
}

// ShopKeys lists the keys of a vendor with which its server calls, without their secrets, the newest first; those that
// are over for a while yet. It refuses with ErrNotAllowed who is no owner of the team.
func (s *Server) ShopKeys(ctx context.Context, who view.Caller) (all []view.APIKey, err error) {
	v, err := s.shop(ctx, who, ownsShop("shop keys"))
	if err != nil {
		return nil, err
	}
	at := s.clock()
	err = v.view(ctx, func(r books.Reader) error {
		me, err := v.record(r)
		for _, k := range slices.Backward(me.Keys) {
			if k.Live(at) || at.Sub(k.Over(at)) <= ledger.APIKeyKept {
				all = append(all, apiKeyView(k, at))
			}
		}
		return err
	})
	return all, err
}

// apiKeyView shows a key without its secret.
func apiKeyView(k ledger.APIKey, at time.Time) view.APIKey {
	shown := view.APIKey{
		Name: k.Name, Hint: k.Hint, Status: "live", Scopes: k.Scopes, Created: view.At(k.Created),
		Expires: view.At(k.Expires), Ended: view.At(k.Ended), LastUsed: k.Used,
		From: k.From,
	}
	if !k.Restricted() {
		shown.Name = "full"
	}
	switch {
	case !k.Ended.IsZero():
		shown.Status = "ended"
	case !k.Live(at):
		shown.Status = "expired"
	}
	return shown
}

// ShopKeyAdd makes a restricted key, whose secret is in this answer only. It refuses with ErrNotAllowed who is no owner
// of the team, and staff, with ErrInvalid what cannot be, with ErrState a name that is taken, and with ErrLimit one key
// too many.
func (s *Server) ShopKeyAdd(ctx context.Context, who view.Caller, q view.APIKeyOrder) (view.APIKey, error) {
	return s.changeAPIKeys(ctx, who, "shop key add", true, func(
		v ledger.Vendor, o ledger.APIKeyOrder, no ledger.EntryNo, at time.Time,
	) (ledger.APIKeyOutcome, error) {
		o.Name, o.Scopes, o.From, o.Days = q.Name, q.Scopes, q.From, q.Days
		return ledger.DecideAPIKey(v, o, no, at)
	})
}

// ShopKeyRoll gives a restricted key a new secret, which is in this answer only; the old one works too for the overlap.
// It refuses with ErrNotAllowed who is no owner of the team, and staff, with ErrNotFound what names no key, and with
// ErrInvalid an overlap of more than a day.
func (s *Server) ShopKeyRoll(
	ctx context.Context, who view.Caller, key string, overlap time.Duration,
) (view.APIKey, error) {
	return s.changeAPIKeys(ctx, who, "shop key roll", true, func(
		v ledger.Vendor, o ledger.APIKeyOrder, no ledger.EntryNo, at time.Time,
	) (ledger.APIKeyOutcome, error) {
		return ledger.DecideAPIKeyRoll(v, strings.TrimSpace(key), overlap, o, no, at)
	})
}

// ShopKeyEnd ends a restricted key at once. It refuses with ErrNotAllowed who is no owner of the team, and with
// ErrNotFound what names no key. It takes nothing of what the member may do: a key that others know is ended at any
// time.
func (s *Server) ShopKeyEnd(ctx context.Context, who view.Caller, key string) (view.APIKey, error) {
	return s.changeAPIKeys(ctx, who, "shop key end", false, func(
		v ledger.Vendor, o ledger.APIKeyOrder, no ledger.EntryNo, at time.Time,
	) (ledger.APIKeyOutcome, error) {
		return ledger.DecideAPIKeyEnd(v, strings.TrimSpace(key), o.Actor, no, at)
	})
}

// changeAPIKeys changes the restricted keys of the vendor of the caller. What makes a secret takes one of the acts of
// the caller, and is not for staff.
func (s *Server) changeAPIKeys(
	ctx context.Context, who view.Caller, words string, makes bool,
	decide func(ledger.Vendor, ledger.APIKeyOrder, ledger.EntryNo, time.Time) (ledger.APIKeyOutcome, error),
) (shown view.APIKey, err error) {
	at, act := s.clock(), ownsShop(words)
	mine, err := s.shop(ctx, who, act)
	if err != nil {
		return shown, err
	}
	o := ledger.APIKeyOrder{Actor: teamActor(who)}
	secret := ""
	if makes {
		if err := mine.takeRequest(); err != nil {
			return shown, err
		}
		if secret, o.Hash, o.Hint, err = s.seal.RestrictedKey(!s.house.Simulated); err != nil {
			return shown, err
		}
	}
	err = s.updateTeam(ctx, who, act, at, func(
		tx books.Tx, _ ledger.TeamMember, v ledger.Vendor, f ledger.TeamFacts,
	) error {
		if makes {
			if err := refuseStaffKey(tx.Reader, who); err != nil {
				return err
			}
		}
		out, err := decide(v, o, f.No, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		shown = apiKeyView(out.Key, at)
		return tx.PutVendor(out.Vendor)
	})
	if err != nil {
		return view.APIKey{}, err
	}
	shown.Secret = secret
	return shown, nil
}

// refuseStaffKey refuses with ErrNotAllowed a member of a team who is known to be of the staff: no one of them makes a
// key with which the server of a vendor acts.
func refuseStaffKey(r books.Reader, who view.Caller) error {
	all, err := r.AllStaff()
	if err != nil {
		return err
	}
	for _, st := range all {
		if !st.Ended.IsZero() {
			continue
		}
		keys, err := staffKeys(r, st)
		if err != nil {
			return err
		}
		if slices.Contains(keys, who.Fingerprint) {
			return ledger.RefuseOwnVendor()
		}
	}
	return nil
}
