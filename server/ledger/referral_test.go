package ledger

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Only what paid tokens have paid earns a reward: what was given, and what is owed, may be nobody's money.
func TestRewardIsOfPaidTokens(t *testing.T) {
	user := User{ID: 7, Brought: Referred{Vendor: 3, Until: start.Add(time.Hour)}}
	f := PurchaseFacts{
		User: user, Vendor: Vendor{ID: 4}, Policy: DefaultPolicy(), Wallet: Wallet{User: 7, Currency: "EUR"},
		Referrer: Vendor{ID: 3, Status: VendorActive, Referral: Referral{Rate: 2_000}},
	}
	paid, owed, given := Account{Paid, "EUR", 7}, Account{Receivable, "EUR", 7}, Account{Promo, "EUR", 9}
	for _, c := range []struct {
		debits []Posting
		want   int64
	}{
		{[]Posting{{paid, 1_000_000}}, 10_000},
		{[]Posting{{given, 600_000}, {paid, 400_000}}, 4_000},
		{[]Posting{{paid, 400_000}, {owed, 600_000}}, 4_000},
		{[]Posting{{given, 400_000}, {owed, 600_000}}, 0},
	} {
		is(t, "reward", f.reward(50_000, 1_000_000, c.debits, false, start).Micros, c.want)
	}
	mixed := []Posting{{given, 600_000}, {paid, 400_000}}
	is(t, "of a hold that was given in part", f.reward(50_000, 1_000_000, mixed, true, start), Reward{})
	all := []Posting{{paid, 1_000_000}}
	f.Vendor.ID = 3
	is(t, "of its own sale", f.reward(50_000, 1_000_000, all, false, start), Reward{})
	f.Vendor.ID, f.Referrer.Status = 4, VendorSuspended
	is(t, "while it is suspended", f.reward(50_000, 1_000_000, all, false, start), Reward{})
	f.Referrer.Status = VendorActive
	is(t, "behind its time", f.reward(50_000, 1_000_000, all, false, start.Add(time.Hour)), Reward{})
}

// A reward is never above the commission that is left, and ends at nothing.
func TestRewardFollowsTheCommission(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := rapid.Int64Range(1, MaxMicros).Draw(t, "price")
		commission := commissionOf(price, uint32(rapid.IntRange(0, whole).Draw(t, "commission")))
		paid := rapid.Int64Range(0, price).Draw(t, "paid")
		rate := uint32(rapid.IntRange(0, whole).Draw(t, "rate"))
		r := Reward{Vendor: 3, Rate: rate, Micros: RewardOf(commission, paid, price, rate, MaxMicros)}
		last := r.On(commission, commission)
		if last != r.Micros || last > commission {
			t.Fatalf("%d of %d pinned, of a commission of %d", last, r.Micros, commission)
		}
		for left := commission; left > 0; {
			left = rapid.Int64Range(0, left-1).Draw(t, "left")
			n := r.On(left, commission)
			if n < 0 || n > left || n > last {
				t.Fatalf("%d after %d, with %d left of %d", n, last, left, commission)
			}
			last = n
		}
		if commission > 0 && last != 0 {
			t.Fatalf("%d are left of a sale that was given back", last)
		}
	})
}
