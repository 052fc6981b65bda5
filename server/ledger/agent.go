package ledger

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxAgents       = 20 // of a wallet, that have not ended
	maxEndedAgents  = 40 // that a wallet remembers; the journal has all of them
	maxAgentName    = 40 // characters
	maxAgentDays    = 400
	agentDays       = 90 // for which a key pays if nothing is said
	maxAgentVendors = 20
	// maxAgentHolds is how many purchases of one key may wait for their vendors. So all of them end in the commit that
	// ends the key.
	maxAgentHolds = 50
)

// Agent is an SSH key by which a program pays from a wallet, within limits of its own and without the purchase window.
// It opens nothing: it does not log in, and is no key of a wallet, of staff or of a vendor's team. It ends at its time,
// or at once when its person wants it to.
type Agent struct {
	User        UserID
	Number      uint32   // in the wallet, never given again
	Fingerprint string   // SHA256:…
	Public      [32]byte // the ed25519 key that checks its signatures
	Name        string
	Currency    Currency   // of the account that it pays from
	Each        int64      // micros of one purchase at most
	Day         int64      // micros of one day at most
	Total       int64      // micros over its life at most; 0: no such bound
	Vendors     []VendorID // where it pays; none: everywhere
	Added       time.Time
	By          string // fingerprint of the key of the wallet that added it
	Expires     time.Time
	Ended       time.Time // zero: it has not

	// What follows is counted, and in no entry about the key: the auditor recomputes it from the sales (DESIGN.md, I22).

	Spent Counters // in the periods of the wallet's counters
	Sum   int64    // micros over its life
	Count uint64   // purchases
	Used  int64    // day of the person's zone of the newest purchase, from 1970 on; 0: none
	// Holds are its purchases that wait for their vendors.
	Holds []EntryNo
}

// Live reports whether the key pays now.
func (a Agent) Live(now time.Time) bool { return a.Ended.IsZero() && now.Before(a.Expires) }

// UsedOn is the date of the newest purchase, "" if there is none.
func (a Agent) UsedOn() string { return Member{Used: a.Used}.UsedOn() }

// Told is the key as an entry tells of it: without what is counted.
func (a Agent) Told() Agent {
	a.Spent, a.Sum, a.Count, a.Used, a.Holds = Counters{}, 0, 0, 0, nil
	return a
}

// Pays reports whether the key pays a price at a vendor, whatever it has paid before.
func (a Agent) Pays(v VendorID, price Amount, now time.Time) bool {
	return a.Live(now) && a.paysAt(v) && price.Currency == a.Currency && price.Micros <= a.Each
}

// Within reports whether what was counted is within the bounds of a day and of the life of the key.
func (a Agent) Within(spent Counters, sum int64) bool {
	return spent.Day.Spent <= a.Day && (a.Total == 0 || sum <= a.Total)
}

func (a Agent) paysAt(v VendorID) bool { return len(a.Vendors) == 0 || slices.Contains(a.Vendors, v) }

// limits are the bounds of the key as a wallet has them.
func (a Agent) limits() Limits {
	l := noLimits()
	l.PerPurchase, l.PerDay = a.Each, a.Day
	return l
}

// LimitUses returns the bounds of the key, with what is used of each.
func (a Agent) LimitUses(now time.Time, zone *time.Location) []LimitUse {
	l := Link{
		ID: LinkID{Currency: a.Currency}, Limits: a.limits(), Total: cmp.Or(a.Total, NoLimit), Spent: a.Spent, Sum: a.Sum,
	}
	return slices.DeleteFunc(LimitUses(Wallet{}, &l, "", now, zone), func(u LimitUse) bool { return u.None })
}

// AgentNamed returns the key of a name, of a fingerprint, or of the beginning of one, among those that have not ended.
// It refuses with ErrNotFound, also what several are called.
func AgentNamed(all []Agent, text string) (Agent, error) {
	var u User
	for _, a := range all {
		if a.Ended.IsZero() {
			u.Keys = append(u.Keys, Member{Fingerprint: a.Fingerprint, Name: a.Name})
		}
	}
	m, err := u.KeyNamed(text)
	if err != nil {
		return Agent{}, Refuse(ErrNotFound, "See them with: agents.", "No program pays with a key of that name.")
	}
	i := slices.IndexFunc(all, func(a Agent) bool { return a.Ended.IsZero() && a.Fingerprint == m.Fingerprint })
	return all[i], nil
}

