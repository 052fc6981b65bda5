package view

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"tuppence/server/ledger"
)

// MaxSorted bounds how many rows are put into another order at once. A history is kept in the order of time: for any
// other all of its rows have to be looked at.
const MaxSorted = 1000

// Sorting is the name of a field by which rows are sorted, with a minus before it for the greatest first: amount, -at.
// "" leaves them as they are.
type Sorting string

// Field returns the name of the field, and whether the greatest comes first.
func (s Sorting) Field() (name string, down bool) {
	name, down = strings.CutPrefix(string(s), "-")
	return name, down
}

// Turned is the same field, the other way round.
func (s Sorting) Turned() Sorting {
	name, down := s.Field()
	if down || name == "" {
		return Sorting(name)
	}
	return Sorting("-" + name)
}

// SortFields are the fields of a type of rows by which they can be sorted, by their names in JSON.
func SortFields[T any]() (names []string) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if name := jsonName(f); name != "" && sortKeyOf(reflect.New(f.Type).Elem()).known {
			names = append(names, name)
		}
	}
	return names
}

// Sorted returns the rows in another order; ok is false if they have no such field. Amounts are compared within their
// currency, texts without case and accents. Rows with the same value keep their order.
func Sorted[T any](all []T, by Sorting) (sorted []T, ok bool) {
	name, down := by.Field()
	if name == "" {
		return all, true
	}
	fields := reflect.VisibleFields(reflect.TypeFor[T]())
	i := slices.IndexFunc(fields, func(f reflect.StructField) bool { return jsonName(f) == name })
	if i < 0 || !sortKeyOf(reflect.New(fields[i].Type).Elem()).known {
		return all, false
	}
	type keyed struct {
		key sortKey
		row T
	}
	rows := Map(all, func(row T) keyed {
		return keyed{sortKeyOf(reflect.ValueOf(row).FieldByIndex(fields[i].Index)), row}
	})
	slices.SortStableFunc(rows, func(a, b keyed) int {
		n := cmp.Or(cmp.Compare(a.key.text, b.key.text), cmp.Compare(a.key.number, b.key.number))
		if down {
			return -n
		}
		return n
	})
	return Map(rows, func(r keyed) T { return r.row }), true
}

// jsonName is the name of a field in JSON, "" for one that is not there.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" {
		return ""
	}
	return name
}

// sortKey is a value as it is compared.
type sortKey struct {
	text   string
	number int64
	known  bool
}

// sortKeyOf is the key of a value; it is not known for lists and parts.
func sortKeyOf(v reflect.Value) sortKey {
	switch value := v.Interface().(type) {
	case ledger.Amount:
		return sortKey{string(value.Currency), value.Micros, true}
	case *ledger.Amount:
		if value == nil {
			return sortKey{known: true}
		}
		return sortKey{string(value.Currency), value.Micros, true}
	case Time:
		if value.IsZero() {
			return sortKey{known: true}
		}
		return sortKey{number: value.UnixMicro(), known: true}
	}
	switch v.Kind() {
	case reflect.String:
		return sortKey{text: fold(v.String()), known: true}
	case reflect.Bool:
		if v.Bool() {
			return sortKey{number: 1, known: true}
		}
		return sortKey{known: true}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return sortKey{number: v.Int(), known: true}
	case reflect.Uint64, reflect.Uint32, reflect.Uint8:
		return sortKey{number: int64(min(v.Uint(), 1<<62)), known: true}
	}
	return sortKey{}
}
