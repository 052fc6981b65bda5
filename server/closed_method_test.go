package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"

	"tuppence/server/funding"
	"tuppence/server/funding/btcpay"
	"tuppence/server/funding/btcpay/btcpaytest"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// everyMethod is a service with all ways to add funds, and what each needs to be begun.
func everyMethod(t *testing.T) *bankFixture {
	t.Helper()
	f := newBankFixture(t, store.NewMemory())
	b := testBank()
	coins := btcpaytest.New(t, f.clock, httptest.NewTLSServer)
	coin, err := btcpay.New(btcpay.Options{
		URL: coins.URL, Store: btcpaytest.Store, Key: btcpaytest.Key, WebhookSecrets: []string{"whsec_secret"},
		Client: coins.Client(), Now: f.clock, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	post := funding.Post{Payee: "Tuppence Ltd", Address: "1 Mill Lane"}
	to := funding.Payee{Name: post.Payee, Address: post.Address, IBAN: annsIBAN}
	f.methods = []funding.Method{
		f.card,
		funding.Phone{Card: f.card},
		coin,
		debit.ECheck{Bank: b},
		debit.AutoDebit{Bank: b},
		funding.Check{Post: post},
		funding.MoneyOrder{Post: post},
		funding.PurchaseOrder{To: to},
		funding.MailedBill{To: to},
		funding.Bill{Name: ledger.MethodISP},
		funding.Bill{Name: ledger.MethodUtility},
	}
	f.card.Page = "https://processor.example"
	for name, kind := range map[string]string{"northnet": ledger.MethodISP, "stadtwerk": ledger.MethodUtility} {
		_, err := f.SetBiller(f.ctx, f.operator, view.BillerRequest{
			Name: name, Title: name, Kind: kind, Cap: eur(5000), Cost: "8 %",
		})
		must(t, err)
	}
	return f
}

// door begins something new by a method; n tells one try from another.
type door func(n int) error

// doorsOf are all doors of each method, by its name and what is done there.
func (f *bankFixture) doorsOf() map[string]map[string]door {
	fund := func(method string, a ledger.Amount) door {
		who := f.join("ann by " + method)
		return func(int) error {
			_, err := f.Fund(f.ctx, who, view.FundRequest{Method: method, Amount: a})
			return err
		}
	}
	bank := func(who view.Caller, c ledger.Currency) view.Caller {
		f.adds(who, c)
		f.sends("echeck")
		f.days(8) // the bank is asked whether the account is there
		f.touch(who)
		return who
	}
	usd := ledger.Amount{Micros: 20 * ledger.Unit, Currency: "USD"}
	dora, ellen := bank(f.join("dora"), "USD"), bank(f.join("ellen"), "EUR")
	signer, rita := f.signs("signer"), f.rep("rita")
	f.lendsOrders(signer.Caller, eur(50_000))
	joins := func(biller string) door {
		return func(n int) error {
			_, err := f.JoinBiller(f.ctx, f.join(fmt.Sprintf("%s %d", biller, n)), biller, fmt.Sprintf("acc 00%d", n))
			return err
		}
	}
	debits := func(who view.Caller, method string, a ledger.Amount) door {
		return func(int) error {
			_, err := f.Fund(f.ctx, who, view.FundRequest{Method: method, Amount: a})
			return err
		}
	}
	phoned := f.user(f.join("phoned")).Handle
	lender := lent{fixture: f.fixture, ann: f.join("lent")}
	lender.shop, _ = f.vendor("news")
	return map[string]map[string]door{
		"card":      {"fund": fund("card", eur(500))},
		"ecurrency": {"fund": fund("ecurrency", eur(2000))},
		"phone": {"phone": func(int) error {
			_, err := f.PayByPhone(f.ctx, f.operator, phoned, eur(2000))
			return err
		}},
		"echeck": {"fund": debits(dora, "echeck", usd)},
		"autodebit": {"fund": debits(ellen, "autodebit", eur(2000)), "weekly budget": func(int) error {
			_, err := f.SetRefill(f.ctx, ellen, view.RefillRequest{Budget: eur(2000), Weekday: time.Monday})
			return err
		}},
		"check":       {"fund": fund("check", eur(500))},
		"money-order": {"fund": fund("money-order", eur(500))},
		funding.OrderName: {"signed": func(n int) error {
			v, err := f.OrderTemplate(f.ctx, signer.Caller, fmt.Sprintf("PO-%d", n), eur(2000), time.Time{})
			must(f.t, err)
			_, err = f.SubmitOrder(f.ctx, signer.Caller,
				f.signed(v.Text, signer.key, sshsig.HashSHA512, "purchase@pay.example"))
			return err
		}, "on paper": func(n int) error {
			_, err := f.EnterOrder(f.ctx, rita, view.PaperOrder{
				Wallet: f.user(signer.Caller).Handle, Number: fmt.Sprintf("P-%d", n), Amount: eur(2000),
				Scan: strings.Repeat("ab", 32), Until: f.clock().Add(oneDay),
			})
			return err
		}},
		ledger.BillMethod: {"credit line": func(n int) error {
			who := f.user(f.join(fmt.Sprintf("postpaid %d", n))).Handle
			_, err := f.SetCredit(f.ctx, f.operator, who, eur(500), "known for years")
			return err
		}, "purchase": func(n int) error {
			if n == 0 {
				_, err := f.SetCredit(f.ctx, f.operator, f.user(lender.ann).Handle, eur(500), "known for years")
				must(f.t, err)
			}
			return lender.tries(lender.ann)
		}},
		ledger.MethodISP:     {"biller join": joins("northnet")},
		ledger.MethodUtility: {"biller join": joins("stadtwerk")},
	}
}

// Each way to add funds is held at each of its doors while it is frozen, with the reason, and opens again.
func TestEveryMethodIsFrozen(t *testing.T) {
	f := everyMethod(t)
	doors := f.doorsOf()
	is(t, "methods", len(f.methods), 11)
	for _, m := range f.methods {
		name := m.Info().Name
		if len(doors[name]) == 0 {
			t.Errorf("%s has no door here", name)
		}
		for what, begin := range doors[name] {
			if err := begin(0); err != nil {
				t.Errorf("%s, %s: not begun while it is open: %v", name, what, err)
			}
			_, err := f.SetMethod(f.ctx, f.operator, name, false, "The bank is closed.")
			must(t, err)
			var no *ledger.Refusal
			switch err := begin(1); {
			case !errors.As(err, &no):
				t.Errorf("%s, %s: begun while it is frozen: %v", name, what, err)
			case !strings.Contains(no.Detail, "The bank is closed."):
				t.Errorf("%s, %s: refused without the reason: %v", name, what, no)
			}
			_, err = f.SetMethod(f.ctx, f.operator, name, true, "")
			must(t, err)
			if err := begin(2); err != nil {
				t.Errorf("%s, %s: not begun after it was opened again: %v", name, what, err)
			}
		}
	}
}

// While bills are frozen nothing is bought on credit and the wallet says why; what is owed is billed and paid, and
// tokens buy as before.
func TestFrozenBills(t *testing.T) {
	d := newLent(t)
	v, err := d.SetCredit(d.ctx, d.operator, d.user(d.ann).Handle, eur(500), "known for years")
	must(t, err)
	d.buysFive()
	d.methods = append(d.methods, funding.MailedBill{To: funding.Payee{Name: "Tuppence Ltd", IBAN: annsIBAN}})
	_, err = d.SetMethod(d.ctx, d.operator, "bill", false, "The bank is closed.")
	must(t, err)
	no := d.refused(ledger.ErrFunds, func() error { return d.tries(d.ann) })
	is(t, "shortfall", no.Shortfall, eur(25))
	w := d.overview(d.ann).Wallets[0]
	is(t, "available", w.Available, eur(0))
	is(t, "why", w.Credit.Words(view.Format{}), "Nothing is bought on credit for now: The bank is closed.")
	d.until(v.NextBill.Time)
	d.Sweep(d.ctx)
	bills, err := d.Bills(d.ctx, d.ann)
	must(t, err)
	is(t, "billed", bills[0].Amount, eur(125))
	_, err = d.Fund(d.ctx, d.ann, view.FundRequest{Amount: eur(500), Method: "card"})
	must(t, err)
	is(t, "available", d.overview(d.ann).Wallets[0].Available, eur(375))
	must(t, d.tries(d.ann))
	_, err = d.SetCredit(d.ctx, d.operator, d.user(d.ann).Handle, eur(100), "less")
	must(t, err)
	d.refused(ledger.ErrState, func() error {
		_, err := d.SetCredit(d.ctx, d.operator, d.user(d.ann).Handle, eur(200), "more")
		return err
	})
	_, err = d.SetMethod(d.ctx, d.operator, "bill", true, "")
	must(t, err)
	is(t, "available", d.overview(d.ann).Wallets[0].Available, eur(450))
}
