package ledger

import (
	"cmp"
	"slices"
	"time"
)

// PurchaseState is how far a purchase has come. Numbers are stored.
type PurchaseState uint8

// States of a purchase. What comes before, quoted and waiting for an approval, is the checkout's.
const (
	PurchaseHeld PurchaseState = iota + 1
	PurchaseCaptured
	PurchaseVoided
	PurchaseExpired
	PurchasePartlyRefunded
	PurchaseRefunded
)

// Events in the life of a purchase.
const (
	eventCapture    = "capture"
	eventVoid       = "void"
	eventExpire     = "expire"
	eventReturnPart = "return a part"
	eventReturnAll  = "return all"
)

// purchaseStates is the life of a purchase. A dispute alone does not change the state; what it gives back does.
var purchaseStates = machine[PurchaseState]{
	{PurchaseHeld, eventCapture, PurchaseCaptured},
	{PurchaseHeld, eventVoid, PurchaseVoided},
	{PurchaseHeld, eventExpire, PurchaseExpired},
	{PurchaseCaptured, eventReturnPart, PurchasePartlyRefunded},
	{PurchaseCaptured, eventReturnAll, PurchaseRefunded},
	{PurchasePartlyRefunded, eventReturnPart, PurchasePartlyRefunded},
	{PurchasePartlyRefunded, eventReturnAll, PurchaseRefunded},
}

// StateWord returns the state of a purchase as the wire names it, "unknown" for a number that is none.
func StateWord(s PurchaseState) string {
	words := [...]string{
		PurchaseHeld: "held", PurchaseCaptured: "captured", PurchaseVoided: "voided", PurchaseExpired: "expired",
		PurchasePartlyRefunded: "partially_refunded", PurchaseRefunded: "refunded",
	}
	if s < PurchaseHeld || int(s) >= len(words) {
		return "unknown"
	}
	return words[s]
}

// Purchase is what is left of a sale: the part that changes after its immutable entry. A purchase that nothing has
// happened to yet has no record; [NewPurchase] makes it from its entry. All figures are micros of the currency of the
// sale.
type Purchase struct {
	No        EntryNo // of the entry of the sale
	State     PurchaseState
	Held      int64 // reserved, not yet captured
	Captured  int64
	Returned  int64     // refunded for good
	Disputed  int64     // set aside by a dispute that is not decided
	Dispute   EntryNo   // 0: never disputed
	Sources   []Posting // what is left of each source, as positive micros
	Receivers []Posting // what is left at each receiver, as positive micros
	Grant     Grant
	HoldUntil time.Time // zero: not held
}

// NewPurchase returns the purchase as its entry made it, before anything else happened.
func NewPurchase(e Entry) Purchase {
	p := Purchase{No: e.No, Sources: make([]Posting, 0, 1)}
	if e.Kind == KindPurchase {
		p.Receivers = make([]Posting, 0, max(len(e.Postings)-1, 0))
	}
	for _, g := range e.Postings {
		switch {
		case g.Account.Class == ReferralCost || g.Account.Class == ReferralReward: // out of what the service has got
		case g.Micros > 0:
			p.Sources = append(p.Sources, g)
		case e.Kind == KindPurchase:
			p.Receivers = append(p.Receivers, Posting{g.Account, -g.Micros})
		}
	}
	switch e.Kind {
	case KindPurchase:
		p.State, p.Captured = PurchaseCaptured, e.Amount.Micros
	case KindHold:
		p.State, p.Held = PurchaseHeld, e.Amount.Micros
		if e.Sale != nil {
			p.HoldUntil = e.Sale.HoldUntil
		}
	}
	return p
}

// left is how many micros can still be given back: captured, not returned, not in dispute.
func (p Purchase) left() int64 { return p.Captured - p.Returned - p.Disputed }

// afterReturn moves a captured purchase on by what an entry and those before it have returned; a full return revokes
// the grant (DESIGN.md, I9), and the entry says so.
func (p Purchase) afterReturn(e *Entry) Purchase {
	event := eventReturnPart
	switch {
	case p.Returned == 0: // a dispute that gave nothing back
		return p
	case p.Returned >= p.Captured:
		event, p = eventReturnAll, p.revoke(e)
	}
	p.State, _ = purchaseStates.next(p.State, event) // that it can happen is checked by returnable and CanDispute
	return p
}

