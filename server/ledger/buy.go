package ledger

import "time"

// PurchaseRequest is what somebody wants to buy.
type PurchaseRequest struct {
	Offer    Offer // the version to be sold; an inline offer has no number
	Quantity uint32
	// Expect is the price of all pieces that the other side has seen; the zero value is not compared.
	Expect Amount
	// Approved says that the person has just said yes to exactly this purchase: neither a link nor an open window is
	// needed. Without it only an active link allows the purchase.
	Approved bool
	// Hold reserves the money until HoldFor is over instead of moving it to the receivers.
	Hold      bool
	HoldFor   time.Duration
	Actor     Actor
	Checkout  CheckoutID // zero for a charge on a link
	TxnID     string
	ClientRef string
	Metadata  map[string]string
}

// PurchaseFacts is what the decision about a purchase needs to know.
type PurchaseFacts struct {
	No     EntryNo // the number that the entry will get
	User   User
	Wallet Wallet // in the currency of the price; one that was never opened may be OpenWallet's
	Link   *Link  // nil: never bought there
	Vendor Vendor
	Policy Policy
	Zone   *time.Location // the user's time zone; nil is UTC
}

// PurchaseOutcome is what happens when the purchase is allowed. Wallet and Link carry the new counters; the balances in
// Wallet are those of before, package books moves them with the postings.
type PurchaseOutcome struct {
	Entry    Entry
	Purchase Purchase
	Wallet   Wallet
	Link     Link
}

// holdMax bounds how long money can be held, and is how long it is held if nothing is said.
const holdMax = 7 * day

// PriceOf is the price of all pieces. It refuses a quantity or a sum out of bounds.
func PriceOf(o Offer, quantity uint32) (Amount, error) {
	if quantity < 1 || quantity > maxQuantity {
		return Amount{}, Invalid("quantity", "Buy 1 to 10000 pieces.", "The quantity is out of bounds.")
	}
	price, err := o.Price.Times(int64(quantity))
	if err != nil || price.Micros < 1 || price.Micros > MaxMicros {
		return Amount{}, Invalid("price", "Buy fewer pieces.", "The price is out of bounds.")
	}
	return price, nil
}

// DecidePurchase decides whether somebody may buy, and what that posts. It checks in this order, so that the first
// thing that a person can act on is what the refusal names:
//
//  1. wallet not frozen, vendor selling, offer alive (ErrFrozen, ErrNotAllowed, ErrOfferExpired)
//  2. the terms are those that were seen (ErrTermsChanged, ErrInvalid)
//  3. the vendor is not blocked (ErrNotAllowed), and the link is the one in this currency (ErrInvalid); without the
//     person's yes: an active link (ErrNotLinked), no recovery a short while ago and enough left of the link's total
//     (ErrApproval), and an open purchase window (ErrWindow)
//  4. every limit of the wallet and at the vendor (ErrLimit)
//  5. the tokens are there (ErrFunds)
func DecidePurchase(r PurchaseRequest, f PurchaseFacts, now time.Time) (PurchaseOutcome, error) {
	price, err := checkTerms(r, f, now)
	if err != nil {
		return PurchaseOutcome{}, err
	}
	if err := checkPermission(r, f, price.Micros, now); err != nil {
		return PurchaseOutcome{}, err
	}
	if err := CheckLimits(f.Wallet, f.Link, price.Micros, now, f.Zone); err != nil {
		return PurchaseOutcome{}, err
	}
	if f.Wallet.Paid < price.Micros {
		return PurchaseOutcome{}, RefuseFunds(Amount{price.Micros - f.Wallet.Paid, price.Currency})
	}
	return sell(r, f, price, now)
}

// checkTerms is steps 1 and 2; it answers the price.
func checkTerms(r PurchaseRequest, f PurchaseFacts, now time.Time) (Amount, error) {
	o := r.Offer
	switch {
	case f.User.Status != UserActive:
		return Amount{}, RefuseFrozen()
	case f.Vendor.Status != VendorActive:
		return Amount{}, RefuseSuspended()
	case o.ID.Vendor != f.Vendor.ID:
		return Amount{}, RefuseNotFound("offer")
	case o.Status == OfferRetired, !o.Bounds.Expires.IsZero() && !now.Before(o.Bounds.Expires):
		return Amount{}, RefuseOfferOver()
	case r.Hold && (r.HoldFor < 0 || r.HoldFor > holdMax):
		return Amount{}, Invalid("hold", "Hold for at most 7 days.", "The time to hold is out of bounds.")
	}
	price, err := PriceOf(o, r.Quantity)
	if err != nil {
		return Amount{}, err
	}
	if r.Expect != (Amount{}) && r.Expect != price {
		return Amount{}, RefuseTerms(price)
	}
	if f.Wallet.Currency != price.Currency || f.Wallet.User != f.User.ID {
		return Amount{}, Invalid("currency", "Pay from an account in the currency of the price.", "The price is in %s.", price.Currency)
	}
	return price, nil
}

