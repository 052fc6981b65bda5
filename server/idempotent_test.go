package server

import (
	"testing"
	"time"

	"tuppence/server/ledger"
)

// A key is remembered for its whole retention, however often the sweep runs, and forgotten some time after.
func TestIdempotencyKeysAreKeptAndForgotten(t *testing.T) {
	f := newFixture(t)
	_, key := f.vendor("news")
	ask := func(name string) (id string, replayed bool) {
		t.Helper()
		v, err := f.Authenticate(f.ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		o := CheckoutOrder{Mode: ledger.ModeLink, Currency: "EUR"}
		c, replayed, err := v.CreateCheckout(f.ctx, asking(name, name), o)
		if err != nil {
			t.Fatal(err)
		}
		return c.ID, replayed
	}
	sweep := func() {
		for range 3 { // from anywhere to the end, from the beginning to the end, and once more
			f.Sweep(f.ctx)
		}
	}
	first, _ := ask("old")
	f.time.Pass(keyRetention / 2)
	young, _ := ask("young")
	f.time.Pass(keyRetention / 2)
	sweep()
	if again, replayed := ask("old"); !replayed || again != first {
		t.Errorf("at the end of its time: %v, replayed %v, want %v", again, replayed, first)
	}
	f.time.Pass(time.Second)
	sweep()
	if again, replayed := ask("old"); replayed || again == first {
		t.Errorf("after its time: %v, replayed %v, want another than %v", again, replayed, first)
	}
	if again, replayed := ask("young"); !replayed || again != young {
		t.Errorf("half as old: %v, replayed %v, want %v", again, replayed, young)
	}
}

// More old keys than one turn looks at, and more than one transaction deletes, are forgotten turn by turn.
func TestSweepOfManyKeys(t *testing.T) {
	f := newFixture(t)
	_, key := f.vendor("news")
	v, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	const n = 3 * forgottenKeys / 2
	name := func(i int) string { return "key-" + string(rune('a'+i%26)) + string(rune('a'+i/26)) }
	use := func(i int, body string) bool {
		t.Helper()
		o := CheckoutOrder{Mode: ledger.ModeLink, Currency: "EUR"}
		_, replayed, err := v.CreateCheckout(f.ctx, asking(name(i), body), o)
		if err != nil {
			t.Fatal(err)
		}
		return replayed
	}
	for i := range n {
		use(i, "x")
	}
	f.time.Pass(keyRetention + time.Second)
	f.Sweep(f.ctx)
	f.Sweep(f.ctx)
	for i := range n {
		if use(i, "y") { // with the old record it would even be refused, as another request
			t.Fatalf("key %d is remembered", i)
		}
	}
}
