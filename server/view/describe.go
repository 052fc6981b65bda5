package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// Tone is what a value means to a person; the writer decides what that looks like. Nothing is told by a tone alone.
type Tone uint8

// Tones.
const (
	Plain Tone = iota
	Faint
	Strong
	Good
	Warn
	Bad
)

// Fact is one thing that is known, for people: its name and its value. A fact without a value is not shown.
type Fact struct {
	Label string
	Value string
	Tone  Tone
	Whole bool // an amount, an id, an address: it is copied, so it is never broken or cut
	Link  bool // an address that a terminal may open
	Lines int  // at most so many lines of a screen; 0: all that it needs
	Drop  int  // facts with the greatest number are left out first where a screen has no room; 0 stays
}

// Without returns the facts but for those with one of these labels: a screen shows them in its heading.
func Without(all []Fact, labels ...string) []Fact {
	return slices.DeleteFunc(slices.Clone(all), func(f Fact) bool { return slices.Contains(labels, f.Label) })
}

// Column says how a column of a [Table] is drawn, and what gives way when the width is too small.
type Column struct {
	Title   string
	Right   bool // numbers stand at the right
	Elastic bool // takes what is left, and is cut first
	Drop    int  // columns with the greatest number are left out first; 0 stays
	Plain   bool // only in plain text, where it is copied from: a screen opens the row instead
	Foreign bool // words of a stranger: in plain text they stand behind all that is ours, see Table.ForeignLast
	// Name is that of the field in JSON: by it rows are sorted and columns are chosen. "" for a column that is no field.
	Name string
}

// Cell is one value of a [Table].
type Cell struct {
	Text string
	Tone Tone
}

// Table is a list for people. Its rows are as long as its columns.
type Table struct {
	Columns []Column
	Rows    [][]Cell
}

// ForeignLast returns the table with the words of strangers behind all other columns. A terminal that measures them
// differently then moves nothing of ours, an amount above all; plain text has no way to place the cursor anew.
func (t Table) ForeignLast() Table {
	var ours, theirs []int
	for i, c := range t.Columns {
		if c.Foreign {
			theirs = append(theirs, i)
		} else {
			ours = append(ours, i)
		}
	}
	return t.Only(append(ours, theirs...)...)
}

// Only returns the table with some of its columns, by their places, in this order.
func (t Table) Only(columns ...int) Table {
	rows := Map(t.Rows, func(row []Cell) []Cell { return pick(row, columns) })
	return Table{Columns: pick(t.Columns, columns), Rows: rows}
}

// Fitting returns the places of the columns that stand beside each other in so many cells, two blanks apart, by the
// widths of their values. Those with the greatest Drop are left out first; the elastic one is squeezed to least cells
// before. ok is false where even those that have to stay are too wide.
func Fitting(columns []Column, widths []int, room, least int) (kept []int, ok bool) {
	for i := range columns {
		kept = append(kept, i)
	}
	for {
		need, worst := -2, 0
		for at, i := range kept {
			need += 2 + widths[i]
			if columns[i].Elastic {
				need -= max(0, widths[i]-least)
			}
			if columns[i].Drop > columns[kept[worst]].Drop {
				worst = at
			}
		}
		if need <= room || len(kept) == 0 || columns[kept[worst]].Drop == 0 {
			return kept, need <= room
		}
		kept = slices.Delete(kept, worst, worst+1)
	}
}

// pick returns some of a list, by their places.
func pick[T any](all []T, places []int) []T { return Map(places, func(i int) T { return all[i] }) }

// Format says how values are put into words for one reader.
type Format struct {
	Now  time.Time      // what is in this year is short; the zero value: always the full date
	Zone *time.Location // nil is UTC
}

// Time is an instant in the reader's zone; "" for the zero value. Screens have little room: there the year stands
// only if it is another one.
func (f Format) Time(t Time) string {
	if t.IsZero() || t.Year() < 1971 {
		return ""
	}
	zone := f.Zone
	if zone == nil {
		zone = time.UTC
	}
	at := t.In(zone)
	switch {
	case f.Now.IsZero():
		return at.Format("2006-01-02 15:04")
	case at.Year() == f.Now.In(zone).Year():
		return at.Format("01-02 15:04")
	default:
		return at.Format(time.DateOnly)
	}
}

// Until tells when something ends. Where the present is known, it is how long that takes: "2 min".
func (f Format) Until(t Time) string {
	if f.Now.IsZero() || t.IsZero() {
		return f.Time(t)
	}
	return Left(t.Sub(f.Now))
}

// Left tells a remaining time in one unit; a minute that has begun counts.
func Left(d time.Duration) string {
	switch {
	case d <= 0:
		return "no more"
	case d <= time.Minute:
		return fmt.Sprintf("%d s", (d+time.Second-1)/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", (d+time.Minute-1)/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}

// Tone of a state; the word is always there too. The usual is faint: only what differs is lit.
func (s State) Tone() Tone {
	switch s {
	case "refunded", "won", "auto_resolved", "accepted":
		return Good
	case "disputed", "opened", "unallocated", "needs_response", "under_review", "awaiting_instrument", "uncollected",
		"held", "processing", "requires_action",
		"offered", "for_buyer", "for_vendor", "appealed", "open",
		"submitted", "pending_clearing", "pending":
		return Warn
	case "bounced", "failed", "lost", "blocked", "denied", "expired", "charged_back", "represented", "errored", "returned",
		"overdue", "written_off",
		"suspended":
		return Bad
	}
	return Faint
}

// Signed is an amount that comes (+) or goes (-); "" for one that did not move.
func Signed(a ledger.Amount) string {
	switch {
	case a.Micros == 0:
		return ""
	case a.Micros > 0:
		return "+" + a.String()
	default:
		return a.String()
	}
}

// Plural counts things: "1 view", "5 views".
func Plural[N ~int | ~uint32 | ~uint64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// Span is a length of time in its largest whole units: "15 minutes", "1 hour 30 minutes".
func Span(d time.Duration) string {
	if d < time.Minute {
		return Plural(uint64(max(0, d/time.Second)), "second")
	}
	var parts []string
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := d / u.size; n > 0 {
			parts = append(parts, Plural(uint64(n), u.name))
		}
		d %= u.size
	}
	return strings.Join(parts, " ")
}

// Reason is one of the reasons of a dispute for people: "not delivered".
func Reason(word string) string { return strings.ReplaceAll(word, "_", " ") }

// amount is an amount, "" for none at all.
func amount(a ledger.Amount) string {
	if a.Micros == 0 {
		return ""
	}
	return a.String()
}

// word is a text if something is so, "" otherwise.
func word(so bool, text string) string {
	if so {
		return text
	}
	return ""
}

// Facts and cells that many descriptions have: how far something has come, what it is called, what it costs.
func state(s State) Fact          { return Fact{Label: "State", Value: s.Words(), Tone: s.Tone()} }
func stateCell(s State) Cell      { return Cell{s.Words(), s.Tone()} }
func id(label, value string) Fact { return Fact{Label: label, Value: value, Whole: true} }
func money(label string, a ledger.Amount) Fact {
	return Fact{Label: label, Value: amount(a), Whole: true}
}
