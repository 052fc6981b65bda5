package ledger

import (
	"fmt"
	"slices"
	"time"
)

// disputeRule is one line of what is done with a new dispute. The amount, the age, the views, what was delivered and
// the past of both sides are compared with the policy's numbers; the first rule that applies decides, and its name and
// its words are kept with the dispute for both sides.
type disputeRule struct {
	name  string
	event string // eventRefundAtOnce or eventWait
	refer bool   // silence refers the dispute to a person
	// why is "" where the rule does not apply. Its words name what both sides know; the past of a side is its own.
	why func(f DisputeFacts, micros int64, now time.Time) string
}

// disputeRules are asked in this order. Each bound of the policy keeps one way of cheating small.
var disputeRules = []disputeRule{
	{"used", eventWait, true, func(f DisputeFacts, _ int64, _ time.Time) string {
		if f.Purchase.Grant.Used == 0 {
			return ""
		}
		return "It was opened, so silence decides nothing."
	}},
	{"past", eventWait, true, func(f DisputeFacts, _ int64, _ time.Time) string {
		if !f.conspicuous() {
			return ""
		}
		return "By what happened before a person has to look at it: silence decides nothing."
	}},
	{"at_once", eventRefundAtOnce, false, func(f DisputeFacts, micros int64, now time.Time) string {
		if f.refundsAtOnce(micros, now) {
			return "Paid back at once: small, fresh, and never used."
		}
		return ""
	}},
	{"paid_in", eventWait, true, func(f DisputeFacts, micros int64, _ time.Time) string {
		if f.Wallet.Past.Waited <= f.Wallet.Past.PaidIn-micros { // silence gives back once what a person has paid in
			return ""
		}
		return "By what was paid in and given back before a person has to look at it: silence decides nothing."
	}},
	{"amount", eventWait, false, func(f DisputeFacts, micros int64, _ time.Time) string {
		c := f.Sold.Amount.Currency
		most := f.Policy.In(c).DisputeAuto
		if micros <= most {
			return ""
		}
		return fmt.Sprintf("%s is more than the %s that are paid back at once.", Amount{micros, c}, Amount{most, c})
	}},
	{"age", eventWait, false, func(f DisputeFacts, _ int64, now time.Time) string {
		if fresh, _ := DisputeWindow(f.Sold, f.Policy); now.Before(fresh) {
			return ""
		}
		return "It was bought more than " + duration(f.Policy.DisputeWindow) + " before."
	}},
	{"often", eventWait, false, func(DisputeFacts, int64, time.Time) string {
		return "It is not among those that are paid back at once."
	}},
}

// rule is the first rule that applies, with its words.
func (f DisputeFacts) rule(micros int64, now time.Time) (disputeRule, string) {
	for _, r := range disputeRules {
		if why := r.why(f, micros, now); why != "" {
			return r, why
		}
	}
	return disputeRules[len(disputeRules)-1], "" // the last one always applies
}

// conspicuous reports whether the wallet disputes more than the policy's part of its purchases, or the vendor's sales
// come back by rule more often than that.
func (f DisputeFacts) conspicuous() bool {
	past := f.Wallet.Past
	over := func(n, of, few uint64) bool { return n > few && n*10_000 > of*uint64(f.Policy.Risk.DisputeRatio) }
	return over(past.Disputes+1, past.Sales, fewDisputes) || over(f.VendorReturns+1, f.Till.Count, fewReturns)
}

// refundsAtOnce is the rule for small disputes. What it gives back over the life of a wallet is a share of what its
// owner has paid in, so many wallets get no more than one.
func (f DisputeFacts) refundsAtOnce(micros int64, now time.Time) bool {
	fresh, _ := DisputeWindow(f.Sold, f.Policy)
	p := f.Policy.In(f.Sold.Amount.Currency)
	return micros <= p.DisputeAuto && now.Before(fresh) && f.Autos < p.DisputesPerMonth &&
		f.Wallet.Past.Returned <= f.Wallet.standing(now).returns(p)-micros
}

// DisputeTerms are the numbers about disputes that have come with appeals.
type DisputeTerms struct {
	// Appeal is for how long the side that lost may appeal. The money waits so long.
	Appeal time.Duration
}

// DefaultDisputeTerms returns what books without these settings have.
func DefaultDisputeTerms() DisputeTerms { return DisputeTerms{Appeal: 7 * day} }

// disputeSettings are the lines of the policy about both sides of a dispute.
func (p *Policy) disputeSettings() []setting {
	return []setting{
		timeSetting("dispute_appeal", "how long the side that lost a dispute may appeal; the money waits so long",
			&p.Disputes.Appeal, time.Hour, 90*day),
	}
}

// DisputeRecord is how the newest disputes of a vendor's sales went.
type DisputeRecord struct {
	Ended, ForBuyer int           // of those that are over and were not withdrawn: all, and in which money went back
	Answer          time.Duration // the median of its answers; zero: too few
}

// Fewer disputes or answers than these say nothing about a vendor.
const (
	leastEnded    = 10
	leastAnswered = 5
)

// DisputeRecordOf sums up disputes; found is false where they are too few to say anything.
func DisputeRecordOf(all []Dispute) (r DisputeRecord, found bool) {
	var answers []time.Duration
	for _, d := range all {
		if !d.State.Open() && d.State != DisputeWithdrawn {
			r.Ended++
			if d.GivenBack() > 0 {
				r.ForBuyer++
			}
		}
		i := slices.IndexFunc(d.Steps, func(s DisputeStep) bool { return s.Role == RoleVendor })
		if i >= 0 {
			answers = append(answers, d.Steps[i].At.Sub(d.Opened))
		}
	}
	if slices.Sort(answers); len(answers) >= leastAnswered {
		r.Answer = answers[len(answers)/2]
	}
	return r, r.Ended >= leastEnded
}
