package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"sync"

	"tuppence/server/ledger"
)

// A restore leaves a branch of the books behind: what was sold after the backup is gone, but its names are known to
// vendors and buyers. The numbers of the lost branch are given again, so names must not follow from numbers alone: each
// generation of the books (see [ledger.Generation]) has a cipher of its own. A number is named by the cipher of the
// generation that gave it, so names which were given before the backup stay what they were, and a name of the lost
// branch opens to nothing.

// generation is how the names of one generation are made.
type generation struct {
	ledger.Generation
	mark    string // in the purposes of its keys
	names   cipher.Block
	vendors sync.Map // ledger.VendorID → cipher.Block of its pseudonyms
}

// generation derives the cipher of names. The mark is "" for books that were never restored: names which were given
// before there were generations are of it.
func (s *Sealer) generation(mark string, g ledger.Generation) *generation {
	return &generation{Generation: g, mark: mark, names: newCipher(s.derive("names"+mark, 16))}
}

func newCipher(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has the right length
	}
	return b
}

// In returns the sealer of books with these generations, oldest first. lost is told the kind of a name, such as "chg_",
// that a branch which is no more has given; it must not block. It learns of names whose generation the books know: what
// an earlier restore of the same backup has named looks like a guess.
func (s *Sealer) In(all []ledger.Generation, lost func(kind string)) *Sealer {
	in := *s
	in.generations = []*generation{s.generations[0]}
	for _, g := range all {
		in.generations = append(in.generations, s.generation(fmt.Sprintf("/%x", g.Tag), g))
	}
	in.lost = lost
	return &in
}

// newest is the generation of what is given now.
func (s *Sealer) newest() *generation { return s.generations[len(s.generations)-1] }

// since returns the newest generation that had begun with a number: its first number, as first says, is not above it.
func (s *Sealer) since(n uint64, first func(ledger.Generation) uint64) *generation {
	for i := len(s.generations) - 1; i > 0; i-- {
		if g := s.generations[i]; n >= first(g.Generation) {
			return g
		}
	}
	return s.generations[0]
}

func (s *Sealer) ofEntry(n uint64) *generation {
	return s.since(n, func(g ledger.Generation) uint64 { return uint64(g.Entry) })
}

func (s *Sealer) ofUser(u ledger.UserID) *generation {
	return s.since(uint64(u), func(g ledger.Generation) uint64 { return uint64(g.User) })
}

func (s *Sealer) ofVendor(v ledger.VendorID) *generation {
	return s.since(uint64(v), func(g ledger.Generation) uint64 { return uint64(g.Vendor) })
}

// ofOwned is the generation of what an owner counts: the number tells it.
func (s *Sealer) ofOwned(n uint64) *generation { return s.nth(ledger.GenerationOf(n)) }

// nth is a generation by its place. Numbers of generations that the books do not know are not given: a name for one is
// of the newest.
func (s *Sealer) nth(i uint16) *generation { return s.generations[min(int(i), len(s.generations)-1)] }

// pseudonyms is the cipher of one vendor's names for a buyer: of the later of the generations of the two, so that
// neither a new buyer nor a new vendor is met by what a lost one was told.
func (s *Sealer) pseudonyms(u ledger.UserID, v ledger.VendorID) cipher.Block {
	g := s.ofUser(u)
	if of := s.ofVendor(v); of.Entry > g.Entry {
		g = of
	}
	if b, ok := g.vendors.Load(v); ok {
		return b.(cipher.Block)
	}
	b := newCipher(s.derive(fmt.Sprintf("pseudonym/%d%s", v, g.mark), 16))
	g.vendors.Store(v, b)
	return b
}
