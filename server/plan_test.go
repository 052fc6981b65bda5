package server

import (
	"errors"
	"strings"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// author is a royalty plan of one share, in basis points.
func author(share uint32) RoyaltyPlanOrder {
	return RoyaltyPlanOrder{Name: "standard", Lines: []ledger.Royalty{{Name: "Ada", Role: "author", BasisPoints: share}}}
}

// A sale pins the version of its plan that was the newest: a later one changes later sales alone, and a refund reaches
// back to the shares of the first. Offers that name nothing get the default plan.
func TestSalePinsItsPlan(t *testing.T) {
	s := sellingHouse(t)
	o, on := author(1000), true
	o.Default = &on
	plan, _, err := s.v.CreateRoyaltyPlan(s.ctx, asking("p", "p"), o)
	if err != nil || plan.Version != 1 || !plan.Default {
		t.Fatalf("%+v, %v", plan, err)
	}
	posted, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{Title: "x", Kind: ledger.Goods, Price: eur(20)})
	if err != nil || posted.Plan != plan.ID {
		t.Fatalf("%+v, %v", posted, err)
	}
	offer, err := s.seal.OpenOffer(posted.ID)
	if err != nil {
		t.Fatal(err)
	}
	sell := func(key string) view.Charge {
		sold, _, err := s.v.Charge(s.ctx, asking(key, key), ChargeOrder{Link: s.link, Offer: offer})
		if err != nil {
			t.Fatal(err)
		}
		return sold
	}
	first := sell("1")
	number, err := s.v.OpenRoyaltyPlan(plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.v.ChangeRoyaltyPlan(s.ctx, Request{}, number, author(5000)); err != nil {
		t.Fatal(err)
	}
	second := sell("2")
	if first.PlanVersion != 1 || second.PlanVersion != 2 || first.Splits[0].Amount != "0.019" ||
		second.Splits[0].Amount != "0.095" {
		t.Errorf("sold by %+v and %+v", first, second)
	}
	no, err := s.seal.OpenCharge(first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.v.Refund(s.ctx, asking("r", "r"), RefundOrder{Charge: no}); err != nil {
		t.Fatal(err)
	}
	s.clean()
}

// A payee who buys pays itself. The policy refuses that, or lets it pass and flags the sale.
func TestSelfDealing(t *testing.T) {
	s := sellingHouse(t)
	plan, _, err := s.v.CreateRoyaltyPlan(s.ctx, asking("p", "p"), author(1000))
	if err != nil {
		t.Fatal(err)
	}
	number, err := s.v.OpenRoyaltyPlan(plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	posted, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
		Title: "x", Kind: ledger.Goods, Price: eur(20), Plan: number,
	})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := s.seal.OpenOffer(posted.ID)
	if err != nil {
		t.Fatal(err)
	}
	me, err := s.WhoAmI(s.ctx, s.who)
	if err != nil {
		t.Fatal(err)
	}
	q := view.TermsChange{Vendor: "news", Payee: "Ada", Wallet: me.Handle}
	if _, err := s.SetPayTerms(s.ctx, s.operator, q); err != nil {
		t.Fatal(err)
	}
	sell := func(key string) (view.Charge, error) {
		sold, _, err := s.v.Charge(s.ctx, asking(key, key), ChargeOrder{Link: s.link, Offer: offer})
		return sold, err
	}
	s.refused(ledger.ErrNotAllowed, func() error { _, err := sell("own"); return err })
	if _, err := s.SetPolicy(s.ctx, s.operator, "self_dealing", "flag"); err != nil {
		t.Fatal(err)
	}
	if sold, err := sell("flagged"); err != nil || !sold.PaysBuyer {
		t.Errorf("%+v, %v", sold, err)
	}
}

// posts posts an offer that is sold by a plan.
func (s selling) posts(title string, price ledger.Amount, plan string) (ledger.OfferID, error) {
	s.t.Helper()
	number, err := s.v.OpenRoyaltyPlan(plan)
	must(s.t, err)
	made, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
		Title: title, Kind: ledger.Goods, Price: price, Plan: number,
	})
	if err != nil {
		return ledger.OfferID{}, err
	}
	return opened(s.t, s.seal.OpenOffer, made.ID), nil
}

// changes makes the next version of a plan: one payee with a fixed amount.
func (s selling) changes(plan string, fixed ledger.Amount) (view.RoyaltyPlan, error) {
	s.t.Helper()
	number, err := s.v.OpenRoyaltyPlan(plan)
	must(s.t, err)
	p, _, err := s.v.ChangeRoyaltyPlan(s.ctx, Request{}, number, RoyaltyPlanOrder{
		Currency: fixed.Currency, Lines: []ledger.Royalty{{Name: "Ada", Role: "author", Fixed: fixed.Micros}},
	})
	return p, err
}

