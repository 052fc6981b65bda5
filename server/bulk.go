package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// MaxBulk is how many charges one request may have.
const MaxBulk = 1000

// bulkChunk is how many of them are decided in one transaction. A function of the store may write 1 MiB, which counts
// each time that a row is written which sales share, and while it runs no one else sells: a hundred take about two
// milliseconds, and one sync.
const bulkChunk = 100

// BulkCharge is one charge of many. Refused is why it cannot even be asked for, nil if it can.
type BulkCharge struct {
	ChargeOrder
	Refused error
}

// BulkResult is what became of it: the sale, or why there is none.
type BulkResult struct {
	Charge  view.Charge
	Refused error
}

// ChargeBulk sells on many links: each charge as [Seller.Charge] does it, in their order, with a sale or a refusal of
// its own. Those of a chunk are sold in one commit. replayed says that the request was answered before: what was sold
// then is told again and not sold twice, what was refused is decided anew, as it is for one charge. So a request that
// was cut off goes on where it was.
//
// It refuses as a whole with ErrInvalid no charges and too many, and with ErrKeyReused other charges under its key.
func (v *Seller) ChargeBulk(
	ctx context.Context, q Request, all []BulkCharge,
) (results []BulkResult, replayed bool, err error) {
	if len(all) == 0 || len(all) > MaxBulk {
		return nil, false, ledger.Invalid("charges", fmt.Sprintf("Send 1 to %d charges.", MaxBulk),
			"There are %d charges.", len(all))
	}
	if err := checkKey(q.Key); err != nil {
		return nil, false, err
	}
	b := bulk{v: v, asked: v.request(q, time.Time{}), all: all, most: bulkChunk, done: make([]bulkOutcome, len(all))}
	for from := 0; from < len(all); {
		c, err := b.told(ctx, from)
		if err == nil && !c.whole {
			c, err = v.chunk(ctx, &b, from)
		}
		switch {
		case errors.Is(err, store.ErrTooLarge) && b.most > 1: // much metadata, or wallets of many lots
			b.most /= 2
		case err != nil:
			return nil, false, err
		case b.take(c, from):
			from += len(c.outcomes)
		}
	}
	results = make([]BulkResult, len(all))
	for i, o := range b.done {
		if results[i].Refused = o.refused; o.refused == nil {
			results[i].Charge = v.chargeView(o.sale.entry, o.sale.purchase)
		}
	}
	return results, !b.fresh, nil
}

// bulk is a request for many charges on its way.
type bulk struct {
	v     *Seller
	asked request
	all   []BulkCharge
	done  []bulkOutcome
	most  int  // how many charges one transaction decides
	fresh bool // something was not answered before
}

// bulkOutcome is what became of a charge, if it is decided.
type bulkOutcome struct {
	decided bool
	sale    sale
	refused error
}

// bulkState is what a transaction has found out about a chunk. It is taken over once it is durable, because a
// transaction may run more than once.
type bulkState struct {
	rec      books.IdempotencyRecord
	outcomes []bulkOutcome
	whole    bool // nothing is left to decide
	fresh    bool
	wakes    []string
}

// key is that of the record of a chunk, which has the numbers of its sales, 8 bytes each, zero where there is none. The
// first chunk has the key of the request, so that any other request under it is refused. The record says by its length
// how many charges it is about: another version of this program may make chunks of another size.
func (b *bulk) key(from int) string {
	if from == 0 {
		return b.asked.Key
	}
	return b.asked.Key + "\x00" + strconv.Itoa(from) // no header has a zero byte, so this is no vendor's key
}

// record reads the record of a chunk, or makes one of which nothing is decided.
func (b *bulk) record(r books.Reader, from int) (c bulkState, err error) {
	rec, found, err := r.Idempotency(b.asked.Owner, b.key(from))
	switch {
	case err != nil:
		return c, err
	case found && rec.Fingerprint != b.asked.Fingerprint:
		return c, ledger.RefuseKeyReused()
	case !found:
		rec = books.IdempotencyRecord{
			Fingerprint: b.asked.Fingerprint, Kind: "charges", At: b.v.s.clock(),
			Ref: make([]byte, 8*min(bulkChunk, len(b.all)-from)),
		}
	}
	rec.Ref = bytes.Clone(rec.Ref) // what the store has never changes
	return bulkState{rec: rec, fresh: !found, outcomes: make([]bulkOutcome, len(rec.Ref)/8)}, nil
}

