package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// newKiosk is a service with a vendor whose page says what sells it, and hands its content to who brings a token.
func newKiosk(t *testing.T) (f *fixture, shop *bookshop, s *Seller, ann view.Caller, page string) {
	t.Helper()
	f = newFixture(t)
	v, _ := f.vendor("acme")
	shop, offer := f.opensAt(v, ledger.Bounds{Views: 2})
	s = &Seller{s: f.Server, ID: v.ID}
	made, _, err := s.CreateOffer(f.ctx, Request{}, offer)
	if err != nil {
		t.Fatal(err)
	}
	shop.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.Header().Set("Link", fmt.Sprintf(`<%s/b/%s?s=x>; rel="payment"`, f.house.URL, made.ID))
			w.WriteHeader(http.StatusPaymentRequired)
			return
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte("It floats."))
	}
	return f, shop, s, f.funded("ann", eur(500)), offer.ContentURL
}

// TestContentIsGotByItsAddress gets a page that was never seen: it is bought once, and opened again as what was bought,
// until its views are used up. Then it is bought anew.
func TestContentIsGotByItsAddress(t *testing.T) {
	f, _, _, ann, page := newKiosk(t)
	for i, want := range []struct {
		paid  int64
		used  uint32
		later bool
	}{{1_000_000, 1, false}, {0, 1, true}, {0, 2, true}, {1_000_000, 1, true}} {
		got, err := f.Get(f.ctx, ann, view.Get{Of: page})
		if err != nil || got.Paid.Micros != want.paid || got.Grant.ViewsUsed != want.used || got.Text != "It floats." {
			t.Fatalf("%d: %+v, %v", i, got, err)
		}
		if want.later {
			f.time.Pass(openFor)
		}
	}
	if w := f.walletOf(ann); w.Paid != 3_000_000 || w.Held != 0 {
		t.Errorf("after two purchases: %+v", w)
	}
	f.clean()
}

// TestWhatDoesNotComeCostsNothing breaks the site after the price was agreed, and takes the member away meanwhile: the
// money is back, and no view counts.
func TestWhatDoesNotComeCostsNothing(t *testing.T) {
	f, shop, _, ann, page := newKiosk(t)
	link := shop.answer
	for name, broken := range map[string]func(http.ResponseWriter, *http.Request, context.CancelFunc){
		"an error":       func(w http.ResponseWriter, _ *http.Request, _ context.CancelFunc) { w.WriteHeader(500) },
		"nothing at all": func(http.ResponseWriter, *http.Request, context.CancelFunc) { panic(http.ErrAbortHandler) },
		"nobody there": func(_ http.ResponseWriter, r *http.Request, gone context.CancelFunc) {
			gone()
			<-r.Context().Done()
		},
	} {
		ctx, gone := context.WithCancel(f.ctx)
		shop.answer = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "" {
				link(w, r)
				return
			}
			broken(w, r, gone)
		}
		if got, err := f.Get(ctx, ann, view.Get{Of: page}); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
		gone()
		if w := f.walletOf(ann); w.Paid != 5_000_000 || w.Held != 0 {
			t.Errorf("%s has cost something: %+v", name, w)
		}
		f.clean()
	}
}

// TestNothingElseIsGot refuses what no vendor sells at that address, what is dearer than allowed, and a wallet that may
// not buy. Strangers' sites are not asked.
func TestNothingElseIsGot(t *testing.T) {
	f, shop, s, ann, page := newKiosk(t)
	most := ledger.Amount{Micros: 999_999}
	poor := f.join("poor")
	before, asked := f.head(), len(shop.asked)
	for _, bad := range []struct {
		want error
		who  view.Caller
		of   string
		max  *ledger.Amount
	}{
		{ledger.ErrNotFound, ann, "https://stranger.example/page", nil},
		{ledger.ErrNotFound, ann, "no address", nil},
		{ledger.ErrNotFound, ann, "", nil},
		{ledger.ErrNotFound, ann, page + "2", nil}, // its link leads to an offer of another address
		{ledger.ErrTermsChanged, ann, page, &most},
		{ledger.ErrTermsChanged, ann, page, &ledger.Amount{Micros: 9_000_000, Currency: "USD"}},
		{ledger.ErrFunds, poor, page, nil},
	} {
		f.refused(bad.want, func() error {
			_, err := f.Get(f.ctx, bad.who, view.Get{Of: bad.of, Max: bad.max})
			return err
		})
	}
	if f.head() != before || len(shop.asked)-asked != 4 {
		t.Errorf("%d entries, %d calls of the site", f.head()-before, len(shop.asked)-asked)
	}
	f.suspends(s)
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Get(f.ctx, ann, view.Get{Of: page}); return err })
}

