package ledger

import (
	"math"
	"math/bits"
	"slices"
)

// whole is 100 % in basis points.
const whole = 10_000

// maxRoyalties bounds the payees of one offer, so that the entry of a sale stays small.
const maxRoyalties = 20

// Royalty is one line of an offer's royalty plan (claim 20): a share of the net, or a fixed amount. What is left is the
// vendor's.
type Royalty struct {
	Payee       PayeeID
	Name        string
	Role        string // one of Roles
	BasisPoints uint32 // of the net; 0: a fixed amount
	Fixed       int64  // micros for each piece; 0: a share
}

// Roles are what a payee can be to what is sold.
func Roles() []string {
	return []string{"author", "publisher", "owner", "performer", "agent", "other"}
}

// Share is a royalty that one sale owes to one payee (claim 19).
type Share struct {
	Payee  PayeeID
	Name   string
	Role   string // one of Roles
	Micros int64
}

// checkRoyalties cleans a royalty plan (claim 20) and refuses one that gives away more than the net of a sale.
func checkRoyalties(plan []Royalty, price int64, p Policy) ([]Royalty, error) {
	no := func(detail string) ([]Royalty, error) {
		return nil, Invalid("royalties",
			"Give each payee basis points or a fixed amount, together at most the price less the commission.", "%s", detail)
	}
	if len(plan) > maxRoyalties {
		return no("These are more than 20 payees.")
	}
	net := price - commissionOf(price, p.Commission)
	clean := make([]Royalty, 0, len(plan))
	var points, fixed int64
	for _, r := range plan {
		var err error
		if r.Name, err = typedLine("royalties", r.Name, 60); err != nil {
			return nil, err
		}
		switch {
		case r.Name == "":
			return no("A payee has no name.")
		case !slices.Contains(Roles(), r.Role):
			return no("The role of a payee is author, publisher, owner, performer, agent or other.")
		case (r.BasisPoints == 0) == (r.Fixed == 0):
			return no("A payee gets either basis points or a fixed amount.")
		case r.BasisPoints > whole || r.Fixed < 0 || r.Fixed > net:
			return no("The share of a payee is out of bounds.")
		}
		points += int64(r.BasisPoints)
		fixed += r.Fixed
		clean = append(clean, r)
	}
	if points > whole {
		return no("The shares are more than 10000 basis points.")
	}
	// What the plan asks for, rounded up, has to fit the net; then largest remainder never asks the vendor for a micro.
	shared, err := mulDiv(net, points, whole)
	if err != nil || shared+min(1, points%whole)+fixed > net && fixed > 0 {
		return no("The payees get more than the price less the commission.")
	}
	if len(clean) == 0 {
		return nil, nil
	}
	return clean, nil
}

// commissionOf returns what the service keeps of a price: rounded up to the next micro, never more than the price
// (DESIGN.md, Rounding 1).
func commissionOf(price int64, basisPoints uint32) int64 {
	if price <= 0 {
		return 0
	}
	c, err := mulDiv(price, int64(basisPoints), whole)
	if err != nil {
		return price
	}
	if hi, lo := bits.Mul64(uint64(price), uint64(basisPoints)); bits.Rem64(hi, lo, whole) > 0 {
		c++
	}
	return min(c, price)
}

// splitRoyalties splits the net of a sale by its royalty plan (claim 20): shares by largest remainder over basis
// points, a fixed amount once per piece, the rest to the vendor. If the plan asks for more than the net, which
// CheckOffer refuses but a later commission can cause, the payees share the net in proportion.
func splitRoyalties(net int64, quantity uint32, plan []Royalty) (vendor int64, shares []Share, err error) {
	if len(plan) == 0 && net >= 0 {
		return net, nil, nil
	}
	weights := make([]int64, len(plan)+1)
	rest := int64(whole)
	for i, r := range plan {
		weights[i] = int64(r.BasisPoints)
		rest -= int64(r.BasisPoints)
	}
	weights[len(plan)] = max(rest, 0)
	parts, err := largestRemainder(net, weights)
	if err != nil {
		return 0, nil, err
	}
	vendor = parts[len(plan)]
	for i, r := range plan {
		fixed, err := mulDiv(r.Fixed, int64(quantity), 1)
		if err != nil || fixed < 0 || fixed > MaxMicros || parts[i] > math.MaxInt64-fixed {
			return 0, nil, errOverflow
		}
		parts[i] += fixed
		vendor -= fixed
	}
	if vendor < 0 {
		if parts, err = largestRemainder(net, parts[:len(plan)]); err != nil {
			return 0, nil, err
		}
		vendor = 0
	}
	shares = make([]Share, len(plan))
	for i, r := range plan {
		shares[i] = Share{Payee: r.Payee, Name: r.Name, Role: r.Role, Micros: parts[i]}
	}
	return vendor, shares, nil
}
