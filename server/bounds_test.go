package server

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// reading counts the rows that snapshots are read for, and calls after each of them.
type reading struct {
	store.Store
	rows  atomic.Int64
	after func(rows int64)
}

func (c *reading) row() {
	if n := c.rows.Add(1); c.after != nil {
		c.after(n)
	}
}

func (c *reading) View(ctx context.Context, fn func(store.Reader) error) error {
	return c.Store.View(ctx, func(r store.Reader) error { return fn(readingRows{r, c}) })
}

type readingRows struct {
	store.Reader
	c *reading
}

func (r readingRows) Get(key []byte) ([]byte, error) {
	r.c.row()
	return r.Reader.Get(key)
}

func (r readingRows) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		for kv, err := range r.Reader.Scan(from, to, reverse, limit) {
			r.c.row()
			if !yield(kv, err) {
				return
			}
		}
	}
}

// writeBounds is every method of the service that writes, with what bounds it where writing costs its caller nothing. A
// method that is not here fails the test: what is free and lasts needs a bound and an end.
var writeBounds = map[string]string{
	"Server.Join":           "Bounds.Joins for each network; a wallet stays",
	"Server.Recover":        "needs a recovery code, of which guessing is bounded; each use makes a new one",
	"Server.CheckoutPage":   "one for each request that a vendor has made",
	"Server.Touch":          "takes the place of what was there, once a minute",
	"Server.Lock":           "takes the place of what was there",
	"Server.Settings":       "takes the place of what was there, and is no entry",
	"Server.Fund":           "DepositsPerDay and DepositsAwaited for each wallet; DepositLife",
	"Server.SetLimit":       "Bounds.Changes for each wallet",
	"Server.Link":           "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.Unlink":         "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.Block":          "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.Unblock":        "Bounds.Changes for each wallet; one for each vendor and currency",
	"Server.Dispute":        "Bounds.Changes for each wallet; a paid purchase each, within the window of disputes",
	"Server.Answer":         "one for each request that a vendor has made",
	"Server.Transfer":       "TransfersPerDay and TransferMax; TransferLife",
	"Server.Claim":          "Bounds.Changes; one for each transfer",
	"Server.Recall":         "Bounds.Changes; one for each transfer",
	"Server.VendorCreate":   "staff",
	"Server.VendorKey":      "staff",
	"Server.StaffAdd":       "staff",
	"Server.SetPolicy":      "staff",
	"Server.Decide":         "staff; one for each dispute",
	"Server.DeskDeposits":   "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.DeskDisputes":   "staff; a line of the staff log for each wallet and day, kept 400 days",
	"Server.AdvanceDeposit": "staff; the states of a deposit",
	"Server.Run":            "the service itself: what is due",
	"Server.Sweep":          "the service itself: what is due",
	"Seller.CreateOffer":    "Bounds.Requests for each vendor",
	"Seller.ChangeOffer":    "Bounds.Requests for each vendor",
	"Seller.CreateCheckout": "Bounds.Requests for each vendor; maxCheckoutLife, forgotten after checkoutRetention",
	"Seller.ExpireCheckout": "one for each checkout",
	"Seller.Redeem":         "one for each checkout that was paid or allowed",
	"Seller.Charge":         "is paid; what waits for a wallet: maxAsked, forgotten after checkoutRetention",
	"Seller.Refund":         "a part of a paid sale each: at least a micro",
	"Seller.Consume":        "the views of a paid grant; Bounds.Views for each vendor",
	"Seller.EndLink":        "one for each link that a buyer has given",
	"Seller.CreateEndpoint": "maxEndpoints at a time, Bounds.Requests for each vendor",
	"Seller.RemoveEndpoint": "one for each that was created",
	"Seller.RotateEndpoint": "Bounds.Requests for each vendor",
	"Seller.ChangeEndpoint": "Bounds.Requests for each vendor; takes the place of what was there",
	"Seller.Redeliver":      "Bounds.Requests for each vendor; one delivery for each event, for 30 days",
}

