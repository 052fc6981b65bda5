package books

import (
	"time"

	"tuppence/server/ledger"
)

// Biller reads a biller by its name.
func (r Reader) Biller(name string) (ledger.Biller, bool, error) {
	return load(r, key(tBiller, name), billers)
}

// Billers reads all billers, in the order of their names.
func (r Reader) Billers() ([]ledger.Biller, error) {
	return scan(r, key(tBiller), after(key(tBiller)), false, 0, billers.decode)
}

// PutBiller writes a biller.
func (t Tx) PutBiller(b ledger.Biller) error { return put(t, key(tBiller, b.Name), billers, b) }

// accountKey begins with the user, whose accounts are listed.
func accountKey(u ledger.UserID, biller string) []byte { return key(tBillerAccount, u, biller) }

// BillerAccount reads the account of a user at a biller.
func (r Reader) BillerAccount(u ledger.UserID, biller string) (SealedAccount, bool, error) {
	return load(r, accountKey(u, biller), billerAccounts)
}

// BillerAccounts reads the accounts of a user at all billers.
func (r Reader) BillerAccounts(u ledger.UserID) ([]SealedAccount, error) {
	return scan(r, key(tBillerAccount, u), after(key(tBillerAccount, u)), false, 0, billerAccounts.decode)
}

// BillerAccountByMark finds the account whose number has this mark, if it belongs to a wallet now.
func (r Reader) BillerAccountByMark(mark [32]byte) (a SealedAccount, found bool, err error) {
	at, found, err := r.get(key(tBillerMark, mark))
	if err != nil || !found {
		return a, false, err
	}
	return load(r, at, billerAccounts)
}

// PutBillerAccount writes an account at a biller and, while it is one wallet's, the index of its number.
func (t Tx) PutBillerAccount(a SealedAccount) error {
	return putIndexed(t, accountKey(a.User, a.Biller), billerAccounts, a, billerAccountIndexes)
}

// billerAccountIndexes: a number that has ended is free for another wallet.
func billerAccountIndexes(a SealedAccount) [][]byte {
	if !a.Live() {
		return nil
	}
	return [][]byte{key(tBillerMark, a.Mark)}
}

func frozenKey(biller string, number uint64) []byte { return key(tBillerFile, biller, "\x00", number) }

// FrozenFile reads a file for a biller.
func (r Reader) FrozenFile(biller string, number uint64) (FrozenFile, bool, error) {
	return load(r, frozenKey(biller, number), frozenFiles)
}

// FrozenFiles reads the files for a biller, newest first.
func (r Reader) FrozenFiles(biller string, limit int) ([]FrozenFile, error) {
	from := key(tBillerFile, biller, "\x00")
	return scan(r, from, after(from), true, limit, frozenFiles.decode)
}

// PutFrozenFile writes a file for a biller.
func (t Tx) PutFrozenFile(f FrozenFile) error {
	return put(t, frozenKey(f.Biller, f.Number), frozenFiles, f)
}

// PhoneCode reads a code by its hash.
func (r Reader) PhoneCode(hash [32]byte) (PhoneCode, bool, error) {
	return load(r, key(tPhoneCode, hash), phoneCodes)
}

// OldPhoneCodes reads codes that were good until an instant at most, among the first limit ones.
func (r Reader) OldPhoneCodes(until time.Time, limit int) (old []PhoneCode, err error) {
	all, err := scan(r, key(tPhoneCode), after(key(tPhoneCode)), false, limit, phoneCodes.decode)
	for _, c := range all {
		if !c.Expires.After(until) {
			old = append(old, c)
		}
	}
	return old, err
}

// DropPhoneCode forgets a code: it is used or too old.
func (t Tx) DropPhoneCode(hash [32]byte) error { return t.tx.Delete(key(tPhoneCode, hash)) }

// PutPhoneCode writes a code.
func (t Tx) PutPhoneCode(c PhoneCode) error { return put(t, key(tPhoneCode, c.Hash), phoneCodes, c) }
