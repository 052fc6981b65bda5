package books

import (
	"testing"
	"time"

	"tuppence/server/ledger"
)

// Numbers order what users do, times do not: what a clock that was behind has stamped hides nothing that is older, and
// what a clock that was ahead has stamped ends no list.
func TestClocksHideNothing(t *testing.T) {
	w := newWorld(t)
	year := 366 * 24 * time.Hour
	for i, ahead := range []time.Duration{-2 * year, 0, year, -year, 0, -year} {
		w.do(func(tx Tx) error {
			return tx.PutTransfer(ledger.Transfer{
				No: ledger.EntryNo(100 + i), From: 1, State: ledger.TransferClaimed, To: 2, Created: morning.Add(ahead),
				Code: [32]byte{byte(i + 1)},
			})
		})
	}
	w.see(func(r Reader) error {
		all, err := r.UserTransfers(1, morning.Add(-time.Hour), 0)
		var got []ledger.EntryNo
		for _, f := range all {
			got = append(got, f.No)
		}
		if len(got) != 3 || got[0] != 104 || got[1] != 102 || got[2] != 101 {
			t.Errorf("since the morning: %v", got)
		}
		return err
	})
}
