package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"tuppence/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// errRefused ends a transaction of the model that has to leave nothing behind. It is compared by identity: engines
// return the errors of functions unchanged.
var errRefused = errors.New("refused by the model")

// model runs random transactions against the store and against a map, and compares what each of them reads. It finds
// what no other test thought of: rapid shrinks a failure to the few operations that make it.
func model(t *testing.T, s store.Store) {
	t.Helper()
	generation := 0
	rapid.Check(t, func(rt *rapid.T) {
		generation++ // a prefix of its own for each run, so that one store serves them all
		m := &modelRun{s: s, t: t, prefix: fmt.Sprintf("m%04d/", generation), rows: map[string]string{}}
		rt.Repeat(map[string]func(*rapid.T){
			"update": func(rt *rapid.T) { m.update(rt, nil) },
			"refuse": func(rt *rapid.T) { m.update(rt, errRefused) },
			"view":   m.view,
		})
	})
}

// modelRun is one random run against a store that other runs use too, under prefixes of their own.
type modelRun struct {
	s      store.Store
	t      *testing.T
	prefix string
	rows   map[string]string // what has been committed
}

// key draws a key. Keys are few and short, so that they meet, and some end with the bytes at which bounds of scans are
// easily off by one.
func (m *modelRun) key(rt *rapid.T) string {
	return m.prefix + rapid.StringMatching(`[a-c]{0,2}(\x00|\x{7f})?`).Draw(rt, "key")
}

// operation is one get, set, put, load, delete or scan. It is drawn before the function runs, because an engine may run
// the function more than once, and it must do the same each time.
type operation struct {
	kind       string
	key, value string
	to         string
	reverse    bool
	limit      int
}

// operation draws one operation. Values are short and may be empty, because an empty value is there and none is not.
func (m *modelRun) operation(rt *rapid.T) operation {
	return operation{
		kind:    rapid.SampledFrom([]string{"set", "put", "delete", "get", "load", "scan"}).Draw(rt, "kind"),
		key:     m.key(rt),
		value:   rapid.StringN(0, 4, 8).Draw(rt, "value"),
		to:      rapid.SampledFrom([]string{m.prefix + "b", m.prefix + "bb", m.prefix + "\xff"}).Draw(rt, "to"),
		reverse: rapid.Bool().Draw(rt, "reverse"),
		limit:   rapid.IntRange(0, 3).Draw(rt, "limit"),
	}
}

// update runs operations in one transaction, on the store and on a copy of the map, and keeps the copy unless the
// transaction is refused. Reads in it must see what it has written so far.
func (m *modelRun) update(rt *rapid.T, end error) {
	ops := rapid.SliceOfN(rapid.Custom(m.operation), 1, 8).Draw(rt, "operations")
	var rows map[string]string
	err := m.s.Update(m.t.Context(), func(tx store.Tx) error {
		// From scratch, because an engine may run the function more than once.
		rows = maps.Clone(m.rows)
		for _, o := range ops {
			var err error
			switch o.kind {
			case "set":
				rows[o.key], err = o.value, tx.Set([]byte(o.key), []byte(o.value))
			case "put":
				rows[o.key], err = o.value, tx.Put([]byte(o.key), text(o.value))
			case "delete":
				delete(rows, o.key)
				err = tx.Delete([]byte(o.key))
			default:
				err = compare(tx, rows, o)
			}
			if err != nil {
				return err
			}
		}
		return end
	})
	if !errors.Is(err, end) {
		rt.Fatalf("Update: got %v, want %v", err, end)
	}
	if end == nil {
		m.rows = rows
	}
}

// view compares single rows and at the end all of them, so that a row that no operation asks for is found as well.
func (m *modelRun) view(rt *rapid.T) {
	ops := rapid.SliceOfN(rapid.Custom(m.operation), 1, 4).Draw(rt, "operations")
	if err := m.s.View(m.t.Context(), func(r store.Reader) error {
		for _, o := range ops {
			if err := compare(r, m.rows, o); err != nil {
				return err
			}
		}
		return compare(r, m.rows, operation{kind: "scan", key: m.prefix, to: m.prefix + "\xff"})
	}); err != nil {
		rt.Fatal(err)
	}
}

// compare does one get, load or scan on both.
func compare(r store.Reader, rows map[string]string, o operation) error {
	if o.kind != "scan" {
		want, ok := rows[o.key]
		if !ok {
			want = "-"
		}
		read := value
		if o.kind == "load" {
			read = decoded
		}
		got, err := read(r, o.key)
		if err == nil && got != want {
			err = errors.New(o.kind + " " + cmp.Diff(want, got))
		}
		return err
	}
	// The map has no order of its own: what a scan must give is sorted, turned and cut here.
	want := []string{}
	for _, k := range slices.Sorted(maps.Keys(rows)) {
		if k >= o.key && k < o.to {
			want = append(want, k+"="+rows[k])
		}
	}
	if o.reverse {
		slices.Reverse(want)
	}
	if o.limit > 0 && len(want) > o.limit {
		want = want[:o.limit]
	}
	got, err := list(r, o.key, o.to, o.reverse, o.limit)
	if err == nil {
		if diff := cmp.Diff(want, got); diff != "" {
			err = errors.New("scan (-want +got): " + diff)
		}
	}
	return err
}
