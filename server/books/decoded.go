package books

import (
	"reflect"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// The rows that every sale touches are read and written decoded: head, wallet, link, till, balances, user, vendor,
// offer and policy. The store keeps the nouns themselves between transactions, so a noun that was read must not be
// changed inside: a caller that changes a list or a map of it copies that first. The store in memory finds callers
// that do not.

// decoded is a noun as the store keeps it: a store.Value.
type decoded[T, R any] struct {
	noun  T
	codec *codec[T, R]
}

// Append appends the record of the noun, when the store writes a batch.
func (k *decoded[T, R]) Append(b []byte) []byte { return k.codec.appendTo(b, k.noun) }

// Size returns how many bytes the noun takes in memory: the store bounds the sum of what it keeps.
func (k *decoded[T, R]) Size() int { return decodedOverhead + sizeOf(&k.noun) }

// decodedOverhead is the pointer to the codec, and the rounding to a size class.
const decodedOverhead = 8 + 16

// Decode returns the noun of the record that stands under a key: the codec is a store.Codec.
func (c *codec[T, R]) Decode(key, record []byte) (store.Value, error) {
	v, err := c.decode(key, record)
	if err != nil {
		return nil, err
	}
	return &decoded[T, R]{v, c}, nil
}

// loadDecoded is load for the rows that every sale touches. The noun must not be changed inside.
func loadDecoded[T, R any](r Reader, k []byte, c *codec[T, R]) (v T, found bool, err error) {
	had, err := r.kv.Load(k, c)
	if found, err = foundOr(err); !found {
		return v, false, err
	}
	return had.(*decoded[T, R]).noun, true, nil // a key has one codec
}

// putDecoded is put for the rows that every sale touches. The noun must not be changed inside from then on.
func putDecoded[T, R any](t Tx, k []byte, c *codec[T, R], v T) error {
	return t.tx.Put(k, &decoded[T, R]{v, c})
}

// sizeOf returns how many bytes of memory a noun takes. Those that each sale writes are quick to weigh, because
// little more than the name of a currency hangs on them.
func sizeOf(noun any) int {
	switch n := noun.(type) {
	case *int64:
		return 8
	case *head:
		return 48
	case *ledger.Wallet:
		return walletSize + len(n.Currency) + cap(n.Lots)*lotSize + cap(n.Credit.Bills)*billSize +
			cap(n.Incentives)*incentiveSize
	case *ledger.Link:
		return linkSize + len(n.ID.Currency)
	case *ledger.Till:
		return tillSize + len(n.Currency)
	case *IdempotencyRecord:
		return recordSize + len(n.Kind) + cap(n.Ref)
	}
	return weigh(reflect.ValueOf(noun).Elem())
}

var (
	walletSize    = int(reflect.TypeFor[ledger.Wallet]().Size())
	lotSize       = int(reflect.TypeFor[ledger.Lot]().Size())
	billSize      = int(reflect.TypeFor[ledger.OpenBill]().Size())
	incentiveSize = int(reflect.TypeFor[ledger.IncentiveLot]().Size())
	linkSize      = int(reflect.TypeFor[ledger.Link]().Size())
	tillSize      = int(reflect.TypeFor[ledger.Till]().Size())
	recordSize    = int(reflect.TypeFor[IdempotencyRecord]().Size())
)

// weigh returns the bytes of a value and of all that it refers to. What is shared counts each time: too much is safe,
// too little would let the store keep more than it was allowed.
func weigh(v reflect.Value) int { return int(v.Type().Size()) + hanging(v) }

// hanging returns the bytes that a value refers to.
func hanging(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Struct:
		for i := range v.NumField() {
			n += hanging(v.Field(i))
		}
	case reflect.Array:
		if flat(v.Type().Elem().Kind()) {
			return 0
		}
		for i := range v.Len() {
			n += hanging(v.Index(i))
		}
	case reflect.Slice:
		if flat(v.Type().Elem().Kind()) {
			return v.Cap() * int(v.Type().Elem().Size())
		}
		n = (v.Cap() - v.Len()) * int(v.Type().Elem().Size())
		for i := range v.Len() {
			n += weigh(v.Index(i))
		}
	case reflect.Map:
		const slot = 16 // of a table that is half full at worst
		for at := v.MapRange(); at.Next(); {
			n += 2*(weigh(at.Key())+weigh(at.Value())) + slot
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Type() != reflect.TypeFor[*time.Location]() {
			n = weigh(v.Elem())
		}
	}
	return n
}

// flat returns whether values of a kind refer to no other memory.
func flat(k reflect.Kind) bool { return k >= reflect.Bool && k <= reflect.Complex128 }
