package seal

import (
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"tuppence/server/ledger"
)

// BankAccount names a record of the vault that belongs to a person.
func (s *Sealer) BankAccount(id ledger.VaultID) string { return s.owned(kindBank, id.Owner, id.Number) }

// OpenBankAccount reads a bnk_ name.
func (s *Sealer) OpenBankAccount(name string) (ledger.VaultID, error) {
	u, n, err := s.openOwned(kindBank, name)
	return ledger.VaultID{Kind: ledger.VaultUser, Owner: u, Number: n}, err
}

// Mandate names a mandate of a person.
func (s *Sealer) Mandate(id ledger.MandateID) string {
	return s.owned(kindMandate, uint64(id.User), id.Number)
}

// OpenMandate reads a mnd_ name.
func (s *Sealer) OpenMandate(name string) (ledger.MandateID, error) {
	u, n, err := s.openOwned(kindMandate, name)
	return ledger.MandateID{User: ledger.UserID(u), Number: n}, err
}

// vaultLabel binds what is sealed to the place where it stands.
func vaultLabel(id ledger.VaultID, purpose string) string {
	return fmt.Sprintf("vault:%d:%d:%d:%s", id.Kind, id.Owner, id.Number, purpose)
}

// SealVault seals personal data with a random key of its own, and the key with that of the service: who deletes the key
// has deleted the data, wherever copies of it are. Record and purpose are bound to both.
func (s *Sealer) SealVault(id ledger.VaultID, purpose string, plain []byte) (key, data []byte, err error) {
	own, err := s.Random(chacha20poly1305.KeySize)
	if err != nil {
		return nil, nil, err
	}
	box, err := chacha20poly1305.NewX(own)
	if err != nil {
		return nil, nil, err
	}
	nonce, err := s.Random(box.NonceSize())
	if err != nil {
		return nil, nil, err
	}
	label := vaultLabel(id, purpose)
	if key, err = s.Seal(own, label); err != nil {
		return nil, nil, err
	}
	return key, box.Seal(nonce, nonce, plain, []byte(label)), nil
}

// OpenVault is the reverse of [Sealer.SealVault]. Its errors have nothing of the data in them.
func (s *Sealer) OpenVault(id ledger.VaultID, purpose string, key, data []byte) ([]byte, error) {
	label := vaultLabel(id, purpose)
	own, err := s.Open(key, label)
	if err != nil {
		return nil, fmt.Errorf("seal: record %d of the vault does not open", id.Number)
	}
	box, err := chacha20poly1305.NewX(own)
	if err != nil {
		return nil, err
	}
	n := box.NonceSize()
	if len(data) < n {
		return nil, fmt.Errorf("seal: record %d of the vault is too short", id.Number)
	}
	plain, err := box.Open(nil, data[:n], data[n:], []byte(label))
	if err != nil {
		return nil, fmt.Errorf("seal: record %d of the vault does not open", id.Number)
	}
	return plain, nil
}
