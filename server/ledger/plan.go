package ledger

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	// maxPlans bounds the royalty plans of a vendor.
	maxPlans = 100
	// maxPlanVersions bounds how often one plan changes.
	maxPlanVersions = 10_000
	// maxPlanName is how long the name of a plan may be, in characters.
	maxPlanName = 60
	// NoPlan asks for an offer without a plan where its vendor has a default.
	NoPlan = math.MaxUint64
)

// RoyaltyPlan is one version of a vendor's royalty plan (claims 19, 20): who gets what of a sale. A version never
// changes. A sale pins the version that was the newest when it was made, so a change is of later sales alone.
type RoyaltyPlan struct {
	Vendor   VendorID
	Number   uint64 // of this vendor, from 1
	Version  uint32 // from 1
	Name     string // unique at the vendor
	Currency Currency
	Lines    []Royalty // what is left is the vendor's
	Created  time.Time
}

// PlanFacts is what a decision about a plan needs to know.
type PlanFacts struct {
	No     EntryNo
	Vendor Vendor
	Plan   RoyaltyPlan // the newest version; a zero one is new
	// Generation of the books: a plan is numbered in it.
	Generation Generation
	Taken      bool // another plan of the vendor has the name
	Policy     Policy
	// Cheapest has, for each currency, the cheapest active offer that is sold by the plan: what fits it fits the others.
	Cheapest []Offer
}

// PlanOutcome is a plan after a change.
type PlanOutcome struct {
	Entry  Entry
	Plan   RoyaltyPlan
	Vendor Vendor
}

// PlanChange makes the first or the next version of a plan.
type PlanChange struct {
	Name     string // empty: as before
	Currency Currency
	Lines    []Royalty // nil: as before
	Default  *bool     // whether offers that name no royalties get this plan from now on
	Actor    Actor
}

// DecidePlan makes a version of a royalty plan, or makes a plan the default of its vendor. It refuses with ErrInvalid
// names and lines out of bounds and a version that does not fit an offer which is sold by it, with ErrState the name of
// another plan, and with ErrLimit more plans or versions than are kept.
func DecidePlan(c PlanChange, f PlanFacts, now time.Time) (out PlanOutcome, err error) {
	p, v := f.Plan, f.Vendor
	fresh := p.Number == 0
	if c.Name != "" || fresh {
		if p.Name, err = typedLine("name", c.Name, maxPlanName); err != nil {
			return out, err
		}
	}
	if c.Lines != nil || fresh {
		p.Lines, p.Currency = slices.Clone(c.Lines), c.Currency
	}
	if p, err = checkPlan(p, f); err != nil {
		return out, err
	}
	if c.Lines == nil && !fresh {
		p.Currency = f.Plan.Currency // as it was made
	}
	if fresh {
		if v.Plans >= maxPlans {
			return out, Refuse(ErrLimit, "Change one of them.", "A vendor has %d royalty plans at most.", maxPlans)
		}
		v.Plans++
		p.Vendor, p.Number = v.ID, f.Generation.Owned(v.Plans)
	}
	if !fresh && samePlan(p, f.Plan) {
		p = f.Plan // the default alone
	} else {
		if p.Version >= maxPlanVersions {
			return out, Refuse(ErrLimit, "Make another plan.", "A plan has %d versions at most.", maxPlanVersions)
		}
		if err := p.checkOffers(f); err != nil {
			return out, err
		}
		p.Version++
		p.Created = instant(now)
	}
	e := entry(f.No, now, KindPlan, c.Actor)
	e.Vendor = v.ID
	e.Change = &Change{Name: "royalty plan " + p.Name, Old: planWords(f.Plan), New: planWords(p)}
	switch {
	case c.Default == nil:
	case *c.Default:
		v.Plan = p.Number
		e.Change.New += ", default"
	case v.Plan == p.Number:
		v.Plan = 0
		e.Change.New += ", no default"
	}
	e.Plan = &p
	return PlanOutcome{Entry: e, Plan: p, Vendor: v}, nil
}

