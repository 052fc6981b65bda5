package ledger

import (
	"slices"
	"time"
)

// Policy is what the operator decides for everyone. Amounts are micros of every currency that has no amount of its own:
// use [Policy.In].
type Policy struct {
	Currencies []Currency // the first is everyone's first account
	// Commission in basis points of the price, rounded up to the next micro.
	Commission uint32
	// Limits of a new wallet (claim 23).
	Limits Limits
	// Window is how long after the last key press purchases without a question are allowed (claim 26).
	Window time.Duration
	// A vendor is settled at SettleAmount or after SettleAfter, whichever comes first (claim 16). Settle has the rest.
	SettleAmount int64
	SettleAfter  time.Duration
	Settle       SettleRules
	// DisputeAuto is up to where a dispute is refunded at once by rule, for DisputeWindow after the purchase, at most
	// DisputesPerMonth times (claim 14).
	DisputeAuto      int64
	DisputeWindow    time.Duration
	DisputesPerMonth uint32
	DisputeAnswer    time.Duration // the vendor has this long to answer, and the buyer to answer an offer
	DepositMin       int64
	DepositMax       int64
	TransferMax      int64         // sent by one person in 24 hours (claim 31)
	TransferLife     time.Duration // a transfer waits so long for its claim
	RecoveryLock     time.Duration // money cannot leave for so long after a recovery
	CheckoutLife     time.Duration // a checkout waits so long for its answer
	Own              []OwnAmount   // by the name of the setting, then by currency
	Risk             Risk
	FX               FX
	Billing          Billing
	ReferralMax      uint32 // the largest share of the commission that a vendor is given for users it brings (claim 12)
	IncentiveMax     int64  // the largest incentive that is given at a time (claim 7)
	Disputes         DisputeTerms
	Payouts          PayoutRules
	Redeem           RedeemRules
	Dormancy         Dormancy
	Frozen           []ClosedMethod // ways to add funds that are not taken for now
	Provisional      Provisional
	SelfDealing      SelfDealing // what becomes of a sale that pays its own buyer a royalty
	Asked            []Ask       // what one operator has asked for, and waits for a second one
}

// DefaultPolicy returns what a new service begins with: EUR and USD, 5 % commission and no other fee, small limits, a
// purchase window of 30 minutes.
func DefaultPolicy() Policy {
	return Policy{
		Currencies:   []Currency{"EUR", "USD"},
		Commission:   500,
		Limits:       Limits{PerPurchase: 1 * Unit, PerDay: 5 * Unit, PerWeek: 20 * Unit, PerMonth: 50 * Unit},
		Window:       30 * time.Minute,
		SettleAmount: 20 * Unit, SettleAfter: 7 * day, Settle: DefaultSettle(),
		DisputeAuto: 1 * Unit, DisputeWindow: 2 * day, DisputesPerMonth: 3, DisputeAnswer: 7 * day,
		DepositMin: 1 * Unit, DepositMax: 200 * Unit,
		TransferMax: 50 * Unit, TransferLife: 7 * day,
		RecoveryLock: 1 * day,
		CheckoutLife: 15 * time.Minute,
		Risk:         DefaultRisk(),
		FX:           DefaultFX(),
		Billing:      DefaultBilling(),
		IncentiveMax: DefaultIncentiveMax,
		ReferralMax:  DefaultReferralMax,
		Disputes:     DefaultDisputeTerms(),
		Payouts:      DefaultPayouts(),
		Redeem:       DefaultRedeem(),
		Dormancy:     DefaultDormancy(),
		Provisional:  DefaultProvisional(),
		SelfDealing:  SelfDealingRefuse,
	}
}

// DefaultIncentiveMax is what books without this setting have.
const DefaultIncentiveMax = 5 * Unit

// CommissionText returns the share of each sale for people, "5 %".
func (p Policy) CommissionText() string { return percent(p.Commission) }

// PolicyLine is one setting as the operator sees it.
type PolicyLine struct {
	Name   string
	Value  string // can be typed back
	Help   string
	Bounds string // what may be its value
}

// Lines returns every setting with its value and its help; what is shown can be typed back.
func (p Policy) Lines() []PolicyLine {
	all := p.settings()
	lines := make([]PolicyLine, len(all))
	for i, s := range all {
		lines[i] = PolicyLine{Name: s.name, Value: s.show(), Help: s.help, Bounds: s.takes}
	}
	return lines
}

// PolicyOutcome is a changed policy, or one in which a change is only asked for: then Waits is true.
type PolicyOutcome struct {
	Entry  Entry
	Policy Policy
	Waits  bool
}

// DecidePolicy changes one setting, by its name in [Policy.Lines]. Sales and deposits that exist keep their terms. What
// weakens a control over staff waits for a second operator, and asking for the value that there is takes that back.
//
// It refuses with ErrNotAllowed if the actor is no operator, or not the second one; with ErrInvalid what is not a value
// of the setting, or does not fit the others; and with ErrState a lone operator who asks for the second time too early.
func DecidePolicy(name, value string, a Actor, f SecondFacts, p Policy, now time.Time) (PolicyOutcome, error) {
	if a.Role != RoleOperator {
		return PolicyOutcome{}, Refuse(ErrNotAllowed, "Ask an operator of this service.",
			"Only an operator changes the policy.")
	}
	change := Change{Name: name}
	after, err := p.with(&change, value)
	if err != nil {
		return PolicyOutcome{}, err
	}
	e := entry(f.No, now, KindPolicy, a)
	if waiting := p.Waiting(name, now); change.Old == change.New && len(waiting) > 0 {
		e.Change = &Change{Name: name + AskedWord, Old: waiting[0].Value, New: "withdrawn"}
		p.without(name)
		return PolicyOutcome{Entry: e, Policy: p}, nil
	}
	if p.weakens(after) {
		done, cause, err := p.second(change, a, f, now)
		if err != nil {
			return PolicyOutcome{}, err
		}
		if !done {
			e.Change = &Change{Name: name + AskedWord, Old: change.Old, New: change.New}
			return PolicyOutcome{Entry: e, Policy: p, Waits: true}, nil
		}
		e.Cause = cause
	}
	after.without(name)
	e.Change = &change
	return PolicyOutcome{Entry: e, Policy: after}, nil
}

// with returns the policy with the setting of this name changed, and writes down the change.
func (p Policy) with(c *Change, value string) (Policy, error) {
	all := p.settings()
	i := slices.IndexFunc(all, func(s setting) bool { return s.name == c.Name })
	if i < 0 {
		return Policy{}, Invalid("name", "See the names with: policy show.",
			"There is no setting %q.", CleanLine(c.Name, 40))
	}
	c.Old = all[i].show()
	if err := all[i].set(value); err != nil {
		return Policy{}, err
	}
	c.New = all[i].show()
	for _, of := range p.Currencies {
		if in := p.In(of); in.DepositMin > in.DepositMax {
			return Policy{}, Invalid(c.Name, "Change the other bound first.",
				"The smallest deposit of %s would be larger than the largest.", of)
		}
	}
	return p, nil
}
