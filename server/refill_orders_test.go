package server

import (
	"log/slog"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// restarts opens the service anew on its books, as another start of the program does.
func (f *fixture) restarts() {
	f.t.Helper()
	s, err := Open(f.ctx, Options{
		Store: f.store, Seal: f.seal, Now: f.time.Now, Methods: f.methods, House: f.house,
		Operator: f.operator.Fingerprint, OperatorName: "operator", Log: slog.New(loud{slog.DiscardHandler, f.t}),
	})
	if err != nil {
		f.t.Fatal(err)
	}
	f.Server = s
}

// order is an order of events around a weekly budget of 20 euro, set on an account with nothing in it.
type order struct {
	*bankFixture
	ann    view.Caller
	id     ledger.UserID
	vendor ledger.Vendor
	bank   view.BankAccount
	begins bool // starts the program anew at every step
}

// to lets the time pass, six hours at a time, until an instant.
func (o *order) to(at time.Time) {
	o.t.Helper()
	for o.clock().Before(at) {
		o.time.Pass(min(at.Sub(o.clock()), 6*time.Hour))
		o.step(func() { o.Sweep(o.ctx) })
	}
}

// step is one thing that happens.
func (o *order) step(do func()) {
	o.t.Helper()
	if o.begins {
		o.restarts()
	}
	do()
}

// kept is the weekly budget as the books have it.
func (o *order) kept() (v ledger.Refill) {
	o.t.Helper()
	o.read(func(r books.Reader) (err error) {
		v, _, err = r.Refill(o.id, "EUR")
		return err
	})
	return v
}

// due is when the account is filled up next.
func (o *order) due() time.Time { return o.kept().Due }

// week goes on until the account is filled up, or passed over: its day may move meanwhile.
func (o *order) week() {
	for o.to(o.due()); o.due().Sub(o.clock()) < 4*24*time.Hour && o.kept().State == ledger.RefillActive; {
		o.to(o.due())
	}
}

// eve goes on until the debit is announced.
func (o *order) eve() { o.to(o.due().Add(-notice)) }

// must fails the test where something is refused.
func (o *order) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// state wants a weekly budget to be in a state.
func (o *order) state(want ledger.RefillState) {
	o.t.Helper()
	if v := o.kept(); v.State != want || v.Reason == "" && want != ledger.RefillActive {
		o.t.Errorf("%+v, want %s", v, want)
	}
}

// Whatever happens around a weekly budget, and in which order: one debit in an ISO week at the most, each of them
// announced as it is and two days before it, and clean books; also when the program is started anew at every step.
func TestOrdersOfEventsAroundRefills(t *testing.T) {
	for name, tt := range map[string]struct {
		debits int
		run    func(*order)
	}{
		"the clock jumps over two weeks": {2, func(o *order) {
			o.week()
			o.sends("autodebit")
			o.days(14)
			o.spends(1500)
			o.time.Pass(15 * 24 * time.Hour)
			o.step(func() { o.Sweep(o.ctx) })
			o.week()
		}},
		"an announced week is slept through": {1, func(o *order) {
			o.eve()
			o.time.Pass(15 * 24 * time.Hour)
			o.step(func() { o.Sweep(o.ctx) })
			o.state("active")
			o.week()
		}},
		"week 53 and week 1": {3, func(o *order) {
			short := testBank()
			short.Day = time.Hour
			o.methods[len(o.methods)-1] = debit.AutoDebit{Bank: short}
			o.must(second(o.EndRefill(o.ctx, o.ann, "EUR")))
			o.to(time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC))
			o.fills(o.ann, 2000, time.Sunday, o.bank.ID)
			for _, want := range []uint32{202652, 202653, 202701} { // 27 December, 3 January, 10 January
				o.week()
				is(o.t, "week", o.kept().Done, want)
				o.sends("autodebit")
				o.days(2)
				o.spendsAll()
			}
		}},
		"returned after it was spent": {2, func(o *order) {
			o.fills(o.ann, 2016, time.Monday, o.bank.ID) // comes back when it has cleared
			o.week()
			o.sends("autodebit")
			o.days(12)
			o.state("active")
			o.spends(2000)
			o.week()
			o.days(35)
			if w := o.spendable(o.ann, "EUR"); w.Owed == 0 {
				o.t.Errorf("nothing is owed: %+v", w)
			}
			o.state("ended") // the bank has ended the mandate
		}},
		"the bank corrects the account in between": {1, func(o *order) {
			o.eve()
			u := o.user(o.ann)
			o.step(func() {
				o.write(func(tx books.Tx) error {
					m, _, err := tx.Mandate(ledger.MandateID{User: u.ID, Number: 1})
					if err != nil {
						return err
					}
					n := newsReader{s: o.Server, network: ledger.NetworkSEPA, at: o.clock()}
					_, err = n.corrected(tx, correction(), m)
					return err
				})
			})
			was := o.due()
			o.to(was)
			is(o.t, "debits at the announced time", len(o.debits(o.ann)), 0)
			if now := o.due(); now.Sub(was) < notice {
				o.t.Errorf("announced for %s, due at %s", was, now)
			}
			o.week()
		}},
		"frozen and thawed in between": {1, func(o *order) {
			o.eve()
			h := o.user(o.ann).Handle
			o.step(func() { o.must(second(o.Freeze(o.ctx, o.operator, h, "she called"))) })
			o.week()
			is(o.t, "debits while it is frozen", len(o.debits(o.ann)), 0)
			o.eve() // nothing is announced
			o.step(func() { o.must(second(o.Thaw(o.ctx, o.operator, h, "she called again"))) })
			o.week()
			o.week()
		}},
		"closed": {0, func(o *order) {
			o.eve()
			o.closesUser()
			o.week()
			o.state("ended")
		}},
		"the mandate is revoked in between": {0, func(o *order) {
			o.eve()
			o.step(func() { o.must(second(o.RevokeMandate(o.ctx, o.ann, o.bank.Mandate))) })
			o.week()
			o.state("ended")
		}},
		"the account is removed in between": {0, func(o *order) {
			o.eve()
			o.step(func() { o.must(second(o.BankRemove(o.ctx, o.ann, o.bank.ID))) })
			o.week()
			o.state("ended")
		}},
		"another account takes its place": {1, func(o *order) {
			o.eve()
			other := o.account(o.ann, bobsIBAN)
			o.step(func() { o.must(second(o.RevokeMandate(o.ctx, o.ann, o.bank.Mandate))) })
			o.fills(o.ann, 2000, time.Monday, other.ID)
			o.week()
		}},
		"the purchase window is closed": {1, func(o *order) {
			o.must(o.Lock(o.ctx, o.ann))
			o.week()
		}},
		"what is above goes back while the window is closed": {0, func(o *order) {
			o.decides(func(p *ledger.Policy) { p.Redeem.Hold = 0 })
			o.touch(o.ann)
			o.must(second(o.SetRefill(o.ctx, o.ann, view.RefillRequest{
				Budget: eur(2000), Weekday: time.Monday, Surplus: true,
			})))
			o.must(second(o.Fund(o.ctx, o.ann, view.FundRequest{Amount: eur(5000), Method: "card"})))
			o.must(o.Lock(o.ctx, o.ann))
			o.week()
			is(o.t, "left", o.balance(o.ann), eur(2000).Micros)
		}},
		"an account that pays later": {2, func(o *order) {
			o.lends(o.ann, eur(1000))
			o.spends(700)
			o.week()
			o.sends("autodebit")
			o.days(14)
			if w := o.spendable(o.ann, "EUR"); w.Owed != 0 || w.Paid != eur(1300).Micros {
				o.t.Errorf("%+v", w)
			}
		}},
		"a currency without a method": {0, func(o *order) {
			o.eve()
			o.without("autodebit")
			o.week()
			o.state("active")
		}},
		"the bounds of deposits change in between": {0, func(o *order) {
			o.eve()
			o.decides(func(p *ledger.Policy) { p.DepositMax = eur(1000).Micros })
			o.week()
			o.state("active")
		}},
		"another zone in between": {1, func(o *order) {
			o.eve()
			o.must(second(o.Settings(o.ctx, o.ann, view.SettingsChange{Zone: "Pacific/Auckland"})))
			o.week()
		}},
		"skipped, then set to another day of the week": {1, func(o *order) {
			o.eve()
			o.must(second(o.SkipRefill(o.ctx, o.ann, "EUR")))
			o.fills(o.ann, 2000, time.Sunday, o.bank.ID)
			o.week()
			is(o.t, "debits of the week that was skipped", len(o.debits(o.ann)), 0)
			o.week()
		}},
		"filled by hand between announcement and debit": {1, func(o *order) {
			o.eve()
			o.step(func() { o.must(second(o.FillNow(o.ctx, o.ann, "EUR"))) })
			o.week()
		}},
		"turned off with a debit on its way": {1, func(o *order) {
			o.week()
			o.must(second(o.EndRefill(o.ctx, o.ann, "EUR")))
			o.sends("autodebit")
			o.days(14)
			is(o.t, "balance", o.balance(o.ann), eur(2000).Micros)
		}},
		"two that come back": {1, func(o *order) {
			o.fills(o.ann, 2018, time.Monday, o.bank.ID)
			o.week()
			for range 6 {
				o.sends("autodebit")
				o.days(3)
			}
			o.state("ended")
			o.to(o.clock().Add(20 * 24 * time.Hour))
		}},
	} {
		for _, begins := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				o := &order{bankFixture: newBankFixture(t, store.NewMemory()), begins: begins}
				o.vendor, _ = o.fixture.vendor("news")
				o.ann = o.join("ann")
				o.id = o.user(o.ann).ID
				o.unlimited(o.ann)
				o.bank = o.account(o.ann, annsIBAN)
				o.fills(o.ann, 2000, time.Monday, o.bank.ID)
				tt.run(o)
				o.holds(tt.debits)
			})
		}
	}
}