// PurchaseRequest is what a member wants to buy, or a vendor to charge.
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
	HoldFor   time.Duration // 0: as long as allowed
	Actor     Actor
	Checkout  CheckoutID // zero for a charge on a link
	TxnID     string
	ClientRef string
	Metadata  map[string]string
	// Resource is what a program pays for by HTTP; nil: nothing of the kind.
	Resource *Resource
	// Plan is the newest version of the offer's royalty plan; nil if it has none.
	Plan *RoyaltyPlan
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
	// Generation of the books: the relation to a new vendor is named in it.
	Generation Generation
	Referrer   Vendor // that has brought the user, if it still counts
	// Agent is the key by which a program pays; nil: none does.
	Agent *Agent
}

// PurchaseOutcome is what happens when the purchase is allowed. Wallet and Link carry the new counters; the balances in
// Wallet are those of before, package books moves them with the postings.
type PurchaseOutcome struct {
	Entry    Entry
	Purchase Purchase
	Wallet   Wallet
	Link     Link
	Over     Day // the day of the wallet that ends because the purchase counts in another; zero: none does
	// Brought is who has brought the user, with this sale counted; nil: nothing of it has changed.
	Brought *Referred
	Agent   *Agent // the key by which a program paid, with this sale counted; nil: none did
}

// PriceOf returns the price of all pieces. It refuses a quantity or a sum out of bounds with ErrInvalid.
func PriceOf(o Offer, quantity uint32) (Amount, error) {
	if quantity < 1 || quantity > maxQuantity {
		return Amount{}, Invalid("quantity", "Buy 1 to 10000 pieces.", "The quantity is out of bounds.")
	}
	micros, err := mulDiv(o.Price.Micros, int64(quantity), 1)
	if err != nil || micros < 1 || micros > MaxMicros {
		return Amount{}, Invalid("price", "Buy fewer pieces.", "The price is out of bounds.")
	}
	return Amount{micros, o.Price.Currency}, nil
}

// DecidePurchase decides whether a purchase is allowed, and what it posts. It checks in this order, so that the first
// thing that a person can act on is what the refusal names:
//
//  1. wallet not frozen, vendor selling, offer alive (ErrFrozen, ErrNotAllowed, ErrOfferExpired)
//  2. the terms are those that were seen (ErrTermsChanged, ErrInvalid)
//  3. the vendor is not blocked (ErrNotAllowed), and the link is the one in this currency (ErrInvalid); without the
//     person's yes: an active link (ErrNotLinked), no recovery a short while ago and enough left of the link's total
//     (ErrApproval), and an open purchase window (ErrWindow), claims 13 and 26; with the key of a program, that it is
//     live and pays there (ErrNotAllowed) takes the place of link and window
//  4. every limit of the wallet, at the vendor, and of the key of a program (ErrLimit), claims 23 and 24
//  5. in a new wallet without the person's yes: a small price (ErrApproval)
//  6. the tokens are there (ErrFunds), or credit is left, bills are not frozen and none is overdue (ErrWindow),
//     claim 15
//  7. it pays the buyer no royalty (ErrNotAllowed), where the policy refuses that
//
// The writer of the books waits for this decision, once for each purchase: the periods of the calendar are found once,
// and nothing is built for a refusal that does not happen.
func DecidePurchase(r PurchaseRequest, f PurchaseFacts, now time.Time) (PurchaseOutcome, error) {
	price, err := checkTerms(&r, &f, now)
	if err != nil {
		return PurchaseOutcome{}, err
	}
	if err := checkPermission(&r, &f, price.Micros, now); err != nil {
		return PurchaseOutcome{}, err
	}
	p := periodsAt(now, f.Zone)
	if err := checkLimits(f.Wallet, f.Link, price.Micros, p); err != nil {
		return PurchaseOutcome{}, err
	}
	if f.Agent != nil {
		if err := checkAgentLimits(f.Agent, price.Micros, r.Hold, p); err != nil {
			return PurchaseOutcome{}, err
		}
	}
	if err := checkNew(&r, &f, price.Micros, now); err != nil {
		return PurchaseOutcome{}, err
	}
	if err := checkFunds(&f.Wallet, &r.Offer, price.Micros, &f.Policy, now); err != nil {
		return PurchaseOutcome{}, err
	}
	return sell(&r, &f, price, p, now)
}

