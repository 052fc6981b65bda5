package commandtest

import (
	"context"
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// KeyCode is the code by which a key is added to the wallet of [Ada].
const KeyCode = "K-7NVPC-3DJ9H-J2XW4"

// keys are two: the one that Ada uses, and a phone that was added yesterday.
func keys() view.KeyRing {
	return view.KeyRing{Keys: []view.Key{
		{Fingerprint: Ada.Fingerprint, Name: "laptop", Added: at(3, 9, 12), LastUsed: "2026-11-24", Here: true},
		{
			Fingerprint: "SHA256:phone2pb8mR7vJ2kWq8xTz5cYbHs3LdEf6GpNiOaVuQ", Name: "phone", Added: at(24, 8, 0),
			LastUsed: "2026-11-23", NewUntil: at(25, 8, 0),
		},
	}, Browsers: []view.Browser{{
		ID: "brw_3k9x2m7qhc5v0tz8wj4pn6rdsy", Vendor: "smallhours", Key: Ada.Fingerprint, Added: at(20, 18, 4),
		Until: after(180 * 24 * time.Hour),
	}}}
}

// ring is a copy of the keys. The lock is held.
func (s *Service) ring() view.KeyRing {
	r := s.Data.Keys
	r.Keys, r.Browsers = slices.Clone(r.Keys), slices.Clone(r.Browsers)
	return r
}

// keyNamed is the place of a key. The lock is held.
func (s *Service) keyNamed(key string) (int, error) {
	i := slices.IndexFunc(s.Data.Keys.Keys, func(k view.Key) bool { return k.Name == key || k.Fingerprint == key })
	if i < 0 {
		return 0, noSuch("key", key)
	}
	return i, nil
}

// Keys returns the keys of the wallet.
func (s *Service) Keys(context.Context, view.Caller) (view.KeyRing, error) {
	return call(s, "Keys", func() (view.KeyRing, error) { return s.ring(), nil })
}

// NameKey names a key.
func (s *Service) NameKey(_ context.Context, _ view.Caller, key, name string) (view.KeyRing, error) {
	return call(s, "NameKey", func() (view.KeyRing, error) {
		i, err := s.keyNamed(key)
		if err != nil {
			return view.KeyRing{}, err
		}
		s.Data.Keys.Keys[i].Name = name
		s.wake()
		return s.ring(), nil
	})
}

// AddKey gives [KeyCode].
func (s *Service) AddKey(context.Context, view.Caller) (view.KeyCode, error) {
	return call(s, "AddKey", func() (view.KeyCode, error) {
		return view.KeyCode{Code: KeyCode, Expires: after(10 * time.Minute)}, nil
	})
}

// JoinKey knows [KeyCode].
func (s *Service) JoinKey(_ context.Context, who view.Caller, code, name string) (view.Identity, error) {
	return call(s, "JoinKey", func() (view.Identity, error) {
		switch {
		case code != KeyCode:
			return view.Identity{}, ledger.RefuseKeyCode()
		case s.Data.People[who.Fingerprint].Role != ledger.RoleNone:
			return view.Identity{}, ledger.Refuse(ledger.ErrState, "Type: whoami", "This key has a wallet already.")
		}
		id := s.Data.People[Ada.Fingerprint]
		id.NewUntil = after(24 * time.Hour)
		s.Data.People[who.Fingerprint] = id
		s.Data.Keys.Keys = append(s.Data.Keys.Keys, view.Key{
			Fingerprint: who.Fingerprint, Name: name, Added: after(0), NewUntil: after(24 * time.Hour),
		})
		s.wake()
		return id, nil
	})
}

// EndKey ends a key, and never the last one.
func (s *Service) EndKey(_ context.Context, _ view.Caller, key string) (view.KeyRing, error) {
	return call(s, "EndKey", func() (view.KeyRing, error) {
		i, err := s.keyNamed(key)
		if err != nil {
			return view.KeyRing{}, err
		}
		if len(s.Data.Keys.Keys) == 1 {
			return view.KeyRing{}, ledger.Refuse(
				ledger.ErrState, "Add another key first: keys add.", "The last key of a wallet does not end.",
			)
		}
		s.Data.Keys.Keys = slices.Delete(s.ring().Keys, i, i+1)
		s.wake()
		return s.ring(), nil
	})
}

// ForgetBrowser forgets a browser.
func (s *Service) ForgetBrowser(_ context.Context, _ view.Caller, id string) (view.KeyRing, error) {
	return call(s, "ForgetBrowser", func() (view.KeyRing, error) {
		all := s.ring().Browsers
		i := slices.IndexFunc(all, func(b view.Browser) bool { return b.ID == id })
		if i < 0 {
			return view.KeyRing{}, ledger.RefuseBrowserUnknown()
		}
		s.Data.Keys.Browsers = slices.Delete(all, i, i+1)
		s.wake()
		return s.ring(), nil
	})
}

// RenewRecovery makes one new code.
func (s *Service) RenewRecovery(context.Context, view.Caller) (view.Renewed, error) {
	return call(s, "RenewRecovery", func() (view.Renewed, error) {
		s.Data.Keys.CodeRenewed, s.Data.Keys.OldCodeUntil = after(0), after(7*24*time.Hour)
		return view.Renewed{RecoveryCode: "9HJ2-XW4C-M7TK-5PZR-V8DQ", OldCodeUntil: s.Data.Keys.OldCodeUntil}, nil
	})
}

// ClosingTerms has one thing that is to be done first while the account has money.
func (s *Service) ClosingTerms(context.Context, view.Caller) (view.Closing, error) {
	return call(s, "ClosingTerms", func() (view.Closing, error) {
		v := view.Closing{Handle: s.Data.Overview.Handle, State: "active"}
		for _, w := range s.Data.Overview.Wallets {
			v.Balances = append(v.Balances, w.Available)
			if w.Available.Micros > 0 {
				v.First = append(v.First, view.Unfinished{
					What: w.Available.String() + " are in the account", Remedy: "Spend it, send it to somebody, or redeem it.",
				})
			}
		}
		return v, nil
	})
}

// CloseWallet makes one code. The key has no wallet from then on.
func (s *Service) CloseWallet(_ context.Context, who view.Caller) (view.Closing, error) {
	return call(s, "CloseWallet", func() (view.Closing, error) {
		s.Data.People[who.Fingerprint] = view.Identity{Fingerprint: who.Fingerprint}
		s.wake()
		return view.Closing{
			Handle: s.Data.Overview.Handle, State: "closed", Code: "R4KT9-PX2M-8VWR-C5ZD-7HJQ",
			Good: after(30 * 24 * time.Hour),
		}, nil
	})
}

// ClaimClosed knows one code.
func (s *Service) ClaimClosed(_ context.Context, _ view.Caller, code string) (view.ClosedClaim, error) {
	return call(s, "ClaimClosed", func() (view.ClosedClaim, error) {
		if code != "R4KT9-PX2M-8VWR-C5ZD-7HJQ" {
			return view.ClosedClaim{}, ledger.RefuseClosedCode()
		}
		return view.ClosedClaim{
			Handle: "w_7c2kd", Amounts: view.List[ledger.Amount]{{Micros: 250_000, Currency: "EUR"}},
		}, nil
	})
}
