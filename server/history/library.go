package history

import (
	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Library lists what the user has bought and can open now, the newest purchase first (claim 25). It refuses with
// ErrInvalid a cursor of another list.
func (h *Reader) Library(q view.Paging) (page view.Page[view.LibraryItem], err error) {
	found, err := h.Page(view.HistoryQuery{Paging: q, Kind: "purchase", Opens: true})
	if err != nil {
		return page, err
	}
	page.Next, page.Searched = found.Next, found.Searched
	for _, row := range found.Data {
		rec, p, err := h.Sold(row.ID)
		if err != nil {
			return page, err
		}
		item, err := h.LibraryItem(rec, p)
		if err != nil {
			return page, err
		}
		page.Data = append(page.Data, item)
	}
	return page, nil
}

// LibraryItem shows a sale to the user, as [Reader.Sold] has read it.
func (h *Reader) LibraryItem(rec books.Record, p ledger.Purchase) (view.LibraryItem, error) {
	v, err := h.vendor(rec.Vendor)
	return view.LibraryItem{
		ID: h.svc.Seal.Charge(rec.No), Title: rec.Sale.Title, Vendor: v.Name, At: view.At(rec.At),
		Grant: h.svc.Grant(rec.Entry, p, h.at),
	}, err
}

// Sold returns a sale to the user as it stands, by its name or that of its grant. It refuses with ErrNotFound what is
// no sale, and that of another person.
func (h *Reader) Sold(id string) (rec books.Record, p ledger.Purchase, err error) {
	if no, err := h.svc.Seal.OpenGrant(id); err == nil {
		id = h.svc.Seal.Charge(no)
	}
	rec, err = h.named(id)
	if err != nil {
		return rec, p, err
	}
	if rec.Sale == nil || rec.User != h.user.ID {
		return rec, p, OrMissing(nil)
	}
	p, err = h.books.PurchaseOf(rec)
	return rec, p, err
}

// Owned finds the newest purchase of an offer that the user can open. It looks to the beginning of the history: what
// was not looked at must not be bought again.
func (h *Reader) Owned(vendor string, o ledger.OfferID) (id string, found bool, err error) {
	q := view.HistoryQuery{Paging: view.Paging{Limit: view.MaxRows}, Vendor: vendor, Kind: "purchase", Opens: true}
	for {
		page, err := h.Page(q)
		if err != nil {
			return "", false, err
		}
		for _, row := range page.Data {
			rec, _, err := h.Sold(row.ID)
			if err != nil {
				return "", false, err
			}
			if rec.Sale.Offer == o {
				return row.ID, true, nil
			}
		}
		if page.Next == "" {
			return "", false, nil
		}
		q.Before = page.Next
	}
}
