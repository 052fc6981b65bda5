package ledger

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model is everything that can happen to one buyer and one vendor, in any order, with the invariants of DESIGN.md after
// every step: I1, I2 and I4 in books.post, the others in Check.
type model struct {
	*market
	sales     []soldItem
	deposits  []Deposit
	transfers []Transfer
	claimed   int64

	terms   Postpaid
	givenUp int64 // of the debts
	given   []Incentive

	recoveries byte // so that each recovery code is a new one
}

type soldItem struct {
	e Entry
	p Purchase
	d Dispute
}

// allowed wants a step to be either done or refused, never an internal error.
func (h *model) allowed(err error) bool {
	var r *Refusal
	if err != nil && (!errors.As(err, &r) || r.Detail == "" || r.Remedy == "") {
		h.t.Fatalf("neither done nor refused: %v", err)
	}
	return err == nil
}

func (h *model) pick(t *rapid.T) *soldItem {
	if len(h.sales) == 0 {
		t.Skip("nothing sold")
	}
	return &h.sales[rapid.IntRange(0, len(h.sales)-1).Draw(t, "sale")]
}

func (h *model) Buy(t *rapid.T) {
	r := h.request()
	r.Offer.Price.Micros = rapid.Int64Range(1, 700_000).Draw(t, "price")
	r.Quantity = rapid.Uint32Range(1, 3).Draw(t, "pieces")
	r.Approved, r.Hold = rapid.Bool().Draw(t, "approved"), rapid.Bool().Draw(t, "hold")
	before := h.wallet.Paid - h.wallet.Owed + h.wallet.incentiveTotal()
	left := h.wallet.Spendable(h.now) + h.wallet.IncentivesFor(&Offer{ID: OfferID{Vendor: h.vendor.ID}}, h.now)
	out, err := DecidePurchase(r, h.facts(), h.now)
	if !h.allowed(err) {
		return
	}
	h.post(out.Entry)
	given := h.wallet.Incentives
	h.wallet, h.link = out.Wallet, &out.Link
	h.wallet.Incentives = given
	h.refresh()
	after := h.wallet.Paid - h.wallet.Owed + h.wallet.incentiveTotal()
	is(t, "taken from the wallet", before-after, out.Entry.Amount.Micros)
	if out.Entry.Amount.Micros > left {
		t.Fatalf("bought for %d with %d to spend", out.Entry.Amount.Micros, left)
	}
	h.sales = append(h.sales, soldItem{e: out.Entry, p: out.Purchase})
}

func (h *model) after(s *soldItem, out SaleOutcome, err error) {
	if h.allowed(err) {
		s.p = h.wrote(out, nil)
	}
}

func (h *model) Capture(t *rapid.T) {
	s := h.pick(t)
	out, err := DecideCapture(
		CaptureRequest{Amount: rapid.Int64Range(0, s.p.Held).Draw(t, "part")},
		h.sale(s.e, s.p),
		h.now,
	)
	h.after(s, out, err)
}

func (h *model) Void(t *rapid.T) {
	s := h.pick(t)
	out, err := DecideVoid(VoidRequest{Expired: rapid.Bool().Draw(t, "expired")}, h.sale(s.e, s.p), h.now)
	h.after(s, out, err)
}

func (h *model) Refund(t *rapid.T) {
	s := h.pick(t)
	out, err := DecideRefund(
		RefundRequest{Amount: rapid.Int64Range(0, s.p.left()+1).Draw(t, "part")},
		h.sale(s.e, s.p),
		h.now,
	)
	h.after(s, out, err)
}

func (h *model) Consume(t *rapid.T) {
	s := h.pick(t)
	r := ConsumeRequest{N: rapid.Uint32Range(1, 3).Draw(t, "n"), RequestID: rapid.StringMatching("[a-d]").Draw(t, "id")}
	out, err := Consume(r, h.sale(s.e, s.p), h.now)
	if h.allowed(err) && !out.Again {
		h.post(out.Entry)
		s.p = out.Purchase
	}
}

