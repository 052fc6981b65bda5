package books

import (
	"tuppence/server/ledger"
)

// User reads a person.
func (r Reader) User(id ledger.UserID) (ledger.User, bool, error) {
	return load[ledger.User](r, key(tUser, id))
}

// UserByKey finds the person whose live member key this is.
func (r Reader) UserByKey(fingerprint string) (ledger.UserID, bool, error) {
	return number[ledger.UserID](r, key(tUserKey, fingerprint))
}

// UserByHandle finds a person by the short name of the wallet.
func (r Reader) UserByHandle(handle string) (ledger.UserID, bool, error) {
	return number[ledger.UserID](r, key(tHandle, handle))
}

// UserByRecovery finds a person by the hash of the recovery code.
func (r Reader) UserByRecovery(hash [32]byte) (ledger.UserID, bool, error) {
	return number[ledger.UserID](r, key(tRecovery, hash))
}

// PutUser writes a person and the indexes of keys, handle and recovery code.
func (t Tx) PutUser(u ledger.User) error {
	old, _, err := t.User(u.ID)
	if err != nil {
		return err
	}
	target := key(tUser, u.ID)
	live := map[string]bool{}
	for _, m := range u.Keys {
		if m.Ended.IsZero() {
			live[m.Fingerprint] = true
			if err := t.tx.Set(key(tUserKey, m.Fingerprint), target); err != nil {
				return err
			}
		}
	}
	for _, m := range old.Keys {
		if m.Ended.IsZero() && !live[m.Fingerprint] {
			if err := t.tx.Delete(key(tUserKey, m.Fingerprint)); err != nil {
				return err
			}
		}
	}
	if err := t.index(handleKey(old), handleKey(u), target); err != nil {
		return err
	}
	if err := t.index(recoveryKey(old), recoveryKey(u), target); err != nil {
		return err
	}
	return t.put(target, u)
}

func handleKey(u ledger.User) []byte {
	if u.Handle == "" {
		return nil
	}
	return key(tHandle, u.Handle)
}

func recoveryKey(u ledger.User) []byte {
	if u.Recovery == ([32]byte{}) {
		return nil
	}
	return key(tRecovery, u.Recovery)
}

// Staff reads a key of the house.
func (r Reader) Staff(fingerprint string) (ledger.Staff, bool, error) {
	return load[ledger.Staff](r, key(tStaff, fingerprint))
}

// StaffAll reads all keys of the house, ended ones too.
func (r Reader) StaffAll() ([]ledger.Staff, error) {
	return scan(r, key(tStaff), after(key(tStaff)), false, 0, whole[ledger.Staff])
}

// PutStaff writes a key of the house.
func (t Tx) PutStaff(s ledger.Staff) error { return t.put(key(tStaff, s.Fingerprint), s) }

// Wallet reads a person's account in one currency.
func (r Reader) Wallet(u ledger.UserID, c ledger.Currency) (ledger.Wallet, bool, error) {
	return load[ledger.Wallet](r, walletKey(u, c))
}

func walletKey(u ledger.UserID, c ledger.Currency) []byte { return key(tWallet, u, c) }

// PutWallet writes limits and counters. Balances and the place in the journal are Append's: they stay as stored.
func (t Tx) PutWallet(w ledger.Wallet) error {
	old, _, err := t.Wallet(w.User, w.Currency)
	if err != nil {
		return err
	}
	w.Paid, w.Uncollected, w.Held, w.Owed, w.Last, w.Count = old.Paid, old.Uncollected, old.Held, old.Owed, old.Last, old.Count
	return t.put(walletKey(w.User, w.Currency), w)
}

func linkKey(u ledger.UserID, v ledger.VendorID, c ledger.Currency) []byte {
	return key(tLink, u, v, c)
}

// Link reads a person's relation to a vendor: the newest generation.
func (r Reader) Link(u ledger.UserID, v ledger.VendorID, c ledger.Currency) (ledger.Link, bool, error) {
	return load[ledger.Link](r, linkKey(u, v, c))
}

// UserLinks reads all vendors that a person knows.
func (r Reader) UserLinks(u ledger.UserID) ([]ledger.Link, error) {
	return scan(r, key(tLink, u), after(key(tLink, u)), false, 0, whole[ledger.Link])
}

func vendorLinkKey(l ledger.Link) []byte {
	return key(tVendorLink, l.ID.Vendor, l.Created, l.ID.User, l.ID.Currency)
}

// VendorLinks reads the links of a vendor, newest first, that are older than before (zero: from the newest).
func (r Reader) VendorLinks(v ledger.VendorID, before ledger.LinkID, limit int) ([]ledger.Link, error) {
	to := after(key(tVendorLink, v))
	if before != (ledger.LinkID{}) {
		l, found, err := r.Link(before.User, v, before.Currency)
		if err != nil || !found {
			return nil, err
		}
		to = vendorLinkKey(l)
	}
	return scan(r, key(tVendorLink, v), to, true, limit, pointed[ledger.Link](r))
}

// PutLink writes a link and its place among the vendor's.
func (t Tx) PutLink(l ledger.Link) error {
	k := linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency)
	old, found, err := t.Link(l.ID.User, l.ID.Vendor, l.ID.Currency)
	if err != nil {
		return err
	}
	if !found || !old.Created.Equal(l.Created) {
		var gone []byte
		if found {
			gone = vendorLinkKey(old)
		}
		if err := t.index(gone, vendorLinkKey(l), k); err != nil {
			return err
		}
	}
	return t.put(k, l)
}
