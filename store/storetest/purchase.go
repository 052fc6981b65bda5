package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"

	"tuppence/store"
)

// Sale is the work of one purchase as the books do it, in bytes: 8 reads, 8 writes, about 900 bytes. It is for
// measurements of engines; what it computes is a sale in shape only. It stays as it is when the books change, so that
// figures of different years can be compared.
//
//	reads   idempotency key, account, wallet, link, head, vendor's balance, commission, royalties
//	writes  head, wallet, idempotency key, entry of 420 bytes, vendor's balance, commission, royalties, event
type Sale struct {
	User, Vendor, Payee uint32   // below Users, Vendors and Vendors
	Micros              int64    // the price
	Key                 [16]byte // of idempotency
}

// Counts of what Seed writes: many users, of which few meet, and few vendors, on which many meet.
const (
	Users   = 10_000
	Vendors = 100
)

var (
	// errKnown ends a sale whose idempotency key was used. Keys are drawn at random, so measurements never see it.
	errKnown = errors.New("known already")
	// order makes keys sort as their numbers do.
	order = binary.BigEndian
)

// id is the key of a row of some kind: a byte for the table and numbers that sort as numbers do.
func id(kind byte, parts ...uint32) []byte {
	b := make([]byte, 1, 1+4*len(parts))
	b[0] = kind
	for _, p := range parts {
		b = order.AppendUint32(b, p)
	}
	return b
}

// counted is the key of the n-th row of an owner, so that histories lie together in order.
func counted(kind byte, owner uint32, n uint64) []byte { return order.AppendUint64(id(kind, owner), n) }

