package history

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// mixed is a journal with sales in two currencies among entries of other kinds, and its sales, newest first.
func mixed(t *testing.T) (j *journal, sales []ledger.EntryNo) {
	j = newJournal(t)
	for i := range 9 {
		c := ledger.Currency("EUR")
		if i%3 == 1 {
			c = "USD"
		}
		j.at = j.at.Add(time.Minute)
		for _, funded := range []ledger.Currency{"EUR", "USD", "EUR", "USD"} {
			j.pays(ledger.KindDeposit, funded, 0)
		}
		j.pays(ledger.KindPurchase, c, news)
		j.pays(ledger.KindCapture, "EUR", news)
		j.pays(ledger.KindCapture, "USD", news)
		sales = append(sales, ledger.EntryNo(7*i+5))
	}
	slices.Reverse(sales)
	return j, sales
}

// isSale takes sales.
func isSale(rec books.Record) (ledger.EntryNo, bool, error) {
	return rec.No, rec.Kind == ledger.KindPurchase, nil
}

// A vendor's list is read to its end page by page, over all currencies or in one, whatever else stands between its
// entries. There is a following page if and only if there is more, whatever the size of the pages.
func TestPagesOfAVendor(t *testing.T) {
	j, sales := mixed(t)
	inDollars := []ledger.EntryNo{sales[1], sales[4], sales[7]}
	for _, tt := range []struct {
		in   []ledger.Currency
		want []ledger.EntryNo
	}{
		{[]ledger.Currency{"EUR", "USD"}, sales},
		{[]ledger.Currency{"USD", "EUR"}, sales},
		{[]ledger.Currency{"USD"}, inDollars},
		{[]ledger.Currency{"GBP"}, nil},
	} {
		for limit := 1; limit <= len(tt.want)+1; limit++ {
			t.Run(fmt.Sprint(tt.in, limit), func(t *testing.T) {
				q := VendorQuery{Vendor: news, Currencies: tt.in, Limit: limit}
				var got []ledger.EntryNo
				j.read(func(r books.Reader) error {
					for {
						page, err := OfVendor(r, q, isSale)
						got = append(got, page.Rows...)
						if more := len(got) < len(tt.want); err != nil || more != (page.Next != nil) {
							return errors.Join(err, fmt.Errorf("after %d of %d: next is %v", len(got), len(tt.want), page.Next))
						}
						if page.Next == nil {
							return nil
						}
						q.From = page.Next
					}
				})
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// A place of another vendor's list, of a list in another currency, or named twice is refused.
func TestPlacesAreOfTheirList(t *testing.T) {
	j, sales := mixed(t)
	both := []ledger.Currency{"EUR", "USD"}
	for name, q := range map[string]VendorQuery{
		"other vendor":   {Vendor: news + 1, Currencies: both, From: sales[:1]},
		"other currency": {Vendor: news, Currencies: both[:1], From: sales[1:2]},
		"twice":          {Vendor: news, Currencies: both, From: []ledger.EntryNo{sales[0], sales[0]}},
		"no entry":       {Vendor: news, Currencies: both, From: []ledger.EntryNo{999}},
	} {
		q.Limit = 5
		j.read(func(r books.Reader) error {
			if all, err := OfVendor(r, q, isSale); !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("%s: %v, %v", name, all, err)
			}
			return nil
		})
	}
}

// A filter by time leaves out what is older or newer, and stops where nothing more can come.
func TestVendorEntriesInASpan(t *testing.T) {
	j, sales := mixed(t)
	j.read(func(r books.Reader) error {
		newest, _, err := r.Entry(sales[2])
		if err != nil {
			return err
		}
		oldest, _, err := r.Entry(sales[5])
		if err != nil {
			return err
		}
		looked := 0
		page, err := OfVendor(r, VendorQuery{
			Vendor: news, Currencies: []ledger.Currency{"EUR", "USD"}, Since: oldest.At, Before: newest.At, Limit: 99,
		}, func(rec books.Record) (ledger.EntryNo, bool, error) {
			looked++
			return isSale(rec)
		})
		if diff := cmp.Diff(sales[3:6], page.Rows); diff != "" || page.Next != nil || looked > 10 {
			t.Errorf("%d entries seen, next %v: %s", looked, page.Next, diff)
		}
		return err
	})
}
