package ledger

import (
	"errors"
	"time"
)

// tester is what tests and properties share.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// start is a Tuesday.
var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func eur(cents int64) Amount { return Amount{cents * 10_000, "EUR"} }

// books are the smallest that can be: balances, and the sign rules after each entry.
type books struct {
	t       tester
	no      EntryNo
	sums    map[Account]int64
	entries []Entry
}

func newBooks(t tester) *books { return &books{t: t, sums: map[Account]int64{}} }

// post applies an entry and checks I1, I2 and I4 (DESIGN.md, Invariants).
func (b *books) post(e Entry) {
	b.t.Helper()
	if b.no++; e.No != b.no {
		b.t.Fatalf("entry %d has the number %d", b.no, e.No)
	}
	if err := e.Balanced(); err != nil {
		b.t.Fatal(err)
	}
	if e.At.Location() != time.UTC || e.At.Nanosecond()%1000 != 0 {
		b.t.Fatalf("time %v of an entry is not in UTC and whole microseconds", e.At)
	}
	for _, p := range e.Postings {
		b.sums[p.Account] += p.Micros
	}
	var trial int64
	for a, sum := range b.sums {
		if trial += sum; !a.Class.Allows(sum) {
			b.t.Fatalf("after entry %d (kind %d) account %s stands at %d", e.No, e.Kind, a, sum)
		}
	}
	if trial != 0 {
		b.t.Fatalf("trial balance is %d", trial)
	}
	b.entries = append(b.entries, e)
}

// market is one buyer, one vendor with a royalty plan, and the books.
type market struct {
	*books
	policy Policy
	user   User
	wallet Wallet
	vendor Vendor
	link   *Link
	agent  *Agent // by whose key a program buys; nil: none does
	offer  Offer
	zone   *time.Location
	now    time.Time

	biller  Biller
	account BillerAccount
}

// newMarket has a buyer with money, without limits, and an open window.
func newMarket(t tester, cents int64) *market {
	s := &market{books: newBooks(t), policy: DefaultPolicy(), now: start, zone: time.UTC}
	s.policy.Limits = noLimits()
	s.policy.DepositMax = MaxMicros
	out, err := DecideJoin(
		JoinOrder{Accept: true, Fingerprint: "SHA256:ann", Handle: "w_ann"},
		JoinFacts{No: 1, ID: 7, Policy: s.policy},
		s.now,
	)
	must(t, err)
	s.post(out.Entry)
	s.user = out.User
	s.wallet, err = OpenWallet(s.policy, 7, "EUR")
	must(t, err)
	s.user, _ = s.user.Touch(s.now, s.policy)
	s.vendor = Vendor{
		ID:      3,
		Name:    "news",
		Status:  VendorActive,
		Origins: []Origin{{URL: "https://news.example", Verified: start}},
	}
	s.offer = Offer{
		ID: OfferID{3, 1}, Version: 1, Status: OfferActive, Title: "How rivers freeze", Price: eur(25), Kind: Content,
		ContentURL: "https://news.example/rivers", Bounds: Bounds{Views: 5, Days: 30}, Created: start,
		Royalties: []Royalty{
			{Payee: 1, Name: "Ada", Role: "author", BasisPoints: 3333},
			{Payee: 2, Name: "Press", Role: "publisher", Fixed: 20_000},
		},
	}
	if cents > 0 {
		s.fund(eur(cents))
	}
	return s
}

// post applies an entry; what it pays is taken off the bills, as package books would.
func (s *market) post(e Entry) {
	s.t.Helper()
	s.books.post(e)
	after := s.wallet.After(e)
	s.wallet.Credit, s.wallet.Incentives = after.Credit, after.Incentives
}

// refresh brings the wallet's balances up to the books, as package books would.
func (s *market) refresh() {
	u := uint64(s.user.ID)
	s.wallet.Paid = -s.sums[Account{Paid, "EUR", u}]
	s.wallet.Uncollected = -s.sums[Account{Uncollected, "EUR", u}]
	s.wallet.Owed = s.sums[Account{Receivable, "EUR", u}]
}

func (s *market) vendorBalance() Till {
	return Till{
		Vendor: s.vendor.ID, Currency: "EUR", Pending: -s.sums[Account{VendorPending, "EUR", uint64(s.vendor.ID)}],
		Available: -s.sums[Account{VendorAvailable, "EUR", uint64(s.vendor.ID)}],
	}
}

func (s *market) fund(a Amount) Deposit {
	s.t.Helper()
	out, err := NewDeposit(
		DepositOrder{Method: "card", Kind: DepositOnline, Amount: a},
		DepositFacts{No: s.no + 1, User: s.user, Wallet: s.wallet, Policy: s.policy},
		s.now,
	)
	must(s.t, err)
	s.post(out.Entry)
	s.user = out.User
	d := s.step(out.Deposit, DepositProcessing)
	return s.step(d, DepositSucceeded)
}

func (s *market) step(d Deposit, to DepositState) Deposit {
	s.t.Helper()
	out, err := DecideDeposit(DepositEvent{To: to}, s.depositFacts(d), s.now)
	must(s.t, err)
	s.wroteDeposit(out)
	return out.Deposit
}

func (s *market) facts() PurchaseFacts {
	return PurchaseFacts{
		No: s.no + 1, User: s.user, Wallet: s.wallet, Link: s.link, Vendor: s.vendor, Policy: s.policy, Zone: s.zone,
		Agent: s.agent,
	}
}

func (s *market) request() PurchaseRequest {
	return PurchaseRequest{Offer: s.offer, Quantity: 1, Approved: true}
}

// buy buys and writes it.
func (s *market) buy(r PurchaseRequest) (Entry, Purchase) {
	s.t.Helper()
	out, err := DecidePurchase(r, s.facts(), s.now)
	must(s.t, err)
	s.post(out.Entry)
	given := s.wallet.Incentives
	s.wallet, s.link, s.agent = out.Wallet, &out.Link, out.Agent
	s.wallet.Incentives = given
	s.refresh()
	return out.Entry, out.Purchase
}

func (s *market) sale(e Entry, p Purchase) SaleFacts {
	return SaleFacts{
		No:       s.no + 1,
		Sold:     e,
		Purchase: p,
		User:     s.user,
		Wallet:   s.wallet,
		Link:     s.link,
		Agent:    s.agent,
		Till:     s.vendorBalance(),
		Policy:   s.policy,
	}
}

// wrote writes what became of a sale.
func (s *market) wrote(out SaleOutcome, err error) Purchase {
	s.t.Helper()
	must(s.t, err)
	s.post(out.Entry)
	after := s.wallet
	s.wallet, s.link = out.Wallet, out.Link
	s.wallet.Credit, s.wallet.Incentives = after.Credit, after.Incentives
	s.refresh()
	return out.Purchase
}

func (s *market) disputed(out DisputeOutcome, err error) (Dispute, Purchase) {
	s.t.Helper()
	must(s.t, err)
	s.post(out.Entry)
	s.refresh()
	return out.Dispute, out.Purchase
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused wants a refusal with this sentinel, with words.
func refused(t tester, err, want error) *Refusal {
	t.Helper()
	var r *Refusal
	switch {
	case !errors.Is(err, want):
		t.Fatalf("got %v, want %v", err, want)
	case !errors.As(err, &r):
		t.Fatalf("%v is no refusal", err)
	case r.Detail == "" || r.Remedy == "":
		t.Errorf("%v without words: %+v", want, r)
	}
	return r
}

func is[T comparable](t tester, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// sum adds up postings.
func sum(all []Posting) (n int64) {
	for _, p := range all {
		n += p.Micros
	}
	return n
}
