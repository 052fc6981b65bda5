package command

import (
	"cmp"
	"slices"
	"strings"

	"tuppence/server/view"
)

// arrangeInputs are the flags of a list that can be arranged: the whole of it comes in one answer, or the service sorts
// it.
func arrangeInputs() []Input {
	return []Input{
		option("sort", KindColumn, "by this field, the greatest first with a minus before it: -amount"),
		option("columns", KindColumns, "only these fields, divided by commas"),
	}
}

// listInputs are arrangeInputs of a list that a screen has too: its views can be saved.
func listInputs() []Input { return append(arrangeInputs(), viewInput()) }

// sorting is the order that was asked for, "" for none.
func (r *Run) sorting() view.Sorting {
	if r.Flags.Lookup("sort") == nil {
		return ""
	}
	return view.Sorting(cmp.Or(r.flag("sort"), r.saved.Sort))
}

// follows tells whether rows are printed as they come, which is the order of time.
func (r *Run) follows() (bool, error) {
	if r.on("follow") && r.sorting() != "" {
		return false, r.misuse("Give either --follow or --sort.")
	}
	return r.on("follow"), nil
}

// arranged sorts a list that is here as a whole, and looks whether it has the columns that were asked for. err is that
// of the call that made the list.
func arranged[T any](r *Run, all []T, err error, columns view.Table) ([]T, error) {
	if err != nil {
		return nil, err
	}
	sorted, ok := view.Sorted(all, r.sorting())
	if !ok {
		return nil, noColumn[T](r)
	}
	return sorted, r.checkColumns(columns)
}

// noColumn says by which fields a list can be sorted.
func noColumn[T any](r *Run) error {
	return r.misuse("--sort is %q; it is one of %s.", typed(string(r.sorting())), strings.Join(view.SortFields[T](), ", "))
}

// columns are the names of the fields that were asked for, or of those of a saved view; nil for all.
func (r *Run) columns() []string {
	if r.Flags == nil || r.Flags.Lookup("columns") == nil {
		return nil
	}
	names := cmp.Or(r.flag("columns"), r.saved.Columns)
	if names == "" {
		return nil
	}
	return strings.FieldsFunc(names, func(c rune) bool { return c == ',' || c == ' ' })
}

// only is a table with the columns that were asked for, in the order in which they were named. A name that the table
// does not have is left out: a file of CSV and JSON have more fields.
func (r *Run) only(t view.Table) view.Table {
	names := r.columns()
	if names == nil {
		return t
	}
	var some []int
	for _, name := range names {
		if i := slices.IndexFunc(t.Columns, func(c view.Column) bool { return c.Name == name }); i >= 0 {
			some = append(some, i)
		}
	}
	if some == nil {
		return t
	}
	return t.Only(some...)
}

// lenient tells whether the columns are those of a saved view: a screen has some that a text has not, and they are left
// out.
func (r *Run) lenient() bool { return r.columns() != nil && r.flag("columns") == "" }

// checkColumns refuses names that no column has.
func (r *Run) checkColumns(t view.Table) error {
	if r.lenient() {
		return nil
	}
	var known []string
	for _, c := range t.Columns {
		if c.Name != "" {
			known = append(known, c.Name)
		}
	}
	for _, name := range r.columns() {
		if !slices.Contains(known, name) && !r.asCSV() {
			return r.misuse("--columns has %q; this list has %s.", typed(name), strings.Join(known, ", "))
		}
	}
	return nil
}

// CSV are rows as a file for spreadsheets, with a line of titles.
func CSV[T any](rows []T) (string, error) { return csvText(view.All(rows), nil, false) }