// Every method that writes has a bound. Which methods write is read from the source: those from which a call leads to
// update, directly or by others of this package.
func TestEveryWriteHasABound(t *testing.T) {
	calls, exported := callGraph(t)
	var found []string
	for method, name := range exported {
		if reaches(calls, method, map[string]bool{}) {
			found = append(found, name)
		}
	}
	want := make([]string, 0, len(writeBounds))
	for name := range writeBounds {
		want = append(want, name)
	}
	slices.Sort(found)
	slices.Sort(want)
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("methods that write (-in the table +in the source):\n%s", diff)
	}
}

// callGraph returns which functions of this package call which, by name, and its exported methods. Methods have the
// name of their type before them.
func callGraph(t *testing.T) (calls map[string][]string, exported map[string]string) {
	t.Helper()
	calls, exported = map[string][]string{}, map[string]string{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			owner := receiverOf(f)
			name := owner + "." + f.Name.Name
			if f.Name.IsExported() && (owner == "Server" || owner == "Seller") {
				exported[name] = name
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr: // also a method that is passed on without a call
					calls[name] = append(calls[name], calledBy(owner, n))
				case *ast.CallExpr:
					if id, ok := n.Fun.(*ast.Ident); ok {
						calls[name] = append(calls[name], "."+id.Name)
					}
				}
				return true
			})
		}
	}
	return calls, exported
}

// receiverOf is the type whose method a function is, "" for none.
func receiverOf(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if p, ok := of.(*ast.StarExpr); ok {
		of = p.X
	}
	if id, ok := of.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// calledBy is the function that x.name means: receivers of this package have one name each.
func calledBy(owner string, n *ast.SelectorExpr) string {
	switch x := n.X.(type) {
	case *ast.Ident:
		switch x.Name {
		case "s":
			return "Server." + n.Sel.Name
		case "v", "w":
			if owner == "" { // a function that is given a vendor
				owner = "Seller"
			}
			return owner + "." + n.Sel.Name
		}
	case *ast.SelectorExpr:
		switch x.Sel.Name {
		case "s":
			return "Server." + n.Sel.Name
		case "webhooks":
			return "webhooks." + n.Sel.Name
		}
	}
	return "other." + n.Sel.Name
}

func reaches(calls map[string][]string, from string, seen map[string]bool) bool {
	switch from {
	case "Server.update", "webhooks.Create", "webhooks.Remove", "webhooks.Rotate", "webhooks.Run", "webhooks.Deliver":
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(calls[from], func(to string) bool { return reaches(calls, to, seen) })
}

// boundedFixture is a service whose clients have little.
func boundedFixture(t testing.TB, kv store.Store, b Bounds) *fixture {
	f := newFixtureOn(t, kv)
	f.budgets = newBudgets(b)
	return f
}

// A wallet that has used up its changes is refused each of them with the time, whatever it is; another is not, and
// after the time there is one more. What closes a window is never refused.
func TestChangesOfAWalletAreBounded(t *testing.T) {
	f := boundedFixture(t, store.NewMemory(), Bounds{Changes: 3})
	f.vendor("news")
	ann, bob := f.join("ann"), f.join("bob")
	link := func(who view.Caller) error {
		_, err := f.Link(f.ctx, who, view.LinkRequest{Vendor: "news", Limits: ledger.Limits{
			PerPurchase: 1e6, PerDay: 1e6, PerWeek: 1e6, PerMonth: 1e6,
		}, Total: ledger.NoLimit})
		return err
	}
	for range 3 {
		if err := link(ann); err != nil {
			t.Fatal(err)
		}
	}
	for name, do := range map[string]func() error{
		"link":    func() error { return link(ann) },
		"unlink":  func() error { _, err := f.Unlink(f.ctx, ann, "news"); return err },
		"block":   func() error { _, err := f.Block(f.ctx, ann, "news"); return err },
		"unblock": func() error { _, err := f.Unblock(f.ctx, ann, "news"); return err },
		"limit": func() error {
			_, _, err := f.SetLimit(f.ctx, ann, ledger.LimitChange{Currency: "EUR", Period: "day", Max: 1e6})
			return err
		},
		"fund": func() error {
			_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: "check", Amount: eur(500)})
			return err
		},
		"transfer": func() error { _, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(1)}); return err },
		"claim":    func() error { _, err := f.Claim(f.ctx, ann, "T-AAAA"); return err },
		"recall":   func() error { _, err := f.Recall(f.ctx, ann, f.seal.Transfer(1)); return err },
		"dispute": func() error {
			_, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: f.seal.Charge(1), Reason: "duplicate"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			if no := f.refused(ledger.ErrRate, do); no.Retry <= 0 || no.Retry > 8*time.Hour {
				t.Errorf("try again in %v, want at most a third of a day", no.Retry)
			}
		})
	}
	f.t = t
	if err := f.Lock(f.ctx, ann); err != nil {
		t.Errorf("the window cannot be closed: %v", err)
	}
	if err := link(bob); err != nil {
		t.Errorf("another wallet: %v", err)
	}
	f.time.Pass(8 * time.Hour)
	if err := link(ann); err != nil {
		t.Errorf("after a third of a day: %v", err)
	}
	f.refused(ledger.ErrRate, func() error { return link(ann) })
}