func (h *model) Dispute(t *rapid.T) {
	s := h.pick(t)
	sold := h.sale(s.e, s.p)
	sold.Wallet.Past.PaidIn = rapid.SampledFrom([]int64{0, Unit, 100 * Unit}).Draw(t, "paid in")
	out, err := DecideDispute(
		DisputeCase{Reason: "duplicate"},
		DisputeFacts{SaleFacts: sold, Autos: rapid.Uint32Range(0, 3).Draw(t, "autos")},
		h.now,
	)
	if h.allowed(err) {
		s.d, s.p = h.disputed(out, nil)
	}
}

// Contest does any step in a dispute, whoever's turn it is.
func (h *model) Contest(t *rapid.T) {
	s := h.pick(t)
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(disputeSteps))).Draw(t, "step")
	f := DisputeFacts{SaleFacts: h.sale(s.e, s.p), Dispute: s.d, Decider: Staff{Fingerprint: s.d.Decider}}
	if out, err := disputeSteps[name](f, h.now); h.allowed(err) {
		s.d, s.p = h.disputed(out, nil)
	}
}

func (h *model) Fund(t *rapid.T) {
	r := h.depositOrder(rapid.SampledFrom(depositKinds).Draw(t, "kind"),
		eur(rapid.Int64Range(1, 500).Draw(t, "cents")), rapid.Int64Range(0, 9).Draw(t, "fee"))
	out, err := NewDeposit(r, h.depositFacts(Deposit{}), h.now)
	if h.allowed(err) {
		h.wroteDeposit(out)
		h.deposits = append(h.deposits, out.Deposit)
	}
}

func (h *model) Step(t *rapid.T) {
	if len(h.deposits) == 0 {
		t.Skip("no deposit")
	}
	d := &h.deposits[rapid.IntRange(0, len(h.deposits)-1).Draw(t, "deposit")]
	e := DepositEvent{To: rapid.SampledFrom(allDepositStates).Draw(t, "to"), Fee: rapid.Int64Range(0, 2).Draw(t, "fee")}
	f := h.depositFacts(*d)
	f.User.Status = UserActive
	out, err := DecideDeposit(e, f, h.now)
	if h.allowed(err) {
		out.User.Status = h.user.Status
		h.wroteDeposit(out)
		*d = out.Deposit
	}
}

func (h *model) Send(t *rapid.T) {
	out, err := DecideTransfer(
		TransferOrder{Amount: eur(rapid.Int64Range(0, 300).Draw(t, "cents"))},
		h.transferFacts(Transfer{}, h.user),
		h.now,
	)
	if h.allowed(err) {
		h.post(out.Entry)
		h.transfers = append(h.transfers, out.Transfer)
		h.refresh()
	}
}

// Credit gives goodwill, alone or on a proposal that another person has approved.
func (h *model) Goodwill(t *rapid.T) {
	r := GoodwillRequest{Amount: eur(rapid.Int64Range(0, 3000).Draw(t, "cents")), Reason: "x", Actor: rep}
	f := GoodwillFacts{No: h.no + 1, Policy: h.policy, User: h.user, Wallet: h.wallet, Staff: Staff{Fingerprint: rep.Key}}
	if rapid.Bool().Draw(t, "proposed") {
		asked, err := Propose(Proposal{Act: ActCredit, User: h.user.ID, Amount: r.Amount, Reason: "x"}, ProposalFacts{
			No: h.no + 1, Policy: h.policy, User: h.user, Staff: Staff{Fingerprint: "mia"},
		}, Actor{Role: RoleRep, Key: "mia"}, h.now)
		if !h.allowed(err) {
			return
		}
		h.post(asked.Entry)
		f.No = h.no + 1
		p, err := ProposalFacts{
			Policy: h.policy, Proposal: asked.Proposal, User: h.user, Staff: f.Staff, Proposer: Staff{Fingerprint: "mia"},
		}.Approve(rep, h.now)
		if !h.allowed(err) {
			return
		}
		r.Proposal = &p
	}
	out, err := DecideGoodwill(r, f, h.now)
	if h.allowed(err) {
		h.post(out.Entry)
		h.refresh()
	}
}

