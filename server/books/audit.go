package books

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tuppence/server/ledger"
	"tuppence/store"
)

// Finding is something in the books that must not be: which invariant it breaks, and what was found.
type Finding struct{ Invariant, What string }

// Report is the outcome of an audit.
type Report struct {
	Entries, Postings uint64
	Findings          []Finding
	// Coverage has one line per currency: liquid assets against what is owed (I13). It is reported, not judged.
	Coverage []string
}

// Clean says that nothing was found.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// maxFindings bounds a report: broken books break everywhere.
const maxFindings = 100

// Names of the invariants (money.md, section 7), as reports print them.
const (
	i1         = "I1 entries sum to zero"
	i2         = "I2 trial balance is zero"
	i3         = "I3 control totals equal their accounts"
	i4         = "I4 sign rules"
	i5         = "I5 price = sources = receivers"
	i6         = "I6 refunds and disputes within the price"
	i7         = "I7 what vendors have earned"
	i8         = "I8 period counters"
	i9         = "I9 grants"
	i10        = "I10 idempotency keys and checkouts"
	i11        = "I11 nobody owes without cause"
	i12        = "I12 append-only chain"
	rowsEqual  = "rows equal the journal"
	indexesFit = "indexes lead somewhere and back"
)

// auditor recomputes the books from the journal.
type auditor struct {
	r      Reader
	report Report

	balances map[ledger.Account]int64
	held     map[walletID]int64 // holds of each wallet
	holders  map[uint64]walletID
	wallets  map[walletID]place
	tills    map[tillID]place
	counters map[walletID]ledger.Counters
	links    map[linkID]uint64           // sales of each buyer at each vendor
	sales    map[ledger.EntryNo]*saleSum // only sales that something happened to
	paid     map[ledger.CheckoutID]ledger.EntryNo
	deposits map[ledger.DepositID]ledger.Deposit
	disputes map[ledger.EntryNo]ledger.Dispute
}

type walletID struct {
	User     ledger.UserID
	Currency ledger.Currency
}

type tillID struct {
	Vendor   ledger.VendorID
	Currency ledger.Currency
}

type linkID struct {
	User     ledger.UserID
	Vendor   ledger.VendorID
	Currency ledger.Currency
}

// place is the end of a chain and how long it is.
type place struct {
	last  ledger.EntryNo
	count uint64
}

// Audit recomputes every balance, total, chain and counter from the journal, and compares the stored rows with them.
// progress, if not nil, is told how many entries of how many are done. An error means that the audit could not be made;
// what is wrong with the books is in the report.
func Audit(ctx context.Context, kv store.Reader, progress func(done, all uint64)) (Report, error) {
	a := &auditor{
		r: Read(kv), balances: map[ledger.Account]int64{}, held: map[walletID]int64{}, holders: map[uint64]walletID{},
		wallets: map[walletID]place{}, tills: map[tillID]place{}, counters: map[walletID]ledger.Counters{}, links: map[linkID]uint64{},
		sales: map[ledger.EntryNo]*saleSum{}, paid: map[ledger.CheckoutID]ledger.EntryNo{},
		deposits: map[ledger.DepositID]ledger.Deposit{}, disputes: map[ledger.EntryNo]ledger.Dispute{},
	}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return a.journal(ctx, progress) },
		a.totals, a.money, a.sold, a.indexes,
	} {
		if err := step(ctx); err != nil {
			return a.report, err
		}
	}
	a.coverage()
	return a.report, nil
}

func (a *auditor) find(invariant, format string, args ...any) {
	if len(a.report.Findings) < maxFindings {
		a.report.Findings = append(a.report.Findings, Finding{invariant, fmt.Sprintf(format, args...)})
	}
}

// journal reads every entry once, in order.
func (a *auditor) journal(ctx context.Context, progress func(done, all uint64)) error {
	no, hash, err := a.r.Head()
	if err != nil {
		return a.broken(i12, err)
	}
	var prev [32]byte
	var expect ledger.EntryNo
	for kv, err := range a.r.kv.Scan(key(tEntry), key(tEntry+1), false, 0) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		expect++
		rec, err := readRecord(kv.Key, kv.Value)
		if err != nil {
			if err := a.broken(i12, err); err != nil {
				return err
			}
			prev = [32]byte(kv.Value[max(0, len(kv.Value)-32):])
			continue
		}
		if rec.No != expect {
			a.find(i12, "after entry %d comes entry %d", expect-1, rec.No)
			expect = rec.No
		}
		if body, sum, err := split(kv.Key, kv.Value); err != nil || chain(prev, body) != sum {
			a.find(i12, "the hash of entry %d does not follow from entry %d", rec.No, rec.No-1)
		}
		prev = rec.Hash
		a.entry(rec)
		a.report.Entries++
		if progress != nil && a.report.Entries%1024 == 0 {
			progress(a.report.Entries, uint64(no))
		}
	}
	if expect != no || (no > 0 && prev != hash) {
		a.find(i12, "the head names entry %d, the journal ends at %d or with another hash", no, expect)
	}
	return nil
}

