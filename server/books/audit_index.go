package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// indexes checks that every index row leads to a record that wants it, and that every record has its index rows.
func (a *auditor) indexes(ctx context.Context) error {
	want := map[string][]byte{} // index key → target
	tables := map[byte]bool{}
	need := func(k, target []byte) {
		if k != nil {
			want[string(k)] = target
		}
	}
	collect := []func() error{
		func() error {
			return rowsOf(ctx, a, tUser, func(k []byte, u ledger.User) {
				for _, m := range u.Keys {
					if m.Ended.IsZero() {
						need(key(tUserKey, m.Fingerprint), bytes.Clone(k))
					}
				}
				need(handleKey(u), bytes.Clone(k))
				need(recoveryKey(u), bytes.Clone(k))
			})
		},
		func() error {
			return rowsOf(ctx, a, tVendor, func(k []byte, v ledger.Vendor) {
				need(key(tVendorName, v.Name), bytes.Clone(k))
				for _, m := range v.Keys {
					if m.Ended.IsZero() {
						need(key(tAPIKey, m.Hash), bytes.Clone(k))
					}
				}
			})
		},
		func() error {
			return rowsOf(ctx, a, tLink, func(k []byte, l ledger.Link) { need(vendorLinkKey(l), bytes.Clone(k)) })
		},
		func() error {
			return rowsOf(ctx, a, tCheckout, func(k []byte, c ledger.Checkout) { need(waitingKey(c), bytes.Clone(k)) })
		},
		func() error {
			return rowsOf(ctx, a, tDeposit, func(k []byte, d ledger.Deposit) {
				need(openDepositKey(d), bytes.Clone(k))
				if d.Reference != "" {
					need(key(tReference, d.Reference), bytes.Clone(k))
				}
				if d.External != "" {
					need(externalKey(d.Method, d.External), bytes.Clone(k))
				}
			})
		},
		func() error {
			return rowsOf(ctx, a, tDispute, func(k []byte, d ledger.Dispute) {
				need(key(tUserDispute, d.User, d.No), bytes.Clone(k))
				need(key(tVendorDispute, d.Vendor, d.No), bytes.Clone(k))
				need(openDisputeKey(d), bytes.Clone(k))
			})
		},
		func() error {
			return rowsOf(ctx, a, tTransfer, func(k []byte, f ledger.Transfer) {
				need(key(tUserTransfer, f.From, f.No), bytes.Clone(k))
				if f.To != 0 {
					need(key(tUserTransfer, f.To, f.No), bytes.Clone(k))
				}
				need(key(tClaim, f.Code), bytes.Clone(k))
				need(openTransferKey(f), bytes.Clone(k))
			})
		},
		func() error {
			return rowsOf(ctx, a, tDelivery, func(k []byte, d Delivery) { need(dueKey(d), bytes.Clone(k)) })
		},
		func() error { // remembered answers must at least be readable (I10)
			return rowsOf(ctx, a, tOnce, func(k []byte, m Remembered) {
				if m.Kind == "" {
					a.find(i10, "idempotency key %x does not say what it was used for", k)
				}
			})
		},
	}
	for _, f := range collect {
		if err := f(); err != nil {
			return err
		}
	}
	for _, t := range []byte{tUserKey, tHandle, tRecovery, tVendorName, tAPIKey, tVendorLink, tWaiting, tReference, tExternal, tOpenDeposit,
		tUserDispute, tVendorDispute, tOpenDispute, tUserTransfer, tClaim, tOpenTransfer, tDueDelivery} {
		tables[t] = true
		for kv, err := range a.r.kv.Scan(key(t), after(key(t)), false, 0) {
			if err != nil {
				return err
			}
			switch target, ok := want[string(kv.Key)]; {
			case !ok:
				a.find(indexesFit, "index %q leads to %x, which does not want it", kv.Key, kv.Value)
			case !bytes.Equal(target, kv.Value):
				a.find(indexesFit, "index %q leads to %x instead of %x", kv.Key, kv.Value, target)
			}
			delete(want, string(kv.Key))
		}
	}
	for k, target := range want {
		if tables[k[0]] {
			a.find(indexesFit, "record %x lacks its index %q", target, k)
		}
	}
	return a.pointers(ctx)
}

// pointers checks the indexes whose older rows may stay: they must lead to a record.
func (a *auditor) pointers(ctx context.Context) error {
	for _, t := range []byte{tCode, tTxn, tNewest, tVendorDelivery} {
		for kv, err := range a.r.kv.Scan(key(t), after(key(t)), false, 0) {
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			there, err := a.r.has(kv.Value)
			if err != nil {
				return err
			}
			if !there {
				a.find(indexesFit, "index %q leads to %x, which is not there", kv.Key, kv.Value)
			}
		}
	}
	return nil
}
