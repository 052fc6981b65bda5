package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/funding/billfile"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// bills opens a biller that keeps 8 %.
func (f *fixture) bills() {
	f.t.Helper()
	f.methods = append(f.methods, funding.Bill{Name: ledger.MethodISP}, funding.Bill{Name: ledger.MethodUtility})
	_, err := f.SetBiller(f.ctx, f.operator, view.BillerRequest{
		Name: "northnet", Title: "Northnet", Kind: ledger.MethodISP, Cap: eur(5000), Cost: "8 %",
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// file makes the next file.
func (f *fixture) file(number uint64) view.BillerFile {
	f.t.Helper()
	v, err := f.BillerFile(f.ctx, f.operator, "northnet", number)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// reads takes a biller's file.
func (f *fixture) reads(file []byte) view.BillerRead {
	f.t.Helper()
	v, err := f.ReadBillerFile(f.ctx, f.operator, "northnet", file)
	if err != nil {
		f.t.Fatalf("%v\n%s", err, file)
	}
	return v
}

// plays lets the simulated biller answer to the last file, and takes what it answers.
func (f *fixture) plays(later bool) view.BillerRead {
	f.t.Helper()
	raw, err := f.PlayBiller(f.ctx, f.operator, "northnet", 0, later)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.reads(raw)
}

// confirmed gives a member an account, with the code that is in the file.
func (f *fixture) confirmed(who view.Caller, number string) {
	f.t.Helper()
	if _, err := f.JoinBiller(f.ctx, who, "northnet", number); err != nil {
		f.t.Fatal(err)
	}
	_, code, found := strings.Cut(f.file(0).Text, "tuppence code ")
	if !found {
		f.t.Fatal("no code on the bill")
	}
	f.plays(false)
	f.plays(true)
	if _, err := f.ConfirmBiller(f.ctx, who, "northnet", code[:9]); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) billed(who view.Caller, a ledger.Amount) view.Deposit {
	f.t.Helper()
	d, err := f.Fund(f.ctx, who, view.FundRequest{Method: ledger.MethodISP, Amount: a})
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

// depositOf is a deposit as its owner sees it now.
func (f *fixture) depositOf(id string) view.Deposit {
	f.t.Helper()
	d, err := f.depositNow(f.ctx, opened(f.t, f.seal.OpenDeposit, id))
	if err != nil {
		f.t.Fatal(err)
	}
	return d
}

// An account is asked for by a charge of 1.00, and proved by the code on the bill; then it is charged, the charge is
// accepted, and remitted without what the biller keeps.
func TestBillIsPaid(t *testing.T) {
	f := newFixture(t)
	f.bills()
	ann := f.join("ann")
	none := f.refused(ledger.ErrState, func() error {
		_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: ledger.MethodISP, Amount: eur(2000)})
		return err
	})
	if !strings.Contains(none.Remedy, "biller join") {
		t.Error(none)
	}
	d, err := f.JoinBiller(f.ctx, ann, "northnet", "isp 00731")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "first charge", d.Amount, eur(100))
	is(t, "shown", d.Bill, "northnet, account …31")
	f.refused(ledger.ErrState, func() error { // it is not proved
		_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: ledger.MethodISP, Amount: eur(2000)})
		return err
	})
	file := f.file(0)
	if !strings.Contains(file.Text, ",ISP00731,1.00,EUR,") || strings.Count(file.Text, "\r\n") != 2 {
		t.Errorf("%q", file.Text)
	}
	is(t, "again", f.file(1).Text, file.Text)
	f.refused(ledger.ErrState, func() error { _, err := f.BillerFile(f.ctx, f.operator, "northnet", 0); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.BillerFile(f.ctx, f.operator, "northnet", 2); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.CancelDeposit(f.ctx, ann, d.ID); return err })
	is(t, "accepted", f.plays(false).Accepted, 1)
	is(t, "spendable", f.balance(ann), eur(100).Micros)
	_, code, _ := strings.Cut(file.Text, "tuppence code ")
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.ConfirmBiller(f.ctx, ann, "northnet", "BCDF-GHJK")
		return err
	})
	b, err := f.ConfirmBiller(f.ctx, ann, "northnet", strings.ToLower(code[:9]))
	is(t, "account", b.State, view.State(ledger.BillerConfirmed))
	if err != nil {
		t.Fatal(err)
	}
	charge := f.billed(ann, eur(2000))
	f.file(0)
	f.plays(false)
	is(t, "spendable", f.balance(ann), eur(2100).Micros)
	answers, err := billfile.WriteAnswers([]billfile.Answer{{
		Kind: billfile.Remitted, Reference: charge.Reference, Amount: eur(1840), Day: f.clock(),
	}}, "EUR", f.clock())
	if err != nil {
		t.Fatal(err)
	}
	is(t, "remitted", f.reads(answers).Remitted, 1)
	is(t, "again", f.reads(answers).Again, true)
	is(t, "state", f.depositOf(charge.ID).State, view.State(ledger.DepositRemitted))
	f.refused(ledger.ErrLimit, func() error { // 50.00 in a month
		_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: ledger.MethodISP, Amount: eur(3000)})
		return err
	})
}

