package server

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/store"
)

// selling is a house with a vendor, its offer of 25 cents, and a buyer with 10 euro who lets it charge without asking.
type selling struct {
	*fixture
	v     *Seller
	offer ledger.Offer
	link  ledger.LinkID
	who   ledger.Caller
}

func sellingHouse(t *testing.T) selling {
	t.Helper()
	return sellingOn(t, store.NewMemory())
}

func sellingOn(t testing.TB, kv store.Store) selling {
	t.Helper()
	s := selling{fixture: houseOn(t, kv)}
	v, key := s.vendor("news")
	s.who = s.funded("ann", eur(1000))
	var err error
	if s.v, err = s.Authenticate(s.ctx, key); err != nil {
		t.Fatal(err)
	}
	s.offer = s.offers("Rivers", eur(25))
	free := ledger.Limits{PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit}
	if _, err := s.Link(s.ctx, s.who, ledger.LinkRequest{Vendor: v.Name, Currency: "EUR", Limits: free, Total: ledger.NoLimit}); err != nil {
		t.Fatal(err)
	}
	links, _, err := s.v.Links(s.ctx, ledger.LinkID{}, 10)
	if err != nil || len(links) != 1 {
		t.Fatalf("links %v, %v", links, err)
	}
	s.link = links[0].ID
	return s
}

