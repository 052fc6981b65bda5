package server

import (
	"context"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Use is one use of a grant: n views, counted once per request id.
type Use struct {
	Grant     ledger.EntryNo
	N         uint32
	RequestID string
}

// Consume counts views of what was sold (claim 44). It refuses with ErrGrantOver, naming the bound.
func (v *Seller) Consume(ctx context.Context, q Use) (out Sold, err error) {
	q.N = max(q.N, 1)
	at := v.s.clock()
	err = v.s.update(ctx, func(tx books.Tx) error {
		if out, err = v.sale(tx.Reader, q.Grant); err != nil {
			return grantNotFound(err)
		}
		f, err := saleFacts(tx, q.Grant)
		if err != nil {
			return err
		}
		done, err := ledger.Consume(ledger.ConsumeRequest{N: q.N, RequestID: q.RequestID, Actor: v.actor()}, f, at)
		if err != nil {
			return err
		}
		out.Purchase = done.Purchase
		if done.Again {
			return nil
		}
		if _, err := tx.Append(done.Entry); err != nil {
			return err
		}
		return tx.PutPurchase(done.Purchase)
	})
	if err == nil {
		v.s.hub.wake(topicUser(out.Record.User))
		v.s.soon()
	}
	return out, err
}

// Grant reads the right that a sale gave.
func (v *Seller) Grant(ctx context.Context, no ledger.EntryNo) (Sold, error) {
	out, err := v.Sale(ctx, no)
	return out, grantNotFound(err)
}

// grantNotFound says what was asked for: the grant, not the charge behind it.
func grantNotFound(err error) error {
	if ledger.Code(err) == ledger.ErrNotFound.Error() {
		return ledger.RefuseNotFound("grant")
	}
	return err
}
