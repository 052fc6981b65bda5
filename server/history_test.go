package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

func TestHistoryPagesAndFilters(t *testing.T) {
	f := newFixture(t)
	news, _ := f.vendor("news")
	video, _ := f.vendor("video")
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	for i := range 30 {
		f.time.Pass(time.Minute)
		f.buys(ann, news, fmt.Sprintf("Article %d", i), eur(10))
		if i%3 == 0 {
			f.buys(ann, video, fmt.Sprintf("Lecture %d", i), eur(20))
		}
	}
	var ids []string
	seen := map[string]bool{}
	q := view.HistoryQuery{Paging: view.Paging{Limit: 7}, Kind: "purchase"}
	for {
		page, err := f.History(f.ctx, ann, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Data) > 7 {
			t.Fatalf("%d rows on a page of 7", len(page.Data))
		}
		for _, row := range page.Data {
			if seen[row.ID] {
				t.Fatalf("row %s comes twice", row.ID)
			}
			seen[row.ID] = true
			ids = append(ids, row.ID)
		}
		if page.Next == "" {
			break
		}
		q.Before = page.Next
	}
	is(t, "purchases", len(ids), 40)

	for _, c := range []struct {
		name string
		q    view.HistoryQuery
		want int
	}{
		{"vendor", view.HistoryQuery{Vendor: "video"}, 10},
		{"text", view.HistoryQuery{Text: "article 2"}, 11},
		{"since", view.HistoryQuery{Kind: "purchase", Since: f.clock()}, 1},
		{"deposits", view.HistoryQuery{Kind: "deposit"}, 1},
		{"nothing", view.HistoryQuery{Text: "no such thing"}, 0},
		{"other currency", view.HistoryQuery{Currency: "JPY"}, 0},
	} {
		page, err := f.History(f.ctx, ann, c.q)
		if err != nil {
			t.Fatal(err)
		}
		is(t, c.name, len(page.Data), c.want)
	}
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.History(f.ctx, ann, view.HistoryQuery{Paging: view.Paging{Before: "cur_nonsense"}})
		return err
	})
}

// Accounts in several currencies are one history, in order, with nothing lost between pages.
func TestHistoryOfSeveralCurrencies(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	for i := range 20 {
		amount := eur(1000 + 100*int64(i))
		if i%3 > 0 {
			amount.Currency = "USD"
		}
		f.time.Pass(time.Minute)
		if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: amount, Method: "card"}); err != nil {
			t.Fatal(err)
		}
	}
	q := view.HistoryQuery{Paging: view.Paging{Limit: 3}}
	var got []int64
	for more := true; more; more = q.Before != "" {
		page, err := f.History(f.ctx, ann, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Data {
			got = append(got, row.Amount.Micros)
		}
		q.Before = page.Next
	}
	is(t, "rows", len(got), 20)
	for i, micros := range got {
		is(t, fmt.Sprintf("row %d", i), micros, eur(1000+100*int64(19-i)).Micros)
	}
}

// The rows add up to what is in the wallet.
func TestRowsAddUp(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	bought := f.buys(ann, v, "How rivers freeze", eur(25))
	f.buys(ann, v, "Crossword", eur(10))
	if _, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "not_delivered"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(100)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(1013), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	page, err := f.History(f.ctx, ann, view.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, row := range page.Data {
		sum += row.Amount.Micros
		if row.ID == "" || row.Kind == "" || row.State == "" {
			t.Errorf("row with gaps: %+v", row)
		}
		if _, err := f.Show(f.ctx, ann, row.ID); err != nil {
			t.Errorf("show %s %s: %v", row.Kind, row.ID, err)
		}
	}
	is(t, "sum", sum, f.balance(ann))
}

func TestShowTellsWhoGotWhat(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann, bob := f.funded("ann", eur(1000)), f.join("bob")
	bought := f.buys(ann, v, "How rivers freeze", eur(25))
	d, err := f.Show(f.ctx, ann, bought.ID)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	sum := int64(0)
	for _, l := range d.Lines {
		got[l.Who] += l.Amount.Micros
		sum += l.Amount.Micros
	}
	is(t, "sum", sum, 0)
	is(t, "you", got["you"], -eur(25).Micros)
	is(t, "the vendor and the service", got["news"]+got["tuppence (commission)"], eur(25).Micros)
	is(t, "commission", got["tuppence (commission)"], d.Commission.Micros)
	is(t, "state", d.State, "paid")
	is(t, "can open", d.CanOpen, true)
	is(t, "can dispute", d.CanDispute, true)
	if d.TxnID == "" || len(d.Hash) != 64 || len(d.Timeline) == 0 || d.Grant == nil {
		t.Errorf("gaps: %+v", d)
	}
	words := map[string]bool{}
	for _, id := range []string{bought.ID, f.seal.Charge(424242), "chg_x", "", strings.Repeat("x", 5000)} {
		r := f.refused(ledger.ErrNotFound, func() error { _, err := f.Show(f.ctx, bob, id); return err })
		words[r.Error()] = true
	}
	is(t, "different words for unknown and foreign", len(words), 1)
}
