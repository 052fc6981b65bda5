package commandtest

import (
	"context"
	"slices"
	"time"

	"tuppence/server/view"
)

// shopKeys are a full key, and restricted ones of which one is over.
func shopKeys() []view.APIKey {
	began := ago(80 * 24 * time.Hour)
	return []view.APIKey{
		{
			Name: "shop-server", Hint: "rk_live_7Qm2", Status: "live", Scopes: view.List[string]{"charges:write", "offers:read"},
			From: view.List[string]{"203.0.113.0/24"}, Created: began, Expires: after(10 * 24 * time.Hour),
			LastUsed: "2026-11-24",
		},
		{
			Name: "stand", Hint: "rk_live_Xc81", Status: "expired", Scopes: view.List[string]{"charges:read"},
			Created: began, Expires: ago(24 * time.Hour), LastUsed: "2026-11-20",
		},
		{Name: "full", Hint: "sk_live_p4Rz", Status: "live", Created: began},
	}
}

// ShopKeys returns the keys.
func (s *Service) ShopKeys(context.Context, view.Caller) ([]view.APIKey, error) {
	return list(s, "ShopKeys", &s.Data.Shop.Keys)
}

// ShopKeyAdd makes a key; what it may be is known to the rules only.
func (s *Service) ShopKeyAdd(_ context.Context, _ view.Caller, q view.APIKeyOrder) (view.APIKey, error) {
	return call(s, "ShopKeyAdd", func() (view.APIKey, error) {
		s.Data.Got = q
		k := view.APIKey{
			Name: q.Name, Hint: "rk_live_n4q8", Status: "live", Scopes: q.Scopes, From: q.From, Created: after(0),
		}
		if q.Days > 0 {
			k.Expires = after(time.Duration(q.Days) * 24 * time.Hour)
		}
		s.Data.Shop.Keys = slices.Insert(s.Data.Shop.Keys, 0, k)
		k.Secret = "rk_live_n4q8w2k6x0v3"
		return k, nil
	})
}

// ShopKeyRoll gives a key a new secret.
func (s *Service) ShopKeyRoll(
	_ context.Context, _ view.Caller, key string, _ time.Duration,
) (view.APIKey, error) {
	return call(s, "ShopKeyRoll", func() (view.APIKey, error) {
		k, err := s.shopKey(key)
		if err != nil {
			return view.APIKey{}, err
		}
		s.Data.Got = key
		rolled := *k
		rolled.Hint, rolled.Created, rolled.LastUsed, rolled.Secret = "rk_live_n4q8", after(0), "", "rk_live_n4q8w2k6x0v3"
		return rolled, nil
	})
}

// ShopKeyEnd ends a key.
func (s *Service) ShopKeyEnd(_ context.Context, _ view.Caller, key string) (view.APIKey, error) {
	return call(s, "ShopKeyEnd", func() (view.APIKey, error) {
		k, err := s.shopKey(key)
		if err != nil {
			return view.APIKey{}, err
		}
		s.Data.Got = key
		k.Status, k.Ended = "ended", after(0)
		return *k, nil
	})
}

func (s *Service) shopKey(typed string) (*view.APIKey, error) {
	for i, k := range s.Data.Shop.Keys {
		if len(k.Scopes) > 0 && (typed == k.Name || typed == k.Hint) {
			return &s.Data.Shop.Keys[i], nil
		}
	}
	return nil, noSuch("key", typed)
}
