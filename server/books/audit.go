package books

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// Finding is something in the books that must not be: which invariant it breaks, as reports print it ("I3 control
// totals equal their accounts"), and what was found, with the numbers that a repair needs.
type Finding struct{ Invariant, What string }

// Report is the outcome of an audit.
type Report struct {
	Entries, Postings uint64    // read from the journal
	Findings          []Finding // at most 100, in the order of the audit's steps
	More              uint64    // findings beyond those that are listed
	// Coverage has one line per currency: liquid assets against what is owed (I13). It is reported, not judged.
	Coverage []string
}

// Clean returns whether nothing was found.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// maxFindings bounds a report: one damaged row makes others disagree with it.
const maxFindings = 100

// Names of the invariants (server/ledger/DESIGN.md), as reports print them.
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
	i11        = "I11 no wallet owes without cause"
	i12        = "I12 append-only chain"
	i14        = "I14 money at risk stays"
	i15        = "I15 exchanges follow from the rates"
	i18        = "I18 closed months"
	i19        = "I19 campaigns"
	i20        = "I20 token issues"
	i21        = "I21 referral rewards"
	i22        = "I22 keys of programs"
	rowsEqual  = "rows equal the journal"
	indexesFit = "indexes lead somewhere and back"
)

// Audit recomputes every balance, total, chain and counter from the journal, and compares the stored rows with them.
// progress, if not nil, is told how many entries of how many are done. An error means that the audit could not be
// made, because the store failed, ctx ended or the books were written by a newer program ([store.ErrNewer]); what is
// wrong with the books is in the report.
//
// Cost: one pass over the journal in order and one over every table, and memory for each account, wallet, link, deposit
// and changed sale.
func Audit(ctx context.Context, kv store.Reader, progress func(done, all uint64)) (Report, error) {
	a := &auditor{
		r: Read(kv), balances: map[ledger.Account]int64{}, held: map[walletID]int64{}, holders: map[uint64]walletID{},
		wallets: map[walletID]chainEnd{}, tills: map[tillID]chainEnd{}, counters: map[walletID]ledger.Counters{},
		pasts: map[walletID]ledger.Wallet{}, days: map[walletID]daySum{}, links: map[linkID]linkSum{},
		sales: map[ledger.EntryNo]*saleSum{}, deposits: map[ledger.DepositID]ledger.EntryNo{},
		vault: map[ledger.VaultID]ledger.EntryNo{}, mandates: map[ledger.MandateID]ledger.EntryNo{},
		disputes: map[ledger.EntryNo]disputeSum{}, receipts: map[ledger.EntryNo]ledger.EntryNo{},
		plans:  map[planID]ledger.EntryNo{},
		away:   givenAway{map[ledger.EntryNo]ledger.EntryNo{}, map[gifted]uint32{}},
		issued: map[ledger.EntryNo]*issuedSum{},
		bills:  map[ledger.EntryNo]bool{}, incentives: map[ledger.EntryNo]walletID{},
		transfers: map[ledger.EntryNo]*transferSum{}, users: map[ledger.UserID]uint64{}, versions: map[string]bool{},
		unnamed: map[ledger.CheckoutID]ledger.EntryNo{}, restores: map[ledger.EntryNo]ledger.Change{},
		desk:      newDeskSums(),
		settled:   newSettled(),
		referrals: newReferrals(),
		voices:    newVoiceSums(),
		teams:     map[ledger.EntryNo]teamSum{},
		agents:    map[agentID]*agentSum{}, lastAgent: map[ledger.UserID]uint32{},
		redeemed: newRedeemed(),
		lent:     map[walletID]ledger.OrderCredit{}, atBillers: newAtBillers(),
		mailed: newMailed(), closing: newClosing(), unclaimed: map[walletID]ledger.Unclaimed{},
		copied:  map[ledger.VendorID]uint64{},
		ended:   map[ledger.UserID]bool{},
		movedAt: map[walletID]ledger.EntryNo{},
	}
	if err := checkFormat(a.r); err != nil {
		return a.report, err
	}
	var err error
	if a.whole, err = a.r.current(); err != nil {
		return a.report, err
	}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return a.journal(ctx, progress) },
		a.ratesRow, a.totals, a.milestoneRows, a.balanceRows, a.dayRows, a.suspense, a.purchaseRows, a.lifecycleRows,
		a.mailingRows, a.closeRows, a.unclaimedRows, a.copyRows,
		a.billerRows, a.userRows, a.generationRows, a.staffLog, a.deskRows, a.inviteRows, a.teamRows,
		a.agentRows,
		a.idempotencyKeys, a.indexes,
	} {
		if err := step(ctx); err != nil {
			return a.report, err
		}
	}
	a.coverage()
	return a.report, nil
}

