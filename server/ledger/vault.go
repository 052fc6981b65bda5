package ledger

import "time"

// VaultOwner is whose personal data a record of the vault has: of a user, a vendor or a payee.
type VaultOwner uint8

// Owners. Numbers are stored: never reorder them.
const (
	VaultUser VaultOwner = iota + 1
	VaultVendor
	VaultPayee
)

// VaultID names a record of the vault: whose it is, and which of all records.
type VaultID struct {
	Kind   VaultOwner
	Owner  uint64 // the number of the user, vendor or payee
	Number uint64 // counted over all records, as the generation gives it
}

// Purposes of records of the vault. The data of one purpose does not open for another.
const (
	VaultBank    = "bank account"   // from which a person's money is debited
	VaultPayout  = "payout account" // to which a vendor or payee is paid
	VaultAddress = "postal address"
	VaultCheck   = "payee of a check" // name and address, while a redemption by check is on its way
)

// VaultRecord is personal data that a bank or a printer cannot work without, sealed under a key of its own. What can be
// told of it without the data is its mask. A record that was forgotten is a tombstone: key and data are gone.
type VaultRecord struct {
	ID        VaultID
	Purpose   string
	Mask      string // DE•• … 3000: what may be shown to its owner
	Country   string // ISO 3166
	Last4     string // of an account number
	Key       []byte // 32 random bytes, sealed by the service
	Data      []byte // sealed with the key
	Created   time.Time
	Forgotten time.Time
}

// Live reports whether the data is still there.
func (v VaultRecord) Live() bool { return v.ID != (VaultID{}) && v.Forgotten.IsZero() }

// Told is what the journal has of a record: its number, country and last four characters. No key, no data and no mask
// is in what is never deleted.
func (v VaultRecord) Told() VaultRecord {
	return VaultRecord{
		ID: v.ID, Purpose: v.Purpose, Country: v.Country, Last4: v.Last4, Created: v.Created, Forgotten: v.Forgotten,
	}
}

// KeepInVault begins a record with its sealed key and data. A wallet in whose history the act stands names one of its
// accounts. It refuses with ErrInvalid a record that does not say whose it is, or for what.
func KeepInVault(v VaultRecord, no EntryNo, a Actor, c Currency, now time.Time) (Entry, VaultRecord, error) {
	if v.ID.Owner == 0 || v.ID.Number == 0 || v.ID.Kind < VaultUser || v.ID.Kind > VaultPayee || v.Purpose == "" ||
		len(v.Key) == 0 || len(v.Data) == 0 {
		return Entry{}, v, Invalid("vault", "Say whose it is, and for what.", "This cannot be kept.")
	}
	e := entry(no, now, KindVault, a)
	v.Created, v.Forgotten = e.At, time.Time{}
	v.Purpose, v.Mask = CleanLine(v.Purpose, 30), CleanLine(v.Mask, 40)
	v.Country, v.Last4 = CleanLine(v.Country, 2), CleanLine(v.Last4, 4)
	return v.told(e, c, "", "added"), v, nil
}

// ForgetInVault deletes key and data of a record. It refuses with ErrState one that is forgotten.
func ForgetInVault(v VaultRecord, no EntryNo, a Actor, c Currency, now time.Time) (Entry, VaultRecord, error) {
	if !v.Live() {
		return Entry{}, v, RefuseState(v.Purpose, "removed already")
	}
	e := entry(no, now, KindVault, a)
	v.Key, v.Data, v.Forgotten = nil, nil, e.At
	return v.told(e, c, "added", "removed"), v, nil
}

// told completes the entry about a record.
func (v VaultRecord) told(e Entry, c Currency, was, is string) Entry {
	switch v.ID.Kind {
	case VaultUser:
		e.User, e.Wallet = UserID(v.ID.Owner), c
	case VaultVendor:
		e.Vendor = VendorID(v.ID.Owner)
	}
	t := v.Told()
	e.Vault, e.Change = &t, &Change{Name: v.Purpose, Old: was, New: is, Number: v.ID.Number}
	return e
}
