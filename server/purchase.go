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
// link, and an approval in the terminal. The door passes what it has read in this transaction: user, vendor and policy,
// and the link that is charged; sell adds the wallet and, where no link was named, what the buyer is to the vendor.
// DESIGN.md says why in this order.
func (s *Server) sell(tx books.Tx, q ledger.PurchaseRequest, f ledger.PurchaseFacts, at time.Time) (sale, error) {
	var err error
	f.Zone = s.zone(f.User)
	c := q.Offer.Price.Currency
	if f.Wallet, err = walletOrNew(tx.Reader, f.User.ID, c, f.Policy); err != nil {
		return sale{}, err
	}
	if f.Link == nil {
		if f.Link, err = relation(tx.Reader, f.User.ID, f.Vendor.ID, c, f.Policy); err != nil {
			return sale{}, err
		}
	}
	if f.No, err = tx.Next(); err != nil {
		return sale{}, err
	}
	out, err := ledger.DecidePurchase(q, f, at)
	if err != nil {
		return sale{}, err
	}
	// The entry moves the money; the wallet that the rules have counted anew goes with it, so it is read once and written
	// once. A sale at a vendor without a link still counts there: the relation has its totals (claims 13, 21).
	rec, err := tx.AppendSpent(out.Entry, out.Wallet)
	if err != nil {
		return sale{}, err
	}
	done := sale{entry: rec.Entry, purchase: out.Purchase}
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
	// ClientRef and Metadata are the vendor's own; they come back with the sale and its events (claim 43).
	ClientRef string
	Metadata  map[string]string
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

// charge is Charge before anything is shown.
func (v *Seller) charge(ctx context.Context, q Request, o ChargeOrder) (made sale, replayed bool, err error) {
	s, at := v.s, v.s.clock()
	o.Quantity = max(o.Quantity, 1)
	if err := checkAttached(o.ClientRef, o.Metadata); err != nil {
		return sale{}, false, err
	}
	// A charge that was refused has asked the buyer under a number made of the same request. So the repetition finds the
	// sale by that number, whether the buyer has said yes in between or not.
	asking := v.request(q, at)
	var ask ledger.CheckoutID
	ref, replayed, err := s.idempotent(ctx, asking, func(tx books.Tx) (string, []byte, error) {
		var asked ledger.Checkout
		if ask, asked, err = v.asked(tx.Reader, asking); err != nil {
			return "", nil, err
		}
		if asked.Purchase != 0 && asks(asked, o) {
			made, err = v.sale(tx.Reader, asked.Purchase, "charge")
			return "charge", entryRef(asked.Purchase), err
		}
		made, err = v.chargeLink(tx, o, at)
		return "charge", entryRef(made.entry.No), err
	})
	switch {
	case errors.Is(err, ledger.ErrApproval), errors.Is(err, ledger.ErrWindow):
		return sale{}, false, v.ask(ctx, ask, o, err, at)
	case err != nil:
		return sale{}, false, err
	case replayed:
		err = s.view(ctx, func(r books.Reader) error {
			made, err = v.sale(r, refEntry(ref), "charge")
			return err
		})
		return made, true, err
	}
	s.notifier.wake(topicUser(made.entry.User))
	s.webhooks.Wake()
	return made, false, nil
}

// chargeLink is a charge inside its transaction. The link is read here and passed on: it is the buyer, the permission
// and its counters.
func (v *Seller) chargeLink(tx books.Tx, o ChargeOrder, at time.Time) (sale, error) {
	l, err := v.link(tx.Reader, o.Link)
	if err != nil {
		return sale{}, err
	}
	offer, err := v.offer(tx.Reader, o.Offer)
	if err != nil {
		return sale{}, err
	}
	if o.Version != 0 && o.Version != offer.Version {
		return sale{}, ledger.RefuseTerms(offer.Price)
	}
	price, err := ledger.PriceOf(offer, o.Quantity)
	if err != nil {
		return sale{}, err
	}
	f := ledger.PurchaseFacts{Link: &l}
	var found bool
	if f.User, found, err = tx.User(l.ID.User); err != nil || !found {
		return sale{}, orMissing(err)
	}
	if f.Vendor, err = v.record(tx.Reader); err != nil {
		return sale{}, err
	}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return sale{}, err
	}
	return v.s.sell(tx, ledger.PurchaseRequest{
		Offer: offer, Quantity: o.Quantity, Expect: price, ClientRef: o.ClientRef, Metadata: o.Metadata, Actor: v.actor(),
	}, f, at)
}