// auditor recomputes the books from the journal. It keeps a few words per account, wallet, link, deposit, and sale to
// which something happened, and a bit per entry. It keeps no record: books of any size must be checkable on the machine
// that serves them.
type auditor struct {
	r      Reader
	report Report
	head   ledger.EntryNo
	whole  bool // all of the books is of our format: no upgrade was stopped

	balances   map[ledger.Account]int64 // debits minus credits, without accounts at zero
	holders    map[uint64]walletID      // the wallets that placed the holds that stand
	held       map[walletID]int64
	wallets    map[walletID]chainEnd
	tills      map[tillID]chainEnd
	counters   map[walletID]ledger.Counters
	pasts      map[walletID]ledger.Wallet // nothing but lots and past
	days       map[walletID]daySum
	links      map[linkID]linkSum
	sales      map[ledger.EntryNo]*saleSum         // only holds, and sales whose money has moved since
	deposits   map[ledger.DepositID]ledger.EntryNo // the newest entry about each
	disputes   map[ledger.EntryNo]disputeSum       // how far each has come
	receipts   map[ledger.EntryNo]ledger.EntryNo   // the newest entry about each
	bills      map[ledger.EntryNo]bool             // all of them
	incentives map[ledger.EntryNo]walletID         // all of them, and whose they are
	transfers  map[ledger.EntryNo]*transferSum
	vault      map[ledger.VaultID]ledger.EntryNo    // the newest entry about each
	mandates   map[ledger.MandateID]ledger.EntryNo  // the newest entry about each
	keyed      bitset                               // what one idempotency key names: sales, refunds, transfers, exchanges
	users      map[ledger.UserID]uint64             // all users that joined, and their deposits
	versions   map[string]bool                      // offer versions that were looked up
	unnamed    map[ledger.CheckoutID]ledger.EntryNo // sales that their checkout does not name
	restores   map[ledger.EntryNo]ledger.Change     // what entries say of restores
	fx         exchanges
	plans      map[planID]ledger.EntryNo // versions of royalty plans, and the newest of each under 0
	away       givenAway
	issued     map[ledger.EntryNo]*issuedSum
	desk       deskSums
	settled    settled
	referrals  referrals
	voices     voiceSums
	teams      map[ledger.EntryNo]teamSum // the newest entry about each place
	agents     map[agentID]*agentSum
	lastAgent  map[ledger.UserID]uint32 // how many numbers each has given
	redeemed   redeemed
	lent       map[walletID]ledger.OrderCredit // for purchase orders
	atBillers  atBillers
	mailed     mailed
	closing    closing
	unclaimed  map[walletID]ledger.Unclaimed // the newest of each
	copied     map[ledger.VendorID]uint64    // bytes of content that are kept for each
	ended      map[ledger.UserID]bool        // wallets that their owners have closed
	movedAt    map[walletID]ledger.EntryNo   // the entry that made a balance unclaimed last
}

// walletID names a wallet.
type walletID struct {
	User     ledger.UserID
	Currency ledger.Currency
}

// tillID names a till.
type tillID struct {
	Vendor   ledger.VendorID
	Currency ledger.Currency
}

// linkID names a link in all its generations: counters go on when a permission is given anew.
type linkID struct {
	User     ledger.UserID
	Vendor   ledger.VendorID
	Currency ledger.Currency
}

// chainEnd is the newest entry of the history of a wallet or till, how many entries it has, and how many of those of a
// wallet are no rows.
type chainEnd struct {
	last          ledger.EntryNo
	count, hidden uint64
}

// saleSum is what the journal says has become of a sale.
type saleSum struct {
	currency                            ledger.Currency
	price, captured, returned, disputed int64
	held, voided                        bool
	commission, rewarded                int64 // what is left of both
	revoked                             bool  // by its vendor
}

// linkSum is what the journal says about a buyer at a vendor.
type linkSum struct {
	count    uint64
	gross    int64 // ever sold
	released int64 // held and not captured
	counters ledger.Counters
	granted  time.Time      // when the newest permission began; zero if there was none
	entry    ledger.EntryNo // that gave it
	before   int64          // sold before that
}