// A network opens so many wallets, and another network is not kept from it.
func TestWalletsOfANetworkAreBounded(t *testing.T) {
	f := boundedFixture(t, store.NewMemory(), Bounds{Joins: 2})
	f.join("ann")
	f.join("bob")
	join := func(name, from string) error {
		who := caller(name)
		who.Remote = from
		_, err := f.Join(f.ctx, who, view.JoinRequest{Accept: true})
		return err
	}
	f.refused(ledger.ErrRate, func() error { return join("eve", "192.0.2.1:9") })
	if err := join("dan", "198.51.100.7:9"); err != nil {
		t.Error(err)
	}
}

// A vendor asks for so much in a day; what it sells is not bounded by that.
func TestRequestsOfAVendorAreBounded(t *testing.T) {
	f := boundedFixture(t, store.NewMemory(), Bounds{Requests: 2})
	_, key := f.vendor("news")
	v, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(name string) error {
		_, _, err := v.CreateCheckout(f.ctx, asking(name, name), CheckoutOrder{Mode: ledger.ModeLink, Currency: "EUR"})
		return err
	}
	if err := errors.Join(ask("one"), ask("two")); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrRate, func() error { return ask("three") })
	f.refused(ledger.ErrRate, func() error { _, _, err := v.CreateOffer(f.ctx, Request{}, ledger.Offer{}); return err })
	f.refused(ledger.ErrRate, func() error {
		_, _, err := v.CreateEndpoint(f.ctx, Request{}, EndpointSettings{})
		return err
	})
}

// Requests from which nothing came are forgotten at last; what was bought stays.
func TestOldRequestsAreForgotten(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	bought := f.asks(v, "Bought", eur(10))
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: bought.UserCode, Yes: true}); err != nil {
		t.Fatal(err)
	}
	var idle []ledger.Checkout
	for range 2*droppedCheckouts + 1 {
		idle = append(idle, f.asks(v, "Idle", eur(10)))
	}
	left := func() (n int) {
		f.read(func(r books.Reader) error {
			for _, c := range idle {
				_, found, err := r.Checkout(c.ID)
				if err != nil {
					return err
				}
				if found {
					n++
				}
			}
			return nil
		})
		return n
	}
	f.time.Pass(checkoutRetention)
	f.Sweep(f.ctx)
	is(t, "before their time", left(), len(idle))
	f.time.Pass(time.Hour)
	f.Sweep(f.ctx)
	is(t, "after it", left(), 0)
	f.read(func(r books.Reader) error {
		_, found, err := r.Checkout(bought.ID)
		is(t, "bought one is there", found, true)
		return err
	})
}

