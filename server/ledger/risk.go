package ledger

import "time"

// Risk is what the operator decides about money that can be taken back, about wallets that are new, and about staff.
// Amounts are micros of whichever currency is at hand; shares are basis points.
type Risk struct {
	// Online and Paper are how long money can be taken back after it was credited: by card, or by check and money order.
	Online, Paper time.Duration
	// NewFor is how long a wallet is new, TransferNew what it may send in 24 hours beside its own cleared money, and
	// OpenNew how many of its announced deposits may wait while none has cleared.
	NewFor      time.Duration
	TransferNew int64
	OpenNew     uint32
	// DisputeShare is the part of what a person has paid in that the rule gives back in disputes, over the life of the
	// wallet. Tokens of others do not count: whoever holds them, the rule risks this share of a deposit once.
	DisputeShare uint32
	// DisputeRatio is the part of the purchases that may be disputed before a person looks at each further one.
	DisputeRatio uint32
	// TwoPersons is from which amount on who received an instrument may not clear it. ClearAfter is the least time between
	// the two, and StaffDay what one member of staff may move into wallets in a day.
	TwoPersons int64
	ClearAfter time.Duration
	StaffDay   int64
}

// DefaultRisk returns what books without these settings have: a card can be taken back for 120 days, a check for 14.
func DefaultRisk() Risk {
	return Risk{
		Online: 120 * day, Paper: 14 * day,
		NewFor: 30 * day, TransferNew: 10 * Unit, OpenNew: 3,
		DisputeShare: 1000, DisputeRatio: 2000,
		TwoPersons: 20 * Unit, ClearAfter: 1 * day, StaffDay: 500 * Unit,
	}
}

// riskSettings are the lines of the policy about risk.
func (p *Policy) riskSettings() []setting {
	r := &p.Risk
	return []setting{
		timeSetting("risk_online", "how long money paid by card can be taken back, so cannot be sent on",
			&r.Online, 0, 550*day),
		timeSetting("risk_paper", "how long money of a cleared check can be taken back, so cannot be sent on",
			&r.Paper, 0, 550*day),
		timeSetting("new_for", "how long a wallet is new", &r.NewFor, 0, 366*day),
		p.moneySetting("transfer_new", "what a new wallet can send in 24 hours beside its own cleared money", &r.TransferNew),
		countSetting("open_new", "how many announced deposits may wait while none of the wallet has cleared",
			&r.OpenNew, 100),
		shareSetting("dispute_share", "part of the money paid in that disputes give back by rule, over a wallet's life",
			&r.DisputeShare, 100),
		shareSetting("dispute_ratio", "part of the purchases that may be disputed before a person looks at it",
			&r.DisputeRatio, 100),
		p.moneySetting("two_persons", "above it, who received an instrument may not clear it", &r.TwoPersons),
		timeSetting("clear_after", "least time between an instrument's receipt and its clearing", &r.ClearAfter, 0, 90*day),
		p.moneySetting("staff_day", "what one member of staff can move into wallets in a day", &r.StaffDay),
	}
}
