package server

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A site without a server sells by a static link or a plain form (claims 41, 43): the vendor fetches the address once
// and writes it into the page. What is sold, in which version and where the browser goes afterwards are sealed in it,
// so nobody can ask for anything else. The browser comes back with the grant itself, which any program checks offline.

const (
	staticPurpose = "static link"
	// staticLife bounds how long an address sells.
	staticLife = 366 * 24 * time.Hour
)

// StaticOrder asks for an address that sells an offer.
type StaticOrder struct {
	Offer                 ledger.OfferID
	SuccessURL, CancelURL string        // on verified sites; SuccessURL "": where the content opens
	Life                  time.Duration // 0: as long as allowed
}

// staticTerms are what the address seals. Its fields are read for as long as addresses sell.
type staticTerms struct {
	Offer   string `json:"o"`
	Version uint32 `json:"v"`
	Success string `json:"s"`
	Cancel  string `json:"c,omitempty"`
	Until   int64  `json:"u"` // Unix seconds
}

// StaticLink makes an address that sells the newest version of an offer. It writes nothing. It refuses with ErrNotFound
// an offer of another vendor, with ErrOfferExpired one that is not sold, with ErrOrigin a page that is not of the
// vendor, and with ErrInvalid a time out of bounds.
func (v *Seller) StaticLink(ctx context.Context, o StaticOrder) (out view.StaticLink, err error) {
	if o.Life < 0 || o.Life > staticLife {
		return out, ledger.Invalid("days", "Let it sell for 1 to 366 days.", "The time is out of bounds.")
	}
	if o.Life == 0 {
		o.Life = staticLife
	}
	t := staticTerms{Success: o.SuccessURL, Cancel: o.CancelURL, Until: v.s.clock().Add(o.Life).Unix()}
	err = v.view(ctx, func(r books.Reader) error {
		offer, err := v.offer(r, o.Offer)
		if err != nil {
			return err
		}
		if offer.Status != ledger.OfferActive {
			return ledger.RefuseOfferOver()
		}
		me, err := v.record(r)
		if err != nil {
			return err
		}
		if t.Success == "" {
			t.Success = offer.ContentURL
		}
		kept, err := v.opensHere(r, offer)
		if err != nil {
			return err
		}
		// Without one the page of the service says that it is in the wallet.
		if t.Success == "" && !kept || t.Success != "" && !me.Owns(t.Success) {
			return ledger.RefuseOrigin("success_url")
		}
		if t.Cancel != "" && !me.Owns(t.Cancel) {
			return ledger.RefuseOrigin("cancel_url")
		}
		t.Offer, t.Version = v.s.seal.Offer(o.Offer), offer.Version
		return nil
	})
	if err != nil {
		return out, err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return out, err
	}
	sealed, err := v.s.seal.Seal(b, staticPurpose)
	if err != nil {
		return out, err
	}
	return view.StaticLink{
		URL:     v.s.house.URL + "/b/" + t.Offer + "?s=" + base64.RawURLEncoding.EncodeToString(sealed),
		OfferID: t.Offer, Version: t.Version, Expires: view.At(time.Unix(t.Until, 0)),
	}, nil
}

// openStatic reads an address. It refuses with ErrNotFound what is none of ours.
func (s *Server) openStatic(q view.StaticArrival) (t staticTerms, id ledger.OfferID, err error) {
	missing := ledger.Refuse(ledger.ErrNotFound, "Go back to the vendor's site.", "This address sells nothing.")
	sealed, err := base64.RawURLEncoding.DecodeString(q.Sealed)
	if err != nil || len(q.Sealed) > 8<<10 {
		return t, id, missing
	}
	plain, err := s.seal.Open(sealed, staticPurpose)
	if err != nil || json.Unmarshal(plain, &t) != nil || t.Offer != q.Offer {
		return t, id, missing
	}
	if id, err = s.seal.OpenOffer(t.Offer); err != nil {
		return t, id, missing
	}
	return t, id, nil
}

// ArriveStatic opens a request for a browser that has followed a static link or sent its form, and returns the
// transaction id of its page. Nobody pays for that, so a network has a number of them in a day, and a vendor as well; a
// request from which nothing came is soon forgotten.
//
// It refuses with ErrNotFound an address that is none of ours, with ErrOfferExpired one whose time is over or that
// sells an older version, with ErrOrigin a browser that another site has sent, and with ErrRate.
func (s *Server) ArriveStatic(ctx context.Context, q view.StaticArrival) (txn string, err error) {
	at := s.clock()
	t, offer, err := s.openStatic(q)
	if err != nil {
		return "", err
	}
	old := ledger.Refuse(ledger.ErrOfferExpired, "Tell the vendor: its page is older than its offer.",
		"This address does not sell any more.")
	if at.Unix() >= t.Until {
		return "", old
	}
	v := &Seller{s: s, ID: offer.Vendor}
	network := ledger.NetworkOf(q.Addr).String()
	if err := spend(s.budgets.arrivals, network, "requests of this network", at); err != nil {
		return "", err
	}
	if err := v.takeRequest(); err != nil {
		return "", err
	}
	if err := ledger.CheckAttached(q.ClientRef, nil); err != nil {
		return "", err
	}
	number, err := s.seal.Number()
	if err != nil {
		return "", err
	}
	code, err := s.seal.UserCode()
	if err != nil {
		return "", err
	}
	err = s.update(ctx, func(tx books.Tx) error {
		me, err := v.record(tx.Reader)
		if err != nil {
			return err
		}
		if q.From != "" && !me.Owns(q.From) {
			return ledger.RefuseSender(q.From)
		}
		if me.Status != ledger.VendorActive {
			return ledger.RefuseSuspended()
		}
		c := ledger.Checkout{
			ID: ledger.CheckoutID{Vendor: v.ID, Number: number}, UserCode: code, Created: at, Static: true,
		}
		if err := freeNumber(tx.Reader, c.ID); err != nil {
			return err
		}
		order := CheckoutOrder{
			OfferID: offer, Quantity: q.Quantity, SuccessURL: t.Success, CancelURL: t.Cancel, ClientRef: q.ClientRef,
		}
		if err := v.fill(tx, &c, order); err != nil {
			return err
		}
		if c.Offer.Version != t.Version {
			return old
		}
		c, err = v.openRequest(tx, c)
		txn = c.TxnID
		return err
	})
	return txn, err
}

// staticBack is where a browser goes after a yes to a request of a site without a server: with the grant in the
// fragment, which browsers send to no server. The token is good for minutes; the page of the request gives another one.
func (s *Server) staticBack(r books.Reader, c ledger.Checkout, at time.Time) (string, error) {
	v := &Seller{s: s, ID: c.ID.Vendor}
	me, err := v.record(r)
	if err != nil {
		return "", err
	}
	sold, err := v.sale(r, c.Purchase, "grant")
	if err != nil {
		return "", err
	}
	g := v.grantView(me, sold.entry, sold.purchase, at)
	if g.Status != string(ledger.GrantActive) {
		return c.SuccessURL + "#grant_status=" + g.Status, nil
	}
	token, err := s.seal.GrantToken(GrantClaims(s.house.URL, g, at))
	return c.SuccessURL + "#grant=" + token, err
}

// NetworkAddr reads the address of a browser. It is the zero one where that is not known.
func NetworkAddr(remote string) netip.Addr {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr()
}
