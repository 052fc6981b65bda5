package server

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// ratesFile is a file of rates of the day of a fixture, or of another one.
func ratesFile(at time.Time, usd string) []byte {
	return fmt.Appendf(nil, `<Envelope><Cube><Cube time="%s"><Cube currency="USD" rate="%s"/></Cube></Cube></Envelope>`,
		at.Format(time.DateOnly), usd)
}

// loads loads the rates of now.
func (f *fixture) loads(usd string) {
	f.t.Helper()
	if _, err := f.LoadRates(f.ctx, f.operator, ratesFile(f.clock(), usd)); err != nil {
		f.t.Fatal(err)
	}
}

func usd(cents int64) ledger.Amount { return ledger.Amount{Micros: cents * 10_000, Currency: "USD"} }

// to changes euro into dollars.
func to(cents int64) view.ExchangeRequest {
	return view.ExchangeRequest{Amount: eur(cents), Other: "USD"}
}

func (f *fixture) quotes(who view.Caller, q view.ExchangeRequest) view.Exchange {
	f.t.Helper()
	v, err := f.QuoteExchange(f.ctx, who, q)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// in is what a person can spend of a currency.
func (f *fixture) in(who view.Caller, c ledger.Currency) (micros int64) {
	f.t.Helper()
	f.read(func(r books.Reader) error {
		w, _, err := r.Wallet(f.user(who).ID, c)
		micros = w.Paid
		return err
	})
	return micros
}

func TestLoadRates(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(1000))
	if all, err := f.Rates(f.ctx, caller("stranger")); err != nil || len(all) != 0 {
		t.Fatalf("%v, %v", all, err)
	}
	f.refused(ledger.ErrUnavailable, func() error { _, err := f.QuoteExchange(f.ctx, ann, to(100)); return err })
	for _, who := range []view.Caller{ann, caller("stranger")} {
		f.refused(ledger.ErrNotAllowed, func() error { _, err := f.LoadRates(f.ctx, who, []byte("<x")); return err })
	}
	before := f.head()
	tomorrow := f.clock().Add(24 * time.Hour)
	for _, file := range [][]byte{nil, []byte("<x"), ratesFile(tomorrow, "1"), ratesFile(f.clock(), "0")} {
		f.refused(ledger.ErrInvalid, func() error { _, err := f.LoadRates(f.ctx, f.operator, file); return err })
	}
	is(t, "entries of refused files", f.head(), before)
	f.loads("1.0834")
	again, err := f.LoadRates(f.ctx, f.operator, ratesFile(f.clock(), "1.08340"))
	if err != nil || !again.Again {
		t.Errorf("again: %+v, %v", again, err)
	}
	is(t, "entries", f.head(), before+1)
	f.time.Pass(24 * time.Hour)
	f.loads("1.1")
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.LoadRates(f.ctx, f.operator, ratesFile(f.clock().Add(-24*time.Hour), "1.2"))
		return err
	})
	f.time.Pass(48 * time.Hour)
	all, err := f.Rates(f.ctx, caller("stranger"))
	if err != nil || len(all) != 1 || all[0].PerEuro != "1.1" || all[0].Age != "2 days" || all[0].Stale {
		t.Errorf("%+v, %v", all, err)
	}
	log, err := f.StaffLog(f.ctx, f.operator, view.AuditQuery{Paging: view.Paging{}})
	if err != nil || len(log.Data) < 2 || log.Data[0].Act != "rates load" {
		t.Errorf("staff log: %+v, %v", log.Data, err)
	}
	f.time.Pass(48 * time.Hour)
	no := f.refused(ledger.ErrUnavailable, func() error { _, err := f.QuoteExchange(f.ctx, ann, to(100)); return err })
	if !strings.Contains(no.Detail, "too old") {
		t.Error(no)
	}
	if all, err = f.Rates(f.ctx, ann); err != nil || !all[0].Stale {
		t.Errorf("%+v, %v", all, err)
	}
}

