package ledger

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A purchase that was paid from several sources goes back in the order of DESIGN.md, Returns 2; a debt is paid only as
// far as it is owed by now (Returns 3).
func TestSourcesGoBackInOrder(t *testing.T) {
	credit, paid, promo := Account{Receivable, "EUR", 7}, Account{Paid, "EUR", 7}, Account{Promo, "EUR", 4}
	p := Purchase{
		Captured: 100, Sources: []Posting{{promo, 30}, {paid, 50}, {credit, 20}},
		Receivers: []Posting{{Account{VendorPending, "EUR", 3}, 95}, {Account{Commission, "EUR", 0}, 5}},
	}
	out, err := take(p, Till{Pending: 1000}, 80)
	must(t, err)
	if d := cmp.Diff([]Posting{{credit, 20}, {paid, 50}, {promo, 10}}, out.sources); d != "" {
		t.Errorf("sources (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Posting{{promo, 20}, {paid, 0}, {credit, 0}}, out.left); d != "" {
		t.Errorf("left (-want +got):\n%s", d)
	}
	for owed, want := range map[int64][]Posting{
		0:  {{paid, -20}, {paid, -50}, {promo, -10}},
		5:  {{credit, -5}, {paid, -15}, {paid, -50}, {promo, -10}},
		25: {{credit, -20}, {credit, -5}, {paid, -45}, {promo, -10}},
		99: {{credit, -20}, {credit, -50}, {promo, -10}},
	} {
		w := Wallet{Owed: owed, Currency: "EUR", Incentives: []IncentiveLot{{No: 4, Expires: start.Add(day)}}}
		if d := cmp.Diff(want, giveBack(out.sources, w, start)); d != "" {
			t.Errorf("owed %d (-want +got):\n%s", owed, d)
		}
	}
}

// What a dispute took goes back to where it was, also where a receiver has no line any more.
func TestRestore(t *testing.T) {
	pending, available, payee := Account{
		VendorPending,
		"EUR",
		3,
	}, Account{
		VendorAvailable,
		"EUR",
		3,
	}, Account{
		RoyaltyPayable,
		"EUR",
		1,
	}
	left := []Posting{{pending, 5}}
	got := restore(left, []Posting{{pending, 3}, {available, 2}, {payee, 4}})
	if d := cmp.Diff([]Posting{{pending, 10}, {payee, 4}}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	is(t, "given facts stay", left[0].Micros, 5)
}

func TestStateWords(t *testing.T) {
	seen := map[string]bool{}
	for s := PurchaseHeld; s <= PurchaseRefunded; s++ {
		seen[StateWord(s)] = true
	}
	is(t, "words", len(seen), 6)
	is(t, "nonsense", StateWord(99), "unknown")
}

// Whatever is taken, it comes from where something is left, never more than that, and what is put back afterwards makes
// the sale as it was.
func TestTakeAndRestore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vendor, fee := Account{VendorPending, "EUR", 3}, Account{Commission, "EUR", 0}
		p := Purchase{Receivers: []Posting{
			{vendor, rapid.Int64Range(0, 100).Draw(t, "vendor")},
			{Account{RoyaltyPayable, "EUR", 1}, rapid.Int64Range(0, 100).Draw(t, "payee")},
			{fee, rapid.Int64Range(1, 100).Draw(t, "fee")},
		}}
		p.Captured = sum(p.Receivers)
		promo := rapid.Int64Range(0, p.Captured).Draw(t, "promo")
		p.Sources = []Posting{{Account{Paid, "EUR", 7}, p.Captured - promo}, {Account{Promo, "EUR", 4}, promo}}
		till := Till{Pending: rapid.Int64Range(-5, 150).Draw(t, "pending")}
		x := rapid.Int64Range(1, p.Captured).Draw(t, "part")
		out, err := take(p, till, x)
		must(t, err)
		if sum(out.debits) != x || sum(out.sources) != x || sum(out.receivers) != p.Captured-x ||
			sum(out.left) != p.Captured-x {
			t.Fatalf("%d of %+v: %+v", x, p, out)
		}
		for _, g := range slices.Concat(out.receivers, out.left, out.debits, out.sources) {
			if g.Micros < 0 {
				t.Fatalf("negative leg %+v", g)
			}
		}
		for _, g := range out.debits {
			if g.Account.Class == VendorPending && g.Micros > max(till.Pending, 0) {
				t.Fatalf("%d are taken from the %d that are pending", g.Micros, till.Pending)
			}
		}
		if d := cmp.Diff(p.Receivers, restore(out.receivers, out.debits)); d != "" {
			t.Fatalf("receivers after a restore (-before +after):\n%s", d)
		}
		if d := cmp.Diff(p.Sources, restore(out.left, out.sources)); d != "" {
			t.Fatalf("sources after a restore (-before +after):\n%s", d)
		}
		if _, err := take(p, till, p.Captured+1); err == nil {
			t.Fatal("more was taken than there is")
		}
	})
}
