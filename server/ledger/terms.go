package ledger

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// SettleRules are what the policy says of settlement beside amount and time: the terms of whoever has none of its own.
type SettleRules struct {
	Delay      time.Duration // a sale becomes available when it is so old
	Reserve    uint32        // basis points of what becomes available that are kept
	ReserveFor time.Duration // for so long
	Minimum    int64         // no payout is smaller
	Fee        int64         // of each payout
	Approve    int64         // above it another person than the one who ran the settlement approves it
	Auto       bool          // what is due is settled each day without a person
}

// DefaultSettle returns what a new service begins with: a week of delay, no reserve, no fee.
func DefaultSettle() SettleRules {
	return SettleRules{Delay: 7 * day, ReserveFor: 30 * day, Minimum: 5 * Unit, Approve: 500 * Unit}
}

// settleSettings are the lines of the policy about settlement.
func (p *Policy) settleSettings() []setting {
	s := &p.Settle
	return []setting{
		timeSetting("settle_delay", "a sale can be paid out when it is so old", &s.Delay, 0, 90*day),
		shareSetting("settle_reserve", "share of what becomes available that is kept back", &s.Reserve, 50),
		timeSetting("settle_reserve_for", "for how long it is kept", &s.ReserveFor, 0, 366*day),
		p.moneySetting("settle_minimum", "smallest payout", &s.Minimum),
		p.moneySetting("settle_fee", "what a payout costs", &s.Fee),
		p.moneySetting("settle_approve", "up to where a payout needs no second person", &s.Approve),
		switchSetting("settle_auto", "settle each day without a person what is due", &s.Auto),
	}
}

