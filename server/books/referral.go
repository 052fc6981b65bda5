package books

import (
	"encoding/binary"

	"tuppence/server/ledger"
)

// Rewards returns what the users that a vendor has brought have earned it and what is not booked yet, in micros. Below
// zero more was given back than was earned since it was booked last.
func (r Reader) Rewards(v ledger.VendorID, c ledger.Currency) (int64, error) {
	a := ledger.Account{Class: ledger.ReferralReward, Currency: c, Owner: uint64(v)}
	n, _, err := loadDecoded(r, balanceKey(a), &amounts)
	return -n, err
}

// Rewarded is what a vendor has earned by users that it has brought and what is not booked yet.
type Rewarded struct {
	Vendor ledger.VendorID
	Amount ledger.Amount // below zero: given back since
}

// AllRewards reads what is not booked yet, of all vendors. It costs what there is.
func (r Reader) AllRewards() ([]Rewarded, error) {
	prefix := binary.BigEndian.AppendUint16(key(tBalance), uint16(ledger.ReferralReward))
	return scan(r, prefix, after(prefix), false, 0, func(k, b []byte) (got Rewarded, err error) {
		if len(k) < 12 {
			return got, damaged(k, errCut)
		}
		n, err := amounts.decode(k, b)
		c := ledger.Currency(k[3 : len(k)-8])
		return Rewarded{ledger.VendorID(last(k)), ledger.Amount{Micros: -n, Currency: c}}, err
	})
}