// Attack: a wallet that never paid announces instruments as fast as it can. It gets a few, and the refusal says when
// there will be room.
func TestAnnouncementsOfAWalletAreBounded(t *testing.T) {
	f := newFixture(t)
	eve := f.join("eve")
	made, refused := 0, 0
	for range 11_000 {
		_, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(500), Method: "check"})
		switch {
		case err == nil:
			made++
		case errors.Is(err, ledger.ErrLimit), errors.Is(err, ledger.ErrRate):
			refused++
		default:
			t.Fatal(err)
		}
	}
	few := int(ledger.DefaultRisk().OpenNew)
	is(t, "announced", made, few)
	is(t, "refused", refused, 11_000-few)

	// Day after day it is no more, and cards that are declined are bounded as well.
	declined := 0
	for range 3 {
		f.time.Pass(24 * time.Hour)
		for range 3 * ledger.DepositsPerDay {
			if _, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(500), Method: "check"}); err == nil {
				t.Fatal("another announcement")
			}
			if _, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(1013), Method: "card"}); err == nil {
				declined++
			}
		}
	}
	is(t, "declined cards in three days", declined, 3*ledger.DepositsPerDay)
	f.time.Pass(ledger.DepositLife)
	f.Sweep(f.ctx)
	if _, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(500), Method: "check"}); err != nil {
		t.Errorf("after the others have expired: %v", err)
	}
}

// flood writes announcements of many wallets, as they may stand in books that were written before there was a bound.
func (f *fixture) flood(n int) {
	f.t.Helper()
	eve := f.join("eve")
	u := f.user(eve)
	for n > 0 {
		some := min(n, 200)
		f.write(func(tx books.Tx) error {
			now, _, err := tx.User(u.ID)
			if err != nil {
				return err
			}
			w, _, err := tx.Wallet(u.ID, "EUR")
			if err != nil {
				return err
			}
			for range some {
				no, err := tx.Next()
				if err != nil {
					return err
				}
				out, err := ledger.NewDeposit(ledger.DepositOrder{
					Method: "check", Amount: eur(500), Actor: memberActor(eve),
				}, ledger.DepositFacts{No: no, User: now, Wallet: w, Policy: ledger.DefaultPolicy()}, f.clock())
				if err != nil {
					return err
				}
				if err := putDeposit(tx, out); err != nil {
					return err
				}
				now = out.User
			}
			return nil
		})
		n -= some
	}
}

