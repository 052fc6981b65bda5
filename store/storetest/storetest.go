// Package storetest holds what every engine of package store must pass, the yardstick [Naive], and the work of one
// purchase for measurements.
package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"tuppence/store"
)

// Run tests one engine. Each test asks open for a fresh, empty store; open closes it when its test ends (a second Close
// does nothing).
func Run(t *testing.T, open func(t testing.TB) store.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, store.Store)
	}{
		{"GetSetDelete", getSetDelete},
		{"KeysAndValuesAreAnyBytes", anyBytes},
		{"ScanBounds", scanBounds},
		{"ScanOverlay", scanOverlay},
		{"ScanStops", scanStops},
		{"ScanNested", scanNested},
		{"ScanAfterDelete", scanAfterDelete},
		{"RefusalLeavesNothing", refusalLeavesNothing},
		{"PanicLeavesNothing", panicLeavesNothing},
		{"ReadYourWrites", readYourWrites},
		{"AnswerThenVisible", answerThenVisible},
		{"SnapshotIsStable", snapshotIsStable},
		{"SnapshotsOfManyAges", snapshotsOfManyAges},
		{"ViewInsideUpdateSeesDurable", viewSeesDurable},
		{"OneKeyOneEffect", oneKeyOneEffect},
		{"NoWriteSkew", noWriteSkew},
		{"SumIsConserved", sumIsConserved},
		{"LargeTransaction", largeTransaction},
		{"TooLarge", tooLarge},
		{"ContextBeforeStart", contextBeforeStart},
		{"ContextAfterStart", contextAfterStart},
		{"CloseFinishesWhatBegan", closeFinishes},
		{"ClosedRefuses", closedRefuses},
		{"Linearizable", linearizable},
		{"Model", model},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// put sets pairs "key", "value", … in one transaction.
func put(tb testing.TB, s store.Store, pairs ...string) {
	tb.Helper()
	err := s.Update(tb.Context(), func(tx store.Tx) error {
		for i := 0; i+1 < len(pairs); i += 2 {
			if err := tx.Set([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatalf("Update: %v", err)
	}
}

// get returns the value of key in a fresh view, or "-" when there is none.
func get(tb testing.TB, s store.Store, key string) string {
	tb.Helper()
	var out string
	if err := s.View(tb.Context(), func(r store.Reader) (err error) {
		out, err = value(r, key)
		return err
	}); err != nil {
		tb.Fatalf("View: %v", err)
	}
	return out
}

func value(r store.Reader, key string) (string, error) {
	v, err := r.Get([]byte(key))
	if errors.Is(err, store.ErrNotFound) {
		return "-", nil
	}
	return string(v), err
}

// list returns what a scan visits as "key=value" in the order of the visit. It checks the order.
func list(r store.Reader, from, to string, reverse bool, limit int) ([]string, error) {
	var lo, hi []byte
	lo = []byte(from)
	if to != "" {
		hi = []byte(to)
	}
	out := []string{}
	var last []byte
	for kv, err := range r.Scan(lo, hi, reverse, limit) {
		if err != nil {
			return out, err
		}
		if c := bytes.Compare(last, kv.Key); last != nil && ((!reverse && c >= 0) || (reverse && c <= 0)) {
			return out, fmt.Errorf("key %q follows %q", kv.Key, last)
		}
		last = bytes.Clone(kv.Key)
		out = append(out, string(kv.Key)+"="+string(kv.Value))
	}
	return out, nil
}
