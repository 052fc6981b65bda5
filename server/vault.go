package server

import (
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// The vault has the personal data that a bank or a printer cannot work without. Its functions take and give the plain
// data, and TestWhoOpensTheVault lists who may call openVault: what writes the files, and nobody who shows anything.

// keepInVault seals personal data of an owner in this transaction, with the entry about it.
func (s *Server) keepInVault(
	tx books.Tx, v ledger.VaultRecord, plain []byte, a ledger.Actor, at time.Time,
) (ledger.VaultRecord, error) {
	g, err := tx.Generation()
	if err != nil {
		return v, err
	}
	n, err := tx.NextVault()
	if err != nil {
		return v, err
	}
	v.ID.Number = g.Owned(n)
	if v.Key, v.Data, err = s.seal.SealVault(v.ID, v.Purpose, plain); err != nil {
		return v, err
	}
	no, err := tx.Next()
	if err != nil {
		return v, err
	}
	c, err := vaultListed(tx.Reader, v.ID)
	if err != nil {
		return v, err
	}
	e, v, err := ledger.KeepInVault(v, no, a, c, at)
	if err != nil {
		return v, err
	}
	if _, err := tx.Append(e); err != nil {
		return v, err
	}
	return v, tx.PutVault(v)
}

// forgetInVault deletes key and data of a record; its tombstone stays.
func forgetInVault(tx books.Tx, id ledger.VaultID, a ledger.Actor, at time.Time) error {
	v, found, err := tx.Vault(id)
	if err != nil || !found {
		return orMissing(err)
	}
	no, err := tx.Next()
	if err != nil {
		return err
	}
	c, err := vaultListed(tx.Reader, id)
	if err != nil {
		return err
	}
	e, v, err := ledger.ForgetInVault(v, no, a, c, at)
	if err != nil {
		return err
	}
	if _, err := tx.Append(e); err != nil {
		return err
	}
	return tx.PutVault(v)
}

// openVault returns the plain data of a record, for what writes it to where it is needed.
func (s *Server) openVault(r books.Reader, id ledger.VaultID) ([]byte, error) {
	v, found, err := r.Vault(id)
	switch {
	case err != nil:
		return nil, err
	case !found || !v.Live():
		return nil, ledger.RefuseState("record of the vault", "removed")
	}
	return s.seal.OpenVault(v.ID, v.Purpose, v.Key, v.Data)
}

// vaultListed is the account of a person in whose history an act about the vault stands, "" for none.
func vaultListed(r books.Reader, id ledger.VaultID) (ledger.Currency, error) {
	if id.Kind != ledger.VaultUser {
		return "", nil
	}
	u, found, err := r.User(ledger.UserID(id.Owner))
	if err != nil || !found {
		return "", orMissing(err)
	}
	if len(u.Wallets) == 0 {
		return "", nil
	}
	return u.Wallets[0], nil
}
