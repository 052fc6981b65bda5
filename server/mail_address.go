package server

import (
	"context"
	"encoding/json"
	"fmt"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/paper"
	"tuppence/server/view"
)

// addressOf is the record of the vault with the postal address of a person, if there is one.
func addressOf(r books.Reader, u ledger.UserID) (v ledger.VaultRecord, found bool, err error) {
	all, err := r.VaultOf(ledger.VaultUser, uint64(u))
	for _, one := range all {
		if one.Purpose == ledger.VaultAddress && one.Live() {
			v, found = one, true
		}
	}
	return v, found, err
}

// SetAddress keeps where a person gets bills on paper, in the vault; an address that was there is forgotten. It refuses
// with ErrInvalid what no letter can be sent to.
func (s *Server) SetAddress(
	ctx context.Context, who view.Caller, a ledger.PostalAddress,
) (v view.Address, err error) {
	at := s.clock()
	if a, err = ledger.ReadAddress(a); err != nil {
		return v, err
	}
	if err := (paper.Sheet{To: a.Lines()}).Check(); err != nil {
		return v, ledger.Invalid("name", "Write it with the letters of Latin, Greek or Cyrillic.",
			"The address has letters that are not printed here.")
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return v, err
	}
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		had, found, err := addressOf(tx.Reader, u.ID)
		if err != nil {
			return err
		}
		if found {
			if err := forgetInVault(tx, had.ID, memberActor(who), at); err != nil {
				return err
			}
		}
		kept, err := s.keepInVault(tx, ledger.VaultRecord{
			ID: ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(u.ID)}, Purpose: ledger.VaultAddress,
			Mask: a.Mask(), Country: a.Country,
		}, plain, memberActor(who), at)
		v = addressView(kept)
		return err
	})
	return v, err
}

// addressView shows a postal address: its mask.
func addressView(v ledger.VaultRecord) view.Address {
	return view.Address{Mask: v.Mask, Country: v.Country, Added: view.At(v.Created), Removed: view.At(v.Forgotten)}
}

// Address tells where bills are mailed, masked. It refuses with ErrNotFound a wallet without an address: its bills are
// electronic.
func (s *Server) Address(ctx context.Context, who view.Caller) (v view.Address, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		kept, found, err := addressOf(r, u.ID)
		if err != nil || !found {
			return orNoAddress(err)
		}
		v = addressView(kept)
		return nil
	})
	return v, err
}

func orNoAddress(err error) error {
	if err != nil {
		return err
	}
	return ledger.Refuse(ledger.ErrNotFound, "Give one with: bill address set",
		"There is no postal address, so your bills are electronic.")
}

// RemoveAddress deletes the postal address of a person: nobody can read it any more, and bills are electronic from then
// on. It refuses with ErrNotFound a wallet without one.
func (s *Server) RemoveAddress(ctx context.Context, who view.Caller) (v view.Address, err error) {
	at := s.clock()
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		kept, found, err := addressOf(tx.Reader, u.ID)
		if err != nil || !found {
			return orNoAddress(err)
		}
		if err := forgetInVault(tx, kept.ID, memberActor(who), at); err != nil {
			return err
		}
		kept, _, err = tx.Vault(kept.ID)
		v = addressView(kept)
		return err
	})
	return v, err
}

// mailAddress reads the postal address of a person in plain, for a letter.
func (s *Server) mailAddress(r books.Reader, kept ledger.VaultRecord) (a ledger.PostalAddress, err error) {
	plain, err := s.openVault(r, kept.ID)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(plain, &a); err != nil {
		return a, fmt.Errorf("record %d of the vault is no postal address", kept.ID.Number)
	}
	return a, nil
}
