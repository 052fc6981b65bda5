package server

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

func TestApproveBuysOnce(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))

	a, err := f.Approval(f.ctx, ann, strings.ToLower(c.UserCode))
	if err != nil {
		t.Fatal(err)
	}
	is(t, "title", a.Title, "How rivers freeze")
	is(t, "vendor", a.Vendor, "news")
	is(t, "site", a.Site, "https://news.example")
	is(t, "before", a.Before, eur(1000))
	is(t, "after", a.After, eur(975))
	is(t, "refused", a.Refused, "")

	first, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "status", first.Status, view.State(ledger.CheckoutApproved))
	is(t, "amount", first.Amount, eur(25))
	is(t, "left", first.After, eur(975))
	is(t, "again", first.Again, false)
	if first.Grant == nil || first.Grant.Status != view.State(ledger.GrantActive) ||
		first.Grant.URL != "https://news.example/a" {
		t.Errorf("grant: %+v", first.Grant)
	}
	sum := int64(0)
	for _, l := range first.Lines {
		sum += l.Amount.Micros
	}
	is(t, "sum of the lines", sum, 0)

	again, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "same charge", again.ID, first.ID)
	is(t, "answered before", again.Again, true)
	is(t, "balance", f.balance(ann), eur(975).Micros)

	// Another wallet learns nothing of an answered request.
	bob := f.funded("bob", eur(1000))
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.Answer(f.ctx, bob, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
}

// The person is at the terminal, so the purchase window does not matter for an answer.
func TestApproveDoesNotAskForTheWindow(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	if err := f.Lock(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	f.buys(ann, v, "How rivers freeze", eur(25))
}

func TestDenyAndBlock(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "Gossip", eur(25))
	r, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode})
	if err != nil || r.Status != view.State(ledger.CheckoutDenied) || r.ID != "" {
		t.Fatalf("denied: %+v, %v", r, err)
	}
	r, err = f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true}) // a no stays a no
	if err != nil || r.Status != view.State(ledger.CheckoutDenied) || !r.Again {
		t.Errorf("yes after no: %+v, %v", r, err)
	}
	is(t, "balance", f.balance(ann), eur(1000).Micros)

	c = f.asks(v, "More gossip", eur(25))
	if _, err = f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Block: true}); err != nil {
		t.Fatal(err)
	}
	c = f.asks(v, "Still more gossip", eur(25))
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
	all, err := f.Vendors(f.ctx, ann)
	if err != nil || len(all) != 1 || all[0].Status != "blocked" {
		t.Errorf("vendors: %+v, %v", all, err)
	}
}

func TestApproveAndLink(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))
	limits := ledger.Limits{
		PerPurchase: eur(50).Micros,
		PerDay:      eur(200).Micros,
		PerWeek:     ledger.NoLimit,
		PerMonth:    ledger.NoLimit,
	}
	r, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true, Link: true, Limits: &limits})
	if err != nil || r.Link == "" || r.ID == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	all, err := f.Vendors(f.ctx, ann)
	if err != nil || len(all) != 1 {
		t.Fatalf("vendors: %+v, %v", all, err)
	}
	is(t, "status", all[0].Status, "active")
	is(t, "purchases", all[0].Count, uint64(1))
	is(t, "id", all[0].ID, r.Link)
}

func TestLinkCheckout(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "Allow news to charge", eur(0))
	c.Mode, c.Ask = ledger.ModeLink, ledger.Limits{
		PerPurchase: eur(50).Micros,
		PerDay:      eur(100).Micros,
		PerWeek:     ledger.NoLimit,
		PerMonth:    ledger.NoLimit,
	}
	f.write(func(tx books.Tx) error { return tx.PutCheckout(c) })
	a, err := f.Approval(f.ctx, ann, c.UserCode)
	if err != nil || a.Mode != ledger.ModeLink || a.Ask == nil || a.Ask.Rules() != c.Ask {
		t.Fatalf("%+v, %v", a, err)
	}
	r, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
	if err != nil || r.Link == "" || r.ID != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	is(t, "balance", f.balance(ann), eur(1000).Micros)
	all, _ := f.Vendors(f.ctx, ann)
	is(t, "status", all[0].Status, "active")
}

func TestRefusedApprovalSaysWhy(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(100))
	f.unlimited(ann)
	c := f.asks(v, "Archive", eur(200))
	a, err := f.Approval(f.ctx, ann, c.UserCode)
	if err != nil || a.Refused == "" {
		t.Fatalf("%+v, %v", a, err)
	}
	r := f.refused(ledger.ErrFunds, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
	is(t, "same words", r.Error(), a.Refused)
	is(t, "shortfall", r.Shortfall, eur(100))
	// The request stays open: with more funds the same code works.
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true}); err != nil {
		t.Error(err)
	}
}

