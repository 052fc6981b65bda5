package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// transferSum is what the journal says has become of a transfer.
type transferSum struct {
	from, to ledger.UserID
	amount   ledger.Amount
	state    string
}

// story remembers who joined, and which entry last told of each deposit, dispute and transfer.
func (a *auditor) story(rec Record) {
	if d := rec.Deposit; d != nil {
		if _, known := a.deposits[d.ID]; !known {
			a.users[d.ID.User]++
		}
		a.deposits[d.ID] = rec.No
	}
	if d := rec.Dispute; d != nil {
		if _, again := a.disputes[d.No]; again != (d.No != rec.No) {
			a.find(i6, "entry %d tells of dispute %d, which it does not continue", rec.No, d.No)
		}
		if d.Purchase != rec.Cause || d.Amount != rec.Amount {
			a.find(i6, "entry %d of sale %d is about a dispute of sale %d over %s", rec.No, rec.Cause, d.Purchase, d.Amount)
		}
		a.disputes[d.No] = rec.No
	}
	switch rec.Kind {
	case ledger.KindLink:
		a.given(rec)
	case ledger.KindRefund:
		a.once.set(rec.No)
	case ledger.KindJoined:
		if _, twice := a.users[rec.User]; twice || rec.User == 0 {
			a.find(rowsEqual, "user %d joins with entry %d and is there already", rec.User, rec.No)
		}
		a.users[rec.User] = 0
	case ledger.KindTransfer:
		a.once.set(rec.No)
		a.transfers[rec.No] = &transferSum{from: rec.User, amount: rec.Amount, state: ledger.TransferSent}
	case ledger.KindTransferClaimed, ledger.KindTransferRecalled:
		a.ended(rec)
	}
}

// ended notes that a transfer was claimed, recalled or ran out.
func (a *auditor) ended(rec Record) {
	t := a.transfers[rec.Cause]
	if t == nil || t.state != ledger.TransferSent || t.amount != rec.Amount || t.from != rec.User {
		a.find(i6, "entry %d ends transfer %d, which does not stand so", rec.No, rec.Cause)
		return
	}
	t.to = rec.Payer2
	switch {
	case rec.Kind == ledger.KindTransferClaimed:
		t.state = ledger.TransferClaimed
	case rec.Actor.Role == ledger.RoleSystem:
		t.state = ledger.TransferExpired
	default:
		t.state = ledger.TransferRecalled
	}
}

// stories compares deposits, disputes and transfers with what the journal tells of them.
func (a *auditor) stories(ctx context.Context) error {
	missing := make(map[ledger.DepositID]bool, len(a.deposits))
	for id := range a.deposits {
		missing[id] = true
	}
	err := rows(ctx, a, tDeposit, deposits, func(d ledger.Deposit) []byte { return depositKey(d.ID) }, func(_ []byte, d ledger.Deposit) error {
		delete(missing, d.ID)
		e, found, err := a.written(a.deposits[d.ID])
		if err == nil && (!found || !bytes.Equal(deposits.encode(*e.Deposit), deposits.encode(d))) {
			a.find(rowsEqual, "deposit %d/%d is %q in its row, the journal tells another story", d.ID.User, d.ID.Number, d.State)
		}
		return err
	})
	if err != nil {
		return err
	}
	for id := range missing {
		a.find(rowsEqual, "deposit %d/%d has no row", id.User, id.Number)
	}
	if err := a.disputeRows(ctx); err != nil {
		return err
	}
	err = rows(ctx, a, tTransfer, transfers, func(t ledger.Transfer) []byte { return key(tTransfer, t.No) }, func(_ []byte, t ledger.Transfer) error {
		if j := a.transfers[t.No]; j == nil || *j != (transferSum{t.From, t.To, t.Amount, t.State}) {
			a.find(rowsEqual, "transfer %d is %q in its row, the journal tells another story", t.No, t.State)
		}
		delete(a.transfers, t.No)
		return nil
	})
	for no := range a.transfers {
		a.find(rowsEqual, "transfer %d has no row", no)
	}
	return err
}