// Swap changes tokens into dollars, or dollars back.
func (h *model) Swap(t *rapid.T) {
	o := ExchangeOrder{Amount: eur(rapid.Int64Range(1, 300).Draw(t, "cents")), Other: "USD"}
	o.Get = rapid.Bool().Draw(t, "get")
	if rapid.Bool().Draw(t, "back") {
		o.Amount.Currency, o.Other = o.Other, o.Amount.Currency
	}
	r := yesterday()
	r.Day = h.now
	x, err := DecideQuote(o, r, h.policy, h.now)
	if !h.allowed(err) {
		return
	}
	dollars := Account{Paid, "USD", uint64(h.user.ID)}
	f := ExchangeFacts{No: h.no + 1, User: h.user, Wallet: h.wallet, Policy: h.policy, Rates: r}
	if x.Pay.Currency == "USD" {
		f.Wallet = Wallet{User: h.user.ID, Currency: "USD", Paid: -h.sums[dollars]}
	}
	out, err := DecideExchange(x, Actor{}, f, h.now)
	if h.allowed(err) {
		h.post(out.Out)
		h.post(out.In)
		h.refresh()
	}
}

func (h *model) EndTransfer(t *rapid.T) {
	if len(h.transfers) == 0 {
		t.Skip("no transfer")
	}
	x := &h.transfers[rapid.IntRange(0, len(h.transfers)-1).Draw(t, "transfer")]
	var out TransferOutcome
	var err error
	switch rapid.IntRange(0, 2).Draw(t, "end") {
	case 0:
		out, err = DecideClaim(Actor{}, h.transferFacts(*x, User{ID: 8, Status: UserActive}), h.now)
	case 1:
		out, err = DecideRecall(Actor{Role: RoleUser}, h.transferFacts(*x, h.user), h.now)
	default:
		out, err = DecideRecall(system, h.transferFacts(*x, h.user), h.now)
	}
	if h.allowed(err) {
		h.post(out.Entry)
		*x = out.Transfer
		h.refresh()
		if x.State == TransferClaimed {
			h.claimed += x.Amount.Micros
		}
	}
}

// Give gives tokens away, of the service or of the vendor.
func (h *model) Give(t *rapid.T) {
	o := IncentiveOrder{
		Amount: eur(rapid.Int64Range(0, 60).Draw(t, "cents")), Life: 2 * day, Reason: "x",
		Vendor: rapid.SampledFrom([]VendorID{0, h.vendor.ID, 99}).Draw(t, "at"), Actor: rep,
	}
	if o.Vendor == h.vendor.ID && rapid.Bool().Draw(t, "by the vendor") {
		o.Actor = Actor{Role: RoleVendor}
	}
	f := IncentiveFacts{No: h.no + 1, User: h.user, Wallet: h.wallet, Till: h.vendorBalance(), Policy: h.policy}
	out, err := NewIncentive(o, f, h.now)
	if h.allowed(err) {
		h.post(out.Entry)
		h.given = append(h.given, out.Incentive)
	}
}

// End takes back what is left of an incentive, if it has expired.
func (h *model) End(t *rapid.T) {
	if len(h.given) == 0 {
		t.Skip("nothing given")
	}
	i := &h.given[rapid.IntRange(0, len(h.given)-1).Draw(t, "incentive")]
	out, err := EndIncentive(IncentiveFacts{No: h.no + 1, Wallet: h.wallet, Incentive: *i}, h.now)
	if !h.allowed(err) {
		return
	}
	if *i = out.Incentive; out.Entry.No != 0 {
		h.post(out.Entry)
	}
}

// Lend makes the account postpaid, or prepaid again.
func (h *model) Lend(t *rapid.T) {
	r := CreditRequest{Line: rapid.SampledFrom([]int64{0, Unit, 3 * Unit}).Draw(t, "line"), Reason: "x"}
	out, err := DecideCredit(r, h.credit(), h.now)
	if h.allowed(err) {
		h.post(out.Entry)
		h.terms = out.Terms
	}
}

