package history

import (
	"encoding/hex"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Detail returns everything about one row of the user's wallets: who got what to the micro, what happened since, and
// the hash of the entry in the journal. It refuses what belongs to others like what does not exist.
func (h *Reader) Detail(id string) (d view.Detail, err error) {
	rec, err := h.named(strings.TrimSpace(id))
	if err != nil {
		return d, err
	}
	// The row comes first: its words are those of the list from which it was opened.
	c := rec.Listed()
	if d.Row, _, err = h.row(rec, c); err != nil {
		return d, err
	}
	d.Hash = hex.EncodeToString(rec.Hash[:])
	if d.Lines, err = h.Lines(rec.Entry); err != nil {
		return d, err
	}
	switch {
	case rec.Sale != nil:
		err = h.saleDetail(rec, &d)
	case rec.Redemption != nil: // its row and its timeline say all
	case rec.Deposit != nil:
		// The entry tells one step of the deposit; a person asks how it stands now.
		var now ledger.Deposit
		if now, _, err = h.books.Deposit(rec.Deposit.ID); err == nil {
			v := h.svc.Deposit(h.user, now)
			d.ID, d.Deposit = v.ID, &v
		}
	case rec.Dispute != nil:
		d.Dispute, err = h.disputeNow(rec.Dispute.No)
	case rec.Exchange != nil:
		err = h.exchangeDetail(rec.Entry, &d)
	}
	if err != nil {
		return d, err
	}
	d.Timeline, err = h.timeline(rec, c)
	return d, err
}

// named finds the entry that an id means for this user. Names of sales, refunds, disputes and transfers are all numbers
// of entries; a deposit has a name of its own, since it has many entries.
func (h *Reader) named(id string) (rec books.Record, err error) {
	if dep, err := h.svc.Seal.OpenDeposit(id); err == nil {
		return h.depositEntry(dep)
	}
	no, err := h.svc.Seal.OpenEntry(id)
	if err != nil {
		return rec, OrMissing(nil)
	}
	rec, found, err := h.books.Entry(no)
	if err != nil || !found {
		return rec, OrMissing(err)
	}
	if mine(rec.Entry, h.user.ID) {
		return rec, nil
	}
	// A transfer is named by the entry of its sender; its receiver has the entry of the claim.
	t, found, err := h.books.Transfer(no)
	if err != nil || !found || t.To != h.user.ID {
		return rec, OrMissing(err)
	}
	return h.newest(t.Amount.Currency, func(e ledger.Entry) bool {
		return e.Kind == ledger.KindTransferClaimed && e.Cause == no
	})
}

// depositEntry is the entry by which a deposit brought tokens, or its newest one if it has brought none.
func (h *Reader) depositEntry(id ledger.DepositID) (rec books.Record, err error) {
	d, found, err := h.books.Deposit(id)
	if err != nil || !found || id.User != h.user.ID {
		return rec, OrMissing(err)
	}
	c := d.Amount.Currency
	w, err := h.walkOne(c)
	if err != nil {
		return rec, err
	}
	for looked := 0; ; looked++ {
		next, found, err := w.next()
		switch {
		case err != nil:
			return rec, err
		case !found || looked == detailWalk || next.No < d.No: // what is older is about something else
			if rec.No == 0 { // its first entry, where it stands behind more than is looked at
				rec, _, err = h.books.Entry(d.No)
			}
			if err != nil || rec.No == 0 {
				return rec, OrMissing(err)
			}
			return rec, nil
		case next.Deposit == nil || next.Deposit.ID != id || next.Redemption != nil:
			continue
		case next.Effect(h.user.ID) > 0:
			return next.Record, nil
		case rec.No == 0:
			rec = next.Record
		}
	}
}

// newest is the newest entry of a wallet that is the one. It refuses with ErrNotFound if there is none among those that
// are looked at.
func (h *Reader) newest(c ledger.Currency, is func(ledger.Entry) bool) (rec books.Record, err error) {
	w, err := h.walkOne(c)
	if err != nil {
		return rec, err
	}
	for range detailWalk {
		next, found, err := w.next()
		if err != nil || !found {
			return rec, OrMissing(err)
		}
		if is(next.Entry) {
			return next.Record, nil
		}
	}
	return rec, OrMissing(nil)
}

// saleDetail adds what belongs to a sale only: its terms as they were sealed, what was given back, the grant, the
// dispute, and whether it may still be contested (claim 14).
func (h *Reader) saleDetail(rec books.Record, d *view.Detail) error {
	p, _, found, err := h.books.Purchase(rec.No)
	if err != nil || !found {
		return OrMissing(err)
	}
	pol, _, err := h.books.Policy()
	if err != nil {
		return err
	}
	sale, c := rec.Sale, rec.Sale.Price.Currency
	d.TxnID, d.URL = h.svc.Seal.TxnOf(rec.Entry), sale.ContentURL
	if sale.Resource != nil { // one answer: nothing of it is opened later
		d.Request = sale.Resource.Request()
	} else {
		g := h.svc.Grant(rec.Entry, p, h.at)
		d.Grant = &g
	}
	if sale.Offer.Number != 0 { // an inline offer has no name
		d.Offer = h.svc.Seal.Offer(sale.Offer)
	}
	d.Returned = ledger.Amount{Micros: p.Returned, Currency: c}
	d.Commission = ledger.Amount{Micros: sale.Commission, Currency: c}
	if p.Dispute != 0 {
		if d.Dispute, err = h.disputeNow(p.Dispute); err != nil {
			return err
		}
	}
	// What a button offers is what the rule would allow, by the same rule.
	d.CanDispute = ledger.CanDispute(rec.Entry, p, h.at) == nil
	_, by := ledger.DisputeWindow(rec.Entry, pol)
	d.DisputeBy = view.At(by)
	return nil
}

// exchangeDetail adds the terms of an exchange, and who gave and got what on its other side.
func (h *Reader) exchangeDetail(e ledger.Entry, d *view.Detail) error {
	x, err := h.svc.Exchange(h.books, e)
	if err != nil {
		return err
	}
	d.Exchange = &x
	other := e.No + 1
	if e.Kind == ledger.KindExchanged {
		other = e.Cause
	}
	rec, found, err := h.books.Entry(other)
	if err != nil || !found {
		return OrMissing(err)
	}
	lines, err := h.Lines(rec.Entry)
	if e.Kind == ledger.KindExchanged { // what was paid comes first from both sides
		d.Lines = append(lines, d.Lines...)
	} else {
		d.Lines = append(d.Lines, lines...)
	}
	return err
}

// Exchange shows an exchange by the entry of one of its sides.
func (s Service) Exchange(r books.Reader, e ledger.Entry) (v view.Exchange, err error) {
	loaded, found, err := r.Entry(e.Exchange.Rates)
	if err != nil || !found || loaded.Rates == nil {
		return v, OrMissing(err)
	}
	v, err = view.ExchangeOf(*e.Exchange, *loaded.Rates)
	v.ID, v.At = s.Seal.Exchange(e.No), view.At(e.At)
	return v, err
}

// disputeNow shows a dispute as it stands.
func (h *Reader) disputeNow(no ledger.EntryNo) (*view.Dispute, error) {
	d, _, err := h.books.Dispute(no)
	if err != nil {
		return nil, err
	}
	v, err := h.svc.Dispute(h.books, d)
	return &v, err
}

// Grant shows what the buyer of a sale may still open. It is read off the sale: a grant that was never used has no
// record.
func (s Service) Grant(sold ledger.Entry, p ledger.Purchase, at time.Time) view.Grant {
	b := sold.Sale.Grant.Bounds
	return view.Grant{
		ID: s.Seal.Grant(sold.No), Status: view.State(ledger.GrantStatus(sold.Sale, p, at)),
		ViewsTotal: b.Views, ViewsUsed: p.Grant.Used, Hours: b.Hours,
		From: view.At(sold.Sale.Grant.From), Until: view.At(ledger.GrantEnds(sold.Sale, p)), URL: sold.Sale.ContentURL,
	}
}

// Dispute shows a dispute to its user. Title and vendor come from the sale.
func (s Service) Dispute(r books.Reader, d ledger.Dispute) (v view.Dispute, err error) {
	sold, _, err := r.Entry(d.Purchase)
	if err != nil {
		return v, err
	}
	vendor, _, err := r.Vendor(d.Vendor)
	if err != nil {
		return v, err
	}
	v = view.Dispute{
		ID: s.Seal.Dispute(d.No), Purchase: s.Seal.Charge(d.Purchase), Vendor: vendor.Name, Amount: d.Amount,
		Reason: d.Reason, Text: d.Text, State: view.State(d.State), Note: d.Note,
		Opened: view.At(d.Opened), DueBy: view.At(d.DueBy), Decided: view.At(d.Decided),
		Rule: d.Rule, Why: d.Why, Used: d.Used, First: view.At(d.First), Silence: view.SilenceOf(d), Can: d.BuyerMay(),
		Case: view.CaseOf(d),
	}
	if d.Offer > 0 {
		v.Offer = &ledger.Amount{Micros: d.Offer, Currency: d.Amount.Currency}
	}
	if sold.Sale != nil {
		v.Title = sold.Sale.Title
	}
	return v, nil
}