// correction is what a bank says of an account that has another number.
func correction() funding.NewsItem {
	return funding.NewsItem{Kind: funding.NewsChange, Code: "C01", Corrected: funding.Account{Number: "999999999"}}
}

// spends buys something.
func (o *order) spends(cents int64) {
	o.t.Helper()
	o.touch(o.ann)
	o.buys(o.ann, o.vendor, "Rivers", eur(cents))
}

// spendsAll buys for all that has cleared.
func (o *order) spendsAll() {
	o.t.Helper()
	if cents := o.balance(o.ann) / 10_000; cents > 0 {
		o.spends(cents)
	}
}

// lends gives the wallet a credit line.
func (o *order) lends(who view.Caller, line ledger.Amount) {
	o.t.Helper()
	o.must(second(o.SetCredit(o.ctx, o.operator, o.user(who).Handle, line, "known for years")))
}

// closesUser closes the wallet, when nothing is left in it.
func (o *order) closesUser() {
	o.t.Helper()
	o.spendsAll()
	o.must(second(o.CloseWallet(o.ctx, o.ann)))
}

// holds looks at all debits that the weekly budget has ordered.
func (o *order) holds(want int) {
	o.t.Helper()
	weeks, first := map[uint32]bool{}, 0
	var notes []ledger.Notice
	byHand := map[time.Time]bool{}
	var all []ledger.Deposit
	o.read(func(r books.Reader) (err error) {
		if all, err = r.Deposits(o.id, 0); err != nil {
			return err
		}
		head, _, err := r.Head()
		for no := ledger.EntryNo(1); err == nil && no <= head; no++ {
			var e books.Record
			switch e, _, err = r.Entry(no); {
			case e.Kind != ledger.KindRefill:
			case e.Actor.Role == ledger.RoleUser:
				byHand[e.At] = true
			case e.Refill.Notice.At.Equal(e.At):
				notes = append(notes, e.Refill.Notice)
			}
		}
		return err
	})
	for _, d := range all {
		if d.Refill == 0 || d.Try > 0 {
			continue
		}
		first++
		ok := byHand[d.Created]
		for _, n := range notes {
			ok = ok || n.Permits(d, d.Created) && d.Created.Sub(n.At) >= notice
		}
		if week := ledger.WeekOf(d.Created); weeks[week] || !ok {
			o.t.Errorf("%s at %s: second of its week %v, told as it is %v", d.Amount, d.Created, weeks[week], ok)
		}
		weeks[ledger.WeekOf(d.Created)] = true
	}
	is(o.t, "debits", first, want)
	o.clean()
}