// What the simulated biller does by the cents of the amount: each of it ends as it should, and what is read twice
// changes nothing.
func TestBillsEndBadly(t *testing.T) {
	f := newFixture(t)
	f.bills()
	ann := f.join("ann")
	f.confirmed(ann, "ISP-00731")
	had := f.balance(ann)
	rejected, reversed := f.billed(ann, eur(513)), f.billed(ann, eur(516))
	partly, wrong := f.billed(ann, eur(517)), f.billed(ann, eur(518))
	withdrawn := f.billed(ann, eur(500))
	if _, err := f.CancelDeposit(f.ctx, ann, withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	is(t, "lines", f.file(0).Lines, 4)
	first := f.plays(false)
	is(t, "accepted", first.Accepted, 3)
	is(t, "rejected", first.Rejected, 1)
	is(t, "spendable", f.balance(ann)-had, eur(516+517+518).Micros)
	is(t, "rejected", f.depositOf(rejected.ID).State, view.State(ledger.DepositFailed))
	second := f.plays(true)
	is(t, "apart", second.Apart, 2)
	is(t, "reversed", second.Reversed, 1)
	is(t, "state", f.depositOf(reversed.ID).State, view.State(ledger.DepositBillerReversed))
	is(t, "state", f.depositOf(partly.ID).State, view.State(ledger.DepositIssued))
	is(t, "state", f.depositOf(wrong.ID).State, view.State(ledger.DepositIssued))
	is(t, "wallet", f.user(ann).Status, ledger.UserFrozen)
	page, err := f.DeskReceipts(f.ctx, f.operator, view.DeskQuery{})
	if err != nil || len(page.Data) != 2 {
		t.Fatal(page, err)
	}
	// The same items in another file: what was kept apart is known.
	raw, err := billfile.WriteAnswers([]billfile.Answer{
		{Kind: billfile.Accepted, Reference: partly.Reference, Amount: eur(517), Day: f.clock()},
		{Kind: billfile.Remitted, Reference: partly.Reference, Amount: eur(467), Day: f.clock()},
		{Kind: billfile.Reversed, Reference: reversed.Reference, Amount: eur(516), Day: f.clock()},
		{Kind: billfile.Rejected, Reference: rejected.Reference, Amount: eur(513), Day: f.clock()},
	}, "EUR", f.clock().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	again := f.reads(raw)
	is(t, "known", again.Known, 4)
	b, err := f.Billers(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "account", b[0].State, view.State(ledger.BillerEnded))
}

// A file is taken as a whole or not at all.
func TestFilesAreTakenWhole(t *testing.T) {
	f := newFixture(t)
	f.bills()
	ann := f.join("ann")
	f.confirmed(ann, "ISP-00731")
	good, other := f.billed(ann, eur(500)), f.billed(ann, eur(600))
	f.file(0)
	waits := f.billed(ann, eur(700)) // in no file yet
	accepted := billfile.Answer{Kind: billfile.Accepted, Reference: good.Reference, Amount: eur(500), Day: f.clock()}
	for name, bad := range map[string]billfile.Answer{
		"unknown":      {Kind: billfile.Accepted, Reference: ledger.Reference(4711), Amount: eur(500)},
		"no reference": {Kind: billfile.Accepted, Reference: "x", Amount: eur(500)},
		"other amount": {Kind: billfile.Accepted, Reference: other.Reference, Amount: eur(601)},
		"not sent":     {Kind: billfile.Accepted, Reference: waits.Reference, Amount: eur(700)},
		"too early":    {Kind: billfile.Remitted, Reference: other.Reference, Amount: eur(600)},
		"never made":   {Kind: billfile.Reversed, Reference: other.Reference, Amount: eur(600)},
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			bad.Day = f.clock()
			raw, err := billfile.WriteAnswers([]billfile.Answer{accepted, bad}, "EUR", f.clock())
			if err != nil {
				t.Fatal(err)
			}
			no := f.refused(ledger.ErrState, func() error {
				_, err := f.ReadBillerFile(f.ctx, f.operator, "northnet", raw)
				return err
			})
			if !strings.Contains(no.Detail, "Line 2: ") {
				t.Error(no)
			}
		})
	}
	f.t = t
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.ReadBillerFile(f.ctx, f.operator, "northnet", []byte("x"))
		return err
	})
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.ReadBillerFile(f.ctx, ann, "northnet", mustAnswer(t, f))
		return err
	})
}

