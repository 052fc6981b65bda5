package books

import (
	"errors"
	"reflect"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

// What a transaction wrote and gave up is not seen by the next one, in whatever form it was read before.
func TestDecodedRowsAfterARefusal(t *testing.T) {
	for name, kv := range map[string]store.Store{"memory": store.NewMemory(), "engine": engine(t)} {
		t.Run(name, func(t *testing.T) {
			write := func(least int64, refuse error) error {
				return kv.Update(t.Context(), func(tx store.Tx) error {
					p := ledger.DefaultPolicy()
					p.DepositMin = least
					if err := Write(tx).PutPolicy(p); err != nil {
						return err
					}
					if had, _, err := Write(tx).Policy(); err != nil || had.DepositMin != least {
						t.Errorf("in its transaction: %d, %v, want %d", had.DepositMin, err, least)
					}
					return refuse
				})
			}
			if err := write(7, nil); err != nil {
				t.Fatal(err)
			}
			if err := write(8, store.ErrTooLarge); !errors.Is(err, store.ErrTooLarge) {
				t.Fatalf("got %v, want the refusal", err)
			}
			if err := kv.Update(t.Context(), func(tx store.Tx) error {
				p, found, err := Write(tx).Policy()
				if err != nil || !found || p.DepositMin != 7 {
					t.Errorf("policy with %d, %v, %v; want 7", p.DepositMin, found, err)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func engine(t *testing.T) store.Store {
	t.Helper()
	kv, err := store.Open(t.TempDir(), store.Options{Ballast: -1, MinFree: -1, MostlyAbsent: MostlyAbsent()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kv.Close(); err != nil {
			t.Error(err)
		}
	})
	return kv
}

// The store in memory finds a function that changes what it has read.
func TestAChangeInPlaceIsFound(t *testing.T) {
	kv := store.NewMemory()
	do := func(fn func(Tx) error) error {
		return kv.Update(t.Context(), func(tx store.Tx) error { return fn(Write(tx)) })
	}
	if err := do(func(tx Tx) error { return tx.PutPolicy(ledger.DefaultPolicy()) }); err != nil {
		t.Fatal(err)
	}
	read := func(tx Tx) error { _, _, err := tx.Policy(); return err }
	if err := do(read); err != nil {
		t.Fatal(err)
	}
	if err := do(func(tx Tx) error {
		p, _, err := tx.Policy()
		p.Currencies[0] = "XXX"
		return err
	}); err == nil {
		t.Error("a list of the policy was changed in place, and nothing was said")
	}
}

// The size of a noun counts all that hangs on it, and its record is never longer than the store allows for.
func TestSizesOfDecodedNouns(t *testing.T) {
	holdsSize(t, &users)
	holdsSize(t, &wallets)
	holdsSize(t, &links)
	holdsSize(t, &vendors)
	holdsSize(t, &tills)
	holdsSize(t, &offers)
	holdsSize(t, &policies)
	holdsSize(t, &heads)
	holdsSize(t, &amounts)
	holdsSize(t, &idempotencyRecords)
}

func holdsSize[T, R any](t *testing.T, c *codec[T, R]) {
	t.Helper()
	var v T
	fill(reflect.ValueOf(&v).Elem(), "")
	k := &decoded[T, R]{v, c}
	if got, want := sizeOf(&v), weigh(reflect.ValueOf(&v).Elem()); got != want {
		t.Errorf("%T: it weighs %d bytes, of which %d are counted", v, want, got)
	}
	if got := len(k.Append(nil)); got > 2*k.Size() {
		t.Errorf("%T: a record of %d bytes, the store allows for %d", v, got, 2*k.Size())
	}
	var none T
	k.noun = none
	if got := len(k.Append(nil)); got > 2*k.Size() {
		t.Errorf("%T without content: a record of %d bytes, the store allows for %d", v, got, 2*k.Size())
	}
}

func TestWeighFollowsWhatHangs(t *testing.T) {
	type leaf struct{ name string }
	type tree struct {
		leaves []leaf
		raw    []byte
		grid   [2][4]byte
		next   *leaf
	}
	v := tree{leaves: make([]leaf, 1, 3), raw: make([]byte, 5, 8), grid: [2][4]byte{{1}}, next: &leaf{"four"}}
	v.leaves[0].name = "three"
	const fixed, word = 24 + 24 + 8 + 8, 16
	if got, want := weigh(reflect.ValueOf(&v).Elem()), fixed+3*word+len("three")+8+word+len("four"); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	if m := map[string]string{"a": "bc"}; weigh(reflect.ValueOf(&m).Elem()) < 8+2*word+3 {
		t.Error("a map weighs less than its content")
	}
}

// Books that another program wrote are refused as a whole, and not taken for damaged ones.
func TestAuditRefusesAnotherFormat(t *testing.T) {
	kv := store.NewMemory()
	if err := kv.Update(t.Context(), func(tx store.Tx) error {
		return Write(tx).PutMeta(FormatName, []byte("books 3"))
	}); err != nil {
		t.Fatal(err)
	}
	if err := kv.View(t.Context(), func(r store.Reader) error {
		_, err := Audit(t.Context(), r, nil)
		return err
	}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("got %v, want %v", err, store.ErrNewer)
	}
}

// A sale posts on the wallet that its decision has read: what it takes over are limits and counters, and it is refused
// if the wallet is not that of the entry.
func TestAppendSpent(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.funded(), w.funded()
	if err := w.try(func(tx Tx) error {
		had, _, err := tx.Wallet(ann, "EUR")
		if err != nil {
			return err
		}
		had.Spent.Day = ledger.Counter{Start: 1, Spent: 100}
		paid := ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: uint64(ann)}
		vendor := ledger.Account{Class: ledger.VendorPending, Currency: "EUR", Owner: uint64(w.vendor)}
		e := ledger.Entry{
			At: w.now, Kind: ledger.KindPurchase, User: ann, Vendor: w.vendor,
			Amount:   ledger.Amount{Micros: 100, Currency: "EUR"},
			Postings: []ledger.Posting{{Account: paid, Micros: 100}, {Account: vendor, Micros: -100}},
		}
		for _, change := range []func(*ledger.Entry){
			func(e *ledger.Entry) { e.User = bob },
			func(e *ledger.Entry) { e.User = 0 },
			func(e *ledger.Entry) { e.Amount.Currency = "USD" },
			func(e *ledger.Entry) { e.Amount, e.Postings = ledger.Amount{}, nil },
		} {
			other := e
			change(&other)
			if _, err := tx.AppendSpent(other, had, ledger.Day{}); !errors.Is(err, ErrParty) {
				t.Errorf("%+v: got %v, want %v", other, err, ErrParty)
			}
		}
		if _, err := tx.AppendSpent(e, had, ledger.Day{}); err != nil {
			return err
		}
		got, _, err := tx.Wallet(ann, "EUR")
		want := had
		want.Paid, want.Last, want.Count = had.Paid-100, got.Last, had.Count+1
		want.Past.Sales++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
