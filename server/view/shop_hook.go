package view

import (
	"strconv"
	"strings"
)

// Failing tells whether an endpoint does not take its events.
func (e Endpoint) Failing() bool {
	failed := e.Failure != nil && (e.Success == nil || e.Success.Before(e.Failure.At.Time))
	return e.Status != "live" || e.Next != nil || failed
}

// Trouble tells what is wrong with an endpoint.
func (e Endpoint) Trouble(f Format) string {
	switch {
	case e.Status != "live":
		return "is disabled since " + f.at(e.Disabled) + suffix(e.Why)
	case e.Failure != nil:
		return "fails" + suffix(e.Failure.Words()) + suffix(word(e.Next != nil, "next try "+f.at(e.Next)))
	}
	return ""
}

// Words tells how an attempt has ended.
func (e EndpointError) Words() string {
	return strings.TrimSpace(word(e.Status != 0, strconv.Itoa(e.Status)) + " " + e.Text)
}

// EndpointTable is where a vendor gets its events.
func EndpointTable(all []Endpoint, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Hook", Name: "id", Plain: true},
		{Title: "State", Name: "status"},
		{Title: "Last taken", Name: "last_success", Drop: 2},
		{Title: "Trouble", Drop: 1},
		{Title: "Address", Name: "url", Elastic: true, Foreign: true},
	}}
	for _, e := range all {
		tone := Plain
		if e.Failing() {
			tone = Bad
		}
		t.Rows = append(t.Rows, []Cell{
			{e.ID, Plain}, {e.Status, tone}, {f.at(e.Success), Faint}, {e.Trouble(f), tone}, {e.URL, Plain},
		})
	}
	return t
}

// Facts are what is known of an endpoint.
func (e Endpoint) Facts(f Format) []Fact {
	events := strings.Join(e.Events, ", ")
	if events == "" {
		events = "all"
	}
	return []Fact{
		{Label: "Address", Value: e.URL, Whole: true},
		{Label: "State", Value: e.Status, Tone: Strong},
		{Label: "Trouble", Value: e.Trouble(f), Tone: Bad},
		{Label: "Events", Value: events},
		{Label: "At once", Value: strconv.Itoa(e.Parallel)},
		{Label: "Last taken", Value: f.at(e.Success)},
		{Label: "Old secret until", Value: f.at(e.Old)},
		{Label: "Warning", Value: e.Warning, Tone: Warn},
		{Label: "Since", Value: f.Time(e.Created)},
		id("Hook", e.ID),
	}
}

// EventTable is what was sent to a vendor, one row for each endpoint.
func EventTable(all []VendorEvent, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "When", Name: "timestamp"},
		{Title: "Event", Name: "type", Elastic: true},
		{Title: "State", Name: "status"},
		{Title: "Tries", Right: true, Drop: 2},
		{Title: "Answer", Drop: 1},
		{Title: "Next try", Drop: 3},
		{Title: "Id", Name: "id", Plain: true},
		{Title: "Hook", Plain: true},
	}}
	for _, e := range all {
		for _, d := range e.Deliveries {
			t.Rows = append(t.Rows, []Cell{
				{f.Time(e.At), Faint},
				{e.Type, Plain},
				{d.Status, d.tone()},
				{strconv.Itoa(d.Attempts), Plain},
				{EndpointError{Status: d.HTTP, Text: d.Text}.Words(), d.tone()},
				{f.at(d.Next), Plain},
				{e.ID, Faint},
				{d.EndpointID, Faint},
			})
		}
	}
	return t
}

// tone is that of how far a delivery is.
func (d EventDelivery) tone() Tone {
	switch {
	case d.Status == "delivered":
		return Faint
	case d.Status == "parked", d.Attempts > 0:
		return Bad
	}
	return Plain
}

// Facts are what is known of an event.
func (e VendorEvent) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "Event", Value: e.Type, Tone: Strong},
		{Label: "When", Value: f.Time(e.At)},
		id("About", e.Data.ID),
		id("Id", e.ID),
	}
	for _, d := range e.Deliveries {
		all = append(all, Fact{
			Label: "Sent", Tone: d.tone(),
			Value: d.Status + suffix(Plural(d.Attempts, "attempt")) +
				suffix(EndpointError{Status: d.HTTP, Text: d.Text}.Words()) +
				suffix(word(d.Next != nil, "next try "+f.at(d.Next))) + suffix(d.EndpointID),
		})
	}
	return all
}
