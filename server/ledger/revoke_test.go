package ledger

import (
	"strings"
	"testing"
	"time"
)

// A vendor ends a grant with a reason: nothing moves, what can be given back and contested stays as it was, and to end
// it once more writes nothing.
func TestVendorRevokesAGrant(t *testing.T) {
	s := newMarket(t, 1000)
	s.offer.Bounds = Bounds{Views: 3}
	e, p := s.buy(s.request())
	f := s.sale(e, p)
	out, err := DecideRevoke(RevokeRequest{Reason: "shared\nin public"}, f, s.now)
	must(t, err)
	is(t, "kind", out.Entry.Kind, KindRevoked)
	is(t, "postings", len(out.Entry.Postings), 0)
	is(t, "amount", out.Entry.Amount, Amount{})
	is(t, "reason", out.Entry.Reason, "shared in public")
	is(t, "in the history", out.Entry.Listed() == e.Amount.Currency && out.Entry.Shown(e.User), true)
	is(t, "ends it", out.Entry.Revokes(), true)
	is(t, "state", GrantStatus(e.Sale, out.Purchase, s.now), GrantRevoked)
	is(t, "why not", WhyNot(e.Sale, out.Purchase, s.now), "revoked")
	is(t, "by", out.Purchase.Grant.By, out.Entry.No)
	is(t, "left", out.Purchase.left(), p.left())
	f.Purchase = out.Purchase
	again, err := DecideRevoke(RevokeRequest{Reason: "once more"}, f, s.now)
	must(t, err)
	is(t, "again", again.Again, true)
	back, err := DecideRefund(RefundRequest{}, f, s.now.Add(time.Hour))
	must(t, err)
	is(t, "ended by", back.Purchase.Grant.By, out.Entry.No)
	is(t, "a refund of what had ended ends it", back.Entry.Revokes(), false)
	_, err = Consume(ConsumeRequest{N: 1, RequestID: "a"}, f, s.now)
	refused(t, err, ErrGrantOver)
}

// A full return ends the grant, and its entry says so; a part does not.
func TestReturnsRevoke(t *testing.T) {
	s := newMarket(t, 1000)
	e, p := s.buy(s.request())
	part, err := DecideRefund(RefundRequest{Amount: 1}, s.sale(e, p), s.now)
	must(t, err)
	is(t, "a part ends it", part.Entry.Revokes(), false)
	all, err := DecideRefund(RefundRequest{}, s.sale(e, part.Purchase), s.now)
	must(t, err)
	is(t, "all ends it", all.Entry.Revokes(), true)
	is(t, "by", all.Purchase.Grant.By, all.Entry.No)
	is(t, "whose", all.Purchase.Grant.Vendor, e.Vendor)
}

// What is held has no grant to end, what has ended by itself none any more, and the buyer is owed a reason.
func TestRevokeIsRefused(t *testing.T) {
	s := newMarket(t, 1000)
	s.offer.Bounds = Bounds{Days: 1}
	e, p := s.buy(s.request())
	f := s.sale(e, p)
	for _, reason := range []string{" ", strings.Repeat("x", maxReason+1)} {
		_, err := DecideRevoke(RevokeRequest{Reason: reason}, f, s.now)
		refused(t, err, ErrInvalid)
	}
	_, err := DecideRevoke(RevokeRequest{Reason: "late"}, f, s.now.Add(day))
	refused(t, err, ErrGrantOver)
	r := s.request()
	r.Hold = true
	e, p = s.buy(r)
	_, err = DecideRevoke(RevokeRequest{Reason: "held"}, s.sale(e, p), s.now)
	refused(t, err, ErrState)
}
