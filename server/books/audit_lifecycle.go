package books

import (
	"bytes"
	"cmp"
	"context"

	"tuppence/server/ledger"
)

// lifecycleRows compares what has a lifecycle (deposits, disputes and transfers) with its newest entry in the journal.
func (a *auditor) lifecycleRows(ctx context.Context) error {
	if err := a.depositRows(ctx); err != nil {
		return err
	}
	if err := a.receiptRows(ctx); err != nil {
		return err
	}
	if err := a.billRows(ctx); err != nil {
		return err
	}
	if err := a.incentiveRows(ctx); err != nil {
		return err
	}
	if err := a.disputeRows(ctx); err != nil {
		return err
	}
	for _, rows := range []func(context.Context) error{
		a.planRows, a.campaignRows, a.issueRows, a.vaultRows, a.mandateRows, a.bankRows,
	} {
		if err := rows(ctx); err != nil {
			return err
		}
	}
	if err := a.settlementRows(ctx); err != nil {
		return err
	}
	if err := a.runRows(ctx); err != nil {
		return err
	}
	if err := a.payoutJobRows(ctx); err != nil {
		return err
	}
	if err := a.redemptionRows(ctx); err != nil {
		return err
	}
	return a.transferRows(ctx)
}

// depositRows compares each deposit with the copy in its newest entry. Records are deterministic, so equal bytes are
// equal deposits, and a field that is added later is compared without a line here.
func (a *auditor) depositRows(ctx context.Context) error {
	missing := make(map[ledger.DepositID]bool, len(a.deposits))
	for id := range a.deposits {
		missing[id] = true
	}
	at := func(d ledger.Deposit) []byte { return depositKey(d.ID) }
	err := rows(ctx, a, tDeposit, deposits, at, func(_ []byte, d ledger.Deposit) error {
		delete(missing, d.ID)
		e, found, err := a.entryAt(a.deposits[d.ID])
		if err == nil && (!found || !bytes.Equal(deposits.encode(*e.Deposit), deposits.encode(d))) {
			a.find(rowsEqual, "deposit %d/%d is %q in its row, the journal says otherwise", d.ID.User, d.ID.Number, d.State)
		}
		return cmp.Or(err, a.permitted(d))
	})
	for id := range missing {
		a.find(rowsEqual, "deposit %d/%d has no row", id.User, id.Number)
	}
	return err
}

// receiptRows compares each receipt with the copy in its newest entry, as depositRows does, and with its account 2900.
func (a *auditor) receiptRows(ctx context.Context) error {
	missing := make(map[ledger.EntryNo]bool, len(a.receipts))
	for no := range a.receipts {
		missing[no] = true
	}
	at := func(r ledger.Receipt) []byte { return key(tReceipt, r.No) }
	err := rows(ctx, a, tReceipt, receipts, at, func(_ []byte, r ledger.Receipt) error {
		delete(missing, r.No)
		e, found, err := a.entryAt(a.receipts[r.No])
		if err == nil && (!found || !bytes.Equal(receipts.encode(*e.Receipt), receipts.encode(r))) {
			a.find(rowsEqual, "receipt %d is %q in its row, the journal says otherwise", r.No, r.State)
		}
		var apart int64
		if r.Open() {
			apart = -r.Amount.Micros
		}
		acc := ledger.Account{Class: ledger.Unallocated, Currency: r.Amount.Currency, Owner: uint64(r.No)}
		if a.balances[acc] != apart {
			a.find(rowsEqual, "receipt %d is %q, account %s says %d micros", r.No, r.State, acc, a.balances[acc])
		}
		return err
	})
	for no := range missing {
		a.find(rowsEqual, "receipt %d has no row", no)
	}
	return err
}

// transferRows compares transfers with what the journal adds up to: entries have no copy of a transfer.
func (a *auditor) transferRows(ctx context.Context) error {
	at := func(t ledger.Transfer) []byte { return key(tTransfer, t.No) }
	err := rows(ctx, a, tTransfer, transfers, at, func(_ []byte, t ledger.Transfer) error {
		if j := a.transfers[t.No]; j == nil || *j != (transferSum{t.From, t.To, t.Amount, t.State}) {
			a.find(rowsEqual, "transfer %d is %q in its row, the journal says otherwise", t.No, t.State)
		}
		delete(a.transfers, t.No)
		return nil
	})
	for no := range a.transfers {
		a.find(rowsEqual, "transfer %d has no row", no)
	}
	return err
}
