package storetest_test

import (
	"testing"

	"tuppence/store"
	"tuppence/store/storetest"
)

// engines on disk, by the names under which child processes find them.
var engines = map[string]func(dir string) (store.Store, error){
	"naive":   storetest.Naive,
	"journal": func(dir string) (store.Store, error) { return store.Open(dir, store.Options{}) },
	// Nothing stays in memory that need not, each durable batch goes to the index at once, and all keys are in the filter.
	"journal under pressure": func(dir string) (store.Store, error) {
		return store.Open(dir, store.Options{Cache: 1, MaxUnapplied: 1, MemTable: 16 << 20, MostlyAbsent: [][]byte{{}}})
	},
}

func conform(t *testing.T, engine string) {
	t.Helper()
	storetest.Run(t, func(tb testing.TB) store.Store { tb.Helper(); return open(tb, engine, tb.TempDir()) })
}

func open(tb testing.TB, engine, dir string) store.Store {
	tb.Helper()
	s, err := engines[engine](dir)
	if err != nil {
		tb.Fatalf("open: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

func TestNaive(t *testing.T)   { conform(t, "naive") }
func TestJournal(t *testing.T) { conform(t, "journal") }

func TestJournalUnderPressure(t *testing.T) { conform(t, "journal under pressure") }

func TestMemory(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Store { return store.NewMemory() })
}

func TestMemoryTwice(t *testing.T) {
	storetest.Run(t, func(testing.TB) store.Store { return store.NewMemory(store.Twice()) })
}
