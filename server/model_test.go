package server

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tuppence/server/books"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// Whatever users, vendors, staff and time do through the service, in whatever order: every answer is an outcome or a
// refusal, the same key returns the same, and after every step the books are clean and histories add up.
func TestWhateverIsAskedTheBooksAreClean(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newModel(t)
		r.Repeat(map[string]func(*rapid.T){
			"card": w.card, "check": w.check, "desk": w.step, "charge": w.charge, "many": w.many,
			"checkout": w.checkout, "answer": w.answer,
			"phone": w.phone, "order": w.purchaseOrder, "bill": w.bill, "biller": w.biller,
			"office": w.office,
			"refund": w.refund, "use": w.use, "revoke": w.revoke,
			"dispute": w.dispute, "verdict": w.verdict, "contest": w.contest,
			"hold":   w.endHold,
			"bank":   w.bankStep,
			"redeem": w.redeemStep, "refill": w.refillStep,
			"gift":     w.gift,
			"proposal": w.proposal, "credit": w.credit, "incentive": w.incentive, "plan": w.plan,
			"exchange": w.exchange, "rates": w.rates, "settle": w.settle, "payout": w.payout,
			"payout way": w.payoutWay,
			"send":       w.send, "end a transfer": w.endTransfer,
			"limit": w.limit, "link": w.link, "window": w.window, "recover": w.recover,
			"closing": w.closing, "policy": w.policy, "time": w.pass, "program": w.program, "program buys": w.programBuys,
			"": func(r *rapid.T) { w.audit(r) },
		})
	})
}

// model remembers names of things, nothing else.
type model struct {
	*fixture
	people  []view.Caller
	codes   map[string]string // recovery codes by fingerprint
	sellers []*Seller
	offers  []ledger.OfferID

	checks, disputes, transfers, claims, asked []string
	proposals                                  []string
	orders, spoken                             []string // purchase orders; codes by phone
	staff                                      []view.Caller
	sales                                      []ledger.EntryNo
	charged                                    map[string]ledger.EntryNo // by idempotency key
	banks                                      banks
	gate                                       *fakeGateway
	redemptions                                []string // and files of them
	closed                                     []string // codes of closed wallets, and of those before
}

