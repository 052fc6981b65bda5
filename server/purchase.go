package server

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// sold is a purchase in the books.
type sold struct {
	Record   books.Record
	Purchase ledger.Purchase
	Wallet   ledger.Wallet
	Link     ledger.Link
}

// sell loads the facts, lets the rules decide and writes everything that follows from the decision. Both doors end here:
// a charge on a link, which was read in this transaction, and an approval in the terminal, where the link is nil. DESIGN.md
// says why in this order.
func (s *Server) sell(tx books.Tx, id ledger.UserID, l *ledger.Link, q ledger.PurchaseRequest, at time.Time) (sold, error) {
	u, found, err := tx.User(id)
	if err != nil || !found {
		return sold{}, orMissing(err)
	}
	v, found, err := tx.Vendor(q.Offer.ID.Vendor)
	if err != nil || !found {
		return sold{}, orMissing(err)
	}
	f := ledger.PurchaseFacts{User: u, Vendor: v, Link: l, Zone: s.zone(u)}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return sold{}, err
	}
	c := q.Offer.Price.Currency
	if f.Wallet, err = walletOr(tx.Reader, u.ID, c, f.Policy); err != nil {
		return sold{}, err
	}
	if f.Link == nil {
		if f.Link, err = relation(tx.Reader, u.ID, v.ID, c, f.Policy); err != nil {
			return sold{}, err
		}
	}
	if f.No, err = tx.Next(); err != nil {
		return sold{}, err
	}
	out, err := ledger.DecidePurchase(q, f, at)
	if err != nil {
		return sold{}, err
	}
	rec, err := tx.AppendSpent(out.Entry, out.Wallet)
	if err != nil {
		return sold{}, err
	}
	done := sold{Record: rec, Purchase: out.Purchase, Wallet: out.Wallet, Link: out.Link}
	if f.Link != nil {
		return done, tx.RecountLink(out.Link)
	}
	return done, tx.PutLink(out.Link)
}

// Sold is a sale as its vendor sees it.
type Sold struct {
	Record   books.Record
	Purchase ledger.Purchase
}

// ChargeOrder asks for a purchase on a link (claims 13, 21): no browser, no question.
type ChargeOrder struct {
	Link      ledger.LinkID
	Offer     ledger.OfferID
	Version   uint32 // 0: the newest
	Quantity  uint32 // 0: one
	ClientRef string
	Metadata  map[string]string
}

// Charge sells on a link. Where the buyer has to act the refusal says how; where a yes in the terminal would help, it
// carries the request that now waits there, and the same key answers the sale once the buyer has said it.
func (v *Seller) Charge(ctx context.Context, q Request, o ChargeOrder) (out Sold, replayed bool, err error) {
	s, at := v.s, v.s.clock()
	if o.Quantity == 0 {
		o.Quantity = 1
	}
	if err := checkAttached(o.ClientRef, o.Metadata); err != nil {
		return Sold{}, false, err
	}
	ask := ledger.CheckoutID{Vendor: v.ID, Number: numberOf(v.request(q, at))}
	ref, replayed, err := s.once(ctx, v.request(q, at), func(tx books.Tx) (string, []byte, error) {
		if asked, found, err := tx.Checkout(ask); err != nil {
			return "", nil, err
		} else if found && asked.Purchase != 0 {
			p, rec, _, err := tx.Purchase(asked.Purchase)
			out = Sold{Record: rec, Purchase: p}
			return "charge", entryRef(asked.Purchase), err
		}
		done, err := v.chargeLink(tx, o, at)
		if err != nil {
			return "", nil, err
		}
		out = Sold{Record: done.Record, Purchase: done.Purchase}
		return "charge", entryRef(done.Record.No), nil
	})
	switch {
	case errors.Is(err, ledger.ErrApproval), errors.Is(err, ledger.ErrWindow):
		return Sold{}, false, v.ask(ctx, ask, o, err, at)
	case err != nil:
		return Sold{}, false, err
	case replayed:
		out, err = v.Sale(ctx, refEntry(ref))
		return out, true, err
	}
	s.hub.wake(topicUser(out.Record.User))
	s.soon()
	return out, false, nil
}