// A plan with fixed amounts is of one currency. An offer in another one is refused, and so is a version that would make
// one of what is sold already; shares fit any currency.
func TestPlanHasOneCurrency(t *testing.T) {
	s := sellingHouse(t)
	s.decides(func(p *ledger.Policy) { p.Currencies = append(p.Currencies, "JPY") })
	yen := ledger.Amount{Micros: ledger.Unit, Currency: "JPY"}
	o := author(1000)
	o.Currency = "JPY" // means nothing where there are shares alone
	shares, _, err := s.v.CreateRoyaltyPlan(s.ctx, asking("p", "p"), o)
	must(t, err)
	is(t, "currency of shares", shares.Currency, "")
	offer, err := s.posts("x", eur(200), shares.ID)
	must(t, err)
	if no := s.refused(ledger.ErrInvalid, func() error { _, err := s.changes(shares.ID, yen); return err }); no.Param !=
		"currency" {
		t.Errorf("the field at fault is %q", no.Param)
	}
	s.refused(ledger.ErrInvalid, func() error {
		_, err := s.changes(shares.ID, ledger.Amount{Micros: ledger.Unit, Currency: "XXX"})
		return err
	})
	s.refused(ledger.ErrInvalid, func() error {
		q := view.RoyaltyPlanOrder{Vendor: "news", Plan: "standard", Currency: "JPY", Lines: "Ada:author:1"}
		_, err := s.SetRoyaltyPlan(s.ctx, s.operator, q)
		return err
	})
	_, _, err = s.v.ChangeOffer(s.ctx, Request{}, offer, func(o *ledger.Offer) { o.Status = ledger.OfferRetired })
	must(t, err)
	changed, err := s.changes(shares.ID, yen)
	must(t, err)
	is(t, "version", changed.Version, 2)
	s.refused(ledger.ErrInvalid, func() error { _, err := s.posts("y", eur(200), shares.ID); return err })
	_, err = s.posts("y", ledger.Amount{Micros: 200 * ledger.Unit, Currency: "JPY"}, shares.ID)
	must(t, err)
}

// What a buyer was asked about before its plan got amounts in another currency is not sold any more.
func TestSaleInTheCurrencyOfItsPlan(t *testing.T) {
	s := sellingHouse(t)
	s.decides(func(p *ledger.Policy) { p.Currencies = append(p.Currencies, "JPY") })
	plan, _, err := s.v.CreateRoyaltyPlan(s.ctx, asking("p", "p"), author(1000))
	must(t, err)
	offer, err := s.posts("x", eur(200), plan.ID)
	must(t, err)
	must(t, s.Lock(s.ctx, s.who))
	_, _, err = s.v.Charge(s.ctx, asking("c", "c"), ChargeOrder{Link: s.link, Offer: offer})
	var asked *ledger.Refusal
	if !errors.As(err, &asked) || asked.Approve == "" {
		t.Fatalf("%v, want a code to approve", err)
	}
	_, _, err = s.v.ChangeOffer(s.ctx, Request{}, offer, func(o *ledger.Offer) { o.Status = ledger.OfferRetired })
	must(t, err)
	_, err = s.changes(plan.ID, ledger.Amount{Micros: ledger.Unit, Currency: "JPY"})
	must(t, err)
	s.refused(ledger.ErrInvalid, func() error {
		_, err := s.Answer(s.ctx, s.who, view.Answer{Code: asked.Approve, Yes: true})
		return err
	})
	is(t, "balance", s.balance(s.who), eur(1000).Micros)
}

// A version is refused that gives away more than an offer yields which is sold by it, also one that was posted a moment
// ago. So a plan never leaves its vendor less than nothing.
func TestPlanVersionFitsWhatIsSold(t *testing.T) {
	s := sellingHouse(t)
	plan, _, err := s.v.CreateRoyaltyPlan(s.ctx, asking("p", "p"), author(1000))
	must(t, err)
	for _, cents := range []int64{900, 20, 100} {
		_, err := s.posts("x", eur(cents), plan.ID)
		must(t, err)
	}
	no := s.refused(ledger.ErrInvalid, func() error { _, err := s.changes(plan.ID, eur(20)); return err })
	if no.Param != "lines" || !strings.Contains(no.Detail, "0.20 EUR") {
		t.Errorf("refused with %+v", no)
	}
	_, err = s.changes(plan.ID, eur(15))
	must(t, err)
	number, err := s.v.OpenRoyaltyPlan(plan.ID)
	must(t, err)
	var sold planSold
	lines := []ledger.Royalty{{Fixed: 1}}
	s.read(func(r books.Reader) error {
		p, err := s.v.plan(r, number)
		sold, err = soldBy(r, p, lines, err, s.clock())
		return err
	})
	is(t, "cheapest", sold.all[0].Price, eur(20))
	_, err = s.posts("y", eur(18), plan.ID)
	must(t, err)
	s.read(func(r books.Reader) error {
		p, err := s.v.plan(r, number)
		must(t, err)
		all, err := sold.within(r, p, s.clock())
		is(t, "cheapest after another was posted", all[0].Price, eur(18))
		return err
	})
}

// Fixed royalties of an offer are of the currency of its price: a version in another one is refused.
func TestOfferKeepsTheCurrencyOfItsRoyalties(t *testing.T) {
	s := sellingHouse(t)
	s.decides(func(p *ledger.Policy) { p.Currencies = append(p.Currencies, "JPY") })
	yen := ledger.Amount{Micros: 300 * ledger.Unit, Currency: "JPY"}
	for _, share := range []ledger.Royalty{
		{Name: "Ada", Role: "author", Fixed: 50_000}, {Name: "Ada", Role: "author", BasisPoints: 5000},
	} {
		made, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
			Title: "x", Kind: ledger.Goods, Price: eur(200), Royalties: []ledger.Royalty{share},
		})
		must(t, err)
		id := opened(t, s.seal.OpenOffer, made.ID)
		change := func(price ledger.Amount) error {
			_, _, err := s.v.ChangeOffer(s.ctx, Request{}, id, func(o *ledger.Offer) { o.Price = price })
			return err
		}
		must(t, change(eur(300)))
		if share.Fixed == 0 {
			must(t, change(yen))
			continue
		}
		no := s.refused(ledger.ErrInvalid, func() error { return change(yen) })
		is(t, "field", no.Param, "price")
	}
}
