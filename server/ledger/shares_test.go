package ledger

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func ExampleLargestRemainder() {
	parts, err := LargestRemainder(100, []int64{1, 1, 1})
	fmt.Println(parts, err)
	// Output: [34 33 33] <nil>
}

func ExampleSplitRoyalties() {
	price := int64(250_000)
	net := price - CommissionOf(price, 500)
	vendor, shares, err := SplitRoyalties(net, 1, []Royalty{{Name: "Ada", Role: "author", BasisPoints: 3333}, {Name: "Press", Role: "publisher", Fixed: 20_000}})
	fmt.Println(net, vendor, shares[0].Micros, shares[1].Micros, err)
	// Output: 237500 138341 79159 20000 <nil>
}

func TestLargestRemainderAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/30), 1, 20).Draw(t, "weights")
		total := rapid.Int64Range(0, math.MaxInt64).Draw(t, "total")
		parts, err := LargestRemainder(total, weights)
		var all, got int64
		for _, w := range weights {
			all += w
		}
		if all == 0 && total > 0 {
			if err == nil {
				t.Fatal("split among nobody")
			}
			return
		}
		for i, p := range parts {
			got += p
			low := int64(0)
			if all > 0 {
				low, _ = MulDiv(total, weights[i], all, Floor)
			}
			if p-low < 0 || p-low > 1 || weights[i] == 0 && p != 0 {
				t.Fatalf("part %d of %v is %d, want %d or one more", i, weights, p, low)
			}
		}
		if err != nil || got != total {
			t.Fatalf("parts add up to %d, want %d (%v)", got, total, err)
		}
	})
	for _, bad := range []struct {
		total   int64
		weights []int64
	}{{-1, []int64{1}}, {1, []int64{-1}}, {1, nil}, {1, []int64{0}}, {1, []int64{math.MaxInt64, 1}}} {
		if parts, err := LargestRemainder(bad.total, bad.weights); err == nil {
			t.Errorf("%+v: %v", bad, parts)
		}
	}
}

func TestCommission(t *testing.T) {
	for _, c := range []struct {
		price int64
		bp    uint32
		want  int64
	}{{250_000, 500, 12_500}, {1, 500, 1}, {3, 500, 1}, {21, 500, 2}, {20, 500, 1}, {100, 0, 0}, {100, 20_000, 100}, {0, 500, 0}, {math.MaxInt64, math.MaxUint32, math.MaxInt64}} {
		is(t, fmt.Sprintf("commission of %d at %d", c.price, c.bp), CommissionOf(c.price, c.bp), c.want)
	}
}

// Whatever the plan is, the net is given out to the micro and nobody gets less than nothing.
func TestSplitRoyaltiesAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := rapid.Int64Range(0, MaxMicros).Draw(t, "net")
		plan := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Royalty {
			return Royalty{BasisPoints: rapid.Uint32Range(0, 6000).Draw(t, "bp"), Fixed: rapid.Int64Range(0, 1e6).Draw(t, "fixed")}
		}), 0, 6).Draw(t, "plan")
		vendor, shares, err := SplitRoyalties(net, rapid.Uint32Range(1, 100).Draw(t, "n"), plan)
		if err != nil {
			t.Fatal(err)
		}
		got := vendor
		for _, s := range shares {
			if got += s.Micros; s.Micros < 0 {
				t.Fatalf("negative share in %+v", shares)
			}
		}
		if got != net || vendor < 0 || len(shares) != len(plan) {
			t.Fatalf("vendor %d and %+v add up to %d, want %d", vendor, shares, got, net)
		}
	})
}
