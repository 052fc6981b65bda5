package seal

import (
	"encoding/binary"

	"tuppence/server/ledger"
)

// What stands for a number of an owner, and what one side calls the other.

// Offer names an offer across its versions.
func (s *Sealer) Offer(o ledger.OfferID) string {
	return s.pair(kindOffer, uint64(o.Vendor), o.Number)
}

// OpenOffer reads an ofr_ name.
func (s *Sealer) OpenOffer(name string) (ledger.OfferID, error) {
	v, n, err := s.openPair(kindOffer, name)
	return ledger.OfferID{Vendor: ledger.VendorID(v), Number: n}, err
}

// Checkout names a request to buy.
func (s *Sealer) Checkout(c ledger.CheckoutID) string {
	return s.pair(kindCheckout, uint64(c.Vendor), c.Number)
}

// OpenCheckout reads a chk_ name.
func (s *Sealer) OpenCheckout(name string) (ledger.CheckoutID, error) {
	v, n, err := s.openPair(kindCheckout, name)
	return ledger.CheckoutID{Vendor: ledger.VendorID(v), Number: n}, err
}

// Deposit names a deposit.
func (s *Sealer) Deposit(d ledger.DepositID) string {
	return s.pair(kindDeposit, uint64(d.User), d.Number)
}

// OpenDeposit reads a dep_ name.
func (s *Sealer) OpenDeposit(name string) (ledger.DepositID, error) {
	u, n, err := s.openPair(kindDeposit, name)
	return ledger.DepositID{User: ledger.UserID(u), Number: n}, err
}

// Endpoint names a webhook endpoint of a vendor.
func (s *Sealer) Endpoint(v ledger.VendorID, number uint64) string {
	return s.pair(kindEndpoint, uint64(v), number)
}

// OpenEndpoint reads a whe_ name.
func (s *Sealer) OpenEndpoint(name string) (ledger.VendorID, uint64, error) {
	v, n, err := s.openPair(kindEndpoint, name)
	return ledger.VendorID(v), n, err
}

// Link names a buyer's permission: user in 5 bytes, vendor in 4, currency in 3, generation in 3. The 12 bits of the
// user's shard stand in the upper halves of the first bytes of the three numbers. That leaves 36 bits for a user in its
// shard, 28 for a vendor and 20 for a generation, and changes no name of shard 0.
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
	return write(s.names, kindLink, b)
}

// OpenLink reads a lnk_ name.
func (s *Sealer) OpenLink(name string) (ledger.LinkID, error) {
	b, err := read(s.names, kindLink, name)
	if err != nil {
		return ledger.LinkID{}, err
	}
	shard := uint64(b[1]>>4)<<8 | uint64(b[6]>>4)<<4 | uint64(b[13]>>4)
	for _, i := range []int{1, 6, 13} {
		b[i] &= 0x0f
	}
	return ledger.LinkID{
		User: ledger.UserID(shard<<(64-ledger.ShardBits) | get(b[1:6])), Vendor: ledger.VendorID(get(b[6:10])),
		Currency: ledger.Currency(b[10:13]), Generation: uint32(get(b[13:16])),
	}, nil
}

// Pseudonym is what one vendor calls a buyer. Another vendor's name for the same buyer has nothing in common with it,
// and a vendor cannot open it (claim 1: no personal data).
func (s *Sealer) Pseudonym(u ledger.UserID, v ledger.VendorID) string {
	return single(s.pseudonyms(v), kindWallet, uint64(u))
}

// Handle is the short name of a wallet that the person and staff use. Vendors never see it. It has 50 bits of a
// pseudo-random function: the store's unique index decides about the rare pair that is equal (attempt counts up).
func (s *Sealer) Handle(u ledger.UserID, attempt uint32) string {
	b := block{0: kindHandle.mark}
	put(b[4:8], uint64(attempt))
	binary.BigEndian.PutUint64(b[8:], uint64(u))
	return write(s.names, kindHandle, b)[:len(kindHandle.prefix)+10]
}
