package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// decisions are one call of each verb on facts that share slices, maps and pointers with their records, as those of
// package books do.
func decisions(s *market, e Entry, p Purchase) map[string]func() error {
	sale := func() SaleFacts { return s.sale(e, p) }
	next := s.no + 1
	user := JoinFacts{No: next, ID: 9, User: s.user, Policy: s.policy}
	link := LinkFacts{No: next, User: s.user, Vendor: s.vendor, Link: s.link}
	limit := LimitFacts{No: next, User: s.user, Wallet: s.wallet, Vendor: s.vendor, Link: s.link}
	return map[string]func() error{
		"purchase": func() error { _, err := DecidePurchase(s.request(), s.facts(), s.now); return err },
		"refund":   func() error { _, err := DecideRefund(RefundRequest{Amount: 7}, sale(), s.now); return err },
		"consume":  func() error { _, err := Consume(ConsumeRequest{N: 1, RequestID: "b"}, sale(), s.now); return err },
		"dispute": func() error {
			_, err := DecideDispute(DisputeCase{Reason: "duplicate"}, DisputeFacts{SaleFacts: sale()}, s.now)
			return err
		},
		"recover": func() error {
			_, err := DecideRecover(JoinOrder{Fingerprint: "SHA256:new", Recovery: [32]byte{7}}, user, s.now)
			return err
		},
		"link": func() error { _, err := DecideLink(LinkOrder{Currency: "EUR", Total: 5}, link, s.now); return err },
		"unlink": func() error {
			_, err := DecideUnlink(UnlinkOrder{Currency: "EUR", Block: true}, link, s.now)
			return err
		},
		"limit": func() error {
			c := LimitChange{Currency: "EUR", Vendor: "news", Period: "day", Max: 1}
			_, err := DecideLimit(c, Actor{}, limit, s.now)
			return err
		},
		"policy": func() error {
			_, err := DecidePolicy("currencies", "EUR, USD, GBP", Actor{Role: RoleOperator}, alone(next), s.policy, s.now)
			return err
		},
		"deposit": func() error {
			f := DepositFacts{No: next, User: s.user, Wallet: s.wallet, Policy: s.policy}
			_, err := NewDeposit(DepositOrder{Method: "card", Kind: DepositOnline, Amount: eur(1000)}, f, s.now)
			return err
		},
		"rates": func() error {
			_, err := DecideRates(yesterday(), Rates{}, Actor{Role: RoleOperator}, next, s.now)
			return err
		},
		"exchange": func() error {
			r := yesterday()
			x, err := DecideQuote(ExchangeOrder{Amount: eur(1), Other: "USD"}, r, s.policy, s.now)
			if err != nil {
				return err
			}
			f := ExchangeFacts{No: next, User: s.user, Wallet: s.wallet, Policy: s.policy, Rates: r}
			_, err = DecideExchange(x, Actor{}, f, s.now)
			return err
		},
		"transfer": func() error {
			_, err := DecideTransfer(TransferOrder{Amount: eur(1)}, s.transferFacts(Transfer{}, s.user), s.now)
			return err
		},
	}
}

// sold is a market after one purchase whose content was opened once.
func sold(t tester) (*market, Entry, Purchase) {
	t.Helper()
	s := newMarket(t, 1000)
	e, p := s.buy(s.request())
	out, err := Consume(ConsumeRequest{N: 1, RequestID: "a"}, s.sale(e, p), s.now)
	must(t, err)
	s.post(out.Entry)
	return s, e, out.Purchase
}

// A decision is a value: it changes none of the records that it was given, since the caller may throw the decision away
// and go on with the records. And it is the same each time.
func TestDecisionsLeaveTheirFacts(t *testing.T) {
	type records struct {
		Policy Policy
		User   User
		Wallet Wallet
		Vendor Vendor
		Link   *Link
		Offer  Offer
		Entry  Entry
		Bought Purchase
	}
	of := func(s *market, e Entry, p Purchase) records {
		return records{s.policy, s.user, s.wallet, s.vendor, s.link, s.offer, e, p}
	}
	s, e, p := sold(t)
	untouched := of(sold(t))
	for name, decide := range decisions(s, e, p) {
		must(t, decide())
		must(t, decide())
		if d := cmp.Diff(untouched, of(s, e, p)); d != "" {
			t.Fatalf("%s changed what it was given (-before +after):\n%s", name, d)
		}
	}
}

// The same request on the same facts at the same time is decided the same, to the byte: that is how a decision is
// replayed.
func TestDecisionsAreRepeatable(t *testing.T) {
	s, e, p := sold(t)
	one, err := DecideRefund(RefundRequest{Amount: 100_001}, s.sale(e, p), s.now)
	must(t, err)
	two, err := DecideRefund(RefundRequest{Amount: 100_001}, s.sale(e, p), s.now.In(time.FixedZone("CET", 3600)))
	must(t, err)
	if d := cmp.Diff(one, two); d != "" {
		t.Errorf("-first +second:\n%s", d)
	}
}

// Two decisions on the same facts do not write into each other's outcome, whatever room the slices of the facts have.
func TestOutcomesDoNotShare(t *testing.T) {
	s, e, p := sold(t)
	p.Grant.Seen = append(make([]string, 0, 8), "a")
	one, err := Consume(ConsumeRequest{N: 1, RequestID: "b"}, s.sale(e, p), s.now)
	must(t, err)
	_, err = Consume(ConsumeRequest{N: 1, RequestID: "c"}, s.sale(e, p), s.now)
	must(t, err)
	if d := cmp.Diff([]string{"a", "b"}, one.Purchase.Grant.Seen); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
