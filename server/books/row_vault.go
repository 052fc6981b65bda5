package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// vaultRow is stored as a row, and without key, data and mask in each entry about the record.
type vaultRow struct {
	Kind      ledger.VaultOwner `cbor:"1,keyasint,omitempty" since:"2"`
	Owner     uint64            `cbor:"2,keyasint,omitempty" since:"2"`
	Number    uint64            `cbor:"3,keyasint,omitempty" since:"2"`
	Purpose   string            `cbor:"4,keyasint,omitempty" since:"2"`
	Mask      string            `cbor:"5,keyasint,omitempty" since:"2"`
	Country   string            `cbor:"6,keyasint,omitempty" since:"2"`
	Last4     string            `cbor:"7,keyasint,omitempty" since:"2"`
	Key       []byte            `cbor:"8,keyasint,omitempty" since:"2"`
	Data      []byte            `cbor:"9,keyasint,omitempty" since:"2"`
	Created   instant           `cbor:"10,keyasint,omitempty" since:"2"`
	Forgotten instant           `cbor:"11,keyasint,omitempty" since:"2"`
}

var vaultRecords = codec[ledger.VaultRecord, vaultRow]{pack: packVault, unpack: vaultRow.unpack}

func packVault(v ledger.VaultRecord) vaultRow {
	return vaultRow{
		Kind: v.ID.Kind, Owner: v.ID.Owner, Number: v.ID.Number, Purpose: v.Purpose, Mask: v.Mask, Country: v.Country,
		Last4: v.Last4, Key: v.Key, Data: v.Data, Created: pack(v.Created), Forgotten: pack(v.Forgotten),
	}
}

func (r vaultRow) unpack() ledger.VaultRecord {
	return ledger.VaultRecord{
		ID: ledger.VaultID{Kind: r.Kind, Owner: r.Owner, Number: r.Number}, Purpose: r.Purpose, Mask: r.Mask,
		Country: r.Country, Last4: r.Last4, Key: r.Key, Data: r.Data, Created: r.Created.time(),
		Forgotten: r.Forgotten.time(),
	}
}

// vaultKey begins with the owner, whose records are listed.
func vaultKey(id ledger.VaultID) []byte { return key(tVault, uint16(id.Kind), id.Owner, id.Number) }

// Vault reads a record of the vault, also one that is forgotten. Its data is sealed.
func (r Reader) Vault(id ledger.VaultID) (ledger.VaultRecord, bool, error) {
	return load(r, vaultKey(id), vaultRecords)
}

// VaultOf reads the records of an owner, oldest first, with the tombstones.
func (r Reader) VaultOf(kind ledger.VaultOwner, owner uint64) ([]ledger.VaultRecord, error) {
	prefix := key(tVault, uint16(kind), owner)
	return scan(r, prefix, after(prefix), false, 0, vaultRecords.decode)
}

// NextVault returns the number of a new record of the vault, from 1.
func (t Tx) NextVault() (uint64, error) { return next[uint64](t, "vault") }

// PutVault writes a record of the vault. One that is forgotten takes the place of its key and data.
func (t Tx) PutVault(v ledger.VaultRecord) error { return put(t, vaultKey(v.ID), vaultRecords, v) }

// vaultRows compares each record of the vault with its newest entry, and looks for data that should be gone.
func (a *auditor) vaultRows(ctx context.Context) error {
	missing := make(map[ledger.VaultID]bool, len(a.vault))
	for id := range a.vault {
		missing[id] = true
	}
	at := func(v ledger.VaultRecord) []byte { return vaultKey(v.ID) }
	err := rows(ctx, a, tVault, vaultRecords, at, func(_ []byte, v ledger.VaultRecord) error {
		delete(missing, v.ID)
		e, found, err := a.entryAt(a.vault[v.ID])
		if err == nil && (!found || !bytes.Equal(vaultRecords.encode(*e.Vault), vaultRecords.encode(v.Told()))) {
			a.find(rowsEqual, "record %d of the vault says otherwise than the journal", v.ID.Number)
		}
		if gone := len(v.Key) == 0 && len(v.Data) == 0; gone == v.Live() {
			a.find(rowsEqual, "record %d of the vault: forgotten %v, its data is gone %v", v.ID.Number, !v.Live(), gone)
		}
		return err
	})
	for id := range missing {
		a.find(rowsEqual, "record %d of the vault has no row", id.Number)
	}
	return err
}