// Seed writes users, links and balances, in transactions that every engine takes. Every user is linked with every
// vendor by one row: a row for each pair would take minutes and change nothing for a sale.
func Seed(ctx context.Context, s store.Store) error {
	for from := uint32(0); from < Users; from += 1000 {
		if err := s.Update(ctx, func(tx store.Tx) error {
			for u := from; u < from+1000; u++ {
				wallet := order.AppendUint64(order.AppendUint64(nil, 1e15), 0)
				if err := errors.Join(
					tx.Set(id('a', u), make([]byte, 48)),
					tx.Set(id('w', u), wallet),
					tx.Set(id('l', u), make([]byte, 32)),
				); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return s.Update(ctx, func(tx store.Tx) error {
		for v := range uint32(Vendors) {
			if err := errors.Join(tx.Set(id('v', v), make([]byte, 24)), tx.Set(id('r', v), make([]byte, 24))); err != nil {
				return err
			}
		}
		return errors.Join(tx.Set(id('c'), make([]byte, 24)), tx.Set(id('H'), make([]byte, 40)))
	})
}

// NewSale draws a sale; hot means that one vendor makes them all, which is the worst case for engines that let
// transactions run side by side.
func NewSale(r *rand.Rand, hot bool) Sale {
	s := Sale{User: r.Uint32N(Users), Payee: r.Uint32N(Vendors), Micros: 1 + r.Int64N(1e6)}
	if !hot {
		s.Vendor = r.Uint32N(Vendors)
	}
	order.PutUint64(s.Key[:8], r.Uint64())
	order.PutUint64(s.Key[8:], r.Uint64())
	return s
}

// Run is the function for Update. It returns errShort if the wallet has too little, which a seeded one never has, and
// the error of the store otherwise.
func (s Sale) Run(tx store.Tx) error {
	key := append([]byte{'i', 0, 1}, s.Key[:]...)
	if _, err := tx.Get(key); !errors.Is(err, store.ErrNotFound) {
		return errors.Join(errKnown, err)
	}
	if _, err := tx.Get(id('a', s.User)); err != nil {
		return err
	}
	if _, err := tx.Get(id('l', s.User)); err != nil {
		return err
	}
	wallet, err := tx.Get(id('w', s.User))
	if err != nil {
		return err
	}
	head, err := tx.Get(id('H'))
	if err != nil {
		return err
	}
	if int64(order.Uint64(wallet)) < s.Micros {
		return errShort
	}
	// The entry has the hash of the one before it: this is what makes all sales of the real books follow each other.
	number := order.Uint64(head) + 1
	entry := make([]byte, 0, 420)
	entry = append(order.AppendUint64(append(entry, 1), number), head[8:40]...)
	fee, royalty := s.Micros/10, s.Micros/9
	for _, p := range []struct {
		key   []byte
		delta int64
	}{{id('v', s.Vendor), s.Micros - fee - royalty}, {id('c'), fee}, {id('r', s.Payee), royalty}} {
		old, err := tx.Get(p.key)
		if err != nil {
			return err
		}
		row := order.AppendUint64(nil, order.Uint64(old)+uint64(p.delta))
		row = order.AppendUint64(order.AppendUint64(row, order.Uint64(old[8:])+1), number)
		entry = append(entry, row...)
		if err := tx.Set(p.key, row); err != nil {
			return err
		}
	}
	entry = fmt.Appendf(
		append(entry, s.Key[:]...),
		"The morning paper, edition of today and its second page https://vendor.example/content/articles/%x",
		s.Key[:8],
	)
	entry = append(entry, make([]byte, 420-len(entry))...) // as long as an entry of the books with a title and a link
	count := order.Uint64(wallet[8:]) + 1
	hash := sha256.Sum256(entry)
	return errors.Join(
		tx.Set(id('H'), append(order.AppendUint64(nil, number), hash[:]...)),
		tx.Set(id('w', s.User), order.AppendUint64(order.AppendUint64(nil, order.Uint64(wallet)-uint64(s.Micros)), count)),
		tx.Set(key, order.AppendUint32(order.AppendUint64(nil, number), s.User)),
		tx.Set(counted('u', s.User, number), entry),
		tx.Set(counted('e', s.Vendor, number), order.AppendUint32(nil, s.User)))
}

// RunAlone is the sale of a vendor that keeps its own books: 4 reads and 6 writes, and nothing that all sales share,
// neither commission nor a chain of entries. So sales at different vendors never conflict, on any engine: the kindest
// yardstick.
func (s Sale) RunAlone(tx store.Tx) error {
	key := append([]byte{'i', 0, 1}, s.Key[:]...)
	if _, err := tx.Get(key); !errors.Is(err, store.ErrNotFound) {
		return errors.Join(errKnown, err)
	}
	wallet, err := tx.Get(id('w', s.User))
	if err != nil {
		return err
	}
	if int64(order.Uint64(wallet)) < s.Micros {
		return errShort
	}
	count := order.Uint64(wallet[8:]) + 1
	royalty := s.Micros / 9 // no commission: its one row would be written by every sale
	for _, p := range []struct {
		key   []byte
		delta int64
	}{{id('v', s.Vendor), s.Micros - royalty}, {id('r', s.Payee), royalty}} {
		old, err := tx.Get(p.key)
		if err != nil {
			return err
		}
		row := order.AppendUint64(nil, order.Uint64(old)+uint64(p.delta))
		if err := tx.Set(p.key, append(row, old[8:]...)); err != nil {
			return err
		}
	}
	return errors.Join(
		tx.Set(id('w', s.User), order.AppendUint64(order.AppendUint64(nil, order.Uint64(wallet)-uint64(s.Micros)), count)),
		tx.Set(key, order.AppendUint32(order.AppendUint64(nil, count), s.User)),
		// Entries under random keys and not under numbers: nothing counts over all sales.
		tx.Set(append(id('u', s.User), s.Key[:]...), make([]byte, 300)),
		tx.Set(append(id('e', s.Vendor), s.Key[:]...), order.AppendUint32(nil, s.User)))
}

// CheckSales returns how many sales a store holds, and an error if its balances do not add up: wallets are credited
// nothing, so what left them is what vendors, commission and royalties got. A measurement that lost a sale is none.
func CheckSales(ctx context.Context, s store.Store) (sales uint64, err error) {
	err = s.View(ctx, func(r store.Reader) error {
		head, err := r.Get(id('H'))
		if err != nil {
			return err
		}
		var spent, got int64
		for kv, err := range r.Scan([]byte("w"), []byte("x"), false, 0) {
			if err != nil {
				return err
			}
			spent += 1e15 - int64(order.Uint64(kv.Value))
		}
		for _, kind := range []byte{'v', 'c', 'r'} {
			for kv, err := range r.Scan([]byte{kind}, []byte{kind + 1}, false, 0) {
				if err != nil {
					return err
				}
				got += int64(order.Uint64(kv.Value))
			}
		}
		for _, err := range r.Scan([]byte("u"), []byte("v"), false, 0) {
			if err != nil {
				return err
			}
			sales++
		}
		if numbered := order.Uint64(head); spent != got || numbered != 0 && numbered != sales { // 0: they were alone
			return fmt.Errorf("%d micros spent, %d received; %d entries, the last has number %d", spent, got, sales, numbered)
		}
		return nil
	})
	return sales, err
}
