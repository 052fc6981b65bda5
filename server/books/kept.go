package books

import (
	"reflect"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// The rows that every sale touches are read and written decoded: head, wallet, link, till, balances, user, vendor,
// offer and policy. The store keeps the nouns themselves between transactions, so a noun that was read must not be
// changed inside: whoever changes a list or a map of it copies that first. The store in memory finds those who do not.

// kept is a noun as the store keeps it.
type kept[T, R any] struct {
	noun T
	form *form[T, R]
}

// Append encodes the noun.
func (k *kept[T, R]) Append(b []byte) []byte { return k.form.appendTo(b, k.noun) }

// Size is what the noun takes in memory.
func (k *kept[T, R]) Size() int { return keptOverhead + sizeOf(&k.noun) }

// keptOverhead is the pointer to the form, and the rounding to a size class.
const keptOverhead = 8 + 16

// Decode reads the record that stands under a key.
func (f *form[T, R]) Decode(key, record []byte) (store.Value, error) {
	v, err := f.decode(key, record)
	if err != nil {
		return nil, err
	}
	return &kept[T, R]{v, f}, nil
}

// loadHot is load for the rows that every sale touches. The noun must not be changed inside.
func loadHot[T, R any](r Reader, k []byte, f *form[T, R]) (v T, found bool, err error) {
	if r.tx == nil {
		return load(r, k, *f)
	}
	had, err := r.tx.Load(k, f)
	if found, err = foundOr(err); !found {
		return v, false, err
	}
	return had.(*kept[T, R]).noun, true, nil // a key has one form
}

// putHot is put for the rows that every sale touches. The noun must not be changed inside from then on.
func putHot[T, R any](t Tx, k []byte, f *form[T, R], v T) error {
	return t.tx.Put(k, &kept[T, R]{v, f})
}

// sizeOf returns how many bytes of memory a noun takes. Those that each sale writes are quick to weigh, because all
// that hangs on them is the name of a currency.
func sizeOf(noun any) int {
	switch n := noun.(type) {
	case *int64:
		return 8
	case *head:
		return 40
	case *ledger.Wallet:
		return walletSize + len(n.Currency)
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
	walletSize = int(reflect.TypeFor[ledger.Wallet]().Size())
	linkSize   = int(reflect.TypeFor[ledger.Link]().Size())
	tillSize   = int(reflect.TypeFor[ledger.Till]().Size())
	recordSize = int(reflect.TypeFor[IdempotencyRecord]().Size())
)

// weigh adds up a value and all that it refers to. What is shared counts each time.
func weigh(v reflect.Value) int { return int(v.Type().Size()) + hanging(v) }

// hanging adds up what a value refers to.
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

// flat says whether nothing hangs on values of a kind.
func flat(k reflect.Kind) bool { return k >= reflect.Bool && k <= reflect.Complex128 }
