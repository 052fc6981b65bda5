package ledger

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ExampleCheckOffer() {
	v := Vendor{Origins: []Origin{{URL: "https://news.example", Verified: start}}}
	o, err := CheckOffer(Offer{Title: " How  rivers\tfreeze ", Price: Amount{250_000, "EUR"}, ContentURL: "https://news.example/rivers"}, v, DefaultPolicy())
	fmt.Printf("%q %s %v\n", o.Title, o.Kind, err)
	_, err = CheckOffer(Offer{Title: "x", Price: Amount{250_000, "EUR"}, ContentURL: "https://evil.example/"}, v, DefaultPolicy())
	fmt.Println(Code(err))
	// Output:
	// "How rivers freeze" content <nil>
	// origin_not_allowed
}

func TestCheckOffer(t *testing.T) {
	s := newShop(t, 0)
	good, err := CheckOffer(s.offer, s.vendor, s.policy)
	must(t, err)
	is(t, "royalties", len(good.Royalties), 2)
	for _, ok := range []func(*Offer){
		func(o *Offer) { o.Kind, o.ContentURL = Service, "" },
		func(o *Offer) { o.Kind, o.ContentURL = Goods, "" },
		func(o *Offer) { o.Price.Micros = 1; o.Royalties = nil },
		func(o *Offer) { o.Price.Micros = maxPrice },
		func(o *Offer) { o.MIME = "text/html; charset=utf-8" },
		func(o *Offer) { o.SHA256 = strings.Repeat("aF", 32) },
		func(o *Offer) { o.SampleURL = "https://news.example/sample" },
		func(o *Offer) { o.Royalties = []Royalty{{Name: "Ada", Role: "owner", BasisPoints: 10_000}} },
		func(o *Offer) { o.Royalties = []Royalty{{Name: "Ada", Role: "owner", Fixed: 237_500}} },
		func(o *Offer) { o.Metadata = map[string]string{"isbn": "1", "empty": ""} },
		func(o *Offer) { o.Bounds.Expires = start.Add(1) },
	} {
		o := s.offer
		ok(&o)
		_, err := CheckOffer(o, s.vendor, s.policy)
		must(t, err)
	}
	many := map[string]string{}
	for i := range 21 {
		many[fmt.Sprint(i)] = ""
	}
	for _, c := range []struct {
		param string
		do    func(*Offer)
	}{
		{"title", func(o *Offer) { o.Title = "\u200b\x00" }},
		{"price", func(o *Offer) { o.Price.Currency = "GBP" }},
		{"price", func(o *Offer) { o.Price.Micros = 0 }},
		{"price", func(o *Offer) { o.Price.Micros = -1 }},
		{"price", func(o *Offer) { o.Price.Micros = maxPrice + 1 }},
		{"kind", func(o *Offer) { o.Kind = "magic" }},
		{"content_url", func(o *Offer) { o.ContentURL = "" }},
		{"content_url", func(o *Offer) { o.ContentURL = "javascript:alert(1)" }},
		{"sample_url", func(o *Offer) { o.SampleURL = "ftp://news.example" }},
		{"hours", func(o *Offer) { o.Bounds.Hours = maxDays*24 + 1 }},
		{"days", func(o *Offer) { o.Bounds.Days = maxDays + 1 }},
		{"expires_at", func(o *Offer) { o.Bounds.Expires = start }},
		{"mime_type", func(o *Offer) { o.MIME = "html" }},
		{"mime_type", func(o *Offer) { o.MIME = "/" }},
		{"content_sha256", func(o *Offer) { o.SHA256 = "abc" }},
		{"content_sha256", func(o *Offer) { o.SHA256 = "ab" }},
		{"incentive_ids", func(o *Offer) { o.Incentives = make([]string, 21) }},
		{"metadata", func(o *Offer) { o.Metadata = many }},
		{"metadata", func(o *Offer) { o.Metadata = map[string]string{"a": "b\x1b[2J"} }},
		{"metadata", func(o *Offer) { o.Metadata = map[string]string{"": "b"} }},
		{"metadata", func(o *Offer) { o.Metadata = map[string]string{"a": strings.Repeat("b", 501)} }},
		{"royalties", func(o *Offer) { o.Royalties = make([]Royalty, 21) }},
		{"royalties", func(o *Offer) { o.Royalties = []Royalty{{Role: "author", BasisPoints: 1}} }},
		{"royalties", func(o *Offer) { o.Royalties = []Royalty{{Name: "a", Role: "friend", BasisPoints: 1}} }},
		{"royalties", func(o *Offer) { o.Royalties = []Royalty{{Name: "a", Role: "author"}} }},
		{"royalties", func(o *Offer) { o.Royalties = []Royalty{{Name: "a", Role: "author", BasisPoints: 1, Fixed: 1}} }},
		{"royalties", func(o *Offer) { o.Royalties = []Royalty{{Name: "a", Role: "author", BasisPoints: 10_001}} }},
		{"royalties", func(o *Offer) { o.Royalties = []Royalty{{Name: "a", Role: "author", Fixed: -1}} }},
		{"royalties", func(o *Offer) { o.Royalties = []Royalty{{Name: "a", Role: "author", Fixed: 237_501}} }},
		{"royalties", func(o *Offer) {
			o.Royalties = []Royalty{{Name: "a", Role: "author", BasisPoints: 6000}, {Name: "b", Role: "author", BasisPoints: 4001}}
		}},
		{"royalties", func(o *Offer) {
			o.Royalties = []Royalty{{Name: "a", Role: "author", BasisPoints: 9999}, {Name: "b", Role: "author", Fixed: 24}}
		}},
	} {
		o := s.offer
		c.do(&o)
		_, err := CheckOffer(o, s.vendor, s.policy)
		is(t, "param", refused(t, err, ErrInvalid).Param, c.param)
	}
	o := s.offer
	o.SampleURL = "https://other.example/"
	_, err = CheckOffer(o, s.vendor, s.policy)
	is(t, "param", refused(t, err, ErrOrigin).Param, "sample_url")
}

// A plan that CheckOffer lets pass gives every payee what it promises, to the micro, for any number of pieces.
func TestAcceptedPlansAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := DefaultPolicy()
		price := rapid.Int64Range(1, 400_000).Draw(t, "price")
		plan := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Royalty {
			r := Royalty{Name: "x", Role: "author"}
			if rapid.Bool().Draw(t, "fixed") {
				r.Fixed = rapid.Int64Range(1, 100_000).Draw(t, "micros")
			} else {
				r.BasisPoints = rapid.Uint32Range(1, 5000).Draw(t, "bp")
			}
			return r
		}), 0, 5).Draw(t, "plan")
		if _, err := checkRoyalties(plan, price, p); err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		n := rapid.Int64Range(1, maxQuantity).Draw(t, "pieces")
		net := price*n - CommissionOf(price*n, p.Commission)
		_, shares, err := SplitRoyalties(net, uint32(n), plan)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range plan {
			low := r.Fixed*n + net*int64(r.BasisPoints)/whole
			if shares[i].Micros < low || shares[i].Micros > low+1 {
				t.Fatalf("payee %d of %+v gets %d of %d, want %d", i, plan, shares[i].Micros, net, low)
			}
		}
	})
}
