package books

import (
	"slices"

	"tuppence/server/ledger"
)

func depositKey(id ledger.DepositID) []byte { return key(tDeposit, id.User, id.Number) }

// Deposit reads one way of money into a wallet.
func (r Reader) Deposit(id ledger.DepositID) (ledger.Deposit, bool, error) {
	return load[ledger.Deposit](r, depositKey(id))
}

// DepositByReference finds a deposit by what its payer writes on the check.
func (r Reader) DepositByReference(ref string) (ledger.DepositID, bool, error) {
	return r.depositAt(key(tReference, ref))
}

// DepositByExternal finds a deposit by the processor's id.
func (r Reader) DepositByExternal(method, external string) (ledger.DepositID, bool, error) {
	return r.depositAt(externalKey(method, external))
}

func externalKey(method, external string) []byte { return key(tExternal, method, "\x00", external) }

func (r Reader) depositAt(index []byte) (ledger.DepositID, bool, error) {
	b, found, err := follow(r, index)
	if err != nil || !found {
		return ledger.DepositID{}, found, err
	}
	if len(b) != 17 {
		return ledger.DepositID{}, false, damaged(index, errCut)
	}
	return ledger.DepositID{User: ledger.UserID(last(b[:9])), Number: last(b)}, true, nil
}

// Deposits reads the deposits of a person with numbers below before (0: all), newest first.
func (r Reader) Deposits(u ledger.UserID, before uint64, limit int) ([]ledger.Deposit, error) {
	to := after(key(tDeposit, u))
	if before > 0 {
		to = key(tDeposit, u, before)
	}
	return scan(r, key(tDeposit, u), to, true, limit, whole[ledger.Deposit])
}

// OpenDeposits reads deposits on which something is still to come, oldest person and number first.
func (r Reader) OpenDeposits(limit int) ([]ledger.Deposit, error) {
	return scan(r, key(tOpenDeposit), after(key(tOpenDeposit)), false, limit, pointed[ledger.Deposit](r))
}

// moving are the states after which the house has something to do or to wait for.
var moving = []ledger.DepositState{
	ledger.DepositCreated, ledger.DepositRequiresAction, ledger.DepositProcessing, ledger.DepositErrored,
	ledger.DepositSucceeded, ledger.DepositAwaiting, ledger.DepositUncollected,
}

func openDepositKey(d ledger.Deposit) []byte {
	if !slices.Contains(moving, d.State) {
		return nil
	}
	return key(tOpenDeposit, d.Created, d.ID.User, d.ID.Number)
}

// PutDeposit writes a deposit and its indexes.
func (t Tx) PutDeposit(d ledger.Deposit) error {
	old, _, err := t.Deposit(d.ID)
	if err != nil {
		return err
	}
	target := depositKey(d.ID)
	if d.Reference != "" {
		if err := t.tx.Set(key(tReference, d.Reference), target); err != nil {
			return err
		}
	}
	if d.External != "" {
		if err := t.tx.Set(externalKey(d.Method, d.External), target); err != nil {
			return err
		}
	}
	if err := t.index(openDepositKey(old), openDepositKey(d), target); err != nil {
		return err
	}
	return t.put(target, d)
}

// Dispute reads a dispute by the entry that opened it.
func (r Reader) Dispute(no ledger.EntryNo) (ledger.Dispute, bool, error) {
	return load[ledger.Dispute](r, key(tDispute, no))
}

// UserDisputes reads the disputes of a person, newest first.
func (r Reader) UserDisputes(u ledger.UserID, limit int) ([]ledger.Dispute, error) {
	return scan(r, key(tUserDispute, u), after(key(tUserDispute, u)), true, limit, pointed[ledger.Dispute](r))
}

// VendorDisputes reads the disputes of a vendor's sales opened before an entry (0: all), newest first.
func (r Reader) VendorDisputes(v ledger.VendorID, before ledger.EntryNo, limit int) ([]ledger.Dispute, error) {
	to := after(key(tVendorDispute, v))
	if before > 0 {
		to = key(tVendorDispute, v, before)
	}
	return scan(r, key(tVendorDispute, v), to, true, limit, pointed[ledger.Dispute](r))
}

// OpenDisputes reads what waits for a decision, the earliest deadline first.
func (r Reader) OpenDisputes(limit int) ([]ledger.Dispute, error) {
	return scan(r, key(tOpenDispute), after(key(tOpenDispute)), false, limit, pointed[ledger.Dispute](r))
}

func openDisputeKey(d ledger.Dispute) []byte {
	switch d.State {
	case ledger.DisputeOpened, ledger.DisputeNeedsResponse, ledger.DisputeUnderReview:
		return key(tOpenDispute, d.DueBy, d.No)
	}
	return nil
}

// PutDispute writes a dispute and its indexes.
func (t Tx) PutDispute(d ledger.Dispute) error {
	old, _, err := t.Dispute(d.No)
	if err != nil {
		return err
	}
	target := key(tDispute, d.No)
	for _, k := range [][]byte{key(tUserDispute, d.User, d.No), key(tVendorDispute, d.Vendor, d.No)} {
		if err := t.tx.Set(k, target); err != nil {
			return err
		}
	}
	if err := t.index(openDisputeKey(old), openDisputeKey(d), target); err != nil {
		return err
	}
	return t.put(target, d)
}

// Transfer reads a transfer by the entry that sent it.
func (r Reader) Transfer(no ledger.EntryNo) (ledger.Transfer, bool, error) {
	return load[ledger.Transfer](r, key(tTransfer, no))
}

// TransferByCode finds a transfer by the hash of its claim code.
func (r Reader) TransferByCode(hash [32]byte) (ledger.EntryNo, bool, error) {
	return number[ledger.EntryNo](r, key(tClaim, hash))
}

// UserTransfers reads what a person has sent and claimed, newest first.
func (r Reader) UserTransfers(u ledger.UserID, limit int) ([]ledger.Transfer, error) {
	return scan(r, key(tUserTransfer, u), after(key(tUserTransfer, u)), true, limit, pointed[ledger.Transfer](r))
}

// OpenTransfers reads transfers that nobody has claimed yet, the earliest end first.
func (r Reader) OpenTransfers(limit int) ([]ledger.Transfer, error) {
	return scan(r, key(tOpenTransfer), after(key(tOpenTransfer)), false, limit, pointed[ledger.Transfer](r))
}

func openTransferKey(f ledger.Transfer) []byte {
	if f.State != "sent" {
		return nil
	}
	return key(tOpenTransfer, f.Expires, f.No)
}

// PutTransfer writes a transfer and its indexes.
func (t Tx) PutTransfer(f ledger.Transfer) error {
	old, _, err := t.Transfer(f.No)
	if err != nil {
		return err
	}
	target := key(tTransfer, f.No)
	for _, u := range []ledger.UserID{f.From, f.To} {
		if u != 0 {
			if err := t.tx.Set(key(tUserTransfer, u, f.No), target); err != nil {
				return err
			}
		}
	}
	if err := t.tx.Set(key(tClaim, f.Code), target); err != nil {
		return err
	}
	if err := t.index(openTransferKey(old), openTransferKey(f), target); err != nil {
		return err
	}
	return t.put(target, f)
}
