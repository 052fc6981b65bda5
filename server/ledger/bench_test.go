package ledger

import (
	"testing"
	"time"
)

// BenchmarkDecidePurchase is a charge on a link, the hottest of all decisions: it is made once for each purchase while
// the writer of the books waits.
func BenchmarkDecidePurchase(b *testing.B) {
	for _, c := range []struct{ name, zone string }{{"zone=UTC", "UTC"}, {"zone=Berlin", "Europe/Berlin"}} {
		for _, payees := range []int{0, 2} {
			b.Run(c.name+"/payees="+string(rune('0'+payees)), func(b *testing.B) {
				s, r := linkedMarket(b, zone(b, c.zone))
				r.Offer.Royalties = r.Offer.Royalties[:payees]
				f := s.facts()
				b.ReportAllocs()
				for b.Loop() {
					if _, err := DecidePurchase(r, f, s.now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// linkedMarket is a buyer with money and bounds who lets the vendor charge without asking, and the request of such a
// charge.
func linkedMarket(t tester, z *time.Location) (*market, PurchaseRequest) {
	t.Helper()
	s := newMarket(t, 1000)
	s.zone = z
	s.wallet.Limits = DefaultPolicy().Limits
	order := LinkOrder{Currency: "EUR", Limits: Limits{PerPurchase: Unit, PerDay: 3 * Unit}, Total: 9 * Unit}
	out, err := DecideLink(order, LinkFacts{No: s.no + 1, User: s.user, Vendor: s.vendor}, s.now)
	must(t, err)
	s.post(out.Entry)
	s.link = &out.Link
	r := s.request()
	r.Approved = false
	return s, r
}
