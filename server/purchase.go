package server

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// sell lets the rules decide and writes everything that follows from the decision. Both doors end here: a charge on a
// link, and an approval in the terminal. The door passes what it has read in this transaction: user, vendor, policy and
// what the buyer is to the vendor; sell adds the wallet. DESIGN.md says why in this order.
func (s *Server) sell(tx books.Tx, q ledger.PurchaseRequest, f ledger.PurchaseFacts, at time.Time) (sale, error) {
	var err error
	f.Zone, f.Generation = s.zone(f.User), s.generation()
	if f.Wallet, err = walletOrNew(tx.Reader, f.User.ID, q.Offer.Price.Currency, f.Policy); err != nil {
		return sale{}, err
	}
	if f.No, err = tx.Next(); err != nil {
		return sale{}, err
	}
	if q.Plan, err = planOf(tx.Reader, q.Offer); err != nil { // few offers have one: the others read nothing
		return sale{}, err
	}
	if f.Referrer, err = referrer(tx.Reader, f.User, at); err != nil {
		return sale{}, err
	}
	if len(f.Vendor.Payees) > 0 {
		s.logSelfDealing(q, &f)
	}
	out, err := ledger.DecidePurchase(q, f, at)
	if err != nil {
		return sale{}, err
	}
	// The entry moves the money; the wallet that the rules have counted anew goes with it, so it is read once and written
	// once. A sale at a vendor without a link still counts there: the relation has its totals (claims 13, 21).
	rec, err := tx.AppendSpent(out.Entry, out.Wallet, out.Over)
	if err != nil {
		return sale{}, err
	}
	done := sale{entry: rec.Entry, purchase: out.Purchase, brought: out.Brought}
	if err := countReward(tx, f.User.ID, out.Brought); err != nil {
		return done, err
	}
	if out.Agent != nil {
		if err := tx.RecountAgent(*out.Agent); err != nil {
			return done, err
		}
	}
	if q.Hold { // by its row it is found when its time is over
		if err := tx.PutPurchase(out.Purchase); err != nil {
			return done, err
		}
	}
	if f.Link != nil {
		return done, tx.RecountLink(out.Link)
	}
	return done, tx.PutLink(out.Link)
}

// ChargeOrder asks for a purchase on a link (claims 13, 21): no browser, no question.
type ChargeOrder struct {
	Link  ledger.LinkID
	Offer ledger.OfferID
	// Version is the version of the offer that the vendor has shown, 0 for the newest. Another one is refused.
	Version  uint32
	Quantity uint32 // pieces, 0: one
	// Hold lets the money wait until [Seller.Capture], at most seven days.
	Hold bool
	// ClientRef and Metadata are the vendor's own; they come back with the sale and its events (claim 43).
	ClientRef string
	Metadata  map[string]string
}

// mode is that of the request which asks the buyer for the charge.
func (o ChargeOrder) mode() ledger.CheckoutMode {
	if o.Hold {
		return ledger.ModeHold
	}
	return ledger.ModeCharge
}

// Charge sells on a link. Where the buyer has to act the refusal says how; where a yes in the terminal would help, it
// carries the request that now waits there, and the same key returns the sale once the buyer has said it.
//
// It refuses with ErrNotFound a link or an offer that is not of this vendor, with ErrNotLinked a permission that has
// ended, with ErrTermsChanged another version than was named, and with ErrWindow, ErrApproval, ErrLimit or ErrFunds
// where the buyer has to act.
func (v *Seller) Charge(ctx context.Context, q Request, o ChargeOrder) (view.Charge, bool, error) {
	made, replayed, err := v.charge(ctx, q, o)
	if err != nil {
		return view.Charge{}, false, err
	}
	return v.chargeView(made.entry, made.purchase), replayed, nil
}

