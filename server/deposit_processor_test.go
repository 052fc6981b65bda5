package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// processor is a card processor of a test: it knows of each order what the test says, and is asked for it.
type processor struct {
	orders map[string]ledger.DepositState
	down   bool // it does not answer
	news   funding.News
	asked  int
}

const processorLink = "https://processor.example/pay/very-secret"

func (p *processor) Info() funding.Info {
	return funding.Info{Name: "card", Title: "Card", Kind: ledger.DepositOnline, Simulated: true}
}

func (p *processor) Start(_ context.Context, o funding.Order) (funding.Outcome, error) {
	if p.down {
		return funding.Outcome{}, errors.New("no answer")
	}
	p.orders[o.Name] = ledger.DepositRequiresAction
	return funding.Outcome{State: ledger.DepositRequiresAction, External: "ext_" + o.Name, Link: processorLink}, nil
}

// Lookup goes one step towards what has become of the order, as a processor with a state for each question does.
func (p *processor) Lookup(_ context.Context, o funding.Order) (funding.Outcome, error) {
	p.asked++
	if p.down {
		return funding.Outcome{}, errors.New("no answer")
	}
	at, want := o.Deposit.State, p.orders[o.Name]
	for _, s := range []ledger.DepositState{ // the road of a payment
		ledger.DepositSucceeded, ledger.DepositSettled, ledger.DepositChargedBack, ledger.DepositWon,
	} {
		if reachable(s, want) && slices.Contains(o.Deposit.Next(), s) {
			return funding.Outcome{State: s}, nil
		}
	}
	if slices.Contains(o.Deposit.Next(), want) {
		at = want
	}
	return funding.Outcome{State: at}, nil
}

// reachable tells whether an online deposit in one state may come to another.
func reachable(from, to ledger.DepositState) bool {
	return from == to || slices.ContainsFunc(ledger.NextDepositStates(ledger.DepositOnline, from),
		func(s ledger.DepositState) bool { return reachable(s, to) })
}

func (p *processor) Steps(ledger.Deposit) []string { return nil }

func (p *processor) Receive(_ context.Context, h http.Header, _ []byte) (funding.News, error) {
	if h.Get("Signed") == "" {
		return funding.News{}, funding.ErrUnsigned
	}
	return p.news, nil
}

func (p *processor) Cancel(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	if p.orders[o.Name] == ledger.DepositRequiresAction {
		p.orders[o.Name] = ledger.DepositCanceled
	}
	return p.Lookup(ctx, o)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ordered is a service with a processor, and a deposit that waits on its page.
func ordered(t *testing.T) (f *fixture, p *processor, ann view.Caller, d view.Deposit) {
	t.Helper()
	f = newFixture(t)
	p = &processor{orders: map[string]ledger.DepositState{}}
	f.methods[0] = p
	ann = f.join("ann")
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(1000), Method: "card"})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "state", d.State, view.State(ledger.DepositRequiresAction))
	return f, p, ann, d
}

// tells has the processor call: something has become of the order.
func (p *processor) tells(f *fixture, id string, d view.Deposit) error {
	p.news = funding.News{ID: id, About: []funding.Found{{External: "ext_" + d.ID}}}
	return f.ReceiveNews(f.ctx, "card", http.Header{"Signed": {"yes"}}, nil)
}

// News are done once, whatever order and however often they come, and only what the processor says when it is asked
// moves money.
func TestNewsAreDoneOnce(t *testing.T) {
	f, p, ann, d := ordered(t)
	for range 3 { // nothing has happened, whatever the call means
		must(t, p.tells(f, "evt_1", d))
	}
	is(t, "balance", f.balance(ann), 0)
	p.orders[d.ID] = ledger.DepositSucceeded
	must(t, p.tells(f, "evt_1", d)) // remembered: it is not asked again
	is(t, "balance after a repetition", f.balance(ann), 0)
	asked := p.asked
	for range 3 {
		must(t, p.tells(f, "evt_2", d))
	}
	is(t, "balance after the payment", f.balance(ann), eur(1000).Micros)
	is(t, "questions", p.asked-asked, 2)
	must(t, p.tells(f, "evt_0", d)) // an older one that was late
	is(t, "balance after a late one", f.balance(ann), eur(1000).Micros)
}

