package view

import (
	"strings"
	"time"

	"tuppence/server/ledger"
)

// Agent is an SSH key by which a program pays from the wallet.
type Agent struct {
	Name        string         `json:"name"`
	Fingerprint string         `json:"fingerprint"`
	Status      string         `json:"status"` // live, expired or ended
	Each        ledger.Amount  `json:"each"`   // one purchase at most
	Day         ledger.Amount  `json:"day"`    // one day at most
	Total       *ledger.Amount `json:"total"`  // over its life at most; null: no such bound
	SpentToday  ledger.Amount  `json:"spent_today"`
	ResetsAt    Time           `json:"resets_at"` // when what was spent today counts no more
	Spent       ledger.Amount  `json:"spent"`     // over its life
	Purchases   uint64         `json:"purchases"`
	Waiting     int            `json:"waiting"` // purchases that wait for their vendors
	Vendors     List[string]   `json:"vendors"` // where it pays; none: everywhere
	Added       Time           `json:"added"`
	AddedBy     string         `json:"added_by"` // the key of the wallet that added it
	Expires     Time           `json:"expires"`
	Ended       Time           `json:"ended"`
	LastUsed    string         `json:"last_used"` // a date of the person's zone, 2026-11-24; "" for never
}

// AgentOrder lets a program pay.
type AgentOrder struct {
	Name     string
	Key      string // the line of an id_ed25519.pub file
	Currency ledger.Currency
	Each     int64 // micros
	Day      int64
	Total    int64    // 0: no such bound
	Days     int      // 0: as many as usual
	Vendors  []string // by name; none: all
}

// AgentChange changes what a program may pay. A nil field stays.
type AgentChange struct {
	Name             string
	Each, Day, Total *int64 // micros; a total of 0 is no such bound
	Days             int    // from now on; 0: its end stays
	Confirmed        bool
}

// AgentOf shows a key of a program, but for the names of its vendors.
func AgentOf(a ledger.Agent, now time.Time, zone *time.Location) Agent {
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: a.Currency} }
	v := Agent{
		Name: a.Name, Fingerprint: a.Fingerprint, Status: "live", Each: in(a.Each), Day: in(a.Day), SpentToday: in(0),
		Spent: in(a.Sum), Purchases: a.Count, Waiting: len(a.Holds), Added: At(a.Added), AddedBy: a.By,
		Expires: At(a.Expires), Ended: At(a.Ended), LastUsed: a.UsedOn(),
	}
	if a.Total > 0 {
		total := in(a.Total)
		v.Total = &total
	}
	for _, use := range a.LimitUses(now, zone) {
		if use.Period == "day" {
			v.SpentToday, v.ResetsAt = use.Used, At(use.ResetsAt)
		}
	}
	switch {
	case !a.Ended.IsZero() && a.Ended.Before(a.Expires):
		v.Status = "ended"
	case !a.Live(now):
		v.Status = "expired"
	}
	return v
}

// short is the beginning of the fingerprint, by which the key is known from others.
func (a Agent) short() string {
	const shown = len("SHA256:") + 8
	return Cut(a.Fingerprint, shown, "…")
}

// Ends is when the key pays no more, or that it pays no more.
func (a Agent) Ends(f Format) string {
	if a.Status != "live" {
		return a.Status
	}
	return f.Time(a.Expires)
}

// AgentTable is the keys by which programs pay.
func AgentTable(all []Agent, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Name", Name: "name"},
		{Title: "Key", Drop: 4, Name: "fingerprint"},
		{Title: "Each", Right: true, Drop: 3, Name: "each"},
		{Title: "A day", Right: true, Name: "day"},
		{Title: "Today", Right: true, Name: "spent_today"},
		{Title: "Last used", Drop: 2, Name: "last_used"},
		{Title: "Ends", Name: "expires"},
		{Title: "Vendors", Elastic: true, Drop: 1, Name: "vendors"},
	}}
	for _, a := range all {
		tone := Plain
		if a.Status != "live" {
			tone = Faint
		}
		t.Rows = append(t.Rows, []Cell{
			{a.Name, Strong},
			{a.short(), Faint},
			{a.Each.String(), tone},
			{a.Day.String(), tone},
			{a.SpentToday.String(), Plain},
			{a.LastUsed, Faint},
			{a.Ends(f), tone},
			{a.at(), Plain},
		})
	}
	return t
}

// at is where the key pays.
func (a Agent) at() string {
	if len(a.Vendors) == 0 {
		return "all"
	}
	return strings.Join(a.Vendors, ", ")
}

// Facts are what is known of a key by which a program pays.
func (a Agent) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "Name", Value: a.Name, Tone: Strong},
		{Label: "State", Value: a.Status},
		id("Fingerprint", a.Fingerprint),
		{Label: "Each", Value: a.Each.String(), Whole: true},
		{Label: "A day", Value: a.Day.String() + ", today " + a.SpentToday.String(), Whole: true},
		{Label: "In all", Value: a.inAll(), Whole: true},
		{Label: "Vendors", Value: a.at()},
		{Label: "Added", Value: f.Time(a.Added)},
		{Label: "Ends", Value: f.Time(a.Expires)},
		{Label: "Ended", Value: f.Time(a.Ended)},
		{Label: "Last used", Value: a.LastUsed},
	}
	if a.Waiting > 0 {
		all = append(all, Fact{Label: "Waiting", Value: Plural(uint64(a.Waiting), "purchase") + " for a vendor"})
	}
	return all
}

// inAll is what the key has spent over its life.
func (a Agent) inAll() string {
	words := a.Spent.String() + " in " + Plural(a.Purchases, "purchase")
	if a.Total != nil {
		words += ", of " + a.Total.String()
	}
	return words
}