// Bill bills the account if its month is over.
func (h *model) Bill(t *rapid.T) {
	out, err := NewBill(rapid.Bool().Draw(t, "early"), rep, h.credit(), h.now)
	if !h.allowed(err) {
		return
	}
	if h.terms, h.user = out.Terms, out.User; out.Entry.No != 0 {
		h.post(out.Entry)
		h.deposits = append(h.deposits, out.Deposit)
		is(t, "billed", h.wallet.Unbilled(), 0)
	}
}

// GiveUp gives the debt up as soon as that is allowed.
func (h *model) GiveUp(t *rapid.T) {
	f := h.credit()
	f.Asked.Fingerprint = f.Terms.GivenUp
	f.Staff.Fingerprint = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who")
	out, err := DecideWriteOff(WriteOffRequest{Owed: f.Wallet.Owed, Reason: "x"}, f, h.now)
	if !h.allowed(err) {
		return
	}
	if h.terms = out.Terms; out.Entry.No != 0 {
		h.givenUp += h.wallet.Owed
		h.post(out.Entry)
		h.user = out.User
		h.refresh()
		is(t, "owed", h.wallet.Owed, 0)
	}
}

// Settle makes the vendor's money available and pays it out, so that refunds have to go into the red.
func (h *model) Settle(t *rapid.T) {
	n := h.vendorBalance().Pending
	if n == 0 {
		t.Skip("nothing earned")
	}
	e := entry(h.no+1, h.now, KindStaff, Actor{})
	e.Postings = []Posting{{Account{VendorPending, "EUR", 3}, n}, {Account{Bank, "EUR", 0}, -n}}
	h.post(e)
}

func (h *model) Pass(t *rapid.T) {
	h.now = h.now.Add(time.Duration(rapid.Int64Range(1, 40*3600).Draw(t, "seconds")) * time.Second)
	h.user, _ = h.user.Touch(h.now, h.policy)
	h.user.Status = UserActive // staff have looked at it
}

func (h *model) Allow(t *rapid.T) {
	r := LinkOrder{
		Currency: "EUR",
		Total:    rapid.Int64Range(0, 3_000_000).Draw(t, "total"),
		Limits:   Limits{PerDay: rapid.Int64Range(0, 2_000_000).Draw(t, "day")},
	}
	out, err := DecideLink(r, LinkFacts{No: h.no + 1, User: h.user, Vendor: h.vendor, Link: h.link}, h.now)
	if h.allowed(err) {
		h.post(out.Entry)
		h.link = &out.Link
	}
}

// Unlink ends or blocks the permission; what was sold before stays as it is.
func (h *model) Unlink(t *rapid.T) {
	r := UnlinkOrder{Currency: "EUR", Block: rapid.Bool().Draw(t, "block")}
	out, err := DecideUnlink(r, LinkFacts{No: h.no + 1, User: h.user, Vendor: h.vendor, Link: h.link}, h.now)
	if h.allowed(err) {
		h.post(out.Entry)
		h.link = &out.Link
	}
}

// Recover gives the wallet to another key; for a while vendors have to ask.
func (h *model) Recover(t *rapid.T) {
	h.recoveries++
	r := JoinOrder{
		Fingerprint: rapid.SampledFrom([]string{"SHA256:ann", "SHA256:new"}).Draw(t, "key"),
		Recovery:    [32]byte{h.recoveries},
	}
	out, err := DecideRecover(r, JoinFacts{No: h.no + 1, User: h.user, Policy: h.policy}, h.now)
	if h.allowed(err) {
		h.post(out.Entry)
		h.user = out.User
	}
}