// switchSetting is on or off.
func switchSetting(name, help string, on *bool) setting {
	return setting{name, help, "on or off", func() string { return onOff(*on) }, func(value string) error {
		if value != "on" && value != "off" {
			return Invalid(name, "Type on or off.", "%q is neither on nor off.", CleanLine(value, 20))
		}
		*on = value == "on"
		return nil
	}, nil}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Ways in which payouts leave.
const (
	WayCSV  = "csv"       // a person carries them out from a list
	WayACH  = NetworkACH  // a file of credits (NACHA)
	WaySEPA = NetworkSEPA // a file of transfers (pain.001)
	WayHook = "hook"      // the operator's own gateway is told of each
)

// waysIn are the ways in which payouts of a currency can leave.
func waysIn(c Currency) []string {
	switch c {
	case "EUR":
		return []string{WayCSV, WaySEPA, WayHook}
	case "USD":
		return []string{WayCSV, WayACH, WayHook}
	}
	return []string{WayCSV, WayHook}
}

// checkWay refuses a way in which payouts of a currency cannot leave.
func checkWay(way string, c Currency) error {
	if all := waysIn(c); !slices.Contains(all, way) {
		return Invalid("way", "Choose one of: "+strings.Join(all, ", ")+".", "Payouts in %s do not leave so.", c)
	}
	return nil
}

// Terms are how a vendor is settled in one currency (claim 16). Amounts are micros.
type Terms struct {
	Currency   Currency
	Delay      time.Duration
	Reserve    uint32 // basis points
	ReserveFor time.Duration
	Amount     int64         // settled from this much on
	After      time.Duration // or after this time
	Minimum    int64
	Fee        int64
	Auto       bool
	Way        string // how payouts leave: WayCSV and the others
	To         string // what the operator calls its account; no number of a bank account
}

// PayeeTerms are what one payee has of its own.
type PayeeTerms struct {
	Payee   PayeeID
	Minimum int64 // micros of any currency; 0: as its vendor
	Way, To string
	Wallet  UserID // its own wallet here, noted by an operator; 0: none is known
}

// TermsIn returns how the vendor is settled in a currency: by its own terms, else as the policy says.
func (v Vendor) TermsIn(c Currency, p Policy) Terms {
	if i := slices.IndexFunc(v.Terms, func(t Terms) bool { return t.Currency == c }); i >= 0 {
		return v.Terms[i]
	}
	p = p.In(c)
	s := p.Settle
	return Terms{
		Currency: c, Delay: s.Delay, Reserve: s.Reserve, ReserveFor: s.ReserveFor, Amount: p.SettleAmount,
		After: p.SettleAfter, Minimum: s.Minimum, Fee: s.Fee, Auto: s.Auto, Way: WayCSV, To: v.Name,
	}
}

// For returns the terms of one payee of the vendor: no reserve is kept of royalties.
func (t Terms) For(v Vendor, payee PayeeID, name string) Terms {
	t.Reserve, t.To = 0, v.Name+"/"+name
	i := slices.IndexFunc(v.Payees, func(o PayeeTerms) bool { return o.Payee == payee })
	if i < 0 {
		return t
	}
	own := v.Payees[i]
	if own.Minimum > 0 {
		t.Minimum = own.Minimum
	}
	if own.To != "" {
		t.To = own.To
	}
	if own.Way != "" && slices.Contains(waysIn(t.Currency), own.Way) {
		t.Way = own.Way
	}
	return t
}

// Words tells the terms in one line.
func (t Terms) Words() string {
	in := func(micros int64) string { return Amount{micros, t.Currency}.String() }
	words := []string{
		"from " + in(t.Amount) + " on or after " + duration(t.After), "delay " + duration(t.Delay),
		"reserve " + percent(t.Reserve) + " for " + duration(t.ReserveFor), "minimum " + in(t.Minimum), "fee " + in(t.Fee),
		"auto " + onOff(t.Auto), t.Way + " to " + t.To,
	}
	return strings.Join(words, ", ")
}

// TermsChange changes terms; what is empty stays.
type TermsChange struct {
	Currency Currency
	// Set are the values by the names of the settings, without "settle_": amount, after, delay, reserve, reserve_for,
	// minimum, fee, auto, to, and way.
	Set map[string]string
	// Default takes the terms of the vendor away: the policy's hold.
	Default bool
}

// TermsOutcome is a vendor with other terms.
type TermsOutcome struct {
	Entry  Entry
	Vendor Vendor
	Terms  Terms
	// Leads says that money goes elsewhere by it, past what two persons have looked at: see [TermsOutcome.Second].
	Leads bool
}

// leavesByBank reports whether a way goes to an account that was typed and approved here. What goes otherwise goes to
// where the operator says.
func leavesByBank(way string) bool { return way == WayACH || way == WaySEPA }

// leads reports whether payouts by one way to one name go elsewhere by another.
func leads(way, to, nextWay, nextTo string) bool {
	return !leavesByBank(nextWay) && (way != nextWay || to != nextTo)
}

// Second has a change of terms that leads money elsewhere wait for a second operator, where accounts of payouts need a
// second person, too: else who types the terms would be both. It returns what is written: the terms, or that they were
// asked for. It refuses as [DecidePolicy] does.
func (out TermsOutcome) Second(
	was Vendor, a Actor, f SecondFacts, p Policy, now time.Time,
) (TermsOutcome, Policy, error) {
	if !out.Leads || !p.Payouts.Two {
		return out, p, nil
	}
	c := *out.Entry.Change
	c.Name = TermsAsked(was, c)
	done, cause, err := p.second(c, a, f, now)
	if err != nil {
		return out, p, err
	}
	if !done {
		asked := *out.Entry.Change
		asked.Name += AskedWord
		out.Entry.Change, out.Vendor = &asked, was
		return out, p, nil
	}
	out.Entry.Cause = cause
	p.without(c.Name)
	return out, p, nil
}

// TermsAsked is the name under which a change of the terms of a vendor waits.
func TermsAsked(v Vendor, c Change) string {
	return strings.TrimSpace("vendor " + v.Name + " " + c.Name + " " + string(c.Currency))
}

// DecideTerms changes how a vendor is settled in one currency. It refuses with ErrNotAllowed who is no operator, and
// with ErrInvalid what is out of the bounds of the policy's own settings.
func DecideTerms(c TermsChange, v Vendor, p Policy, a Actor, no EntryNo, now time.Time) (out TermsOutcome, err error) {
	if a.Role != RoleOperator {
		return out, Refuse(ErrNotAllowed, "Ask an operator of this service.", "Only an operator changes terms.")
	}
	if err := checkHeld(c.Currency, p.Currencies); err != nil {
		return out, err
	}
	before := v.TermsIn(c.Currency, p)
	rest := slices.DeleteFunc(slices.Clone(v.Terms), func(t Terms) bool { return t.Currency == c.Currency })
	if !c.Default {
		after, err := before.with(c.Set, p)
		if err != nil {
			return out, err
		}
		rest = append(rest, after)
	}
	if len(rest) == 0 {
		rest = nil
	}
	v.Terms = rest
	out.Vendor, out.Terms = v, v.TermsIn(c.Currency, p)
	out.Leads = leads(before.Way, before.To, out.Terms.Way, out.Terms.To)
	out.Entry = entry(no, now, KindVendor, a)
	out.Entry.Vendor = v.ID
	out.Entry.Change = &Change{
		Name: "terms", Old: before.Words(), New: out.Terms.Words(), Currency: c.Currency,
	}
	return out, nil
}

// with reads values as the settings of the policy read them, so that terms have the bounds of the policy.
func (t Terms) with(set map[string]string, p Policy) (Terms, error) {
	p.Own = nil
	p.SettleAmount, p.SettleAfter = t.Amount, t.After
	p.Settle = SettleRules{
		Delay: t.Delay, Reserve: t.Reserve, ReserveFor: t.ReserveFor, Minimum: t.Minimum, Fee: t.Fee, Auto: t.Auto,
	}
	for name, value := range set {
		if name == "to" {
			var err error
			if t.To, err = typedLine("to", value, maxPayTo); err != nil {
				return t, err
			}
			if t.To == "" {
				return t, Invalid("to", "Say what you call the account, for example supplier 4711.", "The account has no name.")
			}
			continue
		}
		if name == "way" {
			if err := checkWay(value, t.Currency); err != nil {
				return t, err
			}
			t.Way = value
			continue
		}
		c := Change{Name: "settle_" + name}
		after, err := p.with(&c, value)
		if err != nil {
			return t, named(err, name)
		}
		if len(after.Own) > 0 {
			return t, Invalid(name, "Type one amount.", "Terms are of one currency.")
		}
		p = after
	}
	s := p.Settle
	t.Delay, t.Reserve, t.ReserveFor, t.Amount, t.After = s.Delay, s.Reserve, s.ReserveFor, p.SettleAmount, p.SettleAfter
	t.Minimum, t.Fee, t.Auto = s.Minimum, s.Fee, s.Auto
	return t, nil
}

// maxPayTo bounds the name of an account that is paid to, in characters.
const maxPayTo = 60

// DecidePayeeTerms changes what a payee has of its own. minimum is "" to keep it. It refuses as [DecideTerms] does.
func DecidePayeeTerms(
	want PayeeTerms, name string, v Vendor, a Actor, no EntryNo, now time.Time,
) (out TermsOutcome, err error) {
	if a.Role != RoleOperator {
		return out, Refuse(ErrNotAllowed, "Ask an operator of this service.", "Only an operator changes terms.")
	}
	if want.Minimum < 0 || want.Minimum > MaxMicros {
		return out, Invalid("minimum", "Type an amount, for example 5.", "The amount is out of bounds.")
	}
	i := slices.IndexFunc(v.Payees, func(o PayeeTerms) bool { return o.Payee == want.Payee })
	had := PayeeTerms{Payee: want.Payee}
	if i >= 0 {
		had = v.Payees[i]
	}
	after := had
	to, err := typedLine("to", want.To, maxPayTo)
	if err != nil {
		return out, err
	}
	if to != "" {
		after.To = to
		if after.Way == "" && want.Way == "" {
			after.Way = WayCSV
		}
	}
	if want.Way != "" {
		if after.Way = want.Way; !slices.Contains([]string{WayCSV, WayACH, WaySEPA, WayHook}, want.Way) {
			return out, Invalid("way", "Choose csv, sepa, ach or hook.", "There is no such way.")
		}
	}
	if want.Minimum > 0 {
		after.Minimum = want.Minimum
	}
	if want.Wallet != 0 {
		after.Wallet = want.Wallet
	}
	if v.Payees = slices.Clone(v.Payees); i >= 0 {
		v.Payees[i] = after
	} else {
		v.Payees = append(v.Payees, after)
	}
	e := entry(no, now, KindVendor, a)
	e.Vendor = v.ID
	words := func(t PayeeTerms) string {
		words := "minimum " + Amount{Micros: t.Minimum}.Number() + ", " + t.Way + " to " + t.To
		if t.Wallet != 0 {
			words += ", wallet noted"
		}
		return words
	}
	e.Change = &Change{Name: "payee " + strconv.Quote(name), Old: words(had), New: words(after)}
	return TermsOutcome{Entry: e, Vendor: v, Leads: leads(had.Way, had.To, after.Way, after.To)}, nil
}

// keptBeside is what has to be kept beside so much that leaves: the share of both together.
func (t Terms) keptBeside(micros int64) (int64, error) {
	leaves := whole - int64(t.Reserve)
	kept, err := mulDiv(micros, int64(t.Reserve), leaves)
	if err == nil && commissionOf(micros+kept, t.Reserve) > kept {
		kept++
	}
	return kept, err
}

// ReserveText is the share that is kept, for people: 5 %.
func (t Terms) ReserveText() string { return percent(t.Reserve) }
