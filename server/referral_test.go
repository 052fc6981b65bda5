package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// guided is a house in which the vendor guide brings users for 20 % of the commission, and news sells.
type guided struct {
	*fixture
	guide, news   ledger.Vendor
	guides, other *Seller
	code          string
}

func guidedHouse(t *testing.T) guided {
	t.Helper()
	g := guided{fixture: newFixture(t)}
	for _, v := range []struct {
		name   string
		of     *ledger.Vendor
		seller **Seller
	}{{"guide", &g.guide, &g.guides}, {"news", &g.news, &g.other}} {
		var key string
		*v.of, key = g.vendor(v.name)
		var err error
		if *v.seller, err = g.Authenticate(g.ctx, key); err != nil {
			t.Fatal(err)
		}
	}
	g.code = g.agrees(view.ReferralOrder{Rate: "20%"}).Code
	return g
}

// agrees changes what was agreed with the guide.
func (g guided) agrees(q view.ReferralOrder) view.Referral {
	g.t.Helper()
	q.Vendor = "guide"
	r, err := g.SetReferral(g.ctx, g.operator, q)
	if err != nil {
		g.t.Fatal(err)
	}
	return r
}

// brings opens a wallet with the code, and puts money into it.
func (g guided) brings(name string) view.Caller {
	g.t.Helper()
	who := caller(name)
	j, err := g.Join(g.ctx, who, view.JoinRequest{Accept: true, Invite: " " + g.code + "\n"})
	if err != nil || j.BroughtBy != "guide" {
		g.t.Fatalf("joined: %+v, %v", j, err)
	}
	g.touch(who)
	if _, err := g.Fund(g.ctx, who, view.FundRequest{Amount: eur(5_000), Method: "card"}); err != nil {
		g.t.Fatal(err)
	}
	for _, period := range []string{"purchase", "day", "week", "month"} {
		g.setLimit(who, period, ledger.NoLimit)
	}
	return who
}

// waiting is what the guide has earned in euro and what is not booked yet, in micros.
func (g guided) waiting() (micros int64) {
	g.t.Helper()
	g.read(func(r books.Reader) (err error) {
		micros, err = r.Rewards(g.guide.ID, "EUR")
		return err
	})
	return micros
}

// refunds gives a part of a sale of news back.
func (g guided) refunds(receipt view.Receipt, cents int64) {
	g.t.Helper()
	q := RefundOrder{Charge: opened(g.t, g.seal.OpenCharge, receipt.ID), Amount: eur(cents)}
	if _, _, err := g.other.Refund(g.ctx, asking(fmt.Sprint(g.head()), "r"), q); err != nil {
		g.t.Fatal(err)
	}
}

// A vendor is given its share of the commission for what a user that it has brought buys elsewhere, and nothing for
// what it sells itself; what is given back takes its part of that back. Its feeds show one sum, when it is booked.
func TestVendorIsRewardedForWhoItBrought(t *testing.T) {
	g := guidedHouse(t)
	ann := g.brings("ann")
	me, err := g.WhoAmI(g.ctx, ann)
	if err != nil || me.BroughtBy != "guide" || me.BroughtUntil.IsZero() {
		t.Errorf("whoami: %+v, %v", me, err)
	}
	sold := g.buys(ann, g.news, "Rivers", eur(1_000)) // commission 0.50
	is(t, "earned by a sale elsewhere", g.waiting(), 100_000)
	g.buys(ann, g.guide, "Maps", eur(1_000))
	is(t, "earned by a sale of its own", g.waiting(), 100_000)
	g.buys(g.funded("bob", eur(500)), g.news, "Rivers", eur(100))
	is(t, "earned by a user that nobody brought", g.waiting(), 100_000)

	till := func() (n int64) {
		g.read(func(r books.Reader) error {
			till, _, err := r.Till(g.guide.ID, "EUR")
			n = till.Pending
			return err
		})
		return n
	}
	own := till()
	g.time.Pass(8 * 24 * time.Hour)
	g.Sweep(g.ctx)
	is(t, "left to book", g.waiting(), 0)
	is(t, "booked into the till", till()-own, 100_000)
	g.refunds(sold, 500)
	is(t, "after a part was given back", g.waiting(), -50_000)
	g.Sweep(g.ctx)
	is(t, "in the same week", g.waiting(), -50_000)
	g.time.Pass(8 * 24 * time.Hour)
	g.Sweep(g.ctx)
	is(t, "booked, less what was given back", till()-own, 50_000)
	shown, err := g.guides.Referrals(g.ctx)
	want := view.List[ledger.Amount]{{Micros: 50_000, Currency: "EUR"}}
	if err != nil || !slices.Equal(shown.Earned, want) || shown.Users != 0 || shown.Rate != "0.2" || shown.Code != g.code {
		t.Errorf("shown to the vendor: %+v, %v", shown, err)
	}
	seen, err := g.Referral(g.ctx, g.operator, "guide")
	if err != nil || seen.Users != 1 || !slices.Equal(seen.Earned, want) {
		t.Errorf("shown to the operator: %+v, %v", seen, err)
	}
}

