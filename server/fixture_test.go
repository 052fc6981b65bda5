package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/store"
)

// fixture is a service on a store in memory, with a clock that only the test moves and randomness from a seed. When the
// test ends, the books must be clean.
type fixture struct {
	*Server
	t        testing.TB
	ctx      context.Context
	store    store.Store
	time     *servertest.Clock
	card     *funding.SimulatedCard
	operator view.Caller
}

// loud fails the test when the service logs an error: the log of a test is not read.
type loud struct {
	slog.Handler
	t testing.TB
}

func (l loud) Enabled(context.Context, slog.Level) bool { return true }

func (l loud) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		line := r.Message
		r.Attrs(func(a slog.Attr) bool {
			line += " " + a.String()
			return true
		})
		l.t.Error("logged: " + line)
	}
	return nil
}

// newFixture opens a simulated service with an operator and the default policy.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixtureOn(t, store.NewMemory())
}

// newFixtureOn is a service on a store of the test's own. The service closes it.
func newFixtureOn(tb testing.TB, kv store.Store) *fixture {
	tb.Helper()
	return newFixtureDrawing(tb, kv, 7)
}

// newFixtureDrawing is newFixtureOn with another sequence of random codes and numbers.
func newFixtureDrawing(tb testing.TB, kv store.Store, seed byte) *fixture {
	tb.Helper()
	f := openFixture(tb, kv, seed)
	f.decides(func(p *ledger.Policy) { p.Risk.Online, p.Risk.ClearAfter = 0, 0 }) // unless a test is about them
	tb.Cleanup(func() {
		f.clean()
		if err := f.store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}

// openFixture is a service on books that may be there already, which its caller closes and does not audit.
func openFixture(tb testing.TB, kv store.Store, seed byte) *fixture {
	tb.Helper()
	f := &fixture{
		t: tb, ctx: tb.Context(), store: kv, card: &funding.SimulatedCard{}, operator: caller("operator"),
		time: servertest.NewClock(),
	}
	sealer, err := seal.New(
		[]byte("a master secret of 32 bytes ....")[:seal.MasterSize], servertest.NewRandom(seed),
	)
	if err != nil {
		tb.Fatal(err)
	}
	f.Server, err = Open(f.ctx, Options{
		Store: f.store, Seal: sealer, Now: f.time.Now,
		Methods:  []funding.Method{f.card, funding.Check{Post: funding.Post{Payee: "Tuppence Ltd", Address: "1 Mill Lane"}}},
		House:    view.House{Name: "tuppence", Host: "pay.example", URL: "https://pay.example", Simulated: true},
		Operator: f.operator.Fingerprint, OperatorName: "operator",
		Log: slog.New(loud{slog.DiscardHandler, tb}),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// decides changes the policy without an entry.
func (f *fixture) decides(change func(*ledger.Policy)) {
	f.t.Helper()
	f.write(func(tx books.Tx) error {
		p, _, err := tx.Policy()
		if err != nil {
			return err
		}
		change(&p)
		return tx.PutPolicy(p)
	})
}

// clean audits the books.
func (f *fixture) clean() {
	f.t.Helper()
	err := f.store.View(context.Background(), func(kv store.Reader) error {
		report, err := books.Audit(context.Background(), kv, nil)
		for _, finding := range report.Findings {
			f.t.Errorf("audit: %s: %s", finding.Invariant, finding.What)
		}
		return err
	})
	if err != nil {
		f.t.Errorf("audit: %v", err)
	}
}

// caller is a key of its own for each name.
func caller(name string) view.Caller {
	sum := sha256.Sum256([]byte(name))
	return view.Caller{Fingerprint: "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), Remote: "192.0.2.1:5"}
}

// eur is an amount in euro, given in cents.
func eur(cents int64) ledger.Amount { return ledger.Amount{Micros: cents * 10_000, Currency: "EUR"} }

// join opens a wallet for a key of this name, with its window open.
func (f *fixture) join(name string) view.Caller {
	f.t.Helper()
	who := caller(name)
	if _, err := f.Join(f.ctx, who, view.JoinRequest{Accept: true}); err != nil {
		f.t.Fatalf("join %s: %v", name, err)
	}
	f.touch(who)
	return who
}

// touch opens the purchase window of a wallet.
func (f *fixture) touch(who view.Caller) {
	f.t.Helper()
	if err := f.Touch(f.ctx, who); err != nil {
		f.t.Fatal(err)
	}
}

// funded opens a wallet and puts money into it by card.
func (f *fixture) funded(name string, amount ledger.Amount) view.Caller {
	f.t.Helper()
	who := f.join(name)
	d, err := f.Fund(f.ctx, who, view.FundRequest{Amount: amount, Method: "card"})
	if err != nil {
		f.t.Fatalf("fund %s: %v", name, err)
	}
	if d.State != view.State(ledger.DepositSucceeded) {
		f.t.Fatalf("fund %s: %s", name, d.State)
	}
	return who
}

// vendor opens a vendor with the origin https://NAME.example and returns it with its API key.
func (f *fixture) vendor(name string) (ledger.Vendor, string) {
	f.t.Helper()
	k, err := f.VendorCreate(
		f.ctx,
		f.operator,
		view.VendorRequest{Name: name, Title: strings.ToUpper(name), Origin: "https://" + name + ".example"},
	)
	if err != nil {
		f.t.Fatalf("vendor %s: %v", name, err)
	}
	var v ledger.Vendor
	f.read(func(r books.Reader) (err error) {
		v, err = f.vendorNamed(r, name)
		return err
	})
	return v, k.Key
}

// asks writes a checkout of the vendor as its server would: open for ten minutes, for the user who types the code.
func (f *fixture) asks(v ledger.Vendor, title string, price ledger.Amount) ledger.Checkout {
	f.t.Helper()
	code, err := f.seal.UserCode()
	if err != nil {
		f.t.Fatal(err)
	}
	number, err := f.seal.Number()
	if err != nil {
		f.t.Fatal(err)
	}
	at := f.clock()
	c := ledger.Checkout{
		ID: ledger.CheckoutID{Vendor: v.ID, Number: number}, Mode: ledger.ModeCharge, Quantity: 1, Price: price,
		Offer: ledger.Offer{
			ID: ledger.OfferID{
				Vendor: v.ID,
			}, Version: 1, Status: ledger.OfferActive, Title: title, Price: price, Kind: ledger.Content,
			ContentURL: v.Origins[0].URL + "/a", Created: at,
		},
		UserCode: code, Status: ledger.CheckoutOpen, Created: at, Expires: at.Add(10 * time.Minute),
	}
	c.TxnID = f.seal.TxnID(at, f.seal.TermsOf(c))
	f.write(func(tx books.Tx) error { return tx.PutCheckout(c) })
	return c
}

// buys approves a fresh checkout of the vendor.
func (f *fixture) buys(who view.Caller, v ledger.Vendor, title string, price ledger.Amount) view.Receipt {
	f.t.Helper()
	receipt, err := f.Answer(f.ctx, who, view.Answer{Code: f.asks(v, title, price).UserCode, Yes: true})
	if err != nil {
		f.t.Fatalf("buy %s: %v", title, err)
	}
	return receipt
}

// user is the record of a member.
func (f *fixture) user(who view.Caller) (u ledger.User) {
	f.t.Helper()
	f.read(func(r books.Reader) (err error) {
		u, err = member(r, who)
		return err
	})
	return u
}

// overview is what a member sees at one look.
func (f *fixture) overview(who view.Caller) view.Overview {
	f.t.Helper()
	o, err := f.Overview(f.ctx, who)
	if err != nil {
		f.t.Fatal(err)
	}
	return o
}

// balance is what a member can spend in euro.
func (f *fixture) balance(who view.Caller) int64 { return f.walletOf(who).Paid }

// walletOf is the wallet of a member in euro.
func (f *fixture) walletOf(who view.Caller) (w ledger.Wallet) {
	f.t.Helper()
	u := f.user(who)
	f.read(func(r books.Reader) (err error) {
		w, _, err = r.Wallet(u.ID, "EUR")
		return err
	})
	return w
}

func (f *fixture) read(fn func(books.Reader) error) {
	f.t.Helper()
	if err := f.view(f.ctx, fn); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) write(fn func(books.Tx) error) {
	f.t.Helper()
	if err := f.update(f.ctx, fn); err != nil {
		f.t.Fatal(err)
	}
}

// refused wants do to be refused with the sentinel, with a detail and a remedy, and the books to be what they were.
func (f *fixture) refused(want error, do func() error) *ledger.Refusal {
	f.t.Helper()
	no, hash, err := f.Head(f.ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	got := do()
	var refusal *ledger.Refusal
	switch {
	case !errors.Is(got, want):
		f.t.Fatalf("got %v, want a refusal %v", got, want)
	case !errors.As(got, &refusal):
		f.t.Fatalf("%v is no refusal", got)
	case refusal.Detail == "" || refusal.Remedy == "":
		f.t.Errorf("refusal without detail or remedy: %+v", refusal)
	}
	if no2, hash2, err := f.Head(f.ctx); err != nil || no2 != no || hash2 != hash {
		f.t.Errorf("a refusal changed the books: head %d became %d (%v)", no, no2, err)
	}
	return refusal
}

// is wants two values to be equal.
func is[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// setLimit changes one bound of a wallet in euro.
func (f *fixture) setLimit(who view.Caller, period string, micros int64) {
	f.t.Helper()
	c := ledger.LimitChange{Currency: "EUR", Period: period, Max: micros, Confirmed: true}
	if _, _, err := f.SetLimit(f.ctx, who, c); err != nil {
		f.t.Fatal(err)
	}
}

// head is the number of the newest entry.
func (f *fixture) head() (no ledger.EntryNo) {
	f.t.Helper()
	f.read(func(r books.Reader) (err error) {
		no, _, err = r.Head()
		return err
	})
	return no
}

// opened reads a sealed name that the service has shown.
func opened[T any](t testing.TB, open func(string) (T, error), name string) T {
	t.Helper()
	v, err := open(name)
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	return v
}

// keyOf is a caller's fingerprint as a person would paste it.
func keyOf(who view.Caller) string { return who.Fingerprint }

// rows are all rows of the store.
func (f *fixture) rows() map[string]string {
	f.t.Helper()
	all := map[string]string{}
	err := f.store.View(f.ctx, func(kv store.Reader) error {
		for row, err := range kv.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
			all[string(row.Key)] = string(row.Value)
		}
		return nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}
