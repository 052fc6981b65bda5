package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// refunder is a processor of a test that sends money back: what becomes of a refund is what the test says.
type refunder struct {
	processor
	refunds map[string]ledger.RedemptionState // by the name of the redemption; not there: it does not answer
	asks    int
	taken   int64 // micros that it says a charge-back has taken
}

func (p *refunder) Lookup(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	out, err := p.processor.Lookup(ctx, o)
	if out.State == ledger.DepositChargedBack {
		out.Taken = p.taken
	}
	return out, err
}

func (p *refunder) Refund(_ context.Context, o funding.RefundOrder) (funding.Refunded, error) {
	p.asks++
	state, known := p.refunds[o.Name]
	if !known {
		return funding.Refunded{}, errors.New("no answer")
	}
	return funding.Refunded{State: state, External: "re_" + o.Name, Reason: "the processor says so"}, nil
}

// refunds is a service whose processor sends money back when the test says so. Its policy lets all leave but what is
// above 50.00 EUR.
func refunds(t *testing.T) (*fixture, *refunder) {
	t.Helper()
	f := newFixture(t)
	p := &refunder{
		processor: processor{orders: map[string]ledger.DepositState{}}, refunds: map[string]ledger.RedemptionState{},
	}
	f.methods[0] = p
	f.decides(func(p *ledger.Policy) { p.Redeem.Approve = 50 * ledger.Unit })
	return f, p
}

// pays puts money into a wallet by the processor.
func (p *refunder) pays(f *fixture, who view.Caller, a ledger.Amount) view.Deposit {
	f.t.Helper()
	d, err := f.Fund(f.ctx, who, view.FundRequest{Amount: a, Method: "card"})
	must(f.t, err)
	p.becomes(f, d.ID, ledger.DepositSucceeded)
	return d
}

// becomes has the processor tell what became of a deposit.
func (p *refunder) becomes(f *fixture, deposit string, s ledger.DepositState) {
	f.t.Helper()
	p.orders[deposit] = s
	p.asks++
	p.news = funding.News{ID: fmt.Sprint("evt_", p.asks), About: []funding.Found{{External: "ext_" + deposit}}}
	must(f.t, f.ReceiveNews(f.ctx, "card", http.Header{"Signed": {"yes"}}, nil))
}

// hears has the service ask what became of a refund.
func (p *refunder) hears(f *fixture, redemption string, s ledger.RedemptionState) {
	f.t.Helper()
	p.refunds[redemption] = s
	f.time.Pass(2 * time.Hour)
	must(f.t, f.refundsOnce(f.ctx))
}

// stand compares the accounts of a currency, in cents, with what they must read.
func (f *fixture) stand(when string, want map[ledger.Class]int64) {
	f.t.Helper()
	f.read(func(r books.Reader) error {
		all, err := r.Totals()
		got := map[ledger.Class]int64{}
		for _, g := range all {
			got[g.Account.Class] += g.Micros
		}
		for _, c := range []ledger.Class{
			ledger.Bank, ledger.PSPClearing, ledger.Receivable, ledger.Paid, ledger.RedeemTransit,
		} {
			if got[c] != want[c]*10_000 {
				f.t.Errorf("%s: %s stands at %d micros, want %d cents", when, c, got[c], want[c])
			}
		}
		return err
	})
	f.clean()
}

// What a charge-back takes does not come back to the wallet through a redemption that had not left: it ends with the
// charge-back, whoever ends it.
func TestChargeBackTakesWhatWaitsToBeSentBack(t *testing.T) {
	f, p := refunds(t)
	ann := f.join("ann")
	d := p.pays(f, ann, eur(10_000))
	waits := f.redeems(ann, eur(6_000), "card")
	f.stand("opened", map[ledger.Class]int64{
		ledger.PSPClearing: 10_000, ledger.Paid: -4_000, ledger.RedeemTransit: -6_000,
	})
	p.becomes(f, d.ID, ledger.DepositChargedBack)
	f.stand("charged back", nil)
	f.refused(ledger.ErrState, func() error { _, err := f.CancelRedemption(f.ctx, ann, waits.ID); return err })
	f.refused(ledger.ErrState, func() error {
		q := view.RedemptionStep{ID: waits.ID, Event: ledger.RedeemDeny, Reason: "no"}
		_, err := f.RedemptionStep(f.ctx, f.operator, q)
		return err
	})
	f.stands(ann, waits.ID, "failed", 0)
	f.stand("ended", nil)
}

// The processor pays a deposit out while a part of it is on its way back: all that has not left is at the bank.
func TestPayoutWhileARedemptionIsOpen(t *testing.T) {
	f, p := refunds(t)
	ann := f.join("ann")
	d := p.pays(f, ann, eur(10_000))
	waits := f.redeems(ann, eur(6_000), "card")
	sent := f.redeems(ann, eur(1_000), "card")
	p.hears(f, sent.ID, ledger.RedemptionPaid)
	f.stand("sent", map[ledger.Class]int64{
		ledger.PSPClearing: 9_000, ledger.Paid: -3_000, ledger.RedeemTransit: -6_000,
	})
	p.becomes(f, d.ID, ledger.DepositSettled)
	f.stand("paid out", map[ledger.Class]int64{
		ledger.Bank: 9_000, ledger.Paid: -3_000, ledger.RedeemTransit: -6_000,
	})
	_, err := f.CancelRedemption(f.ctx, ann, waits.ID)
	must(t, err)
	f.stand("canceled", map[ledger.Class]int64{ledger.Bank: 9_000, ledger.Paid: -9_000})
	p.hears(f, sent.ID, ledger.RedemptionFailed)
	must(t, f.recordRefund(f.ctx, f.entryOf(sent.ID), funding.Refunded{State: ledger.RedemptionFailed, Reason: "so"}))
	f.stand("came back", map[ledger.Class]int64{ledger.Bank: 10_000, ledger.Paid: -10_000})
}

