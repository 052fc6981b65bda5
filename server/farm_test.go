package server

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// farm is a gang of fresh wallets that has paid in little and wants to read much. No member of staff decides for it:
// what it gets back, it gets back by rule, by silence, or by passing tokens on.
type farm struct {
	*fixture
	t       tester
	v       ledger.Vendor
	seller  *Seller
	people  []view.Caller
	in      int64 // micros paid in
	read    int64 // micros of content that was read
	records bool  // the vendor reports each use of a grant
	open    []bought
	seen    []bought // read already
	sent    []string // codes
	ids     []string // of transfers
	n       int
}

type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

type bought struct {
	who   view.Caller
	no    ledger.EntryNo
	price int64
}

func newFarm(f *fixture, t tester, records bool) *farm {
	m := &farm{fixture: f, t: t, records: records}
	var key string
	m.v, key = f.vendor("news")
	var err error
	if m.seller, err = f.Authenticate(f.ctx, key); err != nil {
		t.Fatal(err)
	}
	return m
}

// wallet opens another one, without money.
func (m *farm) wallet() view.Caller {
	m.n++
	who := m.join(fmt.Sprint("farmer", m.n))
	m.people = append(m.people, who)
	return who
}

func (m *farm) pay(who view.Caller, a ledger.Amount) {
	if _, err := m.Fund(m.ctx, who, view.FundRequest{Amount: a, Method: "card"}); m.ok(err) {
		m.in += a.Micros
	}
}

// ok tells whether it was allowed. Anything but a refusal is a fault.
func (m *farm) ok(err error) bool {
	m.t.Helper()
	if no := (*ledger.Refusal)(nil); err != nil && !errors.As(err, &no) {
		m.t.Fatal(err)
	}
	return err == nil
}

func (m *farm) buy(who view.Caller, cents int64) (b bought, ok bool) {
	m.ok(m.Touch(m.ctx, who))
	c := m.asks(m.v, fmt.Sprint("Page ", m.n), eur(cents))
	receipt, err := m.Answer(m.ctx, who, view.Answer{Code: c.UserCode, Yes: true})
	if !m.ok(err) {
		return b, false
	}
	no, err := m.seal.OpenCharge(receipt.ID)
	m.ok(err)
	return bought{who, no, eur(cents).Micros}, true
}

// reads opens what was bought. A vendor that does not report it has delivered all the same.
func (m *farm) reads(b bought) {
	if !m.records {
		m.read += b.price
		return
	}
	m.n++
	use := Use{Grant: b.no, N: 1, RequestID: fmt.Sprint(m.n)}
	if _, _, err := m.seller.Consume(m.ctx, Request{}, use); m.ok(err) {
		m.read += b.price
	}
}

func (m *farm) dispute(b bought) {
	_, err := m.Dispute(m.ctx, b.who, view.DisputeRequest{ID: m.seal.Charge(b.no), Reason: "not_delivered"})
	m.ok(err)
}

func (m *farm) send(who view.Caller, micros int64) {
	m.ok(m.Touch(m.ctx, who))
	a := ledger.Amount{Micros: micros, Currency: "EUR"}
	if v, err := m.Transfer(m.ctx, who, view.TransferRequest{Amount: a}); m.ok(err) {
		m.sent, m.ids = append(m.sent, v.Code), append(m.ids, v.ID)
	}
}

// left is what the gang still has or gets back by itself.
func (m *farm) left() (micros int64) {
	for _, who := range m.people {
		w := m.walletOf(who)
		micros += w.Paid + w.Held
	}
	return micros
}

// gained is what was read beyond what it has cost.
func (m *farm) gained() int64 { return m.read + m.left() - m.in }

// greedy is the best that is known: each wallet buys, reads and disputes as long as money comes back, waits for the
// silence of the vendor, and hands what it has to the next one.
func (m *farm) greedy(wallets int) {
	who := m.wallet()
	m.pay(who, eur(300))
	for range wallets {
		m.unlimited(who)
		for range 8 { // more brings nothing: what does not come back at once comes after a week or never
			b, ok := m.buy(who, 100)
			if !ok {
				m.time.Pass(8 * 24 * time.Hour)
				m.Sweep(m.ctx)
				continue
			}
			m.reads(b)
			m.dispute(b)
		}
		next := m.wallet()
		m.send(who, m.walletOf(who).Paid)
		if n := len(m.sent); n > 0 {
			_, err := m.Claim(m.ctx, next, m.sent[n-1])
			m.ok(err)
		}
		who = next
	}
}

// Identities are free, so what they get for nothing is bounded by the money, not by their number. Where the vendor
// reports uses it is nothing. Where it neither reports them nor answers a dispute, silence gives back once what was
// paid in, and the rule its share.
func TestManyWalletsReadWhatTheyPaidFor(t *testing.T) {
	share := int64(ledger.DefaultRisk().DisputeShare)
	for _, c := range []struct {
		name    string
		records bool
		most    int64
	}{
		{"uses are reported", true, 0},
		{"uses are not reported", false, eur(300).Micros + eur(300).Micros*share/10_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newFarm(newFixture(t), t, c.records)
			m.greedy(8)
			t.Logf("read %d micros for %d, gained %d", m.read, m.in, m.gained())
			if m.gained() > c.most {
				t.Errorf("%d micros were read for %d: %d for nothing, want at most %d", m.read, m.in, m.gained(), c.most)
			}
		})
	}
}

// The same for whatever a gang does, in whatever order, with reports of use: at no moment has it more than it paid for.
func TestNoOrderOfActsFarms(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := newFarm(newFixtureOn(t, store.NewMemory()), r, true)
		for range 4 {
			m.pay(m.wallet(), eur(100*rapid.Int64Range(0, 1).Draw(r, "euro")))
		}
		who := func() view.Caller { return rapid.SampledFrom(m.people).Draw(r, "who") }
		pick := func() (b bought) {
			if len(m.open) == 0 {
				r.Skip("nothing bought")
			}
			return rapid.SampledFrom(m.open).Draw(r, "sale")
		}
		r.Repeat(map[string]func(*rapid.T){
			"buy": func(*rapid.T) {
				if b, ok := m.buy(who(), rapid.SampledFrom([]int64{25, 50, 100}).Draw(r, "cents")); ok {
					m.open = append(m.open, b)
				}
			},
			"read":    func(*rapid.T) { m.readOnce(pick()) },
			"dispute": func(*rapid.T) { m.dispute(pick()) },
			"send": func(*rapid.T) {
				from := who()
				m.send(from, m.walletOf(from).Paid)
			},
			"claim": func(*rapid.T) {
				_, err := m.Claim(m.ctx, who(), one(r, "code", m.sent))
				m.ok(err)
			},
			"recall": func(*rapid.T) {
				_, err := m.Recall(m.ctx, who(), one(r, "transfer", m.ids))
				m.ok(err)
			},
			"join": func(*rapid.T) { m.wallet() },
			"wait": func(*rapid.T) {
				m.time.Pass(time.Duration(rapid.IntRange(1, 10).Draw(r, "days")) * 24 * time.Hour)
				m.Sweep(m.ctx)
			},
			"": func(*rapid.T) {
				if m.gained() > 0 {
					r.Fatalf("%d micros were read for %d, and %d are left", m.read, m.in, m.left())
				}
			},
		})
	})
}

// readOnce opens what was bought, and counts it once: a second look is not a second page.
func (m *farm) readOnce(b bought) {
	for _, d := range m.seen {
		if d.no == b.no {
			return
		}
	}
	before := m.read
	if m.reads(b); m.read > before {
		m.seen = append(m.seen, b)
	}
}
