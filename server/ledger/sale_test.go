package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"
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
		if d := cmp.Diff(want, giveBack(out.sources, Wallet{Owed: owed})); d != "" {
			t.Errorf("owed %d (-want +got):\n%s", owed, d)
		}
	}
}

// What a dispute took goes back to where it was, also where a receiver has no line any more.
func TestRestore(t *testing.T) {
	pending, available, payee := Account{VendorPending, "EUR", 3}, Account{VendorAvailable, "EUR", 3}, Account{RoyaltyPayable, "EUR", 1}
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
