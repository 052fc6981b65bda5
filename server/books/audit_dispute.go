package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// disputeSum is what the journal says of a dispute.
type disputeSum struct {
	last   ledger.EntryNo // the newest entry about it
	state  ledger.DisputeState
	amount ledger.Amount
	steps  int
	lent   int64 // provisionally
}

// dispute follows a dispute through the journal: each entry continues it by one step of its life, and gives the buyer
// what its state says. That its money waits in 2300 while it is open is looked at by suspense.
func (a *auditor) dispute(rec Record) {
	d := rec.Dispute
	before, again := a.disputes[d.No]
	if again != (d.No != rec.No) {
		a.find(i6, "entry %d tells of dispute %d, which it does not continue", rec.No, d.No)
	}
	if d.Purchase != rec.Cause || d.Amount != rec.Amount {
		a.find(i6, "entry %d of sale %d is about a dispute of sale %d over %s", rec.No, rec.Cause, d.Purchase, d.Amount)
	}
	// Older programs have written down no steps, and knew fewer states.
	if again && len(d.Steps) > 0 && (!before.state.CanFollow(d.State) || len(d.Steps) != before.steps+1) {
		a.find(i6, "entry %d takes dispute %d from %s to %s by its step %d",
			rec.No, d.No, before.state, d.State, len(d.Steps))
	}
	a.disputes[d.No] = disputeSum{last: rec.No, state: d.State, amount: d.Amount, steps: len(d.Steps), lent: d.Provisional}
	var back int64
	for _, g := range rec.Postings {
		switch g.Account.Class {
		case ledger.Paid, ledger.Receivable, ledger.Promo:
			back -= g.Micros
		case ledger.ProvisionalCredit: // what is lent is not given, and what was lent is kept by who wins
			back -= g.Micros
		case ledger.PromoGiven: // an incentive that has expired meanwhile
			back -= g.Micros
		}
	}
	var expired int64 // goes back to the vendor who paid for it, at most
	for _, g := range d.Sources {
		if g.Account.Class == ledger.Promo {
			expired += g.Micros
		}
	}
	if again && d.Provisional != before.lent || d.Provisional > d.Amount.Micros {
		a.find(i6, "entry %d says that dispute %d has lent %d micros; it was %d of %d",
			rec.No, d.No, d.Provisional, before.lent, d.Amount.Micros)
	}
	if due := d.GivenBack(); back > due || back < due-expired {
		a.find(i6, "entry %d gives the buyer of dispute %d %d micros, by its state %d are due",
			rec.No, d.No, back, d.GivenBack())
	}
}

// disputeRows compares each dispute with the copy in its newest entry, as depositRows does.
func (a *auditor) disputeRows(ctx context.Context) error {
	missing := make(map[ledger.EntryNo]bool, len(a.disputes))
	for no := range a.disputes {
		missing[no] = true
	}
	at := func(d ledger.Dispute) []byte { return key(tDispute, d.No) }
	err := rows(ctx, a, tDispute, disputes, at, func(_ []byte, d ledger.Dispute) error {
		delete(missing, d.No)
		e, found, err := a.entryAt(a.disputes[d.No].last)
		if err == nil && (!found || !bytes.Equal(disputes.encode(*e.Dispute), disputes.encode(d))) {
			a.find(rowsEqual, "dispute %d is %q in its row, the journal says otherwise", d.No, d.State)
		}
		return err
	})
	for no := range missing {
		a.find(rowsEqual, "dispute %d has no row", no)
	}
	return err
}
