package books

import (
	"time"

	"tuppence/server/ledger"
)

func depositKey(id ledger.DepositID) []byte { return key(tDeposit, id.User, id.Number) }

// Deposit reads a deposit by the user and the number among the deposits of that user.
func (r Reader) Deposit(id ledger.DepositID) (ledger.Deposit, bool, error) {
	return load(r, depositKey(id), deposits)
}

// DepositByReference finds a deposit by what its payer writes on the check.
func (r Reader) DepositByReference(ref string) (ledger.DepositID, bool, error) {
	return r.depositAt(key(tReference, ref))
}

// DepositByExternal finds a deposit by what the processor of its method calls it.
func (r Reader) DepositByExternal(method, external string) (ledger.DepositID, bool, error) {
	if external == "" {
		return ledger.DepositID{}, false, nil
	}
	return r.depositAt(externalKey(method, external))
}

// externalKey: ids of processors are unique per method only.
func externalKey(method, external string) []byte { return key(tExternal, method, "\x00", external) }

func (r Reader) depositAt(index []byte) (ledger.DepositID, bool, error) {
	user, n, found, err := pair(r, index)
	return ledger.DepositID{User: ledger.UserID(user), Number: n}, found, err
}

// Deposits reads the newest deposits of a user, newest first, at most limit of them (0: all).
func (r Reader) Deposits(u ledger.UserID, limit int) ([]ledger.Deposit, error) {
	return scan(r, key(tDeposit, u), after(key(tDeposit, u)), true, limit, deposits.decode)
}

// DepositsSince reads the deposits of a user that were made after an instant, newest first: what the bounds of a wallet
// count.
func (r Reader) DepositsSince(u ledger.UserID, since time.Time, limit int) ([]ledger.Deposit, error) {
	return recent(
		r, key(tDeposit, u), limit, deposits.decode, func(d ledger.Deposit) bool { return d.Created.After(since) },
	)
}

// OpenDeposits reads deposits on which something is still to come, oldest first, behind one of them (zero: from the
// oldest): what the desk and the workers of deposits look after.
func (r Reader) OpenDeposits(behind ledger.Deposit, limit int) ([]ledger.Deposit, error) {
	return r.openDeposits(behind, after(key(tOpenDeposit)), limit)
}

// OpenDepositsUntil is OpenDeposits for those that were made at an instant or before it: what is younger costs nothing.
func (r Reader) OpenDepositsUntil(until time.Time, behind ledger.Deposit, limit int) ([]ledger.Deposit, error) {
	return r.openDeposits(behind, key(tOpenDeposit, until.Add(time.Microsecond)), limit)
}

func (r Reader) openDeposits(behind ledger.Deposit, to []byte, limit int) ([]ledger.Deposit, error) {
	from := key(tOpenDeposit)
	if behind.ID != (ledger.DepositID{}) {
		from = append(openDepositKey(behind), 0)
	}
	return scan(r, from, to, false, limit, deref(r, deposits))
}

// PutDeposit writes a deposit and the indexes of its reference, its external id and, while it moves, its age.
func (t Tx) PutDeposit(d ledger.Deposit) error {
	return putIndexed(t, depositKey(d.ID), deposits, d, depositIndexes)
}

// Receipt reads a receipt by the entry that booked it.
func (r Reader) Receipt(no ledger.EntryNo) (ledger.Receipt, bool, error) {
	return load(r, key(tReceipt, no), receipts)
}

// ReceiptByExternal tells whether something with this mark came from a source before.
func (r Reader) ReceiptByExternal(source, external string) (no ledger.EntryNo, found bool, err error) {
	at, found, err := r.get(key(tExternalReceipt, source, "\x00", external))
	if err != nil || !found {
		return 0, false, err
	}
	return ledger.EntryNo(last(at)), true, nil
}

// OpenReceipts reads the receipts that wait for a person, oldest first, behind one of them (zero: from the oldest).
func (r Reader) OpenReceipts(behind ledger.Receipt, limit int) ([]ledger.Receipt, error) {
	from := key(tOpenReceipt)
	if behind.No != 0 {
		from = key(tOpenReceipt, behind.No+1)
	}
	return scan(r, from, after(key(tOpenReceipt)), false, limit, deref(r, receipts))
}

// PutReceipt writes a receipt, its mark at its source and, while it waits, its place in the queue.
func (t Tx) PutReceipt(v ledger.Receipt) error {
	return putIndexed(t, key(tReceipt, v.No), receipts, v, receiptIndexes)
}

// Dispute reads a dispute by the entry that opened it.
func (r Reader) Dispute(no ledger.EntryNo) (ledger.Dispute, bool, error) {
	return load(r, key(tDispute, no), disputes)
}

