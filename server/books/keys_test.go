package books

import (
	"bytes"
	"cmp"
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Keys of numbers and times sort as the numbers and times do, so scans are in their order.
func TestKeysSortAsTheirParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		if got, want := bytes.Compare(numberKey(tUser, a), numberKey(tUser, b)), cmp.Compare(a, b); got != want {
			t.Fatalf("%d and %d sort as %d, want %d", a, b, got, want)
		}
		x, y := rapid.Uint64().Draw(t, "x"), rapid.Uint64().Draw(t, "y")
		got, want := bytes.Compare(pairKey(tOffer, a, x), pairKey(tOffer, b, y)), cmp.Or(cmp.Compare(a, b), cmp.Compare(x, y))
		if got != want {
			t.Fatalf("(%d, %d) and (%d, %d) sort as %d, want %d", a, x, b, y, got, want)
		}
		at := func(name string) time.Time { return time.UnixMicro(rapid.Int64Range(0, 1<<60).Draw(t, name)) }
		early, late := at("early"), at("late")
		got, want = bytes.Compare(key(tOpenDeposit, early), key(tOpenDeposit, late)), early.Compare(late)
		if got != want {
			t.Fatalf("%v and %v sort as %d, want %d", early, late, got, want)
		}
	})
}

// Keys that are built without the detour over parts are those of their parts, and numbers are read back from them.
func TestKeysAreThoseOfTheirParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, o, a := anyOf[ledger.LinkID](t, source{}), anyOf[ledger.OfferID](t, source{}), anyOf[ledger.Account](t, source{})
		version := rapid.Uint32().Draw(t, "version")
		for name, k := range map[string][2][]byte{
			"user":     {numberKey(tUser, l.User), key(tUser, l.User)},
			"wallet":   {walletKey(l.User, l.Currency), key(tWallet, l.User, l.Currency)},
			"link":     {linkKey(l.User, l.Vendor, l.Currency), key(tLink, l.User, l.Vendor, l.Currency)},
			"till":     {tillKey(l.Vendor, l.Currency), key(tTill, l.Vendor, l.Currency)},
			"offer":    {offerKey(o, version), key(tOffer, o.Vendor, o.Number, version)},
			"checkout": {checkoutKey(ledger.CheckoutID(o)), key(tCheckout, o.Vendor, o.Number)},
			"balance":  {balanceKey(a), key(tBalance, a.Class, a.Currency, a.Owner)},
			"total":    {totalKey(a), key(tTotal, a.Class, a.Currency)},
		} {
			if !bytes.Equal(k[0], k[1]) {
				t.Fatalf("%s: %x, want %x", name, k[0], k[1])
			}
		}
		if got := last(balanceKey(a)); got != a.Owner {
			t.Fatalf("owner %d was read as %d", a.Owner, got)
		}
		if got := classOf(totalKey(a)); got != a.Class {
			t.Fatalf("class %d was read as %d", a.Class, got)
		}
	})
}

// after is above all keys with a prefix, and nothing else lies between: for all prefixes and keys of up to three of the
// bytes at which a carry begins or ends.
func TestAfterAPrefix(t *testing.T) {
	all := [][]byte{{}}
	for i := 0; len(all[i]) < 3; i++ {
		for _, b := range []byte{0, 1, 0xfe, 0xff} {
			all = append(all, append(bytes.Clone(all[i]), b))
		}
	}
	for _, prefix := range all[1:] {
		end := after(prefix)
		for _, k := range all[1:] {
			inside := bytes.Compare(prefix, k) <= 0 && (end == nil || bytes.Compare(k, end) < 0)
			if inside != bytes.HasPrefix(k, prefix) {
				t.Fatalf("prefix %x, end %x, key %x: inside %v", prefix, end, k, inside)
			}
		}
	}
}

// A part that no key can have is a bug that is found at once, and not a key that collides.
func TestKeysOfUnknownParts(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a key was made of an int")
		}
	}()
	key(tUser, 1)
}

// Counters give each number once, in order, within their shard.
func TestCountersGiveEachNumberOnce(t *testing.T) {
	w := newWorld(t)
	next := map[string]func(Tx) (uint64, error){
		"user":   func(tx Tx) (uint64, error) { n, err := tx.NextUser(); return uint64(n), err },
		"vendor": func(tx Tx) (uint64, error) { n, err := tx.NextVendor(); return uint64(n), err },
		"payee":  func(tx Tx) (uint64, error) { n, err := tx.NextPayee(); return uint64(n), err },
	}
	for name, count := range next {
		w.do(func(tx Tx) error { return tx.tx.Set(key(tCounter, name), counts.encode(ledger.InShard[uint64](5, 7))) })
		refused := errors.New("refused")
		for want := uint64(8); want < 12; want++ {
			err := w.kv.Update(t.Context(), func(tx store.Tx) error { // a number that is refused is given again
				return first(second(count(Write(tx))), refused)
			})
			if !errors.Is(err, refused) {
				t.Fatal(err)
			}
			w.do(func(tx Tx) error {
				n, err := count(tx)
				if n != ledger.InShard[uint64](5, want) {
					t.Errorf("%s: got %x, want %d in shard 5", name, n, want)
				}
				return err
			})
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A counter that has given its last number of 52 bits refuses to go on: the next one would name another shard's things.
func TestCountersNeverLeaveTheirShard(t *testing.T) {
	full := func(shard ledger.Shard) uint64 { return ledger.InShard[uint64](shard, ledger.MaxSequence) }
	for name, count := range map[string]func(Tx) error{
		"user":   func(tx Tx) error { return second(tx.NextUser()) },
		"vendor": func(tx Tx) error { return second(tx.NextVendor()) },
		"payee":  func(tx Tx) error { return second(tx.NextPayee()) },
		"entry": func(tx Tx) error {
			return appended(tx, ledger.Entry{At: morning, Kind: ledger.KindStaff})
		},
	} {
		for _, shard := range []ledger.Shard{0, 1, 4095} {
			w := newWorld(t)
			w.plant(func(tx store.Tx) error {
				return first(
					tx.Set(key(tCounter, name), counts.encode(full(shard))),
					tx.Set(headKey, heads.encode(head{No: ledger.EntryNo(full(shard))})),
				)
			})
			before := w.dump()
			err := w.kv.Update(t.Context(), func(tx store.Tx) error { return count(Write(tx)) })
			if err == nil || !strings.Contains(err.Error(), "out of bounds") {
				t.Errorf("%s: a number after the last one of shard %d: %v", name, shard, err)
			}
			if diff := gocmp.Diff(before, w.dump()); diff != "" {
				t.Errorf("%s: refused, but (-was +is):\n%s", name, diff)
			}
		}
	}
}

// The number after any other is in the same shard, and one higher.
func TestFollowing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shard := ledger.Shard(rapid.Uint16Max(1<<ledger.ShardBits-1).Draw(t, "shard"))
		n := rapid.Uint64Range(0, ledger.MaxSequence-1).Draw(t, "sequence")
		got := following(ledger.InShard[ledger.EntryNo](shard, n))
		if want := ledger.InShard[ledger.EntryNo](shard, n+1); got != want || ledger.ShardOf(got) != shard {
			t.Fatalf("after %d in shard %d comes %x, want %x", n, shard, got, want)
		}
	})
}
