// Package storetest holds what every engine of package store must pass, the yardstick [Naive], and the work of one
// purchase for measurements.
//
// [Run] is the suite. Its tests know an engine by its interface only, so they say what a use case may rely on, and
// nothing about how it comes about. They fall into five groups:
//
//   - single rows and scans (scan.go): any bytes, bounds in both directions, rows of a function over stored ones;
//   - one function (update.go): a refusal or a panic leaves nothing, what is written is read, no two functions decide
//     on the same state;
//   - decoded rows (decoded.go): both forms say the same, and neither outlives a refusal;
//   - what is seen when (life.go): answers, snapshots of any age, large transactions, contexts, the end of a store;
//   - everything at once: histories of many callers that must be linearizable (linear.go), and random transactions
//     compared with a map (model.go).
//
// An engine that is wrong on purpose stands in broken_test.go for each promise that is easily broken, with the test
// that has to find it: a test that no engine fails proves little. Faults of disks and processes are not part of the
// suite. An engine on a disk has them tested beside it, with the outcomes that its callers were told (kill_test.go,
// flip_test.go, full_test.go, and package store).
//
// To add an engine, add it to engines_test.go. To add a promise, write it into the interface in package store first,
// then a test here, then an engine that breaks it.
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
		// The simple ones first: what fails here explains what fails below.
		{"GetSetDelete", getSetDelete},
		{"KeysAndValuesAreAnyBytes", anyBytes},
		{"ScanBounds", scanBounds},
		{"ScanOverlay", scanOverlay},
		{"ScanStops", scanStops},
		{"ScanNested", scanNested},
		{"ScanAfterDelete", scanAfterDelete},
		// One function: it is all or nothing, and alone in the world.
		{"RefusalLeavesNothing", refusalLeavesNothing},
		{"PanicLeavesNothing", panicLeavesNothing},
		{"ReadYourWrites", readYourWrites},
		// Decoded rows: a second way to the same rows, which caches make faster and wrong more easily.
		{"DecodedOrNot", decodedOrNot},
		{"DecodeErrorComesBack", decodeError},
		{"DecodedUnderPressure", decodedUnderPressure},
		// What is seen when: between functions, and by views of any age.
		{"AnswerThenVisible", answerThenVisible},
		{"SnapshotIsStable", snapshotIsStable},
		{"SnapshotsOfManyAges", snapshotsOfManyAges},
		{"ViewInsideUpdateSeesDurable", viewSeesDurable},
		{"OneKeyOneEffect", oneKeyOneEffect},
		{"NoWriteSkew", noWriteSkew},
		{"SumIsConserved", sumIsConserved},
		// The ends: of what fits, of a caller's patience, of the store.
		{"LargeTransaction", largeTransaction},
		{"TooLarge", tooLarge},
		{"ContextBeforeStart", contextBeforeStart},
		{"ContextAfterStart", contextAfterStart},
		{"CloseFinishesWhatBegan", closeFinishes},
		{"ClosedRefuses", closedRefuses},
		// Everything at once, last: these two find what the others miss, and explain least.
		{"Linearizable", linearizable},
		{"Model", model},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// put sets pairs "key", "value", … in one transaction, which must succeed.
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

// get returns the value of key in a fresh view, or "-" when there is none. A fresh view shows what has been confirmed,
// so it is how tests look at outcomes.
func get(tb testing.TB, s store.Store, key string) string {
	tb.Helper()
	var out string
	if err := s.View(tb.Context(), func(r store.Reader) (err error) {
		out, err = both(r, key)
		return err
	}); err != nil {
		tb.Fatalf("View: %v", err)
	}
	return out
}

// value returns what is under a key as text, "-" when there is nothing. No test writes a "-" itself.
func value(r store.Reader, key string) (string, error) {
	v, err := r.Get([]byte(key))
	if errors.Is(err, store.ErrNotFound) {
		return "-", nil
	}
	return string(v), err
}

// list returns what a scan visits as "key=value" in the order of the visit. It checks the order on the way, so that
// every test that scans finds an engine that sorts wrongly.
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
