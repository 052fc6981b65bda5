package server

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"

	"github.com/google/go-cmp/cmp"
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

// What staff give with a key is given once, and the repetition is answered as the first time; without a key it is given
// each time. The key with another act is refused.
func TestStaffGiveOnce(t *testing.T) {
	s := sellingHouse(t)
	sold, err := s.charges("sold", s.offer)
	if err != nil {
		t.Fatal(err)
	}
	me, err := s.WhoAmI(s.ctx, s.who)
	if err != nil {
		t.Fatal(err)
	}
	rep := s.operator
	for name, give := range map[string]func(view.Caller) (any, error){
		"goodwill": func(who view.Caller) (any, error) { return s.DeskCredit(s.ctx, who, me.Handle, eur(10), "sorry") },
		"proposal": func(who view.Caller) (any, error) { return s.DeskCredit(s.ctx, who, me.Handle, eur(4000), "sorry") },
		"refund":   func(who view.Caller) (any, error) { return s.DeskRefund(s.ctx, who, sold.ID, eur(1), "duplicate") },
		"incentive": func(who view.Caller) (any, error) {
			return s.GiveIncentive(s.ctx, who, view.IncentiveRequest{
				Wallet: me.Handle, Amount: eur(10), Days: 7, Reason: "welcome",
			})
		},
	} {
		rep.Once = name
		first, err := give(rep)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before := s.head()
		again, err := give(rep)
		if diff := cmp.Diff(first, again); err != nil || diff != "" || s.head() != before {
			t.Errorf("%s again: %v, %s", name, err, diff)
		}
		s.refused(ledger.ErrKeyReused, func() error {
			_, err := s.DeskCredit(s.ctx, rep, me.Handle, eur(11), "more")
			return err
		})
		rep.Once = ""
		if _, err := give(rep); err != nil || s.head() == before {
			t.Errorf("%s without a key: %v", name, err)
		}
	}
	s.clean()
}