func (a *auditor) disputeRows(ctx context.Context) error {
	missing := make(map[ledger.EntryNo]bool, len(a.disputes))
	for no := range a.disputes {
		missing[no] = true
	}
	err := rows(ctx, a, tDispute, disputes, func(d ledger.Dispute) []byte { return key(tDispute, d.No) }, func(_ []byte, d ledger.Dispute) error {
		delete(missing, d.No)
		e, found, err := a.written(a.disputes[d.No])
		if err == nil && (!found || !bytes.Equal(disputes.encode(*e.Dispute), disputes.encode(d))) {
			a.find(rowsEqual, "dispute %d is %q in its row, the journal tells another story", d.No, d.State)
		}
		return err
	})
	for no := range missing {
		a.find(rowsEqual, "dispute %d has no row", no)
	}
	return err
}

// people compares users with the journal and with the numbers that were given.
func (a *auditor) people(ctx context.Context) error {
	given := map[string]uint64{}
	err := rows(ctx, a, tCounter, counts, nil, func(k []byte, n uint64) error {
		given[string(k[1:])] = n
		return nil
	})
	if err != nil {
		return err
	}
	err = rows(ctx, a, tUser, users, func(u ledger.User) []byte { return key(tUser, u.ID) }, func(_ []byte, u ledger.User) error {
		n, joined := a.users[u.ID]
		if !joined || n != u.Deposits || uint64(u.ID) > given["user"] {
			a.find(rowsEqual, "user %d of %d has %d deposits; joined: %v, deposits in the journal: %d", u.ID, given["user"], u.Deposits, joined, n)
		}
		delete(a.users, u.ID)
		return nil
	})
	if err != nil {
		return err
	}
	for id := range a.users {
		a.find(rowsEqual, "user %d has no row", id)
	}
	return a.shops(ctx, given["vendor"])
}

// shops checks the numbers of vendors and offers, and that checkouts name the sales that pay them (I10).
func (a *auditor) shops(ctx context.Context, given uint64) error {
	posted := map[ledger.VendorID]uint64{}
	err := rows(ctx, a, tVendor, vendors, func(v ledger.Vendor) []byte { return key(tVendor, v.ID) }, func(_ []byte, v ledger.Vendor) error {
		if uint64(v.ID) > given {
			a.find(rowsEqual, "vendor %d has a number that was never given, the last was %d", v.ID, given)
		}
		posted[v.ID] = v.Offers
		return nil
	})
	if err != nil {
		return err
	}
	err = rows(ctx, a, tOffer, offers, func(o ledger.Offer) []byte { return offerKey(o.ID, o.Version) }, func(k []byte, o ledger.Offer) error {
		if o.ID.Number > posted[o.ID.Vendor] {
			a.find(rowsEqual, "offer %d/%d has a number that was never given, the last was %d", o.ID.Vendor, o.ID.Number, posted[o.ID.Vendor])
		}
		newest, _, err := a.r.get(key(tNewest, o.ID.Vendor, o.ID.Number))
		if err == nil && bytes.Compare(newest, k) < 0 {
			a.find(indexesFit, "version %d of offer %d/%d is newer than the newest", o.Version, o.ID.Vendor, o.ID.Number)
		}
		return err
	})
	if err != nil {
		return err
	}
	return rows(ctx, a, tCheckout, checkouts, func(c ledger.Checkout) []byte { return checkoutKey(c.ID) }, func(_ []byte, c ledger.Checkout) error {
		if c.Purchase == 0 {
			return nil
		}
		e, found, err := a.written(c.Purchase)
		if err == nil && (!found || e.Sale == nil || e.Sale.Checkout != c.ID) {
			a.find(i10, "checkout %d/%d names sale %d, which does not pay it", c.ID.Vendor, c.ID.Number, c.Purchase)
		}
		return err
	})
}