// Any order of parts that are given back takes all of the reward back, and never more.
func TestRewardGoesBackToTheMicro(t *testing.T) {
	g := guidedHouse(t)
	ann := g.brings("ann")
	for _, parts := range [][]int64{{333}, {1, 1, 331}, {111, 111, 111}, {332, 1}} {
		sold := g.buys(ann, g.news, "Rivers", eur(333))
		for _, cents := range parts {
			if g.waiting() < 0 {
				t.Errorf("below zero at %d", g.waiting())
			}
			g.refunds(sold, cents)
		}
		is(t, "left of the reward", g.waiting(), 0)
	}
}

// A change is of later sales. A bound per user ends what one earns, and what is given back opens no room.
func TestReferralTermsAreOfLaterSales(t *testing.T) {
	g := guidedHouse(t)
	ann := g.brings("ann")
	sold := g.buys(ann, g.news, "Rivers", eur(1_000))
	g.agrees(view.ReferralOrder{Rate: "50%"})
	g.refunds(sold, 500)
	is(t, "at the rate of its sale", g.waiting(), 50_000)
	g.refunds(sold, 500)
	g.buys(ann, g.news, "Rivers", eur(100))
	is(t, "at the new rate", g.waiting(), 25_000)
	g.agrees(view.ReferralOrder{Most: "0.03"})
	capped := g.buys(ann, g.news, "Rivers", eur(100))
	more := g.buys(ann, g.news, "Rivers", eur(100))
	is(t, "under a bound from then on", g.waiting(), 55_000)
	g.refunds(capped, 100)
	g.buys(ann, g.news, "Rivers", eur(100))
	is(t, "no room by what was given back", g.waiting(), 30_000)
	g.refunds(more, 100)
	g.agrees(view.ReferralOrder{Most: "0", Off: false, Days: "30"})
	g.decides(func(p *ledger.Policy) { p.ReferralMax = 1_000 })
	g.buys(ann, g.news, "Rivers", eur(100))
	is(t, "no more than the policy allows now", g.waiting(), 30_000)
	g.refused(ledger.ErrInvalid, func() error {
		_, err := g.SetReferral(g.ctx, g.operator, view.ReferralOrder{Vendor: "guide", Rate: "11 %"})
		return err
	})
	g.agrees(view.ReferralOrder{Off: true})
	g.buys(ann, g.news, "Rivers", eur(100))
	is(t, "none when it is off", g.waiting(), 30_000)
	g.refused(ledger.ErrState, func() error {
		_, err := g.SetReferral(g.ctx, g.operator, view.ReferralOrder{Vendor: "guide", Off: true})
		return err
	})
}

