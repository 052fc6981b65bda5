package seal

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"

	"tuppence/server/ledger"
)

// A transaction id seals its terms: any change is noticed (claim 29).
func TestTxnIDSealsItsTerms(t *testing.T) {
	s := sealer(t, "one")
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	terms := Terms{
		ID: "chk_1", Vendor: 5, Offer: ledger.OfferID{Vendor: 5, Number: 6}, Version: 2, Title: "How rivers freeze",
		Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, ContentURL: "https://news.example/rivers",
		Quantity: 1, Expires: at.Add(time.Hour),
	}
	id := s.TxnID(at, terms)
	if len(id) != 40 {
		t.Fatalf("TxnID = %q, want 40 characters", id)
	}
	if !s.CheckTxnID(id, terms) {
		t.Error("the id does not fit its own terms")
	}
	for name, change := range map[string]func(*Terms){
		"id":       func(t *Terms) { t.ID = "chk_2" },
		"vendor":   func(t *Terms) { t.Vendor++ },
		"offer":    func(t *Terms) { t.Offer.Number++ },
		"version":  func(t *Terms) { t.Version++ },
		"title":    func(t *Terms) { t.Title += " " },
		"price":    func(t *Terms) { t.Price.Micros++ },
		"currency": func(t *Terms) { t.Price.Currency = "USD" },
		"url":      func(t *Terms) { t.ContentURL += "2" },
		"quantity": func(t *Terms) { t.Quantity++ },
		"expiry":   func(t *Terms) { t.Expires = t.Expires.Add(1) },
	} {
		changed := terms
		change(&changed)
		if s.CheckTxnID(id, changed) {
			t.Errorf("a changed %s goes unnoticed", name)
		}
	}
	if sealer(t, "two").CheckTxnID(id, terms) {
		t.Error("another service accepts the id")
	}
	for _, bad := range []string{"", "txn_", id[:39], id + "0", "txn_" + strings.Repeat("!", 36)} {
		if s.CheckTxnID(bad, terms) {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// A sale that came through a browser keeps the id of its checkout; a charge on a link has one of its own, sealed from
// what the journal says.
func TestTxnOfASale(t *testing.T) {
	s := sealer(t, "one")
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	price := ledger.Amount{Micros: 250_000, Currency: "EUR"}
	sold := ledger.Entry{
		No: 9, At: at, Vendor: 5, Sale: &ledger.Sale{Title: "How rivers freeze", Quantity: 1, Price: price},
	}
	id := s.TxnOf(sold)
	if !s.CheckTxnID(id, Terms{ID: s.Charge(9), Vendor: 5, Title: "How rivers freeze", Quantity: 1, Price: price}) {
		t.Errorf("%s does not seal the terms of the sale", id)
	}
	next := sold
	next.No++
	if s.TxnOf(next) == id {
		t.Error("two sales in one millisecond have the same id")
	}
	sold.Sale.TxnID = "txn_of_the_checkout"
	if got := s.TxnOf(sold); got != "txn_of_the_checkout" {
		t.Errorf("got %s, want the checkout's", got)
	}
}

// canonicalByLibrary is the form of terms as a general writer of RFC 8785 makes it.
func canonicalByLibrary(t *testing.T, m Terms) string {
	t.Helper()
	raw, err := json.Marshal(map[string]string{
		"id": m.ID, "vendor": strconv.FormatUint(uint64(m.Vendor), 10),
		"offer": strconv.FormatUint(m.Offer.Number, 10), "version": strconv.FormatUint(uint64(m.Version), 10),
		"title": m.Title, "micros": strconv.FormatInt(m.Price.Micros, 10), "currency": string(m.Price.Currency),
		"content_url": m.ContentURL, "quantity": strconv.FormatUint(uint64(m.Quantity), 10),
		"expires": m.Expires.UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		t.Fatal(err)
	}
	form, err := jcs.Transform(raw)
	if err != nil {
		t.Fatal(err)
	}
	return string(form)
}

// The terms that we write ourselves have the bytes of RFC 8785: an id made by one writer fits the other.
func FuzzCanonicalTerms(f *testing.F) {
	const control = "\x00\x01\b\t\n\v\f\r\x1f\x7f\u2028\U0001f980"
	f.Add("chk_1", `How "rivers" <freeze> ❄`, `https://a.example/?a=1&b=2\`, "EUR", int64(250_000), uint64(6), int64(0))
	f.Add("", control, "\xff\xfe\xed\xa0\x80", "", int64(-1), uint64(1)<<63, int64(1))
	f.Fuzz(func(t *testing.T, id, title, url, currency string, micros int64, number uint64, expires int64) {
		m := Terms{
			ID: id, Vendor: ledger.VendorID(number), Offer: ledger.OfferID{Number: number}, Version: uint32(number),
			Title: title, Price: ledger.Amount{Micros: micros, Currency: ledger.Currency(currency)}, ContentURL: url,
			Quantity: uint32(micros), Expires: time.Unix(0, expires),
		}
		if diff := cmp.Diff(canonicalByLibrary(t, m), string(m.appendCanonical(nil))); diff != "" {
			t.Errorf("-library +ours:\n%s", diff)
		}
	})
}

// A transaction id of a charge costs a handful of allocations: every charge is answered with one.
func TestTxnIDAllocations(t *testing.T) {
	s := sealer(t, "one")
	terms := Terms{ID: "chk_1", Title: "How rivers freeze", ContentURL: "https://news.example/rivers"}
	at := time.Unix(0, 0)
	if got := testing.AllocsPerRun(100, func() { _ = s.TxnID(at, terms) }); got > 12 {
		t.Errorf("%v allocations, want at most 12", got)
	}
}

// The id tells a changed price from the one that was agreed on, without any record of either.
func ExampleSealer_TxnID() {
	s, err := New(make([]byte, MasterSize), strings.NewReader(""))
	if err != nil {
		fmt.Println(err)
		return
	}
	terms := Terms{ID: "chk_1", Title: "How rivers freeze", Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}}
	id := s.TxnID(time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC), terms)
	fmt.Println(id)
	fmt.Println(s.CheckTxnID(id, terms))
	terms.Price.Micros = 1
	fmt.Println(s.CheckTxnID(id, terms))
	// Output:
	// txn_06h0hdnfr0sstjeqrsh6b3b90ak2g1kvg580
	// true
	// false
}

func BenchmarkTxnID(b *testing.B) {
	s := sealer(b, "one")
	at := time.Unix(0, 0)
	for b.Loop() {
		_ = s.TxnID(at, Terms{ID: "chk_1", Title: "How rivers freeze"})
	}
}