// In any order, with repetitions, with look-ups between them and with a processor that answers now and then, news
// lead to the state that the processor has, and to its money.
func TestNewsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, p, ann, d := ordered(t)
		want := rapid.SampledFrom([]ledger.DepositState{
			ledger.DepositSucceeded, ledger.DepositSettled, ledger.DepositChargedBack, ledger.DepositWon,
			ledger.DepositFailed, ledger.DepositExpired,
		}).Draw(rt, "state")
		p.orders[d.ID] = want
		for range rapid.IntRange(0, 8).Draw(rt, "calls") {
			p.down = rapid.Bool().Draw(rt, "down")
			if rapid.Bool().Draw(rt, "poll") {
				f.time.Pass(2 * time.Hour)
				f.Sweep(f.ctx)
				continue
			}
			id := fmt.Sprint("evt_", rapid.IntRange(0, 3).Draw(rt, "event"))
			if err := p.tells(f, id, d); err != nil && !p.down {
				rt.Fatal(err)
			}
		}
		p.down = false
		must(t, p.tells(f, "evt_last", d))
		now, err := f.Deposits(f.ctx, ann, view.Paging{})
		must(t, err)
		is(t, "state", now[0].State, view.State(want))
		paid := reachable(ledger.DepositSucceeded, want) && want != ledger.DepositChargedBack
		is(t, "balance", f.balance(ann), map[bool]int64{true: eur(1000).Micros}[paid])
	})
}

// What could not be asked is not remembered: the processor repeats it.
func TestNewsWithoutAnAnswerAreRepeated(t *testing.T) {
	f, p, ann, d := ordered(t)
	p.orders[d.ID], p.down = ledger.DepositSucceeded, true
	if err := p.tells(f, "evt_1", d); err == nil {
		t.Error("taken without an answer")
	}
	p.down = false
	must(t, p.tells(f, "evt_1", d))
	is(t, "balance", f.balance(ann), eur(1000).Micros)
}

// Calls of others, at methods that take none, and of deposits that are not known move nothing.
func TestNewsOfOthers(t *testing.T) {
	f, p, ann, d := ordered(t)
	p.orders[d.ID] = ledger.DepositSucceeded
	p.news = funding.News{ID: "evt_1", About: []funding.Found{{Deposit: d.ID}}}
	if err := f.ReceiveNews(f.ctx, "card", http.Header{}, nil); !errors.Is(err, funding.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	for _, method := range []string{"check", "gold"} {
		if err := f.ReceiveNews(f.ctx, method, http.Header{"Signed": {"yes"}}, nil); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%s: %v", method, err)
		}
	}
	paper, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "check"})
	must(t, err)
	p.news = funding.News{ID: "evt_2", About: []funding.Found{
		{Deposit: paper.ID}, {Deposit: "dep_0"}, {External: "ext_of_nothing"}, {},
	}}
	must(t, f.ReceiveNews(f.ctx, "card", http.Header{"Signed": {"yes"}}, nil))
	is(t, "balance", f.balance(ann), 0)
}

// A processor that pays out names all deposits of the payout with what it kept. However many they are, each is settled
// once.
func TestPayoutOfAProcessor(t *testing.T) {
	f, p, ann, d := ordered(t)
	f.decides(func(q *ledger.Policy) { q.Risk.OpenNew = 1000 })
	news := funding.News{ID: "evt_payout"}
	paid := []view.Deposit{d}
	for i := range 2*newsAtOnce + 5 {
		if i%(ledger.DepositsPerDay-1) == 0 {
			f.time.Pass(25 * time.Hour)
		}
		d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "card"})
		must(t, err)
		paid = append(paid, d)
	}
	for _, d := range paid {
		p.orders[d.ID] = ledger.DepositSucceeded
		must(t, p.tells(f, "evt_"+d.ID, d))
		p.orders[d.ID] = ledger.DepositSettled
		news.About = append(news.About, funding.Found{
			Deposit: d.ID, Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: 300_000},
		})
	}
	p.news = news
	for range 2 {
		must(t, f.ReceiveNews(f.ctx, "card", http.Header{"Signed": {"yes"}}, nil))
	}
	all, err := f.Deposits(f.ctx, ann, view.Paging{Limit: 100})
	must(t, err)
	for _, d := range all {
		is(t, d.ID, d.State, view.State(ledger.DepositSettled))
	}
}

// A payout is told before its payment: the news of that was lost while nobody listened. Both are written, in order.
func TestPayoutBeforeItsPayment(t *testing.T) {
	f, p, ann, d := ordered(t)
	p.orders[d.ID] = ledger.DepositSucceeded
	p.news = funding.News{ID: "evt_payout", About: []funding.Found{{
		Deposit: d.ID, Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: 300_000},
	}}}
	for range 2 {
		must(t, f.ReceiveNews(f.ctx, "card", http.Header{"Signed": {"yes"}}, nil))
	}
	is(t, "balance", f.balance(ann), eur(1000).Micros)
	is(t, "questions", p.asked, 2)
	all, err := f.Deposits(f.ctx, ann, view.Paging{Limit: 1})
	must(t, err)
	is(t, "state", all[0].State, view.State(ledger.DepositSettled))
}