// charge is Charge before anything is shown. Selling and, where that is refused, asking are one transaction: what the
// sale has read is what the buyer is asked about.
func (v *Seller) charge(ctx context.Context, q Request, o ChargeOrder) (made sale, replayed bool, err error) {
	s, at := v.s, v.s.clock()
	o.Quantity = max(o.Quantity, 1)
	if err := ledger.CheckAttached(o.ClientRef, o.Metadata); err != nil {
		return sale{}, false, err
	}
	asking := v.request(q, at)
	var waiting ledger.CheckoutID // of the request that the buyer was asked with before
	var refused error
	ref, replayed, err := s.idempotent(ctx, asking, func(tx books.Tx) (string, []byte, error) {
		made, waiting, refused, err = v.chargeAsked(tx, asking, o, at)
		if err != nil || refused != nil {
			return "", nil, err
		}
		return "charge", entryRef(made.entry.No), nil
	})
	switch {
	case err != nil:
		return sale{}, false, err
	case replayed:
		err = s.view(ctx, func(r books.Reader) error {
			made, err = v.sale(r, refEntry(ref), "charge")
			return err
		})
		return made, true, err
	case refused != nil:
		s.notifier.wake(topicUser(o.Link.User))
		return sale{}, false, refused
	}
	s.notifier.wake(topicUser(made.entry.User))
	if waiting != (ledger.CheckoutID{}) {
		s.notifier.wake(topicCheckout(waiting))
	}
	s.webhooks.Wake()
	return made, false, nil
}

// chargeAsked is a charge inside of its transaction, by the request that asks for it. waiting is the request that an
// earlier try has put before the buyer, if there is one.
//
// A charge that was refused has asked the buyer under a number made of the same request. So the repetition finds the
// sale by that number, whether the buyer has said yes in between or not.
func (v *Seller) chargeAsked(
	tx books.Tx, asking request, o ChargeOrder, at time.Time,
) (made sale, waiting ledger.CheckoutID, refused, err error) {
	asked, err := v.asked(tx.Reader, asking)
	if err != nil {
		return made, waiting, nil, err
	}
	if !asked.Created.IsZero() {
		waiting = asked.ID
	}
	if asked.Purchase != 0 && asks(asked, o) {
		made, err = v.sale(tx.Reader, asked.Purchase, "charge")
		return made, waiting, nil, err
	}
	made, refused, err = v.chargeLink(tx, o, asked, at)
	if err == nil && refused == nil {
		err = withdraw(tx, asked, o, at)
	}
	return made, waiting, refused, err
}

// withdraw ends the request that an earlier try of a charge put before the buyer: the charge has sold meanwhile, and a
// yes would buy it once more.
func withdraw(tx books.Tx, asked ledger.Checkout, o ChargeOrder, at time.Time) error {
	if !asks(asked, o) || checkoutStatus(asked, at) != ledger.CheckoutOpen {
		return nil
	}
	asked.Status = ledger.CheckoutExpired
	return tx.PutCheckout(asked)
}

// chargeLink is a charge inside its transaction. Where a yes of the buyer would help it asks, and refused says so; what
// it has written then stands. The link is read here and passed on: it is the buyer, the permission and its counters.
func (v *Seller) chargeLink(
	tx books.Tx, o ChargeOrder, asked ledger.Checkout, at time.Time,
) (made sale, refused, err error) {
	l, err := v.link(tx.Reader, o.Link)
	if err != nil {
		return made, nil, err
	}
	offer, err := v.offer(tx.Reader, o.Offer)
	if err != nil {
		return made, nil, err
	}
	if o.Version != 0 && o.Version != offer.Version {
		return made, nil, ledger.RefuseTerms(offer.Price)
	}
	f := ledger.PurchaseFacts{Link: &l}
	var found bool
	if f.User, found, err = tx.User(l.ID.User); err != nil || !found {
		return made, nil, orMissing(err)
	}
	if f.Vendor, f.Policy, err = v.standing(tx.Reader); err != nil {
		return made, nil, err
	}
	made, err = v.s.sell(tx, ledger.PurchaseRequest{
		Offer: offer, Quantity: o.Quantity, ClientRef: o.ClientRef, Metadata: o.Metadata, Actor: v.actor(), Hold: o.Hold,
	}, f, at)
	if ledger.BuyerCanHelp(err) {
		refused, err = v.ask(tx, o, offer, f, asked, err, at)
	}
	return made, refused, err
}