// since returns the bounds of what may be counted for the newest permission, or from the beginning where there was
// none. It is one figure, unless holds were released: they may have been placed before the permission or after it.
func (l linkSum) since() (least, most int64) {
	return max(l.gross-l.before-l.released, 0), l.gross - l.before
}

// daySum is what the journal says of the days of a wallet that are over: how many there are, and a checksum of those
// that its row has, which begin with the number first.
type daySum struct{ closed, first, check uint64 }

// after returns the sum with one day more.
func (s daySum) after(d ledger.Day) daySum {
	if s.closed++; s.closed > s.first {
		const prime = 1099511628211 // of FNV-1a: a day that is another, or in another place, makes another sum
		s.check = ((s.check^uint64(d.Start))*prime ^ uint64(d.Spent)) * prime
	}
	return s
}

// transferSum is what the journal says has become of a transfer.
type transferSum struct {
	from, to ledger.UserID
	amount   ledger.Amount
	state    string
}

// bitset marks entries: a map of them would take a hundred times the memory.
type bitset []uint64

func (b *bitset) set(no ledger.EntryNo) {
	for uint64(len(*b)) <= uint64(no)/64 {
		*b = append(*b, 0)
	}
	(*b)[no/64] |= 1 << (no % 64)
}

// clear takes the mark of an entry away and returns whether there was one.
func (b bitset) clear(no ledger.EntryNo) bool {
	if uint64(len(b)) <= uint64(no)/64 || b[no/64]&(1<<(no%64)) == 0 {
		return false
	}
	b[no/64] &^= 1 << (no % 64)
	return true
}

// find adds a finding, or counts it when the report is full.
func (a *auditor) find(invariant, format string, args ...any) {
	if len(a.report.Findings) >= maxFindings {
		a.report.More++
		return
	}
	a.report.Findings = append(a.report.Findings, Finding{invariant, fmt.Sprintf(format, args...)})
}

// damage turns damage into a finding. Other errors are returned: they end the audit.
func (a *auditor) damage(invariant string, err error) error {
	if errors.Is(err, store.ErrDamaged) {
		a.find(invariant, "%v", err)
		return nil
	}
	return err
}

// rows visits the decoded rows of a table; damaged ones become findings. at, if not nil, is the key that a record
// belongs under: a whole record under the key of another one passes every check of its own content.
func rows[T, R any](
	ctx context.Context, a *auditor, table byte, c codec[T, R], at func(T) []byte, visit func(k []byte, v T) error,
) error {
	prefix := key(table)
	for kv, err := range a.r.kv.Scan(prefix, after(prefix), false, 0) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := c.decode(kv.Key, kv.Value)
		if err == nil && at != nil && !bytes.Equal(at(v), kv.Key) {
			err = damaged(kv.Key, errors.New("holds another record"))
		}
		if err != nil {
			if err := a.damage(rowsEqual, err); err != nil {
				return err
			}
			continue
		}
		if err := visit(kv.Key, v); err != nil {
			return err
		}
	}
	return nil
}

// referenced reads a record that something refers to. A damaged one counts as missing here: that it is damaged is found
// once, in its own table.
func referenced[T, R any](a *auditor, k []byte, c codec[T, R]) (v T, found bool, err error) {
	v, found, err = load(a.r, k, c)
	if errors.Is(err, store.ErrDamaged) {
		return v, false, nil
	}
	return v, found, err
}

// entryAt reads an entry that something refers to. Damage is found by the pass over the journal.
func (a *auditor) entryAt(no ledger.EntryNo) (e ledger.Entry, found bool, err error) {
	k := key(tEntry, no)
	b, found, err := a.r.get(k)
	if err != nil || !found {
		return e, false, err
	}
	rec, err := readRecord(k, b)
	if errors.Is(err, store.ErrDamaged) {
		return e, false, nil
	}
	return rec.Entry, err == nil, err
}

