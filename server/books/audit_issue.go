package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// issuedSum is what the journal says of an issue of tokens.
type issuedSum struct {
	issue  ledger.TokenIssue // as its newest entry leaves it; the codes stay in the first one
	waited bool              // a voucher was redeemed, and the next entry has to give its tokens
}

// issue follows a step of an issue: what is paid in is all of it, once; at its end nothing is left of it.
func (a *auditor) issue(rec Record) {
	i := rec.Issue
	if i == nil || i.No != rec.No && i.No != rec.Cause || i.No != rec.No && a.issued[i.No] == nil {
		a.find(rowsEqual, "entry %d does not say which issue it moves on", rec.No)
		return
	}
	sum := a.issued[i.No]
	if sum == nil {
		sum = &issuedSum{}
		a.issued[i.No] = sum
	}
	had, left := sum.issue, -a.balances[i.Account()]
	opens := i.State == ledger.IssueOpen && had.State != ledger.IssueOpen
	switch {
	case opens && rec.No != i.No && rec.Actor.Key == i.By:
		a.find(i20, "entry %d opens issue %d by who has proposed it", rec.No, i.No)
	case opens && left != i.Total().Micros:
		a.find(i20, "entry %d opens issue %d of %d with %d", rec.No, i.No, i.Total().Micros, left)
	case !opens && (left != 0 || i.Redeemed != had.Redeemed || !bytes.Equal(i.Used, had.Used)):
		a.find(i20, "entry %d ends issue %d with %d left", rec.No, i.No, left)
	}
	for _, g := range rec.Postings {
		switch g.Account.Class {
		case ledger.VendorReserve:
			a.settled.kept[ledger.Party{Vendor: i.Vendor, Currency: g.Account.Currency}] -= g.Micros
		case ledger.PromoGiven:
			if i.Vendor != 0 {
				a.find(i20, "entry %d moves %d micros of the service for an issue of vendor %d", rec.No, g.Micros, i.Vendor)
			}
		}
	}
	sum.issue = *i
	sum.issue.Codes = nil
}

// voucher follows a voucher that is redeemed: once, while its issue is open, and the next entry gives its tokens.
func (a *auditor) voucher(rec Record) {
	sum, c := a.issued[rec.Cause], rec.Change
	if sum == nil || c == nil || c.Number == 0 || c.Number > uint64(sum.issue.Count) {
		a.find(rowsEqual, "entry %d does not say which voucher was redeemed", rec.No)
		return
	}
	n := uint32(c.Number - 1)
	if sum.waited || sum.issue.State != ledger.IssueOpen || sum.issue.IsUsed(n) {
		a.find(i20, "entry %d redeems voucher %d of issue %d, which cannot be", rec.No, c.Number, rec.Cause)
	}
	sum.issue, sum.waited = sum.issue.With(n), true
}

// issuedTokens checks that what leaves an issue is what a voucher said, and that what is left of it is what is not
// redeemed.
func (a *auditor) issuedTokens(rec Record) {
	var moved int64
	for _, g := range rec.Postings {
		if g.Account.Class == ledger.VoucherEscrow {
			moved += g.Micros
		}
	}
	i := rec.Incentive
	if i == nil || i.Issue == 0 {
		if moved != 0 {
			a.find(i20, "entry %d moves %d micros of an issue and gives nothing", rec.No, moved)
		}
		return
	}
	sum := a.issued[i.Issue]
	if sum == nil {
		a.find(i20, "entry %d gives of issue %d, which is not there", rec.No, i.Issue)
		return
	}
	s := sum.issue
	want := ledger.Incentive{
		No: rec.No, User: rec.User, Amount: s.Each, Vendor: s.Vendor, ByVendor: s.Vendor != 0, Issue: s.No,
		Created: i.Created, Expires: i.Expires,
	}
	if !sum.waited || *i != want || !i.Created.Before(s.Ends) || moved != s.Each.Micros || rec.Vendor != 0 ||
		s.To != 0 && s.To != rec.User || -a.balances[s.Account()] != s.Left() {
		a.find(i20, "entry %d gives %d micros of issue %d, which does not say so", rec.No, moved, i.Issue)
	}
	sum.waited = false
}

// issueRows compares each issue with what its entries say.
func (a *auditor) issueRows(ctx context.Context) error {
	missing := map[ledger.EntryNo]bool{}
	for no, sum := range a.issued {
		if missing[no] = true; sum.waited {
			a.find(i20, "a voucher of issue %d was redeemed and gave nothing", no)
		}
	}
	at := func(i ledger.TokenIssue) []byte { return key(tIssue, i.No) }
	err := rows(ctx, a, tIssue, issues, at, func(_ []byte, i ledger.TokenIssue) error {
		delete(missing, i.No)
		var want ledger.TokenIssue
		if sum := a.issued[i.No]; sum != nil {
			want = sum.issue
		}
		e, _, err := a.entryAt(i.No)
		if err == nil && e.Issue != nil {
			want.Codes = e.Issue.Codes
		}
		if err == nil && !bytes.Equal(issues.encode(want), issues.encode(i)) {
			a.find(rowsEqual, "issue %d is not what its entries say", i.No)
		}
		return err
	})
	for no := range missing {
		a.find(rowsEqual, "issue %d has no row", no)
	}
	return err
}
