package server

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// selling is a service with a vendor, its offer of 25 cents, and a buyer with 10 euro who lets it charge without
// asking.
type selling struct {
	*fixture
	v     *Seller
	offer ledger.Offer
	link  ledger.LinkID
	who   view.Caller
}

func sellingHouse(t *testing.T) selling {
	t.Helper()
	return sellingOn(t, store.NewMemory())
}

func sellingOn(t testing.TB, kv store.Store) selling {
	t.Helper()
	s := selling{fixture: newFixtureOn(t, kv)}
	v, key := s.vendor("news")
	s.who = s.funded("ann", eur(1000))
	var err error
	if s.v, err = s.Authenticate(s.ctx, key); err != nil {
		t.Fatal(err)
	}
	s.offer = s.offers("Rivers", eur(25))
	free := ledger.Limits{
		PerPurchase: ledger.NoLimit,
		PerDay:      ledger.NoLimit,
		PerWeek:     ledger.NoLimit,
		PerMonth:    ledger.NoLimit,
	}
	q := view.LinkRequest{Vendor: v.Name, Currency: "EUR", Limits: free, Total: ledger.NoLimit}
	if _, err := s.Link(s.ctx, s.who, q); err != nil {
		t.Fatal(err)
	}
	links, err := s.v.Links(s.ctx, view.Paging{})
	if err != nil || len(links.Data) != 1 {
		t.Fatalf("links %v, %v", links, err)
	}
	s.link = opened(t, s.seal.OpenLink, links.Data[0].ID)
	return s
}

func (s selling) offers(title string, price ledger.Amount) ledger.Offer {
	s.t.Helper()
	made, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
		Title: title, Kind: ledger.Content, Price: price, ContentURL: "https://news.example/a", Created: s.time.Now(),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var o ledger.Offer
	s.read(func(r books.Reader) (err error) {
		o, err = s.v.offer(r, opened(s.t, s.seal.OpenOffer, made.ID))
		return err
	})
	return o
}