func TestExpiredApproval(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))
	f.time.Pass(c.Expires.Sub(f.clock()))
	f.refused(ledger.ErrCheckoutExpired, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
	a, err := f.Approval(f.ctx, ann, c.UserCode)
	if err != nil || a.Status != view.State(ledger.CheckoutExpired) {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestPendingShowsWhatWasSentToTheWallet(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann, bob := f.funded("ann", eur(1000)), f.funded("bob", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))
	c.User = f.user(ann).ID
	f.write(func(tx books.Tx) error { return tx.PutCheckout(c) })
	f.asks(v, "For the one who types the code", eur(25))

	count := func(who view.Caller) int {
		all, err := f.Pending(f.ctx, who)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	is(t, "ann", count(ann), 1)
	is(t, "bob", count(bob), 0)
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Approval(f.ctx, bob, c.UserCode); return err })
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true}); err != nil {
		t.Fatal(err)
	}
	is(t, "after the answer", count(ann), 0)
}

func TestCodesCannotBeGuessed(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))
	for i := range guessBurst {
		wrong := fmt.Sprintf("BCDF-BCD%c", "BCDFGHJKLM"[i])
		f.refused(ledger.ErrNotFound, func() error { _, err := f.Approval(f.ctx, ann, wrong); return err })
	}
	for _, code := range []string{"BCDF-BCDX", c.UserCode} { // the right one does not help now, either
		f.refused(
			ledger.ErrRate,
			func() error { _, err := f.Answer(f.ctx, ann, view.Answer{Code: code, Yes: true}); return err },
		)
	}
	f.time.Pass(guessEvery)
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true}); err != nil {
		t.Error(err)
	}
}

// Two hundred approvals at once, money for one.
func TestParallelApprovalsSpendOnce(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(100))
	codes := make([]string, 200)
	for i := range codes {
		codes[i] = f.asks(v, fmt.Sprintf("Article %d", i), eur(100)).UserCode
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	bought, short := 0, 0
	for _, code := range codes {
		wg.Go(func() {
			_, err := f.Answer(f.ctx, ann, view.Answer{Code: code, Yes: true})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				bought++
			case errors.Is(err, ledger.ErrFunds):
				short++
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	is(t, "bought", bought, 1)
	is(t, "refused for funds", short, 199)
	is(t, "balance", f.balance(ann), 0)
}

// Two hundred answers to one request are one purchase.
func TestParallelAnswersToOneRequest(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]int{}
	for range 200 {
		wg.Go(func() {
			r, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[r.ID]++
		})
	}
	wg.Wait()
	is(t, "charges", len(ids), 1)
	is(t, "balance", f.balance(ann), eur(975).Micros)
}

func TestAnswerWakesThePage(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))
	page := f.notifier.watch(f.ctx, topicCheckout(c.ID))
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-page:
	case <-time.After(30 * time.Second):
		t.Error("the page was not woken")
	}
}

// Fresh wallets cost nothing, so wrong short codes are counted for the address as well: with a wide bound, so that the
// wrong codes of some do not lock out others behind the same address.
func TestFreshKeysDoNotGuessMore(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	bob := f.funded("bob", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(25))
	guess := func(who view.Caller) error { _, err := f.Approval(f.ctx, who, "BCDF-BCDF"); return err }
	guessers := 0
	locked := func() bool {
		who := f.join(fmt.Sprint("guesser ", guessers))
		guessers++
		for range guessBurst {
			if err := guess(who); errors.Is(err, ledger.ErrRate) {
				return true
			} else if !errors.Is(err, ledger.ErrNotFound) {
				t.Fatal(err)
			}
		}
		return false
	}
	for range 20 {
		if locked() {
			t.Fatalf("%d keys at one address locked it", guessers)
		}
	}
	if _, err := f.Approval(f.ctx, bob, c.UserCode); err != nil {
		t.Errorf("a neighbour of %d guessers: %v", guessers, err)
	}
	for !locked() {
		if guessers > addressBurst {
			t.Fatalf("%d keys guess without a bound", guessers)
		}
	}
	// Codes of 130 bits cannot be guessed: whoever has one is not locked out for the guesses of others.
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Recover(f.ctx, caller("new"), "R-AAAAA"); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Claim(f.ctx, bob, "T-AAAAA"); return err })
	other := bob
	other.Remote = "[2001:db8:1:2:3::4]:22"
	if _, err := f.Approval(f.ctx, other, c.UserCode); err != nil {
		t.Errorf("elsewhere: %v", err)
	}
}

// A wide network of IPv6 is bounded as a whole: who holds one has thousands of the narrow ones.
func TestGuessesOfAWideNetworkAreBounded(t *testing.T) {
	var l codeLimiter
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	for n := range 1 << 16 {
		who := view.Caller{Fingerprint: fmt.Sprint(n), Remote: fmt.Sprintf("[2001:db8:1:%x::1]:22", n)}
		if l.allow(who, shortCode, at) != nil {
			if n < addressBurst {
				t.Errorf("refused after %d guesses, want at least %d", n, addressBurst)
			}
			return
		}
		l.wrong(who, shortCode, at)
	}
	t.Error("a /48 guesses without a bound")
}
