package ledger

// Ids inside the house are numbers; package seal turns them into the sealed names (chg_…, ofr_…) that leave it.

// UserID numbers a person. 0 is nobody.
type UserID uint64

// VendorID numbers a vendor. 0 is nobody.
type VendorID uint64

// EntryNo is the place of an entry in the journal, from 1, without gaps. A purchase, its charge and its grant, a
// refund, a dispute and a transfer are all named by the entry that began them.
type EntryNo uint64

// PayeeID numbers somebody who earns royalties (account 2130).
type PayeeID uint64

// OfferID names what a vendor sells, across its versions.
type OfferID struct {
	Vendor VendorID
	Number uint64
}

// CheckoutID names a request to buy that a person answers. The number is random.
type CheckoutID struct {
	Vendor VendorID
	Number uint64
}

// DepositID names one way of money into a wallet. Numbers rise per user.
type DepositID struct {
	User   UserID
	Number uint64
}

// LinkID names a buyer's standing permission for one vendor. A new permission after a revoked one has the next
// generation.
type LinkID struct {
	User       UserID
	Vendor     VendorID
	Currency   Currency
	Generation uint32
}
