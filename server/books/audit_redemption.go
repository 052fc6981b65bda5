package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

const i17 = "I17 redemptions leave what can be taken back, and refund no more than was paid in"

// redeemed is what the journal says of redemptions and weekly budgets.
type redeemed struct {
	all     map[ledger.EntryNo]ledger.EntryNo // the newest entry about each redemption
	of      map[ledger.EntryNo]redeemSum      // and what it says
	refunds map[ledger.DepositID]int64        // what of deposits was sent back, or is on its way
	taken   map[ledger.DepositID]takenSum     // deposits that their payer has taken back
	clears  map[ledger.DepositID]bool         // deposits that their processor has not paid out, see [auditor.suspense]
	refills map[walletID]ledger.EntryNo       // the newest entry about each weekly budget
	weeks   map[walletID]map[uint32]bool      // in which it has debited
	filled  map[walletID]refillSum            // and what its newest entry says
	notices bool                              // programs before them wrote none
}

// refillSum is what the newest entry about a weekly budget says of its next debit.
type refillSum struct {
	notice ledger.Notice
	own    bool // its owner has asked for it: nothing is announced
}

// redeemSum is how far a redemption has come.
type redeemSum struct {
	user    ledger.UserID
	amount  ledger.Amount
	fee     int64
	deposit uint64
	aside   bool // see [ledger.Redemption].Clearing
	state   ledger.RedemptionState
}

func (s redeemSum) pays() int64 { return s.amount.Micros - s.fee }

func newRedeemed() redeemed {
	return redeemed{
		all: map[ledger.EntryNo]ledger.EntryNo{}, of: map[ledger.EntryNo]redeemSum{},
		refunds: map[ledger.DepositID]int64{}, refills: map[walletID]ledger.EntryNo{},
		weeks: map[walletID]map[uint32]bool{}, filled: map[walletID]refillSum{},
		taken: map[ledger.DepositID]takenSum{}, clears: map[ledger.DepositID]bool{},
	}
}

// refill adds an entry about a weekly budget, or about a debit that one has ordered: a week has one at the most, and
// what its owner did not ask for was announced as it is, long enough before it.
func (a *auditor) refill(rec Record) {
	if d := rec.Deposit; d != nil && d.Refill != 0 && rec.Kind == ledger.KindDeposit && rec.No == d.No && d.Try == 0 {
		id := walletID{d.ID.User, d.Amount.Currency}
		if a.redeemed.weeks[id] == nil {
			a.redeemed.weeks[id] = map[uint32]bool{}
		}
		if a.redeemed.weeks[id][d.Refill] {
			a.find(i10, "entry %d debits user %d twice for week %d", rec.No, d.ID.User, d.Refill)
		}
		a.redeemed.weeks[id][d.Refill] = true
		if s := a.redeemed.filled[id]; a.redeemed.notices && !s.own && !s.notice.Permits(*d, rec.At) {
			a.find(i10, "entry %d debits user %d otherwise than it was announced", rec.No, d.ID.User)
		}
	}
	f := rec.Refill
	if f == nil {
		return
	}
	id := walletID{f.User, f.Currency}
	a.redeemed.refills[id] = rec.No
	a.redeemed.filled[id] = refillSum{f.Notice, rec.Actor.Role == ledger.RoleUser}
	a.redeemed.notices = a.redeemed.notices || !f.Notice.At.IsZero()
	if f.User != rec.User || f.Currency != rec.Wallet || rec.Kind != ledger.KindRefill {
		a.find(rowsEqual, "entry %d tells of another wallet's weekly budget", rec.No)
	}
}

// redemption adds an entry about a redemption.
func (a *auditor) redemption(rec Record) {
	a.takenBack(rec)
	r := rec.Redemption
	if r == nil {
		if rec.Kind == ledger.KindRedemption {
			a.find(rowsEqual, "entry %d does not say which redemption it moves", rec.No)
		}
		return
	}
	was, again := a.redeemed.of[r.No]
	now := redeemSum{r.User, r.Amount, r.Fee, r.Deposit, r.Clearing, r.State}
	if rec.Kind != ledger.KindRedemption || again == (rec.No == r.No) || r.User != rec.User || r.Amount != rec.Amount ||
		again && (was.user != now.user || was.amount != now.amount || was.pays() != now.pays() ||
			was.deposit != now.deposit) {
		a.find(rowsEqual, "entry %d tells of redemption %d, which it does not continue", rec.No, r.No)
	}
	if again && !ledger.RedemptionMay(was.state, now.state) {
		a.find(i17, "entry %d makes redemption %d %s, which was %s", rec.No, r.No, now.state, was.state)
	}
	a.redeemed.all[r.No], a.redeemed.of[r.No] = rec.No, now
	if again {
		a.redeemedBack(rec, was, now)
	}
	a.redeemedFrom(rec, *r, again)
}