// ask puts a refused charge before the buyer as a request in the terminal, once, and adds its code to the refusal.
func (v *Seller) ask(ctx context.Context, id ledger.CheckoutID, o ChargeOrder, refused error, at time.Time) error {
	var no *ledger.Refusal
	if !errors.As(refused, &no) {
		return refused
	}
	code, err := v.s.seal.UserCode()
	if err != nil {
		return err
	}
	var c ledger.Checkout
	err = v.s.update(ctx, func(tx books.Tx) error {
		var found bool
		if c, found, err = tx.Checkout(id); err != nil {
			return err
		}
		switch {
		case found && !asks(c, o): // another request drew the number
			return ledger.RefuseUnavailable(time.Second)
		case found && (c.Purchase != 0 || checkoutStatus(c, at) == ledger.CheckoutOpen):
			return nil // asked already; answered meanwhile: the repetition of the charge finds the sale
		}
		if err := v.mayAsk(tx, o.Link.User, at); err != nil {
			return err
		}
		offer, err := v.offer(tx.Reader, o.Offer)
		if err != nil {
			return err
		}
		c, err = v.newCheckout(tx, CheckoutOrder{
			Offer: offer, Quantity: o.Quantity, Mode: ledger.ModeCharge, ClientRef: o.ClientRef, Metadata: o.Metadata,
		}, id, code, at)
		if err != nil {
			return err
		}
		c.User = o.Link.User
		return tx.PutCheckout(c)
	})
	if err != nil {
		return err
	}
	v.s.notifier.wake(topicUser(c.User))
	// A copy: the caller of sell may still hold the refusal.
	with := *no
	with.Approve, with.Txn = c.UserCode, c.TxnID
	return &with
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

// maxClientRef bounds what a vendor calls a sale, in bytes.
const maxClientRef = 200

// checkAttached bounds what a vendor attaches for its own tracking (claim 43).
func checkAttached(clientRef string, metadata map[string]string) error {
	if len(clientRef) > maxClientRef || clientRef != ledger.CleanLine(clientRef, maxClientRef) {
		return ledger.Invalid(
			"client_reference_id", "Use at most 200 bytes of plain text.",
			"The reference is too long or has control characters.",
		)
	}
	return ledger.CheckMetadata(metadata)
}

// asked finds the request that an earlier try of a charge put before the buyer, and the id under which the next one is
// put there; without an earlier one the checkout is the zero value. Programs of the format "books 1" gave these
// requests numbers of 63 bits: not to look there would sell once more what the buyer has approved. The store knows
// without a look into its index that there is mostly neither.
func (v *Seller) asked(r books.Reader, q request) (id ledger.CheckoutID, c ledger.Checkout, err error) {
	n := numberOf(q)
	for _, number := range []uint64{n >> 1, n & ledger.MaxSequence} { // today's last: it is what stays where none is found
		id = ledger.CheckoutID{Vendor: v.ID, Number: number | 1}
		var found bool
		if c, found, err = r.Checkout(id); found || err != nil {
			return id, c, err
		}
	}
	return id, ledger.Checkout{}, nil
}

// asks tells whether a request in the terminal is that of a charge. Numbers of requests are drawn, too: one that
// happens to be equal must not pass for a sale that nobody has paid.
func asks(c ledger.Checkout, o ChargeOrder) bool {
	return c.User == o.Link.User && c.Offer.ID == o.Offer && c.Quantity == o.Quantity && c.ClientRef == o.ClientRef
}

// numberOf makes a number out of a request, so that repeating a refused charge asks the buyer once.
func numberOf(q request) uint64 {
	sum := fingerprint(q.Owner, q.Key, string(q.Fingerprint[:]))
	return binary.BigEndian.Uint64(sum[:8])
}