// AgentOrder lets a program pay.
type AgentOrder struct {
	Name        string
	Fingerprint string
	Public      [32]byte
	Currency    Currency
	Each, Day   int64 // micros
	Total       int64 // micros; 0: none
	Days        int   // for which it pays; 0: as many as usual
	Vendors     []VendorID
	Actor       Actor
}

// AgentChange changes what a key may pay. A nil field stays.
type AgentChange struct {
	Each, Day *int64 // micros
	Total     *int64 // micros; 0: no such bound
	Days      int    // from now on; 0: its end stays
	Actor     Actor
	// Confirmed says that the person has seen which bounds become looser.
	Confirmed bool
}

// AgentEnd ends a key.
type AgentEnd struct {
	Expired bool // because its time is over
	Actor   Actor
	Reason  string // shown to the person; may be empty
}

// AgentFacts is what a decision about a key that pays needs to know.
type AgentFacts struct {
	No     EntryNo // the number that the entry will get
	User   User
	Agents []Agent  // all that the wallet remembers
	Agent  Agent    // change, end: which of them
	Wallet Currency // of the open account whose history shows the decision, "" if there is none
}

// AgentOutcome is a key after a step. Forgotten are those that have ended and that the wallet remembers no more.
type AgentOutcome struct {
	Entry     Entry
	Agent     Agent
	User      User // add
	Forgotten []Agent
}

// DecideAddAgent lets a program pay with a key. Whether the key is free is for the caller to know: one that opens
// anything is refused by [RefuseOpensKey].
//
// It refuses with ErrFrozen, with ErrNotAllowed a new key and a wallet that was recovered a short while ago, with
// ErrInvalid bounds that cannot be, with ErrState a name that is taken, and with ErrLimit one key too many.
func DecideAddAgent(r AgentOrder, f AgentFacts, now time.Time) (AgentOutcome, error) {
	if f.User.Status != UserActive {
		return AgentOutcome{}, refuseFrozen()
	}
	if err := f.mayLoosen(r.Actor, now); err != nil {
		return AgentOutcome{}, err
	}
	name, err := agentName(r.Name)
	if err != nil {
		return AgentOutcome{}, err
	}
	live := 0
	for _, o := range f.Agents {
		switch {
		case !o.Ended.IsZero():
		case o.Name == name:
			return AgentOutcome{}, Refuse(ErrState, "Take another name, or end it first: agent end "+name,
				"Another key is called %s.", name)
		default:
			live++
		}
	}
	if live >= maxAgents {
		return AgentOutcome{}, Refuse(ErrLimit, "End one first: agent end NAME", "Programs pay with %d keys at most.",
			maxAgents)
	}
	f.User.Agents++
	a := Agent{
		User: f.User.ID, Number: f.User.Agents, Fingerprint: r.Fingerprint, Public: r.Public, Name: name,
		Currency: r.Currency, Each: r.Each, Day: r.Day, Total: r.Total, Vendors: r.Vendors, Added: instant(now),
		By: r.Actor.Key, Expires: instant(now).Add(time.Duration(cmp.Or(r.Days, agentDays)) * day),
	}
	if len(a.Vendors) > maxAgentVendors {
		return AgentOutcome{}, Invalid("vendors", "Name fewer, or none for all.", "A key pays at %d named vendors at most.",
			maxAgentVendors)
	}
	if err := a.check(r.Days); err != nil {
		return AgentOutcome{}, err
	}
	out := f.step(a, r.Actor, Change{Name: "agent " + name, Old: "none", New: "added"}, now)
	out.User, out.Forgotten = f.User, forgotten(f.Agents)
	return out, nil
}

// agentName is what a key is called: a word that stands in a command as it is.
func agentName(typed string) (string, error) {
	name, err := typedLine("name", typed, maxAgentName)
	switch {
	case err != nil:
		return "", err
	case name == "" || strings.ContainsAny(name, " \"'`$\\,") || strings.HasPrefix(name, "-"):
		return "", Invalid("name", "Say one word such as builder or crawler-2.", "This is no name for a key.")
	case strings.HasPrefix(name, fingerprintPrefix):
		return "", Invalid("name", "Say what uses it, such as builder.", "A fingerprint is no name.")
	}
	return name, nil
}

// check refuses bounds that cannot be. days are those that were asked for.
func (a Agent) check(days int) error {
	for _, b := range []struct {
		name  string
		least int64
		is    int64
	}{{"each", 1, a.Each}, {"day", 1, a.Day}, {"total", 0, a.Total}} {
		if b.is < b.least || b.is > MaxMicros {
			return Invalid(b.name, "Type an amount such as 0.50.", "The limit %s of a key is missing or out of bounds.", b.name)
		}
	}
	switch {
	case a.Each > a.Day:
		return Invalid("each", "Let it be no more than the limit of a day.", "No purchase of a key can be that dear.")
	case days < 0 || days > maxAgentDays:
		return Invalid("days", "Let it pay for 1 to 400 days.", "The days are out of bounds.")
	}
	return nil
}