// ask puts a refused charge before the buyer as a request in the terminal, once, and returns the refusal with the code
// of that request. asked is the earlier request, or only the id of the new one.
func (v *Seller) ask(
	tx books.Tx, o ChargeOrder, offer ledger.Offer, f ledger.PurchaseFacts, asked ledger.Checkout, why error, at time.Time,
) (refused, err error) {
	var no *ledger.Refusal
	if !errors.As(why, &no) {
		return nil, why
	}
	c, had := asked, !asked.Created.IsZero()
	switch {
	case had && !asks(c, o): // another request drew the number
		return nil, ledger.RefuseUnavailable(time.Second)
	case had && checkoutStatus(c, at) == ledger.CheckoutOpen:
		// asked already
	default:
		if err := v.mayAsk(tx, f.User.ID, at); err != nil {
			return nil, err
		}
		c = ledger.Checkout{
			ID: asked.ID, Mode: o.mode(), User: f.User.ID, Offer: offer, Quantity: o.Quantity,
			ClientRef: o.ClientRef, Metadata: o.Metadata, Created: at, Expires: at.Add(f.Policy.CheckoutLife),
		}
		// Drawn inside of the transaction, because few charges need one. Should it run again, another one is drawn.
		if c.UserCode, err = v.s.seal.UserCode(); err != nil {
			return nil, err
		}
		if c.Price, err = ledger.PriceOf(offer, o.Quantity); err != nil {
			return nil, err
		}
		if c, err = v.openRequest(tx, c); err != nil {
			return nil, err
		}
	}
	with := *no // a copy: the rules may share one refusal among callers
	with.Approve, with.Txn = c.UserCode, c.TxnID
	return &with, nil
}

// maxAsked is how many requests of one vendor may wait in one terminal. A person reads them one by one, and another
// vendor's must not be lost among them.
const maxAsked = 5

// mayAsk refuses a vendor that fills a buyer's terminal. It puts away requests whose time is over, so that what waits
// stays few.
func (v *Seller) mayAsk(tx books.Tx, u ledger.UserID, at time.Time) error {
	waiting, err := tx.Waiting(u)
	if err != nil {
		return err
	}
	open := 0
	for _, id := range waiting {
		if id.Vendor != v.ID {
			continue
		}
		c, _, err := tx.Checkout(id)
		if err != nil {
			return err
		}
		if checkoutStatus(c, at) == ledger.CheckoutOpen {
			open++
			continue
		}
		c.Status = ledger.CheckoutExpired
		if err := tx.PutCheckout(c); err != nil {
			return err
		}
	}
	if open >= maxAsked {
		return ledger.RefuseRate(time.Minute)
	}
	return nil
}

// entryRef is the stored answer of a request that made an entry.
func entryRef(no ledger.EntryNo) []byte { return binary.BigEndian.AppendUint64(nil, uint64(no)) }

// refEntry reads what entryRef has written.
func refEntry(ref []byte) ledger.EntryNo {
	if len(ref) != 8 {
		return 0
	}
	return ledger.EntryNo(binary.BigEndian.Uint64(ref))
}

// asked finds the request that an earlier try of a charge put before the buyer; without one the checkout has only the
// id under which the next one is put there. Programs of the format "books 1" gave these requests numbers of 63 bits:
// not to look there would sell once more what the buyer has approved. The store knows without a look into its index
// that there is mostly neither.
func (v *Seller) asked(r books.Reader, q request) (ledger.Checkout, error) {
	n := numberOf(q, ledger.Generation{})
	id := ledger.CheckoutID{Vendor: v.ID}
	numbers := []uint64{n >> 1, n & ledger.MaxSequence}
	for _, g := range v.s.restores {
		numbers = append(numbers, numberOf(q, g)&ledger.MaxSequence)
	}
	// Today's form comes last: it is what stays where none is found.
	for _, number := range numbers {
		id.Number = number | 1
		if c, found, err := r.Checkout(id); found || err != nil {
			return c, err
		}
	}
	return ledger.Checkout{ID: id}, nil
}

// asks tells whether a request in the terminal is that of a charge. Numbers of requests are drawn, too: one that
// happens to be equal must not pass for a sale that nobody has paid.
func asks(c ledger.Checkout, o ChargeOrder) bool {
	return c.User == o.Link.User && c.Offer.ID == o.Offer && c.Quantity == o.Quantity && c.ClientRef == o.ClientRef &&
		c.Mode == o.mode()
}

// numberOf makes a number out of a request, so that repeating a refused charge asks the buyer once. A request that is
// repeated after a restore is another one: the buyer may have answered the first in the branch that was lost.
func numberOf(q request, g ledger.Generation) uint64 {
	parts := []string{q.Owner, q.Key, string(q.Fingerprint[:])}
	if g.No > 0 {
		parts = append(parts, string(g.Tag[:]))
	}
	sum := fingerprint(parts...)
	return binary.BigEndian.Uint64(sum[:8])
}
