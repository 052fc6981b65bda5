package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleConsume() {
	sold := Entry{No: 12, Kind: KindPurchase, Amount: eur(25), Sale: &Sale{Grant: GrantTerms{Bounds: Bounds{Views: 2}}}}
	f := SaleFacts{No: 13, Sold: sold, Purchase: NewPurchase(sold)}
	for _, id := range []string{"a", "a", "b", "c"} {
		out, err := Consume(ConsumeRequest{N: 1, RequestID: id}, f, start)
		if err != nil {
			fmt.Println(err)
			break
		}
		f.Purchase = out.Purchase
		fmt.Println(out.Purchase.Grant.Used, out.Again)
	}
	// Output:
	// 1 false
	// 1 true
	// 2 false
	// The grant has ended: views. Buy it again to open it again.
}

// A grant ends at whichever of its four bounds comes first (claim 44).
func TestGrantEndsAtTheFirstBound(t *testing.T) {
	for _, c := range []struct {
		name  string
		b     Bounds
		used  int
		after time.Duration // since the purchase; the first use is at once
		state GrantState
		bound string
	}{
		{"no bounds", Bounds{}, 3, 1000 * day, GrantActive, ""},
		{"views left", Bounds{Views: 3}, 2, 0, GrantActive, ""},
		{"views used", Bounds{Views: 3}, 3, 0, GrantExhausted, "views"},
		{"hours not over", Bounds{Hours: 2, Days: 30}, 1, 2*time.Hour - 1, GrantActive, ""},
		{"hours over", Bounds{Hours: 2, Days: 30}, 1, 2 * time.Hour, GrantExpired, "hours"},
		{"hours before the first use", Bounds{Hours: 2, Days: 30}, 0, 5 * time.Hour, GrantActive, ""},
		{"days over", Bounds{Days: 3, Expires: start.Add(9 * day)}, 0, 3 * day, GrantExpired, "days"},
		{"absolute end", Bounds{Days: 3, Expires: start.Add(day)}, 0, day, GrantExpired, "expires_at"},
		{"hours longer than days", Bounds{Hours: 100, Days: 1}, 1, day, GrantExpired, "days"},
	} {
		s := newMarket(t, 1000)
		s.offer.Bounds = c.b
		e, p := s.buy(s.request())
		for i := range c.used {
			out, err := Consume(ConsumeRequest{N: 1, RequestID: fmt.Sprint(i)}, s.sale(e, p), s.now)
			must(t, err)
			p = out.Purchase
		}
		now := s.now.Add(c.after)
		is(t, c.name, GrantStatus(e.Sale, p, now), c.state)
		_, err := Consume(ConsumeRequest{N: 1, RequestID: "last"}, s.sale(e, p), now)
		if c.bound == "" {
			must(t, err)
			continue
		}
		is(t, c.name+" is named", refused(t, err, ErrGrantOver).Limit, c.bound)
	}
}

func TestConsume(t *testing.T) {
	s := newMarket(t, 1000)
	s.offer.Bounds = Bounds{}
	e, p := s.buy(s.request())
	for i := range 200 {
		out, err := Consume(ConsumeRequest{N: 2, RequestID: fmt.Sprint(i)}, s.sale(e, p), s.now)
		must(t, err)
		is(t, "moves no money", len(out.Entry.Postings), 0)
		is(t, "cause", out.Entry.Cause, e.No)
		p = out.Purchase
	}
	is(t, "used", p.Grant.Used, 400)
	is(t, "remembered", len(p.Grant.Seen), maxSeen)
	out, err := Consume(ConsumeRequest{N: 2, RequestID: "199"}, s.sale(e, p), s.now)
	if err != nil || !out.Again || out.Purchase.Grant.Used != 400 {
		t.Errorf("again: %+v, %v", out, err)
	}
	for _, r := range []ConsumeRequest{
		{N: 0, RequestID: "a"}, {N: 2_000_000, RequestID: "a"}, {N: 1}, {N: 1, RequestID: strings.Repeat("x", 101)},
	} {
		_, err := Consume(r, s.sale(e, p), s.now)
		refused(t, err, ErrInvalid)
	}
	_, err = Consume(ConsumeRequest{N: 1, RequestID: "x"}, SaleFacts{}, s.now)
	refused(t, err, ErrNotFound)

	p = s.wrote(DecideRefund(RefundRequest{}, s.sale(e, p), s.now))
	is(t, "after the refund", GrantStatus(e.Sale, p, s.now), GrantRevoked)
	_, err = Consume(ConsumeRequest{N: 1, RequestID: "x"}, s.sale(e, p), s.now)
	is(t, "bound", refused(t, err, ErrGrantOver).Limit, "revoked")
}

