package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// office is a service with a shop that sells by a royalty plan, a prepaid buyer who is a payee, a postpaid one with an
// address, and two operators. Its steps may be taken in any order: what cannot be done is refused.
type office struct {
	selling
	plan   uint64
	offer  ledger.OfferID
	second view.Caller
	bob    lent
	n      int
	sold   string // the newest sale
	held   string // the newest dispute
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{selling: sellingOn(t, store.NewMemory()), second: caller("second operator")}
	_, err := o.StaffAdd(o.ctx, o.operator, o.second.Fingerprint, ledger.RoleOperator, "")
	must(t, err)
	to := funding.Payee{Name: "Tuppence Ltd", Address: "Road 1, 10115 Berlin, DE", IBAN: annsIBAN}
	o.methods = append(o.methods, funding.MailedBill{To: to}, debit.AutoDebit{Bank: testBank()})
	plan, _, err := o.v.CreateRoyaltyPlan(o.ctx, asking("p", "p"), author(1000))
	must(t, err)
	o.plan = opened(t, o.v.OpenRoyaltyPlan, plan.ID)
	made, err := o.posts("x", eur(200), plan.ID)
	must(t, err)
	o.offer = made
	o.unlimited(o.who)
	(&bankFixture{fixture: o.fixture}).adds(o.who, "EUR")
	o.bob = lent{fixture: o.fixture, ann: o.join("bob")}
	o.bob.shop, _ = o.vendor("games")
	for name, value := range map[string]string{
		"provisional_credit": "5", "provisional_after": "0m", "dispute_auto": "0.10", "dispute_ratio": "100 %",
		"dormant_notice": "1d", "bill_due": "1d", "write_off": "1d", "bill_reminder": "1d", "new_for": "0m",
	} {
		_, err := o.SetPolicy(o.ctx, o.operator, name, value)
		must(t, err)
	}
	return o
}

