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

// OpenDeposits reads deposits on which something is still to come, oldest first: what the worker of deposits looks
// after.
func (r Reader) OpenDeposits(limit int) ([]ledger.Deposit, error) {
	return scan(r, key(tOpenDeposit), after(key(tOpenDeposit)), false, limit, deref(r, deposits))
}

// PutDeposit writes a deposit and the indexes of its reference, its external id and, while it moves, its age.
func (t Tx) PutDeposit(d ledger.Deposit) error {
	return putIndexed(t, depositKey(d.ID), deposits, d, depositIndexes)
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

// OpenDisputes reads what waits for a decision, the earliest deadline first.
func (r Reader) OpenDisputes(limit int) ([]ledger.Dispute, error) {
	return scan(r, key(tOpenDispute), after(key(tOpenDispute)), false, limit, deref(r, disputes))
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

// UserTransfers reads the transfers that a user has sent or claimed and that were made after an instant, newest first.
func (r Reader) UserTransfers(u ledger.UserID, since time.Time, limit int) ([]ledger.Transfer, error) {
	return recent(
		r, key(tUserTransfer, u), limit, deref(r, transfers),
		func(t ledger.Transfer) bool { return t.Created.After(since) },
	)
}

// OpenTransfers reads transfers that are not claimed yet, the earliest end first.
func (r Reader) OpenTransfers(limit int) ([]ledger.Transfer, error) {
	return scan(r, key(tOpenTransfer), after(key(tOpenTransfer)), false, limit, deref(r, transfers))
}

// PutTransfer writes a transfer, the index of its code, and its places among those of sender and receiver and the open
// ones.
func (t Tx) PutTransfer(f ledger.Transfer) error {
	return putIndexed(t, key(tTransfer, f.No), transfers, f, transferIndexes)
}