// checkFunds is step 6. An account that pays later buys nothing while a bill of it is overdue (claim 15).
func checkFunds(w *Wallet, o *Offer, micros int64, p *Policy, now time.Time) error {
	if micros <= w.Paid {
		return nil
	}
	if micros -= w.IncentivesFor(o, now); micros <= w.Paid {
		return nil
	}
	if bill, late := w.Overdue(now); late {
		return refuseOverdue(Amount{bill.Left, w.Currency}, bill.Due)
	}
	there := w.Spendable(now)
	c, closed := p.Closed(BillMethod)
	if closed = closed && there > w.Paid; closed {
		there = w.Paid
	}
	if there >= micros {
		return nil
	}
	no := RefuseFunds(Amount{micros - there, w.Currency})
	if closed {
		no.Detail = "Nothing is bought on credit for now (" + c.Reason + "): " + no.Shortfall.String() + " more are needed."
	}
	return no
}

// checkTerms is steps 1 and 2; it returns the price.
func checkTerms(r *PurchaseRequest, f *PurchaseFacts, now time.Time) (Amount, error) {
	o := &r.Offer
	switch {
	case f.User.Status != UserActive:
		return Amount{}, refuseFrozen()
	case f.Vendor.Status != VendorActive:
		return Amount{}, RefuseSuspended()
	case o.ID.Vendor != f.Vendor.ID:
		return Amount{}, RefuseNotFound("offer")
	case o.Over(now):
		return Amount{}, RefuseOfferOver()
	case r.Hold && (r.HoldFor < 0 || r.HoldFor > holdMax):
		return Amount{}, Invalid("hold", "Hold for at most 7 days.", "The time to hold is out of bounds.")
	}
	price, err := PriceOf(*o, r.Quantity)
	if err != nil {
		return Amount{}, err
	}
	if r.Expect != (Amount{}) && r.Expect != price {
		return Amount{}, RefuseTerms(price)
	}
	if r.Plan != nil {
		if err := r.Plan.checkCurrency(price.Currency); err != nil {
			return Amount{}, err
		}
	}
	if f.Wallet.Currency != price.Currency || f.Wallet.User != f.User.ID {
		return Amount{}, Invalid("currency", "Pay from an account in the currency of the price.",
			"The price is in %s.", price.Currency)
	}
	return price, nil
}

// checkPermission is step 3.
func checkPermission(r *PurchaseRequest, f *PurchaseFacts, micros int64, now time.Time) error {
	l, c := f.Link, f.Wallet.Currency
	if l != nil && l.Status == LinkBlocked {
		return refuseBlocked()
	}
	if l != nil && l.ID.relation() != (LinkID{User: f.User.ID, Vendor: f.Vendor.ID, Currency: c}) {
		return Invalid("link_id", "Use the buyer's link in "+string(c)+", or ask with a checkout.",
			"The link is for %s, the price is in %s.", l.ID.Currency, c)
	}
	if f.Agent != nil {
		return checkAgent(f.Agent, f, now)
	}
	if r.Approved {
		return nil
	}
	if !l.Active(now) {
		return refuseNotLinked()
	}
	if now.Before(f.User.LockedUntil) {
		return refuseApproval("This wallet was recovered a short while ago: until %s vendors have to ask.",
			stamp(f.User.LockedUntil))
	}
	if (bound{"total", l.Total, l.Sum, 0, 0}).stops(micros) {
		no := refuseApproval("The buyer has allowed this vendor %s without asking; %s of it are used.",
			Amount{l.Total, c}, Amount{l.Sum, c})
		no.Limit = "total"
		return no
	}
	if !f.User.windowOpen(now, f.Policy) {
		return RefuseWindow()
	}
	return nil
}

