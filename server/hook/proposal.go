package hook

import "tuppence/server/ledger"

// LinkLimits are bounds of a link (claim 24). Only the buyer changes those of a live one; what a vendor proposes here
// is where the buyer's choice begins.
type LinkLimits struct {
	PerCharge *Money       `json:"per_charge,omitempty"`
	PerPeriod *PeriodLimit `json:"per_period,omitempty" doc:"The shortest one, if there are several."`
	Total     *Money       `json:"total,omitempty"`
}

// PeriodLimit bounds what is spent in a day, a week or a month of the buyer's zone.
type PeriodLimit struct {
	Amount Money  `json:"amount"`
	Period string `json:"period" enum:"P1D,P1W,P1M"`
}

// limits reads what a vendor proposes. All amounts are in one currency, "" if there is none. A nil proposal bounds
// nothing: then the buyer's own limits hold.
func (l *LinkLimits) limits() (ledger.Limits, ledger.Currency, error) {
	if l == nil {
		return ledger.Limits{}, "", nil
	}
	out := ledger.Limits{ // what is left out does not bound: a zero would
		PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
	}
	var c ledger.Currency
	if m := l.PerCharge; m != nil {
		if err := m.bound(&out.PerPurchase, &c, "limits.per_charge"); err != nil {
			return out, c, err
		}
	}
	if p := l.PerPeriod; p != nil {
		to := p.of(&out)
		if to == nil {
			return out, c, ledger.Invalid("limits.per_period", "Say P1D, P1W or P1M.", "There is no such period.")
		}
		if err := p.Amount.bound(to, &c, "limits.per_period.amount"); err != nil {
			return out, c, err
		}
	}
	if l.Total != nil {
		return out, c, ledger.Invalid("limits.total", "Leave it out: the buyer sets it in the terminal.",
			"A total cannot be proposed.")
	}
	return out, c, nil
}

// of is the bound that the period means (ISO 8601 durations), nil for an unknown one.
func (p PeriodLimit) of(l *ledger.Limits) *int64 {
	switch p.Period {
	case "P1D":
		return &l.PerDay
	case "P1W":
		return &l.PerWeek
	case "P1M":
		return &l.PerMonth
	}
	return nil
}

// bound reads one bound into to, and its currency into c. It refuses a second currency, and zero: the rules would take
// it for no bound.
func (m Money) bound(to *int64, c *ledger.Currency, param string) error {
	a, err := m.amount(param)
	switch {
	case err != nil:
		return err
	case *c != "" && a.Currency != *c:
		return ledger.Invalid(param, "Use one currency.", "The limits are in two currencies.")
	case a.Micros == 0:
		return ledger.Invalid(param, "Leave it out for no limit.", "A limit has to be more than zero.")
	}
	*c, *to = a.Currency, a.Micros
	return nil
}