// steps are what may happen, by name.
func (o *office) steps() map[string]func() error {
	set := func(name, value string) func() error {
		return func() error {
			_, err := o.SetPolicy(o.ctx, o.operator, name, value)
			return err
		}
	}
	pass := func(days int) func() error {
		return func() error {
			o.time.Pass(time.Duration(days) * 24 * time.Hour)
			o.Sweep(o.ctx)
			return nil
		}
	}
	method := func(name string, thaw bool) func() error {
		return func() error {
			_, err := o.SetMethod(o.ctx, o.operator, name, thaw, "The bank is closed.")
			return err
		}
	}
	decide := func(user bool) func() error {
		return func() error {
			_, err := o.Decide(o.ctx, o.operator, o.held, user, "as it is")
			return err
		}
	}
	ann, bob := o.user(o.who).Handle, o.user(o.bob.ann).Handle
	all := map[string]func() error{
		"sell": o.sell, "refund": o.refund, "dispute": o.disputes, "for the buyer": decide(true),
		"for the vendor": decide(false), "give in": o.givesIn,
		"plan of half":        func() error { return o.planOf("Ada:author:50%") },
		"plan with an amount": func() error { return o.planOf("Ada:author:10%, Press:publisher:0.30") },
		"plan over the price": func() error { return o.planOf("Ada:author:1.99, Press:publisher:0.30") },
		"price of one cent":   o.cheapens,
		"commission of half":  set("commission", "50 %"), "commission of five": set("commission", "5 %"),
		"self-dealing flagged": set("self_dealing", "flag"), "self-dealing refused": set("self_dealing", "refuse"),
		"payee is the buyer": func() error {
			_, err := o.SetPayTerms(o.ctx, o.operator, view.TermsChange{Vendor: "news", Payee: "Ada", Wallet: ann})
			return err
		},
		"settle": func() error {
			_, err := o.SettleRun(o.ctx, o.operator, view.SettleOrder{Vendor: "news"})
			return err
		},
		"lend": func() error {
			_, err := o.SetCredit(o.ctx, o.operator, bob, eur(1500), "known for years")
			return err
		},
		"lend nothing": func() error {
			_, err := o.SetCredit(o.ctx, o.operator, bob, eur(0), "moved away")
			return err
		},
		"buy on credit": func() error { return o.bob.tries(o.bob.ann) },
		"bill": func() error {
			_, err := o.BillNow(o.ctx, o.operator, bob, "EUR")
			return err
		},
		"pay the bill": o.paysBill,
		"write off": func() error {
			_, err := o.WriteOff(o.ctx, o.operator, bob, o.owedBy(bob, "EUR"), "gone")
			return err
		},
		"write off by another": func() error {
			_, err := o.WriteOff(o.ctx, o.second, bob, o.owedBy(bob, "EUR"), "gone")
			return err
		},
		"address": func() error {
			_, err := o.SetAddress(o.ctx, o.bob.ann, annsAddress)
			return err
		},
		"no address": func() error {
			_, err := o.RemoveAddress(o.ctx, o.bob.ann)
			return err
		},
		"print": func() error {
			_, err := o.PrintBills(o.ctx, o.operator, 0)
			return err
		},
		"print again": func() error {
			_, err := o.PrintBills(o.ctx, o.operator, 1)
			return err
		},
		"freeze bills": method("bill", false), "thaw bills": method("bill", true),
		"fund": func() error {
			_, err := o.Fund(o.ctx, o.who, view.FundRequest{Amount: eur(500), Method: "card"})
			return err
		},
		"thaw bob": func() error {
			_, err := o.Thaw(o.ctx, o.operator, bob, "he called")
			return err
		},
		"weekly budget": func() error {
			_, err := o.SetRefill(o.ctx, o.who, view.RefillRequest{Budget: eur(2000), Weekday: time.Monday})
			return err
		},
		"no weekly budget": func() error {
			_, err := o.EndRefill(o.ctx, o.who, "EUR")
			return err
		},
		"balances sleep": set("dormant_after", "20d"), "balances never sleep": set("dormant_after", "0s"),
		"ann comes": func() error {
			_, err := o.WhoAmI(o.ctx, o.who)
			return errors.Join(err, o.Touch(o.ctx, o.who))
		},
		"bob comes": func() error {
			_, err := o.WhoAmI(o.ctx, o.bob.ann)
			return errors.Join(err, o.Touch(o.ctx, o.bob.ann))
		},
		"remit": func() error {
			_, err := o.Remit(o.ctx, o.operator, ann, o.unclaimedBy(ann, "EUR"), "the law")
			return err
		},
		"remit by another": func() error {
			_, err := o.Remit(o.ctx, o.second, ann, o.unclaimedBy(ann, "EUR"), "the law")
			return err
		},
		"a day": pass(1), "three weeks": pass(21), "a month": pass(31), "a quarter": pass(100), "back a week": pass(-7),
		"close by hand": func() error {
			_, err := o.CloseMonth(o.ctx, o.operator, o.clock().AddDate(0, -1, -10).Format("2006-01"), true)
			return err
		},
	}
	return all
}

func (o *office) sell() error {
	o.n++
	key := fmt.Sprint("sale ", o.n)
	c, _, err := o.v.Charge(o.ctx, asking(key, key), ChargeOrder{Link: o.link, Offer: o.offer})
	if err == nil {
		o.sold = c.ID
	}
	return err
}

func (o *office) refund() error {
	no, err := o.seal.OpenCharge(o.sold)
	if err != nil {
		return ledger.RefuseNotFound("charge")
	}
	o.n++
	key := fmt.Sprint("refund ", o.n)
	_, _, err = o.v.Refund(o.ctx, asking(key, key), RefundOrder{Charge: no, Amount: eur(70)})
	return err
}

func (o *office) disputes() error {
	if o.sold == "" {
		return nil
	}
	d, err := o.Dispute(o.ctx, o.who, view.DisputeRequest{ID: o.sold, Reason: "duplicate"})
	if err == nil {
		o.held = d.ID
	}
	return err
}

func (o *office) givesIn() error {
	no, err := o.seal.OpenDispute(o.held)
	if err != nil {
		return ledger.RefuseNotFound("dispute")
	}
	o.n++
	key := fmt.Sprint("gives in ", o.n)
	_, _, err = o.v.AcceptDispute(o.ctx, asking(key, key), no)
	return err
}

func (o *office) planOf(lines string) error {
	q := view.RoyaltyPlanOrder{Vendor: "news", Plan: "standard", Lines: lines, Currency: "EUR"}
	_, err := o.SetRoyaltyPlan(o.ctx, o.operator, q)
	return err
}

// cheapens posts the offer for a cent, so that nearly no plan with an amount fits it.
func (o *office) cheapens() error {
	_, _, err := o.v.ChangeOffer(o.ctx, Request{}, o.offer, func(v *ledger.Offer) { v.Price = eur(1) })
	return err
}

