package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What was lent is settled when a dispute ends: by what goes back to the buyer first, then by the tokens that are
// there, and the rest is owed.
func TestReclaim(t *testing.T) {
	const user = 7
	d := Dispute{No: 5, User: user, Amount: Amount{100, "EUR"}, Provisional: 80}
	hold := Posting{disputeHold(d), 100}
	paid := func(n int64) Posting { return Posting{Account{Paid, "EUR", user}, n} }
	owed := func(n int64) Posting { return Posting{Account{Receivable, "EUR", user}, n} }
	vendor := func(n int64) Posting { return Posting{Account{VendorPending, "EUR", 3}, n} }
	lent := Posting{d.lent(), -80}
	for name, c := range map[string]struct {
		postings []Posting
		there    int64
		want     []Posting
		taken    int64
	}{
		"won":                {[]Posting{hold, paid(-100)}, 0, []Posting{hold, paid(-20), lent}, 0},
		"won with a debt":    {[]Posting{hold, owed(-30), paid(-70)}, 0, []Posting{hold, paid(-20), lent}, 0},
		"lost, all is there": {[]Posting{hold, vendor(-100)}, 90, []Posting{hold, vendor(-100), paid(80), lent}, 80},
		"lost, some is there": {
			[]Posting{hold, vendor(-100)}, 30, []Posting{hold, vendor(-100), paid(30), owed(50), lent}, 80,
		},
		"a part": {
			[]Posting{hold, vendor(-50), paid(-50)}, 10, []Posting{hold, vendor(-50), paid(10), owed(20), lent}, 30,
		},
	} {
		got, taken := d.reclaim(c.postings, Wallet{User: user, Currency: "EUR", Paid: c.there})
		if diff := cmp.Diff(c.want, got); diff != "" || taken != c.taken || sumOf(got, "EUR") != 0 {
			t.Errorf("%s: taken %d, %s", name, taken, diff)
		}
	}
}