// An exchange is a row in each account, opens the account that it needs, and is told whole from both of its rows.
func TestExchange(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.funded("ann", eur(2000)), f.join("bob")
	f.loads("1.0834")
	q := f.quotes(ann, to(1000))
	is(t, "pay", q.Pay, eur(1000))
	is(t, "get", q.Get, ledger.Amount{Micros: 10_726_732, Currency: "USD"})
	is(t, "rate", q.RateWords(), "1 EUR = 1.0834 USD")
	is(t, "spread", q.SpreadWords(), "1 %, 0.09901 EUR")
	before := f.head()
	is(t, "good until", q.Until, view.At(f.clock().Add(30*time.Second)))
	r := to(1000)
	r.Quote = q.Quote
	v, err := f.Exchange(f.ctx, ann, r)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "entries", f.head(), before+2)
	is(t, "euro", f.in(ann, "EUR"), eur(1000).Micros)
	is(t, "dollars", f.in(ann, "USD"), q.Get.Micros)
	for kind, want := range map[string]string{
		"exchange_out": "Exchanged for 10.726732 USD", "exchange_in": "Exchanged from 10.00 EUR",
	} {
		page, err := f.History(f.ctx, ann, view.HistoryQuery{Kind: kind})
		if err != nil || len(page.Data) != 1 || page.Data[0].Title != want {
			t.Fatalf("%s: %+v, %v", kind, page.Data, err)
		}
		d, err := f.Show(f.ctx, ann, page.Data[0].ID)
		if err != nil || d.Exchange == nil || d.Exchange.Get != q.Get || d.Exchange.Rate != "1.0834" || len(d.Lines) != 5 {
			t.Errorf("show: %+v, %v", d, err)
		}
		f.refused(ledger.ErrNotFound, func() error { _, err := f.Show(f.ctx, bob, page.Data[0].ID); return err })
	}
	back := view.ExchangeRequest{Amount: usd(1000), Other: "EUR"}
	other, err := f.Exchange(f.ctx, ann, back)
	if err != nil || other.ID == v.ID || other.Get.Micros >= eur(1000).Micros {
		t.Errorf("%+v, %v", other, err)
	}
	f.clean()
}

// A quote is of one wallet, of one exchange, of thirty seconds, and good once.
func TestQuote(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.funded("ann", eur(2000)), f.funded("bob", eur(2000))
	f.loads("1.0834")
	with := func(q string, r view.ExchangeRequest) view.ExchangeRequest { r.Quote = q; return r }
	q := f.quotes(ann, to(500)).Quote
	refuses := func(want error, who view.Caller, r view.ExchangeRequest) {
		t.Helper()
		f.refused(want, func() error { _, err := f.Exchange(f.ctx, who, r); return err })
	}
	refuses(ledger.ErrInvalid, bob, with(q, to(500)))
	refuses(ledger.ErrInvalid, ann, with(q, to(501)))
	refuses(ledger.ErrInvalid, ann, with(q, view.ExchangeRequest{Amount: usd(500), Other: "EUR"}))
	refuses(ledger.ErrInvalid, ann, with(q, view.ExchangeRequest{Amount: eur(500), Other: "USD", Get: true}))
	refuses(ledger.ErrInvalid, ann, with(q[:len(q)-1]+"x", to(500)))
	refuses(ledger.ErrInvalid, ann, with("qte_", to(500)))
	refuses(ledger.ErrInvalid, ann, with(strings.ToUpper(q), to(500)))

	f.loads("1.2") // newer rates do not change what was promised
	f.time.Pass(ledger.QuoteLife - time.Microsecond)
	done, err := f.Exchange(f.ctx, ann, with(" "+q+"\n", to(500)))
	if err != nil || done.Rate != "1.0834" {
		t.Fatalf("%+v, %v", done, err)
	}
	f.time.Pass(time.Hour)
	f.touch(ann)
	again, err := f.Exchange(f.ctx, ann, with(q, to(500)))
	if err != nil || again.ID != done.ID {
		t.Errorf("again: %+v, %v", again, err)
	}
	is(t, "paid once", f.in(ann, "EUR"), eur(1500).Micros)
	refuses(ledger.ErrKeyReused, ann, with(q, to(501)))
	q = f.quotes(ann, to(500)).Quote
	f.time.Pass(ledger.QuoteLife)
	refuses(ledger.ErrTermsChanged, ann, with(q, to(500)))
	f.clean()
}