// charges sells an offer on the link; the key is also what is asked for.
func (s selling) charges(key string, o ledger.Offer) (view.Charge, error) {
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
		_, _, err := s.v.Refund(
			s.ctx,
			asking("r", "r"),
			RefundOrder{Charge: opened(t, s.seal.OpenCharge, sold.ID), Amount: eur(0)},
		)
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
	if _, err := s.Answer(s.ctx, s.who, view.Answer{Code: no.Approve, Yes: true}); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.v.Charge(s.ctx, asking("k", "another body"), ChargeOrder{Link: s.link, Offer: dear.ID})
	if err == nil && got.Offer.Title != "Dear" {
		t.Errorf("a request for %q was answered with the sale of %q", "Dear", got.Offer.Title)
	}
	if got, err = s.charges("k", s.offer); err != nil || got.Offer.Title != "Rivers" {
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
		if _, err := s.charges(strings.Repeat("x", i+1), s.offer); !errors.Is(err, ledger.ErrWindow) &&
			!errors.Is(err, ledger.ErrRate) {
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
	if _, _, err := s.v.ExpireCheckout(s.ctx, Request{}, opened(t, s.seal.OpenCheckout, c.ID)); err != nil {
		t.Fatal(err)
	}
	if back, err := s.CheckoutReturn(s.ctx, c.TxnID, ""); err == nil && back.To == "" {
		t.Error("the browser is sent to an empty address")
	}
}

// Two hundred charges at once against a balance for one sell once, on the engine that keeps real money, also when it
// keeps nothing in memory that it need not.
func TestManyChargesOneBalance(t *testing.T) {
	for name, o := range map[string]store.Options{
		"usual":    {MostlyAbsent: books.MostlyAbsent()},
		"no cache": {MostlyAbsent: books.MostlyAbsent(), Cache: 1, MaxUnapplied: 1},
	} {
		t.Run(name, func(t *testing.T) { manyChargesOneBalance(t, o) })
	}
}

func manyChargesOneBalance(t *testing.T, o store.Options) {
	t.Helper()
	kv, err := store.Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := sellingOn(t, kv)
	s.decides(func(p *ledger.Policy) { p.Risk.NewFor = 0 }) // a new wallet is asked about such a price
	all := s.offers("All", eur(600))
	for _, p := range []string{"purchase", "day", "week", "month"} {
		s.setLimit(s.who, p, ledger.NoLimit)
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
	no, id := opened(t, s.seal.OpenCharge, sold.ID), opened(t, s.seal.OpenCheckout, c.ID)
	_, key := s.vendor("other")
	other, err := s.Authenticate(s.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"offer": func() error { _, err := other.Offer(s.ctx, s.offer.ID); return err },
		"change": func() error {
			_, _, err := other.ChangeOffer(s.ctx, Request{}, s.offer.ID, func(*ledger.Offer) {})
			return err
		},
		"checkout": func() error { _, err := other.Checkout(s.ctx, id); return err },
		"expire":   func() error { _, _, err := other.ExpireCheckout(s.ctx, Request{}, id); return err },
		"redeem":   func() error { _, _, err := other.Redeem(s.ctx, asking("x", "x"), id, "code"); return err },
		"charge":   func() error { _, err := other.Sale(s.ctx, no); return err },
		"grant":    func() error { _, err := other.Grant(s.ctx, no); return err },
		"consume": func() error {
			_, _, err := other.Consume(s.ctx, Request{}, Use{Grant: no, RequestID: "1"})
			return err
		},
		"check": func() error { _, err := other.CheckGrant(s.ctx, no); return err },
		"revoke": func() error {
			_, _, err := other.Revoke(s.ctx, asking("v", "v"), no, "shared")
			return err
		},
		"refund": func() error {
			_, _, err := other.Refund(s.ctx, asking("r", "r"), RefundOrder{Charge: no})
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
	if _, err := s.Answer(s.ctx, s.who, view.Answer{Code: no.Approve, Yes: true}); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Pending(s.ctx, s.who); err != nil || len(all) != 0 {
		t.Errorf("%d requests wait (%v), want none: it was answered", len(all), err)
	}
	for range 2 {
		if _, err := s.charges("k", s.offer); err != nil {
			t.Error(err)
		}
	}
	is(t, "balance", s.balance(s.who), eur(975).Micros)
	if all, err := s.Pending(s.ctx, s.who); err != nil || len(all) != 0 {
		t.Errorf("%d requests wait (%v) after the repetitions, want none", len(all), err)
	}
}

// A charge that stays refused asks once, and its key is not used up by that: the buyer can still say yes.
func TestRefusedChargeAsksOnce(t *testing.T) {
	s := sellingHouse(t)
	if err := s.Lock(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for range 3 {
		_, err := s.charges("k", s.offer)
		var no *ledger.Refusal
		if !errors.As(err, &no) {
			t.Fatalf("%v, want a refusal with a code", err)
		}
		codes[no.Approve] = true
	}
	if all, err := s.Pending(s.ctx, s.who); err != nil || len(all) != 1 || len(codes) != 1 || codes[""] {
		t.Errorf("%d requests wait (%v) with the codes %v, want one", len(all), err, codes)
	}
}

// asked is the id of the request that a refused charge with this key has put before the buyer.
func (s selling) asked(key string) ledger.CheckoutID {
	s.t.Helper()
	var c ledger.Checkout
	s.read(func(r books.Reader) (err error) {
		c, err = s.v.asked(r, s.v.request(asking(key, key), s.clock()))
		return err
	})
	return c.ID
}

// waits puts a charge before the buyer under a number of the test's choice, and returns the code.
func (s selling) waits(id ledger.CheckoutID, o ChargeOrder) string {
	s.t.Helper()
	var no *ledger.Refusal
	err := s.update(s.ctx, func(tx books.Tx) error {
		f := ledger.PurchaseFacts{}
		user, _, err := tx.User(o.Link.User)
		if err != nil {
			return err
		}
		f.User = user
		if f.Vendor, f.Policy, err = s.v.standing(tx.Reader); err != nil {
			return err
		}
		refused, err := s.v.ask(tx, o, s.offer, f, ledger.Checkout{ID: id}, ledger.RefuseWindow(), s.clock())
		if err == nil && !errors.As(refused, &no) {
			s.t.Errorf("refused with %v, want a code to approve", refused)
		}
		return err
	})
	if err != nil || no == nil {
		s.t.Fatal(err)
	}
	return no.Approve
}

// What a buyer approved before the books were upgraded stands under a number of 63 bits. Repeating the charge
// afterwards finds it there and sells nothing once more.
func TestApprovedBeforeTheUpgrade(t *testing.T) {
	s := sellingHouse(t)
	if err := s.Lock(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	number := numberOf(s.v.request(asking("k", "k"), s.clock()), ledger.Generation{})
	code := s.waits(
		ledger.CheckoutID{Vendor: s.v.ID, Number: number>>1 | 1},
		ChargeOrder{Link: s.link, Offer: s.offer.ID, Quantity: 1},
	)
	if _, err := s.Answer(s.ctx, s.who, view.Answer{Code: code, Yes: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.charges("k", s.offer); err != nil {
		t.Fatal(err)
	}
	is(t, "balance", s.balance(s.who), eur(975).Micros)
	if other := s.asked("other"); ledger.ShardOf(other.Number) != 0 {
		t.Errorf("a new request gets a number of shard %d", ledger.ShardOf(other.Number))
	}
}

// A link in one currency charges no wallet of another.
func TestLinkOfAnotherCurrencySellsNothing(t *testing.T) {
	s := sellingHouse(t)
	if _, err := s.Unlink(s.ctx, s.who, "news"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Link(s.ctx, s.who, view.LinkRequest{Vendor: "news", Currency: "USD", Total: ledger.Unit}); err != nil {
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

// A request that has the number of a charge by chance is no sale of it.
func TestForeignRequestUnderTheNumberOfACharge(t *testing.T) {
	s := sellingHouse(t)
	foreign := ChargeOrder{Link: s.link, Offer: s.offer.ID, Quantity: 1, ClientRef: "another"}
	code := s.waits(s.asked("k"), foreign)
	if _, err := s.Answer(s.ctx, s.who, view.Answer{Code: code, Yes: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.charges("k", s.offer); err != nil {
		t.Fatal(err)
	}
	is(t, "balance", s.balance(s.who), eur(950).Micros)
}

// fullDisk is a store that refuses writes for as long as it is full.
type fullDisk struct {
	store.Store
	full bool
}

func (f *fullDisk) Update(ctx context.Context, fn func(store.Tx) error) error {
	if f.full {
		return store.ErrReadOnly
	}
	return f.Store.Update(ctx, fn)
}

// Books of an earlier format are not served until they are converted: keys stand in another place there, and a sale
// under one of them would be sold again as soon as the disk has room.
func TestUpgradeNeedsRoom(t *testing.T) {
	disk := &fullDisk{Store: store.NewMemory()}
	s := sellingOn(t, disk)
	if _, err := s.charges("k", s.offer); err != nil {
		t.Fatal(err)
	}
	if err := disk.Update(s.ctx, func(tx store.Tx) error {
		for row, err := range tx.Scan([]byte("k"), []byte("l"), false, 0) { // to where "books 1" had it
			old := append([]byte{'i', 0, 0, 2, 168}, row.Key[1:]...)
			if err := errors.Join(err, tx.Set(old, bytes.Clone(row.Value)), tx.Delete(row.Key)); err != nil {
				return err
			}
		}
		return books.Write(tx).PutMeta(books.FormatName, []byte("books 1"))
	}); err != nil {
		t.Fatal(err)
	}
	o := Options{Store: disk, Seal: s.seal, Now: s.time.Now, House: view.House{Simulated: true}}
	disk.full = true
	if _, err := Open(s.ctx, o); !errors.Is(err, store.ErrReadOnly) || !strings.Contains(err.Error(), "make room") {
		t.Errorf("opened on a full disk: %v", err)
	}
	disk.full = false
	if _, err := Open(s.ctx, o); err != nil {
		t.Fatal(err)
	}
	if _, err := s.charges("k", s.offer); err != nil {
		t.Fatal(err)
	}
	is(t, "balance", s.balance(s.who), eur(975).Micros)
}
