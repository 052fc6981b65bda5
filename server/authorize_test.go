package server

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// What is given back has cost nothing, so a day has a number of it for each program: one that goes wrong stops no
// other.
func TestPaymentsOfADayAreBounded(t *testing.T) {
	f := boundedFixture(t, store.NewMemory(), Bounds{Holds: 2})
	news, _ := f.vendor("news")
	ann := f.funded("ann", eur(500))
	for n := range byte(2) {
		f.lets(ann, fmt.Sprint("reader", n), n+1)
	}
	for n := range byte(4) {
		p, _, err := f.AuthenticateAgent(f.ctx, agentCaller(n/3+1).Fingerprint)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = p.Authorize(f.ctx, fmt.Sprint("payment", n), AuthorizeOrder{
			Vendor: news.ID, Price: ledger.Amount{Micros: 1, Currency: "EUR"}, Life: time.Minute,
			Resource: ledger.Resource{URL: "https://news.example/a", Method: "GET"},
		})
		if n != 2 && err != nil || n == 2 && !errors.Is(err, ledger.ErrRate) {
			t.Errorf("payment %d: %v", n, err)
		}
	}
}