// told reads a chunk of which all was sold before: that needs no transaction.
func (b *bulk) told(ctx context.Context, from int) (c bulkState, err error) {
	err = b.v.s.view(ctx, func(r books.Reader) (err error) {
		if c, err = b.record(r, from); err != nil || c.fresh {
			return err
		}
		for i := range c.outcomes {
			no := c.sold(i)
			if no == 0 {
				return nil
			}
			if err := b.again(r, &c, i, no); err != nil {
				return err
			}
		}
		c.whole = true
		return nil
	})
	return c, err
}

// sold is the number of a sale of the chunk, 0 if there is none.
func (c *bulkState) sold(i int) ledger.EntryNo { return refEntry(c.rec.Ref[8*i : 8*i+8]) }

// again tells what was sold before.
func (b *bulk) again(r books.Reader, c *bulkState, i int, no ledger.EntryNo) (err error) {
	c.outcomes[i].decided = true
	c.outcomes[i].sale, err = b.v.sale(r, no, "charge")
	return err
}

// chunk decides the charges of a chunk that this request has not decided yet, up to b.most, in one transaction.
func (v *Seller) chunk(ctx context.Context, b *bulk, from int) (c bulkState, err error) {
	err = v.update(ctx, func(tx books.Tx) error {
		if c, err = b.record(tx.Reader, from); err != nil {
			return err
		}
		changed, left, at := c.fresh, b.most, v.s.clock()
		for i := range c.outcomes {
			no := c.sold(i)
			switch {
			case b.done[from+i].decided:
				continue
			case no != 0:
				if err := b.again(tx.Reader, &c, i, no); err != nil {
					return err
				}
				continue
			case left == 0:
				return b.put(tx, c, from, changed)
			}
			left--
			if err := b.one(tx, &c, from, i, at); err != nil {
				return err
			}
			if o := c.outcomes[i]; o.refused == nil {
				binary.BigEndian.PutUint64(c.rec.Ref[8*i:], uint64(o.sale.entry.No))
				changed, c.fresh = true, true
			}
		}
		c.whole = true
		return b.put(tx, c, from, changed)
	})
	return c, err
}

// put stores the record of a chunk in the commit of its sales.
func (b *bulk) put(tx books.Tx, c bulkState, from int, changed bool) error {
	if !changed {
		return nil
	}
	return tx.PutIdempotency(b.asked.Owner, b.key(from), c.rec)
}

// one decides a charge inside of its transaction. It is an error only if the whole chunk cannot be.
func (b *bulk) one(tx books.Tx, c *bulkState, from, i int, at time.Time) error {
	o, out := b.all[from+i], &c.outcomes[i]
	out.decided = true
	if o.Quantity = max(o.Quantity, 1); o.Refused == nil {
		o.Refused = ledger.CheckAttached(o.ClientRef, o.Metadata)
	}
	if out.refused = o.Refused; o.Refused != nil {
		return nil
	}
	asking := b.asked
	asking.Key, asking.At = b.asked.Key+"/"+strconv.Itoa(from+i), at
	before, _, err := tx.Head()
	if err != nil {
		return err
	}
	made, waiting, asked, err := b.v.chargeAsked(tx, asking, o.ChargeOrder, at)
	if waiting != (ledger.CheckoutID{}) {
		c.wakes = append(c.wakes, topicCheckout(waiting))
	}
	var no *ledger.Refusal
	switch {
	case err == nil:
		c.wakes = append(c.wakes, topicUser(o.Link.User))
		out.sale, out.refused = made, asked
		return nil
	case !errors.As(err, &no):
		return err
	}
	if head, _, fault := tx.Head(); fault != nil || head != before {
		return errors.Join(errHalfSold, fault)
	}
	out.refused = err
	return nil
}

// errHalfSold ends a transaction in which a charge was refused that has written an entry: the others stand or fall with
// it, and none of it may stand.
var errHalfSold = errors.New("a refused charge has written an entry")

// take takes over what has become durable, tells screens, pages and webhooks, and reports whether all of the chunk is
// decided.
func (b *bulk) take(c bulkState, from int) (whole bool) {
	b.fresh = b.fresh || c.fresh
	for i, o := range c.outcomes {
		if o.decided {
			b.done[from+i] = o
		}
	}
	woken := map[string]bool{}
	for _, t := range c.wakes {
		if !woken[t] {
			woken[t] = true
			b.v.s.notifier.wake(t)
		}
	}
	if len(woken) > 0 {
		b.v.s.webhooks.Wake()
	}
	return c.whole
}
