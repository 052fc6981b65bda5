package server

import (
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

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
	if n := rec.Sale.Agent; n != 0 { // most sales are a person's
		a, found, err := tx.Agent(rec.User, n)
		if err != nil {
			return f, err
		}
		if found {
			f.Agent = &a
		}
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
	if sale.Resource != nil {
		out.Request = sale.Resource.Request()
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
