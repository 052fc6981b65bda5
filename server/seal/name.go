package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"strings"

	"tuppence/server/ledger"
)

// Names are one AES block over (kind, numbers), written in 26 characters. They need no index, count nothing and link
// nothing: whoever sees two of them learns neither order nor owner. Redundant zeros make a guessed name fail.

// Prefixes of names.
const (
	prefixEntry    = "ent_"
	prefixCharge   = "chg_"
	prefixGrant    = "grt_"
	prefixRefund   = "rfd_"
	prefixDispute  = "dsp_"
	prefixTransfer = "trf_"
	prefixEvent    = "evt_"
	prefixVendor   = "ven_"
	prefixPayee    = "pay_"
	prefixOffer    = "ofr_"
	prefixCheckout = "chk_"
	prefixDeposit  = "dep_"
	prefixLink     = "lnk_"
	prefixEndpoint = "whe_"
	prefixWallet   = "w_"
	prefixCursor   = "cur_"
)

// kinds keep names of different things apart even where their numbers are equal. Never reorder.
const (
	kindEntry byte = iota + 1
	kindCharge
	kindGrant
	kindRefund
	kindDispute
	kindTransfer
	kindEvent
	kindVendor
	kindPayee
	kindOffer
	kindCheckout
	kindDeposit
	kindLink
	kindEndpoint
	kindWallet
	kindCursor
	kindHandle
)

type block [16]byte

func write(c cipher.Block, prefix string, b block) string {
	c.Encrypt(b[:], b[:])
	return prefix + alphabet.EncodeToString(b[:])
}

func read(c cipher.Block, prefix string, kind byte, name string) (block, error) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok || len(rest) != 26 {
		return block{}, ErrName
	}
	raw, err := alphabet.DecodeString(rest)
	if err != nil || len(raw) != 16 || alphabet.EncodeToString(raw) != rest {
		return block{}, ErrName
	}
	var b block
	c.Decrypt(b[:], raw)
	if b[0] != kind {
		return block{}, ErrName
	}
	return b, nil
}

// single names one number.
func (s *Sealer) single(prefix string, kind byte, n uint64) string {
	b := block{0: kind}
	binary.BigEndian.PutUint64(b[8:], n)
	return write(s.names, prefix, b)
}

func (s *Sealer) openSingle(prefix string, kind byte, name string) (uint64, error) {
	b, err := read(s.names, prefix, kind, name)
	if err != nil || [7]byte(b[1:8]) != ([7]byte{}) {
		return 0, ErrName
	}
	return binary.BigEndian.Uint64(b[8:]), nil
}

// pair names a number of an owner: 7 bytes of owner, 8 of number.
func (s *Sealer) pair(prefix string, kind byte, owner, n uint64) string {
	var b block
	binary.BigEndian.PutUint64(b[:8], owner)
	b[0] = kind
	binary.BigEndian.PutUint64(b[8:], n)
	return write(s.names, prefix, b)
}

func (s *Sealer) openPair(prefix string, kind byte, name string) (owner, n uint64, err error) {
	b, err := read(s.names, prefix, kind, name)
	if err != nil {
		return 0, 0, err
	}
	b[0] = 0
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), nil
}

// Entry names any entry of the journal, for people: deposits' steps, limit changes and so on.
func (s *Sealer) Entry(no ledger.EntryNo) string { return s.single(prefixEntry, kindEntry, uint64(no)) }

// Charge names a purchase.
func (s *Sealer) Charge(no ledger.EntryNo) string {
	return s.single(prefixCharge, kindCharge, uint64(no))
}

// Grant names the right that a purchase gave.
func (s *Sealer) Grant(no ledger.EntryNo) string { return s.single(prefixGrant, kindGrant, uint64(no)) }

// Refund names a refund.
func (s *Sealer) Refund(no ledger.EntryNo) string {
	return s.single(prefixRefund, kindRefund, uint64(no))
}

// Dispute names a dispute by the entry that opened it.
func (s *Sealer) Dispute(no ledger.EntryNo) string {
	return s.single(prefixDispute, kindDispute, uint64(no))
}

// Transfer names a transfer by the entry that sent it.
func (s *Sealer) Transfer(no ledger.EntryNo) string {
	return s.single(prefixTransfer, kindTransfer, uint64(no))
}

// Event names a webhook event by the entry it tells of.
func (s *Sealer) Event(no ledger.EntryNo) string { return s.single(prefixEvent, kindEvent, uint64(no)) }

// Cursor hides a place in a list.
func (s *Sealer) Cursor(n uint64) string { return s.single(prefixCursor, kindCursor, n) }

// OpenEntry reads any name that stands for an entry: ent_, chg_, grt_, rfd_, dsp_, trf_ or evt_.
func (s *Sealer) OpenEntry(name string) (ledger.EntryNo, error) {
	kinds := map[string]byte{
		prefixEntry: kindEntry, prefixCharge: kindCharge, prefixGrant: kindGrant, prefixRefund: kindRefund,
		prefixDispute: kindDispute, prefixTransfer: kindTransfer, prefixEvent: kindEvent,
	}
	if len(name) < 4 {
		return 0, ErrName
	}
	kind, ok := kinds[name[:4]]
	if !ok {
		return 0, ErrName
	}
	n, err := s.openSingle(name[:4], kind, name)
	return ledger.EntryNo(n), err
}

// OpenCharge reads a chg_ name.
func (s *Sealer) OpenCharge(name string) (ledger.EntryNo, error) {
	n, err := s.openSingle(prefixCharge, kindCharge, name)
	return ledger.EntryNo(n), err
}

