package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"math/bits"

	"tuppence/server/ledger"
)

// What stands for a number of an owner, and what one side calls the other.

// Offer names an offer across its versions.
func (s *Sealer) Offer(o ledger.OfferID) string {
	return s.owned(kindOffer, uint64(o.Vendor), o.Number)
}

// OpenOffer reads an ofr_ name.
func (s *Sealer) OpenOffer(name string) (ledger.OfferID, error) {
	v, n, err := s.openOwned(kindOffer, name)
	return ledger.OfferID{Vendor: ledger.VendorID(v), Number: n}, err
}

// Plan names a royalty plan across its versions.
func (s *Sealer) Plan(v ledger.VendorID, number uint64) string {
	return s.owned(kindPlan, uint64(v), number)
}

// OpenPlan reads an rpl_ name.
func (s *Sealer) OpenPlan(name string) (ledger.VendorID, uint64, error) {
	v, n, err := s.openOwned(kindPlan, name)
	return ledger.VendorID(v), n, err
}

// Checkout names a request to buy. Its number is random and not counted, so it is never given again, and the cipher is
// the first one in every generation.
func (s *Sealer) Checkout(c ledger.CheckoutID) string {
	return pair(s.generations[0].names, kindCheckout, uint64(c.Vendor), c.Number)
}

// OpenCheckout reads a chk_ name.
func (s *Sealer) OpenCheckout(name string) (ledger.CheckoutID, error) {
	v, n, err := openPair(s.generations[0].names, kindCheckout, name)
	return ledger.CheckoutID{Vendor: ledger.VendorID(v), Number: n}, err
}

// Deposit names a deposit.
func (s *Sealer) Deposit(d ledger.DepositID) string {
	return s.owned(kindDeposit, uint64(d.User), d.Number)
}

// OpenDeposit reads a dep_ name.
func (s *Sealer) OpenDeposit(name string) (ledger.DepositID, error) {
	u, n, err := s.openOwned(kindDeposit, name)
	return ledger.DepositID{User: ledger.UserID(u), Number: n}, err
}

// Endpoint names a webhook endpoint of a vendor.
func (s *Sealer) Endpoint(v ledger.VendorID, number uint64) string {
	return s.owned(kindEndpoint, uint64(v), number)
}

// OpenEndpoint reads a whe_ name.
func (s *Sealer) OpenEndpoint(name string) (ledger.VendorID, uint64, error) {
	v, n, err := s.openOwned(kindEndpoint, name)
	return ledger.VendorID(v), n, err
}

// Link names a buyer's permission: user in 5 bytes, vendor in 4, currency in 3, generation in 3. The 12 bits of the
// user's shard stand in the upper halves of the first bytes of the three numbers. That leaves 36 bits for a user in its
// shard, 28 for a vendor and 20 for a generation, and changes no name of shard 0. The generation of the books, above
// the 20 bits, is in the cipher.
func (s *Sealer) Link(l ledger.LinkID) string {
	b := block{0: kindLink.mark}
	put(b[1:6], uint64(l.User)&(1<<36-1))
	put(b[6:10], uint64(l.Vendor)&(1<<28-1))
	copy(b[10:13], l.Currency)
	put(b[13:16], uint64(l.Generation)&(1<<20-1))
	shard := uint16(uint64(l.User) >> (64 - ledger.ShardBits))
	b[1] |= byte(shard>>8) << 4
	b[6] |= byte(shard>>4) << 4
	b[13] |= byte(shard) << 4
	return write(s.nth(l.BooksGeneration()).names, kindLink, b)
}

// OpenLink reads a lnk_ name. Its block is full, so one name in some hundred thousand opens by chance under the cipher
// of another generation: the currency and small numbers tell the true one.
func (s *Sealer) OpenLink(name string) (id ledger.LinkID, err error) {
	err = ErrName
	size := func(l ledger.LinkID) int { return bits.Len64(uint64(l.User)) + bits.Len64(uint64(l.Vendor)) }
	for _, g := range s.generations {
		l, no := openLink(g.names, name)
		if no == nil && (err != nil || size(l) < size(id)) {
			l.Generation = g.Link(l.Generation)
			id, err = l, nil
		}
	}
	return id, err
}

func openLink(c cipher.Block, name string) (ledger.LinkID, error) {
	b, err := read(c, kindLink, name)
	if err != nil {
		return ledger.LinkID{}, err
	}
	shard := uint64(b[1]>>4)<<8 | uint64(b[6]>>4)<<4 | uint64(b[13]>>4)
	for _, i := range []int{1, 6, 13} {
		b[i] &= 0x0f
	}
	for _, letter := range b[10:13] {
		if letter < 'A' || letter > 'Z' {
			return ledger.LinkID{}, ErrName
		}
	}
	return ledger.LinkID{
		User: ledger.UserID(shard<<(64-ledger.ShardBits) | get(b[1:6])), Vendor: ledger.VendorID(get(b[6:10])),
		Currency: ledger.Currency(b[10:13]), Generation: uint32(get(b[13:16])),
	}, nil
}

// Pseudonym is what one vendor calls a buyer. Another vendor's name for the same buyer has nothing in common with it,
// and a vendor cannot open it (claim 1: no personal data).
func (s *Sealer) Pseudonym(u ledger.UserID, v ledger.VendorID) string {
	return single(s.pseudonyms(u, v), kindWallet, uint64(u))
}

// Handle is the short name of a wallet that the person and staff use. Vendors never see it. It has 50 bits of a
// pseudo-random function: the store's unique index decides about the rare pair that is equal (attempt counts up).
func (s *Sealer) Handle(u ledger.UserID, attempt uint32) string {
	b := block{0: kindHandle.mark}
	put(b[4:8], uint64(attempt))
	binary.BigEndian.PutUint64(b[8:], uint64(u))
	return write(s.ofUser(u).names, kindHandle, b)[:len(kindHandle.prefix)+10]
}