// samePlan returns whether two versions say the same.
func samePlan(a, b RoyaltyPlan) bool {
	same := func(a, b Royalty) bool {
		a.Payee, b.Payee = 0, 0 // numbered by their names
		return a == b
	}
	return a.Name == b.Name && a.Currency == b.Currency && slices.EqualFunc(a.Lines, b.Lines, same)
}

// checkPlan cleans a plan: the currency is that of its fixed amounts, so shares alone have none.
func checkPlan(p RoyaltyPlan, f PlanFacts) (RoyaltyPlan, error) {
	var err error
	switch {
	case p.Name == "":
		return p, Invalid("name", "Give it a name of at most 60 characters.", "The name of the plan is missing.")
	case f.Taken:
		return p, Refuse(ErrState, "Choose another name, or change that plan.", "There is a plan %q already.", p.Name)
	case len(p.Lines) == 0:
		return p, Invalid("lines", "Name each payee with its role and share.", "The plan has no lines.")
	case !p.HasFixed():
		p.Currency = ""
	case p.Currency == "":
		return p, Invalid("currency", "Name the currency of the fixed amounts.", "The currency is missing.")
	default:
		if err := checkHeld(p.Currency, f.Policy.Currencies); err != nil {
			return p, named(err, "currency")
		}
	}
	// An offer that is posted later is checked against the plan then.
	p.Lines, err = checkRoyalties(p.Lines, maxPrice, Policy{})
	return p, err
}

// checkOffers refuses with ErrInvalid a version by which an offer of the vendor cannot be sold: its payees would get
// more than there is, or amounts of another currency.
func (p RoyaltyPlan) checkOffers(f PlanFacts) error {
	for _, o := range f.Cheapest {
		const remedy = "Change that offer first, give it another plan, or retire it."
		switch title := CleanLine(o.Title, 60); {
		case !p.fits(o.Price.Currency):
			return Invalid("currency", remedy, "The offer %q is priced in %s, the fixed amounts are in %s.",
				title, o.Price.Currency, p.Currency)
		case !p.leaves(o.Price.Micros, f.Policy):
			return Invalid("lines", remedy, "The offer %q for %s does not yield what this version gives away.",
				title, o.Price)
		}
	}
	return nil
}

// HasFixed reports whether a plan has fixed amounts, which are in its currency.
func (p RoyaltyPlan) HasFixed() bool {
	return slices.ContainsFunc(p.Lines, func(r Royalty) bool { return r.Fixed != 0 })
}

// fits reports whether a price in this currency can be shared by the plan: shares fit any.
func (p RoyaltyPlan) fits(c Currency) bool { return p.Currency == c || !p.HasFixed() }

// leaves reports whether the plan asks for no more than a price less the commission.
func (p RoyaltyPlan) leaves(price int64, rules Policy) bool {
	_, err := checkRoyalties(p.Lines, price, rules)
	return err == nil
}

// planWords tells a plan in one line: "v2: Ada Byron author 12.5 %, Press publisher 0.01 EUR".
func planWords(p RoyaltyPlan) string {
	if p.Version == 0 {
		return ""
	}
	all := make([]string, len(p.Lines))
	for i, r := range p.Lines {
		all[i] = r.Name + " " + r.Role + " " + r.ShareText(p.Currency)
	}
	return strings.Join(all, ", ")
}

// ShareText is the share of a line for people: "12.5 %" or "0.01 EUR".
func (r Royalty) ShareText(c Currency) string {
	if r.Fixed > 0 {
		return Amount{r.Fixed, c}.String()
	}
	return percent(r.BasisPoints)
}

// ParsePlanLines reads lines as people type them: "Ada Byron:author:12.5%, Press:publisher:0.01". A payee may have any
// name without a colon or a comma. It refuses with ErrInvalid.
func ParsePlanLines(text string) ([]Royalty, error) {
	const remedy = "Type them like: \"Ada Byron:author:12.5%, Press:publisher:0.01\""
	var all []Royalty
	for line := range strings.SplitSeq(text, ",") {
		parts := strings.Split(line, ":")
		if len(parts) != 3 {
			return nil, Invalid("lines", remedy, "%q is no line of a plan.", CleanLine(line, 80))
		}
		r := Royalty{Name: strings.TrimSpace(parts[0]), Role: strings.TrimSpace(parts[1])}
		value := strings.TrimSpace(parts[2])
		if share, is := strings.CutSuffix(value, "%"); is {
			points, err := ReadPercent("lines", share, 100)
			if err != nil {
				return nil, err
			}
			r.BasisPoints = points
		} else {
			micros, err := parseMicros(value, "")
			if err != nil {
				return nil, Invalid("lines", remedy, "%q is no amount and no share.", CleanLine(value, 20))
			}
			r.Fixed = micros
		}
		all = append(all, r)
	}
	return all, nil
}