// mayLoosen refuses who may not let a program pay more: after a recovery, or by a new key, a thief may act.
func (f AgentFacts) mayLoosen(a Actor, now time.Time) error {
	if now.Before(f.User.LockedUntil) {
		r := Refuse(ErrNotAllowed, "Wait until "+stamp(f.User.LockedUntil)+".",
			"This wallet was recovered a short while ago: no program may pay more from it yet.")
		r.ResetsAt = f.User.LockedUntil
		return r
	}
	return f.User.refuseYoung(a, "let a program pay more", now)
}

// DecideLimitAgent changes what a key may pay. Lowering is always allowed, also below what is spent already.
//
// It refuses with ErrFrozen (closed wallet), with ErrState a key that is over, with ErrInvalid bounds that cannot be,
// and where a bound becomes looser with ErrNotAllowed as [DecideAddAgent] does, and with ErrConfirm.
func DecideLimitAgent(c AgentChange, f AgentFacts, now time.Time) (AgentOutcome, error) {
	a := f.Agent
	switch {
	case f.User.Status == UserClosed:
		return AgentOutcome{}, refuseFrozen()
	case !a.Live(now):
		return AgentOutcome{}, RefuseState("key", "over")
	}
	steps, loose := a.change(c, now)
	if err := a.check(c.Days); err != nil {
		return AgentOutcome{}, err
	}
	if steps == nil {
		return AgentOutcome{}, Invalid("limits", "Say which limit should be another.", "Nothing of this key would change.")
	}
	if loose != nil {
		if f.User.Status != UserActive {
			return AgentOutcome{}, refuseFrozen()
		}
		if err := f.mayLoosen(c.Actor, now); err != nil {
			return AgentOutcome{}, err
		}
		if !c.Confirmed {
			return AgentOutcome{}, refuseConfirm("This loosens what the key "+a.Name+" may spend: "+
				strings.Join(loose, ", ")+".", "Confirm it, or leave it as it is.")
		}
	}
	return f.step(a, c.Actor, Change{Name: "agent " + a.Name, Old: "live", New: strings.Join(steps, ", ")}, now), nil
}

// change changes the bounds of the key, and tells each one before and after, and those that become looser.
func (a *Agent) change(c AgentChange, now time.Time) (steps, loose []string) {
	set := func(word string, of *int64, next *int64, none int64) {
		if next == nil || *next == *of {
			return
		}
		old, now := cmp.Or(*of, none), cmp.Or(*next, none)
		step := limitStep(word, old, now, a.Currency)
		if steps = append(steps, step); looser(old, now) {
			loose = append(loose, step)
		}
		*of = *next
	}
	set("each", &a.Each, c.Each, 0)
	set("day", &a.Day, c.Day, 0)
	set("total", &a.Total, c.Total, NoLimit)
	if c.Days == 0 {
		return steps, loose
	}
	until := instant(now).Add(time.Duration(c.Days) * day)
	step := "until " + a.Expires.Format(time.DateOnly) + " → " + until.Format(time.DateOnly)
	if steps = append(steps, step); until.After(a.Expires) {
		loose = append(loose, step)
	}
	a.Expires = until
	return steps, loose
}

// DecideEndAgent ends a key for good; no key of a wallet is too new for that. What waits of it goes back: the caller
// gives each of [Agent.Holds] back. By its time a key ends once nothing of it waits. It refuses with ErrState one that
// has ended, and one whose time is not over.
func DecideEndAgent(r AgentEnd, f AgentFacts, now time.Time) (AgentOutcome, error) {
	a, word := f.Agent, "ended"
	switch {
	case !a.Ended.IsZero():
		return AgentOutcome{}, RefuseState("key", "ended")
	case r.Expired && (now.Before(a.Expires) || len(a.Holds) > 0):
		return AgentOutcome{}, RefuseState("key", "in use")
	case r.Expired:
		word = "expired"
	}
	a.Ended = instant(now)
	out := f.step(a, r.Actor, Change{Name: "agent " + a.Name, Old: "live", New: word}, now)
	var err error
	out.Entry.Reason, err = reasonBy(r.Actor, r.Reason)
	return out, err
}

