package ledger

import (
	"encoding/binary"
	"fmt"
	"time"
)

// Generation is a beginning of the books from a backup. What was written after the backup is a lost branch: its numbers
// are given once more, and the world knows names for them. So each restore begins a generation, with an entry of the
// journal that says where, and names are made from number and generation (package seal).
//
// A number of an entry, a user or a vendor is of the newest generation whose first number is not above it. What an
// owner counts (offers, endpoints, deposits, links) has no such bound for each owner: there the number tells the
// generation in its upper bits. Checkouts, codes and references are drawn at random and need neither.
type Generation struct {
	No     uint16   // from 1; 0 is that of books which were never restored
	Tag    [16]byte // random, so that two restores of one backup are two generations
	Entry  EntryNo  // the first entry, which tells of the restore
	User   UserID   // the first number of a new user
	Vendor VendorID // the first number of a new vendor
	At     time.Time
}

const (
	// countBits are the bits of a number in which an owner counts; the next 12, below those of a shard, are the
	// generation's.
	countBits = 40
	// linkBits are the bits of [LinkID.Generation] in which permissions are counted.
	linkBits = 20
	// MaxGenerations is how many restores books can have behind them.
	MaxGenerations = 1<<12 - 1
)

// Owned returns the n-th number of an owner, as this generation gives it.
func (g Generation) Owned(n uint64) uint64 { return uint64(g.No)<<countBits | CountOf(n) }

// GenerationOf returns the generation in which an owner's number was given.
func GenerationOf(n uint64) uint16 { return uint16(n >> countBits & MaxGenerations) }

// CountOf returns an owner's number without its generation.
func CountOf(n uint64) uint64 { return n & (1<<countBits - 1) }

// Link returns the n-th permission of a buyer for a vendor, as this generation gives it.
func (g Generation) Link(n uint32) uint32 {
	return uint32(g.No)<<linkBits | n&(1<<linkBits-1)
}

// BooksGeneration returns the generation of the books in which a permission was given.
func (id LinkID) BooksGeneration() uint16 { return uint16(id.Generation >> linkBits) }

// Payment returns the number that the reference of a deposit is made of (see [Reference]): that of its entry, and 24
// bits of the tag before it. A payer may send what was announced before a restore: it must not be found under the
// reference of somebody else.
func (g Generation) Payment(no EntryNo) uint64 {
	tag := uint64(binary.BigEndian.Uint32(g.Tag[:])) >> 8
	return tag<<countBits | CountOf(uint64(no))
}

// Change is what the entry of the restore says. The audit compares it with what the books hold of the generation.
func (g Generation) Change() *Change {
	return &Change{
		Name: "generation", Old: fmt.Sprintf("users from %d, vendors from %d", g.User, g.Vendor),
		New: fmt.Sprintf("%d %x", g.No, g.Tag),
	}
}
