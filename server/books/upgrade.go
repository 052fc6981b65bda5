package books

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"tuppence/server/ledger"
	"tuppence/store"
)

// upgradeName is the named value that says how far an upgrade has come: the last key that it has looked at.
const upgradeName = "upgrade"

// UpgradeOptions are how an upgrade goes on. The zero value is good.
type UpgradeOptions struct {
	// Batch is how many rows one commit looks at, 0 for 256.
	Batch int
	// Progress is called after each commit with how many rows of how many are done. Nil: rows are not counted before.
	Progress func(done, all uint64)
}

// Upgrade brings books that an earlier program wrote up to [Format], in commits of a bounded size; books of a newer
// format are refused with [store.ErrNewer], new and current ones are left as they are. It may be stopped anywhere: each
// commit has the place where the next one begins, and what was not converted yet can be read all the same. Books of
// the same generation, which lack a field only, need no conversion but for what was not kept: see marked, recounted and
// listed.
//
// Entries of the journal are what was hashed, so they keep their bytes for ever and are converted whenever they are
// read; an upgrade reads them for what follows from them, see marked.
func Upgrade(ctx context.Context, s store.Store, o UpgradeOptions) error {
	if o.Batch <= 0 {
		o.Batch = 256
	}
	u := upgrade{store: s, o: o}
	begun, err := u.begin(ctx)
	if err != nil || !begun {
		return err
	}
	for more := true; more; {
		if more, err = u.step(ctx); err != nil {
			return fmt.Errorf("upgrade the books to %q: %w", Format, err)
		}
	}
	return nil
}

// upgrade is one run of [Upgrade].
type upgrade struct {
	store     store.Store
	o         UpgradeOptions
	done, all uint64
}

// begin compares the format of the store with ours, and claims the store for ours: from then on an older program
// refuses it. It returns whether there is something to convert: what an earlier generation wrote, or the rest of an
// upgrade that was stopped.
func (u *upgrade) begin(ctx context.Context) (convert bool, err error) {
	var claim, older, stopped bool
	err = u.store.View(ctx, func(kv store.Reader) error {
		r := Read(kv)
		had, found, err := r.Meta(FormatName)
		if err != nil {
			return err
		}
		if !found {
			return named(r)
		}
		gen, current, err := knownFormat(string(had))
		if err != nil {
			return err
		}
		claim, older = !current, gen < generation
		_, stopped, err = r.Meta(upgradeName)
		return err
	})
	if err == nil && claim {
		err = u.claim(ctx, older, stopped)
	}
	if convert = claim || stopped; err != nil || !convert || u.o.Progress == nil {
		return convert, err
	}
	return true, u.store.View(ctx, func(kv store.Reader) error { return u.count(ctx, Read(kv)) })
}

// named refuses books that do not say what wrote them; a new store has none.
func named(r Reader) error {
	no, _, err := r.Head()
	if err == nil && no > 0 {
		err = errors.New("these books do not say what wrote them: restore a backup")
	}
	return err
}

// claim gives the store our format. Rows of an earlier generation are converted from the first on. One number more
// changes no row that is there, but for what follows from others: redemptions, deposits and disputes may not be in the
// lists of what is open, wallets may lack milestones and links a sum. So an upgrade of our generation begins at the
// first table of these. One that was stopped goes on where it was.
func (u *upgrade) claim(ctx context.Context, older, stopped bool) error {
	return u.store.Update(ctx, func(kv store.Tx) error {
		tx := Write(kv)
		if err := tx.PutMeta(FormatName, []byte(Format)); err != nil || stopped && !older {
			return err
		}
		if older {
			return tx.PutMeta(upgradeName, nil)
		}
		return tx.PutMeta(upgradeName, key(lacking))
	})
}

// lacking is the first table whose rows may lack something in books of our generation.
const lacking = tRedemption

