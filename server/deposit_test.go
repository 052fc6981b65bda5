package server

import (
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// The simulated card walks every road of an online deposit.
func TestCardRoads(t *testing.T) {
	for _, road := range []struct {
		name          string
		cents         int64
		first, last   ledger.DepositState
		before, after int64 // what can be spent, before and after the look-ups
	}{
		{"succeeds", 1000, ledger.DepositSucceeded, ledger.DepositSettled, 1000, 1000},
		{"declined", 1013, ledger.DepositFailed, ledger.DepositFailed, 0, 0},
		{"lost, but taken", 1014, ledger.DepositErrored, ledger.DepositSettled, 0, 1014},
		{"lost, never seen", 1015, ledger.DepositErrored, ledger.DepositFailed, 0, 0},
		{"charged back", 1016, ledger.DepositSucceeded, ledger.DepositChargedBack, 1016, 0},
	} {
		t.Run(road.name, func(t *testing.T) {
			f := newFixture(t)
			ann := f.join("ann")
			d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(road.cents), Method: "card"})
			if err != nil {
				t.Fatal(err)
			}
			is(t, "first state", d.State, view.State(road.first))
			is(t, "balance", f.balance(ann), eur(road.before).Micros)
			for range 4 {
				f.time.Pass(time.Minute)
				f.Sweep(f.ctx)
			}
			all, err := f.Deposits(f.ctx, ann, view.Paging{})
			if err != nil || len(all) != 1 {
				t.Fatalf("deposits: %+v, %v", all, err)
			}
			is(t, "last state", all[0].State, view.State(road.last))
			is(t, "balance at last", f.balance(ann), eur(road.after).Micros)
			if road.last == ledger.DepositFailed && all[0].Reason == "" {
				t.Error("failed without a reason")
			}
		})
	}
}

// A wallet that owes money after a chargeback is frozen: nothing leaves it.
func TestChargebackAfterSpendingFreezes(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1016))
	f.buys(ann, v, "How rivers freeze", eur(100))
	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	is(t, "status", f.user(ann).Status, ledger.UserFrozen)
	is(t, "frozen in the overview", f.overview(ann).Frozen, true)
	is(t, "balance", f.balance(ann), 0)
	c := f.asks(v, "Another", eur(100))
	f.refused(ledger.ErrFrozen, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
	f.refused(ledger.ErrFrozen, func() error {
		_, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(100)})
		return err
	})
}

// What a wallet owes is seen, and what comes in pays it first, whichever way it comes.
func TestDebtIsPaidFirst(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1016))
	f.unlimited(ann)
	f.buys(ann, v, "How rivers freeze", eur(900))
	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	owed := func() int64 { return f.overview(ann).Wallets[0].Owed.Micros }
	is(t, "owed", owed(), eur(900).Micros)
	_, err := f.Thaw(f.ctx, f.operator, f.user(ann).Handle, "she called")
	must(t, err)
	_, err = f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(300), Method: "card"})
	must(t, err)
	is(t, "owed after a card", owed(), eur(600).Micros)
	c, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(200), Method: "check"})
	must(t, err)
	for _, step := range []string{"received", "cleared"} {
		_, err = f.AdvanceDeposit(f.ctx, f.operator, c.Reference, step, eur(200))
		must(t, err)
	}
	is(t, "owed after a check", owed(), eur(400).Micros)
	is(t, "balance", f.balance(ann), 0)
	bob := f.funded("bob", eur(500))
	sent, err := f.Transfer(f.ctx, bob, view.TransferRequest{Amount: eur(100)})
	must(t, err)
	_, err = f.Claim(f.ctx, ann, sent.Code)
	must(t, err)
	is(t, "owed after a transfer", owed(), eur(300).Micros)
	r, err := f.ReceiptAdd(f.ctx, f.operator, view.UnallocatedRequest{Amount: eur(400), Source: "bank"})
	must(t, err)
	_, err = f.ReceiptMatch(f.ctx, f.operator, r.ID, f.user(ann).Handle, "hers")
	must(t, err)
	is(t, "owed after a receipt", owed(), 0)
	is(t, "the rest", f.balance(ann), eur(100).Micros)
}

