package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// many are n charges of one offer on the link.
func (s selling) many(n int, o ledger.Offer) []BulkCharge {
	all := make([]BulkCharge, n)
	for i := range all {
		all[i].ChargeOrder = ChargeOrder{Link: s.link, Offer: o.ID, ClientRef: strconv.Itoa(i)}
	}
	return all
}

// bulk sells many; the key is also what is asked for.
func (s selling) bulk(key string, all []BulkCharge) ([]BulkResult, bool) {
	s.t.Helper()
	results, replayed, err := s.v.ChargeBulk(s.ctx, asking(key, key), all)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(results) != len(all) {
		s.t.Fatalf("%d results for %d charges", len(results), len(all))
	}
	return results, replayed
}

// unbounded takes the limits of the wallet away.
func (s selling) unbounded() {
	s.t.Helper()
	s.decides(func(p *ledger.Policy) { p.Risk.NewFor = 0 })
	for _, p := range []string{"purchase", "day", "week", "month"} {
		s.setLimit(s.who, p, ledger.NoLimit)
	}
}

// Each of many charges has its own answer in its own place: a bad one takes nothing from the others.
func TestManyChargesAnswerInOrder(t *testing.T) {
	s := sellingHouse(t)
	word := s.offers("Word", ledger.Amount{Micros: 10_000, Currency: "EUR"})
	all := s.many(bulkChunk+7, word)
	other := all[0]
	other.Offer.Number++
	long := all[0]
	long.ClientRef = strings.Repeat("x", ledger.MaxClientRef+1)
	old := all[0]
	old.Version = 9
	much := all[0]
	much.Quantity = 20_000
	want := map[int]error{
		0: ledger.ErrNotFound, 3: ledger.ErrInvalid, 5: ledger.ErrTermsChanged, 8: ledger.ErrInvalid, 9: ledger.ErrNotFound,
	}
	all[0], all[3], all[5], all[8] = other, long, old, much
	all[9] = BulkCharge{Refused: ledger.RefuseNotFound("link")}
	s.unbounded()
	results, _ := s.bulk("k", all)
	for i, r := range results {
		switch {
		case !errors.Is(r.Refused, want[i]):
			t.Errorf("charge %d: %v, want %v", i, r.Refused, want[i])
		case r.Refused != nil && want[i] == nil:
			t.Errorf("charge %d: %v", i, r.Refused)
		case r.Refused == nil && r.Charge.ClientRef != all[i].ClientRef:
			t.Errorf("charge %d has the answer of %s", i, r.Charge.ClientRef)
		}
	}
	sold := int64(len(all) - len(want))
	is(t, "balance", s.balance(s.who), eur(1000).Micros-sold*word.Price.Micros)
}

// A thousand charges on one link spend what the limit leaves and not a micro more, nor does the balance go below zero.
func TestManyChargesKeepLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		price, day, spends int64
		why                error
	}{
		"a limit of the day": {7_000, 5 * ledger.Unit, 4_998_000, ledger.ErrLimit},
		"the balance":        {13_000, ledger.NoLimit, 9_997_000, ledger.ErrFunds},
	} {
		t.Run(name, func(t *testing.T) {
			s := sellingHouse(t)
			s.unbounded()
			s.setLimit(s.who, "day", tt.day)
			small := s.offers("Word", ledger.Amount{Micros: tt.price, Currency: "EUR"})
			results, _ := s.bulk("k", s.many(MaxBulk, small))
			var spent, asked int64
			for i, r := range results {
				switch {
				case r.Refused == nil:
					spent += tt.price
				case errors.Is(r.Refused, tt.why):
					asked++
				case tt.why != ledger.ErrLimit || asked != maxAsked || !errors.Is(r.Refused, ledger.ErrRate):
					t.Fatalf("charge %d: %v, want %v", i, r.Refused, tt.why)
				}
			}
			is(t, "spent", spent, tt.spends)
			is(t, "left", s.balance(s.who), eur(1000).Micros-tt.spends)
		})
	}
}