// broken turns damage into a finding; other errors end the audit.
func (a *auditor) broken(invariant string, err error) error {
	if errors.Is(err, store.ErrDamaged) {
		a.find(invariant, "%v", err)
		return nil
	}
	return err
}

// entry checks one entry and adds it up.
func (a *auditor) entry(rec Record) {
	if err := rec.Balanced(); err != nil {
		a.find(i1, "%v", err)
	}
	touched := make([]ledger.Account, 0, len(rec.Postings))
	for _, g := range rec.Postings {
		a.report.Postings++
		a.balances[g.Account] += g.Micros
		touched = append(touched, g.Account)
		if g.Account.Class == ledger.Held {
			a.hold(rec, g)
		}
		if g.Account.Class == ledger.Receivable && g.Micros > 0 && rec.Kind != ledger.KindDeposit && rec.Kind != ledger.KindDisputeDecided {
			a.find(i11, "entry %d makes user %d owe %d micros", rec.No, g.Account.Owner, g.Micros)
		}
	}
	for _, t := range touched {
		if n := a.balances[t]; n == 0 {
			delete(a.balances, t)
		} else if !ledger.SignRule(t.Class).Allows(n) {
			a.find(i4, "after entry %d account %s stands at %d micros", rec.No, t, n)
		}
	}
	a.chains(rec)
	a.sale(rec)
	if rec.Deposit != nil {
		a.deposits[rec.Deposit.ID] = *rec.Deposit
	}
	if rec.Dispute != nil {
		a.disputes[rec.Dispute.No] = *rec.Dispute
	}
}

// hold adds a posting of account 2010 to the wallet that placed the hold.
func (a *auditor) hold(rec Record, g ledger.Posting) {
	if ledger.EntryNo(g.Account.Owner) == rec.No {
		a.holders[g.Account.Owner] = walletID{rec.User, g.Account.Currency}
	}
	holder, placed := a.holders[g.Account.Owner]
	if !placed {
		a.find(i4, "entry %d moves hold %d, which was never placed", rec.No, g.Account.Owner)
		return
	}
	a.held[holder] -= g.Micros
	if a.held[holder] == 0 {
		delete(a.held, holder)
	}
	if a.balances[g.Account] == 0 {
		delete(a.holders, g.Account.Owner)
	}
}

// chains checks that the entry continues the histories of its wallets and its till.
func (a *auditor) chains(rec Record) {
	c := rec.Amount.Currency
	if c == "" {
		return
	}
	for _, side := range []struct {
		user ledger.UserID
		prev ledger.EntryNo
	}{{rec.User, rec.PrevUser}, {rec.Payer2, rec.PrevUser2}} {
		if side.user == 0 {
			continue
		}
		id := walletID{side.user, c}
		p := a.wallets[id]
		if p.last != side.prev {
			a.find(i12, "entry %d continues the history of user %d after entry %d, which ends at %d", rec.No, side.user, side.prev, p.last)
		}
		a.wallets[id] = place{rec.No, p.count + 1}
	}
	if rec.Vendor != 0 {
		id := tillID{rec.Vendor, c}
		p := a.tills[id]
		if p.last != rec.PrevVendor {
			a.find(i12, "entry %d continues the history of vendor %d after entry %d, which ends at %d", rec.No, rec.Vendor, rec.PrevVendor, p.last)
		}
		a.tills[id] = place{rec.No, p.count + 1}
	}
}

// coverage compares liquid assets with what the house owes (I13).
func (a *auditor) coverage() {
	assets, owed := map[ledger.Currency]int64{}, map[ledger.Currency]int64{}
	for acc, n := range a.balances {
		switch acc.Class {
		case ledger.Bank, ledger.PSPClearing, ledger.UncollectedItem, ledger.BillerClearing:
			assets[acc.Currency] += n
		case ledger.Paid, ledger.Uncollected, ledger.Held, ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve,
			ledger.RoyaltyPayable, ledger.PayoutTransit, ledger.RedeemTransit, ledger.DisputeHold:
			owed[acc.Currency] -= n
		}
	}
	var all []ledger.Currency
	for c := range assets {
		all = append(all, c)
	}
	for c := range owed {
		if _, both := assets[c]; !both {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	for _, c := range all {
		word := "covered"
		if assets[c] < owed[c] {
			word = "NOT COVERED"
		}
		a.report.Coverage = append(a.report.Coverage, fmt.Sprintf("I13 %s: assets %s, owed %s",
			word, ledger.Amount{Micros: assets[c], Currency: c}, ledger.Amount{Micros: owed[c], Currency: c}))
	}
}
