package server

import (
	"context"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// Seller is a vendor's server that has shown a live API key: what it may do are its methods. It sees its own things
// only; those of others are not found.
type Seller struct {
	s    *Server
	ID   ledger.VendorID
	Hint string // first characters of the key
}

// Request makes a call of a vendor idempotent: the key that it sent, and the hash of what it asked for.
type Request struct {
	Key         string
	Fingerprint [32]byte
}

// Authenticate finds the vendor behind a bearer token. It refuses with ErrUnauthenticated, and with ErrNotAllowed a
// vendor that is suspended.
func (s *Server) Authenticate(ctx context.Context, bearer string) (*Seller, error) {
	want := "sk_live_"
	if s.house.Simulated {
		want = "sk_test_"
	}
	if len(bearer) > 128 || !strings.HasPrefix(bearer, want) {
		return nil, ledger.RefuseUnauthenticated()
	}
	hash := seal.HashAPIKey(bearer)
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
	if v.Status != ledger.VendorActive {
		return nil, ledger.RefuseSuspended()
	}
	seller := &Seller{s: s, ID: v.ID}
	for _, k := range v.Keys {
		if k.Hash == hash {
			seller.Hint = k.Hint
		}
	}
	return seller, nil
}

// actor is who an entry of this vendor names.
func (v *Seller) actor() ledger.Actor { return ledger.Actor{Role: ledger.RoleVendor, Key: v.Hint} }

func (v *Seller) request(q Request, at time.Time) request {
	return request{Owner: "v/" + strconv.FormatUint(uint64(v.ID), 10), Key: q.Key, Fingerprint: q.Fingerprint, At: at}
}

// record reads the vendor itself.
func (v *Seller) record(r books.Reader) (ledger.Vendor, error) {
	me, found, err := r.Vendor(v.ID)
	if err == nil && !found {
		err = ledger.RefuseUnauthenticated()
	}
	return me, err
}

// Vendor is the vendor's own profile.
func (v *Seller) Vendor(ctx context.Context) (me ledger.Vendor, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		me, err = v.record(r)
		return err
	})
	return me, err
}

// Tills is what the vendor has earned, per currency.
func (v *Seller) Tills(ctx context.Context) (all []ledger.Till, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		all = nil
		p, err := policy(r)
		if err != nil {
			return err
		}
		for _, c := range p.Currencies {
			t, found, err := r.Till(v.ID, c)
			if err != nil {
				return err
			}
			if found {
				all = append(all, t)
			}
		}
		return nil
	})
	return all, err
}

// numberOf makes the number of a checkout out of a request, so that repeating a refused charge asks the buyer once.
func numberOf(q request) uint64 {
	sum := fingerprint(q.Owner, q.Key, string(q.Fingerprint[:]))
	var n uint64
	for _, b := range sum[:8] {
		n = n<<8 | uint64(b)
	}
	return n>>1 | 1
}