// UserDisputes reads the disputes of a user that were opened after an instant, newest first: the rule of automatic
// refunds counts those of a month.
func (r Reader) UserDisputes(u ledger.UserID, since time.Time, limit int) ([]ledger.Dispute, error) {
	return recent(
		r, key(tUserDispute, u), limit, deref(r, disputes), func(d ledger.Dispute) bool { return d.Opened.After(since) },
	)
}

// VendorDisputes reads the disputes of a vendor's sales opened before an entry (0: all), newest first.
func (r Reader) VendorDisputes(v ledger.VendorID, before ledger.EntryNo, limit int) ([]ledger.Dispute, error) {
	to := after(key(tVendorDispute, v))
	if before > 0 {
		to = key(tVendorDispute, v, before)
	}
	return scan(r, key(tVendorDispute, v), to, true, limit, deref(r, disputes))
}

// LateVendorDisputes reads the disputes of a vendor's sales that were opened after an instant, newest first.
func (r Reader) LateVendorDisputes(v ledger.VendorID, since time.Time, limit int) ([]ledger.Dispute, error) {
	return recent(
		r, key(tVendorDispute, v), limit, deref(r, disputes), func(d ledger.Dispute) bool { return d.Opened.After(since) },
	)
}

// OpenDisputes reads what waits for a decision, the earliest deadline first, behind one of them (zero: from the
// earliest).
func (r Reader) OpenDisputes(behind ledger.Dispute, limit int) ([]ledger.Dispute, error) {
	return r.openDisputes(behind, after(key(tOpenDispute)), limit)
}

// DueDisputes is OpenDisputes for those whose deadline has passed: what is not due costs nothing.
func (r Reader) DueDisputes(now time.Time, behind ledger.Dispute, limit int) ([]ledger.Dispute, error) {
	return r.openDisputes(behind, key(tOpenDispute, now.Add(time.Microsecond)), limit)
}

func (r Reader) openDisputes(behind ledger.Dispute, to []byte, limit int) ([]ledger.Dispute, error) {
	from := key(tOpenDispute)
	if behind.No != 0 {
		from = key(tOpenDispute, behind.DueBy, behind.No+1)
	}
	return scan(r, from, to, false, limit, deref(r, disputes))
}

// PutDispute writes a dispute and its places among the user's, the vendor's and, until it is decided, the open ones.
func (t Tx) PutDispute(d ledger.Dispute) error {
	return putIndexed(t, key(tDispute, d.No), disputes, d, disputeIndexes)
}

// Transfer reads a transfer by the entry that sent it.
func (r Reader) Transfer(no ledger.EntryNo) (ledger.Transfer, bool, error) {
	return load(r, key(tTransfer, no), transfers)
}

// TransferByCode finds a transfer by the hash of its claim code.
func (r Reader) TransferByCode(hash [32]byte) (ledger.EntryNo, bool, error) {
	return number[ledger.EntryNo](r, key(tClaim, hash))
}

// TransfersByHint finds transfers by how their claim codes begin.
func (r Reader) TransfersByHint(hint string, limit int) (all []ledger.Transfer, err error) {
	for kv, err := range r.kv.Scan(key(tClaim, hint), after(key(tClaim, hint)), false, 0) {
		if err != nil {
			return nil, err
		}
		if len(kv.Key) == 1+32 { // the hash of a code
			continue
		}
		t, _, err := load(r, kv.Value, transfers)
		if err != nil {
			return nil, err
		}
		if all = append(all, t); len(all) == limit {
			break
		}
	}
	return all, nil
}

// UserTransfers reads the transfers that a user has sent or claimed and that were made after an instant, newest first.
func (r Reader) UserTransfers(u ledger.UserID, since time.Time, limit int) ([]ledger.Transfer, error) {
	return recent(
		r, key(tUserTransfer, u), limit, deref(r, transfers),
		func(t ledger.Transfer) bool { return t.Created.After(since) },
	)
}

// DueTransfers reads transfers that were not claimed in time, the earliest end first, behind one of them (zero: from
// the earliest): what still waits costs nothing.
func (r Reader) DueTransfers(now time.Time, behind ledger.Transfer, limit int) ([]ledger.Transfer, error) {
	from := key(tOpenTransfer)
	if behind.No != 0 {
		from = key(tOpenTransfer, behind.Expires, behind.No+1)
	}
	return scan(r, from, key(tOpenTransfer, now.Add(time.Microsecond)), false, limit, deref(r, transfers))
}

// PutTransfer writes a transfer, the index of its code, and its places among those of sender and receiver and the open
// ones.
func (t Tx) PutTransfer(f ledger.Transfer) error {
	return putIndexed(t, key(tTransfer, f.No), transfers, f, transferIndexes)
}
