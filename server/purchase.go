package server

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
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
		// A charge that was refused has asked the buyer under a number made of the same request. So the repetition finds
		// the sale by that number, whether the buyer has said yes in between or not.
		asked, err := v.asked(tx.Reader, asking)
		if err != nil {
			return "", nil, err
		}
		waiting, refused = ledger.CheckoutID{}, nil
		if !asked.Created.IsZero() {
			waiting = asked.ID
		}
		if asked.Purchase != 0 && asks(asked, o) {
			made, err = v.sale(tx.Reader, asked.Purchase, "charge")
			return "charge", entryRef(asked.Purchase), err
		}
		made, refused, err = v.chargeLink(tx, o, asked, at)
		if err != nil || refused != nil {
			return "", nil, err
		}
		return "charge", entryRef(made.entry.No), withdraw(tx, asked, o, at)
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

// sale is what has been sold: the entry that says so for ever, and the part that changes.
type sale struct {
	entry    ledger.Entry
	purchase ledger.Purchase
	brought  *ledger.Referred // of its buyer, if the sale has changed that
}

// Sale reads one of the vendor's sales as it stands. It refuses with ErrNotFound one of another vendor.
func (v *Seller) Sale(ctx context.Context, no ledger.EntryNo) (shown view.Charge, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		sold, err := v.sale(r, no, "charge")
		if err == nil {
			shown = v.chargeView(sold.entry, sold.purchase)
		}
		return err
	})
	return shown, err
}

// sale reads one of the vendor's sales; what names it in the refusal if there is none.
func (v *Seller) sale(r books.Reader, no ledger.EntryNo, what string) (sale, error) {
	sold, found, err := saleOf(r, no)
	if err == nil && (!found || sold.entry.Vendor != v.ID) {
		err = ledger.RefuseNotFound(what)
	}
	return sold, err
}

// saleOf reads a sale as it stands; number 0 means none.
func saleOf(r books.Reader, no ledger.EntryNo) (sold sale, found bool, err error) {
	if no == 0 {
		return sold, false, nil
	}
	p, rec, found, err := r.Purchase(no)
	return sale{entry: rec.Entry, purchase: p}, found, err
}