// paysBill pays the oldest bill that is open, by its reference.
func (o *office) paysBill() error {
	all, err := o.Bills(o.ctx, o.bob.ann)
	if err != nil {
		return err
	}
	for _, b := range slices.Backward(all) {
		if b.Left.Micros == 0 {
			continue
		}
		pay := b.Left.WholeMinor()
		for _, step := range []string{"received", "cleared"} {
			if _, err := o.AdvanceDeposit(o.ctx, o.operator, b.Reference, step, pay); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// takes takes steps in their order, and audits the books after each. It returns how many were not refused.
func (o *office) takes(t *testing.T, names []string) (taken int) {
	t.Helper()
	steps := o.steps()
	for i, name := range names {
		do, known := steps[name]
		if !known {
			t.Fatalf("no step %q", name)
		}
		var no *ledger.Refusal
		switch err := do(); {
		case err == nil:
			taken++
		case errors.As(err, &no) && no.Detail != "" && no.Remedy != "":
			t.Logf("%s: %v", name, no)
		case !errors.As(err, &no) || no.Detail == "" || no.Remedy == "":
			t.Fatalf("%v: step %d, %s: %v", names[:i+1], i, name, err)
		}
		o.clean()
		if bad := t.Failed(); bad {
			t.Fatalf("after %s", strings.Join(names[:i+1], ", "))
		}
	}
	return taken
}

// officeOrders are orders of events that were thought of, with what is refused in them.
var officeOrders = []struct {
	steps   string
	refused int
}{
	{"sell, plan of half, refund, sell, refund, settle, refund", 0},
	{"sell, plan with an amount, price of one cent, plan over the price, sell, commission of half, sell, refund", 2},
	{"plan with an amount, sell, dispute, for the vendor, a month, settle, refund", 0},
	{"sell, dispute, settle, for the buyer, a month, refund", 1},
	{"sell, dispute, give in, sell, dispute, for the vendor, balances sleep, three weeks, three weeks, a month", 0},
	{"payee is the buyer, sell, self-dealing flagged, sell, dispute, give in, refund, settle", 2},
	{"lend, buy on credit, bill, freeze bills, buy on credit, bill, pay the bill, thaw bills, buy on credit, bill", 2},
	{"lend, buy on credit, bill, address, print, no address, print again, pay the bill, three weeks, print", 1},
	{"lend, buy on credit, bill, three weeks, write off, write off, write off by another, thaw bob, pay the bill", 1},
	{"lend, buy on credit, freeze bills, lend nothing, lend, a month, pay the bill, thaw bills, lend", 1},
	{"balances sleep, three weeks, three weeks, remit, remit, remit by another, ann comes, fund, sell", 1},
	{"balances sleep, three weeks, three weeks, remit, ann comes, remit by another, sell, refund, a quarter", 1},
	{"sell, a month, close by hand, a quarter, close by hand, back a week, refund, a month, sell", 2},
	{"sell, balances sleep, three weeks, three weeks, refund, three weeks, three weeks, ann comes, sell", 0},
	{"lend, buy on credit, balances sleep, three weeks, three weeks, bill, bob comes, pay the bill, a month", 0},
}

// Whatever the order in which plans, disputes, bills, months and sleeping balances meet, the books are clean.
func TestOfficeInManyOrders(t *testing.T) {
	for _, tt := range officeOrders {
		t.Run(strings.ReplaceAll(tt.steps, ", ", "_"), func(t *testing.T) {
			names := strings.Split(tt.steps, ", ")
			o := newOffice(t)
			if refused := len(names) - o.takes(t, names); refused != tt.refused {
				t.Errorf("%d were refused, want %d", refused, tt.refused)
			}
		})
	}
}

// The same steps, shuffled, behind some that make others possible.
func TestOfficeShuffled(t *testing.T) {
	for seed := range uint64(20) {
		o := newOffice(t)
		var names []string
		for name := range o.steps() {
			names = append(names, name)
		}
		slices.Sort(names)
		draw := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the same at each run
		steps := strings.Split("sell, lend, buy on credit, bill, weekly budget, address, balances sleep", ", ")
		for len(steps) < 50 {
			steps = append(steps, names[draw.IntN(len(names))])
		}
		o.takes(t, steps)
	}
}
