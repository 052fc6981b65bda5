package ledger

import "time"

// Sale is what was sold. It is part of the immutable entry of its purchase, so later changes of the offer, the policy
// or the royalty plan never reach it.
type Sale struct {
	Offer      OfferID
	Version    uint32 // of the offer; 0 for an inline one
	Title      string // cleaned
	ContentURL string
	Quantity   uint32
	Price      Amount  // of all pieces
	Commission int64   // micros of the price
	Royalties  []Share // claim 19
	// Plan and PlanVersion are the royalty plan that the shares follow; 0: the offer had royalties of its own, or none.
	Plan        uint64
	PlanVersion uint32
	Reward      Reward // of who has brought the buyer
	PaysBuyer   bool   // a payee of it is the buyer: the policy lets that pass, and it is flagged
	Grant       GrantTerms
	Checkout    CheckoutID // zero for a charge on a link
	Link        LinkID     // zero for a checkout without a link
	Agent       uint32     // number of the key by which a program of the buyer paid; 0: none did
	ClientRef   string     // the vendor's own reference (claim 43)
	Metadata    map[string]string
	Resource    *Resource // what a program pays for by HTTP; nil: this was no such sale
	TxnID       string    // the id that seals the terms (claim 29)
	HoldUntil   time.Time // KindHold: when the hold ends by itself
	// Day, Week and Month are the limit periods (their first instants, Unix seconds) that the purchase counted in.
	Day, Week, Month int64
}

// SaleFacts is what every decision about an existing sale needs to know.
type SaleFacts struct {
	No       EntryNo // the number that the entry will get
	Sold     Entry   // the entry of KindPurchase or KindHold
	Purchase Purchase
	User     User   // the buyer
	Wallet   Wallet // the buyer's, in the currency of the sale
	Link     *Link  // the buyer's with the vendor; nil: none
	Agent    *Agent // the key by which a program paid; nil: none did, or it is forgotten
	Till     Till   // the vendor's, in the currency of the sale
	Policy   Policy
}

// SaleOutcome is what becomes of a sale. Wallet and Link carry the new counters (capture, void); their balances are
// those of before, package books moves them with the postings.
type SaleOutcome struct {
	Entry    Entry
	Purchase Purchase
	Wallet   Wallet
	Link     *Link
	Agent    *Agent    // the key of a program, where a hold of it has ended
	Brought  *Referred // who has brought the buyer, where a hold that ended counts less; nil: as it was
}

// step begins an entry that continues the sale.
func (f SaleFacts) step(now time.Time, k Kind, a Actor, micros int64) Entry {
	e := entry(f.No, now, k, a)
	e.User, e.Vendor, e.Cause = f.Sold.User, f.Sold.Vendor, f.Sold.No
	e.Amount = Amount{micros, f.Sold.Amount.Currency}
	return e
}

// legs are the postings of a sale: the debits of the price, and the credits of the vendor, the payees and the service
// (DESIGN.md, Postings). A receiver of nothing is left out.
func legs(debits []Posting, vendor VendorID, commission, net int64, shares []Share) []Posting {
	c := debits[0].Account.Currency
	all := make([]Posting, 0, len(debits)+len(shares)+2)
	all = append(append(all, debits...), Posting{Account{VendorPending, c, uint64(vendor)}, -net})
	for _, r := range shares {
		all = append(all, Posting{Account{RoyaltyPayable, c, uint64(r.Payee)}, -r.Micros})
	}
	return nonzero(append(all, Posting{Account{Commission, c, 0}, -commission}))
}