// chargeLink is a charge inside its transaction.
func (v *Seller) chargeLink(tx books.Tx, o ChargeOrder, at time.Time) (sold, error) {
	l, err := v.link(tx.Reader, o.Link)
	if err != nil {
		return sold{}, err
	}
	offer, err := v.offer(tx.Reader, o.Offer)
	if err != nil {
		return sold{}, err
	}
	if o.Version != 0 && o.Version != offer.Version {
		return sold{}, ledger.RefuseTerms(offer.Price)
	}
	price, err := ledger.PriceOf(offer, o.Quantity)
	if err != nil {
		return sold{}, err
	}
	return v.s.sell(tx, l.ID.User, &l, ledger.PurchaseRequest{
		Offer: offer, Quantity: o.Quantity, Expect: price, ClientRef: o.ClientRef, Metadata: o.Metadata, Actor: v.actor(),
	}, at)
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
		if c, found, err = tx.Checkout(id); err != nil || found && (c.Purchase != 0 || checkoutStatus(c, at) == ledger.CheckoutOpen) {
			return err // asked already; answered meanwhile: the repetition of the charge finds the sale
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
	v.s.hub.wake(topicUser(c.User))
	with := *no
	with.Approve, with.Txn = c.UserCode, c.TxnID
	return &with
}

// maxAsked is how many requests of one vendor may wait in one terminal.
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

// Sale reads one of the vendor's sales.
func (v *Seller) Sale(ctx context.Context, no ledger.EntryNo) (out Sold, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		out, err = v.sale(r, no)
		return err
	})
	return out, err
}

func (v *Seller) sale(r books.Reader, no ledger.EntryNo) (Sold, error) {
	p, rec, found, err := r.Purchase(no)
	if err == nil && (!found || rec.Vendor != v.ID) {
		err = ledger.RefuseNotFound("charge")
	}
	return Sold{Record: rec, Purchase: p}, err
}

// Sales lists the vendor's sales in one currency, newest first, older than before (0: all). next is where the following
// page begins, 0 at the end.
func (v *Seller) Sales(ctx context.Context, c ledger.Currency, before ledger.EntryNo, limit int) (all []Sold, next ledger.EntryNo, err error) {
	return entriesOf(ctx, v, c, before, limit, func(r books.Reader, rec books.Record) (Sold, bool, error) {
		if rec.Sale == nil {
			return Sold{}, false, nil
		}
		p, full, _, err := r.Purchase(rec.No)
		return Sold{Record: full, Purchase: p}, true, err
	})
}

// Refunds lists what the vendor gave back, as [Seller.Sales] does.
func (v *Seller) Refunds(ctx context.Context, c ledger.Currency, before ledger.EntryNo, limit int) (all []books.Record, next ledger.EntryNo, err error) {
	return entriesOf(ctx, v, c, before, limit, func(_ books.Reader, rec books.Record) (books.Record, bool, error) {
		return rec, rec.Kind == ledger.KindRefund, nil
	})
}

// entriesOf walks the vendor's chain until take has taken a page or the walk has been long enough.
func entriesOf[T any](ctx context.Context, v *Seller, c ledger.Currency, before ledger.EntryNo, limit int,
	take func(books.Reader, books.Record) (T, bool, error),
) (all []T, next ledger.EntryNo, err error) {
	const stride = 100
	err = v.s.view(ctx, func(r books.Reader) error {
		all, next = nil, 0
		for at, walked := before, 0; ; walked += stride {
			list, err := r.VendorEntries(v.ID, c, at, stride)
			if err != nil {
				return err
			}
			for _, rec := range list {
				one, ok, err := take(r, rec)
				if err != nil {
					return err
				}
				if !ok {
					continue
				}
				if all = append(all, one); len(all) == limit {
					if rec.PrevVendor != 0 {
						next = rec.No
					}
					return nil
				}
			}
			if len(list) < stride {
				return nil
			}
			at = list[len(list)-1].No
			if walked >= maxWalk {
				next = at
				return nil
			}
		}
	})
	return all, next, err
}

// entryRef is the stored answer of a request that made an entry.
func entryRef(no ledger.EntryNo) []byte { return binary.BigEndian.AppendUint64(nil, uint64(no)) }

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
		return ledger.Invalid("client_reference_id", "Use at most 200 bytes of plain text.", "The reference is too long or has control characters.")
	}
	return ledger.CheckMetadata(metadata)
}
