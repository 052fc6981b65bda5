package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// sendsBack plays orders of events about one wallet, its deposits by a processor and its redemptions.
type sendsBack struct {
	*fixture
	p        *refunder
	kv       store.Store
	starts   byte
	ann      view.Caller
	currency ledger.Currency
	deposits []view.Deposit
	opened   []view.Redemption
}

func newSendsBack(t *testing.T, c ledger.Currency) *sendsBack {
	t.Helper()
	kv := store.NewMemory()
	h := &sendsBack{kv: kv, starts: 7, currency: c, p: &refunder{
		processor: processor{orders: map[string]ledger.DepositState{}}, refunds: map[string]ledger.RedemptionState{},
	}}
	h.fixture = newFixtureOn(t, kv)
	h.methods[0] = h.p
	h.decides(func(p *ledger.Policy) {
		p.Currencies = []ledger.Currency{"EUR", "JPY"}
		p.Redeem.Approve = 50 * ledger.Unit
	})
	h.ann = h.join("ann")
	return h
}

// amount is so many cents, or units of a currency without cents.
func (h *sendsBack) amount(n int64) ledger.Amount {
	if h.currency == "JPY" {
		return ledger.Amount{Micros: n * ledger.Unit, Currency: h.currency}
	}
	return ledger.Amount{Micros: n * 10_000, Currency: h.currency}
}

// does one event: its word, and whatever numbers it needs. The first number of what is not begun is of which one.
func (h *sendsBack) does(event string) (err error) {
	var word string
	var n, of int64
	fmt.Sscan(event, &word, &n, &of)
	h.touch(h.ann)
	switch word {
	case "pay":
		h.deposits = append(h.deposits, h.p.pays(h.fixture, h.ann, h.amount(n)))
	case "open":
		var v view.Redemption
		v, err = h.Redeem(h.ctx, h.ann, view.RedeemRequest{Amount: h.amount(n), To: "card"})
		if err == nil {
			h.opened = append(h.opened, v)
		}
	case "sent", "failed":
		h.p.hears(h.fixture, h.opened[n].ID, map[string]ledger.RedemptionState{
			"sent": ledger.RedemptionPaid, "failed": ledger.RedemptionFailed,
		}[word])
	case "back":
		h.p.news = funding.News{ID: event + fmt.Sprint(h.p.asks), About: []funding.Found{
			{External: "ext_" + h.deposits[of].ID, Redemption: h.opened[n].ID},
		}}
		h.p.refunds[h.opened[n].ID] = ledger.RedemptionFailed
		err = h.ReceiveNews(h.ctx, "card", map[string][]string{"Signed": {"yes"}}, nil)
	case "charged_back": // the second number is what the processor says was taken
		h.p.taken = h.amount(of).Micros
		h.p.becomes(h.fixture, h.deposits[n].ID, ledger.DepositChargedBack)
	case "settled", "represented", "won", "lost":
		h.p.becomes(h.fixture, h.deposits[n].ID, ledger.DepositState(word))
	case "cancel":
		_, err = h.CancelRedemption(h.ctx, h.ann, h.opened[n].ID)
	case "approve", "deny":
		_, err = h.RedemptionStep(h.ctx, h.operator, view.RedemptionStep{ID: h.opened[n].ID, Event: word, Reason: "so"})
	case "thaw":
		_, err = h.Thaw(h.ctx, h.operator, h.user(h.ann).Handle, "she called")
	case "buy":
		v, _ := h.vendor("acme")
		h.unlimited(h.ann)
		h.buys(h.ann, v, "Rivers", h.amount(n))
	case "restart":
		h.starts++
		h.Server = openFixture(h.t, h.kv, h.starts).Server
		h.methods[0] = h.p
	default:
		h.t.Fatalf("no such event: %s", event)
	}
	return err
}

