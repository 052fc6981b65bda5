package command

import (
	"encoding/csv"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// csvFlag is the flag of every command that prints a list.
func csvFlag() Input { return on("csv", "print CSV (RFC 4180) for spreadsheets") }

// lists tells whether the command prints a list of rows. That of help is a list for programs only.
func (c *Command) lists() bool {
	if c.JSON == nil || c.Path == "help" || reflect.TypeOf(c.JSON).Kind() != reflect.Struct {
		return false
	}
	_, page := reflect.TypeOf(c.JSON).FieldByName("Searched") // a view.Page, or one with more beside
	return page
}

// asCSV tells whether the answer is CSV.
func (r *Run) asCSV() bool {
	return r.command != nil && r.Flags != nil && r.command.lists() && r.on("csv")
}

// csvColumn is one column: where it is found in a row.
type csvColumn struct {
	name  string
	index []int        // nil: the currency of the amounts of the row
	of    reflect.Type // what it points to, if it is a pointer
}

// Structs that are one value.
var (
	amountType = reflect.TypeFor[ledger.Amount]()
	timeType   = reflect.TypeFor[view.Time]()
)

// csvText is a page in CSV: a line of titles, which are the names of the fields in JSON, then a line for each row. Ids
// and moments are as in JSON. An amount is a decimal number, and one column has the currency of all amounts of a row.
// Lists inside of a row have no column.
func csvText(page any, only []string, lenient bool) (string, error) {
	rows := reflect.ValueOf(page).FieldByName("Data")
	if m, is := page.(view.Page[view.Method]); is {
		rows = reflect.ValueOf(methodRows(m.Data))
	}
	columns, err := chosen(csvColumns(rows.Type().Elem()), only, lenient)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	line := view.Map(columns, func(c csvColumn) string { return c.name })
	if err := w.Write(line); err != nil {
		return "", err
	}
	for n := range rows.Len() {
		currency := csvCurrency(rows.Index(n), columns)
		for i, c := range columns {
			cell, err := csvCell(rows.Index(n), c, currency)
			if err != nil {
				return "", err
			}
			line[i] = cell
		}
		if err := w.Write(line); err != nil {
			return "", err
		}
	}
	w.Flush()
	return b.String(), w.Error()
}

// chosen are the columns with some names, in the order of the names; all if there are none. A name that no column has
// is refused, or else left out.
func chosen(all []csvColumn, names []string, lenient bool) (some []csvColumn, err error) {
	for _, name := range names {
		i := slices.IndexFunc(all, func(c csvColumn) bool { return c.name == name })
		switch {
		case i < 0 && lenient:
			continue
		case i < 0:
			known := strings.Join(view.Map(all, func(c csvColumn) string { return c.name }), ", ")
			return nil, ledger.Invalid("columns", "The columns are "+known+".", "There is no column %q.", typed(name))
		}
		some = append(some, all[i])
	}
	if some == nil {
		return all, nil
	}
	return some, nil
}

// csvColumns are the columns of a type of rows. The currency of the amounts stands behind the first of them, unless the
// rows have one of their own.
func csvColumns(rows reflect.Type) []csvColumn {
	all := csvFields(rows, "", nil)
	first := slices.IndexFunc(all, func(c csvColumn) bool { return c.of == amountType })
	if first >= 0 && !slices.ContainsFunc(all, func(c csvColumn) bool { return c.name == "currency" }) {
		all = slices.Insert(all, first+1, csvColumn{name: "currency"})
	}
	return all
}

// csvFields are the fields of a type. A part of a row is told by its name before those of its own fields.
func csvFields(of reflect.Type, prefix string, at []int) (all []csvColumn) {
	for _, f := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue // not in JSON, or a part whose fields are among the visible ones
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		index := slices.Concat(at, f.Index)
		switch {
		case inner.Kind() == reflect.Slice:
		case inner.Kind() == reflect.Struct && inner != amountType && inner != timeType:
			all = append(all, csvFields(inner, prefix+name+"_", index)...)
		default:
			all = append(all, csvColumn{prefix + name, index, inner})
		}
	}
	return all
}

// csvField is the field of a row, with its pointers followed; ok is false behind one that points to nothing.
func csvField(row reflect.Value, c csvColumn) (v reflect.Value, ok bool) {
	v = row
	for _, i := range c.index {
		if v = v.Field(i); v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
	}
	return v, true
}

// csvCurrency is the currency of the amounts of a row.
func csvCurrency(row reflect.Value, columns []csvColumn) ledger.Currency {
	for _, c := range columns {
		if v, ok := csvField(row, c); ok && c.of == amountType && v.Interface().(ledger.Amount).Currency != "" {
			return v.Interface().(ledger.Amount).Currency
		}
	}
	return ""
}

// csvCell is one value.
func csvCell(row reflect.Value, c csvColumn, currency ledger.Currency) (string, error) {
	if c.index == nil {
		return string(currency), nil
	}
	v, ok := csvField(row, c)
	if !ok {
		return "", nil
	}
	switch value := v.Interface().(type) {
	case ledger.Amount:
		return value.Number(), nil
	case view.Time:
		if value.IsZero() {
			return "", nil
		}
		return value.Format(time.RFC3339), nil
	case view.Bound:
		if value < 0 {
			return "", nil
		}
		return value.In(currency), nil
	}
	if v.Kind() == reflect.String {
		return view.WriteCell(view.Clean(v.String())), nil
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return "", err
	}
	return strings.Trim(string(text), `"`), nil
}

// methodRow is one currency of a method.
type methodRow struct {
	Name      string          `json:"name"`
	Title     string          `json:"title"`
	Online    bool            `json:"online"`
	Simulated bool            `json:"simulated"`
	Currency  ledger.Currency `json:"currency"`
	Min       *ledger.Amount  `json:"min"`
	Max       *ledger.Amount  `json:"max"`
	Help      string          `json:"help"`
}

// methodRows are the methods as their table shows them, one row for each currency.
func methodRows(all []view.Method) (rows []methodRow) {
	for _, m := range all {
		for _, c := range m.Currencies {
			rows = append(rows, methodRow{m.Name, m.Title, m.Online, m.Simulated, c.Currency, c.Min, c.Max, m.Help})
		}
	}
	return rows
}
