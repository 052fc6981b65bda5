package books

import "tuppence/server/ledger"

// User reads a person.
func (r Reader) User(id ledger.UserID) (ledger.User, bool, error) {
	return loadHot(r, numberKey(tUser, id), &users)
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

// PutUser writes a person and the indexes of live keys, handle and recovery code. It fails with ErrTaken if one of them
// is somebody else's.
func (t Tx) PutUser(u ledger.User) error {
	return putIndexed(t, numberKey(tUser, u.ID), users, u, userIndexes)
}

// Staff reads a key of the house.
func (r Reader) Staff(fingerprint string) (ledger.Staff, bool, error) {
	return load(r, key(tStaff, fingerprint), staffs)
}

// PutStaff writes a key of the house.
func (t Tx) PutStaff(s ledger.Staff) error { return put(t, key(tStaff, s.Fingerprint), staffs, s) }

// Wallet reads a person's account in one currency.
func (r Reader) Wallet(u ledger.UserID, c ledger.Currency) (ledger.Wallet, bool, error) {
	return loadHot(r, walletKey(u, c), &wallets)
}

// PutWallet writes limits and counters. Balances and the place in the journal are Append's: they stay as stored.
func (t Tx) PutWallet(w ledger.Wallet) error {
	old, _, err := t.Wallet(w.User, w.Currency)
	if err != nil {
		return err
	}
	w.Paid, w.Uncollected, w.Held, w.Owed = old.Paid, old.Uncollected, old.Held, old.Owed
	w.Last, w.Count = old.Last, old.Count
	return putHot(t, walletKey(w.User, w.Currency), &wallets, w)
}

// Link reads a person's relation to a vendor: the newest generation.
func (r Reader) Link(u ledger.UserID, v ledger.VendorID, c ledger.Currency) (ledger.Link, bool, error) {
	return loadHot(r, linkKey(u, v, c), &links)
}

// UserLinks reads all vendors that a person knows, in the order of their numbers.
func (r Reader) UserLinks(u ledger.UserID) ([]ledger.Link, error) {
	return scan(r, key(tLink, u), after(key(tLink, u)), false, 0, links.decode)
}

// VendorLinks reads the links of a vendor, newest first, that are older than before (zero: from the newest).
func (r Reader) VendorLinks(v ledger.VendorID, before ledger.LinkID, limit int) ([]ledger.Link, error) {
	to := after(key(tVendorLink, v))
	if before != (ledger.LinkID{}) {
		l, found, err := r.Link(before.User, v, before.Currency)
		if err != nil || !found {
			return nil, err
		}
		to = linkIndexes(l)[0]
	}
	return scan(r, key(tVendorLink, v), to, true, limit, pointed(r, links))
}

// RecountLink writes the counters of a link that is there; its place among the vendor's stays.
func (t Tx) RecountLink(l ledger.Link) error {
	return putHot(t, linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency), &links, l)
}

// PutLink writes a link and its place among the vendor's.
func (t Tx) PutLink(l ledger.Link) error {
	return putIndexed(t, linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency), links, l, linkIndexes)
}
