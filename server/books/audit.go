package books

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// Finding is something in the books that must not be: which invariant it breaks, and what was found.
type Finding struct{ Invariant, What string }

// Report is the outcome of an audit.
type Report struct {
	Entries, Postings uint64
	Findings          []Finding
	More              uint64 // findings beyond those that are listed
	// Coverage has one line per currency: liquid assets against what is owed (I13). It is reported, not judged.
	Coverage []string
}

// Clean says that nothing was found.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// maxFindings bounds a report: broken books break everywhere.
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
	i11        = "I11 nobody owes without cause"
	i12        = "I12 append-only chain"
	rowsEqual  = "rows equal the journal"
	indexesFit = "indexes lead somewhere and back"
)

// Audit recomputes every balance, total, chain and counter from the journal, and compares the stored rows with them.
// progress, if not nil, is told how many entries of how many are done. An error means that the audit could not be made,
// because the store failed, ctx ended or the books were written by a newer program; what is wrong with the books is in
// the report.
func Audit(ctx context.Context, kv store.Reader, progress func(done, all uint64)) (Report, error) {
	a := &auditor{
		r: Read(kv), balances: map[ledger.Account]int64{}, held: map[walletID]int64{}, holders: map[uint64]walletID{},
		wallets: map[walletID]place{}, tills: map[tillID]place{}, counters: map[walletID]ledger.Counters{},
		links: map[linkID]linkSum{},
		sales: map[ledger.EntryNo]*saleSum{}, deposits: map[ledger.DepositID]ledger.EntryNo{},
		disputes:  map[ledger.EntryNo]ledger.EntryNo{},
		transfers: map[ledger.EntryNo]*transferSum{}, users: map[ledger.UserID]uint64{}, versions: map[string]bool{},
		unnamed: map[ledger.CheckoutID]ledger.EntryNo{},
	}
	if err := checkFormat(a.r); err != nil {
		return a.report, err
	}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return a.journal(ctx, progress) },
		a.totals, a.money, a.suspense, a.sold, a.stories, a.people, a.keys, a.indexes,
	} {
		if err := step(ctx); err != nil {
			return a.report, err
		}
	}
	a.coverage()
	return a.report, nil
}

