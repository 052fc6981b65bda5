package ledger

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func Example_splitRoyalties() {
	price := int64(250_000)
	net := price - commissionOf(price, 500)
	vendor, shares, err := splitRoyalties(
		net,
		1,
		[]Royalty{{Name: "Ada", Role: "author", BasisPoints: 3333}, {Name: "Press", Role: "publisher", Fixed: 20_000}},
	)
	fmt.Println(net, vendor, shares[0].Micros, shares[1].Micros, err)
	// Output: 237500 138341 79159 20000 <nil>
}

func TestCommission(t *testing.T) {
	for _, c := range []struct {
		price int64
		bp    uint32
		want  int64
	}{
		{250_000, 500, 12_500},
		{1, 500, 1},
		{3, 500, 1},
		{21, 500, 2},
		{20, 500, 1},
		{100, 0, 0},
		{100, 20_000, 100},
		{0, 500, 0},
		{math.MaxInt64, math.MaxUint32, math.MaxInt64},
	} {
		is(t, fmt.Sprintf("commission of %d at %d", c.price, c.bp), commissionOf(c.price, c.bp), c.want)
	}
}

// Whatever the plan is, the net is given out to the micro and no party gets less than nothing.
func TestSplitRoyaltiesAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := rapid.Int64Range(0, MaxMicros).Draw(t, "net")
		plan := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Royalty {
			return Royalty{
				BasisPoints: rapid.Uint32Range(0, 6000).Draw(t, "bp"),
				Fixed:       rapid.Int64Range(0, 1e6).Draw(t, "fixed"),
			}
		}), 0, 6).Draw(t, "plan")
		vendor, shares, err := splitRoyalties(net, rapid.Uint32Range(1, 100).Draw(t, "n"), plan)
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

// A plan that CheckOffer lets pass gives every payee what it promises, to the micro, for any number of pieces.
func TestAcceptedPlansAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultPolicy()
		price := rapid.Int64Range(1, 400_000).Draw(t, "price")
		plan := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Royalty {
			r := Royalty{Name: "x", Role: "author"}
			if rapid.Bool().Draw(t, "fixed") {
				r.Fixed = rapid.Int64Range(1, 100_000).Draw(t, "micros")
			} else {
				r.BasisPoints = rapid.Uint32Range(1, 5000).Draw(t, "bp")
			}
			return r
		}), 0, 5).Draw(t, "plan")
		if _, err := checkRoyalties(plan, price, p); err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		n := rapid.Int64Range(1, maxQuantity).Draw(t, "pieces")
		net := price*n - commissionOf(price*n, p.Commission)
		_, shares, err := splitRoyalties(net, uint32(n), plan)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range plan {
			low := r.Fixed*n + net*int64(r.BasisPoints)/whole
			if shares[i].Micros < low || shares[i].Micros > low+1 {
				t.Fatalf("payee %d of %+v gets %d of %d, want %d", i, plan, shares[i].Micros, net, low)
			}
		}
	})
}

// Without a plan the vendor gets all of the net; a negative net is a bug of ours, with or without a plan.
func TestSplitWithoutAPlan(t *testing.T) {
	vendor, shares, err := splitRoyalties(237_500, 1, nil)
	must(t, err)
	is(t, "vendor", vendor, 237_500)
	is(t, "shares", len(shares), 0)
	for _, plan := range [][]Royalty{nil, {{Name: "Ada", BasisPoints: 1}}} {
		if vendor, _, err := splitRoyalties(-1, 1, plan); err == nil {
			t.Errorf("-1 was split, %d to the vendor", vendor)
		}
	}
	for _, r := range []Royalty{{Fixed: -1}, {Fixed: math.MaxInt64}} {
		if _, shares, err := splitRoyalties(1000, 2, []Royalty{r}); err == nil {
			t.Errorf("fixed amount %d was split: %v", r.Fixed, shares)
		}
	}
}
