package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func Example_largestRemainder() {
	parts, err := largestRemainder(100, []int64{1, 1, 1})
	fmt.Println(parts, err)
	// Output: [34 33 33] <nil>
}

func TestLargestRemainderAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/30), 1, 20).Draw(t, "weights")
		total := rapid.Int64Range(0, math.MaxInt64).Draw(t, "total")
		parts, err := largestRemainder(total, weights)
		var all, got int64
		for _, w := range weights {
			all += w
		}
		if all == 0 && total > 0 {
			if err == nil {
				t.Fatal("split over no weight")
			}
			return
		}
		for i, p := range parts {
			got += p
			low := int64(0)
			if all > 0 {
				low, _ = mulDiv(total, weights[i], all)
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
		if parts, err := largestRemainder(bad.total, bad.weights); err == nil {
			t.Errorf("%+v: %v", bad, parts)
		}
	}
}

// mulDiv agrees with arithmetic of any size.
func TestMulDivIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		c := rapid.Int64Range(1, math.MaxInt64).Draw(t, "c")
		product := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		floor, _ := new(big.Int).DivMod(product, big.NewInt(c), new(big.Int)) // Euclidean: floor for c > 0
		got, err := mulDiv(a, b, c)
		if floor.IsInt64() != (err == nil) || err == nil && got != floor.Int64() {
			t.Fatalf("%d*%d/%d: got %d, %v, want %v", a, b, c, got, err, floor)
		}
	})
}

// What cannot be divided is an error, never a panic or a wrong number.
func TestMulDivRefuses(t *testing.T) {
	for _, c := range [][3]int64{
		{1, 1, 0},
		{1, 1, -1},
		{math.MaxInt64, 2, 1},
		{math.MinInt64, -1, 1},
		{math.MinInt64, 2, 1},
		{math.MaxInt64, math.MaxInt64, 1},
	} {
		if got, err := mulDiv(c[0], c[1], c[2]); !errors.Is(err, errOverflow) {
			t.Errorf("%d*%d/%d: got %d, %v", c[0], c[1], c[2], got, err)
		}
	}
	got, err := mulDiv(math.MinInt64, 1, 1)
	is(t, "smallest", got, math.MinInt64)
	must(t, err)
}

// The micros that are left go to the largest fractions, ties to the earlier weight: the order of a sorted list.
func TestLargestRemainderIsTheSortedOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Int64Range(0, 50), 1, 12).Draw(t, "weights")
		total := rapid.Int64Range(1, 500).Draw(t, "total")
		var sum int64
		for _, w := range weights {
			sum += w
		}
		if sum == 0 {
			return
		}
		want, left := make([]int64, len(weights)), total
		order := make([]int, len(weights))
		for i, w := range weights {
			want[i], order[i] = total*w/sum, i
			left -= want[i]
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(total*weights[b]%sum, total*weights[a]%sum) })
		for _, i := range order[:left] {
			want[i]++
		}
		got, err := largestRemainder(total, weights)
		must(t, err)
		if !slices.Equal(got, want) {
			t.Fatalf("%d over %v: got %v, want %v", total, weights, got, want)
		}
	})
}
