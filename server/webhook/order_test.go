package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

const shop = "https://news.example/hook"

// subscribed opens a vendor whose endpoint asks for all events, one at a time.
func (f *fixture) subscribed() Owner {
	f.t.Helper()
	by, url := f.vendor("news"), shop
	if _, err := f.Create(f.ctx, by, Settings{URL: &url}); err != nil {
		f.t.Fatal(err)
	}
	f.time.Pass(time.Second)
	return by
}

// arrival is one event that an endpoint has taken.
type arrival struct {
	id, wallet, kind string
	sequence         uint64
}

// taker is an endpoint that takes what fails lets through.
type taker struct {
	got   []arrival
	fails func(arrival) (status int, err error) // nil, or 0 and no error: it takes everything
}

func (k *taker) send(_ context.Context, d Delivery) (int, time.Duration, error) {
	var w view.Webhook
	if err := json.Unmarshal(d.Body, &w); err != nil {
		return 0, 0, err
	}
	a := arrival{d.ID, w.Data.Wallet, w.Type, w.Sequence}
	if k.fails != nil {
		if status, err := k.fails(a); status != 0 || err != nil {
			return status, 0, err
		}
	}
	k.got = append(k.got, a)
	return 204, 0, nil
}

// ordered wants the events of each buyer in the order in which they happened, none twice.
func ordered(t interface{ Errorf(string, ...any) }, got []arrival) {
	last := map[string]uint64{}
	for _, a := range got {
		if a.sequence <= last[a.wallet] {
			t.Errorf("%s gets event %d after event %d", a.wallet, a.sequence, last[a.wallet])
		}
		last[a.wallet] = a.sequence
	}
}

// Whatever fails, however often and for how long, with restarts in between: the events of a buyer arrive in order,
// none is lost, and what is given up is parked and arrives when it is asked for.
func TestCourierAgainstFailures(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := newFixture(t, store.NewMemory())
		by := f.subscribed()
		made, poison := 0, map[string]bool{}
		k := &taker{}
		k.fails = func(a arrival) (int, error) {
			if poison[a.id] {
				return 422, nil
			}
			return failure(rapid.IntRange(0, 5).Draw(r, "answer"))
		}
		f.Send = k.send
		c := newCourier(f.Outbox)
		r.Repeat(map[string]func(*rapid.T){
			"happens": func(r *rapid.T) {
				kind := rapid.SampledFrom([]ledger.Kind{ledger.KindLink, ledger.KindUnlink, ledger.KindCapture}).Draw(r, "kind")
				no := f.happened(by, kind, ledger.UserID(rapid.IntRange(1, 3).Draw(r, "buyer")))
				made++
				if rapid.IntRange(0, 9).Draw(r, "poison") == 0 {
					poison[f.Seal.Event(no)] = true
				}
			},
			"time": func(r *rapid.T) {
				f.time.Pass(time.Duration(rapid.IntRange(1, 3*3600).Draw(r, "seconds")) * time.Second)
			},
			"deliver": func(*rapid.T) { c.once(f.ctx) },
			"restart": func(*rapid.T) { c = newCourier(f.Outbox) },
			"status": func(r *rapid.T) {
				q := Settings{Status: rapid.SampledFrom([]string{"live", "disabled"}).Draw(r, "status")}
				if _, err := f.Change(f.ctx, by, f.number(f.endpoint(by)), q); err != nil {
					r.Fatal(err)
				}
			},
			"": func(r *rapid.T) { ordered(r, k.got) },
		})
		k.fails = func(a arrival) (int, error) {
			if poison[a.id] {
				return 422, nil
			}
			return 0, nil
		}
		made += f.settle(r, by, c)
		k.fails = nil
		ordered(r, k.got)
		f.redeliverParked(r, by, c)
		arrived := map[string]bool{}
		for _, a := range k.got {
			arrived[a.id] = true
		}
		if len(arrived) != made {
			r.Errorf("%d of %d events have arrived", len(arrived), made)
		}
	})
}

// failure is how an endpoint fails, mostly it does not.
func failure(n int) (int, error) {
	switch n {
	case 0:
		return 0, errors.New("no answer")
	case 1:
		return 500, nil
	case 2:
		return 302, nil
	}
	return 0, nil
}