// OpenGrant reads a grt_ name.
func (s *Sealer) OpenGrant(name string) (ledger.EntryNo, error) {
	n, err := s.openSingle(prefixGrant, kindGrant, name)
	return ledger.EntryNo(n), err
}

// OpenRefund reads a rfd_ name.
func (s *Sealer) OpenRefund(name string) (ledger.EntryNo, error) {
	n, err := s.openSingle(prefixRefund, kindRefund, name)
	return ledger.EntryNo(n), err
}

// OpenDispute reads a dsp_ name.
func (s *Sealer) OpenDispute(name string) (ledger.EntryNo, error) {
	n, err := s.openSingle(prefixDispute, kindDispute, name)
	return ledger.EntryNo(n), err
}

// OpenTransfer reads a trf_ name.
func (s *Sealer) OpenTransfer(name string) (ledger.EntryNo, error) {
	n, err := s.openSingle(prefixTransfer, kindTransfer, name)
	return ledger.EntryNo(n), err
}

// OpenCursor reads a cursor.
func (s *Sealer) OpenCursor(name string) (uint64, error) {
	return s.openSingle(prefixCursor, kindCursor, name)
}

// Vendor names a vendor.
func (s *Sealer) Vendor(v ledger.VendorID) string {
	return s.single(prefixVendor, kindVendor, uint64(v))
}

// OpenVendor reads a ven_ name.
func (s *Sealer) OpenVendor(name string) (ledger.VendorID, error) {
	n, err := s.openSingle(prefixVendor, kindVendor, name)
	return ledger.VendorID(n), err
}

// Payee names somebody who earns royalties.
func (s *Sealer) Payee(p ledger.PayeeID) string { return s.single(prefixPayee, kindPayee, uint64(p)) }

// Offer names an offer across its versions.
func (s *Sealer) Offer(o ledger.OfferID) string {
	return s.pair(prefixOffer, kindOffer, uint64(o.Vendor), o.Number)
}

// OpenOffer reads an ofr_ name.
func (s *Sealer) OpenOffer(name string) (ledger.OfferID, error) {
	v, n, err := s.openPair(prefixOffer, kindOffer, name)
	return ledger.OfferID{Vendor: ledger.VendorID(v), Number: n}, err
}

// Checkout names a request to buy.
func (s *Sealer) Checkout(c ledger.CheckoutID) string {
	return s.pair(prefixCheckout, kindCheckout, uint64(c.Vendor), c.Number)
}

// OpenCheckout reads a chk_ name.
func (s *Sealer) OpenCheckout(name string) (ledger.CheckoutID, error) {
	v, n, err := s.openPair(prefixCheckout, kindCheckout, name)
	return ledger.CheckoutID{Vendor: ledger.VendorID(v), Number: n}, err
}

// Deposit names a deposit.
func (s *Sealer) Deposit(d ledger.DepositID) string {
	return s.pair(prefixDeposit, kindDeposit, uint64(d.User), d.Number)
}

// OpenDeposit reads a dep_ name.
func (s *Sealer) OpenDeposit(name string) (ledger.DepositID, error) {
	u, n, err := s.openPair(prefixDeposit, kindDeposit, name)
	return ledger.DepositID{User: ledger.UserID(u), Number: n}, err
}

// Endpoint names a webhook endpoint of a vendor.
func (s *Sealer) Endpoint(v ledger.VendorID, number uint64) string {
	return s.pair(prefixEndpoint, kindEndpoint, uint64(v), number)
}

// OpenEndpoint reads a whe_ name.
func (s *Sealer) OpenEndpoint(name string) (ledger.VendorID, uint64, error) {
	v, n, err := s.openPair(prefixEndpoint, kindEndpoint, name)
	return ledger.VendorID(v), n, err
}

// Link names a buyer's permission: user in 5 bytes, vendor in 4, currency in 3, generation in 3.
func (s *Sealer) Link(l ledger.LinkID) string {
	b := block{0: kindLink}
	put(b[1:6], uint64(l.User))
	put(b[6:10], uint64(l.Vendor))
	copy(b[10:13], l.Currency)
	put(b[13:16], uint64(l.Generation))
	return write(s.names, prefixLink, b)
}

// OpenLink reads a lnk_ name.
func (s *Sealer) OpenLink(name string) (ledger.LinkID, error) {
	b, err := read(s.names, prefixLink, kindLink, name)
	if err != nil {
		return ledger.LinkID{}, err
	}
	return ledger.LinkID{
		User: ledger.UserID(get(b[1:6])), Vendor: ledger.VendorID(get(b[6:10])),
		Currency: ledger.Currency(b[10:13]), Generation: uint32(get(b[13:16])),
	}, nil
}

// Pseudonym is what one vendor calls a buyer. Another vendor's name for the same buyer has nothing in common with it,
// and a vendor cannot open it.
func (s *Sealer) Pseudonym(u ledger.UserID, v ledger.VendorID) string {
	b := block{0: kindWallet}
	binary.BigEndian.PutUint64(b[8:], uint64(u))
	return write(s.pseudonyms(v), prefixWallet, b)
}

// Handle is the short name of a wallet that the person and staff use. Vendors never see it. It has 50 bits of a
// pseudo-random function: the store's unique index decides about the rare pair that is equal (attempt counts up).
func (s *Sealer) Handle(u ledger.UserID, attempt uint32) string {
	b := block{0: kindHandle}
	put(b[4:8], uint64(attempt))
	binary.BigEndian.PutUint64(b[8:], uint64(u))
	return write(s.names, prefixWallet, b)[:len(prefixWallet)+10]
}

func put(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte(n)
		n >>= 8
	}
}

func get(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}