func (s selling) offers(title string, price ledger.Amount) ledger.Offer {
	s.t.Helper()
	o, err := s.v.CreateOffer(s.ctx, ledger.Offer{
		Title: title, Kind: ledger.Content, Price: price, ContentURL: "https://news.example/a", Created: s.time.now(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// charges sells an offer on the link; the key is also what is asked for.
func (s selling) charges(key string, o ledger.Offer) (Sold, error) {
	sold, _, err := s.v.Charge(s.ctx, asking(key, key), ChargeOrder{Link: s.link, Offer: o.ID})
	return sold, err
}

func asking(key, body string) Request { return Request{Key: key, Fingerprint: fingerprint(body)} }

// An explicit refund of zero is a mistake of the caller, not a wish for everything.
func TestRefundOfZeroIsRefused(t *testing.T) {
	s := sellingHouse(t)
	sold, err := s.charges("c", s.offer)
	if err != nil {
		t.Fatal(err)
	}
	s.refused(ledger.ErrInvalid, func() error {
		_, _, err := s.v.Refund(s.ctx, asking("r", "r"), RefundOrder{Charge: sold.Record.No, Amount: eur(0)})
		return err
	})
}

// The key of a refused charge that the buyer has approved since answers that request, and no other one.
func TestKeyOfApprovedChargeAnswersItsOwnRequest(t *testing.T) {
	s := sellingHouse(t)
	dear := s.offers("Dear", eur(90))
	if err := s.Lock(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	_, err := s.charges("k", s.offer)
	var no *ledger.Refusal
	if !errors.As(err, &no) || no.Approve == "" {
		t.Fatalf("refused with %v, want a code to approve", err)
	}
	if _, err := s.Answer(s.ctx, s.who, ledger.Answer{Code: no.Approve, Yes: true}); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.v.Charge(s.ctx, asking("k", "another body"), ChargeOrder{Link: s.link, Offer: dear.ID})
	if err == nil && got.Record.Sale.Title != "Dear" {
		t.Errorf("a request for %q was answered with the sale of %q", "Dear", got.Record.Sale.Title)
	}
	if got, err = s.charges("k", s.offer); err != nil || got.Record.Sale.Title != "Rivers" {
		t.Errorf("the request itself: %v", err)
	}
}

// A vendor cannot fill a buyer's terminal with requests.
func TestWaitingRequestsOfOneVendorAreBounded(t *testing.T) {
	s := sellingHouse(t)
	if err := s.Lock(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		if _, err := s.charges(strings.Repeat("x", i+1), s.offer); !errors.Is(err, ledger.ErrWindow) && !errors.Is(err, ledger.ErrRate) {
			t.Fatalf("charge %d: %v", i, err)
		}
	}
	all, err := s.Pending(s.ctx, s.who)
	if err != nil || len(all) > 10 {
		t.Errorf("%d requests of one vendor wait (%v)", len(all), err)
	}
}

// A browser whose vendor named no way back is told so.
func TestReturnWithoutAPlaceIsRefused(t *testing.T) {
	s := sellingHouse(t)
	c, _, err := s.v.CreateCheckout(s.ctx, asking("k", "k"), CheckoutOrder{OfferID: s.offer.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.v.ExpireCheckout(s.ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if to, err := s.CheckoutReturn(s.ctx, c.TxnID); err == nil && to == "" {
		t.Error("the browser is sent to an empty address")
	}
}

// Every event that an endpoint may ask for is made by some entry, and every event that is made can be asked for.
func TestEveryEventTypeIsMade(t *testing.T) {
	made := map[string]bool{}
	checkout := &ledger.Sale{Checkout: ledger.CheckoutID{Vendor: 1, Number: 1}, Grant: ledger.GrantTerms{Bounds: ledger.Bounds{Views: 1}}}
	for k := ledger.KindPolicy; k <= ledger.KindHook; k++ {
		for _, e := range eventsOf(ledger.Entry{Kind: k, Sale: checkout, Dispute: &ledger.Dispute{State: ledger.DisputeWon}, Change: &ledger.Change{New: string(ledger.GrantExhausted)}}) {
			made[e] = true
		}
	}
	for _, e := range EventTypes {
		if !made[e] {
			t.Errorf("%s is offered, and no kind of entry makes it", e)
		}
		delete(made, e)
	}
	for e := range made {
		t.Errorf("%s is made, and nobody can ask for it", e)
	}
}

// An event about a link names the link, in its currency.
func TestLinkEvent(t *testing.T) {
	s := sellingHouse(t)
	told := 0
	err := s.view(s.ctx, func(r books.Reader) error {
		for rec, err := range r.Journal(0, 1000) {
			if err != nil {
				return err
			}
			if rec.Kind != ledger.KindLink {
				continue
			}
			told++
			data, err := s.eventData(r, "link.created", rec)
			if err != nil {
				return err
			}
			if data["currency"] != "EUR" || data["id"] != s.seal.Link(s.link) {
				t.Errorf("the event says %v, the link is %v", data, s.seal.Link(s.link))
			}
		}
		return nil
	})
	if err != nil || told != 1 {
		t.Errorf("%d links given, %v", told, err)
	}
}

// Two hundred charges at once against a balance for one sell once, on the engine that keeps real money.
func TestManyChargesOneBalance(t *testing.T) {
	kv, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := sellingOn(t, kv)
	all := s.offers("All", eur(600))
	for _, p := range []string{"purchase", "day", "week", "month"} {
		if _, _, err := s.SetLimit(s.ctx, s.who, ledger.LimitChange{Currency: "EUR", Period: p, Max: ledger.NoLimit}); err != nil {
			t.Fatal(err)
		}
	}
	results := make(chan error, 200)
	for i := range 200 {
		go func() {
			_, err := s.charges(strings.Repeat("k", i+1), all)
			results <- err
		}()
	}
	sold := 0
	for range 200 {
		switch err := <-results; {
		case err == nil:
			sold++
		case !errors.Is(err, ledger.ErrFunds):
			t.Errorf("refused with %v", err)
		}
	}
	if sold != 1 || s.balance(s.who) != eur(400).Micros {
		t.Errorf("%d sold, %d micros left", sold, s.balance(s.who))
	}
}

// Things of another vendor are not found, under any verb.
func TestForeignThingsAreNotFound(t *testing.T) {
	s := sellingHouse(t)
	sold, err := s.charges("c", s.offer)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := s.v.CreateCheckout(s.ctx, asking("k", "k"), CheckoutOrder{OfferID: s.offer.ID})
	if err != nil {
		t.Fatal(err)
	}
	_, key := s.vendor("other")
	other, err := s.Authenticate(s.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"offer":    func() error { _, err := other.Offer(s.ctx, s.offer.ID); return err },
		"change":   func() error { _, err := other.ChangeOffer(s.ctx, s.offer.ID, func(*ledger.Offer) {}); return err },
		"checkout": func() error { _, err := other.Checkout(s.ctx, c.ID); return err },
		"expire":   func() error { _, err := other.ExpireCheckout(s.ctx, c.ID); return err },
		"redeem":   func() error { _, _, err := other.Redeem(s.ctx, asking("x", "x"), c.ID, "code"); return err },
		"charge":   func() error { _, err := other.Sale(s.ctx, sold.Record.No); return err },
		"grant":    func() error { _, err := other.Grant(s.ctx, sold.Record.No); return err },
		"consume": func() error {
			_, err := other.Consume(s.ctx, Use{Grant: sold.Record.No, RequestID: "1"})
			return err
		},
		"refund": func() error {
			_, _, err := other.Refund(s.ctx, asking("r", "r"), RefundOrder{Charge: sold.Record.No})
			return err
		},
		"link":   func() error { _, err := other.LinkOf(s.ctx, s.link); return err },
		"unlink": func() error { return other.EndLink(s.ctx, s.link) },
		"sell": func() error {
			_, _, err := other.Charge(s.ctx, asking("s", "s"), ChargeOrder{Link: s.link, Offer: s.offer.ID})
			return err
		},
	} {
		t.Run(name, func(*testing.T) { s.refused(ledger.ErrNotFound, do) })
	}
}

// A charge that is refused while the buyer says yes to its request does not ask for the same money again.
func TestApprovedRequestIsNotAskedAgain(t *testing.T) {
	s := sellingHouse(t)
	if err := s.Lock(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	_, refusal := s.charges("k", s.offer)
	var no *ledger.Refusal
	if !errors.As(refusal, &no) || no.Approve == "" {
		t.Fatalf("refused with %v, want a code to approve", refusal)
	}
	if _, err := s.Answer(s.ctx, s.who, ledger.Answer{Code: no.Approve, Yes: true}); err != nil {
		t.Fatal(err)
	}
	// The repetition was refused before the yes and asks after it.
	ask := ledger.CheckoutID{Vendor: s.v.ID, Number: numberOf(s.v.request(asking("k", "k"), s.clock()))}
	if err := s.v.ask(s.ctx, ask, ChargeOrder{Link: s.link, Offer: s.offer.ID, Quantity: 1}, ledger.RefuseWindow(), s.clock()); !errors.Is(err, ledger.ErrWindow) {
		t.Fatal(err)
	}
	if all, err := s.Pending(s.ctx, s.who); err != nil || len(all) != 0 {
		t.Errorf("%d requests wait (%v), want none: it was answered", len(all), err)
	}
	if _, err := s.charges("k", s.offer); err != nil {
		t.Error(err)
	}
	is(t, "balance", s.balance(s.who), eur(975).Micros)
}

// However many endpoints want however many events, the outbox takes them in pieces that a transaction can hold.
func TestOutboxTakesManyEventsForManyEndpoints(t *testing.T) {
	kv, err := store.Open(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := sellingOn(t, kv)
	s.time.pass(time.Second) // what was before the endpoints is not for them
	for _, p := range []string{"day", "week", "month"} {
		if _, _, err := s.SetLimit(s.ctx, s.who, ledger.LimitChange{Currency: "EUR", Period: p, Max: ledger.NoLimit}); err != nil {
			t.Fatal(err)
		}
	}
	for range maxHooks {
		if _, err := s.v.CreateHook(s.ctx, "https://news.example/hook", nil); err != nil {
			t.Fatal(err)
		}
	}
	cheap := s.offers("Cheap", eur(1))
	const sales = outboxStride + 1
	for i := range sales {
		if _, err := s.charges(strings.Repeat("k", i%200+1)+strings.Repeat("l", i/200+1), cheap); err != nil {
			t.Fatal(err)
		}
	}
	s.Sweep(s.ctx)
	due := 0
	s.read(func(r books.Reader) error {
		all, err := r.DueDeliveries(s.clock(), 0)
		due = len(all)
		return err
	})
	is(t, "deliveries", due, sales*maxHooks)
	s.Sweep(s.ctx)
	s.read(func(r books.Reader) error {
		all, err := r.DueDeliveries(s.clock(), 0)
		is(t, "deliveries after another sweep", len(all), due)
		return err
	})
	s.time.pass(deliveryLog + time.Second)
	for range due/outboxWrites + 1 {
		s.Sweep(s.ctx)
	}
	s.read(func(r books.Reader) error {
		all, err := r.Deliveries(s.v.ID, 0, 0)
		is(t, "deliveries after a month", len(all), 0)
		return err
	})
}

// A link in one currency charges no wallet of another.
func TestLinkOfAnotherCurrencySellsNothing(t *testing.T) {
	s := sellingHouse(t)
	if _, err := s.Unlink(s.ctx, s.who, "news", false); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Link(s.ctx, s.who, ledger.LinkRequest{Vendor: "news", Currency: "USD", Total: ledger.Unit}); err != nil {
		t.Fatal(err)
	}
	dollars := ledger.LinkID{User: s.user(s.who).ID, Vendor: s.v.ID, Currency: "USD", Generation: 1}
	r := s.refused(ledger.ErrInvalid, func() error {
		_, _, err := s.v.Charge(s.ctx, asking("k", "k"), ChargeOrder{Link: dollars, Offer: s.offer.ID})
		return err
	})
	is(t, "param", r.Param, "link_id")
	is(t, "balance", s.balance(s.who), eur(1000).Micros)
}