// count counts the rows that are still to be looked at, for the progress.
func (u *upgrade) count(ctx context.Context, r Reader) error {
	at, _, err := r.Meta(upgradeName)
	if err != nil {
		return err
	}
	for _, c := range converters() {
		first, end, some := c.ahead(at)
		if !some {
			continue
		}
		for _, err := range r.kv.Scan(first, end, false, 0) {
			if err != nil {
				return err
			}
			if u.all++; u.all%4096 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return nil
}

// step converts the next rows in one commit and returns whether there are more.
func (u *upgrade) step(ctx context.Context) (more bool, err error) {
	looked := 0
	err = u.store.Update(ctx, func(kv store.Tx) error {
		tx := Write(kv)
		at, _, err := tx.Meta(upgradeName)
		if err != nil {
			return err
		}
		if looked, at, err = convert(tx, at, u.o.Batch); err != nil {
			return err
		}
		if more = at != nil; !more {
			return tx.DropMeta(upgradeName)
		}
		return tx.PutMeta(upgradeName, at)
	})
	if err == nil && u.o.Progress != nil {
		u.done += uint64(looked)
		u.o.Progress(u.done, max(u.done, u.all))
	}
	return more, err
}

// upgradeBytes is how many bytes of rows are enough for one commit: a row may be large, and the store bounds what one
// function writes.
const upgradeBytes = 512 << 10

// convert converts rows behind a key, at most a batch of them, and returns the last key that it has looked at, nil at
// the end. A damaged row stays as it is: it is for the audit to find, and no reason to keep all others away.
func convert(tx Tx, from []byte, batch int) (looked int, last []byte, err error) {
	size := 0
	for _, c := range converters() {
		first, end, some := c.ahead(from)
		if !some {
			continue
		}
		for kv, err := range tx.kv.Scan(first, end, false, batch-looked) {
			if err == nil {
				err = c.convert(tx, kv.Key, kv.Value)
			}
			if err != nil && !errors.Is(err, store.ErrDamaged) {
				return looked, nil, err
			}
			looked, last = looked+1, bytes.Clone(kv.Key)
			if size += len(kv.Value); size >= upgradeBytes {
				return looked, last, nil
			}
		}
		if looked == batch {
			return looked, last, nil
		}
	}
	return looked, nil, nil
}

// converter is how the rows of a table become those of this format.
type converter struct {
	table   byte
	convert func(tx Tx, k, v []byte) error
}

// ahead returns the range of the table's keys behind one that was looked at; some is false if there are none.
func (c converter) ahead(from []byte) (first, end []byte, some bool) {
	first, end = key(c.table), after(key(c.table))
	if bytes.Compare(from, first) >= 0 { // a row whose key is its table alone was looked at as well
		first = append(bytes.Clone(from), 0)
	}
	return first, end, bytes.Compare(first, end) < 0
}

// converters are the tables that an upgrade goes through, in the order of their keys: the place where an upgrade goes
// on is a key. The next format adds to them.
func converters() []converter {
	return []converter{
		{tRedemption, listed(redemptions, openRedemptionIndexes)},
		{tOldMonths, dropped},
		{tBalance, renewed(amounts)},
		{tCheckout, renewed(checkouts)},
		{tDeposit, listed(deposits, openDepositIndexes)},
		{tDelivery, renewed(deliveries)},
		{tTransfer, renewed(transfers)},
		{tPurchase, owned},
		{tHead, renewed(heads)},
		{tOldIdempotency, rekeyed},
		{tEntry, marked},
		{tLink, recounted},
		{tMeta, renewed(blobs)},
		{tCounter, renewed(counts)},
		{tOffer, renewed(offers)},
		{tPolicy, renewed(policies)},
		{tStaff, renewed(staffs)},
		{tTill, renewed(tills)},
		{tUser, renewed(users)},
		{tVendor, renewed(vendors)},
		{tWallet, withDays},
		{tDispute, listed(disputes, openDisputeIndexes)},
		{tPayee, renewed(payees)},
		{tTotal, renewed(amounts)},
	}
}

// renewed writes a record of an earlier version as one of ours, and leaves one of ours alone.
func renewed[T, R any](c codec[T, R]) func(tx Tx, k, v []byte) error {
	return func(tx Tx, k, v []byte) error {
		if len(v) > 0 && v[0] == version {
			return nil
		}
		noun, err := c.decode(k, v)
		if err != nil {
			return err
		}
		return tx.tx.Set(k, c.encode(noun))
	}
}

// listed is renewed for what stands in the lists of what is open, where earlier programs did not put it.
func listed[T, R any](c codec[T, R], indexes func(T) [][]byte) func(tx Tx, k, v []byte) error {
	return func(tx Tx, k, v []byte) error {
		if err := renewed(c)(tx, k, v); err != nil {
			return err
		}
		noun, err := c.decode(k, v)
		if err != nil {
			return err
		}
		for _, i := range indexes(noun) {
			if err := tx.claim(i, k); err != nil {
				return err
			}
		}
		return nil
	}
}

// owned is listed for sales: earlier programs did not keep whose grant was revoked, which its entry says.
func owned(tx Tx, k, v []byte) error {
	p, err := purchases.decode(k, v)
	if err != nil {
		return err
	}
	if !p.Grant.Revoked.IsZero() && p.Grant.Vendor == 0 {
		sold, found, err := tx.Entry(p.No)
		if err != nil {
			return err
		}
		if found {
			p.Grant.Vendor = sold.Vendor
			v = purchases.encode(p)
			if err := tx.tx.Set(k, v); err != nil {
				return err
			}
		}
	}
	return listed(purchases, purchaseIndexes)(tx, k, v)
}

// recounted is renewed for links, and counts what was paid where that was not kept yet: earlier programs kept the
// number of purchases only. It sets the sum and does not add to it, so a row may be looked at twice.
func recounted(tx Tx, k, v []byte) error {
	l, err := links.decode(k, v)
	if err != nil {
		return err
	}
	if l.Count == 0 || l.Paid != 0 {
		return renewed(links)(tx, k, v)
	}
	if l.Paid, err = tx.paid(l.ID); err != nil {
		return err
	}
	return tx.tx.Set(k, links.encode(l))
}

// paid sums up what a user has paid at a vendor in one currency, in micros, from the journal. It reads all of the
// wallet's history, so it is for an upgrade only. What a hold gave back was not paid; what was refunded was.
func (r Reader) paid(id ledger.LinkID) (sum int64, err error) {
	const some = 256
	for before := ledger.EntryNo(0); ; {
		page, err := r.UserEntries(id.User, id.Currency, before, some)
		if err != nil {
			return 0, err
		}
		for _, rec := range page {
			before = rec.No
			if rec.Vendor == id.Vendor && rec.User == id.User {
				sum += paidBy(rec.Entry)
			}
		}
		if len(page) < some {
			return sum, nil
		}
	}
}

// paidBy is what an entry adds to the sum of what was paid: the price of a sale, less what the end of a hold gives
// back.
func paidBy(e ledger.Entry) (micros int64) {
	switch e.Kind {
	case ledger.KindPurchase, ledger.KindHold:
		return e.Amount.Micros
	case ledger.KindVoid:
		return -e.Amount.Micros
	case ledger.KindCapture:
		for _, g := range e.Postings { // wherever the rest goes back to
			if g.Account.Class == ledger.Held {
				micros -= g.Micros
			}
		}
		return micros + e.Amount.Micros
	}
	return 0
}

// withDays is renewed for wallets, and counts the days that are over where they were not kept yet. A wallet that has
// them is left alone, so a row may be looked at twice.
func withDays(tx Tx, k, v []byte) error {
	if err := renewed(wallets)(tx, k, v); err != nil {
		return err
	}
	w, err := wallets.decode(k, v)
	if err != nil {
		return err
	}
	d, err := tx.Days(w.User, w.Currency)
	if err != nil || d.Closed > 0 {
		return err
	}
	if d, err = tx.daysOf(d); err != nil || d.Closed == 0 {
		return err
	}
	return put(tx, daysKey(w.User, w.Currency), daysOver, d)
}

// daysOf counts the days of a wallet that are over, from the journal. It reads all of the wallet's history, from the
// newest on, and remembers a sum for each day and what holds gave back: so it is for an upgrade only.
func (r Reader) daysOf(d ledger.Days) (ledger.Days, error) {
	const some = 256
	var steps []countStep
	for before := ledger.EntryNo(0); ; {
		page, err := r.UserEntries(d.User, d.Currency, before, some)
		if err != nil {
			return d, err
		}
		for _, rec := range page {
			before = rec.No
			if rec.User != d.User {
				continue
			}
			if steps, err = r.counted(steps, rec.Entry); err != nil {
				return d, err
			}
		}
		if len(page) < some {
			break
		}
	}
	var c ledger.Counters
	for _, s := range slices.Backward(steps) {
		if s.back {
			c = ledger.Uncount(c, s.sale.Price.Micros, &s.sale)
			continue
		}
		if over := ledger.Closes(c, &s.sale); over != (ledger.Day{}) {
			d = d.After(over)
		}
		c = ledger.Recount(c, &s.sale)
	}
	return d, nil
}

// countStep is what an entry does to the counter of a day: the sale has nothing but its day and micros. back says that
// a hold gives them back.
type countStep struct {
	sale ledger.Sale
	back bool
}

// counted adds what an entry does to the steps, from the newest on. Sales of one day that follow each other are one.
func (r Reader) counted(steps []countStep, e ledger.Entry) ([]countStep, error) {
	s := countStep{sale: ledger.Sale{Price: ledger.Amount{Micros: e.Amount.Micros}}}
	switch e.Kind {
	case ledger.KindPurchase, ledger.KindHold:
		s.sale.Day = e.Sale.Day
		if n := len(steps) - 1; n >= 0 && !steps[n].back && steps[n].sale.Day == s.sale.Day {
			steps[n].sale.Price.Micros += s.sale.Price.Micros
			return steps, nil
		}
	case ledger.KindCapture, ledger.KindVoid:
		held, found, err := r.Entry(e.Cause)
		if err != nil || !found || held.Sale == nil {
			return steps, err
		}
		s.back, s.sale.Day = true, held.Sale.Day
		s.sale.Price.Micros = -paidBy(e)
	default:
		return steps, nil
	}
	return append(steps, s), nil
}

// rekeyed moves what an idempotency key was used for. Format "books 1" kept it under the month of its use (month,
// hash).
func rekeyed(tx Tx, k, v []byte) error {
	const prefix = 1 + 4 // table, month
	if len(k) <= prefix {
		return damaged(k, errCut)
	}
	rec, err := idempotencyRecords.decode(k, v)
	if err != nil {
		return err
	}
	if err := tx.tx.Set(key(tIdempotency, k[prefix:]), idempotencyRecords.encode(rec)); err != nil {
		return err
	}
	return tx.tx.Delete(k)
}

// dropped deletes a row that has no use any more: the span of months with idempotency keys.
func dropped(tx Tx, k, _ []byte) error { return tx.tx.Delete(k) }