// entryOf is the number of a redemption.
func (f *fixture) entryOf(redemption string) ledger.EntryNo {
	f.t.Helper()
	no, err := f.seal.OpenRedemption(redemption)
	must(f.t, err)
	return no
}

// busies begins and cancels so many redemptions that an old one is beyond every list of the newest.
func (f *fixture) busies(who view.Caller, n int) {
	f.t.Helper()
	for i := range n {
		if i%10 == 0 {
			f.time.Pass(25 * time.Hour)
		}
		v := f.redeems(who, eur(100), "check")
		_, err := f.CancelRedemption(f.ctx, who, v.ID)
		must(f.t, err)
	}
}

// However many redemptions a wallet has begun since, those that are on their way count, and what they need stays: so
// one wallet does not keep the money of others from leaving.
func TestOldRedemptionsAreStillOpen(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann, bob := f.funded("ann", eur(20_000)), f.funded("bob", eur(5_000))
	bank := f.adds(ann, "EUR")
	f.adds(bob, "EUR")
	f.time.Pass(73 * time.Hour)
	f.redeems(ann, eur(1_000), "bank")
	for range ledger.RedemptionsOpen - 2 {
		f.redeems(ann, eur(100), "check")
	}
	f.busies(ann, view.MaxRows)
	f.refused(ledger.ErrState, func() error { _, err := f.BankRemove(f.ctx, ann, bank.ID); return err })
	f.redeems(ann, eur(100), "check")
	f.touch(ann)
	f.refused(ledger.ErrLimit, func() error {
		_, err := f.Redeem(f.ctx, ann, view.RedeemRequest{Amount: eur(100), To: "bank"})
		return err
	})
	w, err := f.Overview(f.ctx, ann)
	if err != nil || *w.Wallets[0].Redeeming != eur(1_000+100*(ledger.RedemptionsOpen-1)) {
		t.Errorf("on its way: %v, %v", w.Wallets[0].Redeeming, err)
	}
	f.redeems(bob, eur(2_000), "bank")
	file, err := f.RedemptionSubmit(f.ctx, f.operator, "EUR", "bank")
	if err != nil || file.Redemptions != 2 || file.Sum != eur(3_000) {
		t.Errorf("%+v, %v", file, err)
	}
}

// A redemption whose account is not there waits, and keeps no other from leaving.
func TestOneThatCannotLeaveStopsNoOther(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann, bob := f.funded("ann", eur(5_000)), f.funded("bob", eur(5_000))
	f.adds(ann, "EUR")
	f.adds(bob, "EUR")
	f.time.Pass(73 * time.Hour)
	stays := f.redeems(ann, eur(1_000), "bank")
	leaves := f.redeems(bob, eur(2_000), "bank")
	f.write(func(tx books.Tx) error {
		m, _, err := tx.Mandate(ledger.MandateID{User: f.user(ann).ID, Number: 1})
		if err != nil {
			return err
		}
		ev := ledger.MandateEvent{What: ledger.MandateRevoked, Actor: systemActor}
		if m, err = stepMandate(tx, m, ev, f.time.Now()); err != nil {
			return err
		}
		return forgetInVault(tx, vaultOf(m, m.Bank), systemActor, f.time.Now())
	})
	file, err := f.RedemptionSubmit(f.ctx, f.operator, "EUR", "bank")
	if err != nil || file.Redemptions != 1 || file.Passed != 1 || file.Sum != eur(2_000) {
		t.Errorf("%+v, %v", file, err)
	}
	f.stands(ann, stays.ID, "approved", 4_000)
	f.stands(bob, leaves.ID, "submitted", 3_000)
}

// News of a refund find its redemption by its name, however many came since; news that name none are of those that are
// with the processor, and a name of another deposit's is passed over.
func TestNewsOfAnOldRefund(t *testing.T) {
	f, p := refunds(t)
	ann := f.join("ann")
	d := p.pays(f, ann, eur(10_000))
	other := p.pays(f, ann, eur(1_000))
	old := f.redeems(ann, eur(2_000), "card")
	p.hears(f, old.ID, ledger.RedemptionPaid)
	f.busies(ann, 60)
	tells := func(deposit, redemption string) {
		t.Helper()
		p.asks++
		p.news = funding.News{
			ID: fmt.Sprint("evt_", p.asks), About: []funding.Found{{External: "ext_" + deposit, Redemption: redemption}},
		}
		must(t, f.ReceiveNews(f.ctx, "card", http.Header{"Signed": {"yes"}}, nil))
	}
	asks := p.asks
	p.refunds[old.ID] = ledger.RedemptionFailed
	tells(other.ID, old.ID)
	tells(d.ID, "red_of_another_service")
	tells(d.ID, "")
	if p.asks != asks+3 {
		t.Errorf("asked %d times", p.asks-asks-3)
	}
	f.stands(ann, old.ID, "paid", 9_000)
	tells(d.ID, old.ID)
	f.stands(ann, old.ID, "returned", 11_000)
	tells(d.ID, old.ID)
	f.stands(ann, old.ID, "returned", 11_000)
	fresh := f.redeems(ann, eur(2_000), "card")
	p.refunds[fresh.ID] = ledger.RedemptionPaid
	tells(d.ID, "")
	f.stands(ann, fresh.ID, "paid", 9_000)
}
