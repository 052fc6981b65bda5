package ledger

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Policy is what the operator decides for everybody.
type Policy struct {
	Currencies []Currency
	// Commission in basis points of the price, rounded up to the next micro.
	Commission uint32
	// Limits of a new wallet, in micros of its currency.
	Limits Limits
	// Window is how long after the last key one may buy.
	Window time.Duration
	// SettleAmount (micros) or SettleAfter, whichever comes first.
	SettleAmount int64
	SettleAfter  time.Duration
	// DisputeAuto (micros) is up to where a dispute is refunded at once by rule, for DisputeWindow after the purchase,
	// at most DisputesPerMonth times.
	DisputeAuto      int64
	DisputeWindow    time.Duration
	DisputesPerMonth uint32
	DisputeAnswer    time.Duration // vendor and staff have this long
	DepositMin       int64
	DepositMax       int64
	TransferMax      int64
	TransferLife     time.Duration
	RecoveryLock     time.Duration // money cannot leave for so long after a recovery
	CheckoutLife     time.Duration
}

// DefaultPolicy is what a new house begins with: EUR and USD, 5 % commission and no other fee, small limits, a purchase
// window of 30 minutes.
func DefaultPolicy() Policy {
	return Policy{
		Currencies:   []Currency{"EUR", "USD"},
		Commission:   500,
		Limits:       Limits{PerPurchase: 1 * Unit, PerDay: 5 * Unit, PerWeek: 20 * Unit, PerMonth: 50 * Unit},
		Window:       30 * time.Minute,
		SettleAmount: 20 * Unit, SettleAfter: 7 * day,
		DisputeAuto: 1 * Unit, DisputeWindow: 2 * day, DisputesPerMonth: 3, DisputeAnswer: 7 * day,
		DepositMin: 1 * Unit, DepositMax: 200 * Unit,
		TransferMax: 50 * Unit, TransferLife: 7 * day,
		RecoveryLock: 1 * day,
		CheckoutLife: 15 * time.Minute,
	}
}

// setting is one line of the policy: how it is shown, and how it is read back.
type setting struct {
	name, help string
	show       func(p *Policy) string
	set        func(p *Policy, value string) error
}

func settings() []setting {
	return []setting{
		{
			"currencies", "currencies of the house, the first is everybody's first account; none can be taken away",
			func(p *Policy) string { return currencyList(p.Currencies) }, setCurrencies,
		},
		{
			"commission", "share of each sale, rounded up to the next micro",
			func(p *Policy) string { return percent(p.Commission) }, setCommission,
		},
		limitSetting("limit_purchase", "limit of a new wallet for one purchase", func(p *Policy) *int64 { return &p.Limits.PerPurchase }),
		limitSetting("limit_day", "limit of a new wallet per day", func(p *Policy) *int64 { return &p.Limits.PerDay }),
		limitSetting("limit_week", "limit of a new wallet per week", func(p *Policy) *int64 { return &p.Limits.PerWeek }),
		limitSetting("limit_month", "limit of a new wallet per month", func(p *Policy) *int64 { return &p.Limits.PerMonth }),
		timeSetting("window", "how long after the last key one may buy", time.Minute, day, func(p *Policy) *time.Duration { return &p.Window }),
		moneySetting("settle_amount", "a vendor is settled from this much on, once settlement is built", func(p *Policy) *int64 { return &p.SettleAmount }),
		timeSetting("settle_after", "a vendor is settled after this time at the latest, once settlement is built", time.Hour, 366*day, func(p *Policy) *time.Duration { return &p.SettleAfter }),
		moneySetting("dispute_auto", "up to where a dispute is paid back at once", func(p *Policy) *int64 { return &p.DisputeAuto }),
		timeSetting("dispute_window", "how long after the purchase a dispute is paid back at once", 0, disputeLife, func(p *Policy) *time.Duration { return &p.DisputeWindow }),
		{
			"disputes_per_month", "how many disputes of one person a month are paid back at once",
			func(p *Policy) string { return strconv.FormatUint(uint64(p.DisputesPerMonth), 10) }, setDisputes,
		},
		timeSetting("dispute_answer", "how long vendor and staff have to answer a dispute; then the buyer is right", time.Hour, 90*day, func(p *Policy) *time.Duration { return &p.DisputeAnswer }),
		moneySetting("deposit_min", "smallest deposit", func(p *Policy) *int64 { return &p.DepositMin }),
		moneySetting("deposit_max", "largest deposit", func(p *Policy) *int64 { return &p.DepositMax }),
		moneySetting("transfer_max", "how much one person can send to others in 24 hours", func(p *Policy) *int64 { return &p.TransferMax }),
		timeSetting("transfer_life", "how long a transfer waits for its claim", time.Hour, 366*day, func(p *Policy) *time.Duration { return &p.TransferLife }),
		timeSetting("recovery_lock", "how long money cannot leave after a recovery", 0, 90*day, func(p *Policy) *time.Duration { return &p.RecoveryLock }),
		timeSetting("checkout_life", "how long a checkout waits for its answer", time.Minute, time.Hour, func(p *Policy) *time.Duration { return &p.CheckoutLife }),
	}
}

