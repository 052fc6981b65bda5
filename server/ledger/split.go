package ledger

import (
	"errors"
	"math"
	"math/bits"
)

// errOverflow is a caller's bug or damaged data, never a person's input: that is bounded by [MaxMicros] before.
var errOverflow = errors.New("ledger: amount out of bounds")

// mulDiv returns a·b/c rounded toward minus infinity, with a 128-bit product. It fails if c is not positive or the
// result does not fit.
func mulDiv(a, b, c int64) (int64, error) {
	if c <= 0 {
		return 0, errOverflow
	}
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= uint64(c) {
		return 0, errOverflow
	}
	q, rem := bits.Div64(hi, lo, uint64(c))
	if negative && rem > 0 {
		q++
	}
	switch {
	case negative && q == 1<<63:
		return math.MinInt64, nil
	case q > math.MaxInt64:
		return 0, errOverflow
	case negative:
		return -int64(q), nil
	}
	return int64(q), nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// largestRemainder splits a total over weights: each gets the whole part of its share, and the micros that are left go
// one by one to the largest fractions, ties to the earlier weight. The parts add up to the total exactly (DESIGN.md,
// Rounding 2). It fails if the total or a weight is negative, or if there is something to split and no weight.
func largestRemainder(total int64, weights []int64) ([]int64, error) {
	var sum int64
	for _, w := range weights {
		if w < 0 || w > math.MaxInt64-sum {
			return nil, errors.New("ledger: weight out of bounds")
		}
		sum += w
	}
	parts := make([]int64, len(weights))
	switch {
	case total < 0:
		return nil, errors.New("ledger: negative total to split")
	case total == 0:
		return parts, nil
	case sum == 0:
		return nil, errors.New("ledger: no weight to split over")
	}
	fractions := make([]uint64, len(weights))
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(total), uint64(w))
		q, r := bits.Div64(hi, lo, uint64(sum)) // hi < sum, because total < 2⁶³ and w ≤ sum
		parts[i], fractions[i] = int64(q), r
		left -= int64(q)
	}
	for ; left > 0; left-- { // the fractions add up to left·sum and each is below sum: more than left of them are above 0
		largest := 0
		for i, r := range fractions {
			if r > fractions[largest] {
				largest = i
			}
		}
		parts[largest]++
		fractions[largest] = 0
	}
	return parts, nil
}