func TestExchangeKeyAndExpectation(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(2000))
	f.loads("1.0834")
	r := to(500)
	r.Key = "k"
	one, err := f.Exchange(f.ctx, ann, r)
	if err != nil {
		t.Fatal(err)
	}
	f.loads("1.2")
	two, err := f.Exchange(f.ctx, ann, r)
	if err != nil || two.ID != one.ID || two.Get != one.Get {
		t.Errorf("%+v, %v", two, err)
	}
	other := to(501)
	other.Key = "k"
	f.refused(ledger.ErrKeyReused, func() error { _, err := f.Exchange(f.ctx, ann, other); return err })
	r.Key, r.Expect = "", &one.Get
	f.refused(ledger.ErrTermsChanged, func() error { _, err := f.Exchange(f.ctx, ann, r); return err })
	f.refused(ledger.ErrTermsChanged, func() error { _, err := f.QuoteExchange(f.ctx, ann, r); return err })
	get := view.ExchangeRequest{Amount: usd(100), Other: "EUR", Get: true}
	now := f.quotes(ann, get)
	get.Expect = &ledger.Amount{Micros: now.Pay.Micros}
	if v, err := f.Exchange(f.ctx, ann, get); err != nil || v.Get != usd(100) {
		t.Errorf("%+v, %v", v, err)
	}
	f.clean()
}

// However many use one quote at once, one exchange is made.
func TestManyUseOneQuote(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(2000))
	f.loads("1.0834")
	r := to(500)
	r.Quote = f.quotes(ann, r).Quote
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := map[string]bool{}
	for range 30 {
		wg.Go(func() {
			v, err := f.Exchange(f.ctx, ann, r)
			mu.Lock()
			defer mu.Unlock()
			made[v.ID] = true
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	is(t, "exchanges", len(made), 1)
	is(t, "paid once", f.in(ann, "EUR"), eur(1500).Micros)
	f.clean()
}

func TestExchangeRefuses(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(1000))
	f.loads("1.0834")
	do := func(r view.ExchangeRequest) func() error {
		return func() error { _, err := f.Exchange(f.ctx, ann, r); return err }
	}
	quote := func(r view.ExchangeRequest) func() error {
		return func() error { _, err := f.QuoteExchange(f.ctx, ann, r); return err }
	}
	for want, r := range map[error]view.ExchangeRequest{
		ledger.ErrFunds:   to(1001),
		ledger.ErrInvalid: {Amount: eur(1), Other: "EUR"},
	} {
		f.refused(want, do(r))
		f.refused(want, quote(r))
	}
	f.refused(ledger.ErrInvalid, do(view.ExchangeRequest{Amount: eur(1), Other: "GBP"}))
	f.refused(ledger.ErrNotJoined, func() error { _, err := f.QuoteExchange(f.ctx, caller("x"), to(1)); return err })
	if err := f.Lock(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrWindow, do(to(100)))
	if err := quote(to(100))(); err != nil { // to look is no act
		t.Error(err)
	}
	f.touch(ann)
	f.write(func(tx books.Tx) error {
		u := f.user(ann)
		u.Status = ledger.UserFrozen
		return tx.PutUser(u)
	})
	f.refused(ledger.ErrFrozen, do(to(100)))
	f.refused(ledger.ErrFrozen, quote(to(100)))
}

// A wallet makes so many changes in a day; an exchange is one.
func TestExchangesAreBounded(t *testing.T) {
	f := newFixture(t)
	f.budgets = newBudgets(Bounds{Changes: 3})
	ann := f.funded("ann", eur(1000)) // one
	f.loads("1.0834")
	for range 2 {
		if _, err := f.Exchange(f.ctx, ann, to(100)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Exchange(f.ctx, ann, to(100)); !errors.Is(err, ledger.ErrRate) {
		t.Errorf("%v", err)
	}
}