// checkNew is step 5: in a new wallet a vendor charges small prices without a question, whatever limits it has.
func checkNew(r *PurchaseRequest, f *PurchaseFacts, micros int64, now time.Time) error {
	if r.Approved || !f.User.isNew(now, f.Policy) {
		return nil
	}
	most := f.Policy.In(f.Wallet.Currency).Limits.PerPurchase
	if most == NoLimit || micros <= most {
		return nil
	}
	no := refuseApproval("This wallet is new: until %s vendors have to ask above %s.",
		stamp(f.User.Created.Add(f.Policy.Risk.NewFor)), Amount{most, f.Wallet.Currency})
	no.Limit = "limit_purchase"
	return no
}

// sell makes the entry of a sale that is allowed.
func sell(r *PurchaseRequest, f *PurchaseFacts, price Amount, p periods, now time.Time) (PurchaseOutcome, error) {
	commission := commissionOf(price.Micros, f.Policy.Commission)
	lines := r.Offer.Royalties
	if r.Plan != nil {
		lines = r.Plan.Lines
	}
	net, shares, err := splitRoyalties(price.Micros-commission, r.Quantity, lines)
	if err != nil {
		return PurchaseOutcome{}, err
	}
	own, err := checkSelfDealing(lines, f)
	if err != nil {
		return PurchaseOutcome{}, err
	}
	var out PurchaseOutcome
	out.Wallet, out.Link = f.Wallet, linkOrNew(f.Link, f.User.ID, f.Vendor.ID, price.Currency, f.Generation, now)
	out.Wallet.Spent = out.Wallet.Spent.add(price.Micros, p)
	out.Over = f.Wallet.Spent.closes(out.Wallet.Spent.Day.Start)
	out.Link.Spent = out.Link.Spent.follow(out.Wallet.Spent, price.Micros)
	out.Link.Sum += price.Micros
	out.Link.Count++
	out.Link.Paid += price.Micros

	e := entry(f.No, now, KindPurchase, r.Actor)
	e.User, e.Vendor, e.Amount = f.User.ID, f.Vendor.ID, price
	e.Sale = newSale(r, price, out.Wallet.Spent, e.At)
	e.Sale.Commission, e.Sale.Royalties, e.Sale.PaysBuyer = commission, shares, own
	if f.Link.Active(now) {
		e.Sale.Link = f.Link.ID
	}
	var few [2]Posting // without incentives there are no more
	debits := f.Wallet.sources(few[:0], &r.Offer, price.Micros, now)
	out.pinReward(&e, f.reward(commission, price.Micros, debits, r.Hold, now), f)
	if r.Hold {
		e.Kind = KindHold
		e.Sale.HoldUntil = e.At.Add(cmp.Or(r.HoldFor, holdMax))
		held := Posting{Account{Held, price.Currency, uint64(f.No)}, -price.Micros}
		e.Postings = nonzero(append(slices.Clone(debits), held))
	} else {
		e.Postings = legs(debits, f.Vendor.ID, commission, net, shares)
		if reward := e.Sale.Reward; reward.Micros > 0 {
			e.Postings = append(e.Postings, reward.postings(price.Currency, reward.Micros)...)
		}
	}
	if f.Agent != nil {
		e.Sale.Agent, out.Agent = f.Agent.Number, f.Agent.counted(out.Wallet.Spent, &e, r.Hold, p)
	}
	out.Entry, out.Purchase = e, NewPurchase(e)
	return out, nil
}

// newSale pins what was asked for, and the periods that it counts in.
func newSale(r *PurchaseRequest, price Amount, spent Counters, at time.Time) *Sale {
	var plan RoyaltyPlan
	if r.Plan != nil {
		plan = RoyaltyPlan{Number: r.Plan.Number, Version: r.Plan.Version}
	}
	return &Sale{
		Plan: plan.Number, PlanVersion: plan.Version,
		Offer: r.Offer.ID, Version: r.Offer.Version, Title: CleanLine(r.Offer.Title, maxTitle),
		ContentURL: r.Offer.ContentURL, Quantity: r.Quantity, Price: price, Grant: grantTerms(r.Offer.Bounds, at),
		Checkout: r.Checkout, ClientRef: r.ClientRef, Metadata: r.Metadata, TxnID: r.TxnID,
		Resource: r.Resource,
		Day:      spent.Day.Start, Week: spent.Week.Start, Month: spent.Month.Start,
	}
}
