package server

import (
	"errors"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// A vendor with more disputes in a day than are counted is a matter for a person, whatever the newest of them are.
func TestMoreDisputesThanAreCounted(t *testing.T) {
	f := newFixture(t)
	at, stop := f.time.Now(), errors.New("taken back")
	err := f.update(f.ctx, func(tx books.Tx) error {
		for _, n := range []int{maxDisputes - 1, maxDisputes} {
			for i := range n {
				d := ledger.Dispute{No: ledger.EntryNo(1000 + i), User: 9, Vendor: 5, State: ledger.DisputeWon, Opened: at}
				if err := tx.PutDispute(d); err != nil {
					return err
				}
			}
			facts := ledger.DisputeFacts{SaleFacts: ledger.SaleFacts{Sold: ledger.Entry{Vendor: 5}}}
			if err := f.disputeHistory(tx.Reader, &facts, at); err != nil {
				return err
			}
			is(t, "more than are counted", facts.VendorReturns > 0, n == maxDisputes)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}