// settle makes the endpoint live and lets hours pass in which it takes other events, until nothing waits any more. It
// returns how many others there were.
func (f *fixture) settle(r *rapid.T, by Owner, c *courier) (made int) {
	for range 200 {
		f.happened(by, ledger.KindCapture, 9)
		made++
		e := f.endpoint(by)
		if _, err := f.Change(f.ctx, by, f.number(e), Settings{Status: "live"}); err != nil {
			r.Fatal(err)
		}
		c.once(f.ctx)
		waits := false
		for _, e := range f.events(r, by) {
			waits = waits || e.Deliveries[0].Status == "waiting"
		}
		if !waits {
			return made
		}
		f.time.Pass(time.Hour)
	}
	r.Fatal("events wait for ever")
	return made
}

// events are all of a vendor, by small pages.
func (f *fixture) events(r *rapid.T, by Owner) (all []view.VendorEvent) {
	q := EventQuery{Paging: view.Paging{Limit: 3}}
	for {
		page, err := f.Events(f.ctx, by, q)
		if err != nil {
			r.Fatal(err)
		}
		all = append(all, page.Data...)
		if q.Before = page.Next; q.Before == "" {
			return all
		}
	}
}

func (f *fixture) redeliverParked(r *rapid.T, by Owner, c *courier) {
	for _, e := range f.events(r, by) {
		if e.Deliveries[0].Status != "parked" {
			continue
		}
		if _, err := f.Redeliver(f.ctx, by, e.ID, 0); err != nil {
			r.Fatal(err)
		}
	}
	c.once(f.ctx)
}

// One event that always fails is parked after some hours. Its buyer's later events wait so long, those of others not
// at all, and the endpoint stays live.
func TestPoisonEventIsParked(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	by := f.subscribed()
	bad := f.Seal.Event(f.happened(by, ledger.KindCapture, 1))
	k := &taker{fails: func(a arrival) (int, error) {
		if a.id == bad {
			return 500, nil
		}
		return 0, nil
	}}
	f.Send = k.send
	c := newCourier(f.Outbox)
	f.happened(by, ledger.KindCapture, 1)
	for range 100 {
		f.happened(by, ledger.KindCapture, 2)
		c.once(f.ctx)
		f.time.Pass(time.Hour)
	}
	is(t, "arrived", len(k.got), 101)
	is(t, "the endpoint", f.endpoint(by).Status, "live")
	own := slices.IndexFunc(k.got, func(a arrival) bool { return a.sequence == 2 })
	if own > 8 {
		t.Errorf("the next event of the buyer is number %d to arrive", own)
	}
	page, err := f.Events(f.ctx, by, EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	last := page.Data[len(page.Data)-1].Deliveries
	if len(page.Data) != 50 || page.Next == "" {
		t.Errorf("%d events on a page, next %q", len(page.Data), page.Next)
	}
	is(t, "status of a later one", last[0].Status, "delivered")
	shown, err := f.Redeliver(f.ctx, by, bad, 0)
	if err != nil || shown.Deliveries[0].Status != "waiting" {
		t.Fatalf("%+v, %v", shown, err)
	}
	if _, err := f.Redeliver(f.ctx, by, bad, 0); !errors.Is(err, ledger.ErrState) {
		t.Errorf("sent again twice: %v", err)
	}
	k.fails = nil
	c.once(f.ctx)
	is(t, "the last to arrive", k.got[len(k.got)-1].id, bad)
}

// A lone event that fails for days does not disable its endpoint; two different ones do.
func TestWhatDisablesAnEndpoint(t *testing.T) {
	for _, tt := range []struct {
		events int
		want   string
	}{{1, "live"}, {2, "disabled"}} {
		f := newFixture(t, store.NewMemory())
		by := f.subscribed()
		other := "https://news.example/other"
		if _, err := f.Create(f.ctx, by, Settings{URL: &other, Events: &[]string{"webhook_endpoint.disabled"}}); err != nil {
			t.Fatal(err)
		}
		f.time.Pass(time.Second)
		k := &taker{fails: func(a arrival) (int, error) {
			if a.kind == "webhook_endpoint.disabled" {
				return 0, nil
			}
			return 500, nil
		}}
		f.Send = k.send
		c := newCourier(f.Outbox)
		for n := range tt.events {
			f.happened(by, ledger.KindCapture, ledger.UserID(n+1))
		}
		for range 100 {
			c.once(f.ctx)
			f.time.Pass(time.Hour)
		}
		all, err := f.Endpoints(f.ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		is(t, fmt.Sprint("after ", tt.events), all[0].Status, tt.want)
		is(t, "told the other endpoint", len(k.got), tt.events-1)
	}
}

// However many permissions are given and taken back, by one wallet or by many, a sale's event has at most one of them
// before it for each event about money.
func TestStormOfLinksDelaysNoSale(t *testing.T) {
	for name, buyer := range map[string]func(int) ledger.UserID{
		"one wallet":   func(int) ledger.UserID { return 1 },
		"many wallets": func(n int) ledger.UserID { return ledger.UserID(n + 100) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, store.NewMemory())
			by := f.subscribed()
			k := &taker{}
			f.Send = k.send
			for n := range 2 * laneRoom {
				f.happened(by, []ledger.Kind{ledger.KindLink, ledger.KindUnlink}[n%2], buyer(n))
			}
			const sales = 5
			for n := range sales {
				f.happened(by, ledger.KindCapture, ledger.UserID(n+2))
			}
			newCourier(f.Outbox).once(f.ctx)
			last := 0
			for i, a := range k.got {
				if a.kind == "charge.succeeded" {
					last = i
				}
			}
			if last >= 2*sales {
				t.Errorf("the last of %d sales is number %d to arrive", sales, last+1)
			}
			ordered(t, k.got)
			is(t, "arrived", len(k.got), 2*laneRoom+sales)
		})
	}
}

