package books

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"tuppence/server/ledger"
)

// Every key of the store. The first byte is the table; numbers are big endian, so that keys sort as numbers do. A sale
// writes only the rows marked * of its own; those marked + are shared by all sales of a batch.
//
//	h                          +  head of the journal: number and hash of the newest entry
//	j entry                    *  the entry
//	w user currency            *  wallet: balances, limits, counters, newest entry
//	l user vendor currency     *  link (newest generation)
//	i month sha256[:16]        *  idempotency key: what it was used for
//	t vendor currency          +  till: balances, newest entry
//	b class currency owner     +  balance of any other account
//	z class currency           +  control total of a class
//	m name                        small named values
//	p                             policy
//	n name                        counters of users, vendors, payees
//	u user                        user         U fingerprint → user · H handle → user · R hash → user
//	s fingerprint                 staff
//	v vendor                      vendor       N name → vendor · K hash → vendor
//	o vendor number version       offer        O vendor number → newest version
//	y vendor name                 payee        → payee
//	c vendor number               checkout     C code → checkout · X txn → checkout · A user vendor number: waits
//	L vendor created user cur     links of a vendor by age
//	d user number                 deposit      D reference → deposit · E method external → deposit · P user number: open
//	g entry                       purchase that has changed since its entry
//	x entry                       dispute      x-lists: F user entry · G vendor entry · Q due entry (open)
//	f entry                       transfer     J hash → transfer · S user entry · T expiry entry (open)
//	e event endpoint              delivery     W due event endpoint (waiting) · Y vendor event endpoint
const (
	tHead, tEntry, tWallet, tLink, tOnce, tTill, tBalance, tTotal = 'h', 'j', 'w', 'l', 'i', 't', 'b', 'z'
	tMeta, tPolicy, tCounter, tUser, tUserKey, tHandle, tRecovery = 'm', 'p', 'n', 'u', 'U', 'H', 'R'
	tStaff, tVendor, tVendorName, tAPIKey, tOffer, tNewest        = 's', 'v', 'N', 'K', 'o', 'O'
	tPayee, tCheckout, tCode, tTxn, tWaiting, tVendorLink         = 'y', 'c', 'C', 'X', 'A', 'L'
	tDeposit, tReference, tExternal, tOpenDeposit, tPurchase      = 'd', 'D', 'E', 'P', 'g'
	tDispute, tUserDispute, tVendorDispute, tOpenDispute          = 'x', 'F', 'G', 'Q'
	tTransfer, tClaim, tUserTransfer, tOpenTransfer               = 'f', 'J', 'S', 'T'
	tDelivery, tDueDelivery, tVendorDelivery                      = 'e', 'W', 'Y'
)

// key joins a table and its parts: uint64 in 8 bytes, uint32 in 4, uint16 in 2, strings and bytes as they are.
func key(table byte, parts ...any) []byte {
	k := append(make([]byte, 0, 32), table)
	for _, p := range parts {
		switch p := p.(type) {
		case uint64:
			k = binary.BigEndian.AppendUint64(k, p)
		case uint32:
			k = binary.BigEndian.AppendUint32(k, p)
		case uint16:
			k = binary.BigEndian.AppendUint16(k, p)
		case ledger.UserID:
			k = binary.BigEndian.AppendUint64(k, uint64(p))
		case ledger.VendorID:
			k = binary.BigEndian.AppendUint64(k, uint64(p))
		case ledger.EntryNo:
			k = binary.BigEndian.AppendUint64(k, uint64(p))
		case ledger.Class:
			k = binary.BigEndian.AppendUint16(k, uint16(p))
		case time.Time:
			k = binary.BigEndian.AppendUint64(k, uint64(p.UnixMicro()))
		case ledger.Currency:
			k = append(k, p...)
		case string:
			k = append(k, p...)
		case [32]byte:
			k = append(k, p[:]...)
		case []byte:
			k = append(k, p...)
		default:
			panic("books: no key of such a part") // caller bug
		}
	}
	return k
}

// last is the number at the end of a key.
func last(k []byte) uint64 { return binary.BigEndian.Uint64(k[len(k)-8:]) }

// after is the smallest key that is greater than every key with this prefix.
func after(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// month numbers the months since 1970, for the buckets of idempotency keys.
func month(at time.Time) uint32 {
	at = at.UTC()
	return uint32((at.Year()-1970)*12 + int(at.Month()) - 1)
}

func onceKey(bucket uint32, owner, name string) []byte {
	h := sha256.New()
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(owner))))
	h.Write([]byte(owner))
	h.Write([]byte(name))
	return key(tOnce, bucket, h.Sum(nil)[:16])
}