// suspense checks that money which waits (holds, dispute holds, uncollected items, payouts) waits for something that is
// open, and in its full amount.
func (a *auditor) suspense(context.Context) error {
	due := map[ledger.Account]int64{}
	for no, s := range a.sales {
		if s.held {
			due[ledger.Account{Class: ledger.Held, Currency: s.currency, Owner: uint64(no)}] = -s.price
		}
	}
	for no, t := range a.transfers {
		if t.state == ledger.TransferSent {
			due[ledger.Account{Class: ledger.Held, Currency: t.amount.Currency, Owner: uint64(no)}] = -t.amount.Micros
		}
	}
	for no, d := range a.disputes {
		if d.state.Open() {
			due[ledger.Account{Class: ledger.DisputeHold, Currency: d.amount.Currency, Owner: uint64(no)}] = -d.amount.Micros
			if d.lent != 0 {
				due[ledger.Account{Class: ledger.ProvisionalCredit, Currency: d.amount.Currency, Owner: uint64(no)}] = d.lent
			}
		}
	}
	for _, at := range a.deposits {
		e, found, err := a.entryAt(at)
		if err != nil {
			return err
		}
		if found {
			if acc, waits := clearing(*e.Deposit); waits {
				due[acc] += e.Deposit.Amount.Micros - e.Deposit.Refunded
				a.redeemed.clears[e.Deposit.ID] = acc.Class == ledger.PSPClearing
			}
		}
	}
	if err := a.payouts(due); err != nil {
		return err
	}
	a.redemptionsDue(due)
	if err := a.receiptsDue(due); err != nil {
		return err
	}
	for acc, n := range due {
		if a.balances[acc] != n {
			a.find(i6, "account %s stands at %d micros, what waits there is %d", acc, a.balances[acc], n)
		}
	}
	for acc, n := range a.balances {
		switch acc.Class {
		case ledger.Held, ledger.DisputeHold, ledger.UncollectedItem, ledger.PayoutTransit, ledger.OrderReceivable,
			ledger.BillerClearing, ledger.ProvisionalCredit,
			ledger.PSPClearing, ledger.RedeemTransit:
			if _, open := due[acc]; !open {
				a.find(i6, "account %s stands at %d micros, and nothing waits there", acc, n)
			}
		}
	}
	return nil
}

// clearing returns where a deposit waits for the money of others, if it does: less what of it was sent back.
func clearing(d ledger.Deposit) (acc ledger.Account, waits bool) {
	acc.Currency = d.Amount.Currency
	if d.Uncollected() {
		acc.Class, acc.Owner = ledger.UncollectedItem, uint64(d.No)
		return acc, true
	}
	switch d.State {
	case ledger.DepositSucceeded:
		acc.Class = ledger.PSPClearing
	case ledger.DepositAccepted, ledger.DepositInvoiced, ledger.DepositOverdue:
		acc.Class = ledger.OrderReceivable
	case ledger.DepositBillerAccepted:
		acc.Class = ledger.BillerClearing
	case ledger.DepositIssued:
		if acc.Class = ledger.OrderReceivable; d.Is(ledger.DepositOnBill) {
			acc.Class = ledger.BillerClearing
		}
	default:
		return acc, false
	}
	return acc, true
}

// coverage compares liquid assets with what the service owes (I13). It is a figure for the operator and not a finding:
// goodwill and chargebacks lower it rightly.
func (a *auditor) coverage() {
	all := coverages{}
	for acc, n := range a.balances {
		all.add(acc, n)
	}
	for _, c := range all.sorted() {
		a.report.Coverage = append(a.report.Coverage, c.String())
	}
}

// saleReferences checks that the offer version of a sale is there, and that its checkout names no other sale (I10).
func (a *auditor) saleReferences(rec Record) error {
	s := rec.Sale
	if s.Offer.Number != 0 {
		k := offerKey(s.Offer, s.Version)
		found, known := a.versions[string(k)]
		if !known {
			_, there, err := a.r.get(k)
			if err != nil {
				return err
			}
			a.versions[string(k)], found = there, there
		}
		if !found {
			a.find(rowsEqual, "sale %d: version %d of offer %d/%d has no row", rec.No, s.Version, s.Offer.Vendor, s.Offer.Number)
		}
	}
	if s.Checkout == (ledger.CheckoutID{}) {
		return nil
	}
	c, found, err := referenced(a, checkoutKey(s.Checkout), checkouts)
	switch {
	case err != nil:
		return err
	case !found:
		a.find(i10, "sale %d pays checkout %d/%d, which is not there", rec.No, s.Checkout.Vendor, s.Checkout.Number)
	case c.Purchase == 0 && a.unnamed[s.Checkout] == 0: // the sale came first: then at least no second one
		a.unnamed[s.Checkout] = rec.No
	case c.Purchase != rec.No:
		a.find(i10, "sale %d pays checkout %d/%d, which names sale %d",
			rec.No, s.Checkout.Vendor, s.Checkout.Number, max(c.Purchase, a.unnamed[s.Checkout]))
	}
	return nil
}
