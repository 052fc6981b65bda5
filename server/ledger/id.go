package ledger

// Inside, things are numbered; package seal turns the numbers into the names that leave the program (chg_…, ofr_…),
// so that no name tells how many there are. Numbers carry their shard in their first bits: see shard.go.

// UserID numbers a person. 0: none.
type UserID uint64

// VendorID numbers a vendor. 0: none.
type VendorID uint64

// EntryNo is the place of an entry in the journal, from 1, without gaps. A purchase, its charge and its grant, a
// refund, a dispute and a transfer are all named by the entry that began them.
type EntryNo uint64

// PayeeID numbers a receiver of royalties (claim 20, account 2130).
type PayeeID uint64

// OfferID names what a vendor sells, across its versions. Numbers rise per vendor.
type OfferID struct {
	Vendor VendorID
	Number uint64
}

// CheckoutID names a request to buy that waits for a person. The number is random.
type CheckoutID struct {
	Vendor VendorID
	Number uint64
}

// DepositID names one way of money into a wallet. Numbers rise per user.
type DepositID struct {
	User   UserID
	Number uint64
}

// LinkID names a buyer's standing permission for one vendor. A new permission after one that ended has the next
// generation, so that the old name never opens it.
type LinkID struct {
	User       UserID
	Vendor     VendorID
	Currency   Currency
	Generation uint32
}

// relation returns what a link is about, whichever permission it is.
func (id LinkID) relation() LinkID {
	id.Generation = 0
	return id
}