// The address of a processor's page is in the books, and readable to nobody who reads them; whoever has the deposit's
// name is sent there while it is waited for.
func TestLinkIsSealedAndEnds(t *testing.T) {
	f, p, _, d := ordered(t)
	is(t, "address", d.Link, "https://pay.example/pay/"+d.ID)
	to, err := f.PayLink(f.ctx, d.ID)
	must(t, err)
	is(t, "leads to", to, processorLink)
	must(t, f.store.View(f.ctx, func(r store.Reader) error {
		for kv, err := range r.Scan(nil, nil, false, 0) {
			if err != nil || bytes.Contains(kv.Value, []byte("very-secret")) {
				t.Errorf("the row %q has the address, or cannot be read: %v", kv.Key, err)
			}
		}
		return nil
	}))
	p.orders[d.ID] = ledger.DepositSucceeded
	must(t, p.tells(f, "evt_1", d))
	if _, err := f.PayLink(f.ctx, d.ID); !errors.Is(err, ledger.ErrState) {
		t.Errorf("after the payment: %v", err)
	}
	for _, name := range []string{"", "dep_0", d.ID + "x", strings.ToUpper(d.ID)} {
		if _, err := f.PayLink(f.ctx, name); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A deposit that waits for its payer is withdrawn by its owner. One that was paid at the same moment is paid.
func TestCancelDeposit(t *testing.T) {
	f, p, ann, d := ordered(t)
	eve := f.join("eve")
	if _, err := f.CancelDeposit(f.ctx, eve, d.ID); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("of another wallet: %v", err)
	}
	p.down = true
	if _, err := f.CancelDeposit(f.ctx, ann, d.ID); !errors.Is(err, ledger.ErrUnavailable) {
		t.Errorf("without an answer: %v", err)
	}
	p.down = false
	p.orders[d.ID] = ledger.DepositSucceeded
	got, err := f.CancelDeposit(f.ctx, ann, d.ID)
	must(t, err)
	is(t, "paid at the same moment", got.State, view.State(ledger.DepositSucceeded))
	is(t, "balance", f.balance(ann), eur(1000).Micros)
	for _, method := range []string{"card", "check"} {
		d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(1000), Method: method})
		must(t, err)
		got, err := f.CancelDeposit(f.ctx, ann, d.ID)
		must(t, err)
		is(t, method, got.State, view.State(ledger.DepositCanceled))
		if _, err := f.CancelDeposit(f.ctx, ann, d.ID); !errors.Is(err, ledger.ErrState) {
			t.Errorf("%s twice: %v", method, err)
		}
	}
}

// The answer to the first call may come after the news of what followed. It changes nothing then.
func TestLateAnswerOfACall(t *testing.T) {
	f, p, ann, d := ordered(t)
	p.orders[d.ID] = ledger.DepositSucceeded
	must(t, p.tells(f, "evt_1", d))
	id, err := f.seal.OpenDeposit(d.ID)
	must(t, err)
	late := funding.Outcome{State: ledger.DepositRequiresAction, Link: processorLink}
	must(t, f.recordOutcome(f.ctx, id, late, f.clock()))
	f.read(func(r books.Reader) error {
		d, _, err := r.Deposit(id)
		is(t, "state", d.State, ledger.DepositSucceeded)
		return err
	})
	is(t, "balance", f.balance(ann), eur(1000).Micros)
}

// A payment that has cost more than it brought keeps no other of its payout from being settled.
func TestPayoutOfADearPayment(t *testing.T) {
	f, p, ann, first := ordered(t)
	second, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "card"})
	must(t, err)
	for i, d := range []view.Deposit{first, second} {
		p.orders[d.ID] = ledger.DepositSucceeded
		must(t, p.tells(f, fmt.Sprint("evt_", i), d))
	}
	p.news = funding.News{ID: "evt_payout", About: []funding.Found{
		{External: "ext_" + first.ID, Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: eur(1001).Micros}},
		{External: "ext_" + second.ID, Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: eur(50).Micros}},
	}}
	must(t, f.ReceiveNews(f.ctx, "card", http.Header{"Signed": {"yes"}}, nil))
	all, err := f.Deposits(f.ctx, ann, view.Paging{})
	must(t, err)
	for _, d := range all {
		is(t, "state", d.State, view.State(ledger.DepositSettled))
	}
	f.stand("settled", map[ledger.Class]int64{ledger.Bank: 1_949, ledger.Paid: -3_000})
}
