package books

import "tuppence/server/ledger"

// keeps puts personal data of a user into the vault.
func (w *world) keeps(u ledger.UserID) (id ledger.VaultID, err error) {
	err = w.try(func(tx Tx) error {
		n, err := tx.NextVault()
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, v, err := ledger.KeepInVault(ledger.VaultRecord{
			ID: ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(u), Number: n}, Purpose: ledger.VaultBank,
			Mask: "DE•• … 3000", Country: "DE", Last4: "3000", Key: []byte("sealed key"), Data: []byte("sealed"),
		}, no, ledger.Actor{}, "EUR", w.now)
		if err != nil {
			return err
		}
		id = v.ID
		return first(appended(tx, e), tx.PutVault(v))
	})
	return id, err
}

// forgets deletes the data of a record.
func (w *world) forgets(id ledger.VaultID) error {
	return w.try(func(tx Tx) error {
		v, _, err := tx.Vault(id)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, v, err := ledger.ForgetInVault(v, no, ledger.Actor{}, "EUR", w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, e), tx.PutVault(v))
	})
}

// permits gives a mandate for an account in the vault.
func (w *world) permits(id ledger.VaultID) (m ledger.MandateID, err error) {
	err = w.try(func(tx Tx) error {
		v, _, err := tx.Vault(id)
		if err != nil {
			return err
		}
		u, _, err := tx.User(ledger.UserID(id.Owner))
		if err != nil {
			return err
		}
		had, err := tx.Mandates(u.ID)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, given, err := ledger.NewMandate(ledger.MandateOrder{
			Bank: v, Network: ledger.NetworkSEPA, Currency: "EUR", Most: 100e6, Text: "agreed", Active: true,
		}, u, had, no, w.now)
		if err != nil {
			return err
		}
		m = given.ID
		return first(appended(tx, e), tx.PutMandate(given))
	})
	return m, err
}

// steps moves a mandate on.
func (w *world) steps(id ledger.MandateID, what string) error {
	return w.try(func(tx Tx) error {
		m, _, err := tx.Mandate(id)
		if err != nil {
			return err
		}
		u, _, err := tx.User(id.User)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, m, err := ledger.StepMandate(ledger.MandateEvent{What: what}, m, u, no, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, e), tx.PutMandate(m))
	})
}

// sendsFile freezes a debit in a file for a bank.
func (w *world) sendsFile(d *ledger.Deposit) (no uint64, err error) {
	trace := w.name("trace ")
	err = w.try(func(tx Tx) error {
		if no, err = tx.NextBankFile(); err != nil {
			return err
		}
		f, err := w.depositFacts(tx, d.ID.User)
		if err != nil {
			return err
		}
		f.Deposit = *d
		out, err := ledger.DecideDeposit(ledger.DepositEvent{To: ledger.DepositSubmitted, External: trace}, f, w.now)
		if err != nil {
			return err
		}
		*d = out.Deposit
		return first(
			appended(tx, out.Entry), tx.PutUser(out.User), tx.PutDeposit(*d),
			tx.PutBankItem(BankItem{
				Source: "ach/out", ID: trace, File: no, User: d.ID.User, Number: d.ID.Number, Amount: d.Amount, At: w.now,
			}),
			tx.PutBankFile(BankFile{No: no, Network: "ach", Created: w.now, Count: 1, Micros: d.Amount.Micros}),
		)
	})
	return no, err
}