func TestOneKeyFundsOnce(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	q := view.FundRequest{Amount: eur(700), Method: "card", Key: "one"}
	first, err := f.Fund(f.ctx, ann, q)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			again, err := f.Fund(f.ctx, ann, q)
			if err != nil || again.ID != first.ID {
				t.Errorf("again: %+v, %v", again, err)
			}
		})
	}
	wg.Wait()
	is(t, "balance", f.balance(ann), eur(700).Micros)
	q.Amount = eur(701)
	f.refused(ledger.ErrKeyReused, func() error { _, err := f.Fund(f.ctx, ann, q); return err })

	// The same key of another user is another key.
	bob := f.join("bob")
	if d, err := f.Fund(f.ctx, bob, q); err != nil || d.ID == first.ID {
		t.Errorf("bob: %+v, %v", d, err)
	}
}

func TestFundRefuses(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	for _, c := range []struct {
		name string
		q    view.FundRequest
	}{
		{"no such method", view.FundRequest{Amount: eur(100), Method: "barter"}},
		{"hostile method", view.FundRequest{Amount: eur(100), Method: "\x1b]0;x\a"}},
		{"nothing", view.FundRequest{Amount: eur(0), Method: "card"}},
		{"negative", view.FundRequest{Amount: eur(-100), Method: "card"}},
		{"too much", view.FundRequest{Amount: ledger.Amount{Micros: ledger.MaxMicros, Currency: "EUR"}, Method: "card"}},
		{"a bank account for a card", view.FundRequest{Amount: eur(100), Method: "card", Bank: "bnk_x"}},
		{"no currency", view.FundRequest{Amount: ledger.Amount{Micros: 1e6}, Method: "card"}},
		{"unknown currency", view.FundRequest{Amount: ledger.Amount{Micros: 1e6, Currency: "XXX"}, Method: "card"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.t = t
			f.refused(ledger.ErrInvalid, func() error { _, err := f.Fund(f.ctx, ann, c.q); return err })
		})
	}
	f.t = t
	f.refused(ledger.ErrNotJoined, func() error {
		_, err := f.Fund(f.ctx, caller("unknown"), view.FundRequest{Amount: eur(100), Method: "card"})
		return err
	})
}

func TestMethodsCarryTheBoundsOfThePolicy(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	all, err := f.Methods(f.ctx, ann)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	p := ledger.DefaultPolicy()
	for _, m := range all {
		is(t, m.Name+" least", m.Currencies[0].Min.Micros, p.DepositMin)
		is(t, m.Name+" most", m.Currencies[0].Max.Micros, p.DepositMax)
	}
	f.house.Simulated = false // a service with real money does not offer simulated money
	if all, err = f.Methods(f.ctx, ann); err != nil || len(all) != 1 || all[0].Name != "check" {
		t.Errorf("real service: %+v, %v", all, err)
	}
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(100), Method: "card"})
		return err
	})
}

// A check is announced, arrives, and is collected; only then its tokens can be spent.
func TestCheckStory(t *testing.T) {
	f := newFixture(t)
	ann, rep := f.join("ann"), caller("rep")
	if _, err := f.StaffAdd(f.ctx, f.operator, keyOf(rep), ledger.RoleRep, ""); err != nil {
		t.Fatal(err)
	}
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil || d.State != view.State(ledger.DepositAwaiting) || d.Reference == "" || len(d.Steps) == 0 {
		t.Fatalf("announced: %+v, %v", d, err)
	}
	step := func(who view.Caller, reference, word string, amount ledger.Amount) error {
		_, err := f.AdvanceDeposit(f.ctx, who, reference, word, amount)
		return err
	}
	f.refused(ledger.ErrNotAllowed, func() error { return step(ann, d.Reference, "received", eur(2000)) })
	f.refused(ledger.ErrInvalid, func() error { return step(rep, d.Reference, "eaten", eur(2000)) })
	f.refused(ledger.ErrInvalid, func() error { return step(rep, d.Reference, "received", ledger.Amount{}) })
	f.refused(ledger.ErrInvalid, func() error { return step(rep, d.Reference, "received", eur(2001)) })
	f.refused(ledger.ErrInvalid, func() error { return step(rep, d.Reference+"0", "received", eur(2000)) })
	f.refused(ledger.ErrState, func() error { return step(rep, d.Reference, "cleared", eur(2000)) })

	open, err := f.DeskDeposits(f.ctx, rep, view.DeskQuery{})
	if err != nil || len(open.Data) != 1 || open.Data[0].Handle != f.user(ann).Handle {
		t.Fatalf("desk: %+v, %v", open, err)
	}
	if err := step(rep, d.Reference, "received", eur(2000)); err != nil {
		t.Fatal(err)
	}
	if err := step(rep, d.Reference, "received", eur(2000)); err == nil ||
		!strings.HasPrefix(err.Error(), "The deposit is uncollected already.") {
		t.Errorf("received twice: %v", err)
	}
	is(t, "after receipt", f.balance(ann), 0)
	o, err := f.Overview(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "uncollected", o.Wallets[0].Uncollected, eur(2000))
	if err := step(rep, d.Reference, "cleared", eur(2000)); err != nil {
		t.Fatal(err)
	}
	is(t, "after collection", f.balance(ann), eur(2000).Micros)
	f.refused(ledger.ErrState, func() error { return step(rep, d.Reference, "cleared", eur(2000)) })
	if open, err = f.DeskDeposits(f.ctx, rep, view.DeskQuery{}); err != nil || len(open.Data) != 0 {
		t.Errorf("desk at the end: %+v, %v", open, err)
	}
}