// Who has brought a user is noted when the wallet is opened, by a code that stands. It counts for its time, and its
// user can end it; the payee of the vendor is its own man.
func TestReferralIsTheFirstTouch(t *testing.T) {
	g := guidedHouse(t)
	join := func(code string) func() error {
		return func() error {
			_, err := g.Join(g.ctx, caller("eve"), view.JoinRequest{Accept: true, Invite: code})
			return err
		}
	}
	g.refused(ledger.ErrNotFound, join("ref_"+g.code[5:]+"0"))
	g.refused(ledger.ErrNotFound, join(g.seal.Referral(g.news.ID))) // nothing was agreed
	ann, bob := g.brings("ann"), g.brings("bob")
	g.refused(ledger.ErrState, func() error {
		_, err := g.Join(g.ctx, ann, view.JoinRequest{Accept: true, Invite: g.code})
		return err
	})
	g.buys(bob, g.news, "Rivers", eur(100))
	is(t, "earned", g.waiting(), 10_000)
	if me, err := g.EndReferral(g.ctx, bob); err != nil || me.BroughtBy != "" {
		t.Errorf("ended: %+v, %v", me, err)
	}
	g.refused(ledger.ErrState, func() error {
		_, err := g.EndReferral(g.ctx, bob)
		return err
	})
	g.buys(bob, g.news, "Rivers", eur(100))
	is(t, "nothing since its end", g.waiting(), 10_000)
	g.write(func(tx books.Tx) error {
		v, _, err := tx.Vendor(g.guide.ID)
		if err != nil {
			return err
		}
		u, err := member(tx.Reader, ann)
		v.Payees = append(v.Payees, ledger.PayeeTerms{Payee: 1, Wallet: u.ID})
		return cmpErr(err, tx.PutVendor(v))
	})
	g.buys(ann, g.news, "Rivers", eur(100))
	is(t, "nothing by its own people", g.waiting(), 10_000)
	cid := g.brings("cid")
	g.time.Pass(365 * 24 * time.Hour)
	g.touch(cid)
	g.buys(cid, g.news, "Rivers", eur(100))
	is(t, "nothing behind its time", g.waiting(), 10_000)
	page, err := g.History(g.ctx, bob, view.HistoryQuery{Currency: "EUR"})
	if err != nil || !slices.ContainsFunc(page.Data, func(r view.Row) bool { return r.Title == "Brought by guide" }) {
		t.Errorf("history: %+v, %v", page.Data, err)
	}
}

func cmpErr(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// Settled alone, a vendor has its rewards booked, and its statement has them in one line.
func TestSettlementPaysRewards(t *testing.T) {
	g := guidedHouse(t)
	g.decides(func(p *ledger.Policy) { p.Settle.Delay, p.Settle.Minimum = 0, 0 })
	ann := g.brings("ann")
	for range 3 {
		g.buys(ann, g.news, "Rivers", eur(1_000))
	}
	g.time.Pass(time.Second)
	run, err := g.SettleRun(g.ctx, g.operator, view.SettleOrder{Vendor: "guide"})
	if err != nil || run.Settled != 1 || !slices.Equal(run.Payouts, []ledger.Amount{eur(30)}) {
		t.Fatalf("run: %+v, %v", run, err)
	}
	all, err := g.guides.Settlements(g.ctx, view.Paging{})
	if err != nil || len(all.Data) != 1 {
		t.Fatalf("settlements: %+v, %v", all, err)
	}
	st, err := g.guides.StatementOf(g.ctx, opened(t, g.seal.OpenSettlement, all.Data[0].ID))
	if err != nil || len(st.Rows) != 4 || st.Rows[1].Kind != ledger.LineReferral || st.Rows[1].Net != "0.300000" {
		t.Errorf("statement: %+v, %v", st.Rows, err)
	}
}

// What a vendor is told names nobody: no wallet, no handle, no link, no sale, and no time.
func TestReferralNamesNobody(t *testing.T) {
	g := guidedHouse(t)
	var named []string
	for i := range 12 {
		who := g.brings(fmt.Sprint("user", i))
		sold := g.buys(who, g.news, "Rivers", eur(100))
		named = append(named, g.user(who).Handle, sold.ID)
	}
	g.time.Pass(8 * 24 * time.Hour)
	g.Sweep(g.ctx)
	shown, err := g.guides.Referrals(g.ctx)
	if err != nil || shown.Users != 10 {
		t.Errorf("shown: %+v, %v", shown, err)
	}
	text, err := json.Marshal(shown)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range append(named, "2026") {
		if strings.Contains(string(text), word) {
			t.Errorf("%s is in %s", word, text)
		}
	}
}