// Attack: 11,000 announcements stand before all others. The charge-back of another wallet is seen, the desk finds
// every instrument, and a sweep with nothing to do reads a number of rows that does not depend on what waits.
func TestFloodOfAnnouncementsStarvesNobody(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := newFixtureOn(t, kv)
	f.flood(11_000)
	f.time.Pass(time.Minute)
	ann := f.funded("ann", eur(1016)) // is charged back
	bob := f.join("bob")
	honest, err := f.Fund(f.ctx, bob, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	is(t, "charged back", f.balance(ann), 0)

	page, err := f.DeskDeposits(f.ctx, f.operator, view.DeskQuery{Text: honest.Reference})
	if err != nil || len(page.Data) != 1 || page.Data[0].ID != honest.ID {
		t.Errorf("by its reference: %+v, %v", page, err)
	}
	handle := f.user(bob).Handle
	for name, q := range map[string]view.DeskQuery{
		"all": {}, "of a wallet": {Text: handle}, "of an amount": {Text: "20.00 EUR"},
		"by a part of the reference": {Text: honest.Reference[:9]},
	} {
		found, pages := f.turns(q, honest.ID)
		if !found {
			t.Errorf("%s: the honest one is on none of %d pages", name, pages)
		}
	}

	f.Sweep(f.ctx)
	kv.rows.Store(0)
	f.Sweep(f.ctx)
	if n := kv.rows.Load(); n > 3*duePage {
		t.Errorf("a sweep with nothing to do reads %d rows", n)
	}
}

// What is over expires, also if it is more than one page of a sweep.
func TestManyAnnouncementsExpire(t *testing.T) {
	f := newFixture(t)
	f.flood(duePage + 10)
	f.time.Pass(ledger.DepositLife)
	f.Sweep(f.ctx)
	left, err := f.DeskDeposits(f.ctx, f.operator, view.DeskQuery{})
	if err != nil || len(left.Data) != 0 {
		t.Errorf("%d are left at the desk, %v", len(left.Data), err)
	}
}

// turns pages through a queue and tells whether a deposit is in it.
func (f *fixture) turns(q view.DeskQuery, id string) (found bool, pages int) {
	f.t.Helper()
	for {
		page, err := f.DeskDeposits(f.ctx, f.operator, q)
		if err != nil {
			f.t.Fatal(err)
		}
		pages++
		found = found || slices.ContainsFunc(page.Data, func(d view.Deposit) bool { return d.ID == id })
		if q.Before = page.Next; page.Next == "" {
			return found, pages
		}
		if len(page.Data) == 0 && page.Searched.IsZero() {
			f.t.Fatal("an empty page does not say how far was looked")
		}
	}
}

// The queue of disputes is paged and searched, too.
func TestDeskPagesThroughDisputes(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(10_000))
	f.unlimited(ann)
	var all []string
	for i := range 7 {
		bought := f.buys(ann, v, fmt.Sprintf("Dear %d", i), eur(200))
		d, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "not_delivered"})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d.ID)
		f.time.Pass(time.Second)
	}
	var got []string
	for q := (view.DeskQuery{Paging: view.Paging{Limit: 3}}); ; {
		page, err := f.DeskDisputes(f.ctx, f.operator, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Data {
			got = append(got, d.ID)
		}
		if q.Before = page.Next; page.Next == "" {
			break
		}
	}
	if diff := cmp.Diff(all, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{all[4], "dear 4"} {
		page, err := f.DeskDisputes(f.ctx, f.operator, view.DeskQuery{Text: text})
		if err != nil || len(page.Data) != 1 || page.Data[0].ID != all[4] {
			t.Errorf("%q: %+v, %v", text, page, err)
		}
	}
}

// long is a wallet in two currencies with so many entries that are in no row of a search.
func (f *fixture) long(name string, entries int) view.Caller {
	f.t.Helper()
	who := f.funded(name, eur(1000))
	change := ledger.LimitChange{Currency: "USD", Period: "day", Max: 1e6} // opens the other wallet
	if _, _, err := f.SetLimit(f.ctx, who, change); err != nil {
		f.t.Fatal(err)
	}
	u := f.user(who)
	for done := 0; done < entries; {
		f.write(func(tx books.Tx) error {
			for range min(500, entries-done) {
				c := ledger.Currency("EUR")
				if done++; done%2 == 0 {
					c = "USD"
				}
				_, err := tx.Append(ledger.Entry{
					At: f.clock(), Kind: ledger.KindLimit, User: u.ID, Actor: systemActor,
					Amount: ledger.Amount{Micros: 1, Currency: c},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		f.time.Pass(time.Hour)
	}
	return who
}

// A search looks at a bounded number of rows, says how far it has come, and goes on there: all of it reads each row
// once, in a wallet of two currencies, too.
func TestSearchGoesOnWhereItStopped(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := boundedFixture(t, kv, Bounds{Rows: 1e6, RowsBurst: 1e6})
	const entries = 6000
	ann := f.long("ann", entries)
	q := view.HistoryQuery{Text: "card"}
	kv.rows.Store(0)
	found, pages, last := 0, 0, time.Time{}
	for {
		begun := kv.rows.Load()
		page, err := f.History(f.ctx, ann, q)
		if err != nil {
			t.Fatal(err)
		}
		if n := kv.rows.Load() - begun; n > 3*1000 {
			t.Errorf("page %d reads %d rows", pages, n)
		}
		pages, found = pages+1, found+len(page.Data)
		if q.Before = page.Next; page.Next == "" {
			break
		}
		if page.Searched.IsZero() || !last.IsZero() && page.Searched.After(last) {
			t.Errorf("page %d was searched to %v, the one before to %v", pages, page.Searched, last)
		}
		last = page.Searched.Time
	}
	is(t, "found", found, 1)
	if n := kv.rows.Load(); pages != entries/1000+1 || n > 2*entries {
		t.Errorf("%d pages read %d rows of %d entries", pages, n, entries)
	}
}

// A search ends with the one who asked: not one row is read after.
func TestSearchEndsWithItsContext(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := newFixtureOn(t, kv)
	ann := f.long("ann", 2000)
	ctx, leave := context.WithCancel(f.ctx)
	kv.rows.Store(0)
	kv.after = func(n int64) {
		if n == 100 {
			leave()
		}
	}
	_, err := f.History(ctx, ann, view.HistoryQuery{Text: "zzzz"})
	kv.after = nil
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
	is(t, "rows", kv.rows.Load(), 100)
}

// Attack: one key searches again and again. What it can have read is a number of rows a second; another key is served
// as ever, and after the time the first one is again.
func TestReadsOfAKeyAreBounded(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := boundedFixture(t, kv, Bounds{Rows: 1000, RowsBurst: 4000})
	eve, bob := f.long("eve", 1500), f.funded("bob", eur(1000))
	search := func() error {
		_, err := f.History(f.ctx, eve, view.HistoryQuery{Text: "zzzz"})
		return err
	}
	kv.rows.Store(0)
	var no *ledger.Refusal
	for range 200 {
		if err := search(); err != nil && !errors.As(err, &no) {
			t.Fatal(err)
		}
	}
	if n := kv.rows.Load(); n > 2*4000 {
		t.Errorf("200 searches read %d rows", n)
	}
	if no == nil || !errors.Is(no, ledger.ErrRate) || no.Retry <= 0 {
		t.Fatalf("refused with %+v, want %v and the time", no, ledger.ErrRate)
	}
	kv.rows.Store(0)
	if _, err := f.Overview(f.ctx, bob); err != nil {
		t.Errorf("another key: %v", err)
	}
	if n := kv.rows.Load(); n > 100 {
		t.Errorf("another key's screen reads %d rows", n)
	}
	f.time.Pass(no.Retry)
	if err := search(); err != nil {
		t.Errorf("after %v: %v", no.Retry, err)
	}
}

// A page of a vendor that has sold much costs what it shows: sales, refunds, and the refund of the oldest sale read the
// same number of rows after 400 sales and after 4,000.
func TestListsOfABusyVendorAreBounded(t *testing.T) {
	page := EntriesQuery{Currency: "EUR", Paging: view.Paging{Limit: 100}}
	cost := func(sales int) map[string]int64 {
		kv := &reading{Store: store.NewMemory()}
		counts := &counting{Store: kv}
		s := sellingOn(t, counts)
		oldest, err := s.charges("first", s.offer)
		if err != nil {
			t.Fatal(err)
		}
		no := opened(t, s.seal.OpenCharge, oldest.ID)
		s.entries(sales)
		of := map[string]int64{}
		for name, do := range map[string]func() error{
			"sales":   func() error { _, err := s.v.Sales(s.ctx, SalesQuery{EntriesQuery: page}); return err },
			"refunds": func() error { _, err := s.v.Refunds(s.ctx, RefundsQuery{EntriesQuery: page}); return err },
			"links":   func() error { _, err := s.v.Links(s.ctx, view.Paging{Limit: 100}); return err },
			"refund": func() error {
				_, _, err := s.v.Refund(s.ctx, asking("back", "back"), RefundOrder{Charge: no, Reason: "goodwill"})
				return err
			},
		} {
			kv.rows.Store(0)
			counts.reset()
			if err := do(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			of[name] = kv.rows.Load() + counts.gets.Load() + counts.scanned.Load()
		}
		return of
	}
	few, many := cost(1200), cost(4000)
	for name, n := range many {
		t.Logf("%s: %d rows after 1,200 entries, %d after 4,000", name, few[name], n)
		if n > 1200 || n != few[name] {
			t.Errorf("%s: %d rows after 1,200 entries, %d after 4,000", name, few[name], n)
		}
	}
}

// entries writes entries of the vendor that are neither sales nor refunds.
func (s selling) entries(n int) {
	s.t.Helper()
	for n > 0 {
		some := min(n, 500)
		s.write(func(tx books.Tx) error {
			for range some {
				_, err := tx.Append(ledger.Entry{
					At: s.clock(), Kind: ledger.KindHook, Vendor: s.v.ID, Actor: systemActor,
					Amount: ledger.Amount{Currency: "EUR"},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		n -= some
	}
}