// The same key gives the same sales and sells nothing more; with other charges it is refused, also where nothing was
// sold. What was refused is decided anew.
func TestManyChargesAgain(t *testing.T) {
	s := sellingHouse(t)
	s.unbounded()
	all := s.many(2*bulkChunk+1, s.offers("Word", ledger.Amount{Micros: 10_000, Currency: "EUR"}))
	gone := all[5].Offer
	gone.Number += 9
	all[5].Offer = gone
	first, replayed := s.bulk("k", all)
	is(t, "replayed at first", replayed, false)
	head := s.head()
	again, replayed := s.bulk("k", all)
	is(t, "replayed", replayed, true)
	is(t, "head", s.head(), head)
	for i := range first {
		is(t, "charge "+strconv.Itoa(i), again[i].Charge.ID, first[i].Charge.ID)
	}
	s.refused(ledger.ErrKeyReused, func() error {
		_, _, err := s.v.ChargeBulk(s.ctx, asking("k", "other"), all)
		return err
	})
	s.refused(ledger.ErrKeyReused, func() error {
		_, _, err := s.v.Charge(s.ctx, asking("k", "one"), all[0].ChargeOrder)
		return err
	})
	none := []BulkCharge{{Refused: ledger.RefuseNotFound("link")}}
	s.bulk("none", none)
	s.refused(ledger.ErrKeyReused, func() error {
		_, _, err := s.v.ChargeBulk(s.ctx, asking("none", "other"), all)
		return err
	})
	for _, n := range []int{0, MaxBulk + 1} {
		s.refused(ledger.ErrInvalid, func() error {
			_, _, err := s.v.ChargeBulk(s.ctx, asking("n", "n"), s.many(n, s.offer))
			return err
		})
	}
	s.refused(ledger.ErrKeyMissing, func() error { _, _, err := s.v.ChargeBulk(s.ctx, Request{}, all); return err })
}

// cutting is a store whose n-th update from now on, and all later ones, are not made: what a kill leaves.
type cutting struct {
	store.Store
	left *int
}

func (c cutting) Update(ctx context.Context, fn func(store.Tx) error) error {
	if *c.left--; *c.left < 0 {
		return store.ErrClosed
	}
	return c.Store.Update(ctx, fn)
}

// A request that ends in its middle goes on where it was: what was sold is told, and what was not is sold.
func TestManyChargesCutOff(t *testing.T) {
	s := sellingHouse(t)
	s.unbounded()
	all := s.many(5*bulkChunk, s.offers("Word", ledger.Amount{Micros: 10_000, Currency: "EUR"}))
	whole, left := s.Server.store, 2
	s.Server.store = cutting{whole, &left}
	before := s.head()
	if _, _, err := s.v.ChargeBulk(s.ctx, asking("k", "k"), all); !errors.Is(err, ledger.ErrUnavailable) {
		t.Fatalf("%v, want %v", err, ledger.ErrUnavailable)
	}
	is(t, "sold before the cut", s.head()-before, 2*bulkChunk)
	s.Server.store = whole
	results, replayed := s.bulk("k", all)
	is(t, "replayed", replayed, false)
	is(t, "sold in all", s.head()-before, 5*bulkChunk)
	ids := map[string]bool{}
	for _, r := range results {
		ids[r.Charge.ID] = true
	}
	is(t, "different sales", len(ids), len(all))
}