func TestBouncedCheckLeavesNothing(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"received", "bounced"} {
		if _, err := f.AdvanceDeposit(f.ctx, f.operator, d.Reference, word, eur(2000)); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
	}
	is(t, "balance", f.balance(ann), 0)
	page, err := f.History(f.ctx, ann, view.HistoryQuery{Kind: "deposit"})
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for _, row := range page.Data {
		sum += row.Amount.Micros
		is(t, "state of the row", row.State, "bounced")
	}
	is(t, "sum of the rows", sum, 0)
}

// A representative may not clear a check into their own wallet.
func TestStaffDoNotServeThemselves(t *testing.T) {
	f := newFixture(t)
	own := f.join("operator")
	d, err := f.Fund(f.ctx, own, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.AdvanceDeposit(f.ctx, own, d.Reference, "received", eur(2000))
		return err
	})
}

func TestAnnouncedCheckExpires(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(d.Expires.Sub(f.clock()) - time.Second)
	f.Sweep(f.ctx)
	all, _ := f.Deposits(f.ctx, ann, view.Paging{})
	is(t, "a second before", all[0].State, view.State(ledger.DepositAwaiting))
	f.time.Pass(time.Second)
	f.Sweep(f.ctx)
	all, _ = f.Deposits(f.ctx, ann, view.Paging{})
	is(t, "at the end", all[0].State, view.State(ledger.DepositExpired))
	page, err := f.History(f.ctx, ann, view.HistoryQuery{})
	if err != nil || len(page.Data) != 1 || page.Data[0].State != view.State(ledger.DepositExpired) {
		t.Errorf("the history has %+v, %v; want how the deposit ended", page.Data, err)
	}
	f.addsUp(ann)
}

// A call is cut short by the end of the program: the chore asks the processor.
func TestInterruptedCallIsLookedUp(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	u := f.user(ann)
	var id ledger.DepositID
	f.write(func(tx books.Tx) error { // what is written when the program ends between the entry and the answer
		d, err := f.announce(tx, u, ledger.DepositOrder{
			Method: "card", Kind: ledger.DepositOnline, Amount: eur(1000), Actor: memberActor(ann),
		}, f.clock())
		id = d.ID
		return err
	})
	is(t, "owner", id.User, u.ID)
	state := func() ledger.DepositState {
		all, err := f.Deposits(f.ctx, ann, view.Paging{})
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return ledger.DepositState(all[0].State)
	}
	f.Sweep(f.ctx)
	is(t, "at once", state(), ledger.DepositProcessing)
	f.time.Pass(callFor + askFirst)
	f.Sweep(f.ctx)
	is(t, "looked up", state(), ledger.DepositFailed)
	is(t, "balance", f.balance(ann), 0)
}

// What a person sees of a deposit is what it brought, also after the processor has paid out.
func TestShowOfASettledDeposit(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "card"})
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(10 * 24 * time.Hour)
	f.Sweep(f.ctx)
	shown, err := f.Show(f.ctx, ann, d.ID)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "state", shown.Deposit.State, view.State(ledger.DepositSettled))
	is(t, "amount", shown.Amount, eur(2000))
	is(t, "steps", len(shown.Timeline), 4)
}
