package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// settlesAtOnce makes whatever was earned due.
func (f *fixture) settlesAtOnce() {
	f.t.Helper()
	f.decides(func(p *ledger.Policy) {
		p.Settle = ledger.SettleRules{Approve: 100 * ledger.Unit}
		p.SettleAmount = 0
	})
}

// runs goes on with a run until it is done.
func (f *fixture) runs(q view.SettleOrder) (v view.SettleRun) {
	f.t.Helper()
	for !v.Done {
		var err error
		if v, err = f.SettleRun(f.ctx, f.operator, q); err != nil {
			f.t.Fatal(err)
		}
	}
	return v
}

func (f *fixture) settlements(q view.SettlementQuery) []view.Settlement {
	f.t.Helper()
	p, err := f.Settlements(f.ctx, f.operator, q)
	if err != nil {
		f.t.Fatal(err)
	}
	return p.Data
}

func (f *fixture) step(id, event, reason string) view.Settlement {
	f.t.Helper()
	p, err := f.SettlementStep(f.ctx, f.operator, view.SettlementStep{ID: id, Event: event, Reason: reason})
	if err != nil {
		f.t.Fatalf("%s %s: %v", event, id, err)
	}
	return p.Data[0]
}

// sellsWithAuthor sells once with an author's share, for a price in cents.
func (f *fixture) sellsWithAuthor(who view.Caller, key string, cents int64) *Seller {
	f.t.Helper()
	v, err := f.Authenticate(f.ctx, key)
	if err != nil {
		f.t.Fatal(err)
	}
	me, err := v.Vendor(f.ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	o, _, err := v.CreateOffer(f.ctx, Request{}, ledger.Offer{
		Title: "Rivers", Kind: ledger.Content, Price: eur(cents), ContentURL: me.Origins[0].URL + "/a",
		Royalties: []ledger.Royalty{{Name: "Ada", Role: "author", BasisPoints: 2000}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	free := ledger.Limits{
		PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
	}
	l, err := f.Link(f.ctx, who, view.LinkRequest{
		Vendor: me.Name, Currency: "EUR", Limits: free, Total: ledger.NoLimit, Confirmed: true,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	offer := opened(f.t, f.seal.OpenOffer, o.ID)
	_, _, err = v.Charge(f.ctx, asking("sale "+o.ID, "1"), ChargeOrder{
		Link: opened(f.t, f.seal.OpenLink, l.ID), Offer: offer,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// A sale is settled: the vendor and its author are paid by one file, whose bytes are the same each time, and the
// statement adds up and is the one that was sealed.
func TestSettlementIsPaid(t *testing.T) {
	f := newFixture(t)
	f.settlesAtOnce()
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	_, key := f.vendor("news")
	v := f.sellsWithAuthor(ann, key, 91)
	run := f.runs(view.SettleOrder{})
	is(t, "settled", run.Settled, 2)
	is(t, "payouts", view.Amounts(run.Payouts), "0.86 EUR") // 0.91 - 0.0455, split 0.6916 and 0.1729, in whole cents
	again := f.runs(view.SettleOrder{})
	is(t, "settled again", again.Settled, 0)

	file, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", "")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "payouts of the file", file.Payouts, 2)
	same, err := f.PayoutFile(f.ctx, f.operator, file.ID)
	if diff := cmp.Diff(file, same); diff != "" || err != nil {
		t.Errorf("sent again: %v (-was +is):\n%s", err, diff)
	}
	if !strings.Contains(file.Content, ",news,news,0.69,EUR\r\n") ||
		!strings.Contains(file.Content, ",news/Ada,news/Ada,0.17,EUR\r\n") {
		t.Errorf("the file is\n%s", file.Content)
	}
	is(t, "in transit", f.balanceOf(v).InTransit, "0.69")
	f.refused(ledger.ErrState, func() error { _, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", ""); return err })
	f.step(file.ID, ledger.PayoutPaid, "")
	is(t, "in transit", f.balanceOf(v).InTransit, "0.00")
	same, err = f.PayoutFile(f.ctx, f.operator, file.ID)
	if err != nil || same.Content != file.Content || same.Digest != file.Digest || same.Waiting != 0 {
		t.Errorf("the file of what is paid: %+v, %v", same, err)
	}
	page, err := v.Settlements(f.ctx, view.Paging{})
	if err != nil || len(page.Data) != 1 {
		t.Fatalf("the vendor's settlements: %+v, %v", page, err)
	}
	st, err := v.StatementOf(f.ctx, opened(t, f.seal.OpenSettlement, page.Data[0].ID))
	if err != nil {
		t.Fatal(err)
	}
	f.adds(st)
	is(t, "carried", st.Settlement.Carried.String(), "0.0016 EUR")
}

func (f *fixture) balanceOf(v *Seller) view.Balance {
	f.t.Helper()
	me, err := v.Vendor(f.ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return me.Balance[0]
}

// adds wants the rows of a statement to add up, and to be those that were sealed.
func (f *fixture) adds(st view.Statement) {
	f.t.Helper()
	_, lines, _ := strings.Cut(st.CSV(), "\n")
	var sealed strings.Builder
	for line := range strings.Lines(lines) {
		_, rest, _ := strings.Cut(line, ",")
		sealed.WriteString(rest)
	}
	is(f.t, "digest", fmt.Sprintf("%x", sha(sealed.String())), st.Settlement.Digest)
	last := st.Rows[len(st.Rows)-1]
	carried := string(ledger.AppendMicros(nil, st.Settlement.Carried.Micros))
	is(f.t, "last row", last.Kind+" "+last.Balance, "carried "+carried)
}

// Above the policy's bound the one who ran the settlement does not approve it; another one does, and what is held goes
// into no file.
func TestSettlementNeedsASecondPerson(t *testing.T) {
	f := newFixture(t)
	f.settlesAtOnce()
	f.decides(func(p *ledger.Policy) { p.Settle.Approve = 0 })
	ann := f.funded("ann", eur(5000))
	v, _ := f.vendor("news")
	f.unlimited(ann)
	f.buys(ann, v, "Rivers", eur(1000))
	f.runs(view.SettleOrder{})
	id := f.settlements(view.SettlementQuery{State: "due"})[0].ID
	f.refused(ledger.ErrState, func() error { _, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", ""); return err })
	step := func(who view.Caller, event, reason string) error {
		_, err := f.SettlementStep(f.ctx, who, view.SettlementStep{ID: id, Event: event, Reason: reason})
		return err
	}
	f.refused(ledger.ErrNotAllowed, func() error { return step(f.operator, ledger.PayoutApprove, "") })
	f.refused(ledger.ErrNotAllowed, func() error { return step(ann, ledger.PayoutApprove, "") })
	f.refused(ledger.ErrInvalid, func() error { return step(f.operator, ledger.PayoutHold, " ") })
	f.step(id, ledger.PayoutHold, "the vendor asked")
	f.refused(ledger.ErrState, func() error { _, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", ""); return err })
	second := caller("second")
	if _, err := f.StaffAdd(f.ctx, f.operator, keyOf(second), ledger.RoleOperator, ""); err != nil {
		t.Fatal(err)
	}
	if err := step(second, ledger.PayoutApprove, ""); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { return step(second, ledger.PayoutApprove, "") })
	f.refused(ledger.ErrState, func() error { return step(second, ledger.PayoutPaid, "") })
}

// A payout that fails is available again with its fee, and is paid by the next run; one that comes back is paid again
// under a new name, once.
func TestPayoutsThatFail(t *testing.T) {
	f := newFixture(t)
	f.settlesAtOnce()
	f.decides(func(p *ledger.Policy) { p.Settle.Fee = 250_000 })
	ann := f.funded("ann", eur(5000))
	v, key := f.vendor("news")
	f.unlimited(ann)
	f.buys(ann, v, "Rivers", eur(1000))
	seller, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	out := func() string {
		file, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", "")
		if err != nil {
			t.Fatal(err)
		}
		return f.settlements(view.SettlementQuery{File: file.ID})[0].ID
	}
	f.runs(view.SettleOrder{})
	id := out()
	f.step(id, ledger.PayoutFail, "no such account")
	is(t, "available", f.balanceOf(seller).Available, "9.50")
	f.time.Pass(time.Hour)
	f.runs(view.SettleOrder{})
	if id = out(); f.settlements(view.SettlementQuery{})[0].Back.String() != "9.50 EUR" {
		t.Errorf("the statement does not tell of what came back: %+v", f.settlements(view.SettlementQuery{})[0])
	}
	f.step(id, ledger.PayoutPaid, "")
	f.step(id, ledger.PayoutReturn, "account closed")
	is(t, "in transit", f.balanceOf(seller).InTransit, "9.25")
	fresh := f.step(id, ledger.PayoutReissue, "another account")
	if fresh.ID == id || fresh.Before != id || fresh.Amount.String() != "9.25 EUR" {
		t.Errorf("paid again as %+v", fresh)
	}
	f.refused(ledger.ErrState, func() error {
		_, err := f.SettlementStep(f.ctx, f.operator, view.SettlementStep{ID: id, Event: ledger.PayoutReissue})
		return err
	})
	f.refused(ledger.ErrState, func() error { _, err := f.Statement(f.ctx, f.operator, fresh.ID); return err })
	is(t, "the file has", out(), fresh.ID)
	f.step(fresh.ID, ledger.PayoutPaid, "")
	is(t, "in transit", f.balanceOf(seller).InTransit, "0.00")
}

// A sale is not paid out before it is old enough, a refund after a payout is a debt that later sales pay first, and the
// reserve pays what is left of it.
func TestDelayReserveAndDebt(t *testing.T) {
	f := newFixture(t)
	f.settlesAtOnce()
	f.decides(func(p *ledger.Policy) {
		p.Settle.Delay, p.Settle.Reserve, p.Settle.ReserveFor = 48*time.Hour, 1000, 240*time.Hour
	})
	ann := f.funded("ann", eur(9000))
	f.unlimited(ann)
	v, key := f.vendor("news")
	seller, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	first := f.buys(ann, v, "Rivers", eur(1000))
	f.time.Pass(47 * time.Hour)
	f.buys(ann, v, "Lakes", eur(1000))
	is(t, "settled too early", f.runs(view.SettleOrder{}).Settled, 0)
	f.time.Pass(2 * time.Hour)
	is(t, "payout", view.Amounts(f.runs(view.SettleOrder{}).Payouts), "8.55 EUR") // 9.50 less 10 %
	is(t, "balance", fmt.Sprint(f.balanceOf(seller)), "{EUR 9.50 0.00 0.95 0.00 8.55}")
	f.time.Pass(48 * time.Hour)
	f.runs(view.SettleOrder{})
	is(t, "balance", fmt.Sprint(f.balanceOf(seller)), "{EUR 0.00 0.00 1.90 0.00 17.10}")
	_, _, err = seller.Refund(f.ctx, asking("r", "r"), RefundOrder{Charge: opened(t, f.seal.OpenCharge, first.ID)})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "balance", fmt.Sprint(f.balanceOf(seller)), "{EUR 0.00 -9.50 1.90 0.00 17.10}")
	f.buys(ann, v, "Seas", eur(900))
	f.time.Pass(49 * time.Hour)
	is(t, "settled", f.runs(view.SettleOrder{}).Settled, 0)
	f.buys(ann, v, "Bays", eur(200))
	f.time.Pass(49 * time.Hour)
	// 8.55 + 1.90 = 10.45, of which 1.045 is kept: 9.405 pays the debt but for 0.095, which the reserve pays.
	is(t, "settled", f.runs(view.SettleOrder{}).Settled, 0)
	f.buys(ann, v, "Bogs", eur(500))
	f.time.Pass(49 * time.Hour)
	is(t, "payout", view.Amounts(f.runs(view.SettleOrder{}).Payouts), "4.18 EUR")
	f.time.Pass(300 * time.Hour) // what was kept is kept no longer
	is(t, "payout", view.Amounts(f.runs(view.SettleOrder{Vendor: "news"}).Payouts), "3.42 EUR")
}

// Terms of a vendor take the place of the policy's, within its bounds, and go again.
func TestPayTerms(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	set := func(set map[string]string) error {
		_, err := f.SetPayTerms(f.ctx, f.operator, view.TermsChange{Vendor: "news", Currency: "EUR", Set: set})
		return err
	}
	if err := set(map[string]string{"delay": "2d", "minimum": "1.50", "auto": "on", "to": "supplier 7"}); err != nil {
		t.Fatal(err)
	}
	all, err := f.PayTerms(f.ctx, f.operator, "news")
	if err != nil {
		t.Fatal(err)
	}
	want := "from 20.00 EUR on or after 7d, delay 2d, reserve 0 % for 30d, minimum 1.50 EUR, fee 0.00 EUR, auto on, " +
		"csv to supplier 7"
	is(t, "terms", all[0].Words, want)
	is(t, "own in another currency", all[1].Own, false)
	f.refused(ledger.ErrInvalid, func() error { return set(map[string]string{"delay": "200d"}) })
	f.refused(ledger.ErrInvalid, func() error { return set(map[string]string{"nothing": "1"}) })
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.SetPayTerms(f.ctx, f.operator, view.TermsChange{Vendor: "news", Payee: "Eve", To: "x"})
		return err
	})
	all, err = f.SetPayTerms(f.ctx, f.operator, view.TermsChange{Vendor: "news", Currency: "EUR", Default: true})
	if err != nil || all[0].Own {
		t.Errorf("%+v, %v", all[0], err)
	}
}

// What is due by terms that ask no person is settled once a day.
func TestSettlesItselfOnceADay(t *testing.T) {
	f := newFixture(t)
	f.settlesAtOnce()
	f.decides(func(p *ledger.Policy) { p.Settle.Auto = true })
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	v, _ := f.vendor("news")
	f.buys(ann, v, "Rivers", eur(1000))
	f.Sweep(f.ctx)
	is(t, "on the same day", len(f.settlements(view.SettlementQuery{})), 0)
	f.time.Pass(24 * time.Hour)
	f.touch(ann)
	f.Sweep(f.ctx)
	is(t, "on the next day", len(f.settlements(view.SettlementQuery{})), 1)
	f.buys(ann, v, "Lakes", eur(1000))
	f.Sweep(f.ctx)
	is(t, "again on that day", len(f.settlements(view.SettlementQuery{})), 1)
}

// errKilled is what a run meets that is killed.
// settles and moves settlements on at random.
func (w *model) settle(r *rapid.T) {
	q := view.SettleOrder{Limit: rapid.IntRange(0, 2).Draw(r, "limit")}
	if rapid.Bool().Draw(r, "one") {
		q.Vendor = rapid.SampledFrom([]string{"news", "games", "nobody"}).Draw(r, "vendor")
	}
	_, err := w.SettleRun(w.ctx, w.operator, q)
	w.ok(r, err)
}

func (w *model) payout(r *rapid.T) {
	if rapid.IntRange(0, 3).Draw(r, "file") == 0 {
		c := w.currency(r)
		file, err := w.PayoutSubmit(w.ctx, w.operator, c, rapid.SampledFrom([]string{
			"", ledger.WaySEPA, ledger.WayACH, ledger.WayHook,
		}).Draw(r, "way"))
		if w.ok(r, err) && file.Bank != "" {
			w.banks.files = append(w.banks.files, view.BankFile{ID: file.Bank, Network: file.Way})
		}
		return
	}
	p, err := w.Settlements(w.ctx, w.operator, view.SettlementQuery{})
	if !w.ok(r, err) {
		return
	}
	ids := view.Map(p.Data, func(s view.Settlement) string { return s.ID })
	_, err = w.SettlementStep(w.ctx, w.operator, view.SettlementStep{
		ID: one(r, "settlement", ids), Reason: rapid.SampledFrom([]string{"", "so"}).Draw(r, "reason"),
		Event: rapid.SampledFrom([]string{
			ledger.PayoutApprove, ledger.PayoutHold, ledger.PayoutPaid, ledger.PayoutFail, ledger.PayoutReturn,
			ledger.PayoutReissue,
		}).Draw(r, "event"),
	})
	w.ok(r, err)
	for _, s := range p.Data { // every statement is the one that was sealed, whatever came after it
		if s.Digest == "" {
			continue
		}
		st, err := w.Statement(w.ctx, w.operator, s.ID)
		if w.ok(r, err) {
			w.adds(st)
		}
	}
}

// payoutWay changes where payouts go to and how, or lets the gateway say something.
func (w *model) payoutWay(r *rapid.T) {
	c := w.currency(r)
	q := view.PayAccountRequest{
		Vendor: rapid.SampledFrom([]string{"news", "games"}).Draw(r, "vendor"), Currency: c,
		Payee: rapid.SampledFrom([]string{"", "", "A", "nobody"}).Draw(r, "payee"), Account: annsIBAN, Holder: "Acme Ltd",
	}
	if c == "USD" {
		q.Account = annsAccount
	}
	var err error
	switch rapid.IntRange(0, 5).Draw(r, "what") {
	case 0, 1:
		_, err = w.SetPayAccount(w.ctx, w.operator, q)
	case 2:
		set := map[string]string{"way": rapid.SampledFrom([]string{"csv", "sepa", "ach", "hook"}).Draw(r, "way")}
		_, err = w.SetPayTerms(w.ctx, w.operator, view.TermsChange{
			Vendor: q.Vendor, Currency: c, Set: set, Payee: q.Payee,
		})
	case 3:
		var all []view.PayAccount
		all, err = w.PayAccounts(w.ctx, w.operator, q.Vendor)
		for _, a := range all {
			if a.Payee == q.Payee {
				q.Mark = a.Mark
			}
		}
		if err == nil {
			_, err = w.ApprovePayAccount(w.ctx, w.operator, q)
		}
	case 4:
		_, err = w.RemovePayAccount(w.ctx, w.operator, q)
	default:
		w.gate.mu.Lock()
		w.gate.say = rapid.SampledFrom([]string{"accepted", "paid", "failed", "returned", "nonsense"}).Draw(r, "says")
		w.gate.lose = rapid.IntRange(0, 2).Draw(r, "lost")
		for id := range w.gate.status {
			if w.gate.status[id] == "accepted" {
				w.gate.status[id] = w.gate.say
			}
		}
		w.gate.mu.Unlock()
		w.gatewayOnce(w.ctx)
	}
	w.ok(r, err)
}

// A vendor sees its own settlements, and neither those of its payees nor those of others.
func TestSettlementsOfOthersAreNotFound(t *testing.T) {
	f := newFixture(t)
	f.settlesAtOnce()
	ann := f.funded("ann", eur(5000))
	f.unlimited(ann)
	_, key := f.vendor("news")
	mine := f.sellsWithAuthor(ann, key, 91)
	_, key = f.vendor("games")
	other, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	f.runs(view.SettleOrder{})
	for _, s := range f.settlements(view.SettlementQuery{Vendor: "news"}) {
		no := opened(t, f.seal.OpenSettlement, s.ID)
		f.refused(ledger.ErrNotFound, func() error { _, err := other.SettlementOf(f.ctx, no); return err })
		f.refused(ledger.ErrNotFound, func() error { _, err := other.StatementOf(f.ctx, no); return err })
		if s.Payee != "" {
			f.refused(ledger.ErrNotFound, func() error { _, err := mine.StatementOf(f.ctx, no); return err })
		}
	}
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Settlements(f.ctx, ann, view.SettlementQuery{})
		return err
	})
}