func newModel(t *testing.T) *model {
	t.Helper()
	w := &model{
		fixture: newFixtureOn(t, store.NewMemory()), codes: map[string]string{}, charged: map[string]ledger.EntryNo{},
	}
	if _, err := w.StaffAdd(w.ctx, w.operator, keyOf(caller("rita")), ledger.RoleRep, ""); err != nil {
		t.Fatal(err)
	}
	w.methods = append(w.methods, debit.ECheck{Bank: testBank()}, debit.AutoDebit{Bank: testBank()})
	w.gate = w.withGateway(testBank())
	for _, name := range []string{"ann", "bob", "eve"} {
		who := caller(name)
		j, err := w.Join(w.ctx, who, view.JoinRequest{Accept: true})
		if err != nil {
			t.Fatal(err)
		}
		w.people, w.codes[who.Fingerprint] = append(w.people, who), j.RecoveryCode
		w.touch(who)
		if _, err := w.Fund(w.ctx, who, view.FundRequest{Amount: eur(2000), Method: "card"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"news", "games"} {
		_, key := w.vendor(name)
		v, err := w.Authenticate(w.ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		o, _, err := v.CreateOffer(w.ctx, Request{}, ledger.Offer{
			Title: "Rivers", Kind: ledger.Content, Price: ledger.Amount{Micros: 333_333, Currency: "EUR"},
			ContentURL: "https://" + name + ".example/a",
			Bounds:     ledger.Bounds{Views: 3, Days: 30}, Created: w.clock(),
			Royalties: []ledger.Royalty{{Name: "A", Role: "author", BasisPoints: 3333}, {Name: "B", Role: "owner", Fixed: 7}},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.sellers, w.offers = append(w.sellers, v), append(w.offers, opened(t, w.seal.OpenOffer, o.ID))
		for _, who := range w.people {
			q := view.LinkRequest{Vendor: name, Currency: "EUR", Total: 3 * ledger.Unit}
			if _, err := w.Link(w.ctx, who, q); err != nil {
				t.Fatal(err)
			}
		}
	}
	return w
}

// ok tells whether something happened; anything but a refusal is a fault.
func (w *model) ok(r *rapid.T, err error) bool {
	r.Helper()
	var no *ledger.Refusal
	switch {
	case err == nil:
		return true
	case !errors.As(err, &no), no.Detail == "", no.Remedy == "":
		r.Fatalf("no refusal that helps: %v", err)
	}
	return false
}

func (w *model) audit(r *rapid.T) {
	err := w.store.View(context.Background(), func(kv store.Reader) error {
		report, err := books.Audit(context.Background(), kv, nil)
		if !report.Clean() {
			r.Fatalf("%+v", report.Findings)
		}
		for id := ledger.UserID(1); err == nil; id++ {
			u, found, fault := books.Read(kv).User(id)
			if fault != nil || !found {
				return fault
			}
			_, err = w.historySums(books.Read(kv), u)
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
}

func (w *model) who(r *rapid.T) view.Caller { return rapid.SampledFrom(w.people).Draw(r, "who") }

// one draws a name that is known, or one that is not.
func one(r *rapid.T, what string, of []string) string {
	return rapid.SampledFrom(append([]string{"nothing"}, of...)).Draw(r, what)
}

func (w *model) currency(r *rapid.T) ledger.Currency {
	return rapid.SampledFrom([]ledger.Currency{"EUR", "EUR", "USD"}).Draw(r, "currency")
}

func (w *model) card(r *rapid.T) {
	cents := rapid.SampledFrom([]int64{100, 1013, 1014, 1015, 516, 30_000}).Draw(r, "cents")
	_, err := w.Fund(w.ctx, w.who(r), view.FundRequest{
		Amount: ledger.Amount{
			Micros:   cents * 10_000,
			Currency: w.currency(r),
		}, Method: "card", Key: rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "key"),
	})
	w.ok(r, err)
}

func (w *model) check(r *rapid.T) {
	d, err := w.Fund(w.ctx, w.who(r), view.FundRequest{Amount: eur(500), Method: "check"})
	if w.ok(r, err) {
		w.checks = append(w.checks, d.Reference)
	}
}

func (w *model) step(r *rapid.T) {
	step := rapid.SampledFrom([]string{"received", "cleared", "bounced"}).Draw(r, "step")
	_, err := w.AdvanceDeposit(
		w.ctx,
		w.operator,
		one(r, "check", w.checks),
		step,
		eur(rapid.SampledFrom([]int64{500, 500, 501}).Draw(r, "cents")),
	)
	w.ok(r, err)
}

func (w *model) charge(r *rapid.T) {
	i, u := rapid.IntRange(0, 1).Draw(r, "vendor"), w.user(w.who(r))
	id := ledger.LinkID{
		User:       u.ID,
		Vendor:     w.sellers[i].ID,
		Currency:   w.currency(r),
		Generation: rapid.SampledFrom([]uint32{1, 1, 2}).Draw(r, "generation"),
	}
	n := rapid.Uint32Range(1, 3).Draw(r, "quantity")
	hold := rapid.Bool().Draw(r, "hold")
	body := fmt.Sprint(id, n, hold)
	key := body + rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "key")
	o := ChargeOrder{Link: id, Offer: w.offers[i], Quantity: n, Hold: hold}
	sold, _, err := w.sellers[i].Charge(w.ctx, asking(key, body), o)
	if !w.ok(r, err) {
		var no *ledger.Refusal
		if errors.As(err, &no); no.Approve != "" {
			w.asked = append(w.asked, no.Approve)
		}
		if w.charged[key] != 0 {
			r.Fatalf("a key that was answered with a sale is answered with %v", err)
		}
		return
	}
	no := opened(w.t, w.seal.OpenCharge, sold.ID)
	switch had := w.charged[key]; had {
	case 0:
		w.charged[key], w.sales = no, append(w.sales, no)
	case no:
	default:
		r.Fatalf("one key sold %d and %d", had, no)
	}
}

func (w *model) checkout(r *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(r, "vendor")
	mode := rapid.SampledFrom([]ledger.CheckoutMode{ledger.ModeCharge, ledger.ModeHold, ledger.ModeLink}).Draw(r, "mode")
	key := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "key")
	c, _, err := w.sellers[i].CreateCheckout(
		w.ctx,
		asking("checkout "+key, string(mode)),
		CheckoutOrder{Mode: mode, OfferID: w.offers[i]},
	)
	if w.ok(r, err) {
		w.asked = append(w.asked, c.UserCode)
	}
}

func (w *model) answer(r *rapid.T) {
	receipt, err := w.Answer(w.ctx, w.who(r), view.Answer{
		Code: one(r, "code", w.asked), Yes: rapid.Bool().Draw(r, "yes"), Link: rapid.Bool().Draw(r, "and link"),
		Block: rapid.IntRange(0, 9).Draw(r, "block") == 0,
	})
	if w.ok(r, err) && receipt.ID != "" && !receipt.Again {
		no, err := w.seal.OpenCharge(receipt.ID)
		if err != nil {
			r.Fatal(err)
		}
		w.sales = append(w.sales, no)
	}
}

// sale draws a sale, its vendor or another one, and its name.
func (w *model) sale(r *rapid.T) (*Seller, ledger.EntryNo) {
	if len(w.sales) == 0 {
		r.Skip("no sales")
	}
	return rapid.SampledFrom(w.sellers).Draw(r, "vendor"), rapid.SampledFrom(w.sales).Draw(r, "sale")
}

func (w *model) refund(r *rapid.T) {
	v, no := w.sale(r)
	o := RefundOrder{Charge: no}
	if part := rapid.Int64Range(0, 400_000).Draw(r, "part"); part > 0 {
		o.Amount = ledger.Amount{Micros: part, Currency: "EUR"}
	}
	body := fmt.Sprint(o)
	_, _, err := v.Refund(w.ctx, asking("refund "+body, body), o)
	w.ok(r, err)
}

func (w *model) endHold(r *rapid.T) {
	v, no := w.sale(r)
	part := rapid.Int64Range(0, 300_000).Draw(r, "part")
	body := fmt.Sprint(no, part)
	var err error
	switch o := (CaptureOrder{Charge: no}); {
	case rapid.Bool().Draw(r, "void"):
		_, _, err = v.Void(w.ctx, asking("void "+body, body), no)
	case part > 0:
		o.Amount = ledger.Amount{Micros: part, Currency: "EUR"}
		fallthrough
	default:
		_, _, err = v.Capture(w.ctx, asking("capture "+body, body), o)
	}
	w.ok(r, err)
}

func (w *model) use(r *rapid.T) {
	v, no := w.sale(r)
	_, _, err := v.Consume(
		w.ctx,
		Request{},
		Use{Grant: no, N: 1, RequestID: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "request")},
	)
	w.ok(r, err)
}

func (w *model) revoke(r *rapid.T) {
	v, no := w.sale(r)
	_, _, err := v.Revoke(w.ctx, asking(fmt.Sprint("revoke ", no), ""), no, "shared")
	w.ok(r, err)
}

func (w *model) dispute(r *rapid.T) {
	_, no := w.sale(r)
	d, err := w.Dispute(w.ctx, w.who(r), view.DisputeRequest{ID: w.seal.Charge(no), Reason: "not_delivered"})
	if w.ok(r, err) {
		w.disputes = append(w.disputes, d.ID)
	}
}

func (w *model) verdict(r *rapid.T) {
	who := rapid.SampledFrom([]view.Caller{w.operator, caller("rita")}).Draw(r, "staff")
	_, err := w.Decide(w.ctx, who, one(r, "dispute", w.disputes), rapid.Bool().Draw(r, "user wins"), "seen")
	w.ok(r, err)
}

// contest does something in a dispute, whoever's turn it is, and whosever dispute.
func (w *model) contest(r *rapid.T) {
	id := one(r, "dispute", w.disputes)
	no, err := w.seal.OpenDispute(id)
	if err != nil {
		r.Skip("no disputes")
	}
	v := rapid.SampledFrom(w.sellers).Draw(r, "vendor")
	do := rapid.SampledFrom([]string{
		"give in", "offer", "answer", "vendor appeals", "ask", "accept", "decline", "appeal", "withdraw",
	}).Draw(r, "do")
	key := asking(do+id+rapid.StringMatching("[a-z]{6}").Draw(r, "key"), do)
	switch do {
	case "give in":
		_, _, err = v.AcceptDispute(w.ctx, key, no)
	case "offer":
		_, _, err = v.OfferDispute(w.ctx, key, no, ledger.Amount{Micros: 33_333, Currency: "EUR"}, "a part")
	case "answer":
		_, _, err = v.AnswerDispute(w.ctx, key, no, "sent")
	case "vendor appeals":
		_, _, err = v.AppealDispute(w.ctx, key, no, "look again")
	case "ask":
		_, err = w.AskVendor(w.ctx, w.operator, id, "when?")
	default:
		_, err = w.ContestDispute(w.ctx, w.who(r), view.DisputeAct{ID: id, Act: do, Text: "look again"})
	}
	w.ok(r, err)
}

func (w *model) send(r *rapid.T) {
	v, err := w.Transfer(
		w.ctx,
		w.who(r),
		view.TransferRequest{
			Amount: eur(rapid.Int64Range(1, 2000).Draw(r, "cents")),
			Key:    rapid.SampledFrom([]string{"", "t"}).Draw(r, "key"),
		},
	)
	if w.ok(r, err) {
		w.transfers = append(w.transfers, v.ID)
		if v.Code != "" {
			w.claims = append(w.claims, v.Code)
		}
	}
}

func (w *model) exchange(r *rapid.T) {
	who, c := w.who(r), w.currency(r)
	q := view.ExchangeRequest{
		Amount: ledger.Amount{Micros: rapid.Int64Range(1, 20_000_000).Draw(r, "micros"), Currency: c},
		Other:  w.currency(r), Get: rapid.Bool().Draw(r, "get"), Key: rapid.SampledFrom([]string{"", "x"}).Draw(r, "key"),
	}
	if rapid.Bool().Draw(r, "quoted") {
		v, err := w.QuoteExchange(w.ctx, who, q)
		if !w.ok(r, err) {
			return
		}
		q.Quote = v.Quote
		w.time.Pass(rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(r, "later"))
	}
	_, err := w.Exchange(w.ctx, who, q)
	w.ok(r, err)
}

func (w *model) rates(r *rapid.T) {
	dollars := rapid.SampledFrom([]string{"1.1", "0.97"}).Draw(r, "dollars")
	_, err := w.LoadRates(w.ctx, w.operator, ratesFile(w.clock(), dollars))
	w.ok(r, err)
}

func (w *model) endTransfer(r *rapid.T) {
	var err error
	if rapid.Bool().Draw(r, "claim") {
		_, err = w.Claim(w.ctx, w.who(r), one(r, "code", w.claims))
	} else {
		_, err = w.Recall(w.ctx, w.who(r), one(r, "transfer", w.transfers))
	}
	w.ok(r, err)
}

func (w *model) limit(r *rapid.T) {
	_, _, err := w.SetLimit(w.ctx, w.who(r), ledger.LimitChange{
		Currency: w.currency(r), Vendor: rapid.SampledFrom([]string{"", "news", "games"}).Draw(r, "at"),
		Period:    rapid.SampledFrom([]string{"purchase", "day", "week", "month", "total"}).Draw(r, "period"),
		Max:       rapid.SampledFrom([]int64{ledger.NoLimit, 0, 400_000, 5 * ledger.Unit}).Draw(r, "max"),
		Confirmed: rapid.Bool().Draw(r, "confirmed"),
	})
	w.ok(r, err)
}

func (w *model) link(r *rapid.T) {
	who, vendor := w.who(r), rapid.SampledFrom([]string{"news", "games"}).Draw(r, "vendor")
	var err error
	switch rapid.IntRange(0, 6).Draw(r, "what") {
	case 0:
		_, err = w.Unlink(w.ctx, who, vendor)
	case 5:
		_, err = w.Block(w.ctx, who, vendor)
	case 6:
		_, err = w.Unblock(w.ctx, who, vendor)
	case 1:
		i := rapid.IntRange(0, 1).Draw(r, "seller")
		err = w.sellers[i].EndLink(
			w.ctx,
			ledger.LinkID{User: w.user(who).ID, Vendor: w.sellers[i].ID, Currency: "EUR", Generation: 1},
		)
	default:
		_, err = w.Link(
			w.ctx,
			who,
			view.LinkRequest{
				Vendor:   vendor,
				Currency: w.currency(r),
				Total:    rapid.SampledFrom([]int64{ledger.NoLimit, ledger.Unit}).Draw(r, "total"),
			},
		)
	}
	w.ok(r, err)
}

func (w *model) window(r *rapid.T) {
	if who := w.who(r); rapid.IntRange(0, 3).Draw(r, "lock") == 0 {
		w.ok(r, w.Lock(w.ctx, who))
	} else {
		w.ok(r, w.Touch(w.ctx, who))
	}
}

func (w *model) recover(r *rapid.T) {
	i := rapid.IntRange(0, len(w.people)-1).Draw(r, "who")
	old := w.people[i].Fingerprint
	fresh := caller(old)
	j, err := w.Recover(w.ctx, fresh, w.codes[old])
	if w.ok(r, err) {
		w.people[i], w.codes[fresh.Fingerprint] = fresh, j.RecoveryCode
	}
}

func (w *model) policy(r *rapid.T) {
	set := rapid.SampledFrom([][2]string{
		{"commission", "0 %"},
		{"commission", "33.33 %"},
		{"dispute_auto", "0.00"},
		{"dispute_auto", "9.00"},
		{"settle_delay", "0m"},
		{"settle_amount", "0"},
		{"settle_minimum", "0"},
		{"settle_approve", "0"},
		{"settle_fee", "0.05"},
		{"settle_reserve", "12.5 %"},
		{"settle_auto", "on"},
		{"provisional_credit", "5"},
		{"provisional_after", "0m"},
		{"self_dealing", "flag"},
	}).
		Draw(r, "set")
	_, err := w.SetPolicy(w.ctx, w.operator, set[0], set[1])
	w.ok(r, err)
}

func (w *model) pass(r *rapid.T) {
	w.time.Pass(
		rapid.SampledFrom([]time.Duration{
			time.Second, time.Minute, 16 * time.Minute, time.Hour, 25 * time.Hour, 8 * 24 * time.Hour, 61 * 24 * time.Hour,
		}).
			Draw(r, "time"),
	)
	w.Sweep(w.ctx)
}