// Lines shows every setting; what is shown can be typed back.
func (p Policy) Lines() []PolicyLine {
	all := settings()
	lines := make([]PolicyLine, len(all))
	for i, s := range all {
		lines[i] = PolicyLine{Name: s.name, Value: s.show(&p), Help: s.help}
	}
	return lines
}

// Set answers the policy with one setting changed, by its name in Lines. It refuses with ErrInvalid what is not a value
// of the setting, or does not fit the others.
func (p Policy) Set(name, value string) (Policy, error) {
	for _, s := range settings() {
		if s.name != name {
			continue
		}
		p.Currencies = slices.Clone(p.Currencies)
		if err := s.set(&p, value); err != nil {
			return Policy{}, err
		}
		if p.DepositMin > p.DepositMax {
			return Policy{}, Invalid(name, "Change the other bound first.", "The smallest deposit would be larger than the largest.")
		}
		return p, nil
	}
	return Policy{}, Invalid("name", "See the names with: policy show.", "There is no setting %q.", CleanLine(name, 40))
}

// PolicyOutcome is a changed policy.
type PolicyOutcome struct {
	Entry  Entry
	Policy Policy
}

// DecidePolicy changes one setting. Only an operator may; sales and deposits that exist keep their terms.
func DecidePolicy(name, value string, a Actor, no EntryNo, p Policy, now time.Time) (PolicyOutcome, error) {
	if a.Role != RoleOperator {
		return PolicyOutcome{}, Refuse(ErrNotAllowed, "Ask an operator of this service.", "Only an operator changes the policy.")
	}
	after, err := p.Set(name, value)
	if err != nil {
		return PolicyOutcome{}, err
	}
	e := entry(no, now, KindPolicy, a)
	e.Change = &Change{Name: name}
	for _, s := range settings() {
		if s.name == name {
			e.Change.Old, e.Change.New = s.show(&p), s.show(&after)
		}
	}
	return PolicyOutcome{Entry: e, Policy: after}, nil
}

func moneySetting(name, help string, at func(*Policy) *int64) setting {
	return setting{name, help, func(p *Policy) string { return Amount{Micros: *at(p)}.Number() }, func(p *Policy, value string) error {
		n, err := ParseMicros(value)
		if err == nil {
			*at(p) = n
		}
		return named(err, name)
	}}
}

func limitSetting(name, help string, at func(*Policy) *int64) setting {
	return setting{name, help + ", or none", func(p *Policy) string { return limitWord(*at(p), "") }, func(p *Policy, value string) error {
		if value == "none" {
			*at(p) = NoLimit
			return nil
		}
		return moneySetting(name, help, at).set(p, value)
	}}
}

func timeSetting(name, help string, least, most time.Duration, at func(*Policy) *time.Duration) setting {
	return setting{name, help, func(p *Policy) string { return duration(*at(p)) }, func(p *Policy, value string) error {
		d, err := parseDuration(value)
		if err != nil || d < least || d > most {
			return Invalid(name, "Write days, hours or minutes, for example 7d, 12h or 30m.", "This setting takes %s to %s.", duration(least), duration(most))
		}
		*at(p) = d
		return nil
	}}
}

// named makes the setting the parameter at fault.
func named(err error, name string) error {
	var r *Refusal
	if errors.As(err, &r) {
		r.Param = name
	}
	return err
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

func parseDuration(s string) (time.Duration, error) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.ParseUint(n, 10, 12)
		return time.Duration(days) * day, err
	}
	return time.ParseDuration(s)
}

// CommissionText is the share of each sale for people, "5 %".
func (p Policy) CommissionText() string { return percent(p.Commission) }

// percent writes basis points for people: 5 %, 2.5 %.
func percent(bp uint32) string {
	s := strconv.FormatUint(uint64(bp/100), 10)
	if bp%100 != 0 {
		s += "." + strings.TrimRight(strconv.FormatUint(uint64(bp%100+100), 10)[1:], "0")
	}
	return s + " %"
}

func setCommission(p *Policy, value string) error {
	n, err := ParseMicros(strings.TrimSpace(strings.TrimSuffix(value, "%")))
	if err != nil || n > 50*Unit || n%(Unit/100) != 0 {
		return Invalid("commission", "Write a percentage with at most two decimals, for example 5 % or 2.5 %.", "The commission is 0 %% to 50 %%.")
	}
	p.Commission = uint32(n / (Unit / 100))
	return nil
}

func setDisputes(p *Policy, value string) error {
	n, err := strconv.ParseUint(value, 10, 32)
	if err != nil || n > 1000 {
		return Invalid("disputes_per_month", "Write a whole number, for example 3.", "This setting takes 0 to 1000.")
	}
	p.DisputesPerMonth = uint32(n)
	return nil
}

func currencyList(all []Currency) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

func setCurrencies(p *Policy, value string) error {
	var all []Currency
	for word := range strings.SplitSeq(value, ",") {
		c, err := ParseCurrency(strings.TrimSpace(word))
		if err != nil {
			return named(err, "currencies")
		}
		if slices.Contains(all, c) {
			return Invalid("currencies", "Name each currency once.", "%s is named twice.", c)
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
