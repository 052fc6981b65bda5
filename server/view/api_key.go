package view

import "strings"

// APIKey is a key with which the server of a vendor calls.
type APIKey struct {
	Name     string       `json:"name"` // full: may do all, made by the operator
	Hint     string       `json:"key"`  // its first characters
	Status   string       `json:"status"`
	Scopes   List[string] `json:"scopes"` // of a restricted key
	From     List[string] `json:"from"`   // networks from which it may be used; none: all
	Created  Time         `json:"created"`
	Expires  Time         `json:"expires"`
	Ended    Time         `json:"ended"`
	LastUsed string       `json:"last_used"` // a day in UTC, 2026-11-24
	Secret   string       `json:"secret,omitempty"`
}

// APIKeyOrder asks for a restricted key.
type APIKeyOrder struct {
	Name   string
	Scopes []string
	From   []string
	Days   int
}

// may is what the key may do.
func (k APIKey) may() string {
	if len(k.Scopes) == 0 {
		return "all"
	}
	return strings.Join(k.Scopes, ", ")
}

// APIKeyTable is the keys of a vendor.
func APIKeyTable(all []APIKey, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Key", Name: "key", Plain: true},
		{Title: "Name", Name: "name"},
		{Title: "State", Name: "status"},
		{Title: "Expires", Name: "expires", Drop: 2},
		{Title: "Last used", Name: "last_used", Drop: 1},
		{Title: "From", Name: "from", Drop: 3},
		{Title: "Scopes", Name: "scopes", Elastic: true},
	}}
	for _, k := range all {
		tone := Plain
		if k.Status != "live" {
			tone = Faint
		}
		t.Rows = append(t.Rows, []Cell{
			{k.Hint, Plain},
			{k.Name, Strong},
			{k.Status, tone},
			{f.Time(k.Expires), Faint},
			{k.LastUsed, Faint},
			{strings.Join(k.From, ", "), Plain},
			{k.may(), Plain},
		})
	}
	return t
}

// Facts are what is known of a key.
func (k APIKey) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Name", Value: k.Name, Tone: Strong},
		{Label: "State", Value: k.Status},
		{Label: "Scopes", Value: k.may()},
		{Label: "From", Value: strings.Join(k.From, ", ")},
		{Label: "Created", Value: f.Time(k.Created)},
		{Label: "Expires", Value: f.Time(k.Expires)},
		{Label: "Ended", Value: f.Time(k.Ended)},
		{Label: "Last used", Value: k.LastUsed},
		id("Key", k.Hint),
	}
}
