package ledger

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ExampleCheckOffer() {
	v := Vendor{Origins: []Origin{{URL: "https://news.example", Verified: start}}}
	o, err := CheckOffer(
		Offer{Title: " How  rivers\tfreeze ", Price: Amount{250_000, "EUR"}, ContentURL: "https://news.example/rivers"},
		v,
		DefaultPolicy(),
	)
	fmt.Printf("%q %s %v\n", o.Title, o.Kind, err)
	_, err = CheckOffer(
		Offer{Title: "x", Price: Amount{250_000, "EUR"}, ContentURL: "https://evil.example/"},
		v,
		DefaultPolicy(),
	)
	fmt.Println(Code(err))
	// Output:
	// "How rivers freeze" content <nil>
	// origin_not_allowed
}

func TestCheckOffer(t *testing.T) {
	s := newMarket(t, 0)
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
		{"metadata", func(o *Offer) { o.Metadata = map[string]string{"a": "b\x00"} }},
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
			o.Royalties = []Royalty{
				{Name: "a", Role: "author", BasisPoints: 6000}, {Name: "b", Role: "author", BasisPoints: 4001},
			}
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

// Checking an offer twice changes nothing: what was cleaned is clean.
func TestCheckedOffersStayAsTheyAre(t *testing.T) {
	s := newMarket(t, 0)
	rapid.Check(t, func(t *rapid.T) {
		o := s.offer
		o.Title, o.Description = rapid.String().Draw(t, "title"), rapid.String().Draw(t, "description")
		o.Royalties = []Royalty{{Name: rapid.String().Draw(t, "payee"), Role: "author", BasisPoints: 10}}
		once, err := CheckOffer(o, s.vendor, s.policy)
		if err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		twice, err := CheckOffer(once, s.vendor, s.policy)
		must(t, err)
		if d := cmp.Diff(once, twice); d != "" {
			t.Fatalf("-once +twice:\n%s", d)
		}
	})
}
