package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one line of a policy: how it is shown, and how it is read back. Both work on the policy that it was made
// from.
type setting struct {
	name, help string
	takes      string // what may be its value
	show       func() string
	set        func(value string) error // refuses with ErrInvalid
	micros     *int64                   // the amount in currencies without one of their own; nil: it is no amount
}

// settings returns all lines of the policy. A new field of [Policy] is one line here and nothing else.
func (p *Policy) settings() []setting {
	return append([]setting{
		{
			"currencies", "currencies of the service, the first is everyone's first account; none can be taken away",
			"at most 20 codes, such as EUR, USD",
			func() string { return currencyList(p.Currencies) }, p.setCurrencies, nil,
		},
		shareSetting("commission", "share of each sale, rounded up to the next micro", &p.Commission, 50),
		p.limitSetting("limit_purchase", "limit of a new wallet for one purchase", &p.Limits.PerPurchase),
		p.limitSetting("limit_day", "limit of a new wallet per day", &p.Limits.PerDay),
		p.limitSetting("limit_week", "limit of a new wallet per week", &p.Limits.PerWeek),
		p.limitSetting("limit_month", "limit of a new wallet per month", &p.Limits.PerMonth),
		timeSetting("window", "how long after the last key one may buy", &p.Window, time.Minute, day),
		p.moneySetting("settle_amount", "a vendor or a payee is settled from this much on", &p.SettleAmount),
		timeSetting("settle_after", "or after this time", &p.SettleAfter, time.Hour, 366*day),
		p.moneySetting("dispute_auto", "up to where a dispute is paid back at once", &p.DisputeAuto),
		timeSetting("dispute_window", "how long after the purchase a dispute is paid back at once",
			&p.DisputeWindow, 0, disputeMax),
		countSetting("disputes_per_month", "how many disputes of one person a month are paid back at once",
			&p.DisputesPerMonth, 1000),
		timeSetting("dispute_answer", "how long a vendor has to answer a dispute, and the buyer to answer an offer",
			&p.DisputeAnswer, time.Hour, 90*day),
		p.moneySetting("deposit_min", "smallest deposit", &p.DepositMin),
		p.moneySetting("deposit_max", "largest deposit", &p.DepositMax),
		p.moneySetting("transfer_max", "how much one person can send to others in 24 hours", &p.TransferMax),
		timeSetting("transfer_life", "how long a transfer waits for its claim", &p.TransferLife, time.Hour, 366*day),
		timeSetting("recovery_lock", "how long money cannot leave after a recovery, and how long an added key is new",
			&p.RecoveryLock, 0, 90*day),
		p.moneySetting("incentive_max", "largest incentive that is given to a wallet at a time", &p.IncentiveMax),
		shareSetting("referral_max", "largest share of the commission for a vendor that has brought the buyer",
			&p.ReferralMax, 100),
		timeSetting("checkout_life", "how long a checkout waits for its answer", &p.CheckoutLife, time.Minute, time.Hour),
		selfDealingSetting(&p.SelfDealing),
	}, slices.Concat(
		p.settleSettings(), p.riskSettings(), p.fxSettings(), p.billingSettings(), p.disputeSettings(),
		p.dormancySettings(),
		p.payoutSettings(), p.redeemSettings(), p.provisionalSettings(),
	)...)
}

func timeSetting(name, help string, span *time.Duration, least, most time.Duration) setting {
	takes := duration(least) + " to " + duration(most)
	return setting{name, help, takes, func() string { return duration(*span) }, func(value string) error {
		d, err := parseDuration(value)
		if err != nil || d < least || d > most {
			return Invalid(name, "Write days, hours or minutes, for example 7d, 12h or 30m.",
				"This setting takes %s.", takes)
		}
		*span = d
		return nil
	}, nil}
}

// shareSetting is a percentage up to most.
func shareSetting(name, help string, basisPoints *uint32, most int64) setting {
	takes := fmt.Sprintf("0 %% to %d %%", most)
	return setting{name, help, takes, func() string { return percent(*basisPoints) }, func(value string) error {
		bp, err := ReadPercent(name, value, most)
		if err == nil {
			*basisPoints = bp
		}
		return err
	}, nil}
}

// ReadPercent reads a percentage up to most, and returns basis points. It refuses with ErrInvalid.
func ReadPercent(name, value string, most int64) (basisPoints uint32, err error) {
	n, err := parseMicros(strings.TrimSpace(strings.TrimSuffix(value, "%")), "")
	if err != nil || n > most*Unit || n%(Unit/100) != 0 {
		return 0, Invalid(name, "Write a percentage with at most two decimals, for example 5 % or 2.5 %.",
			"This setting takes 0 %% to %d %%.", most)
	}
	return uint32(n / (Unit / 100)), nil
}

// Percent writes basis points for people: 5 %, 2.5 %.
func Percent(basisPoints uint32) string { return percent(basisPoints) }

// countSetting is a whole number up to most.
func countSetting(name, help string, count *uint32, most uint64) setting {
	show := func() string { return strconv.FormatUint(uint64(*count), 10) }
	takes := fmt.Sprintf("0 to %d", most)
	return setting{name, help, takes, show, func(value string) error {
		n, err := strconv.ParseUint(value, 10, 32)
		if err != nil || n > most {
			return Invalid(name, "Write a whole number, for example 3.", "This setting takes %s.", takes)
		}
		*count = uint32(n)
		return nil
	}, nil}
}

func (p *Policy) setCurrencies(value string) error {
	var all []Currency
	for word := range strings.SplitSeq(value, ",") {
		c, err := ParseCurrency(strings.TrimSpace(word))
		if err != nil {
			return named(err, "currencies")
		}
		if slices.Contains(all, c) {
			return Invalid("currencies", "Name each currency once.", "%s is named twice.", c)
		}
		if !slices.Contains(p.Currencies, c) { // what the books hold already stays
			if err := checkStandard(c); err != nil {
				return named(err, "currencies")
			}
		}
		all = append(all, c)
	}
	if len(all) > 20 {
		return Invalid("currencies", "Name at most 20 currencies.", "These are too many currencies.")
	}
	for _, c := range p.Currencies {
		if !slices.Contains(all, c) {
			return Invalid("currencies", "Keep the ones there are.", "%s cannot be taken away: wallets may hold it.", c)
		}
	}
	p.Currencies = all
	return nil
}

func currencyList(all []Currency) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// percent writes basis points for people: 5 %, 2.5 %.
func percent(bp uint32) string {
	s := strconv.FormatUint(uint64(bp/100), 10)
	if bp%100 != 0 {
		s += "." + strings.TrimRight(strconv.FormatUint(uint64(bp%100+100), 10)[1:], "0")
	}
	return s + " %"
}

// duration writes a time span in its largest fitting unit: 7d, 12h, 30m, 90s.
func duration(d time.Duration) string {
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if d != 0 && d%u.of == 0 {
			return strconv.FormatInt(int64(d/u.of), 10) + u.name
		}
	}
	return d.String()
}

// parseDuration reads what duration writes, and what Go writes. Days are those of 24 hours.
func parseDuration(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.ParseUint(n, 10, 12)
		return time.Duration(days) * day, err
	}
	return time.ParseDuration(s)
}
