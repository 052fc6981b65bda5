package server

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// leaving is a service where money waits to leave: redemptions, payouts of two vendors, and a bank account.
type leaving struct {
	*bankFixture
	ann, rita, second view.Caller
	redeemed          []view.Redemption
}

func newLeaving(t *testing.T) *leaving {
	t.Helper()
	f := &leaving{bankFixture: newBankFixture(t, store.NewMemory()), second: caller("second operator")}
	f.ways = append(f.ways, testBank().Payouts()...)
	f.settlesAtOnce()
	f.decides(func(p *ledger.Policy) { p.Settle.Approve, p.Redeem.Approve, p.Payouts.Two = 0, 0, true })
	f.rita = f.rep("rita")
	_, err := f.StaffAdd(f.ctx, f.operator, f.second.Fingerprint, ledger.RoleOperator, "")
	must(t, err)
	f.ann = f.funded("ann", eur(20_000))
	f.unlimited(f.ann)
	f.adds(f.ann, "EUR")
	f.time.Pass(73 * time.Hour)
	f.touch(f.ann)
	for i, name := range []string{"news", "games"} {
		v, _ := f.vendor(name)
		f.buys(f.ann, v, "Rivers", eur(100+int64(i)))
	}
	f.accountOf("EUR", annsIBAN)
	f.runs(view.SettleOrder{Vendor: "games"})
	for _, cents := range []int64{500, 300} {
		f.redeemed = append(f.redeemed, f.redeems(f.ann, eur(cents), "bank"))
	}
	return f
}

// queue is the whole queue of somebody, in pages of a size.
func (f *leaving) queue(who view.Caller, kind string, size int) (all []view.Task) {
	f.t.Helper()
	q := view.TaskQuery{Kind: kind}
	for q.Limit = size; ; {
		page, err := f.DeskQueue(f.ctx, who, q)
		must(f.t, err)
		all = append(all, page.Data...)
		if q.Before = page.Next; q.Before == "" {
			return all
		}
	}
}

// What waits to leave is in the queue, with a promise and with what is at risk, until a person has decided: redemptions
// for all of staff, payouts and bank accounts for operators alone.
func TestMoneyThatWaitsToLeaveIsInTheQueue(t *testing.T) {
	f := newLeaving(t)
	told := func(all []view.Task) string {
		var words []string
		for _, v := range all {
			words = append(words, v.Kind+" "+v.Amount.String())
		}
		return strings.Join(words, ", ")
	}
	is(t, "a representative's", told(f.queue(f.rita, "", 9)), "redemption 5.00 EUR, redemption 3.00 EUR")
	is(t, "payouts of a representative", len(f.queue(f.rita, "payout", 9)), 0)
	all := f.queue(f.operator, "", 9)
	const want = "redemption 5.00 EUR, redemption 3.00 EUR, payout 0.95 EUR, account 0.95 EUR"
	is(t, "an operator's", told(all), want)
	is(t, "in pages of one", told(f.queue(f.operator, "", 1)), want)
	for _, v := range all {
		if due := v.Promise.Sub(f.clock()); due <= 0 || due > leavingPromise {
			t.Errorf("%s is promised in %v", v.Kind, due)
		}
		claimed, err := f.DeskClaim(f.ctx, f.second, v.ID)
		must(t, err)
		is(t, "kind", claimed.Kind, v.Kind)
	}
	for _, v := range f.queue(f.second, "", 9) {
		is(t, v.Kind+" is with the caller", v.Mine, true)
	}
	is(t, "about", all[2].About, "games, run by operator")
	is(t, "leads", all[3].Leads, "vendor account approve news EUR 3000-2")
	is(t, "account", strings.HasPrefix(all[3].About, "news, DE•• … 3000, typed by "), true)

	_, err := f.RedemptionStep(f.ctx, f.rita, view.RedemptionStep{ID: all[0].ID, Event: ledger.RedeemApprove})
	must(t, err)
	_, err = f.SettlementStep(f.ctx, f.second, view.SettlementStep{ID: all[2].ID, Event: ledger.PayoutApprove})
	must(t, err)
	_, err = f.ApprovePayAccount(f.ctx, f.second, view.PayAccountRequest{Vendor: "news", Currency: "EUR", Mark: "3000-2"})
	must(t, err)
	is(t, "left", told(f.queue(f.operator, "", 9)), "redemption 3.00 EUR")
	_, err = f.CancelRedemption(f.ctx, f.ann, f.redeemed[1].ID)
	must(t, err)
	is(t, "left", len(f.queue(f.operator, "", 9)), 0)
}

// A bank account of a payee is named with its payee, and is at risk with what that has earned.
func TestAccountOfAPayeeInTheQueue(t *testing.T) {
	f := newLeaving(t)
	v, key := f.vendor("radio")
	seller, err := f.Authenticate(f.ctx, key)
	must(t, err)
	plan, _, err := seller.CreateRoyaltyPlan(f.ctx, asking("p", "p"), author(5000))
	must(t, err)
	number := opened(t, seller.OpenRoyaltyPlan, plan.ID)
	c := f.asks(v, "Rivers", eur(100))
	c.Offer.Plan = number
	c.TxnID = f.seal.TxnID(c.Created, f.seal.TermsOf(c))
	f.write(func(tx books.Tx) error { return tx.PutCheckout(c) })
	_, err = f.Answer(f.ctx, f.ann, view.Answer{Code: c.UserCode, Yes: true})
	must(t, err)
	_, err = f.SetPayAccount(f.ctx, f.operator, view.PayAccountRequest{
		Vendor: "radio", Payee: "Ada", Currency: "EUR", Account: annsIBAN, Holder: "Ada Byron",
	})
	must(t, err)
	all := f.queue(f.operator, "account", 9)
	i := slices.IndexFunc(all, func(v view.Task) bool { return strings.HasPrefix(v.About, "Ada of radio") })
	if i < 0 {
		t.Fatalf("%+v", all)
	}
	is(t, "leads", all[i].Leads, `vendor account approve radio EUR 3000-3 --payee "Ada"`)
	is(t, "at risk", all[i].Amount, ledger.Amount{Micros: 475_000, Currency: "EUR"})
}
