package books

import (
	"encoding/binary"
	"time"

	"tuppence/server/ledger"
)

// Ripening is how much of what a vendor has earned is too young to leave, as it was counted on a snapshot: that walk
// is long, and a transaction only adds what came since. The zero value says of no vendor that nothing is.
type Ripening struct {
	till  ledger.Till
	young *ledger.Young
}

// Ripening counts what a vendor has earned after an instant.
func (r Reader) Ripening(v ledger.VendorID, c ledger.Currency, cut time.Time) (g Ripening, err error) {
	if g.till, _, err = r.Till(v, c); err != nil {
		return g, err
	}
	g.till.Vendor, g.till.Currency, g.young = v, c, ledger.NewYoung(v, cut)
	return g, r.VendorDown(v, c, g.till.Last, func(rec Record) (bool, error) { return g.young.Add(rec.Entry), nil })
}

// Young is how much of the vendor's money is too young now.
func (t Tx) Young(g Ripening) (int64, error) {
	if g.young == nil {
		return 0, nil
	}
	p := ledger.Party{Vendor: g.till.Vendor, Currency: g.till.Currency}
	later, err := t.earnedSince(g.till)
	return g.young.Of(p) + later.Of(p), err
}

// earnedSince counts what a vendor has earned since its till was as it is given.
func (r Reader) earnedSince(had ledger.Till) (*ledger.Young, error) {
	y := ledger.NewYoung(had.Vendor, time.Time{})
	till, _, err := r.Till(had.Vendor, had.Currency)
	if err != nil {
		return y, err
	}
	return y, r.VendorDown(had.Vendor, had.Currency, till.Last, func(rec Record) (bool, error) {
		if rec.No <= had.Last {
			return false, nil
		}
		y.Newer(rec.Entry)
		return true, nil
	})
}

// Issue reads an issue of tokens by the entry that made it.
func (r Reader) Issue(no ledger.EntryNo) (ledger.TokenIssue, bool, error) {
	return load(r, key(tIssue, no), issues)
}

// PutIssue writes an issue and its places in the lists.
func (t Tx) PutIssue(i ledger.TokenIssue) error {
	return putIndexed(t, key(tIssue, i.No), issues, i, issueIndexes)
}

// issueIndexes: by issuer, and by the code of each voucher, for ever, so that who types a used one is told so; in the
// order in which they end, until they have.
func issueIndexes(i ledger.TokenIssue) (all [][]byte) {
	if i.No == 0 {
		return nil
	}
	all = [][]byte{key(tIssues, "1", i.Vendor, i.No)}
	if i.State == ledger.IssueOpen || i.State == ledger.IssueProposed {
		all = append(all, key(tIssues, "2", i.Ends, i.No))
	}
	for n := range len(i.Codes) / 32 {
		code := i.Code(n)
		all = append(all, key(tIssues, "3", code))
	}
	return all
}

// Issues reads the issues of a vendor (0: of the service) before one of them (0: from the newest), newest first.
func (r Reader) Issues(v ledger.VendorID, before ledger.EntryNo, limit int) ([]ledger.TokenIssue, error) {
	prefix := key(tIssues, "1", v)
	to := after(prefix)
	if before != 0 {
		to = binary.BigEndian.AppendUint64(prefix[:len(prefix):len(prefix)], uint64(before))
	}
	return scan(r, prefix, to, true, limit, deref(r, issues))
}

// IssueByCode finds the issue that has a voucher with this code.
func (r Reader) IssueByCode(code [32]byte) (i ledger.TokenIssue, found bool, err error) {
	k, found, err := r.get(key(tIssues, "3", code))
	if err != nil || !found {
		return i, false, err
	}
	return load(r, k, issues)
}

// DueIssues reads the issues whose time is over and that have not ended, the earliest first, behind one of them.
func (r Reader) DueIssues(until time.Time, behind ledger.TokenIssue, limit int) ([]ledger.TokenIssue, error) {
	from := key(tIssues, "2")
	if behind.No != 0 {
		from = append(key(tIssues, "2", behind.Ends, behind.No), 0)
	}
	return scan(r, from, key(tIssues, "2", until.Add(time.Microsecond)), false, limit, deref(r, issues))
}