// redeemedFrom checks what an entry about a redemption moves: that all of it leaves tokens which were paid for, above
// what can be taken back, and that no deposit is sent back further than it came.
func (a *auditor) redeemedFrom(rec Record, r ledger.Redemption, again bool) {
	c := r.Amount.Currency
	if !again {
		var out int64
		for _, g := range rec.Postings {
			if g.Account == (ledger.Account{Class: ledger.Paid, Currency: c, Owner: uint64(r.User)}) {
				out += g.Micros
			}
		}
		if out != r.Amount.Micros || !r.Pays().Whole() {
			a.find(i17, "redemption %d of %s takes %d micros of paid tokens", r.No, r.Amount, out)
		}
	}
	d := rec.Deposit
	if d == nil {
		return
	}
	if d.ID != (ledger.DepositID{User: r.User, Number: r.Deposit}) || d.Refunded < 0 || d.Refunded > d.Amount.Micros {
		a.find(i17, "entry %d: of deposit %d/%d over %s are %d micros sent back",
			rec.No, d.ID.User, d.ID.Number, d.Amount, d.Refunded)
	}
}

// redemptionRows compares each redemption and each weekly budget with the copy in its newest entry, as depositRows
// does, and what deposits say of refunds with the redemptions that refund them.
func (a *auditor) redemptionRows(ctx context.Context) error {
	missing := make(map[ledger.EntryNo]bool, len(a.redeemed.all))
	for no := range a.redeemed.all {
		missing[no] = true
	}
	back := map[ledger.DepositID]int64{}
	at := func(r ledger.Redemption) []byte { return key(tRedemption, r.No) }
	err := rows(ctx, a, tRedemption, redemptions, at, func(_ []byte, r ledger.Redemption) error {
		delete(missing, r.No)
		e, found, err := a.entryAt(a.redeemed.all[r.No])
		if err == nil && (!found || e.Redemption == nil ||
			!bytes.Equal(redemptions.encode(*e.Redemption), redemptions.encode(r))) {
			a.find(rowsEqual, "redemption %d is %q in its row, the journal says otherwise", r.No, r.State)
		}
		if r.Deposit != 0 && (r.State.InTransit() || r.State == ledger.RedemptionPaid) {
			back[ledger.DepositID{User: r.User, Number: r.Deposit}] += r.Pays().Micros
		}
		return err
	})
	for no := range missing {
		a.find(rowsEqual, "redemption %d has no row", no)
	}
	if err != nil {
		return err
	}
	for id, n := range a.redeemed.refunds {
		if back[id] != n {
			a.find(i17, "of deposit %d/%d redemptions send %d micros back, it says %d", id.User, id.Number, back[id], n)
		}
		delete(back, id)
	}
	for id, n := range back {
		a.find(i17, "of deposit %d/%d redemptions send %d micros back, it says nothing of that", id.User, id.Number, n)
	}
	return a.refillRows(ctx)
}

// refillRows compares each weekly budget with the copy in its newest entry.
func (a *auditor) refillRows(ctx context.Context) error {
	missing := make(map[walletID]bool, len(a.redeemed.refills))
	for id := range a.redeemed.refills {
		missing[id] = true
	}
	at := func(f ledger.Refill) []byte { return refillKey(f.User, f.Currency) }
	err := rows(ctx, a, tRefill, refills, at, func(_ []byte, f ledger.Refill) error {
		id := walletID{f.User, f.Currency}
		delete(missing, id)
		e, found, err := a.entryAt(a.redeemed.refills[id])
		if err == nil && (!found || e.Refill == nil || !bytes.Equal(refills.encode(*e.Refill), refills.encode(f))) {
			a.find(rowsEqual, "the weekly budget of user %d in %s is not what the journal says", f.User, f.Currency)
		}
		return err
	})
	for id := range missing {
		a.find(rowsEqual, "the weekly budget of user %d in %s has no row", id.User, id.Currency)
	}
	return err
}