// CheckOfferPlan refuses with ErrInvalid an offer with a plan and royalties of its own, and a plan that asks for more
// than the net, or in another currency. One that is retired may have any.
func CheckOfferPlan(o Offer, plan RoyaltyPlan, p Policy) error {
	if o.Plan == 0 || o.Status == OfferRetired {
		return nil
	}
	if len(o.Royalties) > 0 {
		return Invalid("royalty_plan", "Name a plan, or royalties.", "An offer has a plan or royalties of its own, not both.")
	}
	if err := plan.checkCurrency(o.Price.Currency); err != nil {
		return err
	}
	if !plan.leaves(o.Price.Micros, p) {
		return Invalid("royalty_plan", "Name another plan, or none, or ask for more.",
			"The plan %s gives away more than the price less the commission.", plan.Name)
	}
	return nil
}

// checkCurrency refuses with ErrInvalid a price of which the plan would take fixed amounts in another currency.
func (p RoyaltyPlan) checkCurrency(c Currency) error {
	if p.fits(c) {
		return nil
	}
	return Invalid("royalty_plan", "Give the offer a plan with shares or in the currency of its price, or none.",
		"The royalty plan %s has fixed amounts in %s, and the price is in %s.", p.Name, p.Currency, c)
}

// PlanShares is what each payee gets of a net by the plan, and what is left to the vendor. The audit computes it anew.
//
// It refuses a net in a currency in which the plan has no amounts.
func PlanShares(p RoyaltyPlan, net Amount, quantity uint32) (vendor int64, shares []Share, err error) {
	if err := p.checkCurrency(net.Currency); err != nil {
		return 0, nil, err
	}
	return splitRoyalties(net.Micros, quantity, p.Lines)
}

// SelfDealing says what becomes of a sale of which the buyer is paid a royalty.
type SelfDealing string

// What the policy says of self-dealing.
const (
	SelfDealingRefuse SelfDealing = ""
	SelfDealingFlag   SelfDealing = "flag"
)

// selfDealingSetting is its line of the policy.
func selfDealingSetting(s *SelfDealing) setting {
	const name = "self_dealing"
	return setting{
		name, "a sale that pays its own buyer a royalty", "refuse or flag",
		func() string { return cmp.Or(string(*s), "refuse") },
		func(value string) error {
			switch value {
			case "refuse":
				*s = SelfDealingRefuse
				return nil
			case "flag":
				*s = SelfDealingFlag
				return nil
			}
			return Invalid(name, "Type refuse or flag.", "%q is neither.", CleanLine(value, 20))
		}, nil,
	}
}

// PaysBuyer returns the payee of the lines whose wallet is the buyer's, 0 if there is none: it is compared by the
// wallet that the operator has noted for the payee.
func PaysBuyer(lines []Royalty, v *Vendor, u UserID) PayeeID {
	for _, own := range v.Payees {
		paid := func(r Royalty) bool { return r.Payee == own.Payee }
		if own.Wallet == u && u != 0 && slices.ContainsFunc(lines, paid) {
			return own.Payee
		}
	}
	return 0
}

// checkSelfDealing is step 7: whether the sale pays its own buyer. Who buys from oneself turns what cannot be paid out,
// such as incentives, into royalties that can.
func checkSelfDealing(lines []Royalty, f *PurchaseFacts) (own bool, err error) {
	if len(lines) == 0 || PaysBuyer(lines, &f.Vendor, f.User.ID) == 0 {
		return false, nil
	}
	if f.Policy.SelfDealing == SelfDealingFlag {
		return true, nil
	}
	return false, Refuse(ErrNotAllowed, "Let somebody else buy it.", "The buyer is paid a royalty of this sale.")
}
