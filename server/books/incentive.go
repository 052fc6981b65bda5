package books

import (
	"time"

	"tuppence/server/ledger"
)

// Incentive reads an incentive by the entry that gave it.
func (r Reader) Incentive(no ledger.EntryNo) (ledger.Incentive, bool, error) {
	return load(r, key(tIncentive, no), incentives)
}

// DueIncentives reads the incentives that have expired at an instant and were not ended, the earliest first, behind one
// of them.
func (r Reader) DueIncentives(until time.Time, behind ledger.Incentive, limit int) ([]ledger.Incentive, error) {
	from := key(tDueIncentive)
	if behind.No != 0 {
		from = append(dueIncentiveKey(behind), 0)
	}
	return scan(r, from, key(tDueIncentive, until.Add(time.Microsecond)), false, limit, deref(r, incentives))
}

func dueIncentiveKey(i ledger.Incentive) []byte { return key(tDueIncentive, i.Expires, i.No) }

// PutIncentive writes an incentive.
func (t Tx) PutIncentive(i ledger.Incentive) error {
	return putIndexed(t, key(tIncentive, i.No), incentives, i, incentiveIndexes)
}

// incentiveIndexes: in the order in which they expire, until that is done; of a campaign by wallet, for ever.
func incentiveIndexes(i ledger.Incentive) (all [][]byte) {
	if i.No == 0 {
		return nil
	}
	if i.Ended.IsZero() {
		all = append(all, dueIncentiveKey(i))
	}
	if i.Campaign != 0 {
		all = append(all, key(tGifts, i.Campaign, i.User, i.No))
	}
	return all
}