func TestConsumeOfMoreThanIsLeft(t *testing.T) {
	s := newMarket(t, 1000)
	e, p := s.buy(s.request())
	_, err := Consume(ConsumeRequest{N: 6, RequestID: "x"}, s.sale(e, p), s.now)
	refused(t, err, ErrGrantOver)
	r := s.request()
	r.Hold = true
	e, p = s.buy(r)
	_, err = Consume(ConsumeRequest{N: 1, RequestID: "x"}, s.sale(e, p), s.now)
	refused(t, err, ErrState)
	p.State, p.Grant.Revoked = PurchaseCaptured, start
	is(t, "revoked by hand", GrantStatus(e.Sale, p, s.now), GrantRevoked)
}

func ExampleGrantStatus() {
	s := &Sale{Grant: grantTerms(Bounds{Views: 5, Hours: 2, Days: 30}, start)}
	p := Purchase{State: PurchaseCaptured}
	fmt.Println(GrantStatus(s, p, start), GrantEnds(s, p).Format(time.DateTime))
	p.Grant.Used, p.Grant.First = 1, start.Add(day) // the hours begin with the first use
	fmt.Println(GrantStatus(s, p, start.Add(day)), GrantEnds(s, p).Format(time.DateTime))
	fmt.Println(GrantStatus(s, p, start.Add(2*day)))
	// Output:
	// active 2026-12-24 10:00:00
	// active 2026-11-25 12:00:00
	// expired
}

// Views are counted once for each request id, never above the bound, and time only ever ends a grant.
func TestViewsAreCountedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMarket(t, 1000)
		s.offer.Bounds = Bounds{
			Views: rapid.Uint32Range(0, 9).Draw(t, "views"),
			Hours: rapid.Uint32Range(0, 30).Draw(t, "hours"),
		}
		e, p := s.buy(s.request())
		counted := map[string]uint32{}
		ended := false
		for range rapid.IntRange(1, 25).Draw(t, "uses") {
			s.now = s.now.Add(time.Duration(rapid.Int64Range(0, 4).Draw(t, "pause")) * time.Hour)
			state := GrantStatus(e.Sale, p, s.now)
			if ended && state == GrantActive {
				t.Fatal("a grant that had ended is active again")
			}
			ended = state != GrantActive
			id, n := rapid.StringMatching("[a-f]").Draw(t, "id"), rapid.Uint32Range(1, 3).Draw(t, "n")
			out, err := Consume(ConsumeRequest{N: n, RequestID: id}, s.sale(e, p), s.now)
			_, before := counted[id]
			switch {
			case before:
				must(t, err)
				is(t, "again", out.Again, true)
			case err != nil:
				refused(t, err, ErrGrantOver)
			default:
				counted[id], p = n, out.Purchase
			}
			var want uint32
			for _, n := range counted {
				want += n
			}
			if v := s.offer.Bounds.Views; p.Grant.Used != want || v > 0 && p.Grant.Used > v {
				t.Fatalf("%d of %d views used, want %d", p.Grant.Used, v, want)
			}
		}
	})
}
