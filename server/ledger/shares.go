package ledger

import (
	"errors"
	"math"
	"math/bits"
	"sort"
)

// LargestRemainder splits a total over weights: everybody gets the whole part, and the micros that are left go one by
// one to the largest fractions, ties to the earlier weight. The parts add up to the total exactly. It fails if the total or
// a weight is negative, or if there is something to split and no weight.
func LargestRemainder(total int64, weights []int64) ([]int64, error) {
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
		return nil, errors.New("ledger: nobody to split to")
	}
	fractions := make([]uint64, len(weights))
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(total), uint64(w))
		q, r := bits.Div64(hi, lo, uint64(sum)) // hi < sum, because total < 2⁶³ and w ≤ sum
		parts[i], fractions[i], order[i] = int64(q), r, i
		left -= int64(q)
	}
	sort.SliceStable(order, func(a, b int) bool { return fractions[order[a]] > fractions[order[b]] })
	for _, i := range order[:left] { // fewer than there are weights
		parts[i]++
	}
	return parts, nil
}

// whole is 100 % in basis points.
const whole = 10_000

// CommissionOf is what the house keeps of a price: rounded up to the next micro, never more than the price.
func CommissionOf(price int64, basisPoints uint32) int64 {
	if price <= 0 {
		return 0
	}
	c, err := MulDiv(price, int64(basisPoints), whole, Floor)
	if err != nil {
		return price
	}
	if hi, lo := bits.Mul64(uint64(price), uint64(basisPoints)); bits.Rem64(hi, lo, whole) > 0 {
		c++
	}
	return min(c, price)
}

// SplitRoyalties splits the net of a sale by its royalty plan (claim 20): shares by largest remainder over basis points,
// a fixed amount once per piece, the rest to the vendor. If the plan asks for more than the net, which CheckOffer
// refuses but a later commission can cause, the payees share the net in proportion.
func SplitRoyalties(net int64, quantity uint32, plan []Royalty) (vendor int64, shares []Share, err error) {
	weights := make([]int64, len(plan)+1)
	rest := int64(whole)
	for i, r := range plan {
		weights[i] = int64(r.BasisPoints)
		rest -= int64(r.BasisPoints)
	}
	weights[len(plan)] = max(rest, 0)
	parts, err := LargestRemainder(net, weights)
	if err != nil {
		return 0, nil, err
	}
	vendor = parts[len(plan)]
	for i, r := range plan {
		fixed, err := MulDiv(r.Fixed, int64(quantity), 1, Floor)
		if err != nil || fixed < 0 || fixed > MaxMicros || parts[i] > math.MaxInt64-fixed {
			return 0, nil, errOverflow
		}
		parts[i] += fixed
		vendor -= fixed
	}
	if vendor < 0 {
		if parts, err = LargestRemainder(net, parts[:len(plan)]); err != nil {
			return 0, nil, err
		}
		vendor = 0
	}
	for i, r := range plan {
		shares = append(shares, Share{Payee: r.Payee, Name: r.Name, Role: r.Role, Micros: parts[i]})
	}
	return vendor, shares, nil
}