// checkLent wants the accounts of lent money to be what is lent by the deposits.
func (h *model) checkLent(t *rapid.T) {
	var lent, bad, billed, used int64
	for _, d := range h.deposits {
		switch {
		case d.Is(DepositOnOrder) && (d.State == DepositAccepted || d.State == DepositIssued ||
			d.State == DepositInvoiced || d.State == DepositOverdue):
			lent += d.Amount.Micros
		case d.State == DepositWrittenOff:
			bad += d.Amount.Micros
		case d.Is(DepositOnBill) && (d.State == DepositBillerAccepted || d.State == DepositIssued):
			billed += d.Amount.Micros
		}
	}
	for _, c := range h.user.Credit {
		used += c.Used
	}
	is(t, "lent", h.sums[Account{OrderReceivable, "EUR", 0}], lent)
	is(t, "written off", h.sums[Account{BadDebt, "EUR", 0}], bad+h.givenUp)
	is(t, "at billers", h.sums[Account{BillerClearing, "EUR", 0}], billed)
	is(t, "used", used, lent+bad)
}

// Check holds after every step.
func (h *model) Check(t *rapid.T) {
	h.checkLent(t)
	var day, week, month, held, disputed int64
	for _, s := range h.sales {
		p, price := s.p, s.e.Amount.Micros
		if src, rec := sum(p.Sources), sum(p.Receivers); p.State != PurchaseHeld && (src != p.left() || rec != p.left()) {
			t.Fatalf("I5, I6: purchase %d has %d left, %d of the sources, %d at the receivers", p.No, p.left(), src, rec)
		}
		if p.Returned+p.Disputed > price || p.Returned < 0 || p.Disputed < 0 || p.Captured+p.Held > price {
			t.Fatalf("I6: purchase %+v of %d", p, price)
		}
		if gone := p.Captured > 0 && p.Returned == p.Captured; gone == p.Grant.Revoked.IsZero() {
			t.Fatalf("I9: fully returned is %v, revoked %v", gone, p.Grant.Revoked)
		}
		for _, c := range []struct {
			sum         *int64
			start, want int64
		}{
			{&day, s.e.Sale.Day, h.wallet.Spent.Day.Start},
			{&week, s.e.Sale.Week, h.wallet.Spent.Week.Start},
			{&month, s.e.Sale.Month, h.wallet.Spent.Month.Start},
		} {
			if c.start == c.want {
				*c.sum += p.Captured + p.Held
			}
		}
		held += p.Held
		disputed += p.Disputed
	}
	for _, x := range h.transfers {
		if x.State == TransferSent {
			held += x.Amount.Micros
		}
	}
	is(t, "I8 day", h.wallet.Spent.Day.Spent, day)
	is(t, "I8 week", h.wallet.Spent.Week.Spent, week)
	is(t, "I8 month", h.wallet.Spent.Month.Spent, month)
	if l := h.wallet.Limits; day > l.PerDay || week > l.PerWeek || month > l.PerMonth {
		t.Fatalf("spent %d, %d, %d of %+v", day, week, month, l)
	}
	var inHold, inDispute int64
	for a, n := range h.sums {
		switch a.Class {
		case Held:
			inHold -= n
		case DisputeHold:
			inDispute -= n
		}
	}
	is(t, "held", inHold, held)
	is(t, "in dispute", inDispute, disputed)
	for _, l := range h.wallet.Incentives {
		if have := -h.sums[l.account("EUR")]; have != l.Left {
			t.Fatalf("incentive %d has %d left, the books say %d", l.No, l.Left, have)
		}
	}
	if billed := h.wallet.Credit.billed(); billed > h.wallet.Owed {
		t.Fatalf("billed are %d of the %d that are owed", billed, h.wallet.Owed)
	}
	is(t, "claimed", -h.sums[Account{Paid, "EUR", 8}], h.claimed)
}

func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := &model{market: newMarket(t, 1500)}
		h.wallet.Limits = Limits{PerPurchase: 1_500_000, PerDay: 4_000_000, PerWeek: 9_000_000, PerMonth: 20_000_000}
		h.policy.DepositMin, h.policy.DisputeAuto = 1, 400_000
		h.policy.Billing.WriteOff = day
		h.policy.Commission = rapid.Uint32Range(0, 3000).Draw(t, "commission")
		h.zone = zone(t, rapid.SampledFrom(zoneNames[:5]).Draw(t, "zone"))
		t.Repeat(rapid.StateMachineActions(h))
	})
}
