package server

import (
	"context"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Shelf is the library as files: with the type of each content and, where it is here, its size. On the first page is
// also what was used up a moment ago and opens again as the same view: a copy that broke off can be made again. It
// counts no view. It refuses as [Server.Library] does.
func (s *Server) Shelf(
	ctx context.Context, who view.Caller, q view.Paging,
) (page view.Page[view.ShelfItem], err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		h := s.history.Of(r, u, at)
		listed, err := h.Library(q)
		if err != nil {
			return err
		}
		all := listed.Data
		if q.Before == "" {
			if all, err = s.withOpened(h, u, all, at); err != nil {
				return err
			}
		}
		page = view.Page[view.ShelfItem]{Next: listed.Next, Searched: listed.Searched}
		for _, item := range all {
			shown, err := s.shelfItem(r, h, u, item, at)
			if err != nil {
				return err
			}
			page.Data = append(page.Data, shown)
		}
		return nil
	})
	return page, err
}

// withOpened adds what is used up and still open.
func (s *Server) withOpened(
	h *history.Reader, u ledger.User, all []view.LibraryItem, at time.Time,
) ([]view.LibraryItem, error) {
	for _, no := range s.opened.of(u.ID, at) {
		id := s.seal.Charge(no)
		if slices.ContainsFunc(all, func(i view.LibraryItem) bool { return i.ID == id }) {
			continue
		}
		rec, p, err := h.Sold(id)
		if err != nil {
			return nil, err
		}
		if ledger.GrantStatus(rec.Sale, p, at) != ledger.GrantExhausted { // another page has it, or nobody
			continue
		}
		item, err := h.LibraryItem(rec, p)
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

// shelfItem adds what is known of the content of a purchase.
func (s *Server) shelfItem(
	r books.Reader, h *history.Reader, u ledger.User, item view.LibraryItem, at time.Time,
) (out view.ShelfItem, err error) {
	out.LibraryItem = item
	rec, _, err := h.Sold(item.ID)
	if err != nil {
		return out, err
	}
	sold := rec.Sale
	if sold.Version > 0 { // else it was asked for without an offer that is kept
		o, _, err := r.Offer(sold.Offer, sold.Version)
		if err != nil {
			return out, err
		}
		out.Type = o.MIME
		c, found, err := r.CopyFor(sold.Offer, sold.Version)
		if err != nil {
			return out, err
		}
		if found {
			out.Type, out.Size = c.Type, int(c.Size)
			return out, nil
		}
	}
	if kept, is := s.opened.kept(u.ID, rec.No, at); is {
		out.Size = len(kept.Bytes)
	}
	return out, nil
}

// of returns what somebody has opened a moment ago, the last first.
func (n *openedNow) of(u ledger.UserID, at time.Time) (all []ledger.EntryNo) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, k := range slices.Backward(n.order) {
		if k.user == u && at.Before(n.now[k].until) {
			all = append(all, k.no)
		}
	}
	return all
}