// checkPermission is step 3.
func checkPermission(r PurchaseRequest, f PurchaseFacts, micros int64, now time.Time) error {
	if f.Link != nil && f.Link.Status == LinkBlocked {
		return RefuseBlocked()
	}
	c := f.Wallet.Currency
	if l := f.Link; l != nil && l.ID.in() != (LinkID{User: f.User.ID, Vendor: f.Vendor.ID, Currency: c}) {
		return Invalid("link_id", "Use the buyer's link in "+string(c)+", or ask with a checkout.", "The link is for %s, the price is in %s.", l.ID.Currency, c)
	}
	if r.Approved {
		return nil
	}
	if !f.Link.Silent(now) {
		return RefuseNotLinked()
	}
	if now.Before(f.User.LockedUntil) {
		return RefuseApproval("This wallet was recovered a short while ago: until %s vendors have to ask.", stamp(f.User.LockedUntil))
	}
	if t := f.Link.Total; t >= 0 && (micros > t || f.Link.Sum > t-micros) {
		no := RefuseApproval("The buyer has allowed this vendor %s without asking; %s of it are used.", Amount{t, c}, Amount{f.Link.Sum, c})
		no.Limit = "total"
		return no
	}
	if !f.User.WindowOpen(now, f.Policy) {
		return RefuseWindow()
	}
	return nil
}

// sell makes the entry of a sale that is allowed.
func sell(r PurchaseRequest, f PurchaseFacts, price Amount, now time.Time) (PurchaseOutcome, error) {
	commission := CommissionOf(price.Micros, f.Policy.Commission)
	net, shares, err := SplitRoyalties(price.Micros-commission, r.Quantity, r.Offer.Royalties)
	if err != nil {
		return PurchaseOutcome{}, err
	}
	kind := KindPurchase
	if r.Hold {
		kind = KindHold
	}
	e := entry(f.No, now, kind, r.Actor)
	e.User, e.Vendor, e.Amount = f.User.ID, f.Vendor.ID, price

	periods := PeriodStarts(now, f.Zone)
	out := PurchaseOutcome{Wallet: f.Wallet, Link: newLink(f.User.ID, f.Vendor.ID, price.Currency, now)}
	if f.Link != nil {
		out.Link = *f.Link
	}
	out.Wallet.Spent = Count(out.Wallet.Spent, price.Micros, periods)
	out.Link.Spent = follow(out.Link.Spent, out.Wallet.Spent, price.Micros)
	out.Link.Sum += price.Micros
	out.Link.Count++

	s := Sale{
		Offer: r.Offer.ID, Version: r.Offer.Version, Title: CleanLine(r.Offer.Title, maxTitle), ContentURL: r.Offer.ContentURL,
		Quantity: r.Quantity, Price: price, Commission: commission, Royalties: shares, Grant: grantTerms(r.Offer.Bounds, e.At),
		Checkout: r.Checkout, ClientRef: r.ClientRef, Metadata: r.Metadata, TxnID: r.TxnID,
		Day: out.Wallet.Spent.Day.Start, Week: out.Wallet.Spent.Week.Start, Month: out.Wallet.Spent.Month.Start,
	}
	if f.Link.Silent(now) {
		s.Link = f.Link.ID
	}
	e.Sale = &s
	paid := Account{Paid, price.Currency, uint64(f.User.ID)}
	if r.Hold {
		s.HoldUntil = e.At.Add(holdMax)
		if r.HoldFor > 0 {
			s.HoldUntil = e.At.Add(r.HoldFor)
		}
		e.Postings = []Posting{{paid, price.Micros}, {Account{Held, price.Currency, uint64(f.No)}, -price.Micros}}
	} else {
		e.Postings = append([]Posting{{paid, price.Micros}}, legs(&s, f.Vendor.ID, commission, net, shares)...)
	}
	out.Entry, out.Purchase = e, NewPurchase(e)
	return out, nil
}
