package server

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// revocations reads the list by pages of a size, to its end.
func (s selling) revocations(since time.Time, limit int) (all []view.Revocation) {
	s.t.Helper()
	q := RevocationsQuery{Paging: view.Paging{Limit: limit}, Since: since}
	for {
		page, err := s.v.Revocations(s.ctx, q)
		if err != nil {
			s.t.Fatal(err)
		}
		all = append(all, page.Data...)
		if q.Before = page.Next; q.Before == "" {
			return all
		}
	}
}

// A vendor ends a grant: the buyer reads why, gets nothing back, and may contest it and win. To ask for it again ends
// nothing more, with the same key or another.
func TestVendorEndsAGrant(t *testing.T) {
	s := sellingHouse(t)
	sold, err := s.charges("c", s.offer)
	if err != nil {
		t.Fatal(err)
	}
	no, had := opened(t, s.seal.OpenCharge, sold.ID), s.balance(s.who)
	for _, key := range []string{"r", "r", "s"} {
		g, again, err := s.v.Revoke(s.ctx, asking(key, key), no, "shared in public")
		if err != nil || g.Status != "revoked" {
			t.Fatalf("%+v %v %v", g, again, err)
		}
	}
	got, err := s.v.CheckGrant(s.ctx, no)
	if err != nil || got.Active || got.Why != "revoked" || got.By != "vendor" || got.Reason != "shared in public" {
		t.Errorf("%+v, %v", got, err)
	}
	s.refused(ledger.ErrGrantOver, func() error {
		_, _, err := s.v.Consume(s.ctx, Request{}, Use{Grant: no, RequestID: "1"})
		return err
	})
	if s.balance(s.who) != had {
		t.Error("money has moved")
	}
	d, err := s.Show(s.ctx, s.who, sold.ID)
	if err != nil || !d.CanDispute || d.Grant.Status != "revoked" {
		t.Fatalf("%+v, %v", d, err)
	}
	last := d.Timeline[len(d.Timeline)-1].What
	if last != "access ended by the vendor, nothing given back: shared in public" {
		t.Errorf("the buyer reads %q", last)
	}
	page, err := s.History(s.ctx, s.who, view.HistoryQuery{Kind: "grant_end"})
	if err != nil || len(page.Data) != 1 || page.Data[0].Title != "Ended by the vendor: Rivers. shared in public" {
		t.Errorf("%+v, %v", page.Data, err)
	}
	c, err := s.Dispute(s.ctx, s.who, view.DisputeRequest{ID: sold.ID, Reason: "not_delivered"})
	if err != nil {
		t.Fatal(err)
	}
	if all := s.revocations(time.Time{}, 10); len(all) != 1 || all[0].By != "vendor" {
		t.Errorf("after the dispute %s: %+v", c.ID, all)
	}
}

// The list of grants that ended before their time has all of them, the oldest first, whatever the size of its pages and
// whatever has ended them; a part that goes back ends none.
func TestRevocationsAreExact(t *testing.T) {
	s := sellingHouse(t)
	var want []string
	var half time.Time
	for i := range 6 {
		sold, err := s.charges(fmt.Sprint(i), s.offer)
		if err != nil {
			t.Fatal(err)
		}
		no, by := opened(t, s.seal.OpenCharge, sold.ID), []string{"vendor", "refund", "dispute"}[i%3]
		s.time.Pass(time.Minute)
		if i == 3 {
			half = s.clock()
		}
		switch o := (RefundOrder{Charge: no}); by {
		case "vendor":
			o.Amount = eur(1)
			if _, _, err = s.v.Refund(s.ctx, asking("p"+sold.ID, ""), o); err == nil {
				_, _, err = s.v.Revoke(s.ctx, asking("v"+sold.ID, ""), no, "shared")
			}
		case "refund":
			_, _, err = s.v.Refund(s.ctx, asking("r"+sold.ID, ""), o)
		default:
			_, err = s.Dispute(s.ctx, s.who, view.DisputeRequest{ID: sold.ID, Reason: "duplicate"}) // paid back at once
		}
		if err != nil {
			t.Fatal(i, err)
		}
		want = append(want, s.seal.Grant(no)+" "+by)
	}
	shown := func(all []view.Revocation) (got []string) {
		for _, r := range all {
			got = append(got, r.ID+" "+r.By)
		}
		return got
	}
	for limit := 1; limit <= len(want)+1; limit++ {
		if diff := cmp.Diff(want, shown(s.revocations(time.Time{}, limit))); diff != "" {
			t.Errorf("by %d: %s", limit, diff)
		}
		if diff := cmp.Diff(want[3:], shown(s.revocations(half, limit))); diff != "" {
			t.Errorf("since the fourth, by %d: %s", limit, diff)
		}
	}
	if !slices.IsSortedFunc(s.revocations(time.Time{}, 3), func(a, b view.Revocation) int {
		return a.Revoked.Compare(b.Revoked.Time)
	}) {
		t.Error("not the oldest first")
	}
	s.refused(ledger.ErrInvalid, func() error {
		_, err := s.v.Revocations(s.ctx, RevocationsQuery{Paging: view.Paging{Before: "made up"}})
		return err
	})
}

// viewed counts the rows that reading transactions read.
type viewed struct {
	store.Store
	rows atomic.Int64
}

func (v *viewed) View(ctx context.Context, fn func(store.Reader) error) error {
	return v.Store.View(ctx, func(r store.Reader) error { return fn(viewedReader{r, v}) })
}

type viewedReader struct {
	store.Reader
	v *viewed
}

func (r viewedReader) Get(key []byte) ([]byte, error) {
	r.v.rows.Add(1)
	return r.Reader.Get(key)
}

func (r viewedReader) Load(key []byte, d store.Decoder) (store.Value, error) {
	r.v.rows.Add(1)
	return r.Reader.Load(key, d)
}

func (r viewedReader) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		for kv, err := range r.Reader.Scan(from, to, reverse, limit) {
			r.v.rows.Add(1)
			if !yield(kv, err) {
				return
			}
		}
	}
}

// A site that asks each minute pays for what is new, whether few grants had ended before or many.
func TestRevocationsCostWhatTheyShow(t *testing.T) {
	kv := &viewed{Store: store.NewMemory()}
	s := sellingOn(t, kv)
	s.unlimited(s.who)
	ends := func(n int) {
		for range n {
			s.time.Pass(time.Second)
			sold, err := s.charges("c"+s.clock().String(), s.offer)
			if err != nil {
				t.Fatal(err)
			}
			q := asking("r"+sold.ID, "")
			if _, _, err := s.v.Revoke(s.ctx, q, opened(t, s.seal.OpenCharge, sold.ID), "shared"); err != nil {
				t.Fatal(err)
			}
		}
	}
	cost := func() int64 {
		kv.rows.Store(0)
		if got := s.revocations(s.clock(), 100); len(got) != 1 {
			t.Fatalf("%d new", len(got))
		}
		return kv.rows.Load()
	}
	ends(2)
	few := cost()
	if few == 0 {
		t.Fatal("nothing is counted")
	}
	ends(30)
	if many := cost(); many != few {
		t.Errorf("what is new costs %d reads after 32, %d after 2", many, few)
	}
}
