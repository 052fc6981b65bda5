package server

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// counting counts what transactions read and write, as bytes and decoded.
type counting struct {
	store.Store
	gets, sets, bytes, scanned atomic.Int64
	mu                         sync.Mutex
	read                       map[string]int // how often each key was read
}

func (c *counting) get(key []byte) {
	c.gets.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.read == nil {
		c.read = map[string]int{}
	}
	c.read[string(key)]++
}

func (c *counting) Update(ctx context.Context, fn func(store.Tx) error) error {
	return c.Store.Update(ctx, func(tx store.Tx) error { return fn(countingTx{tx, c}) })
}

func (c *counting) reset() {
	for _, n := range []*atomic.Int64{&c.gets, &c.sets, &c.bytes, &c.scanned} {
		n.Store(0)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.read)
}

type countingTx struct {
	store.Tx
	c *counting
}

func (t countingTx) Get(key []byte) ([]byte, error) {
	t.c.get(key)
	return t.Tx.Get(key)
}

func (t countingTx) Load(key []byte, d store.Decoder) (store.Value, error) {
	t.c.get(key)
	return t.Tx.Load(key, d)
}

func (t countingTx) Put(key []byte, v store.Value) error {
	t.c.sets.Add(1)
	t.c.bytes.Add(int64(len(key) + len(v.Append(nil))))
	return t.Tx.Put(key, v)
}

func (t countingTx) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		for kv, err := range t.Tx.Scan(from, to, reverse, limit) {
			t.c.scanned.Add(1)
			if !yield(kv, err) {
				return
			}
		}
	}
}

func (t countingTx) Set(key, value []byte) error {
	t.c.sets.Add(1)
	t.c.bytes.Add(int64(len(key) + len(value)))
	return t.Tx.Set(key, value)
}

// What a charge costs inside the writer is its throughput. These are bounds, not wishes: raise one only with a reason.
// It reads each record once: policy, vendor, offer, user, wallet, link and vendor's balance.
func TestCostOfACharge(t *testing.T) {
	kv := &counting{Store: store.NewMemory()}
	s := sellingOn(t, kv)
	for i, key := range []string{"first", "second", "third"} {
		kv.reset()
		if _, err := s.charges(key, s.offer); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s charge: %d gets, %d sets of %d bytes", key, kv.gets.Load(), kv.sets.Load(), kv.bytes.Load())
		if i == 0 {
			continue // opens the balances of the vendor and of its accounts
		}
		if kv.gets.Load() > 18 || kv.sets.Load() > 10 || kv.scanned.Load() > 0 {
			t.Errorf(
				"a charge reads %d rows, scans %d and writes %d, want at most 18, 0 and 10",
				kv.gets.Load(),
				kv.scanned.Load(),
				kv.sets.Load(),
			)
		}
		for k, n := range kv.read {
			if n > 1 && k != "h" { // the head is read for the number that the rules name, and to append behind it
				t.Errorf("%c %x is read %d times: a use case passes on what it has read", k[0], k[1:], n)
			}
		}
	}
}

// What a user did long ago costs today's transaction next to nothing: a few old rows are looked at, because a clock
// that was behind may have stamped new ones as old.
func TestOldTransfersAndDisputesCostLittle(t *testing.T) {
	kv := &counting{Store: store.NewMemory()}
	s := sellingOn(t, kv)
	for range 40 {
		v, err := s.Transfer(s.ctx, s.who, view.TransferRequest{Amount: eur(1)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Recall(s.ctx, s.who, v.ID); err != nil {
			t.Fatal(err)
		}
		sold := s.buys(s.who, s.record(), "Gossip", eur(1))
		if _, err := s.Dispute(s.ctx, s.who, view.DisputeRequest{ID: sold.ID, Reason: "duplicate"}); err != nil {
			t.Fatal(err)
		}
	}
	s.time.Pass(32 * 24 * time.Hour)
	if err := s.Touch(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	kv.reset()
	v, err := s.Transfer(s.ctx, s.who, view.TransferRequest{Amount: eur(1)})
	if err != nil {
		t.Fatal(err)
	}
	if kv.scanned.Load() > 10 {
		t.Errorf("a transfer scans %d rows", kv.scanned.Load())
	}
	kv.reset()
	if _, err := s.Claim(s.ctx, s.join("bob"), v.Code); err != nil {
		t.Fatal(err)
	}
	if kv.scanned.Load() > 0 {
		t.Errorf("a claim scans %d rows", kv.scanned.Load())
	}
	sold := s.buys(s.who, s.record(), "Gossip", eur(1))
	kv.reset()
	if _, err := s.Dispute(s.ctx, s.who, view.DisputeRequest{ID: sold.ID, Reason: "duplicate"}); err != nil {
		t.Fatal(err)
	}
	if kv.scanned.Load() > 20 { // the last of the month, the vendor's last of the day
		t.Errorf("a dispute scans %d rows", kv.scanned.Load())
	}
}

// record is the vendor as it is stored.
func (s selling) record() ledger.Vendor {
	s.t.Helper()
	var v ledger.Vendor
	s.read(func(r books.Reader) (err error) {
		v, err = s.v.record(r)
		return err
	})
	return v
}