// step writes down what became of a key.
func (f AgentFacts) step(a Agent, by Actor, c Change, now time.Time) AgentOutcome {
	e := entry(f.No, now, KindAgent, by)
	told := a.Told()
	e.User, e.Wallet, e.Agent, e.Change = f.User.ID, f.Wallet, &told, &c
	return AgentOutcome{Entry: e, Agent: a}
}

// forgotten are the keys that ended first, beyond those that are remembered.
func forgotten(all []Agent) []Agent {
	ended := slices.DeleteFunc(slices.Clone(all), func(a Agent) bool { return a.Ended.IsZero() || len(a.Holds) > 0 })
	slices.SortStableFunc(ended, func(a, b Agent) int { return a.Ended.Compare(b.Ended) })
	return ended[:max(len(ended)-maxEndedAgents, 0)]
}

// RefuseOpensKey refuses a key that opens something, where a program is to pay with it.
func RefuseOpensKey() *Refusal {
	return Refuse(ErrState, "Make one for the program alone: ssh-keygen -t ed25519", "This key is in use already.")
}

// RefuseAgentKey refuses a key by which a program pays, where it would open something.
func RefuseAgentKey() *Refusal {
	return Refuse(ErrNotAllowed, "Use another key here; this one signs requests over HTTP.",
		"A program pays with this key, so it opens nothing.")
}

// checkAgent refuses a purchase with a key that does not pay it, whatever was spent: it is over, or it pays elsewhere.
func checkAgent(a *Agent, f *PurchaseFacts, now time.Time) error {
	switch {
	case a.User != f.User.ID:
		return Refuse(ErrNotAllowed, "Use a key of this wallet.", "This key pays from another wallet.")
	case !a.Live(now):
		return Refuse(ErrNotAllowed, "Add a key: agent add NAME KEY", "The key %s is over: no program pays with it.", a.Name)
	case now.Before(f.User.LockedUntil):
		return AgentFacts{User: f.User}.mayLoosen(Actor{}, now)
	case a.Currency != f.Wallet.Currency:
		return Refuse(ErrNotAllowed, "Pay in "+string(a.Currency)+", or add a key for "+string(f.Wallet.Currency)+".",
			"The key %s pays in %s, the price is in %s.", a.Name, a.Currency, f.Wallet.Currency)
	case !a.paysAt(f.Vendor.ID):
		return Refuse(ErrNotAllowed, "Use another key, or add one that pays here.",
			"The key %s pays at other vendors than this one.", a.Name)
	}
	return nil
}

// checkAgentLimits refuses a purchase above a bound of the key, with ErrLimit.
func checkAgentLimits(a *Agent, micros int64, hold bool, p periods) error {
	of := boundsOf{"key_per_", " of the key " + a.Name, func(period string) string {
		if period == "purchase" {
			period = "each"
		}
		return "agent limit " + a.Name + " --" + period + " AMOUNT"
	}}
	for _, b := range bounds(a.limits(), a.Spent, p) {
		if b.stops(micros) {
			return b.refuse(a.Currency, micros, p, of)
		}
	}
	if (bound{"total", cmp.Or(a.Total, NoLimit), a.Sum, 0, 0}).stops(micros) {
		r := Refuse(ErrLimit, "Raise it with: "+of.raise("total")+".",
			"The limit of the key %s is %s over its life; %s of it are used and this costs %s.", a.Name,
			Amount{a.Total, a.Currency}, Amount{a.Sum, a.Currency}, Amount{micros, a.Currency})
		r.Limit = "key_total"
		return r
	}
	if hold && len(a.Holds) >= maxAgentHolds {
		r := Refuse(ErrLimit, "Wait until vendors have delivered.", "%s purchases of the key %s wait for their vendors.",
			strconv.Itoa(len(a.Holds)), a.Name)
		r.Limit = "key_holds"
		return r
	}
	return nil
}

// counted returns the key with one purchase more, in the periods in which it counts for the wallet.
func (a Agent) counted(wallet Counters, e *Entry, hold bool, p periods) *Agent {
	a.Spent = a.Spent.follow(wallet, e.Amount.Micros)
	a.Sum += e.Amount.Micros
	a.Count++
	a.Used = localDay(p.now.In(p.zone))
	if hold {
		a.Holds = append(slices.Clone(a.Holds), e.No)
	}
	return &a
}

// released returns the key without a hold that has ended, and without the part of it that was not used.
func (a Agent) released(sold *Entry, rest int64) *Agent {
	a.Spent = Uncount(a.Spent, rest, sold.Sale)
	a.Sum = max(a.Sum-rest, 0)
	a.Holds = slices.DeleteFunc(slices.Clone(a.Holds), func(no EntryNo) bool { return no == sold.No })
	return &a
}