// Each of these orders ends with the accounts as they must read, and after each event the audit is clean. A "!" stands
// before what is refused.
func TestOrdersOfSendingBack(t *testing.T) {
	type sums = map[ledger.Class]int64
	for name, tt := range map[string]struct {
		order    string
		currency ledger.Currency
		want     sums
	}{
		"parts, each one sent": {
			order: "pay 10000, open 1000, open 2000, sent 0, settled 0, sent 1, open 4000, sent 2",
			want:  sums{ledger.Bank: 3_000, ledger.Paid: -3_000},
		},
		"all of it in two parts": {
			order: "pay 6000, open 1000, open 5000, sent 1, sent 0, !open 100, settled 0",
			want:  sums{},
		},
		"all of it, and taken back all the same": {
			order: "pay 4000, open 4000, sent 0, charged_back 0, back 0 0, won 0",
			want:  sums{ledger.Bank: 4_000, ledger.Paid: -4_000},
		},
		"taken back while one waits": {
			order: "pay 10000, open 6000, charged_back 0, !cancel 0, !approve 0, lost 0, thaw, !cancel 0",
			want:  sums{},
		},
		"taken back while one waits and one is with the processor, which then fails": {
			order: "pay 10000, open 6000, open 1000, restart, charged_back 0, failed 1, lost 0",
			want:  sums{},
		},
		"taken back while one is with the processor, which pays it": {
			order: "pay 10000, open 1000, charged_back 0, restart, sent 0, won 0",
			want:  sums{ledger.Bank: 9_000, ledger.Paid: -9_000},
		},
		"the rest is taken back while one is with the processor, which fails": {
			order: "pay 10000, open 1000, charged_back 0 9000, restart, failed 0",
			want:  sums{ledger.Bank: 1_000, ledger.Paid: -1_000},
		},
		"all is taken back while one is with the processor, which fails": {
			order: "pay 10000, open 1000, charged_back 0 10000, failed 0, represented 0, won 0",
			want:  sums{ledger.Bank: 10_000, ledger.Paid: -10_000},
		},
		"the rest is taken back, one fails, and the rest is won": {
			order: "pay 10000, open 6000, open 1000, settled 0, charged_back 0 9000, failed 1, represented 0, won 0",
			want:  sums{ledger.Bank: 10_000, ledger.Paid: -10_000},
		},
		"paid out while one waits that is then sent": {
			order: "pay 10000, open 6000, settled 0, restart, approve 0, sent 0",
			want:  sums{ledger.Bank: 4_000, ledger.Paid: -4_000},
		},
		"paid out while one waits that is then denied": {
			order: "pay 10000, open 6000, settled 0, deny 0",
			want:  sums{ledger.Bank: 10_000, ledger.Paid: -10_000},
		},
		"paid out, taken back, won, and what had been sent came back": {
			order: "pay 10000, open 2000, sent 0, settled 0, charged_back 0, back 0 0, represented 0, won 0, thaw",
			want:  sums{ledger.Bank: 10_000, ledger.Paid: -10_000},
		},
		"won before the one with the processor fails": {
			order: "pay 10000, open 2000, charged_back 0, represented 0, won 0, failed 0",
			want:  sums{ledger.Bank: 10_000, ledger.Paid: -10_000},
		},
		"told twice": {
			order: "pay 10000, open 6000, charged_back 0, charged_back 0, won 0, charged_back 0",
			want:  sums{ledger.Bank: 10_000, ledger.Paid: -10_000},
		},
		"larger than one deposit": {
			order: "pay 3000, pay 3000, !open 4000, open 3000, open 3000, sent 0, sent 1, settled 0, settled 1",
			want:  sums{},
		},
		"one of two deposits is taken back": {
			order: "pay 6000, pay 7000, open 6500, open 5500, charged_back 0, deny 0, settled 1",
			want:  sums{ledger.Bank: 7_000, ledger.Paid: -7_000},
		},
		"spent before it is taken back": {
			order: "pay 10000, buy 7000, open 2000, charged_back 0, failed 0, lost 0",
			want:  sums{ledger.Receivable: 7_000},
		},
		"spent, and what was sent comes back and pays": {
			order: "pay 10000, buy 7000, open 2000, sent 0, charged_back 0, back 0 0",
			want:  sums{ledger.Bank: 2_000, ledger.Receivable: 5_000},
		},
		"without cents": {
			order:    "pay 190, open 60, open 7, sent 1, charged_back 0, back 1 0, won 0",
			currency: "JPY", want: sums{ledger.Bank: 190, ledger.Paid: -190},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.currency == "" {
				tt.currency = "EUR"
			}
			h := newSendsBack(t, tt.currency)
			for event := range strings.SplitSeq(tt.order, ", ") {
				event, refused := strings.CutPrefix(event, "!")
				if err := h.does(event); (err != nil) != refused {
					t.Fatalf("%s: %v", event, err)
				}
				h.time.Pass(time.Minute)
				if h.clean(); t.Failed() {
					t.Fatalf("after %q", event)
				}
			}
			h.read(func(r books.Reader) error {
				all, err := r.Totals()
				got := sums{}
				for _, g := range all {
					got[g.Account.Class] += g.Micros
				}
				for _, c := range []ledger.Class{
					ledger.Bank, ledger.PSPClearing, ledger.Receivable, ledger.Paid, ledger.RedeemTransit,
				} {
					if want := h.amount(tt.want[c]).Micros; got[c] != want {
						t.Errorf("%s stands at %d micros, want %d", c, got[c], want)
					}
				}
				return err
			})
		})
	}
}
