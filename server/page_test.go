package server

import (
	"fmt"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// paged is what a page promises of the one that follows.
type paged struct {
	rows     int
	next     view.Cursor
	searched bool
}

// listed reads a page of a list of any type.
func listed[T any](list func(view.Paging) (view.Page[T], error)) func(view.Paging) (paged, error) {
	return func(q view.Paging) (paged, error) {
		p, err := list(q)
		return paged{len(p.Data), p.Next, !p.Searched.IsZero()}, err
	}
}

// lists are all of the service, with filters that find little, none, and rows that lie far apart.
func (s selling) lists() map[string]func(view.Paging) (paged, error) {
	all := map[string]func(view.Paging) (paged, error){
		"offers": listed(func(q view.Paging) (view.Page[view.Offer], error) { return s.v.Offers(s.ctx, q) }),
		"links":  listed(func(q view.Paging) (view.Page[view.VendorLink], error) { return s.v.Links(s.ctx, q) }),
		"disputes": listed(func(q view.Paging) (view.Page[view.VendorDispute], error) {
			return s.v.Disputes(s.ctx, DisputesQuery{Paging: q})
		}),
		"disputes that were lost": listed(func(q view.Paging) (view.Page[view.VendorDispute], error) {
			return s.v.Disputes(s.ctx, DisputesQuery{Paging: q, Stage: ledger.DisputeLost})
		}),
		"staff log": listed(func(q view.Paging) (view.Page[view.StaffAct], error) {
			return s.StaffLog(s.ctx, s.operator, view.AuditQuery{Paging: q})
		}),
		"ledger of 2100": listed(func(q view.Paging) (view.Page[view.LedgerLine], error) {
			return s.GeneralLedger(s.ctx, s.operator, view.LedgerQuery{Paging: q, Class: ledger.VendorPending})
		}),
		"refunds": listed(func(q view.Paging) (view.Page[view.Refund], error) {
			return s.v.Refunds(s.ctx, RefundsQuery{EntriesQuery: EntriesQuery{Paging: q}})
		}),
	}
	for _, ref := range []string{"", "early", "nobody"} {
		all["sales of "+ref] = listed(func(q view.Paging) (view.Page[view.Charge], error) {
			return s.v.Sales(s.ctx, SalesQuery{EntriesQuery: EntriesQuery{Paging: q}, ClientRef: ref})
		})
	}
	for _, kind := range []string{"", "charge.refunded", "dispute.opened", "link.revoked"} {
		all["events "+kind] = listed(func(q view.Paging) (view.Page[view.VendorEvent], error) {
			return s.v.Events(s.ctx, EventQuery{Paging: q, Type: kind})
		})
	}
	for _, text := range []string{"", "rivers", "refund", "zzzz", "check", "early"} {
		all["history of "+text] = listed(func(q view.Paging) (view.Page[view.Row], error) {
			found, err := s.History(s.ctx, s.who, view.HistoryQuery{Paging: q, Text: text})
			return found.Page, err
		})
		all["desk disputes of "+text] = listed(func(q view.Paging) (view.Page[view.Dispute], error) {
			return s.DeskDisputes(s.ctx, s.operator, view.DeskQuery{Paging: q, Text: text})
		})
		all["desk deposits of "+text] = listed(func(q view.Paging) (view.Page[view.Deposit], error) {
			return s.DeskDeposits(s.ctx, s.operator, view.DeskQuery{Paging: q, Text: text})
		})
	}
	return all
}

// A page with a cursor and no word of how far it was searched is followed by a row. One that was searched to a time may
// be followed by none; and no list promises in circles, or shows another number of rows in pages of another size.
func TestPagesSayWhatFollows(t *testing.T) {
	s := sellingOn(t, store.NewMemory())
	url := "https://news.example/hook"
	if _, _, err := s.v.CreateEndpoint(s.ctx, Request{}, EndpointSettings{URL: &url}); err != nil {
		t.Fatal(err)
	}
	s.unlimited(s.who)
	s.trades("early", 3)
	s.entries(1100)
	s.idle(1100)
	s.trades("late", 1)
	s.flood(210)
	s.Sweep(s.ctx)
	searched := 0
	for name, list := range s.lists() {
		total := -1
		for _, limit := range []int{1, 2, 50} {
			rows, promised := 0, false
			for q, pages := (view.Paging{Limit: limit}), 0; ; pages++ {
				p, err := list(q)
				if err != nil || pages > 1300 || promised && p.rows == 0 || p.searched && p.next == "" {
					t.Fatalf("%s by %d, page %d: %+v after a promise (%v): %v", name, limit, pages, p, promised, err)
				}
				if p.searched {
					searched++
				}
				rows += p.rows
				promised = p.next != "" && !p.searched
				if q.Before = p.next; q.Before == "" {
					break
				}
			}
			if total >= 0 && rows != total && name != "staff log" { // which has a line for each look at the desk
				t.Errorf("%s has %d rows by %d, and %d before", name, rows, limit, total)
			}
			total = rows
		}
	}
	if searched == 0 {
		t.Error("no list was long enough")
	}
}

// trades sells under a reference, gives one of two back, and has another one contested.
func (s selling) trades(ref string, n int) {
	s.t.Helper()
	var me ledger.Vendor
	s.read(func(r books.Reader) (err error) {
		me, err = s.v.record(r)
		return err
	})
	for i := range n {
		s.time.Pass(time.Minute)
		key := fmt.Sprint(ref, i)
		o := ChargeOrder{Link: s.link, Offer: s.offers(key, eur(25)).ID, ClientRef: ref}
		sold, _, err := s.v.Charge(s.ctx, asking(key, key), o)
		if err != nil {
			s.t.Fatal(err)
		}
		if i%2 == 0 {
			no := opened(s.t, s.seal.OpenCharge, sold.ID)
			if _, _, err := s.v.Refund(s.ctx, asking("r"+key, key), RefundOrder{Charge: no, Reason: "goodwill"}); err != nil {
				s.t.Fatal(err)
			}
		}
		q := view.DisputeRequest{ID: s.buys(s.who, me, "Dear "+key, eur(200)).ID, Reason: "not_delivered"}
		if _, err := s.Dispute(s.ctx, s.who, q); err != nil {
			s.t.Fatal(err)
		}
	}
}

// idle writes entries of the wallet that are no rows.
func (s selling) idle(n int) {
	s.t.Helper()
	u := s.user(s.who)
	s.write(func(tx books.Tx) error {
		for range n {
			_, err := tx.Append(ledger.Entry{
				At: s.clock(), Kind: ledger.KindStaff, User: u.ID, Actor: systemActor,
				Amount: ledger.Amount{Currency: "EUR"},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
