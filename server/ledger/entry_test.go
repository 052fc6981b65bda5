package ledger

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ExampleEntry_Balanced() {
	e := Entry{No: 3, Postings: []Posting{{Account{Paid, "EUR", 7}, 5}, {Account{Commission, "EUR", 0}, -4}}}
	fmt.Println(e.Balanced())
	// Output: ledger: entry 3 is out of balance by 1 micros of EUR
}

func TestBalanced(t *testing.T) {
	paid, fee := Account{Paid, "EUR", 7}, Account{Commission, "EUR", 0}
	must(t, Entry{}.Balanced())
	must(t, Entry{Postings: []Posting{{paid, 5}, {fee, -5}}}.Balanced())
	for name, all := range map[string][]Posting{
		"one side":       {{paid, 5}},
		"two currencies": {{paid, 5}, {Account{Commission, "USD", 0}, -5}},
		"no such class":  {{Account{1234, "EUR", 0}, 5}, {fee, -5}},
		"no currency":    {{Account{Paid, "", 7}, 5}, {Account{Commission, "", 0}, -5}},
		"zero":           {{paid, 0}},
		"overflow":       {{paid, 1 << 62}, {paid, 1 << 62}, {paid, 1 << 62}, {paid, 1 << 62}},
	} {
		if err := (Entry{Postings: all}).Balanced(); err == nil {
			t.Errorf("%s: balanced", name)
		}
	}
}

// Balanced agrees with sums by currency over any postings, in any order.
func TestBalancedAgreesWithSums(t *testing.T) {
	currencies := []Currency{"EUR", "USD", "GBP"}
	rapid.Check(t, func(t *rapid.T) {
		var e Entry
		sums := map[Currency]int64{}
		for range rapid.IntRange(0, 6).Draw(t, "pairs") {
			c, x := rapid.SampledFrom(currencies).Draw(t, "currency"), rapid.Int64Range(1, 9).Draw(t, "micros")
			e.Postings = append(e.Postings, Posting{Account{Paid, c, 7}, x}, Posting{Account{Commission, c, 0}, -x})
		}
		if n := len(e.Postings); n > 0 && rapid.Bool().Draw(t, "damaged") {
			e.Postings[rapid.IntRange(0, n-1).Draw(t, "which")].Account.Currency = rapid.SampledFrom(currencies).Draw(t, "to")
		}
		e.Postings = rapid.Permutation(e.Postings).Draw(t, "order")
		for _, p := range e.Postings {
			sums[p.Account.Currency] += p.Micros
		}
		want := sums["EUR"] == 0 && sums["USD"] == 0 && sums["GBP"] == 0
		if err := e.Balanced(); (err == nil) != want {
			t.Fatalf("%v: got %v, sums are %v", e.Postings, err, sums)
		}
	})
}

// An entry carries its time as it will be stored, so that what is decided and what is read back are equal.
func TestEntryTime(t *testing.T) {
	local := time.Date(2026, 11, 24, 11, 0, 0, 123_456_789, time.FixedZone("CET", 3600))
	e := entry(4, local, KindStaff, rep)
	is(t, "time", e.At, time.Date(2026, 11, 24, 10, 0, 0, 123_456_000, time.UTC))
	is(t, "actor", e.Actor, rep)
	is(t, "number", e.No, 4)
}

// The numbers of kinds are in every entry ever written: a new kind comes last.
func TestKindsKeepTheirNumbers(t *testing.T) {
	for want, k := range map[Kind]Kind{
		1: KindPolicy, 2: KindJoined, 3: KindRecovered, 4: KindKeyAdded, 5: KindVendor, 6: KindOffer, 7: KindLimit,
		8: KindLink,
		9: KindUnlink, 10: KindDeposit, 11: KindPurchase, 12: KindHold, 13: KindCapture, 14: KindVoid, 15: KindRefund,
		16: KindDispute, 17: KindDisputeDecided, 18: KindTransfer, 19: KindTransferClaimed, 20: KindTransferRecalled,
		21: KindConsumed, 22: KindStaff, 23: KindHook,
		24: KindRestored, 25: KindUnblock, 26: KindReceipt, 27: KindRates, 28: KindExchange,
		29: KindExchanged, 30: KindFreeze,
		31: KindCredit, 32: KindBill, 33: KindWriteOff, 34: KindIncentive, 35: KindIncentiveEnded,
		36: KindDisputeStep,
		37: KindGoodwill, 38: KindCase, 39: KindProposal,
		40: KindVault, 41: KindMandate,
		42: KindSettlement, 43: KindPayout,
		44: KindOrderLimit, 45: KindBiller, 46: KindBillerAccount,
		47: KindVoice, 48: KindInvite,
		49: KindPayAccount,
		50: KindRedemption, 51: KindRefill,
		52: KindMailing, 53: KindClose, 54: KindUnclaimed,
		55: KindPlan,
		56: KindCampaign, 57: KindWalletClosed,
		58: KindTokenIssue, 59: KindVoucher, 60: KindReferral,
		61: KindAgent, 62: KindRevoked,
	} {
		is(t, "kind", k, want)
	}
}

func TestAddTo(t *testing.T) {
	a, b := Account{Paid, "EUR", 7}, Account{Paid, "EUR", 8}
	got := addTo(addTo(addTo(nil, Posting{a, 1}), Posting{b, 2}), Posting{a, 3})
	if d := cmp.Diff([]Posting{{a, 4}, {b, 2}}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff([]Posting{{b, 2}}, nonzero([]Posting{{a, 0}, {b, 2}, {a, 0}})); d != "" {
		t.Errorf("without zeros, -want +got:\n%s", d)
	}
}
