package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tuppence/server/books"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// newTwoAtGateway is a service with two payouts, of news and of radio, in one file for the gateway.
func newTwoAtGateway(t testing.TB) (*bankFixture, *fakeGateway) {
	f, _ := newPayoutFixture(t, "EUR")
	g := f.withGateway(debit.Bank{})
	radio, _ := f.vendor("radio")
	f.buys(caller("ann"), radio, "Waves", eur(90))
	f.accountOf("EUR", annsIBAN)
	for _, name := range []string{"news", "radio"} {
		_, err := f.SetPayTerms(f.ctx, f.operator, view.TermsChange{
			Vendor: name, Currency: "EUR", Set: map[string]string{"way": "hook"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	f.runs(view.SettleOrder{})
	f.submits("EUR", "hook")
	return f, g
}

// of is the newest payout of a vendor.
func (f *fixture) of(vendor string) view.Settlement {
	f.t.Helper()
	return f.settlements(view.SettlementQuery{Vendor: vendor})[0]
}

// job is what is known of a payout at the gateway.
func (f *fixture) job(id string) (j books.PayoutJob) {
	f.t.Helper()
	f.read(func(r books.Reader) (err error) {
		j, _, err = r.PayoutJob(opened(f.t, f.seal.OpenSettlement, id))
		return err
	})
	return j
}

// gatewayCalls is a signed call with news of a payout.
func (f *fixture) gatewayCalls(id string) {
	f.t.Helper()
	body := []byte(`{"id":"` + id + `"}`)
	signer, err := standardwebhooks.NewWebhook(gatewaySecret)
	if err != nil {
		f.t.Fatal(err)
	}
	now := time.Now()
	signature, err := signer.Sign("news_1", now, body)
	if err != nil {
		f.t.Fatal(err)
	}
	h := http.Header{}
	h.Set("webhook-id", "news_1")
	h.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	h.Set("webhook-signature", signature)
	if err := f.ReceiveNews(f.ctx, methodPayouts, h, body); err != nil {
		f.t.Fatal(err)
	}
}

// alarmed is what an operator is told at once.
func (f *fixture) alarmed() string {
	f.t.Helper()
	id, err := f.WhoAmI(f.ctx, f.operator)
	if err != nil {
		f.t.Fatal(err)
	}
	return id.Alarm
}

// A payout that a person has failed while there was no gateway is never sent to it again, whatever it calls about; it
// is asked, and what it says otherwise is an alarm until it agrees.
func TestGatewayIsNotToldOfWhatHasEnded(t *testing.T) {
	f, _, g := newGatewayFixture(t)
	s := f.one()
	with := f.gateway
	f.gateway = newGateway(nil)
	f.step(s.ID, ledger.PayoutFail, "there is no gateway any more")
	f.gateway = with
	f.gatewayCalls(s.ID)
	f.Sweep(f.ctx)
	is(t, "sent", len(g.paid), 0)
	is(t, "alarm", f.alarmed(), "")
	g.status[s.ID] = "paid" // it had been told before its answer was lost
	f.gatewayCalls(s.ID)
	for range 2 {
		f.Sweep(f.ctx)
		is(t, "sent", len(g.paid), 0)
		if got := f.alarmed(); !strings.Contains(got, "1 payout") || !strings.Contains(got, "gateway") {
			t.Errorf("the alarm is %q", got)
		}
		f.time.Pass(2 * time.Hour)
	}
	is(t, "state", string(f.one().State), "failed")
	if got := f.one().Gateway; !strings.Contains(got, "paid: so, but here it is failed") {
		t.Errorf("the gateway says %q", got)
	}
	g.status[s.ID] = "returned"
	f.Sweep(f.ctx)
	is(t, "alarm", f.alarmed(), "")
	f.clean()
}

// A payout that came back by another way than the gateway is not doubted because the gateway goes on to call it paid.
func TestGatewaySaysPaidOfWhatCameBack(t *testing.T) {
	f, _, _ := newGatewayFixture(t)
	f.Sweep(f.ctx)
	s := f.one()
	is(t, "state", string(s.State), "paid")
	f.step(s.ID, ledger.PayoutReturn, "the money was wired back")
	f.gatewayCalls(s.ID)
	f.Sweep(f.ctx)
	is(t, "alarm", f.alarmed(), "")
	if !f.job(s.ID).Due.IsZero() {
		t.Error("it is asked about for ever")
	}
	f.clean()
}

// One payout that cannot be told holds no other, is tried a few times in an hour, and is an alarm.
func TestGatewayOneBadPayoutHoldsNoOther(t *testing.T) {
	f, g := newTwoAtGateway(t)
	bad := f.of("news")
	f.write(func(tx books.Tx) error {
		s, _, err := tx.Settlement(opened(t, f.seal.OpenSettlement, bad.ID))
		if err != nil {
			return err
		}
		id := ledger.PayAccount{}.Owner(s.Vendor)
		id.Number = s.Account
		rec, _, err := tx.Vault(id)
		if err != nil {
			return err
		}
		rec.Data[len(rec.Data)-1] ^= 1
		return tx.PutVault(rec)
	})
	for range 60 {
		f.Sweep(f.ctx)
		f.time.Pass(time.Minute + time.Second)
	}
	is(t, "the other one", string(f.of("radio").State), "paid")
	is(t, "told", len(g.paid), 1)
	if n := f.job(bad.ID).Tries; n < 3 || n > 8 {
		t.Errorf("it was tried %d times in an hour", n)
	}
	is(t, "state", string(f.of("news").State), "submitted")
	if got := f.of("news").Gateway; !strings.Contains(got, "not told") {
		t.Errorf("what is known is %q", got)
	}
	if got := f.alarmed(); !strings.Contains(got, "1 payout") {
		t.Errorf("the alarm is %q", got)
	}
	f.clean()
}

// A gateway that answers one payout with an error is asked about the others at once.
func TestGatewayRefusesOne(t *testing.T) {
	f, g := newTwoAtGateway(t)
	g.fault = f.of("news").ID
	f.Sweep(f.ctx)
	is(t, "the other one", string(f.of("radio").State), "paid")
	is(t, "state", string(f.of("news").State), "submitted")
	g.fault = ""
	f.time.Pass(time.Hour)
	f.Sweep(f.ctx)
	is(t, "state", string(f.of("news").State), "paid")
	is(t, "paid", len(g.paid), 2)
}

// A gateway that does not answer is an alarm after an hour, and one that never tells the end after some days.
func TestGatewayAlarms(t *testing.T) {
	f, _, g := newGatewayFixture(t)
	g.lose = 1 << 30
	f.Sweep(f.ctx)
	is(t, "alarm", f.alarmed(), "")
	f.time.Pass(time.Hour)
	f.Sweep(f.ctx)
	if got := f.alarmed(); !strings.Contains(got, "The gateway has not taken 1 payout for more than an hour") {
		t.Errorf("the alarm is %q", got)
	}
	g.lose, g.status[f.one().ID] = 0, "accepted"
	f.time.Pass(2 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "alarm, when it is taken", f.alarmed(), "")
	f.time.Pass(gatewayEnds)
	f.Sweep(f.ctx)
	if got := f.alarmed(); !strings.Contains(got, "does not tell what became of 1 payout") {
		t.Errorf("the alarm is %q", got)
	}
	g.status[f.one().ID] = "paid"
	f.time.Pass(time.Hour)
	f.Sweep(f.ctx)
	is(t, "alarm, when it is paid", f.alarmed(), "")
	is(t, "paid", len(g.paid), 1)
}

// A file of the gateway is not said to be paid while the gateway has one of its payouts, whichever of them has ended.
func TestFileAtGatewayIsNotPaidByHand(t *testing.T) {
	for _, held := range []string{"news", "radio"} {
		f, g := newTwoAtGateway(t)
		g.fault = f.of(held).ID
		f.Sweep(f.ctx)
		file := f.of(held).File
		f.refused(ledger.ErrState, func() error {
			_, err := f.SettlementStep(f.ctx, f.operator, view.SettlementStep{ID: file, Event: ledger.PayoutPaid})
			return err
		})
		is(t, "state of "+held, string(f.of(held).State), "submitted")
		f.clean()
	}
}

// A service that is killed between the commit of a payout and the first call tells the gateway when it starts again,
// and one that is killed before it has heard the answer tells it the same: it is paid once.
func TestGatewayAfterAKill(t *testing.T) {
	kv := store.NewMemory()
	f := newBankFixture(t, kv)
	f.ways = append(f.ways, testBank().Payouts()...)
	f.settlesAtOnce()
	g := f.withGateway(debit.Bank{})
	ann := f.funded("ann", eur(5000))
	f.touch(ann)
	_, key := f.vendor("news")
	f.sellsIn(ann, key, "EUR", 91)
	f.accountOf("EUR", annsIBAN)
	f.paysBy("EUR", "hook")
	f.runs(view.SettleOrder{})
	f.submits("EUR", "hook")
	is(t, "told before the kill", g.calls, 0)

	for n := range 2 {
		d := &dying{Store: kv, left: 0}
		again := openFixture(t, kv, 7)
		again.time = f.time
		again.Server.now, again.gateway, again.ways = f.time.Now, f.gateway, f.ways
		if n == 0 { // it dies before the answer is written
			again.Server.store = d
			again.Server.log = f.Server.log
			_, err := again.tellGateway(f.ctx, again.job(f.one().ID))
			if !errors.Is(err, errKilled) {
				t.Errorf("it was not killed: %v", err)
			}
			is(t, "state", string(f.one().State), "submitted")
			continue
		}
		again.Sweep(again.ctx)
	}
	is(t, "calls", g.calls, 2)
	is(t, "paid", len(g.paid), 1)
	is(t, "state", string(f.one().State), "paid")
	f.clean()
}