// What asks the buyer does it as one charge does, with the same bound, and the key sells what was approved.
func TestManyChargesAsk(t *testing.T) {
	s := sellingHouse(t)
	if err := s.Lock(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	all := s.many(maxAsked+2, s.offer)
	results, _ := s.bulk("k", all)
	var no *ledger.Refusal
	for i, r := range results {
		want := ledger.ErrWindow
		if i >= maxAsked {
			want = ledger.ErrRate
		}
		if !errors.Is(r.Refused, want) || !errors.As(r.Refused, &no) || (no.Approve != "") != (i < maxAsked) {
			t.Errorf("charge %d: %v, want %v", i, r.Refused, want)
		}
	}
	if !errors.As(results[2].Refused, &no) {
		t.Fatal(results[2].Refused)
	}
	if _, err := s.Answer(s.ctx, s.who, view.Answer{Code: no.Approve, Yes: true}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		results, _ = s.bulk("k", all)
		if results[2].Refused != nil || results[2].Charge.ClientRef != "2" {
			t.Errorf("approved: %+v", results[2])
		}
		is(t, "balance", s.balance(s.who), eur(975).Micros)
	}
	if all, err := s.Pending(s.ctx, s.who); err != nil || len(all) != maxAsked {
		t.Errorf("%d requests wait (%v), want %d: one was approved, and another took its place", len(all), err, maxAsked)
	}
}

// What does not fit into one transaction of the store is sold in smaller ones.
func TestManyChargesWithMuchMetadata(t *testing.T) {
	kv, err := store.Open(t.TempDir(), store.Options{MostlyAbsent: books.MostlyAbsent()})
	if err != nil {
		t.Fatal(err)
	}
	s := sellingOn(t, kv)
	s.unbounded()
	all := s.many(2*bulkChunk, s.offers("Word", ledger.Amount{Micros: 10_000, Currency: "EUR"}))
	for i := range all {
		all[i].Metadata = map[string]string{}
		for n := range ledger.MaxMetadata {
			all[i].Metadata[strconv.Itoa(n)] = strings.Repeat("ü", ledger.MaxMetadataValue)
		}
	}
	before := s.head()
	results, _ := s.bulk("k", all)
	for i, r := range results {
		if r.Refused != nil {
			t.Fatalf("charge %d: %v", i, r.Refused)
		}
	}
	is(t, "sold", s.head()-before, ledger.EntryNo(len(all)))
	if _, replayed := s.bulk("k", all); !replayed {
		t.Error("the same request is not known again")
	}
}

// A key that was ended meanwhile sells nothing.
func TestManyChargesOfAKeyThatEnded(t *testing.T) {
	s := sellingHouse(t)
	if _, err := s.VendorKey(s.ctx, s.operator, "news"); err != nil {
		t.Fatal(err)
	}
	s.refused(ledger.ErrUnauthenticated, func() error {
		_, _, err := s.v.ChargeBulk(s.ctx, asking("k", "k"), s.many(3, s.offer))
		return err
	})
}

// many asks for charges of all people at once, some of which cannot be.
func (w *model) many(r *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(r, "vendor")
	var all []BulkCharge
	for range rapid.IntRange(1, 4).Draw(r, "charges") {
		id := ledger.LinkID{
			User: w.user(w.who(r)).ID, Vendor: w.sellers[i].ID, Currency: w.currency(r),
			Generation: rapid.SampledFrom([]uint32{1, 1, 2}).Draw(r, "generation"),
		}
		all = append(all, BulkCharge{ChargeOrder: ChargeOrder{
			Link: id, Offer: w.offers[i], Quantity: rapid.Uint32Range(1, 3).Draw(r, "quantity"),
			Hold: rapid.Bool().Draw(r, "hold"),
		}})
	}
	body := "many" + fmt.Sprint(all)
	results, _, err := w.sellers[i].ChargeBulk(w.ctx, asking(body, body), all)
	if !w.ok(r, err) {
		return
	}
	for n, one := range results {
		key := body + "/" + strconv.Itoa(n)
		if !w.ok(r, one.Refused) {
			var no *ledger.Refusal
			if errors.As(one.Refused, &no); no.Approve != "" {
				w.asked = append(w.asked, no.Approve)
			}
			if w.charged[key] != 0 {
				r.Fatalf("charge %d was answered with a sale, and now with %v", n, one.Refused)
			}
			continue
		}
		no := opened(w.t, w.seal.OpenCharge, one.Charge.ID)
		switch had := w.charged[key]; had {
		case 0:
			w.charged[key], w.sales = no, append(w.sales, no)
		case no:
		default:
			r.Fatalf("charge %d sold %d and %d", n, had, no)
		}
	}
}