// TestGettingTwiceBuysOnce gets the same page at once from two terminals: one buys it, and the other waits its turn.
func TestGettingTwiceBuysOnce(t *testing.T) {
	f, shop, _, ann, page := newKiosk(t)
	asked, go1 := make(chan bool), make(chan bool)
	link := shop.answer
	shop.answer = func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			asked <- true
			<-go1
		}
		link(w, r)
	}
	first := make(chan error)
	go func() {
		_, err := f.Get(f.ctx, ann, view.Get{Of: page})
		first <- err
	}()
	<-asked
	f.refused(ledger.ErrRate, func() error { _, err := f.Get(f.ctx, ann, view.Get{Of: page}); return err })
	close(go1)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if got, err := f.Get(f.ctx, ann, view.Get{Of: page}); err != nil || got.Paid.Micros != 0 || got.Counted {
		t.Errorf("again: %+v, %v", got, err)
	}
	is(t, "left", f.walletOf(ann).Paid, 4_000_000)
}

// TestOnlyWhatComesIsPaid has a vendor take the money while the content is awaited, lets the operator suspend it
// meanwhile, and stops the service: each time the money is back.
func TestOnlyWhatComesIsPaid(t *testing.T) {
	f, shop, s, ann, page := newKiosk(t)
	link := shop.answer
	waits := func() (no ledger.EntryNo) {
		list, err := s.Sales(f.ctx, SalesQuery{Status: "held"})
		if err != nil || len(list.Data) != 1 {
			t.Fatal(list, err)
		}
		return opened(t, f.seal.OpenCharge, list.Data[0].ID)
	}
	for name, during := range map[string]func(http.ResponseWriter){
		"a capture": func(w http.ResponseWriter) {
			no := waits()
			f.refused(ledger.ErrState, func() error {
				_, _, err := s.Capture(f.ctx, asking("take", ""), CaptureOrder{Charge: no})
				return err
			})
			w.WriteHeader(http.StatusInternalServerError)
		},
		"a suspension": func(w http.ResponseWriter) {
			f.suspends(s)
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write([]byte("It floats."))
		},
	} {
		shop.answer = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				during(w)
				return
			}
			link(w, r)
		}
		got, err := f.Get(f.ctx, ann, view.Get{Of: page})
		if w := f.walletOf(ann); err == nil || w.Paid != 5_000_000 || w.Held != 0 {
			t.Errorf("%s: %+v, %v, %+v", name, got, err, w)
		}
		f.write(func(tx books.Tx) error {
			v, _, err := tx.Vendor(s.ID)
			v.Status = ledger.VendorActive
			return errors.Join(err, tx.PutVendor(v))
		})
	}
	id, err := f.seal.OpenOffer(f.offersOf(s)[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.holdFor(f.ctx, ann, id, nil); err != nil { // and then the power fails
		t.Fatal(err)
	}
	f.time.Pass(getLife)
	f.Sweep(f.ctx)
	is(t, "left", f.walletOf(ann).Paid, 5_000_000)
	f.clean()
}

// TestWhatIsOwnedIsFound gets what was bought before more than a page of other purchases.
func TestWhatIsOwnedIsFound(t *testing.T) {
	f, _, s, ann, page := newKiosk(t)
	f.unlimited(ann)
	if _, err := f.Get(f.ctx, ann, view.Get{Of: page}); err != nil {
		t.Fatal(err)
	}
	f.time.Pass(openFor)
	v := f.sellerOf(s)
	for i := range view.MaxRows + 1 {
		f.buys(ann, v, fmt.Sprint("other ", i), ledger.Amount{Micros: 100, Currency: "EUR"})
	}
	if got, err := f.Get(f.ctx, ann, view.Get{Of: page}); err != nil || got.Paid.Micros != 0 || got.Grant.ViewsUsed != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// offersOf are the offers of a seller.
func (f *fixture) offersOf(s *Seller) []view.Offer {
	f.t.Helper()
	page, err := s.Offers(f.ctx, view.Paging{})
	if err != nil {
		f.t.Fatal(err)
	}
	return page.Data
}
