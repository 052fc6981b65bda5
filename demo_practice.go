package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// The practice queue of the demo: twelve cases of the desk, for who learns to work there. Every one of them is made as
// people and staff would make it, by the same use cases, and says PRACTICE; the money is simulated as all of a demo is.

const (
	practiceFile = "practice" // says that the cases are made
	practiceMark = "PRACTICE"
)

// practice is who plays: keys that nobody has, so nobody logs in with them.
type practice struct {
	svc                 *server.Server
	ctx                 context.Context //nolint:containedctx // of one call
	operator, rep, rep2 view.Caller
	ann, bob            view.Caller
	err                 error
}

// practiceKey is a caller whose key nobody has.
func practiceKey(name string) view.Caller {
	sum := sha256.Sum256([]byte("tuppence practice " + name))
	return view.Caller{Fingerprint: "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])}
}

// practiseOnce makes the cases at the first start with --practice. A start that was cut off makes them again.
func practiseOnce(ctx context.Context, c Config, svc *server.Server, operator string) error {
	path := filepath.Join(c.Data, practiceFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	p := &practice{
		svc: svc, ctx: ctx, operator: view.Caller{Fingerprint: operator}, rep: practiceKey("rep"), rep2: practiceKey("rep2"),
		ann: practiceKey("ann"), bob: practiceKey("bob"),
	}
	for _, part := range []func(){p.people, p.disputes, p.receipts, p.proposals, p.instruments, p.orders} {
		if part(); p.err != nil {
			return fmt.Errorf("practice queue: %w", p.err)
		}
	}
	return writeNew(path, []byte("The cases of the desk are made.\n"))
}

// must keeps the first fault. What an earlier start has made already is none.
func (p *practice) must(err error) {
	if p.err == nil && err != nil && !errors.Is(err, ledger.ErrState) {
		p.err = err
	}
}

func euros(cents int64) ledger.Amount {
	return ledger.Amount{Micros: cents * ledger.Unit / 100, Currency: "EUR"}
}

// people are two representatives and two wallets with money.
func (p *practice) people() {
	for _, st := range []struct {
		key  view.Caller
		name string
	}{{p.rep, "practice rep"}, {p.rep2, "practice colleague"}} {
		_, err := p.svc.StaffAdd(p.ctx, p.operator, st.key.Fingerprint+" "+st.name, ledger.RoleRep, "")
		p.must(err)
	}
	for _, who := range []view.Caller{p.ann, p.bob} {
		_, err := p.svc.Join(p.ctx, who, view.JoinRequest{Accept: true})
		p.must(err)
		_, err = p.svc.Fund(p.ctx, who, view.FundRequest{Amount: euros(5000), Method: "card"})
		p.must(err)
		_, _, err = p.svc.SetLimit(p.ctx, who, ledger.LimitChange{
			Currency: "EUR", Period: "purchase", Max: 10 * ledger.Unit, Confirmed: true,
		})
		p.must(err)
	}
}

// handle is the handle of a wallet.
func (p *practice) handle(who view.Caller) string {
	id, err := p.svc.WhoAmI(p.ctx, who)
	p.must(err)
	return id.Handle
}

// vendor opens the vendor of the sales that are disputed.
func (p *practice) vendor() *server.Seller {
	const name = "practice-press"
	k, err := p.svc.VendorCreate(p.ctx, p.operator, view.VendorRequest{
		Name: name, Title: practiceMark + " Press", Origin: "https://practice.example",
	})
	if errors.Is(err, ledger.ErrState) {
		k, err = p.svc.VendorKey(p.ctx, p.operator, name)
	}
	p.must(err)
	if p.err != nil {
		return nil
	}
	v, err := p.svc.Authenticate(p.ctx, k.Key)
	p.must(err)
	return v
}

// asks names a request of the vendor.
func asks(what string) server.Request {
	return server.Request{Key: "practice/" + what, Fingerprint: sha256.Sum256([]byte(what))}
}

// disputes are three: above what is paid back by rule, so that each waits.
func (p *practice) disputes() {
	v := p.vendor()
	for i, d := range []struct{ title, reason, text string }{
		{"The tides, in sixty charts", "not_delivered", "The page stayed empty."},
		{"A city from above", "not_as_described", "It is the street, not the roofs."},
		{"Letters, second series", "duplicate", "I have it twice."},
	} {
		if p.err != nil {
			return
		}
		title := practiceMark + ": " + d.title
		c, _, err := v.CreateCheckout(p.ctx, asks(title), server.CheckoutOrder{Offer: ledger.Offer{
			Title: title, Kind: ledger.Content, Price: euros(120 + int64(i)*30),
			ContentURL: fmt.Sprintf("https://practice.example/%d", i),
		}})
		p.must(err)
		if p.err != nil {
			return
		}
		sold, err := p.svc.Answer(p.ctx, p.ann, view.Answer{Code: c.UserCode, Yes: true})
		p.must(err)
		if err != nil {
			continue
		}
		_, err = p.svc.Dispute(p.ctx, p.ann, view.DisputeRequest{
			ID: sold.ID, Reason: d.reason, Text: practiceMark + ": " + d.text,
		})
		p.must(err)
	}
}

// receipts are money whose reference is wrong, or that has none.
func (p *practice) receipts() {
	for _, r := range []view.UnallocatedRequest{
		{Amount: euros(2000), Source: "check", Text: practiceMark + " RF00 0000 0000", Note: "The digits do not fit."},
		{Amount: euros(1550), Source: "money-order", Text: practiceMark + " my wallet", Note: "No reference at all."},
		{Amount: euros(4000), Source: "bank", Text: practiceMark + " invoice 17", Note: "There is no such invoice."},
	} {
		_, err := p.svc.ReceiptAdd(p.ctx, p.rep, r)
		p.must(err)
	}
}

// proposals wait for a second person: anybody at the desk but who proposed them.
func (p *practice) proposals() {
	for _, x := range []struct {
		to     view.Caller
		amount ledger.Amount
		reason string
	}{
		{p.ann, euros(2500), "the tides stayed empty for a week"},
		{p.bob, euros(3500), "a bank's fee that was our mistake"},
	} {
		_, err := p.svc.DeskCredit(p.ctx, p.rep, p.handle(x.to), x.amount, practiceMark+": "+x.reason)
		p.must(err)
	}
}

// instruments are a check that has come, and one more of a wallet whose last one bounced.
func (p *practice) instruments() {
	check := func(who view.Caller, amount ledger.Amount, steps ...string) {
		d, err := p.svc.Fund(p.ctx, who, view.FundRequest{Amount: amount, Method: "check"})
		p.must(err)
		for _, step := range steps {
			if p.err == nil {
				_, err := p.svc.AdvanceDeposit(p.ctx, p.rep, d.Reference, step, amount)
				p.must(err)
			}
		}
	}
	check(p.ann, euros(3000), "received")
	check(p.bob, euros(4500), "received", "bounced")
	check(p.bob, euros(4500), "received")
}

// orders are one that waits for a second person, and one whose invoice is overdue: a demo makes due at once what ends
// in .16.
func (p *practice) orders() {
	bob := p.handle(p.bob)
	_, err := p.svc.SetOrderLimit(p.ctx, p.operator, bob, euros(50_000))
	p.must(err)
	enter := func(number string, amount ledger.Amount) view.Deposit {
		scan := sha256.Sum256([]byte(number))
		d, err := p.svc.EnterOrder(p.ctx, p.rep, view.PaperOrder{
			Wallet: bob, Number: number, Amount: amount, Until: time.Now().AddDate(0, 0, 30), Scan: fmt.Sprintf("%x", scan),
		})
		p.must(err)
		return d
	}
	enter(practiceMark+"-17", euros(12_000))
	late := enter(practiceMark+"-9", euros(3016))
	if p.err == nil {
		_, err = p.svc.DecideOrder(p.ctx, p.rep2, late.ID, "accept", late.Amount, "")
		p.must(err)
	}
}
