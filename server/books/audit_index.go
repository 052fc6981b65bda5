package books

import (
	"bytes"
	"context"
	"errors"

	"tuppence/server/ledger"
	"tuppence/store"
)

// indexed is a table of records with index rows.
type indexed struct {
	// forward checks that every record has its index rows.
	forward func(ctx context.Context, a *auditor) error
	// wants says whether the record under target wants to be found by the index row.
	wants func(a *auditor, target, index []byte) (bool, error)
}

func indexedTables() map[byte]indexed {
	return map[byte]indexed{
		tUser: indexedBy(tUser, users, userIndexes), tVendor: indexedBy(tVendor, vendors, vendorIndexes), tLink: indexedBy(tLink, links, linkIndexes),
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
		tUserKey, tHandle, tRecovery, tVendorName, tAPIKey, tVendorLink, tNewest, tCode, tTxn, tWaiting, tReference, tExternal,
		tOpenDeposit, tUserDispute, tVendorDispute, tOpenDispute, tClaim, tUserTransfer, tOpenTransfer, tDueDelivery, tVendorDelivery,
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