// auditor recomputes the books from the journal. It keeps a few words per account, wallet, link, deposit, and sale to
// which something happened, and a bit per entry; never a record.
type auditor struct {
	r      Reader
	report Report
	head   ledger.EntryNo

	balances  map[ledger.Account]int64
	holders   map[uint64]walletID // who placed the holds that stand
	held      map[walletID]int64
	wallets   map[walletID]place
	tills     map[tillID]place
	counters  map[walletID]ledger.Counters
	links     map[linkID]linkSum
	sales     map[ledger.EntryNo]*saleSum         // only holds, and sales whose money has moved since
	deposits  map[ledger.DepositID]ledger.EntryNo // the newest entry about each
	disputes  map[ledger.EntryNo]ledger.EntryNo   // the newest entry about each
	transfers map[ledger.EntryNo]*transferSum
	once      bitset                               // sales, refunds and transfers: what one idempotency key may name
	users     map[ledger.UserID]uint64             // everybody who joined, and their deposits
	versions  map[string]bool                      // offer versions that were looked up
	unnamed   map[ledger.CheckoutID]ledger.EntryNo // sales that their checkout does not name
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

// saleSum is what the journal says has become of a sale.
type saleSum struct {
	currency                            ledger.Currency
	price, captured, returned, disputed int64
	held, voided                        bool
}

// linkSum is what the journal says about a buyer at a vendor.
type linkSum struct {
	count    uint64
	gross    int64 // ever sold
	released int64 // held and not captured
	counters ledger.Counters
	given    time.Time // when the newest permission began; zero if none was given
	before   int64     // sold before that
}

// since is how much may be counted for the newest permission, or from the beginning where none was given. It is one
// figure, unless holds were released: they may have been placed before or after it.
func (l linkSum) since() (least, most int64) {
	return max(l.gross-l.before-l.released, 0), l.gross - l.before
}

// transferSum is what the journal says has become of a transfer.
type transferSum struct {
	from, to ledger.UserID
	amount   ledger.Amount
	state    string
}

// bitset marks entries.
type bitset []uint64

func (b *bitset) set(no ledger.EntryNo) {
	for uint64(len(*b)) <= uint64(no)/64 {
		*b = append(*b, 0)
	}
	(*b)[no/64] |= 1 << (no % 64)
}

// take tells whether an entry was marked, and takes the mark away.
func (b bitset) take(no ledger.EntryNo) bool {
	if uint64(len(b)) <= uint64(no)/64 || b[no/64]&(1<<(no%64)) == 0 {
		return false
	}
	b[no/64] &^= 1 << (no % 64)
	return true
}

func (a *auditor) find(invariant, format string, args ...any) {
	if len(a.report.Findings) >= maxFindings {
		a.report.More++
		return
	}
	a.report.Findings = append(a.report.Findings, Finding{invariant, fmt.Sprintf(format, args...)})
}

// broken turns damage into a finding; other errors end the audit.
func (a *auditor) broken(invariant string, err error) error {
	if errors.Is(err, store.ErrDamaged) {
		a.find(invariant, "%v", err)
		return nil
	}
	return err
}

// rows visits the decoded rows of a table; damaged ones become findings, and so do records under a foreign key.
func rows[T, R any](
	ctx context.Context, a *auditor, table byte, f form[T, R], at func(T) []byte, visit func(k []byte, v T) error,
) error {
	prefix := key(table)
	for kv, err := range a.r.kv.Scan(prefix, after(prefix), false, 0) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := f.decode(kv.Key, kv.Value)
		if err == nil && at != nil && !bytes.Equal(at(v), kv.Key) {
			err = damaged(kv.Key, errors.New("holds another record"))
		}
		if err != nil {
			if err := a.broken(rowsEqual, err); err != nil {
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

// there reads a record that something refers to. Damage was or will be found in its own table.
func there[T, R any](a *auditor, k []byte, f form[T, R]) (v T, found bool, err error) {
	v, found, err = load(a.r, k, f)
	if errors.Is(err, store.ErrDamaged) {
		return v, false, nil
	}
	return v, found, err
}

// written reads an entry that something refers to.
func (a *auditor) written(no ledger.EntryNo) (e ledger.Entry, found bool, err error) {
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

// suspense checks that money which waits (holds, dispute holds, uncollected items) waits for something that is open,
// and in its full amount.
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
	for no, at := range a.disputes {
		e, found, err := a.written(at)
		if err != nil {
			return err
		}
		if d := e.Dispute; found && d.State.Open() {
			due[ledger.Account{Class: ledger.DisputeHold, Currency: d.Amount.Currency, Owner: uint64(no)}] = -d.Amount.Micros
		}
	}
	for _, at := range a.deposits {
		e, found, err := a.written(at)
		if err != nil {
			return err
		}
		if d := e.Deposit; found && d.State == ledger.DepositUncollected {
			due[ledger.Account{Class: ledger.UncollectedItem, Currency: d.Amount.Currency, Owner: uint64(d.No)}] = d.Amount.Micros
		}
	}
	for acc, n := range due {
		if a.balances[acc] != n {
			a.find(i6, "account %s stands at %d micros, what waits there is %d", acc, a.balances[acc], n)
		}
	}
	for acc, n := range a.balances {
		switch acc.Class {
		case ledger.Held, ledger.DisputeHold, ledger.UncollectedItem:
			if _, open := due[acc]; !open {
				a.find(i6, "account %s stands at %d micros, and nothing waits there", acc, n)
			}
		}
	}
	return nil
}

// coverage compares liquid assets with what the house owes (I13).
func (a *auditor) coverage() {
	assets, owed := map[ledger.Currency]int64{}, map[ledger.Currency]int64{}
	var all []ledger.Currency
	for acc, n := range a.balances {
		if !slices.Contains(all, acc.Currency) {
			all = append(all, acc.Currency)
		}
		switch acc.Class {
		case ledger.Bank, ledger.PSPClearing, ledger.UncollectedItem, ledger.BillerClearing:
			assets[acc.Currency] += n
		case ledger.Paid, ledger.Uncollected, ledger.Held, ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve,
			ledger.RoyaltyPayable, ledger.PayoutTransit, ledger.RedeemTransit, ledger.DisputeHold:
			owed[acc.Currency] -= n
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

// indexed is a table of records with index rows.
type indexed struct {
	// forward checks that every record has its index rows.
	forward func(ctx context.Context, a *auditor) error
	// wants says whether the record under target wants to be found by the index row.
	wants func(a *auditor, target, index []byte) (bool, error)
}

func indexedTables() map[byte]indexed {
	return map[byte]indexed{
		tUser: indexedBy(
			tUser, users, userIndexes,
		), tVendor: indexedBy(tVendor, vendors, vendorIndexes), tLink: indexedBy(tLink, links, linkIndexes),
		tCheckout: indexedBy(tCheckout, checkouts, checkoutIndexes), tDeposit: indexedBy(tDeposit, deposits, depositIndexes),
		tDispute: indexedBy(tDispute, disputes, disputeIndexes), tTransfer: indexedBy(tTransfer, transfers, transferIndexes),
		tDelivery: indexedBy(tDelivery, deliveries, deliveryIndexes), tOffer: indexedBy(tOffer, offers, offerIndexes),
	}
}

// offerIndexes is where the newest version of an offer is found.
func offerIndexes(o ledger.Offer) [][]byte { return [][]byte{key(tNewest, o.ID.Vendor, o.ID.Number)} }

// indexes checks that every record has its index rows, and that every index row leads to a record that wants it.
func (a *auditor) indexes(ctx context.Context) error {
	tables := indexedTables()
	for _, t := range []byte{tUser, tVendor, tLink, tCheckout, tDeposit, tDispute, tTransfer, tDelivery, tOffer} {
		if err := tables[t].forward(ctx, a); err != nil {
			return err
		}
	}
	for _, t := range []byte{
		tUserKey, tHandle, tRecovery, tVendorName, tAPIKey, tVendorLink, tNewest, tCode, tTxn, tWaiting, tReference,
		tExternal,
		tOpenDeposit, tUserDispute, tVendorDispute, tOpenDispute, tClaim, tUserTransfer, tOpenTransfer, tDueDelivery,
		tVendorDelivery,
	} {
		for kv, err := range a.r.kv.Scan(key(t), after(key(t)), false, 0) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := a.backward(tables, kv); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *auditor) backward(tables map[byte]indexed, kv store.KV) error {
	if len(kv.Value) > 0 {
		if t, ok := tables[kv.Value[0]]; ok {
			wanted, err := t.wants(a, kv.Value, kv.Key)
			if err != nil || wanted {
				return err
			}
		}
	}
	a.find(indexesFit, "index %s leads to %s, which is not there or does not want it", keyName(kv.Key), keyName(kv.Value))
	return nil
}

func indexedBy[T, R any](table byte, f form[T, R], rowsOf func(T) [][]byte) indexed {
	return indexed{
		forward: func(ctx context.Context, a *auditor) error {
			return rows(ctx, a, table, f, nil, func(k []byte, v T) error {
				for _, index := range rowsOf(v) {
					target, found, err := a.r.get(index)
					if err != nil {
						return err
					}
					if (!found || !bytes.Equal(target, k)) && !passedOn(index, target, v) {
						a.find(indexesFit, "record %s is not found by its index %s", keyName(k), keyName(index))
					}
				}
				return nil
			})
		},
		wants: func(a *auditor, target, index []byte) (bool, error) {
			b, found, err := a.r.get(target)
			if err != nil || !found {
				return false, err
			}
			v, err := f.decode(target, b)
			if errors.Is(err, store.ErrDamaged) {
				return true, nil // found in its own table
			}
			return err == nil && has(rowsOf(v), index), err
		},
	}
}

// passedOn says whether an index row may lead to another record: a newer version of the offer, or another checkout with
// the code of one that nobody waits for.
func passedOn(index, target []byte, record any) bool {
	switch v := record.(type) {
	case ledger.Checkout:
		return index[0] == tCode && v.Status != ledger.CheckoutOpen
	case ledger.Offer:
		return bytes.HasPrefix(target, key(tOffer, v.ID.Vendor, v.ID.Number)) // older than the newest: shops compares
	}
	return false
}
