package view

import (
	"slices"
	"time"

	"tuppence/server/ledger"
)

// DueFirst puts what waits for the vendor on top, the first due before the others; the rest stays as it came. None is
// there twice.
func DueFirst(all []VendorDispute) []VendorDispute {
	seen := map[string]bool{}
	all = slices.DeleteFunc(all, func(d VendorDispute) bool {
		had := seen[d.ID]
		seen[d.ID] = true
		return had
	})
	due := func(d VendorDispute) time.Time {
		if d.DueBy == nil || d.Stage != string(ledger.DisputeNeedsResponse) {
			return time.Unix(1<<40, 0)
		}
		return d.DueBy.Time
	}
	slices.SortStableFunc(all, func(a, b VendorDispute) int { return due(a).Compare(due(b)) })
	return all
}