// saleFacts loads what every decision about an existing sale needs, each record once. It refuses with ErrNotFound.
func saleFacts(tx books.Tx, no ledger.EntryNo) (f ledger.SaleFacts, err error) {
	p, rec, found, err := tx.Purchase(no)
	if err != nil {
		return f, err
	}
	if !found {
		return f, ledger.RefuseNotFound("purchase")
	}
	f.Purchase, f.Sold = p, rec.Entry
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(rec.User); err != nil {
		return f, err
	}
	c := rec.Amount.Currency
	if f.Wallet, err = walletOrNew(tx.Reader, rec.User, c, f.Policy); err != nil {
		return f, err
	}
	if f.Link, err = linkOf(tx.Reader, rec.User, rec.Vendor, c); err != nil {
		return f, err
	}
	if f.Till, _, err = tx.Till(rec.Vendor, c); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// saleFacts loads what a decision about one of the vendor's sales needs. A sale of another vendor is refused like one
// that does not exist, in the words of what was asked for.
func (v *Seller) saleFacts(tx books.Tx, no ledger.EntryNo, what string) (ledger.SaleFacts, error) {
	f, err := saleFacts(tx, no)
	if errors.Is(err, ledger.ErrNotFound) || err == nil && f.Sold.Vendor != v.ID {
		err = ledger.RefuseNotFound(what)
	}
	return f, err
}

// EntriesQuery filters a list of what happened at a vendor. A zero field filters nothing.
type EntriesQuery struct {
	view.Paging
	Currency ledger.Currency
	Since    time.Time // made at or after
	Until    time.Time // made before
}

// SalesQuery filters sales. A zero field filters nothing.
type SalesQuery struct {
	EntriesQuery
	Status    string // as it is now: captured, partially_refunded, refunded
	Offer     ledger.OfferID
	ClientRef string            // exactly what the vendor attached
	Metadata  map[string]string // all of these, exactly
}

// takes tells whether a sale is one that was asked for, as far as its entry says.
func (q SalesQuery) takes(s *ledger.Sale) bool {
	if s == nil || q.Offer != (ledger.OfferID{}) && s.Offer != q.Offer || q.ClientRef != "" && s.ClientRef != q.ClientRef {
		return false
	}
	for name, value := range q.Metadata {
		if had, found := s.Metadata[name]; !found || had != value {
			return false
		}
	}
	return true
}

// Sales lists the vendor's sales, newest first. The next page begins where this one ended, also while sales go on. It
// refuses with ErrInvalid an unknown cursor.
func (v *Seller) Sales(ctx context.Context, q SalesQuery) (page view.Page[view.Charge], err error) {
	return entriesOf(ctx, v, q.EntriesQuery, func(r books.Reader, rec books.Record) (view.Charge, bool, error) {
		if !q.takes(rec.Sale) {
			return view.Charge{}, false, nil
		}
		p, err := r.PurchaseOf(rec)
		return v.chargeView(rec.Entry, p), q.Status == "" || q.Status == ledger.StateWord(p.State), err
	})
}

// entriesOf makes a page of the entries of a vendor that take accepts.
func entriesOf[T any](
	ctx context.Context, v *Seller, q EntriesQuery,
	take func(books.Reader, books.Record) (one T, taken bool, err error),
) (page view.Page[T], err error) {
	from, err := history.OpenPlaces(v.s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = v.view(ctx, func(r books.Reader) error {
		in := []ledger.Currency{q.Currency}
		if q.Currency == "" {
			p, err := policy(r)
			if err != nil {
				return err
			}
			in = p.Currencies
		}
		found, err := history.OfVendor(r, history.VendorQuery{
			Vendor: v.ID, Currencies: in, From: from, Since: q.Since, Before: q.Until, Limit: q.Rows(),
		}, func(rec books.Record) (T, bool, error) { return take(r, rec) })
		page.Data, page.Next = found.Rows, history.ClosePlaces(v.s.seal, found.Next)
		page.Searched = view.At(found.Searched)
		return err
	})
	return page, err
}

// chargeView shows a sale to its vendor: the entry as it was made, the purchase as it stands. Pseudonym and names are
// made when they are shown, so none of them is stored.
func (v *Seller) chargeView(sold ledger.Entry, p ledger.Purchase) view.Charge {
	names, sale, c := v.s.seal, sold.Sale, sold.Amount.Currency
	out := view.Charge{
		ID: names.Charge(sold.No), TxnID: names.TxnOf(sold), Status: ledger.StateWord(p.State), Disputed: p.Disputed > 0,
		Amount:   sold.Amount,
		Captured: ledger.Amount{Micros: p.Captured, Currency: c}, Refunded: ledger.Amount{Micros: p.Returned, Currency: c},
		Wallet: names.Pseudonym(sold.User, sold.Vendor), Quantity: sale.Quantity, Splits: v.splits(sold, p),
		Offer:   view.ChargeOffer{Version: sale.Version, Title: sale.Title},
		GrantID: names.Grant(sold.No), ClientRef: sale.ClientRef, Metadata: sale.Metadata, Created: view.At(sold.At),
	}
	if sale.Offer.Number != 0 {
		out.Offer.ID = names.Offer(sale.Offer)
	}
	if sale.Link != (ledger.LinkID{}) {
		out.LinkID = names.Link(sale.Link)
	}
	if p.State == ledger.PurchaseHeld {
		out.HoldUntil = view.Maybe(p.HoldUntil)
	}
	if out.PaysBuyer = sale.PaysBuyer; sale.Plan != 0 {
		out.Plan, out.PlanVersion = names.Plan(sold.Vendor, sale.Plan), sale.PlanVersion
	}
	return out
}

// splits tells who gets what of a sale, or of what was captured of it: its payees, the vendor, the service. The
// vendor's part is what is left, so the parts always add up.
func (v *Seller) splits(sold ledger.Entry, p ledger.Purchase) (all []view.Split) {
	sale := sold.Sale
	number := func(micros int64) string {
		return ledger.Amount{Micros: micros, Currency: sale.Price.Currency}.Number()
	}
	price, commission, shares := sale.Price.Micros, sale.Commission, sale.Royalties
	if p.State != ledger.PurchaseHeld && p.Captured != price {
		var err error
		if commission, shares, err = sale.Part(p.Captured); err != nil {
			return nil
		}
		price = p.Captured
	}
	rest := price - commission
	for _, r := range shares {
		rest -= r.Micros
		all = append(all, view.Split{Payee: r.Name, Role: r.Role, Amount: number(r.Micros)})
	}
	return append(
		all,
		view.Split{Payee: v.s.seal.Vendor(sold.Vendor), Role: "vendor", Amount: number(rest)},
		view.Split{Payee: v.s.house.Name, Role: "commission", Amount: number(commission)},
	)
}
