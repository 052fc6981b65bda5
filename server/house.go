package server

import (
	"context"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// HouseName is what this service calls itself, on screens and to vendors.
func (s *Server) HouseName() string { return s.house.Name }

// House tells what everybody may know.
func (s *Server) House(ctx context.Context) (ledger.House, error) {
	h := s.house
	err := s.view(ctx, func(r books.Reader) error {
		p, err := policy(r)
		if err != nil {
			return err
		}
		h.Currencies, h.Limits, h.Window = p.Currencies, p.Limits, p.Window
		h.Commission = p.CommissionText()
		return nil
	})
	return h, err
}

// WhoAmI tells what the key may do. An unknown key is not an error: its role is RoleNone. A key of the house has its
// staff role even if it also has a wallet.
func (s *Server) WhoAmI(ctx context.Context, who ledger.Caller) (id ledger.Identity, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		u, isMember, st, isStaff, err := identify(r, who)
		if err != nil {
			return err
		}
		id = ledger.Identity{}
		if isMember {
			id = identity(u)
		}
		if isStaff {
			id.Role, id.Name = st.Role, st.Name
		}
		return nil
	})
	return id, err
}

func identity(u ledger.User) ledger.Identity {
	id := ledger.Identity{Role: ledger.RoleUser, Handle: u.Handle, Zone: u.Zone, Theme: u.Theme}
	if u.Status == ledger.UserClosed {
		id.Role = ledger.RoleNone
	}
	return id
}

// Watch wakes the channel whenever something of this caller may have changed, until ctx ends. A key that joins a wallet
// later is woken for that wallet from then on.
func (s *Server) Watch(ctx context.Context, who ledger.Caller) (<-chan struct{}, error) {
	topics := []string{topicKey(who.Fingerprint)}
	err := s.view(ctx, func(r books.Reader) error {
		u, isMember, _, isStaff, err := identify(r, who)
		if err != nil {
			return err
		}
		topics = topics[:1]
		if isMember {
			topics = append(topics, topicUser(u.ID))
		}
		if isStaff {
			topics = append(topics, topicDesk)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.hub.watch(ctx, topics...), nil
}