func mustAnswer(t *testing.T, f *fixture) []byte {
	t.Helper()
	raw, err := billfile.WriteAnswers(nil, "EUR", f.clock())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// The number of an account is in no row and no entry in clear, and one number belongs to one wallet.
func TestNumbersOfAccountsAreSealed(t *testing.T) {
	f := newFixture(t)
	f.bills()
	ann, bob := f.join("ann"), f.join("bob")
	f.confirmed(ann, "ISP-7788990011")
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.JoinBiller(f.ctx, bob, "northnet", "isp-7788990011")
		return err
	})
	f.refused(ledger.ErrState, func() error { _, err := f.JoinBiller(f.ctx, ann, "northnet", "ISP-1"+"234"); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.JoinBiller(f.ctx, bob, "nobody", "ISP-1234"); return err })
	f.refused(ledger.ErrInvalid, func() error { _, err := f.JoinBiller(f.ctx, bob, "northnet", "1"); return err })
	f.read(func(r books.Reader) error {
		for rec, err := range r.Journal(0, 0) {
			if err != nil {
				return err
			}
			if strings.Contains(strings.ToUpper(rec.Words()+rec.Reason), "7788990011") {
				t.Error("an entry has it")
			}
		}
		return nil
	})
	for k, v := range f.rows() {
		if strings.Contains(k+v, "7788990011") {
			t.Errorf("a row has it: %q", k)
		}
	}
}

// A claim that was not proved keeps an account from others for two bills.
func TestClaimsToAccountsEnd(t *testing.T) {
	f := newFixture(t)
	f.bills()
	ann, bob := f.join("ann"), f.join("bob")
	join := func(who view.Caller) error { _, err := f.JoinBiller(f.ctx, who, "northnet", "ISP-00731"); return err }
	if err := join(ann); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { return join(bob) })
	f.time.Pass(71 * 24 * time.Hour)
	if err := join(bob); err != nil {
		t.Fatal(err)
	}
	b, err := f.Billers(f.ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "ann's", b[0].State, view.State(ledger.BillerEnded))
}

// Methods show those that have a biller.
func TestBillsAreOfferedWhereThereIsABiller(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	names := func() (all []string) {
		t.Helper()
		list, err := f.Methods(f.ctx, ann)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			all = append(all, m.Name)
		}
		return all
	}
	f.methods = append(f.methods, funding.Bill{Name: ledger.MethodISP}, funding.Bill{Name: ledger.MethodUtility})
	is(t, "methods", strings.Join(names(), " "), "card check")
	f.bills()
	is(t, "methods", strings.Contains(strings.Join(names(), " "), "isp"), true)
	is(t, "methods", strings.Contains(strings.Join(names(), " "), "utility"), false)
}
