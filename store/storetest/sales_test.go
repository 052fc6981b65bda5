package storetest_test

import (
	"math/rand/v2"
	"testing"

	"tuppence/store"
	"tuppence/store/storetest"
)

// The shop of the measurements keeps its books: what was spent arrived, and every answered sale is there.
func TestSales(t *testing.T) {
	s := store.NewMemory(store.Twice())
	if err := storetest.Seed(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	const n = 50
	for range n {
		sale := storetest.NewSale(r, false)
		if err := s.Update(t.Context(), sale.Run); err != nil {
			t.Fatal(err)
		}
		if err := s.Update(t.Context(), sale.Run); err == nil {
			t.Fatal("the same sale went in twice")
		}
	}
	got, err := storetest.CheckSales(t.Context(), s)
	if err != nil || got != n {
		t.Errorf("%d sales, %v; want %d", got, err, n)
	}
}
