package view

import "tuppence/server/ledger"

// TeamMember is a place in the team of a vendor: a key, or a code that waits for one.
type TeamMember struct {
	ID          string `json:"id"`
	Fingerprint string `json:"fingerprint"` // "": a code that nobody has used
	Name        string `json:"name"`
	Role        string `json:"role"`
	Added       Time   `json:"added"`
	LastUsed    string `json:"last_used"` // a day in UTC, 2026-11-24
	Here        bool   `json:"here"`      // it is the key that asks
	Expires     Time   `json:"expires"`   // of a code
}

// TeamTable is who works for a vendor.
func TeamTable(all []TeamMember, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Id", Name: "id", Drop: 3},
		{Title: "Role", Name: "role"},
		{Title: "Added", Name: "added", Drop: 2},
		{Title: "Last used", Name: "last_used", Drop: 1},
		{Title: "Key", Name: "fingerprint", Drop: 4},
		{Title: "Name", Name: "name", Elastic: true, Foreign: true},
	}}
	for _, m := range all {
		used := m.LastUsed + word(m.Here, ", this one")
		name := Cell{m.Name, Strong}
		if m.Fingerprint == "" {
			used, name = "", Cell{word(!m.Expires.IsZero(), "a code, until "+f.Time(m.Expires)), Warn}
		}
		t.Rows = append(t.Rows, []Cell{
			{m.ID, Faint}, {m.Role, Plain}, {f.Time(m.Added), Faint}, {used, Plain}, {m.Fingerprint, Faint}, name,
		})
	}
	return t
}

// Facts are what is known of a place in a team.
func (m TeamMember) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Name", Value: m.Name},
		{Label: "Role", Value: m.Role + word(m.Role != "", ": "+TeamMay[m.Role]), Tone: Strong},
		id("Key", m.Fingerprint),
		{Label: "Added", Value: f.Time(m.Added)},
		{Label: "Last used", Value: m.LastUsed + word(m.Here, ", it is the one that you use now")},
		{Label: "Code until", Value: f.Time(m.Expires)},
		id("Id", m.ID),
	}
}

// TeamMay tells what each role of a team may do beside reading.
var TeamMay = map[string]string{
	string(ledger.TeamOwner):     "everything, with webhooks and the team",
	string(ledger.TeamCatalogue): "offers",
	string(ledger.TeamFinance):   "refunds and disputes",
	string(ledger.TeamRead):      "nothing but reading",
}

// TeamCode gives one key a place in the team of a vendor, once.
type TeamCode struct {
	Vendor  string `json:"vendor"`
	Role    string `json:"role"`
	Code    string `json:"code"` // shown once
	Type    string `json:"type"` // what the new member types
	Expires Time   `json:"expires"`
}

// Facts are what is told of a code.
func (c TeamCode) Facts(f Format) []Fact {
	return []Fact{
		id("Vendor", c.Vendor),
		{Label: "Role", Value: c.Role},
		{Label: "Code", Value: c.Code, Whole: true, Tone: Strong},
		{Label: "Type", Value: c.Type, Whole: true},
		{Label: "Good until", Value: f.Time(c.Expires) + ", once"},
	}
}

// TeamAct is a line of what the team of a vendor did.
type TeamAct struct {
	At   Time   `json:"at"`
	Key  string `json:"key"`
	Name string `json:"name"`
	Act  string `json:"act"` // the words of the command
	Note string `json:"note"`
}

// TeamActTable is what the team did.
func TeamActTable(all []TeamAct, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "At", Name: "at"},
		{Title: "Act", Name: "act"},
		{Title: "What", Name: "note", Elastic: true, Foreign: true},
		{Title: "Who", Name: "name", Foreign: true},
		{Title: "Key", Name: "key", Plain: true, Drop: 1},
	}}
	for _, a := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(a.At), Faint}, {a.Act, Strong}, {a.Note, Plain}, {a.Name, Plain}, {a.Key, Faint},
		})
	}
	return t
}

// VendorTeam is who works for a vendor, or a code for an owner.
type VendorTeam struct {
	Members List[TeamMember] `json:"members"`
	Code    *TeamCode        `json:"code,omitempty"`
}
