package server

import (
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// A browser in which a person has said yes to a vendor that may sell without a question is remembered. When a vendor
// sends it here again, it may buy at once: no code, no click, no page (claims 13, 27, 28). What it brings is a login
// id, which ends after ten to twenty minutes, and a device id, for which it gets a new login id while the purchase
// window is open. The device id alone buys nothing.

// Arrive opens the page of a request for a browser, and buys at once where everything allows it: see arriving. It
// refuses with ErrNotFound as [Server.CheckoutPage] does, and with ErrOrigin a browser that another site has sent.
func (s *Server) Arrive(ctx context.Context, q view.Arrival) (out view.Arrived, err error) {
	at := s.clock()
	var w arriving
	err = s.view(ctx, func(r books.Reader) (err error) {
		w, err = s.arriving(r, q, at)
		return err
	})
	if err != nil {
		return out, err
	}
	if w.user.ID == 0 {
		out.Page, err = s.CheckoutPage(ctx, q.Txn, q.Page)
		return out, err
	}
	if out.Login, out.LoginUntil, err = s.loginID(w.user, w.browser, w.policy, at); err != nil {
		return out, err
	}
	out.Again = !w.logged && !q.Again && w.first() && w.windowOpen() // it comes back with what it got, and buys then
	if out.Again || !w.first() {
		out.Page, err = s.pageView(w.checkout, w.vendor, q.Page, at)
		return out, err
	}
	return s.meet(ctx, q, out, at)
}

// arriving is a request that a browser has come with, as it was read.
type arriving struct {
	s        *Server
	at       time.Time
	arrival  view.Arrival
	checkout ledger.Checkout
	vendor   ledger.Vendor
	policy   ledger.Policy
	user     ledger.User // 0: the browser is not known
	browser  ledger.Browser
	logged   bool         // by a login id; else only by its device id
	link     *ledger.Link // what the wallet has allowed the vendor, or forbidden it; nil: nothing
}

// arriving looks at what a browser has brought, in this order (claim 28): the id seals the terms; no other site than
// the vendor's has sent the browser; the login id opens under the key of now or of the ten minutes before, or else the
// device id is the one that was given; the wallet remembers the browser. What is needed beyond that to buy is looked at
// by maySell, and by the sale: the vendor, its permission, the window, limits and funds.
func (s *Server) arriving(r books.Reader, q view.Arrival, at time.Time) (w arriving, err error) {
	w = arriving{s: s, at: at, arrival: q}
	if w.checkout, w.vendor, err = s.page(r, q.Txn); err != nil {
		return w, err
	}
	if q.From != "" && !w.vendor.Owns(q.From) {
		return w, ledger.RefuseSender(q.From)
	}
	if w.policy, err = policy(r); err != nil {
		return w, err
	}
	login, ok := s.seal.OpenLoginID(q.Login, s.house.URL, at)
	var device seal.Device
	if w.logged = ok; !ok {
		if device, ok = s.seal.OpenDeviceID(q.Device); !ok {
			return w, nil
		}
		login = seal.Login{User: device.User, Browser: device.Browser}
	}
	u, found, err := r.User(login.User)
	if err != nil || !found {
		return w, err
	}
	b, known := u.Browser(login.Browser, at)
	if !known || !w.logged && !b.Keeps(device.Secret) {
		return w, nil
	}
	w.user, w.browser = u, b
	w.link, err = relation(r, u.ID, w.vendor.ID, linkCurrency(w.checkout, u, w.policy), w.policy)
	return w, err
}

func (w arriving) windowOpen() bool { return w.user.WindowOpen(w.at, w.policy) }

// first is a request that no browser and no wallet has yet: only then something is bought, so coming back buys nothing.
func (w arriving) first() bool { return holder(w.checkout, w.arrival.Page, w.at) == view.HolderNone }

// maySell says whether this is the visit of a person at a request to buy that leads back to the vendor. A browser that
// fetches pages in advance, and a visit of which nobody can say where it came from, gets the page.
func (w arriving) maySell() bool {
	return w.logged && w.arrival.Visit && w.arrival.From != "" && w.checkout.Sells() &&
		w.checkout.SuccessURL != "" && w.vendor.Owns(w.checkout.SuccessURL)
}

// meet gives the page to a browser that is known, and buys, or says why it asks. What is asked waits in the terminals
// of the wallet: see ring.
func (s *Server) meet(ctx context.Context, q view.Arrival, out view.Arrived, at time.Time) (view.Arrived, error) {
	cookie, err := s.seal.PageCookie(q.Txn)
	if err != nil {
		return out, err
	}
	var w arriving
	var why *ledger.Refusal
	sold, to := false, ""
	err = s.update(ctx, func(tx books.Tx) (err error) {
		sold, why = false, nil
		if w, err = s.arriving(tx.Reader, q, at); err != nil || w.user.ID == 0 || !w.first() {
			return err // another browser was faster, or the wallet has forgotten this one
		}
		c := &w.checkout
		c.Browser, c.User, c.Known = seal.HashPageCookie(cookie), w.user.ID, w.browser.Number
		switch {
		case w.maySell():
			if sold, err = w.sell(tx); err != nil && !errors.As(err, &why) {
				return err
			}
			if sold {
				if to, err = s.backTo(tx.Reader, *c, at); err != nil {
					return err
				}
			}
		case !w.windowOpen():
			why = ledger.RefuseWindow()
		}
		if !sold {
			if err := w.ring(tx); err != nil {
				return err
			}
		}
		return tx.PutCheckout(*c)
	})
	if err != nil {
		return out, err
	}
	if w.checkout.Browser != seal.HashPageCookie(cookie) {
		out.Page, err = s.pageView(w.checkout, w.vendor, q.Page, at)
		return out, err
	}
	if out.Page, err = s.pageView(w.checkout, w.vendor, cookie, at); err != nil {
		return out, err
	}
	if out.Page.Cookie = cookie; why != nil && !errors.Is(why, ledger.ErrNotLinked) { // that goes without saying
		out.Page.Why = why.Error()
	}
	if sold {
		s.webhooks.Wake()
		out.To = to
	}
	s.notifier.wake(topicCheckout(w.checkout.ID), topicUser(w.user.ID))
	return out, nil
}

// ring has a request wait in the terminals of the wallet. One of a vendor that is blocked there, or has filled them,
// waits in none: its code answers it.
func (w *arriving) ring(tx books.Tx) error {
	blocked := w.link != nil && w.link.Status == ledger.LinkBlocked
	err := (&Seller{s: w.s, ID: w.vendor.ID}).mayAsk(tx, w.user.ID, w.at)
	if blocked || errors.Is(err, ledger.ErrRate) {
		w.checkout.User, w.checkout.Known = 0, 0
		return nil
	}
	return err
}

// sell buys what a request asks for, by the permission that its vendor has.
func (w *arriving) sell(tx books.Tx) (bool, error) {
	c := &w.checkout
	f := ledger.PurchaseFacts{User: w.user, Vendor: w.vendor, Policy: w.policy, Link: w.link}
	q := purchaseOf(*c, ledger.Actor{Role: ledger.RoleUser, Key: w.browser.Key})
	q.Approved = false
	sold, err := w.s.sell(tx, q, f, w.at)
	if err != nil {
		return false, err
	}
	c.Purchase, c.Status = sold.entry.No, ledger.CheckoutApproved
	return true, nil
}

// loginID is what a browser brings the next time. It ends after ten to twenty minutes, or sooner where the purchase
// window is shorter than that.
func (s *Server) loginID(
	u ledger.User, b ledger.Browser, p ledger.Policy, at time.Time,
) (id string, until view.Time, err error) {
	end := at.Add(min(p.Window, 2*seal.LoginLife))
	id, err = s.seal.LoginID(seal.Login{User: u.ID, Browser: b.Number, Until: end}, s.house.URL, at)
	return id, view.At(end), err
}

// remember keeps the browser in which a person has said yes to a vendor that may sell without a question. The person
// has to have named the number of its page: whoever was led to answer the request of another browser must not give that
// one the wallet.
func (w *answering) remember(a view.Answer, actor ledger.Actor) error {
	c := &w.checkout
	if c.Browser == [32]byte{} || c.Known != 0 || a.Match == "" || a.Match == view.NoMatch {
		return nil
	}
	l, err := relation(w.tx.Reader, w.user.ID, w.vendor.ID, w.currency(), w.policy)
	if err != nil || !l.Active(w.at) {
		return err
	}
	u, found, err := w.tx.User(w.user.ID) // as the sale has left it
	if err != nil || !found {
		return orMissing(err)
	}
	d := w.s.seal.DeviceOf(u.ID, c.TxnID, c.Browser)
	c.Known = d.Browser
	return w.tx.PutUser(u.WithBrowser(d.Browser, d.Secret, w.vendor.ID, actor.Key, w.at))
}

// remembered returns what a browser keeps after a yes that has its wallet remember it: only the one that has the page,
// and "" where there is nothing to keep.
func (s *Server) remembered(r books.Reader, c ledger.Checkout, at time.Time) (out view.Kept, err error) {
	if c.Known == 0 || c.User == 0 {
		return out, nil
	}
	u, found, err := r.User(c.User)
	if err != nil || !found {
		return out, err
	}
	b, known := u.Browser(c.Known, at)
	if !known {
		return out, nil
	}
	p, err := policy(r)
	if err != nil {
		return out, err
	}
	if out.Login, out.LoginUntil, err = s.loginID(u, b, p, at); err != nil {
		return out, err
	}
	if d := s.seal.DeviceOf(u.ID, c.TxnID, c.Browser); d.Browser == b.Number {
		out.Device, err = s.seal.DeviceID(d)
		out.Until = view.At(b.Until())
	}
	return out, err
}

// keyRing shows how a wallet is opened, and where it may buy without a question.
func (s *Server) keyRing(r books.Reader, u ledger.User, who view.Caller, at time.Time) (ring view.KeyRing, err error) {
	ring = view.KeyRingOf(u, who, at)
	for _, b := range u.KnownBrowsers(at) {
		v, _, err := r.Vendor(b.Vendor)
		if err != nil {
			return ring, err
		}
		ring.Browsers = append(ring.Browsers, view.Browser{
			ID: s.seal.Browser(u.ID, b.Number), Vendor: v.Name, Key: b.Key, Added: view.At(b.Added), Until: view.At(b.Until()),
		})
	}
	return ring, nil
}

// ForgetBrowser has a wallet forget a browser: it asks there again. It refuses with ErrNotFound what names none of this
// wallet.
func (s *Server) ForgetBrowser(ctx context.Context, who view.Caller, id string) (view.KeyRing, error) {
	return s.changeKeys(ctx, who, func(_ books.Tx, u ledger.User, at time.Time) (ledger.User, error) {
		owner, number, err := s.seal.OpenBrowser(id)
		if err != nil || owner != u.ID {
			number = 0 // that of none
		}
		return u.WithoutBrowser(number, at)
	})
}