// An old secret signs until its time is over, and not until the next rotation.
func TestSecretsOverlap(t *testing.T) {
	for _, tt := range []struct {
		overlap time.Duration
		signs   map[time.Duration]int // how many signatures after a time
	}{
		{0, map[time.Duration]int{0: 1}},
		{time.Hour, map[time.Duration]int{0: 2, time.Hour - time.Second: 2, time.Hour: 1}},
		{Overlap, map[time.Duration]int{23 * time.Hour: 2, 24 * time.Hour: 1}},
		{MaxOverlap, map[time.Duration]int{MaxOverlap - time.Second: 2, MaxOverlap: 1, 1000 * time.Hour: 1}},
	} {
		for after, want := range tt.signs {
			f := newFixture(t, store.NewMemory())
			by := f.subscribed()
			made, err := f.Rotate(f.ctx, by, f.number(f.endpoint(by)), tt.overlap)
			if err != nil {
				t.Fatal(err)
			}
			f.time.Pass(after)
			f.happened(by, ledger.KindCapture, 1)
			var got []string
			f.Send = func(_ context.Context, d Delivery) (int, time.Duration, error) {
				got = d.Secrets
				return 204, 0, nil
			}
			f.Deliver(f.ctx)
			if len(got) != want || got[0] != made.Secret {
				t.Errorf("%v after a rotation with an overlap of %v: %d secrets, want %d", after, tt.overlap, len(got), want)
			}
		}
	}
}

// Three secrets sign at once and no more; who needs another one at once ends the old ones.
func TestRotationsAreBounded(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	by := f.subscribed()
	n := f.number(f.endpoint(by))
	rotate := func(overlap time.Duration) error { _, err := f.Rotate(f.ctx, by, n, overlap); return err }
	for range maxSecrets - 1 {
		if err := rotate(Overlap); err != nil {
			t.Fatal(err)
		}
	}
	for want, overlap := range map[error]time.Duration{
		ledger.ErrState: Overlap, ledger.ErrInvalid: MaxOverlap + time.Second,
	} {
		if err := rotate(overlap); !errors.Is(err, want) {
			t.Errorf("an overlap of %v: %v, want %v", overlap, err, want)
		}
	}
	if err := rotate(0); err != nil || f.endpoint(by).Old != nil {
		t.Errorf("%v, old ones until %v", err, f.endpoint(by).Old)
	}
}

// Old deliveries are forgotten without leaving the next one of their buyer waiting for ever.
func TestForgottenDeliveryLetsTheNextGo(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	by := f.subscribed()
	f.happened(by, ledger.KindCapture, 1)
	f.Deliver(f.ctx) // nobody sends
	f.time.Pass(deliveryLog / 2)
	f.happened(by, ledger.KindCapture, 1)
	f.Deliver(f.ctx)
	is(t, "due", f.waiting(books.Delivery{}), 1)
	f.time.Pass(deliveryLog/2 + time.Hour)
	if err := f.Forget(f.ctx, f.time.Now()); err != nil {
		t.Fatal(err)
	}
	k := &taker{}
	f.Send = k.send
	f.Deliver(f.ctx)
	is(t, "arrived", len(k.got), 1)
}
