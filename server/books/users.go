package books

import "tuppence/server/ledger"

// User reads a user.
func (r Reader) User(id ledger.UserID) (ledger.User, bool, error) {
	return loadDecoded(r, numberKey(tUser, id), &users)
}

// UserByKey finds the user whose live member key has this fingerprint ("SHA256:…", as OpenSSH prints it).
func (r Reader) UserByKey(fingerprint string) (ledger.UserID, bool, error) {
	return number[ledger.UserID](r, key(tUserKey, fingerprint))
}

// UserByHandle finds a user by the short name of the wallet ("w_…").
func (r Reader) UserByHandle(handle string) (ledger.UserID, bool, error) {
	return number[ledger.UserID](r, key(tHandle, handle))
}

// UserByRecovery finds a user by the SHA-256 of the recovery code; the code itself is stored nowhere.
func (r Reader) UserByRecovery(hash [32]byte) (ledger.UserID, bool, error) {
	return number[ledger.UserID](r, key(tRecovery, hash))
}

// PutUser writes a user and the indexes of live keys, handle and recovery code. It returns ErrTaken if one of them is
// another user's.
func (t Tx) PutUser(u ledger.User) error {
	return putIndexed(t, numberKey(tUser, u.ID), users, u, userIndexes)
}

// Staff reads a member of staff by the fingerprint of the key.
func (r Reader) Staff(fingerprint string) (ledger.Staff, bool, error) {
	return load(r, key(tStaff, fingerprint), staffs)
}

// AllStaff reads all members of staff, also those who have left.
func (r Reader) AllStaff() ([]ledger.Staff, error) {
	return scan(r, key(tStaff), after(key(tStaff)), false, 0, staffs.decode)
}

// PutStaff writes a member of staff.
func (t Tx) PutStaff(s ledger.Staff) error { return put(t, key(tStaff, s.Fingerprint), staffs, s) }

// Wallet reads a user's account in one currency: balances, limits and counters.
func (r Reader) Wallet(u ledger.UserID, c ledger.Currency) (ledger.Wallet, bool, error) {
	return loadDecoded(r, walletKey(u, c), &wallets)
}

// Days reads the days of a wallet that are over; there are none before the second day on which something is sold.
func (r Reader) Days(u ledger.UserID, c ledger.Currency) (ledger.Days, error) {
	d, found, err := load(r, daysKey(u, c), daysOver)
	if err == nil && !found {
		d = ledger.Days{User: u, Currency: c}
	}
	return d, err
}

// PutWallet writes limits and counters. Balances, lots, the past, credit, incentives and the place in the journal are
// Append's: they stay as stored, so a caller with an old copy cannot move money.
func (t Tx) PutWallet(w ledger.Wallet) error {
	old, _, err := t.Wallet(w.User, w.Currency)
	if err != nil {
		return err
	}
	w.Paid, w.Uncollected, w.Held, w.Owed = old.Paid, old.Uncollected, old.Held, old.Owed
	w.Last, w.Count, w.Hidden, w.Lots, w.Past = old.Last, old.Count, old.Hidden, old.Lots, old.Past
	w.Credit, w.Incentives = old.Credit, old.Incentives
	t.noteLate(w)
	return putDecoded(t, walletKey(w.User, w.Currency), &wallets, w)
}

// Link reads a user's relation to a vendor in one currency: the newest generation.
func (r Reader) Link(u ledger.UserID, v ledger.VendorID, c ledger.Currency) (ledger.Link, bool, error) {
	return loadDecoded(r, linkKey(u, v, c), &links)
}

// UserLinks reads all links of a user, in the order of the vendors' numbers.
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
	return scan(r, key(tVendorLink, v), to, true, limit, deref(r, links))
}

// RecountLink writes the counters of a link that is there, when its beginning has not changed: its place among the
// vendor's links stays, which saves a sale the look at its index row.
func (t Tx) RecountLink(l ledger.Link) error {
	return putDecoded(t, linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency), &links, l)
}

// PutLink writes a link and its place among the vendor's.
func (t Tx) PutLink(l ledger.Link) error {
	return putIndexed(t, linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency), links, l, linkIndexes)
}
