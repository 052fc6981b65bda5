package books

import (
	"bytes"
	"context"
	"fmt"

	"tuppence/store"
)

// upgradeName is the named value that says how far an upgrade has come: the last key that it has looked at.
const upgradeName = "upgrade"

// UpgradeOptions say how an upgrade goes on. The zero value is good.
type UpgradeOptions struct {
	// Batch is how many rows one commit looks at, 0 for 256.
	Batch int
	// Progress is told after each commit how many rows of how many are done. Nil: nobody is told, and nothing is counted.
	Progress func(done, all uint64)
}

// Upgrade brings books that an earlier program wrote up to [Format], in commits of a bounded size; books of a newer
// format are refused with [store.ErrNewer], new and current ones are left as they are. It may be stopped anywhere: each
// commit has the place where the next one begins, and what was not converted yet can be read all the same. Books of
// the same generation, which lack a field only, need no conversion and are claimed at once.
//
// Entries of the journal are what was hashed, so they keep their bytes for ever and are converted whenever they are
// read.
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
// refuses it. It tells whether there is something to convert: what an earlier generation wrote, or the rest of an
// upgrade that was stopped.
func (u *upgrade) begin(ctx context.Context) (convert bool, err error) {
	var claim, older bool
	err = u.store.View(ctx, func(kv store.Reader) error {
		r := Read(kv)
		had, found, err := r.Meta(FormatName)
		if err != nil || !found {
			return err
		}
		gen, current, err := knownFormat(string(had))
		if err != nil {
			return err
		}
		_, stopped, err := r.Meta(upgradeName)
		if err != nil {
			return err
		}
		older = gen < generation
		claim, convert = !current, older || stopped
		if !convert {
			return nil
		}
		return u.count(ctx, kv)
	})
	if err != nil || !claim {
		return convert, err
	}
	return convert, u.store.Update(ctx, func(kv store.Tx) error {
		tx := Write(kv)
		if err := tx.PutMeta(FormatName, []byte(Format)); err != nil || !older { // one that was stopped goes on where it was
			return err
		}
		return tx.PutMeta(upgradeName, nil)
	})
}

// count counts the rows that are to be looked at, for the progress.
func (u *upgrade) count(ctx context.Context, kv store.Reader) error {
	if u.o.Progress == nil {
		return nil
	}
	for _, c := range converters() {
		for _, err := range kv.Scan(key(c.table), after(key(c.table)), false, 0) {
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

// step converts the next rows and says whether there are more.
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

// convert converts rows behind a key, at most a batch of them; the last key that it has looked at is nil at the end.
func convert(tx Tx, from []byte, batch int) (looked int, last []byte, err error) {
	for _, c := range converters() {
		first, end := key(c.table), after(key(c.table))
		if bytes.Compare(from, first) > 0 {
			first = append(bytes.Clone(from), 0)
		}
		if bytes.Compare(first, end) >= 0 {
			continue
		}
		for kv, err := range tx.kv.Scan(first, end, false, batch-looked) {
			if err != nil {
				return looked, nil, err
			}
			if err := c.convert(tx, kv.Key, kv.Value); err != nil {
				return looked, nil, err
			}
			looked, last = looked+1, bytes.Clone(kv.Key)
		}
		if looked == batch {
			return looked, last, nil
		}
	}
	return looked, nil, nil
}

// converter says how the rows of a table become those of this format.
type converter struct {
	table   byte
	convert func(tx Tx, k, v []byte) error
}

// converters are the tables that an upgrade goes through, in the order of their keys. The next format adds to them.
func converters() []converter {
	return []converter{
		{tOldMonths, dropped},
		{tBalance, renewed(amounts)},
		{tCheckout, renewed(checkouts)},
		{tDeposit, renewed(deposits)},
		{tDelivery, renewed(deliveries)},
		{tTransfer, renewed(transfers)},
		{tPurchase, renewed(purchases)},
		{tHead, renewed(heads)},
		{tOldIdempotency, rekeyed},
		{tLink, renewed(links)},
		{tMeta, renewed(blobs)},
		{tCounter, renewed(counts)},
		{tOffer, renewed(offers)},
		{tPolicy, renewed(policies)},
		{tStaff, renewed(staffs)},
		{tTill, renewed(tills)},
		{tUser, renewed(users)},
		{tVendor, renewed(vendors)},
		{tWallet, renewed(wallets)},
		{tDispute, renewed(disputes)},
		{tPayee, renewed(payees)},
		{tTotal, renewed(amounts)},
	}
}

// renewed writes a record of an earlier version as one of ours.
func renewed[T, R any](f form[T, R]) func(tx Tx, k, v []byte) error {
	return func(tx Tx, k, v []byte) error {
		if len(v) > 0 && v[0] == version {
			return nil
		}
		noun, err := f.decode(k, v)
		if err != nil {
			return err
		}
		return tx.tx.Set(k, f.encode(noun))
	}
}

// rekeyed moves what an idempotency key was used for. Format "books 1" kept it under the month of its use (month,
// hash).
func rekeyed(tx Tx, k, v []byte) error {
	const prefix = 1 + 4 // table, month
	if len(k) <= prefix {
		return damaged(k, errCut)
	}
	rec, err := remembereds.decode(k, v)
	if err != nil {
		return err
	}
	if err := tx.tx.Set(key(tIdempotency, k[prefix:]), remembereds.encode(rec)); err != nil {
		return err
	}
	return tx.tx.Delete(k)
}

// dropped forgets a row that has no use any more: the span of months with idempotency keys.
func dropped(tx Tx, k, _ []byte) error { return tx.tx.Delete(k) }
