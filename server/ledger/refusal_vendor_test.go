package ledger

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// The person reads how much is missing; the vendor of the same sale reads that the buyer has to add tokens.
func ExampleForVendor() {
	refused := RefuseFunds(Amount{120_000, "EUR"})
	fmt.Println(refused.Detail)
	face, _ := ForVendor(fmt.Errorf("charge: %w", refused))
	fmt.Println(face.Detail)
	_, is := ForVendor(errors.New("disk full"))
	fmt.Println(is)
	// Output:
	// There are not enough tokens: 0.12 EUR more are needed.
	// There are not enough tokens in the buyer's wallet.
	// false
}

// buyerFacts changes what only the buyer and staff may know: balance, limits, what is used of them, zone, window, and
// what the buyer or staff think of the vendor or the wallet.
func buyerFacts(t *rapid.T, s *market, name string) {
	draw := func(what string) int64 { // mostly no bound: else one of them would nearly always be the first to stop
		if rapid.IntRange(0, 7).Draw(t, name+" bounded "+what) > 0 {
			return NoLimit
		}
		return rapid.Int64Range(0, 600_000).Draw(t, name+" "+what)
	}
	s.wallet.Paid = max(0, draw("balance"))
	s.wallet.Limits = Limits{draw("per purchase"), draw("per day"), draw("per week"), draw("per month")}
	s.user.Status = rapid.SampledFrom([]UserStatus{UserActive, UserActive, UserActive, UserFrozen}).Draw(t, name+" status")
	s.zone = rapid.SampledFrom([]*time.Location{
		time.UTC, time.FixedZone("east", 9*3600), time.FixedZone("west", -8*3600),
	}).Draw(t, name+" zone")
	s.wallet.Spent = Counters{}.add(max(0, draw("spent")), periodsAt(s.now, s.zone))
	offset := func(what string) time.Time {
		return s.now.Add(time.Duration(rapid.IntRange(-30, 100).Draw(t, name+" "+what)) * time.Minute)
	}
	s.user.WindowUntil, s.user.LockedUntil = offset("window"), offset("lock").Add(-90*time.Minute)
	l := *s.link
	l.Status = rapid.SampledFrom([]LinkStatus{LinkActive, LinkActive, LinkRevoked, LinkBlocked}).Draw(t, name+" link")
	l.Limits = Limits{draw("link purchase"), draw("link day"), draw("link week"), draw("link month")}
	l.Spent, l.Total, l.Sum = s.wallet.Spent, draw("link total"), max(0, draw("link sum"))
	s.link = &l
}

// Of two buyers whose charge is refused with the same code, a vendor reads the same to the last letter: what differs
// between them is in no word and in no field.
func TestVendorLearnsNothingOfTheBuyer(t *testing.T) {
	seen := map[error]int{}
	rapid.Check(t, func(t *rapid.T) {
		faces := map[error]VendorRefusal{}
		for i := range 8 {
			s := newMarket(t, 1000)
			_, _ = s.buy(s.request())
			buyerFacts(t, s, fmt.Sprint("buyer ", i))
			r := s.request()
			r.Approved = false
			_, err := DecidePurchase(r, s.facts(), s.now)
			face, is := ForVendor(err)
			if !is {
				continue
			}
			seen[face.Is]++
			if had, found := faces[face.Is]; found && had != face {
				t.Fatalf("two buyers can be told apart:\n%+v\n%+v", had, face)
			}
			faces[face.Is] = face
		}
	})
	for _, is := range []error{ErrLimit, ErrFunds, ErrWindow, ErrApproval, ErrNotLinked} {
		if seen[is] == 0 {
			t.Errorf("%v was never drawn", is)
		}
		delete(seen, is)
	}
	for is := range seen {
		t.Errorf("a vendor is told %v of a buyer", is)
	}
}

// No field of the vendor's face takes an amount, an instant or a number; and no figure comes through a refusal that has
// them all.
func TestVendorFaceHasNoRoomForFigures(t *testing.T) {
	for f := range reflect.TypeFor[VendorRefusal]().NumField() {
		field := reflect.TypeFor[VendorRefusal]().Field(f)
		switch {
		case field.Type.Kind() == reflect.String, field.Name == "Is", field.Name == "Retry":
		default:
			t.Errorf("%s is a %s", field.Name, field.Type)
		}
	}
	for _, s := range sayings {
		no := &Refusal{
			Is: s.is, Detail: "3.17 EUR of it are used.", Remedy: "Wait until noon.", Param: "x", Limit: "vendor_per_day",
			ResetsAt: start, Shortfall: eur(7), Approve: "WDJB-MJHT", Txn: "txn_1", Retry: time.Second,
		}
		face, _ := ForVendor(no)
		want := VendorRefusal{
			Is: s.is, Detail: s.detail, Remedy: s.remedy, Approve: "WDJB-MJHT", Txn: "txn_1", Retry: time.Second,
		}
		if diff := cmp.Diff(want, face, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%v: %s", s.is, diff)
		}
	}
}

// Kinds that tell of people have a face of a kind that vendors know.
func TestDisguises(t *testing.T) {
	for _, c := range []struct {
		no    *Refusal
		as    error
		helps bool
	}{
		{refuseFrozen(), ErrApproval, true},
		{refuseBlocked(), ErrNotLinked, false},
		{refuseApproval("x"), ErrApproval, true},
		{refuseGrantOver("views"), ErrGrantOver, false},
		{RefuseWindow(), ErrWindow, true},
		{RefuseFunds(eur(1)), ErrFunds, false},
	} {
		face, _ := ForVendor(c.no)
		if !errors.Is(face.Is, c.as) || BuyerCanHelp(c.no) != c.helps {
			t.Errorf("%q is told as %v, helped by the buyer: %v", c.no.Detail, face.Is, BuyerCanHelp(c.no))
		}
	}
	is(t, "kinds for vendors", len(ToVendors()), len(problems)-3)
}
